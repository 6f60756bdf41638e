"""Who leads the contacts (M14): stacked shares, and a field a colour for each hour of the week."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.categories import category_axis, place_axis
from dashboards.figures.template import BLUE, GREEN, GREY, ORANGE, PURPLE, hover, new_figure, say_nothing_to_draw
from dashboards.wording import plain

#: Width and height of a field of an hour; 1 would leave no line between two.
_FIELD = 0.95
_COLOURS = {"ai_primary": BLUE, "joint": ORANGE, "human_primary": GREEN, None: GREY}


def shares_by_mode(frame: pl.DataFrame, title: str, *, across: bool = False) -> go.Figure:
    """Stacked bars that each add up to 100%. ``across``: bars lie, for names rather than times.

    ``frame``: name (of the bar), mode, label (of the mode), share (fraction), contacts, n (contacts of the bar), link.
    """
    names = frame["name"].unique(maintain_order=True).to_list()
    height = max(220, 110 + 30 * len(names)) if across else 320
    figure = new_figure(
        title,
        "M14 · share of served inbound contacts by who led them; every contact is counted, so there is no interval",
        height=height,
    )
    if frame.is_empty():
        return say_nothing_to_draw(figure, "no contact in these weeks")
    category = category_axis(figure, names, across=not across)
    for mode in frame["mode"].unique(maintain_order=True):
        rows = frame.filter(pl.col("mode").eq_missing(pl.lit(mode, pl.String)))
        at = [category[name] for name in rows["name"]]
        shares = [100 * share for share in rows["share"]]
        label = plain(rows["label"][0])
        figure.add_bar(
            x=shares if across else at,
            y=at if across else shares,
            orientation="h" if across else "v",
            marker={"color": _COLOURS.get(mode, PURPLE)},
            customdata=rows.select("contacts", "n", "link").rows(),
            name=label,
            hovertemplate=hover(
                f"{'%{y}' if across else '%{x}'}, {label}: {'%{x:.1f}' if across else '%{y:.1f}'}%",
                "%{customdata[0]:,.0f} of %{customdata[1]:,.0f} contacts<extra></extra>",
            ),
        )
    figure.update_layout(barmode="stack", bargap=0.25, legend={"traceorder": "normal"})
    if across:
        figure.update_xaxes(title={"text": "share of contacts (%)"}, range=[0, 100], showgrid=True)
        return figure
    figure.update_yaxes(title={"text": "share of contacts (%)"}, range=[0, 100], showgrid=True)
    shown = names[::-1][:: -(-len(names) // 7)][::-1]
    figure.update_xaxes(tickangle=0, tickvals=[category[name] for name in shown], ticktext=_ticks(shown, category))
    return figure


def share_by_hour_and_day(frame: pl.DataFrame, title: str, days: tuple[str, ...]) -> go.Figure:
    """A field for each hour of the week, hours across and days down. Hours with too few contacts are left blank.

    Fields are bars, which the browser has loaded anyway: a heat map would need a larger Plotly. ``frame``: weekday (0 to
    6), hour (0 to 23), share (fraction, null where too few), contacts.
    """
    figure = new_figure(
        title,
        "M14 · share of the served inbound contacts of the hour; every contact is counted, so there is no interval; blank "
        "where there are too few",
        height=320,
    )
    drawn = frame.filter(pl.col("share").is_not_null())
    if drawn.is_empty():
        return say_nothing_to_draw(figure, "no hour of the week has enough contacts")
    places = place_axis(figure, days)
    rows = drawn.select("weekday", "hour", "share", "contacts").rows()
    shares = [100 * share for _, _, share, _ in rows]
    figure.add_bar(
        x=[hour for _, hour, _, _ in rows],
        y=[_FIELD] * len(rows),
        base=[places[weekday] - _FIELD / 2 for weekday, _, _, _ in rows],
        width=_FIELD,
        customdata=[[plain(days[weekday]), share, n] for (weekday, _, _, n), share in zip(rows, shares, strict=True)],
        marker={
            "color": shares,
            "colorscale": [[0, "rgba(0,114,178,0.06)"], [1, "rgba(0,114,178,1)"]],
            "cmin": 0,
            "cmax": max(1.0, *shares),
            "line": {"width": 0},
            "colorbar": {"title": {"text": "%"}, "thickness": 10, "outlinewidth": 0, "tickfont": {"color": GREY}},
        },
        hovertemplate=hover(
            "%{customdata[0]} %{x}:00: %{customdata[1]:.1f}%", "n = %{customdata[2]:,.0f} contacts<extra></extra>"
        ),
    )
    figure.update_layout(barmode="overlay")
    figure.update_xaxes(
        title={"text": "local hour"}, tickvals=list(range(0, 24, 3)), range=[-0.6, 23.6], showgrid=False
    )
    return figure


def _ticks(names: list[str | None], category: dict[str | None, str]) -> list[str]:
    """Weeks without their year but where it begins or changes; every other name as it is."""
    texts, year = [], ""
    for name in names:
        this_year, dash, number = (name or "").partition("-W")
        texts.append(
            f"W{number}<br>{this_year}" if dash and this_year != year else f"W{number}" if dash else category[name]
        )
        year = this_year
    return texts
