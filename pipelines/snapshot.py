"""The published snapshot: a manifest over immutable Parquet files, and the status of the last run.

Layout below ``data_dir``::

    status.json                                     how the last run went, whatever its end
    snapshots/current.json                          names the current snapshot (replaced atomically)
    snapshots/manifests/<snapshot id>.json          what a snapshot consists of
    snapshots/tables/<table>/<part>-<fingerprint>.parquet   immutable, shared between snapshots

Readers see the old snapshot or the new one, never a mix: a manifest is complete before ``current.json``
names it, and files are named by their content. Nothing here knows the warehouse.
"""

import json
import os
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.contract import PUBLISHED_TABLES


class SnapshotError(Exception):
    """There is no readable snapshot; the message says why and what to do."""


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TableFile(_Document):
    """One Parquet file of a table. ``part`` is the day (ISO) or ``all``."""

    part: str
    path: str
    rows: int
    fingerprint: str


class TableManifest(_Document):
    rows: int
    files: tuple[TableFile, ...]


class LedgerTotals(_Document):
    files: int = 0
    refused_files: int = 0
    rows_in: int = 0
    accepted: int = 0
    duplicates: int = 0
    superseded: int = 0
    quarantined: int = 0


class CheckTotals(_Document):
    passed: int = 0
    warnings: int = 0
    failures: int = 0


class PresentedEvent(_Document):
    """Something that happened on a business day: a release, a change of tariff."""

    day: date
    label: str


class PresentedOwner(_Document):
    """Who answers for segments that hold all of ``segment``, dimension → value; {} holds for every segment."""

    segment: dict[str, str]
    name: str


class Presentation(_Document):
    """Settings of the run that readers need to present its numbers.

    ``targets``: name of a figure → what it should be (shares as fractions, complaints per 1,000, seconds). ``events`` and
    ``owners`` stand in the order of the configuration.
    """

    name: str
    time_zone: str
    min_n: int
    currency: str
    lag_days: int = 0
    targets: dict[str, float] = {}
    events: tuple[PresentedEvent, ...] = ()
    owners: tuple[PresentedOwner, ...] = ()


class Manifest(_Document):
    snapshot_id: str
    as_of: datetime
    run_id: str
    published_at: datetime
    code_version: str
    presentation: Presentation
    ledger: LedgerTotals
    checks: CheckTotals
    tables: dict[str, TableManifest]


class RunStatus(_Document):
    """How the last run went. ``outcome`` is ``running`` while it lasts (or if it was killed)."""

    outcome: Literal["running", "published", "unchanged", "blocked", "failed"]
    run_id: str
    started_at: datetime
    finished_at: datetime | None = None
    as_of: datetime | None = None
    snapshot_id: str | None = None
    message: str = ""
    failed_checks: tuple[str, ...] = ()
    ledger: LedgerTotals | None = None
    #: When a run last published or found nothing new, whatever came after it; kept by the store.
    succeeded_at: datetime | None = None


