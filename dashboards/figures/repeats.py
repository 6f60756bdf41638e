"""Repeat contact by window, any issue beside same issue (M2)."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.categories import category_axis
from dashboards.figures.template import BLUE, VERMILLION, hover, new_figure, say_nothing_to_draw, whiskers
from dashboards.wording import percent_range, plain


def repeat_rates_by_window(frame: pl.DataFrame) -> go.Figure:
    """Repeat rates with intervals, one pair of points per window.

    ``frame``: one row per window and scope with the columns days, scope (``any`` or ``same_issue``), week (the latest
    wholly mature one, null when there is none), value, lower, upper (fractions), denominator.
    """
    figure = new_figure(
        "Repeat contacts",
        "M2, M3 · each window in its latest week wholly mature; bars are 95% confidence intervals",
        height=300,
    )
    drawn = frame.filter(pl.col("value").is_not_null())
    if drawn.is_empty():
        return say_nothing_to_draw(figure, "no week is wholly mature with enough contacts")
    weeks = dict(frame.sort("days").select("days", "week").rows())
    category = category_axis(
        figure, map(str, weeks), across=True, labels=[_window_name(days, week) for days, week in weeks.items()]
    )
    for scope, name, colour, symbol in (
        ("any", "any issue", BLUE, "circle"),
        ("same_issue", "same issue", VERMILLION, "diamond"),
    ):
        rows = drawn.filter(pl.col("scope") == scope).sort("days")
        figure.add_scatter(
            x=[category[str(days)] for days in rows["days"]],
            y=[100 * value for value in rows["value"]],
            error_y=whiskers(rows, "value"),
            customdata=[
                [plain(week), percent_range(lower, upper), n]
                for week, lower, upper, n in rows.select("week", "lower", "upper", "denominator").rows()
            ],
            mode="markers",
            marker={"size": 11, "symbol": symbol, "color": colour},
            hovertemplate=hover(
                "%{y:.1f}% in %{customdata[0]}",
                "95% confidence interval %{customdata[1]}",
                "n = %{customdata[2]:,.0f}<extra>%{fullData.name}</extra>",
            ),
            name=name,
        )
    figure.update_layout(scattermode="group", scattergap=0.65)
    figure.update_yaxes(title={"text": "contacts followed by a repeat (%)"}, rangemode="tozero")
    figure.update_xaxes(
        title={"text": "window after the contact ended"},
        range=[-0.5, len(weeks) - 0.5],
    )
    return figure


def _window_name(days: int, week: str | None) -> str:
    """``30 days`` with the week below it: each window is judged in a week of its own."""
    return f"{'1 day' if days == 1 else f'{days} days'}<br>{plain(week) if week else 'no week yet'}"
