"""The published snapshot: a manifest over immutable Parquet files, and the status of the last run.

Layout below ``data_dir``::

    status.json                                     how the last run went, whatever its end
    snapshots/current.json                          names the current snapshot (replaced atomically)
    snapshots/manifests/<snapshot id>.json          what a snapshot consists of
    snapshots/tables/<table>/<part>-<fingerprint>.parquet   immutable, shared between snapshots

A part is a day, a month, a year or the whole of a table, whichever the table is large enough for: readers ask a file for
its ``days`` and filter the rows, they never take a file for a day.

Readers see the old snapshot or the new one, never a mix: a manifest is complete before ``current.json``
names it, and files are named by their content. A snapshot that was damaged since is passed over for the newest complete
one, which says so in its ``notice``; the next run repairs it. Nothing here knows the warehouse.
"""

import calendar
import contextlib
import json
import os
import re
from datetime import date, datetime
from pathlib import Path
from typing import Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.contract import PUBLISHED_TABLES
from pipelines.file_modes import OWNER_FILE, OWNER_FOLDER, folder_mode, passage_mode, private_folder, set_mode

#: Part that is no range of days: it may hold any.
WHOLE = "all"
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}")
_PART = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")


class SnapshotError(Exception):
    """There is no readable snapshot; the message says why and what to do."""


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TableFile(_Document):
    """One Parquet file of a table.

    ``part`` is a day (2026-11-30), a month (2026-11), a year (2026) or ``all``; ``fingerprint`` that of its rows,
    ``bytes`` and ``sha256`` those of the file (None and empty in manifests from before they were kept).
    """

    part: str
    path: str
    rows: int
    fingerprint: str
    bytes: int | None = None
    sha256: str = ""

    @property
    def days(self) -> tuple[date, date] | None:
        """First and last day that the file may hold; None if it may hold any."""
        return part_days(self.part)


