"""Figures as tiles: one number with its interval, what it rests on, which week it is of, and its definition's number.

Shared by the report and the application, so that the two never word the same figure differently.
"""

from dataclasses import dataclass

from dashboards import wording
from dashboards.results import feedback_sentences
from dashboards.results.averages import Mean
from dashboards.results.weekly_rates import WeekKpis
from dashboards.results.weekly_results import Results, WindowResult
from pipelines.statistics import Rate


@dataclass(frozen=True)
class Tile:
    """``value`` is the number in words; ``interval`` its 95% confidence interval, or the reason for which there is none.

    ``basis``: what it rests on (n). ``week``: label of its week, empty when no week qualifies. ``note``: one remark.
    """

    metric: str
    name: str
    value: str
    interval: str
    basis: str
    week: str
    note: str = ""

    @property
    def missing(self) -> bool:
        return self.value == wording.MISSING


@dataclass(frozen=True)
class Pair:
    """A reported figure next to what happened afterwards."""

    reported: Tile
    afterwards: Tile


def volume(results: Results) -> Tile:
    week = results.week
    note = f"{wording.count(week.served)} served, {wording.count(week.eligible)} eligible"
    return Tile(
        "M1", "Contacts", wording.count(week.contacts), _change(results), note, week.week.label, _open_week(week)
    )


def handle_time(results: Results) -> Tile:
    week = results.week
    handle = week.handle
    spread = ""
    if results.median_handle.value is not None:
        median, high = (wording.duration(mean.value) for mean in (results.median_handle, results.p90_handle))
        spread = f"median {median}, 90th percentile {high}"
    basis = f"n = {wording.count(handle.n)} of {wording.count(handle.of)} served{_coverage(handle)}"
    return Tile(
        "M6", "Average handle time", wording.duration(handle.value), handle.reason or spread, basis, week.week.label
    )


def identity_coverage(results: Results) -> Tile:
    return _share("M1", "Customer known", results.week.identity_coverage, results.week, "served inbound contacts")


def claimed(results: Results) -> Tile:
    rate = results.outcome.fcr_claimed if results.outcome else None
    return _share("M5", "Resolved, claimed", rate, results.outcome, "contacts", reason=results.outcome_reason)


def held(results: Results) -> Tile:
    rate = results.outcome.fcr_outcome if results.outcome else None
    note = ""
    if results.outcome and results.outcome.fcr_gap.value is not None:
        gap = results.outcome.fcr_gap
        note = f"gap {wording.points(gap.value)} ({wording.points_interval(gap)})"
    return _share(
        "M5",
        "Resolved, judged by outcomes",
        rate,
        results.outcome,
        "contacts",
        reason=results.outcome_reason,
        note=note,
    )


def false_resolution(results: Results) -> Tile:
    rate = results.outcome.false_resolution if results.outcome else None
    return _share("M5", "False resolutions", rate, results.outcome, "claimed resolved", reason=results.outcome_reason)


def containment(results: Results) -> Tile:
    rate = results.outcome.containment if results.outcome else None
    return _share(
        "M5", "Contained by the AI", rate, results.outcome, "AI-led and joint contacts", reason=results.outcome_reason
    )


def contained_and_held(results: Results) -> Tile:
    rate = results.outcome.contained_outcome if results.outcome else None
    return _share(
        "M5", "Contained and resolved", rate, results.outcome, "contained contacts", reason=results.outcome_reason
    )


def repeats(window: WindowResult, *, same_issue: bool = False) -> Tile:
    days = "1 day" if window.days == 1 else f"{window.days} days"
    name = f"Repeat contacts within {days}, {'same' if same_issue else 'any'} issue"
    rate = None
    if window.kpis:
        rates = window.kpis.repeat(window.days)
        rate = rates.same_issue if same_issue else rates.any_issue
    rows = "contacts with an issue" if same_issue else "contacts"
    return _share("M2", name, rate, window.kpis, rows, reason=window.reason)


def complaints(results: Results) -> Tile:
    kpis = results.longest.kpis
    name = f"{'Linked complaints' if results.cut else 'Complaints'} per 1,000 contacts"
    if kpis is None:
        return Tile("M8", name, wording.MISSING, results.longest.reason or "", "", "")
    rate = kpis.complaints
    if rate.value is None:
        return Tile("M8", name, wording.MISSING, rate.reason or "", "", kpis.week.label)
    basis = f"{wording.count(rate.numerator)} received, n = {wording.count(rate.denominator)} contacts"
    interval = f"95% confidence interval {wording.thousand_interval(rate)}"
    return Tile("M8", name, wording.per_thousand(rate.value), interval, basis, kpis.week.label)


def survey_rating(results: Results) -> Tile:
    kpis = results.heard.kpis
    if kpis is None:
        return _no_feedback("Survey rating", results)
    mean, low = kpis.sentiment.rating, kpis.sentiment.source("survey_csat").negative
    basis, interval = "", mean.reason or ""
    if mean.value is not None:
        answered = wording.percent(kpis.sentiment.response.value)
        basis = f"n = {wording.count(mean.n)} of {wording.count(mean.of)} eligible contacts; {answered} answered"
        interval = f"{wording.percent(low.value)} gave 1 or 2, {_interval(low)}"
    return Tile("M7", "Survey rating", wording.rating(mean.value), interval, basis, kpis.week.label)


