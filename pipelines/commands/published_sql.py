"""`aftercall sql`: one SELECT over the published tables, in an engine that can read nothing else.

The engine lives in memory. It has a view of each published table that the statement names, may open the files of these
and no other, loads no extension, and its settings are locked before the statement is read. It never opens the
warehouse, so it answers while a run is writing.
"""

import difflib
import itertools
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from pipelines.commands.answer_columns import usable_batch, usable_schema
from pipelines.config import ConfigError, Settings
from pipelines.console import first_line
from pipelines.contract import PUBLISHED_TABLES
from pipelines.failures import machine_reason
from pipelines.interruption import go_on, stops
from pipelines.snapshot import Snapshot, SnapshotError, SnapshotStore

BATCH_ROWS = 50_000
_LISTS = "`aftercall sql --tables` lists the tables, `--describe TABLE` the columns of one"
#: DuckDB counts these among SELECTs, and answers them from an engine that has no table yet.
_LISTING = re.compile(r"[\s(;]*(show|describe|desc|summarize|pragma)\b", re.IGNORECASE)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_NO_TABLE = re.compile(r"Table with name (.+?) does not exist")
_NO_COLUMN = re.compile(r'Referenced column "(.+?)" not found|does not have a column named "(.+?)"')
_SEVERAL_ROWS = "More than one row returned by a subquery"
_KIND = re.compile(r"([A-Z][A-Za-z ]{,40}) Error: ")
_PIVOT = re.compile(r"\bpivot", re.IGNORECASE)
#: Raised while a statement is parsed and bound; by a function that parses a value also while rows are read.
_OF_THE_STATEMENT = (duckdb.ParserException, duckdb.SyntaxException, duckdb.BinderException, duckdb.CatalogException)
_TABLE_FUNCTIONS = frozenset({"generate_series", "json_each", "json_tree", "range", "repeat", "unnest"})
_OF_THE_ENGINE_FUNCTION = re.compile(r"(duckdb_|pragma_|pg_get_|current_setting$|json_serialize_plan$|write_log$)", re.IGNORECASE)  # fmt: skip
_OF_THE_ENGINE_TABLE = re.compile(r"(duckdb_|pragma_|pg_|sqlite_)", re.IGNORECASE)
_SCHEMAS_OF_THE_ENGINE = frozenset({"information_schema", "pg_catalog"})
#: What the engine's own parser finds in a statement: why it cannot be read; names of functions, tables and schemas.
_NAMES_IN = """
select
    json_extract_string(parsed, '$.error_message'),
    json_extract_string(parsed, '$..function.function_name'),
    json_extract_string(parsed, '$..function_name'),
    json_extract_string(parsed, '$..table_name'),
    json_extract_string(parsed, '$..schema_name')
from (select json_serialize_sql($statement::varchar) as parsed)
"""


