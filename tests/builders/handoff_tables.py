"""Made-up rows of what happens between AI and people: handoffs, promises, suggestions, modes, stuck contacts, cost curves."""

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from builders.snapshots import midnight

WRONG, HANDOFF, HUMAN_WRONG = 25.0, 6.0, 0.1
#: The curve of the made-up policy begins here.
STOPS_AT = 0.70


def tables(as_of: date, *, text: str = "") -> dict[str, list[dict[str, Any]]]:
    """Rows of these tables. ``text`` is put wherever they carry text of the data."""
    return {
        "handoff_rates": list(handoff_rates(text)),
        "promise_rates": list(promise_rates(text)),
        "stuck": list(stuck(text)),
        "suggestion_reliance": list(reliance()),
        "outcomes_compared": list(compared(text)),
        "mode_outcomes": list(mode_outcomes(text)),
        "mode_mix": list(mode_mix(as_of, text)),
        "commitments": list(commitments(as_of, text)),
        "escalation_policy": [policy(f"billing{text}"), policy(f"billing{text}", confidence_kind="raw", regret_total=10.0), bare(f"cards{text}")],
        "escalation_cost": list(costs(f"billing{text}")),
        "small_segments": list(small_segments(text)),
    }  # fmt: skip


def rate(grouping: dict[str, str], measure: str, numerator: int, n: int, **given: Any) -> dict[str, Any]:
    """A share of ``numerator`` over ``n`` with a made-up interval of two points to either side."""
    value = numerator / n
    row = {"numerator": numerator, "n": n, "value": value, "lower": max(0.0, value - 0.02), "upper": min(1.0, value + 0.02)}  # fmt: skip
    return {"grouping": json.dumps(grouping), "measure": measure, **row} | given


