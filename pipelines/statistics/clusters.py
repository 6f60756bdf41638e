"""Rows of the same customer are not independent: sums, variances and resampling by customer.

A cluster code is any integer that stands for a customer; a negative one means that the customer is not known, and such
a row is a cluster of its own. ``None`` in place of the codes makes every row one.
"""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.special import ndtri, stdtrit
from scipy.stats import poisson, t

from pipelines.statistics.intervals import wilson_at

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Quantiles beyond it say that nothing is known, and are cut so that arithmetic stays finite.
FARTHEST = 1e6
#: Weights drawn at once while resampling; bounds the memory (float32 beside uint16).
_CHUNK = 4_000_000
#: Poisson(1) by table: 16 random bits give a weight; its mean is 1 and its variance 1 to four decimals.
_CUT_POINTS = np.round(poisson.cdf(np.arange(8), 1.0) * 65536).astype(np.int64)
_POISSON_ONE = np.searchsorted(_CUT_POINTS, np.arange(65536), side="right").astype(np.float32)


def dense_codes(clusters: ArrayLike | None, n: int) -> tuple[Ints, int]:
    """Codes 0 … C − 1 of ``n`` rows and their number C; see the module for negative codes and None.

    Raises ValueError if there are not ``n`` codes, or they are not integers.
    """
    if clusters is None:
        return np.arange(n, dtype=np.int64), n
    codes = np.asarray(clusters)
    if codes.shape != (n,):
        raise ValueError(f"one cluster code a row: {codes.shape} codes for {n} rows")
    if n and codes.dtype.kind not in "iu":
        raise ValueError(f"cluster codes are integers, not {codes.dtype}")
    unknown = codes < 0
    if not unknown.any():
        return _ranks(codes)
    known, number = _ranks(codes[~unknown])
    dense = np.empty(n, dtype=np.int64)
    dense[~unknown] = known
    dense[unknown] = number + np.arange(int(unknown.sum()))
    return dense, number + int(unknown.sum())


def effective_clusters(sizes: ArrayLike) -> float:
    """(Σ n_c)² / Σ n_c²: as many customers of equal size as would tell the same; C when all have the same size.

    Its use for the degrees of freedom follows A. Carter, K. Schnepel, D. Steigerwald, Review of Economics and Statistics
    99 (2017), 698–709, with the intraclass correlation at its worst. 0 for no rows.
    """
    counts = np.asarray(sizes, dtype=np.float64)
    squares = float(np.square(counts).sum())
    return float(counts.sum()) ** 2 / squares if squares else 0.0


def student_quantile(level: float, freedom: float) -> float:
    """Quantile (1 + ``level``) / 2 of Student's t, at most 10⁶; with no degree of freedom nothing is known: 10⁶."""
    return min(FARTHEST, float(stdtrit(freedom, (1 + level) / 2))) if freedom > 0 else FARTHEST


def cautious_deff(deff: float, n: float, squares: float) -> float:
    """The estimated design effect of a rate, plus one standard error of the estimate.

    From a few customers a design effect is told badly, and worst in the samples in which the rate lies far from its
    truth, too: a rate that came out low by chance has little spread between customers. With k = ``squares`` / ``n``
    (Σ n_c² / n, the size of the customer of an average row) and G = ``n``² / ``squares`` effective customers, the
    standard error is deff · √(2 (k − 1) / (k (G − 1))): that of the intraclass correlation (L. A. Swiger et al.,
    Biometrics 20 (1964), 818–826) times k − 1, without its factor 1 − ρ. No more is added than up to k, the design
    effect of customers whose contacts all go the same way. Nothing is added where every customer has one row.
    """
    k = squares / n
    g = n / k
    if k <= 1 or g <= 1:
        return max(deff, k)
    return min(max(deff, k), deff * (1 + math.sqrt(2 * (k - 1) / (k * (g - 1)))))


