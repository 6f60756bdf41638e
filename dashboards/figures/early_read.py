"""Early read of repeat contacts, week by week, each up to the day to which it is known (M4)."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.template import (
    BLUE,
    GREY,
    VERMILLION,
    hover,
    leave_room_for_two_lines,
    new_figure,
    say_nothing_to_draw,
    whiskers,
)
from dashboards.wording import plain

#: Scope, name, colour, symbol, and how far beside the week's middle it stands.
_SCOPES = (
    ("any", "any issue", BLUE, "circle", -0.14),
    ("same_issue", "same issue", VERMILLION, "diamond", 0.14),
)
_MARK = 0.12

_HOVER = hover(
    "%{customdata[0]}, by day %{customdata[1]}: %{y:.1f}%",
    "95% confidence interval %{customdata[2]}",
    "n = %{customdata[3]:,.0f} contacts, %{customdata[4]}<extra>%{fullData.name}</extra>",
)


def repeats_known_so_far(frame: pl.DataFrame) -> go.Figure:
    """A point per week and scope at the last day known, with its interval; complete weeks filled, provisional hollow.

    ``frame``: one row per week and scope, in order, with the columns week (label), scope, day, value, lower, upper,
    benchmark (fractions), n, provisional; value is null where nothing is known, the day is the week's own. The benchmark, what the latest complete
    week showed by that same day, is a short grey line: points of different days are not to be compared with each other.
    """
    figure = new_figure(
        "Repeat contacts so far",
        "M4 · share with a repeat contact by the day beneath each week; filled: complete, hollow: provisional; bars are 95% confidence intervals; "
        "a grey line is what the latest complete week showed by that same day",
        height=380,
    )
    weeks = frame.select("week").unique(maintain_order=True)["week"].to_list()
    drawn = frame.filter(pl.col("value").is_not_null())
    if drawn.is_empty():
        return say_nothing_to_draw(figure, "no week was followed")
    place = {week: position for position, week in enumerate(weeks)}
    for scope, _, _, _, beside in _SCOPES:
        marks = drawn.filter((pl.col("scope") == scope) & pl.col("benchmark").is_not_null())
        ends: list[float | None] = []
        heights: list[float | None] = []
        for week, benchmark in marks.select("week", "benchmark").rows():
            middle = place[week] + beside
            ends += [middle - _MARK, middle + _MARK, None]
            heights += [100 * benchmark, 100 * benchmark, None]
        if ends:
            figure.add_scatter(
                x=ends, y=heights, mode="lines", line={"color": GREY, "width": 3}, hoverinfo="skip", showlegend=False
            )
    for scope, name, colour, symbol, beside in _SCOPES:
        rows = drawn.filter(pl.col("scope") == scope)
        if rows.is_empty():
            continue
        figure.add_scatter(
            x=[place[week] + beside for week in rows["week"]],
            y=[100 * value for value in rows["value"]],
            error_y=whiskers(rows, "value") | {"thickness": 1.5, "width": 4},
            customdata=[
                [
                    plain(week),
                    day,
                    "not known" if lower is None or upper is None else f"{100 * lower:.1f}–{100 * upper:.1f}%",
                    n,
                    "provisional" if provisional else "complete",
                ]
                for week, day, lower, upper, n, provisional in rows.select(
                    "week", "day", "lower", "upper", "n", "provisional"
                ).rows()
            ],
            mode="markers",
            marker={
                "size": 10,
                "symbol": [f"{symbol}-open" if open_ else symbol for open_ in rows["provisional"]],
                "color": colour,
                "line": {"width": 2, "color": colour},
            },
            hovertemplate=_HOVER,
            name=name,
        )
    days = dict(drawn.select("week", "day").rows())
    figure.update_yaxes(title={"text": "contacts followed by a repeat (%)"}, rangemode="tozero")
    figure.update_xaxes(
        title={"text": "ISO week, and the day to which it is known"},
        range=[-0.5, len(weeks) - 0.5],
        type="linear",
        tickvals=list(place.values()),
        ticktext=[_tick(week, days.get(week)) for week in weeks],
        tickangle=0,
    )
    leave_room_for_two_lines(figure)
    return figure


def _tick(week: str, day: int | None) -> str:
    """``W42`` with ``d 12`` beneath it: eight of them stand side by side on a phone."""
    return f"{plain(week.rpartition('-')[2])}<br>{'–' if day is None else f'd {day}'}"
