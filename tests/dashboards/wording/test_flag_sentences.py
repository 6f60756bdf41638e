"""The sentence of a case flag: every rule's template, and evidence that is not what a rule writes."""

import json
from typing import Any

import pytest
from builders.cases import HOSTILE, LONG

from dashboards.wording.flags import flag_sentence
from dashboards.wording.labels import SegmentNames, use_segment_names
from pipelines.contract import CASE_RULES


def said(rule: str, **evidence: Any) -> str:
    return flag_sentence(rule, json.dumps(evidence), "America/New_York").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("hours", "when"),
    [
        (-0.5, "before this contact had ended"),
        (0.0, "1 h later"),
        (2.01, "3 h later"),
        (47.5, "48 h later"),
        (48.0, "2 days later"),
        (95.9, "3 days later"),
    ],
)
def test_the_customer_came_back(hours: float, when: str) -> None:
    evidence = {"issue": "refund", "next_contact_id": "C2", "hours_until_next": hours}
    assert said("claimed_resolved_came_back", **evidence) == (
        f'Claimed resolved, yet the customer came back about "refund" {when} (contact C2).'
    )


@pytest.mark.parametrize(
    ("source", "csat", "mood"),
    [
        ("survey_csat", 1.0, "rating was 1 of 5"),
        ("survey_csat", 1.667, "rating was 1.67 of 5"),
        ("survey_verbatim", None, "words in the survey were negative"),
        ("closing_turns", None, "last words were negative"),
    ],
)
def test_fast_and_unhappy(source: str, csat: float | None, mood: str) -> None:
    evidence = {"handle_seconds": 71.4, "baseline_p25_seconds": 116.0, "sentiment_source": source, "csat": csat}
    assert said("fast_but_unhappy", **evidence) == (
        f"Handled in 1 min 11 s (a quarter of similar contacts take at most 1 min 56 s), yet the customer's {mood}."
    )


@pytest.mark.parametrize(
    ("days", "link", "end"),
    [
        (0.4, "contact_id", "within a day (complaint R1, names this contact)."),
        (1.9, "same_issue", "a day later (complaint R1, linked by customer and issue)."),
        (12.7, "any", "12 days later (complaint R1, linked by customer)."),
    ],
)
def test_the_customer_complained(days: float, link: str, end: str) -> None:
    evidence = {"regulator": "CFPB", "complaint_id": "R1", "days_to_complaint": days, "link_rule": link}
    assert said("claimed_resolved_complained", **evidence) == (
        f"Claimed resolved, yet the customer complained to CFPB {end}"
    )


@pytest.mark.parametrize(
    ("evidence", "followed"),
    [
        ({"next_contact_id": "C2"}, "the customer came back within 30 days"),
        ({"complaint_within_30d": True, "reopened_within_30d": False}, "the customer complained within 30 days"),
        (
            {"next_contact_id": "C2", "complaint_within_30d": True, "reopened_within_30d": True},
            "the customer came back and complained and the case was reopened within 30 days",
        ),
        ({"complaint_within_30d": None}, "it did not stay resolved"),
    ],
)
def test_sure_and_wrong(evidence: dict[str, Any], followed: str) -> None:
    assert said("confident_and_wrong", ai_confidence=0.939, **evidence) == (
        f"The AI was 93% sure and no person took over, yet {followed}."
    )


def test_a_promise_is_due_on_the_day_that_ends_at_its_instant() -> None:
    """Midnight in New York is 04:00 in UTC: due by the end of 8 June, not on the 9th."""
    promise = {"made_by": "ai", "kind": "account_update", "amount": None, "due_at": "2026-06-09T04:00:00Z"}
    assert said("promise_broken", **promise, is_due_by_default=True) == (
        "The AI promised an account update, due 8 Jun 2026 (no date was given), and no CRM event shows that it was kept."
    )
    paid = promise | {"kind": "credit", "amount": 1250.5, "currency": "USD", "complaint_within_30d": True}
    assert said("promise_broken", **paid) == (
        "The AI promised a credit of USD 1,250.50, due 8 Jun 2026, and no CRM event shows that it was kept. "
        "The customer complained."
    )
    returned = paid | {"next_same_issue_id": "C2"}
    assert said("promise_broken", **returned).endswith("The customer came back about the same issue.")


@pytest.mark.parametrize(
    ("mood", "end"),
    [(None, "."), (0.25, "; the customer was content."), (0.249, "; the customer was not unhappy.")],
)
def test_slow_and_good(mood: float | None, end: str) -> None:
    evidence = {"handle_seconds": 1260.0, "baseline_p90_seconds": 960.0, "post_call_sentiment": mood}
    assert said("slow_but_good", **evidence) == (
        f"Took 21 min (nine in ten similar contacts take at most 16 min), and stayed resolved{end}"
    )


@pytest.mark.parametrize(
    ("parts", "missing", "end"),
    [
        (4, "summary, tool_results", "The person who took over did not get: summary, tool results."),
        (4, "", "Everything had reached the person who took over."),
        (2, "", "Nothing is recorded as missing at the handoff."),
        (0, None, "What reached the person who took over is not recorded."),
    ],
)
def test_said_again_after_a_handoff(parts: int, missing: str | None, end: str) -> None:
    evidence = {"basis": "recorded", "parts_recorded": parts, "missing_parts": missing}
    assert said("handoff_amnesia", **evidence) == (
        f"The customer had to start again after the AI handed over (as recorded). {end}"
    )


def test_stuck_with_the_ai() -> None:
    assert said("stuck_with_ai", asked_for_human=True, misunderstandings=3, hung_up_unresolved=True) == (
        "The customer asked for a human, was misunderstood 3 times and hung up with nothing resolved. "
        "No person took part, and the contact counts as contained."
    )
    assert said("stuck_with_ai", asked_for_human=None, misunderstandings=1, hung_up_unresolved=False).startswith(
        "The customer was misunderstood once. "
    )


def test_an_issue_is_shown_by_its_label() -> None:
    use_segment_names(SegmentNames({("issue", "refund"): "Refund & return"}))
    try:
        assert '"Refund & return"' in said("claimed_resolved_came_back", issue="refund")
    finally:
        use_segment_names(SegmentNames())


@pytest.mark.parametrize("rule", CASE_RULES)
def test_every_rule_has_a_template_that_does_without_evidence(rule: str) -> None:
    name = f"{rule.replace('_', ' ').capitalize()}."
    bare = said(rule)
    assert bare != name
    assert "None" not in bare
    assert flag_sentence(rule, "[" * 100_000, "UTC") == flag_sentence(rule, "[1]", "UTC") == name


@pytest.mark.parametrize("rule", CASE_RULES)
@pytest.mark.parametrize("value", [*HOSTILE.values(), LONG, 1e308, float("nan"), [1], {"a": 1}, True, "", None])
def test_evidence_of_any_type_gives_a_short_line(rule: str, value: Any) -> None:
    from dashboards.casebook.flag_evidence import _KNOWN  # noqa: PLC0415

    found = flag_sentence(rule, json.dumps(dict.fromkeys(_KNOWN, value)), "UTC")
    assert found.endswith(".")
    assert len(found) < 900
    assert not set(found) & set("\n\u202e\u2067")
