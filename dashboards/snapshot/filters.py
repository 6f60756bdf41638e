"""Filters: which contacts a view is of. Any values of a dimension, joined by or; dimensions by and; none is all contacts.

Belongs here: what can be filtered by, and a choice as SQL, as a polars expression, as words and as a group of the
statistics. Does not belong here: the address in which a choice stands (``selection``).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

import polars as pl

from dashboards import wording
from dashboards.snapshot.groups import Group
from dashboards.wording.labels import NO_VALUE as NULL
from dashboards.wording.labels import shown_value


@dataclass(frozen=True)
class Dimension:
    """``name`` stands in the address, ``column`` in the tables; ``title`` and ``everything`` are shown."""

    name: str
    column: str
    title: str
    everything: str


#: In the order in which they are offered and named.
DIMENSIONS = (
    Dimension("mode", "mode", "Mode", "All modes"),
    Dimension("workflow", "workflow", "Workflow", "All workflows"),
    Dimension("queue", "queue", "Queue", "All queues"),
    Dimension("issue", "issue", "Issue", "All issues"),
    Dimension("region", "region", "Region", "All regions"),
    Dimension("language", "language", "Language", "All languages"),
    Dimension("model", "ai_model", "AI model", "All AI models"),
)
BY_COLUMN = {dimension.column: dimension for dimension in DIMENSIONS}


#: Values of one dimension, None for contacts without one.
Values = tuple[str | None, ...]
#: Values of one filter at most: an address has its length.
MOST_VALUES = 50


@dataclass(frozen=True)
class Filters:
    """``chosen``: column and its values in the order of ``DIMENSIONS``; contacts with any of the values are left.

    Values are unique and in alphabetical order, None (a contact without one) last. Use ``of`` or ``with_values``, which
    keep all of that.
    """

    chosen: tuple[tuple[str, Values], ...] = ()

    @classmethod
    def of(cls, values: Mapping[str, str | Sequence[str | None] | None]) -> "Filters":
        """The filters of these columns, each with one value or several. Raises KeyError for a column that no filter has.

        A column without any value is no filter.
        """
        unknown = values.keys() - BY_COLUMN.keys()
        if unknown:
            raise KeyError(", ".join(sorted(unknown)))
        listed = {column: _listed(values[column]) for column in BY_COLUMN if column in values}
        return cls(tuple((column, each) for column, each in listed.items() if each))

    def __bool__(self) -> bool:
        return bool(self.chosen)

    def __iter__(self) -> Iterator[tuple[Dimension, Values]]:
        return ((BY_COLUMN[column], values) for column, values in self.chosen)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(column for column, _ in self.chosen)

    def values(self, column: str) -> Values:
        """The values that ``column`` is limited to; none where it is not."""
        return dict(self.chosen).get(column, ())

    @property
    def single(self) -> dict[str, str | None]:
        """Column → value of those that are limited to one."""
        return {column: values[0] for column, values in self.chosen if len(values) == 1}

    def with_value(self, column: str, value: str | None) -> "Filters":
        return self.with_values(column, (value,))

    def with_values(self, column: str, values: Sequence[str | None]) -> "Filters":
        return Filters.of({**dict(self.chosen), column: values})

    def without(self, column: str) -> "Filters":
        return Filters(tuple(each for each in self.chosen if each[0] != column))

    @property
    def words(self) -> str:
        """``human-led or joint contacts in queue care-es``, as within a sentence; empty without any."""
        return self.group.words if self.chosen else ""

    @property
    def group(self) -> Group:
        """The same contacts as the tables of statistics name them; those hold one dimension at a time, and few pairs.

        A dimension with several values stands in it as often, and no table has such a group.
        """
        return Group(tuple(sorted((column, _named(each)) for column, values in self.chosen for each in values)))

    def may_hold(self, group: Group) -> bool:
        """Whether contacts that these filters leave can be in ``group``."""
        wanted = dict(self.chosen)
        return all(
            column not in wanted or value in {_named(each) for each in wanted[column]} for column, value in group.parts
        )

    def hold(self, group: Group) -> bool:
        """Whether every contact of ``group`` is left by these filters."""
        return set(self.columns) <= set(group.dimensions) and self.may_hold(group)

    @property
    def expression(self) -> pl.Expr:
        """True for the rows of a frame with these columns."""
        each = (
            reduce(or_, (pl.col(column).eq_missing(pl.lit(value, pl.String)) for value in values))
            for column, values in self.chosen
        )
        return reduce(and_, each, pl.lit(True))

    @property
    def condition(self) -> tuple[str, dict[str, Any]]:
        """An SQL condition over these columns with its named parameters; columns come from ``DIMENSIONS`` alone."""
        return self.condition_of("")

    def condition_of(self, prefix: str) -> tuple[str, dict[str, Any]]:
        """The condition over the columns behind ``prefix`` (``flag.``), which comes from the code alone."""
        parts: list[str] = []
        parameters: dict[str, Any] = {}
        for column, values in self.chosen:
            # A name of their own, for the questions that they are part of have parameters, too.
            name = f"only_{column}"
            if len(values) == 1:
                parts.append(f"{prefix}{column} is not distinct from ${name}")
                parameters[name] = values[0]
                continue
            missing = f" or {prefix}{column} is null" if None in values else ""
            parts.append(f"(list_contains(${name}, {prefix}{column}){missing})")
            parameters[name] = [value for value in values if value is not None]
        return " and ".join(parts) or "true", parameters


def _listed(given: str | Sequence[str | None] | None) -> Values:
    values: Sequence[str | None] = (given,) if given is None or isinstance(given, str) else given
    return tuple(sorted(dict.fromkeys(values), key=lambda value: (value is None, value or "")))


def _named(value: str | None) -> str:
    return NULL if value is None else value


NO_FILTERS = Filters()


def value_words(dimension: Dimension, value: str | None, *, named: bool = False) -> str:
    """A value as people read it; ``named``: with its dimension, which a mode does not need."""
    if dimension.column == "mode":
        return wording.mode_name(value)
    if value is None:
        return f"{dimension.title} not recorded"
    shown = wording.clipped(shown_value(dimension.column, value)) or "(blank)"
    start = (
        dimension.title if dimension.title.isupper() or dimension.title.startswith("AI") else dimension.title.lower()
    )
    return f"{start} {shown}" if named else shown
