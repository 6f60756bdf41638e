"""Rates of small segments, shrunk towards what their kind usually does (M18).

An agent with 3 repeats in 4 contacts is not the worst of the house. The true rates of a kind of group (agents, teams, small
queues) are taken as draws from Beta distributions whose mean may rise or fall with the size of the group (small queues can
be truly worse) and whose common concentration M says how little they vary. Neither is known: b₀ + b₁ log n is fitted for
each M, and M is integrated over, with every variance between groups, which goes with 1 / M, alike beforehand. A group's rate is its posterior mean, its interval that of a Beta with the posterior's mean and variance. Counts per
exposure (complaints) likewise with Gamma distributions. Rankings use the shrunk value. C. Christiansen, C. Morris, JASA 92
(1997), 618–632; the flat prior and why it covers: C. Morris, M. Lysy, Statistical Science 27 (2012), 115–134; for
proportions J. C. Kleinman, JASA 68 (1973), 46–54.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, expit, gammaln, logit
from scipy.stats import beta as beta_distribution
from scipy.stats import gamma as gamma_distribution
from scipy.stats import rankdata

Floats = npt.NDArray[np.float64]

#: Groups below which no prior is estimated: two or three rates say next to nothing about how rates vary.
MIN_GROUPS = 5

#: Pseudo-events of the rarer kind that a prior holds at least: those of Jeffreys' Beta(½, ½). A handful of groups that are
#: all of one kind would else have a prior that rules the middle out, and 0 of 10 would be known to be nothing.
_LEAST_EVENTS = 0.5
#: Standard deviation of the prior of b₁: log-odds (log of the rate) a unit of log n.
_SLOPE = 0.25
#: Values of M at which the posterior is computed, twice: over its whole range, then over where it has weight.
_NODES = 24
_WEIGHTLESS = 1e-4
#: log(M / n₀) of the range, n₀ the median size: beyond ± 9 nothing changes any more.
_FARTHEST = 9.0
_STEPS = 30


@dataclass(frozen=True)
class Prior:
    """How the true rates of a kind of group vary.

    ``mean``: the usual rate of a group of average size (of log n); ``slope`` b₁ on the scale of log-odds (log, for Gamma)
    a unit of log n; ``concentration``: the posterior median of M = α + β pseudo-contacts, or units of pseudo-exposure.
    ``method``: ``no_variation`` where all rates are 0, or all 1: nothing to shrink towards, a Beta(½, ½) or Gamma(½, 0)
    prior for the whole kind together; else ``integrated``.
    """

    family: Literal["beta", "gamma"]
    mean: float
    slope: float
    concentration: float
    method: Literal["integrated", "no_variation"]
    groups: int


@dataclass(frozen=True)
class ShrunkRates:
    """Rates of G groups in the order given; every array has shape (G,).

    ``raw`` is k / n (NaN for n = 0), ``shrunk`` the posterior mean, ``lower`` and ``upper`` its interval, ``weight`` the
    share of a group's own data in it, ``rank`` by the shrunk value, 1 the highest, equal values sharing the best rank.
    All but ``raw`` are NaN, and ``prior`` is None, exactly when ``reason`` says why.
    """

    n: Floats
    raw: Floats
    shrunk: Floats
    lower: Floats
    upper: Floats
    weight: Floats
    rank: Floats
    prior: Prior | None
    reason: str | None = None


class _Family(NamedTuple):
    """What Beta and Gamma priors differ in; ``mu`` and ``m`` have shape (nodes, groups) and (nodes, 1)."""

    name: Literal["beta", "gamma"]
    link: Callable[[float], float]
    mean: Callable[[Floats], Floats]  # of the linear predictor
    slope: Callable[[Floats], Floats]  # of the mean in the linear predictor, also the binomial (Poisson) variance
    likelihood: Callable[[Floats, Floats, Floats, Floats], Floats]  # of k, n, mu, m


def _beta_likelihood(k: Floats, n: Floats, mu: Floats, m: Floats) -> Floats:
    """Beta-binomial, coefficients left out: log B(μM + k, (1 − μ)M + n − k) − log B(μM, (1 − μ)M)."""
    a, b = mu * m, (1 - mu) * m
    return np.asarray(betaln(a + k, b + n - k) - betaln(a, b), dtype=np.float64)


def _gamma_likelihood(k: Floats, n: Floats, mu: Floats, m: Floats) -> Floats:
    """Negative binomial, factorials left out: log Γ(μM + k) − log Γ(μM) + μM log M − (μM + k) log(M + n)."""
    a = mu * m
    return np.asarray(gammaln(a + k) - gammaln(a) - a * np.log1p(n / m) - k * np.log(m + n), dtype=np.float64)


_BETA = _Family("beta", logit, expit, lambda mu: mu * (1 - mu), _beta_likelihood)
_GAMMA = _Family("gamma", lambda mu: float(np.log(mu)), np.exp, lambda mu: mu, _gamma_likelihood)


def shrink_rates(
    successes: npt.ArrayLike,
    n: npt.ArrayLike,
    *,
    deff: npt.ArrayLike = 1.0,
    level: float = 0.95,
    min_groups: int = MIN_GROUPS,
) -> ShrunkRates:
    """Shrunk proportions of G groups: ``successes`` of ``n`` (shape (G,)), both divided by the design effect (one, or (G,)).

    Raises ValueError if the counts, the design effect or the level are impossible.
    """
    counts = _counts(successes, n, deff, level)
    if (counts.k > counts.n).any():
        raise ValueError("successes must lie between 0 and n")
    return _shrunk(_BETA, counts, level=level, min_groups=min_groups)


def shrink_events(
    events: npt.ArrayLike,
    exposure: npt.ArrayLike,
    *,
    deff: npt.ArrayLike = 1.0,
    per: float = 1000.0,
    level: float = 0.95,
    min_groups: int = MIN_GROUPS,
) -> ShrunkRates:
    """Shrunk rates of events per ``per`` units of ``exposure`` (Gamma–Poisson); shapes and errors as `shrink_rates`."""
    counts = _counts(events, exposure, deff, level)
    if (counts.k[counts.n == 0] > 0).any():
        raise ValueError("a group without exposure has no events")
    return _shrunk(_GAMMA, counts, level=level, min_groups=min_groups, per=per)


class _Counts(NamedTuple):
    """Events and contacts (exposure) of each group, divided by its design effect ``deff``."""

    k: Floats
    n: Floats
    deff: Floats


class _Posterior(NamedTuple):
    """Mean and variance of each group's rate, the weight of its own data, and the prior."""

    mean: Floats
    variance: Floats
    weight: Floats
    prior: Prior


