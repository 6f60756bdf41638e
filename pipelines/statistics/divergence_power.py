"""The smallest change that segment divergence would find (M16), so that silence is read rightly.

A segment that alone diverges is found when its p is at most α / 2m (the first step of Benjamini–Hochberg over the two questions
of m segments). Its p is the larger of two halves, so each half has to be found with power √.8 for both to be found in 8 of 10
cases; and a half is the Holm-adjusted smallest of k tested measures, so one of them needs a one-sided p of α / 2mk. By the test of
`stratified_change`, with D the information, SE the standard error of the change as the test uses it, z₁ the point at which the
tail (normal or Pearson III) is α / 2mk, and z₂ the normal quantile of √.8:

    δ = max(½ / D + z₁ SE₁ + z₂ SE₂,  minimum + z₂ SE₂)

(½ for a rate only: its continuity correction; minimum: the least change that carries a verdict). SE holds the segment's contacts in
both periods, its issues and the design effect of its customers. A rate that moves by δ changes its own variance: with v(p) =
p (1 − p), n₀ and n₁ contacts, p₀ the baseline's rate, p₁ = p₀ ± δ and p̄ that of both periods, the test's SE₁² is SE² v(p̄ then) / v(p̄ now), and
the estimate's own SE₂² is SE² (v(p₀) / n₀ + v(p₁) / n₁) / (v(p̄ now) (1 / n₀ + 1 / n₁)); δ is found by repetition.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import ndtri

from pipelines.statistics.divergence_measures import Floats, Measure
from pipelines.statistics.divergence_verdict import tested
from pipelines.statistics.stratified_change import StratifiedChange, upper_tail

POWER = 0.8
#: Beyond it every tail is 0 to a float.
_FARTHEST = 60.0
_HALVINGS = 50
_REPETITIONS = 12
_TINY = 1e-12


def smallest_found(
    measures: Sequence[Measure],
    changes: Mapping[str, StratifiedChange],
    segments: int,
    *,
    min_n: int,
    alpha: float,
    power: float = POWER,
) -> dict[str, Floats]:
    """By measure the smallest change of every segment, in the measure's unit, above 0; shape (S,).

    Together with such a change of one measure of the other role (a proxy improves, an outcome worsens) it is found with this
    ``power`` in a segment that alone diverges of the ``segments`` that can be judged. NaN where the measure is not tested, or no
    change that is possible would do.
    """
    found = {}
    each = float(ndtri(np.sqrt(power)))
    for role in ("proxy", "outcome"):
        own = [measure for measure in measures if measure.role == role]
        number = np.sum([tested(changes[measure.name], min_n) for measure in own], axis=0)
        for measure in own:
            change = changes[measure.name]
            level = alpha / (2 * max(1, segments) * np.maximum(number, 1))
            is_rise = (measure.good > 0) == (role == "proxy")
            error = np.sqrt(change.variance)
            critical = _point_of_tail(level, change.skewness if is_rise else -change.skewness)
            with np.errstate(divide="ignore", invalid="ignore"):
                correction = np.where(measure.kind == "rate", 0.5 / change.information, 0.0)
                least = measure.minimum * np.abs(change.baseline) if measure.relative else measure.minimum
                size = np.zeros(len(error))
                for _ in range(_REPETITIONS):
                    testing, own_error = _errors(change, error, size if is_rise else -size, rate=measure.kind == "rate")
                    size = np.maximum(correction + critical * testing + each * own_error, least + each * own_error)
                room = np.full(len(size), np.inf)
                if measure.kind == "rate":
                    room = 1 - change.baseline if is_rise else change.baseline
                elif measure.relative and not is_rise:
                    room = np.abs(change.baseline)
                found[measure.name] = np.where(tested(change, min_n) & (size <= room), size, np.nan)
    return found


def _errors(change: StratifiedChange, error: Floats, moved: Floats, *, rate: bool) -> tuple[Floats, Floats]:
    """SE₁ and SE₂ of this module where the measure moves by ``moved`` from its baseline."""
    if not rate:
        return error, error
    n0, n1, before = change.n_baseline, change.n_period, change.baseline
    share = n1 / (n0 + n1)
    now = before + share * change.change
    after = np.clip(before + moved, 0.0, 1.0)
    then = before + share * (after - before)

    def spread(p: Floats) -> Floats:
        return p * (1 - p)

    # Without any event the SE is 0, and stays so.
    held = np.maximum(spread(now), _TINY)
    own = (spread(before) / n0 + spread(after) / n1) / (held * (1 / n0 + 1 / n1))
    return error * np.sqrt(spread(then) / held), error * np.sqrt(own)


def _point_of_tail(level: Floats, skewness: Floats) -> Floats:
    """z at which `upper_tail` falls to ``level``; arrays of one shape. By halving, since the tail falls with z."""
    low, high = np.zeros(len(level)), np.full(len(level), _FARTHEST)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = upper_tail(middle, skewness) > level
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return high
