"""Intervals of published rates (conventions of the metric definitions, M2, M5 and M8).

A rate is published with numerator, denominator and a 95% confidence interval, and is null with a reason below ``min_n``.
Proportions are Wilson on n / deff because customers repeat; complaints per 1,000 contacts are exact Poisson (Garwood).
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from scipy.stats import chi2, norm

#: Denominator below which a rate is not published, unless the configuration says otherwise.
DEFAULT_MIN_N = 30


class Interval(NamedTuple):
    """Lower and upper bound, in the unit of the estimate."""

    lower: float
    upper: float


@dataclass(frozen=True)
class Rate:
    """A rate with what it was made of.

    ``value``, ``lower`` and ``upper`` are all None exactly when ``reason`` says why; they are fractions (0.83) for
    proportions, events per 1,000 for complaints, and differences of fractions for gaps.
    """

    numerator: float
    denominator: float
    value: float | None
    lower: float | None
    upper: float | None
    reason: str | None = None


def wilson(successes: float, n: float, deff: float = 1.0, level: float = 0.95) -> Interval:
    """Wilson score interval of ``successes / n`` on the effective sample size ``n / deff``.

    With p = successes / n, m = n / deff and z the (1 + level) / 2 normal quantile:
    (p + z²/2m ± z √(p(1−p)/m + z²/4m²)) / (1 + z²/m). E. B. Wilson, JASA 22 (1927), 209–212; the effective sample
    size follows L. Kish, Survey Sampling (1965). For ``n = 0`` nothing is known: (0, 1).

    Raises ValueError if the counts, the design effect or the level are impossible.
    """
    _check_level(level)
    if not 0 <= successes <= n:
        raise ValueError(f"successes must lie between 0 and n, not {successes} of {n}")
    if not deff >= 1:
        raise ValueError(f"a design effect is at least 1, not {deff}")
    if n == 0:
        return Interval(0.0, 1.0)
    return wilson_at(successes / n, n / deff, _normal_quantile(level))


def wilson_at(p: float, m: float, quantile: float) -> Interval:
    """Wilson's interval (see `wilson`) of a rate ``p`` on ``m`` > 0 effective rows at any quantile, Student's t included."""
    z = quantile
    centre = (p + z * z / (2 * m)) / (1 + z * z / m)
    half = z * math.sqrt(p * (1 - p) / m + z * z / (4 * m * m)) / (1 + z * z / m)
    # At 0 and 1 the bound is exactly 0 or 1; rounding would leave it a hair beside.
    return Interval(0.0 if p == 0 else max(0.0, centre - half), 1.0 if p == 1 else min(1.0, centre + half))


def garwood(events: float, exposure: float, level: float = 0.95, per: float = 1000.0) -> Interval:
    """Exact Poisson interval of ``per × events / exposure``.

    Bounds of the mean are χ²(α/2; 2k) / 2 and χ²(1−α/2; 2k+2) / 2 with k events and α = 1 − level; the lower one is 0
    for k = 0. F. Garwood, Biometrika 28 (1936), 437–442. For ``exposure = 0`` nothing is known: (0, inf).

    Raises ValueError if the counts or the level are impossible.
    """
    _check_level(level)
    if events < 0 or exposure < 0:
        raise ValueError(f"events and exposure are counts, not {events} and {exposure}")
    if exposure == 0:
        return Interval(0.0, math.inf)
    tail = (1 - level) / 2
    lower = 0.0 if events == 0 else float(chi2.ppf(tail, 2 * events)) / 2
    upper = float(chi2.ppf(1 - tail, 2 * events + 2)) / 2
    return Interval(per * lower / exposure, per * upper / exposure)


def paired_gap(first_only: float, second_only: float, n: float, deff: float = 1.0, level: float = 0.95) -> Interval:
    """Interval of the difference of two proportions judged on the same ``n`` rows (claimed − outcome, M5).

    ``first_only`` rows hold in the first judgement only, ``second_only`` in the second only. Wald interval after half a
    row is added to each of the four cells, on the effective size n / deff. A. Agresti, Y. Min, Statistics in Medicine
    24 (2005), 729–740. For ``n = 0``: (−1, 1).

    Raises ValueError if the counts, the design effect or the level are impossible.
    """
    _check_level(level)
    if first_only < 0 or second_only < 0 or first_only + second_only > n:
        raise ValueError(f"discordant rows must be counts within n, not {first_only} and {second_only} of {n}")
    if not deff >= 1:
        raise ValueError(f"a design effect is at least 1, not {deff}")
    if n == 0:
        return Interval(-1.0, 1.0)
    m = n / deff + 2.0
    b, c = first_only / deff + 0.5, second_only / deff + 0.5
    difference = (b - c) / m
    half = _normal_quantile(level) * math.sqrt(max(0.0, (b + c) - (b - c) ** 2 / m)) / m
    return Interval(max(-1.0, difference - half), min(1.0, difference + half))


def proportion(
    successes: float,
    n: float,
    *,
    deff: float = 1.0,
    min_n: int = DEFAULT_MIN_N,
    rows: str = "contacts",
    level: float = 0.95,
) -> Rate:
    """``successes / n`` with its Wilson interval; null with a reason when n < ``min_n``. ``rows``: what n counts."""
    reason = _too_few(n, min_n, rows)
    if reason is not None:
        return Rate(successes, n, None, None, None, reason)
    return Rate(successes, n, successes / n, *wilson(successes, n, deff, level))


def events_per_thousand(events: float, exposure: float, *, min_n: int = DEFAULT_MIN_N, rows: str = "contacts") -> Rate:
    """Events per 1,000 of ``exposure`` with the Garwood interval; null with a reason when exposure < ``min_n``."""
    reason = _too_few(exposure, min_n, rows)
    if reason is not None:
        return Rate(events, exposure, None, None, None, reason)
    return Rate(events, exposure, 1000 * events / exposure, *garwood(events, exposure))


def rate_difference(
    first_only: float,
    second_only: float,
    n: float,
    *,
    deff: float = 1.0,
    min_n: int = DEFAULT_MIN_N,
    rows: str = "contacts",
) -> Rate:
    """(first − second) / n on the same rows, with its paired interval; null with a reason when n < ``min_n``."""
    reason = _too_few(n, min_n, rows)
    if reason is not None:
        return Rate(first_only - second_only, n, None, None, None, reason)
    value = (first_only - second_only) / n
    return Rate(first_only - second_only, n, value, *paired_gap(first_only, second_only, n, deff))


def _too_few(n: float, min_n: int, rows: str) -> str | None:
    if n <= 0:
        return f"no {rows}"
    if n < min_n:
        return f"{n:,.0f} {rows}, fewer than {min_n}"
    return None


@lru_cache(maxsize=16)
def _normal_quantile(level: float) -> float:
    return float(norm.ppf((1 + level) / 2))


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, not {level}")
