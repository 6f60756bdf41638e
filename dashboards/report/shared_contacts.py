"""Which contacts diverging segments share, so that one trouble is not told three times under three names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from dashboards.groups import Group

#: Share of a segment's contacts in another from which it lies within that one and gets no place of its own.
_WITHIN = 0.9
#: Contacts of both over contacts of either (Jaccard) from which two segments are names of the same trouble.
_SAME = 0.8


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


def shared_contacts(segments: Sequence[Group], period: str | None, outcomes: pl.LazyFrame) -> SharedContacts:
    """Counted over the contacts of ``period`` (``2026-08-04/2026-08-31``) in ``outcomes``, contact_outcomes."""
    nothing = SharedContacts((0,) * len(segments), ((0,) * len(segments),) * len(segments))
    first, _, last = (period or "").partition("/")
    try:
        days = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return nothing
    columns = set(outcomes.collect_schema().names())
    if any(not segment.parts or not set(segment.dimensions) <= columns for segment in segments):
        return nothing
    held = [
        pl.all_horizontal(pl.col(name).eq_missing(pl.lit(value)) for name, value in segment.parts)
        for segment in segments
    ]
    counted = (
        outcomes.filter(pl.col("day").is_between(*days))
        .select((one & other).sum().alias(f"{i}/{j}") for i, one in enumerate(held) for j, other in enumerate(held))
        .collect()
        .row(0, named=True)
    )
    number = range(len(segments))
    both = tuple(tuple(int(counted[f"{i}/{j}"]) for j in number) for i in number)
    return SharedContacts(tuple(both[i][i] for i in number), both)


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
