"""Text of cases is text: every unseen character shows, evidence is laid out, endless turns are shown in parts."""

import json
from pathlib import Path
from typing import Any

import pytest
from builders.cases import AS_OF, HOSTILE, LAST_DAY, LONG, case_tables, hostile_tables, outcome, published, turns
from builders.views import view_of

from dashboards.casebook.case import find_case
from dashboards.casebook.flag_evidence import laid_out
from dashboards.casebook.key import CaseKey
from dashboards.casebook.safe_text import name, shortened, visible
from dashboards.casebook.timeline import timeline
from dashboards.casebook.transcript import (
    PAGE_TURNS,
    PIECE_CHARACTERS,
    SHOWN_CHARACTERS,
    page_of_turn,
    piece_of_turn,
    transcript,
)
from dashboards.snapshot.queries import Queries

C1 = CaseKey("default", "C1", LAST_DAY)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain <b>&amp;</b> text", "plain <b>&amp;</b> text"),
        ("two\r\nlines\tand a tab\n", "two\nlines\tand a tab\n"),
        ("a\x00b\x07\x1b[31m\x7f", "a␀b␇␛[31m␡"),
        ("a\rb\x0bc\x0c", "a␍b␋c␌"),
        ("\u202egnp.exe\u202c", "⟨U+202E⟩gnp.exe⟨U+202C⟩"),
        ("\u2067\u05e9\u05dc\u05d5\u05dd\u2069", "⟨U+2067⟩\u05e9\u05dc\u05d5\u05dd⟨U+2069⟩"),
        ("zero\u200bwidth\ufeff\u00ad\u2028\u0085", "zero⟨U+200B⟩width⟨U+FEFF⟩⟨U+00AD⟩⟨U+2028⟩⟨U+0085⟩"),
        ("hidden\U000e0041\U000e0042", "hidden⟨U+E0041⟩⟨U+E0042⟩"),
        ("\U0001f469\u200d\U0001f467 \u2764\ufe0f \u0645\u200c\u0646", "\U0001f469\u200d\U0001f467 \u2764\ufe0f \u0645\u200c\u0646"),
        ("\U0001f3f4\U000e0067\U000e0062\U000e007f", "\U0001f3f4\U000e0067\U000e0062\U000e007f"),
        ("", ""),
    ],
)  # fmt: skip
def test_every_unseen_character_shows(text: str, shown: str) -> None:
    assert visible(text) == shown
    assert visible(shown) == shown, "what is shown is not changed again"


def test_lines_and_lengths_are_bounded() -> None:
    assert shortened("one\n" * 500, 1_000).count("\n") == 39
    assert len(shortened("x" * 10**6, 100)) == 100
    assert name("a\nb\tc") == "a␊b␉c"
    assert name("x" * 200) == "x" * 160 + "…"
    assert name(None) == "–"


def test_evidence_is_laid_out_and_not_raw() -> None:
    evidence = {
        "claimed_resolved": True, "issue": "refund", "ended_at": "2026-09-29T16:25:32Z", "next_contact_id": "C9",
        "hours_until_next": 71.5, "handle_seconds": 74, "sentiment_source": "survey_csat", "csat": 1,
        "post_call_sentiment": -1.0, "ai_confidence": 0.905, "amount": 1234.5, "currency": "USD", "missing_parts": "",
        "complaint_within_30d": None, "something_new": [1, {"a": "<b>"}], "similarity": True,
    }  # fmt: skip
    facts = {fact.name: fact for fact in laid_out(json.dumps(evidence), "America/New_York")}
    shown = {title: fact.value for title, fact in facts.items()}
    assert shown["Claimed resolved"] == "yes"
    assert shown["This contact ended"] == "29 Sep 2026, 12:25"
    assert shown["Time until then"] == "3.0 days"
    assert shown["Handle time"] == "1\u202fmin 14\u202fs"
    assert shown["Where the sentiment comes from"] == "survey rating"
    assert shown["The AI's confidence"] == "90.5%"
    assert shown["Amount"] == "USD 1,234.50"
    assert shown["What did not reach the person"] == "none of those recorded"
    assert shown["something new"] == '[1, {"a": "<b>"}]'
    assert shown["Likeness of the words before and after, up to 1"] == "yes", "a value of another type stands as it is"
    assert facts["Came back in contact"].contact_id == "C9"
    assert "Complained within 30 days" not in shown, "what is not known is left out"


@pytest.mark.parametrize("text", ["", "no JSON", "[1, 2]", "[" * 100_000, '{"a": ' * 5_000, "null", *HOSTILE.values()])
def test_evidence_that_is_no_object_is_one_fact(text: str) -> None:
    (fact,) = laid_out(text, "UTC")
    assert fact.name == "Evidence"
    assert len(fact.value) <= 20_000