@dataclass(frozen=True)
class Answer:
    """``batches``: the rows, read as they are asked for. ``notice``: why it is not the snapshot that was published last."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    notice: str


@contextmanager
def answered(settings: Settings, statement: str) -> Iterator[Answer]:
    """The rows of ``statement``, one SELECT over the published tables.

    Raises:
        SnapshotError: there is no snapshot, or a file of it cannot be read.
        ConfigError: not one SELECT; it names what is not published, or cannot be computed; the message says what to do.
    """
    store = SnapshotStore(settings.data_dir)
    snapshot = store.current()
    with (
        tempfile.TemporaryDirectory(prefix="aftercall-sql-") as spill,
        duckdb.connect(config={"python_enable_replacements": "false"}) as connection,
    ):
        stops(connection)
        _refuse_all_but_select(connection, statement)
        tables = _views(connection, snapshot, statement)
        _lock(connection, settings, snapshot, tables, Path(spill))
        try:
            reader = _reader(connection, statement)
            schema = usable_schema(reader.schema)
            named = (usable_batch(batch, schema) for batch in reader)
            # What cannot be computed is mostly met in the first rows: before anything of the answer was written.
            first = next(named, None)
            batches = named if first is None else itertools.chain([first], named)
            yield Answer(schema, batches, snapshot.notice)
        except (duckdb.Error, pa.ArrowException, pl.exceptions.PolarsError) as error:
            # What a signal broke off is no fault of the statement.
            go_on()
            if isinstance(error, _OF_THE_STATEMENT) and _is_found_without_reading(connection, statement):
                raise _of_the_statement(error, snapshot, tables) from error
            raise _of_the_rows(error, settings, snapshot, tables) from error


def _reader(connection: duckdb.DuckDBPyConnection, statement: str) -> pa.RecordBatchReader:
    try:
        reader = connection.execute(statement).to_arrow_reader(BATCH_ROWS)
        _ = reader.schema
    except OSError as error:
        # In the words of Arrow: the engine has a type that Arrow does not.
        raise ConfigError("sql: a column is of a type that no format has; cast it to varchar") from error
    return reader


def _is_found_without_reading(connection: duckdb.DuckDBPyConnection, statement: str) -> bool:
    """Whether an error arises as soon as the statement is bound, so that nothing of a record can stand in its words."""
    try:
        connection.sql(statement)
    except _OF_THE_STATEMENT:
        return True
    except duckdb.Error:
        return False
    return False


def _refuse_all_but_select(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    try:
        found = connection.extract_statements(statement)
    except duckdb.Error as error:
        raise ConfigError(f"sql: {_without_prefix(error)}; write one SELECT statement") from error
    if not found:
        raise ConfigError("sql: there is no statement; write one SELECT statement")
    if len(found) > 1 and found[0].type == duckdb.StatementType.CREATE and _PIVOT.search(statement):
        raise ConfigError(
            "sql: PIVOT that looks for its columns itself is not possible here; name them (`pivot … on column in ('a', 'b')`), "
            "or write an aggregate with filter (where …) for each"
        )
    if len(found) > 1:
        raise ConfigError(f"sql: {len(found)} statements; write one SELECT statement")
    if _LISTING.match(_COMMENT.sub(" ", statement)):
        raise ConfigError(f"sql: only SELECT is taken here, no SHOW, DESCRIBE, SUMMARIZE or PRAGMA; {_LISTS}")
    if found[0].type != duckdb.StatementType.SELECT:
        raise ConfigError(
            f"sql: {found[0].type.name} is not possible here, the published tables are only read; write one SELECT statement"
        )
    _refuse_what_is_of_the_engine(connection, statement)


def _refuse_what_is_of_the_engine(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    """Only known table functions, and nothing that shows or changes what the engine is set to, paths of files among it."""
    fault, of_tables, functions, tables, schemas = connection.execute(_NAMES_IN, {"statement": statement}).fetchall()[0]
    if fault is not None:
        # A PRAGMA calls itself a SELECT until it is to be written out.
        words = "it is no SELECT" if fault.startswith("Only SELECT") else fault.split(". ")[0].rstrip("!.")
        raise ConfigError(f"sql: {words}; write one SELECT statement")
    refused = [name for name in of_tables if name.lower() not in _TABLE_FUNCTIONS]
    if refused:
        raise ConfigError(
            f"sql: the table function {refused[0]!r} is not possible here: a statement reads the published tables, and no file "
            f"or other database, and changes no setting; possible are {', '.join(sorted(_TABLE_FUNCTIONS))}"
        )
    refused = [name for name in functions if _OF_THE_ENGINE_FUNCTION.match(name)]
    refused += [name for name in tables if _OF_THE_ENGINE_TABLE.match(name)]
    refused += [name for name in schemas if name.lower() in _SCHEMAS_OF_THE_ENGINE]
    if refused:
        raise ConfigError(
            f"sql: {refused[0]!r} is of the engine, not of the published tables, and not possible here; {_LISTS}"
        )


def _views(connection: duckdb.DuckDBPyConnection, snapshot: Snapshot, statement: str) -> dict[str, tuple[str, ...]]:
    """Make a view of every published table whose name stands in ``statement``; gives their columns by table."""
    said = statement.lower()
    made: dict[str, tuple[str, ...]] = {}
    for name in published_names(snapshot):
        if name not in said:
            continue
        listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in snapshot.files(name))
        source = f"read_parquet([{listed}], hive_partitioning = false)"
        try:
            there = {row[0] for row in connection.execute(f"describe select * from {source}").fetchall()}
        except duckdb.Error as error:
            raise _unreadable(name, snapshot) from error
        # What an earlier version did not publish is not there.
        columns = tuple(column for column in PUBLISHED_TABLES[name].column_names if column in there)
        connection.execute(f"create view {name} as select {', '.join(columns)} from {source}")
        made[name] = columns
    return made


def published_names(snapshot: Snapshot) -> list[str]:
    """The published tables that ``snapshot`` has, in the order of the contract."""
    return [name for name in PUBLISHED_TABLES if name in snapshot.manifest.tables]


def _lock(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    snapshot: Snapshot,
    tables: Mapping[str, Sequence[str]],
    spill: Path,
) -> None:
    """From here on the engine opens the files of ``tables`` and its own folder for spilled rows, and no setting changes."""
    files = [str(path) for name in tables for path in snapshot.files(name)]
    connection.execute("set timezone = 'UTC'")
    connection.execute("set enable_progress_bar = false")
    connection.execute("set memory_limit = $limit", {"limit": settings.project.memory_limit})
    connection.execute("set threads = $threads", {"threads": settings.project.threads})
    connection.execute("set temp_directory = $folder", {"folder": str(spill)})
    connection.execute("set autoinstall_known_extensions = false")
    connection.execute("set autoload_known_extensions = false")
    connection.execute("set allowed_paths = $files", {"files": files})
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")


def _of_the_statement(error: Exception, snapshot: Snapshot, tables: Mapping[str, Sequence[str]]) -> ConfigError:
    """What is wrong with the statement, and what to write instead."""
    said = str(error)
    table, column = _NO_TABLE.search(said), _NO_COLUMN.search(said)
    if table is not None:
        return ConfigError(
            f"sql: no table {table[1]!r} is published{_near(table[1], published_names(snapshot))}; {_LISTS}"
        )
    if column is not None:
        name = column[1] or column[2]
        known = list(dict.fromkeys(each for columns in tables.values() for each in columns))
        return ConfigError(f"sql: there is no column {name!r}{_near(name, known)}; {_LISTS}")
    return ConfigError(f"sql: {_without_prefix(error)}")


def _of_the_rows(
    error: Exception, settings: Settings, snapshot: Snapshot, tables: Mapping[str, Sequence[str]]
) -> ConfigError | SnapshotError:
    """Why the rows cannot be computed. The engine's words quote values of records, so that they are never repeated."""
    said = str(error)
    damaged = next((name for name in tables for path in snapshot.files(name) if str(path) in said), None)
    if damaged is not None:
        return _unreadable(damaged, snapshot)
    if isinstance(error, duckdb.PermissionException):
        return ConfigError("sql: a statement reads the published tables, and no file or other database")
    if isinstance(error, duckdb.ConversionException | duckdb.OutOfRangeException):
        return ConfigError(
            "sql: a value does not fit the type that the statement gives it; try_cast, or try(…) around a function, makes such values null"
        )
    if _SEVERAL_ROWS in said:
        return ConfigError(
            "sql: a subquery that must give one value gives several rows; give it an aggregate or limit 1"
        )
    reason = machine_reason(error, memory_limit=settings.project.memory_limit, folder=settings.data_dir)
    if reason is not None:
        return ConfigError(f"sql: {reason}")
    kind = _KIND.match(said)
    return ConfigError(
        f"sql: a function cannot take a value that the statement gives it ({kind[1].lower() if kind else type(error).__name__}); "
        "try(…) around the function makes such values null, or leave them out with where"
    )


