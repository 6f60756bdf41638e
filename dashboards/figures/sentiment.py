"""Sentiment by week (M7): the share of negatives within each source, and opening beside closing."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.point_labels import last_value
from dashboards.figures.template import (
    BLUE,
    GREY,
    PURPLE,
    VERMILLION,
    faint,
    hover,
    interval_band,
    new_figure,
    say_nothing_to_draw,
    shade_weeks,
    week_axis,
)
from dashboards.wording import plain

#: Series of ``measures.trend`` with name, colour and symbol.
_SOURCES = (
    ("negative_survey_csat", "survey rating of 1 or 2", BLUE, "circle"),
    ("negative_survey_verbatim", "survey words", PURPLE, "square"),
    ("negative_closing_turns", "closing words", VERMILLION, "diamond"),
)
_TURNS = (
    ("opening_sentiment", "opening", GREY, "circle"),
    ("closing_sentiment", "closing", VERMILLION, "diamond"),
)
#: The least half-width of the scale of means, so that noise does not look like a mountain range.
_LEAST_SPAN = 0.5

_SHARE_HOVER = hover(
    "%{customdata[0]}: %{y:.1f}% negative",
    "95% confidence interval %{customdata[1]}",
    "n = %{customdata[2]:,.0f} contacts<extra>%{fullData.name}</extra>",
)
_MEAN_HOVER = hover(
    "%{customdata[0]}: mean %{y:.2f}",
    "n = %{customdata[1]:,.0f} of %{customdata[2]:,.0f} contacts<extra>%{fullData.name}</extra>",
)


def negative_by_source_by_week(frame: pl.DataFrame) -> go.Figure:
    """One line a source: the share of its contacts whose sentiment is at most −0.25, with interval bands.

    ``frame``: the series ``negative_…`` of ``measures.trend``. A source without any rate is left out. Weeks whose survey
    answers are not all in are shaded and drawn hollow: an answer takes its contact from one source to another.
    """
    figure = new_figure(
        "Negative, each source by itself",
        "M7 · a rating of 1 or 2, or words that score −0.25 or less; bands are 95% confidence intervals. "
        "The lines are of different customers: compare a line with itself, never with another",
    )
    weeks = frame.select("monday", "week").unique().sort("monday")
    drawn = [entry for entry in _SOURCES if not _known(frame, entry[0]).is_empty()]
    if not drawn:
        reasons = frame.filter(pl.col("series").str.starts_with("negative_")).sort("monday")["reason"].drop_nulls()
        return say_nothing_to_draw(figure, "no contacts" if reasons.is_empty() else plain(reasons[-1]))
    for series, name, colour, symbol in drawn:
        rows = weeks.join(frame.filter(pl.col("series") == series).drop("week"), on="monday", how="left")
        rows = rows.sort("monday")
        complete = rows.with_columns(
            pl.when("final").then(column).alias(column) for column in ("value", "lower", "upper")
        )
        so_far = rows.filter(~pl.col("final") & pl.col("value").is_not_null())
        figure.add_traces(interval_band(complete, colour, 100))
        line = _share(complete, name, {"color": colour, "width": 2.5}, symbol)
        figure.add_trace(line.update(last_value(line.y, ".1f")))
        if not so_far.is_empty():
            style = {"color": faint(colour, 0.7), "width": 1.5, "dash": "dot"}
            figure.add_trace(_share(so_far, name, style, f"{symbol}-open").update(showlegend=False))
    final = frame.filter(pl.col("final") & pl.col("series").str.starts_with("negative_"))["monday"]
    open_weeks = [monday for monday in weeks["monday"] if final.is_empty() or monday > final.max()]
    if open_weeks:
        shade_weeks(figure, open_weeks, "answers open")
    figure.update_layout(showlegend=True)
    figure.update_yaxes(title={"text": "share of the source's contacts (%)"}, rangemode="tozero")
    week_axis(figure, frame)
    figure.update_xaxes(title={"text": "ISO week"})
    return figure


def opening_and_closing_by_week(frame: pl.DataFrame) -> go.Figure:
    """Mean sentiment of the opening and of the closing, over the same contacts.

    ``frame``: the series ``opening_sentiment`` and ``closing_sentiment`` of ``measures.trend``.
    """
    figure = new_figure(
        "From opening to closing",
        "M7 · mean score, from −1 to +1, of the first and the last customer turns (at most three each, none shared) of the same contacts",
    )
    weeks = frame.select("monday", "week").unique().sort("monday")
    known = [_known(frame, series) for series, *_ in _TURNS]
    if any(rows.is_empty() for rows in known):
        reasons = frame.filter(pl.col("series") == "opening_sentiment").sort("monday")["reason"].drop_nulls()
        return say_nothing_to_draw(figure, "no contacts" if reasons.is_empty() else plain(reasons[-1]))
    for (series, name, colour, symbol), _ in zip(_TURNS, known, strict=True):
        rows = weeks.join(frame.filter(pl.col("series") == series).drop("week"), on="monday", how="left")
        rows = rows.sort("monday")
        figure.add_scatter(
            x=rows["monday"],
            y=rows["value"].to_list(),
            customdata=rows.select("week", "numerator", "denominator").rows(),
            mode="lines+markers",
            line={"color": colour, "width": 2.5},
            marker={"size": 7, "symbol": symbol},
            hovertemplate=_MEAN_HOVER,
            name=name,
        )
    span = max(_LEAST_SPAN, *(1.1 * abs(value) for rows in known for value in rows["value"]))
    figure.update_yaxes(
        title={"text": "mean sentiment"}, range=[-span, span], zeroline=True, zerolinecolor=GREY, zerolinewidth=1
    )
    week_axis(figure, frame)
    figure.update_xaxes(title={"text": "ISO week"})
    return figure


def _known(frame: pl.DataFrame, series: str) -> pl.DataFrame:
    return frame.filter((pl.col("series") == series) & pl.col("value").is_not_null())


def _share(rows: pl.DataFrame, name: str, line: dict[str, object], symbol: str) -> go.Scatter:
    return go.Scatter(
        x=rows["monday"],
        y=[None if value is None else 100 * value for value in rows["value"]],
        customdata=[
            [week, "–" if lower is None else f"{100 * lower:.1f}–{100 * upper:.1f}%", n]
            for week, lower, upper, n in rows.select("week", "lower", "upper", "denominator").rows()
        ],
        mode="lines+markers",
        line=line,
        marker={"size": 7, "symbol": symbol},
        hovertemplate=_SHARE_HOVER,
        name=name,
    )
