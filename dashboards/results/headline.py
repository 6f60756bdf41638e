"""The headline: one sentence made from the evidence, and one that says how sure it is."""

from dataclasses import dataclass

from dashboards import wording
from dashboards.results.weekly_rates import WeekKpis
from dashboards.results.weekly_results import Results


@dataclass(frozen=True)
class Headline:
    text: str
    detail: str


def headline(results: Results, parts: frozenset[str], diverging: str = "") -> Headline:
    """What the evidence says about the latest judged week; without one, what is known and why there is no more.

    ``parts``: what resolution from outcomes was judged by (``repeat``, ``complaint``, ``reopening``). ``diverging``: what
    is said of a segment that diverges, which ends the detail.
    """
    found = _judged(results, parts)
    return Headline(found.text, f"{found.detail} {diverging}".rstrip())


def _judged(results: Results, parts: frozenset[str]) -> Headline:
    outcome = results.outcome
    who = f"{results.cut}: " if results.cut else ""
    if outcome is None:
        return Headline(
            f"{who}{_volume(results)}", f"Whether they were resolved cannot be said yet: {results.outcome_reason}."
        )
    claimed, held, gap, lost = outcome.fcr_claimed, outcome.fcr_outcome, outcome.fcr_gap, outcome.false_resolution
    if claimed.value is None or held.value is None or gap.value is None or gap.lower is None:
        reason = held.reason or claimed.reason
        return Headline(
            f"{who}{_volume(results)}", f"Too little is known of {outcome.week.label} to judge resolution: {reason}."
        )
    said, kept = wording.percent(claimed.value, 0), wording.percent(held.value, 0)
    start = f"{who}In week {outcome.week.label}, {said} of contacts were claimed resolved at first contact"
    if gap.upper is not None and gap.upper < 0:
        text = f"{start}; judged by what happened afterwards, more were: {kept}."
    elif gap.lower <= 0:
        text = f"{start}, and what happened afterwards bears it out: {kept} were."
    else:
        text = f"{start}; judged by what happened afterwards, {kept} were."
    return Headline(text, " ".join(filter(None, (_lost(lost.value, parts), _repeats(outcome)))))


def what_followed(parts: frozenset[str]) -> str:
    """``came back with the issue, complained or had the case reopened``, as far as these were looked at."""
    said = [
        words
        for prefix, words in (
            ("repeat", "came back with the issue"),
            ("complain", "complained"),
            ("reopen", "had their case reopened"),
        )
        if any(part.startswith(prefix) for part in parts)
    ] or ["came back with the issue"]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} or {said[-1]}"


def _lost(false_resolution: float | None, parts: frozenset[str]) -> str:
    if false_resolution is None:
        return ""
    lost = f"Of every 100 contacts claimed resolved, {round(100 * false_resolution)} did not hold"
    return f"{lost}: within 30 days the customer {what_followed(parts)}."


def _repeats(outcome: WeekKpis) -> str:
    rates = outcome.repeat(30)
    if rates.any_issue.value is None or rates.same_issue.value is None:
        return ""
    any_issue, same = wording.percent(rates.any_issue.value, 0), wording.percent(rates.same_issue.value, 0)
    return f"After {any_issue} of all contacts the customer came back within 30 days; with the same issue after {same}."


def _volume(results: Results) -> str:
    week = results.week
    time = f", handled in {wording.duration(week.handle.value)} on average" if week.handle.value is not None else ""
    return f"{wording.count(week.contacts)} contacts in week {week.week.label}{time}."
