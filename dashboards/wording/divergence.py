"""Segment divergence (M16) in sentences: what improved, what worsened, for whom, and what it costs."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.wording.numbers import (
    MISSING,
    bare_points_range,
    count,
    duration,
    joined,
    money,
    percent,
    percents,
    plural,
    points,
    score,
    signed,
)
from dashboards.wording.texts import capital
from pipelines.contract.analyses import DIVERGENCE_MEASURES

#: What the operation reports, and what then happened to the customer.
PROXIES = {"handle_seconds": "handle time", "claimed": "claimed resolution", "contained": "containment"}
OUTCOMES = {
    "repeat": "repeat contacts",
    "false_resolution": "false resolutions",
    "complaint": "complaints",
    "post_call_sentiment": "sentiment after the contact",
}
MEASURES = PROXIES | OUTCOMES
DIVERGING, UNDERVALUED, ALIGNED, INSUFFICIENT = "diverging", "undervalued", "aligned", "insufficient"
#: Verdict → what happened, where the measures that carry it are not known.
_WITHOUT_MEASURES = {
    DIVERGING: "reported figures improved and outcomes worsened",
    UNDERVALUED: "reported figures worsened but outcomes improved",
}
_MONEY = {
    "repeats": "Repeat contacts",
    "complaints": "Complaints",
    "repeats_and_complaints": "Repeat contacts and complaints",
}


@dataclass(frozen=True)
class MeasureChange:
    """A measure in the baseline and in the current period at the same mix of issues, in the unit of the contract.

    ``lower`` and ``upper`` bound the change with 95% confidence; None where too few contacts were compared.
    """

    measure: str
    baseline: float | None
    period: float | None
    change: float | None
    lower: float | None
    upper: float | None


def what_happened(verdict: str, proxy: MeasureChange | None, outcome: MeasureChange | None) -> str:
    """``got 45 s shorter, and false resolutions rose from 36% to 57%``: what is said of the contacts of a segment.

    Where a measure is not known, only the direction.
    """
    did, then = _proxy(proxy), _outcome(outcome)
    if not did or not then:
        return f"went two ways: {_WITHOUT_MEASURES.get(verdict, _WITHOUT_MEASURES[DIVERGING])}"
    return f"{did}, {'but' if verdict == UNDERVALUED else 'and'} {then}"


def segment_sentence(
    name: str,
    verdict: str,
    *,
    proxy: MeasureChange | None = None,
    outcome: MeasureChange | None = None,
    customers: int = 0,
    reason: str = "",
) -> str:
    """``AI-led billing contacts got 45 s shorter, and false resolutions rose from 36% to 57% (392 customers).``"""
    if verdict == INSUFFICIENT:
        return f"{capital(name)}: too few contacts to judge{f' ({reason})' if reason else ''}."
    if verdict == ALIGNED:
        return f"{capital(name)}: no significant divergence between reported figures and outcomes."
    return f"{capital(name)} {what_happened(verdict, proxy, outcome)} ({plural(customers, 'customer')})."


def briefly(proxy: MeasureChange | None, outcome: MeasureChange | None) -> str:
    """``handle time fell and false resolutions rose``, without figures."""
    moves = [_direction(each) for each in (proxy, outcome)]
    return " and ".join(moves) if all(moves) else _WITHOUT_MEASURES[DIVERGING]


def certainty(changes: Sequence[MeasureChange | None], q: float | None) -> str:
    """``handle time −45 s (−58 to −24), false resolutions +21.0 points (15.0 to 27.0) · false-alarm rate below 0.1%``."""
    known = [each for each in changes if each is not None and each.change is not None]
    told = ", ".join(f"{MEASURES[each.measure]} {change_with_interval(each)}" for each in known)
    return " · ".join(filter(None, (told, q_words(q))))


def q_words(q: float | None) -> str:
    if q is None:
        return ""
    return f"false-alarm rate {100 * q:.1f}%" if q >= 0.001 else "false-alarm rate below 0.1%"


def change_with_interval(each: MeasureChange) -> str:
    """``−45 s (−58 to −24)``."""
    change = change_words(each.measure, each.change)
    if each.lower is None or each.upper is None:
        return change
    return f"{change} ({_bare_range(each.measure, each.lower, each.upper)})"


def value_words(measure: str, value: float | None) -> str:
    """A value in the unit of its measure."""
    if value is None:
        return MISSING
    if measure == "handle_seconds":
        return duration(value)
    if measure == "complaint":
        return f"{1000 * value:.1f} per 1,000"
    return percent(value) if DIVERGENCE_MEASURES[measure] == "share" else score(value)


def change_words(measure: str, value: float | None) -> str:
    """A change in the unit of its measure, with its sign."""
    if value is None:
        return MISSING
    if measure == "handle_seconds":
        return f"{signed(value, 0)}\u202fs"
    if measure == "complaint":
        return f"{signed(1000 * value, 1)} per 1,000"
    return points(value) if DIVERGENCE_MEASURES[measure] == "share" else score(value)


def change_range(measure: str, lower: float | None, upper: float | None) -> str:
    """``−58 to −24 s``: the bounds of a change with their unit."""
    if lower is None or upper is None:
        return MISSING
    unit = {"handle_seconds": "\u202fs", "complaint": " per 1,000", "post_call_sentiment": ""}.get(measure, " points")
    return f"{_bare_range(measure, lower, upper)}{unit}"


def _bare_range(measure: str, lower: float, upper: float) -> str:
    if measure == "handle_seconds":
        return f"{signed(lower, 0)} to {signed(upper, 0)}"
    if measure == "complaint":
        return f"{signed(1000 * lower, 1)} to {signed(1000 * upper, 1)}"
    return (
        bare_points_range(lower, upper)
        if DIVERGENCE_MEASURES[measure] == "share"
        else f"{score(lower)} to {score(upper)}"
    )


def cause_sentence(name: str) -> str:
    return f"Without {name} the divergence disappears."


def not_compared(measures: Sequence[str]) -> str:
    """Which measures have too few contacts; empty for none."""
    return f"Too few contacts to compare {joined([MEASURES[each] for each in measures])}." if measures else ""


def money_sentence(counts: str | None, amount: float, lower: float | None, upper: float | None, currency: str) -> str:
    """What repeat contacts and complaints beyond the baseline's rate cost in the current period."""
    what = f"{_MONEY.get(counts or '', 'Repeat contacts and complaints')} beyond the baseline's rate"
    span = f"95% confidence interval {money(lower, currency)} to {money(upper, currency)}"
    if lower is None or upper is None:
        return f"{what} cost {money(amount, currency)}."
    if lower <= 0 <= upper:
        return f"{what} made no statistically significant difference in cost ({span})."
    return f"{what} {'cost' if amount > 0 else 'saved'} {money(abs(amount), currency)} ({span})."


