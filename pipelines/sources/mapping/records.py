"""Files of a mapping → rows of text, as relations of the engine: tables (CSV, Parquet) and nested files (JSON, JSONL).

What belongs here: which way a file is read, and where in it the fields of the mapping stand. What the fields mean is
``evaluate``'s work.
"""

import io
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from pipelines.contract import Kind
from pipelines.sources.column_names import folded, listed_names
from pipelines.sources.counting import count_lines, count_list, count_parquet
from pipelines.sources.csv_records import open_csv, read_csv
from pipelines.sources.json_records import JsonLayout, layout_of, looks_like_json
from pipelines.sources.limits import MOST_COLUMNS, SMALL_FILE_BYTES
from pipelines.sources.mapping.declaration import Declaration, MappedTable
from pipelines.sources.mapping.documents import DocumentWalk, RowsWanted
from pipelines.sources.mapping.nested_columns import NestedColumns
from pipelines.sources.mapping.references import INDEX, MADE_ID, BadReferenceError, json_path, parsed_steps
from pipelines.sources.parquet_records import ParquetColumns, is_parquet, open_parquet
from pipelines.sources.plain_text import PlainText, is_utf8, plain_text
from pipelines.sources.reading import PATH, RECORD, Reject, UnreadableFileError, refuse_miscount
from pipelines.sources.tables import FrameSink, TableSink, forget_local_engine, local_engine, parquet_frame
from pipelines.sources.unpacking import content_suffix

_TABLE = "mapped_table"
_HEADER_BYTES = 1 << 20
_JSON_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson"})


@dataclass(frozen=True)
class MappedRows:
    """The rows of one table: ``relation`` stands in a FROM clause, ``fields`` maps each reference to SQL over it (text).

    ``absent``: references for which the file has no column.
    """

    relation: str
    fields: dict[str, str]
    absent: frozenset[str] = frozenset()


@dataclass(frozen=True)
class MappedRecords:
    """What a file holds: ``rows_in`` records, those of ``rejects`` included, and rows by table of the declaration."""

    connection: duckdb.DuckDBPyConnection
    rows_in: int
    rejects: tuple[Reject, ...]
    rows: tuple[MappedRows, ...]


@contextmanager
def open_records(path: Path, encoding: str, declaration: Declaration) -> Iterator[MappedRecords]:
    """The rows of one file, on an engine of their own for as long as the context lasts.

    Raises UnreadableFileError where the file is no table and no JSON, lacks a field that a needed column is made of, or
    its records do not come to the independent count.
    """
    with path.open("rb") as handle:
        start = handle.read(4)
    with ExitStack() as scratch:
        if is_parquet(start):
            connection = scratch.enter_context(_engine(path.stat().st_size))
            yield _parquet(path, declaration, connection, scratch)
            return
        text = scratch.enter_context(plain_text(path, encoding))
        connection = scratch.enter_context(_engine(text.size))
        if looks_like_json(text) or content_suffix(path) in _JSON_SUFFIXES:
            yield _nested(text, declaration, connection, scratch)
        else:
            yield _csv(text, declaration, connection, scratch)


