"""Segments by what moved in them: proxy against outcome (M16)."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.template import BLUE, GREY, VERMILLION, faint, hover, new_figure, say_nothing_to_draw
from dashboards.wording import plain

#: Verdict, name, colour, symbol. What is not told from chance is pale and small.
_VERDICTS = (
    ("aligned", "not significant", faint(GREY, 0.45), "circle"),
    ("sensitive to issue coding", "sensitive to issue coding", GREY, "diamond-open"),
    ("undervalued", "undervalued", BLUE, "square"),
    ("diverging", "diverging", VERMILLION, "diamond"),
)


def proxy_against_outcome(frame: pl.DataFrame, proxy: str, outcome: str, flipped: tuple[bool, bool]) -> go.Figure:
    """A point a segment; the upper right corner is where the figure got better and the outcome worse.

    ``frame``: name, verdict, x, x_words, x_range, y, y_words, y_range, customers, link. ``proxy`` and ``outcome`` name
    the axes with their units. ``flipped``: which axes run the other way, so that better is right and worse is up.
    """
    figure = new_figure(
        "What moved where",
        "M16 · a point a segment, period against baseline at the same mix of issues; upper right: the figure got better "
        "and the outcome worse; hover for intervals, click for the segment",
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
        x=1,
        y=1,
        xanchor="right",
        yanchor="top",
        showarrow=False,
        font={"size": 11},
    )
    figure.update_layout(showlegend=True)
    figure.update_xaxes(title={"text": f"change of {plain(proxy)}; better →"}, showgrid=True)
    figure.update_yaxes(title={"text": f"change of {plain(outcome)}; worse →"})
    if flipped[0]:
        figure.update_xaxes(autorange="reversed")
    if flipped[1]:
        figure.update_yaxes(autorange="reversed")
    return figure
