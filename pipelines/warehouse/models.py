"""The SQL models: found in ``sql/``, understood by parsing, run as one table each.

Names, layers, dependencies and parameters come from the files themselves; there is no second list to keep.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb

from pipelines.warehouse.database import count_rows
from pipelines.warehouse.parsed_sql import NotASelectError, tables_read

_PACKAGE = Path(__file__).resolve().parents[1]
#: Beside the packages in a checkout; a wheel carries the same folder inside ``pipelines`` (setup.py).
SQL_DIR = next((path for path in (_PACKAGE / "sql", _PACKAGE.parent / "sql") if path.is_dir()), _PACKAGE / "sql")
LAYERS = ("staging", "intermediate", "marts", "analysis_inputs")
_PARAMETER = re.compile(r"\$([a-z_]+)")


class ModelError(Exception):
    """A file in ``sql/`` breaks the rules of a model. The message names it."""


@dataclass(frozen=True)
class Model:
    """One SELECT: its table, layer, the tables it reads, the parameters it takes, and its header comment.

    ``is_view``: its header says `Refresh: view`, for SELECTs that are cheaper to read again than to write.
    """

    name: str
    layer: str
    path: Path
    sql: str
    reads: frozenset[str]
    parameters: frozenset[str]
    header: str
    is_view: bool

    @property
    def kind(self) -> str:
        return "view" if self.is_view else "table"


def parse_model(path: Path) -> Model:
    """Read one model.

    Raises:
        ModelError: not exactly one SELECT, a semicolon, or a header that lacks grain, metrics or refresh.
    """
    sql = path.read_text("utf-8")
    header = "\n".join(line[2:].strip() for line in sql.splitlines() if line.startswith("--"))
    for word in ("Grain:", "Metrics:", "Refresh:"):
        if word not in header:
            raise ModelError(f"{path}: the header lacks '{word}'")
    if ";" in re.sub(r"--.*", "", sql):
        raise ModelError(f"{path}: holds a semicolon; a model is one SELECT and nothing else")
    try:
        reads = tables_read(sql)
    except NotASelectError as error:
        raise ModelError(f"{path}: {error}") from error
    parameters = frozenset(_PARAMETER.findall(re.sub(r"--.*", "", sql)))
    return Model(path.stem, path.parent.name, path, sql, reads, parameters, header, "Refresh: view" in header)


@cache
def all_models() -> tuple[Model, ...]:
    """Every model, each after those that it reads.

    Raises:
        ModelError: two files of one name, or a layer without any file: the installation is incomplete.
        CycleError: models that read each other.
    """
    models: dict[str, Model] = {}
    for layer in LAYERS:
        paths = sorted((SQL_DIR / layer).glob("*.sql"))
        if not paths:
            raise ModelError(f"{SQL_DIR / layer}: holds no .sql file; install aftercall again, or check out sql/ whole")
        for path in paths:
            model = parse_model(path)
            if model.name in models:
                raise ModelError(f"{path}: {models[model.name].path} makes a table of the same name")
            models[model.name] = model
    # Sorted, for the order of a set differs from process to process.
    graph = {name: sorted(read for read in model.reads if read in models) for name, model in sorted(models.items())}
    return tuple(models[name] for name in TopologicalSorter(graph).static_order())


def run_model(connection: duckdb.DuckDBPyConnection, model: Model, parameters: Mapping[str, object]) -> int:
    """Recompute the whole table of ``model``; returns its rows. As ``run_models``."""
    return run_models(connection, [model], parameters)[model.name]


def run_models(
    connection: duckdb.DuckDBPyConnection,
    models: Iterable[Model],
    parameters: Mapping[str, object],
    *,
    begins: Callable[[str], None] = lambda _name: None,
    counts_views: bool = True,
    together: bool = False,
) -> dict[str, int]:
    """Recompute the whole tables of ``models``, one after the other; returns the rows of each.

    Args:
        parameters: may hold more than the models take.
        begins: called with the name of each model.
        counts_views: whether the rows of views are counted, which computes them.
        together: in one transaction. For little data, for which waiting for the disk at each table takes longer than
            making it; the engine guesses sizes badly of what is not committed.

    Raises:
        KeyError: a parameter of a model is not given.
    """
    kinds = _kinds(connection)
    rows = {}
    with _transaction(connection) if together else nullcontext():
        for model in models:
            begins(model.name)
            taken = {name: parameters[name] for name in model.parameters}
            # An earlier version of the model may have been of the other kind.
            if model.name in kinds and kinds[model.name] != model.kind:
                connection.execute(f"drop {kinds[model.name]} {model.name}")
            if not model.is_view:
                made = connection.execute(f"create or replace table {model.name} as {model.sql}", taken).fetchone()
                rows[model.name] = int(made[0]) if made else 0
                continue
            # A view cannot hold parameters, so their values are written into it.
            sql = _PARAMETER.sub(lambda match, taken=taken: sql_literal(taken[match[1]]), model.sql)  # type: ignore[misc]
            connection.execute(f"create or replace view {model.name} as {sql}")
            if counts_views:
                rows[model.name] = count_rows(connection, model.name)
    return rows


def _kinds(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Name → "table" or "view"."""
    return dict(
        connection.execute(
            """select table_name, 'table' from duckdb_tables() where schema_name = 'main' and not temporary
            union all select view_name, 'view' from duckdb_views() where schema_name = 'main' and not temporary"""
        ).fetchall()
    )


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.execute("begin")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def sql_literal(value: object) -> str:  # noqa: PLR0911  (one a type)
    """A parameter value as an SQL literal, a list or mapping as DuckDB writes it. Raises TypeError for a type that no parameter has."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case datetime():
            return f"timestamp '{value.isoformat(sep=' ')}'"
        case date():
            return f"date '{value.isoformat()}'"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case list():
            return f"[{', '.join(map(sql_literal, value))}]"
        case Mapping():
            return f"map {{{', '.join(f'{sql_literal(key)}: {sql_literal(each)}' for key, each in value.items())}}}"
    raise TypeError(f"no parameter of a model or check has the type {type(value).__name__}")


def models_fingerprint() -> str:
    """Text that changes when any model does."""
    return "\n".join(f"{model.name}\n{model.sql}" for model in all_models())


def table_columns(connection: duckdb.DuckDBPyConnection, tables: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """Columns of warehouse tables and views with their DuckDB types, in order, by table."""
    rows = connection.execute(
        """select table_name, column_name, data_type from duckdb_columns()
        where schema_name = 'main' and list_contains($tables, table_name) order by table_name, column_index""",
        {"tables": list(tables)},
    ).fetchall()
    columns: dict[str, list[tuple[str, str]]] = {table: [] for table in tables}
    for table, name, kind in rows:
        columns[table].append((str(name), str(kind)))
    return columns


def column_types(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    """Columns of one table with their DuckDB types, in order; none where there is no such table."""
    return table_columns(connection, [table])[table]