def part_days(part: str) -> tuple[date, date] | None:
    """First and last day of the part with this name; None where it may hold any day."""
    found = _PART.fullmatch(part)
    if found is None:
        return None
    year, month, day = (None if group is None else int(group) for group in found.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
    except ValueError:
        return None
    if day is not None:
        return first, first
    last_month = month or 12
    return first, date(first.year, last_month, calendar.monthrange(first.year, last_month)[1])


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
    filtered: int = 0
    bad_values: int = 0


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
    ``owners`` stand in the order of the configuration. ``labels``: dimension → key → display name.
    """

    name: str
    time_zone: str
    min_n: int
    currency: str
    lag_days: int = 0
    targets: dict[str, float] = {}
    events: tuple[PresentedEvent, ...] = ()
    owners: tuple[PresentedOwner, ...] = ()
    labels: dict[str, dict[str, str]] = {}


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
    #: What was found damaged in the folder of snapshots when this one was published, and is whole again.
    repaired: tuple[str, ...] = ()


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
    """The folder of snapshots below a ``data_dir``. Cheap to make; opens nothing until asked.

    ``file_mode``: that of published files and manifests; it matters to whoever writes.
    """

    def __init__(self, data_dir: Path, file_mode: int = OWNER_FILE) -> None:
        self.data_dir = data_dir
        self.root = data_dir / "snapshots"
        self.file_mode = file_mode
        self._resolved: tuple[tuple[object, ...], str | None] | None = None

    @property
    def tables_dir(self) -> Path:
        return self.root / "tables"

    @property
    def manifests_dir(self) -> Path:
        return self.root / "manifests"

    @property
    def current_path(self) -> Path:
        return self.root / "current.json"

    def manifest_path(self, snapshot_id: str) -> Path:
        return self.manifests_dir / f"{snapshot_id}.json"

    def named_id(self) -> str | None:
        """The id that ``current.json`` names; None if there is no such file, or nothing that could be an id in it."""
        try:
            named = json.loads(self.current_path.read_bytes())["snapshot"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
        return named if isinstance(named, str) and _ID.fullmatch(named) else None

    def current_id(self) -> str | None:
        """Id of the snapshot that readers get, or None before the first publication (or if none is complete)."""
        named = self.named_id()
        # Asked at every request: a manifest that was found whole is not read again while it stays as it is.
        seen = (named, *_state_of(self.manifest_path(named or "")))
        if self._resolved is None or self._resolved[0] != seen or named is None:
            try:
                found: str | None = self.current().manifest.snapshot_id
            except SnapshotError:
                found = None
            self._resolved = (seen, found)
        return self._resolved[1]

    def current(self) -> "Snapshot":
        """The current snapshot; where it is damaged the newest complete one, with a ``notice`` that says so.

        Raises SnapshotError if none was published, or none is complete.
        """
        try:
            return self._named()
        except SnapshotError as error:
            other = self._newest_complete()
            if other is None:
                raise
            as_of = f"{other.as_of:%Y-%m-%d %H:%M} UTC"
            notice = f"This is the newest complete snapshot, {other.snapshot_id} as of {as_of}: {error}"
            return Snapshot(other, self.tables_dir, notice)

    def _named(self) -> "Snapshot":
        """The snapshot that ``current.json`` names. Raises SnapshotError if there is none or it is not whole."""
        named = self.named_id()
        if named is not None:
            return self.open(named)
        if self.current_path.exists():
            raise SnapshotError(f"{self.current_path} is damaged; run `aftercall run` to repair it")
        if self.manifest_ids():
            raise SnapshotError(f"{self.current_path} is missing; run `aftercall run` to repair it")
        raise SnapshotError(f"no snapshot has been published under {self.data_dir}; run `aftercall run` first")

    def _newest_complete(self) -> Manifest | None:
        for snapshot_id in reversed(self.manifest_ids()):
            with contextlib.suppress(SnapshotError):
                return self.open(snapshot_id).manifest
        return None

    def read_manifest(self, snapshot_id: str) -> Manifest:
        """The manifest with this id. Raises SnapshotError if it is missing, damaged, or another one's."""
        path = self.manifest_path(snapshot_id)
        try:
            manifest = Manifest.model_validate_json(path.read_bytes())
        except FileNotFoundError as error:
            raise SnapshotError(f"the manifest {path} is missing; run `aftercall run` to publish anew") from error
        except OSError as error:
            raise SnapshotError(
                f"the manifest {path} cannot be read ({error.strerror}); run `aftercall run` to publish anew"
            ) from error
        except (ValidationError, RecursionError) as error:
            raise SnapshotError(f"the manifest {path} is damaged; run `aftercall run` to publish anew") from error
        if manifest.snapshot_id != snapshot_id:
            raise SnapshotError(f"the manifest {path} is that of another snapshot; run `aftercall run` to publish anew")
        return manifest

    def open(self, snapshot_id: str) -> "Snapshot":
        """The snapshot with this id. Raises SnapshotError if its manifest is damaged, or a file of it is missing or of another size."""
        manifest = self.read_manifest(snapshot_id)
        wrong = [
            (name, damage)
            for name, table in manifest.tables.items()
            for file in table.files
            if (damage := size_damage(self.tables_dir / file.path, file)) is not None
        ]
        if wrong:
            name, damage = wrong[0]
            raise SnapshotError(
                f"snapshot {snapshot_id} has {len(wrong)} damaged file(s), first one of {name}: {damage}; run `aftercall run` to repair it"
            )
        return Snapshot(manifest, self.tables_dir)

    def manifest_ids(self) -> list[str]:
        """Ids of all snapshots that are kept, oldest first; a damaged manifest is among them."""
        return sorted(path.stem for path in self.manifests_dir.glob("*.json") if _ID.fullmatch(path.stem))

    def commit(self, manifest: Manifest) -> None:
        """Make ``manifest`` the current snapshot, atomically; its files must already be in place."""
        self.write_manifest(manifest)
        write_atomically(self.current_path, json.dumps({"snapshot": manifest.snapshot_id}).encode(), self.file_mode)

    def write_manifest(self, manifest: Manifest) -> None:
        write_atomically(
            self.manifest_path(manifest.snapshot_id), manifest.model_dump_json(indent=1).encode(), self.file_mode
        )

    def prune(self, keep: int) -> list[Path]:
        """Remove all but the last ``keep`` snapshots (the current one is always among them), damaged manifests, and
        the files that no kept one names; returns what went."""
        manifests: dict[str, Manifest] = {}
        gone: list[Path] = []
        unread = False
        for path in self.manifests_dir.glob("*.json"):
            try:
                manifests[path.stem] = self.read_manifest(path.stem)
            except SnapshotError as error:
                if isinstance(error.__cause__, OSError):
                    # Perhaps it can be read tomorrow; until then nobody knows which files it names.
                    unread = True
                    continue
                path.unlink(missing_ok=True)
                gone.append(path)
        current = self.current_id()
        others = [snapshot_id for snapshot_id in sorted(manifests) if snapshot_id != current]
        kept = {*others[max(0, len(others) - (keep - (current is not None))) :], *([current] if current else [])}
        for snapshot_id in manifests.keys() - kept:
            path = self.manifest_path(snapshot_id)
            path.unlink(missing_ok=True)
            gone.append(path)
        referenced = {
            self.tables_dir / file.path
            for snapshot_id in manifests.keys() & kept
            for table in manifests[snapshot_id].tables.values()
            for file in table.files
        }
        for path in [] if unread else self.tables_dir.glob("*/*.parquet"):
            if path not in referenced:
                path.unlink(missing_ok=True)
                gone.append(path)
        return gone

    def make_folders(self, *tables: str) -> None:
        """The folders of snapshots, and of these tables, with the modes that ``file_mode`` asks for."""
        private_folder(self.data_dir)
        folders = [self.root, self.manifests_dir, self.tables_dir, *(self.tables_dir / name for name in tables)]
        for folder in folders:
            folder.mkdir(mode=OWNER_FOLDER, exist_ok=True)
            set_mode(folder, folder_mode(self.file_mode))
        if self.file_mode != OWNER_FILE:
            set_mode(self.data_dir, self.data_dir.stat().st_mode & 0o777 | passage_mode(self.file_mode))

    def write_status(self, status: RunStatus) -> None:
        """Replace the status; when a run last succeeded is kept through those that do not.

        Raises OSError if nothing can be written there.
        """
        former = self.read_status()
        succeeded = status.finished_at if status.outcome in ("published", "unchanged") else None
        kept = status.model_copy(update={"succeeded_at": succeeded or (former.succeeded_at if former else None)})
        path, content = self.data_dir / "status.json", kept.model_dump_json(indent=1).encode()
        try:
            write_atomically(path, content)
        except OSError:
            # A full disk still has the blocks of the file that is there; torn, it would be no status, which harms nobody.
            with path.open("r+b") as handle:
                handle.write(content)
                handle.truncate()

    def read_status(self) -> RunStatus | None:
        """How the last run went; None if no run has ever been made or the file is damaged."""
        try:
            return RunStatus.model_validate_json((self.data_dir / "status.json").read_bytes())
        except (OSError, ValidationError, RecursionError):
            return None


class Snapshot:
    """One published snapshot. Tables are read lazily; nothing is cached here.

    ``notice``: why this is not the snapshot that was published last, and what to do; empty where it is.
    """

    def __init__(self, manifest: Manifest, tables_dir: Path, notice: str = "") -> None:
        self.manifest = manifest
        self.notice = notice
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


def size_damage(path: Path, file: TableFile) -> str | None:
    """What is wrong with a published file as far as its folder tells; None where it is there with its size."""
    try:
        found = path.stat()
    except OSError as error:
        return f"{path} is missing" if isinstance(error, FileNotFoundError) else f"{path}: {error.strerror}"
    if file.bytes is not None and found.st_size != file.bytes:
        return f"{path} has {found.st_size:,} of {file.bytes:,} bytes"
    return None


def write_atomically(path: Path, content: bytes, mode: int = OWNER_FILE) -> None:
    """Write ``content`` so that a reader, or a power cut, finds the old file or the new one, never a part."""
    private_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb", opener=lambda name, flags: os.open(name, flags, OWNER_FILE)) as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _state_of(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return found.st_mtime_ns, found.st_size
