"""The look that all figures share: colours, type, axes, interval bands, week ticks."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

import plotly.graph_objects as go
import polars as pl

# Okabe and Ito's palette, distinguishable with every common colour blindness.
BLUE = "#0072B2"
VERMILLION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#CC79A7"
ORANGE = "#E69F00"
GREY = "#7b8794"
SHADE = "rgba(123,135,148,0.13)"

_HALF_WEEK = timedelta(days=3)
#: Pixels of a figure that shares its line with another.
_HALF_PAGE = 480

FONT = "-apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"

_AXIS = {
    "gridcolor": "rgba(123,135,148,0.22)",
    "linecolor": "rgba(123,135,148,0.6)",
    "zeroline": False,
    "ticks": "",
    "automargin": True,
    "fixedrange": True,
    # Text is never a number: an axis of names is made by categories.py, every other has numbers or dates.
    "autotypenumbers": "strict",
    "title": {"font": {"size": 12}, "standoff": 8},
}

#: Passed to each figure; Plotly's own default template stays as it is.
TEMPLATE = go.layout.Template(
    layout={
        "font": {"family": FONT, "size": 12, "color": "#52606d"},
        "title": {"font": {"size": 15}, "x": 0, "xref": "paper", "subtitle": {"font": {"size": 12}}},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        # As much as ticks and a title take: where an axis needs more, the browser draws everything twice.
        "margin": {"l": 56, "r": 18, "t": 64, "b": 48},
        "xaxis": {**_AXIS, "showgrid": False, "showline": True},
        "yaxis": _AXIS,
        "hoverlabel": {
            "bgcolor": "#1f2933",
            "bordercolor": "#1f2933",
            "font": {"color": "#ffffff", "size": 12},
            "align": "left",
        },
        "legend": {
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.02,
            "yanchor": "bottom",
            "title": {"text": ""},
        },
        "dragmode": False,
        "hovermode": "closest",
    }
)


@dataclass(frozen=True)
class FigureTitle:
    text: str
    subtitle: str


def new_figure(title: str, subtitle: str, *, height: int = 320) -> go.Figure:
    """An empty figure in the shared look, with title and subtitle."""
    figure = go.Figure()
    figure.update_layout(
        template=TEMPLATE, height=height, title={"text": title, "subtitle": {"text": subtitle}}, meta={"empty": False}
    )
    return figure


def take_title(figure: go.Figure) -> FigureTitle:
    """Take the title off ``figure``: a page sets titles as headings, which wrap and are read aloud.

    The figure itself changes: a copy would be checked by Plotly value by value once more.
    """
    title = FigureTitle(figure.layout.title.text or "", figure.layout.title.subtitle.text or "")
    figure.update_layout(title=None, margin={"t": 28 + 20 * _legend_rows(figure)})
    return title


def _legend_rows(figure: go.Figure) -> int:
    """Lines that the legend takes above a figure of half a page's width, as good as can be told without drawing it."""
    names = [trace.name or "" for trace in figure.data if trace.showlegend is not False]
    shown = figure.layout.showlegend
    if not (len(names) > 1 if shown is None else shown):
        return 0
    return 1 if sum(7 * len(name) + 40 for name in names) < _HALF_PAGE else 2


def say_nothing_to_draw(figure: go.Figure, why: str) -> go.Figure:
    """Put ``why`` where the lines would be."""
    figure.update_layout(
        meta={"empty": True},
        xaxis={"visible": False},
        yaxis={"visible": False},
        annotations=[{"text": why, "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5, "showarrow": False}],
    )
    return figure


def week_axis(figure: go.Figure, frame: pl.DataFrame, *, most: int = 7, **which: int | str) -> None:
    """Name at most ``most`` weeks on the x axis, the year where it begins or changes."""
    weeks = frame.select("monday", "week").unique(maintain_order=True).sort("monday").rows()
    step = max(1, -(-len(weeks) // most))
    shown = list(reversed(weeks[::-1][::step]))
    texts, year = [], ""
    for _, label in shown:
        this_year, number = label.split("-")
        texts.append(f"{number}<br>{this_year}" if this_year != year else number)
        year = this_year
    figure.update_xaxes(tickvals=[monday for monday, _ in shown], ticktext=texts, tickangle=0, **which)
    leave_room_for_two_lines(figure)


def leave_room_for_two_lines(figure: go.Figure) -> None:
    """Of ticks, below the x axis."""
    figure.update_layout(margin={"b": 64})


def interval_band(rows: pl.DataFrame, colour: str, scale: float = 1.0) -> list[go.Scatter]:
    """95% confidence intervals as a band, interrupted where a week has no rate; a lone week gets a bar instead."""
    points = rows.sort("monday").select("monday", "lower", "upper").rows()
    traces = []
    for drawn, group in groupby(points, key=lambda point: point[1] is not None):
        run = list(group)
        if not drawn:
            continue
        days = [day for day, _, _ in run]
        lower, upper = ([scale * point[i] for point in run] for i in (1, 2))
        if len(run) == 1:
            traces.append(
                go.Scatter(
                    x=days * 2,
                    y=[*lower, *upper],
                    mode="lines",
                    line={"color": faint(colour, 0.45), "width": 4},
                    hoverinfo="skip",
                    showlegend=False,
                )
            )
            continue
        traces.append(
            go.Scatter(
                x=[*days, *reversed(days)],
                y=[*upper, *reversed(lower)],
                fill="toself",
                fillcolor=faint(colour, 0.16),
                line={"width": 0},
                mode="lines",
                hoverinfo="skip",
                showlegend=False,
            )
        )
    return traces


def whiskers(rows: pl.DataFrame, value: str, scale: float = 100) -> dict[str, object]:
    """Error bars of the columns ``value``, lower and upper: lengths measured from the point; none where a bound is missing."""
    bounds = rows.select(value, "lower", "upper").rows()
    return {
        "type": "data",
        "symmetric": False,
        "array": [0 if upper is None else scale * (upper - middle) for middle, _, upper in bounds],
        "arrayminus": [0 if lower is None else scale * (middle - lower) for middle, lower, _ in bounds],
        "thickness": 2,
        "width": 5,
    }


def faint(colour: str, opacity: float) -> str:
    """``#rrggbb`` with an opacity."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def hover(*lines: str) -> str:
    """A hover template of these lines."""
    return "<br>".join(lines)


def shade_weeks(figure: go.Figure, mondays: list[date], text: str) -> None:
    """Shade the weeks from the first of ``mondays`` to the last, half a week to either side, and say why."""
    figure.add_vrect(
        x0=min(mondays) - _HALF_WEEK,
        x1=max(mondays) + _HALF_WEEK,
        fillcolor=SHADE,
        line_width=0,
        layer="below",
        annotation={"text": text, "font": {"size": 11}, "xanchor": "left", "yanchor": "top"},
        annotation_position="top left",
    )
