"""Resolution (M5) in sentences: claimed against judged by outcomes."""

from collections.abc import Sequence

from dashboards.wording.numbers import count, duration, percent

_PARTS = (
    ("repeat", "came back with the issue"),
    ("complain", "complained"),
    ("reopen", "had their case reopened"),
)


def claimed_and_judged(
    when: str, claimed: float, resolved: float, *, lower: float, upper: float, contacts: str = "contacts"
) -> str:
    """``In the week 24–30 Aug 2026, 76% of contacts were claimed resolved; judged by outcomes, 55% were.``

    ``lower`` and ``upper`` bound the gap, claimed − resolved; ``contacts``: which ones.
    """
    start = f"{when}, {percent(claimed, 0)} of {contacts} were claimed resolved"
    judged = percent(resolved, 0)
    if upper < 0:
        return f"{start}; judged by outcomes, more were ({judged})."
    if lower <= 0:
        return f"{start}, and outcomes confirm it ({judged})."
    return f"{start}; judged by outcomes, {judged} were."


def calm(*, has_targets: bool) -> str:
    targets = ", no target is missed" if has_targets else ""
    return f"No problem found this week: no segment diverges{targets}, and no number got significantly worse."


def missed_targets(names: Sequence[str], of: int) -> str:
    """``2 of 5 targets missed: false resolutions; complaints.``; empty for none."""
    return (
        f"{len(names)} of the {of} numbers {'misses its target' if len(names) == 1 else 'miss their targets'}: {_listed(names)}."
        if names
        else ""
    )


def got_worse(names: Sequence[str]) -> str:
    return f"Significantly worse than the week before: {_listed(names)}." if names else ""


def of_every_100(week: str, *, claimed: int, failed: int, resolved: int, followed: str) -> str:
    """How many of 100 contacts were claimed resolved, were false resolutions, and were resolved without a claim."""
    unclaimed = resolved - claimed + failed
    text = (
        f"Of every 100 contacts of {week}, the latest week whose 30 days have passed, {claimed} were claimed resolved; "
        f"{failed} of these were false resolutions: the customer {followed}."
    )
    # Each number is rounded by itself; where that leaves nothing, or less, for the last one, it is not given.
    return f"{text} {unclaimed} were resolved without a claim." if unclaimed > 0 else text


def false_resolutions(share: float, followed: str) -> str:
    return f"Of every 100 contacts claimed resolved, {round(100 * share)} were false resolutions: within 30 days the customer {followed}."


def repeats(any_issue: float, same_issue: float) -> str:
    return (
        f"{percent(any_issue, 0)} of all contacts were followed by a repeat contact within 30 days, {percent(same_issue, 0)} "
        "about the same issue."
    )


def followed(parts: Sequence[str]) -> str:
    """``came back with the issue, complained or had their case reopened``, as far as these were looked at."""
    words = [each for prefix, each in _PARTS if any(part.startswith(prefix) for part in parts)] or [_PARTS[0][1]]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def volume(number: float, week: str, handle_seconds: float | None, contacts: str = "contacts") -> str:
    time = f", average handle time {duration(handle_seconds)}" if handle_seconds is not None else ""
    return f"{count(number)} {contacts} in week {week}{time}."


def _listed(names: Sequence[str]) -> str:
    return "; ".join(name[:1].lower() + name[1:] for name in names)