#: Contacts without a recorded issue, among issues.
NO_ISSUE = "no issue recorded"


def moved_issues(names: Sequence[str]) -> str:
    """Which issues a verdict was tested without."""
    several = "these issues" if len(names) > 1 else "this issue"
    return f"tested without {several}, whose share of the contacts moved: {joined(names)}"


def sensitive_to_coding(number: int) -> str:
    """Verdicts that left the headline; empty for none."""
    if not number:
        return ""
    verb = "rests" if number == 1 else "rest"
    return f"{plural(number, 'more verdict')} {verb} on how issues are coded and {'does' if number == 1 else 'do'} not count."


SENSITIVE = (
    "These verdicts do not survive without the issues whose share of the contacts moved much between baseline and current "
    "period. Such issues may have been renamed, merged or split, and then contacts of different kinds are compared."
)


def smallest_change(measure: str, size: float | None) -> str:
    """``14.2 points``: the smallest change that would be found; ``none`` where no change would."""
    if size is None:
        return "none"
    return change_words(measure, size).lstrip("+")


def silence(contacts: int, proxy: str, proxy_size: float | None, outcome: str, outcome_size: float | None) -> str:
    """What a segment of the middle size lets one see, so that its silence is read rightly."""
    segment = f"In a segment of the middle size ({plural(contacts, 'contact')})"
    if proxy_size is None or outcome_size is None:
        return f"{segment} no change of {PROXIES[proxy]} and {OUTCOMES[outcome]} would be found."
    return (
        f"{segment} a change of {PROXIES[proxy]} by {smallest_change(proxy, proxy_size)} together with one of {OUTCOMES[outcome]} "
        f"by {smallest_change(outcome, outcome_size)} would be found in 8 of 10 cases; smaller ones are mostly missed. "
        "No verdict does not mean no change."
    )


def counts_line(
    *,
    diverging: int,
    undervalued: int,
    aligned: int,
    insufficient: int,
    period: str,
    baseline: str,
    sensitive: int = 0,
) -> tuple[str, str]:
    """The headline over all segments and what it rests on: how many got which verdict."""
    total = diverging + undervalued + aligned + insufficient + sensitive
    if total == 0:
        return "No segment can be judged yet.", "Too few contacts have closed follow-up windows."
    days = f"Compared: {period} with {baseline}"
    rest = (
        f"{plural(undervalued, 'segment is', 'segments are')} undervalued (the reverse), {count(aligned)} show no "
        f"significant divergence, {count(insufficient)} have too few contacts to judge."
    )
    if sensitive:
        rest = f"{rest} {capital(sensitive_to_coding(sensitive))}"
    if diverging == 0:
        return f"No segment diverges of the {count(total)} compared.", f"{days}. {capital(rest)}"
    verb = "segment" if total == 1 else "segments"
    lead = f"Reported figures improved and outcomes worsened in {count(diverging)} of {count(total)} {verb}."
    return lead, f"{days}. {capital(rest)}"


#: What a filter does to the comparison of segments.
SEGMENTS_OF_FILTERS = (
    "Segments are compared over all of their contacts; the list holds those that may contain contacts of the filter."
)


def whole_days_compared(period: str, baseline: str) -> str:
    return f"Compared: {period} with {baseline}."


