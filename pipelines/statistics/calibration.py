"""Calibration of stated confidence (M9): which claims count, the scores of a group, and what they mean in words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pipelines.statistics.bias import bias, q_values
from pipelines.statistics.calibrated_claims import claim_correlation, null_sums
from pipelines.statistics.clusters import Floats, Ints, clustered_rate, dense_codes, seeded
from pipelines.statistics.isotonic import Tally, pooled_adjacent_violators, tally

#: Draws of a calibrated AI's calibration error.
_NULL_DRAWS = 999
#: Claims below which a group is "insufficient".
MIN_CLAIMS = 100
#: Bins of the calibration error, and of the claims around the median.
BINS = 15
#: Least claims of such a bin, where the group has enough of them.
_QUOTED_CLAIMS = 60
_FEWEST_BINS = 3
#: A stated 0 or 1 counts as this far from it in the log loss (as in scikit-learn): a wrong one costs 36 nats, not ∞.
LOG_LOSS_CLIP = float(np.finfo(np.float64).eps)
#: A stated confidence below it counts as 0: a slope between two such numbers is more than a float can hold.
_NOTHING = 1e-200


@dataclass(frozen=True)
class Refused:
    """Claims that cannot be judged, with the reason."""

    reason: str
    claims: int


@dataclass(frozen=True)
class Claims:
    """The claims of a group that can be judged, arrays of shape (n,), and those refused.

    ``codes`` are the customer codes as given (negative: unknown), or None.
    """

    confidence: Floats
    correct: NDArray[np.bool_]
    codes: Ints | None
    refused: tuple[Refused, ...]

    @property
    def n(self) -> int:
        """Number of claims that can be judged."""
        return len(self.confidence)


@dataclass(frozen=True)
class CalibrationScores:
    """Scores of a group. Every number but ``n`` is None when ``reason`` says why; all are fractions, log loss in nats.

    ``brier`` = ``miscalibration`` − ``discrimination`` + ``uncertainty``; ``bias`` > 0 is overconfident. Its interval
    and p are None also where ``interval_reason`` says why (a single customer). ``q_value``: from ``with_q_values``.
    """

    n: int
    mean_confidence: float | None = None
    accuracy: float | None = None
    brier: float | None = None
    miscalibration: float | None = None
    discrimination: float | None = None
    uncertainty: float | None = None
    log_loss: float | None = None
    ece_debiased: float | None = None
    ece_null: float | None = None
    ece_null_upper: float | None = None
    bias: float | None = None
    lower: float | None = None
    upper: float | None = None
    p_value: float | None = None
    q_value: float | None = None
    refused: tuple[Refused, ...] = ()
    reason: str | None = None
    interval_reason: str | None = None


class CalibrationError(NamedTuple):
    """Debiased calibration error, and of a calibrated AI with the same claims the mean and the 95th percentile."""

    value: float
    null: float
    null_upper: float


@dataclass(frozen=True)
class StatedAgainstTrue:
    """Claims of one range of stated confidence, and how often they were right (fractions, 95% clustered interval)."""

    stated: float
    stated_from: float
    stated_to: float
    n: int
    accuracy: float
    lower: float
    upper: float


def judged_claims(confidence: ArrayLike, outcome: ArrayLike, clusters: ArrayLike | None = None) -> Claims:
    """The claims that can be judged: confidence within [0, 1], outcome 0 or 1. The others are refused with a reason.

    Arrays of shape (n,); ``outcome`` may be boolean or float (NaN: no verdict). A draw (0.5) is neither right nor wrong.

    Raises ValueError if the shapes differ.
    """
    x = np.asarray(confidence, dtype=np.float64)
    y = np.asarray(outcome, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"one confidence and one outcome a claim: {x.shape}, {y.shape}")
    codes = None if clusters is None else np.asarray(clusters)
    if codes is not None and codes.shape != x.shape:
        raise ValueError(f"one customer code a claim: {codes.shape}, {x.shape}")
    good = np.ones(len(x), dtype=bool)
    refused = []
    with np.errstate(invalid="ignore"):
        for reason, bad in (
            ("no stated confidence", np.isnan(x)),
            ("stated confidence outside 0 to 1", (x < 0) | (x > 1)),
            ("no verdict", np.isnan(y)),
            ("outcome neither right nor wrong (a draw)", (y != 0) & (y != 1)),
        ):
            new = good & bad
            if new.any():
                refused.append(Refused(reason, int(new.sum())))
                good &= ~bad
    stated = np.where(x[good] < _NOTHING, 0.0, x[good])
    return Claims(stated, y[good] == 1, None if codes is None else codes[good], tuple(refused))


def calibration(
    claims: Claims, *, name: str = "", min_claims: int = MIN_CLAIMS, level: float = 0.95
) -> CalibrationScores:
    """Scores of a group; below ``min_claims`` n alone, with the reason "insufficient: …". ``name`` seeds ``ece_null``.

    Brier score mean (p − y)² and its CORP decomposition: with r the isotonic (PAV) fit of y on p and ȳ the accuracy,
    miscalibration = B(p) − B(r), discrimination = B(ȳ) − B(r), uncertainty = B(ȳ) = ȳ(1 − ȳ). T. Dimitriadis,
    T. Gneiting, A. Jordan, PNAS 118 (2021), e2016191118. Log loss −mean(y ln p + (1 − y) ln(1 − p)), p clipped by
    ``LOG_LOSS_CLIP``. Error and bias: see ``debiased_ece`` and ``bias.bias``.
    """
    if claims.n < max(1, min_claims):
        return CalibrationScores(claims.n, refused=claims.refused, reason=insufficient(claims.n, min_claims))
    counts = tally(claims.confidence, claims.correct)
    n = claims.n
    p, k, of = counts.confidence, counts.correct, counts.claims
    accuracy = float(k.sum()) / n
    fitted, _ = pooled_adjacent_violators(k, of)
    brier, recalibrated = _brier(p, counts), _brier(fitted, counts)
    uncertainty = accuracy * (1 - accuracy)
    clipped = np.clip(p, LOG_LOSS_CLIP, 1 - LOG_LOSS_CLIP)
    log_loss = -float((k * np.log(clipped) + (of - k) * np.log1p(-clipped)).sum()) / n
    gap = bias(claims.confidence, claims.correct, claims.codes, level)
    error = calibration_error(claims, counts, name)
    return CalibrationScores(
        n=n,
        mean_confidence=float((p * of).sum()) / n,
        accuracy=accuracy,
        brier=brier,
        miscalibration=brier - recalibrated,
        discrimination=uncertainty - recalibrated,
        uncertainty=uncertainty,
        log_loss=log_loss,
        ece_debiased=error.value,
        ece_null=error.null,
        ece_null_upper=error.null_upper,
        bias=gap.value,
        lower=gap.lower,
        upper=gap.upper,
        p_value=gap.p_value,
        refused=claims.refused,
        interval_reason=gap.reason,
    )


def calibration_error(claims: Claims, counts: Tally, name: str = "", bins: int = BINS) -> CalibrationError:
    """Debiased L2 calibration error over equal-mass bins, clipped at 0, beside that of a calibrated AI (fractions).

    √max(0, Σ_b n_b / n · [(p̄_b − ȳ_b)² − d_b ȳ_b (1 − ȳ_b) / (n_b − 1)]): A. Kumar, P. Liang, T. Ma, NeurIPS 2019
    (arXiv:1909.10155), where d_b = 1; here d_b = 1 + ρ (k_b − 1), k_b = Σ_c n_bc² / n_b, since the claims of a customer go
    together (``claim_correlation``). Claims of the same confidence stay together, in the bin of the middle of their
    ranks; a bin of one claim adds nothing, since its noise cannot be told. No square root is unbiased, and none is
    negative: a calibrated AI's error is above 0 on average. ``null`` and ``null_upper`` are its mean and 95th percentile
    over 999 draws of normal gaps with the covariance of ``calibrated_claims``, seeded by ``name``.
    """
    of_bin = mass_bins(counts, bins)
    of_all = np.bincount(of_bin, weights=counts.claims, minlength=bins)
    kept = np.flatnonzero(of_all > 1)
    if not len(kept):
        return CalibrationError(0.0, 0.0, 0.0)
    size = np.asarray(of_all[kept], dtype=np.float64)
    stated = np.bincount(of_bin, weights=counts.claims * counts.confidence, minlength=bins)[kept] / size
    right = np.bincount(of_bin, weights=counts.correct, minlength=bins)[kept] / size
    place = np.full(bins, -1)
    place[kept] = np.arange(len(kept))
    cell = place[of_bin[counts.row]]
    counted = cell >= 0
    codes = None if claims.codes is None else claims.codes[counted]
    correlation = claim_correlation(claims.confidence, claims.correct, claims.codes)
    together = null_sums(cell[counted], stated, codes, correlation)
    variance = stated * (1 - stated)
    apart = np.divide(together.shared.diagonal(), variance * size, out=np.ones(len(kept)), where=variance > 0)
    deff = 1 + correlation * (apart - 1)
    noise = deff * right * (1 - right) / (size - 1)
    gaps = together.gaps(size, variance, seeded(name, "calibration error"), _NULL_DRAWS)
    null = _root_mean_square(np.square(gaps) - deff * variance / (size - 1), size)
    found = _root_mean_square(np.square(stated - right) - noise, size)
    return CalibrationError(float(found), float(null.mean()), float(np.quantile(null, 0.95)))


def _root_mean_square(squares: Floats, size: Floats) -> Floats:
    return np.asarray(np.sqrt(np.maximum(0.0, squares @ (size / size.sum()))), dtype=np.float64)


def mass_bins(counts: Tally, bins: int = BINS) -> Ints:
    """Bin (0 … bins − 1) of each distinct confidence, by the middle of the ranks of its claims."""
    twice_middle = np.asarray(2 * np.cumsum(counts.claims) - counts.claims, dtype=np.int64)
    return np.asarray(np.minimum(bins - 1, twice_middle * bins // (2 * counts.n)), dtype=np.int64)


def with_q_values(groups: Sequence[CalibrationScores]) -> list[CalibrationScores]:
    """The same groups with the Benjamini–Hochberg q of their biases; the family is what is given."""
    q = q_values([group.p_value for group in groups])
    return [replace(group, q_value=value) for group, value in zip(groups, q, strict=True)]


def stated_against_true(
    claims: Claims, at: float | None = None, *, min_claims: int = MIN_CLAIMS, level: float = 0.95
) -> StatedAgainstTrue | None:
    """How often claims near ``at`` are right: those of its equal-mass bin. None below ``min_claims``, or where ``at`` is NaN.

    A group has an odd number of bins, so that the median lies inside one, from 3 (a bin of all claims would name no
    confidence) to 15, each of at least 60 claims as far as they go (one of ten claims would say nothing).

    ``at`` is the median claim's confidence if not given: a place that no result has chosen, so that the interval keeps
    its level. Interval: `clusters.clustered_rate` over the customers of the bin.
    """
    if claims.n < max(1, min_claims) or (at is not None and np.isnan(at)):
        return None
    counts = tally(claims.confidence, claims.correct)
    bins = min(BINS, max(_FEWEST_BINS, claims.n // _QUOTED_CLAIMS))
    of_bin = mass_bins(counts, bins - (bins % 2 == 0))
    if at is None:
        place = int(np.searchsorted(np.cumsum(counts.claims), (counts.n + 1) // 2))
    else:
        place = int(np.argmin(np.abs(counts.confidence - at)))
    here = of_bin[counts.row] == of_bin[place]
    y = claims.correct[here].astype(np.float64)
    n, k = len(y), float(y.sum())
    codes, c = dense_codes(None if claims.codes is None else claims.codes[here], n)
    spread = float(np.square(np.bincount(codes, weights=y - k / n, minlength=c)).sum())
    squares = float(np.square(np.bincount(codes, minlength=c)).sum())
    lower, upper, _ = clustered_rate(k, n, spread=spread, clusters=c, squares=squares, level=level)
    stated = counts.confidence[of_bin == of_bin[place]]
    mean = float((counts.confidence * counts.claims)[of_bin == of_bin[place]].sum()) / n
    return StatedAgainstTrue(mean, float(stated[0]), float(stated[-1]), n, k / n, lower, upper)


def insufficient(n: int, least: int, rows: str = "claims") -> str:
    """The reason of a group that is too small."""
    return f"insufficient: {n:,} {rows}, fewer than {max(1, least):,}" if n else f"insufficient: no {rows}"


def _brier(forecast: Floats, counts: Tally) -> float:
    wrong = counts.claims - counts.correct
    return float((counts.correct * np.square(1 - forecast) + wrong * np.square(forecast)).sum()) / counts.n
