"""The cases before and after one in the list from which it was opened."""

from dataclasses import dataclass

from dashboards.casebook.case_query import CaseQuery
from dashboards.casebook.flags import flag_rows
from dashboards.casebook.key import CaseKey
from dashboards.casebook.verdicts import Recorded
from dashboards.casebook.worklist import WorkList
from dashboards.snapshot.queries import Queries

#: Rows of a list of flags that are looked at on either side: a contact has no more flags than there are rules.
_WINDOW = 12


@dataclass(frozen=True)
class Neighbour:
    """``place``: its row in a list of flags, from 0; None in a work list, which is short and is looked through."""

    key: CaseKey
    place: int | None = None


@dataclass(frozen=True)
class Neighbours:
    """``words``: where in the list the case stands."""

    previous: Neighbour | None
    next: Neighbour | None
    words: str


def in_work_list(found: WorkList, key: CaseKey) -> Neighbours:
    """The case before, whatever it is, and the next one that waits for a verdict, from the start again at the end."""
    items = found.items
    at = next((place for place, item in enumerate(items) if item.key == key), None)
    rest = items if at is None else (*items[at + 1 :], *items[:at])
    following = next((item for item in rest if item.is_open), None)
    before = items[at - 1] if at else None
    place = "" if at is None else f"{at + 1} of {len(items)}, "
    return Neighbours(
        Neighbour(before.key) if before else None,
        Neighbour(following.key) if following else None,
        f"{place}{found.open} without a verdict",
    )


def in_flag_list(queries: Queries, asked: CaseQuery, recorded: Recorded, key: CaseKey, place: int) -> Neighbours:
    """The contacts around row ``place`` of a list of flags, from which the case itself may have gone since."""
    start = max(place - _WINDOW, 0)
    rows = flag_rows(queries, asked, recorded, start, 2 * _WINDOW + 1)
    names = zip(rows["system"], rows["contact_id"], rows["day"], strict=True)
    around = [Neighbour(CaseKey(*name), start + n) for n, name in enumerate(names)]
    own = [each.place for each in around if each.key == key and each.place is not None]
    here = min(own, key=lambda each: abs(each - place), default=None)
    # Once it is judged away, its place is that of the one after it.
    before = [each for each in around if (each.place or 0) < (place if here is None else here) and each.key != key]
    after = [each for each in around if (each.place or 0) >= (place if here is None else here) and each.key != key]
    return Neighbours(
        before[-1] if before else None,
        after[0] if after else None,
        "" if here is None else f"row {here + 1:,} of the list",
    )
