"""Publication: warehouse tables become an immutable, typed, partitioned snapshot.

A part (``pipelines.warehouse.parts``) is named by a fingerprint of its rows, so a part that did not change is shared
with the earlier snapshots instead of being written again, if its file is still what the manifests say of it: the size of
every shared file is looked at each run, its checksum each week, and a damaged one is written anew. The manifest comes
last, atomically.
"""

import hashlib
import os
import shutil
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import structlog

from pipelines import __version__
from pipelines.config import Settings
from pipelines.contract import PUBLISHED_TABLES, PublishedTable
from pipelines.file_modes import private_folder, set_mode
from pipelines.interruption import committing, stops
from pipelines.snapshot import (
    WHOLE,
    CheckTotals,
    LedgerTotals,
    Manifest,
    Presentation,
    PresentedEvent,
    PresentedOwner,
    SnapshotError,
    SnapshotStore,
    TableFile,
    TableManifest,
)
from pipelines.snapshot_integrity import current_damage, file_damage, readable_manifests, sha256_of
from pipelines.warehouse.landing import read_fact, write_fact
from pipelines.warehouse.parts import (
    granularity_of,
    part_expression,
    published_select,
    write_empty,
    write_parts,
    write_shown_files,
)

log = structlog.get_logger(__name__)

#: Table, part and fingerprint.
_Key = tuple[str, str, str]

_CHECKSUMS, _CHECKSUM_DAYS = "snapshot_checksums_at", 7


@dataclass(frozen=True)
class Publication:
    """What a publication did. ``repaired``: what was found damaged and is whole again, a sentence each."""

    manifest: Manifest
    files_written: int
    files_shared: int

    @property
    def repaired(self) -> tuple[str, ...]:
        return self.manifest.repaired


@dataclass
class _Shelf:
    """What earlier snapshots published: the files of a part by (table, part, fingerprint), looked at once."""

    store: SnapshotStore
    checksums: bool
    known: dict[_Key, tuple[TableFile, ...]]
    repaired: list[str] = field(default_factory=list)
    rewritten: dict[_Key, tuple[TableFile, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, store: SnapshotStore, manifests: Iterable[Manifest], *, checksums: bool) -> "_Shelf":
        known: dict[_Key, tuple[TableFile, ...]] = {}
        for manifest in manifests:
            for key, files in _by_part(manifest).items():
                known.setdefault(key, files)
        return cls(store, checksums, known)

    def whole(self, key: _Key) -> tuple[TableFile, ...] | None:
        """The files of a part, if there are any and all of them are what they were; a damaged one is noted."""
        files = self.known.get(key)
        # Files from before their size was kept cannot be told from damaged ones.
        if files is None or any(file.bytes is None for file in files):
            return None
        wrong = [
            damage
            for file in files
            if (damage := file_damage(self.store.tables_dir / file.path, file, checksums=self.checksums)) is not None
        ]
        self.repaired += wrong
        return None if wrong else files


def publish(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    *,
    as_of: datetime,
    run_id: str,
    progress: Callable[[str], None] = lambda *_: None,
    checksums: bool = False,
    published_id: str | None = None,
) -> Publication:
    """Write all published tables and make them the current snapshot. ``as_of`` is naive UTC.

    ``checksums``: the bytes of shared files are compared, not only their sizes. ``published_id``: the snapshot that the
    last run published, where that is known.
    """
    store = SnapshotStore(settings.data_dir, settings.project.snapshot_mode)
    store.make_folders(*PUBLISHED_TABLES)
    staging = store.root / f".staging-{uuid.uuid4().hex}"
    for leftover in store.root.glob(".staging-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    # Only what has to do with the name and the manifest: files are looked at as they are shared.
    earlier, unreadable = readable_manifests(store)
    shelf = _Shelf.of(store, earlier, checksums=checksums)
    found = {*current_damage(store, published_id, checksums=False)}
    tables: dict[str, TableManifest] = {}
    written = shared = 0
    write_shown_files(connection, settings.project.phone_region)
    try:
        for table in PUBLISHED_TABLES.values():
            progress(table.name)
            files, new = _publish_table(connection, table, shelf, staging / table.name)
            tables[table.name] = TableManifest(rows=sum(file.rows for file in files), files=tuple(files))
            written += new
            shared += len(files) - new
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    found |= {*shelf.repaired, *(f"the manifest {path} is damaged" for path in unreadable)}
    repaired = tuple(sorted(found))
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
            labels=settings.labels.given(),
        ),
        ledger=ledger_totals(connection),
        checks=check_totals(connection),
        tables=tables,
        repaired=repaired,
    )
    with committing():
        _amend(store, earlier, shelf.rewritten)
        store.commit(manifest)
    for damage in repaired:
        log.warning("snapshot_repaired", what=damage)
    store.prune(settings.project.keep_snapshots)
    return Publication(manifest, written, shared)


