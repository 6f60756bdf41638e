"""The cost of every threshold of one workflow and mood (M10), at the configured costs or at others.

At the configured costs everything is published. At others the cost of a threshold, and of the policy in force, follows from
the published counts: ``wrong * kept_wrong + handed_off * (handoff + human_wrong * wrong)``, all per 1,000 claims. That has no
interval, for the published one was made at the configured costs, and so it recommends nothing.
"""

from dataclasses import dataclass, replace
from typing import Any

import polars.selectors as cs

from dashboards import wording
from dashboards.findings.escalation import said_threshold
from dashboards.snapshot.queries import Queries
from dashboards.wording import escalation as sentences
from dashboards.wording.dates import describe_days

MOODS = {
    "negative": "opened in a negative mood",
    "not_negative": "did not",
    "unknown": "mood unknown",
}
SCALES = {"recalibrated": "recalibrated", "raw": "as stated"}
#: What a wrong answer costs in handoffs, as offered.
RATIOS = (1, 2, 3, 5, 10, 20, 50)


@dataclass(frozen=True)
class AssumedCosts:
    """``wrong``: a wrong answer that reached the customer; ``handoff``; ``human_wrong``: share that people get wrong too."""

    wrong: float
    handoff: float
    human_wrong: float

    def of(self, kept_wrong: float, handed_off: float) -> float:
        return self.wrong * kept_wrong + handed_off * (self.handoff + self.human_wrong * self.wrong)

    @property
    def ratio(self) -> float | None:
        return self.wrong / self.handoff if self.handoff else None

    @property
    def keep_from(self) -> float:
        """P(correct) from which keeping is cheaper, by the costs alone: 1 - h - c_handoff / c_wrong, in [0, 1]."""
        if self.wrong == 0:
            return 0.0
        return min(1.0, max(0.0, 1 - self.human_wrong - self.handoff / self.wrong))

    def at_ratio(self, ratio: float) -> "AssumedCosts":
        """The same handoff, and a wrong answer that costs ``ratio`` of them."""
        return replace(self, wrong=ratio * self.handoff)


@dataclass(frozen=True)
class ThresholdCost:
    """Per 1,000 claims, at one threshold; ``cost`` and ``kept_wrong`` are None where no label tells."""

    threshold: float
    cost: float | None
    lower: float | None
    upper: float | None
    kept: float | None
    kept_wrong: float | None
    handed_off: float | None


@dataclass(frozen=True)
class JudgedPolicy:
    """One row of escalation_policy; money per 1,000 later claims, ``excess_total`` of all of them.

    ``excess``: cost of the policy in force above that of the cheapest threshold that can be judged (``regret`` in the
    table); ``recommended``: that threshold where it costs significantly less; ``said``: above 1 where it keeps no claim. ``if_right``, ``if_wrong``: its cost if all
    ``unlabelled`` claims were.
    """

    workflow: str | None
    mood: str
    scale: str
    earlier: str
    later: str
    claims: int
    labelled: int
    costs: AssumedCosts | None
    stops_at: float | None
    keep_from: float | None
    threshold: float | None
    said: float | None
    cost: float | None
    cost_lower: float | None
    cost_upper: float | None
    in_force: float | None
    in_force_lower: float | None
    in_force_upper: float | None
    in_force_kept: float | None
    in_force_kept_wrong: float | None
    verdict: str | None
    recommended: float | None
    unlabelled: int
    if_right: float | None
    if_wrong: float | None
    excess: float | None
    excess_lower: float | None
    excess_upper: float | None
    excess_total: float | None
    handoffs: int
    too_late: int
    too_eager: int
    undecided: int
    reason: str

    @property
    def basis(self) -> str:
        when = f" of {describe_days(self.later)}" if self.later else ""
        return f"{wording.plural(self.claims, 'claim')}{when}, {wording.count(self.labelled)} with a label"

    @property
    def is_judged(self) -> bool:
        return self.threshold is not None and self.cost is not None

    def sentence(self, currency: str) -> str:
        """What the policy in force costs above the best threshold, when handoffs came, and why the curve stops."""
        whole = sentences.policy_sentence(
            sentences.policy_name(self.workflow, self.mood),
            threshold=self.said,
            scale=self.scale,
            is_lowest_known=self.said == self.stops_at and 0 < (self.said or 0) <= 1,
            cost=self.cost,
            in_force=self.in_force,
            excess=self.excess,
            lower=self.excess_lower,
            upper=self.excess_upper,
            total=self.excess_total,
            verdict=self.verdict,
            currency=currency,
            reason=self.reason,
        )
        timing = sentences.timing(
            self.handoffs, too_late=self.too_late, too_early=self.too_eager, undecided=self.undecided
        )
        stops = sentences.curve_stops(self.reason) if self.is_judged and self.reason else ""
        bare = ""
        if self.if_right is not None and self.if_wrong is not None:
            bare = sentences.unlabelled_kept(
                self.unlabelled, if_right=self.if_right, if_wrong=self.if_wrong, currency=currency
            )
        return " ".join(filter(None, (whole, bare, timing, stops)))

    def in_force_at(self, costs: AssumedCosts) -> float | None:
        """Cost of the policy in force at other costs, per 1,000 claims."""
        if self.in_force_kept is None or self.in_force_kept_wrong is None:
            return None
        return costs.of(self.in_force_kept_wrong, 1000 - self.in_force_kept)