class SnapshotStore:
    """The folder of snapshots below a ``data_dir``. Cheap to make; opens nothing until asked."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.root = data_dir / "snapshots"

    @property
    def tables_dir(self) -> Path:
        return self.root / "tables"

    @property
    def manifests_dir(self) -> Path:
        return self.root / "manifests"

    def current_id(self) -> str | None:
        """Id of the current snapshot, or None before the first publication."""
        try:
            return str(json.loads((self.root / "current.json").read_text("utf-8"))["snapshot"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, OSError) as error:
            raise SnapshotError(
                f"{self.root / 'current.json'} cannot be read ({error}); run `aftercall run` again"
            ) from error

    def current(self) -> "Snapshot":
        """The current snapshot. Raises SnapshotError if none was published or it is damaged."""
        snapshot_id = self.current_id()
        if snapshot_id is None:
            raise SnapshotError(f"no snapshot has been published under {self.data_dir}; run `aftercall run` first")
        return self.open(snapshot_id)

    def open(self, snapshot_id: str) -> "Snapshot":
        """The snapshot with this id. Raises SnapshotError if its manifest or a file of it is missing."""
        path = self.manifests_dir / f"{snapshot_id}.json"
        try:
            manifest = Manifest.model_validate_json(path.read_bytes())
        except FileNotFoundError as error:
            raise SnapshotError(f"the manifest {path} is missing; run `aftercall run` to publish anew") from error
        except ValidationError as error:
            raise SnapshotError(f"the manifest {path} is damaged; run `aftercall run` to publish anew") from error
        snapshot = Snapshot(manifest, self.tables_dir)
        missing = [str(file) for table in manifest.tables for file in snapshot.files(table) if not file.exists()]
        if missing:
            raise SnapshotError(
                f"snapshot {snapshot_id} lacks {len(missing)} file(s), first {missing[0]}; run `aftercall run --full-refresh`"
            )
        return snapshot

    def manifest_ids(self) -> list[str]:
        """Ids of all snapshots that are kept, oldest first."""
        return sorted(path.stem for path in self.manifests_dir.glob("*.json"))

    def commit(self, manifest: Manifest) -> None:
        """Make ``manifest`` the current snapshot, atomically; its files must already be in place."""
        self.manifests_dir.mkdir(parents=True, exist_ok=True)
        write_atomically(
            self.manifests_dir / f"{manifest.snapshot_id}.json", manifest.model_dump_json(indent=1).encode()
        )
        write_atomically(self.root / "current.json", json.dumps({"snapshot": manifest.snapshot_id}).encode())

    def prune(self, keep: int) -> list[Path]:
        """Remove all but the last ``keep`` snapshots and the files that no kept one names; returns what went."""
        kept = self.manifest_ids()[-keep:]
        current = self.current_id()
        if current is not None and current not in kept:
            kept.append(current)
        gone: list[Path] = []
        referenced: set[Path] = set()
        for snapshot_id in self.manifest_ids():
            path = self.manifests_dir / f"{snapshot_id}.json"
            if snapshot_id not in kept:
                path.unlink()
                gone.append(path)
                continue
            manifest = Manifest.model_validate_json(path.read_bytes())
            referenced.update(self.tables_dir / file.path for table in manifest.tables.values() for file in table.files)
        for path in self.tables_dir.glob("*/*.parquet"):
            if path not in referenced:
                path.unlink()
                gone.append(path)
        return gone

    def write_status(self, status: RunStatus) -> None:
        """Replace the status; when a run last succeeded is kept through those that do not."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        former = self.read_status()
        succeeded = status.finished_at if status.outcome in ("published", "unchanged") else None
        kept = status.model_copy(update={"succeeded_at": succeeded or (former.succeeded_at if former else None)})
        write_atomically(self.data_dir / "status.json", kept.model_dump_json(indent=1).encode())

    def read_status(self) -> RunStatus | None:
        """How the last run went; None if no run has ever been made or the file is damaged."""
        try:
            return RunStatus.model_validate_json((self.data_dir / "status.json").read_bytes())
        except (FileNotFoundError, ValidationError):
            return None


class Snapshot:
    """One published snapshot. Tables are read lazily; nothing is cached here."""

    def __init__(self, manifest: Manifest, tables_dir: Path) -> None:
        self.manifest = manifest
        self._tables_dir = tables_dir

    def files(self, table: str) -> list[Path]:
        """Parquet files of ``table``. Raises SnapshotError if the snapshot has no such table."""
        if table not in self.manifest.tables:
            raise SnapshotError(
                f"snapshot {self.manifest.snapshot_id} has no table {table!r}; it has {', '.join(sorted(self.manifest.tables))}"
            )
        return [self._tables_dir / file.path for file in self.manifest.tables[table].files]

    def scan(self, table: str) -> pl.LazyFrame:
        """``table`` as a lazy frame, with exactly the published columns (none lost when it has no rows)."""
        files = self.files(table)
        names = PUBLISHED_TABLES[table].column_names
        return pl.scan_parquet(files, glob=False).select(names)


def write_atomically(path: Path, content: bytes) -> None:
    """Write ``content`` so that a reader, or a power cut, finds the old file or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with temporary.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
