"""What a change of a mean is made of: the mix of contacts, and the rates within each kind of contact.

**Decomposition.** Two sides (a baseline and a current period, or two segments) are cut into C cells by one dimension.
Cell v holds the share p₀ᵥ of the contacts of the first side and p₁ᵥ of the second, with means r₀ᵥ and r₁ᵥ; R₀ and R₁ are the
means of the sides. E. M. Kitagawa's two components with averaged weights (Journal of the American Statistical Association
50 (1955), 1168–1194):

    mixᵥ = (p₁ᵥ − p₀ᵥ) ((r₀ᵥ + r₁ᵥ) / 2 − (R₀ + R₁) / 2),    rateᵥ = (p₀ᵥ + p₁ᵥ) / 2 · (r₁ᵥ − r₀ᵥ)

Σ (mixᵥ + rateᵥ) = R₁ − R₀ exactly, for Σ (p₁ᵥ − p₀ᵥ) = 0: the reference (R₀ + R₁) / 2 changes no sum, and makes the part of one
cell readable (more contacts of a kind that is worse than usual add to the change). A cell that is empty on one side takes
the mean of the other, so that it has a mix part only.

**Without a cell.** L = (R₁ − R₀) − (R₁ − R₀ without the cell's contacts): how much smaller the change is without them. It is
arithmetic, and says nothing about causes.

**Intervals.** Percentiles of B bootstraps over clusters (customers): each draws G clusters with replacement, and every number
is computed anew from the sums of the clusters. Tests use the standard error of the bootstraps. All of one call share their
draws, so that differences are taken within a draw.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Bootstraps of an interval.
DRAWS = 500
#: Clusters that are drawn one by one. Of more customers, as many random groups of whole customers are drawn: the sums of
#: independent customers have the same variance in groups, told with a relative standard error of √(2 / 2,000) = 3%.
MOST_CLUSTERS = 2_000


@dataclass(frozen=True)
class Estimate:
    """A number with its 95% interval and the standard error of its bootstraps; NaN where it cannot be known."""

    value: float
    lower: float
    upper: float
    error: float

    @property
    def p(self) -> float:
        """Two-sided, of no difference from 0; 1 where nothing is known."""
        if not np.isfinite(self.value) or not np.isfinite(self.error):
            return 1.0
        if self.error == 0:
            return 1.0 if self.value == 0 else 0.0
        return float(2 * ndtr(-abs(self.value) / self.error))


@dataclass(frozen=True)
class CellParts:
    """One cell: contacts and mean by side (NaN where empty), its parts of the change, and the change without it.

    ``without``: the change of all other contacts; ``less``: the whole change less that. Both are NaN where the others are
    fewer than ``min_n`` on a side.
    """

    contacts: tuple[int, int]
    means: tuple[float, float]
    mix: Estimate
    rate: Estimate
    without: Estimate
    less: Estimate

    @property
    def total(self) -> float:
        return self.mix.value + self.rate.value


@dataclass(frozen=True)
class Decomposition:
    """``change`` = ``mix`` + ``rate`` = the sum over ``cells`` of their parts."""

    contacts: tuple[int, int]
    means: tuple[float, float]
    change: Estimate
    mix: Estimate
    rate: Estimate
    cells: tuple[CellParts, ...]


@dataclass(frozen=True)
class ClusterSums:
    """Contacts ``n`` and summed values ``y`` by cluster, side and cell; both of shape (G, 2, C)."""

    n: Floats
    y: Floats


def cluster_codes(customers: npt.NDArray[np.uint64]) -> tuple[Ints, int]:
    """A cluster for each row, from 0, and how many there are; ``customers`` are hashes, shape (n,)."""
    found, code = np.unique(customers, return_inverse=True)
    if len(found) <= MOST_CLUSTERS:
        return code.reshape(-1).astype(np.int64), len(found)
    return (customers % np.uint64(MOST_CLUSTERS)).astype(np.int64), MOST_CLUSTERS


def cluster_sums(cluster: Ints, side: Ints, cell: Ints, y: Floats, *, clusters: int, cells: int) -> ClusterSums:
    """Sums of the rows; all arrays have shape (n,), ``side`` is 0 or 1, ``cell`` 0…cells−1, ``y`` finite."""
    key = (cluster * 2 + side) * cells + cell
    shape = (clusters, 2, cells)
    counts = np.bincount(key, minlength=clusters * 2 * cells).reshape(shape).astype(np.float64)
    values = np.bincount(key, weights=y, minlength=clusters * 2 * cells).reshape(shape).astype(np.float64, copy=False)
    return ClusterSums(counts, values)


def draws(clusters: int, *, seed: int, number: int = DRAWS) -> Floats:
    """How often each cluster is drawn, shape (number, clusters): multinomial, each row summing to ``clusters``."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(clusters, np.full(clusters, 1 / clusters), size=number).astype(np.float64)


