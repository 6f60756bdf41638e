"""Whether a recalibration map still holds (M9, M10): its gain in each month after those that it was fitted on.

A map that helped on the whole of the later period may do harm since some month of it: models, customers and issues change.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pipelines.statistics.calibration import MIN_CLAIMS, insufficient
from pipelines.statistics.clusters import ClusteredMean, Floats, Ints, clustered_mean
from pipelines.statistics.recalibration import RecalibrationMap


@dataclass(frozen=True)
class MonthlyGain:
    """Brier score of the stated − of the calibrated confidence (> 0: better) over the ``months`` months that end in ``period``.

    With its 95% interval by customer; None where ``reason`` says why.
    """

    period: str
    months: int
    n: int
    gain: float | None = None
    lower: float | None = None
    upper: float | None = None
    reason: str | None = None


def map_gain(
    fitted: RecalibrationMap,
    confidence: ArrayLike,
    correct: ArrayLike,
    codes: Ints | None,
    *,
    weights: ArrayLike | None = None,
    level: float = 0.95,
) -> ClusteredMean:
    """Mean gain of the map over claims, arrays of shape (n,), n > 0; ``weights``: the claims that each stands for.

    The weighted mean is a ratio, whose linearised residuals make the variance.
    """
    return _mean_gain(_gains(fitted, confidence, correct), codes, weights, level)


def _gains(fitted: RecalibrationMap, confidence: ArrayLike, correct: ArrayLike) -> Floats:
    stated, y = np.asarray(confidence, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    return np.square(stated - y) - np.square(fitted.apply(stated) - y)


def _mean_gain(gains: Floats, codes: Ints | None, weights: ArrayLike | None, level: float) -> ClusteredMean:
    if weights is None:
        return clustered_mean(gains, codes, level)
    w = np.asarray(weights, dtype=np.float64)
    mean = float(w @ gains / w.sum())
    return clustered_mean(mean + w / w.mean() * (gains - mean), codes, level)


def monthly_gains(
    fitted: RecalibrationMap,
    months: Sequence[str],
    confidence: ArrayLike,
    correct: ArrayLike,
    codes: Ints | None,
    *,
    weights: ArrayLike | None = None,
    min_claims: int = MIN_CLAIMS,
    level: float = 0.95,
) -> tuple[MonthlyGain, ...]:
    """The map's gain in every month of the later claims, arrays of shape (n,), in order of the months; see `gains_by_month`."""
    gains = _gains(fitted, confidence, correct)
    return gains_by_month(months, gains, codes, weights=weights, min_claims=min_claims, level=level)


def gains_by_month(
    months: Sequence[str],
    gains: Floats,
    codes: Ints | None,
    *,
    weights: ArrayLike | None = None,
    min_claims: int = MIN_CLAIMS,
    level: float = 0.95,
) -> tuple[MonthlyGain, ...]:
    """Mean gain of every month, arrays of shape (n,), in order of the months.

    A month of fewer than ``min_claims`` is judged together with as many months before it as it takes; where all of them do
    not make as many, it is "insufficient".
    """
    of = np.asarray(months)
    w = None if weights is None else np.asarray(weights, dtype=np.float64)
    each, number = np.unique(of, return_counts=True)
    found = []
    for last, period in enumerate(each):
        backwards = np.cumsum(number[last::-1])
        joined = int(np.argmax(backwards >= min_claims)) + 1 if backwards[-1] >= min_claims else last + 1
        n = int(backwards[joined - 1])
        if n < max(1, min_claims):
            found.append(
                MonthlyGain(str(period), joined, n, reason=insufficient(n, min_claims, "claims up to the month"))
            )
            continue
        rows = (of >= each[last - joined + 1]) & (of <= period)
        mean = _mean_gain(gains[rows], None if codes is None else codes[rows], None if w is None else w[rows], level)
        found.append(MonthlyGain(str(period), joined, n, mean.value, mean.lower, mean.upper, mean.reason))
    return tuple(found)


def withdrawn_since(gains: Iterable[MonthlyGain], whole_upper: float | None = None) -> str | None:
    """The month since which the map is withdrawn, None if it stands.

    It is withdrawn with the first month whose interval lies below 0, and comes back with a later one whose interval lies
    above 0. Where the interval of the whole later period (``whole_upper``, its upper end) lies below 0, it never stood.
    """
    since: str | None = None
    for place, month in enumerate(gains):
        is_harm = month.upper is not None and month.upper < 0
        if since is None and (is_harm or (place == 0 and whole_upper is not None and whole_upper < 0)):
            since = month.period
        elif month.lower is not None and month.lower > 0:
            since = None
    return since
