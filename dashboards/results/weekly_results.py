"""The results that are shown for one week: which week each figure comes from, and the figures.

Figures known on the day (volume, handle time) come from the week asked for. What needs a closed window comes from the
latest week, not after it, that is wholly mature for that window; each names its week.

Complaints are counted by day of receipt (M8) and would be countable at once, but they stand beside resolution from
outcomes and their feeds run late; so the headline takes them from the latest week whose 30-day window has closed, and
what has been received since is shown as provisional. Survey answers come late, too, and a contact that is judged by its
closing words today may be judged by a rating tomorrow; so sentiment comes from the latest week whose 7-day window has
closed, or, where no source has surveys, from the week asked for.
"""

from dataclasses import dataclass, replace

import polars as pl

from dashboards.results.averages import Mean
from dashboards.results.clustering import Cut, read_clustering
from dashboards.results.sentiment import SURVEY_DAYS, without_absent_sources
from dashboards.results.weekly_rates import (
    LONGEST_WINDOW_DAYS,
    WeekCounts,
    WeekKpis,
    handle_time_quantiles,
    latest,
    modes_of,
    stretch,
    week_counts,
    week_kpis,
)
from dashboards.snapshot.frames import Frames
from dashboards.wording import mode_name
from dashboards.wording.weeks import NoContactsError, ReportError, Week, describe_weeks
from pipelines.contract.published import WINDOWS_DAYS
from pipelines.statistics import Rate

NO_COMPLAINTS_SOURCE = "no complaints source is configured"


@dataclass(frozen=True)
class WindowResult:
    """One window with its latest wholly mature week; ``reason`` says why there is none."""

    days: int
    kpis: WeekKpis | None
    reason: str | None


@dataclass(frozen=True)
class ModeResult:
    """One mode: the week asked for, and those of outcomes, the 30-day window and sentiment (None: no such week)."""

    name: str
    week: WeekKpis
    outcome: WeekKpis | None
    longest: WeekKpis | None
    heard: WeekKpis | None


@dataclass(frozen=True)
class Results:
    """Everything that is shown for one week, typed. ``cut`` names what was filtered, None for all contacts.

    ``heard``: the week of which sentiment is shown.
    """

    cut: str | None
    week: WeekKpis
    previous: WeekKpis | None
    median_handle: Mean
    p90_handle: Mean
    outcome: WeekKpis | None
    outcome_reason: str | None
    windows: tuple[WindowResult, ...]
    heard: WindowResult
    by_mode: tuple[ModeResult, ...]
    trend: tuple[WeekKpis, ...]
    has_complaints: bool
    has_surveys: bool
    has_transcripts: bool

    def window(self, days: int) -> WindowResult:
        """The result of the ``days``-day window; raises KeyError for one that is not published."""
        for window in self.windows:
            if window.days == days:
                return window
        raise KeyError(days)

    @property
    def longest(self) -> WindowResult:
        return self.window(LONGEST_WINDOW_DAYS)


def weeks_with_contacts(weeks: list[WeekCounts]) -> list[Week]:
    return [counts.week for counts in weeks if counts.contacts > 0]


def choose_week(weeks: list[WeekCounts], wanted: Week | None) -> Week:
    """``wanted``, or the latest week with contacts that is over, or (none is over) the latest with contacts.

    Raises ReportError if the snapshot has no contacts, or none in ``wanted``; the message lists the weeks it has.
    """
    available = weeks_with_contacts(weeks)
    if not available:
        raise NoContactsError(
            "the snapshot holds no contacts, so there is no week to report; check the sources and run `aftercall run`"
        )
    if wanted is None:
        return max((counts.week for counts in weeks if counts.contacts > 0 and counts.over), default=max(available))
    if wanted not in available:
        raise ReportError(
            f"week {wanted.label} has no contacts in this snapshot; choose one of {describe_weeks(available)}"
        )
    return wanted


def _last_within(weeks: list[WeekCounts], first: Week, last: Week) -> Week:
    """The latest week from ``first`` to ``last`` that is over, else the latest. Raises ReportError where none has contacts."""
    there = [counts for counts in weeks if counts.contacts > 0 and first <= counts.week <= last]
    if not there and weeks_with_contacts(weeks):
        raise ReportError(
            f"there are no contacts from {first.label} to {last.label}; "
            f"weeks with contacts are {describe_weeks(weeks_with_contacts(weeks))}"
        )
    return max((each.week for each in there if each.over), default=max((each.week for each in there), default=last))