def handoff_rates(text: str) -> Iterator[dict[str, Any]]:
    groups: list[tuple[dict[str, str], int]] = [
        ({}, 1000),
        ({"trigger": "tool_failure"}, 300),
        ({"trigger": "keyword"}, 500),
        ({"workflow": f"billing{text}"}, 600),
        ({"workflow": "cards"}, 400),
    ]
    for group, n in groups:
        again = 45 if group.get("trigger") == "tool_failure" else 25
        yield rate(group, "complete", 23 * n // 100, n)
        yield rate(group, "customer_repeated", again * n // 100, n)
        for part, share in (("summary", 68), ("transcript", 80), ("tool_results", 62), ("attempt_account", 45)):
            yield rate(group, f"{part}_arrived", share * n // 100, n)
        for measure, seconds in (("median_seconds_to_human", 39.0), ("p90_seconds_to_human", 138.0)):
            yield {"grouping": json.dumps(group), "measure": measure, "n": n, "value": seconds}
    yield {"grouping": '{"trigger": "sentiment"}', "measure": "complete", "n": 12, "reason": f"12 handoffs, fewer than 30{text}"}  # fmt: skip


def promise_rates(text: str) -> Iterator[dict[str, Any]]:
    groups: list[tuple[dict[str, str], int, int]] = [
        ({}, 1000, 30),
        ({"made_by": "ai"}, 400, 42),
        ({"made_by": "agent"}, 600, 22),
        ({"kind": f"refund{text}", "made_by": "ai"}, 200, 40),
        ({"kind": f"refund{text}", "made_by": "agent"}, 300, 20),
        ({"workflow": "cards"}, 100, 60),
    ]
    for group, n, broken in groups:
        yield rate(group, "broken", broken * n // 100, n)
        yield rate(group, "kept_late", 8 * n // 100, n)
        yield rate(group, "kept_on_time", (92 - broken) * n // 100, n)


def stuck(text: str) -> Iterator[dict[str, Any]]:
    groups: list[tuple[dict[str, str], int, int]] = [
        ({}, 2000, 12),
        ({"workflow": f"billing{text}"}, 1200, 15),
        ({"workflow": "cards"}, 800, 8),
    ]
    for group, n, share in groups:
        yield rate(group, "stuck", share * n // 100, n)
        yield rate(group, "asked_for_human", 8 * n // 100, n)
        yield rate(group, "hung_up_unresolved", 4 * n // 100, n)
        yield rate(group, "was_misunderstood", n // 100, n)
        yield rate(group, "observable", 95 * n // 100, n)


def reliance() -> Iterator[dict[str, Any]]:
    for tenure, wrong, n, difference in ((None, 90, 200, None), ("0-3", 30, 50, 0.25), ("12+", 35, 100, None)):
        row: dict[str, Any] = {"grouping": "{}", "tenure": tenure, "measure": "accepted_wrong", "numerator": wrong, "n": n, "value": wrong / n, "lower": 0.2, "upper": 0.9}  # fmt: skip
        if difference is not None:
            row |= {"difference": difference, "difference_lower": 0.1, "difference_upper": 0.4, "difference_q": 0.01}
        yield row
    yield {"grouping": "{}", "tenure": "0-3", "measure": "rejected_right", "numerator": 3, "n": 20, "reason": "20 suggestions, fewer than 30"}  # fmt: skip


def difference(subject: str, factor: str, level: str, measure: str, *, points: float, q: float) -> dict[str, Any]:
    return {
        "subject": subject,
        "factor": factor,
        "level": level,
        "reference": "others",
        "measure": measure,
        "unit": "share",
        "n": 300,
        "n_reference": 700,
        "customers": 900,
        "value": 0.5,
        "reference_value": 0.4,
        "adjusted": 0.4 + points,
        "reference_adjusted": 0.4,
        "difference": points,
        "lower": points - 0.05,
        "upper": points + 0.05,
        "covered": 0.9,
        "p": q / 2,
        "q": q,
    }


def compared(text: str) -> Iterator[dict[str, Any]]:
    for measure in ("repeat_any_30d", "customer_repeated"):
        for level, points in (("0 of 4", 0.26), ("3 of 4", 0.08)):
            yield difference("handoff", "completeness", level, measure, points=points, q=0.001)
        yield difference("handoff", "summary", "missing", measure, points=0.03, q=0.4)
        yield difference("handoff", "trigger", "tool_failure", measure, points=-0.1, q=0.01)
        yield difference("handoff", "trigger", "keyword", measure, points=0.01, q=0.8)
    for factor in ("status", "status_of_ai"):
        for measure, points in (("repeat_any_30d", 0.19), ("next_asked_for_human", 0.02), ("next_led_by_human", 0.11)):
            yield difference("promise", factor, "broken", measure, points=points, q=0.001 if points > 0.05 else 0.5)
    yield difference("stuck", "stuck", "yes", "repeat_issue_30d", points=0.25, q=0.001)
    yield difference("suggestion", "wrong_suggestion", "accepted", "repeat_any_30d", points=0.15, q=0.02)
    bare: dict[str, Any] = {"subject": "handoff", "factor": "trigger", "level": f"other{text}", "reference": "others", "measure": "repeat_any_30d", "unit": "share", "n": 4, "n_reference": 700, "reason": "4 against 700 rows; each needs 30"}  # fmt: skip
    yield bare


def mode_outcomes(text: str) -> Iterator[dict[str, Any]]:
    for mode, value, standardised in (("ai_primary", 0.52, 0.55), ("human_primary", 0.44, 0.43)):
        yield {"grouping": "{}", "mode": mode, "measure": "repeat_any_30d", "unit": "share", "n": 5000, "customers": 4000, "value": value, "lower": value - 0.01, "upper": value + 0.01, "standardised": standardised, "standardised_lower": standardised - 0.01, "standardised_upper": standardised + 0.01, "covered": 0.99, "issues": 10}  # fmt: skip
    yield {"grouping": '{"workflow": "cards"}', "mode": "ai_primary", "measure": "survey_sentiment", "unit": "-1 to 1", "n": 40, "customers": 40, "value": -0.2, "lower": -0.4, "upper": 0.1, "reason": f"no other mode to compare with{text}"}  # fmt: skip


def mode_mix(as_of: date, text: str) -> Iterator[dict[str, Any]]:
    """Of every hour from 9 to 11 of 70 days 4 contacts led by the AI, 5 by a human and 1 by nobody known."""
    for back in range(1, 71):
        for hour in (9, 10, 11):
            for mode, contacts in (("ai_primary", 4), ("human_primary", 5), (None, 1)):
                workflow = f"billing{text}" if hour < 11 else "cards"
                yield {"day": as_of - timedelta(days=back), "hour_of_day": hour, "workflow": workflow, "mode": mode, "contacts": contacts, "eligible": contacts}  # fmt: skip


def commitment(day: date, number: int, status: str, **given: Any) -> dict[str, Any]:
    at = datetime(day.year, day.month, day.day, 9, tzinfo=midnight(2026, 1, 1).tzinfo)
    row = {
        "system": "default",
        "commitment_id": f"P{day:%m%d}-{number}",
        "contact_id": f"C{day:%m%d}-{number}",
        "customer_key": "k",
        "day": day,
        "mode": "ai_primary",
        "workflow": "cards",
        "source": "recorded",
        "made_by": "ai",
        "kind": "refund",
        "made_at": at,
        "due_at": at + timedelta(days=3),
        "is_due_by_default": False,
        "said_as_done": False,
        "status": status,
    }
    return row | given


def commitments(as_of: date, text: str) -> Iterator[dict[str, Any]]:
    """Of every of 60 days two kept, one broken, and one spoken that nothing records; the last three days' are pending."""
    for back in range(1, 61):
        day = as_of - timedelta(days=back)
        for number, status in enumerate(("kept_on_time", "kept_late", "broken")):
            pending = back <= 3
            yield commitment(day, number, "pending" if pending else status, amount=10.0 * back, currency="INR")
        yield commitment(day, 3, "unverifiable", source="spoken", made_by="agent", kind=f"follow_up{text}", unverifiable_reason="kind_without_event", workflow=f"billing{text}")  # fmt: skip


def policy(workflow: str, **given: Any) -> dict[str, Any]:
    row = {
        "workflow": workflow,
        "mood": "negative",
        "confidence_kind": "recalibrated",
        "earlier": "2026-08-01/2026-09-14",
        "later": "2026-09-15/2026-10-22",
        "claims": 900,
        "labelled": 600,
        "handed_off": 300,
        "cost_wrong": WRONG,
        "cost_handoff": HANDOFF,
        "human_wrong_share": HUMAN_WRONG,
        "closed_form_threshold": 0.66,
        "stops_at": STOPS_AT,
        "threshold": 0.80,
        "verdict": "costs_less",
        "recommended_threshold": 0.80,
        "cost": 5000.0,
        "in_force": 8000.0,
        "in_force_lower": 7500.0,
        "in_force_upper": 8600.0,
        "regret": 3000.0,
        "regret_lower": 2200.0,
        "regret_upper": 3900.0,
        "regret_total": 2700.0,
        "handoffs": 310,
        "too_late": 21,
        "too_eager": 13,
        "undecided": 2,
        "reason": "the curve stops at 0.70",
    }
    return row | given


def bare(workflow: str) -> dict[str, Any]:
    """A policy of which no cost is known."""
    return {"workflow": workflow, "mood": "unknown", "confidence_kind": "raw", "claims": 40, "cost_wrong": WRONG, "cost_handoff": HANDOFF, "human_wrong_share": HUMAN_WRONG, "reason": "insufficient: 33 labelled claims, fewer than 100"}  # fmt: skip


def costs(workflow: str) -> Iterator[dict[str, Any]]:
    """At a threshold t 1000 t claims are handed off, and of those kept a tenth of the share below 1 is wrong."""
    for step in range(102):
        threshold = step / 100
        handed = 1000 * min(1.0, threshold)
        wrong = 0.2 * (1000 - handed)
        row: dict[str, Any] = {"workflow": workflow, "mood": "negative", "confidence_kind": "recalibrated", "threshold": threshold, "kept": 1000 - handed, "handed_off": handed}  # fmt: skip
        if threshold >= STOPS_AT:
            cost = WRONG * wrong + handed * (HANDOFF + HUMAN_WRONG * WRONG)
            row |= {"kept_wrong": wrong, "cost": cost, "lower": cost - 300, "upper": cost + 300}
        yield row


def small_segments(text: str) -> Iterator[dict[str, Any]]:
    """Agents whose raw rates would rank a small one first; shrunk, a large one is."""
    rows = (("A-large", 400, 160, 0.38, 0.34, 0.42, 1), (f"A-small{text}", 10, 6, 0.33, 0.22, 0.46, 2), ("A-usual", 300, 87, 0.29, 0.25, 0.34, 3))  # fmt: skip
    for name, n, numerator, shrunk, lower, upper, rank in rows:
        yield {"kind": "agent_id", "name": name, "measure": "repeat_any_30d", "period": "2026-08-01/2026-10-21", "numerator": numerator, "n": n, "raw": numerator / n, "shrunk": shrunk, "lower": lower, "upper": upper, "weight": n / (n + 50), "rank": rank, "groups": 3, "prior_mean": 0.3}  # fmt: skip
    yield {"kind": "queue", "name": f"care{text}", "measure": "complaints_per_1000", "period": "2026-08-01/2026-10-21", "numerator": 4, "n": 1000, "raw": 4.0, "shrunk": 3.6, "lower": 1.5, "upper": 6.4, "weight": 0.5, "rank": 1, "groups": 1, "prior_mean": 3.1}  # fmt: skip
