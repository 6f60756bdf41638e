"""Files that are tables → rows of text: CSV, Parquet, sheets of workbooks, tables of databases."""

import io
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pipelines.contract import Kind
from pipelines.sources.column_names import folded, listed_names
from pipelines.sources.counting import count_parquet
from pipelines.sources.csv_records import open_csv, read_csv
from pipelines.sources.databases import (
    DUCKDB_MARK,
    DUCKDB_MARK_AT,
    SQLITE_START,
    open_duckdb,
    open_sqlite,
    refuse_unwritten,
)
from pipelines.sources.limits import MOST_COLUMNS, SMALL_FILE_BYTES
from pipelines.sources.mapping.declaration import Declaration, MappedTable
from pipelines.sources.mapping.layout import LAYOUT_KEYS
from pipelines.sources.mapping.references import INDEX, MADE_ID, BadReferenceError, json_path, parsed_steps
from pipelines.sources.mapping.rows import TABLE, MappedRecords, MappedRows, needed_references, register_rows
from pipelines.sources.parquet_records import ParquetColumns, is_parquet, open_parquet
from pipelines.sources.plain_text import PlainText, engine_path
from pipelines.sources.reading import RECORD, Reject, UnreadableFileError, refuse_miscount
from pipelines.sources.tables import FrameSink, TableSink, parquet_frame
from pipelines.sources.unpacking import packing_of, unpacked
from pipelines.sources.workbooks import is_workbook, open_sheet

_HEADER_BYTES = 1 << 20
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_START_BYTES = 16


@dataclass(frozen=True)
class BinaryFile:
    """A file that is no text: ``kind`` is parquet, workbook, sqlite or duckdb; ``path`` a name of its plain bytes."""

    kind: str
    path: Path


def binary_file(path: Path, scratch: ExitStack) -> BinaryFile | None:
    """What a file is that is no text; packed ones are unpacked. None for a text.

    Raises UnreadableFileError for a workbook that is protected or of the old kind, UnreadFileError for a database that is
    not written out.
    """
    with path.open("rb") as handle:
        start = handle.read(_START_BYTES)
    packing = packing_of(start)
    if packing == "zip" and is_workbook(path):
        return BinaryFile("workbook", scratch.enter_context(engine_path(path)))
    if packing:
        chunks = unpacked(path, packing)
        first = next(chunks, b"")
        if not _is_binary(first):
            return None
        plain = Path(scratch.enter_context(tempfile.TemporaryDirectory(prefix="aftercall-"))) / "plain"
        with plain.open("wb") as file:
            file.write(first)
            file.writelines(chunks)
        return BinaryFile(_kind(first, plain), plain)
    if not _is_binary(start):
        return None
    kind = _kind(start, path)
    if kind in ("sqlite", "duckdb"):
        refuse_unwritten(path)
    return BinaryFile(kind, scratch.enter_context(engine_path(path)))


def _is_binary(start: bytes) -> bool:
    return (
        is_parquet(start[:4])
        or start.startswith((SQLITE_START, _OLD_OFFICE, b"PK\x03\x04"))
        or start[DUCKDB_MARK_AT : DUCKDB_MARK_AT + len(DUCKDB_MARK)] == DUCKDB_MARK
    )


def _kind(start: bytes, path: Path) -> str:
    if is_parquet(start[:4]):
        return "parquet"
    if start.startswith(SQLITE_START):
        return "sqlite"
    if start.startswith(_OLD_OFFICE):
        raise UnreadableFileError(
            "an old .xls workbook, or one that a password protects; save it as .xlsx without a password"
        )
    if start.startswith(b"PK\x03\x04"):
        if is_workbook(path):
            return "workbook"
        raise UnreadableFileError("an archive inside of an archive; deliver the file itself")
    return "duckdb"


def read_binary(
    file: BinaryFile, declaration: Declaration, connection: duckdb.DuckDBPyConnection, scratch: ExitStack
) -> MappedRecords:
    """The rows of a file that is no text."""
    fitting = {
        "workbook": ("header", "sheet", "header_row", "first_row"),
        "sqlite": ("from_table",),
        "duckdb": ("from_table",),
    }
    for key in LAYOUT_KEYS:
        if getattr(declaration, key) and key not in fitting.get(file.kind, ()):
            raise UnreadableFileError(f"{key} says nothing of a {_CALLED[file.kind]}; remove it")
    return _READ[file.kind](file.path, declaration, connection, scratch)


