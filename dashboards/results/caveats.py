"""What is provisional, and what a reader must know about the data before believing a number: both as sentences."""

from datetime import date, timedelta

from dashboards import wording
from dashboards.results import feedback_sentences
from dashboards.results.data_quality import DataQuality
from dashboards.results.linkage import alias_kinds, joined_sentence, survey_answers, unlinked_sentence
from dashboards.results.sentiment import NO_SURVEYS, NO_TRANSCRIPTS, SURVEY_DAYS
from dashboards.results.weekly_rates import LONGEST_WINDOW_DAYS, WeekKpis
from dashboards.results.weekly_results import Results, WindowResult
from dashboards.snapshot.frames import Frames
from dashboards.wording.weeks import Week

#: Share of eligible contacts with a claim below which the page says that resolution rests on a part of them.
FEW_CLAIMS = 0.95


def provisional(results: Results, frames: Frames) -> tuple[str, ...]:
    """What cannot be said yet of the week shown, and when it can."""
    shown = results.week
    said = [] if shown.over else [f"Week {shown.week.label} is not over: its volume and handle time will still change."]
    said += [_open_window(window, shown.week) for window in results.windows if not _judges(window.kpis, shown.week)]
    heard = results.heard.kpis
    if results.has_surveys and heard is not None and heard.week != shown.week:
        said.append(
            f"Customer feedback is shown for {heard.week.label}; survey answers about {shown.week.label} may arrive "
            f"until {_day(_closes(shown.week, SURVEY_DAYS))} or later."
        )
    if results.outcome is None:
        said.append(f"Resolution judged by outcomes: {results.outcome_reason}.")
    elif results.outcome.week != shown.week:
        lag = frames.manifest.presentation.lag_days
        late = f" ({LONGEST_WINDOW_DAYS} days and {lag} for late complaint feeds)" if lag else ""
        said.append(
            f"Resolution judged by outcomes is shown for {results.outcome.week.label}; that of {shown.week.label} is known "
            f"from {_day(_closes(shown.week, LONGEST_WINDOW_DAYS + lag))} at the earliest{late}."
        )
    so_far = shown.claimed_so_far
    if so_far.value is not None and not shown.outcome_known:
        said.append(
            f"In {shown.week.label} {wording.percent(so_far.value)} of contacts were claimed resolved "
            f"({wording.rests_on(so_far.denominator)}); how many really were is not known yet."
        )
    if results.has_complaints and not shown.complaints_complete:
        received = wording.count(shown.complaints.numerator)
        said.append(f"Complaints received in {shown.week.label} so far: {received}. Complaint feeds run late.")
    return tuple(said)


def provisional_in_short(results: Results, frames: Frames) -> tuple[str, ...]:
    """The same in one or two sentences: which weeks are open, from when they are known, and what is only claimed so far."""
    shown = results.week
    said = [] if shown.over else [f"Week {shown.week.label} is not over: its figures will still change."]
    known = results.outcome
    if known is None:
        said.append(f"Resolution judged by outcomes: {results.outcome_reason}.")
    elif known.week != shown.week:
        days = LONGEST_WINDOW_DAYS + frames.manifest.presentation.lag_days
        first = known.week.plus(1)
        open_weeks = f"{first.label} is" if first == shown.week else f"{first.label} to {shown.week.label} are"
        said.append(
            f"{open_weeks} still open: customers have {LONGEST_WINDOW_DAYS} days to come back or complain. "
            f"Outcomes are those of {known.week.label}; {first.label} is known from {_day(_closes(first, days))}."
        )
    so_far = shown.claimed_so_far
    if so_far.value is not None and not shown.outcome_known:
        said.append(
            f"In {shown.week.label} {wording.percent(so_far.value)} of contacts were claimed resolved "
            f"({wording.rests_on(so_far.denominator)}); how many really were is not known yet."
        )
    return tuple(said)


def caveats(results: Results, frames: Frames, quality: DataQuality) -> tuple[str, ...]:
    """Coverage, sources that are missing, records quarantined, checks that warn."""
    return (
        *coverage(results),
        *_joined(frames),
        *_heard(results, frames),
        *_sources(results, frames),
        *about_the_data(quality),
    )


