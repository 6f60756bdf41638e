"""Every figure, fed with names that look like numbers or dates, one point, missing values, 200 and endless names."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import plotly.graph_objects as go
import polars as pl
import pytest

from dashboards import figures
from dashboards.figures.categories import axis_labels
from dashboards.figures.cost_curve import Marks
from dashboards.figures.dots import Series
from dashboards.figures.point_labels import last_value

MONDAY = date(2026, 1, 5)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Shape:
    """Names with a value each, None where there is none to show."""

    names: tuple[str | None, ...]
    values: tuple[float | None, ...]

    def frame(self, **more: Any) -> pl.DataFrame:
        """name, value, lower, upper, n, link, and ``more`` (a list, or one value for all rows)."""
        columns: dict[str, Any] = {
            "name": list(self.names),
            "value": list(self.values),
            "lower": [None if value is None else value / 2 for value in self.values],
            "upper": [None if value is None else (1 + value) / 2 for value in self.values],
            "n": 100,
            "link": "",
        } | more
        rows = len(self.names)
        return pl.DataFrame(
            {name: each if isinstance(each, list) else [each] * rows for name, each in columns.items()},
            schema_overrides=dict.fromkeys(("value", "lower", "upper"), pl.Float64) | {"name": pl.String},
            strict=False,
        )

    def weeks(self) -> dict[str, Any]:
        return {
            "monday": [MONDAY + timedelta(weeks=i) for i in range(len(self.names))],
            "week": [f"2026-W{i:02d}" for i in range(len(self.names))],
        }

    def trend(self, *series: str) -> pl.DataFrame:
        own = {"numerator": 1.0, "denominator": 2.0, "final": True, "reason": None}
        return pl.concat([self.frame(**self.weeks(), series=each, **own) for each in series])


SHAPES = {
    "numeric": Shape(("101", "9001", "sales", "1e3", "007", "2026-01", "2026-03-04", "true"), (0.1,) * 8),
    "one number": Shape(("101",), (0.4,)),
    "one without interval or value": Shape(("101",), (None,)),
    "nulls": Shape(("101", None, "9001"), (0.3, 0.2, None)),
    "two hundred": Shape(tuple(str(100 + i) for i in range(200)), tuple(i / 200 for i in range(200))),
    "long": Shape(tuple(f"{'9' * 300}{end}" for end in ("", "1", " <b>&")), (0.1, 0.2, 0.3)),
}


def of_curve(shape: Shape) -> pl.DataFrame:
    points = shape.frame(confidence=[i / 200 for i in range(len(shape.names))]).rename({"value": "estimate"})
    return points.with_columns(consistency_lower="lower", consistency_upper="upper")


HISTOGRAM = pl.DataFrame({"start": [0.0, 0.5], "end": [0.5, 1.0], "claims": [3, 7]})
BUILDERS: dict[str, Callable[[Shape], go.Figure]] = {
    "answers_by_rating": lambda s: figures.answers_by_rating(
        s.frame(**s.weeks(), unrated=None, **{f"rated_{points}": points for points in range(1, 6)})
    ),
    "complaints_received": lambda s: figures.complaints_received(s.frame(**s.weeks(), linked=1, unlinked=None)),
    "bias_by_month": lambda s: figures.bias_by_month(
        s.frame(drifted=False).rename({"name": "period", "value": "bias"})
    ),
    "claimed_and_outcome_by_mode": lambda s: figures.claimed_and_outcome_by_mode(
        pl.concat([s.frame(series=each, denominator=10) for each in ("fcr_claimed", "fcr_outcome")])
    ),
    "claimed_and_outcome_by_week": lambda s: figures.claimed_and_outcome_by_week(s.trend("fcr_claimed", "fcr_outcome")),
    "closing_raw_and_calibrated": lambda s: figures.closing_raw_and_calibrated(
        s.frame(**s.weeks()).with_columns(raw="value", calibrated="value")
    ),
    "complaints_by_week": lambda s: figures.complaints_by_week(s.trend("complaints")),
    "cost_by_threshold": lambda s: figures.cost_by_threshold(
        s.frame(threshold=[i / 200 for i in range(len(s.names))], kept=1, kept_wrong=1, handed_off=1).rename(
            {"value": "cost"}
        ),
        Marks("INR"),
    ),
    "days_to_complaint": lambda s: figures.days_to_complaint(
        s.frame(start=list(range(len(s.names))), complaints=[round(10 * (v or 0)) for v in s.values])
    ),
    "differences_from_reference": lambda s: figures.differences_from_reference(
        s.frame(reference=list(s.names), n_reference=3, is_significant=True).rename({"value": "difference"}),
        "title",
        "M14",
        axis="points",
    ),
    "dots_by_group": lambda s: figures.dots_by_group(
        pl.concat([s.frame(series=each) for each in ("a", "b")]),
        [Series("a", "first", "#0072B2"), Series("b", "second", "#D55E00")],
        "title",
        "M11",
        axis="share",
        line=True,
    ),
    "scale_and_ratings": lambda s: figures.scale_and_ratings(of_curve(s), 10),
    "negative_by_source_by_week": lambda s: figures.negative_by_source_by_week(s.trend("negative_survey_csat")),
    "opening_and_closing_by_week": lambda s: figures.opening_and_closing_by_week(
        s.trend("opening_sentiment", "closing_sentiment")
    ),
    "promises_by_week": lambda s: figures.promises_by_week(
        s.frame(**s.weeks(), kept_on_time=1, kept_late=2, broken=None, pending=4)
    ),
    "proxy_against_outcome": lambda s: figures.proxy_against_outcome(
        s.frame(verdict="diverging", x_words="a", x_range="b", y_words="c", y_range="d", customers=7).with_columns(
            x="value", y="value"
        ),
        "AHT",
        "repeats",
        less_is_better=True,
        less_is_worse=False,
    ),
    "rates_by_group": lambda s: figures.rates_by_group(s.frame(), "title", "M18", axis="share", reference=0.2),
    "repeat_curves": lambda s: figures.repeat_curves(
        pl.concat(
            [s.frame(scope=scope, day=day, at_risk=9) for scope in ("any", "same_issue") for day in (0, 1)]
        ).drop_nulls(["value"]),
        "2026-W01",
    ),
    "repeat_rates_by_week": lambda s: figures.repeat_rates_by_week(s.trend("repeat_any_7d", "repeat_issue_7d"), 7),
    "repeat_rates_by_window": lambda s: figures.repeat_rates_by_window(
        pl.concat(
            [
                s.frame(days=list(range(1, 1 + len(s.names))), scope=scope, week=list(s.names), denominator=10)
                for scope in ("any", "same_issue")
            ]
        )
    ),
    "repeats_known_so_far": lambda s: figures.repeats_known_so_far(
        pl.concat(
            [
                s.frame(week=[name or "none" for name in s.names], scope=scope, day=3, benchmark=0.2, provisional=True)
                for scope in ("any", "same_issue")
            ]
        )
    ),
    "outcome_about_its_step": lambda s: figures.outcome_about_its_step(
        s.frame(monday=s.weeks()["monday"], days="days"),
        "title",
        axis="share",
        scale=100,
        levels=(0.1, 0.3),
        at=MONDAY,
        between=(MONDAY, MONDAY + timedelta(days=13)),
    ),
    "parts_by_dimension": lambda s: figures.parts_by_dimension(
        pl.concat([s.frame(kind=kind) for kind in ("mix", "within")]).drop_nulls(["name", "value"]),
        "title",
        axis="points",
        scale=100,
    ),
    "share_by_hour_and_day": lambda s: figures.share_by_hour_and_day(
        s.frame(
            weekday=[i % 7 for i in range(len(s.names))], hour=[i // 7 % 24 for i in range(len(s.names))], contacts=4
        ).rename({"value": "share"}),
        "title",
        DAYS,
    ),
    "shares_by_mode": lambda s: figures.shares_by_mode(
        pl.concat(
            [
                s.frame(mode=mode, label=mode or "none", contacts=5)
                .rename({"value": "share"})
                .with_columns(pl.col("share").fill_null(0))
                for mode in ("101", "joint")
            ]
        ),
        "title",
        across=True,
    ),
    "shares_by_week": lambda s: figures.shares_by_week(
        s.frame(monday=s.weeks()["monday"], days="days")
        .rename({"value": "share"})
        .with_columns(label=pl.col("name").fill_null("none"), share=pl.col("share").fill_null(0)),
        "title",
    ),
    "small_reliability": lambda s: figures.small_reliability(of_curve(s), HISTOGRAM, s.names[0] or "none", 10),
    "stated_and_right": lambda s: figures.stated_and_right(of_curve(s), HISTOGRAM, "by reviewers", 10),
    "stated_to_calibrated": lambda s: figures.stated_to_calibrated(
        of_curve(s).drop_nulls("estimate").select(stated="confidence", calibrated="estimate"), "isotonic"
    ),
    "volume_and_handle_time": lambda s: figures.volume_and_handle_time(s.trend("contacts", "handle_seconds")),
}


def test_every_figure_is_fed() -> None:
    assert set(BUILDERS) == set(figures.__all__)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("builder", BUILDERS)
def test_names_are_categories_and_numbers_are_numbers(builder: str, shape: str) -> None:
    figure = BUILDERS[builder](SHAPES[shape])
    assert figure.layout.template.layout.xaxis.autotypenumbers == "strict"
    assert figure.layout.template.layout.yaxis.autotypenumbers == "strict"
    for trace in json.loads(figure.to_json())["data"]:
        for letter in ("x", "y"):
            values = trace.get(letter)
            if not isinstance(values, list):
                continue  # packed numbers
            axis = figure.layout[f"{letter}axis{trace.get(f'{letter}axis', letter)[1:]}"]
            texts = [value for value in values if isinstance(value, str) and not _is_instant(value)]
            if texts or axis.type == "category":
                assert axis.type == "category", f"{letter} of {trace.get('name')}: {texts[:3]}"
                assert set(values) <= set(axis.categoryarray)
            elif values:
                assert axis.type != "category"


def _is_instant(text: str) -> bool:
    """Weeks are drawn at their Mondays; nothing but the figure's own dates may look like one."""
    try:
        return dt.date.fromisoformat(text[:10]) >= MONDAY and len(text) >= 10 and text not in _NAMES
    except ValueError:
        return False


