"""Customers as clusters: codes, effective numbers, the clustered mean, resampling by weights."""

import numpy as np
import pytest
from scipy.stats import t

from pipelines.statistics.clusters import (
    cautious_deff,
    central_band,
    clustered_mean,
    clustered_rate,
    dense_codes,
    design_effect,
    effective_clusters,
    resampled_counts,
    seeded,
    student_quantile,
)
from pipelines.statistics.intervals import wilson


def test_codes_are_ranks_and_unknown_customers_stand_alone() -> None:
    assert dense_codes([70, 30, 70], 3)[0].tolist() == [1, 0, 1]
    # Far larger than their number: the other way of ranking.
    assert dense_codes([7 * 10**12, 3, 7 * 10**12], 3)[0].tolist() == [1, 0, 1]
    codes, number = dense_codes([5, -1, 5, -1], 4)
    assert (codes.tolist(), number) == ([0, 1, 0, 2], 3)
    assert dense_codes(None, 2)[0].tolist() == [0, 1]
    assert dense_codes([], 0)[1] == 0
    with pytest.raises(ValueError, match="one cluster code a row"):
        dense_codes([1], 2)
    with pytest.raises(ValueError, match="integers"):
        dense_codes([1.5, 2.0], 2)


def test_effective_clusters_by_hand() -> None:
    assert effective_clusters([4, 4, 4]) == pytest.approx(3)
    assert effective_clusters([8, 1, 1]) == pytest.approx(100 / 66)
    assert effective_clusters([]) == 0


def test_clustered_mean_by_hand() -> None:
    # Mean 2; customers' sums of deviations −2 and 2, so variance 2/1 · (4 + 4) / 16 = 1; Student's t with one degree.
    found = clustered_mean([1, 1, 3, 3], [0, 0, 1, 1])
    assert found.value == 2
    assert found.upper == pytest.approx(2 + t.ppf(0.975, 1))
    assert found.p_value == pytest.approx(2 * t.sf(2, 1))


def test_clustered_mean_at_its_limits() -> None:
    assert clustered_mean([]).reason == "no rows"
    assert clustered_mean([3.0, 5.0], [1, 1]).reason == "one customer: no interval"
    exact = clustered_mean([0.0, 0.0, 0.0])
    assert (exact.value, exact.lower, exact.upper, exact.p_value) == (0, 0, 0, 1)
    with pytest.raises(ValueError, match="finite"):
        clustered_mean([np.nan, 1.0])


def test_resampled_customers_have_the_right_mean_and_clustered_variance() -> None:
    codes = np.repeat(np.arange(300), 3)
    cells = np.random.default_rng(0).integers(0, 4, 900)
    drawn = np.concatenate(
        list(resampled_counts(cells, codes, n_cells=4, n_clusters=300, replicates=4000, rng=seeded("a", "b")))
    )
    per_customer = np.zeros((300, 4))
    np.add.at(per_customer, (codes, cells), 1)
    # Weights have mean and variance 1: the sum over customers of counts, and of squared counts.
    assert drawn.shape == (4000, 4)
    assert drawn.mean(axis=0) == pytest.approx(per_customer.sum(axis=0), rel=0.02)
    assert drawn.var(axis=0) == pytest.approx(np.square(per_customer).sum(axis=0), rel=0.1)


def test_resampling_does_not_depend_on_order_or_codes() -> None:
    rng = np.random.default_rng(2)
    codes, cells = rng.integers(0, 50, 400), rng.integers(0, 9, 400)
    order, names = rng.permutation(400), rng.permutation(50)
    one, other = (
        np.concatenate(list(resampled_counts(x, c, n_cells=9, n_clusters=50, replicates=20, rng=seeded("group"))))
        for x, c in ((cells, codes), (cells[order], names[codes[order]]))
    )
    assert (one == other).all()
    assert seeded("group").random() != seeded("group 2").random()


def test_central_band_encloses_nine_in_ten() -> None:
    lower, upper = central_band(np.arange(1.0, 200.0)[:, None], 0.9)
    assert (lower[0], upper[0]) == (10, 190)
    undefined = central_band(np.array([[1.0], [np.nan]]), 0.9)
    assert np.isnan(undefined).all()


def test_quantiles_end_where_nothing_is_known() -> None:
    assert student_quantile(0.95, 9) == pytest.approx(t.ppf(0.975, 9))
    assert student_quantile(0.95, 0) == student_quantile(0.95, 1e-9) == 1e6


