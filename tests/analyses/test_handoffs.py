"""Handoffs (M11) and being stuck (M19): sides of a handoff, what arrived, who had to say it again, who never got a person."""

# ruff: noqa: DTZ001 - instants of the warehouse are naive UTC

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders.analysis_warehouse import Warehouse, own

from pipelines.analyses.failed_containment import stuck_table
from pipelines.analyses.handoffs import handoff_rates_table

_START = datetime(2026, 6, 1, 15, 0)
_OVER = _START + timedelta(minutes=4)
_END = _START + timedelta(minutes=10)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path, datetime(2026, 10, 1))


def _contact(contact_id: str = "c1", **more: Any) -> dict[str, Any]:
    row = {"contact_id": contact_id, "customer_id": "ann", "started_at": _START, "ended_at": _END, "language": "en"}
    return row | {"mode": "joint", "agent_id": "a1", "ai_model": "m"} | more


def _handoff(**more: Any) -> dict[str, Any]:
    row = {"handoff_id": "h1", "contact_id": "c1", "occurred_at": _OVER, "from_party": "ai", "to_party": "agent"}
    return row | more


def _turn(index: int, speaker: str, text: str = "some words of mine", **more: Any) -> dict[str, Any]:
    return {"contact_id": "c1", "turn_index": index, "speaker": speaker, "text": text, "language": "en"} | more


def _found(warehouse: Warehouse, topic: str, text: str) -> None:
    from pipelines.extraction import load_patterns  # noqa: PLC0415
    from pipelines.warehouse.text_findings import TEXT_FINDINGS_DDL  # noqa: PLC0415

    warehouse.connection.execute(TEXT_FINDINGS_DDL)
    warehouse.connection.execute(
        "insert into text_findings (patterns, role, language, text_hash, topic, place, quote) values (?, 'customer', 'en', sha256(?), ?, 1, ?)",
        [load_patterns(None).fingerprint, text, topic, text],
    )


def _quality(warehouse: Warehouse) -> dict[str, Any]:
    (row,) = warehouse.run("handoff_quality").iter_rows(named=True)
    return row


def _sides(warehouse: Warehouse) -> dict[int, str]:
    rows = warehouse.run("int_turns_around_handoffs").select("turn_index", "side").iter_rows()
    return dict(rows)


def test_offsets_tell_the_sides(warehouse: Warehouse) -> None:
    warehouse.land("contacts", _contact()).land("handoffs", _handoff())
    warehouse.land("turns", *(_turn(n, "customer", offset_seconds=60.0 * n) for n in range(1, 7)))
    assert _sides(warehouse) == {1: "before", 2: "before", 3: "before", 4: "before", 5: "after", 6: "after"}


def test_legs_tell_the_sides_whatever_their_clocks_say(warehouse: Warehouse) -> None:
    """The person's leg begins at the handoff; its first turn has offset 0, and the AI's clock ran ahead."""
    warehouse.land(
        "contacts",
        _contact(mode="ai_primary", agent_id=None, ended_at=_OVER),
        _contact("c2", root_contact_id="c1", started_at=_OVER, mode="human_primary", ai_model=None),
    ).land("handoffs", _handoff())
    warehouse.land("turns", _turn(1, "customer"), _turn(9, "customer", contact_id="c2", offset_seconds=0.0))
    assert _sides(warehouse) == {1: "before", 9: "after"}


@pytest.mark.parametrize(("speaker", "side"), [("agent", "after"), ("ai", "before")])
def test_without_offsets_the_first_words_of_a_person_tell(warehouse: Warehouse, speaker: str, side: str) -> None:
    warehouse.land("contacts", _contact()).land("handoffs", _handoff())
    warehouse.land("turns", _turn(1, "customer"), _turn(2, speaker), _turn(3, "customer"))
    assert _sides(warehouse) == {1: "before", 2: side, 3: side}


