"""Raw values → typed ones: what is read, what is a bad value, and what becomes of it."""

import hashlib
import hmac
import io
import math
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders.examples import examples
from builders.landed import KEY, Landed, naive_utc
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contract import CANONICAL_TABLES, Kind
from pipelines.privacy import Pseudonymiser
from pipelines.warehouse.bad_values import reason_in_words
from pipelines.warehouse.durations import written_seconds
from pipelines.warehouse.instants import Zones
from pipelines.warehouse.typing import RawRelation, TypedSelect, TypingRules

START = "2026-01-05T10:00:00Z"


def _contact(landing: Landed, column: str, value: str) -> Any:
    """The value of ``column`` in a contact that was delivered with ``value``; None where it was left out."""
    return _row(landing, "contacts", {"contact_id": "c", "started_at": START, column: value}).get(column)


def _contacts(landing: Landed, column: str, values: Iterable[str]) -> list[Any]:
    """What :func:`_contact` gives of each of ``values``, which are delivered in one file."""
    quoted = ('"' + value.replace('"', '""') + '"' for value in values)
    lines = [f"c{number:03},{START},{value}" for number, value in enumerate(quoted)]
    landing.source("one.csv").put("one.csv", "\n".join([f"contact_id,started_at,{column}", *lines, ""]))
    landing.night()
    return [row.get(column) for row in landing.surviving()]


def _row(landing: Landed, table: str, values: dict[str, str]) -> dict[str, Any]:
    landing.source("one.csv", table)
    quoted = ('"' + value.replace('"', '""') + '"' for value in values.values())
    landing.put("one.csv", f"{','.join(values)}\n{','.join(quoted)}\n")
    landing.night()
    (row,) = landing.surviving(table)
    return row


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
    assert _contacts(landing, "handle_seconds", written) == list(written.values())
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
    found = _contacts(landing, "handle_seconds", (written for written, *_ in _BAD_NUMBERS))
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
    assert _contacts(landing, "handle_seconds", written) == list(written.values())
    assert landing.quarantine() == []


def test_a_number_that_is_no_duration_has_no_unit(landing: Landed) -> None:
    assert _contact(landing, "misunderstandings", "2 min") is None
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
    assert _contacts(landing, "ai_confidence", ["0", "1", "1.0", "0.99999"]) == [0, 1, 1, 0.99999]


def test_booleans(landing: Landed) -> None:
    flags = {
        **dict.fromkeys(("true", "TRUE", "t", "Yes", "y", "1", "1.0"), True),
        **dict.fromkeys(("false", "False", "F", "no", "N", "0", "0.0"), False),
        **dict.fromkeys(("2", "ja", "maybe", "-1"), None),
    }
    found = _contacts(landing, "resolved_claimed", flags)
    assert all(each is flag for each, flag in zip(found, flags.values(), strict=True))
    positions = [str(number) for number in range(15, 19)]
    faults = landing.faults()
    assert [(fault["position"], fault["rule"]) for fault in faults] == [
        (each, "not_true_or_false") for each in positions
    ]


