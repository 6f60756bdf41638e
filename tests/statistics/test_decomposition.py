"""Kitagawa's decomposition: by hand, as properties, against an implementation that shares nothing with it."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.statistics.decomposition import (
    MOST_CLUSTERS,
    ClusterSums,
    Decomposition,
    change_of_ratio,
    cluster_codes,
    cluster_sums,
    decompose,
    draws,
)


def decomposed(counts: list[list[int]], events: list[list[int]], *, min_n: int = 1) -> Decomposition:
    """Of contacts and events by side and cell; every contact is a cluster of its own."""
    side, cell, y = [], [], []
    for s, (ns, ys) in enumerate(zip(counts, events, strict=True)):
        for c, (n, k) in enumerate(zip(ns, ys, strict=True)):
            side += [s] * n
            cell += [c] * n
            y += [1.0] * k + [0.0] * (n - k)
    rows = len(y)
    sums = cluster_sums(
        np.arange(rows), np.array(side), np.array(cell), np.array(y), clusters=rows, cells=len(counts[0])
    )
    return decompose(sums, draws(rows, seed=1, number=200), min_n=min_n)


def test_by_hand() -> None:
    """Side 0: 80 contacts of the first kind at 10/80, 20 of the second at 10/20. Side 1: 50 at 10/50, 50 at 30/50.

    R₀ = .2, R₁ = .4, reference .3. First: mix (.5 − .8)(.1625 − .3) = .04125, rate .65 · (.2 − .125) = .04875. Second: mix
    (.5 − .2)(.55 − .3) = .075, rate .35 · (.6 − .5) = .035. Together .2. Without the first kind: .6 − .5 = .1.
    """
    found = decomposed([[80, 20], [50, 50]], [[10, 10], [10, 30]])
    first, second = found.cells
    assert (first.mix.value, first.rate.value) == pytest.approx((0.04125, 0.04875))
    assert (second.mix.value, second.rate.value) == pytest.approx((0.075, 0.035))
    assert (found.mix.value, found.rate.value, found.change.value) == pytest.approx((0.11625, 0.08375, 0.2))
    assert (first.without.value, first.less.value) == pytest.approx((0.1, 0.1))
    assert (found.means, found.contacts) == (pytest.approx((0.2, 0.4)), (100, 100))


def test_a_cell_that_is_empty_on_one_side_has_a_mix_part_only() -> None:
    """A new model takes half of the contacts at .6; the old one stays at .2: it takes the .6 of the other side.

    R₀ = .2, R₁ = .4, reference .3: old (.5 − 1)(.2 − .3) = .05, new .5 · (.6 − .3) = .15.
    """
    found = decomposed([[100, 0], [50, 50]], [[20, 0], [10, 30]])
    old, new = found.cells
    assert (old.mix.value, old.rate.value) == pytest.approx((0.05, 0.0))
    assert (new.mix.value, new.rate.value) == pytest.approx((0.15, 0.0))
    assert np.isnan(new.means[0])
    assert new.without.value == pytest.approx(0.0), "the old model alone did not change"
    assert np.isnan(old.without.value), "without the old model nothing is left of the first side"


counted = st.integers(0, 30).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


@given(st.integers(1, 6).flatmap(lambda cells: st.tuples(*[st.lists(counted, min_size=cells, max_size=cells)] * 2)))
def test_parts_add_up_exactly_and_equal_an_independent_implementation(
    sides: tuple[list[tuple[int, int]], list[tuple[int, int]]],
) -> None:
    counts, events = ([[pair[i] for pair in side] for side in sides] for i in (0, 1))
    if not sum(counts[0]) or not sum(counts[1]):
        return
    found = decomposed(counts, events)
    totals = [sum(each) for each in counts]
    overall = [Fraction(sum(ys), n) for ys, n in zip(events, totals, strict=True)]
    parts = [cell.mix.value + cell.rate.value for cell in found.cells]
    assert sum(parts) == pytest.approx(float(overall[1] - overall[0]), abs=1e-12)
    assert found.mix.value + found.rate.value == pytest.approx(found.change.value, abs=1e-12)
    for v, cell in enumerate(found.cells):
        n0, n1 = counts[0][v], counts[1][v]
        if not n0 and not n1:
            continue
        r0 = Fraction(events[0][v], n0) if n0 else Fraction(events[1][v], n1)
        r1 = Fraction(events[1][v], n1) if n1 else r0
        p0, p1 = Fraction(n0, totals[0]), Fraction(n1, totals[1])
        assert cell.mix.value == pytest.approx(float((p1 - p0) * ((r0 + r1) - sum(overall)) / 2), abs=1e-12)
        assert cell.rate.value == pytest.approx(float((p0 + p1) * (r1 - r0) / 2), abs=1e-12)


def test_intervals_draw_whole_customers() -> None:
    """Forty customers of fifty equal contacts each: the error of a mean is that of forty, not of two thousand."""
    rng = np.random.default_rng(3)
    ways = rng.random((2, 40)) < 0.5
    cluster = np.repeat(np.arange(80), 50)
    side = np.repeat([0, 1], 2000)
    y = np.repeat(ways.reshape(-1), 50).astype(float)
    sums = cluster_sums(cluster, side, np.zeros(4000, dtype=np.int64), y, clusters=80, cells=1)
    error = decompose(sums, draws(80, seed=1)).change.error
    assert 0.08 < error < 0.15, "√(2 · .25 / 40) = .112"


def test_many_customers_are_drawn_in_random_groups_with_the_same_error() -> None:
    rng = np.random.default_rng(4)
    customers = rng.integers(0, 2**63, 30_000, dtype=np.uint64)
    code, clusters = cluster_codes(customers)
    assert (clusters, int(code.max()) < MOST_CLUSTERS) == (MOST_CLUSTERS, True)
    y = (rng.random(30_000) < 0.3).astype(float)
    side = rng.integers(0, 2, 30_000)
    sums = cluster_sums(code, side, np.zeros(30_000, dtype=np.int64), y, clusters=clusters, cells=1)
    exact = np.sqrt(0.21 * 2 / 15_000)
    assert decompose(sums, draws(clusters, seed=1)).change.error == pytest.approx(exact, rel=0.15)


def test_few_customers_are_their_own_clusters() -> None:
    code, clusters = cluster_codes(np.array([9, 2**63, 9, 4], dtype=np.uint64))
    assert (code.tolist(), clusters) == ([1, 2, 1, 0], 3)


def test_others_that_are_too_few_are_not_compared() -> None:
    found = decomposed([[80, 20], [50, 50]], [[10, 10], [10, 30]], min_n=21)
    assert np.isnan(found.cells[0].without.value)
    assert np.isfinite(found.cells[1].without.value)


def test_a_side_without_contacts_is_refused() -> None:
    sums = ClusterSums(np.array([[[3.0], [0.0]]]), np.zeros((1, 2, 1)))
    with pytest.raises(ValueError, match="without contacts"):
        decompose(sums, np.ones((2, 1)))


def test_the_same_seed_draws_the_same_and_a_constant_has_no_error() -> None:
    assert (draws(7, seed=3) == draws(7, seed=3)).all()
    assert (draws(7, seed=3).sum(axis=1) == 7).all()
    n = np.full((7, 2), 4.0)
    same = change_of_ratio(n, n * [0.25, 0.75], draws(7, seed=3))
    assert (same.value, same.lower, same.upper, same.p) == (0.5, 0.5, 0.5, 0.0)
