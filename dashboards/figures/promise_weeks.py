"""Promises by week and what became of them (M12)."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.template import (
    BLUE,
    GREY,
    ORANGE,
    VERMILLION,
    faint,
    hover,
    new_figure,
    say_nothing_to_draw,
    week_axis,
)

_SERIES = (
    ("kept_on_time", "kept on time", BLUE),
    ("kept_late", "kept late", ORANGE),
    ("broken", "broken", VERMILLION),
    ("pending", "not due yet", faint(GREY, 0.45)),
)


def promises_by_week(frame: pl.DataFrame) -> go.Figure:
    """Stacked bars a week. ``frame``: monday, week (label), a column of counts per status, link (or empty)."""
    figure = new_figure(
        "Week by week",
        "M12 · promises by the week of the contact, those that can be verified; counts, so there is no interval",
    )
    if frame.is_empty():
        return say_nothing_to_draw(figure, "no promise in these weeks")
    for column, label, colour in _SERIES:
        figure.add_bar(
            x=frame["monday"].to_list(),
            y=frame[column].to_list(),
            customdata=frame.select("week", "link").rows(),
            marker={"color": colour},
            name=label,
            hovertemplate=hover(f"%{{customdata[0]}}: %{{y:,.0f}} {label}<extra></extra>"),
        )
    figure.update_layout(barmode="stack", bargap=0.25)
    week_axis(figure, frame)
    figure.update_yaxes(title={"text": "promises"}, rangemode="tozero")
    return figure
