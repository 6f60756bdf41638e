"""One million claims in 50 groups with bands (M9), beside scikit-learn and model-diagnostics called group by group.

Both sides give, for each group, the Brier and log-loss decomposition, the isotonic curve, a bootstrap band of 199
replicates around it and a consistency band of 199 around the diagonal. The contender resamples rows; the product
resamples customers and also computes bias, debiased ECE and the share right around the median, which the contender does not.
Usage: python -m benchmarks.calibration [claims] [groups] [groups of the contender].

A contender of fewer groups is scaled up: groups are alike. Three kinds of confidence: continuous, rounded to .01, and
continuous with a quarter of exact ones.
"""

import sys
import time

import numpy as np
from model_diagnostics.scoring import LogLoss, SquaredError, decompose
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from benchmarks.results import Figure, report
from pipelines.statistics.calibration import (
    calibration,
    judged_claims,
    stated_against_true,
    with_q_values,
)
from pipelines.statistics.reliability import REPLICATES, reliability_curve

Group = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]


def made_groups(claims: int, groups: int, kind: str) -> list[Group]:
    """Overconfident claims of customers with three claims each on average."""
    rng = np.random.default_rng(7)
    made = []
    for _ in range(groups):
        n = claims // groups
        confidence = rng.beta(4, 1.5, n)
        if kind == "rounded":
            confidence = confidence.round(2)
        elif kind == "ones":
            confidence[rng.random(n) < 0.25] = 1.0
        customers = rng.integers(0, n // 3, n)
        leaning = rng.normal(0, 0.1, n // 3)[customers]
        correct = rng.random(n) < np.clip(0.15 + 0.65 * confidence + leaning, 0, 1)
        made.append((confidence, correct.astype(np.float64), customers))
    return made


def product(groups: list[Group]) -> list[float]:
    """Everything that M9 publishes of each group; the Brier scores, to compare."""
    results = []
    for number, (confidence, correct, customers) in enumerate(groups):
        claims = judged_claims(confidence, correct, customers)
        reliability_curve(claims, f"group {number}")
        results.append(calibration(claims))
        stated_against_true(claims)
    return [group.miscalibration or 0.0 for group in with_q_values(results)]


def contender(groups: list[Group]) -> list[float]:
    """The same by scikit-learn and model-diagnostics, rows resampled."""
    rng = np.random.default_rng(11)
    miscalibration = []
    for confidence, correct, _ in groups:
        scores = decompose(correct, confidence, scoring_function=SquaredError())
        decompose(correct, np.clip(confidence, 1e-15, 1 - 1e-15), scoring_function=LogLoss())
        miscalibration.append(float(scores["miscalibration"][0]))
        isotonic = IsotonicRegression(out_of_bounds="clip")
        points = isotonic.fit(confidence, correct).X_thresholds_
        curves = np.empty((REPLICATES, len(points)))
        diagonal = np.empty((REPLICATES, len(points)))
        for replicate in range(REPLICATES):
            rows = rng.integers(0, len(confidence), len(confidence))
            curves[replicate] = isotonic.fit(confidence[rows], correct[rows]).predict(points)
            resampled = confidence[rng.integers(0, len(confidence), len(confidence))]
            drawn = rng.random(len(resampled)) < resampled
            diagonal[replicate] = isotonic.fit(resampled, drawn).predict(points)
        np.quantile(curves, (0.05, 0.95), axis=0)
        np.quantile(diagonal, (0.05, 0.95), axis=0)
    return miscalibration


def figures(claims: int, groups: int, judged: int) -> list[Figure]:
    """Both on the same groups. Raises SystemExit when they disagree on miscalibration."""
    found = []
    for kind in ("continuous", "rounded", "ones"):
        made = made_groups(claims, groups, kind)
        product(made[:1])  # imports and caches
        started = time.perf_counter()
        ours = product(made)
        seconds = time.perf_counter() - started
        started = time.perf_counter()
        theirs = contender(made[:judged])
        other = (time.perf_counter() - started) * groups / judged
        if not np.allclose(ours[:judged], theirs, atol=1e-12):
            raise SystemExit("the two disagree on miscalibration")
        found.append(Figure(f"contender ÷ product, {kind} confidence", other / seconds, "", "at least 5"))
        found.append(Figure(f"product, {kind} confidence", seconds, "s"))
    return found


def main() -> None:
    """Measure both on the same groups and report the ratio."""
    claims, groups, judged = (int(value) for value in (*sys.argv[1:4], *("1000000", "50", "10")[len(sys.argv) - 1 :]))
    report("calibration", f"{claims:,} claims in {groups} groups", figures(claims, groups, judged))


if __name__ == "__main__":
    main()
