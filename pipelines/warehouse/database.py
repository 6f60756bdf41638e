"""Opening the warehouse file, with the settings that make results the same everywhere."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from pipelines.config import ConfigError, Settings
from pipelines.failures import machine_reason
from pipelines.file_modes import private_folder
from pipelines.interruption import stops


def warehouse_path(settings: Settings) -> Path:
    return settings.data_dir / "warehouse.duckdb"


@contextmanager
def open_warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-write connection to the warehouse of ``settings``, closed on the way out.

    Raises:
        ConfigError: the folder cannot be written, the file is no DuckDB database, or another run holds it.
    """
    path = warehouse_path(settings)
    spill = settings.data_dir / "spill"
    rebuild = "move it away to rebuild it from the landing files"
    try:
        private_folder(path.parent)
        connection = duckdb.connect(str(path))
    except OSError as error:
        raise ConfigError(
            f"project.data_dir = {settings.data_dir}: cannot be written ({error}); name another folder"
        ) from error
    except duckdb.Error as error:
        if "could not set lock" in str(error).lower():
            raise ConfigError(f"warehouse {path} is in use by another run; wait until it ends, or stop it") from error
        reason = machine_reason(error, memory_limit=settings.project.memory_limit, folder=settings.data_dir)
        raise ConfigError(reason or f"warehouse {path} cannot be opened: {_first_line(error)}; {rebuild}") from error
    stops(connection)
    try:
        # Whoever has the warehouse is alone with the folder: what lies there was spilled by a run that is dead.
        for leftover in (spill, path.with_name(f"{path.name}.tmp")):
            shutil.rmtree(leftover, ignore_errors=True)
        configure(connection, settings.project.memory_limit, settings.project.threads, spill)
        yield connection
    finally:
        connection.close()


@contextmanager
def read_warehouse(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that only reads the warehouse, for a look at what the last run left there.

    Raises:
        ConfigError: there is none yet, or a run holds it.
    """
    path = warehouse_path(settings)
    if not path.exists():
        raise ConfigError(f"nothing was read into {path} yet; run `aftercall run` first")
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        held = "could not set lock" in str(error).lower()
        why = "in use by a run; wait until it ends" if held else f"not readable: {_first_line(error)}"
        raise ConfigError(f"warehouse {path} is {why}") from error
    try:
        yield connection
    finally:
        connection.close()


def configure(connection: duckdb.DuckDBPyConnection, memory_limit: str, threads: int, spill_dir: Path) -> None:
    """Engine settings: UTC session, bounded memory with an encrypted spill folder, no downloads, no progress bar of its own."""
    connection.execute("set timezone = 'UTC'")
    connection.execute("set memory_limit = $limit", {"limit": memory_limit})
    connection.execute("set threads = $threads", {"threads": threads})
    # Rows spill as they were delivered, before anything of them is pseudonymised. Without the first setting the engine
    # refuses to write anything encrypted by the library that it comes with, and so to spill at all.
    connection.execute("set force_mbedtls_unsafe = 'true'")
    connection.execute("set temp_file_encryption = true")
    private_folder(spill_dir)
    connection.execute("set temp_directory = $folder", {"folder": str(spill_dir)})
    connection.execute("set autoinstall_known_extensions = false")
    connection.execute("set enable_progress_bar = false")
    # Row order of tables carries no meaning here; not keeping it saves memory on large inserts.
    connection.execute("set preserve_insertion_order = false")


@contextmanager
def filters_in_place(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Within, filters stay where a statement has them. Pushed down they repeat what their columns are computed by: for rows
    that are typed that is every date and every number, twice (a fifth to a third of the time that a large CSV takes)."""
    connection.execute("set disabled_optimizers = 'filter_pushdown'")
    try:
        yield
    finally:
        connection.execute("set disabled_optimizers = ''")


def table_exists(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    found = connection.execute(
        "select count(*) from duckdb_tables() where table_name = $table and not temporary", {"table": table}
    ).fetchone()
    return bool(found and found[0])


def count_rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
