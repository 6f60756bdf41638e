"""What a reader chose to see, as it stands in the address: a view is sent to a colleague by sending its link.

``mode``, ``workflow``, ``queue``, ``issue``, ``region``, ``language`` and ``model`` (each as often as it has values),
``weeks``, ``since`` and ``until`` hold on every page and are kept when the page changes; whatever else stands in the address
belongs to the page (``segment``, ``by``, ``page`` …).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urlencode

from dashboards import wording
from dashboards.snapshot.filters import DIMENSIONS, MOST_VALUES, NO_FILTERS, Dimension, Filters
from dashboards.snapshot.period import DEFAULT, Period, read_period
from dashboards.wording.labels import shown_value
from pipelines.contract.segments import segment_key

#: Stands in the address for contacts without a value.
NO_VALUE = "none"
#: Longest address that is read; a browser sends no more than a few thousand characters of a link anyway.
_LONGEST = 8_000
_PERIOD = ("weeks", "since", "until")

#: Values that are offered, by column.
Offered = Mapping[str, Sequence[str | None]]


@dataclass(frozen=True)
class Unknown:
    """Something in the address that means nothing here, in words; ``without`` is the query with that left out."""

    text: str
    without: str


@dataclass(frozen=True)
class Selection:
    """``arguments``: the page's own, by name. ``unknown``: what cannot be shown."""

    filters: Filters = NO_FILTERS
    period: Period = DEFAULT
    arguments: tuple[tuple[str, str], ...] = ()
    unknown: tuple[Unknown, ...] = field(default=(), compare=False)

    @property
    def weeks(self) -> int:
        """Length of the lines."""
        return self.period.weeks

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
        chosen = [(dimension.name, written(value)) for dimension, values in self.filters for value in values]
        return f"?{urlencode([*chosen, *self.period.arguments, *sorted(arguments.items())])}"

    def argument(self, name: str) -> str | None:
        return dict(self.arguments).get(name)

    def filtered(self, column: str, value: str | None) -> "Selection":
        """Limited to one value of ``column``. Arguments that name a place in a list go: they were of other contacts."""
        return replace(self, filters=self.filters.with_value(column, value), arguments=self._lasting)

    def without_value(self, column: str, value: str | None) -> "Selection":
        """Without one of the values; the last one takes the filter with it."""
        left = tuple(each for each in self.filters.values(column) if each != value)
        return replace(self, filters=self.filters.with_values(column, left), arguments=self._lasting)

    def unfiltered(self, column: str) -> "Selection":
        return replace(self, filters=self.filters.without(column), arguments=self._lasting)

    @property
    def of_all(self) -> "Selection":
        """Without any filter."""
        return replace(self, filters=NO_FILTERS, arguments=self._lasting)

    def over(self, period: Period) -> "Selection":
        return replace(self, period=period)

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

    ``offered``: the values of each column. A filter's name may stand several times, once for each value; of any other name
    given twice the first counts. An empty value is no choice.
    """
    asked = (query or "").removeprefix("?")[:_LONGEST]
    pairs = parse_qsl(asked, keep_blank_values=True)
    given: dict[str, str] = {}
    for name, text in pairs:
        given.setdefault(name, text)
    by_name = {dimension.name: dimension for dimension in DIMENSIONS}
    values: dict[str, list[str | None]] = {}
    unknown: list[Unknown] = []
    for name, dimension in by_name.items():
        there = offered.get(dimension.column, ())
        read = [(raw, _known(_read(raw), there)) for each, raw in pairs if each == name and raw]
        values[dimension.column] = [value for _, value in read if value in there][:MOST_VALUES]
        faults = [(raw, value) for raw, value in read if value not in there]
        if faults:
            wrong = {(name, raw) for raw, _ in faults}
            text = _no_such(dimension, [value for _, value in faults], offered)
            unknown.append(Unknown(text, _rest([pair for pair in pairs if pair not in wrong])))
        elif len({value for _, value in read}) > MOST_VALUES:
            text = f"{dimension.title}: at most {MOST_VALUES} values can be chosen together."
            unknown.append(Unknown(text, _rest([pair for pair in pairs if pair[0] != name])))
    period = DEFAULT
    try:
        period = read_period(*(given.get(name, "") for name in _PERIOD))
    except ValueError as error:
        unknown.append(Unknown(str(error), _rest([pair for pair in pairs if pair[0] not in _PERIOD])))
    own = tuple(sorted((n, v) for n, v in given.items() if n not in by_name and n not in _PERIOD))
    return Selection(Filters.of(values), period, own, tuple(unknown))


def _no_such(dimension: Dimension, values: Sequence[str | None], offered: Offered) -> str:
    known = [each for each in offered.get(dimension.column, ()) if each is not None]
    names = ["not recorded" if each is None else f"“{_short(dimension, each)}”" for each in dict.fromkeys(values)]
    named = wording.joined([*names[:3], *([f"{len(names) - 3} more"] if len(names) > 3 else [])])
    start = f"{dimension.title}: there is no {named} in this snapshot."
    if not known:
        return f"{start} No contact has a value there."
    some = ", ".join(_short(dimension, each) for each in known[:12])
    more = f" and {len(known) - 12} more" if len(known) > 12 else ""
    return f"{start} There are {some}{more}."


def _short(dimension: Dimension, value: str) -> str:
    return wording.clipped(shown_value(dimension.column, value), 40)


def _rest(pairs: Sequence[tuple[str, str]]) -> str:
    return f"?{urlencode(pairs)}"
