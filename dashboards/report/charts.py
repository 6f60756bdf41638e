"""Charts of the report's appendix as SVG: one or more series over the weeks, and the table behind each.

As in ``pictures``: plain marks without a script, colours from the style sheet, no number computed but positions.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from dashboards import wording
from dashboards.panels.panel import Table
from dashboards.report.numbers import KeyNumber, WeekPoint, figure
from dashboards.report.pictures import Scale, band, line, open_week, runs, shade, svg
from dashboards.results.received import Answers, Complaints
from dashboards.results.weekly_rates import WeekKpis
from dashboards.results.weekly_results import Results
from pipelines.statistics import Rate

_SIZE = (640, 210)
_LEFT, _RIGHT, _TOP, _FOOT = 44, 12, 26, 22
#: Weeks named beneath the axis, at most.
_NAMED = 8


@dataclass(frozen=True)
class WeekSeries:
    """One line: ``style`` is its class in the style sheet, ``first`` or ``second``."""

    name: str
    style: str
    points: tuple[WeekPoint, ...]


@dataclass(frozen=True)
class WeeksChart:
    """``unit``: share, per_thousand or count. ``sentence`` says what it shows."""

    name: str
    title: str
    sentence: str
    unit: str
    series: tuple[WeekSeries, ...]

    @property
    def picture(self) -> Markup:
        """The chart; empty where no week has a value."""
        return _drawn(self)

    @property
    def table(self) -> Table:
        """One row a week, the latest first: each series with its interval; weeks that are still open say so."""
        rows = []
        for place in range(len(self.series[0].points) - 1, -1, -1):
            cells = [_cell(each.points[place], self.unit) for each in self.series]
            rows.append((self.series[0].points[place].week, *cells))
        return Table(("Week", *(each.name for each in self.series)), tuple(rows))


def weekly_charts(results: Results) -> tuple[WeeksChart, ...]:
    """Resolution, repeat contacts, complaints, feedback and volume over the weeks of the trend, as far as there are any."""
    weeks = results.trend
    charts = [
        WeeksChart(
            "resolution",
            "Claimed resolved, and resolved judged by outcomes",
            "The gap between the lines is what was claimed and did not hold. Hollow: weeks still open.",
            "share",
            (
                _series("Claimed", "second", weeks, lambda k: k.fcr_claimed, lambda k: k.outcome_known),
                _series("Judged by outcomes", "first", weeks, lambda k: k.fcr_outcome, lambda k: k.outcome_known),
            ),
        ),
        WeeksChart(
            "repeats",
            "Repeat contacts within 30 days",
            "Any issue beside the same issue, because recoding an issue can hide a repeat.",
            "share",
            (
                _series("Any issue", "first", weeks, lambda k: k.repeat(30).any_issue, lambda k: k.repeat(30).closed),
                _series(
                    "Same issue", "second", weeks, lambda k: k.repeat(30).same_issue, lambda k: k.repeat(30).closed
                ),
            ),
        ),
    ]
    if results.has_complaints:
        complaints = _series("Complaints", "first", weeks, lambda k: k.complaints, lambda k: k.complaints_complete)
        sentence = "By week of receipt; feeds run late, so the latest weeks still grow."
        charts.append(
            WeeksChart("complaints", "Complaints per 1,000 contacts", sentence, "per_thousand", (complaints,))
        )
    felt = _feedback(results)
    if felt:
        sentence = "Sources are never mixed: who answers a survey and who only speaks are different customers."
        charts.append(WeeksChart("feedback", "Customers who were unhappy", sentence, "share", felt))
    contacts = _series(
        "Contacts", "first", weeks, lambda k: Rate(0, 0, float(k.contacts), None, None), lambda k: k.over
    )
    charts.append(WeeksChart("volume", "Contacts", "All contacts that began in the week.", "count", (contacts,)))
    return tuple(chart for chart in charts if chart.picture)


def received_charts(complaints: Complaints | None, answers: Answers | None) -> dict[str, WeeksChart]:
    """Name of the part → the weekly counts of complaints and survey answers where there are no contacts."""
    charts = {}
    if complaints is not None:
        points = tuple(_count(each.week.monday, each.week.label, each.complaints) for each in complaints.weeks)
        series = (WeekSeries("Complaints", "first", points),)
        charts["complaints"] = WeeksChart("complaints", "Complaints received", complaints.sentence, "count", series)
    if answers is not None:
        points = tuple(_count(each.week.monday, each.week.label, each.answers) for each in answers.weeks)
        series = (WeekSeries("Answers", "first", points),)
        charts["answers"] = WeeksChart("answers", "Survey answers received", answers.sentence, "count", series)
    return charts


def _feedback(results: Results) -> tuple[WeekSeries, ...]:
    found = []
    for source, name, style in (
        ("survey_csat", "Rated 1 or 2", "first"),
        ("closing_turns", "Ended on negative words", "second"),
    ):
        series = _series(
            name,
            style,
            results.trend,
            lambda k, source=source: k.sentiment.source(source).negative,  # type: ignore[misc]
            lambda k: k.answers_complete,
        )
        if any(point.value is not None for point in series.points):
            found.append(series)
    return tuple(found)


def _series(
    name: str,
    style: str,
    weeks: Sequence[WeekKpis],
    rate: Callable[[WeekKpis], Rate],
    is_final: Callable[[WeekKpis], bool],
) -> WeekSeries:
    points = []
    for kpis in weeks:
        found = rate(kpis)
        week = kpis.week
        points.append(WeekPoint(week.monday, week.label, found.value, found.lower, found.upper, is_final(kpis)))
    return WeekSeries(name, style, tuple(points))


def _count(monday: object, label: str, number: int) -> WeekPoint:
    return WeekPoint(monday, label, float(number), None, None, True)  # type: ignore[arg-type]


def _cell(point: WeekPoint, unit: str) -> str:
    if point.value is None:
        return "not known yet" if not point.final else wording.MISSING
    value = wording.count(point.value) if unit == "count" else figure(point.value, unit)
    open_week_words = "" if point.final else "so far "
    if point.lower is None or point.upper is None:
        return f"{open_week_words}{value}"
    bounds = (
        wording.percent_range(point.lower, point.upper) if unit == "share" else f"{point.lower:.2f}–{point.upper:.2f}"
    )
    return f"{open_week_words}{value}\n{bounds}"


def _drawn(chart: WeeksChart) -> Markup:
    width, height = _SIZE
    known = [(each, [p for p in each.points if p.value is not None]) for each in chart.series]
    values = [point.value for _, points in known for point in points if point.value is not None]
    if not values:
        return Markup("")
    bounds = [b for _, points in known for p in points if p.final for b in (p.lower, p.upper) if b is not None]
    ticks = _ticks(min([*values, *bounds]), max([*values, *bounds]), chart.unit)
    weeks = [point.week for point in chart.series[0].points]
    x = Scale(0, max(1, len(weeks) - 1), _LEFT + 8, width - _RIGHT)
    y = Scale(ticks[0], ticks[-1], height - _FOOT, _TOP)
    parts = [shade(chart.series[0].points, x, (_TOP - 6, height - _FOOT))]
    for tick in ticks:
        at = y.at(tick)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{width - _RIGHT}" y1="{at}" y2="{at}"/>')
        parts.append(f'<text x="{_LEFT - 5}" y="{at + 4}" text-anchor="end">{escape(_tick(tick, chart.unit))}</text>')
    for place in _named_weeks(len(weeks)):
        anchor = "end" if place == len(weeks) - 1 and place else "middle"
        label = escape(weeks[place].partition("-")[2])
        parts.append(f'<text x="{x.at(place)}" y="{height - 6}" text-anchor="{anchor}">{label}</text>')
    for each, points in known:
        closed = [(i, p) for i, p in enumerate(each.points) if p.final and p.value is not None]
        drawn = [part for run in runs(closed) for part in (band(run, x, y), line(run, x, y))]
        drawn += [f'<circle class="dot" cx="{x.at(i)}" cy="{y.at(p.value or 0.0)}" r="2.4"/>' for i, p in closed]
        by_week = {point.week: i for i, point in enumerate(each.points)}
        drawn += [open_week(x.at(by_week[point.week]), point, y) for point in points if not point.final]
        parts.append(f'<g class="{each.style}">{"".join(drawn)}</g>')
    parts.append(_legend(chart.series))
    return svg("weeks", _SIZE, chart.title, _said(chart), parts)


def _legend(series: Sequence[WeekSeries]) -> str:
    at, parts = float(_LEFT), []
    for each in series:
        parts.append(f'<g class="{each.style}"><line class="line" x1="{at}" x2="{at + 16}" y1="9" y2="9"/></g>')
        parts.append(f'<text x="{at + 21}" y="13">{escape(each.name)}</text>')
        at += 36 + 6.2 * len(each.name)
    return "".join(parts)


def _said(chart: WeeksChart) -> str:
    """The chart as words: where each line began and ended."""
    said = [chart.sentence]
    for each in chart.series:
        closed = [point for point in each.points if point.final and point.value is not None]
        if closed:
            first, last = (_cell(point, chart.unit).partition("\n")[0] for point in (closed[0], closed[-1]))
            said.append(f"{each.name}: {first} in {closed[0].week}, {last} in {closed[-1].week}.")
    return " ".join(said)


def _ticks(low: float, high: float, unit: str) -> list[float]:
    """Four to six round values around ``low`` to ``high``; counts begin at 0."""
    low = 0.0 if unit != "share" else low
    span = max(high - low, 1e-9 if unit == "share" else 1.0)
    step = 10 ** math.floor(math.log10(span / 3))
    step *= next(each for each in (1, 2, 5, 10) if span / (step * each) <= 5)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [step * each for each in range(first, max(last, first + 1) + 1)]


def _tick(value: float, unit: str) -> str:
    if unit == "share":
        return f"{100 * value:.3g}%"
    return f"{value:,.4g}"


def _named_weeks(number: int) -> list[int]:
    """Places of the weeks that are named: the last, and every so many before it."""
    step = max(1, -(-number // _NAMED))
    return list(range(number - 1, -1, -step))


def numbers_table(numbers: Sequence[KeyNumber]) -> Table:
    """The weeks behind the lines of the five numbers, the latest first."""
    rows = []
    for place in range(len(numbers[0].points) - 1, -1, -1):
        points = [(number.points[place], number.unit) for number in numbers]
        rows.append((points[0][0].week, *(_cell(point, unit) for point, unit in points)))
    return Table(("Week", *(number.name for number in numbers)), tuple(rows))
