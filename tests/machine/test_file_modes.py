"""Files and folders are private, whatever the umask of who starts the product; a snapshot may be opened to a group."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.file_modes import folder_mode, private_folder, private_umask, set_mode, wider_paths
from pipelines.snapshot import SnapshotStore, write_atomically


@pytest.fixture(autouse=True)
def careless_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_written_is_private_under_any_umask(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a" / "b" / "c.json", b"x")
    assert [_mode(tmp_path / each) for each in ("a", "a/b", "a/b/c.json")] == [0o700, 0o700, 0o600]
    write_atomically(tmp_path / "a" / "b" / "c.json", b"y", 0o640)
    assert _mode(tmp_path / "a" / "b" / "c.json") == 0o640
    (tmp_path / "open").mkdir(mode=0o755)
    private_folder(tmp_path / "open" / "inner")
    assert [_mode(tmp_path / each) for each in ("open", "open/inner")] == [0o755, 0o700], "what is there stays"


def test_the_umask_covers_what_libraries_write(tmp_path: Path) -> None:
    private_umask()
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    assert (_mode(tmp_path / "file"), _mode(tmp_path / "folder")) == (0o600, 0o700)


@pytest.mark.parametrize(("file_mode", "expected"), [(0o600, 0o700), (0o640, 0o750), (0o644, 0o755), (0o604, 0o705)])
def test_who_may_read_a_file_may_enter_its_folder(file_mode: int, expected: int) -> None:
    assert folder_mode(file_mode) == expected


def test_wider_paths_are_named_and_links_are_not_followed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    store = SnapshotStore(data, 0o640)
    store.make_folders("kpi_daily")
    write_atomically(store.current_path, b"{}", 0o640)
    write_atomically(data / "status.json", b"{}")
    (tmp_path / "elsewhere").write_text("x")
    (data / "link").symlink_to(tmp_path / "elsewhere")
    assert list(wider_paths(data, 0o640)) == []
    assert {each.path.name for each in wider_paths(data, 0o600)} == {
        "data",
        "snapshots",
        "manifests",
        "tables",
        "kpi_daily",
        "current.json",
    }
    set_mode(data / "status.json", 0o644)
    (wide,) = wider_paths(data, 0o640)
    assert (wide.path.name, wide.mode, wide.allowed) == ("status.json", 0o644, 0o600)
    assert _mode(data) == 0o710, "the group passes through, it does not list"
