"""Design effects of slices: closed forms, bounds, the union for rare events of few heavy customers, and coverage."""

from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, t

from benchmarks.coverage.slices import trials_of
from pipelines.statistics.clusters import clustered_rate
from pipelines.statistics.slices import OwnSums, interval_deff, slice_deff, squares_at_most, with_student


def student(deff: float, n: float) -> float:
    return float(deff * (t.ppf(0.975, n / deff - 1) / norm.ppf(0.975)) ** 2)


def test_the_design_effect_follows_the_customers_of_the_slice() -> None:
    # 100 contacts, one customer with 30 and 70 with one: Σ n_c² = 900 + 70, k = 9.7.
    assert slice_deff(0.1, 100, 970) == pytest.approx(1.87)
    # Everyone once, or no correlation: contacts are independent. All of each customer's alike: k itself.
    assert slice_deff(0.3, 100, 100) == slice_deff(0.0, 100, 970) == 1
    assert slice_deff(1.0, 100, 970) == pytest.approx(9.7)
    assert slice_deff(0.5, 0, 0) == 1


@pytest.mark.parametrize(
    ("correlation", "n", "squares"), [(-0.1, 10, 10), (1.1, 10, 10), (0.1, 10, 9), (0.1, 10, 101), (float("nan"), 9, 9)]
)
def test_impossible_customers_are_refused(correlation: float, n: float, squares: float) -> None:
    with pytest.raises(ValueError, match=r"correlation|no customers"):
        slice_deff(correlation, n, squares)


def test_students_t_has_as_many_degrees_as_independent_contacts() -> None:
    assert with_student(1.87, 100) == pytest.approx(student(1.87, 100))
    assert interval_deff(0.1, 100, 970) == pytest.approx(student(1.87, 100))
    # One customer whose contacts all go the same way is one observation; so is one contact.
    assert interval_deff(1.0, 50, 2500) == 50
    assert interval_deff(0.2, 1, 1) == 1
    # Many contacts: the normal quantile.
    assert with_student(1.0, 10**7) == pytest.approx(1.0, abs=1e-6)


@given(st.lists(st.tuples(st.integers(0, 6), st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_a_part_of_two_slices_reaches_no_more_than_the_bound(contacts: list[tuple[int, bool, bool]]) -> None:
    """Contacts of customers, each in the first slice or not and in the second or not; the part is those in both."""

    def counted(*within: int) -> Counter[int]:
        return Counter(contact[0] for contact in contacts if all(contact[place] for place in within))

    def squares(counts: Counter[int]) -> int:
        return sum(n * n for n in counts.values())

    part, first, second = counted(1, 2), counted(1), counted(2)
    n = part.total()
    wholes = [(squares(each), max(each.values(), default=0)) for each in (first, second)]
    assert squares(part) <= squares_at_most(n, wholes) <= n * n
    # A slice within itself alone has its own sum.
    assert squares_at_most(first.total(), wholes[:1]) == squares(first)


def test_rare_events_of_few_heavy_customers_take_the_greater_of_two_design_effects() -> None:
    """1,000 contacts, 330 of one customer with 12 of 16 yeses; 670 customers have one each, four of them with a yes."""
    squares = 330**2 + 670
    own = OwnSums(customers=671, successes=16, products=12 * 330 + 4, success_squares=12**2 + 4)
    p = 0.016
    spread = (12 - p * 330) ** 2 + 4 * (1 - p) ** 2 + 666 * p**2
    clustered = clustered_rate(16, 1000, spread=spread, clusters=671, squares=squares).deff
    assert interval_deff(0.01, 1000, squares, own) == pytest.approx(clustered)
    assert clustered > student(slice_deff(0.01, 1000, squares), 1000)
    # A correlation that says more stays in force.
    assert interval_deff(1.0, 1000, squares, own) == pytest.approx(interval_deff(1.0, 1000, squares))
    # Events that are not rare (the same sums for 300 yeses), or customers who are many, are read by ρ alone.
    often = OwnSums(customers=671, successes=300, products=90 * 330 + 210, success_squares=90**2 + 210)
    assert interval_deff(0.01, 1000, squares, often) == interval_deff(0.01, 1000, squares)
    many = OwnSums(customers=1000, successes=16, products=16, success_squares=16)
    assert interval_deff(0.01, 1000, 1000, many) == interval_deff(0.01, 1000, 1000)


def test_intervals_cover_slices_of_many_customers_and_of_one_who_makes_a_third() -> None:
    """What docs/statistics.md measures, small: nominal either way, where one design effect for all slices is wrong both ways."""
    hits: dict[float, list[bool]] = {0.0: [], 0.33: []}
    one_for_all: dict[float, list[bool]] = {0.0: [], 0.33: []}
    cells = product((300, 1000), (0.1, 0.5), hits, (0.05, 0.2))
    for place, (n, rate, largest, correlation) in enumerate(cells):
        made = trials_of(
            np.random.default_rng([15, place]), 100, n=n, rate=rate, largest=largest, correlation=correlation
        )
        hits[largest] += made.covered(made.effects())
        one_for_all[largest] += made.covered(made.history.tolist())
    # 800 slices each: ± .015 are two standard errors.
    assert 0.93 <= np.mean(hits[0.0]) <= 0.97
    assert 0.93 <= np.mean(hits[0.33]) <= 0.975
    assert np.mean(one_for_all[0.0]) > 0.975
    assert np.mean(one_for_all[0.33]) < 0.93


def test_rare_events_of_few_heavy_customers_are_covered() -> None:
    """By ρ alone they are in .89 of such slices."""
    hits, alone = [], []
    for place in range(6):
        made = trials_of(np.random.default_rng([16, place]), 80, n=1000, rate=0.02, largest=0.33, correlation=0.05)
        hits += made.covered(made.effects())
        alone += made.covered([interval_deff(rho, made.n, made.squares) for rho in made.correlation.tolist()])
    assert 0.93 <= np.mean(hits) <= 0.985
    assert np.mean(alone) < 0.93
