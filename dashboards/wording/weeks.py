"""ISO weeks, Monday to Sunday, cut in the business time zone."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dashboards.wording.dates import span

_WEEK_TEXT = re.compile(r"(\d{4})-W(\d{2})")


class ReportError(ValueError):
    """A report cannot be made of what was asked; the message names the value and the remedy."""


class NoContactsError(ReportError):
    """The snapshot holds no contacts at all, so that nothing about contacts can be said."""


@dataclass(frozen=True, order=True)
class Week:
    """One ISO week, known by its Monday."""

    monday: date

    @classmethod
    def of(cls, day: date) -> "Week":
        """The week that ``day`` lies in."""
        return cls(day - timedelta(days=day.weekday()))

    @property
    def label(self) -> str:
        """``2026-W47``."""
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02d}"

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def span(self) -> str:
        """``16–22 Nov 2026``, with month and year repeated only where they change."""
        return span(self.monday, self.sunday)

    def plus(self, weeks: int) -> "Week":
        return Week(self.monday + timedelta(weeks=weeks))

    def ends_at(self, time_zone: str) -> datetime:
        """The instant at which the week is over: the next Monday's midnight in ``time_zone``."""
        return datetime.combine(self.monday + timedelta(days=7), time(), ZoneInfo(time_zone))


def parse_week(text: str) -> Week:
    """The week written as ``2026-W47``. Raises ReportError naming the value and what to write instead."""
    match = _WEEK_TEXT.fullmatch(text.strip())
    if match is None:
        raise ReportError(f"week {text!r} is not an ISO week; write it as year and number, such as 2026-W47")
    year, number = int(match[1]), int(match[2])
    try:
        return Week(date.fromisocalendar(year, number, 1))
    except ValueError as error:
        raise ReportError(
            f"week {text!r} does not exist ({error}); ISO weeks of {year} run from W01 to W52 or W53"
        ) from error


def describe_weeks(weeks: list[Week]) -> str:
    """``2026-W01 … 2026-W09, 2026-W12``: the weeks in order, unbroken runs by their ends."""
    runs: list[list[Week]] = []
    for week in sorted(weeks):
        if runs and week == runs[-1][-1].plus(1):
            runs[-1].append(week)
        else:
            runs.append([week])
    return ", ".join(run[0].label if len(run) == 1 else f"{run[0].label} … {run[-1].label}" for run in runs)
