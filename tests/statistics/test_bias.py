"""Bias of stated confidence (M9): hand-derived values, limits, properties, coverage and drift with customers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t

from pipelines.statistics.bias import bias, bias_change, q_values
from pipelines.statistics.clusters import clustered_mean

Sample = tuple[np.ndarray, np.ndarray, np.ndarray]


def _sample(rng: np.random.Generator, customers: int, size: float, accuracy: float, spread: float) -> Sample:
    """Claims of customers with leanings of their own; confidence from Beta(8, 2), mean .8, whatever the outcome."""
    codes = np.repeat(np.arange(customers), 1 + rng.poisson(size - 1, customers))
    leaning = rng.beta(spread * accuracy, spread * (1 - accuracy), customers)[codes]
    return rng.beta(8, 2, len(codes)), (rng.random(len(codes)) < leaning).astype(float), codes


def test_bias_by_hand() -> None:
    # One confidence (.9), 4 customers with one claim each, 3 right: bias .9 − .75, the interval is Wilson's mirrored.
    # Clustered variance 4/3 · (.75·.25·4) / 16 = .0625 against binomial .046875: deff 4/3, so n / deff = 3.
    found = bias([0.9] * 4, [1, 1, 1, 0], [0, 1, 2, 3])
    assert found.value == pytest.approx(0.15)
    z = t.ppf(0.975, 3)
    centre = (0.75 + z * z / 6) / (1 + z * z / 3)
    half = z * np.sqrt(0.75 * 0.25 / 3 + z * z / 36) / (1 + z * z / 3)
    assert found.lower == pytest.approx(0.9 - (centre + half))
    assert found.upper == pytest.approx(0.9 - (centre - half))


def test_in_large_groups_it_is_the_clustered_t_interval() -> None:
    x, y, codes = _sample(np.random.default_rng(1), 20_000, 3, 0.7, 3)
    found, plain = bias(x, y, codes), clustered_mean(x - y, codes)
    assert found.value == pytest.approx(plain.value)
    assert (found.lower, found.upper) == pytest.approx((plain.lower, plain.upper), abs=5e-5)


def test_all_correct_is_no_certainty() -> None:
    found = bias(np.linspace(0.9, 0.999, 50), np.ones(50))
    assert found.value == pytest.approx(-0.0505)
    assert found.upper > 0.02
    assert found.p_value > 0.05
    # Ten customers with five claims each: known as ten, not as fifty.
    few = bias(np.full(50, 0.9), np.ones(50), np.arange(50) // 5)
    # Wilson of all of ten at z = t(.975; 9): lower bound 10 / (10 + z²).
    assert few.upper == pytest.approx(0.9 - 10 / (10 + t.ppf(0.975, 9) ** 2))


def test_p_value_is_where_the_interval_touches_zero() -> None:
    x, y, codes = _sample(np.random.default_rng(4), 80, 2, 0.7, 4)
    found = bias(x, y, codes)
    assert found.p_value is not None
    touching = bias(x, y, codes, level=1 - found.p_value)
    assert touching.lower == pytest.approx(0, abs=1e-9)
    assert bias([0.5, 0.5], [0, 1]).p_value == 1.0
    # All confidence 1 and one claim wrong: impossible for a calibrated model.
    assert bias(np.ones(200), np.r_[0, np.ones(199)]).p_value < 1e-6


def test_limits() -> None:
    assert bias([], []).reason == "no claims"
    assert bias([0.7], [1]).reason == "one customer: no interval"
    assert bias([0.7, 0.8], [1, 1], [3, 3]).value == pytest.approx(-0.25)
    # One customer holds nearly everything: next to nothing is known, and nothing breaks.
    dominated = bias(np.full(5001, 0.5), np.r_[np.ones(2500), np.zeros(2501)], np.r_[np.zeros(5000, int), 1])
    assert dominated.lower < -0.4
    assert dominated.upper > 0.4
    with pytest.raises(ValueError, match="one confidence"):
        bias([0.5, 0.5], [1], [1, 2])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.integers(-1, 6)), min_size=2, max_size=40), st.randoms())
def test_order_and_names_change_nothing(rows: list[tuple[float, bool, int]], random: object) -> None:
    shuffled = [(x, y, c if c < 0 else 900 - 7 * c) for x, y, c in rows]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (bias(*(np.array(part) for part in zip(*rows_, strict=True))) for rows_ in (rows, shuffled))
    assert one.reason == other.reason
    assert one.value == pytest.approx(other.value, abs=1e-12)
    if one.reason is None:
        assert (one.lower, one.upper) == pytest.approx((other.lower, other.upper), abs=1e-9)
        assert -1 <= one.lower <= one.value + 1e-12
        assert one.value - 1e-12 <= one.upper <= 1
        assert 0 <= one.p_value <= 1


def test_every_claim_twice_says_no_more() -> None:
    x, y, codes = _sample(np.random.default_rng(9), 90, 1, 0.8, 5)
    once, twice = bias(x, y, codes), bias(np.tile(x, 2), np.tile(y, 2), np.tile(codes, 2))
    assert (twice.lower, twice.upper) == pytest.approx((once.lower, once.upper))
    assert twice.p_value == pytest.approx(once.p_value, abs=1e-9)


@pytest.mark.parametrize(
    ("customers", "size", "accuracy", "spread"), [(120, 1, 0.97, 50), (60, 2, 0.98, 20), (100, 3, 0.7, 3)]
)
def test_interval_covers_with_clustered_customers(customers: int, size: float, accuracy: float, spread: float) -> None:
    rng, runs = np.random.default_rng(23), 800
    held = 0
    for _ in range(runs):
        found = bias(*_sample(rng, customers, size, accuracy, spread))
        held += found.lower <= 0.8 - accuracy <= found.upper
    assert held / runs > 0.95 - 3 * np.sqrt(0.95 * 0.05 / runs)


def test_drift_by_hand() -> None:
    # Before: confidence .8, right 8 of 10; after: .9, right 5 of 10. Bias 0 → .4.
    before = (np.full(10, 0.8), np.r_[np.ones(8), 0, 0], np.arange(10))
    after = (np.full(10, 0.9), np.r_[np.ones(5), np.zeros(5)], np.arange(10, 20))
    found = bias_change(before, after)
    one, other = bias(*before), bias(*after)
    assert found.value == pytest.approx(0.4)
    # No customer in common: the distances of the two intervals add as squares.
    assert found.lower == pytest.approx(0.4 - np.hypot(other.value - other.lower, one.upper - one.value))
    # The same customers with the same outcomes: what was uncertain about them cancels.
    steady = bias_change(before, (np.full(10, 0.7), before[1], before[2]))
    assert steady.value == pytest.approx(-0.1)
    assert steady.upper - steady.lower < 0.05 + (found.upper - found.lower) / 2
    assert bias_change(before, (np.empty(0), np.empty(0), np.empty(0, int))).reason == "no claims in one of the periods"
    assert bias_change(before, (np.ones(1), np.ones(1), np.ones(1, int))).reason == "one customer in one of the periods"


def test_drift_is_found_and_not_invented() -> None:
    rng, runs = np.random.default_rng(31), 400
    false, found = 0, 0
    for _ in range(runs):
        x, y, codes = _sample(rng, 100, 6, 0.7, 3)
        first = rng.random(len(x)) < 0.5
        months = [(x[part], y[part], codes[part]) for part in (first, ~first)]
        false += bias_change(*months).p_value < 0.05
        worse = (months[1][0], months[1][1] * (rng.random((~first).sum()) > 0.2), months[1][2])
        found += bias_change(months[0], worse).p_value < 0.05
    assert false / runs < 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)
    assert found / runs > 0.9


def test_q_values_by_hand() -> None:
    # Ranked p .01, .02, .04 of three: .03, .03, .04. The one that is not known does not count.
    assert q_values([0.02, None, 0.01, 0.04]) == pytest.approx([0.03, None, 0.03, 0.04])
    assert q_values([None]) == [None]
    assert q_values([]) == []


def test_confidence_of_zero_and_one_that_was_always_right_is_no_certainty() -> None:
    # 70 claims at 1, all right, 30 at 0, all wrong: confidence − correct is 0 throughout. deff = 100 / 99, so 99 claims
    # count; of the right ones as many may be wrong as Wilson's bound of none in 69.3 admits: .7 · t² / (69.3 + t²).
    stated = np.repeat([1.0, 0.0], [70, 30])
    found = bias(stated, stated)
    square = t.ppf(0.975, 99) ** 2
    assert found.value == 0
    assert found.upper == pytest.approx(0.7 * square / (69.3 + square))
    assert found.lower == pytest.approx(-0.3 * square / (29.7 + square))
    assert found.p_value == 1


@pytest.mark.parametrize(("right", "size"), [(0.99, 1), (0.99, 10), (0.9, 10), (0.5, 10)])
def test_interval_covers_confidence_of_zero_and_one(right: float, size: int) -> None:
    """Seven in ten claims are stated at 1; those and the ones at 0 hold as often, by customer."""
    rng, runs, held = np.random.default_rng(29), 500, 0
    for run in range(runs):
        codes = np.arange((100, 300)[run % 2]) // size
        own = rng.beta(1.5 * right, 1.5 * (1 - right), codes[-1] + 1)[codes]
        stated = (rng.random(len(codes)) < 0.7).astype(float)
        found = bias(stated, np.where(rng.random(len(codes)) < own, stated, 1 - stated), codes)
        held += found.lower <= 0.4 * (1 - right) <= found.upper
    assert held / runs > 0.95 - 2.5 * np.sqrt(0.95 * 0.05 / runs)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -0.1, 1.1])
def test_what_cannot_be_judged_gives_no_number(bad: float) -> None:
    codes = np.arange(4)
    for stated, right in (([0.5, bad, 0.5, 0.5], [1, 0, 1, 0]), ([0.5] * 4, [1, 0, bad, 0])):
        found = bias(stated, right, codes)
        assert found.value is None
        assert found.reason.startswith("1 claims that cannot be judged")
        drift = bias_change(([0.5] * 4, [1, 0, 1, 0], codes), (stated, right, codes))
        assert (drift.value, drift.reason) == (None, found.reason)


def test_a_p_that_is_not_known_has_no_q() -> None:
    assert q_values([np.nan, 0.02, None]) == [None, 0.02, None]


def test_drift_without_customers_is_that_of_single_claims() -> None:
    before, after = ([0.8] * 10, np.arange(10) < 8), ([0.9] * 10, np.arange(10) < 5)
    assert bias_change((*before, None), (*after, None)) == bias_change(
        (*before, np.arange(10)), (*after, np.arange(10, 20))
    )
