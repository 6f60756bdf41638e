"""What stands on the two pages, typed: the one place that decides it. HTML, PDF, mail and JSON show the same.

Belongs here: choosing, from typed results, what an executive needs, and how much of it. Does not belong here: looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dashboards import wording
from dashboards.findings import Findings
from dashboards.findings.calibration import Reliability
from dashboards.report.diverging_segments import Parting, partings
from dashboards.report.handoffs_and_promises import HandedOver, ReportedPromises, handed_over, promises
from dashboards.report.headline import Lead, lead
from dashboards.report.numbers import KeyNumber, key_numbers
from dashboards.report.prior_snapshot import Beside
from dashboards.report.week_over_week import Since, since_last_week
from dashboards.results.weekly_rates import LONGEST_WINDOW_DAYS, WeekKpis
from dashboards.results.weekly_results import NO_COMPLAINTS_SOURCE, Results
from dashboards.snapshot.frames import Frames
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
class Brief:
    """The two pages. ``calibration``: the one source that is drawn, None where none is; ``calibration_words`` says what it says or why not.

    ``parted_words``: the sentence over the segments; ``parted_more`` names those beyond the three, ``reverse`` is where it is
    the other way round. ``seams_span``: the days of promises and handoffs. ``provisional`` and ``caveats`` are sentences;
    ``more_caveats`` stand in the appendix alone.
    """

    lead: Lead
    numbers: tuple[KeyNumber, ...]
    events: tuple[ReportedEvent, ...]
    parted_words: str
    parted: tuple[Parting, ...]
    parted_more: str
    reverse: str
    calibration: Reliability | None
    calibration_words: str
    promises: ReportedPromises
    handed_over: HandedOver
    seams_span: str
    complaints: str
    since: Since
    provisional: tuple[str, ...]
    caveats: tuple[str, ...]
    more_caveats: int


def make_brief(
    frames: Frames,
    results: Results,
    line: Sequence[WeekKpis],
    *,
    found: Findings,
    caveats: Sequence[str],
    beside: Beside,
) -> Brief:
    """The two pages of ``results``. ``line``: the weeks that are drawn; ``caveats``: all that is to be said of the data."""
    presentation = frames.manifest.presentation
    segments = frames.evidence.segment_divergence
    numbers = key_numbers(results, line, presentation.targets)
    parted = partings(found, frames, presentation.owners)
    drawn = found.calibration.drawn
    shown = tuple(wording.clipped(line, _CAVEAT_LENGTH) for line in caveats[:_CAVEATS])
    return Brief(
        lead=lead(results, numbers, parted.shown, frames.outcome_parts, more=len(parted.others)),
        numbers=numbers,
        events=_events(presentation.events, line),
        parted_words=wording.clipped(_parted(found), 260),
        parted=parted.shown,
        parted_more=_more(parted.others),
        reverse=parted.reverse,
        calibration=drawn[0] if drawn else None,
        calibration_words=_calibration(found),
        promises=promises(beside.seams),
        handed_over=handed_over(beside.seams),
        seams_span=_seams_span(frames),
        complaints=_complaints(results),
        since=since_last_week(numbers, segments, beside.earlier, frames.time_zone),
        provisional=_provisional(results, presentation.lag_days),
        caveats=shown,
        more_caveats=max(0, len(caveats) - _CAVEATS),
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


def _parted(found: Findings) -> str:
    seen = found.divergence
    if seen.looked_at == 0:
        return seen.sentence
    if not seen.shown:
        return (
            f"Nowhere: of {wording.count(seen.looked_at)} segment{'' if seen.looked_at == 1 else 's'} compared ({seen.period} against {seen.baseline}) none has "
            "usual figures that improved while outcomes worsened."
        )
    return f"Usual figures improved while outcomes worsened, {seen.period} against {seen.baseline}:"


def _more(others: Sequence[str]) -> str:
    """``3 more diverge, in part the same contacts: language en with AI first; …``"""
    if not others:
        return ""
    named = "; ".join(others[:_NAMED])
    rest = f"; and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
    verb = "diverges" if len(others) == 1 else "diverge"
    return f"{len(others)} more {verb}, in part the same contacts: {named}{rest}."


def _seams_span(frames: Frames) -> str:
    """``all contacts since 29 Sep 2025``: over which days promises, handoffs and stuck contacts were counted."""
    first = frames.everything["monday"].min()
    return "all contacts in the data" if not isinstance(first, date) else f"all contacts since {_day(first)}"


def _calibration(found: Findings) -> str:
    known = found.calibration
    if known.drawn:
        return wording.clipped(known.drawn[0].sentence, 320)
    if known.sources:
        return wording.clipped(f"{known.sources[0].name}: {known.sources[0].sentence}", 320)
    return known.sentence


def _complaints(results: Results) -> str:
    if not results.has_complaints:
        return f"Complaints: {NO_COMPLAINTS_SOURCE}."
    kpis = results.longest.kpis
    if kpis is None or kpis.complaints.value is None:
        return f"No rate of complaints: {kpis.complaints.reason if kpis else results.longest.reason}."
    rate = kpis.complaints
    said = (
        f"{wording.count(rate.numerator)} received in {kpis.week.label}: {wording.per_thousand(rate.value)} per 1,000 contacts "
        f"({wording.thousand_interval(rate)})."
    )
    if results.week.week != kpis.week:
        so_far = wording.count(results.week.complaints.numerator)
        said += f" In {results.week.week.label} {so_far} so far; feeds run late."
    return said


def _provisional(results: Results, lag_days: int) -> tuple[str, ...]:
    """What cannot be said yet of the week, in a few sentences; the appendix says it of every window."""
    week = results.week
    said = [] if week.over else [f"Week {week.week.label} is not over: its figures will still change."]
    known = results.outcome
    if known is None:
        said.append(f"Resolution from outcomes: {results.outcome_reason}.")
    elif known.week != week.week:
        first = known.week.plus(1)
        days = LONGEST_WINDOW_DAYS + lag_days
        opens, closes = (each.sunday + timedelta(days=days + 1) for each in (first, week.week))
        open_weeks = f"{first.label} to {week.week.label}" if first != week.week else first.label
        said.append(
            f"Outcomes and repeats are of {known.week.label}. {open_weeks} {'are' if first != week.week else 'is'} still open, "
            f"drawn apart and grey: "
            + (
                f"known from {_day(closes)}."
                if first == week.week
                else f"known week by week from {_day(opens)} to {_day(closes)}."
            )
        )
    so_far = week.claimed_so_far
    if so_far.value is not None and not week.outcome_known:
        said.append(
            f"In {week.week.label} itself {wording.percent(so_far.value)} were claimed resolved "
            f"({wording.rests_on(so_far.denominator)}); nobody knows yet how many of these hold."
        )
    return tuple(said)


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
