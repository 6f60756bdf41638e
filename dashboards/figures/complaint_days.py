"""How long after the contact complaints were received (M8)."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.categories import category_axis
from dashboards.figures.template import GREY, VERMILLION, hover, new_figure, say_nothing_to_draw


def days_to_complaint(frame: pl.DataFrame) -> go.Figure:
    """One bar per range of days. ``frame``: name, start, complaints; ranges within 30 days count against the contact."""
    figure = new_figure(
        "Time to complaint",
        "M8 · linked complaints by days from the end of the contact; ranges widen to the right",
        height=300,
    )
    if frame["complaints"].sum() == 0:
        return say_nothing_to_draw(figure, "no complaint links to a contact")
    category = category_axis(figure, frame["name"], across=True)
    for label, rows, colour in (
        ("within 30 days", frame.filter(pl.col("start") < 30), VERMILLION),
        ("later", frame.filter(pl.col("start") >= 30), GREY),
    ):
        figure.add_bar(
            x=[category[name] for name in rows["name"]],
            y=rows["complaints"].to_list(),
            marker={"color": colour},
            hovertemplate=hover("%{x} days: %{y:,.0f} complaints<extra>%{fullData.name}</extra>"),
            name=label,
        )
    figure.update_xaxes(title={"text": "days after the contact"})
    figure.update_yaxes(title={"text": "complaints"}, rangemode="tozero")
    return figure
