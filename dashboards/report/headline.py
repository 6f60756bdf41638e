"""The report's headline: one sentence made from the evidence. A week with nothing wrong says so plainly."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards import wording
from dashboards.report.diverging_segments import Parting
from dashboards.report.numbers import KeyNumber
from dashboards.results.headline import what_followed
from dashboards.results.weekly_results import Results

_COUNTS = {
    1: "A target is missed by one",
    2: "Targets are missed by two",
    3: "Targets are missed by three",
    4: "Targets are missed by four",
    5: "Targets are missed by all",
}


@dataclass(frozen=True)
class Lead:
    """``text``: the sentence. ``detail``: what it rests on. ``calm``: nothing in the evidence is wrong."""

    text: str
    detail: str
    calm: bool


def lead(
    results: Results, numbers: Sequence[KeyNumber], parted: Sequence[Parting], parts: frozenset[str], *, more: int
) -> Lead:
    """The headline of the week. ``parts``: what outcomes were judged by; ``more``: diverging segments that are not shown.

    Calm is a week in which no segment diverges, no target is missed, and no number is worse beyond chance. What cannot be
    judged yet is never called calm.
    """
    outcome = results.outcome
    if outcome is None:
        return Lead(
            _volume(results), f"Whether they were resolved cannot be said yet: {results.outcome_reason}.", False
        )
    claimed, held, gap = outcome.fcr_claimed, outcome.fcr_outcome, outcome.fcr_gap
    if claimed.value is None or held.value is None or gap.value is None or gap.lower is None or gap.upper is None:
        reason = held.reason or claimed.reason
        return Lead(
            _volume(results), f"Too little is known of {outcome.week.label} to judge resolution: {reason}.", False
        )
    faults = _faults(numbers)
    detail = _detail(results, parts)
    said, kept = wording.percent(claimed.value, 0), wording.percent(held.value, 0)
    text = f"In the week {outcome.week.span}, {said} of contacts were claimed resolved"
    if gap.upper < 0:
        text += f"; judged by what happened afterwards, more were: {kept}"
    elif gap.lower <= 0:
        text += f", and judged by what happened afterwards they were: {kept}"
    else:
        text += f"; judged by what happened afterwards, {kept} were"
    if parted:
        where = f"usual figures mislead most clearly in {_lower(parted[0].name)}, where {parted[0].moved_briefly}"
        return Lead(f"{text}; {where}.", " ".join(filter(None, (detail, _others(parted, more), faults))), False)
    if faults:
        return Lead(f"{text}; no segment diverges.", f"{faults} {detail}".rstrip(), False)
    calm = "Nothing in this week's evidence is wrong: no segment diverges and no number is worse beyond chance"
    calm += "" if all(number.target is None for number in numbers) else ", none misses its target"
    return Lead(f"{calm}.", f"{text}. {detail}".strip(), True)


def _others(parted: Sequence[Parting], more: int) -> str:
    others = len(parted) - 1 + more
    if not others:
        return ""
    return (
        f"{others} more segment{' diverges' if others == 1 else 's diverge'}; some of their contacts may be the same."
    )


def _faults(numbers: Sequence[KeyNumber]) -> str:
    """Targets that are missed and numbers that are worse beyond chance; empty for none."""
    missed = [number.name for number in numbers if number.target_met is False]
    worse = [number.name for number in numbers if number.direction == "worse"]
    said = [f"{_COUNTS[len(missed)]} of the five numbers: {_listed(missed)}."] if missed else []
    said += [f"Worse than the week before, beyond chance: {_listed(worse)}."] if worse else []
    return " ".join(said)


def _listed(names: Sequence[str]) -> str:
    return "; ".join(name[:1].lower() + name[1:] for name in names)


def _detail(results: Results, parts: frozenset[str]) -> str:
    """How many of 100 contacts were claimed resolved, did not hold, and held without a claim: it adds up to what held."""
    outcome = results.outcome
    if outcome is None or outcome.false_resolution.value is None:
        return ""
    claimed, held, failed = outcome.fcr_claimed, outcome.fcr_outcome, outcome.false_resolution
    said, kept = (round(100 * each.numerator / held.denominator) for each in (claimed, held))
    lost = round(100 * failed.numerator / held.denominator)
    unclaimed = kept - said + lost
    text = (
        f"{outcome.week.label} is the latest week whose 30 days have passed. Of every 100 contacts {said} were claimed resolved; "
        f"{lost} of these did not hold, because the customer {what_followed(parts)}"
    )
    # Each number is rounded by itself; where that leaves nothing, or less, for the last one, it is not said.
    return f"{text}; {unclaimed} that nobody claimed held all the same." if unclaimed > 0 else f"{text}."


def _volume(results: Results) -> str:
    week = results.week
    time = f", handled in {wording.duration(week.handle.value)} on average" if week.handle.value is not None else ""
    return f"{wording.count(week.contacts)} contacts in week {week.week.label}{time}."


def _lower(name: str) -> str:
    """A segment's name within a sentence: a mode, an acronym keep their capital."""
    first = name.split(" ", maxsplit=1)[0]
    return name if first in {"AI", "AI,", "Human", "Mode"} else name[:1].lower() + name[1:]
