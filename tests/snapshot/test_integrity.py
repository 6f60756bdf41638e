"""Snapshots that were damaged after their publication: readers pass them over, the next publication repairs them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from builders.small_warehouse import AS_OF, add_contact, cut_short, files_of, published

from pipelines.commands.export import export_snapshot
from pipelines.config import Settings
from pipelines.snapshot import Manifest, SnapshotError, SnapshotStore
from pipelines.snapshot_integrity import current_damage, kept_damage, sweep
from pipelines.warehouse.publication import checksums_due, publish, remember_checksums

GARBAGE = (b"[1]", b"{}", b"null", b"", b"\x00\xff\xfe\x9d", b'{"snapshot": null}', b'{"snapshot": ["a"]}', b'{"snapshot": "gone"}', b'{"snapshot": "../../etc/passwd"}', b'{"snapshot": 7}', b"7", b'"a"', b"[" * 100_000)  # fmt: skip


@pytest.fixture
def store(settings: Settings) -> SnapshotStore:
    return SnapshotStore(settings.data_dir)


def _contacts(store: SnapshotStore) -> list[str]:
    return sorted(store.current().scan("contact_outcomes").collect()["contact_id"])


@pytest.mark.parametrize("content", GARBAGE, ids=lambda content: repr(content[:20]))
def test_a_garbage_current_is_passed_over_and_repaired(
    content: bytes, warehouse: duckdb.DuckDBPyConnection, settings: Settings, store: SnapshotStore
) -> None:
    add_contact(warehouse, "a", "2026-01-05")
    first = published(warehouse, settings).manifest
    store.current_path.write_bytes(content)
    assert store.current_id() == first.snapshot_id
    assert store.current().manifest == first
    assert "newest complete snapshot" in store.current().notice
    assert "aftercall run" in store.current().notice
    assert current_damage(store, first.snapshot_id, checksums=False)
    again = published(warehouse, settings)
    assert len(again.repaired) == 1
    assert again.manifest.repaired == again.repaired
    assert again.files_written == 0, "the files were whole"
    assert store.named_id() == store.current_id() == again.manifest.snapshot_id
    assert (store.current().notice, current_damage(store, again.manifest.snapshot_id, checksums=True)) == ("", ())


def test_a_lost_current_is_repaired_too(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, store: SnapshotStore
) -> None:
    assert current_damage(store, None, checksums=True) == (), "before the first publication nothing is lost"
    first = published(warehouse, settings).manifest
    store.current_path.unlink()
    assert store.current().manifest == first
    assert published(warehouse, settings).repaired == (f"{store.current_path} named no snapshot",)


def test_an_earlier_snapshot_under_the_name_current_is_noticed(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, store: SnapshotStore
) -> None:
    first, second = (published(warehouse, settings).manifest.snapshot_id for _ in range(2))
    store.current_path.write_text(json.dumps({"snapshot": first}))
    assert not current_damage(store, None, checksums=True)
    assert "which was published last" in current_damage(store, second, checksums=False)[0]
    again = publish(warehouse, settings, as_of=AS_OF, run_id="run", published_id=second)
    assert [text.split(" named ")[1][: len(first)] for text in again.repaired] == [first]


@pytest.mark.parametrize("damage", ["cut", "binary", "other id", "missing", "a folder"])
def test_a_damaged_manifest_is_passed_over_and_goes(
    damage: str, warehouse: duckdb.DuckDBPyConnection, settings: Settings, store: SnapshotStore
) -> None:
    add_contact(warehouse, "a", "2026-01-05")
    first = published(warehouse, settings).manifest
    add_contact(warehouse, "b", "2026-01-05")
    second = published(warehouse, settings).manifest
    path = store.manifest_path(second.snapshot_id)
    match damage:
        case "cut":
            cut_short(path)
        case "binary":
            path.write_bytes(b"\x00\xff" * 50)
        case "other id":
            path.write_bytes(store.manifest_path(first.snapshot_id).read_bytes())
        case "a folder":
            path.unlink()
            path.mkdir()
        case _:
            path.unlink()
    assert store.current_id() == first.snapshot_id
    assert _contacts(store) == ["a"]
    assert first.snapshot_id in store.current().notice
    assert store.prune(8) is not None, "pruning before the repair does not fail either"
    again = published(warehouse, settings)
    assert again.repaired
    assert _contacts(store) == ["a", "b"]
    assert store.current().notice == ""
    if damage != "a folder":
        assert store.manifest_ids() == [first.snapshot_id, again.manifest.snapshot_id]


def test_all_manifests_damaged_and_published_anew(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, store: SnapshotStore
) -> None:
    add_contact(warehouse, "a", "2026-01-05")
    for _ in range(2):
        published(warehouse, settings)
    for path in store.manifests_dir.glob("*.json"):
        path.write_bytes(b"{}")
    assert store.current_id() is None
    with pytest.raises(SnapshotError, match="is damaged; run `aftercall run` to publish anew"):
        store.current()
    again = published(warehouse, settings)
    assert len(again.repaired) == 2
    assert again.files_shared == 0, "no manifest vouches for a file"
    assert _contacts(store) == ["a"]
    assert not kept_damage(store, checksums=True)


@pytest.mark.usefixtures("by_day")
def test_a_part_cut_short_is_written_anew_and_the_others_are_shared(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, store: SnapshotStore
) -> None:
    for contact, day in (("a", "2026-01-05"), ("b", "2026-01-06")):
        add_contact(warehouse, contact, day)
    first = published(warehouse, settings).manifest
    second = published(warehouse, settings).manifest
    path = store.tables_dir / second.tables["contact_outcomes"].files[0].path
    whole = path.stat().st_size
    cut_short(path)
    assert kept_damage(store, checksums=False).keys() == {first.snapshot_id, second.snapshot_id}
    with pytest.raises(SnapshotError, match="damaged file"):
        store.current()
    again = published(warehouse, settings)
    assert again.repaired == (f"{path} has {whole - 7:,} of {whole:,} bytes",)
    assert again.files_written == 1
    assert _contacts(store) == ["a", "b"]
    assert not kept_damage(store, checksums=True), "the earlier snapshot that shares the part is whole again, too"
    assert published(warehouse, settings).files_written == 0


def test_changed_bytes_are_found_by_their_checksum(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, store: SnapshotStore
) -> None:
    add_contact(warehouse, "a", "2026-01-05")
    published(warehouse, settings)
    (path,) = store.current().files("contact_outcomes")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert published(warehouse, settings).repaired == (), "its size is right: only its checksum tells"
    assert len(kept_damage(store, checksums=True)) == 2
    again = publish(warehouse, settings, as_of=AS_OF, run_id="run", checksums=True)
    assert again.repaired == (f"{path} holds other bytes than were published",)
    assert not kept_damage(store, checksums=True)
    assert _contacts(store) == ["a"]


def test_a_manifest_from_before_sizes_were_kept_is_read_and_its_files_are_written_anew(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, store: SnapshotStore
) -> None:
    add_contact(warehouse, "a", "2026-01-05")
    first = published(warehouse, settings).manifest
    document = json.loads(store.manifest_path(first.snapshot_id).read_bytes())
    del document["repaired"]
    for table in document["tables"].values():
        for file in table["files"]:
            del file["bytes"], file["sha256"]
    store.manifest_path(first.snapshot_id).write_text(json.dumps(document))
    assert _contacts(store) == ["a"]
    again = published(warehouse, settings)
    assert (again.files_shared, again.repaired) == (0, ())
    assert store.read_manifest(first.snapshot_id) == first.model_copy(update={"tables": again.manifest.tables}), (
        "the earlier manifest now vouches for the files, too"
    )


def test_a_part_half_moved_by_a_dead_run_is_written_anew(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, store: SnapshotStore
) -> None:
    """Files that no manifest names are not taken for a part, whatever they are called."""
    add_contact(warehouse, "a", "2026-01-05")
    first = published(warehouse, settings).manifest
    (path,) = store.current().files("contact_outcomes")
    for manifest in store.manifests_dir.glob("*.json"):
        manifest.unlink()
    path.write_bytes(b"PAR1 half of it")
    assert published(warehouse, settings).files_shared == 0
    assert _contacts(store) == ["a"]
    assert store.current().manifest.tables["contact_outcomes"].rows == first.tables["contact_outcomes"].rows


@pytest.mark.parametrize("keep", [1, 2, 3])
def test_never_more_snapshots_than_are_to_be_kept(
    keep: int, warehouse: duckdb.DuckDBPyConnection, settings: Settings, store: SnapshotStore
) -> None:
    project = settings.project.model_copy(update={"keep_snapshots": keep})
    settings = settings.model_copy(update={"project": project})
    for _ in range(4):
        last = published(warehouse, settings).manifest
    # The clock was set back: the snapshot published last is not the last by name.
    early = last.model_copy(update={"snapshot_id": "20010101T000000000000Z-run"})
    store.commit(early)
    store.prune(keep)
    assert len(store.manifest_ids()) == keep
    assert store.current_id() == early.snapshot_id
    assert not kept_damage(store, checksums=True)


def test_an_unreadable_manifest_keeps_its_files(
    warehouse: duckdb.DuckDBPyConnection,
    settings: Settings,
    store: SnapshotStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An error of the disk may pass; what such a manifest names is not known to be superfluous."""
    add_contact(warehouse, "a", "2026-01-05")
    first = published(warehouse, settings).manifest
    add_contact(warehouse, "b", "2026-01-05")
    published(warehouse, settings)
    before = files_of(settings)
    original = Path.read_bytes

    def failing(path: Path) -> bytes:
        if path.stem == first.snapshot_id:
            raise OSError(5, "Input/output error")
        return original(path)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", failing)
        assert store.prune(1) == []
    assert files_of(settings) == before
    assert store.open(first.snapshot_id).manifest == first


