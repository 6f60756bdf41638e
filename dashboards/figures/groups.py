"""A rate of several groups, one line a group with its interval."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.categories import category_axis
from dashboards.figures.template import BLUE, GREY, hover, new_figure, say_nothing_to_draw, whiskers


def rates_by_group(
    frame: pl.DataFrame,
    title: str,
    subtitle: str,
    *,
    axis: str,
    scale: float = 100,
    unit: str = "%",
    reference: float | None = None,
) -> go.Figure:
    """A point and whiskers per group, in the order of ``frame``.

    ``frame``: name, value, lower, upper (in units of 1 / ``scale``), n, link (address of the cases, or empty).
    ``reference``: where a line stands, in the same units; None for none.
    """
    drawn = frame.filter(pl.col("value").is_not_null())
    figure = new_figure(title, subtitle, height=max(180, 90 + 32 * len(drawn)))
    if drawn.is_empty():
        return say_nothing_to_draw(figure, "no group has enough")
    category = category_axis(figure, drawn["name"])
    if reference is not None:
        figure.add_vline(x=scale * reference, line={"color": GREY, "width": 1.5, "dash": "dash"})
    figure.add_scatter(
        x=[scale * value for value in drawn["value"]],
        y=[category[name] for name in drawn["name"]],
        error_x=whiskers(drawn, "value", scale),
        customdata=[
            [
                "not known" if lower is None or upper is None else f"{scale * lower:.1f} to {scale * upper:.1f}{unit}",
                n,
                link,
            ]
            for lower, upper, n, link in drawn.select("lower", "upper", "n", "link").rows()
        ],
        mode="markers",
        marker={"size": 10, "color": BLUE},
        hovertemplate=hover(
            f"%{{y}}: %{{x:.1f}}{unit}", "interval %{customdata[0]}", "n = %{customdata[1]:,.0f}<extra></extra>"
        ),
        cliponaxis=False,
        showlegend=False,
    )
    figure.update_xaxes(title={"text": axis}, showgrid=True, rangemode="tozero" if reference is None else "normal")
    return figure
