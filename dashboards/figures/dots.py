"""Several values of each group on one line, each with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.categories import place_axis
from dashboards.figures.template import GREY, hover, new_figure, say_nothing_to_draw, whiskers
from dashboards.wording import plain


@dataclass(frozen=True)
class Series:
    """``key`` is its value in the column ``series`` of the frame."""

    key: str
    label: str
    colour: str
    symbol: str = "circle"


def dots_by_group(
    frame: pl.DataFrame,
    series: Sequence[Series],
    title: str,
    subtitle: str,
    *,
    axis: str,
    scale: float = 100,
    unit: str = "%",
    rows: str = "contacts",
    reference: float | None = None,
    line: bool = False,
) -> go.Figure:
    """A line a group in the order of ``frame``, a point and whiskers per series, one a little below the other.

    ``frame``: name, series, value, lower, upper (in units of 1 / ``scale``; bounds null where there is no interval), n,
    link (address of the cases, or empty). ``reference``: where a dashed line stands, in the same units. ``line`` joins
    the points of a group.
    """
    drawn = frame.filter(pl.col("value").is_not_null())
    groups = drawn.select("name").unique(maintain_order=True)["name"].to_list()
    figure = new_figure(title, subtitle, height=max(190, 100 + (26 + 10 * len(series)) * len(groups)))
    if not groups:
        return say_nothing_to_draw(figure, "no group has enough")
    place = dict(zip(groups, place_axis(figure, groups), strict=True))
    step = 0.0 if line else min(0.24, 0.6 / len(series))
    if reference is not None:
        figure.add_vline(x=scale * reference, line={"color": GREY, "width": 1.5, "dash": "dash"})
    if line:
        _joined(figure, drawn, place, scale)
    for i, each in enumerate(series):
        own = drawn.filter(pl.col("series") == each.key)
        if own.is_empty():
            continue
        offset = step * ((len(series) - 1) / 2 - i)
        figure.add_trace(
            _points(own, each, [place[name] + offset for name in own["name"]], scale=scale, unit=unit, rows=rows)
        )
    figure.update_xaxes(title={"text": axis}, showgrid=True, rangemode="tozero" if reference is None else "normal")
    figure.update_layout(showlegend=len(series) > 1)
    return figure


def _points(own: pl.DataFrame, each: Series, y: list[float], *, scale: float, unit: str, rows: str) -> go.Scatter:
    return go.Scatter(
        x=[scale * value for value in own["value"]],
        y=y,
        # A bar of no length would still show its ends.
        error_x=whiskers(own, "value", scale) | {"visible": own["lower"].count() > 0, "width": 4},
        customdata=[
            [
                plain(name),
                "no interval"
                if lower is None or upper is None
                else f"95% confidence interval {scale * lower:,.1f} to {scale * upper:,.1f}{unit}",
                n,
                link,
            ]
            for name, lower, upper, n, link in own.select("name", "lower", "upper", "n", "link").rows()
        ],
        mode="markers",
        marker={"size": 9, "symbol": each.symbol, "color": each.colour, "line": {"color": each.colour, "width": 1.5}},
        hovertemplate=hover(
            f"%{{customdata[0]}}, {plain(each.label)}: %{{x:,.1f}}{unit}",
            "%{customdata[1]}",
            f"n = %{{customdata[2]:,.0f}} {rows}<extra></extra>",
        ),
        name=each.label,
    )


def _joined(figure: go.Figure, drawn: pl.DataFrame, place: dict[str | None, int], scale: float) -> None:
    x: list[float | None] = []
    y: list[float | None] = []
    for name, at in place.items():
        values = drawn.filter(pl.col("name").eq_missing(pl.lit(name, pl.String)))["value"].to_list()
        x += [scale * min(values), scale * max(values), None]
        y += [at, at, None]
    figure.add_scatter(x=x, y=y, mode="lines", line={"color": GREY, "width": 2}, hoverinfo="skip", showlegend=False)
