"""Days, months and instants as people read them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from dashboards.wording.texts import clipped


def span(first: date, last: date) -> str:
    """``16–22 Nov 2026``, with month and year repeated only where they change."""
    if first.year != last.year:
        return f"{first.day} {first:%b %Y} – {last.day} {last:%b %Y}"
    if first.month != last.month:
        return f"{first.day} {first:%b} – {last.day} {last:%b %Y}"
    return f"{first.day}–{last.day} {last:%b %Y}"


def day_words(day: date) -> str:
    """``22 Nov 2026``."""
    return f"{day.day} {day:%b %Y}"


def describe_days(text: str) -> str:
    """``4–31 Aug 2026`` for ``2026-08-04/2026-08-31``; text that names no two days stays as it is, cut."""
    first, _, last = text.partition("/")
    try:
        return span(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        return clipped(text)


def month_words(text: str) -> str:
    """``Oct 2026`` for ``2026-10``; text that names no month stays as it is, cut."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return clipped(text)
    return f"{first:%b %Y}"


def moment(instant: datetime, time_zone: str) -> str:
    """``22 Nov 2026, 00:00 (Asia/Kolkata)``."""
    local = instant.astimezone(ZoneInfo(time_zone))
    return f"{local.day} {local:%b %Y, %H:%M} ({time_zone})"


def short_moment(instant: datetime, time_zone: str) -> str:
    """``22 Nov 2026, 00:00``, where the page has said the zone."""
    local = instant.astimezone(ZoneInfo(time_zone))
    return f"{local.day} {local:%b %Y, %H:%M}"
