"""Panels of calibration (M9): groups side by side, months, and the map from stated to calibrated confidence."""

from collections.abc import Sequence
from dataclasses import fields

import plotly.graph_objects as go
import polars as pl

from dashboards import wording
from dashboards.figures import bias_by_month, small_reliability, stated_to_calibrated
from dashboards.findings.calibration import CurvePoint
from dashboards.pages.calibration.groups import ClaimGroup, ConfidenceMap, Groups, MapMonth, Month, drift_sentence
from dashboards.panels.panel import Panel, Table, make_panel

_NUMBERS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.99)


def small_figure(each: ClaimGroup) -> go.Figure:
    """The figure of one group; title and subtitle within."""
    curve = pl.DataFrame(each.curve, schema=dict.fromkeys((field.name for field in fields(CurvePoint)), pl.Float64))
    histogram = pl.DataFrame(each.histogram, schema={"start": pl.Float64, "end": pl.Float64, "claims": pl.Int64})
    return small_reliability(curve, histogram, each.group.words, each.n)


def groups_table(found: Groups) -> Table:
    rows = tuple(
        (
            wording.capital(each.group.words),
            wording.count(each.n),
            wording.percent(each.mean_confidence),
            wording.percent(each.accuracy),
            _bias(each),
            wording.q_value(each.q),
            _error(each),
            wording.MISSING if each.brier is None else f"{each.brier:.3f}",
        )
        for each in found.groups
    )
    caption = f"{wording.count(found.left_out)} smaller groups are not listed." if found.left_out else ""
    return Table(
        (
            "Group",
            "Claims",
            "Stated",
            "Right",
            "Bias, 95% confidence interval",
            "False-alarm rate",
            "Calibration error (95% of calibrated AIs: at most)",
            "Prediction error",
        ),
        rows,
        caption,
    )


def _error(each: ClaimGroup) -> str:
    """An error alone says little: that of a calibrated AI is above 0 as well."""
    if each.ece is None or each.ece_null_upper is None:
        return wording.MISSING
    return f"{each.ece:.3f} ({each.ece_null_upper:.3f})"


def drift_panel(found: Sequence[Month]) -> Panel:
    frame = pl.DataFrame(
        [(m.period, m.bias, m.lower, m.upper, m.n, m.has_drifted) for m in found],
        schema={
            "period": pl.String,
            "bias": pl.Float64,
            "lower": pl.Float64,
            "upper": pl.Float64,
            "n": pl.Int64,
            "drifted": pl.Boolean,
        },
        orient="row",
    )
    table = Table(
        (
            "Month",
            "Claims",
            "Stated",
            "Right",
            "Bias, 95% confidence interval",
            "Change on the month before",
            "False-alarm rate",
        ),
        tuple(
            (
                wording.month_words(m.period),
                wording.count(m.n),
                wording.percent(m.mean_confidence),
                wording.percent(m.accuracy),
                _bias(m),
                wording.points(m.drift),
                wording.q_value(m.drift_q),
            )
            for m in reversed(found)
        ),
    )
    return make_panel("drift", bias_by_month(frame), drift_sentence(found), table)


def recalibration_panel(found: ConfidenceMap) -> Panel:
    points = pl.DataFrame(found.points, schema={"stated": pl.Float64, "calibrated": pl.Float64}, orient="row")
    stated = [value for value in _NUMBERS if _between(found, value) is not None]
    table = Table(
        ("Stated", "Calibrated"),
        tuple((wording.percent(value), wording.percent(_between(found, value))) for value in stated),
        f"Fitted on {wording.count(found.fitted_on)} earlier claims, checked on {wording.count(found.judged_on)} later ones.",
    )
    figure = stated_to_calibrated(points, found.kind or "no")
    return make_panel("recalibration", figure, found.sentence, table, _worth(found))


def _worth(found: ConfidenceMap) -> Table:
    helps = {True: "yes", False: "no", None: wording.MISSING}[found.helps]
    rows = ((found.kind or "none", _gain(found), _brier(found.other_gain), helps),)
    return Table(("Map", "Gain in prediction error, 95% confidence interval", "Gain of the other map", "Helps"), rows)


def map_months_table(found: ConfidenceMap) -> Table:
    """What the map was worth in each later month, the latest first."""
    rows = tuple(
        (
            wording.month_words(month.period) + (f"\nwith the {month.joined - 1} before" if month.joined > 1 else ""),
            wording.count(month.n),
            _gain(month) if month.gain is not None else month.reason or wording.MISSING,
        )
        for month in reversed(found.months)
    )
    caption = f"Withdrawn since {wording.month_words(found.withdrawn_since)}." if found.withdrawn_since else ""
    return Table(("Map judged in", "Claims", "Gain in prediction error, 95% confidence interval"), rows, caption)


def _gain(of: ConfidenceMap | MapMonth) -> str:
    if of.lower is None or of.upper is None:
        return _brier(of.gain)
    return f"{_brier(of.gain)}\n{of.lower:.4f} to {of.upper:.4f}"


def _brier(value: float | None) -> str:
    return wording.MISSING if value is None else f"{value:.4f}"


def _between(found: ConfidenceMap, stated: float) -> float | None:
    """The map at ``stated``, linear between its rows; None outside of them."""
    for (left, low), (right, high) in zip(found.points, found.points[1:], strict=False):
        if left <= stated <= right:
            return low if right == left else low + (high - low) * (stated - left) / (right - left)
    return None


def _bias(each: ClaimGroup | Month) -> str:
    if each.bias is None:
        return each.reason or wording.MISSING
    said = wording.points(each.bias)
    return said if each.lower is None else f"{said}\n{wording.points_range(each.lower, each.upper)}"
