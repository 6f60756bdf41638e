"""The same rows in any order, their customers numbered in any way, give the same tables."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest
from builders.analysis_inputs import DAY_US, DIMENSIONS, FIRST_DAY, LAST_DAY, NOON, SCHEMAS, microseconds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipelines.analyses.calibration import calibration_tables
from pipelines.analyses.client_terms import client_terms_tables
from pipelines.analyses.divergence import divergence_table
from pipelines.analyses.early_read import repeat_survival
from pipelines.analyses.escalation import escalation_tables
from pipelines.analyses.recalibration import recalibration_tables
from pipelines.analyses.small_segments import small_segments_table
from pipelines.analyses.validity import validity_table
from pipelines.config import DivergenceSettings
from pipelines.config.costs import Costs
from pipelines.contract import ANALYSIS_TABLES

Tables = dict[str, pl.DataFrame]
COSTS = Costs(wrong_answer=10.0, handoff=2.0, human_wrong_share=0.1, repeat_contact=7.0, complaint=250.0)
VALUES = {
    "mode": ("ai_primary", "joint", None),
    "workflow": ("billing", "account"),
    "issue": ("i", "j", None),
    "ai_model": ("m", "n"),
    "region": ("north", "south"),
    "queue": ("q", None),
}


class Drawn:
    """Columns of one frame, drawn at random with gaps and ties; customers have several rows each."""

    def __init__(self, name: str, rows: int, customers: int, seed: int) -> None:
        self.name, self.rows = name, rows
        self.rng = np.random.default_rng(seed)
        self.columns: dict[str, object] = {"customer": self.rng.integers(0, customers, rows)}
        for dimension, values in VALUES.items():
            self.columns[dimension] = self.of(*values)

    def of(self, *values: object) -> list[object]:
        return [values[place] for place in self.rng.integers(0, len(values), self.rows)]

    def flags(self, share: float, missing: float = 0.0) -> list[bool | None]:
        drawn = zip(self.rng.random(self.rows), self.rng.random(self.rows), strict=True)
        return [None if gap < missing else bool(value < share) for value, gap in drawn]

    def numbers(self, digits: int, missing: float = 0.0) -> list[float | None]:
        drawn = zip(self.rng.random(self.rows), self.rng.random(self.rows), strict=True)
        return [None if gap < missing else round(float(value), digits) for value, gap in drawn]

    def frame(self, **columns: object) -> pl.DataFrame:
        given = self.columns | columns
        schema = SCHEMAS[self.name]
        return pl.DataFrame({name: given.get(name, [None] * self.rows) for name in schema}, schema=schema)


@cache
def claims(rows: int = 900) -> pl.DataFrame:
    drawn = Drawn("input_claims", rows, rows // 3, 1)
    offsets = drawn.rng.integers(0, 60, drawn.rows)
    starts = [NOON + timedelta(days=int(day)) for day in offsets]
    kept = drawn.flags(0.7, 0.05)
    return drawn.frame(
        started_at=starts,
        day=[start.date() for start in starts],
        month=[f"{start:%Y-%m}" for start in starts],
        hour_of_day=drawn.of(9, 10, None),
        claim_type=drawn.of("resolution", "resolution", "resolution", "balance"),
        stated_confidence=drawn.numbers(2),
        verified_correct=drawn.flags(0.6, 0.5),
        review_sampling=drawn.of("random", "targeted"),
        resolved_outcome=drawn.flags(0.7),
        is_kept=kept,
        is_settled=[True] * drawn.rows,
        opening_sentiment=drawn.numbers(2, 0.8),
    )


def more_claims() -> pl.DataFrame:
    """Enough for a policy in each workflow."""
    return claims(1800)


@cache
def handoffs() -> pl.DataFrame:
    drawn = Drawn("input_handoffs", 80, 80, 2)
    return drawn.frame(
        day=[(NOON + timedelta(days=int(day))).date() for day in drawn.rng.integers(0, 60, drawn.rows)],
        ai_confidence=drawn.numbers(2, 0.1),
        misunderstandings=drawn.of(0, 1, 3, None),
        is_settled=drawn.flags(0.9),
        is_turned_negative=drawn.flags(0.1),
    )


@cache
def followed() -> pl.DataFrame:
    drawn = Drawn("input_followed_contacts", 600, 200, 3)
    ended = microseconds(NOON) + drawn.rng.integers(0, 50 * DAY_US, drawn.rows)
    after = ended + drawn.rng.integers(-DAY_US, 31 * DAY_US, drawn.rows)
    comes_back = drawn.rng.random(drawn.rows) < 0.4
    following = [int(moment) if back else None for moment, back in zip(after, comes_back, strict=True)]
    return drawn.frame(
        week=drawn.of(date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 19)),
        hour_of_day=drawn.of(9, 10, 11),
        ended_us=ended,
        next_us=following,
        next_same_issue_us=following,
        mature_30d=drawn.flags(0.5),
        repeat_any_30d=drawn.flags(0.4),
        repeat_issue_30d=drawn.flags(0.3),
    )


@cache
def compared() -> pl.DataFrame:
    drawn = Drawn("input_divergence_contacts", 1500, 400, 4)
    period = drawn.rng.integers(0, 2, drawn.rows)
    handle = np.round(300 - 80 * period + 100 * drawn.rng.random(drawn.rows), 1)
    return drawn.frame(
        first_day=[FIRST_DAY] * drawn.rows,
        last_day=[LAST_DAY] * drawn.rows,
        period=period,
        handle_seconds=handle,
        claimed=drawn.flags(0.6, 0.1),
        contained=drawn.flags(0.5, 0.3),
        repeat=drawn.rng.random(drawn.rows) < 0.2 + 0.2 * period,
        false_resolution=drawn.flags(0.3, 0.4),
        complaint=drawn.flags(0.02),
        post_call_sentiment=drawn.numbers(1, 0.5),
        sentiment_source=drawn.of("survey_csat", "closing_turns"),
    )


@cache
def valid() -> pl.DataFrame:
    drawn = Drawn("input_validity_contacts", 1500, 400, 5)
    return drawn.frame(
        month=drawn.of("2025-12", "2026-01", "2026-02", "2026-04"),
        channel=drawn.of("voice", "chat", "mail"),
        handle_seconds=drawn.numbers(2, 0.1),
        claimed=drawn.flags(0.6, 0.1),
        resolved_outcome=drawn.flags(0.7),
        repeat_any_30d=drawn.flags(0.4),
        next_issue=drawn.of("i", "j", None),
    )


@cache
def counted() -> pl.DataFrame:
    drawn = Drawn("input_group_counts", 40, 40, 6)
    n = drawn.rng.integers(1, 200, drawn.rows)
    return drawn.frame(
        kind=["agent_id", "queue"] * 20,
        name=[f"g{place // 4}" for place in range(40)],
        measure=["repeat_any_30d", "repeat_any_30d", "complaints_per_1000", "complaints_per_1000"] * 10,
        numerator=(n * drawn.rng.random(drawn.rows)).astype(int),
        n=n,
        sum_squares=2 * n,
        first_day=[FIRST_DAY] * drawn.rows,
        last_day=[LAST_DAY] * drawn.rows,
    )


@cache
def closings() -> pl.DataFrame:
    drawn = Drawn("int_rated_closings", 400, 200, 7)
    positive = np.asarray(drawn.numbers(2), dtype=float)
    return drawn.frame(
        ended_us=drawn.rng.integers(0, 300, drawn.rows),
        closing_negative=(1 - positive) / 2,
        closing_neutral=(1 - positive) / 2,
        closing_positive=positive,
        csat=np.clip(np.round(1 + 4 * positive + drawn.rng.normal(0, 1.5, drawn.rows)), 1, 5).astype(int),
    )


def _calibration(frames: Mapping[str, pl.DataFrame]) -> Tables:
    found = calibration_tables(frames["input_claims"])
    return {
        "calibration_summary": found.summary,
        "calibration_curve": found.curve,
        "confidence_histogram": found.histogram,
    }


def _recalibration(frames: Mapping[str, pl.DataFrame]) -> Tables:
    found = recalibration_tables(frames["input_claims"])
    return {"recalibration": found.maps, "recalibration_by_month": found.by_month}


def _escalation(frames: Mapping[str, pl.DataFrame]) -> Tables:
    found = escalation_tables(frames["input_claims"], frames["input_handoffs"], COSTS)
    return {"escalation_cost": found.cost, "escalation_policy": found.policy}


def _early_read(frames: Mapping[str, pl.DataFrame]) -> Tables:
    return {"repeat_survival": repeat_survival(frames["input_followed_contacts"], NOON + timedelta(days=40), 5)}


def _divergence(frames: Mapping[str, pl.DataFrame]) -> Tables:
    contacts = frames["input_divergence_contacts"]
    return {"segment_divergence": divergence_table(contacts, DivergenceSettings(), COSTS, min_n=30)}


def _validity(frames: Mapping[str, pl.DataFrame]) -> Tables:
    return {"proxy_validity": validity_table(frames["input_validity_contacts"], 5)}


def _small(frames: Mapping[str, pl.DataFrame]) -> Tables:
    effects = pl.DataFrame({"metric": ["repeat_any_30d"], "dimension": ["all"], "correlation": [0.3]})
    return {"small_segments": small_segments_table(frames["input_group_counts"], effects, 5)}


def _terms(frames: Mapping[str, pl.DataFrame]) -> Tables:
    found = client_terms_tables(frames["int_rated_closings"])
    return {"client_terms": found.terms, "client_terms_curve": found.curve}


#: What makes the tables, from which frames, and the least rows of its first table that make the comparison worth it.
MAKERS: dict[
    str, tuple[Callable[[Mapping[str, pl.DataFrame]], Tables], tuple[Callable[[], pl.DataFrame], ...], int]
] = {
    "calibration": (_calibration, (claims,), 50),
    "recalibration": (_recalibration, (claims,), 20),
    "escalation": (_escalation, (more_claims, handoffs), 102),
    "early_read": (_early_read, (followed,), 500),
    "divergence": (_divergence, (compared,), 20),
    "validity": (_validity, (valid,), 100),
    "small_segments": (_small, (counted,), 40),
    "client_terms": (_terms, (closings,), 1),
}
FRAMES = {
    claims: "input_claims",
    more_claims: "input_claims",
    handoffs: "input_handoffs",
    followed: "input_followed_contacts",
    compared: "input_divergence_contacts",
    valid: "input_validity_contacts",
    counted: "input_group_counts",
    closings: "int_rated_closings",
}


@cache
def expected(maker: str) -> Tables:
    make, sources, _ = MAKERS[maker]
    return make({FRAMES[source]: source() for source in sources})


def shuffled(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Rows in another order, customers under other numbers."""
    rng = np.random.default_rng(seed)
    mixed = frame[rng.permutation(frame.height)]
    if "customer" not in frame.columns:
        return mixed
    numbers = rng.permutation(5 * frame.height)
    return mixed.with_columns(pl.Series("customer", numbers[mixed["customer"].to_numpy()]))


