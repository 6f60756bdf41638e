"""Bias of stated confidence (M9): mean confidence − accuracy, its interval, its test, and its drift between months."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import false_discovery_control, t

from pipelines.statistics.clusters import (
    FARTHEST,
    Floats,
    Ints,
    cautious_deff,
    dense_codes,
    effective_clusters,
    student_quantile,
)
from pipelines.statistics.intervals import wilson_at


@dataclass(frozen=True)
class Bias:
    """Mean confidence − accuracy with interval and two-sided p; the last three None when ``reason`` says why."""

    value: float | None
    lower: float | None = None
    upper: float | None = None
    p_value: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class _Means:
    """Mean confidence and accuracy of n claims, with clustered variances; ``left_over``: Σ (d_i − d̄) / n by customer."""

    confidence: float
    accuracy: float
    n: int
    effective: float  # customers, by the Kish formula
    confidence_variance: float
    accuracy_variance: float
    covariance: float
    left_over: Floats

    def bounds(self, quantile: float) -> tuple[float, float]:
        """Bounds of the bias at a quantile of Student's t (see ``bias``)."""
        a, m = self.accuracy, self.effective
        if 0 < a < 1:
            deff = max(1.0, self.accuracy_variance * self.n / (a * (1 - a)))
            m = self.n / cautious_deff(deff, self.n, self.n * self.n / self.effective)
        low, high = wilson_at(a, m, quantile)
        stated = quantile * math.sqrt(self.confidence_variance)
        product = self.confidence_variance * self.accuracy_variance
        rho = max(-1.0, min(1.0, self.covariance / math.sqrt(product))) if product > 0 else 0.0
        middle = self.confidence - a
        return (
            middle - max(_joint(stated, high - a, rho), _unseen(1 - a, m, quantile)),
            middle + max(_joint(stated, a - low, rho), _unseen(a, m, quantile)),
        )


def bias(confidence: ArrayLike, correct: ArrayLike, clusters: ArrayLike | None = None, level: float = 0.95) -> Bias:
    """Mean confidence − accuracy (fractions, −1 … 1) with an interval that also holds where nearly all are correct.

    Arrays of shape (n,): confidence within [0, 1], correct 0 or 1, customer codes. Interval: Wilson of the accuracy on
    n / deff, t of the mean confidence, joined with their clustered correlation by the method of variance estimates
    recovery (G. Zou, A. Donner, Statistics in Medicine 27 (2008), 1693–1702; R. Newcombe, ibid. 17 (1998), 2635–2650).
    Clustered variances and covariances are the jackknife's over customers, (C − 1)/C Σ_c (S_c / (1 − s_c))² / n² with S_c
    a customer's sum of deviations and s_c his share of the claims. In large groups it is the clustered t interval of the
    mean of confidence − correct, whose variance a group without a wrong answer would put at nearly 0. deff: clustered over binomial variance, at least 1, see ``clusters.cautious_deff``;
    where all are correct or none, the customers are counted instead of the claims. Quantiles of Student's t with
    ``effective_clusters`` − 1 degrees of freedom.

    Confidence that goes with the answers so closely that hardly a claim disagrees (a model that states 0 or 1) has
    confidence − correct near 0 throughout, and no variance tells of the disagreements that chance has left out. So the
    upper half is no less than what would be added if as many of the correct claims were wrong as Wilson's bound of "none
    seen" admits, the lower half likewise with the wrong ones.
    p: two-sided, one minus the level at which the interval would just touch 0.

    A confidence that is no fraction, or an outcome that is not 0 or 1, is not judged: no value, with the reason.
    Raises ValueError if the arrays do not fit.
    """
    codes, c = dense_codes(clusters, len(np.asarray(confidence)))
    if len(codes) == 0:
        return Bias(None, reason="no claims")
    reason = _cannot_judge(confidence, correct)
    if reason is not None:
        return Bias(None, reason=reason)
    means = _means(confidence, correct, codes, c)
    middle = means.confidence - means.accuracy
    if c == 1:
        return Bias(middle, reason="one customer: no interval")
    freedom = means.effective - 1
    lower, upper = means.bounds(student_quantile(level, freedom))
    return Bias(middle, max(-1.0, lower), min(1.0, upper), _p_value(middle, means.bounds, freedom))


