"""Weekly results by hand: sums, rates, design effects, maturity, quantiles."""

from datetime import date, timedelta
from typing import Any

import pytest
from builders.snapshots import kpi_row, midnight, table_frame

from dashboards.results.averages import mean
from dashboards.results.clustering import Clustering
from dashboards.results.weekly_rates import (
    WeekCounts,
    handle_time_quantiles,
    latest,
    modes_of,
    stretch,
    trend,
    week_counts,
    week_kpis,
)
from dashboards.snapshot.frames import weekly_counts
from dashboards.wording.weeks import Week, parse_week
from pipelines.statistics import paired_gap, wilson
from pipelines.statistics.clusters import clustered_rate
from pipelines.statistics.slices import with_student

MONDAY = date(2026, 9, 7)  # 2026-W37
WEEK = Week(MONDAY)
NO_EFFECTS = Clustering(table_frame("design_effects", []))


def counts_of(rows: list[dict[str, Any]], *, as_of: Any = None, **cut: Any) -> list[WeekCounts]:
    weekly = weekly_counts(table_frame("kpi_daily", rows).lazy())
    return week_counts(weekly, as_of or midnight(2026, 12, 1), "UTC", **cut)


def test_days_add_up_to_iso_weeks_and_modes() -> None:
    rows = [
        kpi_row(MONDAY, contacts=100),
        kpi_row(MONDAY + timedelta(days=6), "joint", contacts=60),
        kpi_row(MONDAY + timedelta(days=7), contacts=40),
    ]
    assert [(c.week.label, c.contacts) for c in counts_of(rows)] == [("2026-W37", 160), ("2026-W38", 40)]
    assert [c.contacts for c in counts_of(rows, mode="joint", cut=True)] == [60]


def test_rates_of_a_week_by_hand() -> None:
    row = kpi_row(
        MONDAY,
        contacts=100,
        known_customer=90,
        handle_seconds_sum=24_000.0,
        handle_seconds_n=80,
        complaints=2,
        ai_contacts=50,
        contained=40,
        contained_outcome_n=40,
        contained_outcome_yes=22,
    )
    (counts,) = counts_of([row])
    kpis = week_kpis(counts, NO_EFFECTS, 30)
    assert (kpis.handle.value, kpis.handle.n, kpis.handle.of) == (300.0, 80, 100)
    assert kpis.identity_coverage.value == pytest.approx(0.9)
    assert kpis.fcr_claimed.value == pytest.approx(0.8)
    assert kpis.fcr_outcome.value == pytest.approx(0.6)
    assert kpis.fcr_gap.value == pytest.approx(0.2)
    # 25 of the 80 that were claimed resolved did not hold.
    assert kpis.false_resolution.value == pytest.approx(25 / 80)
    assert kpis.containment.value == pytest.approx(0.8)
    assert kpis.contained_outcome.value == pytest.approx(22 / 40)
    assert kpis.repeat(30).any_issue.value == pytest.approx(0.3)
    assert kpis.repeat(7).same_issue.value == pytest.approx(0.2)
    assert kpis.complaints.value == pytest.approx(20.0)


def test_every_rate_has_its_own_denominator() -> None:
    """Of 100 eligible contacts 90 have a claim, and of 80 of these the outcome is known."""
    row = kpi_row(
        MONDAY,
        contacts=100,
        claimed_n=90,
        claimed_yes=72,
        cohort_n=80,
        cohort_claimed_yes=64,
        cohort_outcome_yes=40,
        cohort_claimed_yes_outcome_no=32,
    )
    (counts,) = counts_of([row])
    kpis = week_kpis(counts, NO_EFFECTS, 30)
    rates = (kpis.claim_coverage, kpis.claimed_so_far, kpis.fcr_claimed, kpis.fcr_outcome, kpis.false_resolution)
    assert [(rate.numerator, rate.denominator) for rate in rates] == [(90, 100), (72, 90), (64, 80), (40, 80), (32, 64)]
    # 32 were claimed alone; 40 held, of which 64 − 32 were claimed: 8 held without a claim.
    assert (kpis.fcr_gap.numerator, kpis.fcr_gap.denominator) == (32 - 8, 80)


def test_a_cut_counts_the_complaints_that_link_to_its_contacts() -> None:
    (counts,) = counts_of([kpi_row(MONDAY, contacts=100, complaints=3, complaints_linked=2)])
    assert week_kpis(counts, NO_EFFECTS, 30).complaints.numerator == 3
    assert week_kpis(counts, NO_EFFECTS, 30, mode="ai_primary", cut=True).complaints.numerator == 2


def test_a_mean_needs_its_rows_and_no_more() -> None:
    known = mean(90.0, 30, of=40, min_n=30, rows="answers")
    assert (known.value, known.n, known.of, known.reason) == (3.0, 30, 40, None)
    few = mean(87.0, 29, of=40, min_n=30, rows="answers")
    assert (few.value, few.reason) == (None, "29 answers, fewer than 30")
    assert mean(0.0, 0, of=40, min_n=0, rows="answers").reason == "no answers"


