"""Regulator complaints per 1,000 eligible contacts (M8)."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.point_labels import last_value
from dashboards.figures.template import (
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
    "%{customdata[0]}: %{y:.2f} per 1,000",
    "95% confidence interval %{customdata[1]}",
    "%{customdata[2]:,.0f} complaints, n = %{customdata[3]:,.0f} contacts<extra></extra>",
)


def complaints_by_week(frame: pl.DataFrame) -> go.Figure:
    """Complaints received per 1,000 eligible contacts of the week, with exact Poisson intervals.

    ``frame``: the series ``complaints`` of ``measures.trend``. Weeks that are not wholly mature are drawn pale and
    shaded: late complaints may still arrive.
    """
    figure = new_figure(
        "Regulator complaints",
        "M8 · received per 1,000 eligible contacts; bands are exact 95% Poisson intervals",
        height=300,
    )
    rows = frame.filter(pl.col("series") == "complaints").sort("monday")
    if rows["value"].drop_nulls().is_empty():
        reasons = rows["reason"].drop_nulls()
        return say_nothing_to_draw(figure, "no contacts" if reasons.is_empty() else plain(reasons[-1]))
    final = rows.with_columns(
        pl.when("final").then("lower").alias("lower"), pl.when("final").then("upper").alias("upper")
    )
    figure.add_traces(interval_band(final, VERMILLION))
    for name, part, style in (
        (
            "complete",
            rows.with_columns(pl.when("final").then("value").alias("value")),
            {"color": VERMILLION, "width": 2.5},
        ),
        ("so far", rows.filter(~pl.col("final")), {"color": faint(VERMILLION, 0.7), "width": 1.5, "dash": "dot"}),
    ):
        if part["value"].drop_nulls().is_empty():
            continue
        figure.add_scatter(
            x=part["monday"],
            y=part["value"].to_list(),
            customdata=[
                [week, "–" if lower is None else f"{lower:.2f}–{upper:.2f}", events, n]
                for week, lower, upper, events, n in part.select(
                    "week", "lower", "upper", "numerator", "denominator"
                ).rows()
            ],
            **(last_value(part["value"].to_list(), ".2f") if name == "complete" else {"mode": "lines+markers"}),
            line=style,
            marker={"size": 7, "symbol": "circle" if name == "complete" else "circle-open"},
            hovertemplate=_HOVER,
            name=name,
        )
    mature = rows.filter("final")["monday"].to_list()
    open_weeks = [monday for monday in rows["monday"] if not mature or monday > max(mature)]
    if open_weeks:
        shade_weeks(figure, open_weeks, "not yet complete")
    figure.update_layout(showlegend=False)
    figure.update_yaxes(title={"text": "complaints per 1,000 contacts"}, rangemode="tozero")
    week_axis(figure, rows)
    figure.update_xaxes(title={"text": "ISO week"})
    return figure
