"""Calibration by group and month: which claims each row counts, what it says, and what it leaves unsaid."""

import json
import math
from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from builders.analysis_inputs import NOON, empty, frame, only, rated, times

from pipelines.analyses.calibration import calibration_tables, labelled_claims, month_before
from pipelines.analyses.recalibration import earlier_half, recalibration_tables


def claims(rows: list[dict[str, Any]], **shared: Any) -> pl.DataFrame:
    return frame("input_claims", rows, **shared)


def summary(rows: list[dict[str, Any]], **shared: Any) -> pl.DataFrame:
    return calibration_tables(claims(rows, **shared)).summary


def overall(table: pl.DataFrame, source: str, sampling: str | None = None, grouping: str = "{}") -> dict[str, Any]:
    return only(table, grouping=grouping, label_source=source, review_sampling=sampling, period=None)


def test_scores_of_one_group_by_hand() -> None:
    # 100 claims at .8, 60 of them right. Brier .6 × .2² + .4 × .8² = .28; uncertainty .6 × .4 = .24; the best constant is
    # .6, so miscalibration .28 − .24 = .04 and discrimination 0; log loss −.6 ln .8 − .4 ln .2; bias .8 − .6 = .2.
    row = overall(summary(rated(100, 60, "resolved_outcome", stated_confidence=0.8)), "outcome")
    assert (row["n"], row["refused"], row["reason"]) == (100, 0, None)
    expected = {
        "mean_confidence": 0.8,
        "accuracy": 0.6,
        "brier": 0.28,
        "uncertainty": 0.24,
        "miscalibration": 0.04,
        "discrimination": 0.0,
        "log_loss": -0.6 * math.log(0.8) - 0.4 * math.log(0.2),
        "bias": 0.2,
        "stated": 0.8,
        "stated_accuracy": 0.6,
    }
    assert {name: row[name] for name in expected} == pytest.approx(expected, abs=1e-12)
    assert row["lower"] < 0.2 < row["upper"]
    # All groups of the family are this one: claim_type says the same again, so q = p.
    assert row["q_value"] == pytest.approx(row["p_value"])


def test_a_verdict_and_an_outcome_are_never_pooled() -> None:
    # The reviewer calls 30 of the same 200 claims right, the outcomes 150.
    rows = [
        {"verified_correct": place < 30, "resolved_outcome": place >= 50, "stated_confidence": 0.5}
        for place in range(200)
    ]
    table = summary(rows, review_sampling="random")
    assert (overall(table, "reviewed", "random")["n"], overall(table, "reviewed", "random")["accuracy"]) == (200, 0.15)
    assert (overall(table, "outcome")["n"], overall(table, "outcome")["accuracy"]) == (200, 0.75)
    assert set(table["label_source"]) == {"outcome", "reviewed"}


def test_reviews_count_by_how_they_came_about_and_outcomes_by_whether_the_answer_stood() -> None:
    rows = [
        *rated(110, 55, "verified_correct", review_sampling="random"),
        *rated(120, 12, "verified_correct", review_sampling="targeted"),
        *rated(130, 130, "verified_correct", review_sampling="unknown"),
        *rated(140, 70, "resolved_outcome", is_kept=True),
        *rated(150, 150, "resolved_outcome", is_kept=False),
        *rated(160, 160, "resolved_outcome", is_kept=None),
    ]
    table = summary(rows, stated_confidence=0.5)
    found = {
        (row["label_source"], row["review_sampling"]): (row["n"], row["accuracy"], row["is_headline"])
        for row in table.filter(pl.col("period").is_null(), pl.col("grouping") == "{}").iter_rows(named=True)
    }
    assert found == {
        ("reviewed", "random"): (110, 0.5, True),
        ("reviewed", "targeted"): (120, pytest.approx(0.1), False),
        ("reviewed", "unknown"): (130, 1.0, False),
        ("reviewed", None): (360, pytest.approx(197 / 360), False),
        ("outcome", "kept"): (140, 0.5, True),
        ("outcome", None): (450, pytest.approx(380 / 450), False),
    }