@pytest.mark.parametrize("blank", ["", " ", "\t", "\u00a0", " \n "])
def test_a_blank_is_no_value_and_no_fault(landing: Landed, blank: str) -> None:
    row = _row(
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


_SENTINELS = ["?", "0", "0.0", "-", "--", "N/A", "n/a", " Unknown ", "ANONYMOUS", "null", "None", "nan", "NaN", "<NA>", "\\N",
     "Private", "withheld", "RESTRICTED", "sip:anonymous@anonymous.invalid"]  # fmt: skip


def test_sentinels_mean_that_nobody_knows_the_customer(landing: Landed) -> None:
    assert _contacts(landing, "customer_id", _SENTINELS) == [None] * len(_SENTINELS)
    assert landing.quarantine() == []


def test_sentinels_of_the_configuration_replace_the_default(landing: Landed) -> None:
    landing.source("contacts.csv")
    landing.put("contacts.csv", f"contact_id,started_at,customer_id\na,{START},house\nb,{START},n/a\n")
    landing.metrics["customer_sentinels"] = ["House"]
    landing.night()
    assert [row["contact_id"] for row in landing.surviving() if "customer_id" in row] == ["b"]


def test_customers_are_their_keyed_hash(landing: Landed) -> None:
    expected = hmac.new(KEY.encode(), b"Cust-7", hashlib.sha256).hexdigest()
    assert _contact(landing, "customer_id", " Cust-7 ") == expected


def _pseudonym(text: str) -> str:
    return hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


PHONE = ("+1 202 555 0147", "+12025550147", "001 202 555 0147", "tel:+1-202-555-0147", "sip:+12025550147@pbx.example;user=phone",
         "+1 (202) 555-0147")  # fmt: skip
ADDRESS = (
    "lou@pbx.example",
    "Lou@PBX.example",
    "mailto:lou@pbx.example",
    "sip:lou@pbx.example:5060;transport=tcp",
    "Lou Lee <lou@PBX.example>",
)


@pytest.mark.parametrize("column", ["customer_id", "agent_id"])
def test_every_spelling_of_a_phone_or_an_address_is_one_person(landing: Landed, column: str) -> None:
    found = _contacts(landing, column, [*PHONE, *ADDRESS])
    assert found == [_pseudonym("+12025550147")] * len(PHONE) + [_pseudonym("lou@pbx.example")] * len(ADDRESS)


def test_an_agents_phone_in_national_form_is_no_staff_number(landing: Landed) -> None:
    for number, written in enumerate(("(202) 555-0147", "202-555-0147", "202.555.0147")):
        landing.source(f"{number}.csv").put(
            f"{number}.csv", f"contact_id,started_at,agent_id\n{number},{START},{written}\n"
        )
    landing.night()
    assert {row["agent_id"] for row in landing.surviving()} == {_pseudonym("+12025550147")}


def test_a_column_that_is_declared_to_hold_phones(landing: Landed) -> None:
    landing.source("a.csv", phone_columns=["customer_id"])
    landing.put(
        "a.csv",
        f"contact_id,started_at,customer_id\n1,{START},2025550147\n2,{START},(202) 555-0147\n3,{START},2025550147.0\n4,{START},k-7\n5,{START},12\n",
    )
    landing.source("b.csv").put(
        "b.csv", f"contact_id,started_at,customer_id\n6,{START},2025550147\n7,{START},+12025550147\n"
    )
    landing.night()
    phone = _pseudonym("+12025550147")
    found = {row["contact_id"]: row["customer_id"] for row in landing.surviving()}
    assert found == {
        "1": phone,
        "2": phone,
        "3": phone,
        "4": _pseudonym("k-7"),
        "5": _pseudonym("12"),
        "6": _pseudonym("2025550147"),
        "7": phone,
    }


def test_an_agents_staff_number_stays(landing: Landed) -> None:
    agents = ["agent-0147", "0147", "2025550147", "000123456789", "+42", "ext. 12", "2026-01-05"]
    assert _contacts(landing, "agent_id", agents) == agents


def test_texts_are_redacted_and_otherwise_untouched(landing: Landed) -> None:
    text = '  Mail anna.lee@example.com, card 4111 1111 1111 1111,\ncall 202-555-0147 =HYPERLINK("x") <b>  '
    row = _row(landing, "turns", {"contact_id": "c", "turn_index": "0", "speaker": "Customer", "text": text})
    assert row["text"] == '  Mail [email], card [card],\ncall [phone] =HYPERLINK("x") <b>  '
    assert row["speaker"] == "customer"


def test_identifiers_stay_text(landing: Landed) -> None:
    row = _row(landing, "contacts", {"contact_id": "00123", "started_at": START, "region": "02134"})
    assert (row["contact_id"], row["region"]) == ("00123", "02134")


@pytest.mark.parametrize("column", ["contact_id", "case_id", "customer_id"])
def test_an_id_has_one_spelling(landing: Landed, column: str) -> None:
    written = {
        "5001": "5001",
        " 5001.0 ": "5001",
        "5001.00": "5001",
        "\u00a05001\u200b": "5001",
        "-7.0": "-7",
        "0.0": "0",
        "007": "007",
        "007.0": "007.0",
        "5001.5": "5001.5",
        "1.0.0": "1.0.0",
        "v1.0": "v1.0",
        "1e3": "1e3",  # an id like any other
        "1e+05": "100000",  # as statistics programs write it
        "5.001e+03": "5001",
        "9007199254740991.0": "9007199254740991",
        "9007199254740993": "9007199254740993",  # text is exact
        "cafe\u0301": "caf\u00e9",
    }
    if column == "contact_id":
        # Every contact for itself: those that have one spelling are one contact.
        lines = [f'"{value}",2026-01-05T10:00:{number:02}Z' for number, value in enumerate(written)]
        landing.source("one.csv").put("one.csv", "\n".join(["contact_id,started_at", *lines, ""]))
        landing.night()
        found = landing.query("select contact_id from landing_contacts order by started_at")
        assert [row["contact_id"] for row in found] == list(written.values())
    else:
        expected = list(written.values())
        if column == "customer_id":
            expected = [None if one == "0" else _pseudonym(one) for one in expected]
        assert _contacts(landing, column, written) == expected
    assert landing.quarantine() == []


def test_a_rounded_number_is_no_id(landing: Landed) -> None:
    rounded = ["9007199254740992.0", "1.2345678901234568e+16", "1.23457E+12"]
    assert _contacts(landing, "case_id", rounded) == [None] * 3
    faults = landing.faults()
    assert [(fault["position"], fault["rule"]) for fault in faults] == [(each, "rounded_id") for each in "123"]
    assert all(fault["reason"].endswith("deliver ids as text or integers; the value is left out") for fault in faults)


def _ids(types: dict[str, pa.DataType], values: list[object]) -> dict[str, list[str | None]]:
    """name → the ids that a Parquet column of that type gives, through the SQL of typing."""
    found = {}
    with duckdb.connect() as connection:
        for name, kind in types.items():
            connection.register("t", pa.table({"case_id": pa.array(values, kind)}))
            duckdb_type = connection.execute("describe t").fetchall()[0][1]
            raw = RawRelation(
                CANONICAL_TABLES["contacts"], "t", {"case_id": "case_id"}, {"case_id": duckdb_type}, "1", "1", "1"
            )
            column = raw.table.column("case_id")
            rows = connection.execute(
                f"select {raw.id_of(column, 'v')} from (select {raw.value(column)} as v from t)"
            ).fetchall()
            found[name] = [row[0] for row in rows]
    return found


@settings(max_examples=examples(15, 60))
@given(numbers=st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=8))
def test_one_number_is_one_id_in_every_type(numbers: list[int]) -> None:
    types = {"int32": pa.int32(), "int64": pa.int64(), "double": pa.float64(), "decimal": pa.decimal128(20, 2)}
    found = _ids(types, list(numbers))
    texts = {
        "plain": _ids({"t": pa.string()}, [str(number) for number in numbers])["t"],
        "point": _ids({"t": pa.string()}, [f" {number}.0" for number in numbers])["t"],
        "bytes": _ids({"t": pa.binary()}, [str(number).encode() for number in numbers])["t"],
    }
    expected = [str(number) for number in numbers]
    assert {**found, **texts} == dict.fromkeys([*types, *texts], expected)