def segments_of_filters(diverging: int, compared: int, words: str) -> str:
    """The headline over the segments in which contacts of the filters can be."""
    if not compared:
        return f"No segment that may hold {words} was compared."
    verb = "diverges" if diverging == 1 else "diverge"
    return f"{count(diverging)} of {plural(compared, 'segment')} that may hold {words} {verb}."


def verdict_change(name: str, before: str | None, now: str | None) -> str:
    """A segment whose verdict is another than a week ago; None: it was not, or is no longer, compared."""
    was = "it was not compared" if before is None else f"its verdict was “{before}”"
    if now == DIVERGING:
        return f"New: {name} diverge; a week ago {was}."
    if before == DIVERGING:
        return f"Gone: {name} no longer diverge; {_now(now)}."
    return f"{capital(name)}: {_now(now)}; a week ago {was}."


def _now(verdict: str | None) -> str:
    return "no longer compared" if verdict is None else f"now “{verdict}”"


def _proxy(each: MeasureChange | None) -> str:
    """What was reported of the contacts: ``got 45 s shorter``, ``were contained more often (61% to 70%)``."""
    if each is None or each.baseline is None or each.period is None or each.measure not in PROXIES:
        return ""
    rose = each.period > each.baseline
    if each.measure == "handle_seconds":
        return f"got {duration(abs(each.period - each.baseline))} {'longer' if rose else 'shorter'}"
    before, now = percents(each.baseline, each.period)
    done = "claimed resolved" if each.measure == "claimed" else "contained"
    return f"were {done} {'more' if rose else 'less'} often ({now} instead of {before})"


def _outcome(each: MeasureChange | None) -> str:
    """``false resolutions rose from 36% to 57%``."""
    if each is None or each.baseline is None or each.period is None or each.measure not in OUTCOMES:
        return ""
    verb = "rose" if each.period > each.baseline else "fell"
    return f"{OUTCOMES[each.measure]} {verb} {_from_to(each.measure, each.baseline, each.period)}"


def _from_to(measure: str, before: float, now: float) -> str:
    if measure == "complaint":
        return f"from {1000 * before:.1f} to {1000 * now:.1f} per 1,000"
    if measure == "post_call_sentiment":
        return f"from {score(before)} to {score(now)}"
    first, second = percents(before, now)
    return f"from {first} to {second}"


def _direction(each: MeasureChange | None) -> str:
    if each is None or each.baseline is None or each.period is None or each.measure not in MEASURES:
        return ""
    return f"{MEASURES[each.measure]} {'rose' if each.period > each.baseline else 'fell'}"


def unlisted(*, listed: int, more: int, explained: int) -> str:
    """Where the diverging segments are that are not listed; empty where all are."""
    parts = [f"{plural(more, 'more is', 'more are')} independent of these"] if more else []
    if explained:
        verb = "repeats one of them" if explained == 1 else "repeat one of them"
        parts.append(f"{plural(explained, 'segment', 'segments')} {verb} (the same contacts, or explained by it)")
    if not parts:
        return ""
    shown = "One segment is listed" if listed == 1 else f"The {listed} with the strongest evidence are listed"
    return f"{shown}; {' and '.join(parts)}."


def size_words(contacts: int, excess_repeats: float | None) -> str:
    """``1,010 contacts; about 74 repeat contacts more than at the baseline's rate``."""
    words = plural(contacts, "contact")
    if excess_repeats is None or abs(excess_repeats) < 0.5:
        return words
    more = "more" if excess_repeats > 0 else "fewer"
    return f"{words}; about {plural(round(abs(excess_repeats)), 'repeat contact')} {more} than at the baseline's rate"


def lies_within(share: float, other: str) -> str:
    return f"{_whole(share)} of its contacts are also in: {other}."


def holds(share: float, other: str) -> str:
    return f"It holds {_whole(share)} of: {other}."


def compared_days(period: str, baseline: str) -> str:
    return f"Reported figures improved while outcomes worsened, {period} compared with {baseline}:"


def none_diverges(segments: int, period: str, baseline: str) -> str:
    return f"No segment diverges of the {count(segments)} compared ({period}, compared with {baseline})."


def none_within(part: str, period: str, baseline: str) -> str:
    return f"No segment within {part} diverges ({period}, compared with {baseline})."


def further(names: Sequence[str], more: int) -> str:
    """``3 more diverge, with partly the same contacts: English contacts; …``"""
    total = len(names) + more
    rest = f"; and {count(more)} more" if more else ""
    verb = "diverges" if total == 1 else "diverge"
    return f"{count(total)} more {verb}, with partly the same contacts: {'; '.join(names)}{rest}."


def others_diverge(number: int) -> str:
    """How many more segments diverge; empty for none."""
    if not number:
        return ""
    return (
        f"{plural(number, 'more segment diverges', 'more segments diverge')}; some of their contacts may be the same."
    )


def _whole(share: float) -> str:
    """A share as a whole per cent; 100 only where it is all."""
    return f"{100 if share == 1 else min(99, round(100 * share))}%"
