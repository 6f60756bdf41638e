"""Raw values → typed ones: what is read, what is a bad value, and what becomes of it."""

from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from builders.examples import examples
from builders.landed import Landed
from builders.landed_values import START, one_row, value_of, values_of
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contract import CANONICAL_TABLES, Kind
from pipelines.warehouse.durations import written_seconds


def test_numbers(landing: Landed) -> None:
    written = {
        "60": 60,
        " 60 ": 60,
        "+60": 60,
        "60.5": 60.5,
        ".5": 0.5,
        "6e1": 60,
        "0,85": 0.85,
        "0,8": 0.8,
        "1,2345": 1.2345,
        "0": 0,
        "86400": 86_400,
    }
    assert values_of(landing, "handle_seconds", written) == list(written.values())
    assert landing.quarantine() == []


_COULD_BE_EITHER = (
    "handle_seconds could have a decimal comma or a comma between thousands: write a decimal point and no separator of "
    "thousands; the value is left out"
)


_NO_DURATION = (
    "handle_seconds is not a number of seconds, nor a duration such as 00:01:30, PT1M30S or 90 s; the value is left out"
)


_OUTSIDE = "handle_seconds is not a number at least 0 and at most 86400; the value is left out"


_BAD_NUMBERS = [
    ("1,234", "ambiguous_number", "number, 4 digits", _COULD_BE_EITHER),
    ("1.234,5", "not_a_duration", "text like 9.999,9", _NO_DURATION),
    ("1,234.5", "not_a_duration", "text like 9,999.9", _NO_DURATION),
    ("86400.1", "out_of_range", "number, 6 digits", _OUTSIDE),
    ("-0.1", "out_of_range", "negative number, 2 digits", _OUTSIDE),
    ("-1", "out_of_range", "negative number, 1 digit", _OUTSIDE),
    ("25:00:00", "out_of_range", "text like 99:99:99", _OUTSIDE),
    ("NaN", "not_a_duration", "text, 3 characters", None),
    ("-inf", "not_a_duration", "text, 4 characters", None),
    ("1e999", "not_a_duration", "number, 4 digits", _NO_DURATION),
    ("six", "not_a_duration", "text, 3 characters", _NO_DURATION),
    ("anna.lee@example.org", "not_a_duration", "text, 20 characters", _NO_DURATION),
    ("00:75", "not_a_duration", "text like 99:99", _NO_DURATION),
    ("P1M", "not_a_duration", "text, 3 characters, with digits", _NO_DURATION),
    ("-90 s", "not_a_duration", "text, 5 characters, with digits", _NO_DURATION),
]


def test_bad_numbers_become_null_and_are_listed_by_rule_and_shape(landing: Landed) -> None:
    found = values_of(landing, "handle_seconds", (written for written, *_ in _BAD_NUMBERS))
    assert found == [None] * len(_BAD_NUMBERS)
    faults = landing.faults()
    assert {(fault["scope"], fault["column_name"]) for fault in faults} == {("value", "handle_seconds")}
    for number, ((written, rule, shape, reason), fault) in enumerate(zip(_BAD_NUMBERS, faults, strict=True), start=1):
        assert (fault["position"], fault["rule"], fault["shape"]) == (str(number), rule, shape), written
        assert reason in {None, fault["reason"]}, written
    assert landing.ledger() == {"one.csv": (len(_BAD_NUMBERS), len(_BAD_NUMBERS), 0, 0, 0)}


def test_durations(landing: Landed) -> None:
    written = {
        "00:05:00": 300,
        "0:05:00.5": 300.5,
        "12:30": 750,  # minutes and seconds
        "100:00": 6000,
        "0 days 00:05:00": 300,  # as pandas writes a timedelta
        "PT1M30S": 90,
        "pt1h": 3600,
        "PT0.5S": 0.5,
        "90 s": 90,
        "90s": 90,
        "60 s": 60,
        "1.5 min": 90,
        "1,5 min": 90,
        "250 ms": 0.25,
        "2h": 7200,
        "1h30m": 5400,
        "5 minutes 30 seconds": 330,
    }
    assert values_of(landing, "handle_seconds", written) == list(written.values())
    assert landing.quarantine() == []


def test_a_number_that_is_no_duration_has_no_unit(landing: Landed) -> None:
    assert value_of(landing, "misunderstandings", "2 min") is None
    assert [fault["rule"] for fault in landing.quarantine()] == ["not_a_number"]


