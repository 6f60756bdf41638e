"""What it costs to keep the AI's answers from a confidence upwards (M10)."""

from dataclasses import dataclass

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.template import (
    BLUE,
    GREEN,
    GREY,
    SHADE,
    VERMILLION,
    faint,
    hover,
    new_figure,
    say_nothing_to_draw,
)
from dashboards.wording import plain


@dataclass(frozen=True)
class Marks:
    """What stands beside the curve; thresholds as fractions, money in ``currency``, None where unknown or not meant."""

    currency: str
    chosen: float | None = None
    keep_from: float | None = None
    in_force: float | None = None
    in_force_lower: float | None = None
    in_force_upper: float | None = None
    scale: str = "recalibrated"


def cost_by_threshold(frame: pl.DataFrame, marks: Marks, *, published: pl.DataFrame | None = None) -> go.Figure:
    """Cost per 1,000 claims by threshold, with the band where there is one, and what stands beside it.

    ``frame``: threshold (fraction), cost, lower, upper, kept, kept_wrong, handed_off, link (moves the threshold there);
    cost is null where no label tells. ``published``: the curve at the configured costs, where ``frame`` is at others.
    """
    made = (
        "recomputed at other costs, without an interval" if published is not None else "band: 95% confidence interval"
    )
    figure = new_figure(
        "Cost by threshold",
        f"M10 · per 1,000 later claims, answers kept from a confidence upwards; {made}; a click moves the threshold",
        height=380,
    )
    drawn = frame.filter(pl.col("cost").is_not_null())
    if drawn.is_empty():
        return say_nothing_to_draw(figure, "no threshold's cost is known")
    first = float(drawn["threshold"].min() or 0.0)  # type: ignore[arg-type]  # a threshold's least
    least = max(0.0, min(first, *(each for each in (marks.keep_from, marks.chosen) if each is not None), 1.0) - 0.05)
    if first > least:
        figure.add_vrect(
            x0=100 * least,
            x1=100 * first - 0.5,
            fillcolor=SHADE,
            line_width=0,
            layer="below",
            annotation={"text": "no label tells", "font": {"size": 11}, "xanchor": "left", "yanchor": "top"},
            annotation_position="top left",
        )
    if published is not None:
        _line(figure, published.filter(pl.col("cost").is_not_null()), "at the configured costs", GREY, marks.currency)
    else:
        _band(figure, drawn)
    _line(figure, drawn, "at these costs" if published is not None else "cost", BLUE, marks.currency)
    _beside(figure, marks, least)
    _chosen(figure, drawn, marks)
    figure.update_xaxes(
        title={
            "text": f"kept from this confidence upwards ({SCALE_WORDS.get(marks.scale, plain(marks.scale))}, %; beyond 100 nothing is kept)"
        },
        range=[100 * least, 101.5],
        showgrid=True,
    )
    figure.update_yaxes(title={"text": f"{plain(marks.currency)} per 1,000 claims"})
    return figure


SCALE_WORDS = {"recalibrated": "recalibrated", "raw": "as stated"}


def _band(figure: go.Figure, drawn: pl.DataFrame) -> None:
    rows = drawn.filter(pl.col("lower").is_not_null() & pl.col("upper").is_not_null())
    x = [100 * value for value in rows["threshold"]]
    figure.add_scatter(
        x=[*x, *reversed(x)],
        y=[*rows["upper"], *reversed(rows["lower"].to_list())],
        fill="toself",
        fillcolor=faint(BLUE, 0.16),
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
    )


def _line(figure: go.Figure, rows: pl.DataFrame, name: str, colour: str, currency: str) -> None:
    figure.add_scatter(
        x=[100 * value for value in rows["threshold"]],
        y=rows["cost"].to_list(),
        customdata=rows.select("kept", "kept_wrong", "handed_off", "link").rows(),
        mode="lines",
        line={"color": colour, "width": 1.5 if colour == GREY else 2.5, "dash": "dot" if colour == GREY else "solid"},
        hovertemplate=hover(
            f"from %{{x:.0f}}%: {plain(currency)}%{{y:,.0f}} per 1,000",
            "kept %{customdata[0]:,.0f}, of these wrong %{customdata[1]:,.0f}",
            "handed off %{customdata[2]:,.0f}<extra>%{fullData.name}</extra>",
        ),
        name=name,
    )


def _beside(figure: go.Figure, marks: Marks, least: float) -> None:
    ends = [100 * least, 101.5]
    if marks.in_force is not None:
        if marks.in_force_lower is not None and marks.in_force_upper is not None:
            figure.add_hrect(
                y0=marks.in_force_lower,
                y1=marks.in_force_upper,
                fillcolor=faint(VERMILLION, 0.1),
                line_width=0,
                layer="below",
            )
        figure.add_scatter(
            x=ends,
            y=[marks.in_force] * 2,
            mode="lines",
            line={"color": VERMILLION, "width": 2, "dash": "dash"},
            name="policy in force",
            hovertemplate=f"policy in force: {plain(marks.currency)}%{{y:,.0f}} per 1,000<extra></extra>",
        )
    if marks.keep_from is not None:
        figure.add_vline(
            x=100 * marks.keep_from,
            line={"color": GREY, "width": 1.5, "dash": "dot"},
            annotation={
                "text": f"by costs alone<br>{100 * marks.keep_from:.0f}%",
                "font": {"size": 11},
                "align": "left",
                "xanchor": "left",
            },
            annotation_position="bottom right",
        )


def _chosen(figure: go.Figure, drawn: pl.DataFrame, marks: Marks) -> None:
    if marks.chosen is None:
        return
    figure.add_vline(x=100 * marks.chosen, line={"color": GREEN, "width": 1.5})
    row = drawn.filter((pl.col("threshold") - marks.chosen).abs() < 0.005)
    if not row.is_empty():
        figure.add_scatter(
            x=[100 * marks.chosen],
            y=row["cost"].to_list(),
            mode="markers",
            marker={"size": 12, "symbol": "diamond", "color": GREEN},
            name="threshold",
            hovertemplate=f"threshold %{{x:.0f}}%: {plain(marks.currency)}%{{y:,.0f}} per 1,000<extra></extra>",
        )
