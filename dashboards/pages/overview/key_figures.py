"""The six figures of the overview: each with its change on the week before it that is as complete, and its line.

A rate's change has an interval made of the two rates' own (``report.rate_change``), so that chance is called chance.
"""

from collections.abc import Callable
from dataclasses import dataclass

from dashboards import wording
from dashboards.panels import tiles
from dashboards.panels.tiles import Tile
from dashboards.report.rate_change import change
from dashboards.results.averages import Mean
from dashboards.results.weekly_rates import WeekKpis
from dashboards.results.weekly_results import Results
from dashboards.wording.changes import NO_WEEK_BEFORE, count_change, difference_words, line_words, seconds_change
from dashboards.wording.weeks import Week
from pipelines.statistics import Rate

#: Weeks of the small lines.
LINE_WEEKS = 13


@dataclass(frozen=True)
class Point:
    week: Week
    value: float | None


@dataclass(frozen=True)
class KeyFigure:
    """``line``: the weeks up to the figure's own; ``says`` is the line in words; ``kind``: reported or an outcome."""

    tile: Tile
    kind: str
    change: str
    line: tuple[Point, ...]
    says: str


@dataclass(frozen=True)
class _Measure:
    """How one figure is read from a week. ``is_complete``: whether the week is as complete as the figure needs."""

    value: Callable[[WeekKpis], Rate | Mean | int]
    is_complete: Callable[[WeekKpis], bool]
    show: Callable[[float], str]
    per: float = 100.0
    unit: str = "points"


def key_figures(shown: Results, line: Results) -> tuple[KeyFigure, ...]:
    """Of ``shown``; ``line``: the same results with at least ``LINE_WEEKS`` weeks before each figure's own."""
    rate = wording.percent
    return (
        _figure(
            tiles.volume(shown),
            "claim",
            line,
            shown.week,
            _Measure(lambda kpis: kpis.contacts, lambda kpis: kpis.over, wording.count),
        ),
        _figure(
            tiles.handle_time(shown),
            "claim",
            line,
            shown.week,
            _Measure(lambda kpis: kpis.handle, lambda kpis: kpis.over, wording.duration),
        ),
        _figure(
            tiles.claimed(shown),
            "claim",
            line,
            shown.outcome,
            _Measure(lambda kpis: kpis.fcr_claimed, lambda kpis: kpis.outcome_known, rate),
        ),
        _figure(
            tiles.held(shown),
            "held",
            line,
            shown.outcome,
            _Measure(lambda kpis: kpis.fcr_outcome, lambda kpis: kpis.outcome_known, rate),
        ),
        _figure(
            tiles.repeats(shown.window(7)),
            "held",
            line,
            shown.window(7).kpis,
            _Measure(lambda kpis: kpis.repeat(7).any_issue, lambda kpis: kpis.repeat(7).closed, rate),
        ),
        _figure(
            tiles.complaints(shown),
            "held",
            line,
            shown.longest.kpis,
            _Measure(
                lambda kpis: kpis.complaints,
                lambda kpis: kpis.complaints_complete,
                wording.per_thousand,
                per=1.0,
                unit="per 1,000",
            ),
        ),
    )


def _figure(tile: Tile, kind: str, line: Results, now: WeekKpis | None, measure: _Measure) -> KeyFigure:
    if now is None:
        return KeyFigure(tile, kind, "", (), "")
    weeks = [each for each in line.trend if each.week <= now.week and measure.is_complete(each)][-LINE_WEEKS:]
    points = tuple(Point(each.week, _number(measure.value(each))) for each in weeks)
    before = next((each for each in weeks if each.week == now.week.plus(-1)), None)
    known = [each.value for each in points if each.value is not None]
    says = ""
    if len(known) > 1:
        says = line_words(
            points[0].week.label, points[-1].week.label, measure.show(min(known)), measure.show(max(known))
        )
    return KeyFigure(tile, kind, _change(now, before, measure), points if says else (), says)


def _change(now: WeekKpis, before: WeekKpis | None, measure: _Measure) -> str:
    """The change on the week before, where that is as complete; whether it may be chance, where that is known."""
    if _number(measure.value(now)) is None:
        return ""
    if before is None or _number(measure.value(before)) is None:
        return NO_WEEK_BEFORE
    new, old = measure.value(now), measure.value(before)
    label = before.week.label
    if isinstance(new, Rate) and isinstance(old, Rate):
        found = change(new, old)
        if found is None:
            return NO_WEEK_BEFORE
        return difference_words(found.value * measure.per, measure.unit, label, is_significant=found.is_significant)
    difference = (_number(new) or 0.0) - (_number(old) or 0.0)
    if isinstance(new, Mean):
        return seconds_change(difference, label)
    return count_change(difference / (_number(old) or 1.0), label) if _number(old) else NO_WEEK_BEFORE


def _number(value: Rate | Mean | int) -> float | None:
    return float(value) if isinstance(value, int) else value.value
