"""Publication and snapshots: atomic, shared where nothing changed, typed, pruned, and told apart when damaged."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.config import Settings, load_settings
from pipelines.contract import PUBLISHED_TABLES
from pipelines.contract.published_model import PublishedKind
from pipelines.snapshot import RunStatus, SnapshotError, SnapshotStore, write_atomically
from pipelines.warehouse.publication import Publication, export_snapshot, publish

AS_OF = datetime.fromisoformat("2026-02-01")
_FILLERS = {
    PublishedKind.TEXT: "'a'",
    PublishedKind.COUNT: "cast(1 as hugeint)",
    PublishedKind.MEASURE: "cast(0.5 as decimal(9, 3))",
    PublishedKind.FLAG: "true",
    PublishedKind.INSTANT: "timestamp '2026-01-05 10:00:00.123456'",
    PublishedKind.DAY: "timestamp '2026-01-05'",
}
_ARROW = {
    PublishedKind.TEXT: pa.string(),
    PublishedKind.COUNT: pa.int64(),
    PublishedKind.MEASURE: pa.float64(),
    PublishedKind.FLAG: pa.bool_(),
    PublishedKind.INSTANT: pa.timestamp("us", "UTC"),
    PublishedKind.DAY: pa.date32(),
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = tmp_path / "aftercall.toml"
    source = '[[sources]]\nformat = "canonical"\ntable = "contacts"\npath = "*.csv"\n'
    path.write_text(f'[project]\ndata_dir = "data"\nkeep_snapshots = 2\ntime_zone = "Asia/Kolkata"\n{source}')
    return load_settings(path)


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """Every published table, empty, in types that are not yet the published ones."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for table in PUBLISHED_TABLES.values():
            columns = ", ".join(f"{_FILLERS[column.kind]} as {column.name}" for column in table.columns)
            connection.execute(f"create table {table.name} as select {columns} where false")
        yield connection


def _add(warehouse: duckdb.DuckDBPyConnection, table: str, **values: str) -> None:
    """One row; ``values`` are SQL, the others fillers."""
    columns = [values.get(column.name, _FILLERS[column.kind]) for column in PUBLISHED_TABLES[table].columns]
    warehouse.execute(f"insert into {table} select {', '.join(columns)}")


def _contact(warehouse: duckdb.DuckDBPyConnection, contact: str, day: str) -> None:
    _add(warehouse, "contact_outcomes", contact_id=f"'{contact}'", day=f"date '{day}'")


def _publish(warehouse: duckdb.DuckDBPyConnection, settings: Settings, run_id: str = "run") -> Publication:
    return publish(warehouse, settings, as_of=AS_OF, run_id=run_id)


def _files(settings: Settings) -> set[str]:
    root = SnapshotStore(settings.data_dir).root
    return {str(path.relative_to(root)) for path in root.rglob("*.parquet")}


def test_before_the_first_publication_a_reader_is_told_what_to_do(settings: Settings) -> None:
    store = SnapshotStore(settings.data_dir)
    assert store.current_id() is None
    assert store.read_status() is None
    with pytest.raises(SnapshotError, match=r"no snapshot has been published .* run `aftercall run` first"):
        store.current()