def test_what_dead_runs_left_is_swept(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, store: SnapshotStore
) -> None:
    add_contact(warehouse, "a", "2026-01-05")
    for _ in range(3):
        manifest = published(warehouse, settings).manifest
    extra = manifest.model_copy(update={"snapshot_id": "20000101T000000000000Z-dead"})
    store.write_manifest(extra)
    leftovers = [
        store.data_dir / ".status.json.1.tmp",
        store.root / ".current.json.2.tmp",
        store.manifests_dir / ".x.json.3.tmp",
        store.root / ".staging-4" / "contact_outcomes" / "0.parquet",
        store.tables_dir / "contact_outcomes" / "all-nobody.0of1.parquet",
    ]
    for path in leftovers:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    sweep(store, 2)
    assert not [path for path in leftovers if path.exists()]
    assert not (store.root / ".staging-4").exists()
    assert len(store.manifest_ids()) == 2
    assert not kept_damage(store, checksums=True)


def test_sweeping_leaves_a_damaged_store_to_its_repair(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, store: SnapshotStore
) -> None:
    published(warehouse, settings)
    store.current_path.write_bytes(b"[1]")
    before = files_of(settings)
    sweep(store, 1)
    assert files_of(settings) == before
    sweep(SnapshotStore(settings.data_dir / "nothing"), 1)