def compute_results(
    frames: Frames, wanted: Week | None = None, *, length: int = 13, within: tuple[Week, Week] | None = None
) -> Results:
    """The results of ``wanted`` (default: see ``choose_week``) for the contacts that the frames' filters leave.

    ``length``: weeks of the line; ``within``: the first and the last week that are looked at, in place of both others.
    Weeks are chosen on all contacts, so that a cut shows the same weeks as the whole. Raises ReportError as
    ``choose_week`` does, and where there is no contact ``within`` the weeks.
    """
    filters = frames.filters
    whole = _counts(frames, frames.everything)
    if within is not None:
        wanted = _last_within(whole, *within)
        length = (wanted.monday - within[0].monday).days // 7 + 1
    week = choose_week(whole, wanted)
    outcome_week = latest(whole, week)
    window_weeks = {days: latest(whole, week, days=days) for days in WINDOWS_DAYS}
    heard_week = window_weeks[SURVEY_DAYS] if frames.has_surveys else week
    complaints_known = _has_complaints(frames)
    all_weeks = {counts.week: counts.over for counts in whole}
    own_mode = filters.single.get("mode")
    counts = _counts(frames, frames.weekly) if filters else whole
    line = stretch(counts, week, length)
    before = week.plus(-1)
    told = {week, before, outcome_week, *window_weeks.values(), heard_week, *(each.week for each in line)}
    clustering = read_clustering(frames, (each for each in told if each is not None), filters.chosen)

    def at(chosen: Week | None, counts: list[WeekCounts], mode: str | None, cuts: tuple[Cut, ...]) -> WeekKpis | None:
        if chosen is None:
            return None
        found = next((c for c in counts if c.week == chosen), None) or WeekCounts.nothing(
            chosen, over=all_weeks.get(chosen, True)
        )
        kpis = week_kpis(found, clustering, frames.min_n, mode=mode, cut=bool(cuts), cuts=cuts)
        said = without_absent_sources(kpis.sentiment, surveys=frames.has_surveys, transcripts=frames.has_transcripts)
        answered = kpis.answers_complete if frames.has_surveys else kpis.over
        kpis = replace(kpis, sentiment=said, answers_complete=answered)
        return kpis if complaints_known else _without_complaints(kpis)

    def of_all(chosen: Week | None) -> WeekKpis | None:
        return at(chosen, counts, own_mode, filters.chosen)

    shown = of_all(week)
    assert shown is not None  # noqa: S101  # a week was chosen above
    by_mode = []
    for mode in [] if "mode" in filters.single else modes_of(frames.weekly):
        of_mode = _counts(frames, frames.weekly, mode=mode, cut=True)
        cuts = (*filters.without("mode").chosen, ("mode", (mode,)))
        in_week = at(week, of_mode, mode, cuts)
        if in_week is not None:
            weeks = (outcome_week, window_weeks[LONGEST_WINDOW_DAYS], heard_week)
            outcome, longest, heard = (at(chosen, of_mode, mode, cuts) for chosen in weeks)
            by_mode.append(ModeResult(mode_name(mode), in_week, outcome, longest, heard))
    median, high = handle_time_quantiles(frames.outcomes_between(week.monday, week.sunday), week)
    return Results(
        cut=filters.words or None,
        week=shown,
        previous=of_all(before) if before in all_weeks else None,
        median_handle=median,
        p90_handle=high,
        outcome=of_all(outcome_week),
        outcome_reason=None if outcome_week else _why_no_outcome(whole, week),
        windows=tuple(
            WindowResult(days, of_all(window_weeks[days]), None if window_weeks[days] else _why_open(week, days))
            for days in WINDOWS_DAYS
        ),
        heard=WindowResult(SURVEY_DAYS, of_all(heard_week), None if heard_week else _why_open(week, SURVEY_DAYS)),
        by_mode=tuple(by_mode),
        trend=tuple(kpis for c in line if (kpis := of_all(c.week)) is not None),
        has_complaints=complaints_known,
        has_surveys=frames.has_surveys,
        has_transcripts=frames.has_transcripts,
    )


def repeat_frame(results: Results) -> pl.DataFrame:
    """Rows for ``figures.repeat_rates_by_window``: each window in its own latest wholly mature week."""
    rows = []
    for window in results.windows:
        for scope in ("any", "same_issue"):
            rates = window.kpis.repeat(window.days) if window.kpis else None
            rate = (rates.any_issue if scope == "any" else rates.same_issue) if rates else None
            week = window.kpis.week.label if window.kpis else None
            rows.append((window.days, scope, week, *_bounds(rate), rate.reason if rate else window.reason))
    schema = {"days": pl.Int64, "scope": pl.String, "week": pl.String} | _BOUNDS | {"reason": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def mode_frame(results: Results) -> pl.DataFrame:
    """Rows for ``figures.claimed_and_outcome_by_mode``, of the outcome week."""
    rows = []
    for mode in results.by_mode:
        for series in ("fcr_claimed", "fcr_outcome"):
            rate: Rate | None = getattr(mode.outcome, series) if mode.outcome else None
            rows.append((mode.name, series, *_bounds(rate), rate.reason if rate else results.outcome_reason))
    return pl.DataFrame(
        rows, schema={"name": pl.String, "series": pl.String} | _BOUNDS | {"reason": pl.String}, orient="row"
    )


_BOUNDS = dict.fromkeys(("value", "lower", "upper", "denominator"), pl.Float64)


def _bounds(rate: Rate | None) -> tuple[float | None, ...]:
    return (None, None, None, None) if rate is None else (rate.value, rate.lower, rate.upper, float(rate.denominator))


def _counts(frames: Frames, weekly: pl.DataFrame, *, mode: str | None = None, cut: bool = False) -> list[WeekCounts]:
    return week_counts(weekly, frames.manifest.as_of, frames.time_zone, mode=mode, cut=cut)


def _has_complaints(frames: Frames) -> bool:
    """Whether complaints have a source at all: they entered the outcomes, or some were counted."""
    named = any(part.startswith("complaint") for part in frames.outcome_parts)
    return named or bool(frames.everything["complaints"].sum() > 0)


def _without_complaints(kpis: WeekKpis) -> WeekKpis:
    """No source is not the same as no complaint: a rate of zero would be a claim."""
    return replace(kpis, complaints=Rate(0, kpis.eligible, None, None, None, NO_COMPLAINTS_SOURCE))


def _why_no_outcome(weeks: list[WeekCounts], week: Week) -> str:
    if all(counts.claimed_n == 0 for counts in weeks):
        return "no contact carries a claim about resolution"
    return f"no week up to {week.label} has all its outcomes yet"


def _why_open(week: Week, days: int) -> str:
    return f"no week up to {week.label} has all its {days}-day windows closed"
