"""Change of a mean between two periods within strata, with customer-clustered variance (M16).

For one segment and one measure, contact j of customer c and stratum i (issue) has x = 1 in the period and 0 in its
baseline, and value y. Let N₀ᵢ, N₁ᵢ be the contacts of stratum i in the two periods, Nᵢ their sum, x̄ᵢ = N₁ᵢ / Nᵢ and ȳᵢ
the mean over both periods.

**Estimate.** Δ = Σᵢ wᵢ (ȳ₁ᵢ − ȳ₀ᵢ) with wᵢ ∝ Dᵢ = N₀ᵢ N₁ᵢ / Nᵢ. The mix w is the same for both periods, so a shift in mix
changes nothing; an issue weighs as much as it can be compared, so one that stands in one period only weighs nothing, and
one with two contacts in the period next to nothing (with the pooled mix Nᵢ those two contacts would carry the weight,
and the noise, of the whole issue). When the mix stands still the two are the same. Δ is also the coefficient of x in the
least-squares regression of y on x and one constant a stratum, and the Cochran–Mantel–Haenszel weighting (W. G. Cochran,
Biometrics 10 (1954), 417–451).

**Test.** With D = Σ Dᵢ, the score U = D·Δ = Σ_ij (x − x̄ᵢ)(y − ȳᵢ) is linear in the rows; so without a change the linearised
influence of customer c is A_c = Σ_{j∈c} kᵢ (x − x̄ᵢ)(y − ȳᵢ), over all issues and both periods, kᵢ² = Nᵢ / (Nᵢ − 1) for the
estimated ȳᵢ (K.-Y. Liang, S. L. Zeger, Biometrika 73 (1986), 13–22, in its score form). Three variances of U:

- *exchangeable*: V_E = Σᵢ Dᵢ SSᵢ / (Nᵢ − 1), SSᵢ = Σ (y − ȳᵢ)²: that of all reassignments of the rows of a stratum to the
  two periods (N. Mantel, W. Haenszel, JNCI 22 (1959), 719–748). It pools both periods, so no period without events can
  look certain.
- *clustered*: V_C = (G − 1) / G Σ_c (A_c / (1 − s_c))², G customers, s_c the customer's share of the segment's rows:
  a customer with a large share pulls ȳᵢ, and so hides as much of his own deviation (the jackknife correction of the
  regression sandwich, J. G. MacKinnon, H. White, Journal of Econometrics 29 (1985), 305–325, with the share for the
  leverage). G / (G − 1) Σ_c A_c² where all have the same share. *Row-wise*: V_R = Σ_j of A² with each row alone.
- design effect: max(1, V_C / V_R).

The test uses V_E × deff for a rate, and no less than V_C for a mean, whose variance may change when its mean does not.
The tail is the larger of the normal and the Pearson III tail with skewness √deff · Σ κ₃ᵢ / V_E^1.5, κ₃ᵢ = Σ(x − x̄ᵢ)³ Σ(y − ȳᵢ)³
Nᵢ / ((Nᵢ − 1)(Nᵢ − 2)), the third cumulant over the same reassignments: rare events in the shorter period have a long
upper tail that a normal one belittles by orders of magnitude. A rate takes a continuity correction of half an event.

**Interval.** Δ ± z √max(V_E deff, V_C) / D; for a rate 1/N₁² + 1/N₀² is added to the squared standard error, one event
more or less in either period, so that no events at all never look like certainty.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammainc, gammaincc, ndtr, ndtri

from pipelines.statistics.divergence_measures import Floats, Ints

#: Cells (segment × stratum) up to which they are counted in dense arrays.
_DENSE = 4_000_000
#: The share of a segment that is left beside its largest customer counts as at least this.
_LEAST_REST = 1e-3
#: Numbers that differ by no more than this share of them are the same: sums of millions of equal values do.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class StratifiedChange:
    """Estimates of one measure in S segments; every array has shape (S,).

    ``n_baseline`` and ``n_period`` count rows in strata that stand in both periods, ``covered`` is their share of the
    measure's rows; ``customers`` count the customers of all its rows. ``baseline``, ``period``, ``change`` and its bounds are in the measure's unit at the fixed mix;
    ``p_up`` and ``p_down`` are one-sided for a rise and a fall. All NaN, and p 1, where no stratum stands in both.
    ``variance`` is that of ``change`` as the test uses it, ``skewness`` that of its tail for a rise, ``information`` is D.
    """

    n_baseline: Floats
    n_period: Floats
    covered: Floats
    baseline: Floats
    period: Floats
    change: Floats
    lower: Floats
    upper: Floats
    p_up: Floats
    p_down: Floats
    variance: Floats
    skewness: Floats
    information: Floats
    deff: Floats
    customers: Ints


@dataclass(frozen=True)
class Cells:
    """Sufficient statistics of cells (segment × stratum); every array has shape (C,).

    ``segment`` is the cell's segment, ``n0``/``n1`` its rows in baseline and period, ``s0``/``s1`` their sums, ``ss`` and
    ``cubes`` the sums of squares and cubes about the cell's mean.
    """

    segment: Ints
    n0: Floats
    n1: Floats
    s0: Floats
    s1: Floats
    ss: Floats
    cubes: Floats


def stratified_change(
    segment: Ints,
    cluster: Ints,
    x: Ints,
    y: Floats,
    stratum: Ints,
    *,
    segments: int,
    strata: int,
    rate: bool,
    level: float = 0.95,
) -> StratifiedChange:
    """Change of every segment. Row arrays have shape (n,); ``cluster`` numbers (segment, customer) pairs and ascends.

    ``segment`` is in 0…segments−1, ``stratum`` in 0…strata−1, ``x`` is 0 or 1, ``y`` is finite. Formulas: this module.

    Raises ValueError when ``level`` is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, not {level}")
    cell, cell_segment = _cells(segment, stratum, segments, strata)
    count = len(cell_segment)
    # Values about their overall mean: sums stay small beside what they are made of. Zeros and ones add up exactly as they are.
    offset = float(y.mean()) if len(y) and not rate else 0.0
    y = y - offset
    both = cell * 2 + x
    n = np.bincount(both, minlength=2 * count).reshape(count, 2).astype(float)
    s = _sums(both, y, 2 * count).reshape(count, 2)
    total = n.sum(axis=1)
    share, mean = n[:, 1] / total, s.sum(axis=1) / total
    correction = np.sqrt(total / np.maximum(total - 1, 1))
    residual = _unrounded(y - mean[cell], mean[cell])
    squares = residual * residual
    cells = Cells(
        cell_segment,
        n[:, 0],
        n[:, 1],
        s[:, 0],
        s[:, 1],
        _sums(cell, squares, count),
        _sums(cell, squares * residual, count),
    )
    influence = (x - share[cell]) * residual * correction[cell]
    deff, clustered, customers = _clustered(segment, cluster, influence, segments)
    return change_of_cells(cells, deff, clustered, customers, segments=segments, rate=rate, offset=offset, level=level)