@settings(max_examples=examples(30, 100))
@given(
    ids=st.lists(
        st.text("ab01.+- e", min_size=1, max_size=7).map(str.strip).filter(bool), min_size=2, max_size=12, unique=True
    )
)
def test_two_ids_stay_two(ids: list[str]) -> None:
    """Unless they are one number: then the digits are the id of both."""
    found = _ids({"t": pa.string()}, list(ids))["t"]
    for written, one in zip(ids, found, strict=True):
        if one is not None and one != written:
            assert float(written) == float(one)
            assert re.fullmatch(r"-?\d+", one)
    kept = [one for one in found if one is not None]
    assert len({*kept}) == len({re.sub(r"^-?0$", "0", one) for one in kept})


_WEEK = [naive_utc("2026-01-05 10:00"), naive_utc("2026-01-06 10:00")]
_NATIVE: dict[str, pa.Array] = {
    "bool": pa.array([True, False]),
    "time": pa.array([time(0, 1, 30), time(0, 2)], pa.time64("us")),
    "date": pa.array([date(2026, 1, 5), date(9999, 12, 31)]),
    "timestamp": pa.array(_WEEK, pa.timestamp("us")),
    "timestamptz": pa.array(_WEEK, pa.timestamp("us", "UTC")),
    "nanoseconds": pa.array(_WEEK, pa.timestamp("ns")),
    "edges": pa.array([2**63 - 1, -(2**63) + 2], pa.int64()).cast(pa.timestamp("us", "UTC")),
    "naive edges": pa.array([2**63 - 1, -(2**63) + 2], pa.int64()).cast(pa.timestamp("us")),
    "milliseconds at the edge": pa.array([2**62, -(2**62)], pa.int64()).cast(pa.timestamp("ms")),
    "interval": pa.array([pa.MonthDayNano([0, 0, 90 * 10**9]), pa.MonthDayNano([1, 0, 0])]),
    "blob": pa.array([b"7", b"\xc3("]),
    "list": pa.array([[1], [2, 3]]),
    "struct": pa.array([{"a": 1}, {"a": 2}]),
    "map": pa.array([[("a", 1)], [("b", 2)]], pa.map_(pa.string(), pa.int64())),
    "category": pa.array(["7", "x"]).dictionary_encode(),
    "null": pa.nulls(2),
    "uint64": pa.array([7, 2**64 - 1], pa.uint64()),
    "double": pa.array([7.0, 1e300]),
    "half": pa.array([7.0, math.inf], pa.float32()),
    "decimal": pa.array([7, 10**30], pa.decimal128(38, 4)),
}