@pytest.mark.parametrize("value", [True, None, "x", -1e308, [], {"a": 1}, "2026-99-99", 10**400])
def test_evidence_of_any_type_is_shown(value: Any) -> None:
    keys = (
        "hours_until_next",
        "ended_at",
        "amount",
        "csat",
        "similarity",
        "seconds_to_human",
        "missing_parts",
        "issue",
    )
    assert all(fact.value is not None for fact in laid_out(json.dumps(dict.fromkeys(keys, value)), "UTC"))


def test_a_transcript_by_pages_legs_and_turns(tmp_path: Path) -> None:
    texts = [f"turn {n}" for n in range(PAGE_TURNS + 30)]
    later = [row | {"leg_started_at": AS_OF} for row in turns(["again", "yes"], leg="C1-2")]
    tables = case_tables() | {"transcripts": later + turns(texts) + turns(["of another"], "C2")}
    queries = Queries(published(tmp_path, tables))
    first, second = (transcript(queries, C1, number) for number in (1, 2))
    assert (first.total, first.pages, second.number) == (PAGE_TURNS + 32, 2, 2)
    assert [turn.text for leg in first.legs for turn in leg.turns] == texts[:PAGE_TURNS]
    assert [(leg.leg_id, len(leg.turns)) for leg in second.legs] == [("C1", 30), ("C1-2", 2)]
    assert transcript(queries, C1, 99) == second
    assert page_of_turn(queries, C1, "C1", PAGE_TURNS + 3) == page_of_turn(queries, C1, "C1-2", 0) == 2
    assert page_of_turn(queries, C1, "C1", 10**6) is None
    assert transcript(queries, CaseKey("default", "C9", LAST_DAY), 1).total == 0


def test_a_turn_of_a_megabyte_is_shown_in_parts_that_make_it_up(tmp_path: Path) -> None:
    long = LONG + "\x00the end"
    queries = Queries(published(tmp_path, case_tables(["short", long, "line\n" * 60])))
    (leg,) = transcript(queries, C1, 1).legs
    short, shown, lines = leg.turns
    assert not short.is_shortened
    assert shown.is_shortened
    assert (len(shown.text), shown.characters) == (SHOWN_CHARACTERS, len(long))
    assert lines.is_shortened, "sixty lines are many too"
    pieces = []
    number = 1
    while (piece := piece_of_turn(queries, C1, 2, number)) is not None and number <= piece.pages:
        assert len(piece.turn.text) <= PIECE_CHARACTERS
        pieces.append(piece.turn.text)
        number += 1
    assert "".join(pieces) == LONG + "␀the end"
    assert len(pieces) == -(-len(long) // PIECE_CHARACTERS)
    assert piece_of_turn(queries, C1, 99, 1) is None


def test_a_case_in_full_and_in_the_order_of_time(tmp_path: Path) -> None:
    queries = Queries(published(tmp_path))
    # A wrong day in the link costs a search and no more.
    for day in (None, LAST_DAY, LAST_DAY.replace(year=1999)):
        case = find_case(queries, "default", "C1", day)
        assert case is not None
        assert case.contact.key == C1
    assert case is not None
    assert find_case(queries, "other", "C1") is None
    assert [each.rule for each in case.flags] == ["fast_but_unhappy"]
    assert [each.contact_id for each in case.around] == ["C2", "C0"]
    moments = timeline(case)
    assert [each.at for each in moments] == sorted(each.at for each in moments)
    assert [(each.kind, each.same_issue) for each in moments] == [
        ("contact", False), ("contact", True), ("this", False), ("handoff", False), ("promise", False), ("crm", False),
        ("promise", False), ("complaint", False),
    ]  # fmt: skip
    assert moments[4].title == "Promise by the AI: refund of INR 25.00"
    assert moments[6].title == "Promise fell due and was not kept: refund of INR 25.00"


def test_another_customer_is_not_in_the_case(tmp_path: Path) -> None:
    tables = case_tables()
    tables["contact_outcomes"].append(outcome("C7", customer_key="0" * 64))
    tables["crm_timeline"].append(
        tables["crm_timeline"][0] | {"event_id": "E7", "customer_key": "0" * 64, "case_id": "x"}
    )
    tables["complaints"].append(
        tables["complaints"][0] | {"complaint_id": "R7", "customer_key": "0" * 64, "contact_id": None}
    )
    case = find_case(Queries(published(tmp_path, tables)), "default", "C1")
    assert case is not None
    assert [each.contact_id for each in case.around] == ["C2", "C0"]
    assert [each.event_id for each in case.events] == ["E1"]
    assert [each.complaint_id for each in case.complaints] == ["R1"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_stands_in_typed_results_as_it_is(text: str, tmp_path: Path) -> None:
    queries = Queries(published(tmp_path, hostile_tables(text)))
    case = find_case(queries, "default", text)
    assert case is not None
    (leg,) = transcript(queries, case.contact.key, 1).legs
    assert leg.leg_id == text
    assert all(turn.text == shortened(text, SHOWN_CHARACTERS) for turn in leg.turns)
    assert timeline(case)
    assert view_of(queries.snapshot, None, "/cases").queries.offered()["queue"] == (text,)