@settings(max_examples=examples(40, 80))
@given(millis=st.integers(0, 86_400_000), form=st.integers(0, 4))
def test_every_form_of_a_duration_says_its_seconds(millis: int, form: int) -> None:
    minutes, rest = divmod(millis, 60_000)
    hours, within = divmod(minutes, 60)
    seconds = f"{rest // 1000}.{rest % 1000:03}"
    padded = f"{rest // 1000:02}.{rest % 1000:03}"
    written = (
        f"{hours}:{within:02}:{padded}",
        f"{minutes}:{padded}",
        f"PT{hours}H{within}M{seconds}S",
        f"{hours} h {within} min {seconds} s",
        f"{millis} ms",
    )[form]
    with duckdb.connect() as connection:
        row = connection.execute(
            f"select {written_seconds('v')} from (select $v::varchar as v)", {"v": written}
        ).fetchone()
    assert row is not None
    assert row[0] == pytest.approx(millis / 1000, abs=1e-9)


def test_whole_numbers_and_the_ends_of_a_range(landing: Landed) -> None:
    written = {"4": 4, "4.0": 4, "4,0": 4, "0": 0, "10": 10, "-1": None, "11": None, "4.5": None, "four": None}
    lines = [f'r{number},{START},"{value}"' for number, value in enumerate(written)]
    landing.source("one.csv", "surveys").put("one.csv", "\n".join(["response_id,responded_at,nps", *lines, ""]))
    landing.night()
    assert [row.get("nps") for row in landing.surviving("surveys")] == list(written.values())
    rules = ["out_of_range", "out_of_range", "not_a_whole_number", "not_a_number"]
    assert [(fault["position"], fault["rule"]) for fault in landing.faults()] == list(zip("6789", rules, strict=True))


@pytest.mark.parametrize(
    ("scale", "ratings"),
    [
        (None, {"1": 1, "4.5": 4.5, "9": None}),
        # 1 + 4 (x − lo) / (hi − lo), unrounded: 1 + 4 · 8 / 9 and 1 + 4 / 9.
        ([1, 10], {"9": 41 / 9, "2": 13 / 9, "1": 1, "10": 5, "0": None, "11": None}),
        ([0, 100], {"50": 3}),
        ([-2, 2], {"-2": 1}),
    ],
)
def test_ratings_on_another_scale_are_stretched_to_ours(
    landing: Landed, scale: list[int] | None, ratings: dict[str, float | None]
) -> None:
    keys = {} if scale is None else {"rating_scale": scale}
    lines = [f"r{number},{START},{written},10" for number, written in enumerate(ratings)]
    landing.source("one.csv", "surveys", **keys)
    landing.put("one.csv", "\n".join(["response_id,responded_at,csat,nps", *lines, ""]))
    landing.night()
    rows = landing.surviving("surveys")
    assert {row["nps"] for row in rows} == {10}
    for row, csat in zip(rows, ratings.values(), strict=True):
        assert row.get("csat") == (None if csat is None else pytest.approx(csat, abs=1e-12))
    low, high = scale or (1, 5)
    expected = f"csat is not a number at least {low} and at most {high}; set rating_scale = [lowest, highest] on the source if it rates on another scale; the value is left out"
    assert [fault["reason"] for fault in landing.quarantine()] == [expected] * list(ratings.values()).count(None)


def test_a_probability_may_be_its_ends(landing: Landed) -> None:
    assert values_of(landing, "ai_confidence", ["0", "1", "1.0", "0.99999"]) == [0, 1, 1, 0.99999]


def test_booleans(landing: Landed) -> None:
    flags = {
        **dict.fromkeys(("true", "TRUE", "t", "Yes", "y", "1", "1.0"), True),
        **dict.fromkeys(("false", "False", "F", "no", "N", "0", "0.0"), False),
        **dict.fromkeys(("2", "ja", "maybe", "-1"), None),
    }
    found = values_of(landing, "resolved_claimed", flags)
    assert all(each is flag for each, flag in zip(found, flags.values(), strict=True))
    positions = [str(number) for number in range(15, 19)]
    faults = landing.faults()
    assert [(fault["position"], fault["rule"]) for fault in faults] == [
        (each, "not_true_or_false") for each in positions
    ]


@pytest.mark.parametrize("blank", ["", " ", "\t", "\u00a0", " \n "])
def test_a_blank_is_no_value_and_no_fault(landing: Landed, blank: str) -> None:
    row = one_row(
        landing,
        "contacts",
        {
            "contact_id": "c",
            "started_at": START,
            "customer_id": blank,
            "handle_seconds": blank,
            "queue": blank,
            "served": blank,
        },
    )
    assert set(row) == {"system", "contact_id", "started_at"}
    assert landing.quarantine() == []


