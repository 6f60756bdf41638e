"""Escalation policy (M10): costs by hand, closed form, where labels end, regret, the timing of handoffs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.statistics.escalation import (
    COSTS_LESS,
    IN_FORCE_CHEAPEST,
    NO_DIFFERENCE,
    THRESHOLDS,
    HandoffTiming,
    cheapest_threshold,
    closed_form_threshold,
    cost_curve,
    handoff_timing,
    judged_policy,
)
from pipelines.statistics.policy_costs import ClaimCosts, PolicyClaims

COSTS = ClaimCosts(wrong=20, handoff=6, human_wrong=0.1)


def _calibrated(rng: np.random.Generator, n: int, policy: float | None = None, customers: int = 0) -> PolicyClaims:
    p = rng.random(n)
    correct = (rng.random(n) < p).astype(float)
    codes = rng.integers(0, customers, n) if customers else None
    return PolicyClaims(p, correct, codes, None if policy is None else p >= policy)


def test_cost_by_hand() -> None:
    # Four claims: .2 wrong, .5 right, .8 wrong, 1 right. A handoff costs 6 + .1 · 20 = 8, a wrong answer 20.
    claims = PolicyClaims(np.array([0.2, 0.5, 0.8, 1.0]), np.array([0.0, 1, 0, 1]))
    curve = cost_curve(claims, COSTS, min_claims=1)
    at = {t: curve.cost[round(100 * t)] for t in (0, 0.2, 0.21, 0.5, 0.51, 0.8, 0.81, 1, 1.01)}
    # Keep all: 2 wrong. From .21 on one handed off, 1 wrong. From .51 two handed off, 1 wrong. Then 3 and 4 handed off.
    for t, cost in zip(at, (40, 40, 28, 28, 36, 36, 24, 24, 32), strict=True):
        assert at[t] == pytest.approx(1000 * cost / 4), t
    assert (curve.kept[0], curve.kept_wrong[0], curve.handed_off[0]) == (1000, 500, 0)
    assert (curve.kept[-1], curve.handed_off[-1]) == (0, 1000)
    assert (curve.stops_at, curve.in_force, curve.reason) == (0, None, None)
    assert cheapest_threshold(curve) == 0.81


def test_closed_form_by_hand_and_at_its_ends() -> None:
    assert closed_form_threshold(COSTS) == pytest.approx(1 - 0.1 - 0.3)
    assert closed_form_threshold(ClaimCosts(1, 5)) == 0
    assert closed_form_threshold(ClaimCosts(5, 0)) == 1
    assert closed_form_threshold(ClaimCosts(0, 0)) == 0
    for wrong in ((-1, 1, 0), (1, np.inf, 0), (1, 1, 1.5), (np.nan, 1, 0)):
        with pytest.raises(ValueError, match=r"."):
            ClaimCosts(*wrong)


def test_on_calibrated_confidence_the_optimum_is_the_closed_form() -> None:
    curve = cost_curve(_calibrated(np.random.default_rng(1), 200_000), COSTS)
    assert cheapest_threshold(curve) == pytest.approx(closed_form_threshold(COSTS), abs=0.04)
    # Uniform confidence: ∫₀¹ cost = 20 · ½ at t = 0, and 8 all handed off.
    assert curve.cost[[0, -1]] == pytest.approx([10_000, 8_000], rel=0.02)


def test_without_labels_below_the_policy_the_curve_stops_there_and_says_so() -> None:
    claims = _calibrated(np.random.default_rng(2), 2000, policy=0.7)
    unlabelled = np.where(claims.is_kept, claims.correct, np.nan)
    cut = cost_curve(PolicyClaims(claims.confidence, unlabelled, None, claims.is_kept), COSTS)
    full = cost_curve(claims, COSTS)
    # Uniform confidence: from .67 upwards a tenth of the kept claims, or less, lie below .7.
    unlabelled = [((claims.confidence >= t) & ~claims.is_kept).sum() for t in THRESHOLDS]
    known = [bare <= 0.1 * (claims.confidence >= t).sum() for bare, t in zip(unlabelled, THRESHOLDS, strict=True)]
    assert (~np.isnan(cut.cost)).tolist() == (~np.isnan(cut.lower)).tolist() == known
    assert 0.66 < cut.stops_at == THRESHOLDS[known.index(True)] < 0.7
    assert cut.cost[70:] == pytest.approx(full.cost[70:])
    assert cut.reason.startswith(
        f"the curve stops at {cut.stops_at:.2f}: below the policy in force a claim is handed off"
    )
    assert full.reason is None
    assert full.stops_at == 0
    # The policy in force is the curve at its own threshold.
    assert cut.in_force.value == pytest.approx(full.cost[70])


def test_on_recalibrated_confidence_it_stops_above_the_highest_claim_handed_off() -> None:
    raw = np.arange(1000) / 1000
    is_kept = raw >= 0.7
    flat = np.where(raw < 0.65, raw, 0.66)  # an isotonic map that levels kept and handed-off claims
    correct = np.where(is_kept, (np.arange(1000) % 3 > 0).astype(float), np.nan)
    curve = cost_curve(PolicyClaims(flat, correct, None, is_kept), COSTS)
    assert curve.stops_at == 0.67
    assert np.isnan(curve.cost[:67]).all()


def test_reviewed_labels_below_the_policy_are_scaled_to_all_claims_there() -> None:
    rng = np.random.default_rng(4)
    claims = _calibrated(rng, 40_000, policy=0.5)
    reviewed = np.where(claims.is_kept | (rng.random(40_000) < 0.25), claims.correct, np.nan)
    partly = cost_curve(PolicyClaims(claims.confidence, reviewed, None, claims.is_kept), COSTS)
    full = cost_curve(claims, COSTS)
    assert partly.reason is None
    assert partly.cost == pytest.approx(full.cost, rel=0.03)
    assert partly.cost[50:] == pytest.approx(full.cost[50:])


def test_band_holds_the_truth_and_clusters_widen_it() -> None:
    rng, held = np.random.default_rng(5), []
    # Uniform calibrated confidence: cost(t) = 1000 · (20 · (1 − t)² / 2 + 8 t).
    truth = 1000 * (10 * np.square(1 - THRESHOLDS[:101]) + 8 * THRESHOLDS[:101])
    for _ in range(60):
        curve = cost_curve(_calibrated(rng, 400), COSTS)
        held.append(((curve.lower[:101] <= truth) & (truth <= curve.upper[:101])).mean())
    assert np.mean(held) > 0.95 - 3 * np.std(held) / np.sqrt(60) - 0.01
    claims = _calibrated(rng, 500)
    many = PolicyClaims(*(np.repeat(a, 10) for a in (claims.confidence, claims.correct)))
    same = PolicyClaims(many.confidence, many.correct, np.repeat(np.arange(500), 10))
    widths = [np.mean(curve.upper - curve.lower) for curve in (cost_curve(c, COSTS) for c in (many, same))]
    assert widths[1] == pytest.approx(np.sqrt(10) * widths[0], rel=0.25)


def test_regret_is_judged_on_later_claims() -> None:
    rng = np.random.default_rng(6)
    earlier, later = _calibrated(rng, 20_000, 0.95), _calibrated(rng, 20_000, 0.95, customers=5000)
    chosen = cheapest_threshold(cost_curve(earlier, COSTS))
    found = judged_policy(chosen, later, COSTS)
    # cost(.95) − cost(.6) = 1000 · (.025 + 7.6 − 1.6 − 4.8) = 1,225 per 1,000.
    assert found.regret.value == pytest.approx(1225, rel=0.1)
    assert found.regret.lower < 1225 < found.regret.upper
    assert found.regret.value == pytest.approx(found.in_force.value - found.cost.value)
    curve = cost_curve(later, COSTS)
    assert found.cost.value == pytest.approx(curve.cost[round(100 * chosen)])
    assert found.in_force.value == pytest.approx(curve.cost[95])
    in_force = judged_policy(0.95, later, COSTS)
    assert (in_force.regret.value, in_force.regret.lower, in_force.regret.upper) == (0, 0, 0)


def test_one_unlabelled_claim_at_high_confidence_hides_no_policy() -> None:
    # 60 right at .9, 20 right at .5, 20 wrong at .2, all kept but one at .95 that was handed off and never labelled.
    stated = np.array([0.95] + [0.9] * 60 + [0.5] * 20 + [0.2] * 20)
    correct = np.array([np.nan] + [1.0] * 80 + [0.0] * 20)
    claims = PolicyClaims(stated, correct, None, stated < 0.95)
    curve = cost_curve(claims, COSTS)
    # From .91 to .95 it is all that would be kept.
    assert np.flatnonzero(np.isnan(curve.cost)).tolist() == [91, 92, 93, 94, 95]
    assert curve.stops_at == 0
    assert curve.reason.startswith("the curve has a gap at 0.91: ")
    # Keep from .5: 20 handed off at 8; the stray one costs 0 if right, 20 if wrong, 0 like the labelled ones above .5.
    assert (curve.cost[50], curve.if_right[50], curve.if_wrong[50]) == pytest.approx(
        (160_000 / 101, 160_000 / 101, 180_000 / 101)
    )
    # Keep all: 20 wrong at 20; the stray one is wrong like 20 of the 100 labelled: 4 of 20.
    assert (curve.cost[0], curve.if_right[0], curve.if_wrong[0]) == pytest.approx(
        (404_000 / 101, 400_000 / 101, 420_000 / 101)
    )
    assert curve.lower[50] < curve.if_right[50] < curve.if_wrong[50] < curve.upper[50]
    assert cheapest_threshold(curve) == 0.21
    # In force: 20 wrong at 20 and one handed off at 8.
    found = judged_policy(0.21, claims, COSTS)
    assert found.in_force.value == pytest.approx(408_000 / 101)
    assert (found.regret.value, found.verdict, found.unlabelled) == (pytest.approx(248_000 / 101), COSTS_LESS, 1)


def test_a_tenth_of_the_kept_claims_may_lack_a_label_and_no_more() -> None:
    def known(bare: int) -> bool:
        stated = np.repeat([0.8, 0.6], [90, bare + 100])
        is_kept = np.arange(len(stated)) < 90
        correct = np.where(is_kept | (np.arange(len(stated)) >= 90 + bare), 1.0, np.nan)
        # 29 labels below the policy in force are too few to stand for the others.
        correct[90 + bare + 29 :] = np.nan
        keep = np.concatenate([np.arange(90 + bare + 29)])
        claims = PolicyClaims(stated[keep], correct[keep], None, is_kept[keep])
        return not np.isnan(cost_curve(claims, COSTS).cost[60])

    # 90 kept + 29 labelled + 13 bare: 13 of 132 are .098; 14 of 133 are .105.
    assert (known(13), known(14)) == (True, False)


def test_what_a_judged_threshold_comes_to() -> None:
    # 400 claims: 200 at .9 all right, 200 at .3 of which `wrong` are wrong; a handoff costs 8, a wrong answer 20.
    def found(threshold: float, in_force: float, wrong: int) -> str | None:
        stated = np.repeat([0.9, 0.3], 200)
        correct = np.ones(400)
        correct[200 : 200 + wrong] = 0
        return judged_policy(threshold, PolicyClaims(stated, correct, None, stated >= in_force), COSTS).verdict

    # Handing the lower half off costs 1,600; keeping it 20 a wrong one: 4,000, 0, or at 84 wrong 1,680.
    assert found(0.5, 0.0, 200) == COSTS_LESS
    assert found(0.5, 0.0, 0) == IN_FORCE_CHEAPEST
    assert found(0.5, 0.0, 84) == NO_DIFFERENCE
    assert found(0.0, 0.5, 84) == NO_DIFFERENCE
    # A threshold that does what is done already saves nothing.
    assert found(0.0, 0.2, 100) == IN_FORCE_CHEAPEST


def test_a_policy_that_cannot_be_judged_says_why() -> None:
    later = _calibrated(np.random.default_rng(7), 500, 0.7)
    assert judged_policy(None, later, COSTS).reason.startswith("no threshold")
    unlabelled = PolicyClaims(later.confidence, np.where(later.is_kept, later.correct, np.nan), None, later.is_kept)
    below = judged_policy(0.5, unlabelled, COSTS)
    assert (below.cost, below.regret) == (None, None)
    assert "handed off" in below.reason
    free = judged_policy(0.5, PolicyClaims(later.confidence, later.correct), COSTS)
    assert free.cost is not None
    assert free.reason == "no policy in force is known"


@pytest.mark.parametrize("n", [0, 1, 99])
def test_small_groups_are_insufficient(n: int) -> None:
    claims = PolicyClaims(np.full(n, 0.5), np.ones(n))
    curve = cost_curve(claims, COSTS)
    assert np.isnan(curve.cost).all()
    assert (curve.stops_at, curve.in_force, cheapest_threshold(curve)) == (None, None, None)
    assert curve.reason.startswith("insufficient: ")
    assert judged_policy(0.5, claims, COSTS).reason.startswith("insufficient: ")


def test_all_correct_all_kept_or_no_label() -> None:
    right = cost_curve(PolicyClaims(np.full(200, 0.9), np.ones(200)), COSTS)
    assert (right.cost[0], right.lower[0], right.cost[91], right.upper[91]) == (0, 0, 8000, 8000)
    # No wrong answer among 200 is no certainty: Wilson's upper bound is z² / (200 + z²), with t of 199 degrees for z.
    assert right.upper[0] == pytest.approx(20_000 * 1.972**2 / (200 + 1.972**2), rel=1e-3)
    nothing = cost_curve(PolicyClaims(np.full(200, 0.9), np.full(200, np.nan)), COSTS)
    assert nothing.reason == "insufficient: 0 labelled claims, fewer than 100"


def test_one_customer_has_costs_without_bounds() -> None:
    claims = PolicyClaims(np.full(200, 0.9), np.arange(200) % 2.0, np.zeros(200, int), np.ones(200, bool))
    curve = cost_curve(claims, COSTS)
    assert curve.cost[0] == 10_000
    assert np.isnan(curve.lower[:91]).all()
    verdict = judged_policy(0.95, claims, COSTS)
    assert (verdict.regret.value, verdict.regret.lower, verdict.verdict) == (2000, None, NO_DIFFERENCE)
    unlabelled = PolicyClaims(
        claims.confidence, np.where(np.arange(200) < 150, 1.0, np.nan), None, np.arange(200) >= 150
    )
    assert judged_policy(0.95, unlabelled, COSTS).reason.startswith("no label among")


def test_impossible_claims() -> None:
    for made in (([1.2], [1.0]), ([np.nan], [1.0]), ([0.5], [0.5]), ([0.5, 0.6], [1.0])):
        with pytest.raises(ValueError, match=r"."):
            PolicyClaims(*(np.array(part) for part in made))
    with pytest.raises(ValueError, match="ascend"):
        cost_curve(PolicyClaims(np.array([0.5]), np.array([1.0])), COSTS, thresholds=np.array([0.5, 0.1]))


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.sampled_from([0.0, 1.0, np.nan]), st.integers(-1, 9), st.booleans()),
        min_size=1,
        max_size=40,
    ),
    st.randoms(),
)
def test_order_changes_nothing_and_all_handed_off_costs_the_same(
    rows: list[tuple[float, float, int, bool]], random: object
) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = (
        cost_curve(
            PolicyClaims(*(np.array(part) for part in zip(*made, strict=True))),
            COSTS,
            min_claims=0,
        )
        for made in (rows, shuffled)
    )
    for name in ("cost", "lower", "upper", "kept", "kept_wrong"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-9, rtol=0)
    if not one.reason:
        assert one.cost[-1] == pytest.approx(8000)
        assert (np.diff(one.kept) <= 0).all()


def test_handoff_timing_by_hand() -> None:
    found = handoff_timing([3, 0, np.nan, 2, 5], [False, True, False, False, False], [0.9, 0.2, np.nan, 0.8, 0.1], 0.6)
    # Late: the first, second and fifth. Eager: the first and fourth. Of the third no confidence is known.
    assert found == HandoffTiming(handoffs=5, too_late=3, too_eager=2, undecided=1)
    assert handoff_timing([0], [False], [0.9], None) == HandoffTiming(1, 0, 0, 1)
    assert handoff_timing([0], [False], [0.6], 0.6).too_eager == 0
    assert handoff_timing([], [], [], 0.5) == HandoffTiming(0, 0, 0, 0)
    with pytest.raises(ValueError, match="one value a handoff"):
        handoff_timing([1], [], [0.5], 0.5)


def test_a_threshold_that_is_no_number_is_none() -> None:
    later = _calibrated(np.random.default_rng(7), 500, 0.7)
    assert judged_policy(float("nan"), later, COSTS) == judged_policy(None, later, COSTS)
    timing = handoff_timing([3, 0], [False, False], [0.9, 0.9], float("nan"))
    unknown = handoff_timing([0, 0], [False, False], [np.inf, np.nan], 0.5)
    assert (unknown.too_eager, unknown.undecided) == (0, 2)
    assert (timing.too_late, timing.too_eager, timing.undecided) == (1, 0, 2)
