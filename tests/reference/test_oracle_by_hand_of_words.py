"""The oracle on cases small enough to follow by hand: sentiment, answers, ids of one person, flags."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from .brute_force import Listener, Reference
from .by_hand import DAY, EARLY, START, US, contact, outcome, run


def by_first_word(text: str) -> float | None:
    """'+5 and more' scores .5; a text that does not begin with a number has no score."""
    try:
        return int(text.split(maxsplit=1)[0]) / 10
    except ValueError:
        return None


BY_HAND = Listener(by_first_word, lambda text: "es" if "hola" in text else "en" if "hello" in text else None)


def turn(number: int, text: str, contact_id: str = "a", **cells: Any) -> dict[str, Any]:
    said = {"system": "s", "contact_id": contact_id, "turn_index": number, "speaker": "customer", "text": text}
    return {**said, "language": "en", **cells}


def survey(responded_at: datetime, number: int = 1, **cells: Any) -> dict[str, Any]:
    return {"system": "s", "response_id": f"r{number}", "responded_at": responded_at, **cells}


def heard(contacts: Sequence[Mapping[str, Any]], contact_id: str = "a", **tables: Any) -> dict[str, Any]:
    return outcome(run(contacts, listener=BY_HAND, **tables), contact_id)


@pytest.mark.parametrize(
    ("said", "opening", "closing"),
    [
        # k = 1: a closing only; 2: one each; 3: 1 and 2; 4: 2 and 2; 5: 2 and 3; 6: 3 and 3; from 7 on three each.
        ((2,), None, 0.2),
        ((2, 4), 0.2, 0.4),
        ((2, 4, 9), 0.2, 0.65),
        ((2, 4, 6, 9), 0.3, 0.75),
        ((1, 2, 4, 6, 8), 0.15, 0.6),
        ((1, 2, 3, 4, 6, 8), 0.2, 0.6),
        ((1, 2, 3, 9, 4, 6, 8), 0.2, 0.6),
    ],
)
def test_opening_and_closing_share_no_turn(said: tuple[int, ...], opening: float | None, closing: float) -> None:
    turns = [turn(10 * place, f"{number} of ten") for place, number in enumerate(said, start=1)]
    cells = heard([contact("a")], turns=[*turns, turn(1, "too short"), turn(3, "1 2 3", speaker="agent")])
    assert cells["opening_sentiment"] == (None if opening is None else pytest.approx(opening))
    assert cells["closing_sentiment"] == pytest.approx(closing)
    assert (cells["sentiment_source"], cells["transcript_scoring"]) == ("closing_turns", "scored")


def test_a_turn_without_a_score_has_no_place() -> None:
    turns = [turn(1, "1 b c"), turn(2, "? b c"), turn(3, "4 b c"), turn(4, "8 b c"), turn(5, "? b c")]
    cells = heard([contact("a")], turns=turns)
    assert cells["opening_sentiment"] == pytest.approx(0.1)
    assert cells["closing_sentiment"] == pytest.approx(0.6)


def test_turns_run_on_over_legs() -> None:
    legs = [
        contact("z"),
        contact("a", START + DAY, root_contact_id="z"),
        contact("b", START + DAY, root_contact_id="z"),
    ]
    turns = [turn(1, "1 in z", "z"), turn(9, "2 in a", "a"), turn(0, "3 in b", "b"), turn(5, "4 in b", "b")]
    cells = heard(legs, "z", turns=turns)
    assert (cells["opening_sentiment"], cells["closing_sentiment"]) == (pytest.approx(0.15), pytest.approx(0.35))


@pytest.mark.parametrize(
    ("turns", "scoring"),
    [
        ([turn(1, "only two")], "too_short"),
        ([turn(1, "? ? ?")], "no_words"),
        ([turn(1, "5 b c", language="es-MX")], "unsupported_language"),
        ([turn(1, "5 b c", language=None)], "unknown_language"),
        ([turn(1, "5 b c", language="und"), turn(2, "hola", language=" ")], "too_short and es"),
        ([turn(1, "5 b c", language=None), turn(2, "hello", language="EN_gb")], "unknown_language"),
        ([turn(1, "5 b c", language=None), turn(2, "oh hello dear", language=None)], "scored"),
        ([turn(1, "5 b c", speaker="ai")], None),
    ],
)
def test_why_a_transcript_has_no_score(turns: list[dict[str, Any]], scoring: str | None) -> None:
    if scoring == "too_short and es":
        turns[1]["text"], scoring = "hola hola", "unsupported_language"
    assert heard([contact("a")], turns=turns)["transcript_scoring"] == scoring


def test_the_contacts_language_stands_in_for_a_turns() -> None:
    spoken = contact("a", language="English")
    for language in (None, "und", " "):
        assert heard([spoken], turns=[turn(1, "5 b c", language=language)])["closing_sentiment"] == 0.5
    assert heard([spoken], turns=[turn(1, "5 b c", language="de")])["closing_sentiment"] is None


@pytest.mark.parametrize(
    ("offset", "counts"),
    [(-EARLY - US, False), (-EARLY, True), (-US, True), (0 * US, True), (7 * DAY, True), (7 * DAY + US, False)],
)
def test_a_survey_of_a_customer_counts_for_seven_days_and_minutes_before_the_end(
    offset: timedelta, counts: bool
) -> None:
    first = contact("a")
    cells = heard([first], surveys=[survey(first["ended_at"] + offset, csat=1, customer_id="ann")])
    assert (cells["has_survey"], cells["csat"]) == (counts, 1 if counts else None)
    assert cells["post_call_sentiment"] == (-1 if counts else None)


def test_a_survey_that_names_a_contact_counts_whenever_it_comes_after_the_end() -> None:
    rows = [contact("a"), contact("b", START + DAY)]
    end = rows[0]["ended_at"]
    assert heard(rows, surveys=[survey(end + 90 * DAY, csat=5, contact_id="a")])["csat"] == 5
    assert heard(rows, surveys=[survey(end, csat=5, contact_id="a")])["csat"] == 5
    assert heard(rows, surveys=[survey(end - EARLY, csat=5, contact_id="a")])["csat"] == 5
    too_early = [survey(end - EARLY - US, csat=5, contact_id="a", customer_id="ann")]
    assert heard(rows, surveys=too_early)["csat"] is None
    assert heard(rows, surveys=[survey(end - 3 * US, csat=5, contact_id="a")], early_seconds=0)["csat"] is None
    lost = [survey(end + 2 * DAY, csat=5, contact_id="nobody", customer_id="ann")]
    assert not any(heard(rows, key, surveys=lost)["has_survey"] for key in "ab")


def test_the_first_finished_response_after_the_end_counts() -> None:
    only = contact("a")
    end = only["ended_at"]
    given = [
        survey(end - EARLY - US, 1, csat=1, contact_id="a"),
        survey(end + US, 2, contact_id="a", csat=6, verbatim=" "),
        survey(end + 2 * US, 4, verbatim="8 it was", contact_id="a", language="en"),
        survey(end + 2 * US, 5, csat=2, contact_id="a"),
    ]
    cells = heard([only], surveys=given)
    assert (cells["csat"], cells["post_call_sentiment"], cells["sentiment_source"]) == (None, 0.8, "survey_verbatim")
    assert cells["survey_words"] == "8 it was"
    assert heard([only], surveys=given[:2])["has_survey"] is False
    cells = heard([only], surveys=[survey(end, nps=3, contact_id="a")], turns=[turn(1, "-7 b c")])
    assert (cells["has_survey"], cells["post_call_sentiment"], cells["sentiment_source"]) == (
        True,
        -0.7,
        "closing_turns",
    )


def test_a_survey_of_a_customer_is_about_the_latest_contact_eligible_or_not() -> None:
    rows = [contact("a"), contact("b", START + DAY, direction="outbound")]
    cells = heard(rows, surveys=[survey(START + 2 * DAY, csat=5, customer_id="ann")])
    assert (cells["csat"], cells["has_survey"]) == (None, False)


def test_the_latest_contact_may_be_one_that_is_about_to_end() -> None:
    # a ended an hour before; b ends four minutes after the answer, which is therefore about b.
    rows = [contact("a"), contact("b", START + timedelta(minutes=70))]
    answer = [survey(rows[1]["ended_at"] - timedelta(minutes=4), csat=5, customer_id="ann")]
    assert heard(rows, "b", surveys=answer)["csat"] == 5
    assert heard(rows, "a", surveys=answer)["csat"] is None


def test_what_became_of_every_answer() -> None:
    rows = [contact("a"), contact("out", START + DAY, customer_id="bob", direction="outbound")]
    end, going_on = rows[0]["ended_at"], START + timedelta(minutes=2)
    answers = [
        survey(end, 1, csat=1, contact_id="a"),
        survey(end + DAY, 2, csat=2, customer_id="ann"),
        survey(end, 3, csat=3),
        survey(end, 4, csat=3, customer_id="anonymous"),
        survey(end, 5, csat=3, contact_id="nobody", customer_id="ann"),
        survey(end + 8 * DAY, 6, csat=3, customer_id="ann"),
        survey(end, 7, csat=3, customer_id="cid"),
        survey(going_on, 8, csat=3, contact_id="a"),
        survey(going_on, 9, csat=3, customer_id="ann"),
        survey(START + 2 * DAY, 10, csat=3, contact_id="out"),
        survey(end, 11, csat=9, contact_id="a"),
    ]
    fates = {fate: cells["responses"] for (fate,), cells in run(rows, surveys=answers).survey_answers.items()}
    assert fates == {
        "counted": 1,
        "later_response": 1,
        "unlinked_no_customer": 2,
        "unlinked_contact": 1,
        "unlinked_no_contact": 2,
        "before_the_end": 2,
        "not_eligible": 1,
        "unfinished": 1,
    }


def same_person(customer: str, alias: str, **cells: Any) -> dict[str, Any]:
    return {"system": "s", "customer_id": customer, "alias": alias, **cells}


@pytest.mark.parametrize(
    ("identities", "is_repeat"),
    [
        ([], False),
        ([same_person("ann", "ann's phone")], True),
        ([same_person("ann's phone", "ann")], True),
        ([same_person("ann", "ann's phone"), same_person("ann's phone", "ann")], True),
        ([same_person("cid", "ann"), same_person("cid", "ann's phone")], True),
        # Whose phone it is, nobody knows.
        ([same_person("ann", "ann's phone"), same_person("bob", "ann's phone")], False),
        ([same_person("ann", "ann's phone"), same_person("ann's phone", "ann's phone")], False),
        # One step: the phone counts as ann, and what comes as ann counts as cid.
        ([same_person("cid", "ann"), same_person("ann", "ann's phone")], False),
        ([same_person("ann", "ann's phone", deleted_at=START)], False),
        ([same_person("ann", "ann's phone", system="t")], True),
        ([same_person("ann", "ANN'S PHONE")], False),
    ],
)
def test_ids_of_one_person_join_in_one_step(identities: list[dict[str, Any]], is_repeat: bool) -> None:
    rows = [contact("a"), contact("b", START + DAY, customer_id="ann's phone")]
    for order in (identities, identities[::-1]):
        assert outcome(run(rows, identities=order))["repeat_any_7d"] is is_repeat


def test_aliases_by_kind() -> None:
    rows = [
        contact("a", customer_id="phone 1"),
        contact("b", customer_id="phone 1", direction="outbound"),
        contact("c", customer_id="phone 2"),
        contact("d"),
    ]
    pairs = [
        same_person("ann", "phone 1", kind="Phone"),
        same_person("ann", "phone 2", kind="phone"),
        same_person("bob", "phone 2", kind="phone"),
        same_person("ann", "client 7"),
        same_person("eve", "ann", kind="client"),
        same_person("bob", "bob", kind="client"),
    ]
    # phone 1 leads to ann, who is herself an alias of eve: so it is chained; likewise client 7.
    assert run(rows, identities=pairs).identity_links == {
        ("phone",): {"aliases": 2, "ambiguous": 1, "chained": 1, "used": 1, "contacts": 2, "served_inbound": 1},
        ("unknown",): {"aliases": 1, "ambiguous": 0, "chained": 1, "used": 0, "contacts": 0, "served_inbound": 0},
        ("client",): {"aliases": 1, "ambiguous": 0, "chained": 0, "used": 1, "contacts": 1, "served_inbound": 1},
    }


def test_an_alias_of_a_test_customer_tests_the_lines_too() -> None:
    rows = [contact("a"), contact("b", customer_id="ann's phone")]
    for configured in ("ann", "ann's phone"):
        found = run(rows, identities=[same_person("ann", "ann's phone")], test_customers=frozenset({configured}))
        assert not found.contact_outcomes


def unhappy_run(handle: Sequence[float], own: float, sentiment: int, gap: int = 28) -> Reference:
    earlier = [contact(f"e{n}", customer_id=f"c{n}", handle_seconds=value) for n, value in enumerate(handle)]
    last = contact("a", START + gap * DAY, handle_seconds=own)
    answer = survey(last["ended_at"], contact_id="a", verbatim=f"{sentiment} it was", language="en")
    return run([*earlier, last], surveys=[answer], listener=BY_HAND, min_n=5)


def test_fast_but_unhappy() -> None:
    # Of five handle times the second is the lower quartile by nearest rank: ceil(5/4) = 2.
    times = [100, 200, 300, 400, 500]
    (flag,) = unhappy_run(times, 200, -3).fast_but_unhappy.values()
    assert (flag["severity"], flag["baseline_p25_seconds"], flag["baseline_contacts"]) == (1, 200, 5)
    assert not unhappy_run(times, 200.5, -3).fast_but_unhappy
    assert not unhappy_run(times[1:], 100, -3).fast_but_unhappy
    assert not unhappy_run(times, 200, -2).fast_but_unhappy
    assert not unhappy_run(times, 200, -3, gap=29).fast_but_unhappy
    assert [f["severity"] for n in (-5, -8) for f in unhappy_run(times, 0, n).fast_but_unhappy.values()] == [2, 3]


def test_confident_and_wrong() -> None:
    sure = {"mode": "ai_primary", "ai_model": "m", "ai_confidence": 0.8, "issue": "i"}
    back = contact("b", START + DAY, issue="i")
    (flag,) = run([contact("a", **sure), back]).confident_and_wrong.values()
    assert (flag["severity"], flag["next_contact_id"], flag["claimed_resolved"]) == (1, "b", None)
    for cells in ({"ai_confidence": 0.7999}, {"ai_confidence": None}, {"mode": "joint"}, {"agent_id": "x"}):
        assert not run([contact("a", **{**sure, **cells}), back]).confident_and_wrong
    # Handed to a person, or not settled yet: nobody can say that the AI kept it, or that it did not hold.
    handed = {"system": "s", "handoff_id": "h", "contact_id": "a", "occurred_at": START, "to_party": "agent"}
    assert not run([contact("a", **sure), back], handoffs=[handed]).confident_and_wrong
    assert not run([contact("a", **sure), back], as_of=START + 30 * DAY).confident_and_wrong
    assert not run([contact("a", **sure)]).confident_and_wrong
    severities = [
        flag["severity"]
        for cells in (
            {"resolved_claimed": True},
            {"ai_confidence": 0.95},
            {"resolved_claimed": True, "ai_confidence": 1},
        )
        for flag in run([contact("a", **{**sure, **cells}), back]).confident_and_wrong.values()
    ]
    assert severities == [2, 2, 3]


def test_slow_but_good() -> None:
    # Of eleven handle times the tenth is the 90th percentile by nearest rank: ceil(9.9) = 10. The last contact holds.
    def flagged(own: float, sentiment: int = 3, times: Sequence[float] = range(100, 1200, 100)) -> dict[Any, Any]:
        reference = unhappy_run(times, own, sentiment)
        return {key: flag for key, flag in reference.slow_but_good.items() if key[1] == "a"}

    (flag,) = flagged(1000).values()
    assert (flag["severity"], flag["baseline_p90_seconds"], flag["baseline_contacts"]) == (1, 1000, 11)
    assert not flagged(999.5)
    assert flagged(1000, -2)
    assert not flagged(1000, -3)
    assert not flagged(1000, times=[100, 200, 300, 400])
