"""Publication and snapshots: atomic, shared where nothing changed, typed, pruned, and told apart when damaged."""

from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders.small_warehouse import AS_OF, add, add_contact, cut_short, files_of, published

from pipelines.commands.export import export_snapshot
from pipelines.config import ConfigError, Settings
from pipelines.contract import PUBLISHED_TABLES
from pipelines.contract.published_model import PublishedKind
from pipelines.snapshot import RunStatus, SnapshotError, SnapshotStore, write_atomically

_ARROW = {
    PublishedKind.TEXT: pa.string(),
    PublishedKind.COUNT: pa.int64(),
    PublishedKind.MEASURE: pa.float64(),
    PublishedKind.FLAG: pa.bool_(),
    PublishedKind.INSTANT: pa.timestamp("us", "UTC"),
    PublishedKind.DAY: pa.date32(),
}


def test_before_the_first_publication_a_reader_is_told_what_to_do(settings: Settings) -> None:
    store = SnapshotStore(settings.data_dir)
    assert store.current_id() is None
    assert store.read_status() is None
    with pytest.raises(SnapshotError, match=r"no snapshot has been published .* run `aftercall run` first"):
        store.current()


def test_a_published_table_comes_back_as_it_was(warehouse: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    for contact, day in (("a", "2026-01-05"), ("b", "2026-01-05"), ("c", "2026-01-06")):
        add_contact(warehouse, contact, day)
    publication = published(warehouse, settings)
    snapshot = SnapshotStore(settings.data_dir).current()
    assert snapshot.manifest == publication.manifest
    assert snapshot.manifest.as_of.isoformat() == "2026-02-01T00:00:00+00:00"
    assert snapshot.manifest.presentation.time_zone == "Asia/Kolkata"
    assert [file.part for file in snapshot.manifest.tables["contact_outcomes"].files] == ["all"]
    assert snapshot.manifest.tables["contact_outcomes"].rows == 3
    frame = snapshot.scan("contact_outcomes").collect()
    assert sorted(frame["contact_id"]) == ["a", "b", "c"]
    assert frame.columns == list(PUBLISHED_TABLES["contact_outcomes"].column_names)
    with pytest.raises(SnapshotError, match="has no table 'nonsense'; it has calibration_curve, "):
        snapshot.files("nonsense")


def test_an_empty_table_keeps_its_columns_and_types(warehouse: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    published(warehouse, settings)
    snapshot = SnapshotStore(settings.data_dir).current()
    for table in PUBLISHED_TABLES.values():
        (path,) = snapshot.files(table.name)
        schema = pq.read_schema(path)
        assert [(name, schema.field(name).type) for name in schema.names if name != "__part"] == [
            (column.name, _ARROW[column.kind]) for column in table.columns
        ]
        assert snapshot.scan(table.name).collect().height == 0


@pytest.mark.usefixtures("by_day")
def test_parts_that_did_not_change_are_shared(warehouse: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    for day in ("2026-01-05", "2026-01-06", "2026-01-07"):
        add_contact(warehouse, "a", day)
    first = published(warehouse, settings)
    before = files_of(settings)
    root = SnapshotStore(settings.data_dir).root
    written_at = {path: (root / path).stat().st_mtime_ns for path in before}
    again = published(warehouse, settings)
    assert files_of(settings) == before
    assert again.files_written == 0
    assert again.manifest.tables == first.manifest.tables
    warehouse.execute("update contact_outcomes set queue = 'new' where day = date '2026-01-06'")
    changed = published(warehouse, settings)
    parts = {file.part: file.path for file in first.manifest.tables["contact_outcomes"].files}
    new = {file.part: file.path for file in changed.manifest.tables["contact_outcomes"].files}
    assert {part for part in parts if parts[part] == new[part]} == {"2026-01-05", "2026-01-07"}
    for part in ("2026-01-05", "2026-01-07"):
        path = f"tables/{parts[part]}"
        assert (root / path).stat().st_mtime_ns == written_at[path], "it was not written again"


def test_the_order_of_rows_makes_no_new_part(warehouse: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    for contact in "abc":
        add_contact(warehouse, contact, "2026-01-05")
    first = published(warehouse, settings)
    warehouse.execute("create or replace table contact_outcomes as from contact_outcomes order by contact_id desc")
    assert published(warehouse, settings).manifest.tables == first.manifest.tables
    warehouse.execute("insert into contact_outcomes from contact_outcomes where contact_id = 'a'")
    assert published(warehouse, settings).manifest.tables["contact_outcomes"].rows == 4, (
        "a row twice is another content"
    )


def test_killed_before_the_commit_the_old_snapshot_stands(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SnapshotStore(settings.data_dir)
    add_contact(warehouse, "a", "2026-01-05")
    first = published(warehouse, settings)
    add_contact(warehouse, "b", "2026-01-05")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(SnapshotStore, "commit", killed)
        with pytest.raises(KeyboardInterrupt):
            published(warehouse, settings)
    assert store.current().manifest == first.manifest
    assert store.current().scan("contact_outcomes").collect()["contact_id"].to_list() == ["a"]
    assert not list(store.root.glob(".staging-*"))
    # The same in the middle of writing: what was being written is swept away by the next run.
    (store.root / ".staging-left").mkdir()
    with monkeypatch.context() as patched:
        patched.setattr("pipelines.warehouse.publication.write_parts", killed)
        add_contact(warehouse, "c", "2026-01-06")
        with pytest.raises(KeyboardInterrupt):
            published(warehouse, settings)
    assert store.current().manifest == first.manifest
    published(warehouse, settings)
    assert sorted(store.current().scan("contact_outcomes").collect()["contact_id"]) == ["a", "b", "c"]
    assert not list(store.root.glob(".staging-*"))


def test_killed_between_manifest_and_current_the_old_snapshot_stands(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SnapshotStore(settings.data_dir)
    first = published(warehouse, settings)

    def until_current(path: Path, content: bytes, mode: int) -> None:
        if path.name == "current.json":
            raise KeyboardInterrupt
        write_atomically(path, content, mode)

    with monkeypatch.context() as patched:
        patched.setattr("pipelines.snapshot.write_atomically", until_current)
        with pytest.raises(KeyboardInterrupt):
            published(warehouse, settings)
    assert store.current().manifest == first.manifest


def test_a_write_that_breaks_off_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    write_atomically(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("pipelines.snapshot.os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


def test_pruning_keeps_the_last_snapshots_and_every_file_they_name(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    store = SnapshotStore(settings.data_dir)
    ids = []
    add_contact(warehouse, "steady", "2026-01-01")
    for number in range(4):
        warehouse.execute("delete from contact_outcomes where day = date '2026-01-05'")
        add_contact(warehouse, f"c{number}", "2026-01-05")
        ids.append(published(warehouse, settings, f"run{number}").manifest.snapshot_id)
    assert store.manifest_ids() == ids[-2:], "keep_snapshots = 2"
    assert store.current_id() == ids[-1]
    for number, snapshot_id in enumerate(ids[-2:], 2):
        contacts = store.open(snapshot_id).scan("contact_outcomes").collect()["contact_id"].to_list()
        assert sorted(contacts) == [f"c{number}", "steady"]
    named = {
        f"tables/{file.path}"
        for kept in ids[-2:]
        for table in store.open(kept).manifest.tables.values()
        for file in table.files
    }
    assert files_of(settings) == named
    with pytest.raises(SnapshotError, match="is missing"):
        store.open(ids[0])


def test_pruning_never_takes_the_current_snapshot(warehouse: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    store = SnapshotStore(settings.data_dir)
    first = published(warehouse, settings).manifest
    published(warehouse, settings)
    write_atomically(store.root / "current.json", f'{{"snapshot": "{first.snapshot_id}"}}'.encode())
    store.prune(1)
    assert store.current().manifest == first


@pytest.mark.parametrize("damage", ["file", "file_cut_short", "manifest", "manifest_text"])
def test_the_only_snapshot_damaged_is_an_error_with_the_remedy(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, damage: str
) -> None:
    store = SnapshotStore(settings.data_dir)
    add_contact(warehouse, "a", "2026-01-05")
    manifest = published(warehouse, settings).manifest
    path = store.manifests_dir / f"{manifest.snapshot_id}.json"
    match damage:
        case "file":
            store.current().files("contact_outcomes")[0].unlink()
        case "manifest":
            path.unlink()
        case "file_cut_short":
            cut_short(store.current().files("contact_outcomes")[0])
        case _:
            path.write_text(path.read_text()[:100])
    with pytest.raises(SnapshotError, match="aftercall run"):
        store.current()
    assert store.current_id() is None


def test_after_a_lost_file_the_next_publication_writes_it_again(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    store = SnapshotStore(settings.data_dir)
    add_contact(warehouse, "a", "2026-01-05")
    published(warehouse, settings)
    lost = store.current().files("contact_outcomes")[0]
    lost.unlink()
    assert published(warehouse, settings).repaired == (f"{lost} is missing",)
    assert store.current().scan("contact_outcomes").collect()["contact_id"].to_list() == ["a"]


def test_an_export_is_sorted_by_key_and_typed_by_the_contract(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path
) -> None:
    for contact, day in (("c", "2026-01-05"), ("a", "2026-01-06"), ("b", "2026-01-04")):
        add_contact(warehouse, contact, day)
        add(warehouse, "kpi_daily", day=f"date '{day}'", mode="null")
    for reason in ("'z'", "'y'"):
        add(warehouse, "quarantine", reason=reason)
    published(warehouse, settings)
    out = tmp_path / "out's"
    made = export_snapshot(SnapshotStore(settings.data_dir), None, out)
    assert not made.notice
    assert {table.name: table.rows for table in made.tables if table.rows} == {
        "contact_outcomes": 3,
        "kpi_daily": 3,
        "quarantine": 2,
    }
    assert sorted(path.name for path in out.iterdir()) == sorted(
        ["manifest.json", *(f"{name}.parquet" for name in PUBLISHED_TABLES)]
    )
    for table in PUBLISHED_TABLES.values():
        schema = pq.read_schema(out / f"{table.name}.parquet")
        assert [(field.name, field.type) for field in schema] == [(c.name, _ARROW[c.kind]) for c in table.columns]
    assert pl.read_parquet(out / "contact_outcomes.parquet")["contact_id"].to_list() == ["a", "b", "c"]
    assert pl.read_parquet(out / "kpi_daily.parquet")["day"].is_sorted()
    assert pl.read_parquet(out / "quarantine.parquet")["reason"].to_list() == ["y", "z"]
    moment = pl.read_parquet(out / "contact_outcomes.parquet")["started_at"][0]
    assert moment.isoformat() == "2026-01-05T10:00:00.123456+00:00"


def test_an_export_of_an_unknown_table_writes_nothing(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path
) -> None:
    published(warehouse, settings)
    with pytest.raises(ConfigError, match="nonsense"):
        export_snapshot(SnapshotStore(settings.data_dir), "kpi_daily, nonsense", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_status_of_a_run_comes_back_and_a_damaged_one_is_none(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    status = RunStatus(outcome="blocked", run_id="r", started_at=AS_OF, message="why", failed_checks=("a.keys",))
    store.write_status(status)
    assert store.read_status() == status
    (tmp_path / "status.json").write_text('{"outcome": "unheard of"}')
    assert store.read_status() is None


def test_a_status_is_told_on_a_full_disk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SnapshotStore(tmp_path)
    store.write_status(RunStatus(outcome="running", run_id="r", started_at=AS_OF, message="long " * 50))
    ended = RunStatus(outcome="failed", run_id="r", started_at=AS_OF, message="the disk is full")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipelines.snapshot.write_atomically", full)
    store.write_status(ended)
    assert store.read_status() == ended