_PARTS = ("has_summary", "has_transcript", "has_tool_results", "has_attempt_account")
#: What is recorded of the four parts; completeness, the missing ones, and how many are recorded.
_COMPLETE = (
    ((True, True, True, True), 1.0, "", 4),
    ((False, True, True, False), 0.5, "summary, attempt_account", 4),
    ((True, None, False, None), 0.5, "tool_results", 2),
    ((None, None, None, None), None, None, 0),
)
#: What is recorded of the handoff; seconds to a person, and how that is known.
_TO_HUMAN: tuple[tuple[dict[str, Any], float, str], ...] = (
    ({"wait_seconds": 42.0}, 42.0, "recorded"),
    ({}, 30.0, "next_leg"),
)
#: The record, the customer's own words, their likeness; whether they had to repeat themselves, and how that is known.
_AGAIN = (
    (None, True, 0.1, True, "words"),
    (None, False, 0.9, True, "similarity"),
    (None, False, 0.1, False, "nothing_found"),
    (None, False, None, False, "nothing_found"),
    (False, True, 0.9, False, "recorded"),
    (True, False, 0.1, True, "recorded"),
)
#: What else is known of contact and handoff, and whether an AI handed over to a person.
_SIDES: tuple[tuple[dict[str, Any], dict[str, Any], bool], ...] = (
    ({}, {"from_party": "agent"}, False),
    ({}, {"to_party": "bot"}, False),
    ({}, {"from_party": None, "to_party": None}, True),
    ({"mode": "human_primary", "ai_model": None}, {"from_party": None}, False),
    ({"mode": "ai_primary", "agent_id": None}, {"to_party": None}, False),
    ({"mode": "human_primary"}, {"from_party": "bot"}, True),
)


