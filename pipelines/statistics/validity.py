"""Whether a proxy still means what it says (M17).

The claim "resolved" is read as a classifier of what the outcomes say: of the contacts that held, how many were claimed
(sensitivity); of those that did not, how many were not (specificity); of the claimed ones, how many did not hold (the
false-resolution rate, M5). Beside it: whether proxy and outcome move the same way from month to month, whether segments
with a short handle time also have better outcomes, and how many repeats came back under another issue. A falling line is
the first sign that a KPI has stopped meaning what it says.

Belongs here: the estimates and their line. Not: where months and segments come from.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.special import ndtr, ndtri
from scipy.stats import binomtest, spearmanr

from pipelines.statistics.clusters import clustered_rate
from pipelines.statistics.intervals import DEFAULT_MIN_N, Rate, proportion, wilson

Floats = npt.NDArray[np.float64]

#: Segments below which a rank correlation or a share of segments is not published.
MIN_SEGMENTS = 10

#: Measure → (rows that it is over, rows that count, what its rows are called).
_RATES = {
    "sensitivity": (pl.col("resolved_outcome"), pl.col("claimed"), "contacts that held"),
    "specificity": (~pl.col("resolved_outcome"), ~pl.col("claimed"), "contacts that did not hold"),
    "false_resolution_rate": (pl.col("claimed"), ~pl.col("resolved_outcome"), "contacts claimed resolved"),
    "fcr_claimed": (pl.lit(value=True), pl.col("claimed"), "contacts with a claim"),
    "fcr_outcome": (pl.lit(value=True), pl.col("resolved_outcome"), "contacts with a claim"),
}


@dataclass(frozen=True)
class Association:
    """A share or a correlation over segments with a 95% confidence interval and two-sided p; None exactly when ``reason`` is set."""

    segments: int
    value: float | None
    lower: float | None
    upper: float | None
    p: float | None
    reason: str | None = None


@dataclass(frozen=True)
class TrendLine:
    """Slope of a measure a month, in its unit, with a 95% confidence interval and two-sided p; None exactly when ``reason`` is set."""

    months: int
    slope: float | None
    lower: float | None
    upper: float | None
    p: float | None
    reason: str | None = None


def claim_validity(contacts: pl.DataFrame, by: Sequence[str], *, min_n: int = DEFAULT_MIN_N) -> pl.DataFrame:
    """The claim as a classifier of the outcome, for every combination of the columns ``by`` (at least one).

    ``contacts``: one row a contact of the M5 cohort with ``customer``, ``claimed`` and ``resolved_outcome`` (booleans or
    0/1; rows with a null in either are left out) and the columns ``by``, in which null is a value of its own.

    Returns one row a combination and ``measure`` (sensitivity, specificity, false_resolution_rate, fcr_claimed,
    fcr_outcome), sorted: ``numerator``, ``denominator``, ``value``, ``lower``, ``upper``, ``deff``, and ``reason``, set
    exactly when the four before it are null. Interval and design effect: `clusters.clustered_rate`.

    Raises ValueError when a column is missing or ``by`` is empty.
    """
    needed = ["customer", "claimed", "resolved_outcome", *by]
    missing = sorted(set(needed) - set(contacts.columns))
    if missing or not by:
        raise ValueError(f"the contacts lack {', '.join(missing)}" if missing else "by names at least one column")
    known = contacts.select(needed).drop_nulls(["claimed", "resolved_outcome"])
    known = known.with_columns(pl.col("claimed", "resolved_outcome").cast(pl.Boolean))
    groups = known.select(by).unique()
    frames = []
    for measure, (rows, counts, _) in _RATES.items():
        customers = (
            known.filter(rows)
            .group_by([*by, "customer"])
            .agg(pl.len().cast(pl.Float64).alias("n"), counts.sum().cast(pl.Float64).alias("k"))
        )
        sums = customers.group_by(by).agg(
            pl.col("k").sum(),
            pl.col("n").sum(),
            pl.len().alias("customers"),
            # Σ_c (k_c − p n_c)² = Σ k² − 2p Σ kn + p² Σ n².
            (pl.col("k") ** 2).sum().alias("kk"),
            (pl.col("k") * pl.col("n")).sum().alias("kn"),
            (pl.col("n") ** 2).sum().alias("nn"),
        )
        joined = groups.join(sums, on=by, how="left", nulls_equal=True)
        joined = joined.with_columns(pl.col("k", "n", "customers").fill_null(0), pl.lit(measure).alias("measure"))
        frames.append(joined)
    table = pl.concat(frames)
    estimates = pl.DataFrame(
        [_estimate(row, min_n) for row in table.select(*_SUMS, "measure").iter_rows()],
        schema={"value": pl.Float64, "lower": pl.Float64, "upper": pl.Float64, "deff": pl.Float64, "reason": pl.String},
        orient="row",
    )
    counts_too = table.select(
        *by, "measure", numerator=pl.col("k").cast(pl.Int64), denominator=pl.col("n").cast(pl.Int64)
    )
    return counts_too.hstack(estimates).sort([*by, "measure"], nulls_last=True)


_SUMS = ("k", "n", "customers", "kk", "kn", "nn")


def monthly_moves(
    validity: pl.DataFrame, segment: Sequence[str], month: str, *, proxy: str, outcome: str
) -> pl.DataFrame:
    """Change of two measures from each month to the next one in the table, by segment.

    ``validity`` as `claim_validity` returns it for ``[month, *segment]``. Returns ``month``, the columns ``segment``,
    ``proxy_change`` and ``outcome_change``, for segments with both measures in both months. Give measures of which more
    is better, or turn the sign.
    """
    months = validity.select(month).unique().sort(month).with_row_index("position")
    wide = (
        validity.filter(pl.col("measure").is_in([proxy, outcome]))
        .group_by(month, *segment)
        .agg(pl.col("value").filter(pl.col("measure") == name).first().alias(name) for name in (proxy, outcome))
        .join(months, on=month)
    )
    before = wide.with_columns(pl.col("position") + 1)
    joined = wide.join(before, on=["position", *segment], suffix="_before", nulls_equal=True)
    return (
        joined.select(
            month,
            *segment,
            proxy_change=pl.col(proxy) - pl.col(f"{proxy}_before"),
            outcome_change=pl.col(outcome) - pl.col(f"{outcome}_before"),
        )
        .drop_nulls(["proxy_change", "outcome_change"])
        .sort([month, *segment], nulls_last=True)
    )


def moved_together(
    proxy_change: npt.ArrayLike, outcome_change: npt.ArrayLike, *, min_segments: int = MIN_SEGMENTS
) -> Association:
    """Share of segments whose proxy and outcome moved the same way; arrays of shape (segments,), more being better.

    Segments in which one of the two stood still, or is NaN, say nothing and are left out. Wilson interval; p against a
    half (exact binomial): what two measures that have nothing to do with each other would show.

    Raises ValueError when the shapes differ.
    """
    a, b = _paired(proxy_change, outcome_change)
    direction = np.sign(a) * np.sign(b)
    moved = direction[direction != 0]
    if len(moved) < min_segments:
        return Association(
            len(moved), None, None, None, None, f"{len(moved)} segments moved, fewer than {min_segments}"
        )
    same = int((moved > 0).sum())
    return Association(
        len(moved), same / len(moved), *wilson(same, len(moved)), float(binomtest(same, len(moved)).pvalue)
    )


def rank_correlation(x: npt.ArrayLike, y: npt.ArrayLike, *, min_segments: int = MIN_SEGMENTS) -> Association:
    """Spearman's rank correlation of two measures across segments, arrays of shape (segments,); NaN is left out.

    Interval on Fisher's scale with standard error √((1 + ρ² / 2) / (n − 3)) (D. G. Bonett, T. A. Wright, Psychometrika
    65 (2000), 23–28); p of scipy's t approximation.

    Raises ValueError when the shapes differ.
    """
    a, b = _paired(x, y)
    if len(a) < max(min_segments, 4):
        return Association(len(a), None, None, None, None, f"{len(a)} segments, fewer than {max(min_segments, 4)}")
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return Association(len(a), None, None, None, None, "one of the two is the same in every segment")
    result = spearmanr(a, b)
    rho = float(result.statistic)
    n = len(a)
    # Perfect order is no certainty: the scale ends there, so the bound is that of one swap of neighbours (Σ d² = 2), and
    # p is that of the two perfect orders among n! (ties make it a little larger; this is the order that was seen).
    swapped = 1 - 12 / (n * (n * n - 1))
    perfect = abs(rho) > swapped
    at = math.copysign(min(abs(rho), swapped), rho)
    centre, half = math.atanh(at), float(ndtri(0.975)) * math.sqrt((1 + at * at / 2) / (n - 3))
    lower, upper = math.tanh(centre - half), math.tanh(centre + half)
    if perfect:
        rho = math.copysign(1.0, rho)
        lower, upper = (lower, 1.0) if rho > 0 else (-1.0, upper)
    return Association(n, rho, lower, upper, 2 * math.exp(-math.lgamma(n + 1)) if perfect else float(result.pvalue))


def issue_changed(
    issue: npt.ArrayLike, next_issue: npt.ArrayLike, *, deff: float = 1.0, min_n: int = DEFAULT_MIN_N
) -> Rate:
    """Share of any-issue repeats whose issue changed: codes of shape (repeats,), negative where unknown.

    ``issue`` is that of the contact, ``next_issue`` that of the contact it was repeated by; a repeat with either unknown
    is left out. Errors as `intervals.proportion`, and ValueError when the shapes differ.
    """
    first, second = np.asarray(issue), np.asarray(next_issue)
    if first.shape != second.shape:
        raise ValueError(f"one next issue for every issue, not shapes {first.shape} and {second.shape}")
    known = (first >= 0) & (second >= 0)
    changed = int((first[known] != second[known]).sum())
    return proportion(changed, int(known.sum()), deff=deff, min_n=min_n, rows="repeats with both issues known")


def line(values: npt.ArrayLike, variances: npt.ArrayLike) -> TrendLine:
    """Straight line through the months of one measure, weighted by 1 / variance; arrays of shape (months,), in order.

    Slope Σ w (t − t̄)(v − v̄) / Σ w (t − t̄)², variance 1 / Σ w (t − t̄)²: least squares with known variances, which are
    those of the rates (`rate_variance`). Months whose value or variance is not finite are left out, their place in time
    is kept.

    Raises ValueError when the shapes differ or a variance is not positive.
    """
    v, s = np.asarray(values, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if v.shape != s.shape:
        raise ValueError(f"one variance for every value, not shapes {v.shape} and {s.shape}")
    known = np.isfinite(v) & np.isfinite(s)
    if not (s[known] > 0).all():
        raise ValueError("a variance is positive")
    if known.sum() < 3:
        return TrendLine(int(known.sum()), None, None, None, None, f"{known.sum()} of 3 months")
    t, w = np.flatnonzero(known).astype(np.float64), 1 / s[known]
    t = t - (w * t).sum() / w.sum()
    slope = float((w * t * v[known]).sum() / (w * t * t).sum())
    error = 1 / math.sqrt(float((w * t * t).sum()))
    half = float(ndtri(0.975)) * error
    return TrendLine(int(known.sum()), slope, slope - half, slope + half, 2 * float(ndtr(-abs(slope) / error)))


def rate_variance(numerator: float, denominator: float, deff: float = 1.0) -> float:
    """Variance of a rate on n / deff, half an event added to both sides so that 0 and n are not taken for certain.

    Raises ValueError when the counts or the design effect are impossible.
    """
    if not (0 <= numerator <= denominator and denominator > 0 and deff >= 1):
        raise ValueError(f"no rate: {numerator} of {denominator}, design effect {deff}")
    m = denominator / deff
    p = (numerator / deff + 0.5) / (m + 1)
    return p * (1 - p) / m


def _estimate(
    row: tuple[float, float, int, float | None, float | None, float | None, str], min_n: int
) -> tuple[float | None, float | None, float | None, float | None, str | None]:
    k, n, customers, kk, kn, nn, measure = row
    if n < min_n or kk is None or kn is None or nn is None:
        rows = _RATES[measure][2]
        return None, None, None, None, f"{n:,.0f} {rows}, fewer than {min_n}" if n else f"no {rows}"
    p = k / n
    spread = kk - 2 * p * kn + p * p * nn
    lower, upper, deff = clustered_rate(k, n, spread=spread, clusters=customers, squares=nn)
    return p, lower, upper, deff, None


def _paired(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
    a, b = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"two values for every segment, not shapes {a.shape} and {b.shape}")
    known = ~(np.isnan(a) | np.isnan(b))
    return a[known], b[known]
