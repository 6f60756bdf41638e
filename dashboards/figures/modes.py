"""Claimed and outcome resolution, one line a mode (M5)."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.categories import category_axis
from dashboards.figures.template import BLUE, GREY, VERMILLION, hover, new_figure, say_nothing_to_draw, whiskers
from dashboards.wording import percent_range


def claimed_and_outcome_by_mode(frame: pl.DataFrame) -> go.Figure:
    """A dumbbell per mode: claimed FCR, FCR from outcomes, the gap as the line between them.

    ``frame``: one row per mode and series (``fcr_claimed``, ``fcr_outcome``) with the columns name, series, value,
    lower, upper (fractions), denominator; in the order in which modes shall stand.
    """
    figure = new_figure(
        "The gap by mode",
        "M5 · contacts with a claim whose outcome is known; whiskers are 95% confidence intervals",
        height=300,
    )
    drawn = frame.filter(pl.col("value").is_not_null())
    if drawn.is_empty():
        return say_nothing_to_draw(figure, "no mode has enough contacts with a known outcome")
    category = category_axis(figure, drawn["name"])
    figure.update_layout(height=max(300, 120 + 36 * len(category)))
    for name, label in category.items():
        values = drawn.filter(pl.col("name").eq_missing(pl.lit(name, pl.String)))["value"]
        figure.add_scatter(
            x=[100 * value for value in values],
            y=[label] * len(values),
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
            y=[category[name] for name in rows["name"]],
            error_x=whiskers(rows, "value"),
            customdata=[
                [percent_range(lower, upper), n]
                for lower, upper, n in rows.select("lower", "upper", "denominator").rows()
            ],
            mode="markers",
            marker={"size": 11, "symbol": symbol, "color": colour},
            hovertemplate=hover(
                "%{y}: %{x:.1f}%",
                "95% confidence interval %{customdata[0]}",
                "n = %{customdata[1]:,.0f}<extra>%{fullData.name}</extra>",
            ),
            name=label,
        )
    figure.update_xaxes(title={"text": "share of contacts (%)"}, showgrid=True)
    return figure
