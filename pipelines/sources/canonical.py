"""The canonical format: CSV, JSONL or Parquet files whose columns are the contract's own.

DuckDB parses the bytes, so that a file of millions of rows never passes through Python. What a line's parser
cannot make sense of is a rejected record with its line number; what is wrong with the file as a whole refuses it.
"""

import csv
import gzip
import io
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import duckdb

from pipelines.contract import CANONICAL_TABLES, Table
from pipelines.sources.reading import Reading, ReadOptions, Reject, UnreadableFileError

_GZIP, _ZSTD, _PARQUET = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1"
_MAX_LINE_BYTES = 16_000_000
_CHUNK_BYTES = 1 << 22
_TEXT_COLUMN = "line_text"


@dataclass(frozen=True)
class OpenedFile:
    """A file as DuckDB sees it.

    ``relation`` can stand in a FROM clause; ``columns`` maps the contract's columns that the file has to an
    expression over it and ``types`` to the DuckDB type of that expression; ``record`` numbers its records from 1.
    ``rows_in`` counts all source records, those of ``rejects`` included. ``temporary`` names a temp table to drop.
    """

    relation: str
    columns: dict[str, str]
    types: dict[str, str]
    record: str
    rows_in: int
    rejects: tuple[Reject, ...] = ()
    temporary: str = ""
    unknown: tuple[str, ...] = ()


