"""Rates of handoffs, promises and stuck contacts by group (M11, M12, M19), as they were published.

Belongs here: choosing rows of the tables that hold one measure of one ``grouping`` a row. Nothing is computed: a value,
its interval and the reason for which there is none are the night's. What filters leave is shown where a group of exactly
these filters was published, else everything is, and ``Scope`` says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
import polars.selectors as cs

from dashboards import wording
from dashboards.snapshot.filters import BY_COLUMN, Filters, value_words
from dashboards.snapshot.groups import ALL, Group, read_group
from dashboards.snapshot.queries import Queries
from dashboards.wording.labels import shown_value

#: Dimensions that are no filters, by how they are called; those of the filters carry their own titles.
_TITLES = {
    "channel": "Channel",
    "product": "Product",
    "hour_of_day": "Hour",
    "trigger": "Trigger",
    "kind": "Kind",
    "made_by": "Maker",
    "source": "Source",
}
_MAKERS = {"ai": "the AI", "agent": "agents"}
#: Groups shown; a dimension with more says how many there are.
SHOWN = 15


@dataclass(frozen=True)
class Share:
    """One published measure: a share, or seconds. ``value`` is None with a ``reason``; ``numerator`` where it counts."""

    numerator: int | None
    n: int
    value: float | None
    lower: float | None
    upper: float | None
    reason: str

    @property
    def is_known(self) -> bool:
        return self.value is not None

    @property
    def words(self) -> str:
        """``22.7%`` of a share."""
        return wording.percent(self.value)

    @property
    def span(self) -> str:
        """``21.2–24.2%``; empty where there is no interval."""
        return "" if self.lower is None or self.upper is None else wording.percent_range(self.lower, self.upper)


#: Of a measure that was not published.
NOT_PUBLISHED = Share(None, 0, None, None, None, "this snapshot has none")


@dataclass(frozen=True)
class Scope:
    """The group whose rows are shown; ``note`` says what it is where filters are chosen, else it is empty."""

    group: Group
    note: str

    @property
    def is_wider(self) -> bool:
        """Whether filters are chosen of which nothing was published, so that the rows are of all contacts."""
        return bool(self.note) and self.group == ALL


@dataclass(frozen=True)
class Grouped:
    """One group of a dimension. ``value`` as the tables write it, ``name`` as people say it."""

    group: Group
    value: str
    name: str


@dataclass(frozen=True)
class Rates:
    """The rows of one table: group → measure → share."""

    rows: Mapping[Group, Mapping[str, Share]]

    def of(self, measure: str, group: Group = ALL) -> Share:
        return self.rows.get(group, {}).get(measure, NOT_PUBLISHED)

    def scope(self, filters: Filters) -> Scope:
        """The group of ``filters`` where it was published, else all contacts."""
        if not filters:
            return Scope(ALL, "")
        if filters.group in self.rows:
            return Scope(filters.group, f"Limited to {filters.words}.")
        several = "for one filter at a time" if len(filters.columns) > 1 else "for groups that are large enough"
        return Scope(ALL, f"All contacts, not only {filters.words}: these figures are published {several}.")

    @property
    def dimensions(self) -> dict[str, str]:
        """Dimensions, or several at once, of which at least two groups were published → how they are called."""
        found: dict[tuple[str, ...], int] = {}
        for group in self.rows:
            found[group.dimensions] = found.get(group.dimensions, 0) + 1
        return {",".join(names): _title(names) for names, number in found.items() if names and number > 1}

    def along(self, dimensions: str, measure: str) -> tuple[Grouped, ...]:
        """The groups of exactly these dimensions (joined by a comma), the largest first, hours in order."""
        names = tuple(dimensions.split(","))
        found = [group for group in self.rows if group.dimensions == names]
        if names == ("hour_of_day",):
            found.sort(key=lambda group: (len(group.parts[0][1]), group.parts[0][1]))
        else:
            found.sort(key=lambda group: (-self.of(measure, group).n, group.parts))
        return tuple(Grouped(group, group.parts[0][1], group_words(group)) for group in found)


def read_rates(queries: Queries, table: str) -> Rates:
    """The rows of ``table`` (handoff_rates, promise_rates or stuck), read once a snapshot. The name comes from the code."""
    return queries.remember(
        ("published rates", table), lambda: _read(queries, table), lambda rates: 600 * len(rates.rows)
    )


def _read(queries: Queries, table: str) -> Rates:
    frame = queries.frame(f"select grouping, measure, numerator, n, value, lower, upper, reason from {table}")
    rows: dict[Group, dict[str, Share]] = {}
    for text, measure, numerator, n, value, lower, upper, reason in frame.with_columns(
        cs.float().fill_nan(None)
    ).rows():
        share = Share(numerator, n or 0, value, lower, upper, wording.clipped(reason or ""))
        rows.setdefault(read_group(text), {})[measure] = share
    return Rates(rows)


def group_words(group: Group) -> str:
    """The values of a group without the names of its dimensions: ``refund, by the AI``."""
    return ", ".join(_value_words(name, value) for name, value in sorted(group.parts, key=_kind_first)) or group.words


def _kind_first(part: tuple[str, str]) -> tuple[bool, str]:
    return part[0] == "made_by", part[0]


def _value_words(dimension: str, value: str) -> str:
    if dimension in BY_COLUMN:
        return value_words(BY_COLUMN[dimension], None if value == "null" else value)
    if dimension == "hour_of_day" and value.isdecimal():
        return f"{int(value):02d}:00"
    if dimension == "made_by":
        return f"by {_MAKERS.get(value, wording.clipped(value))}"
    if value == "null":
        return "not recorded"
    shown = shown_value(dimension, value)
    return wording.clipped(shown.replace("_", " ") if shown == value else shown)


def _title(names: tuple[str, ...]) -> str:
    titles = [BY_COLUMN[name].title if name in BY_COLUMN else _TITLES.get(name, name) for name in names]
    return wording.joined([titles[0], *(title.lower() for title in titles[1:])])


def share_words(share: Share) -> str:
    """``22.7% (21.2–24.2%, n = 2,925)``, or why it is not known."""
    if share.value is None:
        return f"not known ({share.reason or 'no value'})"
    span = f"{wording.percent_range(share.lower, share.upper)}, " if share.lower is not None else ""
    return f"{wording.percent(share.value)} ({span}{wording.rests_on(share.n)})"


def share_cell(share: Share) -> str:
    """A share with its interval in one cell of a table."""
    if share.value is None:
        return f"{wording.MISSING}\n{share.reason}" if share.reason else wording.MISSING
    span = wording.percent_range(share.lower, share.upper)
    return wording.percent(share.value) + (f"\n{span}" if span != wording.MISSING else "")


#: Columns of the frames that figures of several series draw.
DOTS = {
    "name": pl.String,
    "series": pl.String,
    "value": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
    "n": pl.Float64,
    "link": pl.String,
}
