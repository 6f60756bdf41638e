"""Rates of small segments, shrunk towards what their kind usually does (M18).

An agent with 3 repeats in 4 contacts is not the worst of the house. The rates of a kind of group (agents, teams, small
queues) are taken as draws from one Beta distribution, estimated from all of them; each group's rate is then its posterior
mean: (α + k) / (α + β + n), with the equal-tailed posterior interval. Counts per exposure (complaints) likewise with a
Gamma distribution. Rankings use the shrunk value. B. Efron, C. Morris, JASA 70 (1975), 311–319; for proportions J. C.
Kleinman, JASA 68 (1973), 46–54.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, minimize
from scipy.special import betaln, gammaln
from scipy.stats import beta as beta_distribution
from scipy.stats import chi2, rankdata
from scipy.stats import gamma as gamma_distribution

Floats = npt.NDArray[np.float64]

#: Groups below which no prior is estimated: two or three rates say next to nothing about how rates vary.
MIN_GROUPS = 5

#: Pseudo-events of the rarer kind that a prior holds at least: those of Jeffreys' Beta(½, ½).
_LEAST_EVENTS = 0.5

#: log of the concentration (pseudo-contacts) is sought between these.
_LOWEST, _HIGHEST = math.log(1e-2), math.log(1e8)


@dataclass(frozen=True)
class Prior:
    """How the true rates of a kind of group vary.

    Beta with mean ``mean`` and ``concentration`` = α + β pseudo-contacts, or Gamma with mean ``mean`` and
    ``concentration`` units of pseudo-exposure. ``method``: ``maximum_likelihood``, with no less than half a pseudo-event
    of the rarer kind: a handful of groups that are all of one kind would else have a prior that rules the middle out,
    and 0 of 10 would be known to be nothing. ``bounded``: the groups vary no more
    than chance, so the concentration has no finite estimate, and the smallest that the data do not refute (one-sided
    95%, likelihood ratio) is taken, so that the intervals still admit the differences that may hide; ``no_variation``:
    all rates are 0, or all 1: nothing to shrink towards, a Beta(½, ½) or Gamma(½, 0) prior for the whole kind together.
    """

    family: Literal["beta", "gamma"]
    mean: float
    concentration: float
    method: Literal["maximum_likelihood", "bounded", "no_variation"]
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


def shrink_rates(
    successes: npt.ArrayLike,
    n: npt.ArrayLike,
    *,
    deff: npt.ArrayLike = 1.0,
    level: float = 0.95,
    min_groups: int = MIN_GROUPS,
) -> ShrunkRates:
    """Shrunk proportions of G groups: ``successes`` of ``n`` (shape (G,)), both divided by the design effect of each group.

    Raises ValueError if the counts, the design effect or the level are impossible.
    """
    k, m, deff = _counts(successes, n, deff, level)
    if (k > m).any():
        raise ValueError("successes must lie between 0 and n")
    reason = _too_few(m, min_groups)
    if reason is not None:
        return _unshrunk(k, m, deff, reason)
    prior = beta_prior(k, m)
    a, b = prior.mean * prior.concentration, (1 - prior.mean) * prior.concentration
    tail = (1 - level) / 2
    bounds = beta_distribution.ppf([[tail], [1 - tail]], a + k, b + m - k)
    return _ranked(k, m, deff=deff, shrunk=(a + k) / (a + b + m), bounds=bounds, prior=prior)


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
    k, m, deff = _counts(events, exposure, deff, level)
    if (k[m == 0] > 0).any():
        raise ValueError("a group without exposure has no events")
    reason = _too_few(m, min_groups)
    if reason is not None:
        return _unshrunk(k * per, m, deff, reason)
    prior = gamma_prior(k, m)
    a, b = prior.mean * prior.concentration, prior.concentration
    tail = (1 - level) / 2
    bounds = per * gamma_distribution.ppf([[tail], [1 - tail]], a + k, scale=1 / (b + m))
    return _ranked(k * per, m, deff=deff, shrunk=per * (a + k) / (b + m), bounds=bounds, prior=prior)


def beta_prior(successes: Floats, n: Floats) -> Prior:
    """Beta prior of the groups by maximum likelihood of the beta-binomial; arrays of shape (G,), n not all 0.

    log L(μ, M) = Σ log B(μM + k, (1 − μ)M + n − k) − log B(μM, (1 − μ)M), binomial coefficients left out; M = α + β.
    """
    successes, n = _sorted(successes, n)
    mean = float(successes.sum() / n.sum())
    if mean in {0.0, 1.0}:
        whole = float(n.sum())
        return Prior("beta", (0.5 + mean * whole) / (1 + whole), 1 + whole, "no_variation", len(n))

    def likelihood(mu: float, log_concentration: float) -> float:
        m = math.exp(log_concentration)
        a, b = mu * m, (1 - mu) * m
        return float((betaln(a + successes, b + n - successes) - betaln(a, b)).sum())

    limit = float((successes * math.log(mean) + (n - successes) * math.log1p(-mean)).sum())

    def unlogit(value: float) -> float:
        return 1 / (1 + math.exp(-value))

    return _fitted(
        "beta",
        likelihood,
        limit=limit,
        mean=mean,
        to_mean=unlogit,
        start=math.log(mean / (1 - mean)),
        groups=len(n),
    )


def gamma_prior(events: Floats, exposure: Floats) -> Prior:
    """Gamma prior by maximum likelihood of the negative binomial; arrays of shape (G,), exposure not all 0.

    log L(μ, b) = Σ log Γ(μb + k) − log Γ(μb) + μb log b − (μb + k) log(b + e), factorials left out.
    """
    events, exposure = _sorted(events, exposure)
    mean = float(events.sum() / exposure.sum())
    if mean == 0:
        whole = float(exposure.sum())
        return Prior("gamma", 0.5 / whole, whole, "no_variation", len(exposure))

    def likelihood(mu: float, log_concentration: float) -> float:
        b = math.exp(log_concentration)
        a = mu * b
        # (μb + k) log(b + e) − μb log b, without the cancellation of two large terms.
        spread = a * np.log1p(exposure / b) + events * np.log(b + exposure)
        return float((gammaln(a + events) - gammaln(a) - spread).sum())

    limit = float((events * math.log(mean) - mean * exposure).sum())
    return _fitted(
        "gamma",
        likelihood,
        limit=limit,
        mean=mean,
        to_mean=math.exp,
        start=math.log(mean),
        groups=len(exposure),
    )


def _fitted(
    family: Literal["beta", "gamma"],
    likelihood: Callable[[float, float], float],
    *,
    limit: float,
    mean: float,
    to_mean: Callable[[float], float],
    start: float,
    groups: int,
) -> Prior:
    """Maximum over mean and concentration, or the bound where the likelihood keeps rising; ``limit``: no variation."""

    def loss(point: Floats) -> float:
        return -likelihood(to_mean(float(point[0])), float(point[1]))

    width = 3.0  # the mean of rates is never far from the pooled one; wide enough for very unequal n
    bounds = [(start - width, start + width), (_LOWEST, _HIGHEST)]
    starts = [minimize(loss, [start, guess], bounds=bounds, method="L-BFGS-B") for guess in (1.0, 4.0, 8.0)]
    best = min(starts, key=lambda fit: float(fit.fun))
    # Less than a hair above "no variation": an estimate this far out is the limit itself.
    if -float(best.fun) > limit + 1e-3 and best.x[1] < _HIGHEST - 1e-6:
        found = to_mean(float(best.x[0]))
        rarer = min(found, 1 - found) if family == "beta" else found
        concentration = max(math.exp(float(best.x[1])), _LEAST_EVENTS / rarer)
        return Prior(family, found, concentration, "maximum_likelihood", groups)
    refuted = limit - float(chi2.ppf(0.90, 1)) / 2

    def above(log_concentration: float) -> float:
        return likelihood(mean, log_concentration) - refuted

    # Where even the widest variation is not refuted, one pseudo-contact is the weakest prior used.
    lowest = 0.0
    bound = lowest if above(lowest) >= 0 else float(brentq(above, lowest, _HIGHEST))
    return Prior(family, mean, math.exp(bound), "bounded", groups)


def _sorted(k: Floats, n: Floats) -> tuple[Floats, Floats]:
    """The groups in an order of their own, so that the last digits of a fit do not hang on that of the caller."""
    order = np.lexsort((k, n))
    return k[order], n[order]


def _counts(
    successes: npt.ArrayLike, n: npt.ArrayLike, deff: npt.ArrayLike, level: float
) -> tuple[Floats, Floats, Floats]:
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, not {level}")
    effect = np.asarray(deff, dtype=np.float64)
    if not (effect >= 1).all():
        raise ValueError(f"a design effect is at least 1, not {effect.min()}")
    k, m = np.asarray(successes, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if k.shape != m.shape or k.ndim != 1:
        raise ValueError(f"one count and one n for every group, not shapes {k.shape} and {m.shape}")
    if not (np.isfinite(k).all() and np.isfinite(m).all() and (k >= 0).all() and (m >= 0).all()):
        raise ValueError("counts are finite and not negative")
    return k / effect, m / effect, effect


def _too_few(n: Floats, min_groups: int) -> str | None:
    groups = int((n > 0).sum())
    if groups < min_groups:
        return f"{groups} groups with contacts, fewer than {min_groups}: how rates vary cannot be told"
    return None


def _raw(k: Floats, n: Floats) -> Floats:
    rate: Floats = np.divide(k, n, out=np.full(len(n), np.nan), where=n > 0)
    return rate


def _unshrunk(k: Floats, n: Floats, deff: Floats, reason: str) -> ShrunkRates:
    nothing = np.full(len(n), np.nan)
    return ShrunkRates(n * deff, _raw(k, n), nothing, nothing, nothing, nothing, nothing, None, reason)


def _ranked(k: Floats, n: Floats, *, deff: Floats, shrunk: Floats, bounds: Floats, prior: Prior) -> ShrunkRates:
    # Rounded so that groups with the same counts share a rank whatever the last bit says.
    rank = rankdata(-np.round(shrunk, 12), method="min").astype(np.float64)
    weight = n / (n + prior.concentration)
    return ShrunkRates(n * deff, _raw(k, n), shrunk, bounds[0], bounds[1], weight, rank, prior)
