"""Scores of stated confidence (M9): hand-derived values, guards, limits, properties, and the words."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from sklearn.metrics import log_loss

from pipelines.statistics.calibrated_claims import claim_correlation
from pipelines.statistics.calibration import (
    MIN_CLAIMS,
    CalibrationScores,
    calibration,
    calibration_error,
    judged_claims,
    mass_bins,
    stated_against_true,
    with_q_values,
)
from pipelines.statistics.intervals import wilson, wilson_at
from pipelines.statistics.isotonic import pooled_adjacent_violators, tally

NUMBERS = [
    name
    for name in CalibrationScores.__dataclass_fields__
    if name not in {"n", "refused", "reason", "interval_reason", "q_value"}
]


#: Known to fewer digits than sums are: from a root search, and from draws of a covariance.
DRAWN = {"p_value", "ece_null", "ece_null_upper"}


def test_decomposition_by_hand() -> None:
    # Confidence .2 .4 .6 .8, outcomes 0 1 0 1. Isotonic fit: 0 ½ ½ 1.
    # Brier: (.04 + .36 + .36 + .04) / 4 = .2; of the fit: (0 + .25 + .25 + 0) / 4 = .125; of the mean ½: .25.
    found = calibration(judged_claims([0.2, 0.4, 0.6, 0.8], [0, 1, 0, 1]), min_claims=1)
    assert (found.n, found.mean_confidence, found.accuracy) == (4, 0.5, 0.5)
    assert found.brier == pytest.approx(0.2)
    assert found.miscalibration == pytest.approx(0.075)
    assert found.discrimination == pytest.approx(0.125)
    assert found.uncertainty == 0.25
    # −(ln .8 + ln .4 + ln .4 + ln .8) / 4
    assert found.log_loss == pytest.approx(-(np.log(0.8) + np.log(0.4)) / 2)
    assert found.bias == pytest.approx(0)


def test_debiased_error_by_hand() -> None:
    def debiased(confidence: Any, correct: Any) -> float:
        claims = judged_claims(confidence, correct)
        return calibration_error(claims, tally(claims.confidence, claims.correct)).value

    # One confidence, .9, ten claims, 6 right: (.3)² − .6·.4/9 = .09 − .0266667 = .0633333, root .2516611.
    assert debiased(np.full(10, 0.9), np.arange(10) < 6) == pytest.approx(0.2516611)
    # Two bins: ten at .5, 5 right (0 − .25/9 = −.0277778), and the ten above; half their sum .0177778, root .1333333.
    two = debiased(np.repeat([0.5, 0.9], 10), np.r_[np.arange(10) < 5, np.arange(10) < 6])
    assert two == pytest.approx(0.1333333)
    # What noise alone explains is 0, and a single claim explains nothing.
    assert debiased(np.full(10, 0.5), np.arange(10) < 5) == 0
    assert debiased([0.5], [True]) == 0


def test_bins_keep_ties_together_and_share_the_mass() -> None:
    confidence = np.r_[np.linspace(0, 0.9, 300), np.ones(100)]
    bins = mass_bins(tally(confidence, confidence > 2))
    assert (np.diff(bins) >= 0).all()
    # The hundred at 1 are ranks 301 to 400, their middle 350 of 400: bin ⌊15 · 350 / 400⌋ = 13, and none in the last.
    assert bins[-1] == 13
    assert mass_bins(tally(np.linspace(0, 1, 150), np.zeros(150, bool))).tolist() == np.repeat(range(15), 10).tolist()


def test_the_noise_of_customers_is_taken_off_the_error() -> None:
    # Two customers of five claims at .9: one always right, one wrong four times in five. Right 6 of 10 as above.
    # Σ e = .5 and 1 − 5·.9 = −3.5; Σ e² = .05 and .01 + 4·.81 = 3.25. Weighted by 1/4: (.25 − .05 + 12.25 − 3.25) / 4 = 2.3;
    # possible: 2 · (25 − 5)·.09 / 4 = .9: ρ = 1 (2.6 at most 1), k = (25 + 25)/10 = 5, deff = 5.
    # (.3)² − 5 · .6·.4/9 < 0: nothing that two customers could not have made.
    claims = judged_claims(np.full(10, 0.9), np.r_[np.ones(5), 1, 0, 0, 0, 0], np.repeat([1, 2], 5))
    counts = tally(claims.confidence, claims.correct)
    assert claim_correlation(claims.confidence, claims.correct, claims.codes) == 1
    assert calibration_error(claims, counts).value == 0
    alone = calibration_error(replace(claims, codes=None), counts)
    assert alone.value == pytest.approx(0.2516611)
    # √(5 times the variance) of a calibrated AI, and with it its error's bound.
    assert calibration_error(claims, counts).null_upper == pytest.approx(alone.null_upper * np.sqrt(5), rel=1e-6)


def test_correlation_of_claims_by_hand() -> None:
    # One customer, .8 and .5, both right: e = .2, .5; pairs 2 · .1; possible 2 · .4 · .5 = .4. ρ = .2/.4 = .5.
    stated, right = np.array([0.8, 0.5]), np.array([True, True])
    assert claim_correlation(stated, right, np.array([3, 3])) == pytest.approx(0.5)
    assert claim_correlation(stated, right, np.array([3, 4])) == 0
    assert claim_correlation(stated, right, None) == 0
    assert claim_correlation(stated, np.array([True, False]), np.array([3, 3])) == 0


@pytest.mark.parametrize("together", [0.0, 0.5])
def test_the_error_of_calibrated_ais_is_what_is_printed_beside_it(together: float) -> None:
    """Where the truth is 0 the error is above 0 on average; its null is printed and is exceeded one time in twenty."""
    rng, found = np.random.default_rng(5), []
    for run in range(150):
        codes = np.repeat(np.arange(60), 8)
        confidence = rng.beta(4, 2, len(codes))
        effect = np.sqrt(together) * rng.normal(size=60)[codes] + np.sqrt(1 - together) * rng.normal(size=len(codes))
        claims = judged_claims(confidence, ndtr(effect) < confidence, codes)
        found.append(calibration_error(claims, tally(claims.confidence, claims.correct), f"run {run}"))
    error, null, upper = np.array(found).T
    spread = error.std() / np.sqrt(len(found))
    assert error.mean() > 0.01
    assert null.mean() == pytest.approx(error.mean(), abs=3 * spread)
    assert (error > upper).mean() < 0.05 + 3 * np.sqrt(0.05 * 0.95 / len(found))


def test_log_loss_of_exact_zero_and_one_is_that_of_scikit_learn() -> None:
    confidence, correct = np.array([0.0, 1.0, 1.0, 0.3]), np.array([0, 1, 0, 1])
    found = calibration(judged_claims(confidence, correct), min_claims=1)
    assert found.log_loss == pytest.approx(log_loss(correct, confidence))
    assert found.log_loss == pytest.approx((36.04365 - np.log(0.3)) / 4, abs=1e-4)


def test_what_cannot_be_judged_is_refused_with_a_reason() -> None:
    confidence = [0.9, np.nan, 1.2, -0.1, 0.8, 0.7, 0.6, np.inf]
    outcome = [1, 1, 1, 1, 0.5, np.nan, 0, 1]
    claims = judged_claims(confidence, outcome, np.arange(8))
    assert claims.confidence.tolist() == [0.9, 0.6]
    assert claims.codes.tolist() == [0, 6]
    assert [(refused.reason, refused.claims) for refused in claims.refused] == [
        ("no stated confidence", 1),
        ("stated confidence outside 0 to 1", 3),
        ("no verdict", 1),
        ("outcome neither right nor wrong (a draw)", 1),
    ]
    assert calibration(claims).refused == claims.refused
    with pytest.raises(ValueError, match="one confidence"):
        judged_claims([0.5], [1, 0])
    with pytest.raises(ValueError, match="one customer code"):
        judged_claims([0.5], [1], [1, 2])


@pytest.mark.parametrize("n", [0, 1, MIN_CLAIMS - 1])
def test_small_groups_are_insufficient(n: int) -> None:
    found = calibration(judged_claims(np.full(n, 0.5), np.ones(n)))
    assert found.n == n
    assert all(getattr(found, name) is None for name in NUMBERS)
    assert found.reason.startswith("insufficient: ")
    assert stated_against_true(judged_claims(np.full(n, 0.5), np.ones(n))) is None


def test_only_nan_is_insufficient() -> None:
    claims = judged_claims(np.full(200, np.nan), np.ones(200))
    assert calibration(claims).reason == "insufficient: no claims"
    assert claims.refused[0].claims == 200


def test_one_claim_and_all_correct_are_exact() -> None:
    single = calibration(judged_claims([0.75], [1]), min_claims=1)
    assert (single.brier, single.miscalibration, single.discrimination, single.uncertainty) == (0.0625, 0.0625, 0, 0)
    assert (single.lower, single.p_value) == (None, None)
    assert single.interval_reason == "one customer: no interval"
    right = calibration(judged_claims(np.full(200, 0.9), np.ones(200)))
    assert right.brier == pytest.approx(0.01)
    assert right.miscalibration == pytest.approx(0.01)
    assert right.ece_debiased == pytest.approx(0.1)
    assert right.lower < -0.0999
    assert right.upper < 0


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.integers(-1, 9)), min_size=2, max_size=60), st.randoms())
def test_properties(rows: list[tuple[float, bool, int]], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other, twice = (
        calibration(judged_claims(*(np.array(part) for part in zip(*made, strict=True))), min_claims=1)
        for made in (rows, shuffled, rows * 2)
    )
    for name in NUMBERS:
        value = getattr(one, name)
        assert value is None or value == pytest.approx(getattr(other, name), abs=1e-9 if name in DRAWN else 1e-12)
        if name not in {"ece_debiased", "lower", "upper", *DRAWN}:
            assert value == pytest.approx(getattr(twice, name), abs=1e-12)
    assert one.brier == pytest.approx(one.miscalibration - one.discrimination + one.uncertainty, abs=1e-12)
    assert min(one.miscalibration, one.discrimination) > -1e-12
    confidence, correct = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    counts = tally(confidence, correct)
    fitted, blocks = pooled_adjacent_violators(counts.correct, counts.claims)
    assert (np.diff(fitted) >= 0).all()
    assert (np.diff(fitted[blocks[:-1]]) > 0).all()
    assert (fitted * counts.claims).sum() == pytest.approx(correct.sum())


def test_q_values_go_to_the_groups_that_have_a_p() -> None:
    rng = np.random.default_rng(0)
    groups = [calibration(judged_claims(rng.random(n), rng.random(n) < 0.5)) for n in (200, 20, 300)]
    first, second, third = with_q_values(groups)
    assert second.q_value is None
    assert max(first.q_value, third.q_value) == pytest.approx(max(first.p_value, third.p_value))


def test_claims_around_the_median_are_right_as_often_as_they_are() -> None:
    # 1,000 claims at .85, 610 right, one a customer: Wilson of 610 / 1,000 is .579 to .640; that deff is 1000 / 999 and the
    # quantile Student's with 999 degrees of freedom, 1.9623, is seen in the fifth digit.
    claims = judged_claims(np.full(1000, 0.85), np.arange(1000) < 610)
    near = stated_against_true(claims)
    assert (near.lower, near.upper) == pytest.approx(tuple(wilson(610, 1000)), abs=1e-4)
    assert (near.lower, near.upper) == pytest.approx(tuple(wilson_at(0.61, 999, 1.962341)), abs=1e-6)
    assert (near.stated, near.accuracy, near.n) == (pytest.approx(0.85), pytest.approx(0.61), 1000)


def test_the_claims_near_a_confidence_are_those_of_its_bin() -> None:
    confidence = np.linspace(0, 1, 1501)
    claims = judged_claims(confidence, np.random.default_rng(1).random(1501) < confidence)
    near = stated_against_true(claims, 0.9)
    assert near.n == 100
    assert near.stated_from <= 0.9 <= near.stated_to
    assert (round(near.stated_from, 2), round(near.stated_to, 2)) == (0.87, 0.93)
    middle = stated_against_true(claims)
    assert middle.stated_from <= 0.5 <= middle.stated_to


def test_nowhere_nothing_is_stated() -> None:
    assert stated_against_true(judged_claims(np.full(200, 0.7), np.ones(200)), float("nan")) is None


def test_a_bin_holds_claims_enough() -> None:
    def quoted(n: int) -> int:
        near = stated_against_true(judged_claims(np.linspace(0, 1, n), np.arange(n) % 2))
        return near.n

    # Three bins of a third up to 299 claims, five of a fifth from 300 on, fifteen from 900 on.
    assert [quoted(n) for n in (102, 180, 300, 900, 3000)] == [34, 60, 60, 60, 200]
