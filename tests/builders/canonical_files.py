"""Reading one canonical file the two ways: as a small one in memory, and as a large one through the engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.sources import canonical, csv_records, plain_text
from pipelines.sources.canonical import CanonicalReader
from pipelines.sources.reading import RECORD, ReadOptions, UnreadableFileError


@dataclass(frozen=True)
class Read:
    """What came of a file: its records, (record, scope, reason) of each reject, the rows; or why it was refused."""

    rows_in: int = 0
    rejects: tuple[tuple[int, str, str], ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()
    unknown: tuple[str, ...] = ()
    refusal: str = ""

    @property
    def is_balanced(self) -> bool:
        """Every record is a row or a reject, no record is both, and they are numbered without a gap."""
        rejected = [record for record, scope, _ in self.rejects if scope == "row"]
        return sorted([*rejected, *(int(str(row[0])) for row in self.rows)]) == list(range(1, self.rows_in + 1))


@contextmanager
def as_large_files() -> Iterator[None]:
    """Within it files of any size are read as large ones are."""
    names = [(canonical, "SMALL_FILE_BYTES"), (csv_records, "SMALL_FILE_BYTES"), (plain_text, "SMALL_FILE_BYTES")]
    names.append((plain_text, "_MOST_IN_MEMORY_BYTES"))
    before = [getattr(module, name) for module, name in names]
    for module, name in names:
        setattr(module, name, 0)
    try:
        yield
    finally:
        for (module, name), value in zip(names, before, strict=True):
            setattr(module, name, value)


def read_small(path: Path, table: str = "contacts", encoding: str = "utf-8") -> Read:
    """In memory, into a frame."""
    try:
        reading = CanonicalReader(table).read(path, ReadOptions(encoding=encoding))
    except UnreadableFileError as error:
        return Read(refusal=str(error))
    rejects = tuple((reject.record, reject.scope, reject.reason) for reject in reading.rejects)
    return Read(reading.rows_in, rejects, tuple(reading.tables[table].rows()), reading.unknown)


def read_large(path: Path, table: str = "contacts", encoding: str = "utf-8") -> Read:
    """Through the engine, into a temp table."""
    with duckdb.connect() as connection, as_large_files():
        try:
            opened = CanonicalReader(table).open(connection, path, "opened", encoding)
        except UnreadableFileError as error:
            return Read(refusal=str(error))
        columns = ", ".join([RECORD, *opened.columns.values()])
        rows = connection.execute(f"select {columns} from opened order by {RECORD}").fetchall()
    rejects = tuple((reject.record, reject.scope, reject.reason) for reject in opened.rejects)
    return Read(opened.rows_in, rejects, tuple(rows), opened.unknown)
