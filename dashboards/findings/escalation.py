"""Escalation policy (M10): where handing over earlier, or later, would have cost less."""

import math
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards import wording
from dashboards.wording import escalation as sentences
from dashboards.wording.dates import describe_days

#: Policies named.
SHOWN = 2
#: The verdict that recommends a threshold: it costs significantly less than the policy in force.
COSTS_LESS = "costs_less"


@dataclass(frozen=True)
class Policy:
    """One workflow and mood; money per 1,000 later claims, ``excess_total`` of all of them.

    ``excess``: cost of the policy in force above that of the best threshold. ``sentence`` says both, ``basis`` on what it
    rests, ``stops`` why its curve stops (else empty).
    """

    workflow: str | None
    mood: str
    confidence_kind: str
    claims: int
    threshold: float | None
    excess: float | None
    excess_lower: float | None
    excess_upper: float | None
    excess_total: float | None
    sentence: str
    basis: str
    stops: str


@dataclass(frozen=True)
class Escalation:
    """``policies``: those of the largest total excess cost that is significant. ``judged`` of ``looked_at`` have one at all; ``excess`` is the sum of the significant ones."""

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
        return Escalation((), 0, 0, 0.0, sentences.NO_COSTS)
    judged = [row for row in chosen.values() if row["regret_total"] is not None]
    # What may be chance, or a loss, is no money left on the table.
    costly = sorted((row for row in judged if row["verdict"] == COSTS_LESS), key=lambda row: -row["regret_total"])
    excess = float(sum(row["regret_total"] for row in costly))
    reasons = [row["reason"] for row in sorted(chosen.values(), key=lambda row: -row["claims"]) if row["reason"]]
    return Escalation(
        tuple(_policy(row, currency) for row in costly[:SHOWN]),
        len(judged),
        len(chosen),
        excess,
        sentences.overview(
            len(chosen),
            judged=len(judged),
            costly=len(costly),
            excess=excess,
            currency=currency,
            reason=wording.clipped(reasons[0]) if reasons else "",
        ),
    )


def _merit(row: dict[str, Any]) -> tuple[bool, bool]:
    return (row["regret_total"] is not None, row["confidence_kind"] == "recalibrated")


def said_threshold(row: dict[str, Any]) -> float | None:
    """The threshold of a row of escalation_policy as it is to be said: above 1 where it keeps no claim, as the one that hands off all."""
    threshold: float | None = row["threshold"]
    handoff, wrong, share = row["cost_handoff"], row["cost_wrong"], row["human_wrong_share"]
    if row["cost"] is None or None in (handoff, wrong, share):
        return threshold
    # What nobody kept has no chance in it.
    keeps_none = row["cost"] == row["cost_lower"] == row["cost_upper"]
    is_cost_of_all = math.isclose(row["cost"], 1000 * (handoff + share * wrong))
    return math.inf if keeps_none and is_cost_of_all else threshold


def policy_sentence(row: dict[str, Any], currency: str) -> str:
    """What a row of escalation_policy says."""
    threshold, stops_at = said_threshold(row), row["stops_at"]
    return sentences.policy_sentence(
        sentences.policy_name(row["workflow"], row["mood"]),
        threshold=threshold,
        scale=row["confidence_kind"],
        is_lowest_known=threshold is not None and threshold == stops_at and 0 < threshold <= 1,
        cost=row["cost"],
        in_force=row["in_force"],
        excess=row["regret"],
        lower=row["regret_lower"],
        upper=row["regret_upper"],
        total=row["regret_total"],
        verdict=row["verdict"],
        currency=currency,
        reason=wording.clipped(row["reason"] or ""),
    )


def _policy(row: dict[str, Any], currency: str) -> Policy:
    when = f" of {describe_days(row['later'])}" if row["later"] else ""
    is_judged = row["threshold"] is not None and row["cost"] is not None
    return Policy(
        row["workflow"],
        row["mood"],
        row["confidence_kind"],
        row["claims"],
        row["threshold"],
        row["regret"],
        row["regret_lower"],
        row["regret_upper"],
        row["regret_total"],
        policy_sentence(row, currency),
        f"Judged on {wording.plural(row['claims'], 'claim')}{when}.",
        # Of a policy that cannot be judged the sentence gives the reason.
        sentences.curve_stops(wording.clipped(row["reason"])) if is_judged and row["reason"] else "",
    )
