"""The week of a step: by hand, on planted steps, and that without a step none is claimed."""

import numpy as np
import pytest

from pipelines.statistics.change_point import LEAST_WEEKS, ChangePoint, change_point


def weekly(rates: list[float], contacts: int, seed: int = 1, *, customers: int = 400) -> ChangePoint | None:
    """Of weeks with these rates; every contact of a customer drawn from ``customers``."""
    rng = np.random.default_rng(seed)
    week = np.repeat(np.arange(len(rates)), contacts)
    y = (rng.random(len(week)) < np.repeat(rates, contacts)).astype(float)
    n, sums = (np.zeros((customers, len(rates))) for _ in range(2))
    who = rng.integers(0, customers, len(week))
    np.add.at(n, (who, week), 1)
    np.add.at(sums, (who, week), y)
    return change_point(n, sums, sums.sum(axis=0), seed=seed)


def exact(means: list[float], contacts: float = 100.0) -> ChangePoint | None:
    """Of weeks with exactly these means, one customer a week."""
    n = np.diag(np.full(len(means), contacts))
    y = n * means
    return change_point(n, y, y.sum(axis=0), seed=1)


def test_by_hand() -> None:
    """Eight weeks of 100: .2, .3, .2, .3, then .5, .6, .5, .6. The step is the fifth week, from .25 to .55."""
    found = exact([0.2, 0.3, 0.2, 0.3, 0.5, 0.6, 0.5, 0.6])
    assert found is not None
    assert (found.week, found.before, found.after) == (4, pytest.approx(0.25), pytest.approx(0.55))
    assert found.first <= 4 <= found.last
    assert found.p < 0.05
    assert not found.is_gradual


@pytest.mark.parametrize("at", [3, 8, 12])
def test_a_planted_step_is_found_with_its_week(at: int) -> None:
    found = weekly([0.3] * at + [0.5] * (16 - at), 150, seed=at)
    assert found is not None
    assert found.p < 0.01
    assert abs(found.week - at) <= 1
    assert found.first <= at <= found.last
    assert found.last - found.first <= 3


def test_without_a_step_none_is_claimed() -> None:
    claimed = [weekly([0.35] * 16, 60, seed=seed) for seed in range(40)]
    assert sum(each is not None and each.p <= 0.05 for each in claimed) <= 3


def test_weeks_that_differ_for_reasons_of_their_own_are_no_step() -> None:
    """A rate that swings by 8 points from week to week: contacts alone would claim a step nearly always."""
    rng = np.random.default_rng(9)
    claimed = [weekly(list(rng.normal(0.4, 0.08, 16)), 400, seed=seed) for seed in range(30)]
    assert sum(each is not None and each.p <= 0.05 for each in claimed) <= 4


def test_one_customer_with_a_third_of_the_contacts_is_no_step() -> None:
    """From the ninth week on one customer makes 30 of 90 contacts, all of them bad; the others do as before."""
    rng = np.random.default_rng(2)
    n, y = np.zeros((961, 16)), np.zeros((961, 16))
    for week in range(16):
        who = slice(week * 60, (week + 1) * 60)
        n[who, week] = 1
        y[who, week] = rng.random(60) < 0.3
    n[960, 8:], y[960, 8:] = 30, 30
    found = change_point(n, y, y.sum(axis=0), seed=1)
    assert found is not None
    assert found.p > 0.05


def test_a_steady_rise_is_called_gradual() -> None:
    found = weekly(list(np.linspace(0.2, 0.6, 16)), 300)
    assert found is not None
    assert found.is_gradual


def test_what_does_not_tell_a_step() -> None:
    assert exact([0.2] * (LEAST_WEEKS - 1)) is None, "too few weeks"
    level = exact([0.25] * 10)
    assert level is not None
    assert level.p == 1.0, "equal weeks"
    n = np.ones((4, 10))
    assert change_point(n, np.ones((4, 10)), np.full(10, 4.0), seed=1) is None, "no value but one"


def test_weeks_without_contacts_are_left_out_and_keep_their_places() -> None:
    means = [0.2, 0.3, 0.2, 0.3, 0.2, 0.5, 0.6, 0.5, 0.6]
    n = np.diag([100.0, 100.0, 100.0, 0.0, 100.0, 100.0, 100.0, 100.0, 100.0])
    y = n * means
    found = change_point(n, y, y.sum(axis=0), seed=1)
    assert found is not None
    assert found.week == 5


def test_a_step_in_means_of_any_size_is_the_same_step() -> None:
    means = np.array([0.2, 0.3, 0.2, 0.3, 0.5, 0.6, 0.5, 0.6])
    n = np.diag(np.full(8, 100.0))

    def found(scale: float, off: float) -> tuple[int, int, int, float]:
        y = n * (scale * means + off)
        # One value a week: the squares are those of equal contacts.
        squares = np.diag(n) * (scale * means + off) ** 2
        step = change_point(n, y, squares, seed=1)
        assert step is not None
        return step.week, step.first, step.last, step.p

    assert found(1.0, 0.0) == found(20.0, -3.0)
