"""What a command cannot work with: exit 2, one message, nothing half done."""

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from builders.command_line import CONTACTS_SOURCE, Command, Operation

from pipelines.snapshot import SnapshotStore

LEGS = "contact_id,customer_id,started_at\n"


@pytest.fixture
def delivered(valid_config: Path) -> Path:
    """A configuration whose source points to one good file."""
    landing = valid_config.parent / "landing"
    landing.mkdir()
    (landing / "a.csv").write_text(LEGS + "a,ann,2026-03-02T10:00:00Z\n")
    return valid_config


def test_no_file_at_all(aftercall: Command, valid_config: Path) -> None:
    for command in ("run", "doctor", "run"):  # the doctor opens a warehouse: an empty one is no earlier night
        said = aftercall(command, "--config", valid_config)
        assert said.code == 2
        assert "file" in said.one_message()
    message = aftercall("run", "--config", valid_config).one_message()
    assert "sources[contacts].path = 'landing/*.csv'" in message
    assert SnapshotStore(valid_config.parent / "data").current_id() is None


def test_every_file_refused(aftercall: Command, valid_config: Path) -> None:
    landing = valid_config.parent / "landing"
    landing.mkdir()
    (landing / "a.csv").write_text("id,when\n1,2026-03-02\n")
    (landing / "b.csv").write_text("")
    store = SnapshotStore(valid_config.parent / "data")
    for _ in range(2):  # the second time there is nothing new, and still nothing to publish
        said = aftercall("run", "--config", valid_config)
        assert said.code == 2
        last = said.err.strip().splitlines()[-1]
        assert last.startswith("aftercall: no source could be read at all: landing/a.csv: ")
        assert "contact_id" in last
        assert "Traceback" not in said.out + said.err
        assert store.current_id() is None, "an empty snapshot must not be published"
        status = store.read_status()
        assert status is not None
        assert (status.outcome, status.snapshot_id) == ("failed", None)
        assert status.ledger is not None
        assert (status.ledger.files, status.ledger.refused_files, status.ledger.rows_in) == (2, 2, 0)


@pytest.mark.parametrize(
    "value", ["yesterday", "2026-02-30", "2026-01-01T25:00", "9999-12-31", "2026-13", "9999-01-01"]
)
def test_bad_as_of(value: str, aftercall: Command, delivered: Path) -> None:
    said = aftercall("run", "--config", delivered, "--as-of", value)
    assert said.code == 2
    message = said.one_message()
    assert f"--as-of = {value!r}" in message
    assert "write 2026-11-22" in message or "lies in the future" in message
    assert not (delivered.parent / "data").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("run",),
        # An option of earlier versions that nothing read.
        ("run", "--config", "x", "--from", "2026-03-01"),
        ("simulate", "--out", "x", "--contacts", "0"),
        ("fly",),
        ("dashboard", "--config", "x", "--port", "70000"),
    ],
)
def test_usage_errors_are_code_2(arguments: tuple[str, ...], aftercall: Command) -> None:
    said = aftercall(*arguments)
    assert said.code == 2
    assert said.err.startswith("Usage: ")
    assert "Error: " in said.err


# --- Before and after the first run ---------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [("export", "--out", "out"), ("report",)])
def test_no_snapshot_yet(command: tuple[str, ...], aftercall: Command, delivered: Path, tmp_path: Path) -> None:
    arguments = [tmp_path / "out" if part == "out" else part for part in command]
    said = aftercall(*arguments, "--config", delivered)
    assert said.code == 2
    assert "run `aftercall run` first" in said.one_message()
    assert not (tmp_path / "out").exists()


def test_unknown_tables(aftercall: Command, operation: Operation, tmp_path: Path) -> None:
    for tables, words in (("kpi_daily,calls", "'calls' is not a published table"), (",", "names no table")):
        said = aftercall("export", "--config", operation.config, "--out", tmp_path / "out", "--tables", tables)
        assert said.code == 2
        message = said.one_message()
        assert words in message
        assert "contact_outcomes" in message
    assert not (tmp_path / "out").exists()


def test_chosen_tables(aftercall: Command, operation: Operation, tmp_path: Path) -> None:
    said = aftercall("export", "--config", operation.config, "--out", tmp_path, "--tables", "kpi_daily, case_flags,")
    assert (said.code, said.err) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "case_flags.parquet",
        "kpi_daily.parquet",
        "manifest.json",
    ]


