"""Two sides, and two snapshots, in sentences."""

from collections.abc import Sequence
from datetime import date, datetime

from dashboards.wording.dates import moment, span
from dashboards.wording.divergence import MEASURES
from dashboards.wording.numbers import MISSING, count, percent, plural
from dashboards.wording.texts import capital, clipped

#: What the sides of a comparison of segments are called, in headers and sentences.
SIDES = ("A", "B")
TITLES = {"sides": "Segments or periods", "snapshots": "Snapshots"}


def sides_words(names: Sequence[str], days: Sequence[str]) -> str:
    """``A: AI-led contacts, 3 Jun – 3 Aug 2026. B: …``: what the letters stand for."""
    return " ".join(f"{letter}: {name}, {when}." for letter, name, when in zip(SIDES, names, days, strict=True))


def overlap_words(first: date, last: date) -> str:
    """That one segment's contacts of some days stand on both sides; empty where there is no such day."""
    return f"The periods overlap: contacts of {span(first, last)} count on both sides." if first <= last else ""


def no_segment(text: str) -> str:
    return f"No segment here is called “{clipped(text, 60)}”."


def nearest_segments(number: int) -> str:
    """What stands before the links to segments of a similar name."""
    return "Did you mean: " if number else "Choose a segment of the list, or leave it empty for all contacts."


def cannot_be_compared() -> str:
    return "These two sides cannot be compared."


def nothing_after(first: date, last: date) -> str:
    return (
        f"No contact from {first.isoformat()} on has a known outcome yet; the last day with one is {last.isoformat()}."
    )


def how_to_ask(last: date) -> str:
    return (
        "Choose two segments, two periods, or both. A segment is one of the list, or empty for all contacts; days are written "
        f"such as 2026-08-04. Only contacts whose outcome is known count, so the last day is {last.isoformat()}."
    )


def nothing_known() -> str:
    return "No contact has a known outcome yet, so there is nothing to compare."


def snapshots_headline(verdicts: int, weeks: int, came: int, went: int) -> str:
    """What changed in one sentence."""
    if not verdicts and not weeks and not came and not went:
        return "Nothing changed between the two snapshots."
    return f"{capital(plural(verdicts, 'verdict'))} and {plural(weeks, 'weekly number')} changed; {count(came)} flags came, {count(went)} went."


def snapshots_basis(before: datetime, now: datetime, time_zone: str) -> str:
    return (
        f"The snapshot of {moment(before, time_zone)} against the current one, of {moment(now, time_zone)}. A number changes when windows "
        "close, when records come late, or when a definition changes; which of these it was is not told here."
    )


def no_other_snapshot() -> str:
    return "No other snapshot is kept, so there is nothing to compare this one with."


def verdict_from_to(name: str, before: str | None, now: str | None) -> str:
    """``AI-led billing contacts: diverging; before, aligned.``"""
    was, is_now = before or "not compared", now or "no longer compared"
    return f"{capital(name)}: {is_now}; before, {was}."


def week_name(monday: date) -> str:
    return span(monday, date.fromordinal(monday.toordinal() + 6))


def measure_name(measure: str) -> str:
    return capital(MEASURES[measure])


def counted(pair: tuple[int, int]) -> str:
    """``24.1%`` with its counts on a line of their own."""
    numerator, denominator = pair
    if not denominator:
        return f"{MISSING}\nno contact yet"
    return f"{percent(numerator / denominator)}\n{count(numerator)} of {count(denominator)}"
