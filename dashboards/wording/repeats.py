"""Repeat contact (M2, M4, M18) in sentences: the early read, curves by day, and groups above the usual rate."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.wording.numbers import count, joined, percent, percent_range, plural, rests_on
from dashboards.wording.texts import capital

NO_WEEK = "no week of these contacts was followed up"


@dataclass(frozen=True)
class RepeatShare:
    """Share of the contacts of a week followed by another by ``day``, any issue and (where known) same issue."""

    week: str
    day: int
    value: float
    lower: float | None
    upper: float | None
    same_issue: float | None


def no_early_read(reason: str) -> str:
    return f"No early read: {reason}."


def expected(found: RepeatShare, *, window_share: float) -> str:
    """Of the latest week that can be read to the end of the window, while some windows are open."""
    return (
        f"{percent(found.value)} of contacts of {found.week} are expected to be followed by a repeat contact within "
        f"{found.day} days{_interval(found)}{_same(found)}. Provisional: {passed(window_share)} of the follow-up time has passed."
    )


def complete_week(week: str, value: float | None) -> str:
    """What the latest complete week showed; that there is none."""
    if value is None:
        return "No week is complete yet."
    return f"Latest complete week ({week}): {percent(value)}."


def so_far(found: RepeatShare, *, complete: str, by_then: float | None) -> str:
    """Of the newest week: the share up to the day to which it has been followed, beside the complete week's by that day."""
    compared = "" if by_then is None else f"; {complete} stood at {percent(by_then)} by day {found.day}"
    return f"{found.week} up to day {found.day}: {percent(found.value)} repeated{_interval(found)}{_same(found)}{compared}."


def within(found: RepeatShare, *, is_provisional: bool) -> str:
    state = "provisional" if is_provisional else "all follow-up windows have closed"
    return f"{found.week}: {percent(found.value)} of contacts were followed by a repeat contact within {found.day} days{_interval(found)}{_same(found)}; {state}."


def passed(share: float) -> str:
    """No open window is called closed for the sake of a round number."""
    return "nearly all" if 0.995 <= share < 1 else percent(share, 0)


def one_curve(whose: str, found: RepeatShare, n: int) -> str:
    """``36.1% of all contacts of 2026-W30 were followed by another within 30 days (34.0–38.2%), 22.4% …, n = 800.``"""
    return (
        f"{percent(found.value)} of {whose} of {found.week} were followed by a repeat contact within "
        f"{plural(found.day, 'day')}{_interval(found)}{_same(found)}, {rests_on(n)}."
    )


def most_and_least(week: str, high: tuple[str, RepeatShare, int], low: tuple[str, RepeatShare, int]) -> str:
    """Which of several groups repeated most, which least. Each: its name, its share and n."""
    (most, more, n_most), (least, less, n_least) = high, low
    return (
        f"{capital(most)} repeated most within {more.day} days in {week}: {percent(more.value)}{_interval(more)}, "
        f"{rests_on(n_most)}. {capital(least)} repeated least: {percent(less.value)}{_interval(less)}, {rests_on(n_least)}."
    )


@dataclass(frozen=True)
class AboveUsual:
    """Of ``number`` groups of a kind (``agent``, ``queue``), ``above`` lie above the usual rate with their whole interval."""

    kind: str
    above: int
    number: int
    usual: float


def above_usual(kinds: Sequence[AboveUsual]) -> str:
    """How many agents and queues have more repeat contacts than usual; empty for no kinds."""
    if not kinds:
        return ""
    named = [
        f"{count(each.above)} of {plural(each.number, each.kind)} (usual rate {percent(each.usual)})" for each in kinds
    ]
    return (
        f"Significantly more repeat contacts within 30 days than usual: {joined(named)}. Rates are drawn towards the usual "
        "one, the more the fewer contacts they rest on."
    )


def _interval(found: RepeatShare) -> str:
    return "" if found.lower is None or found.upper is None else f" ({percent_range(found.lower, found.upper)})"


def _same(found: RepeatShare) -> str:
    return "" if found.same_issue is None else f", {percent(found.same_issue)} about the same issue"
