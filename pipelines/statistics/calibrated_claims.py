"""What a calibrated AI with the same claims would show (M9), where a customer's claims go right or wrong together.

Under calibration claim i is right with its stated probability p_i, standard deviation s_i = √(p_i (1 − p_i)). Claims of one
customer correlate by ρ: y_i = p_i + s_i (a_c + ε_i), with a_c of the customer (variance ρ) and ε_i of the claim
(variance 1 − ρ). The sum over a set of claims then has variance (1 − ρ) Σ s_i² + ρ Σ_c (Σ_{i∈c} s_i)².
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from pipelines.statistics.clusters import Floats, Ints, dense_codes

#: Added to the diagonal, as a share of its mean, so that a covariance of fewer customers than cells has a root.
_RIDGE = 1e-9


class NullSums(NamedTuple):
    """The customers' part of sums of outcomes over cells: ``correlation`` ρ, and Σ_c S_jc S_kc of cells j, k."""

    correlation: float
    shared: Floats

    def draws(self, rng: np.random.Generator, replicates: int) -> Floats:
        """What customers add to the number of right claims in each cell, shape (``replicates``, cells)."""
        return _normal(self.correlation * self.shared, rng, replicates)

    def gaps(self, size: Floats, variance: Floats, rng: np.random.Generator, replicates: int) -> Floats:
        """Share right minus confidence of cells of ``size`` claims, each of this ``variance``: (``replicates``, cells)."""
        covariance = self.correlation * self.shared
        covariance[np.diag_indices_from(covariance)] += (1 - self.correlation) * size * variance
        return _normal(covariance, rng, replicates) / size


def _normal(covariance: Floats, rng: np.random.Generator, replicates: int) -> Floats:
    ridged = covariance + _RIDGE * max(float(covariance.trace()) / len(covariance), 1e-300) * np.eye(len(covariance))
    root = np.linalg.cholesky(ridged)
    return np.asarray(rng.standard_normal((replicates, len(root))) @ root.T, dtype=np.float64)


def claim_correlation(confidence: Floats, correct: NDArray[np.bool_], codes: Ints | None) -> float:
    """ρ within [0, 1] of claims, all of shape (n,), from what they would be if calibrated.

    Σ_c w_c [(Σ e_i)² − Σ e_i²] / Σ_c w_c [(Σ s_i)² − Σ s_i²], e_i = y_i − p_i: the moment estimate from pairs of a customer's
    claims, each customer weighted by his number of claims, w_c = 1 / (n_c − 1) (M. Ridout, C. Demétrio, D. Firth,
    Biometrics 55 (1999), 137–148): with every pair alike a handful of heavy customers would decide it. 0 where no customer
    has several.
    """
    dense, c = dense_codes(codes, len(confidence))
    weight = 1 / np.maximum(1, np.bincount(dense, minlength=c) - 1)
    spread = np.sqrt(confidence * (1 - confidence))

    def of_pairs(values: Floats) -> float:
        pairs = np.square(np.bincount(dense, values, c)) - np.bincount(dense, np.square(values), c)
        return float((weight * pairs).sum())

    possible = of_pairs(spread)
    return min(1.0, max(0.0, of_pairs(correct - confidence) / possible)) if possible > 1e-9 else 0.0


def null_sums(cell: Ints, centre: Floats, codes: Ints | None, correlation: float) -> NullSums:
    """The customers' part over cells: ``cell`` and ``codes`` of each claim (n,), ``centre`` the confidence of each cell."""
    dense, c = dense_codes(codes, len(cell))
    spread = np.sqrt(centre * (1 - centre))
    by_customer = csr_array((spread[cell], (cell, dense)), shape=(len(centre), c))
    return NullSums(correlation, np.asarray((by_customer @ by_customer.T).todense(), dtype=np.float64))