def test_the_headline_of_a_group_without_a_random_review_or_a_kept_claim_is_all_of_it() -> None:
    rows = [
        *rated(3, 1, "verified_correct", review_sampling="random", workflow="a"),
        *rated(5, 1, "verified_correct", review_sampling="targeted", workflow="b"),
        *rated(2, 1, "verified_correct", review_sampling="unknown", workflow="b"),
        *rated(4, 1, "resolved_outcome", is_kept=False, workflow="b"),
    ]
    table = summary(rows, stated_confidence=0.5).filter(pl.col("is_headline"), pl.col("period").is_null())
    told = {
        (row["grouping"], row["label_source"]): (row["review_sampling"], row["n"])
        for row in table.filter(pl.col("grouping").str.contains("workflow")).iter_rows(named=True)
    }
    assert told == {
        ('{"workflow": "a"}', "reviewed"): ("random", 3),
        ('{"workflow": "b"}', "reviewed"): (None, 7),
        ('{"workflow": "b"}', "outcome"): (None, 4),
    }


def test_a_group_whose_answers_never_stood_is_not_quoted_by_outcome() -> None:
    rows = [
        *rated(4, 1, "resolved_outcome", is_kept=True, workflow="a"),
        *rated(6, 1, "resolved_outcome", is_kept=False, workflow="b"),
    ]
    table = summary(rows, stated_confidence=0.5)
    quoted = table.filter(
        pl.col("is_headline"), pl.col("period").is_null(), pl.col("grouping").str.contains("workflow")
    )
    assert quoted.select("grouping", "review_sampling", "n").rows() == [('{"workflow": "a"}', "kept", 4)]


def test_a_null_value_forms_no_group_and_an_hour_is_a_number() -> None:
    rows = [
        *rated(10, 5, "resolved_outcome", workflow="a", ai_model="m", hour_of_day=9),
        *rated(20, 5, "resolved_outcome", workflow=None, ai_model="m", hour_of_day=10),
        *rated(30, 5, "resolved_outcome", workflow="a", ai_model=None, hour_of_day=None),
    ]
    table = summary(rows, stated_confidence=0.5).filter(
        pl.col("label_source") == "outcome", pl.col("review_sampling").is_null(), pl.col("period").is_null()
    )
    assert dict(table.select("grouping", "n").iter_rows()) == {
        "{}": 60,
        '{"workflow": "a"}': 40,
        '{"ai_model": "m"}': 30,
        '{"ai_model": "m", "workflow": "a"}': 10,
        '{"hour_of_day": 9}': 10,
        '{"hour_of_day": 10}': 20,
        '{"claim_type": "resolution"}': 60,
    }


def test_ninety_nine_claims_have_a_count_and_no_score_a_hundred_have_both() -> None:
    rows = [
        *rated(100, 60, "resolved_outcome", workflow="enough"),
        *rated(99, 60, "resolved_outcome", workflow="short"),
    ]
    found = calibration_tables(claims(rows, stated_confidence=0.7))
    short = overall(found.summary, "outcome", grouping='{"workflow": "short"}')
    assert (short["n"], short["reason"]) == (99, "insufficient: 99 claims, fewer than 100")
    scores = (
        "accuracy",
        "mean_confidence",
        "brier",
        "log_loss",
        "ece_debiased",
        "bias",
        "lower",
        "p_value",
        "stated_n",
    )
    assert [short[name] for name in scores] == [None] * len(scores)
    drawn = (
        found.histogram.filter(pl.col("period").is_null()).group_by("grouping").agg(pl.len(), pl.col("claims").sum())
    )
    assert {name: tuple(rest) for name, *rest in drawn.iter_rows()} == {
        "{}": (20, 199),
        '{"workflow": "enough"}': (20, 100),
        '{"claim_type": "resolution"}': (20, 199),
    }
    assert set(found.curve["grouping"]) == set(found.histogram["grouping"])
    # One confidence: the curve is one point, at the share that is right.
    point = only(found.curve, grouping='{"workflow": "enough"}')
    assert (point["confidence"], point["estimate"]) == (0.7, 0.6)


