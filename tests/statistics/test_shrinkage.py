"""Shrinkage against a plain grid over its posterior, planted priors, coverage, and its limits."""

import math

import numpy as np
import pytest
from scipy.stats import beta as beta_distribution
from scipy.stats import betabinom

from pipelines.statistics.shrinkage import shrink_events, shrink_rates


def _agents(seed: int, groups: int, alpha: float, beta: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    n = rng.integers(5, 120, groups).astype(float)
    rate = rng.beta(alpha, beta, groups)
    return rng.binomial(n.astype(int), rate).astype(float), n, rate


def test_the_posterior_is_that_of_a_plain_grid() -> None:
    """Every (b₀, b₁, M) of a grid weighted by its likelihood and prior, each group's posterior a mixture of Betas."""
    rng = np.random.default_rng(1)
    n = rng.integers(5, 200, 25).astype(float)
    z = np.log(n) - np.log(n).mean()
    k = rng.binomial(n.astype(int), rng.beta(3, 9, 25)).astype(float)
    b0, b1, x = np.meshgrid(np.linspace(-2, 0, 41), np.linspace(-1, 1, 31), np.linspace(-4, 5, 41), indexing="ij")
    mu = 1 / (1 + np.exp(-(b0[..., None] + b1[..., None] * z)))
    m = (np.median(n) * np.exp(x))[..., None]
    log_weight = betabinom.logpmf(k, n, mu * m, (1 - mu) * m).sum(axis=-1) - np.square(b1 / 0.25) / 2
    weight = np.exp(log_weight - log_weight.max() - x)
    weight /= weight.sum()
    a, b = mu * m + k, (1 - mu) * m + n - k
    mean = np.einsum("ijk,ijkg->g", weight, a / (a + b))
    at = np.linspace(0, 1, 401)
    held = np.flatnonzero(weight.ravel() > 1e-5)
    distribution = sum(
        w * beta_distribution.cdf(at[:, None], aa, bb)
        for w, aa, bb in zip(weight.ravel()[held], a.reshape(-1, 25)[held], b.reshape(-1, 25)[held], strict=True)
    )
    bounds = [np.array([np.interp(q, distribution[:, g], at) for g in range(25)]) for q in (0.025, 0.975)]
    found = shrink_rates(k, n)
    assert found.shrunk == pytest.approx(mean, abs=0.01)
    assert found.lower == pytest.approx(bounds[0], abs=0.015)
    assert found.upper == pytest.approx(bounds[1], abs=0.015)
    assert found.prior is not None
    assert found.prior.concentration == pytest.approx(
        np.exp(np.interp(0.5, np.cumsum(weight.sum((0, 1))), x[0, 0])) * np.median(n), rel=0.3
    )


def test_planted_priors_are_recovered() -> None:
    errors, raw_errors, means, concentrations = [], [], [], []
    for seed in range(20):
        k, n, rate = _agents(100 + seed, 100, 4, 16)
        shrunk = shrink_rates(k, n)
        errors.append(np.mean((shrunk.shrunk - rate) ** 2))
        raw_errors.append(np.mean((shrunk.raw - rate) ** 2))
        assert shrunk.prior is not None
        means.append(shrunk.prior.mean)
        concentrations.append(shrunk.prior.concentration)
    assert np.mean(means) == pytest.approx(0.2, abs=0.01)
    assert np.median(concentrations) == pytest.approx(20, rel=0.25)
    assert np.mean(errors) < 0.75 * np.mean(raw_errors)


@pytest.mark.parametrize(("spread", "tenfold"), [(0.6, 0.0), (0.1, 0.0), (0.0, 0.0), (0.2, -0.7)])
def test_intervals_cover_where_groups_differ_little_and_where_small_ones_are_worse(
    spread: float, tenfold: float
) -> None:
    """One fitted concentration and one mean for all covered .89 where groups differ little, .86 among small ones."""
    rng, inside, small = np.random.default_rng(12), [], []
    for _ in range(60):
        n = np.exp(rng.normal(4.2, 1.1, 30)).round() + 5
        rate = 1 / (1 + np.exp(1 - rng.normal(0, spread, 30) - tenfold * (np.log10(n) - 1.9)))
        found = shrink_rates(rng.binomial(n.astype(int), rate), n)
        held = (found.lower <= rate) & (rate <= found.upper)
        inside.append(held.mean())
        small.append(held[n <= np.median(n)].mean())
    for part in (inside, small):
        assert np.mean(part) > 0.94 - 2.5 * np.std(part) / np.sqrt(60)


def test_a_slope_is_found_and_small_groups_are_pulled_to_their_own_kind() -> None:
    n = np.array([20.0] * 20 + [800.0] * 20)
    k = np.concatenate([np.tile([9.0, 10, 11, 10], 5), np.tile([156.0, 160, 164, 160], 5)])  # .5 and .2
    found = shrink_rates(k, n)
    assert found.prior is not None
    # log-odds 0 at log 20 and −1.386 at log 800, a difference of 3.689: −.376 a unit.
    assert found.prior.slope == pytest.approx(-0.376, abs=0.02)
    assert found.shrunk[:20] == pytest.approx(0.5, abs=0.03)


def test_ranking_uses_the_shrunk_value() -> None:
    # The agent with 3 of 4 has the highest raw rate; one with 90 of 200 is the surer bet.
    k = np.array([3.0, 90.0, 70.0, 64.0, 60.0, 60.0, 52.0, 1.0, 0.0])
    n = np.array([4.0, 200.0, 200.0, 200.0, 200.0, 200.0, 200.0, 5.0, 4.0])
    shrunk = shrink_rates(k, n)
    assert shrunk.raw.argmax() == 0
    assert shrunk.rank[1] == 1
    assert len(set(shrunk.rank)) == 8  # two have the same counts


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
    assert empty.shrunk[0] == pytest.approx(empty.prior.mean, abs=0.02)
    assert shrink_rates([], []).reason is not None


def test_events_per_thousand() -> None:
    rng = np.random.default_rng(8)
    exposure = rng.uniform(200, 4000, 60)
    rate = rng.gamma(2, 0.001, 60)
    events = rng.poisson(exposure * rate)
    shrunk = shrink_events(events, exposure)
    assert shrunk.prior is not None
    assert 1000 * shrunk.prior.mean == pytest.approx(2, rel=0.3)
    assert shrunk.prior.concentration == pytest.approx(1000, rel=0.6)
    assert shrunk.raw == pytest.approx(1000 * events / exposure)
    assert np.mean((shrunk.lower <= 1000 * rate) & (1000 * rate <= shrunk.upper)) > 0.88
    between = (shrunk.shrunk - shrunk.raw) * (1000 * shrunk.prior.mean - shrunk.raw)
    assert (between[np.abs(shrunk.raw - 2) > 1] > 0).all()


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
    # so a 0 in 10 is judged by no less than Beta(½, 10½).
    found = shrink_rates([0, 0, 0, 10, 10, 10], [10] * 6)
    assert found.prior.concentration >= 1
    assert found.upper[0] >= beta_distribution.ppf(0.975, 0.5, 10.5) - 0.01
    # One team with all the complaints: the others' rates stay open.
    events = shrink_events([40, 0, 0, 0, 0, 0], [1000] * 6)
    assert events.upper[1] > 1


def test_each_group_may_have_its_own_design_effect() -> None:
    k, n, _ = _agents(6, 50, 4, 16)
    found = shrink_rates(k, n, deff=np.where(np.arange(50) == 7, 3.0, 1.0))
    alike = shrink_rates(k, n)
    assert found.weight[7] < alike.weight[7]
    assert found.raw == pytest.approx(alike.raw)
