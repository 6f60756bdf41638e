"""The executive summary, typed: the one place that decides what stands on the two pages. HTML, PDF, mail and JSON show the same.

Belongs here: choosing, from typed results, what an executive needs, and how much of it. Does not belong here: looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dashboards import wording
from dashboards.findings import Findings
from dashboards.findings.calibration import Reliability
from dashboards.report.actions import Action, actions
from dashboards.report.diverging_segments import DivergingSegment, DivergingSegments, diverging_segments
from dashboards.report.handoffs_and_promises import (
    ReportedHandoffs,
    ReportedPromises,
    reported_handoffs,
    reported_promises,
)
from dashboards.report.headline import Lead, lead
from dashboards.report.numbers import KeyNumber, key_numbers
from dashboards.report.week_over_week import WeekOverWeek, diverging_groups, week_over_week
from dashboards.results.headline import what_followed
from dashboards.results.weekly_rates import LONGEST_WINDOW_DAYS, WeekKpis
from dashboards.results.weekly_results import NO_COMPLAINTS_SOURCE, Results
from dashboards.snapshot.frames import Frames
from dashboards.snapshot.groups import ALL, Group
from dashboards.snapshot.prior import PriorSnapshot
from dashboards.snapshot.queries import Queries
from dashboards.wording import report as words
from dashboards.wording.divergence import compared_days, further, none_diverges, none_within
from dashboards.wording.resolution import of_every_100
from dashboards.wording.weeks import Week
from pipelines.snapshot import PresentedEvent

#: Caveats and events on the two pages; the appendix has all caveats.
_CAVEATS, _EVENTS = 5, 6
#: Further diverging segments that are named.
_NAMED = 8
_CAVEAT_LENGTH = 230


@dataclass(frozen=True)
class ReportedEvent:
    """An event on the lines: the letter that stands for it there, its day, its week, and what it was."""

    mark: str
    day: date
    monday: date
    label: str

    @property
    def words(self) -> str:
        return f"{self.day.day} {self.day:%b}: {self.label}"


@dataclass(frozen=True)
class ExecutiveSummary:
    """The two pages. ``part``: the contacts that they are of, empty for all. ``why_week``: why an earlier week is judged, empty where none is.

    ``segments_words``: the sentence over the diverging segments; ``segments_more`` names those beyond the three,
    ``reverse`` is the best undervalued one. ``numbers_words`` reads the first two numbers together, may be empty.
    ``calibration``: the one source that is drawn, None where none is; ``calibration_words`` says what it says or why not,
    empty where it says nothing of a part. ``days``: the days of promises and handoffs. ``provisional`` and ``caveats`` are
    sentences; ``more_caveats`` stand in the appendix alone.
    """

    part: str
    lead: Lead
    why_week: str
    week_over_week: WeekOverWeek
    segments_words: str
    segments: tuple[DivergingSegment, ...]
    segments_more: str
    reverse: str
    actions: tuple[Action, ...]
    numbers: tuple[KeyNumber, ...]
    numbers_words: str
    events: tuple[ReportedEvent, ...]
    calibration: Reliability | None
    calibration_words: str
    promises: ReportedPromises
    handoffs: ReportedHandoffs
    days: str
    complaints: str
    provisional: tuple[str, ...]
    caveats: tuple[str, ...]
    more_caveats: int


def executive_summary(
    queries: Queries,
    results: Results,
    line: Sequence[WeekKpis],
    *,
    frames: Frames,
    found: Findings,
    caveats: Sequence[str],
    prior: PriorSnapshot | None,
    dashboards: str = "",
) -> ExecutiveSummary:
    """The two pages of ``results``. ``line``: the weeks that are drawn; ``caveats``: all that is to be said of the data.

    ``frames``, ``results`` and ``found`` are of the same contacts: of all, or of those that the frames' filters leave. Of a
    part nothing is said that other contacts have a say in. ``dashboards``: their address, or empty.
    """
    presentation = frames.manifest.presentation
    part = frames.filters.group
    segments = frames.analyses.segment_divergence
    numbers = key_numbers(results, line, presentation.targets)
    before = None if prior is None else diverging_groups(prior.segments)
    diverging = diverging_segments(found, frames, presentation.owners, before=before, part=part, dashboards=dashboards)
    now = diverging_groups(segments) if prior is not None else frozenset()
    news = week_over_week(numbers, diverging, now, prior, time_zone=frames.time_zone, part=part)
    promises = reported_promises(queries, part)
    drawn = found.calibration.drawn
    return ExecutiveSummary(
        part=frames.filters.words,
        lead=lead(results, numbers, diverging, news),
        why_week=_why_week(results, presentation.lag_days),
        week_over_week=news,
        segments_words=_segments_words(found, diverging, part),
        segments=diverging.shown,
        segments_more=_more(diverging.others),
        reverse=diverging.reverse,
        actions=actions(diverging.shown, promises, found, presentation.owners, part),
        numbers=numbers,
        numbers_words=_of_every_100(results, frames.outcome_parts),
        events=_events(presentation.events, line),
        calibration=drawn[0] if drawn else None,
        calibration_words=_calibration(found) if part == ALL or found.calibration.sources else "",
        promises=promises,
        handoffs=reported_handoffs(queries, part),
        days=_days(frames),
        complaints=_complaints(results),
        provisional=_provisional(results, presentation.lag_days),
        caveats=tuple(wording.clipped(line, _CAVEAT_LENGTH) for line in caveats[:_CAVEATS]),
        more_caveats=max(0, len(caveats) - _CAVEATS),
    )


def _why_week(results: Results, lag_days: int) -> str:
    judged, shown = results.outcome, results.week.week
    if judged is None or judged.week == shown:
        return ""
    known_from = shown.sunday + timedelta(days=LONGEST_WINDOW_DAYS + lag_days + 1)
    return words.why_an_earlier_week(judged.week.span, shown.span, known_from)


def _of_every_100(results: Results, parts: frozenset[str]) -> str:
    """How many of 100 contacts were claimed resolved, were false resolutions, and were resolved without a claim."""
    outcome = results.outcome
    if outcome is None or outcome.false_resolution.value is None:
        return ""
    claimed, held, failed = outcome.fcr_claimed, outcome.fcr_outcome, outcome.false_resolution
    of_100 = [round(100 * each.numerator / held.denominator) for each in (claimed, failed, held)]
    return of_every_100(
        outcome.week.label, claimed=of_100[0], failed=of_100[1], resolved=of_100[2], followed=what_followed(parts)
    )


def _events(events: Sequence[PresentedEvent], line: Sequence[WeekKpis]) -> tuple[ReportedEvent, ...]:
    """The latest events within the weeks drawn, marked a, b, c in order of day."""
    if not line:
        return ()
    first, last = line[0].week.monday, line[-1].week.sunday
    within = sorted(
        ((event.day, event.label) for event in events if first <= event.day <= last),
    )[-_EVENTS:]
    return tuple(
        ReportedEvent("abcdef"[place], day, Week.of(day).monday, wording.clipped(label, 80))
        for place, (day, label) in enumerate(within)
    )


def _segments_words(found: Findings, diverging: DivergingSegments, part: Group) -> str:
    seen = found.divergence
    if seen.looked_at == 0:
        return f"{seen.headline} {seen.detail}"
    if diverging.shown:
        return compared_days(seen.period, seen.baseline)
    if part != ALL:
        return none_within(part.words, seen.period, seen.baseline)
    return none_diverges(seen.looked_at, seen.period, seen.baseline)


def _more(others: Sequence[str]) -> str:
    return further(others[:_NAMED], max(0, len(others) - _NAMED)) if others else ""


def _days(frames: Frames) -> str:
    """``all contacts since 29 Sep 2025``: over which days promises, handoffs and failed containment were counted."""
    first = frames.everything["monday"].min()
    return f"all contacts since {wording.day_words(first)}" if isinstance(first, date) else "all contacts in the data"


def _calibration(found: Findings) -> str:
    known = found.calibration
    if known.drawn:
        return " ".join(filter(None, (known.drawn[0].sentence, known.drawn[0].typical)))
    if known.sources:
        return f"{wording.capital(known.sources[0].name)}: {known.sources[0].sentence}"
    return known.sentence


def _complaints(results: Results) -> str:
    if not results.has_complaints:
        return f"Complaints: {NO_COMPLAINTS_SOURCE}."
    kpis = results.longest.kpis
    if kpis is None or kpis.complaints.value is None:
        return f"No complaint rate: {kpis.complaints.reason if kpis else results.longest.reason}."
    rate = kpis.complaints
    text = (
        f"{wording.plural(int(rate.numerator), 'complaint')} received in {kpis.week.label}: {wording.per_thousand(rate.value)} per "
        f"1,000 contacts ({wording.thousand_interval(rate)})."
    )
    if results.week.week == kpis.week:
        return text
    so_far = wording.count(results.week.complaints.numerator)
    return f"{text} In {results.week.week.label}: {so_far} so far; complaint feeds run late."


def _provisional(results: Results, lag_days: int) -> tuple[str, ...]:
    """What cannot be said yet of the week, in a few sentences; the appendix says it of every window."""
    week = results.week
    lines = [] if week.over else [f"Week {week.week.label} is not over: its figures will still change."]
    known = results.outcome
    if known is None:
        lines.append(f"Resolution judged by outcomes: {results.outcome_reason}.")
    elif known.week != week.week:
        lines.append(_open_weeks(known.week, week.week, LONGEST_WINDOW_DAYS + lag_days))
    so_far = week.claimed_so_far
    if so_far.value is not None and not week.outcome_known:
        lines.append(
            f"In {week.week.label} {wording.percent(so_far.value)} of contacts were claimed resolved "
            f"({wording.rests_on(so_far.denominator)}); how many really were is not known yet."
        )
    return tuple(lines)


def _open_weeks(known: Week, shown: Week, days: int) -> str:
    """Which weeks are still open after ``known``, and when the windows of ``days`` days close."""
    first = known.plus(1)
    opens, closes = (wording.day_words(each.sunday + timedelta(days=days + 1)) for each in (first, shown))
    if first == shown:
        return f"Outcomes and repeat contacts of {first.label} are still open (drawn in grey) and known from {closes}."
    return (
        f"Outcomes and repeat contacts of {first.label} to {shown.label} are still open (drawn in grey) and known week by "
        f"week from {opens} to {closes}."
    )