def test_same_issue_rates_leave_out_contacts_without_an_issue() -> None:
    (counts,) = counts_of([kpi_row(MONDAY, mature_with_issue_30d=50)])
    repeat = week_kpis(counts, NO_EFFECTS, 30).repeat(30)
    assert (repeat.any_issue.denominator, repeat.same_issue.denominator) == (100, 50)
    assert repeat.same_issue.value == pytest.approx(20 / 50)


EFFECTS = [
    {"metric": "fcr_claimed", "dimension": "all", "correlation": 0.2, "deff": 1.3},
    {"metric": "fcr_claimed", "dimension": "mode", "correlation": 0.1, "deff": 1.2},
    {"metric": "fcr_outcome", "dimension": "all", "correlation": 0.5, "deff": 1.5},
    {"metric": "fcr_gap", "dimension": "all", "correlation": 0.5, "deff": 1.5},
]


def test_customers_of_the_slice_and_their_correlation_widen_the_interval() -> None:
    slices = [
        {"week": MONDAY, "dimension": dimension, "segment": segment, "metric": metric, "n": 100}
        | {"sum_squares": squares, "largest": 20}
        for dimension, segment, metric, squares in (
            ("all", None, "fcr_claimed", 200),
            ("mode", "ai_primary", "fcr_claimed", 900),
            ("mode", "ai_primary", "fcr_outcome", 300),
            ("all", None, "fcr_gap", 500),
        )
    ]
    clustering = Clustering(table_frame("design_effects", EFFECTS), table_frame("slice_clusters", slices))
    (counts,) = counts_of([kpi_row(MONDAY)])
    whole = week_kpis(counts, clustering, 30)
    assert (whole.fcr_claimed.lower, whole.fcr_claimed.upper) == wilson(80, 100, with_student(1 + 0.2 * 1, 100))
    assert (whole.fcr_gap.lower, whole.fcr_gap.upper) == paired_gap(25, 5, 100, with_student(1 + 0.5 * 4, 100))
    cut = week_kpis(counts, clustering, 30, mode="ai_primary", cut=True)
    assert (cut.fcr_claimed.lower, cut.fcr_claimed.upper) == wilson(80, 100, with_student(1 + 0.1 * 8, 100))
    # No correlation of this metric within modes: that of all contacts.
    assert (cut.fcr_outcome.lower, cut.fcr_outcome.upper) == wilson(60, 100, with_student(1 + 0.5 * 2, 100))


def test_a_rare_rate_of_few_heavy_customers_takes_the_interval_of_its_own_customers_too() -> None:
    """Of 100 contacts 40 are of one customer, who has all three false resolutions; of the gap nobody counts yeses."""
    squares, own = 40**2 + 60, {"customers": 61, "successes": 3, "sum_products": 120, "sum_success_squares": 9}
    slices = [
        {"week": MONDAY, "dimension": "all", "metric": metric, "n": 100, "sum_squares": squares, "largest": 40, **own}
        for metric in ("false_resolution", "fcr_gap")
    ]
    effects = [
        {"metric": metric, "dimension": "all", "correlation": 0.01, "deff": 1.1}
        for metric in ("false_resolution", "fcr_gap")
    ]
    row = kpi_row(MONDAY, cohort_claimed_yes=100, cohort_outcome_yes=97, cohort_claimed_yes_outcome_no=3)
    (counts,) = counts_of([row])
    kpis = week_kpis(
        counts, Clustering(table_frame("design_effects", effects), table_frame("slice_clusters", slices)), 30
    )
    of_rho = with_student(1 + 0.01 * (squares / 100 - 1), 100)
    clustered = clustered_rate(3, 100, spread=(3 - 0.03 * 40) ** 2 + 60 * 0.03**2, clusters=61, squares=squares)
    assert clustered.deff > of_rho
    assert (kpis.false_resolution.lower, kpis.false_resolution.upper) == pytest.approx(clustered[:2])
    assert (kpis.fcr_gap.lower, kpis.fcr_gap.upper) == paired_gap(3, 0, 100, of_rho)


def test_a_slice_of_an_earlier_snapshot_is_read_with_the_average_design_effect() -> None:
    """It has neither correlations nor slices."""
    earlier = [{**row, "correlation": None} for row in EFFECTS]
    (counts,) = counts_of([kpi_row(MONDAY)])
    cut = week_kpis(counts, Clustering(table_frame("design_effects", earlier)), 30, mode="ai_primary", cut=True)
    assert (cut.fcr_claimed.lower, cut.fcr_claimed.upper) == wilson(80, 100, with_student(1.2, 100))
    assert (cut.fcr_outcome.lower, cut.fcr_outcome.upper) == wilson(60, 100, with_student(1.5, 100))