def test_allowed_values_in_any_case_and_no_others(landing: Landed) -> None:
    landing.source("contacts.csv")
    landing.put(
        "contacts.csv",
        f"contact_id,started_at,direction,mode\na,{START}, InBound ,AI_PRIMARY\nb,{START},sideways,joint\n",
    )
    landing.night()
    assert landing.surviving(columns="contact_id, direction, mode") == [
        {"contact_id": "a", "direction": "inbound", "mode": "ai_primary"},
        {"contact_id": "b", "mode": "joint"},
    ]
    assert [fault["reason"] for fault in landing.quarantine()] == [
        "direction is not one of inbound, outbound, callback; the value is left out"
    ]


@pytest.mark.parametrize("table", CANONICAL_TABLES)
def test_each_required_column_that_is_empty_quarantines_its_record(landing: Landed, table: str) -> None:
    contract = CANONICAL_TABLES[table]
    samples = {column.name: _sample(column.kind, column.allowed) for column in contract.required}
    lines = [",".join(samples), ",".join(samples.values())]
    for column in contract.required:
        key = {name: f"{samples[name]}9" for name in contract.key}
        lines.append(",".join({**samples, **key, column.name: ""}.values()))
    landing.source("some.csv", table).put("some.csv", "\n".join(lines))
    landing.night()
    required = len(contract.required)
    assert landing.ledger() == {"some.csv": (required + 1, 1, 0, 0, required)}
    found = [(int(fault["position"]), fault["scope"], fault["rule"], fault["reason"]) for fault in landing.quarantine()]
    assert sorted(found) == [
        (position, "row", "missing", f"{column.name} is required and empty; the record is quarantined")
        for position, column in enumerate(contract.required, 2)
    ]


def _sample(kind: Kind, allowed: tuple[str, ...]) -> str:
    if allowed:
        return allowed[0]
    return {Kind.INSTANT: START, Kind.INTEGER: "1", Kind.NUMBER: "1", Kind.BOOLEAN: "true"}.get(kind, "a")


def test_a_bad_value_of_a_required_column_quarantines_the_record_and_names_it_once(landing: Landed) -> None:
    landing.source("claims.csv", "ai_claims")
    header = "claim_id,contact_id,claim_type,stated_confidence,verified_correct\n"
    landing.put("claims.csv", f"{header}q1,c,balance,1.5,perhaps\nq2,c,balance,0.5,perhaps\n")
    landing.night()
    assert landing.ledger() == {"claims.csv": (2, 1, 0, 0, 1)}
    assert [(fault["position"], fault["scope"], fault["reason"]) for fault in landing.quarantine()] == [
        ("1", "row", "stated_confidence is not a number at least 0 and at most 1; the record is quarantined"),
        ("2", "value", "verified_correct is not true or false (yes, no, 1, 0); the value is left out"),
    ]
    assert landing.query("select bad_values from ingest_ledger") == [{"bad_values": 1}]


def test_a_withdrawn_record_needs_no_more_than_its_key(landing: Landed) -> None:
    landing.source("*.csv", "turns")
    landing.put("all.csv", "contact_id,turn_index,speaker,text\nc,0,customer,Hello\nc,1,ai,Hi\n")
    landing.put(
        "gone.csv", f"contact_id,turn_index,deleted_at,updated_at\nc,1,{START},{START}\nc,,{START},{START}\nc,2,,\n"
    )
    landing.night()
    assert landing.ledger() == {"all.csv": (2, 1, 0, 1, 0), "gone.csv": (3, 1, 0, 0, 2)}
    assert landing.query("select turn_index from landing_turns where deleted_at is not null") == [{"turn_index": 1}]
    assert {fault["column_name"] for fault in landing.quarantine()} <= {"turn_index", "speaker", "text"}


def test_an_end_before_the_start_is_left_out_and_the_same_instant_is_not(landing: Landed) -> None:
    landing.source("contacts.csv")
    landing.put("contacts.csv", f"contact_id,started_at,ended_at\na,{START},2026-01-05T09:59:59Z\nb,{START},{START}\n")
    landing.night()
    assert [row["contact_id"] for row in landing.surviving() if "ended_at" in row] == ["b"]
    (fault,) = landing.quarantine()
    assert (fault["rule"], fault["reason"]) == (
        "before_start",
        "ended_at lies before started_at; the value is left out",
    )


def test_texts_are_redacted_and_otherwise_untouched(landing: Landed) -> None:
    text = '  Mail anna.lee@example.com, card 4111 1111 1111 1111,\ncall 202-555-0147 =HYPERLINK("x") <b>  '
    row = one_row(landing, "turns", {"contact_id": "c", "turn_index": "0", "speaker": "Customer", "text": text})
    assert row["text"] == '  Mail [email], card [card],\ncall [phone] =HYPERLINK("x") <b>  '
    assert row["speaker"] == "customer"