@pytest.fixture(scope="module")
def quality(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Rows of handoff_quality of the cases above, by handoff."""
    warehouse = Warehouse(tmp_path_factory.mktemp("quality"), datetime(2026, 10, 1))
    for number, (flags, *_) in enumerate(_COMPLETE):
        parts = dict(zip(_PARTS, flags, strict=True))
        _land(warehouse, f"complete {number}", [_contact()], _handoff(**parts))
    for number, (known, *_) in enumerate(_TO_HUMAN):
        legs = [
            _contact(mode="ai_primary", agent_id=None, ended_at=_OVER),
            _contact("c2", root_contact_id="c1", started_at=_OVER + timedelta(seconds=30), mode="human_primary"),
            _contact("c3", root_contact_id="c1", started_at=_OVER + timedelta(seconds=99), mode="human_primary"),
        ]
        _land(warehouse, f"to human {number}", legs, _handoff(**known))
    for number, (recorded, said, *_) in enumerate(_AGAIN):
        case, words = f"again {number}", f"again {number}"
        _land(warehouse, case, [_contact()], _handoff(customer_repeated=recorded))
        before, after = _turn(1, "customer", offset_seconds=10.0), _turn(2, "customer", words, offset_seconds=300.0)
        warehouse.land("turns", own(case, before), own(case, after))
        if said:
            _found(warehouse, "says_it_again", words)
    for number, (contact, handoff, _) in enumerate(_SIDES):
        _land(warehouse, f"sides {number}", [_contact(**contact)], _handoff(**handoff))
    warehouse.run("int_handoff_turns")
    for number, (_, _, similarity, *_) in enumerate(_AGAIN):
        if similarity is not None:
            warehouse.connection.execute(
                "insert into handoff_similarities (system, handoff_id, similarity, is_restated) values ('s', ?, ?, ?)",
                [f"h1 again {number}", similarity, similarity > 0.5],
            )
    return {row["handoff_id"]: row for row in warehouse.run("handoff_quality").iter_rows(named=True)}


def _land(warehouse: Warehouse, case: str, legs: list[dict[str, Any]], handoff: dict[str, Any]) -> None:
    warehouse.land("contacts", *(own(case, leg) for leg in legs)).land("handoffs", own(case, handoff))


@pytest.mark.parametrize(
    ("number", "completeness", "missing", "recorded"), [(n, *expected) for n, (_, *expected) in enumerate(_COMPLETE)]
)
def test_completeness_is_of_what_is_recorded(
    quality: dict[str, dict[str, Any]], number: int, completeness: float | None, missing: str | None, recorded: int
) -> None:
    row = quality[f"h1 complete {number}"]
    assert (row["completeness"], row["missing_parts"], row["parts_recorded"]) == (completeness, missing, recorded)


@pytest.mark.parametrize(("number", "seconds", "basis"), [(n, *expected) for n, (_, *expected) in enumerate(_TO_HUMAN)])
def test_time_to_human(quality: dict[str, dict[str, Any]], number: int, seconds: float, basis: str) -> None:
    row = quality[f"h1 to human {number}"]
    assert (row["seconds_to_human"], row["seconds_to_human_basis"]) == (seconds, basis)


@pytest.mark.parametrize("number", range(len(_AGAIN)), ids=str)
def test_who_had_to_say_it_again(quality: dict[str, dict[str, Any]], number: int) -> None:
    """The record goes first, then the customer's own words, then their likeness."""
    _, said, similarity, repeated, basis = _AGAIN[number]
    row = quality[f"h1 again {number}"]
    assert (row["customer_repeated"], row["repeated_basis"]) == (repeated, basis)
    assert row["repeated_detected"] is (said or (similarity or 0) > 0.5)


@pytest.mark.parametrize(("number", "counts"), [(number, counts) for number, (*_, counts) in enumerate(_SIDES)])
def test_handoffs_from_an_ai_to_a_person(quality: dict[str, dict[str, Any]], number: int, counts: bool) -> None:
    assert (f"h1 sides {number}" in quality) is counts


def test_said_again_before_the_handoff_is_no_repetition(warehouse: Warehouse) -> None:
    warehouse.land("contacts", _contact()).land("handoffs", _handoff())
    warehouse.land(
        "turns", _turn(1, "customer", "again", offset_seconds=10.0), _turn(2, "customer", offset_seconds=300.0)
    )
    _found(warehouse, "says_it_again", "again")
    assert _quality(warehouse)["customer_repeated"] is False


def test_without_words_nobody_knows(warehouse: Warehouse) -> None:
    warehouse.land("contacts", _contact()).land("handoffs", _handoff())
    row = _quality(warehouse)
    assert (row["customer_repeated"], row["repeated_basis"]) == (None, None)


def test_amnesia_is_flagged_by_what_was_missing(warehouse: Warehouse) -> None:
    names = ("all", "some", "nothing", "calm")
    warehouse.land("contacts", *(_contact(name) for name in names))
    parts = {"has_summary": True, "has_transcript": True, "has_tool_results": True, "has_attempt_account": True}
    gaps: dict[str, dict[str, bool]] = {
        "all": {},
        "some": {"has_tool_results": False},
        "nothing": {"has_summary": False, "has_transcript": False},
        "calm": {"has_summary": False},
    }
    warehouse.land(
        "handoffs",
        *(
            _handoff(handoff_id=name, contact_id=name, customer_repeated=name != "calm", **(parts | gaps[name]))
            for name in names
        ),
    )
    flags = warehouse.run("case_flags").filter(pl.col("code") == "D7")
    assert dict(flags.select("contact_id", "severity").iter_rows()) == {"all": 1, "some": 2, "nothing": 3}
    (evidence,) = flags.filter(pl.col("contact_id") == "nothing")["evidence"]
    assert json.loads(evidence)["missing_parts"] == "summary, transcript"


def _alone(contact_id: str, **more: Any) -> dict[str, Any]:
    return _contact(contact_id, mode="ai_primary", agent_id=None, **more)


def test_the_three_signs_of_being_stuck(warehouse: Warehouse) -> None:
    warehouse.land(
        "contacts",
        _alone("asked", misunderstandings=0),
        _alone("misunderstood", misunderstandings=3),
        _alone("hung_up", disconnect_reason="Customer_Hangup", resolved_claimed=False),
        _alone("done", disconnect_reason="customer_hangup", resolved_claimed=True),
        _alone("fine", misunderstandings=2, disconnect_reason="completed", resolved_claimed=False),
        _alone("silent"),
        _contact("person", misunderstandings=9),
    )
    warehouse.land("turns", _turn(1, "customer", "a person please", contact_id="asked"))
    _found(warehouse, "asks_for_human", "a person please")
    warehouse.run("input_contact_measures")
    rows = warehouse.connection.execute(
        "select contact_id, stuck, hung_up from input_contact_measures where is_ai_only order by contact_id"
    ).fetchall()
    # Whoever hangs up counts beside the signs, also where a resolution was claimed.
    assert {name: hung_up for name, _, hung_up in rows if hung_up is not None} == {
        "hung_up": True,
        "done": True,
        "fine": False,
    }
    assert {name: stuck for name, stuck, _ in rows} == {
        "asked": True,
        "misunderstood": True,
        "hung_up": True,
        "done": False,
        "fine": False,
        "silent": None,
    }
    flags = warehouse.run("case_flags").filter(pl.col("code") == "D8")
    assert dict(flags.select("contact_id", "severity").iter_rows()) == {"asked": 2, "hung_up": 1, "misunderstood": 1}


def test_stuck_counts_what_could_be_seen() -> None:
    names = ("mode", "channel", "queue", "workflow", "issue", "product", "region", "language", "ai_model")
    frame = pl.DataFrame(
        {
            "customer": range(8),
            "hour_of_day": [9] * 8,
            "is_ai_only": [True] * 7 + [False],
            "stuck": [True, True, False, False, False, None, None, True],
            "asked_for_human": [True, None, None, None, False, None, None, True],
            "hung_up_unresolved": [None] * 8,
            "was_misunderstood": [False, True, False, False, None, None, None, None],
            "hung_up": [True, True, False, None, None, None, True, True],
        },
        schema_overrides={"hung_up_unresolved": pl.Boolean},
    ).with_columns(**{name: pl.lit("x") for name in names})
    found = stuck_table(frame, min_n=1).filter(pl.col("grouping") == "{}")
    assert {row["measure"]: (row["numerator"], row["n"]) for row in found.iter_rows(named=True)} == {
        "stuck": (2, 5),
        "asked_for_human": (1, 2),
        "was_misunderstood": (1, 4),
        "hung_up": (3, 4),
        "observable": (5, 7),
    }


def test_rates_of_handoffs() -> None:
    names = ("mode", "channel", "queue", "workflow", "issue", "product", "region", "language", "ai_model")
    frame = pl.DataFrame(
        {
            "customer": range(6),
            "hour_of_day": [9] * 6,
            "trigger": ["keyword"] * 3 + ["other"] * 3,
            "has_summary": [True, True, False, True, None, True],
            "has_transcript": [True] * 6,
            "has_tool_results": [True] * 6,
            "has_attempt_account": [True] * 6,
            "parts_recorded": [4, 4, 4, 4, 3, 4],
            "completeness": [1.0, 1.0, 0.75, 1.0, 1.0, 1.0],
            "customer_repeated": [True, False, False, None, None, True],
            "repeated_recorded": [True, False, None, None, None, True],
            "repeated_detected": [True, True, False, None, None, None],
            "seconds_to_human": [1.0, 2.0, 3.0, 4.0, None, 10.0],
        }
    ).with_columns(**{name: pl.lit("x") for name in names})
    found = handoff_rates_table(frame, min_n=1).filter(pl.col("grouping") == "{}")
    rates = {row["measure"]: (row["numerator"], row["n"], row["value"]) for row in found.iter_rows(named=True)}
    assert rates["complete"] == (4, 5, 0.8), "of those that record all four"
    assert rates["summary_arrived"] == (4, 5, 0.8)
    assert rates["customer_repeated"] == (2, 4, 0.5)
    assert rates["detected_of_recorded_yes"] == (1, 1, 1.0)
    assert rates["recorded_of_detected_yes"] == (1, 2, 0.5)
    assert rates["median_seconds_to_human"] == (None, 5, 3.0)
    assert rates["p90_seconds_to_human"] == (None, 5, 10.0)
