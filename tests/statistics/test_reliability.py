"""Reliability curve and bands (M9): exact curves, limits, the same rows again, coverage of the consistency band."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from pipelines.statistics.calibration import judged_claims
from pipelines.statistics.isotonic import tally
from pipelines.statistics.reliability import ReliabilityCurve, _cells, confidence_histogram, reliability_curve

ARRAYS = [name for name in ReliabilityCurve.__dataclass_fields__ if name != "reason"]


def test_curve_by_hand() -> None:
    # .2 .4 .6 .8 with 0 1 0 1: the middle two pool to ½.
    curve = reliability_curve(judged_claims([0.2, 0.4, 0.6, 0.8], [0, 1, 0, 1]), "hand", min_claims=1)
    assert curve.confidence.tolist() == [0.2, 0.4, 0.6, 0.8]
    assert curve.estimate.tolist() == [0, 0.5, 0.5, 1]
    assert curve.histogram[[4, 8, 12, 16]].tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("n", [0, 1, 99])
def test_small_groups_have_no_curve(n: int) -> None:
    curve = reliability_curve(judged_claims(np.full(n, 0.5), np.ones(n)), "small")
    assert all(len(getattr(curve, name)) == 0 for name in ARRAYS[:-1])
    assert curve.reason.startswith("insufficient")


def test_one_claim_one_customer_one_confidence_all_correct() -> None:
    single = reliability_curve(judged_claims([0.7], [1]), "single", min_claims=1)
    assert (single.estimate.tolist(), single.reason) == ([1], None)
    # With one customer the bootstrap knows nothing, and the band opens.
    same = reliability_curve(judged_claims(np.full(200, 0.7), np.arange(200) < 150, np.zeros(200, int)), "same")
    assert same.estimate.tolist() == [0.75]
    assert same.lower[0] < 0.2
    steady = reliability_curve(judged_claims(np.full(200, 0.7), np.ones(200)), "steady")
    assert (steady.estimate[0], steady.lower[0], steady.upper[0]) == (1, 1, 1)
    assert steady.consistency_upper[0] < 0.8


def test_histogram_is_closed_where_it_says() -> None:
    bars = confidence_histogram(tally(np.array([0, 0.05, 0.15, 0.3, 0.9499, 0.95, 1.0]), np.ones(7, bool)))
    assert np.flatnonzero(bars).tolist() == [0, 1, 3, 6, 18, 19]
    assert bars[19] == 2


@pytest.mark.parametrize("distinct", [1, 1024, 1025, 1100, 50_000])
def test_cells_ascend_and_keep_the_ends_apart(distinct: int) -> None:
    cell = _cells(distinct)
    assert cell[0] == 0
    assert set(np.diff(cell).tolist()) <= {0, 1}
    assert cell[-1] == min(distinct, 1024) - 1
    edge = np.diff(cell)
    assert (edge[:63] == 1).all()
    assert (edge[-63:] == 1).all()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.integers(-1, 9)), min_size=2, max_size=60), st.randoms())
def test_order_and_names_change_nothing_and_curves_rise(rows: list[tuple[float, bool, int]], random: object) -> None:
    shuffled = [(x, y, c if c < 0 else 10**13 - c) for x, y, c in rows]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (
        reliability_curve(
            judged_claims(*(np.array(part) for part in zip(*made, strict=True))), "group", min_claims=1, replicates=39
        )
        for made in (rows, shuffled)
    )
    for name in ARRAYS:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-12, rtol=0)
        assert name == "histogram" or (np.diff(getattr(one, name)) >= -1e-12).all()
    assert (one.lower <= one.upper).all()


def test_the_name_seeds_and_nothing_else() -> None:
    rng = np.random.default_rng(3)
    confidence = rng.random(400)
    claims = judged_claims(confidence, rng.random(400) < confidence)
    first, again, other = (reliability_curve(claims, name) for name in ("a", "a", "b"))
    assert (first.lower == again.lower).all()
    assert (first.consistency_upper == again.consistency_upper).all()
    assert not (first.consistency_upper == other.consistency_upper).all()


def test_clustered_customers_widen_the_bootstrap_band() -> None:
    rng = np.random.default_rng(6)
    confidence = rng.random(3000)
    codes = np.arange(3000) // 30
    correct = rng.random(100)[codes] < 0.6
    alone, clustered = (reliability_curve(judged_claims(confidence, correct, c), "widths") for c in (None, codes))
    assert (clustered.upper - clustered.lower).mean() > 1.5 * (alone.upper - alone.lower).mean()


@pytest.mark.parametrize(("n", "kind"), [(300, "continuous"), (1200, "continuous"), (500, "rounded")])
def test_consistency_band_covers_calibrated_data(n: int, kind: str) -> None:
    """Pointwise: at the deciles of the stated confidence nine in ten estimates of calibrated models lie inside."""
    rng, runs, inside = np.random.default_rng(41), 80, []
    for run in range(runs):
        confidence = rng.beta(4, 1.5, n)
        if kind == "rounded":
            confidence = confidence.round(1)
        curve = reliability_curve(judged_claims(confidence, rng.random(n) < confidence), f"run {run}", replicates=99)
        at = np.searchsorted(curve.confidence, np.quantile(confidence, np.arange(1, 10) / 10), side="left")
        low, high = curve.consistency_lower[at] - 1e-12, curve.consistency_upper[at] + 1e-12
        inside.append(((curve.estimate[at] >= low) & (curve.estimate[at] <= high)).mean())
    # Nine points of one curve go together: the error of the mean is taken from the runs themselves.
    error = np.std(inside) / np.sqrt(runs)
    assert np.mean(inside) == pytest.approx(0.9, abs=3 * error + 0.01)


def test_confidences_too_small_to_tell_apart_are_zero() -> None:
    stated = np.repeat([0.0, 5e-324, 2e-311], [1, 1, 38])
    curve = reliability_curve(judged_claims(stated, np.arange(40) > 1), "tiny", min_claims=1)
    assert curve.confidence.tolist() == [0]
    assert curve.estimate == pytest.approx([38 / 40])
    assert np.isfinite([curve.lower, curve.upper, curve.consistency_lower, curve.consistency_upper]).all()


def test_consistency_band_covers_where_the_claims_of_a_customer_go_together() -> None:
    """With independent draws the band holds .74 here: fifteen claims of each customer, correlated by a half."""
    rng, runs, inside = np.random.default_rng(7), 80, []
    at = np.array([0.6, 0.7, 0.8])
    for run in range(runs):
        codes = np.repeat(np.arange(30), 15)
        confidence = rng.beta(4, 2, len(codes))
        effect = np.sqrt(0.5) * rng.normal(size=30)[codes] + np.sqrt(0.5) * rng.normal(size=len(codes))
        claims = judged_claims(confidence, ndtr(effect) < confidence, codes)
        curve = reliability_curve(claims, f"run {run}", replicates=99)
        low, high, found = (
            np.interp(at, curve.confidence, values)
            for values in (curve.consistency_lower, curve.consistency_upper, curve.estimate)
        )
        inside.append(((found >= low) & (found <= high)).mean())
    assert np.mean(inside) > 0.9 - 3 * np.std(inside) / np.sqrt(runs)
    assert np.mean(inside) > 0.84