def read_csv_rows(
    text: PlainText, declaration: Declaration, connection: duckdb.DuckDBPyConnection, scratch: ExitStack
) -> MappedRecords:
    file = open_csv(_with_header(text, declaration.header, scratch) if declaration.header else text)
    if declaration.header and len(file.header) != len(declaration.header):
        raise UnreadableFileError("header names a column with a separator in it; give it another name")
    rows, chosen = _wanted(file.header, declaration)
    sink: FrameSink | TableSink = TableSink(connection, TABLE) if text.size > SMALL_FILE_BYTES else FrameSink()
    number, rejects = read_csv(file, chosen, sink, declaration.tables[0].table)
    if isinstance(sink, FrameSink):
        register_rows(connection, TABLE, sink.frame, scratch)
    return _tabular(connection, number, tuple(rejects), declaration, rows)


def _parquet(
    path: Path, declaration: Declaration, connection: duckdb.DuckDBPyConnection, scratch: ExitStack
) -> MappedRecords:
    parquet = open_parquet(path)
    rows, chosen = _wanted(parquet.header, declaration)
    columns = ParquetColumns(parquet, {name: (place, Kind.TEXT) for name, place in chosen.items()}, as_text=True)
    if path.stat().st_size > SMALL_FILE_BYTES:
        number = TableSink(connection, TABLE).take_parquet(columns)
    else:
        frame = parquet_frame(columns)
        number = frame.height
        register_rows(connection, TABLE, frame, scratch)
    refuse_miscount(count_parquet(path), number)
    return _tabular(connection, number, (), declaration, rows)


def _workbook(
    path: Path, declaration: Declaration, connection: duckdb.DuckDBPyConnection, scratch: ExitStack
) -> MappedRecords:
    table = open_sheet(path, declaration.sheet, declaration.header, declaration.header_row, declaration.first_row)
    rows, chosen = _wanted(table.header, declaration)
    register_rows(connection, TABLE, table.frame(chosen), scratch)
    rejects = tuple(table.rejects(tuple(chosen.values()), declaration.tables[0].table))
    return _tabular(connection, table.rows.len(), rejects, declaration, rows)


def _sqlite(
    path: Path, declaration: Declaration, connection: duckdb.DuckDBPyConnection, scratch: ExitStack
) -> MappedRecords:
    with open_sqlite(path, declaration.from_table) as table:
        rows, chosen = _wanted(table.header, declaration)
        sink = TableSink(connection, TABLE)
        sink.begin(chosen)
        for frame in table.frames(chosen):
            sink.add_frame(frame)
        scratch.callback(connection.execute, f"drop table if exists {TABLE}")
        (kept,) = connection.execute(f"select count(*) from {TABLE}").fetchone() or (0,)
        refuse_miscount(table.rows, int(kept) + len(table.rejects))
        return _tabular(connection, table.rows, tuple(table.rejects), declaration, rows)


def _duckdb(
    path: Path, declaration: Declaration, connection: duckdb.DuckDBPyConnection, scratch: ExitStack
) -> MappedRecords:
    with open_duckdb(path, declaration.from_table) as table:
        rows, chosen = _wanted(table.header, declaration)
        number = table.take(TableSink(connection, TABLE), chosen)
        scratch.callback(connection.execute, f"drop table if exists {TABLE}")
        refuse_miscount(table.rows, number)
        return _tabular(connection, number, (), declaration, rows)


_READ: dict[str, Callable[[Path, Declaration, duckdb.DuckDBPyConnection, ExitStack], MappedRecords]] = {
    "parquet": _parquet, "workbook": _workbook, "sqlite": _sqlite, "duckdb": _duckdb,
}  # fmt: skip
_CALLED = {"parquet": "Parquet file", "workbook": "workbook", "sqlite": "SQLite file", "duckdb": "DuckDB file"}


def _wanted(header: Sequence[str], declaration: Declaration) -> tuple[list[dict[str, tuple[int, str]]], dict[str, int]]:
    """Of each table where its fields stand, and the columns that are read: the name that each gets → its place in the header."""
    rows = _places(header, declaration)
    return rows, {f"c{place}": place for place in sorted({place for table in rows for place, _ in table.values()})}


