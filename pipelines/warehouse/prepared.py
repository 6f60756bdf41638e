"""Landing files looked at, before anything of them is landed: what each holds, or why it is refused, waits or is left to a later run."""

import errno
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import duckdb

from pipelines.sources.canonical import CanonicalReader, OpenedFile
from pipelines.sources.limits import SMALL_FILE_BYTES
from pipelines.sources.reading import (
    Reader,
    Reading,
    ReadOptions,
    UnreadableFileError,
    UnreadFileError,
    reading_errors,
)
from pipelines.sources.registry import landing_tables
from pipelines.warehouse.discover import FoundFile

_BATCH_BYTES, _BATCH_FILES = 16_000_000, 1_000
_PACKED = {".gz", ".zst", ".bz2", ".zip"}


@dataclass
class Prepared:
    """A file whose bytes were looked at: what it holds, or why it is refused."""

    file: FoundFile
    reader: Reader
    reading: str
    sha: str
    file_id: int = 0
    content_of: int | None = None
    """The reading with the same bytes whose rows stand for this one's."""
    read: Reading | None = None
    opened: OpenedFile | None = None
    refusal: str | None = None
    holds_records: bool = False
    """Whether it is refused although it holds records, which cannot be told apart."""

    @property
    def primary(self) -> str:
        return next(iter(landing_tables(self.reader)))


class ChangedMeanwhileError(Exception):
    """A file changed while it was read: what was read is part of neither version."""


def read_file(connection: duckdb.DuckDBPyConnection, one: Prepared, secret: str) -> None:
    """Read the bytes: a large canonical file is opened on ``connection``, any other becomes frames.

    ``secret`` keys the ids that are made of a record's content.

    Raises UnreadableFileError or UnreadFileError, and for no content of a file anything else.
    """
    file, reader = one.file, one.reader
    if isinstance(reader, CanonicalReader) and not is_small(file):
        # Before the transaction: an error of the engine, which refuses the file, would end it.
        one.opened = reader.open(connection, file.path, f"raw_{one.file_id}", file.source.encoding)
    else:
        with reading_errors():
            one.read = reader.read(
                file.path, ReadOptions(file.source.table, file.source.regulator, file.source.encoding, secret)
            )


def batches(files: Iterable[tuple[FoundFile, str]]) -> Iterator[list[tuple[FoundFile, str]]]:
    """Small files of one source together, large ones alone."""
    batch: list[tuple[FoundFile, str]] = []
    size = 0
    for file, reading in files:
        if batch and (
            file.source != batch[0][0].source or size + file.bytes > _BATCH_BYTES or len(batch) == _BATCH_FILES
        ):
            yield batch
            batch, size = [], 0
        if not is_small(file):
            if batch:
                yield batch
                batch, size = [], 0
            yield [(file, reading)]
            continue
        batch.append((file, reading))
        size += file.bytes
    if batch:
        yield batch


def is_small(file: FoundFile) -> bool:
    packed = bool(_PACKED & {suffix.lower() for suffix in file.path.suffixes})
    return file.bytes <= (SMALL_FILE_BYTES // 10 if packed else SMALL_FILE_BYTES)


def has_changed(file: FoundFile) -> bool:
    """Whether the file is another one than was listed; one that went after it was read is what it was."""
    try:
        state = file.path.stat()
    except OSError as error:
        return error.errno != errno.ENOENT
    return (state.st_size, state.st_mtime_ns) != (file.bytes, file.modified_ns)


def refusal_of(error: Exception) -> UnreadableFileError | UnreadFileError:
    """An error while landing a file, as what it means for that file. Its own message may hold values: it is not shown."""
    try:
        with reading_errors():
            raise error
    except (UnreadableFileError, UnreadFileError) as refusal:
        return refusal