_NAMES = {name for shape in SHAPES.values() for name in shape.names}


@pytest.mark.parametrize(
    "draw",
    [
        lambda s: figures.rates_by_group(s.frame(), "t", "M18", axis="share"),
        BUILDERS["dots_by_group"],
        BUILDERS["differences_from_reference"],
        BUILDERS["claimed_and_outcome_by_mode"],
        BUILDERS["shares_by_mode"],
    ],
)
def test_each_of_many_long_or_numeric_names_has_a_line_of_its_own(draw: Callable[[Shape], go.Figure]) -> None:
    assert _from_above(draw(SHAPES["numeric"])) == list(SHAPES["numeric"].names)
    many = draw(SHAPES["two hundred"])
    assert _from_above(many) == list(SHAPES["two hundred"].names)
    assert many.layout.height > 200 * 20
    nines = f"{'9' * 24}<br>{'9' * 23}…"
    assert _from_above(draw(SHAPES["long"])) == [nines, f"{nines} (2)", f"{nines} (3)"]
    assert _from_above(draw(SHAPES["nulls"]))[:2] == ["101", "not recorded"]


def _from_above(figure: go.Figure) -> list[str]:
    """The names on the y axis as they stand, the uppermost first."""
    axis = figure.layout.yaxis
    if axis.type == "category":
        return list(axis.categoryarray)[::-1]
    return [name for _, name in sorted(zip(axis.tickvals, axis.ticktext, strict=True), reverse=True)]


