"""The rows that statistics read: which records they hold, what was known at as_of, and which days are compared."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders.analysis_inputs import SCHEMAS
from builders.analysis_warehouse import Warehouse, own

from pipelines.analyses.divergence import divergence_table
from pipelines.config import DivergenceSettings
from pipelines.config.costs import Costs

DAY = timedelta(days=1)
US = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


START, AS_OF = at("2026-03-02 10:00"), at("2026-06-01 00:00")


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    made = Warehouse(tmp_path, AS_OF)
    yield made
    made.connection.close()


def contact(contact_id: str, start: datetime = START, customer: str | None = "ann", **cells: Any) -> dict[str, Any]:
    return {
        "contact_id": contact_id,
        "customer_id": customer,
        "started_at": start,
        "ended_at": start + timedelta(minutes=10),
        **cells,
    }


def claim(claim_id: str, contact_id: str = "c", claim_type: str = "resolution", **cells: Any) -> dict[str, Any]:
    return {
        "claim_id": claim_id,
        "contact_id": contact_id,
        "claim_type": claim_type,
        "stated_confidence": 0.7,
        **cells,
    }


def column(rows: pl.DataFrame, name: str, key: str = "claim_id") -> dict[str, Any]:
    return dict(rows.select(key, name).iter_rows())


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return Warehouse(tmp_path_factory.mktemp("empty"), AS_OF)


@pytest.mark.parametrize("name", SCHEMAS)
def test_frames_made_by_hand_have_the_columns_of_the_sql(name: str, empty: Warehouse) -> None:
    made = empty.run(name)
    assert made.height == 0
    assert dict(made.schema) == SCHEMAS[name]


# --- Claims -------------------------------------------------------------------------------------------------------


def test_a_verdict_counts_from_its_instant_on(warehouse: Warehouse) -> None:
    warehouse.land("contacts", contact("c", mode="ai_primary"))
    for claim_id, verified_at in (("before", AS_OF - US), ("at", AS_OF), ("after", AS_OF + US), ("undated", None)):
        warehouse.land("ai_claims", claim(claim_id, verified_correct=False, verified_at=verified_at))
    warehouse.land("ai_claims", claim("none"))
    rows = warehouse.run("input_claims")
    assert column(rows, "verified_correct") == {
        "before": False,
        "at": False,
        "after": None,
        "undated": False,
        "none": None,
    }


def test_the_outcome_speaks_for_claims_of_resolution_alone(warehouse: Warehouse) -> None:
    warehouse.land("contacts", contact("c", mode="ai_primary", issue="i"), contact("d", START + DAY, issue="i"))
    warehouse.land(
        "ai_claims",
        claim("fact", claim_type="balance"),
        claim("shouted", claim_type="RESOLUTION"),
        claim("held", "d"),
    )
    rows = warehouse.run("input_claims")
    assert column(rows, "resolved_outcome") == {"fact": None, "shouted": False, "held": True}
    assert column(rows, "claim_type") == {"fact": "balance", "shouted": "resolution", "held": "resolution"}
    assert column(rows, "is_settled") == {"fact": True, "shouted": True, "held": True}
    # Of the mode that is not known nobody can say that the answer stood.
    assert column(rows, "is_kept") == {"fact": True, "shouted": True, "held": None}


def test_a_claim_of_an_open_window_or_an_unknown_customer_has_no_outcome(warehouse: Warehouse) -> None:
    late = AS_OF - 30 * DAY
    warehouse.land("contacts", contact("c", late, mode="ai_primary"), contact("d", customer=None, mode="ai_primary"))
    warehouse.land("ai_claims", claim("open"), claim("nobody", "d"), claim("lost", "no such contact"))
    rows = warehouse.run("input_claims")
    assert column(rows, "resolved_outcome") == {"open": None, "nobody": None}
    assert column(rows, "is_settled") == {"open": False, "nobody": False}
    assert column(rows, "is_kept") == {"open": True, "nobody": None}
    assert column(rows, "customer") == {"open": 0, "nobody": -1}


def test_a_claim_belongs_to_the_contact_of_its_leg_and_to_its_local_month(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, AS_OF, time_zone="America/New_York")
    legs = [
        contact("leg-1", at("2026-04-01 03:59"), root_contact_id="root", mode="ai_primary", ai_model="m"),
        contact("leg-2", at("2026-04-01 04:30"), root_contact_id="root", mode="human_primary", workflow="w"),
    ]
    warehouse.land("contacts", *legs).land("ai_claims", claim("by leg", "leg-2"), claim("by root", "root"))
    rows = warehouse.run("input_claims")
    for name, value in {
        "contact_id": "root",
        "mode": "joint",
        "workflow": "w",
        "ai_model": "m",
        "day": date(2026, 3, 31),
        "month": "2026-03",
        "hour_of_day": 23,
        "is_kept": False,
    }.items():
        assert column(rows, name) == {"by leg": value, "by root": value}, name


def test_withdrawn_claims_are_gone_and_sampling_that_nobody_recorded_is_unknown(warehouse: Warehouse) -> None:
    warehouse.land("contacts", contact("c"))
    warehouse.land("ai_claims", claim("gone", deleted_at=START), claim("a"), claim("b", review_sampling="random"))
    assert column(warehouse.run("input_claims"), "review_sampling") == {"a": "unknown", "b": "random"}


# --- Handoffs -----------------------------------------------------------------------------------------------------


def handoff(handoff_id: str, contact_id: str, **cells: Any) -> dict[str, Any]:
    return {"handoff_id": handoff_id, "contact_id": contact_id, "occurred_at": START + HOUR, **cells}


def test_handoffs_are_from_a_machine_to_a_person(warehouse: Warehouse) -> None:
    warehouse.land(
        "contacts",
        contact("ai", mode="ai_primary", workflow="w", ai_confidence=0.4),
        contact("ai-2", mode="ai_primary"),
        contact("joint", mode="joint"),
        contact("human", mode="human_primary"),
    )
    warehouse.land(
        "handoffs",
        handoff("plain", "ai", from_party="ai", to_party="agent", misunderstandings=3),
        handoff("sure", "ai", from_party="AI", to_party="Agent", ai_confidence=0.6),
        handoff("from nobody knows", "ai", to_party="agent"),
        handoff("to a machine", "ai", from_party="ai", to_party="BOT"),
        handoff("between people", "joint", from_party="agent", to_party="supervisor"),
        handoff("led by a person", "human", from_party="ai", to_party="agent"),
        # To nobody knows whom: a person where one took over, nobody where the contact counts as contained.
        handoff("joint", "joint", from_party="ai"),
        handoff("contained", "ai-2", from_party="ai"),
    )
    rows = warehouse.run("input_handoffs")
    assert column(rows, "ai_confidence", "handoff_id") == {
        "plain": 0.4,
        "sure": 0.6,
        "from nobody knows": 0.4,
        "joint": None,
    }
    assert column(rows, "misunderstandings", "handoff_id")["plain"] == 3
    assert set(rows["is_settled"]) == {True}
    assert set(rows["day"]) == {START.date()}


SPOKEN = {
    "kind": "varchar",
    "system": "varchar",
    "owner_id": "varchar",
    "position": "bigint",
    "contact_id": "varchar",
    "spoken_at": "timestamp",
    "words": "bigint",
    "score": "double",
}


#: Scores of the turns before a handoff, and whether the sentiment has turned.
_TURNS: tuple[tuple[list[float], bool], ...] = (
    ([0.9, 0.5, 0.1, -0.4, -0.3, -0.2], True),
    # The first three were negative as well.
    ([-0.9, -0.5, -0.1, -0.4, -0.3, -0.2], False),
    ([0.9, 0.5, 0.1, -0.4, -0.2, -0.1], False),
    ([0.9, 0.5, 0.1, -0.9, 0.0, -0.1], True),
    ([0.0, 0.0, -0.25, -0.25, -0.25], True),
    ([0.0, 0.0, -0.25, -0.25, -0.24], False),
    # Of five the first two and the last three; of three the first and the last two; of two one each.
    ([0.0, -0.6, 0.9, -0.9, -0.9], False),
    ([0.0, -0.4, 0.9, -0.9, -0.9], True),
    ([0.1, -0.9, -0.9], True),
    ([-0.3, -0.9, -0.9], False),
    ([0.1, -0.9, 0.5], False),
    ([0.0, -0.25], True),
    # With one turn there is no opening that it could have turned from.
    ([-0.9], False),
    ([], False),
)


@pytest.fixture(scope="module")
def turned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bool]:
    """Whether the sentiment has turned before the handoff of each case."""
    warehouse = Warehouse(tmp_path_factory.mktemp("turned"), AS_OF)
    scored: list[dict[str, Any]] = []
    for number, (scores, _) in enumerate(_TURNS):
        case = str(number)
        warehouse.land("contacts", own(case, contact("c", mode="joint")))
        warehouse.land("handoffs", own(case, handoff("h", "c", occurred_at=START + timedelta(seconds=100))))
        texts = [_text(place, score) for place, score in enumerate(scores)]
        # None of these counts: too short, not scored, spoken after the handoff (one long after any instant that there
        # is), or with no offset in a leg that ended later.
        texts += [_text(50, -1.0, words=2), _text(51, None), _text(52, -1.0), _text(53, -1.0), _text(54, -1.0)]
        offsets: dict[int, float | None] = {place: float(place) for place in range(len(scores))}
        offsets |= {50: 60.0, 51: 61.0, 52: 100.5, 53: None, 54: 1e300}
        for place, offset in offsets.items():
            turn = {
                "contact_id": "c",
                "turn_index": place,
                "speaker": "customer",
                "text": "x",
                "offset_seconds": offset,
            }
            warehouse.land("turns", own(case, turn))
        scored += [own(case, text) for text in texts]
    warehouse.run("input_handoffs")
    warehouse.make("int_text_sentiment", scored, **SPOKEN)
    rows = warehouse.run("input_handoffs", alone=True)
    return column(rows, "is_turned_negative", "handoff_id")


def _text(position: int, score: float | None, words: int = 3) -> dict[str, Any]:
    row = {"kind": "turn", "system": "s", "owner_id": "c", "position": position, "contact_id": "c", "spoken_at": START}
    return row | {"words": words, "score": score}


@pytest.mark.parametrize(
    ("number", "expected"),
    [(number, is_turned) for number, (_, is_turned) in enumerate(_TURNS)],
    ids=[str(scores) for scores, _ in _TURNS],
)
def test_sentiment_has_turned_where_the_closing_turns_are_negative_and_the_opening_ones_are_not(
    turned: dict[str, bool], number: int, expected: bool
) -> None:
    assert len(turned) == len(_TURNS)
    assert turned[f"h {number}"] is expected


# --- Days ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lag_days", [0, 5])
@pytest.mark.parametrize(
    ("as_of", "last_day"),
    [
        # Midnight in New York, summer; 30 days before it is midnight too.
        ("2026-06-01 04:00", date(2026, 5, 1)),
        ("2026-06-01 03:59", date(2026, 4, 30)),
        # The hour of spring is missing: 30 × 24 h before midnight is 23:00, and that day is not over.
        ("2026-04-01 04:00", date(2026, 2, 28)),
        # The hour of autumn is there twice: 01:00, and the day before it is over.
        ("2026-11-20 05:00", date(2026, 10, 20)),
    ],
)
def test_the_last_closed_day(as_of: str, last_day: date, lag_days: int, tmp_path: Path) -> None:
    moment = at(as_of) + lag_days * DAY
    keys = f"[metrics]\nlag_days = {lag_days}\n[divergence]\nperiod_days = 2\nbaseline_days = 3"
    warehouse = Warehouse(tmp_path, moment, time_zone="America/New_York", keys=keys)
    # At noon of each day from the fifth before the last closed one to the day after it.
    days = [last_day + offset * DAY for offset in range(-5, 2)]
    warehouse.land(
        "contacts", *(contact(str(day), datetime(day.year, day.month, day.day, 16, tzinfo=UTC)) for day in days)
    )
    rows = warehouse.run("input_divergence_contacts")
    assert rows.sort("day").select("day", "period").rows() == [
        (last_day - 4 * DAY, 0),
        (last_day - 3 * DAY, 0),
        (last_day - 2 * DAY, 0),
        (last_day - DAY, 1),
        (last_day, 1),
    ]
    assert set(rows.select("first_day", "last_day").rows()) == {(last_day - 4 * DAY, last_day)}
    settings = DivergenceSettings(period_days=2, baseline_days=3)
    table = divergence_table(
        rows.with_columns(issue=pl.lit("i"), handle_seconds=pl.lit(1.0)), settings, Costs(), min_n=1
    )
    assert set(table["period"]) == {f"{last_day - DAY}/{last_day}"}
    assert set(table["baseline"]) == {f"{last_day - 4 * DAY}/{last_day - 2 * DAY}"}


def test_words_are_those_of_customers_in_the_contact_that_repeats(warehouse: Warehouse) -> None:
    """Of the first contact nothing is read, of the second what the customer says; the second is followed by none."""
    warehouse.land("contacts", contact("first", queue="a"), contact("second", START + 3 * DAY, queue="b"))
    for contact_id, position, speaker in (("first", 1, "customer"), ("second", 1, "agent"), ("second", 2, "customer")):
        turn = {"contact_id": contact_id, "turn_index": position, "speaker": speaker}
        warehouse.land("turns", turn | {"text": f"{contact_id} {speaker}"})
    rows = warehouse.run("input_repeat_words")
    # The queue is that of the contact which was repeated.
    assert rows.select("period", "queue", "text").rows() == [(0, "a", "second customer")]


def test_weeks_begin_on_monday_where_the_business_is(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, AS_OF, time_zone="America/New_York")
    warehouse.land("contacts", contact("sunday", at("2026-03-09 03:59")), contact("monday", at("2026-03-09 04:00")))
    rows = warehouse.run("input_followed_contacts")
    assert column(rows, "week", "contact_id") == {"sunday": date(2026, 3, 2), "monday": date(2026, 3, 9)}
    sunday = rows.row(by_predicate=pl.col("contact_id") == "sunday", named=True)
    assert sunday["next_us"] - sunday["ended_us"] == -9 * 60 * 1_000_000
    assert (sunday["mature_30d"], sunday["repeat_any_30d"], sunday["repeat_issue_30d"]) == (True, True, None)


# --- Validity and small segments ----------------------------------------------------------------------------------


def test_the_issue_that_a_repeat_came_back_under(warehouse: Warehouse) -> None:
    warehouse.land(
        "contacts",
        contact("a", issue="i"),
        contact("b", START + DAY, issue="j"),
        contact("c", START + 2 * DAY),
        contact("d", START + 40 * DAY, issue="k"),
    )
    rows = warehouse.run("input_validity_contacts")
    assert column(rows, "next_issue", "contact_id") == {"a": "j", "b": None, "c": None, "d": None}
    assert column(rows, "repeat_any_30d", "contact_id") == {"a": True, "b": True, "c": False, "d": False}


def test_two_systems_that_know_one_call_by_one_id_make_one_repeat_of_it(warehouse: Warehouse) -> None:
    warehouse.land("contacts", contact("a", issue="i"), contact("b", START + DAY, issue="j"), system="s")
    warehouse.land("contacts", contact("b", START + DAY, issue="k"), system="t")
    rows = warehouse.run("input_validity_contacts")
    found = {
        (system, contact_id): issue
        for system, contact_id, issue in rows.select("system", "contact_id", "next_issue").iter_rows()
    }
    assert rows.height == 3
    # The first of the two follows a; the other follows that one, in the same instant.
    assert found == {("s", "a"): "j", ("s", "b"): "k", ("t", "b"): None}


def test_counts_of_agents_and_queues(warehouse: Warehouse) -> None:
    warehouse.land(
        "contacts",
        contact("a", agent_id="x", queue="q", resolved_claimed=True, issue="i"),
        contact("b", START + DAY, agent_id="x", resolved_claimed=True, issue="i"),
        contact("c", START + DAY, "bob", agent_id="y", queue="q", resolved_claimed=False),
        contact("d", START + DAY, "cat"),
    )
    warehouse.land(
        "complaints",
        {
            "complaint_id": "p",
            "regulator": "CFPB",
            "received_at": START + 2 * DAY,
            "contact_id": "c",
            "customer_id": "bob",
        },
    )
    warehouse.land(
        "surveys",
        {"response_id": "r", "responded_at": START + HOUR, "contact_id": "a", "csat": 2},
        {"response_id": "s", "responded_at": START + 2 * DAY, "contact_id": "c", "csat": 3},
    )
    rows = warehouse.run("input_group_counts")
    names = ("kind", "name", "measure", "numerator", "n")
    found = {(kind, name, measure): (k, n) for kind, name, measure, k, n in rows.select(names).iter_rows()}
    # The first two contacts are of one customer, which x handled both: 2² = 4; q has one of hers and one of bob's.
    squares = {row["name"]: row["sum_squares"] for row in rows.filter(measure="repeat_any_30d").iter_rows(named=True)}
    assert squares == {"x": 4, "y": 1, "q": 2}
    assert found == {
        ("agent_id", "x", "repeat_any_30d"): (1, 2),
        ("agent_id", "y", "repeat_any_30d"): (0, 1),
        ("queue", "q", "repeat_any_30d"): (1, 2),
        ("agent_id", "x", "false_resolution"): (1, 2),
        ("queue", "q", "false_resolution"): (1, 1),
        ("agent_id", "x", "complaints_per_1000"): (0, 2),
        ("agent_id", "y", "complaints_per_1000"): (1, 1),
        ("queue", "q", "complaints_per_1000"): (1, 2),
        ("agent_id", "x", "negative_survey_csat"): (1, 1),
        ("agent_id", "y", "negative_survey_csat"): (0, 1),
        ("queue", "q", "negative_survey_csat"): (1, 2),
    }