def bias_change(
    before: tuple[ArrayLike, ArrayLike, ArrayLike | None],
    after: tuple[ArrayLike, ArrayLike, ArrayLike | None],
    level: float = 0.95,
) -> Bias:
    """Bias after − bias before (fractions, −2 … 2), with interval and p: the drift of a group between two months.

    Each period is (confidence, correct, customer codes or None), arrays of one shape (n,); codes mean the same customer in
    both, and the covariance that customers of both months cause is taken off. The two intervals of ``bias`` are joined as
    there; degrees of freedom are the smaller of the two. What cannot be judged: as there.

    Raises ValueError if the arrays do not fit.
    """
    sides, known, customers = [], [], []
    for confidence, correct, clusters in (before, after):
        codes, c = dense_codes(clusters, len(np.asarray(confidence)))
        if c < 2:
            return Bias(
                None, reason="no claims in one of the periods" if c == 0 else "one customer in one of the periods"
            )
        reason = _cannot_judge(confidence, correct)
        if reason is not None:
            return Bias(None, reason=reason)
        sides.append(_means(confidence, correct, codes, c))
        customers.append(c)
        named = np.full(len(codes), -1) if clusters is None else np.asarray(clusters)
        distinct, first = np.unique(named[named >= 0], return_index=True)
        known.append((distinct, codes[named >= 0][first]))
    _, at_first, at_second = np.intersect1d(known[0][0], known[1][0], assume_unique=True, return_indices=True)
    shared = float(sides[0].left_over[known[0][1][at_first]] @ sides[1].left_over[known[1][1][at_second]])
    scale = math.sqrt(float(sides[0].left_over @ sides[0].left_over) * float(sides[1].left_over @ sides[1].left_over))
    rho = max(-1.0, min(1.0, shared / scale)) if scale > 0 else 0.0
    first_bias, second_bias = (side.confidence - side.accuracy for side in sides)
    middle = second_bias - first_bias

    def bounds(quantile: float) -> tuple[float, float]:
        (low_1, high_1), (low_2, high_2) = (side.bounds(quantile) for side in sides)
        return (
            middle - _joint(second_bias - low_2, high_1 - first_bias, rho),
            middle + _joint(high_2 - second_bias, first_bias - low_1, rho),
        )

    freedom = min(side.effective for side in sides) - 1
    lower, upper = bounds(student_quantile(level, freedom))
    return Bias(middle, max(-2.0, lower), min(2.0, upper), _p_value(middle, bounds, freedom))


def q_values(p_values: Sequence[float | None]) -> list[float | None]:
    """Benjamini–Hochberg q of each p within the family given; None and NaN give None and do not count.

    Y. Benjamini, Y. Hochberg, JRSS B 57 (1995), 289–300, by ``scipy.stats.false_discovery_control``.
    """
    known = [p for p in p_values if p is not None and not math.isnan(p)]
    adjusted = iter(false_discovery_control(known).tolist() if known else [])
    return [None if p is None or math.isnan(p) else float(next(adjusted)) for p in p_values]


def _means(confidence: ArrayLike, correct: ArrayLike, codes: Ints, c: int) -> _Means:
    x, y = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    if x.shape != codes.shape or y.shape != codes.shape:
        raise ValueError(f"one confidence, one outcome and one code a claim: {x.shape}, {y.shape}, {codes.shape}")
    n = len(x)
    stated, right = float(np.sort(x).mean()), float(y.mean())
    sizes = np.bincount(codes, minlength=c)
    by_confidence = np.bincount(codes, weights=x - stated, minlength=c) / n
    by_accuracy = np.bincount(codes, weights=y - right, minlength=c) / n
    if x.min() == x.max():
        by_confidence[:] = 0.0  # rounding of the mean is no variation
    # With one customer there is no interval, and no variance is read.
    alone = np.sqrt((c - 1) / c) / (1 - sizes / n) if c > 1 else np.zeros(c)
    stated_alone, right_alone = by_confidence * alone, by_accuracy * alone
    return _Means(
        stated,
        right,
        n,
        effective_clusters(sizes),
        float(stated_alone @ stated_alone),
        float(right_alone @ right_alone),
        float(stated_alone @ right_alone),
        by_confidence - by_accuracy,
    )


def _cannot_judge(confidence: ArrayLike, correct: ArrayLike) -> str | None:
    x, y = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    if x.shape != y.shape:
        return None  # an error, told where the means are taken
    bad = int((~((x >= 0) & (x <= 1) & ((y == 0) | (y == 1)))).sum())
    return f"{bad:,} claims that cannot be judged: refuse them first (calibration.judged_claims)" if bad else None


def _unseen(share: float, m: float, quantile: float) -> float:
    """Share of all that may yet be of the other kind among ``share`` of ``m`` of which none was: share · Wilson's bound."""
    return share * wilson_at(0.0, share * m, quantile).upper if share > 0 else 0.0


def _joint(a: float, b: float, rho: float) -> float:
    return math.sqrt(max(0.0, a * a + b * b - 2 * rho * a * b))


def _p_value(middle: float, bounds: Callable[[float], tuple[float, float]], freedom: float) -> float:
    """Two-sided p at which the interval touches 0, by bisection on the logarithm of the quantile."""
    if middle == 0:
        return 1.0

    def is_apart(quantile: float) -> bool:
        lower, upper = bounds(quantile)
        return lower > 0 if middle > 0 else upper < 0

    low, high = math.log(1e-9), math.log(FARTHEST)
    if is_apart(FARTHEST):
        return float(2 * t.sf(FARTHEST, freedom))
    for _ in range(60):
        centre = (low + high) / 2
        low, high = (centre, high) if is_apart(math.exp(centre)) else (low, centre)
    quantile = math.exp(high)
    return float(2 * t.sf(quantile, freedom))