def _shrunk(family: _Family, counts: _Counts, *, level: float, min_groups: int, per: float = 1.0) -> ShrunkRates:
    k, n, deff = counts
    raw = np.divide(k, n, out=np.full(len(n), np.nan), where=n > 0)
    groups = int((n > 0).sum())
    if groups < min_groups:
        nothing = np.full(len(n), np.nan)
        reason = f"{groups} groups with contacts, fewer than {min_groups}: how rates vary cannot be told"
        return ShrunkRates(n * deff, per * raw, nothing, nothing, nothing, nothing, nothing, None, reason)
    found = _posterior(family, k, n)
    tails = np.array([[(1 - level) / 2], [(1 + level) / 2]])
    if family is _BETA:
        pseudo = found.mean * (1 - found.mean) / found.variance - 1
        bounds = beta_distribution.ppf(tails, found.mean * pseudo, (1 - found.mean) * pseudo)
    else:
        rate = found.mean / found.variance
        bounds = gamma_distribution.ppf(tails, found.mean * rate, scale=1 / rate)
    # Rounded so that groups with the same counts share a rank whatever the last bit says.
    rank = rankdata(-np.round(per * found.mean, 12), method="min").astype(np.float64)
    lower, upper = per * bounds
    return ShrunkRates(n * deff, per * raw, per * found.mean, lower, upper, found.weight, rank, found.prior)


def _posterior(family: _Family, k: Floats, n: Floats) -> _Posterior:
    """Sums over the nodes run in an order of the groups' own, so that the last digits do not hang on the caller's."""
    order = np.lexsort((k, n))
    place = np.empty(len(n), dtype=np.int64)
    place[order] = np.arange(len(n))
    k, n = k[order], n[order]
    pooled = float(k.sum() / n.sum())
    if pooled == 0 or (family is _BETA and pooled == 1):
        found = _no_variation(family, k, n, pooled)
    else:
        found = _integrated(family, k, n, pooled)
    return found._replace(mean=found.mean[place], variance=found.variance[place], weight=found.weight[place])


def _no_variation(family: _Family, k: Floats, n: Floats, pooled: float) -> _Posterior:
    whole = float(n.sum())
    m = 1 + whole if family is _BETA else whole
    mu = (_LEAST_EVENTS + pooled * whole) / m
    mean, variance = _moments(family, k, n, np.full((1, 1), mu), np.full((1, 1), m))
    return _Posterior(mean[0], variance[0], n / (n + m), Prior(family.name, mu, 0.0, m, "no_variation", len(n)))


