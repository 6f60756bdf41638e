"""What a mapping names and a nested file does not have: where the path to the rows breaks, and fields that no record has."""

import difflib
import mmap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import duckdb

from pipelines.sources.column_names import plain_names
from pipelines.sources.mapping.references import Level, Place
from pipelines.sources.plain_text import PlainText

_MOST_NAMES = 5
_NEAR = 0.6


@dataclass
class Break:
    """Where the path to the rows ends too early: after ``taken`` of its names. ``names``: what stands there → may it be records."""

    taken: int = -1
    names: dict[str, bool] = field(default_factory=dict)

    def take(self, taken: int, names: dict[str, bool]) -> None:
        if taken > self.taken:
            self.taken, self.names = taken, {}
        if taken == self.taken and len(self.names) < 1_000:
            for name, may_be in names.items():
                self.names[name] = self.names.get(name, False) or may_be

    def wanted(self, levels: Sequence[Level]) -> str:
        keys = [key for level in levels for key in level.keys]
        return keys[self.taken] if 0 <= self.taken < len(keys) else ""

    def is_misspelt(self, levels: Sequence[Level]) -> bool:
        """A file may have no record; but not where the first name is another one, or the records may bear another name."""
        return self.taken == 0 or any(self.names.values()) or bool(self._near(levels))

    def _near(self, levels: Sequence[Level]) -> list[str]:
        wanted = self.wanted(levels).lower()
        return [name for name in self.names if difflib.SequenceMatcher(None, name.lower(), wanted).ratio() >= _NEAR]

    def words(self, levels: Sequence[Level]) -> str:
        """What stands where the path broke, with the likeliest first."""
        likely = [*self._near(levels), *(name for name, may_be in self.names.items() if may_be)]
        shown = plain_names(dict.fromkeys([*likely, *self.names]))[:_MOST_NAMES]
        return f"; in place of {self.wanted(levels)!r} the file has {', '.join(shown)}" if shown else ""


def leads(element: object, levels: Sequence[Level], broken: Break | None = None, taken: int = 0) -> bool:
    """Whether the path to the rows goes on to its end, or to an empty list."""
    if not levels:
        return True
    for key in levels[0].keys:
        if not isinstance(element, dict):
            return True
        if key not in element:
            if broken is not None:
                broken.take(taken, {name: _holds_objects(value) for name, value in element.items()})
            return False
        element = element[key]
        taken += 1
    if not isinstance(element, list) or not element:
        return True
    return any(leads(each, levels[1:], broken, taken) for each in element)


def _holds_objects(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(each, dict) for each in value)


def record_names(element: object) -> str:
    """The fields of a record, for a message."""
    shown = plain_names(element)[:_MOST_NAMES] if isinstance(element, dict) else []
    return f"; a record has {', '.join(shown)}" if shown else ""


def never_filled(
    connection: duckdb.DuckDBPyConnection, relation: str, columns: dict[str, str]
) -> tuple[bool, set[str]]:
    """Whether a relation has a row, and the references that are null in all of them."""
    filled = ", ".join(["count(*) > 0", *(f"bool_or({column} is not null)" for column in columns.values())])
    row = connection.execute(f"select {filled} from {relation}").fetchone() or (False,)
    unfilled = {name for name, is_filled in zip(columns, row[1:], strict=True) if not is_filled}
    return bool(row[0]), unfilled


def last_name(place: Place) -> str | None:
    return next((step for step in reversed(place.steps) if isinstance(step, str)), None)


def names_nowhere(text: PlainText, names: Iterable[str]) -> set[str]:
    """Those of ``names`` that are no key in the whole file."""
    wanted = set(names)
    if not wanted or text.path is None:
        return set()
    with text.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return {name for name in wanted if content.find(f'"{name}"'.encode()) < 0}