def judged(queries: Queries) -> tuple[JudgedPolicy, ...]:
    """Every policy, those of the largest excess cost first, recalibrated before stated."""
    rows = queries.frame("select * from escalation_policy").with_columns(cs.float().fill_nan(None))
    found = [_judged(row) for row in rows.iter_rows(named=True)]
    return tuple(
        sorted(
            found,
            key=lambda each: (
                each.excess_total is None,
                -(each.excess_total or 0.0),
                each.scale != "recalibrated",
                each.workflow or "",
                each.mood,
            ),
        )
    )


def curve(queries: Queries, policy: JudgedPolicy) -> tuple[ThresholdCost, ...]:
    """The published curve of ``policy``, the lowest threshold first."""
    rows = queries.frame(
        """select threshold, cost, lower, upper, kept, kept_wrong, handed_off from escalation_cost
        where workflow is not distinct from $workflow and mood = $mood and confidence_kind = $scale order by threshold""",
        {"workflow": policy.workflow, "mood": policy.mood, "scale": policy.scale},
    ).with_columns(cs.float().fill_nan(None))
    return tuple(ThresholdCost(*row) for row in rows.rows())


def recomputed(points: tuple[ThresholdCost, ...], costs: AssumedCosts) -> tuple[ThresholdCost, ...]:
    """``points`` at other costs, without a band."""
    return tuple(
        replace(
            point,
            cost=None
            if point.cost is None or point.kept_wrong is None or point.handed_off is None
            else costs.of(point.kept_wrong, point.handed_off),
            lower=None,
            upper=None,
        )
        for point in points
    )


def cheapest(points: tuple[ThresholdCost, ...]) -> ThresholdCost | None:
    """The known point of least cost, the lowest threshold of several."""
    known = [point for point in points if point.cost is not None]
    return min(known, key=lambda point: (point.cost or 0.0, point.threshold)) if known else None


def at(points: tuple[ThresholdCost, ...], threshold: float) -> ThresholdCost | None:
    """The point at ``threshold``, to a hundredth."""
    return next((point for point in points if round(100 * point.threshold) == round(100 * threshold)), None)


def _judged(row: dict[str, Any]) -> JudgedPolicy:
    costs = None
    if None not in (row["cost_wrong"], row["cost_handoff"], row["human_wrong_share"]):
        costs = AssumedCosts(row["cost_wrong"], row["cost_handoff"], row["human_wrong_share"])
    same = (
        "threshold", "cost", "cost_lower", "cost_upper", "in_force", "in_force_lower", "in_force_upper",
        "in_force_kept", "in_force_kept_wrong", "verdict",
    )  # fmt: skip
    return JudgedPolicy(
        workflow=row["workflow"],
        mood=row["mood"],
        scale=row["confidence_kind"],
        earlier=row["earlier"] or "",
        later=row["later"] or "",
        claims=row["claims"] or 0,
        labelled=row["labelled"] or 0,
        costs=costs,
        stops_at=row["stops_at"],
        keep_from=row["closed_form_threshold"],
        said=said_threshold(row),
        recommended=row["recommended_threshold"],
        unlabelled=row["unlabelled"] or 0,
        if_right=row["cost_if_right"],
        if_wrong=row["cost_if_wrong"],
        handoffs=row["handoffs"] or 0,
        too_late=row["too_late"] or 0,
        too_eager=row["too_eager"] or 0,
        undecided=row["undecided"] or 0,
        reason=wording.clipped(row["reason"] or ""),
        **{name: row[name] for name in same},
        **{f"excess{end}": row[f"regret{end}"] for end in ("", "_lower", "_upper", "_total")},
    )