class CanonicalReader:
    """Reader of one canonical table. It opens files in DuckDB (``open``) rather than reading them into frames."""

    format = "canonical"
    date_order = ""

    def __init__(self, table: str) -> None:
        self.table: Table = CANONICAL_TABLES[table]
        self.fills: tuple[str, ...] = (table,)

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """The file as a frame: for small files and tests; the nightly run uses ``open``."""
        del options
        with duckdb.connect() as connection:
            opened = self.open(connection, path, "read_file")
            selected = [f"{expression} as {name}" for name, expression in opened.columns.items()]
            frame = connection.sql(
                f"select {', '.join([f'{opened.record} as _record', *selected])} from {opened.relation}"
            ).pl()
        return Reading(opened.rows_in, {self.table.name: frame}, opened.rejects)

    def open(self, connection: duckdb.DuckDBPyConnection, path: Path, name: str, encoding: str = "utf-8") -> OpenedFile:
        """Make the file queryable on ``connection``; temp objects are called after ``name``.

        Raises:
            UnreadableFileError: empty, truncated, not one of the three formats, or a required column is absent.
        """
        try:
            with path.open("rb") as handle:
                head = handle.read(4)
        except OSError as error:
            raise UnreadableFileError(f"cannot be opened: {error.strerror or error}") from error
        if not head:
            raise UnreadableFileError("the file is empty (0 bytes); deliver it again")
        try:
            if head == _PARQUET:
                return self._open_parquet(connection, path)
            compression = "gzip" if head[:2] == _GZIP else "zstd" if head == _ZSTD else "none"
            _refuse_cut_stream(path, compression)
            suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() not in {".gz", ".zst"}]
            suffix = suffixes[-1] if suffixes else ""
            if suffix in {".jsonl", ".ndjson", ".json"}:
                return self._open_json_lines(connection, path, name, compression)
            if suffix in {".csv", ".tsv", ".txt"}:
                return self._open_csv(connection, path, name, compression, encoding)
        except duckdb.Error as error:
            raise UnreadableFileError(f"cannot be read: {_summary(error)}") from error
        raise UnreadableFileError(
            f"the ending {suffix or '(none)'!r} is not known; name it .csv, .jsonl or .parquet (with .gz or .zst)"
        )

    def _open_parquet(self, connection: duckdb.DuckDBPyConnection, path: Path) -> OpenedFile:
        relation = f"read_parquet({_literal(path)}, file_row_number = true, hive_partitioning = false)"
        described = connection.execute(f"describe select * from {relation}").fetchall()
        found = self._matched({str(row[0]): str(row[1]) for row in described if row[0] != "file_row_number"})
        rows = connection.execute(f"select sum(num_rows) from parquet_file_metadata({_literal(path)})").fetchone()
        return OpenedFile(
            relation=relation,
            columns={name: _identifier(column) for name, (column, _) in found.items()},
            types={name: type_name for name, (_, type_name) in found.items()},
            record="file_row_number + 1",
            rows_in=int(rows[0] or 0) if rows else 0,
        )

    def _open_csv(
        self, connection: duckdb.DuckDBPyConnection, path: Path, name: str, compression: str, encoding: str
    ) -> OpenedFile:
        header, delimiter = _csv_header(path, compression, encoding)
        found = self._matched(dict.fromkeys(header, "VARCHAR"))
        columns = "{" + ", ".join(f"'c{index}': 'VARCHAR'" for index in range(len(header))) + "}"
        position = {column: f"c{index}" for index, column in reversed(list(enumerate(header)))}
        arguments = f"""auto_detect = false, header = true, delim = {_literal(delimiter)}, quote = '"', escape = '"',
            columns = {columns}, compression = '{compression}', encoding = '{encoding}', max_line_size = {_MAX_LINE_BYTES},
            buffer_size = {4 * _MAX_LINE_BYTES}, store_rejects = true, rejects_table = '{name}_errors', rejects_scan = '{name}_scans', rejects_limit = 0"""
        try:
            _load_lines(connection, path, name, arguments)
        except duckdb.InvalidInputException:
            # Mixed line endings put the strict parser off; the lenient one reads them.
            _load_lines(connection, path, name, f"{arguments}, strict_mode = false")
        rejects = _csv_rejects(connection, name, self.table.name)
        return OpenedFile(
            relation=name,
            columns={column: position[original] for column, (original, _) in found.items()},
            types=dict.fromkeys(found, "VARCHAR"),
            record="_record",
            rows_in=_count(connection, name) + len(rejects),
            rejects=rejects,
            temporary=name,
        )

    def _open_json_lines(
        self, connection: duckdb.DuckDBPyConnection, path: Path, name: str, compression: str
    ) -> OpenedFile:
        # A control character may not stand unescaped in JSON, so \x01 never splits a line.
        arguments = f"""auto_detect = false, header = false, delim = '\x01', quote = '', escape = '', columns = {{'{_TEXT_COLUMN}': 'VARCHAR'}},
            compression = '{compression}', max_line_size = {_MAX_LINE_BYTES}, buffer_size = {4 * _MAX_LINE_BYTES}, store_rejects = true,
            rejects_table = '{name}_errors', rejects_scan = '{name}_scans', rejects_limit = 0"""
        _load_lines(connection, path, f"{name}_lines", arguments)
        rejects = list(_csv_rejects(connection, name, self.table.name))
        lines = f"{name}_lines"
        connection.execute(f"delete from {lines} where {_TEXT_COLUMN} is null or trim({_TEXT_COLUMN}) = ''")
        connection.execute(f"update {lines} set {_TEXT_COLUMN} = ltrim({_TEXT_COLUMN}, chr(65279)) where _record = 1")
        rows_in = _count(connection, lines) + len(rejects)
        # A case, not an and: the engine may look at the type first, which fails on a broken line.
        is_object = f"case when json_valid({_TEXT_COLUMN}) then json_type({_TEXT_COLUMN}) = 'OBJECT' else false end"
        broken = connection.execute(
            f"select _record from {lines} where not coalesce({is_object}, false) order by _record"
        ).fetchall()
        is_array = connection.execute(
            f"select count(*) from (select {_TEXT_COLUMN} from {lines} order by _record limit 1) where ltrim({_TEXT_COLUMN}) like '[%' and not json_valid({_TEXT_COLUMN})"
        ).fetchone() == (1,)
        if is_array or (len(broken) == rows_in and rows_in > 0):
            raise UnreadableFileError(
                "no line is a JSON object; deliver one object a line (JSONL), not an array or indented JSON"
            )
        rejects += [
            Reject(
                int(row[0]),
                "row",
                "malformed_record",
                "the line is not a JSON object; correct it and deliver the record again",
                path=f"line {row[0]}",
                table=self.table.name,
            )
            for row in broken
        ]
        keys = connection.execute(
            f"select distinct unnest(json_keys({_TEXT_COLUMN})) from {lines} where {is_object}"
        ).fetchall()
        variants: dict[str, list[str]] = {}
        for (key,) in sorted(keys):
            variants.setdefault(_folded(str(key)), []).append(str(key))
        found = self._matched(dict.fromkeys(variants, "VARCHAR"))
        columns = {}
        for column, (folded, _) in found.items():
            # Exports change the case of their keys from one day to the next: take whichever variant is there.
            paths = [
                _literal("$." + '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"') for key in variants[folded]
            ]
            reads = [f"json_extract_string({_TEXT_COLUMN}, {path_literal})" for path_literal in paths]
            columns[column] = f"coalesce({', '.join(reads)})" if len(reads) > 1 else reads[0]
        selected = ", ".join(f"{expression} as {column}" for column, expression in columns.items())
        connection.execute(
            f"create or replace temp table {name} as select _record, {selected} from {lines} where {is_object}"
        )
        connection.execute(f"drop table {lines}")
        return OpenedFile(
            relation=name,
            columns={column: column for column in columns},
            types=dict.fromkeys(columns, "VARCHAR"),
            record="_record",
            rows_in=rows_in,
            rejects=tuple(rejects),
            temporary=name,
        )

    def _matched(self, available: dict[str, str]) -> dict[str, tuple[str, str]]:
        """Contract column → (column of the file, its type), matched without regard to case and outer blanks."""
        folded: dict[str, tuple[str, str]] = {}
        for column, type_name in available.items():
            folded.setdefault(_folded(column), (column, type_name))
        found = {name: folded[name] for name in self.table.column_names if name in folded}
        # A list of withdrawals needs to say no more than which records it withdraws.
        needed = self.table.key if "deleted_at" in found else [column.name for column in self.table.required]
        missing = [name for name in needed if name not in found]
        if missing:
            # Where no name is known, the header may be a row of data, which must not be shown.
            known = any(name in folded for name in self.table.column_names)
            shown = ", ".join(sorted(folded)[:20]) if known else "no column that this table knows"
            raise UnreadableFileError(
                f"required column{'s' if len(missing) > 1 else ''} {', '.join(missing)} of table {self.table.name} absent; "
                f"the file has {shown}; add or rename, and deliver it again"
            )
        return found