def survey_response(results: Results) -> Tile:
    kpis = results.heard.kpis
    rate = kpis.sentiment.response if kpis else None
    return _share("M7", "Survey answered", rate, kpis, "eligible contacts", reason=results.heard.reason)


def survey_words(results: Results) -> Tile:
    rows = "contacts with a comment and no rating"
    return _negative_words("survey_verbatim", "Survey words, negative", rows, results)


def closing_words(results: Results) -> Tile:
    kpis = results.heard.kpis
    rows = "contacts without a survey answer" if results.has_surveys else "contacts"
    if kpis is not None:
        rows += f"; {wording.percent(kpis.sentiment.scored.value)} of all eligible scored"
    return _negative_words("closing_turns", "Closing words, negative", rows, results)


def shift(results: Results) -> Tile:
    name, kpis = "From opening to closing", results.heard.kpis
    if kpis is None:
        return _no_feedback(name, results)
    found = kpis.sentiment
    basis, spread = "", found.shift.reason or ""
    if found.shift.value is not None:
        basis = f"n = {wording.count(found.shift.n)} of {wording.count(found.shift.of)} eligible contacts"
        spread = (
            f"from {wording.score(found.opening.value)} to {wording.score(found.closing.value)} on a scale of −1 to +1"
        )
    return Tile("M7", name, wording.score(found.shift.value), spread, basis, kpis.week.label)


def scored(results: Results) -> Tile:
    kpis = results.heard.kpis
    rate, note = None, ""
    if kpis is not None:
        rate, left_out = kpis.sentiment.scored, feedback_sentences.unscored(kpis.sentiment)
        of_transcripts = wording.percent(kpis.sentiment.scored_transcripts.value)
        note = f"{of_transcripts} of the {wording.count(kpis.sentiment.transcripts)} with a transcript"
        note += f"; not scored: {left_out}" if left_out else ""
    return _share("M7", "Conversations scored", rate, kpis, "eligible contacts", reason=results.heard.reason, note=note)


def heard(results: Results) -> tuple[Tile, ...]:
    """What customers said, one tile a source, with its coverage; without a source no tile of it."""
    surveyed = (survey_rating(results), survey_words(results), survey_response(results))
    spoken = (closing_words(results), shift(results), scored(results))
    return (*(surveyed if results.has_surveys else ()), *(spoken if results.has_transcripts else ()))


def pairs(results: Results) -> tuple[Pair, ...]:
    """Each reported figure next to what happened afterwards.

    Containment only where an AI leads contacts, the survey beside the customers' last words where there is either.
    """
    ai_led = results.outcome is not None and results.outcome.ai_contacts > 0
    any_words = results.has_surveys or results.has_transcripts
    return (
        Pair(claimed(results), held(results)),
        *((Pair(containment(results), contained_and_held(results)),) if ai_led else ()),
        Pair(handle_time(results), repeats(results.window(7))),
        *((Pair(survey_rating(results), closing_words(results)),) if any_words else ()),
        Pair(volume(results), complaints(results)),
    )


def _share(
    metric: str,
    name: str,
    rate: Rate | None,
    week: WeekKpis | None,
    rows: str,
    *,
    reason: str | None = None,
    note: str = "",
) -> Tile:
    if rate is None or week is None:
        return Tile(metric, name, wording.MISSING, reason or "", "", "")
    basis = f"n = {wording.count(rate.denominator)} {rows}" if rate.value is not None else ""
    return Tile(metric, name, wording.percent(rate.value), _interval(rate), basis, week.week.label, note)


def _negative_words(source: str, name: str, rows: str, results: Results) -> Tile:
    kpis = results.heard.kpis
    found = kpis.sentiment.source(source) if kpis else None
    note = ""
    if found and found.mean.value is not None:
        note = f"mean {wording.score(found.mean.value)} on a scale of −1 to +1; words are a weak proxy for satisfaction"
    rate = found.negative if found else None
    return _share("M7", name, rate, kpis, rows, reason=results.heard.reason, note=note)


def _no_feedback(name: str, results: Results) -> Tile:
    return Tile("M7", name, wording.MISSING, results.heard.reason or "", "", "")


def _interval(rate: Rate) -> str:
    words = wording.percent_interval(rate)
    return words if rate.value is None else f"95% confidence interval {words}"


def _change(results: Results) -> str:
    before = results.previous
    if before is None or before.contacts == 0 or not results.week.over:
        return ""
    if results.week.contacts == before.contacts:
        return f"as many as in {before.week.label}"
    change = results.week.contacts / before.contacts - 1
    sign = "−" if change < 0 else "+"
    return f"{sign}{wording.percent(abs(change))} on {before.week.label}"


def _coverage(handle: Mean) -> str:
    return f" ({wording.percent(handle.n / handle.of)})" if handle.of else ""


def _open_week(week: WeekKpis) -> str:
    return "" if week.over else "the week is not over"
