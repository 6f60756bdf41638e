"""Bias of stated confidence (M9): mean confidence − accuracy, its interval, its test, and its drift between months."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import false_discovery_control, t

from pipelines.statistics.clusters import Floats, Ints, dense_codes, effective_clusters

#: Quantiles beyond it say that nothing is known, and are cut so that arithmetic stays finite.
_FARTHEST = 1e6


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
        a = self.accuracy
        if 0 < a < 1:
            deff = max(1.0, self.accuracy_variance * self.n / (a * (1 - a)))
            low, high = _wilson(a, self.n / deff, quantile)
        else:
            low, high = _wilson(a, self.effective, quantile)
        stated = quantile * math.sqrt(self.confidence_variance)
        product = self.confidence_variance * self.accuracy_variance
        rho = max(-1.0, min(1.0, self.covariance / math.sqrt(product))) if product > 0 else 0.0
        middle = self.confidence - a
        return middle - _joint(stated, high - a, rho), middle + _joint(stated, a - low, rho)


def bias(confidence: ArrayLike, correct: ArrayLike, clusters: ArrayLike | None = None, level: float = 0.95) -> Bias:
    """Mean confidence − accuracy (fractions, −1 … 1) with an interval that also holds where nearly all are correct.

    Arrays of shape (n,): confidence within [0, 1], correct 0 or 1, customer codes. Interval: Wilson of the accuracy on
    n / deff, t of the mean confidence, joined with their clustered (CR1) correlation by the method of variance estimates
    recovery (G. Zou, A. Donner, Statistics in Medicine 27 (2008), 1693–1702; R. Newcombe, ibid. 17 (1998), 2635–2650).
    In large groups it is the CR1 interval of the mean of confidence − correct, whose variance a group without a wrong
    answer would put at nearly 0. deff: clustered over binomial variance, at least 1; where all are correct or none, the
    customers are counted instead of the claims. Quantiles of Student's t with ``effective_clusters`` − 1 degrees of
    freedom. p: two-sided, one minus the level at which the interval would just touch 0.

    Raises ValueError if the arrays do not fit.
    """
    codes, c = dense_codes(clusters, len(np.asarray(confidence)))
    if len(codes) == 0:
        return Bias(None, reason="no claims")
    means = _means(confidence, correct, codes, c)
    middle = means.confidence - means.accuracy
    if c == 1:
        return Bias(middle, reason="one customer: no interval")
    freedom = means.effective - 1
    lower, upper = means.bounds(_quantile(level, freedom))
    return Bias(middle, max(-1.0, lower), min(1.0, upper), _p_value(middle, means.bounds, freedom))


def bias_change(
    before: tuple[ArrayLike, ArrayLike, ArrayLike], after: tuple[ArrayLike, ArrayLike, ArrayLike], level: float = 0.95
) -> Bias:
    """Bias after − bias before (fractions, −2 … 2), with interval and p: the drift of a group between two months.

    Each period is (confidence, correct, customer codes), arrays of one shape (n,); codes mean the same customer in both,
    and the covariance that customers of both months cause is taken off. The two intervals of ``bias`` are joined as
    there; degrees of freedom are the smaller of the two.

    Raises ValueError if the arrays do not fit.
    """
    sides, known, customers = [], [], []
    for confidence, correct, clusters in (before, after):
        codes, c = dense_codes(clusters, len(np.asarray(confidence)))
        if c < 2:
            return Bias(
                None, reason="no claims in one of the periods" if c == 0 else "one customer in one of the periods"
            )
        sides.append(_means(confidence, correct, codes, c))
        customers.append(c)
        named = np.asarray(clusters)
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
    lower, upper = bounds(_quantile(level, freedom))
    return Bias(middle, max(-2.0, lower), min(2.0, upper), _p_value(middle, bounds, freedom))


def q_values(p_values: Sequence[float | None]) -> list[float | None]:
    """Benjamini–Hochberg q of each p within the family given; None stays None and does not count.

    Y. Benjamini, Y. Hochberg, JRSS B 57 (1995), 289–300, by ``scipy.stats.false_discovery_control``.
    """
    known = [p for p in p_values if p is not None]
    adjusted = iter(false_discovery_control(known).tolist() if known else [])
    return [None if p is None else float(next(adjusted)) for p in p_values]


def _means(confidence: ArrayLike, correct: ArrayLike, codes: Ints, c: int) -> _Means:
    x, y = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    if x.shape != codes.shape or y.shape != codes.shape:
        raise ValueError(f"one confidence, one outcome and one code a claim: {x.shape}, {y.shape}, {codes.shape}")
    n = len(x)
    stated, right = float(np.sort(x).mean()), float(y.mean())
    sizes = np.bincount(codes, minlength=c)
    by_confidence = np.bincount(codes, weights=x - stated, minlength=c) / n
    by_accuracy = np.bincount(codes, weights=y - right, minlength=c) / n
    inflation = c / (c - 1) if c > 1 else 0.0
    if x.min() == x.max():
        by_confidence[:] = 0.0  # rounding of the mean is no variation
    return _Means(
        stated,
        right,
        n,
        effective_clusters(sizes),
        inflation * float(by_confidence @ by_confidence),
        inflation * float(by_accuracy @ by_accuracy),
        inflation * float(by_confidence @ by_accuracy),
        by_confidence - by_accuracy,
    )


def _wilson(p: float, m: float, z: float) -> tuple[float, float]:
    """Wilson's interval at any quantile; ``intervals.wilson`` takes a level."""
    centre = (p + z * z / (2 * m)) / (1 + z * z / m)
    half = z * math.sqrt(p * (1 - p) / m + z * z / (4 * m * m)) / (1 + z * z / m)
    return (0.0 if p == 0 else max(0.0, centre - half)), (1.0 if p == 1 else min(1.0, centre + half))


def _quantile(level: float, freedom: float) -> float:
    return min(_FARTHEST, float(t.ppf((1 + level) / 2, freedom)))


def _joint(a: float, b: float, rho: float) -> float:
    return math.sqrt(max(0.0, a * a + b * b - 2 * rho * a * b))


def _p_value(middle: float, bounds: Callable[[float], tuple[float, float]], freedom: float) -> float:
    """Two-sided p at which the interval touches 0, by bisection on the logarithm of the quantile."""
    if middle == 0:
        return 1.0

    def is_apart(quantile: float) -> bool:
        lower, upper = bounds(quantile)
        return lower > 0 if middle > 0 else upper < 0

    low, high = math.log(1e-9), math.log(_FARTHEST)
    if is_apart(_FARTHEST):
        return float(2 * t.sf(_FARTHEST, freedom))
    for _ in range(60):
        centre = (low + high) / 2
        low, high = (centre, high) if is_apart(math.exp(centre)) else (low, centre)
    quantile = math.exp(high)
    return float(2 * t.sf(quantile, freedom))