def coverage(results: Results) -> tuple[str, ...]:
    """What the results, perhaps of a part of the contacts, rest on: known customers and claims."""
    said = []
    known, claims = results.week.identity_coverage, results.week.claim_coverage
    if known.value is not None:
        said.append(
            f"The customer is known in {wording.percent(known.value)} of served inbound contacts of "
            f"{results.week.week.label}; repeat contacts of the others cannot be detected."
        )
    else:
        said.append(f"Identity coverage of {results.week.week.label} is not shown: {known.reason}.")
    if claims.value is not None and claims.value < FEW_CLAIMS:
        said.append(
            f"{wording.percent(claims.value)} of eligible contacts have a claim about resolution; resolution is judged on "
            "these only."
        )
    return tuple(said)


def _open_window(window: WindowResult, shown: Week) -> str:
    within = f"within {window.days} day{'s' if window.days > 1 else ''}"
    closes = f"the windows of {shown.label} close on {_day(_closes(shown, window.days))} at the earliest"
    if window.kpis is None:
        return f"No rate of repeat contacts {within} yet; {closes}."
    return f"Repeat contact {within} is shown for {window.kpis.week.label}; {closes}."


def _judges(kpis: WeekKpis | None, shown: Week) -> bool:
    return kpis is not None and kpis.week == shown


def _joined(frames: Frames) -> list[str]:
    joined = joined_sentence(alias_kinds(frames.identity_links))
    return [joined] if joined else []


def _heard(results: Results, frames: Frames) -> list[str]:
    """Who is not heard: customers who answered no survey, answers that link to nothing, conversations without a score."""
    said = []
    kpis = results.heard.kpis
    if kpis is not None and kpis.sentiment.response.value is not None:
        share = wording.percent(1 - kpis.sentiment.response.value)
        said.append(f"{share} of contacts of {kpis.week.label} have no survey answer; ratings cover the others.")
    if unlinked := unlinked_sentence(survey_answers(frames.survey_answers)):
        said.append(unlinked)
    if kpis is not None and (left_out := feedback_sentences.unscored(kpis.sentiment)):
        transcripts = wording.count(kpis.sentiment.transcripts)
        said.append(f"Conversations of {kpis.week.label} without a score (of {transcripts}): {left_out}.")
    if not results.has_surveys:
        said.append(f"No survey ratings: {NO_SURVEYS}.")
    if not results.has_transcripts:
        said.append(f"No customer words are scored: {NO_TRANSCRIPTS}.")
    return said


def _sources(results: Results, frames: Frames) -> list[str]:
    said = []
    if not results.has_complaints:
        said.append(
            "No complaints source is configured: complaints are neither shown nor part of resolution judged by outcomes."
        )
    if frames.outcome_parts and not any(part.startswith("reopen") for part in frames.outcome_parts):
        said.append(
            "No source of case events is configured: reopened cases are not part of resolution judged by outcomes."
        )
    if frames.design_effects.is_empty():
        said.append(
            "No design effects were published: confidence intervals treat contacts as independent and may be too narrow."
        )
    if frames.missing:
        said.append(f"This snapshot lacks {', '.join(frames.missing)}; what needs them is empty.")
    return said


def about_the_data(quality: DataQuality) -> tuple[str, ...]:
    """Records quarantined, files that could not be read, checks that warn."""
    return (*_records(quality), *_checks(quality))


def _records(quality: DataQuality) -> list[str]:
    said, ledger = [], quality.ledger
    if ledger.quarantined:
        rows = f"{wording.count(ledger.quarantined)} of {wording.count(ledger.rows_in)} records"
        said.append(f"{rows} were quarantined, each with a reason.")
    if ledger.refused_files:
        said.append(f"{wording.count(ledger.refused_files)} of {wording.count(ledger.files)} files could not be read.")
    return said


def _checks(quality: DataQuality) -> list[str]:
    warned = [check for check in quality.failed if check.severity == "warning"]
    if not warned:
        return []
    named = "; ".join(f"{check.table}: {check.check}" for check in warned[:5])
    more = f" and {len(warned) - 5} more" if len(warned) > 5 else ""
    return [f"{len(warned)} check{' warns' if len(warned) == 1 else 's warn'}: {named}{more}."]


def _closes(week: Week, days: int) -> date:
    """The first day that begins after every ``days``-day window of contacts ended within ``week`` has closed."""
    return week.sunday + timedelta(days=days + 1)


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
