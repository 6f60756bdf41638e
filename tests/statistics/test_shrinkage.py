"""Shrinkage against hand-derived posteriors, scipy's beta-binomial and negative binomial, planted priors, and its limits."""

import math

import numpy as np
import pytest
from scipy.stats import beta as beta_distribution
from scipy.stats import betabinom, nbinom

from pipelines.statistics.shrinkage import beta_prior, gamma_prior, shrink_events, shrink_rates


def _agents(seed: int, groups: int, alpha: float, beta: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n = rng.integers(5, 120, groups).astype(float)
    rate = rng.beta(alpha, beta, groups)
    return rng.binomial(n.astype(int), rate).astype(float), n, rate


def test_posterior_by_hand() -> None:
    k, n, _ = _agents(1, 40, 4, 16)
    shrunk = shrink_rates(k, n)
    prior = shrunk.prior
    assert prior is not None
    # (α + k) / (α + β + n), written as a weighted mean: w·k/n + (1 − w)·μ with w = n / (n + α + β).
    weight = n / (n + prior.concentration)
    assert shrunk.shrunk == pytest.approx(weight * k / n + (1 - weight) * prior.mean)
    assert shrunk.weight == pytest.approx(weight)
    assert (np.minimum(k / n, prior.mean) <= shrunk.shrunk + 1e-12).all()
    assert (shrunk.shrunk <= np.maximum(k / n, prior.mean) + 1e-12).all()
    assert (shrunk.lower < shrunk.shrunk).all()
    assert (shrunk.shrunk < shrunk.upper).all()


def test_the_prior_is_the_maximum_of_scipys_beta_binomial() -> None:
    k, n, _ = _agents(2, 60, 3, 9)
    prior = beta_prior(k, n)
    assert prior.method == "maximum_likelihood"

    def likelihood(mean: float, concentration: float) -> float:
        return float(betabinom.logpmf(k, n, mean * concentration, (1 - mean) * concentration).sum())

    best = likelihood(prior.mean, prior.concentration)
    for mean in (0.97, 1.0, 1.03):
        for concentration in (0.9, 1.0, 1.1):
            assert likelihood(prior.mean * mean, prior.concentration * concentration) <= best + 1e-6


def test_the_gamma_prior_is_the_maximum_of_scipys_negative_binomial() -> None:
    rng = np.random.default_rng(3)
    exposure = rng.uniform(500, 5000, 80)
    events = rng.poisson(exposure * rng.gamma(3, 0.002 / 3, 80)).astype(float)
    prior = gamma_prior(events, exposure)
    assert prior.method == "maximum_likelihood"

    def likelihood(mean: float, concentration: float) -> float:
        shape = mean * concentration
        return float(nbinom.logpmf(events, shape, concentration / (concentration + exposure)).sum())

    best = likelihood(prior.mean, prior.concentration)
    for mean in (0.95, 1.0, 1.05):
        for concentration in (0.9, 1.0, 1.1):
            assert likelihood(prior.mean * mean, prior.concentration * concentration) <= best + 1e-6


def test_planted_priors_are_recovered_and_intervals_cover() -> None:
    covered, errors, raw_errors, means, concentrations = [], [], [], [], []
    for seed in range(20):
        k, n, rate = _agents(100 + seed, 100, 4, 16)
        shrunk = shrink_rates(k, n)
        covered.append(np.mean((shrunk.lower <= rate) & (rate <= shrunk.upper)))
        errors.append(np.mean((shrunk.shrunk - rate) ** 2))
        raw_errors.append(np.mean((shrunk.raw - rate) ** 2))
        assert shrunk.prior is not None
        means.append(shrunk.prior.mean)
        concentrations.append(shrunk.prior.concentration)
    assert np.mean(means) == pytest.approx(0.2, abs=0.01)
    assert np.median(concentrations) == pytest.approx(20, rel=0.25)
    assert np.mean(covered) > 0.93
    assert np.mean(errors) < 0.75 * np.mean(raw_errors)


def test_groups_that_differ_by_chance_only_are_pulled_close_and_keep_an_interval() -> None:
    rng = np.random.default_rng(5)
    n = np.full(30, 50.0)
    k = rng.binomial(50, 0.3, 30).astype(float)
    k = np.round(15 + (k - 15) * 0.5)  # even less spread than chance gives
    shrunk = shrink_rates(k, n)
    assert shrunk.prior is not None
    assert shrunk.prior.method == "bounded"
    assert np.ptp(shrunk.shrunk) < 0.35 * np.ptp(shrunk.raw)
    assert ((shrunk.upper - shrunk.lower) > 0.05).all()


def test_ranking_uses_the_shrunk_value() -> None:
    # The agent with 3 of 4 has the highest raw rate; one with 90 of 200 is the surer bet.
    k = np.array([3.0, 90.0, 40.0, 44.0, 20.0, 60.0, 12.0])
    n = np.array([4.0, 200.0, 200.0, 200.0, 200.0, 200.0, 200.0])
    shrunk = shrink_rates(k, n)
    assert shrunk.raw.argmax() == 0
    assert shrunk.rank[1] == 1
    assert sorted(shrunk.rank) == list(range(1, 8))


def test_more_clustering_means_more_shrinking() -> None:
    k, n, _ = _agents(6, 50, 4, 16)
    prior = shrink_rates(k, n).prior
    clustered = shrink_rates(k, n, deff=2.0)
    assert prior is not None
    assert clustered.prior is not None
    assert (clustered.upper - clustered.lower).mean() > 0
    assert clustered.n == pytest.approx(n)
    assert clustered.raw == pytest.approx(k / n)
    assert clustered.prior.concentration > prior.concentration


def test_limits() -> None:
    none = shrink_rates([0] * 6, [10] * 6)
    assert none.prior is not None
    assert none.prior.method == "no_variation"
    # All zero: Beta(½, ½) for the kind, 60 contacts: (½ + 0) / (1 + 60) is its mean, and the group adds its own ten.
    assert none.shrunk == pytest.approx(0.5 / (61 + 10))
    assert (none.upper > 0).all()
    assert list(none.rank) == [1] * 6
    everything = shrink_rates([10] * 6, [10] * 6)
    assert everything.shrunk == pytest.approx(1 - 0.5 / 71)
    assert (shrink_events([0] * 6, [10] * 6).upper > 0).all()
    few = shrink_rates([1, 2], [10, 10])
    assert few.prior is None
    assert few.reason == "2 groups with contacts, fewer than 5: how rates vary cannot be told"
    assert few.raw == pytest.approx([0.1, 0.2])
    empty = shrink_rates([0, 1, 2, 3, 1, 2], [0, 10, 10, 10, 10, 10])
    assert math.isnan(empty.raw[0])
    assert empty.prior is not None
    assert empty.shrunk[0] == pytest.approx(empty.prior.mean)
    assert shrink_rates([], []).reason is not None


def test_events_per_thousand() -> None:
    rng = np.random.default_rng(8)
    exposure = rng.uniform(200, 4000, 60)
    events = rng.poisson(exposure * rng.gamma(2, 0.001, 60))
    shrunk = shrink_events(events, exposure)
    prior = shrunk.prior
    assert prior is not None
    by_hand = 1000 * (prior.mean * prior.concentration + events) / (prior.concentration + exposure)
    assert shrunk.shrunk == pytest.approx(by_hand)
    assert shrunk.raw == pytest.approx(1000 * events / exposure)


def test_order_of_groups_does_not_matter() -> None:
    k, n, _ = _agents(9, 40, 4, 16)
    order = np.random.default_rng(0).permutation(40)
    assert shrink_rates(k[order], n[order]).shrunk == pytest.approx(shrink_rates(k, n).shrunk[order], abs=1e-9)


@pytest.mark.parametrize(
    ("k", "n", "deff"), [([5], [4], 1), ([-1], [4], 1), ([1], [4], 0.5), ([1, 2], [4], 1), ([math.nan], [4], 1)]
)
def test_the_impossible_is_refused(k: list[float], n: list[float], deff: float) -> None:
    with pytest.raises(ValueError, match=r"."):
        shrink_rates(k, n, deff=deff)


def test_groups_of_all_or_none_do_not_rule_the_middle_out() -> None:
    # Three of 0 in 10 and three of 10 in 10 are likeliest under a prior of 0s and 1s alone; half a pseudo-event is kept,
    # so a 0 in 10 is judged by Beta(½, 10½).
    found = shrink_rates([0, 0, 0, 10, 10, 10], [10] * 6)
    assert found.prior.concentration == pytest.approx(1, abs=1e-6)
    assert found.upper[0] == pytest.approx(beta_distribution.ppf(0.975, 0.5, 10.5), rel=1e-5)
    # One team with all the complaints: the others' rates stay open.
    events = shrink_events([40, 0, 0, 0, 0, 0], [1000] * 6)
    assert events.upper[1] > 1
