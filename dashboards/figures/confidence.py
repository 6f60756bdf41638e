"""Recalibration and drift of the AI's confidence (M9)."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.categories import category_axis
from dashboards.figures.template import (
    BLUE,
    GREEN,
    GREY,
    VERMILLION,
    hover,
    new_figure,
    say_nothing_to_draw,
    whiskers,
)
from dashboards.wording import plain


def stated_to_calibrated(points: pl.DataFrame, kind: str) -> go.Figure:
    """The map, linear between its rows; the diagonal is a model that needs none. ``points``: stated, calibrated."""
    figure = new_figure(
        "From stated to calibrated",
        f"M9 · {plain(kind)} map, fitted on an earlier period and judged on a later one; below the diagonal it says less",
    )
    if points.is_empty():
        return say_nothing_to_draw(figure, "no map was published")
    figure.add_scatter(
        x=[0, 100], y=[0, 100], mode="lines", line={"color": GREY, "width": 1.5, "dash": "dash"}, hoverinfo="skip"
    )
    figure.add_scatter(
        x=[100 * value for value in points["stated"]],
        y=[100 * value for value in points["calibrated"]],
        mode="lines",
        line={"color": GREEN, "width": 2.5},
        hovertemplate=hover("stated %{x:.1f}%: calibrated %{y:.1f}%<extra></extra>"),
    )
    low = max(0.0, 100 * float(points["stated"].min() or 0.0) - 2)  # type: ignore[arg-type]  # a share's least
    figure.update_layout(showlegend=False)
    figure.update_xaxes(title={"text": "stated confidence (%)"}, range=[low, 101], showgrid=True)
    figure.update_yaxes(title={"text": "calibrated confidence (%)"}, range=[0, 101])
    return figure


def bias_by_month(frame: pl.DataFrame) -> go.Figure:
    """Bias of every month with its interval; a diamond where the change on the month before is beyond chance.

    ``frame``: period, bias, lower, upper (fractions), n, drifted (boolean).
    """
    figure = new_figure(
        "Month by month",
        "M9 · mean stated confidence minus share right; above 0 is overconfident; bars are 95% confidence intervals, "
        "a diamond marks a significant change",
    )
    rows = frame.filter(pl.col("bias").is_not_null())
    if rows.is_empty():
        return say_nothing_to_draw(figure, "no month has enough claims")
    figure.add_hline(y=0, line={"color": GREY, "width": 1})
    category = category_axis(figure, rows["period"], across=True)
    figure.add_scatter(
        x=[category[period] for period in rows["period"]],
        y=[100 * bias for bias in rows["bias"]],
        error_y=whiskers(rows, "bias"),
        customdata=[
            ["not known" if lower is None or upper is None else f"{100 * lower:.1f} to {100 * upper:.1f}", n]
            for lower, upper, n in rows.select("lower", "upper", "n").rows()
        ],
        mode="lines+markers",
        line={"color": VERMILLION, "width": 2},
        marker={
            "size": [12 if drifted else 8 for drifted in rows["drifted"]],
            "symbol": ["diamond" if drifted else "circle" for drifted in rows["drifted"]],
            "color": [VERMILLION if drifted else BLUE for drifted in rows["drifted"]],
        },
        hovertemplate=hover(
            "%{x}: %{y:+.1f} points",
            "95% confidence interval %{customdata[0]}",
            "n = %{customdata[1]:,.0f} claims<extra></extra>",
        ),
        showlegend=False,
    )
    figure.update_xaxes(title={"text": "month"})
    figure.update_yaxes(title={"text": "bias (points)"})
    return figure
