"""`aftercall export`: tables of the published snapshot as Parquet, CSV or one DuckDB file, with a manifest beside them.

An export is a folder that is there as a whole or not at all: everything is written into a folder of its own beside the
wanted one, which takes its name at the end. Files are the account's own (0600, folders 0700).
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import duckdb
import polars as pl
import polars.selectors as cs

from dashboards.access.exports import safe_cells
from pipelines import __version__
from pipelines.config import ConfigError
from pipelines.contract import PUBLISHED_TABLES
from pipelines.contract.metrics import DEFINITIONS
from pipelines.file_modes import OWNER_FILE, private_folder, set_mode
from pipelines.interruption import committing, stops
from pipelines.snapshot import Manifest, Snapshot, SnapshotError, SnapshotStore, write_atomically
from pipelines.snapshot_integrity import sha256_of

MANIFEST = "manifest.json"
DATABASE = "aftercall.duckdb"
_INSTANT = "%Y-%m-%dT%H:%M:%S%.6fZ"


class ExportFormat(StrEnum):
    """How tables are written: a file each, or all of them into one DuckDB file."""

    PARQUET = "parquet"
    CSV = "csv"
    DUCKDB = "duckdb"


@dataclass(frozen=True)
class ExportedTable:
    """``file``: name within the export; a DuckDB file holds all tables."""

    name: str
    file: str
    rows: int


@dataclass(frozen=True)
class Exported:
    """What was written, of which snapshot. ``notice``: why it is not the snapshot that was published last; empty where it is."""

    snapshot_id: str
    tables: tuple[ExportedTable, ...]
    notice: str


def chosen_tables(asked: str | None, snapshot: Snapshot) -> list[str]:
    """The names in ``--tables``; all of the snapshot's where it is absent. Raises ConfigError for one that is not published."""
    known = ", ".join(PUBLISHED_TABLES)
    if asked is None:
        return [name for name in PUBLISHED_TABLES if name in snapshot.manifest.tables]
    names = list(dict.fromkeys(name.strip() for name in asked.split(",") if name.strip()))
    if not names:
        raise ConfigError(f"--tables = {asked!r} names no table; write one of {known}")
    for name in names:
        if name not in PUBLISHED_TABLES:
            raise ConfigError(f"--tables = {name!r} is not a published table; write one of {known}")
    return names


def export_snapshot(
    store: SnapshotStore,
    tables: str | None,
    out: Path,
    form: ExportFormat = ExportFormat.PARQUET,
    *,
    force: bool = False,
    memory_limit: str = "",
) -> Exported:
    """Write ``tables`` (comma-separated; None: all) of the current snapshot into the folder ``out``, rows sorted by key.

    ``force``: an earlier export in ``out`` is replaced. ``memory_limit``: of the engine; beyond it rows spill beside ``out``.

    Raises:
        SnapshotError: there is no snapshot, it has no such table, or a file of it cannot be read.
        ConfigError: a table that is not published, or ``out`` holds something that this may not replace.
        OSError, duckdb.OperationalError: the folder cannot be written, or the machine gives no more memory.
    """
    snapshot = store.current()
    names = chosen_tables(tables, snapshot)
    files = {name: snapshot.files(name) for name in names}
    # What a link names is replaced, not the link.
    folder = out.resolve()
    _refuse_overwriting(folder, out, force)
    with _staging(folder) as staging, _engine(staging, memory_limit) as connection:
        content = staging / "export"
        private_folder(content)
        writer = {ExportFormat.PARQUET: _parquet, ExportFormat.CSV: _csv, ExportFormat.DUCKDB: _database}[form]
        written = []
        for name in names:
            try:
                file, rows = writer(connection, name, files[name], content)
            except duckdb.Error as error:
                unreadable = not isinstance(error, duckdb.OperationalError) or str(store.tables_dir) in str(error)
                if unreadable:
                    raise _unreadable(name, snapshot.manifest) from error
                raise
            if rows != snapshot.manifest.tables[name].rows:
                raise _unreadable(name, snapshot.manifest)
            written.append(ExportedTable(name, file, rows))
        if form is ExportFormat.DUCKDB:
            connection.execute("detach exported")
        for path in content.iterdir():
            set_mode(path, OWNER_FILE)
        write_atomically(content / MANIFEST, _manifest(snapshot.manifest, form, written, content))
        with committing():
            _put_in_place(content, folder, staging / "before")
    return Exported(snapshot.manifest.snapshot_id, tuple(written), snapshot.notice)


def definitions_version() -> str:
    """Changes when a metric's definition or a published table's shape does: twelve hexadecimal digits."""
    stated = (DEFINITIONS, tuple(PUBLISHED_TABLES.items()))
    return hashlib.sha256(repr(stated).encode()).hexdigest()[:12]


def _unreadable(table: str, manifest: Manifest) -> SnapshotError:
    return SnapshotError(
        f"table {table} of snapshot {manifest.snapshot_id} cannot be read; run `aftercall run --full-refresh`"
    )


def _refuse_overwriting(folder: Path, out: Path, force: bool) -> None:
    """Raises ConfigError where ``folder`` holds anything but an earlier export that may be replaced."""
    if not folder.is_dir():
        if folder.exists():
            raise ConfigError(f"--out = {out}: is a file; name another folder")
        return
    there = {path.name for path in folder.iterdir()}
    foreign = sorted(there - _files_of_export(folder))
    if foreign:
        raise ConfigError(f"--out = {out}: holds {foreign[0]!r}, which is no file of an export; name another folder")
    if there and not force:
        raise ConfigError(f"--out = {out}: holds an export already; --force replaces it, or name another folder")


