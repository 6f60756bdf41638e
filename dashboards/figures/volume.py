"""Volume and handle time: how much work there was, and how long it took."""

import plotly.graph_objects as go
import polars as pl
from plotly.subplots import make_subplots

from dashboards.figures.template import BLUE, GREY, TEMPLATE, faint, hover, say_nothing_to_draw, week_axis


def volume_and_handle_time(frame: pl.DataFrame) -> go.Figure:
    """Contacts per week above the mean handle time of served contacts (M6).

    ``frame``: the series ``contacts`` and ``handle_seconds`` of ``measures.trend``. Two panels rather than two axes on
    one: nobody has to work out which line belongs to which scale. A week that is not over is drawn pale.
    """
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.12, row_heights=[0.5, 0.5])
    figure.update_layout(
        template=TEMPLATE,
        height=340,
        showlegend=False,
        meta={"empty": False},
        title={
            "text": "Contacts and mean handle time by week",
            "subtitle": {"text": "M1, M6 · all contacts; handle time of served contacts where it is known"},
        },
    )
    volume = frame.filter(pl.col("series") == "contacts").sort("monday")
    handle = frame.filter(pl.col("series") == "handle_seconds").sort("monday")
    if volume.is_empty():
        return say_nothing_to_draw(figure, "no week with contacts")
    figure.add_bar(
        x=volume["monday"],
        y=volume["value"],
        marker={"color": [faint(BLUE, 0.75 if over else 0.3) for over in volume["final"]], "line": {"width": 0}},
        customdata=[
            [week, "" if over else "<br>week not over"] for week, over in volume.select("week", "final").rows()
        ],
        hovertemplate="%{customdata[0]}: %{y:,.0f} contacts%{customdata[1]}<extra></extra>",
        name="contacts",
        row=1,
        col=1,
    )
    figure.add_scatter(
        x=handle["monday"],
        y=[None if seconds is None else seconds / 60 for seconds in handle["value"]],
        customdata=handle.select("week", "numerator", "denominator").rows(),
        mode="lines+markers",
        line={"color": GREY, "width": 2},
        marker={"size": 6},
        hovertemplate=hover(
            "%{customdata[0]}: %{y:.1f} min", "n = %{customdata[1]:,.0f} of %{customdata[2]:,.0f} served<extra></extra>"
        ),
        name="mean handle time",
        row=2,
        col=1,
    )
    figure.update_yaxes(title={"text": "contacts"}, rangemode="tozero", nticks=4, row=1, col=1)
    figure.update_yaxes(title={"text": "minutes"}, rangemode="tozero", nticks=4, row=2, col=1)
    week_axis(figure, frame, row=2, col=1)
    figure.update_xaxes(title={"text": "ISO week"}, row=2, col=1)
    if handle["value"].null_count() == len(handle):
        figure.add_annotation(
            text="no handle time is recorded", x=0.5, y=0.2, xref="paper", yref="paper", showarrow=False
        )
    return figure