def test_checksums_are_due_each_week(warehouse: duckdb.DuckDBPyConnection) -> None:
    warehouse.execute("create table warehouse_facts (name varchar primary key, value varchar not null)")
    now = datetime(2026, 11, 30, 2, 30, tzinfo=UTC).replace(tzinfo=None)
    assert checksums_due(warehouse, now), "never done"
    remember_checksums(warehouse, now)
    assert not checksums_due(warehouse, now)
    assert not checksums_due(warehouse, now + timedelta(days=7, seconds=-1))
    assert checksums_due(warehouse, now + timedelta(days=7))
    assert checksums_due(warehouse, now - timedelta(seconds=1)), "done in the future: the clock was wrong"
    warehouse.execute("update warehouse_facts set value = 'garbage'")
    assert checksums_due(warehouse, now)


def test_an_export_of_a_damaged_snapshot_is_that_of_the_one_before_and_says_so(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, store: SnapshotStore, tmp_path: Path
) -> None:
    add_contact(warehouse, "a", "2026-01-05")
    first = published(warehouse, settings).manifest
    add_contact(warehouse, "b", "2026-01-05")
    published(warehouse, settings)
    cut_short(store.current().files("contact_outcomes")[0])
    out = tmp_path / "out"
    (tmp_path / ".out.exporting").mkdir()
    (tmp_path / ".out.exporting" / "left by a dead one").touch()
    made = export_snapshot(store, "contact_outcomes", out)
    assert [(table.name, table.rows) for table in made.tables] == [("contact_outcomes", 1)]
    assert made.snapshot_id == first.snapshot_id
    assert first.snapshot_id in made.notice
    assert sorted(path.name for path in out.iterdir()) == ["contact_outcomes.parquet", "manifest.json"]
    assert not (tmp_path / ".out.exporting").exists()


