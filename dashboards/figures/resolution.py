"""First-contact resolution: claimed, and judged by outcomes (M5)."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.point_labels import last_value
from dashboards.figures.template import (
    BLUE,
    VERMILLION,
    hover,
    interval_band,
    new_figure,
    say_nothing_to_draw,
    shade_weeks,
    week_axis,
)

_HOVER = hover(
    "%{customdata[0]}: %{y:.1f}%",
    "95% confidence interval %{customdata[1]}",
    "n = %{customdata[2]:,.0f}<extra>%{fullData.name}</extra>",
)


def claimed_and_outcome_by_week(frame: pl.DataFrame) -> go.Figure:
    """Claimed FCR and FCR from outcomes over one cohort per week, with interval bands.

    ``frame``: the series ``fcr_claimed``, ``fcr_outcome`` and ``claimed_so_far`` of ``measures.trend``. Weeks whose
    outcomes are not all known are shaded and show the claim alone, hollow and dotted: an outcome rate over the part
    of a week that has matured would be another cohort.
    """
    figure = new_figure(
        "Resolution: claimed and judged by outcomes",
        "M5 · contacts with a claim whose outcome is known; bands are 95% confidence intervals",
    )
    final = frame.filter(pl.col("final"))
    claimed = final.filter(pl.col("series") == "fcr_claimed").sort("monday")
    outcome = final.filter(pl.col("series") == "fcr_outcome").sort("monday")
    known_weeks = outcome["monday"].to_list()
    so_far = frame.filter((pl.col("series") == "claimed_so_far") & ~pl.col("monday").is_in(known_weeks)).sort("monday")
    so_far = so_far.filter(pl.col("value").is_not_null())
    if claimed["value"].drop_nulls().is_empty() and so_far.is_empty():
        return say_nothing_to_draw(figure, "no week has enough contacts with a claim about resolution")
    weeks = frame.select("monday", "week").unique().sort("monday")
    for name, rows, colour, symbol in (
        ("claimed", claimed, BLUE, "circle"),
        ("from outcomes", outcome, VERMILLION, "diamond"),
    ):
        spread = weeks.join(rows.drop("week"), on="monday", how="left").sort("monday")
        figure.add_traces(interval_band(spread, colour, 100))
        figure.add_scatter(
            x=spread["monday"],
            y=_percent(spread["value"]),
            customdata=_details(spread),
            **last_value(_percent(spread["value"]), ".1f", below=name == "from outcomes"),
            line={"color": colour, "width": 2.5},
            marker={"size": 7, "symbol": symbol},
            hovertemplate=_HOVER,
            name=name,
        )
    open_weeks = [monday for monday in weeks["monday"] if not known_weeks or monday > max(known_weeks)]
    if not so_far.is_empty():
        figure.add_scatter(
            x=so_far["monday"],
            y=_percent(so_far["value"]),
            customdata=_details(so_far),
            mode="lines+markers",
            line={"color": BLUE, "width": 1.5, "dash": "dot"},
            marker={"size": 7, "symbol": "circle-open"},
            hovertemplate=_HOVER,
            name="claimed so far, outcome open",
        )
    if open_weeks:
        shade_weeks(figure, open_weeks, "outcome still open")
    figure.update_yaxes(title={"text": "share of contacts (%)"}, ticksuffix="")
    week_axis(figure, frame)
    figure.update_xaxes(title={"text": "ISO week"})
    return figure


def _percent(values: pl.Series) -> list[float | None]:
    return [None if value is None else 100 * value for value in values]


def _details(rows: pl.DataFrame) -> list[list[object]]:
    return [
        [week, MISSING_INTERVAL if lower is None else f"{100 * lower:.1f}–{100 * upper:.1f}%", n]
        for week, lower, upper, n in rows.select("week", "lower", "upper", "denominator").rows()
    ]


MISSING_INTERVAL = "–"