def _near(name: str, known: list[str]) -> str:
    """The names of ``known`` that ``name`` may have meant, the nearest first; nothing where none is near."""
    wanted = name.lower()
    near = difflib.get_close_matches(wanted, known, n=4, cutoff=0.6)
    near += [each for each in known if wanted in each and each not in near][: 4 - len(near)]
    return f"; near: {', '.join(near)}" if near else ""


def _unreadable(table: str, snapshot: Snapshot) -> SnapshotError:
    return SnapshotError(
        f"table {table} of snapshot {snapshot.manifest.snapshot_id} cannot be read; run `aftercall run --full-refresh`"
    )


def _without_prefix(error: Exception) -> str:
    """The first line of what the engine says, without the name of its kind of error."""
    return re.sub(r"^[A-Z][\w ]* Error: ", "", first_line(error))


def table_list(settings: Settings) -> tuple[tuple[str, ...], ...]:
    """name, rows and description of every published table of the current snapshot. Raises SnapshotError if there is none."""
    snapshot = SnapshotStore(settings.data_dir).current()
    return tuple(
        (name, f"{snapshot.manifest.tables[name].rows:,}", PUBLISHED_TABLES[name].description)
        for name in published_names(snapshot)
    )


def column_list(name: str) -> tuple[tuple[str, ...], ...]:
    """name, type, unit, metric and description of every column of a published table.

    Raises ConfigError for a table that is not published.
    """
    if name not in PUBLISHED_TABLES:
        raise ConfigError(
            f"--describe = {name!r} is not a published table{_near(name, list(PUBLISHED_TABLES))}; `aftercall sql --tables` lists them"
        )
    return tuple(
        (column.name, column.kind.duckdb_type.lower(), column.unit, column.metric, column.description)
        for column in PUBLISHED_TABLES[name].columns
    )
