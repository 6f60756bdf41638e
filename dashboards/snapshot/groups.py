"""Groups and segments as the tables name them: JSON objects of dimension and value, read with no trust in their text."""

import json
from dataclasses import dataclass

import polars as pl

from dashboards.wording.segments import segment_words


@dataclass(frozen=True)
class Group:
    """``parts``: (dimension, value) by dimension, empty for all contacts. Text that is no JSON object is one part of it."""

    parts: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> str:
        """``AI-led billing contacts with AI model v2``, as within a sentence; ``all contacts`` for all."""
        return segment_words(self.parts)

    @property
    def dimensions(self) -> tuple[str, ...]:
        return tuple(dimension for dimension, _ in self.parts)

    def holds(self, other: "Group") -> bool:
        """Whether ``other`` is a narrower group within this one."""
        return set(self.parts) < set(other.parts)


#: All contacts.
ALL = Group()


def of_mode(mode: str | None) -> Group:
    """The group of one mode, as the tables name it."""
    return Group((("mode", mode if mode is not None else "null"),))


def read_group(text: str | None) -> Group:
    """The group that ``text`` names; values that are no strings stand as JSON."""
    if text is None:
        return ALL
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return Group((("", text),))
    if not isinstance(found, dict):
        return Group((("", text),))
    return Group(tuple(sorted((str(name), _value(value)) for name, value in found.items())))


def read_names(text: str | None) -> tuple[str, ...]:
    """The groups in a JSON list of objects, in words; anything else stands as its text."""
    if not text:
        return ()
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return (text,)
    listed = found if isinstance(found, list) else [found]
    return tuple(read_group(each if isinstance(each, str) else json.dumps(each)).words for each in listed)


def rows_of(frame: pl.LazyFrame, group: Group, column: str = "grouping") -> pl.LazyFrame:
    """The rows whose ``column`` names ``group``, however its JSON is spaced or ordered."""
    written = frame.select(pl.col(column).unique()).collect()[column].drop_nulls().to_list()
    return frame.filter(pl.col(column).is_in([text for text in written if read_group(text) == group]))


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
