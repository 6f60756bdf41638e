"""The period of a view: which weeks its lines show, and up to which week its figures are.

The last so many weeks, all weeks, or the whole ISO weeks that the days from one to another touch. Figures that need a
closed window come, within a chosen range too, from the latest week of it whose windows have closed.
"""

from dataclasses import dataclass
from datetime import date

from dashboards.wording.dates import span
from dashboards.wording.numbers import plural
from dashboards.wording.texts import clipped
from dashboards.wording.weeks import Week

#: Lengths that are offered, in weeks; None are all weeks.
PRESETS: tuple[int | None, ...] = (4, 8, 12, None)
DEFAULT_WEEKS = 12
#: Ten years: longer lines are not drawn.
MOST_WEEKS = 520
#: Stands in the address for all weeks.
ALL_WEEKS = "all"
#: Days of which an address may speak; weeks beyond would leave the calendar.
_FIRST_DAY, _LAST_DAY = date(1990, 1, 1), date(2200, 1, 1)


@dataclass(frozen=True)
class Period:
    """``weeks`` up to the latest that is over, or, where ``first`` and ``last`` are given, the weeks that they touch."""

    weeks: int = DEFAULT_WEEKS
    first: date | None = None
    last: date | None = None

    @classmethod
    def of_days(cls, first: date, last: date) -> "Period":
        """The whole weeks from that of ``first`` to that of ``last``. Raises ValueError where these are no period."""
        if not _FIRST_DAY <= first <= last <= _LAST_DAY:
            raise ValueError(f"from {first} to {last} there is no period")
        start, end = Week.of(first), Week.of(last)
        weeks = (end.monday - start.monday).days // 7 + 1
        if weeks > MOST_WEEKS:
            raise ValueError(f"a period has at most {MOST_WEEKS} weeks")
        return cls(weeks, start.monday, end.sunday)

    @property
    def is_range(self) -> bool:
        return self.first is not None

    @property
    def end(self) -> Week | None:
        """The last week of a range; None where the period ends with the data."""
        return Week.of(self.last) if self.last else None

    @property
    def arguments(self) -> tuple[tuple[str, str], ...]:
        """As it stands in the address; the default does not."""
        if self.first and self.last:
            return ("since", self.first.isoformat()), ("until", self.last.isoformat())
        if self.weeks == DEFAULT_WEEKS:
            return ()
        return (("weeks", ALL_WEEKS if self.weeks == MOST_WEEKS else str(self.weeks)),)

    @property
    def words(self) -> str:
        """``last 12 weeks``, ``all weeks`` or ``3 Aug – 27 Sep 2026``."""
        if self.first and self.last:
            return span(self.first, self.last)
        return "all weeks" if self.weeks == MOST_WEEKS else f"last {plural(self.weeks, 'week')}"


#: What is shown where the address says nothing.
DEFAULT = Period()


def last_weeks(weeks: int | None) -> Period:
    """The last ``weeks``; None: all."""
    return Period(MOST_WEEKS if weeks is None else weeks)


def read_period(weeks: str, since: str, until: str) -> Period:
    """What the address says; a range goes before a number of weeks. Raises ValueError in words for a reader."""
    if since or until:
        days = [_day(text) for text in (since, until)]
        first, last = days
        if not since:
            first = last
        if not until:
            last = first
        if not first or not last:
            raise ValueError(
                f"{clipped(since or until, 30)} is not a day; a period goes from one day to another, as 2026-11-22."
            )
        if first > last:
            raise ValueError(f"From {first} to {last} there is no day: the first one lies behind the last.")
        try:
            return Period.of_days(first, last)
        except ValueError:
            raise ValueError(
                f"A period has at most {MOST_WEEKS} weeks; from {first} to {last} there are more."
            ) from None
    if not weeks:
        return Period()
    if weeks == ALL_WEEKS:
        return last_weeks(None)
    if weeks.isascii() and weeks.isdecimal() and len(weeks) < 5 and 1 <= int(weeks) <= MOST_WEEKS:
        return Period(int(weeks))
    asked = clipped(weeks, 60)
    raise ValueError(f"A period of {asked} weeks is not offered; there are 1 to {MOST_WEEKS} weeks, and {ALL_WEEKS}.")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
