"""Intervals against hand-derived values, statsmodels and scipy, and their limits."""

import math

import pytest
from scipy.stats import poisson
from statsmodels.stats.proportion import proportion_confint

from pipelines.statistics import events_per_thousand, garwood, paired_gap, proportion, rate_difference, wilson


def test_wilson_by_hand() -> None:
    # p = .8, n = 100, z = 1.959964, z² = 3.841459:
    # centre = (.8 + .019207) / 1.038415 = .788902; half = 1.959964 · √(.0016 + .000096036) / 1.038415 = .077730
    lower, upper = wilson(80, 100)
    assert lower == pytest.approx(0.711172, abs=2e-6)
    assert upper == pytest.approx(0.866632, abs=2e-6)


@pytest.mark.parametrize(("k", "n"), [(0, 40), (1, 40), (20, 40), (39, 40), (40, 40), (3, 1_000_000)])
def test_wilson_equals_statsmodels(k: int, n: int) -> None:
    assert wilson(k, n) == pytest.approx(proportion_confint(k, n, method="wilson"), abs=1e-12)


def test_wilson_with_a_design_effect_is_wilson_on_fewer_rows() -> None:
    assert wilson(80, 100, deff=2) == pytest.approx(wilson(40, 50))
    wide, narrow = wilson(30, 100, deff=3), wilson(30, 100)
    assert wide.lower < narrow.lower
    assert wide.upper > narrow.upper


def test_wilson_limits() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 50).lower == 0.0
    assert wilson(50, 50, deff=1.7).upper == 1.0
    # All of n = z²: upper 1, lower (1 + ½ − ½) / 2 = ½.
    z2 = 1.959963984540054**2
    assert wilson(z2, z2).lower == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("k", "n", "deff", "level"), [(5, 4, 1, 0.95), (-1, 4, 1, 0.95), (1, 4, 0.9, 0.95), (1, 4, 1, 1.0)]
)
def test_wilson_refuses_the_impossible(k: float, n: float, deff: float, level: float) -> None:
    with pytest.raises(ValueError, match=r"."):
        wilson(k, n, deff, level)


def test_garwood_by_hand() -> None:
    # No event: upper = −ln(.025) = 3.688879 events; with 1,000 contacts that is 3.688879 per 1,000.
    assert garwood(0, 1000) == pytest.approx((0.0, 3.688879), abs=1e-6)
    # Ten events, tables of the Poisson mean: 4.795 to 18.390; over 2,000 contacts half of it per 1,000.
    assert garwood(10, 2000) == pytest.approx((4.795389 / 2, 18.390356 / 2), abs=1e-6)


@pytest.mark.parametrize("k", [1, 4, 57])
def test_garwood_bounds_leave_exactly_the_tails(k: int) -> None:
    lower, upper = garwood(k, 1000)
    assert poisson.sf(k - 1, lower) == pytest.approx(0.025)
    assert poisson.cdf(k, upper) == pytest.approx(0.025)


def test_garwood_without_exposure_knows_nothing() -> None:
    assert garwood(3, 0) == (0.0, math.inf)
    with pytest.raises(ValueError, match="counts"):
        garwood(-1, 10)


def test_paired_gap_by_hand() -> None:
    # n = 98, 30 claimed only, 8 outcome only. Plus half a row a cell: b = 30.5, c = 8.5, m = 100; difference .22,
    # variance (39 − 22²/100) / 100² = (39 − 4.84) / 10⁴ = .003416, half = 1.959964 · .0584466 = .114553.
    assert paired_gap(30, 8, 98) == pytest.approx((0.22 - 0.114553, 0.22 + 0.114553), abs=1e-5)


def test_paired_gap_stays_in_range_and_widens() -> None:
    assert paired_gap(0, 0, 0) == (-1.0, 1.0)
    assert paired_gap(40, 0, 40).upper <= 1.0
    assert paired_gap(30, 8, 98, deff=2).lower < paired_gap(30, 8, 98).lower
    with pytest.raises(ValueError, match="discordant"):
        paired_gap(60, 60, 98)


def test_a_rate_below_min_n_is_null_with_a_reason() -> None:
    rate = proportion(20, 29)
    assert (rate.value, rate.lower, rate.upper) == (None, None, None)
    assert (rate.numerator, rate.denominator) == (20, 29)
    assert rate.reason == "29 contacts, fewer than 30"
    assert proportion(0, 0, rows="mature contacts").reason == "no mature contacts"
    assert events_per_thousand(2, 10).value is None
    assert rate_difference(2, 1, 10).value is None


def test_a_rate_from_min_n_on_has_value_and_interval() -> None:
    rate = proportion(24, 30, deff=1.5)
    assert rate.value == pytest.approx(0.8)
    assert (rate.lower, rate.upper) == wilson(24, 30, 1.5)
    assert rate.reason is None
    assert proportion(5, 10, min_n=5).value == 0.5
    assert events_per_thousand(3, 1500).value == pytest.approx(2.0)
    assert rate_difference(30, 8, 98).value == pytest.approx(22 / 98)