class ClusteredRate(NamedTuple):
    """Bounds of a rate (fractions): Wilson's of n / ``deff`` rows."""

    lower: float
    upper: float
    deff: float


def clustered_rate(
    successes: float, n: float, *, spread: float, clusters: int, squares: float, level: float = 0.95
) -> ClusteredRate:
    """Wilson's interval of ``successes`` / ``n`` (n > 0) from sums by customer.

    ``spread``: Σ_c (k_c − p n_c)², ``squares``: Σ_c n_c², over the ``clusters`` customers C. C/(C−1) · spread /
    (n p (1 − p)), at least 1, estimates the design effect (linearised variance of a ratio over that of independent rows;
    W. G. Cochran, Sampling Techniques, 1977, 2.11 and 9A); where all rows are alike no spread tells it, and squares / n
    counts the effective customers in place of the rows. ``deff`` is the ``cautious_deff`` of that, times (t / z)², t
    Student's with n² / squares − 1 degrees of freedom (``effective_clusters``) and z the normal quantile: since Wilson's
    interval depends on z² deff / n only, it is that of t (E. Korn, B. Graubard, Survey Methodology 24 (1998), 193–201).
    deff is at most n: one customer is one observation.
    """
    p = successes / n
    variance = n * p * (1 - p)
    estimated = squares / n
    if variance > 0 and clusters > 1:
        estimated = max(1.0, spread * clusters / (clusters - 1) / variance)
    z = float(ndtri((1 + level) / 2))
    widened = (student_quantile(level, n * n / squares - 1) / z) ** 2
    deff = min(n, cautious_deff(estimated, n, squares) * widened)
    return ClusteredRate(*wilson_at(p, n / deff, z), deff)


@dataclass(frozen=True)
class ClusteredMean:
    """A mean with its interval and two-sided p of being zero; the last three None when ``reason`` says why."""

    n: int
    clusters: int
    value: float | None
    lower: float | None = None
    upper: float | None = None
    p_value: float | None = None
    reason: str | None = None


def clustered_mean(values: ArrayLike, clusters: ArrayLike | None = None, level: float = 0.95) -> ClusteredMean:
    """Mean of ``values`` (any unit) with a customer-clustered t interval.

    Variance C/(C−1) · Σ_c (Σ_{i∈c} (x_i − x̄))² / n² (CR1; K.-Y. Liang, S. Zeger, Biometrika 73 (1986), 13–22), Student's
    t with ``effective_clusters`` − 1 degrees of freedom. Without variation the interval is the value itself.

    Raises ValueError for values that are not finite, or codes that do not fit.
    """
    x = np.asarray(values, dtype=np.float64)
    if not np.isfinite(x).all():
        raise ValueError("a mean needs finite values")
    codes, c = dense_codes(clusters, len(x))
    if not len(x):
        return ClusteredMean(0, 0, None, reason="no rows")
    mean = float(x.mean())
    if c == 1:
        return ClusteredMean(len(x), 1, mean, reason="one customer: no interval")
    spread = np.bincount(codes, weights=x - mean, minlength=c)
    error = float(np.sqrt(c / (c - 1) * np.square(spread).sum())) / len(x)
    freedom = effective_clusters(np.bincount(codes, minlength=c)) - 1
    half = student_quantile(level, freedom) * error if error else 0.0
    exact = 0.0 if mean else 1.0
    p = float(2 * t.sf(abs(mean) / error, freedom)) if error else exact
    return ClusteredMean(len(x), c, mean, mean - half, mean + half, p)


def design_effect(values: ArrayLike, clusters: ArrayLike | None = None) -> float:
    """Design effect of a share of zeros and ones, as ``clustered_rate`` gives it; 1 for no rows.

    Raises ValueError for codes that do not fit.
    """
    y = np.asarray(values, dtype=np.float64)
    codes, c = dense_codes(clusters, len(y))
    if not len(y):
        return 1.0
    spread = float(np.square(np.bincount(codes, weights=y - y.mean(), minlength=c)).sum())
    squares = float(np.square(np.bincount(codes, minlength=c)).sum())
    return clustered_rate(float(y.sum()), len(y), spread=spread, clusters=c, squares=squares).deff


