"""The five numbers of the report, each with target, change since the week before, interval and its line.

Which five, and why: whether contacts were resolved judged by outcomes (M5), false resolutions (M5), repeat contacts for whatever
reason (M2: any issue, which no relabelling can hide), complaints (M8), and how customers felt (M7). The last is the
share of survey ratings of 1 or 2, because there the customer speaks and the share has an interval, which a mean rating
has not; where no survey speaks it is the share that ended on negative words, which says less and is named so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from dashboards import wording
from dashboards.report.rate_change import RateChange, change
from dashboards.results.weekly_rates import WeekKpis
from dashboards.results.weekly_results import Results
from pipelines.statistics import Rate

#: Closed weeks of the line; the weeks still open follow apart.
LINE_WEEKS = 26


@dataclass(frozen=True)
class WeekPoint:
    """One week of a line; ``final``: every window of it has closed."""

    monday: date
    week: str
    value: float | None
    lower: float | None
    upper: float | None
    final: bool


@dataclass(frozen=True)
class KeyNumber:
    """One of the five. ``key`` names it as targets and series are named; ``unit`` is ``share`` or ``per_thousand``.

    ``rate`` is the published one of ``week`` (label, empty where there is none). ``higher_is_better`` says which way is
    good. ``target_met`` is None without a target or a value; ``target_sure``: the whole interval lies on that side.
    ``change`` is against ``before``, the week before; None where that week has no such number. ``reported``: the reported
    figure of the same contacts, in words, where the number has one.
    """

    key: str
    metric: str
    name: str
    unit: str
    higher_is_better: bool
    rate: Rate
    week: str
    rows: str
    target: float | None
    target_met: bool | None
    target_sure: bool
    before: str
    change: RateChange | None
    points: tuple[WeekPoint, ...]
    reported: str = ""

    @property
    def missing(self) -> bool:
        return self.rate.value is None

    @property
    def direction(self) -> str:
        """``better`` or ``worse`` where the change is statistically significant, else empty."""
        if self.change is None or not self.change.is_significant:
            return ""
        return "better" if (self.change.value > 0) == self.higher_is_better else "worse"

    @property
    def value_words(self) -> str:
        return figure(self.rate.value, self.unit)

    @property
    def interval_words(self) -> str:
        """``95% confidence interval 58.2–63.9%``, or the reason for which there is no number."""
        if self.missing:
            return self.rate.reason or "not known yet"
        interval = (wording.percent_interval if self.unit == "share" else wording.thousand_interval)(self.rate)
        return f"95% confidence interval {interval}"

    @property
    def basis_words(self) -> str:
        return "" if self.missing else f"{wording.rests_on(self.rate.denominator)} {self.rows}"

    @property
    def target_words(self) -> str:
        if self.target is None:
            return "no target"
        target = f"target {'≥' if self.higher_is_better else '≤'}\u00a0{figure(self.target, self.unit)}"
        if self.target_met is None:
            return target
        return f"{target}: {'met' if self.target_met else 'missed'}{'' if self.target_sure else ', not significantly'}"

    @property
    def change_words(self) -> str:
        """``+2.1 points from 2026-W34 (0.4 to 3.8): worse``."""
        if self.missing:
            return ""
        if self.change is None:
            return "no prior week to compare with"
        size = f"{_signed(self.change.value, self.unit)} from {self.before} ({_span(self.change, self.unit)})"
        return f"{size}: {self.direction or 'not significant'}"


@dataclass(frozen=True)
class _Kind:
    """How a number is taken of a week: ``rate`` and ``is_final``, and ``of`` the week of the results that shows it."""

    key: str
    metric: str
    name: str
    unit: str
    higher_is_better: bool
    rows: str
    rate: Callable[[WeekKpis], Rate]
    is_final: Callable[[WeekKpis], bool]
    of: Callable[[Results], tuple[WeekKpis | None, str | None]]


def _outcome(results: Results) -> tuple[WeekKpis | None, str | None]:
    return results.outcome, results.outcome_reason


def _longest(results: Results) -> tuple[WeekKpis | None, str | None]:
    return results.longest.kpis, results.longest.reason


def _heard(results: Results) -> tuple[WeekKpis | None, str | None]:
    return results.heard.kpis, results.heard.reason


def _feedback(source: str, name: str, rows: str) -> _Kind:
    return _Kind(
        f"negative_{source}",
        "M7",
        name,
        "share",
        False,
        rows,
        lambda kpis: kpis.sentiment.source(source).negative,
        lambda kpis: kpis.answers_complete,
        _heard,
    )


_HELD = _Kind(
    "fcr_outcome",
    "M5",
    "Resolved, judged by outcomes",
    "share",
    True,
    "contacts",
    lambda kpis: kpis.fcr_outcome,
    lambda kpis: kpis.outcome_known,
    _outcome,
)
_FALSE = _Kind(
    "false_resolution",
    "M5",
    "False resolutions",
    "share",
    False,
    "claimed resolved",
    lambda kpis: kpis.false_resolution,
    lambda kpis: kpis.outcome_known,
    _outcome,
)
_BACK = _Kind(
    "repeat_any_30d",
    "M2",
    "Repeat contacts within 30 days, any issue",
    "share",
    False,
    "contacts",
    lambda kpis: kpis.repeat(30).any_issue,
    lambda kpis: kpis.repeat(30).closed,
    _longest,
)
_COMPLAINED = _Kind(
    "complaints",
    "M8",
    "Regulator complaints per 1,000",
    "per_thousand",
    False,
    "contacts",
    lambda kpis: kpis.complaints,
    lambda kpis: kpis.complaints_complete,
    _longest,
)
_RATED = _feedback("survey_csat", "Survey ratings of 1 or 2", "ratings")
_SPOKE = _feedback("closing_turns", "Negative closing words", "contacts without a survey answer")


def key_numbers(results: Results, line: Sequence[WeekKpis], targets: dict[str, float]) -> tuple[KeyNumber, ...]:
    """The five numbers of ``results``; ``line``: the weeks of the lines, in order, the week before each number's own among them."""
    felt = _RATED
    kpis = results.heard.kpis
    rated = kpis.sentiment.source("survey_csat").negative if kpis else None
    spoken = kpis.sentiment.source("closing_turns").negative if kpis else None
    if (rated is None or rated.value is None) and (
        (spoken is not None and spoken.value is not None) or not results.has_surveys
    ):
        felt = _SPOKE
    return tuple(_number(kind, results, line, targets) for kind in (_HELD, _FALSE, _BACK, _COMPLAINED, felt))


