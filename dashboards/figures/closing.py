"""Closing sentiment by week, unscaled and on the customer-rating scale (M7)."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.template import (
    GREEN,
    GREY,
    VERMILLION,
    hover,
    new_figure,
    say_nothing_to_draw,
    week_axis,
)

_LINES = (("raw", "unscaled", VERMILLION, "diamond"), ("calibrated", "customer-rating scale", GREEN, "square"))
_LEAST_SPAN = 0.5


def closing_raw_and_calibrated(frame: pl.DataFrame) -> go.Figure:
    """Two lines over the same contacts. ``frame``: monday, week, n, raw, calibrated (−1 to 1, null below the minimum)."""
    figure = new_figure(
        "Closing words, unscaled and on the customer-rating scale",
        "M7 · mean over the same contacts, those with both; −1 to +1. Customer-rating scale: 2 × P(high rating) − 1",
    )
    known = [value for name, *_ in _LINES for value in frame[name].drop_nulls()]
    if not known:
        return say_nothing_to_draw(figure, "no contact has both")
    for column, name, colour, symbol in _LINES:
        figure.add_scatter(
            x=frame["monday"],
            y=frame[column].to_list(),
            customdata=[[week, n] for week, n in frame.select("week", "n").rows()],
            mode="lines+markers",
            line={"color": colour, "width": 2.5},
            marker={"size": 7, "symbol": symbol},
            hovertemplate=hover(
                "%{customdata[0]}: mean %{y:.2f}", "n = %{customdata[1]:,.0f} contacts<extra>%{fullData.name}</extra>"
            ),
            name=name,
        )
    span = max(_LEAST_SPAN, *(1.1 * abs(value) for value in known))
    figure.update_yaxes(
        title={"text": "mean closing sentiment"},
        range=[-span, span],
        zeroline=True,
        zerolinecolor=GREY,
        zerolinewidth=1,
    )
    week_axis(figure, frame)
    figure.update_xaxes(title={"text": "ISO week"})
    return figure