def decompose(sums: ClusterSums, weights: Floats, *, min_n: int = 1) -> Decomposition:
    """The parts of the change between the sides. ``weights``: of ``draws``, shape (B, G).

    Raises ValueError when a side has no contacts.
    """
    shape = sums.n.shape[1:]
    n, y = sums.n.sum(axis=0), sums.y.sum(axis=0)
    if not (n.sum(axis=1) > 0).all():
        raise ValueError("a side without contacts has no mean to compare")
    drawn_n, drawn_y = (
        (weights @ each.reshape(len(each), -1)).reshape(len(weights), *shape) for each in (sums.n, sums.y)
    )
    value, drawn = _parts(n, y), _parts(drawn_n, drawn_y)
    with np.errstate(invalid="ignore", divide="ignore"):
        means, overall = y / n, y.sum(axis=1) / n.sum(axis=1)
    others = n.sum(axis=1, keepdims=True) - n
    known = (others >= max(min_n, 1)).all(axis=0)
    cells = tuple(
        CellParts(
            (int(n[0, v]), int(n[1, v])),
            (float(means[0, v]), float(means[1, v])),
            estimate(value.mix[v], drawn.mix[:, v]),
            estimate(value.rate[v], drawn.rate[:, v]),
            estimate(value.without[v], drawn.without[:, v]) if known[v] else NOTHING,
            estimate(value.change - value.without[v], drawn.change - drawn.without[:, v]) if known[v] else NOTHING,
        )
        for v in range(shape[1])
    )
    return Decomposition(
        (int(n[0].sum()), int(n[1].sum())),
        (float(overall[0]), float(overall[1])),
        estimate(value.change, drawn.change),
        estimate(value.mix.sum(axis=-1), drawn.mix.sum(axis=-1)),
        estimate(value.rate.sum(axis=-1), drawn.rate.sum(axis=-1)),
        cells,
    )


def change_of_ratio(n: Floats, y: Floats, weights: Floats) -> Estimate:
    """The change of Σy / Σn from side 0 to 1; ``n`` and ``y`` have shape (G, 2). NaN where a side has none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        value = y.sum(axis=0) / n.sum(axis=0)
        drawn = (weights @ y) / (weights @ n)
    return estimate(value[1] - value[0], drawn[:, 1] - drawn[:, 0])


def estimate(value: float | Floats, drawn: Floats, level: float = 0.95) -> Estimate:
    """``value`` with the percentiles and the standard error of its bootstraps; those that are NaN (an empty side) do not count."""
    known = drawn[np.isfinite(drawn)]
    if not np.isfinite(value) or len(known) < 2:
        return Estimate(float(value), np.nan, np.nan, np.nan)
    lower, upper = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(value), float(lower), float(upper), float(known.std(ddof=1)))


NOTHING = Estimate(np.nan, np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class _Parts:
    """Of one or of B sets of sums: ``mix``, ``rate``, ``without`` of shape (…, C), ``change`` of shape (…,)."""

    mix: Floats
    rate: Floats
    without: Floats
    change: Floats


def _parts(n: Floats, y: Floats) -> _Parts:
    """``n`` and ``y`` of shape (…, 2, C)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        total, sums = n.sum(axis=-1, keepdims=True), y.sum(axis=-1, keepdims=True)
        share, mean, overall = n / total, y / n, sums / total
        rest = (sums - y) / (total - n)
    first, second = mean[..., 0, :], mean[..., 1, :]
    # What is empty on both sides (possible in a draw) has no share, and any mean will do.
    first, second = (
        np.nan_to_num(np.where(np.isnan(first), second, first)),
        np.nan_to_num(np.where(np.isnan(second), first, second)),
    )
    p0, p1 = share[..., 0, :], share[..., 1, :]
    reference = (overall[..., 0, :] + overall[..., 1, :]) / 2
    return _Parts(
        (p1 - p0) * ((first + second) / 2 - reference),
        (p0 + p1) / 2 * (second - first),
        rest[..., 1, :] - rest[..., 0, :],
        overall[..., 1, 0] - overall[..., 0, 0],
    )
