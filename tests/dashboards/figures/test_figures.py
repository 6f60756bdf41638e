"""Figures: what they draw, what they leave out, and that they change nothing outside themselves."""

from datetime import date, timedelta
from typing import Any

import plotly.graph_objects as go
import plotly.io
import polars as pl
import pytest
from builders.snapshots import kpi_row, midnight, table_frame

from dashboards import figures
from dashboards.figures.template import interval_band, take_title
from dashboards.results.clustering import Clustering
from dashboards.results.weekly_rates import stretch, trend, week_counts, week_kpis
from dashboards.snapshot.frames import weekly_counts
from dashboards.wording.weeks import Week

MONDAY = date(2026, 9, 7)


def trend_of(rows: list[dict[str, Any]]) -> pl.DataFrame:
    weeks = week_counts(weekly_counts(table_frame("kpi_daily", rows).lazy()), midnight(2026, 12, 1), "UTC")
    effects = Clustering(table_frame("design_effects", []))
    return trend(week_kpis(c, effects, 30) for c in stretch(weeks, weeks[-1].week, 13))


def named(figure: go.Figure, name: str) -> Any:
    return next(trace for trace in figure.data if trace.name == name)


FOUR_WEEKS = [
    kpi_row(MONDAY),
    kpi_row(MONDAY + timedelta(weeks=1)),
    kpi_row(MONDAY + timedelta(weeks=2), contacts=20),
    kpi_row(MONDAY + timedelta(weeks=3), mature=(1, 7)),
]


def test_outcomes_stop_where_windows_are_open_and_claims_go_on_apart() -> None:
    figure = figures.claimed_and_outcome_by_week(trend_of(FOUR_WEEKS))
    # The third week has 20 contacts, too few for a rate; the fourth has no outcome yet.
    assert list(named(figure, "claimed").y) == [80.0, 80.0, None, None]
    assert list(named(figure, "from outcomes").y) == [60.0, 60.0, None, None]
    assert list(named(figure, "claimed so far, outcome open").y) == [80.0]
    assert [a.text for a in figure.layout.annotations] == ["outcome still open"]
    shade = figure.layout.shapes[0]
    assert str(shade.x0)[:10] == "2026-09-25"
    assert "M5" in figure.layout.title.subtitle.text
    assert named(figure, "claimed").customdata[0][2] == 100
    assert "n = " in named(figure, "claimed").hovertemplate


def test_interval_bands_break_at_gaps() -> None:
    rows = pl.DataFrame(
        {
            "monday": [MONDAY + timedelta(weeks=i) for i in range(4)],
            "lower": [0.1, 0.2, None, 0.3],
            "upper": [0.3, 0.4, None, 0.5],
        }
    )
    band, lone = interval_band(rows, "#0072B2", 100)
    assert list(band.y) == [30.0, 40.0, 20.0, 10.0]
    assert list(lone.y) == [30.0, 50.0]


def test_complaints_that_may_still_come_are_drawn_apart() -> None:
    rows = [row | {"complaints": 2} for row in FOUR_WEEKS]
    figure = figures.complaints_by_week(trend_of(rows))
    assert list(named(figure, "complete").y) == [20.0, 20.0, None, None]
    assert list(named(figure, "so far").y) == [20.0]
    assert "M8" in figure.layout.title.subtitle.text


def test_volume_and_handle_time_have_their_units() -> None:
    figure = figures.volume_and_handle_time(trend_of(FOUR_WEEKS))
    assert list(named(figure, "contacts").y) == [100, 100, 20, 100]
    assert list(named(figure, "mean handle time").y) == [5.0] * 4
    assert (figure.layout.yaxis.title.text, figure.layout.yaxis2.title.text) == ("contacts", "minutes")


def test_repeat_windows_stand_side_by_side_with_lengths_as_error_bars() -> None:
    rows = [(d, s, "2026-W37", 0.3, 0.25, 0.4, 100.0) for d in (1, 7) for s in ("any", "same_issue")]
    rows += [(30, scope, None, None, None, None, None) for scope in ("any", "same_issue")]
    columns = ["days", "scope", "week", "value", "lower", "upper", "denominator"]
    figure = figures.repeat_rates_by_window(pl.DataFrame(rows, schema=columns, orient="row"))
    any_issue = named(figure, "any issue")
    assert list(any_issue.error_y.array) == pytest.approx([10.0, 10.0])
    assert list(any_issue.error_y.arrayminus) == pytest.approx([5.0, 5.0])
    assert figure.layout.xaxis.categoryarray[2] == "30 days<br>no week yet"


def test_a_hostile_mode_is_a_label_and_not_markup() -> None:
    rows = [("<b>x</b>", series, 0.6, 0.5, 0.7, 100.0) for series in ("fcr_claimed", "fcr_outcome")]
    columns = ["name", "series", "value", "lower", "upper", "denominator"]
    figure = figures.claimed_and_outcome_by_mode(pl.DataFrame(rows, schema=columns, orient="row"))
    assert "<b>" not in figure.to_json()
    assert named(figure, "claimed").y[0] == "&lt;b&gt;x&lt;/b&gt;"


def test_nothing_to_draw_says_why() -> None:
    frame = trend_of([kpi_row(MONDAY, contacts=9)])
    resolution, complaints = figures.claimed_and_outcome_by_week(frame), figures.complaints_by_week(frame)
    assert resolution.layout.meta["empty"] is True
    assert resolution.layout.annotations[0].text == "no week has enough contacts with a claim about resolution"
    assert complaints.layout.annotations[0].text == "9 eligible contacts, fewer than 30"


def test_drawing_leaves_plotly_and_the_frame_as_they_were() -> None:
    before = plotly.io.templates.default
    frame = trend_of(FOUR_WEEKS)
    copy = frame.clone()
    figure = figures.claimed_and_outcome_by_week(frame)
    shown = figure.layout.title.text
    assert (take_title(figure).text, figure.layout.title.text) == (shown, None)
    assert plotly.io.templates.default == before
    assert frame.equals(copy)


def test_the_axis_names_at_most_seven_weeks_and_each_year_once() -> None:
    start = Week(date(2026, 11, 2))
    rows = [kpi_row(start.plus(i).monday) for i in range(13)]
    weeks = week_counts(weekly_counts(table_frame("kpi_daily", rows).lazy()), midnight(2027, 6, 1), "UTC")
    effects = Clustering(table_frame("design_effects", []))
    figure = figures.claimed_and_outcome_by_week(trend(week_kpis(c, effects, 30) for c in weeks))
    texts = list(figure.layout.xaxis.ticktext)
    assert texts == ["W45<br>2026", "W47", "W49", "W51", "W53", "W02<br>2027", "W04"]