def _number(kind: _Kind, results: Results, line: Sequence[WeekKpis], targets: dict[str, float]) -> KeyNumber:
    kpis, reason = kind.of(results)
    rate = kind.rate(kpis) if kpis else Rate(0, 0, None, None, None, reason)
    before = next((each for each in line if kpis is not None and each.week == kpis.week.plus(-1)), None)
    target = targets.get(kind.key)
    met, sure = _judge(rate, target, higher_is_better=kind.higher_is_better)
    return KeyNumber(
        key=kind.key,
        metric=kind.metric,
        name=kind.name,
        unit=kind.unit,
        higher_is_better=kind.higher_is_better,
        rate=rate,
        week=kpis.week.label if kpis else "",
        rows=kind.rows,
        target=target,
        target_met=met,
        target_sure=sure,
        before=before.week.label if before else "",
        change=change(rate, kind.rate(before)) if before is not None and kind.is_final(before) else None,
        points=tuple(_point(kind, each) for each in line),
        reported=_claimed(results) if kind is _HELD else "",
    )


def _claimed(results: Results) -> str:
    rate = results.outcome.fcr_claimed if results.outcome else None
    return "" if rate is None or rate.value is None else f"claimed: {wording.percent(rate.value)}"


def _judge(rate: Rate, target: float | None, *, higher_is_better: bool) -> tuple[bool | None, bool]:
    """Whether the value reaches the target, and whether its whole interval lies on the same side of it."""
    if target is None or rate.value is None or rate.lower is None or rate.upper is None:
        return None, False
    if higher_is_better:
        met = rate.value >= target
        return met, (rate.lower >= target) if met else (rate.upper < target)
    met = rate.value <= target
    return met, (rate.upper <= target) if met else (rate.lower > target)


def _point(kind: _Kind, kpis: WeekKpis) -> WeekPoint:
    rate = kind.rate(kpis)
    return WeekPoint(kpis.week.monday, kpis.week.label, rate.value, rate.lower, rate.upper, kind.is_final(kpis))


def line_length(results: Results) -> int:
    """Weeks of the lines: 26 up to the latest whose outcomes are known, and those after it."""
    known = results.outcome or results.longest.kpis
    after = (results.week.week.monday - known.week.monday).days // 7 if known else 0
    return LINE_WEEKS + min(after, LINE_WEEKS)


def figure(value: float | None, unit: str) -> str:
    return wording.percent(value) if unit == "share" else wording.per_thousand(value)


def _signed(value: float, unit: str) -> str:
    if unit == "share":
        return wording.points(value)
    return wording.signed(value, 2)


def _span(found: RateChange, unit: str) -> str:
    if unit == "share":
        return wording.bare_points_range(found.lower, found.upper)
    return " to ".join(f"{'−' if each < 0 else ''}{abs(each):.2f}" for each in (found.lower, found.upper))
