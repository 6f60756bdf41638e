"""Filters: in the address and back, and that a filtered view is the view of a snapshot that holds only those rows."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders.snapshots import kpi_row, midnight, publish, table_frame
from builders.views import view_of
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, t

from dashboards.results.clustering import Clustering
from dashboards.results.weekly_rates import WeekCounts, week_kpis
from dashboards.results.weekly_results import compute_results
from dashboards.snapshot.address import Selection, read_selection
from dashboards.snapshot.filters import BY_COLUMN, Filters
from dashboards.snapshot.period import Period
from dashboards.snapshot.queries import Queries
from dashboards.wording.weeks import ReportError, Week
from pipelines.statistics import wilson

MONDAY = date(2026, 8, 3)
AS_OF = midnight(2026, 12, 1)
VALUES = st.one_of(
    st.none(), st.text(max_size=12), st.sampled_from(["none", "=", "=none", "a&b=c", "%", "+", "é", "\u202e"])
)


PERIODS = st.one_of(
    st.integers(1, 520).map(Period),
    st.tuples(st.dates(date(2020, 1, 1), date(2026, 1, 1)), st.integers(0, 2_000)).map(
        lambda days: Period.of_days(days[0], days[0] + timedelta(days=days[1]))
    ),
)


@given(
    chosen=st.dictionaries(st.sampled_from(sorted(BY_COLUMN)), st.lists(VALUES, max_size=4), max_size=4),
    period=PERIODS,
)
@settings(max_examples=200, deadline=None)
def test_whatever_is_chosen_survives_the_address(chosen: dict[str, list[str | None]], period: Period) -> None:
    chosen = {column: [v for v in values if v is None or _writable(v)] for column, values in chosen.items()}
    selection = Selection(Filters.of(chosen), period, (("by", "queue"),))
    offered = {column: (*values, "another") for column, values in chosen.items()}
    read = read_selection(selection.query, offered)
    assert read == selection
    assert read.unknown == ()


def _writable(text: str) -> bool:
    """Half a surrogate cannot stand in an address."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?queue=x", ["x"]),
        ("?queue=none", ["not recorded"]),
        ("?queue=x&queue=care&queue=y", ["“x” and “y”"]),
        ("?weeks=0&mode=zzz", ["zzz", "0 weeks"]),
        ("?weeks=521", ["521"]),
        ("?since=2026-02-30", ["2026-02-30"]),
        ("?since=2026-03-02&until=2026-03-01", ["the first one lies behind"]),
        ("?since=0001-01-01&until=9999-12-31", ["0001-01-01"]),
        ("?since=1999-01-01&until=2026-12-31", ["at most 520 weeks"]),
        ("?weeks=-1", ["-1"]),
        ("?weeks=٨", ["٨"]),
        ("?mode=" + "y" * 9_000, ["y" * 39]),
    ],
)
def test_what_is_unknown_is_named_and_can_be_left_out(query: str, names: list[str]) -> None:
    read = read_selection(query, {"mode": ("joint",), "queue": ("care",)})
    assert len(read.unknown) == len(names)
    assert read.filters == Filters.of({"queue": "care"} if "queue=care" in query else {})
    for unknown, name in zip(read.unknown, names, strict=True):
        assert name in unknown.text
        assert len(unknown.text) < 400


def test_leaving_out_the_unknown_keeps_the_rest() -> None:
    offered = {"mode": ("joint",), "queue": ("care", "sales")}
    read = read_selection("?queue=x&mode=joint&queue=care&by=week&weeks=26", offered)
    (unknown,) = read.unknown
    again = read_selection(unknown.without, offered)
    assert again == Selection(Filters.of({"mode": "joint", "queue": "care"}), Period(26), (("by", "week"),))


def test_a_filter_given_twice_has_both_values_and_an_empty_one_is_no_choice() -> None:
    offered = {"mode": ("joint", "ai_primary"), "queue": tuple(str(i) for i in range(60))}
    both = read_selection("?mode=joint&mode=ai_primary&by=a&by=b", offered)
    assert both.filters == Filters.of({"mode": ["ai_primary", "joint"]})
    assert both.argument("by") == "a"
    assert both.without_value("mode", "joint").query == "?mode=ai_primary&by=a"
    assert both.without_value("mode", "joint").without_value("mode", "ai_primary").filters == Filters()
    assert read_selection("?mode=&weeks=&since=", offered) == Selection()
    assert read_selection(None, offered) == Selection()
    many = read_selection("?" + "&".join(f"queue={i}" for i in range(51)), offered)
    assert [each.text for each in many.unknown] == ["Queue: at most 50 values can be chosen together."]


