"""Escalation policy under asymmetric cost (M10): what a threshold on confidence costs, where the labels reach."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pipelines.statistics.clusters import Floats
from pipelines.statistics.intervals import DEFAULT_MIN_N
from pipelines.statistics.policy_costs import (
    UNLABELLED_SHARE,
    Bools,
    ClaimCosts,
    Ledger,
    Money,
    PolicyClaims,
)

#: 0, .01 … 1, and 1.01, which hands every claim off.
THRESHOLDS: Floats = np.arange(102) / 100
#: Labelled claims below which a group is "insufficient".
MIN_CLAIMS = 100
LEVEL = 0.95
#: What a judged threshold comes to: it costs less than the policy in force, no less, or nothing can be told.
COSTS_LESS, IN_FORCE_CHEAPEST, NO_DIFFERENCE = "costs_less", "in_force_cheapest", "no_difference"


@dataclass(frozen=True)
class CostCurve:
    """Cost per 1,000 claims at each of ``thresholds``; arrays of one length, NaN where no label tells (see ``reason``).

    ``if_right`` and ``if_wrong``: the cost if all kept claims without a label that were handed off were right, or wrong;
    ``lower`` and ``upper`` hold both (NaN also with a single customer). ``kept``, ``kept_wrong`` and ``handed_off`` are per
    1,000 claims too. ``stops_at``: the lowest threshold whose cost is known, None if none is. ``in_force``: cost of the
    policy in force, None where there is none or no label.
    """

    n: int
    labelled: int
    thresholds: Floats
    cost: Floats
    lower: Floats
    upper: Floats
    if_right: Floats
    if_wrong: Floats
    kept: Floats
    kept_wrong: Floats
    handed_off: Floats
    stops_at: float | None
    in_force: Money | None
    reason: str | None = None


@dataclass(frozen=True)
class PolicyVerdict:
    """A threshold chosen on an earlier period and judged on a later one; money per 1,000 later claims.

    ``regret`` = cost of the policy in force − cost at ``threshold`` (> 0: money left on the table). None when ``reason``
    says why. ``unlabelled``: handed-off claims without a label that the threshold keeps; ``if_right`` and ``if_wrong``: its
    cost if all of them were right, or wrong, which the intervals of ``cost`` and ``regret`` hold. ``in_force_kept_wrong``:
    wrong ones among the claims that the policy in force kept, per 1,000 claims.
    """

    threshold: float | None = None
    cost: Money | None = None
    in_force: Money | None = None
    regret: Money | None = None
    unlabelled: int | None = None
    if_right: float | None = None
    if_wrong: float | None = None
    in_force_kept_wrong: float | None = None
    reason: str | None = None

    @property
    def verdict(self) -> str | None:
        """``costs_less``: the whole interval of ``regret`` lies above 0, and only then is the threshold recommended.

        ``in_force_cheapest``: no part of it does. Else, and with a single customer, ``no_difference``. None without regret.
        """
        if self.regret is None:
            return None
        if self.regret.lower is None or self.regret.upper is None:
            return NO_DIFFERENCE
        if self.regret.lower > 0:
            return COSTS_LESS
        return IN_FORCE_CHEAPEST if self.regret.upper <= 0 else NO_DIFFERENCE


@dataclass(frozen=True)
class HandoffTiming:
    """Counts of handoffs. A handoff can be both too late and too eager; ``undecided``: no calibrated P(correct) known."""

    handoffs: int
    too_late: int
    too_eager: int
    undecided: int


def closed_form_threshold(costs: ClaimCosts) -> float:
    """Keep iff P(correct) ≥ this: 1 − h − c_handoff / c_wrong, clipped to [0, 1].

    Keeping costs (1 − P) c_wrong, handing off c_handoff + h c_wrong; C. Elkan, IJCAI 2001, 973–978. Where a wrong answer
    costs nothing: 0.
    """
    if costs.wrong == 0:
        return 0.0
    return min(1.0, max(0.0, 1 - costs.human_wrong - costs.handoff / costs.wrong))


def cost_curve(
    claims: PolicyClaims,
    costs: ClaimCosts,
    *,
    thresholds: Floats = THRESHOLDS,
    min_claims: int = MIN_CLAIMS,
    level: float | None = LEVEL,
) -> CostCurve:
    """Cost per 1,000 claims when those with confidence ≥ t are kept, for each of the ascending ``thresholds``.

    c_wrong · #(kept, wrong) + #(handed off) · (c_handoff + h · c_wrong). A claim that the policy in force handed off has no
    outcome of the AI's own: labels there come from review. Where 30 such labels or more lie above t, the wrong ones among
    the handed-off claims that t keeps are the wrong share of the labelled ones times all. Where fewer do, and at most
    ``UNLABELLED_SHARE`` of the claims that t keeps were handed off and have no label, these count with the wrong share of
    the labelled claims that t keeps, between bounds for all of them right and all of them wrong. Elsewhere the cost is
    unknown. ``level`` None: without intervals.

    Raises ValueError if the thresholds do not ascend from 0.
    """
    if not len(thresholds) or thresholds[0] != 0 or (np.diff(thresholds) <= 0).any():
        raise ValueError("thresholds ascend from 0")
    n = len(claims.confidence)
    labelled = int((~np.isnan(claims.correct)).sum())
    if labelled < max(1, min_claims):
        return _no_curve(
            n, labelled, thresholds, f"insufficient: {labelled:,} labelled claims, fewer than {max(1, min_claims):,}"
        )
    ledger = Ledger.of(claims, costs, level)
    kept = n - np.searchsorted(np.sort(claims.confidence), thresholds, side="left")
    # Thresholds that keep the same claims cost the same.
    _, first, again = np.unique(kept, return_index=True, return_inverse=True)
    columns = ("cost", "lower", "upper", "if_right", "if_wrong", "kept_wrong")
    found = [ledger.cost(claims.confidence >= threshold) for threshold in thresholds[first]]
    points = np.array([[np.nan if each is None else getattr(each, name) for name in columns] for each in found])
    at = dict(zip(columns, points[again.reshape(-1)].T, strict=True))
    undefined = np.isnan(at["cost"])
    in_force = None if claims.is_kept is None else ledger.cost(claims.is_kept)
    return CostCurve(
        n=n,
        labelled=labelled,
        thresholds=thresholds,
        **at,
        kept=np.asarray(1000 / n * kept, dtype=np.float64),
        handed_off=np.asarray(1000 / n * (n - kept), dtype=np.float64),
        stops_at=float(thresholds[np.argmin(undefined)]) if not undefined.all() else None,
        in_force=None if in_force is None else in_force.money,
        reason=_stop(claims, thresholds, undefined),
    )


def cheapest_threshold(curve: CostCurve) -> float | None:
    """The threshold of least known cost; of several, the one that hands off least. None where no cost is known."""
    if np.isnan(curve.cost).all():
        return None
    return float(curve.thresholds[np.nanargmin(np.round(curve.cost, 9))])


def judged_policy(
    threshold: float | None,
    later: PolicyClaims,
    costs: ClaimCosts,
    *,
    min_claims: int = MIN_CLAIMS,
    level: float = LEVEL,
) -> PolicyVerdict:
    """Cost of ``threshold`` (chosen on an earlier period, or in closed form) on later claims, beside the policy in force.

    None or NaN is no threshold.
    """
    if threshold is None or np.isnan(threshold):
        return PolicyVerdict(reason="no threshold: no cost is known in the earlier period")
    labelled = int((~np.isnan(later.correct)).sum())
    if labelled < max(1, min_claims):
        return PolicyVerdict(threshold, reason=f"insufficient: {labelled:,} labelled claims in the later period")
    ledger = Ledger.of(later, costs, level)
    kept = later.confidence >= threshold
    cost = ledger.cost(kept)
    if cost is None:
        return PolicyVerdict(threshold, reason=_stop(later, np.array([threshold]), np.array([True])))
    in_force = None if later.is_kept is None else ledger.cost(later.is_kept)
    reason = None
    if later.is_kept is None:
        reason = "no policy in force is known"
    elif in_force is None:
        reason = "no label among the claims that the policy in force keeps"
    return PolicyVerdict(
        threshold,
        cost.money,
        None if in_force is None else in_force.money,
        None if in_force is None else ledger.regret(kept),
        cost.unlabelled,
        cost.if_right,
        cost.if_wrong,
        None if in_force is None else in_force.kept_wrong,
        reason,
    )


def handoff_timing(
    misunderstandings: ArrayLike, turned_negative: ArrayLike, p_correct: ArrayLike, threshold: float | None
) -> HandoffTiming:
    """Handoffs that came too late or too soon; arrays of shape (number of handoffs,).

    Too late: after 3 misunderstandings or more (NaN: not recorded), or after sentiment turned negative. Too eager: the
    recalibrated P(correct) (not finite: unknown) lies above ``threshold``, the optimum; with no threshold (None or NaN)
    none can be told.

    Raises ValueError if the shapes differ.
    """
    count = np.asarray(misunderstandings, dtype=np.float64)
    negative, p = np.asarray(turned_negative, dtype=bool), np.asarray(p_correct, dtype=np.float64)
    if not count.shape == negative.shape == p.shape:
        raise ValueError(f"one value a handoff: {count.shape}, {negative.shape}, {p.shape}")
    if threshold is not None and np.isnan(threshold):
        threshold = None
    with np.errstate(invalid="ignore"):
        late = (count >= 3) | negative
        eager = np.zeros(len(p), dtype=bool) if threshold is None else np.isfinite(p) & (p > threshold)
    unknown = len(p) if threshold is None else int((~np.isfinite(p)).sum())
    return HandoffTiming(len(p), int(late.sum()), int(eager.sum()), unknown)


def _stop(claims: PolicyClaims, thresholds: Floats, undefined: Bools) -> str | None:
    """Why the cost of the ``undefined`` thresholds is not known; None where none is."""
    if not undefined.any() or claims.is_kept is None:
        return "no label among the claims that the threshold keeps" if undefined.any() else None
    lowest = claims.confidence >= thresholds[np.argmax(undefined)]
    labels = int((lowest & ~claims.is_kept & ~np.isnan(claims.correct)).sum())
    if not (lowest & ~claims.is_kept & np.isnan(claims.correct)).any() or labels >= DEFAULT_MIN_N:
        return "no label among the claims that the threshold keeps"
    where = "has no point" if undefined.all() else f"stops at {thresholds[np.argmin(undefined)]:.2f}"
    if len(thresholds) > 1 and not undefined[0]:
        where = f"has a gap at {thresholds[np.argmax(undefined)]:.2f}"
    return (
        f"the curve {where}: below the policy in force a claim is handed off and has no outcome of the AI's own, "
        f"{labels:,} reviewed labels are fewer than {DEFAULT_MIN_N}, and the claims without one are more than "
        f"{100 * UNLABELLED_SHARE:.0f}% of those that would be kept"
    )


def _no_curve(n: int, labelled: int, thresholds: Floats, reason: str) -> CostCurve:
    none = np.full(len(thresholds), np.nan)
    return CostCurve(n, labelled, thresholds, none, none, none, none, none, none, none, none, None, None, reason)
