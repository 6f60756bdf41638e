"""Curves of repeat contact by day after the contact, any issue beside same issue (M4)."""

import plotly.graph_objects as go
import polars as pl
from plotly.subplots import make_subplots

from dashboards.figures.template import (
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    TEMPLATE,
    VERMILLION,
    faint,
    hover,
    say_nothing_to_draw,
)
from dashboards.wording import plain

#: Colour and dash of each curve, so that no two are told apart by colour alone.
STYLES = ((BLUE, "solid"), (VERMILLION, "dash"), (GREEN, "dot"), (PURPLE, "dashdot"), (ORANGE, "longdash"))
_SCOPES = (("any", "any issue"), ("same_issue", "same issue"))
#: Bands are drawn of so many curves at most; of more the hover tells.
_BANDS = 3

_HOVER = hover(
    "by day %{x}: %{y:.1f}% repeated",
    "95% confidence interval %{customdata[0]}",
    "%{customdata[1]:,.0f} contacts followed so far<extra>%{fullData.name}</extra>",
)


def repeat_curves(frame: pl.DataFrame, week: str) -> go.Figure:
    """Two panels side by side, one line a group.

    ``frame``: name (in the order to draw), scope, day, value, lower, upper (fractions), at_risk.
    """
    figure = make_subplots(
        rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.04, subplot_titles=[name for _, name in _SCOPES]
    )
    figure.update_layout(
        template=TEMPLATE,
        height=360,
        meta={"empty": False},
        title={
            "text": "How soon customers come back",
            "subtitle": {
                "text": f"M4 · contacts of {plain(week)}; a curve ends where fewer than the minimum were followed further; "
                "bands are 95% confidence intervals"
            },
        },
    )
    names = frame["name"].unique(maintain_order=True).to_list()
    if not names:
        return say_nothing_to_draw(figure, "no group was followed")
    for column, (scope, _) in enumerate(_SCOPES, 1):
        for (colour, dash), name in zip(STYLES, names, strict=False):
            rows = frame.filter((pl.col("scope") == scope) & pl.col("name").eq_missing(pl.lit(name, pl.String))).sort(
                "day"
            )
            if rows.is_empty():
                continue
            if len(names) <= _BANDS:
                figure.add_trace(_band(rows, colour), row=1, col=column)
            figure.add_trace(_line(rows, name, colour, dash, legend=column == 1), row=1, col=column)
    figure.update_layout(showlegend=len(names) > 1, legend={"y": 1.1})
    figure.update_annotations(font={"size": 12})
    figure.update_xaxes(title={"text": "days after the contact"}, range=[0, 30.4], tickvals=[0, 7, 14, 21, 30])
    figure.update_yaxes(rangemode="tozero")
    figure.update_yaxes(title={"text": "repeated by then (%)"}, row=1, col=1)
    return figure


def _line(rows: pl.DataFrame, name: str, colour: str, dash: str, *, legend: bool) -> go.Scatter:
    return go.Scatter(
        x=rows["day"].to_list(),
        y=[100 * value for value in rows["value"]],
        customdata=[
            ["not known" if lower is None else f"{100 * lower:.1f}–{100 * upper:.1f}%", at_risk]
            for lower, upper, at_risk in rows.select("lower", "upper", "at_risk").rows()
        ],
        mode="lines",
        line={"color": colour, "width": 2.5, "dash": dash, "shape": "hv"},
        hovertemplate=_HOVER,
        name=plain(name),
        legendgroup=plain(name),
        showlegend=legend,
    )


def _band(rows: pl.DataFrame, colour: str) -> go.Scatter:
    known = rows.drop_nulls(["lower", "upper"])
    days = known["day"].to_list()
    return go.Scatter(
        x=[*days, *reversed(days)],
        y=[*(100 * value for value in known["upper"]), *(100 * value for value in known["lower"].reverse())],
        fill="toself",
        fillcolor=faint(colour, 0.14),
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        showlegend=False,
    )
