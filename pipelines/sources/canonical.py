"""The canonical format: CSV, JSONL or Parquet files whose columns are the contract's own.

What belongs here: which columns a file must have, and which way a file is read. A large file becomes a temp table of the
warehouse's connection, so that millions of rows never pass through Python; a small one a frame, without an engine.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.contract import CANONICAL_TABLES, CanonicalTable
from pipelines.sources.column_names import checked_names, folded, listed_names, unknown_names
from pipelines.sources.counting import count_parquet
from pipelines.sources.csv_records import open_csv, read_csv
from pipelines.sources.json_lines import JsonLinesReader
from pipelines.sources.limits import SMALL_FILE_BYTES
from pipelines.sources.parquet_records import ParquetColumns, is_parquet, open_parquet
from pipelines.sources.plain_text import PlainText, plain_text
from pipelines.sources.reading import (
    RECORD,
    Reading,
    ReadOptions,
    Reject,
    UnreadableFileError,
    reading_errors,
    refuse_miscount,
)
from pipelines.sources.tables import FrameSink, Sink, TableSink, parquet_frame
from pipelines.sources.unpacking import content_suffix

_JSON_SUFFIXES, _CSV_SUFFIXES = frozenset({".jsonl", ".ndjson", ".json"}), frozenset({".csv", ".tsv", ".txt"})


@dataclass(frozen=True)
class OpenedFile:
    """A file as DuckDB sees it.

    ``relation`` can stand in a FROM clause; ``columns`` maps the contract's columns that the file has to an
    expression over it and ``types`` to the DuckDB type of that expression; ``record`` numbers its records from 1.
    ``rows_in`` counts all source records, those of ``rejects`` included. ``temporary`` names a temp table to drop.
    ``unknown``: as in a Reading.
    """

    relation: str
    columns: dict[str, str]
    types: dict[str, str]
    record: str
    rows_in: int
    rejects: tuple[Reject, ...] = ()
    temporary: str = ""
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Found:
    rows_in: int
    columns: tuple[str, ...]
    rejects: tuple[Reject, ...]
    unknown: tuple[str, ...]
    types: dict[str, str]


class CanonicalReader:
    """Reader of one canonical table: small files into frames (``read``), large ones into a temp table (``open``)."""

    format = "canonical"
    date_order = ""

    def __init__(self, table: str) -> None:
        self.table: CanonicalTable = CANONICAL_TABLES[table]
        self.fills: tuple[str, ...] = (table,)

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """The file as a frame: the way for small files, about a millisecond for a tiny one.

        Raises:
            UnreadableFileError: as ``open``.
            UnreadFileError: as ``open``.
        """
        with reading_errors():
            sink = FrameSink()
            found = self._read(path, options.encoding, sink)
            return Reading(found.rows_in, {self.table.name: sink.frame}, found.rejects, found.unknown)

    def open(self, connection: duckdb.DuckDBPyConnection, path: Path, name: str, encoding: str = "utf-8") -> OpenedFile:
        """The file as the temp table ``name`` on ``connection``, with columns ``_record`` and those of the contract.

        Raises:
            UnreadableFileError: empty, truncated, not one of the three formats, a required column is absent or one is named
                twice, a quote swallows lines, or the records do not come to the independent count.
            UnreadFileError: a reason outside its bytes was in the way; another run may read it.
        """
        with reading_errors():
            found = self._read(path, encoding, TableSink(connection, name))
        return OpenedFile(
            relation=name,
            columns={column: column for column in found.columns},
            types=found.types,
            record=RECORD,
            rows_in=found.rows_in,
            rejects=found.rejects,
            temporary=name,
            unknown=found.unknown,
        )

    def _read(self, path: Path, encoding: str, sink: FrameSink | TableSink) -> _Found:
        with path.open("rb") as handle:
            start = handle.read(4)
        if is_parquet(start):
            return self._read_parquet(path, sink)
        suffix = content_suffix(path) if start else ".csv"
        if suffix not in _JSON_SUFFIXES | _CSV_SUFFIXES:
            raise UnreadableFileError(
                f"the ending {suffix or '(none)'!r} is not known; name it .csv, .jsonl or .parquet (with .gz, .zst, .bz2 or .zip)"
            )
        with plain_text(path, encoding) as text:
            return self._read_json_lines(text, sink) if suffix in _JSON_SUFFIXES else self._read_csv(text, sink)

    def _read_csv(self, text: PlainText, sink: Sink) -> _Found:
        names = self.table.column_names
        file = open_csv(text, {name: name for name in names})
        places = checked_names(file.header, names, folded)
        columns = self._matched(places, file.header)
        rows_in, rejects = read_csv(file, {name: places[name] for name in columns}, sink, self.table.name)
        unknown = unknown_names(file.header, names, folded)
        return _Found(rows_in, columns, tuple(rejects), unknown, dict.fromkeys(columns, "VARCHAR"))

    def _read_json_lines(self, text: PlainText, sink: FrameSink | TableSink) -> _Found:
        names = self.table.column_names
        reader = JsonLinesReader(self.table.name, names)

        def chosen(keys: Iterable[str]) -> Sequence[str]:
            spelled = sorted(keys)
            return self._matched({folded(key) for key in spelled}, spelled)

        if text.size <= SMALL_FILE_BYTES:
            found = reader.read(text, sink, chosen)
        elif isinstance(sink, TableSink):
            found = reader.load(text, sink, chosen)
        else:
            with duckdb.connect() as connection:
                table = TableSink(connection, "records")
                found = reader.load(text, table, chosen)
                sink.take_frame(connection.execute(f"select * from records order by {RECORD}").pl())
        keys = sorted(found.keys)
        columns = self._matched({folded(key) for key in keys}, keys)
        return _Found(
            found.rows_in,
            columns,
            tuple(sorted(found.rejects, key=lambda reject: reject.record)),
            unknown_names(keys, names, folded),
            dict.fromkeys(columns, "VARCHAR"),
        )

    def _read_parquet(self, path: Path, sink: FrameSink | TableSink) -> _Found:
        parquet = open_parquet(path)
        names = self.table.column_names
        places = checked_names(parquet.header, names, folded)
        columns = self._matched(places, parquet.header)
        chosen = {name: (places[name], self.table.column(name).kind) for name in columns}
        read = ParquetColumns(parquet, chosen)
        if isinstance(sink, TableSink):
            rows_in = sink.take_parquet(read)
        else:
            sink.take_frame(parquet_frame(read))
            rows_in = sink.frame.height
        refuse_miscount(count_parquet(path), rows_in)
        unknown = unknown_names(parquet.header, names, folded)
        return _Found(rows_in, columns, (), unknown, read.types)

    def _matched(self, available: Iterable[str], header: Sequence[str]) -> tuple[str, ...]:
        """The contract's columns among ``available`` (folded names). Raises UnreadableFileError if a needed one is absent."""
        present = set(available)
        found = tuple(name for name in self.table.column_names if name in present)
        # A list of withdrawals needs to say no more than which records it withdraws.
        needed: Iterable[str] = (column.name for column in self.table.required)
        needed = self.table.key if "deleted_at" in found else tuple(needed)
        missing = [name for name in needed if name not in present]
        if missing:
            raise UnreadableFileError(
                f"required column{'s' if len(missing) > 1 else ''} {', '.join(missing)} of table {self.table.name} absent; "
                f"the file has {listed_names(header, self.table.column_names, folded)}; add or rename, and deliver it again"
            )
        return found