def test_a_claim_without_a_confidence_is_refused_and_counted() -> None:
    rows = [
        *rated(100, 50, "resolved_outcome", stated_confidence=0.5),
        *times(3, resolved_outcome=True, stated_confidence=None),
        *times(2, resolved_outcome=True, stated_confidence=float("nan")),
    ]
    row = overall(summary(rows), "outcome")
    assert (row["n"], row["refused"], row["accuracy"]) == (100, 5, 0.5)
    assert json.loads(row["refused_reasons"]) == {"no stated confidence": 5}


def test_drift_is_measured_from_the_calendar_month_before_and_from_no_other() -> None:
    def month(number: int, right: int, n: int = 100) -> list[dict[str, Any]]:
        start = datetime(2026, number, 10)  # noqa: DTZ001
        return rated(n, right, "resolved_outcome", stated_confidence=0.8, started_at=start)

    # January +.2, February +.3, nothing in March, April +.1, May has 99 claims: no drift from there to June either.
    table = summary([*month(1, 60), *month(2, 50), *month(4, 70), *month(5, 50, 99), *month(6, 60)])
    found = {
        row["period"]: (row["previous_period"], row["drift"])
        for row in table.filter(
            pl.col("grouping") == "{}", pl.col("review_sampling").is_null(), pl.col("period").is_not_null()
        ).iter_rows(named=True)
    }
    assert found == {
        "2026-01": (None, None),
        "2026-02": ("2026-01", pytest.approx(0.1)),
        "2026-04": (None, None),
        "2026-05": (None, None),
        "2026-06": (None, None),
    }
    row = only(table, grouping="{}", label_source="outcome", review_sampling=None, period="2026-02")
    assert row["drift_lower"] < row["drift"] < row["drift_upper"]
    assert row["drift_q"] == pytest.approx(row["drift_p"])


def test_curves_of_months_are_of_all_claims_and_of_models_alone() -> None:
    found = calibration_tables(
        claims(rated(100, 60, "resolved_outcome", stated_confidence=0.8, workflow="a", ai_model="m", is_kept=True))
    )
    monthly = found.curve.filter(pl.col("period").is_not_null())
    assert set(monthly["grouping"]) == {"{}", '{"ai_model": "m"}'}
    assert set(found.curve.filter(pl.col("period").is_null())["grouping"]) == {
        "{}",
        '{"ai_model": "m"}',
        '{"workflow": "a"}',
        '{"claim_type": "resolution"}',
        '{"ai_model": "m", "workflow": "a"}',
    }


def test_progress_rises_from_nothing_to_less_than_all() -> None:
    told: list[float] = []
    calibration_tables(claims(rated(5, 2, "resolved_outcome", stated_confidence=0.5)), told.append)
    assert told == sorted(told)
    assert told[0] == 0
    assert 0.9 < told[-1] < 1


@pytest.mark.parametrize(("month", "before"), [("2026-01", "2025-12"), ("2026-03", "2026-02"), ("2024-12", "2024-11")])
def test_the_month_before(month: str, before: str) -> None:
    assert month_before(month) == before


# --- Recalibration ------------------------------------------------------------------------------------------------


def test_the_earlier_half_ends_before_the_median_instant_and_keeps_an_instant_whole() -> None:
    def halves(*minutes: int) -> list[bool]:
        return earlier_half(
            pl.Series([NOON + timedelta(minutes=m) for m in minutes], dtype=pl.Datetime("us"))
        ).to_list()

    assert halves(4, 1, 3, 2) == [False, True, False, True]
    assert halves(1, 2, 2, 2) == [True, False, False, False]
    assert halves(5, 5) == [False, False]
    assert halves() == []


def test_a_map_is_fitted_on_the_earlier_half_and_judged_on_the_later() -> None:
    # Says .9, is right half of the time, before and after: Brier .5 × .01 + .5 × .81 = .41, calibrated .25, gain .16.
    rows = [
        *rated(200, 100, "resolved_outcome", started_at=NOON),
        *rated(200, 100, "resolved_outcome", started_at=NOON + timedelta(days=1)),
    ]
    table = recalibration_tables(claims(rows, stated_confidence=0.9)).maps
    of_all = table.filter(
        pl.col("grouping") == "{}", pl.col("label_source") == "outcome", pl.col("review_sampling").is_null()
    )
    assert of_all["calibrated"].to_list() == pytest.approx([0.5] * of_all.height)
    row = of_all.row(0, named=True)
    assert (row["fitted_on"], row["judged_on"], row["helps"]) == (200, 200, True)
    assert row["gain"] == pytest.approx(0.16, abs=1e-4)
    assert (row["typical_stated"], row["typical_calibrated"]) == pytest.approx((0.9, 0.5))


