"""The headline of a week: what was claimed and what outcomes say, and what followed."""

from dataclasses import dataclass

from dashboards.results.weekly_results import Results
from dashboards.wording import resolution as sentences


@dataclass(frozen=True)
class Headline:
    text: str
    detail: str


def headline(results: Results, parts: frozenset[str], diverging: str = "") -> Headline:
    """The latest judged week; without one, what is known and why there is no more.

    ``parts``: what resolution from outcomes was judged by (``repeat``, ``complaint``, ``reopening``). ``diverging``: what
    a diverging segment says, which ends the detail.
    """
    found = _judged(results, parts)
    return Headline(found.text, f"{found.detail} {diverging}".rstrip())


def _judged(results: Results, parts: frozenset[str]) -> Headline:
    outcome = results.outcome
    if outcome is None:
        return Headline(_volume(results), f"Resolution cannot be judged yet: {results.outcome_reason}.")
    claimed, held, gap, failed = outcome.fcr_claimed, outcome.fcr_outcome, outcome.fcr_gap, outcome.false_resolution
    if claimed.value is None or held.value is None or gap.value is None or gap.lower is None or gap.upper is None:
        reason = held.reason or claimed.reason
        return Headline(_volume(results), f"Too few data on {outcome.week.label} to judge resolution: {reason}.")
    text = sentences.claimed_and_judged(
        f"In week {outcome.week.label}",
        claimed.value,
        held.value,
        lower=gap.lower,
        upper=gap.upper,
        contacts=results.cut or "contacts",
    )
    rates = outcome.repeat(30)
    details = []
    if failed.value is not None:
        details.append(sentences.false_resolutions(failed.value, what_followed(parts)))
    if rates.any_issue.value is not None and rates.same_issue.value is not None:
        details.append(sentences.repeats(rates.any_issue.value, rates.same_issue.value))
    return Headline(text, " ".join(details))


def what_followed(parts: frozenset[str]) -> str:
    """``came back with the issue, complained or had their case reopened``, as far as these were looked at."""
    return sentences.followed(sorted(parts))


def _volume(results: Results) -> str:
    week = results.week
    return sentences.volume(week.contacts, week.week.label, week.handle.value, results.cut or "contacts")
