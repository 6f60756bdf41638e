"""Means of several groups at one common mix of strata: direct standardisation with customer-clustered variance (M14).

Let n_hg be the rows of stratum h (issue) in group g (mode), N_h their sum over groups. Strata in which every group has at
least ``at_least`` rows are shared; over them w_h = N_h / Σ N_h is the common mix, and m_g = Σ w_h ȳ_hg the mean of group g
at it (directly standardised rate: K. J. Rothman, S. Greenland, T. L. Lash, Modern Epidemiology, 3rd ed. (2008), chapter 3).
The mix counts as given. The linearised influence of a row on its m_g is w_h / n_hg · √(n_hg / (n_hg − 1)) · (y − ȳ_hg);
summed by customer and squared, times G / (G − 1), that is the variance of m_g (K.-Y. Liang, S. L. Zeger, Biometrika 73
(1986), 13–22).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from pipelines.statistics.clusters import dense_codes
from pipelines.statistics.intervals import wilson_at

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Standardised:
    """Means of G groups at the common mix; arrays have shape (G,), NaN where no stratum is shared.

    ``covered``: share of all rows that lie in shared strata; ``strata``: how many these are.
    """

    mean: Floats
    lower: Floats
    upper: Floats
    covered: float
    strata: int


def standardised_means(
    y: Floats,
    group: Ints,
    stratum: Ints,
    cluster: Ints,
    *,
    groups: int,
    rate: bool,
    at_least: int = 5,
    level: float = 0.95,
) -> Standardised:
    """Means of ``y`` by ``group`` (0 … groups − 1) at the common mix of ``stratum`` (any integers; negative: none).

    ``rate``: y is 0 or 1, and the interval is Wilson's on m (1 − m) / variance rows (no more than the group has); else
    it is the normal one. Formulas: this module. Raises ValueError for ``at_least`` below 2 or arrays of unlike length.
    """
    if at_least < 2:
        raise ValueError(f"a spread within a stratum needs 2 rows, not {at_least}")
    if not len(y) == len(group) == len(stratum) == len(cluster):
        raise ValueError("y, group, stratum and cluster are of one length")
    nothing = np.full(groups, np.nan)
    known = stratum >= 0
    if not known.any():
        return Standardised(nothing, nothing, nothing, 0.0, 0)
    _, code = np.unique(stratum[known], return_inverse=True)
    strata = int(code.max()) + 1
    cell = code * groups + group[known]
    counts = np.bincount(cell, minlength=strata * groups).reshape(strata, groups).astype(float)
    shared = (counts >= at_least).all(axis=1)
    rows_shared = float(counts[shared].sum())
    covered = rows_shared / len(y)
    if not rows_shared:
        return Standardised(nothing, nothing, nothing, 0.0, 0)
    values = y[known].astype(float)
    means = np.bincount(cell, weights=values, minlength=strata * groups).reshape(strata, groups)
    means = means / np.maximum(counts, 1)
    weights = np.where(shared, counts.sum(axis=1), 0.0) / rows_shared
    mean = weights @ means
    scale = weights[:, None] / np.maximum(counts, 1) * np.sqrt(counts / np.maximum(counts - 1, 1))
    influence = scale.reshape(-1)[cell] * (values - means.reshape(-1)[cell])
    variance = _clustered_variance(influence, group[known], cluster[known], groups)
    z = float(ndtri((1 + level) / 2))
    n = counts[shared].sum(axis=0)
    if not rate:
        half = z * np.sqrt(variance)
        return Standardised(mean, mean - half, mean + half, covered, int(shared.sum()))
    bounds = [_rate_bounds(float(m), float(v), float(rows), z) for m, v, rows in zip(mean, variance, n, strict=True)]
    lower, upper = np.array(bounds).T
    return Standardised(mean, lower, upper, covered, int(shared.sum()))


def _clustered_variance(influence: Floats, group: Ints, cluster: Ints, groups: int) -> Floats:
    codes, number = dense_codes(cluster, len(influence))
    sums = np.bincount(codes * groups + group, weights=influence, minlength=number * groups).reshape(number, groups)
    present = np.bincount(codes * groups + group, minlength=number * groups).reshape(number, groups) > 0
    customers = np.maximum(present.sum(axis=0), 2)
    result: Floats = np.square(sums).sum(axis=0) * customers / (customers - 1)
    return result


def _rate_bounds(mean: float, variance: float, rows: float, z: float) -> tuple[float, float]:
    inner = min(max(mean, 0.0), 1.0)
    effective = min(rows, inner * (1 - inner) / variance) if variance > 0 else rows
    return wilson_at(inner, max(effective, 1.0), z)
