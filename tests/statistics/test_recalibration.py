"""Recalibration (M9): maps by hand, against scikit-learn, judged out of time, limits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression

from pipelines.statistics.calibration import Claims, calibration, judged_claims
from pipelines.statistics.isotonic import tally
from pipelines.statistics.recalibration import isotonic_map, logistic_map, recalibration


def _claims(rng: np.random.Generator, n: int, slope: float, base: float, customers: int | None = None) -> Claims:
    """Claims whose true log odds are base + slope · those stated."""
    confidence = rng.beta(4, 1.5, n)
    correct = rng.random(n) < expit(base + slope * logit(confidence))
    return judged_claims(confidence, correct, None if customers is None else rng.integers(0, customers, n))


def test_isotonic_map_by_hand() -> None:
    # .2 .4 .6 .8 with 0 1 0 1: 0 ½ ½ 1; halfway between .6 and .8: ¾; level outside.
    fitted = isotonic_map(tally(np.array([0.2, 0.4, 0.6, 0.8]), np.array([False, True, False, True])))
    assert fitted.apply([0.0, 0.2, 0.5, 0.7, 1.0]) == pytest.approx([0, 0, 0.5, 0.75, 1])
    rng = np.random.default_rng(0)
    x, y = rng.random(500).round(2), rng.random(500) < 0.5
    theirs = IsotonicRegression(out_of_bounds="clip").fit(x, y)
    assert isotonic_map(tally(x, y)).apply(x) == pytest.approx(theirs.predict(x), abs=1e-12)


def test_logistic_map_finds_the_planted_line() -> None:
    claims = _claims(np.random.default_rng(1), 200_000, 0.5, -0.4)
    fitted = logistic_map(tally(claims.confidence, claims.correct))
    assert fitted.apply([0.5, 0.8, 0.95]) == pytest.approx(expit(-0.4 + 0.5 * logit([0.5, 0.8, 0.95])), abs=0.01)


def test_logistic_map_is_where_the_likelihood_is_level() -> None:
    # At the maximum the residuals against Platt's targets sum to 0, alone and times the log odds.
    claims = _claims(np.random.default_rng(2), 400, 0.8, -0.3)
    counts = tally(claims.confidence, claims.correct)
    fitted = logistic_map(counts)
    a, slope = np.linalg.lstsq(
        np.c_[np.ones(99), logit(np.arange(1, 100) / 100)], logit(fitted.calibrated[1:100]), rcond=None
    )[0]
    right = counts.correct.sum()
    target = np.where(claims.correct, (right + 1) / (right + 2), 1 / (400 - right + 2))
    left = target - expit(a + slope * logit(np.clip(claims.confidence, 0.001, 0.999)))
    assert left.sum() == pytest.approx(0, abs=1e-3)
    assert (left * logit(claims.confidence)).sum() == pytest.approx(0, abs=1e-3)


def test_maps_of_degenerate_groups() -> None:
    for confidence, correct in (([0.7], [True]), ([0.7] * 5, [True] * 5), ([0.0, 1.0, 1.0], [True] * 3)):
        counts = tally(np.array(confidence), np.array(correct))
        assert isotonic_map(counts).apply([0, 0.5, 1]).tolist() == [1, 1, 1]
        calibrated = logistic_map(counts).apply([0, 0.5, 1])
        assert ((calibrated > 0.5) & (calibrated < 1)).all()
    # Falling: the more certain, the more often wrong. A map does not turn confidences around.
    falling = logistic_map(tally(np.repeat([0.2, 0.8], 100), np.arange(200) < 100))
    assert falling.apply([0.2, 0.8]) == pytest.approx([0.5, 0.5])


def test_gain_by_hand() -> None:
    # Earlier: all at .9, 60 of 100 right. Later the same: Brier .6·.01 + .4·.81 = .33 stated, .24 calibrated.
    claims = judged_claims(np.full(100, 0.9), np.arange(100) < 60)
    found = recalibration(claims, claims)
    assert found.gain == pytest.approx(0.09, abs=1e-4)
    assert found.map.kind == "isotonic"  # exactly .6; Platt's targets pull the logistic map a little towards ½
    assert found.map.apply(0.9) == pytest.approx(0.6)


def test_judged_on_a_later_period_with_customers() -> None:
    rng = np.random.default_rng(7)
    found = recalibration(_claims(rng, 2000, 0.6, -0.6, 500), _claims(rng, 2000, 0.6, -0.6, 500))
    assert found.helps
    assert found.lower < found.gain < found.upper
    assert found.other_gain <= found.gain
    assert (found.fitted_on, found.judged_on) == (2000, 2000)
    fair = recalibration(_claims(rng, 2000, 1, 0), _claims(rng, 2000, 1, 0))
    assert not fair.helps
    # What an earlier period taught may have ceased to hold: the gain says so.
    turned = recalibration(_claims(rng, 2000, 0.6, -0.8), _claims(rng, 2000, 1, 1.0))
    assert turned.upper < 0


def test_recalibrated_confidence_is_less_miscalibrated() -> None:
    rng = np.random.default_rng(8)
    earlier, later = _claims(rng, 5000, 0.5, -0.5), _claims(rng, 5000, 0.5, -0.5)
    found = recalibration(earlier, later)
    after = calibration(judged_claims(found.map.apply(later.confidence), later.correct))
    before = calibration(later)
    assert after.miscalibration < before.miscalibration / 4
    assert before.brier - after.brier == pytest.approx(found.gain, abs=1e-12)


@pytest.mark.parametrize(("n", "m"), [(0, 500), (99, 500), (500, 99)])
def test_too_few_claims_in_a_period(n: int, m: int) -> None:
    rng = np.random.default_rng(3)
    found = recalibration(_claims(rng, n, 1, 0), _claims(rng, m, 1, 0))
    assert (found.map, found.gain, found.helps) == (None, None, False)
    assert found.reason.startswith("insufficient: ")


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.integers(-1, 9)), min_size=1, max_size=40), st.randoms())
def test_order_changes_nothing_and_maps_rise(rows: list[tuple[float, bool, int]], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (
        recalibration(claims, claims, min_claims=1)
        for claims in (judged_claims(*(np.array(p) for p in zip(*made, strict=True))) for made in (rows, shuffled))
    )
    assert one.map.kind == other.map.kind
    assert one.map.calibrated.tolist() == other.map.calibrated.tolist()
    assert one.gain == pytest.approx(other.gain, abs=1e-12)
    assert (np.diff(one.map.calibrated) >= 0).all()
    assert ((one.map.calibrated >= 0) & (one.map.calibrated <= 1)).all()


def test_a_single_customer_leaves_the_gain_without_bounds_and_says_why() -> None:
    claims = judged_claims(np.full(100, 0.9), np.arange(100) < 60, np.zeros(100, dtype=int))
    found = recalibration(claims, claims)
    assert found.gain is not None
    assert (found.lower, found.helps, found.interval_reason) == (None, False, "one customer: no interval")
