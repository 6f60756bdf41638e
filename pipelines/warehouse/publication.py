"""Publication: warehouse tables become an immutable, typed, partitioned snapshot.

A part (a day, or the whole of a small table) is named by a fingerprint of its rows, so a part that did not change
is shared with the earlier snapshots instead of being written again. The manifest comes last, atomically.
"""

import hashlib
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from pipelines import __version__
from pipelines.config import Settings
from pipelines.contract import PUBLISHED_TABLES, PublishedTable
from pipelines.contract.published_model import PublishedKind
from pipelines.snapshot import (
    CheckTotals,
    LedgerTotals,
    Manifest,
    Presentation,
    PresentedEvent,
    PresentedOwner,
    SnapshotStore,
    TableFile,
    TableManifest,
)

_WHOLE = "all"


@dataclass(frozen=True)
class Publication:
    """What a publication did."""

    manifest: Manifest
    files_written: int
    files_shared: int


def publish(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    *,
    as_of: datetime,
    run_id: str,
    progress: Callable[[str], None] = lambda *_: None,
) -> Publication:
    """Write all published tables and make them the current snapshot. ``as_of`` is naive UTC."""
    store = SnapshotStore(settings.data_dir)
    store.tables_dir.mkdir(parents=True, exist_ok=True)
    staging = store.root / f".staging-{uuid.uuid4().hex}"
    for leftover in store.root.glob(".staging-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    tables: dict[str, TableManifest] = {}
    written = shared = 0
    try:
        for table in PUBLISHED_TABLES.values():
            progress(table.name)
            files, new = _publish_table(connection, table, store, staging / table.name)
            tables[table.name] = TableManifest(rows=sum(file.rows for file in files), files=tuple(files))
            written += new
            shared += len(files) - new
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    published_at = datetime.now(UTC)
    manifest = Manifest(
        snapshot_id=f"{published_at:%Y%m%dT%H%M%S%fZ}-{run_id[:8]}",
        as_of=as_of.replace(tzinfo=UTC),
        run_id=run_id,
        published_at=published_at,
        code_version=__version__,
        presentation=Presentation(
            name=settings.project.name,
            time_zone=settings.project.time_zone,
            min_n=settings.metrics.min_n,
            currency=settings.project.currency,
            lag_days=settings.metrics.lag_days,
            targets=settings.targets.given(),
            events=tuple(PresentedEvent(day=event.day, label=event.label) for event in settings.events),
            owners=tuple(PresentedOwner(segment=owner.segment, name=owner.name) for owner in settings.owners),
        ),
        ledger=ledger_totals(connection),
        checks=check_totals(connection),
        tables=tables,
    )
    store.commit(manifest)
    store.prune(settings.project.keep_snapshots)
    return Publication(manifest, written, shared)


def ledger_totals(connection: duckdb.DuckDBPyConnection) -> LedgerTotals:
    """The ledger, summed over files."""
    row = (
        connection.execute(
            """select count(*), count(*) filter (where reason is not null), coalesce(sum(rows_in), 0), coalesce(sum(accepted), 0),
            coalesce(sum(duplicates), 0), coalesce(sum(superseded), 0), coalesce(sum(quarantined), 0) from ingest_ledger"""
        ).fetchone()
        or (0,) * 7
    )
    names = ("files", "refused_files", "rows_in", "accepted", "duplicates", "superseded", "quarantined")
    return LedgerTotals(**{name: int(value) for name, value in zip(names, row, strict=True)})


def check_totals(connection: duckdb.DuckDBPyConnection) -> CheckTotals:
    """The checks of this run, counted by result."""
    row = connection.execute(
        """select count(*) filter (where passed), count(*) filter (where not passed and severity = 'warning'),
            count(*) filter (where not passed and severity = 'blocking') from data_quality"""
    ).fetchone() or (0, 0, 0)
    return CheckTotals(passed=int(row[0]), warnings=int(row[1]), failures=int(row[2]))


def published_select(table: PublishedTable) -> str:
    """SELECT of a warehouse table in published order and types; warehouse instants are naive UTC."""
    columns = []
    for column in table.columns:
        if column.kind is PublishedKind.INSTANT:
            columns.append(f"timezone('UTC', cast({column.name} as timestamp)) as {column.name}")
        else:
            columns.append(f"cast({column.name} as {column.kind.duckdb_type}) as {column.name}")
    return f"select {', '.join(columns)} from {table.name}"


def _publish_table(
    connection: duckdb.DuckDBPyConnection, table: PublishedTable, store: SnapshotStore, staging: Path
) -> tuple[list[TableFile], int]:
    select = published_select(table)
    part = f"coalesce(cast({table.partition} as varchar), '{_WHOLE}')" if table.partition else f"'{_WHOLE}'"
    hashed = ", ".join(table.column_names)
    # A sum of row hashes is the same in any row order; count and two sums make a clash of contents negligible.
    fingerprints = connection.execute(
        f"""select part, count(*) as row_count, printf('%s-%s', cast(sum(cast(row_hash as hugeint)) as varchar), cast(bit_xor(row_hash) as varchar))
        from (select {part} as part, hash({hashed}) as row_hash from ({select})) group by part order by part"""
    ).fetchall()
    rows = {str(name): int(count) for name, count, _ in fingerprints}
    names = {
        str(name): f"{name}-{_digest(f'{__version__}|{hashed}|{count}|{mark}')}" for name, count, mark in fingerprints
    }
    folder = store.tables_dir / table.name
    folder.mkdir(parents=True, exist_ok=True)
    missing = [name for name in names if not list(folder.glob(f"{names[name]}.*.parquet"))]
    if missing or not names:
        staging.mkdir(parents=True)
        _write_parts(connection, select, part, missing, staging)
        for name in missing:
            # The first file's name marks the part as complete, so it is moved last.
            parts = sorted((staging / f"__part={name}").glob("*.parquet"))
            for index, path in reversed(list(enumerate(parts))):
                path.replace(folder / f"{names[name]}.{index}of{len(parts)}.parquet")
        if not names:
            empty = folder / f"{_WHOLE}-empty-{_digest(__version__ + hashed)}.0of1.parquet"
            (staging / "empty.parquet").replace(empty)
            return [TableFile(part=_WHOLE, path=f"{table.name}/{empty.name}", rows=0, fingerprint="empty")], 1
    files = []
    for name, stem in names.items():
        paths = sorted(folder.glob(f"{stem}.*.parquet"))
        counted = (
            connection.execute(
                "select file_name, sum(num_rows) from parquet_file_metadata($paths) group by file_name",
                {"paths": [str(path) for path in paths]},
            ).fetchall()
            if len(paths) > 1
            else []
        )
        by_path = {str(path): int(count) for path, count in counted}
        files += [
            TableFile(
                part=name,
                path=f"{table.name}/{path.name}",
                rows=by_path.get(str(path), rows[name]),
                fingerprint=stem.rsplit("-", 1)[-1],
            )
            for path in paths
        ]
    return files, sum(1 for file in files if file.part in missing)


def _write_parts(
    connection: duckdb.DuckDBPyConnection,
    select: str,
    part: str,
    missing: list[str],
    staging: Path,
) -> None:
    target = str(staging).replace("'", "''")
    if not missing:
        connection.execute(
            f"copy (select * from ({select}) where false) to '{target}/empty.parquet' (format parquet, compression zstd)"
        )
        return
    connection.execute(
        "create or replace temp table missing_parts as select unnest($missing) as part", {"missing": missing}
    )
    connection.execute(
        f"""copy (select *, {part} as __part from ({select}) where {part} in (select part from missing_parts))
        to '{target}' (format parquet, compression zstd, partition_by (__part), overwrite_or_ignore true)"""
    )
    connection.execute("drop table missing_parts")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def export_snapshot(store: SnapshotStore, tables: list[str], out: Path) -> list[tuple[str, Path, int]]:
    """Write tables of the current snapshot as ``out/<table>.parquet``, sorted by key; returns (table, path, rows).

    Raises:
        SnapshotError: there is no snapshot, or it has no such table.
    """
    snapshot = store.current()
    files = {table: snapshot.files(table) for table in tables}
    out.mkdir(parents=True, exist_ok=True)
    written = []
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for table, paths in files.items():
            contract = PUBLISHED_TABLES[table]
            order = ", ".join(contract.key or contract.column_names)
            target = out / f"{table}.parquet"
            temporary = out / f".{table}.parquet.tmp"
            listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
            columns = ", ".join(contract.column_names)
            connection.execute(
                f"copy (select {columns} from read_parquet([{listed}], hive_partitioning = false) order by {order}) to '{str(temporary).replace(chr(39), chr(39) * 2)}' (format parquet, compression zstd)"
            )
            temporary.replace(target)
            written.append((table, target, snapshot.manifest.tables[table].rows))
    return written
