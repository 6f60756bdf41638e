"""Maps that go stale (M9, M10): gains by month by hand, when a map is withdrawn, and how often by mistake."""

import numpy as np
import pytest

from pipelines.statistics.calibration import judged_claims
from pipelines.statistics.recalibration import RecalibrationMap, recalibration
from pipelines.statistics.stale_maps import MonthlyGain, map_gain, monthly_gains, withdrawn_since

HALVED = RecalibrationMap("logistic", np.array([0.0, 1.0]), np.array([0.0, 0.5]))


def test_gain_by_hand_weighted_and_not() -> None:
    # Stated .8, mapped to .4. Right: .04 - .36 = -.32; wrong: .64 - .16 = .48.
    found = map_gain(HALVED, [0.8] * 4, [1, 0, 0, 0], None)
    assert found.value == pytest.approx((3 * 0.48 - 0.32) / 4)
    weighted = map_gain(HALVED, [0.8] * 4, [1, 0, 0, 0], None, weights=[5, 1, 1, 1])
    assert weighted.value == pytest.approx((3 * 0.48 - 5 * 0.32) / 8)
    # Weights that are all the same change nothing.
    assert map_gain(HALVED, [0.8] * 4, [1, 0, 0, 0], None, weights=[3] * 4).lower == pytest.approx(found.lower)
    # Variance of the weighted mean: C/(C-1) Σ (w/w̄ · residual)² / n², here 4/3 · ((5/2 · -.3)² + 3 · (1/2 · .5)²) / 16.
    error = np.sqrt(4 / 3 * ((2.5 * -0.3) ** 2 + 3 * 0.25**2)) / 4
    assert weighted.upper - weighted.value == pytest.approx(3.18245 * error, rel=1e-4)


def test_a_month_of_few_claims_is_judged_with_those_before_it() -> None:
    months = ["2026-01"] * 3 + ["2026-02"] * 4 + ["2026-03"] * 1 + ["2026-04"] * 2
    right = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 1])
    found = monthly_gains(HALVED, months, np.full(10, 0.8), right, None, min_claims=4)
    assert [(month.period, month.months, month.n) for month in found] == [
        ("2026-01", 1, 3),
        ("2026-02", 1, 4),
        ("2026-03", 2, 5),
        ("2026-04", 3, 7),
    ]
    assert (found[0].gain, found[0].reason) == (None, "insufficient: 3 claims up to the month, fewer than 4")
    assert [month.gain for month in found[1:]] == pytest.approx(
        [0.28, (3 * 0.48 - 2 * 0.32) / 5, (3 * 0.48 - 4 * 0.32) / 7]
    )


def test_when_a_map_is_withdrawn() -> None:
    def month(period: str, lower: float | None, upper: float | None) -> MonthlyGain:
        return MonthlyGain(period, 1, 100, 0.0, lower, upper)

    good, unclear, bad, unknown = (0.1, 0.2), (-0.1, 0.1), (-0.2, -0.1), (None, None)

    def since(*bounds: tuple[float | None, float | None], whole: float | None = None) -> str | None:
        return withdrawn_since([month(f"2026-0{place}", *each) for place, each in enumerate(bounds, 1)], whole)

    assert since() is None
    assert since(good, unclear, unknown) is None
    assert since(good, bad, unclear, bad) == "2026-02"
    assert since(bad, good, unclear) is None
    assert since(bad, good, bad) == "2026-03"
    assert since(unknown, unclear, whole=-0.1) == "2026-01"
    assert since(unknown, good, whole=-0.1) is None
    assert since(unclear, whole=0.1) is None


def test_a_map_that_drift_has_turned_is_withdrawn_and_one_that_holds_is_not() -> None:
    # States 85%, is right 65% of the time; in the last two of eight months it is right 95%. Customers claim 1 to 9 times.
    def withdrawn(seed: int, late: float) -> str | None:
        rng = np.random.default_rng((22, seed))
        codes = np.repeat(np.arange(1600), np.minimum(9, 1 + rng.pareto(1.6, 1600).astype(int)))
        rng.shuffle(codes)
        codes = codes[:2400]
        month = np.arange(2400) // 300
        rate = np.where(month >= 6, late, 0.65)
        own = rng.normal(0, 0.08, 1600)[codes]
        stated = np.clip(rng.normal(0.85, 0.06, 2400), 0.5, 1)
        correct = rng.random(2400) < np.clip(rate + own, 0, 1)
        halves = [judged_claims(stated[rows], correct[rows], codes[rows]) for rows in (month < 4, month >= 4)]
        found = recalibration(*halves)
        later = halves[1]
        gains = monthly_gains(
            found.map, [f"m{each}" for each in month[1200:]], later.confidence, later.correct, later.codes
        )
        return withdrawn_since(gains, found.upper)

    assert [withdrawn(seed, 0.95) for seed in range(12)] == ["m6"] * 12
    assert [withdrawn(seed, 0.65) for seed in range(12)] == [None] * 12