@pytest.mark.parametrize("kind", _NATIVE)
@pytest.mark.parametrize("table", ["contacts", "turns", "surveys"])
def test_no_type_of_a_column_ends_in_an_error_of_the_engine(table: str, kind: str) -> None:
    """Every column of the table holds values of that type: they are read, or are bad values with a rule and a shape."""
    contract = CANONICAL_TABLES[table]
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.register("t", pa.table({"v": _NATIVE[kind]}))
        duckdb_type = str(connection.execute("describe t").fetchall()[0][1])
        columns = dict.fromkeys(contract.column_names, "v")
        raw = RawRelation(contract, "t", columns, dict.fromkeys(columns, duckdb_type), "1", "1", "1")
        rules = TypingRules(
            Zones("UTC", "Europe/Vienna"), {}, ("?",), Pseudonymiser(KEY), latest=naive_utc("2026-01-06")
        )
        typed = TypedSelect(raw, rules)
        good, keys = typed.good_rows("$system"), rules.pseudonymiser.parameters()
        connection.execute(good, {"system": "s", **(keys if "$pseudonym_inner" in good else {})}).fetchall()
        for fault in connection.execute(typed.faults()).pl().iter_rows(named=True):
            reason = reason_in_words(contract.column(fault["column_name"]), fault["rule"], required=False)
            assert reason.startswith(fault["column_name"])
            assert (fault["shape"] is None) == (fault["rule"] == "missing")