def test_a_folder_that_cannot_be_written(aftercall: Command, operation: Operation, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for out in [tmp_path / "file", tmp_path / "file" / "below", *([Path("/proc")] if Path("/proc").is_dir() else [])]:
        for command in ("export", "report"):
            said = aftercall(command, "--config", operation.config, "--out", out)
            assert said.code == 2
            message = said.one_message()
            assert f"--out = {out}" in message
            assert "name another folder" in message


@pytest.mark.parametrize(
    ("week", "words"),
    [
        ("2019-W02", "choose one of 2026-W"),
        ("2026-48", "not an ISO week"),
        ("last", "not an ISO week"),
        ("2025-W53", "does not exist"),
    ],
)
def test_weeks_without_a_report(week: str, words: str, aftercall: Command, operation: Operation) -> None:
    said = aftercall("report", "--config", operation.config, "--week", week)
    assert said.code == 2
    message = said.one_message()
    assert repr(week) in message or f"week {week} " in message
    assert words in message


def test_a_damaged_snapshot_is_told(aftercall: Command, delivered: Path) -> None:
    snapshots = delivered.parent / "data" / "snapshots"
    snapshots.mkdir(parents=True)
    for content in ("{}", "nonsense", '{"snapshot": "gone"}'):
        (snapshots / "current.json").write_text(content)
        said = aftercall("report", "--config", delivered)
        assert said.code == 2
        assert "aftercall run" in said.one_message()


# --- Places that cannot be used -------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.org", ""])  # noqa: S104
def test_the_dashboard_stays_on_this_machine(host: str, aftercall: Command, operation: Operation) -> None:
    said = aftercall("dashboard", "--config", operation.config, "--host", host)
    assert said.code == 2
    assert "--host" in said.one_message()
    assert said.out == ""


def test_a_port_that_is_taken(aftercall: Command, operation: Operation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        said = aftercall("dashboard", "--config", operation.config, "--port", port)
    assert said.code == 2
    message = said.one_message()
    assert f"--port = {port}" in message
    assert "name another port" in message


@pytest.fixture
def locked() -> Iterator[Callable[[Path], None]]:
    holders: list[subprocess.Popen[str]] = []

    def lock(path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        holding = "import sys, duckdb; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
        holder = subprocess.Popen(
            [sys.executable, "-c", holding, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        holders.append(holder)
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"

    yield lock
    for holder in holders:
        holder.communicate("")


def test_a_warehouse_in_use(aftercall: Command, delivered: Path, locked: Callable[[Path], None]) -> None:
    locked(delivered.parent / "data" / "warehouse.duckdb")
    for command in ("run", "doctor"):
        said = aftercall(command, "--config", delivered)
        assert said.code == 2
        assert "in use by another run" in said.one_message()
    assert SnapshotStore(delivered.parent / "data").read_status() is None, "the status of the other run is not touched"


def test_a_corrupt_warehouse(aftercall: Command, configured: Callable[[str], Path], tmp_path: Path) -> None:
    """The folder's name holds the word "lock": it must not be taken for a lock."""
    path = configured('[project]\ndata_dir = "clockwork"\n' + CONTACTS_SOURCE)
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "a.csv").write_text(LEGS + "a,ann,2026-03-02T10:00:00Z\n")
    warehouse = tmp_path / "clockwork" / "warehouse.duckdb"
    warehouse.parent.mkdir()
    warehouse.write_bytes(b"this was a database once" * 1000)
    for command in ("run", "doctor"):
        said = aftercall(command, "--config", path)
        assert said.code == 2
        message = said.one_message()
        assert str(warehouse) in message
        assert "rebuild it from the landing files" in message


def test_a_data_dir_that_cannot_be_made(aftercall: Command, configured: Callable[[str], Path], tmp_path: Path) -> None:
    path = configured('[project]\ndata_dir = "file/data"\n' + CONTACTS_SOURCE)
    (tmp_path / "file").write_text("")
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "a.csv").write_text(LEGS + "a,ann,2026-03-02T10:00:00Z\n")
    for command in ("run", "doctor"):
        said = aftercall(command, "--config", path)
        assert said.code == 2
        message = said.one_message()
        assert f"project.data_dir = {tmp_path / 'file' / 'data'}" in message
        assert "name another folder" in message


def test_a_changed_key(aftercall: Command, operation: Operation, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SnapshotStore(operation.folder / "data")
    before = store.current_id()
    monkeypatch.setenv("AFTERCALL_PSEUDONYM_KEY", "another key of at least thirty-two bytes")
    said = aftercall("run", "--config", operation.config)
    assert said.code == 2
    message = said.one_message()
    assert message.startswith("AFTERCALL_PSEUDONYM_KEY is not the key")
    assert "set the old key again" in message
    assert store.current_id() == before
    status = store.read_status()
    assert status is not None
    assert (status.outcome, status.snapshot_id) == ("failed", before)


def test_simulate_leaves_an_existing_operation_alone(aftercall: Command, operation: Operation, tmp_path: Path) -> None:
    before = sorted(path for path in operation.folder.rglob("*") if "data" not in path.parts)
    said = aftercall("simulate", "--out", operation.folder, "--contacts", 10, "--days", 5)
    assert said.code == 2
    message = said.one_message()
    assert str(operation.folder) in message
    assert "another directory" in message
    assert sorted(path for path in operation.folder.rglob("*") if "data" not in path.parts) == before
    (tmp_path / "file").write_text("")
    said = aftercall("simulate", "--out", tmp_path / "file" / "x", "--contacts", 10, "--days", 5)
    assert said.code == 2
    assert "--out" in said.one_message()
