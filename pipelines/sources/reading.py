"""What a reader is given and what it hands over."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import polars as pl

from pipelines.contract import Table

#: Columns that a raw frame carries beside those of its table.
RECORD = "_record"
"""Int64: number of the source record in its file, from 1. Several rows may come from one record."""
PATH = "_path"
"""String, may be null: JSON path of the row inside the file; null where the record number says it all."""


class UnreadableFileError(Exception):
    """The whole file is refused (encrypted, truncated, no key column, …). The message is the reason in words."""


class UnreadFileError(Exception):
    """tried again"""


def passing_reason(error):
    import duckdb

    if isinstance(error, OSError) and error.errno:
        return f"cannot be opened ({error.strerror})"
    if isinstance(error, (MemoryError, duckdb.OutOfMemoryException)):
        return "memory ran out"
    return None


def nearest_name(name, known):
    import difflib

    return next(iter(difflib.get_close_matches(name, list(known), 1)), None)


@dataclass(frozen=True)
class ReadOptions:
    """What the configuration says of a source, as far as a reader may need it."""

    table: str = ""
    """Canonical table, for format = "canonical"."""
    regulator: str = "CFPB"
    """Regulator of a complaint export that does not name it."""
    encoding: str = "utf-8"


@dataclass(frozen=True)
class Reject:
    """A record that a reader could not turn into rows, or a value that it had to leave out.

    ``reason`` is shown to people: it must not carry personal data.
    """

    record: int
    scope: str
    """``row`` (the record is quarantined) or ``value`` (it is accepted without the value)."""
    rule: str
    reason: str
    path: str | None = None
    table: str | None = None
    column: str | None = None


@dataclass(frozen=True)
class Reading:
    """What one file held.

    ``tables`` maps a table's name to a frame of raw values: the columns of the contract that the file
    knows (any subset, String or native types), ``_record`` (Int64) and, where useful, ``_path`` (String).
    A column that the format never delivers is left out, not filled with null.
    """

    rows_in: int
    tables: Mapping[str, pl.DataFrame]
    rejects: tuple[Reject, ...] = ()
    unknown: tuple[str, ...] = ()


class Reader(Protocol):
    """One input format.

    ``fills`` names the canonical tables that the format can fill; the first is the *primary* one: the
    fate of a record (accepted, duplicate, superseded) is the fate of its row there, and its rows in other
    tables (the turns of a conversation) live and die with it.
    ``date_order`` is the order of day and month that the format prescribes where a date is ambiguous
    (``dmy``, ``mdy``), or "" where it prescribes none.
    """

    format: str
    fills: tuple[str, ...]
    date_order: str

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Read one file. Raises UnreadableFileError if it cannot be read as a whole."""
        ...


@runtime_checkable
class LogReader(Reader, Protocol):
    """A format whose source records are events, several of which make one canonical row.

    ``read`` fills only ``record_table`` (the format's own event table). Once duplicates and superseded
    events are settled across all files, ``derive`` turns the surviving events into canonical rows.
    """

    record_table: Table

    def derive(self, records: pl.DataFrame) -> dict[str, pl.DataFrame]:
        """Typed events of one system → typed canonical frames by table name; instants are naive UTC Datetime[us].

        The result depends on the set of events, not on their order.
        """
        ...