def test_a_cautious_design_effect_by_hand() -> None:
    # Four customers of two: k = 2, G = 4, one standard error is √(2 · 1 / (2 · 3)) = .57735 of the estimate.
    assert cautious_deff(1.0, 8, 16) == pytest.approx(1.57735, abs=1e-5)
    # Never more than 2 on its account: that is already customers who are all of a kind.
    assert cautious_deff(1.5, 8, 16) == 2
    assert cautious_deff(2.4, 8, 16) == 2.4
    # Every customer once: nothing to be told.
    assert cautious_deff(1.01, 100, 100) == 1.01
    assert cautious_deff(1.0, 50, 2500) == 50


def test_rate_by_hand() -> None:
    # Ten customers of ten, none counted: as ten rows at Student's t with 9 degrees, so t² / (10 + t²) above.
    none = clustered_rate(0, 100, spread=0, clusters=10, squares=1000)
    square = t.ppf(0.975, 9) ** 2
    assert (none.lower, none.upper) == (0, pytest.approx(square / (10 + square)))
    assert none.deff == pytest.approx(10 * square / 1.959964**2)
    # 40 of 100, every customer once: spread 100 · .4 · .6 = 24, deff 100 / 99.
    some = clustered_rate(40, 100, spread=24, clusters=100, squares=100)
    assert some.deff == pytest.approx(100 / 99 * (t.ppf(0.975, 99) / 1.959964) ** 2)
    assert (some.lower, some.upper) == pytest.approx(tuple(wilson(40, 100, some.deff)))
    # One customer is one observation.
    one = clustered_rate(20, 40, spread=0, clusters=1, squares=1600)
    assert (one.lower, one.upper) == pytest.approx(tuple(wilson(0.5, 1)))


def test_design_effect_is_that_of_the_rate() -> None:
    # Two customers of three, 3 and 1 counted: p = 2/3, spread 1 + 1.
    by_sums = clustered_rate(4, 6, spread=2, clusters=2, squares=18)
    assert design_effect([1, 1, 1, 1, 0, 0], [7, 7, 7, 3, 3, 3]) == pytest.approx(by_sums.deff)
    assert design_effect([]) == 1
    assert design_effect([1, 1], [4, 4]) == 2
    # Rounding of the mean is no variation.
    assert design_effect(np.ones(49), np.arange(49)) == pytest.approx((t.ppf(0.975, 48) / 1.959964) ** 2)


def _sizes(rng: np.random.Generator, kind: str, n: int) -> np.ndarray:
    """Contacts of each customer, n in all."""
    if kind == "equal":
        return np.full(n // 10, 10)
    if kind == "few":
        sizes = np.bincount(rng.integers(0, n // 3, n))
    else:  # a fifth belongs to one customer, the next ones are large too
        weights = 1 / np.arange(2, n // 4)
        sizes = np.append(rng.multinomial(n - n // 5, weights / weights.sum()), n // 5)
    return sizes[sizes > 0]


@pytest.mark.parametrize("kind", ["few", "equal", "unequal"])
@pytest.mark.parametrize(("rate", "correlation"), [(0.01, 0.1), (0.1, 0.4), (0.5, 0.4), (0.9, 0.1), (0.99, 0.4)])
def test_rates_are_covered_in_small_groups_of_clustered_customers(kind: str, rate: float, correlation: float) -> None:
    rng, runs, held = np.random.default_rng(61), 500, 0
    for run in range(runs):
        sizes = _sizes(rng, kind, (100, 300)[run % 2])
        n, other = int(sizes.sum()), 1 / correlation - 1
        counts = rng.binomial(sizes, rng.beta(rate * other, (1 - rate) * other, len(sizes)))
        spread = float(np.square(counts - counts.sum() / n * sizes).sum())
        found = clustered_rate(
            int(counts.sum()), n, spread=spread, clusters=len(sizes), squares=float(np.square(sizes).sum())
        )
        held += found.lower <= rate <= found.upper
    assert held / runs > 0.95 - 2.5 * np.sqrt(0.95 * 0.05 / runs)


def test_customers_who_differ_less_than_chance_do_not_narrow_an_interval() -> None:
    """Of each of 50 customers one contact held and one did not: no spread at all, and yet no fewer than 100 rows' width."""
    rate = clustered_rate(50, 100, spread=0.0, clusters=50, squares=200.0)
    assert rate.deff > 1
    plain = wilson(50, 100)
    assert rate.lower < plain.lower
    assert rate.upper > plain.upper
