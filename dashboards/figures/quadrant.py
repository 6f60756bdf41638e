"""Segments by what moved in them: proxy against outcome (M16)."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.point_labels import name_points
from dashboards.figures.template import BLUE, GREY, VERMILLION, faint, hover, new_figure, say_nothing_to_draw
from dashboards.wording import plain

#: Verdict, name, colour, symbol. What is not told from chance is pale and small.
_VERDICTS = (
    ("aligned", "not significant", faint(GREY, 0.45), "circle"),
    ("sensitive to issue coding", "sensitive to issue coding", GREY, "diamond-open"),
    ("undervalued", "undervalued", BLUE, "square"),
    ("diverging", "diverging", VERMILLION, "diamond"),
)


def proxy_against_outcome(
    frame: pl.DataFrame, proxy: str, outcome: str, *, less_is_better: bool, less_is_worse: bool
) -> go.Figure:
    """A point a segment, those that diverge by name; one corner is where the figure got better and the outcome worse.

    ``frame``: name, verdict, x, x_words, x_range, y, y_words, y_range, customers, link. ``proxy`` and ``outcome`` name
    the axes with their units; no axis runs backwards. ``less_is_better``: of the figure, ``less_is_worse``: of the
    outcome. They say which corner it is.
    """
    better, worse = "left" if less_is_better else "right", "lower" if less_is_worse else "upper"
    figure = new_figure(
        "What moved where",
        f"M16 · a point a segment, period against baseline at the same mix of issues; {worse} {better}: the figure got "
        "better and the outcome worse; hover for intervals, click for the segment",
        height=460,
    )
    if frame.is_empty():
        return say_nothing_to_draw(figure, "no segment has both")
    for verdict, name, colour, symbol in _VERDICTS:
        rows = frame.filter(pl.col("verdict") == verdict)
        if rows.is_empty():
            continue
        big = verdict != "aligned"
        figure.add_scatter(
            x=rows["x"].to_list(),
            y=rows["y"].to_list(),
            customdata=[
                [plain(name_), x, x_range, y, y_range, customers, link]
                for name_, x, x_range, y, y_range, customers, link in rows.select(
                    "name", "x_words", "x_range", "y_words", "y_range", "customers", "link"
                ).rows()
            ],
            mode="markers",
            marker={"size": 12 if big else 6, "symbol": symbol, "color": colour, "line": {"width": 1, "color": colour}},
            hovertemplate=hover(
                "<b>%{customdata[0]}</b>",
                f"{plain(proxy)}: %{{customdata[1]}} (%{{customdata[2]}})",
                f"{plain(outcome)}: %{{customdata[3]}} (%{{customdata[4]}})",
                "%{customdata[5]:,.0f} customers<extra>%{fullData.name}</extra>",
            ),
            name=name,
        )
    figure.add_hline(y=0, line={"color": GREY, "width": 1})
    figure.add_vline(x=0, line={"color": GREY, "width": 1})
    figure.add_annotation(
        text="figure better, outcome worse",
        xref="paper",
        yref="paper",
        x=0 if less_is_better else 1,
        y=0 if less_is_worse else 1,
        xanchor=better,
        yanchor="bottom" if less_is_worse else "top",
        showarrow=False,
        font={"size": 11},
    )
    figure.update_layout(showlegend=True)
    figure.update_xaxes(
        title={
            "text": f"{'← better; ' if less_is_better else ''}change of {plain(proxy)}{'' if less_is_better else '; better →'}"
        },
        showgrid=True,
    )
    figure.update_yaxes(
        title={
            "text": f"{'← worse; ' if less_is_worse else ''}change of {plain(outcome)}{'' if less_is_worse else '; worse →'}"
        }
    )
    known = frame.drop_nulls(["x", "y"])
    diverging = known.filter(pl.col("verdict") == "diverging").sort("customers", descending=True, maintain_order=True)
    name_points(figure, diverging.select("name", "x", "y").rows(), known.select("x", "y").rows())
    return figure
