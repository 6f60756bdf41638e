"""The week in which a mean changed: one step in weekly means, whether there is one, and which weeks it may be.

Weeks t = 1…T have n_t contacts with mean m_t. A step at week τ (the first of the new level) fits two levels, weighted by n_t; the
gain of the fit is

    S(τ) = N_a N_b / (N_a + N_b) · (m̄_b − m̄_a)²,

a and b the weeks before τ and from τ on. τ̂ is the τ of the largest S: the maximum of the normal likelihood, which for
rates is that of the binomial one to first order (D. V. Hinkley, Biometrika 57 (1970), 1–17).

**Noise.** Per contact, the larger of the residual variance of the weeks about the fitted step, Σ n_t (m_t − fit)² / (T − 3), and
σ² times the design effect of the step's contrast with whole customers, σ² the variance of a contact within its week. So
neither customers who come again nor weeks that differ for reasons of their own look like a step.

**Is there a step?** F = S(τ̂) / noise against its distribution without one: the same F of SIMULATED series of T weeks of the same
n_t, whose noise is estimated from their residuals alone (the supremum test of D. W. K. Andrews, Econometrica 61 (1993),
821–856, with weights). That is exact where weeks vary by more than contacts do, and cautious where they do not.

**Interval.** All τ₀ that a likelihood-ratio test does not reject: {S(τ̂) − S(τ₀)} / noise is at most the 95% point of the same number in
simulated series with the step that is fitted at τ₀ (K. J. Worsley, Biometrika 73 (1986), 91–104). It need not be connected; its
first and last week are given.

**Not a step.** Where a straight line fits the weeks better than the step does, the change was gradual and has no week.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Series that are simulated for the test, and for each week of the interval.
SIMULATED, SIMULATED_A_WEEK = 4_000, 500
#: Fewer weeks do not tell a step from noise: three levels and residuals are to be estimated.
LEAST_WEEKS = 6


@dataclass(frozen=True)
class ChangePoint:
    """``week``: index of the first week of the new level; ``first`` and ``last``: of its 95% interval.

    ``p``: of no step. ``is_gradual``: a straight line fits better. ``before`` and ``after``: the two levels.
    """

    week: int
    first: int
    last: int
    before: float
    after: float
    p: float
    is_gradual: bool


def change_point(n: Floats, y: Floats, squares: Floats, *, seed: int, level: float = 0.95) -> ChangePoint | None:
    """The step in the weekly means; ``n``, ``y``: contacts and sums by cluster and week, shape (G, T).

    ``squares``: Σ of the squared values by week, shape (T,). None where fewer than LEAST_WEEKS weeks have contacts, or
    all values are equal. Weeks without contacts are left out; indices count all T.
    """
    there = np.flatnonzero(n.sum(axis=0) > 0)
    if len(there) < LEAST_WEEKS:
        return None
    n, y, squares = n[:, there], y[:, there], squares[there]
    weight, mean = n.sum(axis=0), y.sum(axis=0) / n.sum(axis=0)
    within = float((squares - weight * mean**2).sum() / max(weight.sum() - len(there), 1.0))
    gains = _gains(weight, mean)
    best = int(gains.argmax())
    residual = float(_noise(weight, mean, float(gains[best])))
    noise = max(residual, _clustered(n, y, mean, best + 1, within))
    # Equal numbers leave nothing but rounding.
    if noise <= 1e-12 * max(float(squares.sum()), 1e-300) / float(weight.sum()):
        return None
    rng = np.random.default_rng(seed)
    series = rng.standard_normal((SIMULATED, len(there))) / np.sqrt(weight)
    simulated = _gains(weight, series).max(axis=-1)
    statistic = simulated / _noise(weight, series, simulated)
    found = float(gains[best] / noise)
    p = float((1 + (statistic >= found).sum()) / (1 + SIMULATED))
    kept = _interval(weight, mean, gains, noise, rng=rng, level=level)
    before, after = _levels(weight, mean, best + 1)
    return ChangePoint(
        week=int(there[best + 1]),
        first=int(there[kept.min() + 1]),
        last=int(there[kept.max() + 1]),
        before=before,
        after=after,
        p=p,
        is_gradual=_line_gain(weight, mean) > float(gains[best]),
    )


def _gains(weight: Floats, mean: Floats) -> Floats:
    """S(τ) for τ = 2…T, shape (…, T − 1), of means of shape (…, T)."""
    total = weight.sum()
    before = np.cumsum(weight)[:-1]
    sums = np.cumsum(weight * mean, axis=-1)
    whole = sums[..., -1:]
    first, second = sums[..., :-1] / before, (whole - sums[..., :-1]) / (total - before)
    gains: Floats = before * (total - before) / total * (second - first) ** 2
    return gains


def _noise(weight: Floats, mean: Floats, gain: float | Floats) -> float | Floats:
    """Residual variance a contact about the fitted step, shape of ``gain``."""
    overall = (weight * mean).sum(axis=-1, keepdims=True) / weight.sum()
    about = (weight * (mean - overall) ** 2).sum(axis=-1)
    noise: float | Floats = np.maximum(about - gain, 0.0) / (len(weight) - 3)
    return noise


def _levels(weight: Floats, mean: Floats, at: int) -> tuple[float, float]:
    return float(np.average(mean[:at], weights=weight[:at])), float(np.average(mean[at:], weights=weight[at:]))


def _clustered(n: Floats, y: Floats, mean: Floats, at: int, within: float) -> float:
    """``within`` times the design effect (at least 1) of the contrast of the levels before week ``at`` and from it on."""
    weight = n.sum(axis=0)
    contrast = np.where(np.arange(len(mean)) < at, -1 / weight[:at].sum(), 1 / weight[at:].sum())
    influence = ((y - n * mean) * contrast).sum(axis=1)
    plain = within * float((contrast**2 * weight).sum())
    return within * max(1.0, float((influence**2).sum()) / plain) if plain > 0 else within


def _interval(
    weight: Floats, mean: Floats, gains: Floats, noise: float, *, rng: np.random.Generator, level: float
) -> npt.NDArray[np.int64]:
    """Indices into ``gains`` that the likelihood-ratio test keeps; the best one is always among them."""
    kept = []
    short = (gains.max() - gains) / noise
    for place in range(len(gains)):
        before, after = _levels(weight, mean, place + 1)
        truth = np.where(np.arange(len(mean)) <= place, before, after) / np.sqrt(noise)
        series = truth + rng.standard_normal((SIMULATED_A_WEEK, len(mean))) / np.sqrt(weight)
        drawn = _gains(weight, series)
        best = drawn.max(axis=-1)
        lost = (best - drawn[:, place]) / _noise(weight, series, best)
        if short[place] <= np.quantile(lost, level):
            kept.append(place)
    return np.array(kept or [int(gains.argmax())])


def _line_gain(weight: Floats, mean: Floats) -> float:
    """Gain of the fit of a straight line over the weeks."""
    t = np.arange(len(mean), dtype=np.float64)
    centred = t - np.average(t, weights=weight)
    return float((weight * centred * mean).sum() ** 2 / (weight * centred**2).sum())
