"""Tables of SQLite and DuckDB files, every value as the text that a CSV file would hold.

Both are opened to be read alone: no view is followed, no extension loaded, no other file reached. SQLite keeps a type with each
value, so a column may hold numbers, text and bytes at once.
"""

import math
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import duckdb
import polars as pl

from pipelines.sources.limits import LONGEST_RECORD_BYTES, MOST_COLUMNS
from pipelines.sources.parquet_records import text_of
from pipelines.sources.reading import RECORD, Reject, UnreadableFileError, UnreadFileError, passing_reason
from pipelines.sources.tables import TableSink

SQLITE_START = b"SQLite format 3\x00"
#: A DuckDB file has eight bytes of a checksum in front of it.
DUCKDB_MARK, DUCKDB_MARK_AT = b"DUCK", 8
_BATCH_ROWS = 20_000
_EXACT = 2**53
_MOST_SHOWN = 20


def refuse_unwritten(path: Path) -> None:
    """Raise UnreadFileError where changes of a database stand in a file beside it: without them it is not what was meant."""
    for ending in ("-wal", "-journal", ".wal"):
        beside = path.with_name(path.name + ending)
        if beside.exists() and beside.stat().st_size:
            raise UnreadFileError(
                f"changes of the database stand in {beside.name} and not in the file yet; close the program that writes it"
            )


def _chosen(tables: Sequence[str], wanted: str) -> str:
    """The table that is read: the one that is named, or the only one."""
    if wanted:
        if wanted in tables:
            return wanted
        raise UnreadableFileError(f"the database has no table {wanted!r}; it has {_listed(tables)}; correct from_table")
    if len(tables) == 1:
        return tables[0]
    raise UnreadableFileError(
        f"the database has {len(tables)} tables ({_listed(tables)}); name one with from_table" if tables else "the database has no table"
    )  # fmt: skip


def _listed(tables: Sequence[str]) -> str:
    return ", ".join(tables[:_MOST_SHOWN]) + (", …" if len(tables) > _MOST_SHOWN else "") or "none"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# ---------------------------------------------------------------------- SQLite


@dataclass
class SqliteTable:
    """One table of an SQLite file, opened. ``rejects`` fills while it is read."""

    connection: sqlite3.Connection
    name: str
    header: tuple[str, ...]
    rows: int
    rejects: list[Reject] = field(default_factory=list)

    def frames(self, chosen: Mapping[str, int]) -> Iterator[pl.DataFrame]:
        """Batches of ``_record`` and the chosen columns (name → place in the header) as text, without records that are no text."""
        columns = ", ".join(_quoted(self.header[place]) for place in chosen.values()) or "null"
        cursor = self.connection.execute(f"select {columns} from {_quoted(self.name)}")
        schema = {RECORD: pl.Int64(), **dict.fromkeys(chosen, pl.String())}
        number = 0
        while rows := cursor.fetchmany(_BATCH_ROWS):
            bad: dict[int, str] = {}
            values = [
                _texts(column, self.header[place], bad) for column, place in zip(zip(*rows, strict=True), chosen.values(), strict=False)
            ]  # fmt: skip
            numbers = range(number + 1, number + len(rows) + 1)
            frame = pl.DataFrame(dict(zip(schema, [numbers, *values], strict=True)), schema=schema)
            if bad:
                frame = frame.filter(~pl.int_range(pl.len()).is_in(list(bad)))
                self.rejects += [
                    Reject(number + 1 + place, "row", "malformed_record", f"column {name} holds bytes that are no text")
                    for place, name in sorted(bad.items())
                ]
            number += len(rows)
            yield frame


