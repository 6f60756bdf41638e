"""Consistency band and calibration error of calibrated AIs whose customers' claims go right or wrong together (M9)."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from benchmarks.coverage.promise import Measured, Promise, mean, share
from benchmarks.coverage.worlds import heavy_tailed
from pipelines.statistics.calibration import calibration_error, judged_claims
from pipelines.statistics.isotonic import tally
from pipelines.statistics.reliability import reliability_curve

#: Where the band is read: chosen beforehand, since at the curve's own jumps fewer lie inside.
_AT = np.array([0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
#: Claims, share of the largest customer, correlation within customers.
_WORLDS = ((300, 0.0, 0.0), (300, 0.0, 0.4), (1500, 0.0, 0.2), (1500, 0.0, 0.5), (1500, 0.3, 0.05))


def calibrated_claims(
    rng: np.random.Generator, n: int, largest: float, together: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.int64]]:
    """Stated confidence, whether right, and customer of ``n`` claims; P(right) is the stated confidence in each.

    A normal effect of the customer with share ``together`` of the variance decides with one of the claim (a Gaussian
    copula, so that no probability changes); a customer's confidences are alike as well.
    """
    codes = heavy_tailed(rng, n, largest=largest)
    customers = int(codes.max()) + 1
    lean = rng.normal(0, 0.7, customers)[codes]
    confidence = 1 / (1 + np.exp(-(1.2 + lean + rng.normal(0, 0.9, n))))
    effect = np.sqrt(together) * rng.normal(size=customers)[codes] + np.sqrt(1 - together) * rng.normal(size=n)
    return confidence, ndtr(effect) < confidence, codes


def _measured(trials: int, seed: int) -> Iterator[Measured]:
    for n, largest, together in _WORLDS:
        rng = np.random.default_rng([seed, n, round(1000 * largest), round(1000 * together)])
        inside, error, usual, beyond = [], [], [], []
        for trial in range(trials):
            confidence, correct, codes = calibrated_claims(rng, n, largest, together)
            claims = judged_claims(confidence, correct, codes)
            curve = reliability_curve(claims, f"{seed} {trial}", replicates=199)
            low, high, drawn = (
                np.interp(_AT, curve.confidence, values)
                for values in (curve.consistency_lower, curve.consistency_upper, curve.estimate)
            )
            inside.append(float(((drawn >= low - 1e-12) & (drawn <= high + 1e-12)).mean()))
            found = calibration_error(claims, tally(claims.confidence, claims.correct), f"{seed} {trial}")
            error.append(found.value)
            usual.append(found.null)
            beyond.append(found.value > found.null_upper)
        world = f"{n:,} claims, largest customer {largest:.0%}, correlation {together}"
        yield mean(world, "share of six confidences inside the 90% band", inside, "0.88 to 0.93")
        yield mean(world, "calibration error of a calibrated AI", error, "as the next line")
        yield mean(world, "what is printed beside it: a calibrated AI's average", usual, "as the line before")
        yield share(world, "calibration error above its printed bound", beyond, "0.05")


PROMISE = Promise(
    name="bands",
    claim="The 90% band around the diagonal of a reliability diagram holds the curve of a calibrated AI at nine in ten "
    "confidences chosen beforehand, and the calibration error is printed beside what a calibrated AI would show.",
    method="AIs that are right exactly as often as they say, whose customers' claims go right or wrong together.",
    measure=_measured,
    trials=150,
)
