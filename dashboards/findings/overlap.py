"""Which contacts diverging segments share, so that one trouble is not told three times under three names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_

import numpy as np
import polars as pl

from dashboards.snapshot.groups import Group
from pipelines.contract import SEGMENT_DIMENSIONS

#: Share of a segment's contacts in another from which it lies within that one and gets no place of its own.
_WITHIN = 0.9
#: Contacts of both over contacts of either (Jaccard) from which two segments are names of the same trouble.
_SAME = 0.8
#: Segments that are compared at a time: the bits of a number.
MOST = 62
#: Such numbers that are looked at together: a bound of the memory.
_ROWS = 65_536


@dataclass(frozen=True)
class SharedContacts:
    """Contacts of each segment, and of each two together, by their places in the list; all 0 where nothing is known."""

    sizes: tuple[int, ...]
    both: tuple[tuple[int, ...], ...]

    def part(self, inner: int, outer: int) -> float:
        """Share of the contacts of ``inner`` that ``outer`` holds too."""
        return self.both[inner][outer] / max(1, self.sizes[inner])

    def likeness(self, one: int, other: int) -> float:
        """Contacts of both over contacts of either."""
        both = self.both[one][other]
        return both / max(1, self.sizes[one] + self.sizes[other] - both)


def read_days(period: str | None) -> tuple[date, date] | None:
    """The days of ``2026-08-04/2026-08-31``, as segment_divergence names them; None for any other text."""
    first, _, last = (period or "").partition("/")
    try:
        return date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None


def shared_contacts(
    segments: Sequence[Group], days: tuple[date, date] | None, outcomes: pl.LazyFrame
) -> SharedContacts:
    """Counted over the contacts of ``days`` in ``outcomes``, contact_outcomes; at most MOST segments, else ValueError.

    Each contact gets a number whose bits say which segments hold it. There are few such numbers, and pair by pair only
    these are compared. A segment of anything but SEGMENT_DIMENSIONS holds none.
    """
    if len(segments) > MOST:
        raise ValueError(f"{len(segments)} segments; at most {MOST} are compared at a time")
    bits = [
        pl.when(*_conditions(segment)).then(1 << place).otherwise(0)
        for place, segment in enumerate(segments)
        if segment.parts and set(segment.dimensions) <= set(SEGMENT_DIMENSIONS)
    ]
    if days is None or not bits:
        return SharedContacts((0,) * len(segments), ((0,) * len(segments),) * len(segments))
    kinds = (
        outcomes.filter(pl.col("day").is_between(*days))
        .select(held=reduce(or_, (bit.cast(pl.Int64) for bit in bits)))
        .group_by("held")
        .agg(contacts=pl.len())
        .collect()
    )
    both = np.zeros((len(segments), len(segments)))
    for part in kinds.iter_slices(_ROWS):
        holds = (part["held"].to_numpy()[:, None] >> np.arange(len(segments)) & 1).astype(np.float64)
        both += (holds.T * part["contacts"].to_numpy()) @ holds
    rows = tuple(tuple(round(each) for each in row) for row in both.tolist())
    return SharedContacts(tuple(rows[i][i] for i in range(len(segments))), rows)


def _conditions(segment: Group) -> list[pl.Expr]:
    return [
        pl.col(name).eq_missing(pl.lit(None if value == "null" else value, pl.String)) for name, value in segment.parts
    ]


def told_once(customers: Sequence[int], shared: SharedContacts) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Each segment that stands, in the order of the first of its names, with the others that are told under it (``homes``)."""
    found = homes(customers, shared)
    return tuple(
        (place, tuple(i for i, home in enumerate(found) if home == place != i)) for place in dict.fromkeys(found)
    )


def homes(customers: Sequence[int], shared: SharedContacts) -> list[int]:
    """For each segment the place of the one under which it is told: its own, or that of one of (nearly) the same contacts.

    What lies within one before it goes there. Of two names for the same contacts the one with more ``customers`` stands,
    so that nobody affected is left out.
    """
    found: list[int] = []
    for number in range(len(customers)):
        found.append(number)
        for before in dict.fromkeys(found[:number]):
            same = shared.likeness(number, before) >= _SAME
            if same and customers[number] > customers[before]:
                found = [number if home == before else home for home in found]
                break
            if same or shared.part(number, before) >= _WITHIN:
                found[number] = before
                break
    return found