def change_of_cells(
    cells: Cells,
    deff: Floats,
    clustered: Floats,
    customers: Ints,
    *,
    segments: int,
    rate: bool,
    offset: float = 0.0,
    level: float = 0.95,
) -> StratifiedChange:
    """The same from sufficient statistics; ``deff``, ``clustered`` (V_C) and ``customers`` have shape (segments,).

    ``offset`` was taken off every value before the sums. Cells add up, so a segment without a part of it is computed
    from the difference of their cells.
    """

    def add(values: Floats) -> Floats:
        return _sums(cells.segment, values, segments)

    n0, n1 = cells.n0, cells.n1
    common = (n0 > 0) & (n1 > 0)
    total = n0 + n1
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(common, n0 * n1 / total, 0.0)
        mean0, mean1 = np.where(common, cells.s0 / n0, 0.0), np.where(common, cells.s1 / n1, 0.0)
        exchangeable = add(weight * cells.ss / np.maximum(total - 1, 1))
        tilt = weight * (1 - 2 * n1 / total)  # Σ (x − x̄)³
        third = add(np.where(common & (total > 2), tilt * cells.cubes * total / ((total - 1) * (total - 2)), 0.0))
        information = add(weight)
        score = add(weight * _unrounded(mean1 - mean0, np.maximum(np.abs(mean0), np.abs(mean1))))
        baseline, period = add(weight * mean0) / information, add(weight * mean1) / information
        common0, common1 = add(np.where(common, n0, 0.0)), add(np.where(common, n1, 0.0))
        used = exchangeable * deff
        if not rate:
            used = np.maximum(used, clustered)
        spread = np.sqrt(used)
        skewness = np.where(exchangeable > 0, np.sqrt(deff) * third / exchangeable**1.5, 0.0)
        half = 0.5 if rate else 0.0
        up = np.where(spread > 0, (score - half) / spread, -half)
        down = np.where(spread > 0, (-score - half) / spread, -half)
        change = score / information
        width = np.maximum(used, clustered) / information**2
        if rate:
            width = width + 1 / common1**2 + 1 / common0**2
        margin = float(ndtri((1 + level) / 2)) * np.sqrt(width)
        nothing = information == 0
        lower, upper = change - margin, change + margin
        if rate:
            lower, upper = np.maximum(lower, -1.0), np.minimum(upper, 1.0)
        return StratifiedChange(
            n_baseline=common0,
            n_period=common1,
            covered=(common0 + common1) / add(total),
            baseline=baseline + offset,
            period=period + offset,
            change=change,
            lower=lower,
            upper=upper,
            p_up=np.where(nothing, 1.0, upper_tail(up, skewness)),
            p_down=np.where(nothing, 1.0, upper_tail(down, -skewness)),
            variance=used / information**2,
            skewness=skewness,
            information=information,
            deff=deff,
            customers=customers,
        )


