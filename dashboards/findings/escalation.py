"""Escalation policy (M10): where handing over earlier, or later, would have cost less."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards import wording
from dashboards.wording.segment_names import shown_value
from dashboards.wording.weeks import describe_days

#: Policies named.
SHOWN = 2

NO_COSTS = (
    "No escalation policy is judged: it needs AI claims with a stated confidence, and what a wrong answer and a handoff "
    "cost, as [costs] in the configuration."
)


@dataclass(frozen=True)
class Policy:
    """One workflow and mood; ``basis`` says on what it rests, ``stops`` why its curve stops (else empty)."""

    workflow: str | None
    mood: str
    confidence_kind: str
    claims: int
    regret_total: float | None
    sentence: str
    basis: str
    stops: str


@dataclass(frozen=True)
class Escalation:
    """``policies``: those of the largest total regret above 0. ``judged`` of ``looked_at`` have a regret at all; ``excess`` is the sum of those above 0."""

    policies: tuple[Policy, ...]
    judged: int
    looked_at: int
    excess: float
    sentence: str


def escalation(table: pl.LazyFrame, currency: str) -> Escalation:
    """The policies that leave most money on the table. ``table``: escalation_policy.

    A workflow and mood is judged on recalibrated confidence where that has a verdict, else on the stated one.
    """
    chosen: dict[tuple[str | None, str], dict[str, Any]] = {}
    for row in table.sort("workflow", "mood", "confidence_kind").collect().iter_rows(named=True):
        key = (row["workflow"], row["mood"])
        if key not in chosen or _merit(row) > _merit(chosen[key]):
            chosen[key] = row
    if not chosen:
        return Escalation((), 0, 0, 0.0, NO_COSTS)
    judged = [row for row in chosen.values() if row["regret_total"] is not None]
    costly = sorted((row for row in judged if row["regret_total"] > 0), key=lambda row: -row["regret_total"])
    excess = float(sum(row["regret_total"] for row in costly))
    return Escalation(
        tuple(_policy(row) for row in costly[:SHOWN]),
        len(judged),
        len(chosen),
        excess,
        _sentence(list(chosen.values()), judged, costly, wording.money(excess, currency)),
    )


def _merit(row: dict[str, Any]) -> tuple[bool, bool]:
    return (row["regret_total"] is not None, row["confidence_kind"] == "recalibrated")


def _policy(row: dict[str, Any]) -> Policy:
    when = f" of {wording.clipped(describe_days(row['later']))}" if row["later"] else ""
    basis = f"Judged on {wording.count(row['claims'])} claims{when}"
    reason, sentence = wording.said(row["reason"] or ""), wording.said(row["sentence"] or "")
    stops = _ended(reason) if reason and reason.lower() not in sentence.lower() else ""
    return Policy(
        row["workflow"] and shown_value("workflow", row["workflow"]),
        row["mood"],
        row["confidence_kind"],
        row["claims"],
        row["regret_total"],
        sentence,
        basis,
        stops,
    )


def _sentence(
    rows: list[dict[str, Any]], judged: list[dict[str, Any]], costly: list[dict[str, Any]], excess: str
) -> str:
    """How many policies there are, how many of them cost more than they need, and how much more together."""
    number = f"{wording.count(len(rows))} polic{'y' if len(rows) == 1 else 'ies'} by workflow and opening mood"
    if not judged:
        reasons = [row["reason"] for row in sorted(rows, key=lambda row: -row["claims"]) if row["reason"]]
        return f"None of {number} can be judged{f': {wording.said(reasons[0])}' if reasons else ''}."
    open_ones = len(rows) - len(judged)
    rest = f", {wording.count(open_ones)} cannot be judged" if open_ones else ""
    if not costly:
        return f"Of {number}, none costs more than its recommended threshold would have{rest}."
    verb, together = ("costs", "") if len(costly) == 1 else ("cost", " together")
    fine = len(judged) - len(costly)
    others = f", {wording.count(fine)} {'does' if fine == 1 else 'do'} not" if fine else ""
    return (
        f"Of {number}, {wording.count(len(costly))} {verb} more than the recommended threshold would have "
        f"({excess}{together}){others}{rest}."
    )


def _ended(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
