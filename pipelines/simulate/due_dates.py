"""By when something is promised: a few ways to say it, and the instant that each of them means.

A day means its end in the business time zone; hours count from the moment of speaking. "By Friday" is the next Friday,
never today; business days are Monday to Friday, and count from the Friday before where they are said on a weekend.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np

from pipelines.simulate.arrival_times import DAY, HOUR, Codes, Horizon, Ints, midnights

DueUnit = Literal["hours", "days", "tomorrow", "weekday", "date", "business_days", "weeks"]

_DAYS_BEYOND = 60


@dataclass(frozen=True)
class Due:
    """A way to say by when. ``count``: hours, days, business days or weeks ahead."""

    unit: DueUnit
    count: int


DUES: tuple[Due, ...] = (
    Due("hours", 24),
    Due("hours", 48),
    Due("tomorrow", 1),
    *(Due("days", count) for count in (2, 3, 4, 5, 7, 10)),
    *(Due("weekday", count) for count in range(1, 7)),
    *(Due("date", count) for count in range(3, 11)),
    *(Due("business_days", count) for count in (2, 3, 5)),
    *(Due("weeks", count) for count in (1, 2)),
)
"""All of them; what is drawn for a promise is a position here."""

LONGEST_DAYS = 15
"""No promise falls due later than this after it was made."""


@dataclass(frozen=True)
class LocalDays:
    """The local days of a period: ``begins``, epoch seconds of their midnights, ascending; weekday 0 is Monday."""

    begins: Ints
    first_weekday: int

    def number(self, instants: Ints) -> Ints:
        """Number of the local day of each epoch second."""
        return np.searchsorted(self.begins, instants, side="right").astype(np.int64) - 1

    def weekday(self, numbers: Ints) -> Ints:
        """Weekday of each day."""
        return (numbers + self.first_weekday) % 7

    def last_second(self, numbers: Ints) -> Ints:
        """The last second of each day."""
        return self.begins[numbers + 1] - 1


def local_days(span: Horizon) -> LocalDays:
    """The days from the start of the warm-up to well after the period's end."""
    first = span.first_day - timedelta(days=round((span.first - span.warm_up) / DAY))
    count = (span.last_day - first).days + _DAYS_BEYOND
    return LocalDays(midnights(first, count, span.zone), first.weekday())


def due_instants(days: LocalDays, made_at: Ints, due: Codes) -> Ints:
    """Epoch second by which each promise is to be kept. ``due``: positions in ``DUES``."""
    units = np.array([way.unit for way in DUES])[due]
    count = np.array([way.count for way in DUES], dtype=np.int64)[due]
    today = days.number(made_at)
    ahead = np.where(units == "weeks", 7 * count, count)
    ahead = np.where(units == "business_days", _business_days_ahead(days.weekday(today), count), ahead)
    # Hours are no days; what stands there for them is not used.
    ahead = np.where(units == "hours", 0, ahead)
    return np.where(units == "hours", made_at + HOUR * count, days.last_second(today + ahead))


def _business_days_ahead(weekday: Ints, count: Ints) -> Ints:
    """Days from a day of that weekday to the business day that is ``count`` business days later."""
    counted = np.minimum(weekday, 4) + count
    return 7 * (counted // 5) + counted % 5 - weekday
