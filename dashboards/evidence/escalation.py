"""Escalation policy (M10): where handing over earlier, or later, would have cost less."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards import wording
from dashboards.weeks import describe_days

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
    """``policies``: those of the largest total regret above 0. ``judged`` of ``looked_at`` have a regret at all."""

    policies: tuple[Policy, ...]
    judged: int
    looked_at: int
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
        return Escalation((), 0, 0, NO_COSTS)
    judged = [row for row in chosen.values() if row["regret_total"] is not None]
    costly = sorted((row for row in judged if row["regret_total"] > 0), key=lambda row: -row["regret_total"])
    return Escalation(
        tuple(_policy(row, currency) for row in costly[:SHOWN]),
        len(judged),
        len(chosen),
        _sentence(list(chosen.values()), judged, costly),
    )


def _merit(row: dict[str, Any]) -> tuple[bool, bool]:
    return (row["regret_total"] is not None, row["confidence_kind"] == "recalibrated")


def _policy(row: dict[str, Any], currency: str) -> Policy:
    per_thousand = ""
    if row["regret"] is not None:
        per_thousand = f", {wording.money(row['regret'], currency)} per 1,000"
    if row["regret_lower"] is not None and row["regret_upper"] is not None:
        low, high = (wording.money(row[name], currency) for name in ("regret_lower", "regret_upper"))
        per_thousand += f" ({low} to {high})"
    when = f" of {describe_days(row['later'])}" if row["later"] else ""
    total = wording.money(row["regret_total"], currency)
    basis = f"{total} more than needed, over {wording.count(row['claims'])} claims{when}{per_thousand}"
    reason = row["reason"]
    stops = _ended(reason) if reason and reason.lower() not in row["sentence"].lower() else ""
    return Policy(
        row["workflow"],
        row["mood"],
        row["confidence_kind"],
        row["claims"],
        row["regret_total"],
        row["sentence"],
        basis,
        stops,
    )


def _sentence(rows: list[dict[str, Any]], judged: list[dict[str, Any]], costly: list[dict[str, Any]]) -> str:
    """How many policies there are, and how many of them cost more than they need."""
    number = f"{wording.count(len(rows))} polic{'y' if len(rows) == 1 else 'ies'} by workflow and opening mood"
    if not judged:
        reasons = [row["reason"] for row in sorted(rows, key=lambda row: -row["claims"]) if row["reason"]]
        return f"None of {number} can be judged{f': {reasons[0]}' if reasons else ''}."
    open_ones = len(rows) - len(judged)
    rest = f", {wording.count(open_ones)} cannot be judged" if open_ones else ""
    if not costly:
        return f"Of {number}, none costs more than its recommended threshold would have{rest}."
    verb = "costs" if len(costly) == 1 else "cost"
    return f"Of {number}, {wording.count(len(costly))} {verb} more than the recommended threshold would have{rest}."


def _ended(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."
