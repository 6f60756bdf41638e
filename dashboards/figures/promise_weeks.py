"""Promises by week and what became of them (M12)."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.template import BLUE, GREY, ORANGE, VERMILLION, faint
from dashboards.figures.week_counts import Counted, counts_by_week

_SERIES = (
    Counted("kept_on_time", "kept on time", BLUE),
    Counted("kept_late", "kept late", ORANGE),
    Counted("broken", "broken", VERMILLION),
    Counted("pending", "not due yet", faint(GREY, 0.45)),
)


def promises_by_week(frame: pl.DataFrame) -> go.Figure:
    """Stacked bars a week. ``frame``: monday, week (label), a column of counts per status, link (or empty)."""
    return counts_by_week(
        frame,
        _SERIES,
        "Week by week",
        "M12 · promises by the week of the contact, those that can be verified; counts, so there is no interval",
        axis="promises",
        nothing="no promise in these weeks",
    )