@contextmanager
def _engine(size: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """The thread's own engine for a small file, one of its own for a large one."""
    if size > SMALL_FILE_BYTES:
        with duckdb.connect() as connection:
            yield connection
        return
    try:
        yield local_engine()
    except (duckdb.InternalException, duckdb.FatalException):
        forget_local_engine()
        raise


def needed_references(table: MappedTable) -> tuple[str, ...]:
    """The fields of the file that a table reads, each once."""
    names = dict.fromkeys(reference for _, reference in table.references())
    return tuple(name for name in names if name not in (INDEX, MADE_ID))


# ---------------------------------------------------------------------- tables


def _csv(
    text: PlainText, declaration: Declaration, connection: duckdb.DuckDBPyConnection, scratch: ExitStack
) -> MappedRecords:
    file = open_csv(_with_header(text, declaration.header, scratch) if declaration.header else text)
    if declaration.header and len(file.header) != len(declaration.header):
        raise UnreadableFileError("header names a column with a separator in it; give it another name")
    rows = _places(file.header, declaration)
    used = sorted({place for table in rows for place, _ in table.values()})
    sink: FrameSink | TableSink = TableSink(connection, _TABLE) if text.size > SMALL_FILE_BYTES else FrameSink()
    number, rejects = read_csv(file, {f"c{place}": place for place in used}, sink, declaration.tables[0].table)
    if isinstance(sink, FrameSink):
        _register(connection, _TABLE, sink.frame, scratch)
    return _tabular(connection, number, tuple(rejects), declaration, rows)


def _parquet(
    path: Path, declaration: Declaration, connection: duckdb.DuckDBPyConnection, scratch: ExitStack
) -> MappedRecords:
    parquet = open_parquet(path)
    rows = _places(parquet.header, declaration)
    used = sorted({place for table in rows for place, _ in table.values()})
    columns = ParquetColumns(parquet, {f"c{place}": (place, Kind.TEXT) for place in used}, as_text=True)
    if path.stat().st_size > SMALL_FILE_BYTES:
        number = TableSink(connection, _TABLE).take_parquet(columns)
    else:
        frame = parquet_frame(columns)
        number = frame.height
        _register(connection, _TABLE, frame, scratch)
    refuse_miscount(count_parquet(path), number)
    return _tabular(connection, number, (), declaration, rows)


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
        rows.append(MappedRows(_TABLE, {**fields, **dict.fromkeys(absent, "cast(null as varchar)")}, absent))
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
        _refuse_absent(table, set(found), listed_names(header, {folded(name) for name in wanted}, folded))
        rows.append(found)
    return rows


def _refuse_absent(table: MappedTable, found: set[str], header: str) -> None:
    """Refuse a file in which a needed column, a condition or the deduplication has nothing to be made of."""
    needed = {f"columns.{column.name}" for column in table.canonical.required}
    needed |= {"filter", "deleted", "deduplicate_by", "on", *(f"join.{name}.on" for name in table.join)}
    choices = {f"columns.{name}": rule.coalesce for name, rule in table.columns.items() if rule.coalesce}
    for key, reference in table.references():
        if key not in needed or reference in found or reference in (INDEX, MADE_ID):
            continue
        if key in choices and set(choices[key]) & found:
            continue
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


# ---------------------------------------------------------------------- nested files


def _nested(
    text: PlainText, declaration: Declaration, connection: duckdb.DuckDBPyConnection, scratch: ExitStack
) -> MappedRecords:
    if declaration.header:
        raise UnreadableFileError("header names the columns of a table, and this file is JSON; remove it")
    try:
        wanted = [RowsWanted.of(table, needed_references(table)) for table in declaration.tables]
    except BadReferenceError as error:
        raise UnreadableFileError(
            f"the mapping reads a field of this JSON file by a name that is no path: {error}"
        ) from error
    layout = layout_of(text)
    with text.open() as handle:
        documents = 1
        if layout is not JsonLayout.OBJECT:
            documents = count_lines(handle) if layout is JsonLayout.LINES else count_list(handle)
    relations: list[str] = []
    rejects: tuple[Reject, ...] = ()
    large = NestedColumns(connection, wanted)
    if text.path is not None and text.size > SMALL_FILE_BYTES and is_utf8(text) and large.take(text, layout, documents):
        rows_in, relations = large.rows_in, large.relations
    else:
        walk = DocumentWalk(wanted)
        frames = walk.take(text, layout)
        refuse_miscount(documents, walk.documents)
        if walk.documents and not walk.rows_in and not walk.has_list:
            raise UnreadableFileError(
                f"no document has the list that rows = {declaration.tables[0].rows!r} leads to; correct `rows` of the mapping, or "
                "deliver the file that it is for"
            )
        if (
            wanted[0].places
            and walk.rows_in > len([reject for reject in walk.rejects if reject.scope == "row"])
            and not walk.has_value
        ):
            names = ", ".join(repr(name) for name in wanted[0].places)
            raise UnreadableFileError(
                f"no record has any of the fields that the mapping reads ({names}); correct `columns` or `rows` of the mapping, or "
                "deliver the file that it is for"
            )
        rows_in, rejects = walk.rows_in, tuple(walk.rejects)
        for number, frame in enumerate(frames):
            relations.append(f"walked_rows_{number}")
            _register(connection, relations[-1], frame, scratch)
    rows = tuple(
        MappedRows(relation, {**one.columns, INDEX: f"cast({INDEX} as varchar)"})
        for one, relation in zip(wanted, relations, strict=True)
    )
    return MappedRecords(connection, rows_in, rejects, rows)


def _register(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame, scratch: ExitStack) -> None:
    connection.register(name, frame.to_arrow())
    scratch.callback(connection.unregister, name)


def has_path(rows: MappedRows) -> bool:
    """Whether the rows stand in nested files, which say by a path where."""
    return rows.relation != _TABLE


def path_column(rows: MappedRows) -> str:
    """SQL of the JSON path of a row, null in tables."""
    return PATH if has_path(rows) else "cast(null as varchar)"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
