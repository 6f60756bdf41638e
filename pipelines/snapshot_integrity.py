"""Whether the published files are still what was published, and what dead runs left beside them.

A file that was cut short, changed or lost after its publication is found by its size each run and by its checksum each
week; the publication that follows writes it again. Nothing here repairs: it says what is wrong, in words for the summary.
"""

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from pipelines.file_modes import folder_mode, set_mode
from pipelines.snapshot import Manifest, SnapshotError, SnapshotStore, TableFile, size_damage

_CHUNK = 1 << 22


def file_damage(path: Path, file: TableFile, *, checksums: bool) -> str | None:
    """What is wrong with one published file; None where it is whole. ``checksums``: its bytes are read, too."""
    damage = size_damage(path, file)
    if damage is not None or not checksums or not file.sha256:
        return damage
    try:
        return None if sha256_of(path) == file.sha256 else f"{path} holds other bytes than were published"
    except OSError as error:
        return f"{path} cannot be read ({error.strerror})"


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's bytes. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def current_damage(store: SnapshotStore, published_id: str | None, *, checksums: bool) -> tuple[str, ...]:
    """What is wrong with the snapshot that ``current.json`` names, and with the name itself; empty where all is well.

    ``published_id``: the snapshot that the last run published, where that is known.
    """
    named = store.named_id()
    if named is None:
        if not store.current_path.exists() and published_id is None and not store.manifest_ids():
            return ()
        return (f"{store.current_path} named no snapshot",)
    if published_id is not None and named != published_id:
        return (f"{store.current_path} named {named}, not {published_id}, which was published last",)
    try:
        manifest = store.read_manifest(named)
    except SnapshotError as error:
        return (str(error).partition(";")[0],)
    return tuple(_damages(store, manifest, checksums=checksums))


def kept_damage(store: SnapshotStore, *, checksums: bool) -> dict[str, tuple[str, ...]]:
    """Snapshot id → what is wrong with it, of all snapshots that are kept and not whole."""
    found = {}
    for snapshot_id in store.manifest_ids():
        try:
            wrong = tuple(_damages(store, store.read_manifest(snapshot_id), checksums=checksums))
        except SnapshotError as error:
            wrong = (str(error).partition(";")[0],)
        if wrong:
            found[snapshot_id] = wrong
    return found


def readable_manifests(store: SnapshotStore) -> tuple[list[Manifest], list[str]]:
    """All manifests that can be read, the newest first, and the paths of those that cannot."""
    found, damaged = [], []
    for snapshot_id in reversed(store.manifest_ids()):
        try:
            found.append(store.read_manifest(snapshot_id))
        except SnapshotError:
            damaged.append(str(store.manifest_path(snapshot_id)))
    return found, damaged


def sweep(store: SnapshotStore, keep: int) -> None:
    """Remove what dead runs left behind, and snapshots beyond ``keep``; published files get the mode of ``store``.

    The caller holds the warehouse, so that no other run is writing. A damaged store is left to the publication that
    repairs it.
    """
    for leftover in store.root.glob(".staging-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    for folder in (store.data_dir, store.root, store.manifests_dir):
        for leftover in folder.glob(".*.tmp"):
            leftover.unlink(missing_ok=True)
    if store.named_id() is None or current_damage(store, None, checksums=False):
        return
    store.prune(keep)
    store.make_folders()
    for path in [store.current_path, *store.manifests_dir.glob("*.json"), *store.tables_dir.glob("*/*.parquet")]:
        set_mode(path, store.file_mode)
    for folder in store.tables_dir.iterdir():
        set_mode(folder, folder_mode(store.file_mode))


def _damages(store: SnapshotStore, manifest: Manifest, *, checksums: bool) -> Iterator[str]:
    for table in manifest.tables.values():
        for file in table.files:
            damage = file_damage(store.tables_dir / file.path, file, checksums=checksums)
            if damage is not None:
                yield damage
