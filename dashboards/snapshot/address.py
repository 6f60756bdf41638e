"""What a reader chose to see, as it stands in the address: a view is sent to a colleague by sending its link.

``mode``, ``workflow``, ``queue``, ``issue``, ``region``, ``language``, ``model`` and ``weeks`` hold on every page and are
kept when the page changes; whatever else stands in the address belongs to the page (``segment``, ``by``, ``page`` …).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode

from dashboards import wording
from dashboards.snapshot.filters import DIMENSIONS, NO_FILTERS, Dimension, Filters
from dashboards.wording.labels import shown_value
from pipelines.contract.segments import segment_key

PERIODS = (8, 13, 26, 52)
DEFAULT_PERIOD = 13
#: Stands in the address for contacts without a value.
NO_VALUE = "none"
#: Longest address that is read; a browser sends no more than a few thousand characters of a link anyway.
_LONGEST = 8_000

#: Values that are offered, by column.
Offered = Mapping[str, Sequence[str | None]]


@dataclass(frozen=True)
class Unknown:
    """Something in the address that means nothing here, in words; ``without`` is the query with that left out."""

    text: str
    without: str


@dataclass(frozen=True)
class Selection:
    """``weeks``: length of the lines. ``arguments``: the page's own, by name. ``unknown``: what cannot be shown."""

    filters: Filters = NO_FILTERS
    weeks: int = DEFAULT_PERIOD
    arguments: tuple[tuple[str, str], ...] = ()
    unknown: tuple[Unknown, ...] = field(default=(), compare=False)

    @property
    def query(self) -> str:
        """``?mode=joint&weeks=26``, defaults left out; with the page's own arguments."""
        return self.address({**dict(self.arguments)})

    @property
    def shared(self) -> str:
        """The query without the page's own arguments: what is kept when the page changes."""
        return self.address({})

    def address(self, arguments: Mapping[str, str]) -> str:
        """The query of the same contacts and weeks with ``arguments``."""
        chosen = [(dimension.name, written(value)) for dimension, value in self.filters]
        if self.weeks != DEFAULT_PERIOD:
            chosen.append(("weeks", str(self.weeks)))
        return f"?{urlencode([*chosen, *sorted(arguments.items())])}"

    def argument(self, name: str) -> str | None:
        return dict(self.arguments).get(name)

    def filtered(self, column: str, value: str | None) -> "Selection":
        """With one more filter. Arguments that name a place in a list or a group go: they were of other contacts."""
        return replace(self, filters=self.filters.with_value(column, value), arguments=self._lasting)

    def unfiltered(self, column: str) -> "Selection":
        return replace(self, filters=self.filters.without(column), arguments=self._lasting)

    def over(self, weeks: int) -> "Selection":
        return replace(self, weeks=weeks)

    @property
    def _lasting(self) -> tuple[tuple[str, str], ...]:
        return tuple(each for each in self.arguments if each[0] != "page")


def written(value: str | None) -> str:
    """A value as it stands in the address: text that could be mistaken for none, or for nothing, gets an equals sign."""
    if value is None:
        return NO_VALUE
    return f"={value}" if value in ("", NO_VALUE) or value.startswith("=") else value


def _read(text: str) -> str | None:
    return None if text == NO_VALUE else text.removeprefix("=")


def _known(value: str | None, offered: Sequence[str | None]) -> str | None:
    """``value`` if it is offered, else its key: links of before there were keys, and typed ones, spell it as sources do."""
    return value if value is None or value in offered else segment_key(value)


def read_selection(query: str | None, offered: Offered) -> Selection:
    """The selection in an address's query. What is unknown there is said in ``unknown`` and otherwise left out.

    ``offered``: the values of each column. An empty value is no choice. Of a name given twice the first counts.
    """
    asked = (query or "").removeprefix("?")[:_LONGEST]
    given: dict[str, str] = {}
    for name, text in parse_qsl(asked, keep_blank_values=True):
        given.setdefault(name, text)
    by_name = {dimension.name: dimension for dimension in DIMENSIONS}
    values: dict[str, str | None] = {}
    unknown: list[tuple[str, str]] = []
    for name, dimension in by_name.items():
        raw = given.get(name, "")
        if not raw:
            continue
        value = _known(_read(raw), offered.get(dimension.column, ()))
        if value in offered.get(dimension.column, ()):
            values[dimension.column] = value
        else:
            unknown.append((name, _no_such(dimension, value, offered)))
    weeks = DEFAULT_PERIOD
    if given.get("weeks"):
        raw = given["weeks"]
        if raw.isascii() and raw.isdecimal() and len(raw) < 5 and int(raw) in PERIODS:
            weeks = int(raw)
        else:
            periods = wording.joined([str(each) for each in PERIODS])
            unknown.append(
                ("weeks", f"A period of {wording.clipped(raw, 60)} weeks is not offered; there are {periods}.")
            )
    own = tuple(sorted((n, v) for n, v in given.items() if n not in by_name and n != "weeks"))
    selection = Selection(Filters.of(values), weeks, own)
    said = tuple(Unknown(words, _rest(given, name)) for name, words in unknown)
    return replace(selection, unknown=said)


def _no_such(dimension: Dimension, value: str | None, offered: Offered) -> str:
    known = [each for each in offered.get(dimension.column, ()) if each is not None]
    shown = "not recorded" if value is None else f"“{wording.clipped(shown_value(dimension.column, value), 60)}”"
    start = f"{dimension.title}: there is no {shown} in this snapshot."
    if not known:
        return f"{start} No contact has a value there."
    some = ", ".join(wording.clipped(shown_value(dimension.column, each), 60) for each in known[:12])
    more = f" and {len(known) - 12} more" if len(known) > 12 else ""
    return f"{start} There are {some}{more}."


def _rest(given: Mapping[str, str], name: str) -> str:
    return f"?{urlencode({key: value for key, value in given.items() if key != name})}"
