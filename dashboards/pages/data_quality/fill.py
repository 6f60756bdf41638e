"""How much of each column a source fills, by week, and which columns have dropped."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

#: Weeks that are shown; weeks in which a drop is looked for; most and fewest weeks before it; least fall of the share.
SHOWN, LOOKED, MOST_BEFORE, FEWEST_BEFORE, LEAST_FALL = 8, 4, 8, 4, 0.10
#: Standard errors that a fall must exceed, or one column in a few hundred would fall by chance each week.
_ERRORS = 3


@dataclass(frozen=True)
class ColumnFill:
    """``weeks``: (Monday, records, filled) of one column of a source, in order."""

    source: str
    table: str
    column: str
    weeks: tuple[tuple[date, int, int], ...]

    def share(self, monday: date) -> float | None:
        """Share filled in the week; None where the source has no record of it."""
        return next((filled / records for week, records, filled in self.weeks if week == monday and records), None)


@dataclass(frozen=True)
class FillDrop:
    """A column whose share fell in ``week`` to ``after``, from ``before``, the median of the weeks before it."""

    fill: ColumnFill
    week: date
    before: float
    after: float


def column_fills(rates: pl.DataFrame, as_of: datetime, time_zone: str) -> tuple[ColumnFill, ...]:
    """Every column of ``fill_rates``, of weeks that are over at ``as_of``."""
    today = as_of.astimezone(ZoneInfo(time_zone)).date()
    over = rates.filter(pl.col("week") + timedelta(days=7) <= today).sort("source", "table_name", "column_name", "week")
    return tuple(
        ColumnFill(str(source), str(table), str(column), tuple(rows.select("week", "records", "filled").rows()))
        for (source, table, column), rows in over.group_by(["source", "table_name", "column_name"], maintain_order=True)
    )


def last_weeks(fills: Sequence[ColumnFill]) -> tuple[date, ...]:
    """The latest ``SHOWN`` weeks of which there are records, in order."""
    return tuple(sorted({week for fill in fills for week, _, _ in fill.weeks})[-SHOWN:])


def fill_drops(fills: Sequence[ColumnFill], min_n: int) -> tuple[FillDrop, ...]:
    """Columns that fell in one of their last ``LOOKED`` weeks and have not come back, the largest fall first."""
    found = [drop for fill in fills if (drop := _drop(fill, min_n)) is not None]
    return tuple(sorted(found, key=lambda drop: drop.after - drop.before))


def _drop(fill: ColumnFill, min_n: int) -> FillDrop | None:
    weeks = [(week, records, filled / records) for week, records, filled in fill.weeks if records >= min_n]
    for at in range(max(FEWEST_BEFORE, len(weeks) - LOOKED), len(weeks)):
        before = statistics.median(share for _, _, share in weeks[max(0, at - MOST_BEFORE) : at])
        # Every week from this one on is below what was usual: a single odd week that is over is no drop.
        if all(_is_below(share, records, before) for _, records, share in weeks[at:]):
            return FillDrop(fill, weeks[at][0], before, weeks[-1][2])
    return None


def _is_below(share: float, records: int, before: float) -> bool:
    error = math.sqrt(before * (1 - before) / records)
    return before - share >= LEAST_FALL and before - share > _ERRORS * error
