"""Reliability diagrams that stand side by side (M9), and the customer-rating scale (M7)."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.template import BLUE, GREEN, GREY, VERMILLION, faint, hover, new_figure, say_nothing_to_draw
from dashboards.wording import plain


def small_reliability(curve: pl.DataFrame, histogram: pl.DataFrame, name: str, n: int) -> go.Figure:
    """One group's curve with both bands, its claims as bars along the bottom. All such figures share their axes, 0 to 100.

    ``curve`` and ``histogram`` as for ``stated_and_right``.
    """
    figure = new_figure(plain(name), f"M9 · n = {n:,} claims", height=210)
    points = curve.drop_nulls(["confidence", "estimate"])
    if points.is_empty():
        return say_nothing_to_draw(figure, "too few claims")
    _draw(figure, points, VERMILLION, "right", "a calibrated model")
    bars = histogram.filter(pl.col("claims") > 0)
    if not bars.is_empty():
        figure.add_bar(
            x=[50 * (start + end) for start, end in bars.select("start", "end").rows()],
            y=bars["claims"].to_list(),
            width=[96 * (end - start) for start, end in bars.select("start", "end").rows()],
            marker={"color": faint(BLUE, 0.35), "line": {"width": 0}},
            customdata=[f"{100 * start:.0f}–{100 * end:.0f}%" for start, end in bars.select("start", "end").rows()],
            hovertemplate="stated %{customdata}: %{y:,.0f} claims<extra></extra>",
            yaxis="y2",
        )
        # The bars take the lowest fifth of the square.
        most = 5 * int(bars["claims"].max() or 1)  # type: ignore[arg-type]  # a count column's greatest
        figure.update_layout(yaxis2={"overlaying": "y", "range": [0, most], "visible": False, "fixedrange": True})
    figure.update_layout(showlegend=False)
    figure.update_xaxes(range=[-1, 101], tickvals=[0, 50, 100], showgrid=True)
    figure.update_yaxes(range=[-1, 101], tickvals=[0, 50, 100], selector={"overlaying": None})
    return figure


def scale_and_ratings(curve: pl.DataFrame, n: int) -> go.Figure:
    """P(high rating) as the customer-rating scale predicts it against the share of high ratings, on later contacts."""
    figure = new_figure(
        "Reliability of the customer-rating scale",
        f"M7 · n = {n:,} later contacts; the curve of a calibrated scale would lie within the grey band, the other band "
        "describes the curve (both 90%)",
    )
    points = curve.drop_nulls(["confidence", "estimate"])
    if points.is_empty():
        return say_nothing_to_draw(figure, "no scale was fitted")
    _draw(figure, points, GREEN, "rated high", "a calibrated scale")
    figure.update_layout(showlegend=False)
    figure.update_xaxes(title={"text": "predicted P(high rating) (%)"}, range=[-1, 101], showgrid=True)
    figure.update_yaxes(title={"text": "rated 4 or 5 (%)"}, range=[-1, 101])
    return figure


def _draw(figure: go.Figure, points: pl.DataFrame, colour: str, share: str, calibrated: str) -> None:
    for bounds, fill in ((("consistency_lower", "consistency_upper"), GREY), (("lower", "upper"), colour)):
        known = points.drop_nulls(list(bounds))
        x = [100 * value for value in known["confidence"]]
        if not x:
            continue
        figure.add_scatter(
            x=[*x, *reversed(x)],
            y=[*(100 * value for value in known[bounds[1]]), *(100 * value for value in known[bounds[0]].reverse())],
            fill="toself",
            fillcolor=faint(fill, 0.2),
            line={"width": 0},
            mode="lines",
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=[0, 100], y=[0, 100], mode="lines", line={"color": GREY, "width": 1.5, "dash": "dash"}, hoverinfo="skip"
    )
    figure.add_scatter(
        x=[100 * value for value in points["confidence"]],
        y=[100 * value for value in points["estimate"]],
        customdata=[
            [_band(lower, upper), _band(below, above)]
            for lower, upper, below, above in points.select(
                "lower", "upper", "consistency_lower", "consistency_upper"
            ).rows()
        ],
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"size": 4},
        hovertemplate=hover(
            f"stated %{{x:.1f}}%: {share}%{{y:.1f}}%",
            "90% band of the curve %{customdata[0]}",
            f"{calibrated}: %{{customdata[1]}}<extra></extra>",
        ),
    )


def _band(lower: float | None, upper: float | None) -> str:
    return "not known" if lower is None or upper is None else f"{100 * lower:.1f}–{100 * upper:.1f}%"