def test_a_published_table_comes_back_as_it_was(warehouse: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    for contact, day in (("a", "2026-01-05"), ("b", "2026-01-05"), ("c", "2026-01-06")):
        _contact(warehouse, contact, day)
    publication = _publish(warehouse, settings)
    snapshot = SnapshotStore(settings.data_dir).current()
    assert snapshot.manifest == publication.manifest
    assert snapshot.manifest.as_of.isoformat() == "2026-02-01T00:00:00+00:00"
    assert snapshot.manifest.presentation.time_zone == "Asia/Kolkata"
    assert [file.part for file in snapshot.manifest.tables["contact_outcomes"].files] == ["2026-01-05", "2026-01-06"]
    assert snapshot.manifest.tables["contact_outcomes"].rows == 3
    frame = snapshot.scan("contact_outcomes").collect()
    assert sorted(frame["contact_id"]) == ["a", "b", "c"]
    assert frame.columns == list(PUBLISHED_TABLES["contact_outcomes"].column_names)
    with pytest.raises(SnapshotError, match="has no table 'nonsense'; it has calibration_curve, "):
        snapshot.files("nonsense")


def test_an_empty_table_keeps_its_columns_and_types(warehouse: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    _publish(warehouse, settings)
    snapshot = SnapshotStore(settings.data_dir).current()
    for table in PUBLISHED_TABLES.values():
        (path,) = snapshot.files(table.name)
        schema = pq.read_schema(path)
        assert [(name, schema.field(name).type) for name in schema.names if name != "__part"] == [
            (column.name, _ARROW[column.kind]) for column in table.columns
        ]
        assert snapshot.scan(table.name).collect().height == 0


def test_parts_that_did_not_change_are_shared(warehouse: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    for day in ("2026-01-05", "2026-01-06", "2026-01-07"):
        _contact(warehouse, "a", day)
    first = _publish(warehouse, settings)
    before = _files(settings)
    root = SnapshotStore(settings.data_dir).root
    written_at = {path: (root / path).stat().st_mtime_ns for path in before}
    again = _publish(warehouse, settings)
    # An empty table's one file is written anew, under the same name.
    assert _files(settings) == before
    assert again.manifest.tables == first.manifest.tables
    warehouse.execute("update contact_outcomes set queue = 'new' where day = date '2026-01-06'")
    changed = _publish(warehouse, settings)
    parts = {file.part: file.path for file in first.manifest.tables["contact_outcomes"].files}
    new = {file.part: file.path for file in changed.manifest.tables["contact_outcomes"].files}
    assert {part for part in parts if parts[part] == new[part]} == {"2026-01-05", "2026-01-07"}
    for part in ("2026-01-05", "2026-01-07"):
        path = f"tables/{parts[part]}"
        assert (root / path).stat().st_mtime_ns == written_at[path], "it was not written again"


def test_the_order_of_rows_makes_no_new_part(warehouse: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    for contact in "abc":
        _contact(warehouse, contact, "2026-01-05")
    first = _publish(warehouse, settings)
    warehouse.execute("create or replace table contact_outcomes as from contact_outcomes order by contact_id desc")
    assert _publish(warehouse, settings).manifest.tables == first.manifest.tables
    warehouse.execute("insert into contact_outcomes from contact_outcomes where contact_id = 'a'")
    assert _publish(warehouse, settings).manifest.tables["contact_outcomes"].rows == 4, "a row twice is another content"


def test_killed_before_the_commit_the_old_snapshot_stands(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SnapshotStore(settings.data_dir)
    _contact(warehouse, "a", "2026-01-05")
    first = _publish(warehouse, settings)
    _contact(warehouse, "b", "2026-01-05")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(SnapshotStore, "commit", killed)
        with pytest.raises(KeyboardInterrupt):
            _publish(warehouse, settings)
    assert store.current().manifest == first.manifest
    assert store.current().scan("contact_outcomes").collect()["contact_id"].to_list() == ["a"]
    assert not list(store.root.glob(".staging-*"))
    # The same in the middle of writing: what was being written is swept away by the next run.
    (store.root / ".staging-left").mkdir()
    with monkeypatch.context() as patched:
        patched.setattr("pipelines.warehouse.publication.write_parts", killed)
        _contact(warehouse, "c", "2026-01-06")
        with pytest.raises(KeyboardInterrupt):
            _publish(warehouse, settings)
    assert store.current().manifest == first.manifest
    _publish(warehouse, settings)
    assert sorted(store.current().scan("contact_outcomes").collect()["contact_id"]) == ["a", "b", "c"]
    assert not list(store.root.glob(".staging-*"))


def test_killed_between_manifest_and_current_the_old_snapshot_stands(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SnapshotStore(settings.data_dir)
    first = _publish(warehouse, settings)

    def until_current(path: Path, content: bytes) -> None:
        if path.name == "current.json":
            raise KeyboardInterrupt
        write_atomically(path, content)

    with monkeypatch.context() as patched:
        patched.setattr("pipelines.snapshot.write_atomically", until_current)
        with pytest.raises(KeyboardInterrupt):
            _publish(warehouse, settings)
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
    published = []
    _contact(warehouse, "steady", "2026-01-01")
    for number in range(4):
        warehouse.execute("delete from contact_outcomes where day = date '2026-01-05'")
        _contact(warehouse, f"c{number}", "2026-01-05")
        published.append(_publish(warehouse, settings, f"run{number}").manifest.snapshot_id)
    assert store.manifest_ids() == published[-2:], "keep_snapshots = 2"
    assert store.current_id() == published[-1]
    for number, snapshot_id in enumerate(published[-2:], 2):
        ids = store.open(snapshot_id).scan("contact_outcomes").collect()["contact_id"].to_list()
        assert sorted(ids) == [f"c{number}", "steady"]
    named = {
        f"tables/{file.path}"
        for kept in published[-2:]
        for table in store.open(kept).manifest.tables.values()
        for file in table.files
    }
    assert _files(settings) == named
    with pytest.raises(SnapshotError, match="is missing"):
        store.open(published[0])


def test_pruning_never_takes_the_current_snapshot(warehouse: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    store = SnapshotStore(settings.data_dir)
    first = _publish(warehouse, settings).manifest
    _publish(warehouse, settings)
    write_atomically(store.root / "current.json", f'{{"snapshot": "{first.snapshot_id}"}}'.encode())
    store.prune(1)
    assert store.current().manifest == first


@pytest.mark.parametrize("damage", ["file", "manifest", "manifest_text", "current", "current_text"])
def test_a_damaged_snapshot_is_an_error_with_the_remedy(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, damage: str
) -> None:
    store = SnapshotStore(settings.data_dir)
    _contact(warehouse, "a", "2026-01-05")
    manifest = _publish(warehouse, settings).manifest
    path = store.manifests_dir / f"{manifest.snapshot_id}.json"
    match damage:
        case "file":
            store.current().files("contact_outcomes")[0].unlink()
        case "manifest":
            path.unlink()
        case "manifest_text":
            path.write_text(path.read_text()[:100])
        case "current":
            (store.root / "current.json").write_text("{}")
        case _:
            (store.root / "current.json").write_text("")
    with pytest.raises(SnapshotError, match="aftercall run"):
        store.current()


def test_after_a_lost_file_the_next_publication_writes_it_again(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings
) -> None:
    store = SnapshotStore(settings.data_dir)
    _contact(warehouse, "a", "2026-01-05")
    _publish(warehouse, settings)
    store.current().files("contact_outcomes")[0].unlink()
    _publish(warehouse, settings)
    assert store.current().scan("contact_outcomes").collect()["contact_id"].to_list() == ["a"]


def test_an_export_is_sorted_by_key_and_typed_by_the_contract(
    warehouse: duckdb.DuckDBPyConnection, settings: Settings, tmp_path: Path
) -> None:
    for contact, day in (("c", "2026-01-05"), ("a", "2026-01-06"), ("b", "2026-01-04")):
        _contact(warehouse, contact, day)
        _add(warehouse, "kpi_daily", day=f"date '{day}'", mode="null")
    for reason in ("'z'", "'y'"):
        _add(warehouse, "quarantine", reason=reason)
    _publish(warehouse, settings)
    out = tmp_path / "out's"
    written, notice = export_snapshot(SnapshotStore(settings.data_dir), list(PUBLISHED_TABLES), out)
    assert not notice
    assert {name: rows for name, _, rows in written if rows} == {"contact_outcomes": 3, "kpi_daily": 3, "quarantine": 2}
    assert sorted(path.name for path in out.iterdir()) == sorted(f"{name}.parquet" for name in PUBLISHED_TABLES)
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
    _publish(warehouse, settings)
    with pytest.raises(SnapshotError, match="nonsense"):
        export_snapshot(SnapshotStore(settings.data_dir), ["kpi_daily", "nonsense"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_status_of_a_run_comes_back_and_a_damaged_one_is_none(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    status = RunStatus(outcome="blocked", run_id="r", started_at=AS_OF, message="why", failed_checks=("a.keys",))
    store.write_status(status)
    assert store.read_status() == status
    (tmp_path / "status.json").write_text('{"outcome": "unheard of"}')
    assert store.read_status() is None
