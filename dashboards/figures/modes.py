"""Claimed and outcome resolution, one line a mode (M5)."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.template import BLUE, GREY, VERMILLION, hover, new_figure, say_nothing_to_draw
from dashboards.wording import plain


def claimed_and_outcome_by_mode(frame: pl.DataFrame) -> go.Figure:
    """A dumbbell per mode: claimed FCR, FCR from outcomes, the gap as the line between them.

    ``frame``: one row per mode and series (``fcr_claimed``, ``fcr_outcome``) with the columns name, series, value,
    lower, upper (fractions), denominator; in the order in which modes shall stand.
    """
    figure = new_figure(
        "The gap by mode", "M5 · contacts with a claim whose outcome is known; whiskers are 95 % intervals", height=300
    )
    drawn = frame.filter(pl.col("value").is_not_null())
    if drawn.is_empty():
        return say_nothing_to_draw(figure, "no mode has enough contacts with a known outcome")
    names = [plain(name) for name in drawn["name"].unique(maintain_order=True)]
    for name in drawn["name"].unique(maintain_order=True):
        values = drawn.filter(pl.col("name") == name)["value"]
        figure.add_scatter(
            x=[100 * value for value in values],
            y=[plain(name)] * len(values),
            mode="lines",
            line={"color": GREY, "width": 2},
            hoverinfo="skip",
            showlegend=False,
        )
    for series, label, colour, symbol in (
        ("fcr_claimed", "claimed", BLUE, "circle"),
        ("fcr_outcome", "from outcomes", VERMILLION, "diamond"),
    ):
        rows = drawn.filter(pl.col("series") == series)
        figure.add_scatter(
            x=[100 * value for value in rows["value"]],
            y=[plain(name) for name in rows["name"]],
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [100 * (upper - value) for value, upper in rows.select("value", "upper").rows()],
                "arrayminus": [100 * (value - lower) for value, lower in rows.select("value", "lower").rows()],
                "thickness": 2,
                "width": 5,
            },
            customdata=[
                [f"{100 * lower:.1f}–{100 * upper:.1f} %", n]
                for lower, upper, n in rows.select("lower", "upper", "denominator").rows()
            ],
            mode="markers",
            marker={"size": 11, "symbol": symbol, "color": colour},
            hovertemplate=hover(
                "%{y}: %{x:.1f} %",
                "95 % interval %{customdata[0]}",
                "n = %{customdata[1]:,.0f}<extra>%{fullData.name}</extra>",
            ),
            name=label,
        )
    figure.update_xaxes(title={"text": "share of contacts (%)"}, showgrid=True)
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], showgrid=False)
    return figure