def checksums_due(connection: duckdb.DuckDBPyConnection, now: datetime) -> bool:
    """Whether the bytes of published files were last compared more than a week ago; ``now`` is naive UTC."""
    last = read_fact(connection, _CHECKSUMS)
    if last is None:
        return True
    try:
        return not timedelta() <= now - datetime.fromisoformat(last) < timedelta(days=_CHECKSUM_DAYS)
    except (ValueError, TypeError):
        return True


def remember_checksums(connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """The bytes of all published files were found right at ``now`` (naive UTC)."""
    write_fact(connection, _CHECKSUMS, now.isoformat())


def ledger_totals(connection: duckdb.DuckDBPyConnection) -> LedgerTotals:
    """The ledger, summed over files."""
    row = (
        connection.execute(
            """select count(*), count(*) filter (where reason is not null), coalesce(sum(rows_in), 0), coalesce(sum(accepted), 0),
            coalesce(sum(duplicates), 0), coalesce(sum(superseded), 0), coalesce(sum(quarantined), 0), coalesce(sum(filtered), 0), coalesce(sum(bad_values), 0)
            from ingest_ledger"""
        ).fetchone()
        or (0,) * 9
    )
    names = (
        "files",
        "refused_files",
        "rows_in",
        "accepted",
        "duplicates",
        "superseded",
        "quarantined",
        "filtered",
        "bad_values",
    )
    return LedgerTotals(**{name: int(value) for name, value in zip(names, row, strict=True)})


def check_totals(connection: duckdb.DuckDBPyConnection) -> CheckTotals:
    """The checks of this run, counted by result."""
    row = connection.execute(
        """select count(*) filter (where passed), count(*) filter (where not passed and severity = 'warning'),
            count(*) filter (where not passed and severity = 'blocking') from data_quality"""
    ).fetchone() or (0, 0, 0)
    return CheckTotals(passed=int(row[0]), warnings=int(row[1]), failures=int(row[2]))


def _publish_table(
    connection: duckdb.DuckDBPyConnection, table: PublishedTable, shelf: _Shelf, staging: Path
) -> tuple[list[TableFile], int]:
    """The files of ``table``, by part, and how many of them are new."""
    granularity = granularity_of(connection, table)
    part = part_expression(table, granularity)
    hashed = ", ".join(table.column_names)
    # A sum of row hashes is the same in any row order; count and two sums make a clash of contents negligible.
    found = connection.execute(
        f"""select part, count(*) as row_count, printf('%s-%s', cast(sum(cast(row_hash as hugeint)) as varchar), cast(bit_xor(row_hash) as varchar))
        from (select {part} as part, hash({hashed}) as row_hash from ({published_select(table)})) group by part order by part"""
    ).fetchall()
    fingerprints = {str(name): _digest(f"{__version__}|{hashed}|{count}|{mark}") for name, count, mark in found} or {
        WHOLE: f"empty-{_digest(__version__ + hashed)}"
    }
    shared = {
        name: files
        for name, fingerprint in fingerprints.items()
        if (files := shelf.whole((table.name, name, fingerprint))) is not None
    }
    missing = [name for name in fingerprints if name not in shared]
    fresh: dict[str, tuple[TableFile, ...]] = {}
    if missing:
        staging.mkdir(parents=True)
        made = (
            write_parts(connection, table, granularity, missing, staging)
            if found
            else {WHOLE: [write_empty(connection, table, staging)]}
        )
        for name, paths in made.items():
            key = (table.name, name, fingerprints[name])
            fresh[name] = _put(connection, shelf.store, key, paths)
            if key in shelf.known:
                shelf.rewritten[key] = fresh[name]
    published = {**shared, **fresh}
    return [file for name in fingerprints for file in published[name]], sum(len(each) for each in fresh.values())


def _put(
    connection: duckdb.DuckDBPyConnection, store: SnapshotStore, key: _Key, staged: Sequence[Path]
) -> tuple[TableFile, ...]:
    """Move the staged files of one part into place; their rows, sizes and checksums go into the manifest."""
    table, part, fingerprint = key
    rows = dict(
        connection.execute(
            "select file_name, sum(num_rows) from parquet_file_metadata($paths) group by file_name",
            {"paths": [str(path) for path in staged]},
        ).fetchall()
    )
    files = []
    for index, path in enumerate(staged):
        target = store.tables_dir / table / f"{part}-{fingerprint}.{index}of{len(staged)}.parquet"
        files.append(
            TableFile(
                part=part,
                path=f"{table}/{target.name}",
                rows=int(rows[str(path)]),
                fingerprint=fingerprint,
                bytes=path.stat().st_size,
                sha256=sha256_of(path),
            )
        )
        _flush(path)
        set_mode(path, store.file_mode)
        path.replace(target)
    return tuple(files)


def _flush(path: Path) -> None:
    """On the disk before a manifest names it, so that a power cut leaves no manifest of files that are not there."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _by_part(manifest: Manifest) -> dict[_Key, tuple[TableFile, ...]]:
    """(table, part, fingerprint) → its files."""
    parts: dict[_Key, list[TableFile]] = {}
    for name, table in manifest.tables.items():
        for file in table.files:
            parts.setdefault((name, file.part, file.fingerprint), []).append(file)
    return {key: tuple(files) for key, files in parts.items()}


def _amend(
    store: SnapshotStore,
    manifests: Iterable[Manifest],
    rewritten: dict[_Key, tuple[TableFile, ...]],
) -> None:
    """A part that was written anew has the same rows and other bytes: the earlier snapshots that share it say so, too."""
    for manifest in manifests if rewritten else ():
        parts = _by_part(manifest)
        if not parts.keys() & rewritten.keys():
            continue
        files: dict[str, list[TableFile]] = {name: [] for name in manifest.tables}
        for key, known in parts.items():
            files[key[0]] += rewritten.get(key, known)
        tables = {
            name: TableManifest(rows=table.rows, files=tuple(files[name])) for name, table in manifest.tables.items()
        }
        store.write_manifest(manifest.model_copy(update={"tables": tables}))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def export_snapshot(store: SnapshotStore, tables: list[str], out: Path) -> tuple[list[tuple[str, Path, int]], str]:
    """Write tables of the current snapshot as ``out/<table>.parquet``, sorted by key; gives (table, path, rows) of each,
    and the notice of the snapshot, if it has one.

    Raises:
        SnapshotError: there is no snapshot, it has no such table, or a file of it cannot be read.
        OSError, duckdb.OperationalError: the folder cannot be written, or the machine gives no more memory.
    """
    snapshot = store.current()
    files = {table: snapshot.files(table) for table in tables}
    private_folder(out)
    written = []
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        stops(connection)
        for table, paths in files.items():
            contract = PUBLISHED_TABLES[table]
            order = ", ".join(contract.key or contract.column_names)
            target = out / f"{table}.parquet"
            # One name, whichever process writes it: what a dead one left behind is written over.
            temporary = out / f".{table}.parquet.tmp"
            listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
            columns = ", ".join(contract.column_names)
            try:
                connection.execute(
                    f"copy (select {columns} from read_parquet([{listed}], hive_partitioning = false) order by {order}) to '{str(temporary).replace(chr(39), chr(39) * 2)}' (format parquet, compression zstd)"
                )
                temporary.replace(target)
            except BaseException as error:
                temporary.unlink(missing_ok=True)
                unreadable = isinstance(error, duckdb.Error) and not isinstance(error, duckdb.OperationalError)
                if unreadable or str(store.tables_dir) in str(error):
                    raise SnapshotError(
                        f"table {table} of snapshot {snapshot.manifest.snapshot_id} cannot be read; run `aftercall run --full-refresh`"
                    ) from error
                raise
            written.append((table, target, snapshot.manifest.tables[table].rows))
    return written, snapshot.notice