def _files_of_export(folder: Path) -> set[str]:
    """Names of files that an export may have left in ``folder``: those of its manifest, or Parquet files from before there was one."""
    try:
        tables = json.loads((folder / MANIFEST).read_bytes())["tables"]
        return {MANIFEST, *(str(table["file"]) for table in tables)}
    except FileNotFoundError:
        return {f"{name}.parquet" for name in PUBLISHED_TABLES}
    except (ValueError, KeyError, TypeError):
        return set()


@contextmanager
def _staging(folder: Path) -> Iterator[Path]:
    """A private folder beside ``folder``, gone at the end. One name, whichever process makes it: what a dead one left goes."""
    private_folder(folder.parent)
    staging = folder.with_name(f".{folder.name}.exporting")
    shutil.rmtree(staging, ignore_errors=True)
    private_folder(staging)
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def _engine(staging: Path, memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("set enable_progress_bar = false")
        connection.execute("set temp_directory = $folder", {"folder": str(staging / "spill")})
        if memory_limit:
            connection.execute("set memory_limit = $limit", {"limit": memory_limit})
        stops(connection)
        yield connection


def _put_in_place(content: Path, folder: Path, before: Path) -> None:
    if not folder.exists():
        content.rename(folder)
        return
    folder.rename(before)
    try:
        content.rename(folder)
    except OSError:
        before.rename(folder)
        raise


def _select(connection: duckdb.DuckDBPyConnection, name: str, files: Sequence[Path]) -> str:
    """The rows of a table in the order of its key; columns that an earlier version did not publish are not there."""
    source = f"read_parquet([{', '.join(_quoted(path) for path in files)}], hive_partitioning = false)"
    there = {row[0] for row in connection.execute(f"describe select * from {source}").fetchall()}
    contract = PUBLISHED_TABLES[name]
    columns = [column for column in contract.column_names if column in there]
    order = [column for column in contract.key if column in there] or columns
    return f"select {', '.join(columns)} from {source} order by {', '.join(order)}"


def _copied(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = connection.execute(statement).fetchone()
    return int(row[0]) if row else 0


def _parquet(connection: duckdb.DuckDBPyConnection, name: str, files: Sequence[Path], content: Path) -> tuple[str, int]:
    target = content / f"{name}.parquet"
    select = _select(connection, name, files)
    rows = _copied(connection, f"copy ({select}) to {_quoted(target)} (format parquet, compression zstd)")
    return target.name, rows


def _csv(connection: duckdb.DuckDBPyConnection, name: str, files: Sequence[Path], content: Path) -> tuple[str, int]:
    """Every text in quotes, guarded against formulas; null is empty, empty text is ``""``; instants are UTC."""
    sorted_file, rows = _parquet(connection, name, files, content)
    frame = pl.scan_parquet(content / sorted_file, glob=False)
    guarded_csv(frame, content / f"{name}.csv")
    (content / sorted_file).unlink()
    return f"{name}.csv", rows


def guarded_csv(frame: pl.LazyFrame, target: Path) -> None:
    """Write ``frame`` as CSV whose texts a spreadsheet does not run, in bounded memory."""
    frame.with_columns(safe_cells(cs.string())).sink_csv(
        target, quote_style="non_numeric", datetime_format=_INSTANT, maintain_order=True
    )


def _database(
    connection: duckdb.DuckDBPyConnection, name: str, files: Sequence[Path], content: Path
) -> tuple[str, int]:
    attached = connection.execute("select 1 from duckdb_databases() where database_name = 'exported'").fetchone()
    if attached is None:
        connection.execute(f"attach {_quoted(content / DATABASE)} as exported")
    connection.execute(f"create table exported.{name} as {_select(connection, name, files)}")
    contract = PUBLISHED_TABLES[name]
    connection.execute(f"comment on table exported.{name} is {_quoted(contract.description)}")
    described = connection.execute(f"describe exported.{name}").fetchall()
    for column in (row[0] for row in described):
        says = contract.column(column)
        text = says.description + (f" ({says.unit})" if says.unit else "")
        connection.execute(f"comment on column exported.{name}.{column} is {_quoted(text)}")
    return DATABASE, _copied(connection, f"select count(*) from exported.{name}")


def _manifest(manifest: Manifest, form: ExportFormat, written: Sequence[ExportedTable], content: Path) -> bytes:
    names = dict.fromkeys(table.file for table in written)
    said = {
        "snapshot_id": manifest.snapshot_id,
        "as_of": manifest.as_of.isoformat(),
        "published_at": manifest.published_at.isoformat(),
        "published_by": f"aftercall {manifest.code_version}",
        "exported_at": datetime.now(UTC).isoformat(),
        "exported_by": f"aftercall {__version__}",
        "definitions_version": definitions_version(),
        "format": form.value,
        "tables": [asdict(table) for table in written],
        "files": [
            {"file": name, "bytes": (content / name).stat().st_size, "sha256": sha256_of(content / name)}
            for name in names
        ],
    }
    return json.dumps(said, indent=1).encode()


def _quoted(value: Path | str) -> str:
    return "'" + str(value).replace("'", "''") + "'"
