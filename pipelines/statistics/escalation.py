"""Escalation policy under asymmetric cost (M10): what a threshold on confidence costs, where the labels reach."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipelines.statistics.clusters import Floats, Ints, central_band, dense_codes, resampled_counts, seeded
from pipelines.statistics.intervals import DEFAULT_MIN_N

#: 0, .01 … 1, and 1.01, which hands every claim off.
THRESHOLDS: Floats = np.arange(102) / 100
#: Labelled claims below which a group is "insufficient".
MIN_CLAIMS = 100
#: With 399 replicates the 10th and the 390th enclose 95%.
REPLICATES = 399
BAND_LEVEL = 0.95
_UNLABELLED, _RIGHT, _WRONG = 0, 1, 2
_KEPT, _HANDED_OFF = 0, 1


@dataclass(frozen=True)
class ClaimCosts:
    """Money per claim: a wrong answer reached the customer; a human took over. ``human_wrong``: share they get wrong.

    Raises ValueError for negative or infinite money, or a share outside [0, 1].
    """

    wrong: float
    handoff: float
    human_wrong: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.wrong < np.inf and 0 <= self.handoff < np.inf):
            raise ValueError(f"costs are finite and not negative, not {self.wrong} and {self.handoff}")
        if not 0 <= self.human_wrong <= 1:
            raise ValueError(f"the share that a human gets wrong lies between 0 and 1, not {self.human_wrong}")


@dataclass(frozen=True)
class PolicyClaims:
    """Claims of one group, arrays of shape (n,).

    ``confidence``: raw or recalibrated, within [0, 1]. ``correct``: 1, 0, or NaN where there is no label. ``codes``:
    customer codes, or None. ``is_kept``: the policy in force let the AI's answer stand (raw confidence at or above its
    threshold), None where no policy is in force. Raises ValueError if they do not fit or a confidence is not a fraction.
    """

    confidence: Floats
    correct: Floats
    codes: Ints | None = None
    is_kept: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        given = [a for a in (self.correct, self.codes, self.is_kept) if a is not None]
        if any(np.shape(a) != np.shape(self.confidence) for a in given):
            raise ValueError("one value a claim in every array")
        if not ((self.confidence >= 0) & (self.confidence <= 1)).all():
            raise ValueError("confidences lie between 0 and 1; refuse the others first (calibration.judged_claims)")
        if not (np.isnan(self.correct) | (self.correct == 0) | (self.correct == 1)).all():
            raise ValueError("a label is 0, 1 or missing; a draw is neither")


@dataclass(frozen=True)
class Money:
    """An amount per 1,000 claims with its 95% bootstrap interval (customers resampled).

    The bounds are None where a resample may hold no label: with a single customer, or hardly a label.
    """

    value: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class CostCurve:
    """Cost per 1,000 claims at each of ``thresholds``; arrays of one length, NaN where no label tells (see ``reason``).

    The bounds are NaN also where a resample may hold no label: with a single customer, or hardly a label.
    ``kept``, ``kept_wrong`` and ``handed_off`` are per 1,000 claims too. ``stops_at``: the lowest threshold whose cost
    is known, None if none is. ``in_force``: cost of the policy in force, None where there is none or no label.
    """

    n: int
    labelled: int
    thresholds: Floats
    cost: Floats
    lower: Floats
    upper: Floats
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
    says why.
    """

    threshold: float | None = None
    cost: Money | None = None
    in_force: Money | None = None
    regret: Money | None = None
    reason: str | None = None


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
    name: str,
    *,
    thresholds: Floats = THRESHOLDS,
    min_claims: int = MIN_CLAIMS,
    replicates: int = REPLICATES,
    level: float = BAND_LEVEL,
) -> CostCurve:
    """Cost per 1,000 claims when those with confidence ≥ t are kept, for each of the ascending ``thresholds``.

    c_wrong · #(kept, wrong) + #(handed off) · (c_handoff + h · c_wrong). Where some kept claims have no label, #(kept,
    wrong) is the wrong share of the labelled ones times all, apart for claims kept and handed off by the policy in force
    (a claim handed off has no outcome of the AI's own: labels there come from review). With fewer than 30 labels below
    the policy in force the curve stops there. Band: customers resampled, ``name`` seeds.

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
    table, _ = _counted(claims, thresholds)
    reach = _Reach.of(table, thresholds)
    parts = _parts(table)
    cost = reach.cut(_cost(parts, costs))
    replicated, in_force = _replicate(claims, costs, thresholds, replicates=replicates, name=name)
    lower, upper = central_band(replicated, level)
    undefined = np.isnan(cost)
    force = None
    if claims.is_kept is not None:
        force = _money(_cost_in_force(table, costs), in_force, level)
    per_thousand = 1000 / n
    return CostCurve(
        n,
        labelled,
        thresholds,
        cost,
        np.where(undefined, np.nan, lower),
        np.where(undefined, np.nan, upper),
        per_thousand * parts[0],
        np.where(undefined, np.nan, per_thousand * parts[1]),
        per_thousand * (n - parts[0]),
        float(thresholds[np.argmin(undefined)]) if not undefined.all() else None,
        force,
        reach.reason,
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
    name: str,
    *,
    min_claims: int = MIN_CLAIMS,
    replicates: int = REPLICATES,
    level: float = BAND_LEVEL,
) -> PolicyVerdict:
    """Cost of ``threshold`` (chosen on an earlier period, or in closed form) on later claims, beside the policy in force.

    Regret is resampled as a difference, so that its interval is that of the same customers under both policies. None or
    NaN is no threshold.
    """
    if threshold is None or np.isnan(threshold):
        return PolicyVerdict(reason="no threshold: no cost is known in the earlier period")
    labelled = int((~np.isnan(later.correct)).sum())
    if labelled < max(1, min_claims):
        return PolicyVerdict(threshold, reason=f"insufficient: {labelled:,} labelled claims in the later period")
    grid = np.unique(np.array([0.0, threshold]))
    at = int(np.searchsorted(grid, threshold))
    table, _ = _counted(later, grid)
    reach = _Reach.of(table, grid)
    cost = float(reach.cut(_cost(_parts(table), costs))[at])
    if np.isnan(cost):
        return PolicyVerdict(threshold, reason=reach.reason or "no label among the claims that the threshold keeps")
    replicated, force = _replicate(later, costs, grid, replicates=replicates, name=name)
    judged = _money(cost, replicated[:, at], level)
    if later.is_kept is None:
        return PolicyVerdict(threshold, judged, reason="no policy in force is known")
    now = _cost_in_force(table, costs)
    if not np.isfinite(now):
        return PolicyVerdict(threshold, judged, reason="no label among the claims that the policy in force keeps")
    return PolicyVerdict(
        threshold, judged, _money(now, force, level), _money(now - cost, force - replicated[:, at], level)
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


@dataclass(frozen=True)
class _Reach:
    """Which thresholds the labels reach; ``known`` of shape (thresholds,)."""

    known: NDArray[np.bool_]
    reason: str | None

    @classmethod
    def of(cls, table: Floats, thresholds: Floats) -> "_Reach":
        kept = _from_above(table)
        below = kept[:, _HANDED_OFF, :].sum(axis=-1)
        labels = kept[0, _HANDED_OFF, _RIGHT] + kept[0, _HANDED_OFF, _WRONG]
        if labels >= DEFAULT_MIN_N or below[0] == 0:
            return cls(np.ones(len(thresholds), dtype=bool), None)
        known = below == 0
        where = f"stops at {thresholds[np.argmax(known)]:.2f}" if known.any() else "has no point"
        said = (
            f"the curve {where}: below the policy in force a claim is handed off and has no outcome of the AI's own, "
            f"and {int(labels):,} reviewed labels are fewer than {DEFAULT_MIN_N}"
        )
        return cls(known, said)

    def cut(self, cost: Floats) -> Floats:
        return np.where(self.known, cost, np.nan)


def _counted(claims: PolicyClaims, thresholds: Floats) -> tuple[Floats, Ints]:
    """Claims by (last threshold that keeps them, in force, label): the table, and each claim's cell in it."""
    last = np.searchsorted(thresholds, claims.confidence, side="right") - 1
    side = (
        np.zeros(len(last), dtype=np.int64) if claims.is_kept is None else np.where(claims.is_kept, _KEPT, _HANDED_OFF)
    )
    label = np.where(np.isnan(claims.correct), _UNLABELLED, np.where(claims.correct == 1, _RIGHT, _WRONG))
    cells = ((last * 2 + side) * 3 + label).astype(np.int64)
    number = len(thresholds) * 6
    table = np.bincount(cells, minlength=number).astype(np.float64).reshape(len(thresholds), 2, 3)
    return table, cells


