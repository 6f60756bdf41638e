"""The smallest change that segment divergence would find (M16), so that silence is read rightly.

A segment that alone diverges is found when its p is at most α / 2m (the first step of Benjamini–Hochberg over the two questions
of m segments). Its p is the larger of two halves, so each half has to be found with power √.8 for both to be found in 8 of 10
cases; and a half is the Holm-adjusted smallest of k tested measures, so one of them needs a one-sided p of α / 2mk. By the test of
`stratified_change`, with D the information, SE the standard error of the change as the test uses it, z₁ the point at which the
tail (normal or Pearson III) is α / 2mk, and z₂ the normal quantile of √.8:

    δ = max(½ / D + (z₁ + z₂) SE,  minimum + z₂ SE)

(½ for a rate only: its continuity correction; minimum: the least change that carries a verdict). SE holds the segment's contacts in
both periods, its issues and the design effect of its customers. It is that of the contacts as they are: of a rate that rises from
near 0 the SE grows with it, which is left out.
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
                size = np.maximum(correction + (critical + each) * error, least + each * error)
                room = np.full(len(size), np.inf)
                if measure.kind == "rate":
                    room = 1 - change.baseline if is_rise else change.baseline
                elif measure.relative and not is_rise:
                    room = np.abs(change.baseline)
                found[measure.name] = np.where(tested(change, min_n) & (size <= room), size, np.nan)
    return found


def _point_of_tail(level: Floats, skewness: Floats) -> Floats:
    """z at which `upper_tail` falls to ``level``; arrays of one shape. By halving, since the tail falls with z."""
    low, high = np.zeros(len(level)), np.full(len(level), _FARTHEST)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = upper_tail(middle, skewness) > level
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return high
