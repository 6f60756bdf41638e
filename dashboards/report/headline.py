"""The report's headline: the news of the week. A week without any says so in one sentence, and one with nothing wrong too."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.report.diverging_segments import DivergingSegment, DivergingSegments
from dashboards.report.numbers import KeyNumber
from dashboards.report.week_over_week import WeekOverWeek
from dashboards.results.weekly_results import Results
from dashboards.wording import report as words
from dashboards.wording import resolution as sentences


@dataclass(frozen=True)
class Lead:
    """``text``: the news in a sentence. ``detail``: how the week stood. ``calm``: nothing is wrong.

    ``subject``: the news in so few words that they fit a mail's subject.
    """

    text: str
    detail: str
    calm: bool
    subject: str


def lead(results: Results, numbers: Sequence[KeyNumber], diverging: DivergingSegments, news: WeekOverWeek) -> Lead:
    """The headline of the week: what is new, else what is worse than it looks, else that nothing is.

    Calm is a week in which no segment diverges, no target is missed, and no number got significantly worse. What cannot be
    judged yet is never called calm.
    """
    state = _state(results)
    if state is None:
        return _unjudged(results)
    missed = [number.name for number in numbers if number.target_met is False]
    worse = [number.name for number in numbers if number.direction == "worse"]
    missed_targets, got_worse = sentences.missed_targets(missed, len(numbers)), sentences.got_worse(worse)
    if diverging.new or (diverging.shown and news.prior_as_of is None):
        return _found(diverging, _joined(state, got_worse, missed_targets))
    if worse:
        return Lead(got_worse, _joined(state, missed_targets), False, words.subject_numbers(worse))
    if diverging.shown:
        still = words.still(diverging.shown[0].sentence)
        return Lead(news.lines[0], _joined(still, state, missed_targets), False, words.NOTHING_NEW)
    if missed:
        return Lead(f"{state} No segment diverges.", missed_targets, False, words.subject_missed(len(missed)))
    has_targets = any(number.target is not None for number in numbers)
    return Lead(words.nothing_wrong(has_targets=has_targets), state, True, words.NOTHING_NEW)


def _state(results: Results) -> str | None:
    """What was claimed and what outcomes say, in a sentence; None where no week can be judged."""
    outcome = results.outcome
    if outcome is None:
        return None
    claimed, held, gap = outcome.fcr_claimed, outcome.fcr_outcome, outcome.fcr_gap
    if claimed.value is None or held.value is None or gap.lower is None or gap.upper is None:
        return None
    return sentences.claimed_and_judged(
        f"In the week {outcome.week.span}",
        claimed.value,
        held.value,
        lower=gap.lower,
        upper=gap.upper,
        contacts=results.cut or "contacts",
    )


def _found(diverging: DivergingSegments, rest: str) -> Lead:
    """What is new, with what is known already; where nobody knows what is new, what is worst."""
    if not diverging.new:
        worst = diverging.shown[0]
        return Lead(worst.sentence, rest, False, _subject(diverging, worst))
    first = _first_new(diverging)
    text = words.new_finding(first.sentence) if first else diverging.new[0]
    known = [each for each in diverging.shown[:1] if not each.is_new]
    still = words.still(known[0].sentence) if known else ""
    return Lead(text, _joined(first.overlap if first else "", still, rest), False, _subject(diverging, first))


def _unjudged(results: Results) -> Lead:
    week, outcome = results.week, results.outcome
    reason = str(results.outcome_reason)
    if outcome is not None:
        reason = f"too few data on {outcome.week.label}: {outcome.fcr_outcome.reason or outcome.fcr_claimed.reason}"
    text = sentences.volume(week.contacts, week.week.label, week.handle.value, results.cut or "contacts")
    return Lead(text, words.no_week_judged(reason), False, words.NOT_JUDGED)


def _first_new(diverging: DivergingSegments) -> DivergingSegment | None:
    """The first new finding that is shown, one that stands by itself before those that may be another one seen from afar."""
    fresh = [each for each in diverging.shown if each.is_new]
    return next((each for each in fresh if not each.overlap), fresh[0] if fresh else None)


def _subject(diverging: DivergingSegments, first: DivergingSegment | None) -> str:
    if first is None:
        return words.more_new(len(diverging.new)).removesuffix(".")
    return words.subject_finding(first.name, first.briefly, is_new=bool(first.is_new), more=diverging.number - 1)


def _joined(*said: str) -> str:
    return " ".join(filter(None, said))
