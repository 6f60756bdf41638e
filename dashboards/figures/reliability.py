"""Reliability diagram: stated confidence beside how often it was right (M9), the claims beneath."""

import math

import plotly.graph_objects as go
import polars as pl
from plotly.subplots import make_subplots

from dashboards.figures.template import BLUE, GREY, TEMPLATE, VERMILLION, faint, hover, say_nothing_to_draw
from dashboards.wording import plain

#: The axes begin at the least stated confidence, rounded down to a tenth, and show at least so much.
_STEPS, _LEAST_SPAN = 10, 0.3


def stated_and_right(curve: pl.DataFrame, histogram: pl.DataFrame, judged: str, n: int) -> go.Figure:
    """The isotonic curve with its bootstrap band, the consistency band around the diagonal, and the histogram beneath.

    ``curve``: confidence, estimate, lower, upper, consistency_lower, consistency_upper (fractions, in order of
    confidence); ``histogram``: start, end (fractions), claims. ``judged``: by whom the ``n`` claims were.
    """
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.06, row_heights=[0.78, 0.22])
    figure.update_layout(
        template=TEMPLATE,
        height=380,
        meta={"empty": False},
        title={
            "text": f"Stated confidence, {plain(judged)}",
            "subtitle": {
                "text": f"M9 · n = {n:,} claims; a curve below the diagonal is overconfidence. A calibrated model's curve "
                "would lie within the grey band; the band around the curve describes it"
            },
        },
    )
    points = curve.drop_nulls(["confidence", "estimate"])
    if points.is_empty():
        return say_nothing_to_draw(figure, "too few claims for a curve")
    low = _begin(points, histogram)
    _add_band(figure, points, ("consistency_lower", "consistency_upper"), GREY, "calibrated model, 90% band")
    _add_band(figure, points, ("lower", "upper"), VERMILLION, "90% bootstrap band")
    figure.add_scatter(
        x=[100 * low, 100],
        y=[100 * low, 100],
        mode="lines",
        line={"color": GREY, "width": 1.5, "dash": "dash"},
        hoverinfo="skip",
        name="stated = right",
        showlegend=False,
        row=1,
        col=1,
    )
    figure.add_scatter(
        x=_percent(points["confidence"]),
        y=_percent(points["estimate"]),
        customdata=[
            [_band(lower, upper), _band(below, above)]
            for lower, upper, below, above in points.select(
                "lower", "upper", "consistency_lower", "consistency_upper"
            ).rows()
        ],
        mode="lines+markers",
        line={"color": VERMILLION, "width": 2.5},
        marker={"size": 4},
        hovertemplate=hover(
            "stated %{x:.1f}%: right %{y:.1f}%",
            "90% band of the curve %{customdata[0]}",
            "a calibrated model: %{customdata[1]}<extra></extra>",
        ),
        name="how often right",
        row=1,
        col=1,
    )
    figure.add_bar(
        x=[50 * (start + end) for start, end in histogram.select("start", "end").rows()],
        y=histogram["claims"],
        width=[96 * (end - start) for start, end in histogram.select("start", "end").rows()],
        marker={"color": faint(BLUE, 0.6), "line": {"width": 0}},
        customdata=[f"{100 * start:.0f}–{100 * end:.0f}%" for start, end in histogram.select("start", "end").rows()],
        hovertemplate="stated %{customdata}: %{y:,.0f} claims<extra></extra>",
        name="claims",
        showlegend=False,
        row=2,
        col=1,
    )
    figure.update_layout(legend={"traceorder": "reversed"})
    figure.update_yaxes(title={"text": "right (%)"}, row=1, col=1)
    figure.update_yaxes(title={"text": "claims"}, rangemode="tozero", nticks=3, row=2, col=1)
    figure.update_xaxes(range=[100 * low - 1, 101], showgrid=True)
    figure.update_xaxes(title={"text": "stated confidence (%)"}, row=2, col=1)
    return figure


def _begin(points: pl.DataFrame, histogram: pl.DataFrame) -> float:
    """Where the axis of stated confidence begins: most models never state less than a half."""
    held = histogram.filter(pl.col("claims") > 0)["start"].to_list()
    least = float(min([*points["confidence"].to_list(), *held]))
    return max(0.0, min(1 - _LEAST_SPAN, math.floor(least * _STEPS + 1e-9) / _STEPS))


def _add_band(figure: go.Figure, points: pl.DataFrame, bounds: tuple[str, str], colour: str, name: str) -> None:
    lower, upper = bounds
    known = points.drop_nulls([lower, upper])
    if known.is_empty():
        return
    x = _percent(known["confidence"])
    figure.add_scatter(
        x=[*x, *reversed(x)],
        y=[*_percent(known[upper]), *reversed(_percent(known[lower]))],
        fill="toself",
        fillcolor=faint(colour, 0.2),
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        name=name,
        row=1,
        col=1,
    )


def _percent(values: pl.Series) -> list[float]:
    return [100 * value for value in values]


def _band(lower: float | None, upper: float | None) -> str:
    return "not known" if lower is None or upper is None else f"{100 * lower:.1f}–{100 * upper:.1f}%"