def _replicate(
    claims: PolicyClaims, costs: ClaimCosts, thresholds: Floats, *, replicates: int, name: str
) -> tuple[Floats, Floats]:
    """Costs of resampled customers: by threshold (replicates, thresholds), and of the policy in force (replicates,)."""
    table, cells = _counted(claims, thresholds)
    codes, c = dense_codes(claims.codes, len(cells))
    by_threshold: list[Floats] = []
    in_force: list[Floats] = []
    rng = seeded(name, "escalation")
    for block in resampled_counts(cells, codes, n_cells=table.size, n_clusters=c, replicates=replicates, rng=rng):
        resampled = block.reshape(len(block), *table.shape)
        by_threshold.append(_cost(_parts(resampled), costs))
        in_force.append(_cost_in_force(resampled, costs))
    return np.concatenate(by_threshold), np.concatenate(in_force)


def _parts(table: Floats) -> tuple[Floats, Floats, Floats]:
    """Kept, kept and wrong (by thresholds), and all claims, from tables of shape (…, thresholds, 2, 3)."""
    kept = _from_above(table)
    wrong = _wrong(kept).sum(axis=-1)
    return kept.sum(axis=(-2, -1)), wrong, kept[..., :1, :, :].sum(axis=(-2, -1))


def _cost(parts: Sequence[Floats], costs: ClaimCosts) -> Floats:
    kept, wrong, n = parts
    with np.errstate(invalid="ignore", divide="ignore"):
        spent = costs.wrong * wrong + (n - kept) * (costs.handoff + costs.human_wrong * costs.wrong)
        return np.asarray(1000 * spent / n, dtype=np.float64)