def upper_tail(z: Floats, skewness: Floats) -> Floats:
    """P(Z ≥ z) for a standardised Z, the larger of the normal tail and that of Pearson III with this skewness; shape of z.

    Pearson III is a shifted gamma with shape a = 4 / γ²: for γ > 0, P = Q(a, a + 2z/γ); for γ < 0, P = P(a, a + 2z/γ),
    with Q and P the regularised incomplete gamma functions. Its light tail ends at a point, beyond which it would claim
    certainty: hence the larger. N. L. Johnson, S. Kotz, N. Balakrishnan, Continuous Univariate Distributions 1 (1994), 17.
    """
    normal = ndtr(-z)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        shape = 4 / (skewness * skewness)
        at = np.maximum(shape + 2 * z / skewness, 0.0)
        skewed = np.where(skewness > 0, gammaincc(shape, at), gammainc(shape, at))
    # A skewness this small makes the gamma's shape too large to compute with, and no difference.
    usable = np.isfinite(skewed) & (np.abs(skewness) > 1e-4)
    result: Floats = np.where(usable, np.maximum(normal, skewed), normal)
    return result


def _cells(segment: Ints, stratum: Ints, segments: int, strata: int) -> tuple[Ints, Ints]:
    """Cell of every row, and segment of every cell that occurs."""
    key = segment * strata + stratum
    if segments * strata > max(_DENSE, 4 * len(key)):
        found, cell = np.unique(key, return_inverse=True)
        return cell.reshape(-1), found // strata
    occurs = np.bincount(key, minlength=segments * strata) > 0
    found = np.flatnonzero(occurs)
    number = np.cumsum(occurs) - 1
    return number[key], found // strata


def _unrounded(difference: Floats, of: Floats) -> Floats:
    """Differences without those that rounding makes of equal numbers of the size ``of``: a mean of equal values is off by it."""
    result: Floats = np.where(np.abs(difference) <= _ROUNDING * np.abs(of), 0.0, difference)
    return result


def _sums(index: Ints, values: Floats, length: int) -> Floats:
    return np.bincount(index, weights=values, minlength=length).astype(np.float64, copy=False)


def _clustered(segment: Ints, cluster: Ints, influence: Floats, segments: int) -> tuple[Floats, Floats, Ints]:
    """Design effect, V_C and number of customers of every segment from the rows' influences."""
    rows = _sums(segment, influence * influence, segments)
    if not len(cluster):
        return np.ones(segments), np.zeros(segments), np.zeros(segments, dtype=np.int64)
    starts = np.flatnonzero(np.diff(cluster, prepend=cluster[0] - 1))
    sums = np.add.reduceat(influence, starts)
    owner = segment[starts]
    customers = np.bincount(owner, minlength=segments)
    # A customer alone in his segment has all of it: kept finite here, such a segment is not judged.
    share = np.diff(starts, append=len(cluster)) / np.bincount(segment, minlength=segments)[owner]
    sums = sums / np.maximum(1 - share, _LEAST_REST)
    clustered = _sums(owner, sums * sums, segments) * np.where(customers > 1, 1 - 1 / np.maximum(customers, 1), 1.0)
    # Below a hair of the row-wise variance nothing is left to compare but rounding.
    deff = np.where(rows > 0, clustered / np.where(rows > 0, rows, 1.0), 1.0)
    return np.maximum(deff, 1.0), clustered, customers


def holm_minimum(p: Floats) -> Floats:
    """Holm-adjusted smallest p of every segment: p of shape (measures, S), NaN where not tested, gives shape (S,).

    Holm's first step multiplies the smallest by the number of tests (S. Holm, Scandinavian Journal of Statistics 6
    (1979), 65–70). NaN where none was tested.
    """
    tested = (~np.isnan(p)).sum(axis=0)
    smallest = np.where(np.isnan(p), 1.0, p).min(axis=0, initial=1.0)
    return np.where(tested > 0, np.minimum(1.0, tested * smallest), np.nan)
