"""What a reader is given and what it hands over, and the two ways in which it may fail."""

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import duckdb
import polars as pl

from pipelines.contract import CanonicalTable

#: Columns that a raw frame carries beside those of its table.
RECORD = "_record"
"""Int64: number of the source record in its file, from 1. Several rows may come from one record."""
PATH = "_path"
"""String, may be null: JSON path of the row inside the file; null where the record number says it all."""
DEDUPLICATION = "_same_as"
"""String, may be null: records of one source that are alike in it are one record, whatever their keys (``deduplicate_by``)."""

NESTED = "$."
"""In front of the absent names of nested files. A record of these may lack any: worth telling is what no file of a source has."""
JOIN_KEYS = "_join_keys"
"""String, may be null: hashed keys of what is joined to the record, with commas between them; an unknown one is empty."""


class UnreadableFileError(Exception):
    """The whole file is refused for what its bytes are (encrypted, truncated, no key column, …): settled for good.

    The message is the reason in words; it quotes no value.
    """


class UncountedRecordsError(UnreadableFileError):
    """The bytes hold records that cannot be told apart, or fewer were read than an independent count finds.

    Refused like any other, but the file counts as unread: what it holds is not in the numbers.
    """


def refuse_miscount(counted: int, read: int) -> None:
    """Raise UncountedRecordsError where an independent count of a file's records differs from those that were read."""
    if counted != read:
        raise UncountedRecordsError(f"the file holds {counted:,} records, {read:,} could be read")


class UnreadFileError(Exception):
    """The file could not be read for a reason outside its bytes (missing, permission, memory, disk): it is tried again."""


#: Errors of the system that say nothing about what is in a file.
_PASSING = frozenset(
    getattr(errno, name)
    for name in (
        "EACCES", "EAGAIN", "EBUSY", "EDQUOT", "EHOSTDOWN", "EHOSTUNREACH", "EINTR", "EIO", "EISDIR", "ELOOP", "EMFILE", "ENAMETOOLONG",
        "ENETDOWN", "ENETUNREACH", "ENFILE", "ENODEV", "ENOENT", "ENOMEM", "ENOSPC", "ENOTCONN", "ENOTDIR", "ENXIO", "EPERM", "EROFS",
        "ESTALE", "ETIMEDOUT", "ETXTBSY",
    )
    if hasattr(errno, name)
)  # fmt: skip
_PASSING_WORDS = (*(os.strerror(number).lower() for number in _PASSING), "could not write", "temp_directory_size")


def passing_reason(error: BaseException) -> str | None:
    """Why reading failed, in words, where the reason lies outside the file's bytes; None where the bytes are at fault."""
    if isinstance(error, UnreadFileError):
        return str(error)
    if isinstance(error, MemoryError | duckdb.OutOfMemoryException):
        return "memory ran out while it was read; raise memory_limit, or free memory"
    if isinstance(error, OSError):
        # Libraries also say OSError of damaged content, but without a number.
        if isinstance(error, TimeoutError) or error.errno in _PASSING:
            return f"cannot be read now: {os.strerror(error.errno) if error.errno else 'timed out'}"
        return None
    if isinstance(error, duckdb.IOException):
        words = str(error).lower()
        found = next((known for known in _PASSING_WORDS if known in words), None)
        return None if found is None else f"cannot be read now: {found}"
    return None


@contextmanager
def reading_errors() -> Iterator[None]:
    """Around all that a reader does with one file: whatever goes wrong is a refusal, of one kind or the other.

    No content of one file may stop a run, an error of the engine or of the reader itself included. The messages of
    engines quote lines of the file, so only the kind of error is told.
    """
    try:
        yield
    except (UnreadableFileError, UnreadFileError, duckdb.InterruptException):
        raise
    except (Exception, pl.exceptions.PanicException) as error:
        reason = passing_reason(error)
        if reason is not None:
            raise UnreadFileError(reason) from error
        raise UnreadableFileError(f"cannot be read: it may be truncated or damaged ({type(error).__name__})") from error


@dataclass(frozen=True)
class ReadOptions:
    """What the configuration says of a source, as far as a reader may need it."""

    table: str = ""
    """Canonical table, for format = "canonical"."""
    regulator: str = "CFPB"
    """Regulator of a complaint export that does not name it."""
    encoding: str = "utf-8"
    """Character encoding of text files; a byte-order mark in the file overrules it."""
    secret: str = ""
    """What ids that are made of a record's content are keyed with, so that nobody guesses the content from an id."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that a reader could not turn into rows, or a value that it had to leave out.

    ``reason`` is shown to people: it quotes no value.
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
    """Columns of the file that nothing reads, as they stand; of a name that might be a value, its shape."""
    filtered: int = 0
    """Records that the configuration leaves out."""
    absent: tuple[str, ...] = ()
    """Columns that the configuration names and the file does not have."""


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
        """Read one file.

        Raises:
            UnreadableFileError: its bytes cannot be read as a whole.
            UnreadFileError: something else was in the way.
        """
        ...


@runtime_checkable
class LogReader(Reader, Protocol):
    """A format whose source records are events, several of which make one canonical row.

    ``read`` fills only ``record_table`` (the format's own event table). Once duplicates and superseded
    events are settled across all files, ``derive`` turns the surviving events into canonical rows.
    """

    record_table: CanonicalTable

    def derive(self, records: pl.DataFrame) -> dict[str, pl.DataFrame]:
        """Typed events of one system → typed canonical frames by table name; instants are naive UTC Datetime[us].

        The result depends on the set of events, not on their order.
        """
        ...
