"""An outcome by week about the step in which it changed, and which AI models answered in those weeks (M16)."""

from datetime import date, timedelta

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.template import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SHADE,
    VERMILLION,
    hover,
    interval_band,
    new_figure,
    say_nothing_to_draw,
)
from dashboards.wording import plain

_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, VERMILLION)
#: From the first day of a week to its middle, and to its last day.
_MIDDLE, _LAST = timedelta(days=3), timedelta(days=6)
#: Weeks whose first day is written on the axis, at most about.
_TICKS = 8


def outcome_about_its_step(
    frame: pl.DataFrame,
    title: str,
    *,
    axis: str,
    scale: float,
    levels: tuple[float, float] | None = None,
    at: date | None = None,
    between: tuple[date, date] | None = None,
) -> go.Figure:
    """Weekly means with intervals, in the middle of their days; ``levels`` before and from ``at`` on, and shaded ``between`` which days that lies.

    ``frame``: monday (first day of seven), days (in words), value, lower, upper (null where too few), n.
    """
    figure = new_figure(
        title, "M16 · weeks are seven days back from the last day compared; bands are 95% confidence intervals"
    )
    known = frame.filter(pl.col("value").is_not_null())
    if known.is_empty():
        return say_nothing_to_draw(figure, "no week has enough contacts")
    if between is not None:
        figure.add_vrect(
            x0=between[0],
            x1=between[1],
            fillcolor=SHADE,
            line_width=0,
            layer="below",
            annotation={"text": "began here (95%)", "font": {"size": 11}},
            annotation_position="bottom left",
        )
    figure.add_traces(interval_band(frame.with_columns(pl.col("monday") + _MIDDLE), BLUE, scale))
    if levels is not None and at is not None:
        days = frame["monday"].to_list()
        for level, kept in zip(levels, ([d for d in days if d < at], [d for d in days if d >= at]), strict=True):
            figure.add_scatter(
                x=[day for first in kept for day in (first, first + _LAST)],
                y=[scale * level] * 2 * len(kept),
                mode="lines",
                line={"color": VERMILLION, "width": 2, "dash": "dash"},
                hoverinfo="skip",
                showlegend=False,
            )
    figure.add_scatter(
        x=known["monday"] + _MIDDLE,
        y=[scale * value for value in known["value"]],
        customdata=known.select("days", pl.col("lower") * scale, pl.col("upper") * scale, "n").rows(),
        mode="lines+markers",
        line={"color": BLUE, "width": 2.5},
        marker={"size": 7},
        hovertemplate=hover(
            "%{customdata[0]}: %{y:.1f}",
            "95% confidence interval %{customdata[1]:.1f} to %{customdata[2]:.1f}",
            "n = %{customdata[3]:,.0f} contacts<extra></extra>",
        ),
        showlegend=False,
    )
    figure.update_yaxes(title={"text": axis}, rangemode="tozero")
    _name_first_days(figure, frame["monday"])
    return figure


def _name_first_days(figure: go.Figure, mondays: pl.Series) -> None:
    """Ticks on the first days of weeks, while points and bars stand in the middle."""
    days = mondays.unique().sort().to_list()
    figure.update_xaxes(
        title={"text": "first day of the week"},
        tickmode="array",
        tickvals=days[:: max(1, -(-len(days) // _TICKS))],
        tickformat="%-d %b",
    )


def shares_by_week(frame: pl.DataFrame, title: str) -> go.Figure:
    """Stacked bars by week, each adding up to 100%. ``frame``: monday, days, label, share (fraction), n."""
    figure = new_figure(
        title, "M16 · share of the contacts of each week by the AI model that answered; every contact is counted"
    )
    if frame.is_empty():
        return say_nothing_to_draw(figure, "no AI model is recorded")
    for place, label in enumerate(frame["label"].unique(maintain_order=True)):
        rows = frame.filter(pl.col("label") == label)
        figure.add_bar(
            x=rows["monday"] + _MIDDLE,
            y=[100 * share for share in rows["share"]],
            customdata=rows.select("days", "n").rows(),
            marker={"color": GREY if place >= len(_COLOURS) else _COLOURS[place]},
            name=plain(label),
            hovertemplate=hover(
                f"{plain(label)}, %{{customdata[0]}}: %{{y:.1f}}%", "of %{customdata[1]:,.0f} contacts<extra></extra>"
            ),
        )
    figure.update_layout(barmode="stack", bargap=0.25, legend={"traceorder": "normal"})
    figure.update_yaxes(title={"text": "share of contacts (%)"}, range=[0, 100])
    _name_first_days(figure, frame["monday"])
    return figure