def test_numbered_names_meet_no_other_name_and_markup_is_escaped_whole() -> None:
    assert axis_labels(["a", "a (2)", "a", "a"]) == ["a", "a (2)", "a (3)", "a (4)"]
    # Lines are cut, and only then escaped: an entity is never cut in two.
    assert axis_labels(["&" * 100]) == ["&amp;" * 24 + "<br>" + "&amp;" * 23 + "…"]


def test_long_names_are_wrapped_between_words() -> None:
    assert axis_labels(["repeat contact within 30 days", "hung up, regardless of the claim of the AI at the end"]) == [
        "repeat contact within 30<br>days",
        "hung up, regardless of<br>the claim of the AI at…",
    ]


@pytest.mark.parametrize("builder", BUILDERS)
def test_no_axis_runs_backwards_and_names_stand_clear_of_zero(builder: str) -> None:
    figure = BUILDERS[builder](SHAPES["numeric"])
    for axis in (*figure.select_xaxes(), *figure.select_yaxes()):
        assert axis.autorange in (None, True)
        assert axis.range is None or axis.range[0] < axis.range[1]
    names = figure.layout.yaxis
    if names.type == "category" or (names.ticktext and names.tickvals):
        # A point at zero has a radius of five pixels or six.
        assert names.ticklabelstandoff >= 10


def test_the_bundle_of_plotly_draws_every_trace() -> None:
    """The basic bundle has these three; where a figure needs another, vendor the cartesian one in its place."""
    drawn = {trace.type for builder in BUILDERS.values() for trace in builder(SHAPES["numeric"]).data}
    assert drawn <= {"scatter", "bar", "pie"}


def test_diverging_segments_are_named_each_beside_its_point() -> None:
    names = [f"AI-led contacts about issue number {i} in the north" for i in range(9)]
    shape = Shape(tuple(names), tuple(0.5 + i / 1000 for i in range(9)))
    frame = shape.frame(verdict="diverging", x_words="a", x_range="b", y_words="c", y_range="d", customers=7)
    frame = frame.with_columns(x="value", y="value")
    figure = figures.proxy_against_outcome(frame, "AHT", "repeats", less_is_better=True, less_is_worse=False)
    labels = [note for note in figure.layout.annotations if note.name == "point"]
    assert [note.text for note in labels] == [
        f"AI-led contacts about<br>issue number {i} in the…" for i in range(len(labels))
    ]
    assert len(labels) == 8
    assert [note.x for note in labels] == frame["x"].to_list()[:8]
    corner = next(note for note in figure.layout.annotations if note.text == "figure better, outcome worse")
    assert (corner.x, corner.y) == (0, 1)
    assert figure.layout.xaxis.title.text.startswith("← better")


def test_the_latest_value_of_a_line_stands_beside_it() -> None:
    assert last_value([0.5, 1.25, None], ".1f")["text"] == ["", "1.2", ""]
    assert last_value([None], ".1f")["text"] == [""]
