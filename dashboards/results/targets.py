"""Figures against what the operation wants to reach, as the configuration says; no target is no row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dashboards import wording
from dashboards.results.weekly_rates import WeekKpis
from dashboards.results.weekly_results import Results
from pipelines.statistics import Rate


@dataclass(frozen=True)
class Against:
    """One figure of ``week`` beside its target. ``state``: met or missed, and whether the whole interval says so."""

    metric: str
    name: str
    week: str
    value: str
    interval: str
    target: str
    state: str


@dataclass(frozen=True)
class _Kind:
    metric: str
    name: str
    unit: str
    higher_is_better: bool
    week: Callable[[Results], WeekKpis | None]
    rate: Callable[[WeekKpis], Rate]


def _handle(kpis: WeekKpis) -> Rate:
    """Handle time as a rate without an interval."""
    return Rate(kpis.handle.n, kpis.handle.of, kpis.handle.value, None, None, kpis.handle.reason)


_KINDS: dict[str, _Kind] = {
    "fcr_claimed": _Kind("M5", "Resolved, claimed", "share", True, lambda r: r.outcome, lambda k: k.fcr_claimed),
    "fcr_outcome": _Kind("M5", "Resolved, judged by outcomes", "share", True, lambda r: r.outcome, lambda k: k.fcr_outcome),
    "false_resolution": _Kind("M5", "False resolutions", "share", False, lambda r: r.outcome, lambda k: k.false_resolution),
    "containment": _Kind("M5", "Contained by the AI", "share", True, lambda r: r.outcome, lambda k: k.containment),
    "repeat_any_30d": _Kind("M2", "Repeat contacts within 30 days, any issue", "share", False, lambda r: r.longest.kpis, lambda k: k.repeat(30).any_issue),
    "repeat_issue_30d": _Kind("M2", "Repeat contacts within 30 days, same issue", "share", False, lambda r: r.longest.kpis, lambda k: k.repeat(30).same_issue),
    "handle_seconds": _Kind("M6", "Average handle time", "seconds", False, lambda r: r.week, _handle),
    "complaints": _Kind("M8", "Complaints per 1,000 contacts", "per_thousand", False, lambda r: r.longest.kpis, lambda k: k.complaints),
    "negative_survey_csat": _Kind("M7", "Rated 1 or 2", "share", False, lambda r: r.heard.kpis, lambda k: k.sentiment.source("survey_csat").negative),
    "negative_closing_turns": _Kind("M7", "Closing words, negative", "share", False, lambda r: r.heard.kpis, lambda k: k.sentiment.source("closing_turns").negative),
}  # fmt: skip


def against_targets(results: Results, targets: Mapping[str, float]) -> tuple[Against, ...]:
    """Every figure that has a target, in the order of the figures; a target of an unknown name is left out."""
    return tuple(_against(kind, results, targets[key]) for key, kind in _KINDS.items() if key in targets)


def _against(kind: _Kind, results: Results, target: float) -> Against:
    kpis = kind.week(results)
    sign = "at least" if kind.higher_is_better else "at most"
    wanted = f"{sign} {_words(target, kind.unit)}"
    if kpis is None:
        return Against(kind.metric, kind.name, "", wording.MISSING, "", wanted, "no week can be judged yet")
    rate = kind.rate(kpis)
    if rate.value is None:
        return Against(kind.metric, kind.name, kpis.week.label, wording.MISSING, "", wanted, rate.reason or "not known")
    return Against(
        kind.metric,
        kind.name,
        kpis.week.label,
        _words(rate.value, kind.unit),
        wording.thousand_interval(rate) if kind.unit == "per_thousand" else wording.percent_interval(rate),
        wanted,
        _state(rate, rate.value, target, higher_is_better=kind.higher_is_better),
    )


def _state(rate: Rate, value: float, target: float, *, higher_is_better: bool) -> str:
    met = value >= target if higher_is_better else value <= target
    said = "met" if met else "missed"
    if rate.lower is None or rate.upper is None:
        return said
    return said if target <= rate.lower or target >= rate.upper else f"{said}, within chance"


def _words(value: float, unit: str) -> str:
    if unit == "seconds":
        return wording.duration(value)
    return wording.per_thousand(value) if unit == "per_thousand" else wording.percent(value)
