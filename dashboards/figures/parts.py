"""What a change is made of: by dimension, the part of the mix and the part within the values (M16)."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.categories import place_axis
from dashboards.figures.template import BLUE, GREY, ORANGE, hover, new_figure, say_nothing_to_draw, whiskers


def parts_by_dimension(frame: pl.DataFrame, title: str, *, axis: str, scale: float) -> go.Figure:
    """Two points with whiskers a dimension. ``frame``: name, kind (mix, within), value, lower, upper."""
    names = frame["name"].unique(maintain_order=True).to_list()
    figure = new_figure(
        title,
        "M16 · the two parts add up to the whole change; whiskers are 95% confidence intervals",
        height=120 + 40 * len(names),
    )
    if frame.is_empty():
        return say_nothing_to_draw(figure, "all contacts have the same values")
    figure.add_vline(x=0, line={"color": GREY, "width": 1.5, "dash": "dash"})
    place = dict(zip(names, place_axis(figure, names), strict=True))
    kinds = (
        ("mix", "more of some contacts", ORANGE, "diamond", 0.14),
        ("within", "the same contacts going differently", BLUE, "circle", -0.14),
    )
    for kind, label, colour, symbol, off in kinds:
        rows = frame.filter(pl.col("kind") == kind)
        figure.add_scatter(
            x=[scale * value for value in rows["value"]],
            y=[place[name] + off for name in rows["name"]],
            error_x=whiskers(rows, "value", scale) | {"color": colour},
            customdata=rows.select("name", pl.col("lower") * scale, pl.col("upper") * scale).rows(),
            mode="markers",
            marker={"size": 10, "symbol": symbol, "color": colour},
            hovertemplate=hover(
                f"%{{customdata[0]}}, {label}: %{{x:+.1f}}",
                "95% confidence interval %{customdata[1]:+.1f} to %{customdata[2]:+.1f}<extra></extra>",
            ),
            name=label,
        )
    figure.update_xaxes(title={"text": axis}, showgrid=True)
    return figure
