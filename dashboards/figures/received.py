"""What arrived without being about a known contact: complaints (M8) and survey answers (M7) by week."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.template import BLUE, GREY, ORANGE, VERMILLION, faint
from dashboards.figures.week_counts import Counted, counts_by_week

_COMPLAINTS = (
    Counted("linked", "linked to a contact", VERMILLION),
    Counted("unlinked", "not linked", faint(VERMILLION, 0.45)),
)
_RATINGS = (
    Counted("rated_1", "rated 1", VERMILLION),
    Counted("rated_2", "rated 2", ORANGE),
    Counted("rated_3", "rated 3", faint(GREY, 0.6)),
    Counted("rated_4", "rated 4", faint(BLUE, 0.55)),
    Counted("rated_5", "rated 5", BLUE),
    Counted("unrated", "without a rating", faint(GREY, 0.3)),
)


def complaints_received(frame: pl.DataFrame) -> go.Figure:
    """Complaints a week. ``frame``: monday, week (label), linked, unlinked, link (or empty)."""
    return counts_by_week(
        frame,
        _COMPLAINTS,
        "Complaints received",
        "M8 · by the week in which the regulator received them; counts, so there is no interval",
        axis="complaints",
        nothing="no complaint in these weeks",
    )


def answers_by_rating(frame: pl.DataFrame) -> go.Figure:
    """Survey answers a week. ``frame``: monday, week (label), rated_1 … rated_5, unrated, link (or empty)."""
    return counts_by_week(
        frame,
        _RATINGS,
        "Survey answers by rating",
        "M7 · by the week of the answer, whether or not it is about a known contact; counts, so there is no interval",
        axis="answers",
        nothing="no survey answer in these weeks",
    )