def _load_lines(connection: duckdb.DuckDBPyConnection, path: Path, table: str, arguments: str) -> None:
    # One thread and kept order, so that the number of a record is its place in the file.
    connection.execute("set preserve_insertion_order = true")
    try:
        connection.execute(
            f"create or replace temp table {table} as select row_number() over () as _record, * from read_csv({_literal(path)}, {arguments})"
        )
    finally:
        connection.execute("set preserve_insertion_order = false")


def _csv_rejects(connection: duckdb.DuckDBPyConnection, name: str, table: str) -> tuple[Reject, ...]:
    rows = connection.execute(
        f"select line, min(error_type), min(error_message) from {name}_errors group by line order by line"
    ).fetchall()
    connection.execute(f"drop table {name}_errors")
    connection.execute(f"drop table {name}_scans")
    reasons = {
        "MISSING COLUMNS": "the line has fewer fields than the header",
        "TOO MANY COLUMNS": "the line has more fields than the header; quote fields that contain the separator",
        "INVALID ENCODING": 'the line is not UTF-8; convert the file, or set `encoding = "latin-1"` on the source',
        "UNQUOTED VALUE": "a quoted field is not closed",
        "LINE SIZE OVER MAXIMUM": f"the line is longer than {_MAX_LINE_BYTES} bytes",
    }
    return tuple(
        Reject(
            0,
            "row",
            "malformed_record",
            f"{reasons.get(str(kind), f'the line cannot be parsed ({str(kind).lower()})')}; correct it and deliver the record again",
            path=f"line {line}",
            table=table,
        )
        for line, kind, _ in rows
    )


def _csv_header(path: Path, compression: str, encoding: str) -> tuple[list[str], str]:
    """Column names of a CSV file and its separator, judged by the header alone."""
    try:
        with _opened(path, compression) as handle:
            text = io.TextIOWrapper(
                handle, encoding="utf-8-sig" if encoding == "utf-8" else encoding, errors="replace", newline=""
            )
            line = text.readline(_MAX_LINE_BYTES)
    except (OSError, EOFError, UnicodeError, duckdb.Error) as error:
        raise UnreadableFileError(f"cannot be read: {error}; it may be truncated or damaged") from error
    delimiter = max(",;\t|", key=line.count)
    header = next(csv.reader([line], delimiter=delimiter), [])
    if not any(cell.strip() for cell in header):
        raise UnreadableFileError("the first line holds no column names")
    return header, delimiter


def _refuse_cut_stream(path: Path, compression: str) -> None:
    """Refuse a compressed file that ends early or fails its checksum: DuckDB reads what there is and says nothing."""
    if compression == "none":
        return
    try:
        with _opened(path, compression) as handle:
            while handle.read(_CHUNK_BYTES):
                pass
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFileError(
            f"the {compression} stream is truncated or damaged ({error}); deliver it again"
        ) from error


def damage_of(connection: duckdb.DuckDBPyConnection, opened: OpenedFile) -> str | None:
    """Why the values of an opened file cannot be read, or None if they can: then an error had another cause."""
    try:
        # A hash needs every value; a count would be answered from the file's statistics.
        connection.execute(
            f"select bit_xor(hash({', '.join(opened.columns.values())})) from {opened.relation}"
        ).fetchall()
    except duckdb.Error as error:
        return f"cannot be read: {_summary(error)}; it may be truncated or damaged"
    return None


def _opened(path: Path, compression: str) -> IO[bytes]:
    if compression == "gzip":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if compression == "zstd":
        import pyarrow as pa  # noqa: PLC0415  (only for zstd: Python 3.11 has no reader of its own)

        return cast("IO[bytes]", pa.CompressedInputStream(pa.OSFile(str(path)), "zstd"))
    return path.open("rb")


def _folded(name: str) -> str:
    return name.strip().lstrip("\ufeff").strip().lower()


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0


def _summary(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:300]
