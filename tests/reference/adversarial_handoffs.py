"""Seeded adversarial handoffs, promises, claims and verdicts on top of the operations that ``adversarial`` makes.

What belongs here: rows at every edge of M11, M12, M15 and M19. What does not: any idea of what becomes of them.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from . import adversarial
from .adversarial import MICROSECOND, SYSTEMS, Row, Scenario, Tables

DAY = timedelta(days=1)
TABLES = ("commitments", "ai_claims", "dispositions")
TRIGGERS = (None, "customer_request", "customer_request", "Tool_Failure", "low_confidence", "because")
AMOUNTS = (20.0, 50.0, 50.0, 50.5, 0.0, None, -3.0, 0.4)
#: Made, and found by the shipped patterns, and some that only sound like promises.
COMPANY_SAYS = (
    "I will credit your account 20 dollars within 3 business days.",
    "I've issued a refund of $50 to your card.",
    "We will refund you by Friday.",
    "I will call you back tomorrow.",
    "I'll call you back within 48 hours.",
    "We'll send you a replacement router by the end of the month.",
    "I have applied a credit of $50.00 to your account.",
    "You will get a 50 dollar credit on your next bill. I will also call you back on Monday.",
    "I can not promise a refund.",
    "If you like I could send you a new one.",
    "We will send you a replacement by December 4.",
    "Le voy a devolver la llamada mañana.",
)
CUSTOMER_SAYS = (
    "I want to speak to a human please",
    "Let me talk to a real person",
    "As I already told the bot, the invoice is wrong",
    "I have to repeat myself again and again",
    "can you not pass me on, I like talking to machines",
    "Quiero hablar con una persona",
)


def with_handoffs(scenario: Scenario, seed: int) -> Scenario:
    """The scenario with promises, claims, verdicts and the events, words and columns of handoffs that go with them."""
    rng = random.Random(f"seams {seed}")  # noqa: S311
    tables: Tables = {name: [dict(row) for row in rows] for name, rows in scenario.tables.items()}
    contacts = [row for row in tables["contacts"] if hasattr(row.get("started_at"), "hour") and "channel" in row]
    for table, change in (("contacts", _misheard), ("handoffs", _parts), ("turns", _words)):
        for row in tables.get(table, ()):
            if len(row) > 5:
                # The same for every copy of a version: two that differ never share the greatest updated_at.
                own = random.Random(  # noqa: S311
                    repr([seed, *(row.get(n) for n in ("system", *adversarial.KEYS[table], "updated_at"))])
                )
                row.update(change(own, row, contacts))
    promises = _promises(rng, scenario, contacts)
    made: Tables = {
        "commitments": promises,
        "ai_claims": _claims(rng, scenario, contacts),
        "dispositions": _verdicts(rng, scenario, contacts),
        "crm_events": _events(rng, scenario, promises, contacts),
        "handoffs": _handoffs(rng, tables.get("turns", ()), contacts),
    }
    operation = adversarial.operation_of(rng, scenario)
    for table, rows in made.items():
        if table in ("crm_events", "handoffs") and table not in tables:
            continue
        tables[table] = tables.get(table, []) + adversarial.with_versions(operation, table, rows)
    return replace(scenario, tables=tables)


def _misheard(rng: random.Random, _row: Row, _contacts: Sequence[Row]) -> Row:
    return {"misunderstandings": rng.choice((None, None, 0, 1, 2, 3, 4, -1))}


def _parts(rng: random.Random, row: Row, contacts: Sequence[Row]) -> Row:
    parts = ("has_summary", "has_transcript", "has_tool_results", "has_attempt_account", "customer_repeated")
    cells: Row = {name: rng.choice((True, True, False, None)) for name in parts}
    cells |= {
        "from_party": rng.choice(("ai", "AI", "bot", None, None, "human", "team")),
        "trigger": rng.choice(TRIGGERS),
        "ai_confidence": rng.choice((None, 0.3, 1.0, 1.5)),
        "wait_seconds": rng.choice((None, None, 0, 12.5, -1, 100_000)),
        "misunderstandings": rng.choice((None, 0, 3, -2)),
    }
    same = [
        leg
        for leg in contacts
        if (leg["system"], leg["contact_id"].strip()) == (row["system"], str(row.get("contact_id")).strip())
    ]
    if same and rng.random() < 0.6 and not isinstance(row.get("occurred_at"), str):
        # Before its contact, at its start, within it, after its end: to the microsecond.
        leg = rng.choice(same)
        ends = [end for end in (leg["started_at"], leg.get("ended_at")) if hasattr(end, "hour")]
        shift = rng.choice(
            (-DAY, -MICROSECOND, 0 * DAY, 0 * DAY, MICROSECOND, timedelta(seconds=30), timedelta(seconds=90))
        )
        cells["occurred_at"] = rng.choice(ends) + shift
    return cells


def _handoffs(rng: random.Random, turns: Sequence[Row], contacts: Sequence[Row]) -> list[Row]:
    """Of legs in which somebody spoke."""
    spoken = {(turn["system"], str(turn["contact_id"]).strip()) for turn in turns}
    legs = [leg for leg in contacts if (leg["system"], leg["contact_id"].strip()) in spoken]
    rows = []
    for number in range(len(contacts) // 6):
        leg = rng.choice(legs)
        row = {"handoff_id": f"hs-{number}", "system": leg["system"], "contact_id": leg["contact_id"]}
        row |= {"occurred_at": leg["started_at"], "to_party": rng.choice(("human", "agent", None))}
        row |= _parts(rng, row, contacts)
        rows.append(row | {"from_party": rng.choice(("ai", "bot", None))})
    return rows


def _words(rng: random.Random, row: Row, _contacts: Sequence[Row]) -> Row:
    cells: Row = {"offset_seconds": rng.choice((None, None, 0, 30, 30.000001, 90, 5.5, -4, 1e15, 900_000))}
    if isinstance(row.get("text"), str) and rng.random() < 0.5:
        is_customer = str(row.get("speaker")).lower() == "customer"
        cells["text"] = rng.choice(CUSTOMER_SAYS if is_customer else COMPANY_SAYS)
        if not is_customer:
            cells["speaker"] = rng.choice(("ai", "agent", "Agent"))
    return cells


def _promises(rng: random.Random, scenario: Scenario, contacts: Sequence[Row]) -> list[Row]:
    rows = []
    # Several promises of few contacts, so that they compete.
    some = rng.sample(contacts, max(1, len(contacts) // 6))
    for number in range(len(contacts) // 3):
        leg = rng.choice(some)
        start = leg["started_at"]
        made_at = rng.choice(
            (start, None, start + timedelta(minutes=3), leg.get("ended_at"), scenario.as_of + MICROSECOND)
        )
        if not hasattr(made_at, "hour"):
            made_at = None
        edge = scenario.as_of + rng.choice((-DAY, -DAY - MICROSECOND, 0 * DAY, -30 * DAY))
        due_at = rng.choice((None, start + 2 * DAY, start + 7 * DAY, start - DAY, start, edge))
        rows.append(
            {
                "commitment_id": f"pr-{number}",
                "system": leg["system"],
                "contact_id": rng.choice(
                    (leg["contact_id"], leg.get("root_contact_id") or leg["contact_id"], "no-such-contact")
                )
                if rng.random() < 0.3
                else leg["contact_id"],
                "made_by": rng.choice(("ai", "agent", "AI", None)),
                "kind": rng.choice(
                    ("credit", "credit", "Refund", "callback", "replacement", "visit", "plan_change", " credit ")
                ),
                "amount": rng.choice(AMOUNTS),
                "currency": rng.choice((None, None, "USD", "EUR")),
                "made_at": made_at,
                "due_at": due_at.astimezone(scenario.as_of.tzinfo).date()
                if due_at is not None and rng.random() < 0.1
                else due_at,
                "text": rng.choice((None, "I will see to it", "write to ann@example.org")),
            }
        )
    return rows


_TYPES = {
    "credit": "credit_issued",
    "refund": "refund_issued",
    "callback": "callback_completed",
    "replacement": "replacement_sent",
}


def _events(rng: random.Random, scenario: Scenario, promises: Sequence[Row], contacts: Sequence[Row]) -> list[Row]:
    by_leg = {(leg["system"], leg["contact_id"]): leg for leg in contacts}
    rows: list[Row] = []
    promise = promises[0]
    for number in range(len(promises) + len(contacts) // 6):
        # Often the promise of the event before: kept in parts, or twice.
        promise = promise if rows and rng.random() < 0.4 else rng.choice(promises)
        leg = by_leg.get((promise["system"], promise["contact_id"])) or rng.choice(contacts)
        kind = _TYPES.get(promise["kind"].strip().lower(), "plan_changed")
        if number >= len(promises):
            leg, kind = rng.choice(contacts), rng.choice(tuple(_TYPES.values()))
        due = promise["due_at"] if hasattr(promise["due_at"], "hour") else leg["started_at"] + 14 * DAY
        amount = promise["amount"] if promise["amount"] is not None else rng.choice((20.0, 50.0, None))
        if amount is not None:
            amount = rng.choice(
                (
                    amount,
                    amount,
                    amount,
                    amount * 0.98 - 0.005,
                    amount * 1.02,
                    amount / 2,
                    amount / 2,
                    amount / 2,
                    amount * 0.979,
                    0.005 if amount == 0 else 5.0,
                    -amount,
                )
            )
        at = rng.choice(
            (
                leg["started_at"],
                leg["started_at"] - MICROSECOND,
                leg["started_at"] + 3 * DAY,
                due,
                due + DAY,
                due + DAY + MICROSECOND,
                due + 30 * DAY,
                due + 30 * DAY,
                due + 30 * DAY,
                due + 30 * DAY + MICROSECOND,
                due + 12 * DAY,
                leg["started_at"] + DAY,
            )
        )
        row: Row = {
            "event_id": f"pe-{rng.randrange(10**6):06d}-{number}",
            "system": promise["system"] if rng.random() < 0.8 else rng.choice(SYSTEMS),
            "event_type": rng.choice(("other", "case_closed", "refund_issued")) if rng.random() < 0.1 else kind,
            "occurred_at": at,
            "customer_id": leg.get("customer_id")
            if rng.random() < 0.85
            else rng.choice((None, "?", rng.choice(contacts).get("customer_id"))),
            "contact_id": leg["contact_id"] if rng.random() < 0.3 else None,
            "commitment_id": promise["commitment_id"]
            if rng.random() < 0.5
            else rng.choice((None, None, "no-such-promise")),
            "amount": amount,
            "currency": rng.choice((None, None, None, "USD", "EUR")),
        }
        rows.append(row)
    return rows


def _claims(rng: random.Random, scenario: Scenario, contacts: Sequence[Row]) -> list[Row]:
    rows = []
    for number in range(len(contacts)):
        leg = rng.choice(contacts[: len(contacts) // 3])
        rows.append(
            {
                "claim_id": f"cl-{number}",
                "system": leg["system"],
                "contact_id": leg["contact_id"] if rng.random() < 0.95 else "no-such-contact",
                "turn_index": rng.choice((None, 0, 3, -1)),
                "claim_type": rng.choice(("resolution", "Resolution", "balance", "fee")),
                "claimed_value": rng.choice((None, "it is 5")),
                "stated_confidence": 1.01 if rng.random() < 0.01 else rng.choice((0.0, 0.5, 1.0, 0.93, 0.871)),
                "verified_correct": rng.choice((None, True, False)),
                "verified_at": rng.choice(
                    (None, scenario.as_of, scenario.as_of + MICROSECOND, scenario.as_of - 9 * DAY)
                ),
                "review_sampling": rng.choice((None, "random", "Targeted", "chosen")),
            }
        )
    return rows


def _verdicts(rng: random.Random, scenario: Scenario, contacts: Sequence[Row]) -> list[Row]:
    rules = (
        "claimed_resolved_came_back",
        "D1",
        "d1",
        "d2",
        "D4",
        "promise_broken",
        "D5",
        "handoff_amnesia",
        "stuck_with_ai",
        "D8",
        "no such rule",
    )
    rows = []
    for number in range(len(contacts) // 2):
        leg = rng.choice(contacts)
        updated_at: Any = leg.get("updated_at")
        at = scenario.as_of - rng.choice((10 * DAY, DAY, 0 * DAY, -MICROSECOND, 5 * DAY))
        if updated_at is not None and rng.random() < 0.7:
            at = updated_at + rng.choice((-MICROSECOND, 0 * DAY, MICROSECOND))
        rows.append(
            {
                "disposition_id": f"di-{number}",
                "system": leg["system"],
                "contact_id": leg["contact_id"] if rng.random() < 0.95 else "no-such-contact",
                "rule": rng.choice(rules),
                "verdict": "perhaps"
                if rng.random() < 0.01
                else rng.choice(("confirmed", "Confirmed", "explained", "dismissed")),
                "reason": rng.choice((None, "ann@example.org was right")),
                "decided_by": rng.choice((None, "rev-1")),
                "decided_at": at,
                "given_blind": (None, True, False)[number % 3],
                "evidence_hash": rng.choice((None, None, None, "0123456789abcdef")),
            }
        )
    return rows