@contextmanager
def open_sqlite(path: Path, table: str) -> Iterator[SqliteTable]:
    """The table of this name, or the only one there is.

    Raises UnreadableFileError for a damaged file and for a view: what it computes is nobody's record.
    """
    # immutable: not even a lock is taken; what another program writes meanwhile is told by the time of the file.
    place = f"file:{quote(str(path))}?mode=ro&immutable=1"
    with closing(sqlite3.connect(place, uri=True, isolation_level=None)) as connection:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_RECORD_BYTES)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        # Bytes, decoded later: one text that is no UTF-8 must not end the reading of all.
        connection.text_factory = bytes
        try:
            for pragma in ("trusted_schema = off", "query_only = on", "cell_size_check = on", "mmap_size = 0"):
                connection.execute(f"pragma {pragma}")
            listed = connection.execute(
                "select name, type, sql from sqlite_schema where name not like 'sqlite\\_%' escape '\\'"
            )
            kinds = {
                _name(name): "virtual table" if (sql or b"").lstrip()[:14].lower() == b"create virtual" else _name(kind)
                for name, kind, sql in listed.fetchall()
            }
            if table and kinds.get(table, "table") != "table":
                raise UnreadableFileError(
                    f"from_table = {table!r} is a {kinds[table]}; name a table that holds the records"
                )
            name = _chosen(sorted(name for name, kind in kinds.items() if kind == "table"), table)
            described = connection.execute(f"pragma table_xinfo({_quoted(name)})").fetchall()
            # Hidden columns are those of virtual tables; computed ones hold nothing that was delivered.
            header = tuple(_name(row[1]) for row in described if row[6] == 0)
            if len(header) > MOST_COLUMNS:
                raise UnreadableFileError(
                    f"the table has {len(header)} columns, more than {MOST_COLUMNS}; deliver fewer"
                )
            (rows,) = connection.execute(f"select count(*) from {_quoted(name)}").fetchone()
            yield SqliteTable(connection, name, header, int(rows))
        except sqlite3.Error as error:
            raise UnreadableFileError("the SQLite file is damaged, encrypted or truncated; deliver it again") from error


def _name(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _texts(values: Sequence[object], name: str, bad: dict[int, str]) -> list[str | None]:
    """The values of one column as text; places whose bytes are no text are entered into ``bad``."""
    return [None if value is None else _text(value, place, name, bad) for place, value in enumerate(values)]


def _text(value: object, place: int, name: str, bad: dict[int, str]) -> str | None:
    if isinstance(value, bytes):
        try:
            text = value.decode("utf-8")
        except UnicodeDecodeError:
            text = "\x00"
        if "\x00" in text:
            bad.setdefault(place, name)
            return None
        return text or None
    if isinstance(value, float) and math.isfinite(value) and value.is_integer() and abs(value) < _EXACT:
        # A whole number in a column of numbers may be an id.
        return str(int(value))
    return str(value)


# ---------------------------------------------------------------------- DuckDB


@dataclass(frozen=True)
class DuckdbTable:
    """One table of a DuckDB file, on an engine of its own."""

    connection: duckdb.DuckDBPyConnection
    name: str
    header: tuple[str, ...]
    types: tuple[str, ...]
    rows: int

    def take(self, sink: TableSink, chosen: Mapping[str, int]) -> int:
        """Copy the chosen columns (name → place in the header) into ``sink`` as text; returns the number of rows."""
        named = ", ".join(f"{_quoted(self.header[place])} as {name}" for name, place in chosen.items()) or "1 as one"
        texts = [f"{text_of(name, self.types[place])} as {name}" for name, place in chosen.items()]
        listed = ", ".join([f"row_number() over () as {RECORD}", *texts])
        batches = self.connection.execute(f"select {listed} from (select {named} from {self.name})").to_arrow_reader(
            _BATCH_ROWS
        )
        sink.connection.register("rows_of_database", batches)
        try:
            return sink.take("select * from rows_of_database", {})
        finally:
            sink.connection.unregister("rows_of_database")


@contextmanager
def open_duckdb(path: Path, table: str) -> Iterator[DuckdbTable]:
    """The table of this name (``schema.table`` outside of main), or the only one there is; see ``open_sqlite``."""
    with duckdb.connect(
        config={"threads": 1, "autoload_known_extensions": False, "autoinstall_known_extensions": False}
    ) as connection:
        connection.execute("set timezone = 'UTC'")
        try:
            connection.execute(f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as delivered (read_only)")
        except duckdb.Error as error:
            if passing_reason(error) is not None:
                raise
            raise UnreadableFileError(
                f"the DuckDB file cannot be opened by version {duckdb.__version__}: it is damaged, encrypted, or of a later version; "
                "deliver the table as Parquet"
            ) from error
        # What stands in the file must not reach for another one.
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        tables = {
            (name if schema == "main" else f"{schema}.{name}"): (schema, name)
            for schema, name in connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'delivered' and not internal order by all"
            ).fetchall()
        }
        views = connection.execute(
            "select view_name from duckdb_views() where database_name = 'delivered' and not internal"
        ).fetchall()
        if table and (table,) in views and table not in tables:
            raise UnreadableFileError(f"from_table = {table!r} is a view; name a table that holds the records")
        schema, name = tables[_chosen(sorted(tables), table)]
        whole = f"delivered.{_quoted(schema)}.{_quoted(name)}"
        described = connection.execute(f"describe {whole}").fetchall()
        (rows,) = connection.execute(f"select count(*) from {whole}").fetchone() or (0,)
        yield DuckdbTable(
            connection, whole, tuple(row[0] for row in described), tuple(row[1] for row in described), int(rows)
        )