def test_a_period_is_the_last_weeks_or_the_whole_weeks_that_two_days_touch() -> None:
    def period(query: str) -> Period:
        read = read_selection(query, {})
        assert read.unknown == ()
        return read.period

    # Addresses of before there were days.
    assert [period(f"?weeks={weeks}").weeks for weeks in (8, 13, 26, 52)] == [8, 13, 26, 52]
    assert (period("").words, period("?weeks=all").words) == ("last 12 weeks", "all weeks")
    chosen = period("?since=2026-08-05&until=2026-08-17")
    assert (chosen.first, chosen.last, chosen.weeks) == (date(2026, 8, 3), date(2026, 8, 23), 3)
    assert chosen.words == "3–23 Aug 2026"
    assert period("?since=2026-08-05") == period("?since=2026-08-03&until=2026-08-09&weeks=4")


def test_results_of_a_period_are_those_of_its_last_week(tmp_path: Path) -> None:
    snapshot = publish(tmp_path, {"kpi_daily": rows()}, as_of=AS_OF)
    shown = view_of(snapshot, "?since=2026-08-12&until=2026-08-26").results
    assert [kpis.week.monday for kpis in shown.trend] == [MONDAY + timedelta(weeks=week) for week in (1, 2, 3)]
    assert shown.week.week == Week(MONDAY + timedelta(weeks=3))
    assert shown.week.contacts == 4 * 130 + 6
    # Weeks of the range that are not in the data do not shorten it at its start.
    late = view_of(snapshot, "?since=2026-09-08&until=2026-12-30").results
    assert [kpis.week.monday for kpis in late.trend] == [MONDAY + timedelta(weeks=week) for week in (5, 6, 7)]
    assert len(view_of(snapshot, "?weeks=all").results.trend) == 8
    with pytest.raises(ReportError, match="no contacts from 2025-W02 to 2025-W03"):
        _ = view_of(snapshot, "?since=2025-01-06&until=2025-01-13").results


def rows() -> list[dict[str, Any]]:
    """Eight weeks of two modes, three queues (one not recorded) and two issues, no two alike in size."""
    found = []
    for week in range(8):
        for place, (mode, queue) in enumerate(
            [("ai_primary", "care"), ("joint", "care"), ("joint", None), (None, "none")]
        ):
            day = MONDAY + timedelta(weeks=week, days=place)
            issue = "billing" if place % 2 else None
            found.append(kpi_row(day, mode, contacts=100 + 10 * week + place, queue=queue, issue=issue))
    return found


@pytest.mark.parametrize(
    "chosen",
    [
        {"mode": "joint"},
        {"mode": None},
        {"queue": "care"},
        {"queue": None},
        {"queue": "none"},
        {"mode": "joint", "queue": None},
        {"mode": "joint", "queue": "care", "issue": "billing"},
        {"region": None},
        {"mode": ["joint", "ai_primary"]},
        {"mode": ["joint", None], "queue": ["none", None]},
    ],
)
def test_a_filtered_view_is_the_view_of_a_snapshot_that_holds_only_those_rows(
    chosen: dict[str, Any], tmp_path: Path
) -> None:
    filters = Filters.of(chosen)
    kept = [row for row in rows() if all(row.get(column) in values for column, values in filters.chosen)]
    assert kept
    whole = Queries(publish(tmp_path / "a", {"kpi_daily": rows()}, as_of=AS_OF))
    part = Queries(publish(tmp_path / "b", {"kpi_daily": kept}, as_of=AS_OF))
    assert whole.cut(filters).weekly.equals(part.frames.weekly)
    # By polars, as the report cuts, and by DuckDB, as the application does.
    assert whole.frames.cut(filters).weekly.equals(part.frames.weekly)
    cut, alone = compute_results(whole.cut(filters), length=8), compute_results(part.frames, length=8)
    assert [kpis.contacts for kpis in cut.trend] == [kpis.contacts for kpis in alone.trend]
    assert [kpis.fcr_claimed for kpis in cut.trend] == [kpis.fcr_claimed for kpis in alone.trend]
    assert [kpis.repeats for kpis in cut.trend] == [kpis.repeats for kpis in alone.trend]
    assert [kpis.handle for kpis in cut.trend] == [kpis.handle for kpis in alone.trend]


def test_filters_part_the_whole(tmp_path: Path) -> None:
    queries = Queries(publish(tmp_path, {"kpi_daily": rows()}, as_of=AS_OF))
    for column in ("mode", "queue", "issue", "language"):
        sums = [
            queries.cut(Filters.of({column: value})).weekly["contacts"].sum() for value in queries.offered()[column]
        ]
        assert sum(sums) == queries.frames.weekly["contacts"].sum(), column