def _cost_in_force(table: Floats, costs: ClaimCosts) -> Floats:
    every = table.sum(axis=-3)
    kept, n = every[..., _KEPT, :].sum(axis=-1), every.sum(axis=(-2, -1))
    return _cost((kept, _wrong(every)[..., _KEPT], n), costs)


def _wrong(counts: Floats) -> Floats:
    """Wrong ones among counts (…, labels): exact if all are labelled, else their share times all; NaN without a label."""
    labelled = counts[..., _RIGHT] + counts[..., _WRONG]
    every = labelled + counts[..., _UNLABELLED]
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = np.where(every == labelled, counts[..., _WRONG], counts[..., _WRONG] * every / labelled)
    return np.where((labelled == 0) & (every > 0), np.nan, scaled)


def _from_above(table: Floats) -> Floats:
    """Counts kept at each threshold: sums over the thresholds from it upwards."""
    return np.flip(np.cumsum(np.flip(table, axis=-3), axis=-3), axis=-3)


def _money(value: Floats | float, replicated: Floats, level: float) -> Money | None:
    if not np.isfinite(value):
        return None
    if np.isnan(replicated).any():
        return Money(float(value), None, None)
    lower, upper = central_band(replicated[:, None], level)
    return Money(float(value), float(lower[0]), float(upper[0]))


def _no_curve(n: int, labelled: int, thresholds: Floats, reason: str) -> CostCurve:
    none = np.full(len(thresholds), np.nan)
    return CostCurve(n, labelled, thresholds, none, none, none, none, none, none, None, None, reason)