def seeded(*name: str) -> np.random.Generator:
    """Random numbers that depend on ``name`` (a group and a purpose) alone, not on what was drawn before."""
    digest = hashlib.blake2b("\x1f".join(name).encode(), digest_size=16).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def resampled_counts(
    cells: Ints, codes: Ints, *, n_cells: int, n_clusters: int, replicates: int, rng: np.random.Generator
) -> Iterator[Floats]:
    """Counts of rows per cell with every customer weighted Poisson(1): blocks of shape (some replicates, ``n_cells``).

    A bootstrap of customers without moving a row: with weights w_c the count of a cell is Σ_c w_c · n_c,cell, one sparse
    product. A. Owen, D. Eckles, Annals of Applied Statistics 6 (2012), 895–927. Customers with the same content are
    drawn together (a sum of m Poisson(1) is Poisson(m)), and all in an order that depends on content only, so that
    neither the order of rows nor the codes change the numbers. Blocks sum to ``replicates`` rows.
    """
    digests = np.zeros(n_clusters, dtype=np.uint64)
    np.add.at(digests, codes, _scrambled(cells))
    _, first, pattern, alike = np.unique(digests, return_index=True, return_inverse=True, return_counts=True)
    representative = np.zeros(n_clusters, dtype=bool)
    representative[first] = True
    chosen = representative[codes]
    counts = csr_array(
        (np.ones(int(chosen.sum()), dtype=np.float32), (cells[chosen], pattern[codes[chosen]])),
        shape=(n_cells, len(first)),
    )
    several = np.flatnonzero(alike > 1)
    step = max(1, min(replicates, _CHUNK // max(1, len(first))))
    for start in range(0, replicates, step):
        size = min(step, replicates - start)
        weights = _POISSON_ONE[rng.integers(0, 65536, size=(len(first), size), dtype=np.uint16)]
        if len(several):
            weights[several] = rng.poisson(alike[several, None], size=(len(several), size))
        yield np.ascontiguousarray((counts @ weights).T, dtype=np.float64)


def central_band(replicated: Floats, level: float) -> tuple[Floats, Floats]:
    """The r-th smallest and r-th largest of B replicates (axis 0), r = ⌊(B + 1)(1 − level) / 2⌋, at least 1.

    One more draw of the same kind lies between them with probability 1 − 2r / (B + 1), exactly ``level`` for B = 199
    and level .9. NaN where any replicate is NaN.
    """
    b = replicated.shape[0]
    r = max(1, int((b + 1) * (1 - level) / 2 + 1e-9))
    parted = np.partition(replicated, (r - 1, b - r), axis=0)
    undefined = np.isnan(replicated).any(axis=0)
    return np.where(undefined, np.nan, parted[r - 1]), np.where(undefined, np.nan, parted[b - r])


def _ranks(codes: NDArray[np.integer[Any]]) -> tuple[Ints, int]:
    """Rank of each code among the distinct ones; without sorting where the codes are not much larger than their number."""
    if len(codes) and codes.max() < 8 * len(codes) + 1000:
        is_used = np.zeros(int(codes.max()) + 1, dtype=bool)
        is_used[codes] = True
        rank = np.cumsum(is_used) - 1
        return rank[codes].astype(np.int64), int(rank[-1]) + 1
    distinct, dense = np.unique(codes, return_inverse=True)
    return dense.astype(np.int64), len(distinct)


def _scrambled(cells: Ints) -> NDArray[np.uint64]:
    """SplitMix64 of the cell numbers: sums over a customer's rows tell contents apart."""
    z = (cells.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)), dtype=np.uint64)