def _integrated(family: _Family, k: Floats, n: Floats, pooled: float) -> _Posterior:
    filled = n > 0
    size = np.log(np.where(filled, n, 1.0))
    average = float(size[filled].mean())
    z = np.where(filled, size - average, 0.0)
    middle = float(np.median(n[filled]))
    rarer = min(pooled, 1 - pooled) if family is _BETA else pooled
    lowest = max(-_FARTHEST, float(np.log(_LEAST_EVENTS / rarer / middle)))
    span = (lowest, max(_FARTHEST, lowest + 1))
    for _ in range(2):
        x = np.linspace(*span, _NODES)
        m = (middle * np.exp(x))[:, None]
        b, covariance = _regression(family, k, n, z, m)
        mu = family.mean(b[:, :1] + b[:, 1:] * z)
        # log of: uniform in 1 / M, the likelihood at the fitted line, the prior of b₁ and the spread of the line.
        log_weight = (
            -x
            + family.likelihood(k, n, mu, m).sum(axis=1)
            - np.square(b[:, 1] / _SLOPE) / 2
            + np.linalg.slogdet(covariance)[1] / 2
        )
        weight = np.exp(log_weight - log_weight.max())
        weight /= weight.sum()
        held = np.flatnonzero(weight > _WEIGHTLESS)
        span = (float(x[max(0, held[0] - 1)]), float(x[min(_NODES - 1, held[-1] + 1)]))
    mean, variance = _moments(family, k, n, mu, m)
    line = covariance[:, 0, :1] + 2 * covariance[:, 0, 1:] * z + covariance[:, 1, 1:] * np.square(z)
    variance = variance + np.square(m / (m + n) * family.slope(mu)) * line
    whole = weight @ mean
    total = weight @ (variance + np.square(mean)) - np.square(whole)
    centre = int(np.searchsorted(np.cumsum(weight), 0.5))
    prior = Prior(
        family.name, float(family.mean(b[centre, 0])), float(b[centre, 1]), float(m[centre, 0]), "integrated", len(n)
    )
    return _Posterior(whole, total, weight @ (n / (n + m)), prior)


def _moments(family: _Family, k: Floats, n: Floats, mu: Floats, m: Floats) -> tuple[Floats, Floats]:
    """Posterior mean and variance of each group at each node."""
    mean = (mu * m + k) / (m + n)
    return mean, mean * (1 - mean) / (m + n + 1) if family is _BETA else mean / (m + n)


def _regression(family: _Family, k: Floats, n: Floats, z: Floats, m: Floats) -> tuple[Floats, Floats]:
    """b₀ and b₁ at each node, shape (nodes, 2), and their covariance (nodes, 2, 2).

    Quasi-likelihood with the variance of the counts, n V(μ) φ: φ = 1 + (n − 1) / (M + 1) for Beta, 1 + n / M for Gamma.
    """
    inflation = 1 + np.maximum(0.0, n - 1) / (m + 1) if family is _BETA else 1 + n / m
    b = np.tile([family.link(float(k.sum() / n.sum())), 0.0], (len(m), 1))
    ridge = np.array([0.0, _SLOPE**-2])
    for _ in range(_STEPS):
        mu = family.mean(b[:, :1] + b[:, 1:] * z)
        information = n * family.slope(mu) / inflation
        score = (k - n * mu) / inflation
        gradient = np.stack([score.sum(axis=1), (score * z).sum(axis=1)], axis=1) - ridge * b
        first, second, third = (
            information.sum(axis=1),
            (information * z).sum(axis=1),
            (information * z * z).sum(axis=1),
        )
        hessian = np.stack([np.stack([first, second], -1), np.stack([second, third + ridge[1]], -1)], -2)
        step = np.clip(np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0], -2, 2)
        b = b + step
        if np.abs(step).max() < 1e-10:
            break
    return b, np.linalg.inv(hessian)


def _counts(successes: npt.ArrayLike, n: npt.ArrayLike, deff: npt.ArrayLike, level: float) -> _Counts:
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, not {level}")
    k, m = np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if k.shape != m.shape or k.ndim != 1:
        raise ValueError(f"one count and one n for every group, not shapes {k.shape} and {m.shape}")
    effect = np.broadcast_to(np.asarray(deff, dtype=np.float64), m.shape)
    if not (effect >= 1).all():
        raise ValueError(f"a design effect is at least 1, not {effect.min()}")
    if not (np.isfinite(k).all() and np.isfinite(m).all() and (k >= 0).all() and (m >= 0).all()):
        raise ValueError("counts are finite and not negative")
    return _Counts(k / effect, m / effect, effect)
