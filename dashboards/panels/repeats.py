"""Panels of repeat contact (M2, M4): curves by day after the contact, and the rate of one window week by week."""

import polars as pl

from dashboards import wording
from dashboards.figures import repeat_curves, repeat_rates_by_week
from dashboards.findings.survival import Curve, RepeatCurves
from dashboards.panels.panel import Panel, Table, make_panel, rate_cell, week_table
from dashboards.results.weekly_rates import trend
from dashboards.results.weekly_results import Results
from dashboards.snapshot.groups import ALL

#: Days at which the table behind the curves stands.
_DAYS = (1, 3, 7, 14, 21, 30)


def curves_panel(found: RepeatCurves) -> Panel:
    schema = {"name": pl.String, "scope": pl.String, "day": pl.Int64}
    schema |= dict.fromkeys(("value", "lower", "upper"), pl.Float64)
    rows = [
        (_name(curve), curve.scope, point.day, point.value, point.lower, point.upper, point.at_risk)
        for curve in found.curves
        for point in curve.points
    ]
    frame = pl.DataFrame(rows, schema={**schema, "at_risk": pl.Int64}, orient="row")
    table = Table(
        ("Group", "Issue", *(f"Day {day}" for day in _DAYS), "All windows closed", "n"),
        tuple(_row(curve) for curve in found.curves),
        f"Contacts of {found.week.label}." if found.week else "",
    )
    more = f" {wording.count(found.left_out)} smaller groups are not drawn." if found.left_out else ""
    return make_panel(
        "curves", repeat_curves(frame, found.week.label if found.week else "no week"), f"{found.sentence}{more}", table
    )


def repeats_by_week_panel(results: Results, days: int) -> Panel:
    window = results.window(days)
    within = f"{days} day{'' if days == 1 else 's'}"
    if window.kpis is None or window.kpis.repeat(days).any_issue.value is None:
        why = window.reason or (window.kpis.repeat(days).any_issue.reason if window.kpis else "")
        sentence = f"No rate within {within} yet: {why}."
    else:
        rates = window.kpis.repeat(days)
        sentence = (
            f"In {window.kpis.week.label}, {wording.percent(rates.any_issue.value)} repeated within {within} "
            f"({wording.percent_interval(rates.any_issue)}, {wording.rests_on(rates.any_issue.denominator)})"
        )
        same = rates.same_issue
        sentence += (
            f", {wording.percent(same.value)} with the same issue ({wording.percent_interval(same)})."
            if same.value is not None
            else f"; same issue: {same.reason}."
        )
    table = week_table(
        results,
        ("Any issue", "n", "Same issue", "n with an issue", "State"),
        lambda kpis: (
            rate_cell(kpis.repeat(days).any_issue),
            wording.count(kpis.repeat(days).any_issue.denominator),
            rate_cell(kpis.repeat(days).same_issue),
            wording.count(kpis.repeat(days).same_issue.denominator),
            "complete" if kpis.repeat(days).closed else "windows open",
        ),
    )
    return make_panel("repeats-by-week", repeat_rates_by_week(trend(results.trend), days), sentence, table)


def _name(curve: Curve) -> str:
    return "all contacts" if curve.group == ALL else curve.group.words


def _row(curve: Curve) -> tuple[str, ...]:
    at = {point.day: point for point in curve.points}
    cells = []
    for day in _DAYS:
        point = at.get(day)
        if point is None:
            cells.append(wording.MISSING)
        else:
            cells.append(f"{wording.percent(point.value)}\n{wording.percent_range(point.lower, point.upper)}")
    return (
        _name(curve),
        "any" if curve.scope == "any" else "same",
        *cells,
        wording.percent(curve.mature) if curve.mature is not None else curve.reason or "provisional",
        wording.count(curve.n),
    )