def _tabular(
    connection: duckdb.DuckDBPyConnection,
    rows_in: int,
    rejects: tuple[Reject, ...],
    declaration: Declaration,
    places: Sequence[dict[str, tuple[int, str]]],
) -> MappedRecords:
    rows = []
    for table, found in zip(declaration.tables, places, strict=True):
        fields = {INDEX: f"cast({RECORD} - 1 as varchar)"}
        for reference, (place, path) in found.items():
            column = f"nullif(c{place}, '')"
            if path:
                column = f"case when json_valid(c{place}) then json_extract_string(c{place}, {_literal(path)}) end"
            fields[reference] = column
        absent = frozenset(set(needed_references(table)) - set(found))
        rows.append(MappedRows(TABLE, {**fields, **dict.fromkeys(absent, "cast(null as varchar)")}, absent))
    return MappedRecords(connection, rows_in, rejects, tuple(rows))


def _places(header: Sequence[str], declaration: Declaration) -> list[dict[str, tuple[int, str]]]:
    """Of each table, reference → its column in the header, and the JSON path inside that column ("" for all of it)."""
    if len(header) > MOST_COLUMNS:
        raise UnreadableFileError(f"the header has {len(header)} columns, more than {MOST_COLUMNS}; deliver fewer")
    bare = [name.strip().lstrip("\ufeff").strip() for name in header]
    small = [folded(name) for name in header]
    wanted = {table.name_in_file(name) for table in declaration.tables for name in needed_references(table)}

    def column(name: str) -> int | None:
        for names, sought in ((bare, name.strip()), (small, folded(name))):
            found = [place for place, each in enumerate(names) if each == sought]
            if len(found) > 1:
                raise UnreadableFileError(
                    f"the mapping reads {name!r}, which the header names twice (columns {found[0] + 1} and {found[1] + 1}); "
                    "keep one of them and deliver the file again"
                )
            if found:
                return found[0]
        return None

    def place(reference: str) -> tuple[int, str] | None:
        whole = column(reference)
        if whole is not None:
            return whole, ""
        try:
            steps = parsed_steps(reference)
        except BadReferenceError:
            return None
        inside = column(str(steps[0])) if len(steps) > 1 else None
        return None if inside is None else (inside, json_path(steps[1:]))

    rows = []
    for table in declaration.tables:
        if table.rows:
            raise UnreadableFileError(
                f"rows = {table.rows!r} leads into nested files, and this one is a table; remove it"
            )
        found = {name: at for name in needed_references(table) if (at := place(table.name_in_file(name))) is not None}
        listed = listed_names(header, {folded(name) for name in wanted}, folded)
        _refuse_absent(table, set(found), listed, is_declared=bool(declaration.header))
        rows.append(found)
    return rows


def _refuse_absent(table: MappedTable, found: set[str], header: str, *, is_declared: bool) -> None:
    """Refuse a file in which a needed column, a condition or the deduplication has nothing to be made of."""
    needed = {f"columns.{column.name}" for column in table.canonical.required}
    needed |= {"filter", "deleted", "deduplicate_by", "on", *(f"join.{name}.on" for name in table.join)}
    choices = {f"columns.{name}": rule.coalesce for name, rule in table.columns.items() if rule.coalesce}
    for key, reference in table.references():
        if key not in needed or reference in found or reference in (INDEX, MADE_ID):
            continue
        if key in choices and set(choices[key]) & found:
            continue
        if is_declared:
            raise UnreadableFileError(
                f"{key} of the mapping reads {reference!r}, which `header` does not name; add it there, or correct {key}"
            )
        if key.startswith("join."):
            header += ' (where the two files call it differently write on = { own = "theirs" })'
        raise UnreadableFileError(
            f"{key} of the mapping reads {reference!r}, which the file does not have; it has {header}; "
            "correct the mapping, or add the column and deliver the file again"
        )


def _with_header(text: PlainText, names: Sequence[str], scratch: ExitStack) -> PlainText:
    """The text with the declared names as its first line, separated as its own first line is."""
    start = text.start(_HEADER_BYTES // 4)
    line = next((line for line in start.splitlines() if line.strip()), "")
    mark = max((",", ";", "\t", "|"), key=line.count)
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    header = (mark.join(quoted) + "\n").encode()
    with text.open() as handle:
        if text.data is not None:
            return PlainText(text.encoding, data=header + handle.read().removeprefix(b"\xef\xbb\xbf"))
        target = Path(scratch.enter_context(tempfile.TemporaryDirectory(prefix="aftercall-"))) / "with_header"
        with target.open("wb") as file:
            file.write(header)
            file.write(handle.read(3).removeprefix(b"\xef\xbb\xbf"))
            while chunk := handle.read(io.DEFAULT_BUFFER_SIZE * 128):
                file.write(chunk)
    return PlainText(text.encoding, path=target)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