def test_an_export_of_garbage_says_what_cannot_be_read(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, store: SnapshotStore, tmp_path: Path
) -> None:
    add_contact(warehouse, "a", "2026-01-05")
    published(warehouse, settings)
    (path,) = store.current().files("contact_outcomes")
    whole = path.read_bytes()
    for garbage in (b"x" * len(whole), b"PAR1" + b"\x00" * (len(whole) - 8) + b"PAR1"):
        path.write_bytes(garbage)
        with pytest.raises(
            SnapshotError, match=r"table contact_outcomes of snapshot .* cannot be read; run `aftercall run --full"
        ):
            export_snapshot(store, "contact_outcomes", tmp_path / "out")
        assert not [path for path in tmp_path.iterdir() if "out" in path.name]


@pytest.mark.parametrize("content", [*GARBAGE[:5], b'{"outcome": "running"}', b"[" * 100_000])
def test_a_garbage_status_is_no_status(content: bytes, store: SnapshotStore) -> None:
    store.data_dir.mkdir()
    (store.data_dir / "status.json").write_bytes(content)
    assert store.read_status() is None


def test_the_manifest_tells_size_and_checksum_of_every_file(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, store: SnapshotStore
) -> None:
    manifest: Manifest = published(warehouse, settings).manifest
    files = [file for table in manifest.tables.values() for file in table.files]
    assert files
    for file in files:
        assert file.bytes == (store.tables_dir / file.path).stat().st_size
        assert len(file.sha256) == 64


def test_a_snapshot_may_be_opened_to_the_group_and_closed_again(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, store: SnapshotStore
) -> None:
    add_contact(warehouse, "a", "2026-01-05")

    def modes() -> dict[str, set[int]]:
        paths = [store.root, *store.root.rglob("*")]
        return {
            kind: {path.stat().st_mode & 0o777 for path in paths if path.is_dir() is is_folder}
            for kind, is_folder in (("folders", True), ("files", False))
        }

    for file_mode, folders, files in (("0600", 0o700, 0o600), ("0640", 0o750, 0o640), ("0600", 0o700, 0o600)):
        project = settings.project.model_copy(update={"file_mode": file_mode})
        published(warehouse, settings.model_copy(update={"project": project}))
        # What is shared with earlier snapshots is looked after as the next night begins.
        sweep(SnapshotStore(store.data_dir, project.snapshot_mode), 2)
        assert modes() == {"folders": {folders}, "files": {files}}
