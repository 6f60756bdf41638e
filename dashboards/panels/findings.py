"""Panels of the statistics: the early read (M4), and a reliability diagram for each label source (M9)."""

from dataclasses import fields

import polars as pl

from dashboards import wording
from dashboards.figures import repeats_known_so_far, stated_and_right
from dashboards.findings import Findings
from dashboards.findings.calibration import CurvePoint, Reliability
from dashboards.findings.early_read import EarlyRead, EarlyWeek
from dashboards.panels.panel import Panel, Table, make_panel
from dashboards.wording.repeats import passed


def findings_panels(found: Findings) -> tuple[Panel, ...]:
    """Every label source with a curve, then the early read, if a week was followed."""
    drawn = [reliability_panel(source) for source in found.calibration.drawn]
    return (*drawn, *((early_read_panel(found.early_read),) if found.early_read.weeks else ()))


def reliability_panel(source: Reliability) -> Panel:
    curve = pl.DataFrame(source.curve, schema=dict.fromkeys((field.name for field in fields(CurvePoint)), pl.Float64))
    histogram = pl.DataFrame(source.histogram, schema={"start": pl.Float64, "end": pl.Float64, "claims": pl.Int64})
    points = Table(
        ("Stated", "Right", "90% band of the curve", "90% band of a calibrated model"),
        tuple(
            (
                wording.percent(point.confidence),
                wording.percent(point.estimate),
                wording.percent_range(point.lower, point.upper),
                wording.percent_range(point.consistency_lower, point.consistency_upper),
            )
            for point in source.curve
        ),
    )
    bars = Table(
        ("Stated", "Claims"),
        tuple(
            (f"{100 * bar.start:.0f}–{100 * bar.end:.0f}%", wording.count(bar.claims))
            for bar in source.histogram
            if bar.claims
        ),
    )
    return make_panel(
        f"reliability-{source.label_source}",
        stated_and_right(curve, histogram, source.name, source.n),
        " ".join(filter(None, (source.sentence, source.typical))),
        points,
        bars,
    )


def early_read_panel(read: EarlyRead) -> Panel:
    rows = tuple(
        _row(week) for week in sorted(read.weeks, key=lambda week: (week.week, week.scope == "any"), reverse=True)
    )
    headers = (
        "Week",
        "Issue",
        "Known to",
        "Came back by then",
        "Complete week by then",
        "Within 30 days, all windows closed",
        "Windows passed",
        "n",
    )
    caption = f"The complete week is {read.complete.label}." if read.complete else "No week is complete yet."
    return make_panel("early-read", repeats_known_so_far(_frame(read)), read.sentence, Table(headers, rows, caption))


def _row(week: EarlyWeek) -> tuple[str, ...]:
    value = week.reason or wording.MISSING
    if week.value is not None:
        value = f"{wording.percent(week.value)}\n{wording.percent_range(week.lower, week.upper)}"
    return (
        week.week.label,
        "any" if week.scope == "any" else "same",
        wording.MISSING if week.day is None else f"day {week.day}",
        value,
        wording.percent(week.benchmark),
        wording.percent(week.mature) if not week.is_provisional else "provisional",
        passed(week.window_share),
        wording.count(week.n),
    )


def _frame(read: EarlyRead) -> pl.DataFrame:
    schema = {"week": pl.String, "scope": pl.String, "day": pl.Int64}
    schema |= dict.fromkeys(("value", "lower", "upper", "benchmark"), pl.Float64)
    rows = [
        (w.week.label, w.scope, w.day, w.value, w.lower, w.upper, w.benchmark, w.n, w.is_provisional)
        for w in read.weeks
    ]
    return pl.DataFrame(rows, schema={**schema, "n": pl.Int64, "provisional": pl.Boolean}, orient="row")
