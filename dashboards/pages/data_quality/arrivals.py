"""When each source usually delivers, learnt from its past deliveries, and which are late.

A delivery is a time at which files of a source were delivered (``ingest_ledger.delivered_at``); files that come within an
hour of one another are one. Of the last ``GAPS`` gaps
between deliveries the median is the usual one; the next delivery is due once the gap that nine in ten of them kept
(nearest rank), and a quarter of it more, has passed. ``late_after_hours`` of a source takes the place of that.
"""

import itertools
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

#: Gaps that are learnt from, and the fewest of which anything can be learnt.
GAPS, FEWEST = 20, 5
_TOGETHER = timedelta(hours=1)


@dataclass(frozen=True)
class SourceArrival:
    """``usual``: median gap of the last ``gaps``; ``due``: when the next delivery is late. None where not known."""

    source: str
    last: datetime
    gaps: int
    usual: timedelta | None
    due: datetime | None

    def late_by(self, now: datetime) -> timedelta | None:
        """How late the next delivery is at ``now``; None where it is not."""
        return now - self.due if self.due is not None and now > self.due else None


def source_arrivals(ledger: pl.DataFrame, late_after_hours: Mapping[str, float]) -> tuple[SourceArrival, ...]:
    """The deliveries of every source in the ledger, by name. Files whose delivery time is not known say nothing."""
    known = ledger.filter(pl.col("delivered_at").is_not_null()).select("source", "delivered_at").unique()
    found = []
    for (source,), rows in known.sort("source", "delivered_at").group_by(["source"], maintain_order=True):
        times = _deliveries(rows["delivered_at"].to_list())[-GAPS - 1 :]
        gaps = sorted(later - earlier for earlier, later in itertools.pairwise(times))
        learnt = len(gaps) >= FEWEST
        configured = late_after_hours.get(str(source))
        allowed = gaps[math.ceil(0.9 * len(gaps)) - 1] * 1.25 if learnt else None
        if configured is not None:
            allowed = timedelta(hours=configured)
        usual = timedelta(seconds=statistics.median(gap.total_seconds() for gap in gaps)) if learnt else None
        due = times[-1] + allowed if allowed is not None else None
        found.append(SourceArrival(str(source), times[-1], len(gaps), usual, due))
    return tuple(found)


def _deliveries(times: Sequence[datetime]) -> list[datetime]:
    """The first of every group of ``times`` (in order) that lie within an hour of the one before."""
    if not times:
        return []
    return [times[0], *(later for earlier, later in itertools.pairwise(times) if later - earlier > _TOGETHER)]
