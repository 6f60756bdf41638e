"""Customers as clusters: codes, effective numbers, the clustered mean, resampling by weights."""

import numpy as np
import pytest
from scipy.stats import t

from pipelines.statistics.clusters import (
    central_band,
    clustered_mean,
    dense_codes,
    effective_clusters,
    resampled_counts,
    seeded,
)


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