@pytest.mark.parametrize(
    ("kind", "column", "values", "rules"),
    [
        ("time", "handle_seconds", [90.0, 120.0], []),
        ("interval", "handle_seconds", [90.0, None], ["out_of_range"]),
        ("bool", "handle_seconds", [None, None], ["not_a_duration"] * 2),
        ("list", "queue", [None, None], ["not_text"] * 2),
        ("list", "case_id", [None, None], ["not_text"] * 2),
        ("blob", "case_id", ["7", None], ["not_text"]),
        ("double", "case_id", ["7", None], ["rounded_id"]),
        ("half", "case_id", ["7", None], ["rounded_id"]),
        ("category", "handle_seconds", [7.0, None], ["not_a_duration"]),
        ("edges", "ended_at", [None, None], ["out_of_range"] * 2),
        ("bool", "ended_at", [None, None], ["not_an_instant"] * 2),
        ("struct", "ended_at", [None, None], ["not_an_instant"] * 2),
        ("date", "agent_started_on", [date(2026, 1, 5), None], ["out_of_range"]),
        ("timestamp", "agent_started_on", [date(2026, 1, 5), date(2026, 1, 6)], []),
        ("null", "handle_seconds", [None, None], []),
    ],
)
def test_native_values_are_read_or_left_out(
    landing: Landed, kind: str, column: str, values: list[object], rules: list[str]
) -> None:
    start = pa.array(["2026-01-01T00:00:00Z"] * 2)
    table = pa.table({"contact_id": pa.array(["a", "b"]), "started_at": start, column: _NATIVE[kind]})
    if kind == "interval":  # Parquet holds no such type as Arrow writes it: DuckDB does
        with duckdb.connect() as connection:
            connection.execute(
                f"copy (select 'a' as contact_id, '2026-01-01T00:00:00Z' as started_at, interval 90 second as {column} union all select 'b', '2026-01-01T00:00:00Z', interval 1 month) to '{landing.folder / 'c.parquet'}'"
            )
    else:
        pq.write_table(table, landing.folder / "c.parquet")
    landing.source("c.parquet").night()
    assert [row.get(column) for row in landing.surviving(columns=f"contact_id, {column}")] == values
    assert [fault["rule"] for fault in landing.quarantine()] == rules


def test_ids_that_turned_into_floats_are_the_ids_that_they_were(landing: Landed) -> None:
    start = pa.array([START] * 3)
    monday = {"contact_id": pa.array([101, 102, 103]), "started_at": start, "customer_id": pa.array([5001, 5002, 5003])}
    tuesday = {
        "contact_id": pa.array([104, 105, 106]),
        "started_at": start,
        "customer_id": pa.array([5001.0, None, math.nan]),
    }
    pq.write_table(pa.table(monday), landing.folder / "monday.parquet")
    pq.write_table(pa.table(tuesday), landing.folder / "tuesday.parquet")
    landing.source("*.parquet").night()
    found = {row["contact_id"]: row.get("customer_id") for row in landing.surviving()}
    assert found == {"101": _pseudonym("5001"), "102": _pseudonym("5002"), "103": _pseudonym("5003"),
                     "104": _pseudonym("5001"), "105": None, "106": None}  # fmt: skip
    assert landing.quarantine() == []


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


def test_native_parquet_values_meet_the_same_rules(landing: Landed) -> None:
    table = pa.table(
        {
            "response_id": pa.array([7, 8, 9, 10], pa.int64()),
            "responded_at": pa.array([START] * 4).cast(pa.timestamp("us", "UTC")),
            "csat": pa.array([4.0, 4.5, math.nan, math.inf], pa.float32()),
            "nps": pa.array([10, 11, -1, None], pa.int8()),
            "verbatim": pa.array(["fine", "", " ", None]),
        }
    )
    sink = io.BytesIO()
    pq.write_table(table, sink)
    landing.source("surveys.parquet", "surveys").put("surveys.parquet", sink.getvalue())
    landing.night()
    assert landing.surviving("surveys", "response_id, csat, nps, verbatim") == [
        {"response_id": "10"},
        {"response_id": "7", "csat": 4, "nps": 10, "verbatim": "fine"},
        {"response_id": "8", "csat": 4.5},
        {"response_id": "9"},
    ]
    assert len(landing.quarantine()) == 4