def test_a_map_learns_from_the_earlier_half_alone() -> None:
    # Right three times in four at first, never later: the map says .75, however wrong it has become.
    rows = [
        *rated(400, 300, "resolved_outcome", started_at=NOON),
        *rated(400, 0, "resolved_outcome", started_at=NOON + timedelta(days=1)),
    ]
    table = recalibration_tables(claims(rows, stated_confidence=0.9)).maps.filter(pl.col("grouping") == "{}")
    assert table["calibrated"].to_list() == pytest.approx([0.75] * table.height, abs=2e-3)
    assert table["gain"][0] == pytest.approx(0.81 - 0.75**2, abs=4e-3)


def test_a_map_is_withdrawn_with_the_month_in_which_it_does_harm() -> None:
    # Says .9. Right half of the time until April, always in May, as it may be in June: the map says .5, so its gain is .16,
    # or .01 - .25 = -.24. A May of 60 claims is judged with April's 310: (310 × .16 - 60 × .24) / 370 = .0951.
    def tables(right_in_june: int) -> Any:
        parts = ((0, 600, 300), (100, 310, 155), (130, 60, 60), (160, 250, right_in_june))
        rows = [
            row
            for day, number, right in parts
            for row in rated(number, right, "resolved_outcome", started_at=NOON + timedelta(days=day))
        ]
        found = recalibration_tables(claims(rows, stated_confidence=0.9))
        is_all = (pl.col("grouping") == "{}") & pl.col("review_sampling").is_null()
        return [part.filter(is_all & (pl.col("label_source") == "outcome")) for part in (found.by_month, found.maps)]

    by_month, maps = tables(250)
    assert by_month.select("period", "months", "n").rows() == [
        ("2026-04", 1, 310),
        ("2026-05", 2, 370),
        ("2026-06", 1, 250),
    ]
    assert by_month["gain"].to_list() == pytest.approx([0.16, 35.2 / 370, -0.24], abs=1e-3)
    assert by_month["upper"][2] < 0 < by_month["lower"][1]
    assert (set(maps["withdrawn_since"]), set(maps["helps"])) == ({"2026-06"}, {False})
    _, maps = tables(125)
    assert (set(maps["withdrawn_since"]), set(maps["helps"])) == ({None}, {True})


def test_a_group_without_a_map_has_one_row_that_says_why() -> None:
    rows = [
        *rated(99, 50, "verified_correct", started_at=NOON),
        *rated(150, 50, "verified_correct", started_at=NOON + timedelta(days=1)),
    ]
    table = recalibration_tables(claims(rows, stated_confidence=0.9, review_sampling="random")).maps
    row = only(table, grouping="{}", review_sampling="random")
    reason = "insufficient: 99 claims in the earlier period, fewer than 100"
    assert (row["stated"], row["calibrated"], row["kind"], row["helps"], row["gain"]) == (None,) * 5
    assert (row["fitted_on"], row["judged_on"], row["reason"]) == (99, 150, reason)
    assert (row["typical_stated"], row["typical_calibrated"]) == (0.9, None)


def test_no_claim_no_row() -> None:
    assert [labelled.frame.height for labelled in labelled_claims(empty("input_claims"))] == [0] * 6
    found = calibration_tables(empty("input_claims"))
    assert (found.summary.height, found.curve.height, found.histogram.height) == (0, 0, 0)
    assert recalibration_tables(empty("input_claims")).maps.height == 0
    # No review at all: the outcomes alone have rows.
    table = summary(rated(5, 2, "resolved_outcome", stated_confidence=0.5))
    assert set(table["label_source"]) == {"outcome"}
