"""Recalibration (M9): a map from stated to calibrated confidence, fitted on an earlier period, judged on a later one."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from pipelines.statistics.calibration import MIN_CLAIMS, Claims, insufficient
from pipelines.statistics.clusters import Floats, clustered_mean
from pipelines.statistics.isotonic import Tally, pooled_adjacent_violators, tally

#: Confidences nearer to 0 or 1 count as this far from them on the logistic scale; a stated 1 is common and no infinity.
LOGIT_CLIP = 0.001
#: Gains that differ by no more are equal.
_SAME_GAIN = 1e-12
_GRID = np.linspace(0, 1, 101)


@dataclass(frozen=True)
class RecalibrationMap:
    """``calibrated`` at ``stated`` (fractions, both ascending, one length ≥ 1); linear between, level outside."""

    kind: Literal["isotonic", "logistic"]
    stated: Floats
    calibrated: Floats

    def apply(self, confidence: ArrayLike) -> Floats:
        """Calibrated confidence of each stated one, same shape."""
        return np.interp(np.asarray(confidence, dtype=np.float64), self.stated, self.calibrated)


@dataclass(frozen=True)
class Recalibration:
    """The better map with its gain on the later period; all None when ``reason`` says why.

    ``gain`` = Brier score of the stated − of the calibrated confidence on the later claims (> 0: better), with a 95%
    clustered interval, None where ``interval_reason`` says why (a single customer). ``helps``: the interval lies above
    0. ``other_gain``: that of the map that was not chosen.
    """

    fitted_on: int
    judged_on: int
    map: RecalibrationMap | None = None
    gain: float | None = None
    lower: float | None = None
    upper: float | None = None
    other_gain: float | None = None
    reason: str | None = None
    interval_reason: str | None = None

    @property
    def helps(self) -> bool:
        """True if the gain can be told from chance."""
        return self.lower is not None and self.lower > 0


def recalibration(
    earlier: Claims, later: Claims, *, min_claims: int = MIN_CLAIMS, level: float = 0.95
) -> Recalibration:
    """Fit both maps on ``earlier``, judge them on ``later``, keep the one with the greater gain there.

    One of two is chosen by the period that judges it, which flatters its gain a little (by less than the standard
    error of the difference of the two gains). On equal gains the logistic map, having two parameters. Either period with
    fewer than ``min_claims``: "insufficient".
    """
    for claims, when in ((earlier, "earlier"), (later, "later")):
        if claims.n < max(1, min_claims):
            return Recalibration(
                earlier.n, later.n, reason=insufficient(claims.n, min_claims, f"claims in the {when} period")
            )
    counts = tally(earlier.confidence, earlier.correct)
    judged = []
    for fitted in (logistic_map(counts), isotonic_map(counts)):
        stated_error = np.square(later.confidence - later.correct)
        error = np.square(fitted.apply(later.confidence) - later.correct)
        judged.append((fitted, clustered_mean(stated_error - error, later.codes, level)))
    gains = [mean.value or 0.0 for _, mean in judged]
    # Sums of squares depend in their last digits on the order of claims, and no choice may.
    best = int(gains[1] - gains[0] > _SAME_GAIN)
    chosen, mean = judged[best]
    return Recalibration(
        earlier.n, later.n, chosen, mean.value, mean.lower, mean.upper, gains[1 - best], None, mean.reason
    )


def isotonic_map(counts: Tally) -> RecalibrationMap:
    """The isotonic fit, at the ends of its blocks. B. Zadrozny, C. Elkan, KDD 2002, 694–699. ``counts`` not empty."""
    fitted, blocks = pooled_adjacent_violators(counts.correct, counts.claims)
    ends = np.unique(np.concatenate([blocks[:-1], blocks[1:] - 1]))
    return RecalibrationMap("isotonic", counts.confidence[ends], fitted[ends])


def logistic_map(counts: Tally) -> RecalibrationMap:
    """P(correct) = 1 / (1 + exp(−(a + b · logit(confidence)))), b ≥ 0, tabled at 0, .01 … 1. ``counts`` not empty.

    J. Platt (1999), with his targets (k₊ + 1) / (k₊ + 2) and 1 / (k₋ + 2) instead of 1 and 0, so that a group without a
    wrong claim has a finite fit. A falling fit (b < 0) is replaced by the constant: a map must not turn confidences around.
    """
    right, n = int(counts.correct.sum()), counts.n
    high, low = (right + 1) / (right + 2), 1 / (n - right + 2)
    wrong = counts.claims - counts.correct
    as_right = counts.correct * high + wrong * low
    x = np.concatenate([_scale(counts.confidence)] * 2)[:, None]
    y = np.repeat([1, 0], len(counts.confidence))
    weights = np.concatenate([as_right, counts.claims - as_right])
    if len(counts.confidence) > 1:
        model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(x, y, sample_weight=weights)
        slope, base = float(model.coef_[0, 0]), float(model.intercept_[0])
    else:
        slope = -1.0
    if slope < 0:
        slope, base = 0.0, float(logit(as_right.sum() / n))
    return RecalibrationMap("logistic", _GRID, expit(base + slope * _scale(_GRID)))


def _scale(confidence: Floats) -> Floats:
    return np.asarray(logit(np.clip(confidence, LOGIT_CLIP, 1 - LOGIT_CLIP)), dtype=np.float64)
