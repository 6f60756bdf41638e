"""Which sides a comparison's address asks for. Whoever changes a link by hand is told what means nothing."""

from collections.abc import Sequence
from datetime import date, timedelta
from difflib import get_close_matches

from dashboards.components.segment_address import written_segment
from dashboards.components.view import AddressError, View
from dashboards.findings.known_segments import find_segment, known_segments
from dashboards.results.compared_sides import Side
from dashboards.snapshot.groups import ALL, Group, read_group
from dashboards.wording import comparing


class UnknownSegmentError(AddressError):
    """Nothing is called ``text``, which stands in the address as ``name``; ``nearest``: offered names that are like it."""

    def __init__(self, name: str, text: str, nearest: Sequence[str]) -> None:
        super().__init__(comparing.no_segment(text))
        self.name, self.nearest = name, tuple(nearest)


#: Days of each side where none are given and no segment was compared.
_DAYS = 28
#: Segments that are offered; every other one that was compared may be named, too.
MOST_OFFERED = 150
#: Days that one side may hold, as many as segment divergence compares in all: the rows of more would fill the memory.
_MOST_DAYS = 120
#: Similar names that are offered for one that means nothing, and the characters of it that are looked at.
_NEAREST, _COMPARED = 5, 120


def last_day(view: View) -> date | None:
    """The last day with a contact whose outcome is known."""
    found = view.queries.frame("select max(day) as day from contact_outcomes where resolved_outcome is not null")
    day: date | None = found["day"][0]
    return day


def read_compared_sides(view: View, last: date) -> tuple[Side, Side]:
    """The two sides; days that are not given are those of segment divergence. Raises AddressError."""
    segments = tuple(_group(view, name) for name in ("a", "b"))
    known = next(iter(known_segments(view.queries).values()), None)
    if known is not None:
        usual = (known.baseline, known.period)
    else:
        first = last - timedelta(days=_DAYS - 1)
        usual = ((first - timedelta(days=_DAYS), first - timedelta(days=1)), (first, last))
    if segments[0] != segments[1] and not any(view.selection.argument(f"{name}_from") for name in ("a", "b")):
        # Two segments are compared in the same days, if nobody says otherwise.
        usual = (usual[1], usual[1])
    first_side, second_side = (
        _side(view, name, group, days, last) for name, group, days in zip(("a", "b"), segments, usual, strict=True)
    )
    return first_side, second_side


def _side(view: View, name: str, group: Group, usual: tuple[date, date], known_until: date) -> Side:
    """The days as they are asked for, as far as outcomes are known."""
    first, last = (_day(view, f"{name}_{end}") or day for end, day in zip(("from", "to"), usual, strict=True))
    if last < first:
        raise AddressError(f"From {first} to {last} there is no day; the first one lies behind the last.")
    if (last - first).days >= _MOST_DAYS:
        raise AddressError(f"A side holds at most {_MOST_DAYS} days; from {first} to {last} there are more.")
    if first > known_until:
        raise AddressError(comparing.nothing_after(first, known_until))
    return Side(group, first, min(last, known_until))


def _day(view: View, name: str) -> date | None:
    value = (view.selection.argument(name) or "").strip()
    if not value:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise AddressError(f"{name} = {value[:60]!r} is not a day; write one such as 2026-11-22.") from error


def _group(view: View, name: str) -> Group:
    """A segment as JSON, by its id, or by its words."""
    text = (view.selection.argument(name) or "").strip()
    if not text or text == ALL.words:
        return ALL
    if text.startswith("{"):
        written_segment(text)
        return read_group(text)
    found = find_segment(view.queries, text)
    if found is not None:
        return found.group
    for each in known_segments(view.queries).values():
        if each.group.words == text:
            return each.group
    raise UnknownSegmentError(name, text, _nearest(text, offered_segments(view)))


def _nearest(text: str, offered: Sequence[str]) -> list[str]:
    """Offered names most like ``text``, whatever is written large."""
    plain = {each.lower(): each for each in offered}
    return [plain[each] for each in get_close_matches(text[:_COMPARED].lower(), plain, n=_NEAREST, cutoff=0.45)]


def offered_segments(view: View) -> tuple[str, ...]:
    """Names that are offered: segments with a verdict first, then those of one dimension."""
    known = list(known_segments(view.queries).values())
    verdict = sorted({each.group.words for each in known if each.has_verdict})
    singles = sorted({each.group.words for each in known if len(each.group.parts) == 1})
    return tuple(dict.fromkeys([ALL.words, *verdict, *singles]))[:MOST_OFFERED]
