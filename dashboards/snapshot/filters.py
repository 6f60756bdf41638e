"""Filters: which contacts a view is of. One value a dimension; a view with none is of all contacts.

Belongs here: what can be filtered by, and a choice as SQL, as a polars expression, as words and as a group of the
statistics. Does not belong here: the address in which a choice stands (``selection``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import and_

import polars as pl

from dashboards import wording
from dashboards.snapshot.groups import ALL, Group
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


@dataclass(frozen=True)
class Filters:
    """``chosen``: column and value in the order of ``DIMENSIONS``; the value None is a contact without one.

    Use ``of`` or ``with_value``, which keep the order.
    """

    chosen: tuple[tuple[str, str | None], ...] = ()

    @classmethod
    def of(cls, values: dict[str, str | None]) -> "Filters":
        """The filters of these columns. Raises KeyError for a column that no filter has."""
        unknown = values.keys() - BY_COLUMN.keys()
        if unknown:
            raise KeyError(", ".join(sorted(unknown)))
        return cls(tuple((column, values[column]) for column in BY_COLUMN if column in values))

    def __bool__(self) -> bool:
        return bool(self.chosen)

    def __iter__(self) -> Iterator[tuple[Dimension, str | None]]:
        return ((BY_COLUMN[column], value) for column, value in self.chosen)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(column for column, _ in self.chosen)

    def with_value(self, column: str, value: str | None) -> "Filters":
        return Filters.of({**dict(self.chosen), column: value})

    def without(self, column: str) -> "Filters":
        return Filters(tuple(each for each in self.chosen if each[0] != column))

    @property
    def words(self) -> str:
        """``human-led contacts in queue care-es``, as within a sentence; empty without any."""
        return self.group.words if self.chosen else ""

    @property
    def group(self) -> Group:
        """The same contacts as the tables of statistics name them; those hold one dimension at a time, and few pairs."""
        if not self.chosen:
            return ALL
        return Group(tuple(sorted((column, "null" if value is None else value) for column, value in self.chosen)))

    @property
    def expression(self) -> pl.Expr:
        """True for the rows of a frame with these columns."""
        each = (pl.col(column).eq_missing(pl.lit(value, pl.String)) for column, value in self.chosen)
        return reduce(and_, each, pl.lit(True))

    @property
    def condition(self) -> tuple[str, dict[str, str | None]]:
        """An SQL condition over these columns with its named parameters; columns come from ``DIMENSIONS`` alone."""
        parts = [f"{column} is not distinct from ${column}" for column in self.columns]
        return " and ".join(parts) or "true", dict(self.chosen)


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