@pytest.mark.parametrize(
    ("written", "rule", "shape"),
    [
        ("2024-02-30 10:00:00", "impossible_date", "text like 9999-99-99 99:99:99"),
        ("2024-13-01", "impossible_date", "text like 9999-99-99"),
        ("0000-00-00", "impossible_date", "text like 9999-99-99"),
        ("30-Feb-2015", "impossible_date", "text like 99-Aaa-9999"),
        ("31 April 2015 10:00", "impossible_date", "text like 99 Aaa 9999 99:99"),
        ("45-02-2016", "impossible_date", "text like 99-99-9999"),
        ("2024-02-03 25:00", "impossible_time", "text like 9999-99-99 99:99"),
        ("3 Feb 2024 13:05 PM", "impossible_time", "text like 9 Aaa 9999 99:99 PM"),
        ("22-Foo-15", "unknown_month", "text, 9 characters, with digits"),
        ("22 Febrero 2015", "unknown_month", "text, 15 characters, with digits"),
        ("03-04-2016", "ambiguous_day_month", "text like 99-99-9999"),
        ("1970-01-02 09:46:18", "out_of_range", "text like 9999-99-99 99:99:99"),
        ("12345", "out_of_range", "number, 5 digits"),
        ("99999999999999", "out_of_range", "number, 14 digits"),
        ("tomorrow", "not_an_instant", "text, 8 characters"),
        ("Anna Lee, 22 Elm St", "not_an_instant", "text, 19 characters, with digits"),
        ("2026-01-05T10:20:30[Europe/Paris]", "not_an_instant", "text, 33 characters, with digits"),
    ],
)
def test_what_is_wrong_with_an_instant_is_said_as_it_is(landing: Landed, written: str, rule: str, shape: str) -> None:
    landing.source("c.csv").put("c.csv", f'contact_id,started_at\nc,"{written}"\n')
    landing.night()
    (fault,) = landing.faults()
    assert (fault["scope"], fault["rule"], fault["shape"]) == ("row", rule, shape)
    assert written not in fault["reason"]


def test_a_day_of_the_other_order_in_a_settled_file(landing: Landed) -> None:
    landing.source("c.csv", date_order="dmy")
    landing.put("c.csv", "contact_id,started_at\na,29-02-2016\nb,02-29-2016\nc,31-02-2016\n")
    landing.night()
    assert [fault["rule"] for fault in landing.faults()] == ["other_day_month_order", "impossible_date"]


def test_a_date_format_reads_what_nothing_else_would(landing: Landed) -> None:
    landing.source("c.csv", date_format=["%d.%m.%y %Hh%M", "%d.%m.%y"])
    landing.put("c.csv", "contact_id,started_at\na,02.03.26 10h20\nb,02.03.26\nc,2026-03-02T10:00:00Z\nd,13/02/2026\n")
    landing.night()
    assert [row["started_at"].isoformat() for row in landing.surviving()] == [
        "2026-03-02T10:20:00",
        "2026-03-02T23:59:59.999999",
        "2026-03-02T10:00:00",
    ]
    assert [fault["rule"] for fault in landing.faults()] == ["not_in_date_format"]


def test_a_record_of_the_future_is_quarantined(landing: Landed) -> None:
    now = datetime.now(UTC)
    starts = [(now + timedelta(hours=hours)).isoformat() for hours in (-1, 23, 25)]
    landing.source("c.csv")
    landing.put("c.csv", f"contact_id,started_at,ended_at\na,{starts[0]},{starts[2]}\nb,{starts[1]},\nc,{starts[2]},\n")
    landing.night()
    # An end that lies ahead is no event: the contact is going on.
    assert [row["contact_id"] for row in landing.surviving()] == ["a", "b"]
    (fault,) = landing.faults()
    assert (fault["position"], fault["scope"], fault["column_name"], fault["rule"]) == (
        "3",
        "row",
        "started_at",
        "in_the_future",
    )
    assert landing.ledger() == {"c.csv": (3, 2, 0, 0, 1)}


def test_an_event_time_that_need_not_be_there_may_not_lie_in_the_future_either(landing: Landed) -> None:
    landing.source("s.csv", "suggestions")
    landing.put("s.csv", "suggestion_id,contact_id,offered_at\na,c,\nb,c,2099-01-01\n")
    landing.night()
    assert [row["suggestion_id"] for row in landing.surviving("suggestions")] == ["a"]