def test_contacts_are_cut_where_they_stand_one_by_one(tmp_path: Path) -> None:
    """Median and 90th percentile of handle time are of the filtered contacts."""
    seconds = {"care": [100.0, 200.0, 300.0], "other": [900.0] * 40}
    outcomes = [
        {"system": "s", "contact_id": f"{queue}{i}", "customer_key": "k", "day": MONDAY, "started_at": AS_OF}
        | {"ended_at": AS_OF, "queue": queue, "handle_seconds": value, "mature_1d": True, "mature_7d": True}
        | {"mature_30d": True, "resolution_scope": "any", "resolution_parts": "repeat"}
        for queue, values in seconds.items()
        for i, value in enumerate(values)
    ]
    kpis = [kpi_row(MONDAY, queue="care"), kpi_row(MONDAY, queue="other")]
    queries = Queries(publish(tmp_path, {"kpi_daily": kpis, "contact_outcomes": outcomes}, as_of=AS_OF))
    assert compute_results(queries.frames).median_handle.value == 900.0
    cut = compute_results(queries.cut(Filters.of({"queue": "care"})))
    assert (cut.median_handle.value, cut.median_handle.n) == (200.0, 3)


def test_a_cut_by_two_dimensions_takes_the_greater_correlation_and_no_more_contacts_than_either_holds() -> None:
    """Of 100 contacts in mode AI and queue care, within 200 (Σn_c² 260, nobody above 8) and 150 (Σn_c² 400, nobody above 3)."""
    effects = [
        {"metric": "repeat_any_30d", "dimension": dimension, "deff": 1.0, "correlation": correlation}
        for dimension, correlation in (("all", 0.1), ("mode", 0.2), ("queue", 0.3), ("region", 0.25))
    ]
    slices = [
        {"week": MONDAY, "metric": "repeat_any_30d", "dimension": dimension, "segment": segment}
        | {"n": n, "sum_squares": squares, "largest": largest}
        for dimension, segment, n, squares, largest in (
            ("all", None, 100, 150, 9),
            ("mode", "ai_primary", 200, 260, 8),
            ("queue", "care", 150, 400, 3),
            ("queue", None, 100, 200, 2),
            ("region", "north", 64, 64, 1),
            ("region", "south", 36, 36, 1),
        )
    ]
    clustering = Clustering(table_frame("design_effects", effects), table_frame("slice_clusters", slices))
    counts = WeekCounts.nothing(Week(MONDAY), over=True)
    window = type(counts.windows[2])(30, 100, 100, 30, 20)
    counts = type(counts)(**{**counts.__dict__, "eligible": 100, "windows": (*counts.windows[:2], window)})

    def interval(**cut: Any) -> tuple[float | None, float | None]:
        rate = week_kpis(counts, clustering, 30, **cut).repeat(30).any_issue
        return rate.lower, rate.upper

    ai, care, no_queue = ("mode", ("ai_primary",)), ("queue", ("care",)), ("queue", (None,))
    # Of both regions together nobody has more than two, Σn_c² is at most (√64 + √36)² = 196 and, of all contacts, 150.
    regions = ("region", ("north", "south"))
    for cut, deff in (
        ({}, 1 + 0.1 * (1.5 - 1)),
        ({"cut": True, "cuts": (no_queue,)}, 1 + 0.3 * (2 - 1)),
        # By mode 260 / 100, by queue 400 / 100 or three contacts each: the least is what 100 contacts can reach.
        ({"cut": True, "cuts": (ai, care)}, 1 + 0.3 * (2.6 - 1)),
        # Of queue care alone three each bind.
        ({"cut": True, "cuts": (("language", ("en",)), care)}, 1 + 0.3 * (3 - 1)),
        ({"cut": True, "cuts": (regions,)}, 1 + 0.25 * (1.5 - 1)),
        # A value without contacts in the week adds none.
        ({"cut": True, "cuts": (("region", ("south", "west")),)}, 1.0),
        ({"cut": True, "cuts": (regions, no_queue)}, 1 + 0.3 * (1.5 - 1)),
    ):
        expected = wilson(30, 100, deff=deff * (t.ppf(0.975, 100 / deff - 1) / norm.ppf(0.975)) ** 2)
        assert interval(**cut) == pytest.approx(tuple(expected)), cut


def test_in_a_cut_only_linked_complaints_count(tmp_path: Path) -> None:
    kpis = [
        kpi_row(MONDAY, queue="care", complaints=3, complaints_linked=3),
        kpi_row(MONDAY, None, contacts=50, complaints=9),
    ]
    view = view_of(publish(tmp_path, {"kpi_daily": kpis}, as_of=AS_OF), "?queue=none")
    assert view.results.week.complaints.numerator == 0
    assert view_of(publish(tmp_path, {"kpi_daily": kpis}, as_of=AS_OF)).results.week.complaints.numerator == 12
