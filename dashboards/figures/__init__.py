"""Figures: pure functions from a frame to a Plotly figure, grouped by what they show.

Belongs here: drawing. Does not belong here: reading, computing a rate, global Plotly state (the template is passed to
every figure). Every figure carries its title, its metric number and n on hover; the faces add the table behind it.
Colours are Okabe–Ito; text and grid take theme colours from the page's style sheet.
"""

from dashboards.figures.complaints import complaints_by_week
from dashboards.figures.early_read import repeats_known_so_far
from dashboards.figures.modes import claimed_and_outcome_by_mode
from dashboards.figures.reliability import stated_and_right
from dashboards.figures.repeats import repeat_rates_by_window
from dashboards.figures.resolution import claimed_and_outcome_by_week
from dashboards.figures.sentiment import negative_by_source_by_week, opening_and_closing_by_week
from dashboards.figures.volume import volume_and_handle_time

__all__ = [
    "claimed_and_outcome_by_mode",
    "claimed_and_outcome_by_week",
    "complaints_by_week",
    "negative_by_source_by_week",
    "opening_and_closing_by_week",
    "repeat_rates_by_window",
    "repeats_known_so_far",
    "stated_and_right",
    "volume_and_handle_time",
]