def test_a_small_week_has_no_rate_but_a_reason() -> None:
    (counts,) = counts_of([kpi_row(MONDAY, contacts=20)])
    kpis = week_kpis(counts, NO_EFFECTS, 30)
    assert kpis.fcr_claimed.value is None
    assert kpis.fcr_claimed.reason == "20 contacts with a claim and a known outcome, fewer than 30"
    assert kpis.containment.reason == "no contacts led by the AI"
    assert kpis.contacts == 20


def test_complaints_in_a_week_without_contacts_have_no_rate() -> None:
    (counts,) = counts_of([{"day": MONDAY, "complaints": 5}])
    rate = week_kpis(counts, NO_EFFECTS, 30).complaints
    assert (rate.numerator, rate.value, rate.reason) == (5, None, "no eligible contacts")


def test_a_week_is_mature_when_every_contact_of_it_is() -> None:
    whole = kpi_row(MONDAY)
    late = kpi_row(MONDAY + timedelta(days=6), mature_30d=99)
    assert counts_of([whole])[0].window_closed(30)
    assert not counts_of([whole, late])[0].window_closed(30)
    assert counts_of([whole, late])[0].window_closed(7)
    # Mature by count, but the week is not over: another contact may still come.
    assert not counts_of([whole], as_of=midnight(2026, 9, 13))[0].window_closed(1)
    assert counts_of([whole], as_of=midnight(2026, 9, 14))[0].window_closed(1)
    # Nothing to judge is not a judged week.
    assert not counts_of([{"day": MONDAY, "contacts": 9}])[0].window_closed(1)


def test_outcomes_wait_for_the_lag_and_need_claims() -> None:
    assert counts_of([kpi_row(MONDAY)])[0].outcome_known()
    assert not counts_of([kpi_row(MONDAY, cohort_n=99)])[0].outcome_known()
    assert not counts_of([kpi_row(MONDAY, claimed_n=0, cohort_n=0)])[0].outcome_known()


def test_each_window_has_its_own_latest_week() -> None:
    rows = [
        kpi_row(MONDAY),
        kpi_row(MONDAY + timedelta(weeks=1), mature=(1, 7)),
        kpi_row(MONDAY + timedelta(weeks=2), mature=(1,)),
        kpi_row(MONDAY + timedelta(weeks=3), mature=()),
    ]
    weeks = counts_of(rows)
    last = WEEK.plus(3)
    found = {days: latest(weeks, last, days=days) for days in (1, 7, 30)}
    assert {days: week and week.label for days, week in found.items()} == {1: "2026-W39", 7: "2026-W38", 30: "2026-W37"}
    assert latest(weeks, last) == WEEK
    # A report on an earlier week never borrows from a later one.
    assert latest(weeks, WEEK, days=1) == WEEK
    assert latest(weeks, WEEK.plus(-1), days=1) is None


def test_a_gap_in_the_weeks_is_a_gap_in_the_trend() -> None:
    weeks = counts_of([kpi_row(MONDAY), kpi_row(MONDAY + timedelta(weeks=2))])
    drawn = stretch(weeks, WEEK.plus(2), 13)
    assert [(c.week.label, c.contacts) for c in drawn] == [("2026-W37", 100), ("2026-W38", 0), ("2026-W39", 100)]
    assert [c.week.label for c in stretch(weeks, WEEK.plus(2), 2)] == ["2026-W38", "2026-W39"]
    frame = trend(week_kpis(c, NO_EFFECTS, 30) for c in drawn)
    claimed = frame.filter(series="fcr_claimed").select("value", "final").rows()
    assert claimed == [(0.8, True), (None, False), (0.8, True)]


def test_contacts_without_a_mode_are_a_mode_of_their_own() -> None:
    rows = [kpi_row(MONDAY), kpi_row(MONDAY, None, contacts=30), {"day": MONDAY, "mode": "joint", "complaints": 1}]
    weekly = weekly_counts(table_frame("kpi_daily", rows).lazy())
    assert modes_of(weekly) == ["ai_primary", None]
    assert [c.contacts for c in week_counts(weekly, midnight(2026, 12, 1), "UTC", mode=None, cut=True)] == [30]


def test_quantiles_are_nearest_ranks_over_the_week() -> None:
    def contact(number: int, day: date, seconds: float | None) -> dict[str, Any]:
        return {"system": "d", "contact_id": str(number), "day": day, "mode": "joint", "handle_seconds": seconds}

    rows = [contact(i, MONDAY, float(i)) for i in range(1, 11)]
    rows += [contact(99, MONDAY, None), contact(100, MONDAY + timedelta(days=7), 9999.0)]
    outcomes = table_frame("contact_outcomes", rows).lazy()
    median, high = handle_time_quantiles(outcomes, parse_week("2026-W37"))
    # Ten known values 1…10: rank ⌈.5 · 10⌉ = 5 and ⌈.9 · 10⌉ = 9.
    assert (median.value, high.value, median.n, median.of) == (5.0, 9.0, 10, 11)
    none, _ = handle_time_quantiles(outcomes, parse_week("2026-W30"))
    assert none.value is None
    assert none.reason
