"""The report's headline: what the figures of the week say. A week with nothing wrong says so plainly."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.report.diverging_segments import DivergingSegment
from dashboards.report.numbers import KeyNumber
from dashboards.results.headline import what_followed
from dashboards.results.weekly_results import Results
from dashboards.wording import resolution as sentences
from dashboards.wording.divergence import others_diverge


@dataclass(frozen=True)
class Lead:
    """``text``: the sentence. ``detail``: what it rests on. ``calm``: nothing is wrong."""

    text: str
    detail: str
    calm: bool


def lead(
    results: Results,
    numbers: Sequence[KeyNumber],
    segments: Sequence[DivergingSegment],
    parts: frozenset[str],
    *,
    more: int,
) -> Lead:
    """The headline of the week. ``parts``: what outcomes were judged by; ``more``: diverging segments that are not shown.

    Calm is a week in which no segment diverges, no target is missed, and no number got significantly worse. What cannot be
    judged yet is never called calm.
    """
    outcome = results.outcome
    if outcome is None:
        return Lead(_volume(results), f"Resolution cannot be judged yet: {results.outcome_reason}.", False)
    claimed, held, gap = outcome.fcr_claimed, outcome.fcr_outcome, outcome.fcr_gap
    if claimed.value is None or held.value is None or gap.value is None or gap.lower is None or gap.upper is None:
        reason = held.reason or claimed.reason
        return Lead(_volume(results), f"Too few data on {outcome.week.label} to judge resolution: {reason}.", False)
    faults, detail = _faults(numbers), _detail(results, parts)
    text = sentences.claimed_and_judged(
        f"In the week {outcome.week.span}", claimed.value, held.value, lower=gap.lower, upper=gap.upper
    )
    if segments:
        others = others_diverge(len(segments) - 1 + more)
        return Lead(f"{text} {segments[0].sentence}", " ".join(filter(None, (detail, others, faults))), False)
    if faults:
        return Lead(f"{text} No segment diverges.", f"{faults} {detail}".rstrip(), False)
    has_targets = any(number.target is not None for number in numbers)
    return Lead(sentences.calm(has_targets=has_targets), f"{text} {detail}".strip(), True)


def _faults(numbers: Sequence[KeyNumber]) -> str:
    """Targets that are missed and numbers that got significantly worse; empty for none."""
    missed = [number.name for number in numbers if number.target_met is False]
    worse = [number.name for number in numbers if number.direction == "worse"]
    return " ".join(filter(None, (sentences.missed_targets(missed, len(numbers)), sentences.got_worse(worse))))


def _detail(results: Results, parts: frozenset[str]) -> str:
    """How many of 100 contacts were claimed resolved, were false resolutions, and were resolved without a claim."""
    outcome = results.outcome
    if outcome is None or outcome.false_resolution.value is None:
        return ""
    claimed, held, failed = outcome.fcr_claimed, outcome.fcr_outcome, outcome.false_resolution
    of_100 = [round(100 * each.numerator / held.denominator) for each in (claimed, failed, held)]
    return sentences.of_every_100(
        outcome.week.label, claimed=of_100[0], failed=of_100[1], resolved=of_100[2], followed=what_followed(parts)
    )


def _volume(results: Results) -> str:
    week = results.week
    return sentences.volume(week.contacts, week.week.label, week.handle.value)
