"""Repeat contact by week within one window, any issue beside same issue (M2)."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.point_labels import last_value
from dashboards.figures.template import (
    BLUE,
    VERMILLION,
    faint,
    hover,
    interval_band,
    new_figure,
    say_nothing_to_draw,
    shade_weeks,
    week_axis,
)
from dashboards.wording import plain

_HOVER = hover(
    "%{customdata[0]}: %{y:.1f}% repeated",
    "95% confidence interval %{customdata[1]}",
    "n = %{customdata[2]:,.0f} contacts<extra>%{fullData.name}</extra>",
)


def repeat_rates_by_week(frame: pl.DataFrame, days: int) -> go.Figure:
    """Repeat rates of the ``days``-day window by week, with interval bands; open weeks hollow and shaded.

    ``frame``: the series ``repeat_any_{days}d`` and ``repeat_issue_{days}d`` of ``measures.trend``.
    """
    within = f"{days} day{'' if days == 1 else 's'}"
    figure = new_figure(
        f"Back within {within}, week by week",
        "M2, M3 · over contacts whose window has closed; bands are 95% confidence intervals",
    )
    series = (
        (f"repeat_any_{days}d", "any issue", BLUE, "circle"),
        (f"repeat_issue_{days}d", "same issue", VERMILLION, "diamond"),
    )
    rows = frame.filter(pl.col("series").is_in([name for name, *_ in series]))
    if rows["value"].drop_nulls().is_empty():
        reasons = rows.sort("monday")["reason"].drop_nulls()
        return say_nothing_to_draw(figure, "no contacts" if reasons.is_empty() else plain(reasons[-1]))
    for name, label, colour, symbol in series:
        own = rows.filter(pl.col("series") == name).sort("monday")
        complete = own.with_columns(pl.when("final").then(c).alias(c) for c in ("value", "lower", "upper"))
        so_far = own.filter(~pl.col("final") & pl.col("value").is_not_null())
        figure.add_traces(interval_band(complete, colour, 100))
        line = _line(complete, label, {"color": colour, "width": 2.5}, symbol)
        figure.add_trace(line.update(last_value(line.y, ".1f", below=label == "same issue")))
        if not so_far.is_empty():
            style = {"color": faint(colour, 0.7), "width": 1.5, "dash": "dot"}
            figure.add_trace(_line(so_far, label, style, f"{symbol}-open").update(showlegend=False))
    final = rows.filter("final")["monday"]
    open_weeks = [day for day in rows["monday"].unique().sort() if final.is_empty() or day > final.max()]
    if open_weeks:
        shade_weeks(figure, open_weeks, "windows open")
    figure.update_layout(showlegend=True)
    figure.update_yaxes(title={"text": "contacts followed by a repeat (%)"}, rangemode="tozero")
    week_axis(figure, rows)
    figure.update_xaxes(title={"text": "ISO week"})
    return figure


def _line(rows: pl.DataFrame, name: str, line: dict[str, object], symbol: str) -> go.Scatter:
    return go.Scatter(
        x=rows["monday"],
        y=[None if value is None else 100 * value for value in rows["value"]],
        customdata=[
            [week, "–" if lower is None else f"{100 * lower:.1f}–{100 * upper:.1f}%", n]
            for week, lower, upper, n in rows.select("week", "lower", "upper", "denominator").rows()
        ],
        mode="lines+markers",
        line=line,
        marker={"size": 7, "symbol": symbol},
        hovertemplate=_HOVER,
        name=name,
    )
