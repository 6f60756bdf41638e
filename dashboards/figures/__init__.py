"""Figures: pure functions from a frame to a Plotly figure, grouped by what they show.

Belongs here: drawing. Does not belong here: reading, computing a rate, global Plotly state (the template is passed to
every figure). Every figure carries its title, its metric number and n on hover; pages and report add the table behind it.
Colours are Okabe–Ito; text and grid take theme colours from the page's style sheet.
"""

from dashboards.figures.change_weeks import outcome_about_its_step, shares_by_week
from dashboards.figures.closing import closing_raw_and_calibrated
from dashboards.figures.complaint_days import days_to_complaint
from dashboards.figures.complaints import complaints_by_week
from dashboards.figures.confidence import bias_by_month, stated_to_calibrated
from dashboards.figures.cost_curve import cost_by_threshold
from dashboards.figures.differences import differences_from_reference
from dashboards.figures.dots import dots_by_group
from dashboards.figures.early_read import repeats_known_so_far
from dashboards.figures.groups import rates_by_group
from dashboards.figures.mix import share_by_hour_and_day, shares_by_mode
from dashboards.figures.modes import claimed_and_outcome_by_mode
from dashboards.figures.parts import parts_by_dimension
from dashboards.figures.promise_weeks import promises_by_week
from dashboards.figures.quadrant import proxy_against_outcome
from dashboards.figures.received import answers_by_rating, complaints_received
from dashboards.figures.reliability import stated_and_right
from dashboards.figures.repeat_weeks import repeat_rates_by_week
from dashboards.figures.repeats import repeat_rates_by_window
from dashboards.figures.resolution import claimed_and_outcome_by_week
from dashboards.figures.sentiment import negative_by_source_by_week, opening_and_closing_by_week
from dashboards.figures.small_reliability import scale_and_ratings, small_reliability
from dashboards.figures.survival import repeat_curves
from dashboards.figures.volume import volume_and_handle_time

__all__ = [
    "answers_by_rating",
    "bias_by_month",
    "claimed_and_outcome_by_mode",
    "claimed_and_outcome_by_week",
    "closing_raw_and_calibrated",
    "complaints_by_week",
    "complaints_received",
    "cost_by_threshold",
    "days_to_complaint",
    "differences_from_reference",
    "dots_by_group",
    "negative_by_source_by_week",
    "opening_and_closing_by_week",
    "outcome_about_its_step",
    "parts_by_dimension",
    "promises_by_week",
    "proxy_against_outcome",
    "rates_by_group",
    "repeat_curves",
    "repeat_rates_by_week",
    "repeat_rates_by_window",
    "repeats_known_so_far",
    "scale_and_ratings",
    "share_by_hour_and_day",
    "shares_by_mode",
    "shares_by_week",
    "small_reliability",
    "stated_and_right",
    "stated_to_calibrated",
    "volume_and_handle_time",
]
