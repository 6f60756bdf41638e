"""Counts by week as stacked bars: what arrived, by what it says or what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.template import hover, new_figure, say_nothing_to_draw, week_axis


@dataclass(frozen=True)
class Counted:
    """``column`` of the frame holds its counts."""

    column: str
    label: str
    colour: str


def counts_by_week(
    frame: pl.DataFrame, series: Sequence[Counted], title: str, subtitle: str, *, axis: str, nothing: str
) -> go.Figure:
    """One bar a week. ``frame``: monday, week (label), a column of counts per series, link (or empty)."""
    figure = new_figure(title, subtitle)
    if frame.is_empty():
        return say_nothing_to_draw(figure, nothing)
    for each in series:
        figure.add_bar(
            x=frame["monday"].to_list(),
            y=frame[each.column].to_list(),
            customdata=frame.select("week", "link").rows(),
            marker={"color": each.colour},
            name=each.label,
            hovertemplate=hover(f"%{{customdata[0]}}: %{{y:,.0f}} {each.label}<extra></extra>"),
        )
    figure.update_layout(barmode="stack", bargap=0.25, showlegend=len(series) > 1)
    week_axis(figure, frame)
    figure.update_yaxes(title={"text": axis}, rangemode="tozero")
    return figure