@pytest.mark.parametrize("maker", MAKERS)
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=3, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_order_of_rows_and_any_numbers_of_customers_give_the_same_table(maker: str, seed: int) -> None:
    make, sources, least = MAKERS[maker]
    made = make({FRAMES[source]: shuffled(source(), seed + place) for place, source in enumerate(sources)})
    assert next(iter(made.values())).height >= least
    for name, table in made.items():
        key = list(ANALYSIS_TABLES[name].key)
        both = [each.sort(key) if key else each for each in (expected(maker)[name], table)]
        assert_frame_equal(both[0], both[1], check_exact=False, rel_tol=1e-9, abs_tol=1e-9)


@pytest.mark.parametrize("maker", MAKERS)
def test_the_frames_above_reach_every_kind_of_row(maker: str) -> None:
    """The comparison would be empty if nothing but nulls were compared."""
    for name, table in expected(maker).items():
        unknown = {column for column in table.columns if table[column].null_count() == table.height}
        assert unknown <= _MAY_BE_NULL.get(name, set()) | {"reason"}, f"{name}: {unknown}"
        assert tuple(table.columns) == ANALYSIS_TABLES[name].column_names
        assert set(DIMENSIONS) >= VALUES.keys()


_MAY_BE_NULL: dict[str, set[str]] = {
    "calibration_summary": {"refused_reasons"},
    "recalibration": {"withdrawn_since"},
    "escalation_policy": {"recommended_threshold", "recalibration_withdrawn_since"},
    "segment_divergence": {"same_as", "cause_segment", "within_segment", "moved_issues"},
}
