"""Differences from a reference, one line each with its interval."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.categories import place_axis
from dashboards.figures.template import BLUE, GREY, VERMILLION, hover, new_figure, say_nothing_to_draw, whiskers
from dashboards.wording import plain


def differences_from_reference(frame: pl.DataFrame, title: str, subtitle: str, *, axis: str) -> go.Figure:
    """A point and whiskers a row, in points, around a line at no difference; filled where beyond chance.

    ``frame``: name, reference, difference, lower, upper (fractions), n, n_reference, is_significant, link (or empty).
    """
    drawn = frame.filter(pl.col("difference").is_not_null())
    figure = new_figure(title, subtitle, height=max(190, 100 + 34 * len(drawn)))
    if drawn.is_empty():
        return say_nothing_to_draw(figure, "too few to compare")
    places = place_axis(figure, drawn["name"].to_list())
    figure.add_vline(x=0, line={"color": GREY, "width": 1.5, "dash": "dash"})
    values = drawn.select("difference", "lower", "upper").rows()
    kinds = (("more, significant", VERMILLION, "circle"), ("less, significant", BLUE, "circle"))
    for label, colour, symbol in (*kinds, ("may be chance", GREY, "circle-open")):
        at = [i for i, sure in enumerate(drawn["is_significant"]) if _kind(values[i][0], sure) == label]
        if not at:
            continue
        rows = drawn[at].select("name", "reference", "n", "n_reference", "link").rows()
        figure.add_scatter(
            x=[100 * values[i][0] for i in at],
            y=[places[i] for i in at],
            error_x=whiskers(drawn[at], "difference") | {"color": colour},
            customdata=[
                [plain(name), plain(other), _span(values[i][1], values[i][2]), n, n_other, link]
                for i, (name, other, n, n_other, link) in zip(at, rows, strict=True)
            ],
            mode="markers",
            marker={"size": 10, "symbol": symbol, "color": colour, "line": {"width": 2, "color": colour}},
            hovertemplate=hover(
                "%{customdata[0]} against %{customdata[1]}: %{x:+.1f} points",
                "95% confidence interval %{customdata[2]}",
                "n = %{customdata[3]:,.0f} against %{customdata[4]:,.0f}<extra></extra>",
            ),
            name=label,
        )
    figure.update_xaxes(title={"text": axis}, showgrid=True)
    return figure


def _kind(difference: float, sure: bool) -> str:
    if not sure:
        return "may be chance"
    return "more, significant" if difference > 0 else "less, significant"


def _span(lower: float | None, upper: float | None) -> str:
    return "not known" if lower is None or upper is None else f"{100 * lower:+.1f} to {100 * upper:+.1f}"
