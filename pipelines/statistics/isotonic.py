"""Isotonic regression of outcomes on distinct confidences: everything that M9 needs of a group is in its tally."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

from pipelines.statistics.clusters import Floats, Ints


@dataclass(frozen=True)
class Tally:
    """Distinct confidences (ascending), claims at each, and correct ones among them; ``row``: the place of each claim.

    Sums over a tally run in the order of confidence, so no order of rows can change them.
    """

    confidence: Floats
    claims: Ints | Floats
    correct: Ints | Floats
    row: Ints

    @property
    def n(self) -> int:
        """Number of claims."""
        return int(self.claims.sum())


def tally(confidence: Floats, correct: NDArray[np.bool_], weights: Floats | None = None) -> Tally:
    """Tally of claims without NaN, all of shape (n,). ``weights``: how many claims each row stands for; 1 if not given."""
    distinct, row = np.unique(confidence, return_inverse=True)
    return Tally(
        distinct,
        np.bincount(row, weights, minlength=len(distinct)),
        np.bincount(row[correct], None if weights is None else weights[correct], minlength=len(distinct)),
        row.astype(np.int64),
    )


def pooled_adjacent_violators(correct: ArrayLike, claims: ArrayLike) -> tuple[Floats, Ints]:
    """Isotonic estimate of correct / claims at each ascending confidence, and the starts of its blocks plus the length.

    Least squares under a rising constraint: M. Ayer et al., Annals of Mathematical Statistics 26 (1955), 641–647.
    ``claims`` are positive.
    """
    k, n = np.asarray(correct, dtype=np.float64), np.asarray(claims, dtype=np.float64)
    if not len(n):
        return np.empty(0), np.zeros(1, dtype=np.int64)
    fitted = isotonic_regression(k / n, weights=n)
    blocks = np.asarray(fitted.blocks, dtype=np.int64)
    # The mean of a block as one division, so that equal counts give equal bits.
    means = np.add.reduceat(k, blocks[:-1]) / np.add.reduceat(n, blocks[:-1])
    return np.repeat(means, np.diff(blocks)), blocks


def fitted_at(points: Floats, confidence: Floats, correct: Floats, claims: Floats) -> Floats:
    """Isotonic fit of weighted counts, read at ``points``: linear between the confidences, level outside them.

    For resampled counts: confidences without a claim are left out.
    """
    present = claims > 0
    if not present.any():
        return np.full(len(points), np.nan)
    n = claims[present]
    fitted: Floats = isotonic_regression(correct[present] / n, weights=n).x
    return np.interp(points, confidence[present], fitted)
