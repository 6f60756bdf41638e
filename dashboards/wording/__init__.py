"""Numbers, dates, codes and findings as people read them: the one place where sentences are written.

``numbers``, ``dates``, ``weeks``, ``texts``   the parts that every sentence is made of
``changes``, ``scopes``                         a figure against the week before; whose figure a headline gives
``labels``, ``segments``                       display names of codes; what a segment is called
``calibration``, ``divergence``, ``escalation``, ``validity``, ``outcomes``, ``csat``, ``early_read``, ``handoffs``
                                               the sentences of one subject each

A template takes typed values and returns text. Does not belong here: choosing rows, estimating, pages, looks.
"""

from dashboards.wording.dates import day_words, describe_days, moment, month_words, short_moment
from dashboards.wording.labels import code_words, mode_name, source_name
from dashboards.wording.numbers import (
    MISSING,
    bare_points_range,
    count,
    duration,
    joined,
    left_out_by_filter,
    money,
    per_thousand,
    percent,
    percent_interval,
    percent_range,
    percents,
    plain_points,
    plural,
    points,
    points_interval,
    points_range,
    q_value,
    rating,
    rests_on,
    score,
    signed,
    thousand_interval,
    whole_percent,
)
from dashboards.wording.texts import NOT_RECORDED, capital, clipped, plain, sentence

__all__ = [
    "MISSING",
    "NOT_RECORDED",
    "bare_points_range",
    "capital",
    "clipped",
    "code_words",
    "count",
    "day_words",
    "describe_days",
    "duration",
    "joined",
    "left_out_by_filter",
    "mode_name",
    "moment",
    "money",
    "month_words",
    "per_thousand",
    "percent",
    "percent_interval",
    "percent_range",
    "percents",
    "plain",
    "plain_points",
    "plural",
    "points",
    "points_interval",
    "points_range",
    "q_value",
    "rating",
    "rests_on",
    "score",
    "sentence",
    "short_moment",
    "signed",
    "source_name",
    "thousand_interval",
    "whole_percent",
]
