"""Direct standardisation: by hand, as properties, and its intervals against worlds whose truth is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.statistics.standardised import standardised_means


def test_by_hand() -> None:
    """Stratum 0 holds 20 rows of group 0 (half of them 1) and 10 of group 1 (none); stratum 1 holds 10 (all) and 20 (half).

    Both strata have 30 of the 60 rows, so at the common mix group 0 has (.5 + 1) / 2 and group 1 (0 + .5) / 2.
    Raw they have 20 / 30 and 10 / 30.
    """
    y = np.array([1] * 10 + [0] * 10 + [0] * 10 + [1] * 10 + [1] * 10 + [0] * 10, dtype=float)
    group = np.repeat([0, 1, 0, 1], [20, 10, 10, 20])
    stratum = np.repeat([7, 9], [30, 30])
    found = standardised_means(y, group, stratum, np.arange(60), groups=2, rate=True)
    assert found.mean.tolist() == pytest.approx([0.75, 0.25])
    assert (found.covered, found.strata) == (1.0, 2)
    # Var(m₀) = (½/20)² · 20/19 · 20 · .25 (the other stratum has no spread), times 30/29 customers.
    variance = (0.5 / 20) ** 2 * 20 / 19 * 20 * 0.25 * 30 / 29
    assert 0.75 * 0.25 / variance > 30, "so Wilson's interval goes by the rows"
    z, m = 1.959963984540054, 30
    centre = (0.75 + z * z / (2 * m)) / (1 + z * z / m)
    half = z * np.sqrt(0.75 * 0.25 / m + z * z / (4 * m * m)) / (1 + z * z / m)
    assert (found.lower[0], found.upper[0]) == pytest.approx((centre - half, centre + half))


def test_what_only_one_group_has_is_left_out_and_counted() -> None:
    y = np.ones(30)
    group = np.repeat([0, 1, 0], [10, 10, 10])
    stratum = np.repeat([0, 0, 1], [10, 10, 10])
    found = standardised_means(y, group, stratum, np.arange(30), groups=2, rate=False)
    assert found.covered == pytest.approx(2 / 3)
    assert found.strata == 1


@pytest.mark.parametrize("stratum", [np.full(20, -1), np.repeat([0, 1], 10)])
def test_nothing_shared_is_nothing_said(stratum: np.ndarray) -> None:
    found = standardised_means(np.ones(20), np.repeat([0, 1], 10), stratum, np.arange(20), groups=2, rate=True)
    assert np.isnan(found.mean).all()
    assert (found.covered, found.strata) == (0.0, 0)


@given(seed=st.integers(0, 10_000))
def test_one_mix_makes_standardised_and_raw_the_same(seed: int) -> None:
    """Where every group has the same mix of strata, standardising changes nothing."""
    rng = np.random.default_rng(seed)
    group = np.tile(np.repeat([0, 1, 2], 6), 3)
    stratum = np.repeat([0, 1, 2], 18)
    y = rng.random(54)
    found = standardised_means(y, group, stratum, np.arange(54), groups=3, rate=False)
    assert found.mean.tolist() == pytest.approx([y[group == code].mean() for code in range(3)])


@given(seed=st.integers(0, 10_000))
def test_the_order_of_rows_and_the_names_of_strata_do_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    group, stratum = rng.integers(0, 2, 80), rng.integers(0, 3, 80)
    y, cluster = (rng.random(80) < 0.4).astype(float), rng.integers(0, 30, 80)
    one = standardised_means(y, group, stratum, cluster, groups=2, rate=True)
    order = rng.permutation(80)
    other = standardised_means(
        y[order], group[order], np.array([50, 3, 8])[stratum][order], cluster[order] + 5, groups=2, rate=True
    )
    for name in ("mean", "lower", "upper"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), nan_ok=True)


@pytest.mark.parametrize("rate", [True, False])
def test_intervals_cover_the_truth_of_clustered_rows(rate: bool) -> None:
    """Customers with a temper of their own, who contact several times: 95% confidence intervals cover in 92% or more of 400 worlds."""
    rng = np.random.default_rng(20261125)
    level = np.array([[0.2, 0.5], [0.35, 0.6]])  # stratum × group
    hits, worlds = 0, 400
    for _ in range(worlds):
        customers = 150
        cluster = np.repeat(np.arange(customers), 3)
        temper = np.repeat(rng.normal(0, 0.12, customers), 3)
        group, stratum = rng.integers(0, 2, cluster.size), (rng.random(cluster.size) < 0.4).astype(int)
        chance = np.clip(level[stratum, group] + temper, 0.01, 0.99)
        y = (rng.random(cluster.size) < chance).astype(float) if rate else chance + rng.normal(0, 0.3, cluster.size)
        found = standardised_means(y, group, stratum, cluster, groups=2, rate=rate)
        share = stratum.mean()
        truth = (1 - share) * level[0, 1] + share * level[1, 1]
        hits += found.lower[1] <= truth <= found.upper[1]
    assert hits / worlds >= 0.92


def test_a_stratum_needs_two_rows() -> None:
    with pytest.raises(ValueError, match="needs 2 rows"):
        standardised_means(
            np.ones(1), np.zeros(1, int), np.zeros(1, int), np.zeros(1, int), groups=1, rate=True, at_least=1
        )
    with pytest.raises(ValueError, match="of one length"):
        standardised_means(np.ones(2), np.zeros(1, int), np.zeros(1, int), np.zeros(1, int), groups=1, rate=True)
