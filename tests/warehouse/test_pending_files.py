"""What could not be read is read again: reasons outside a file's bytes are never settled, and gate until they pass."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from builders.landed import Landed

from pipelines.config import ConfigError
from pipelines.sources.canonical import CanonicalReader
from pipelines.warehouse import load
from pipelines.warehouse.discover import find_files
from pipelines.warehouse.pending import forget_files

START = "2026-01-05 10:00:00"


def _file(contact: str) -> str:
    return f"contact_id,started_at\n{contact},{START}\n"


def _gates(landing: Landed) -> list[str]:
    return [notice for notice in landing.notices if "could not be read" in notice]


def _failing(patched: pytest.MonkeyPatch, names: set[str], error: Callable[[], BaseException]) -> None:
    hashed = load.sha256_of

    def failing(path: Path) -> str:
        if path.name in names:
            raise error()
        return hashed(path)

    patched.setattr(load, "sha256_of", failing)


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EACCES, errno.EIO, errno.ENOSPC, errno.ETIMEDOUT, errno.EMFILE])
def test_a_file_that_cannot_be_opened_now_is_read_the_night_after(
    landing: Landed, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing.source("in/*.csv")
    for name in ("a", "b", "c"):
        landing.put(f"in/{name}.csv", _file(name))
    with monkeypatch.context() as patched:
        _failing(patched, {"b.csv", "c.csv"}, lambda: OSError(number, os.strerror(number)))
        summary = landing.night()
        assert (summary.files_new, summary.files_refused, summary.changed) == (1, 0, True)
        assert landing.query("select file, state from pending_files order by file") == [
            {"file": "in/b.csv", "state": "unread"},
            {"file": "in/c.csv", "state": "unread"},
        ]
        [gate] = _gates(landing)
        assert gate.startswith("source contacts: 2 of 3 files could not be read (67% of bytes or files, at most 1.0%")
        # A second night like the first settles nothing, and has no news.
        assert not landing.night().changed
        assert _gates(landing) == [gate]
    summary = landing.night()
    assert (summary.files_new, summary.changed) == (2, True)
    assert landing.notices == []
    assert len(landing.surviving()) == 3


@pytest.mark.parametrize("error", [MemoryError, lambda: duckdb.OutOfMemoryException("failed to allocate")])
def test_a_file_that_memory_does_not_hold_is_read_when_it_does(
    landing: Landed, error: Callable[[], BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    landing.source("in/*.csv")
    landing.put("in/a.csv", _file("a"))

    def failing(*_: object) -> None:
        raise error()

    with monkeypatch.context() as patched:
        patched.setattr(CanonicalReader, "read", failing)
        landing.night()
    assert len(_gates(landing)) == 1
    assert landing.refusals() == {}
    landing.night()
    assert landing.notices == []
    assert len(landing.surviving()) == 1


def test_few_unread_files_only_warn(landing: Landed, monkeypatch: pytest.MonkeyPatch) -> None:
    landing.source("in/*.csv")
    landing.quality["max_unread_share"] = 0.34
    for name in ("a", "b", "c"):
        landing.put(f"in/{name}.csv", _file(name))
    with monkeypatch.context() as patched:
        _failing(patched, {"b.csv"}, lambda: OSError(errno.EACCES, "Permission denied"))
        landing.night()
    [notice] = landing.notices
    assert notice.startswith("source contacts: in/b.csv is not read yet")


def test_a_whole_source_blocks_however_large_the_share_may_be(landing: Landed, monkeypatch: pytest.MonkeyPatch) -> None:
    landing.source("in/*.csv").source("other.csv", name="other")
    landing.quality["max_unread_share"] = 1.0
    landing.put("in/a.csv", _file("a"))
    landing.put("other.csv", _file("b"))
    with monkeypatch.context() as patched:
        _failing(patched, {"a.csv"}, lambda: OSError(errno.EIO, "Input/output error"))
        landing.night()
    assert len(_gates(landing)) == 1


def test_an_unread_file_that_goes_stays_pending_until_it_is_forgotten(
    landing: Landed, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing.source("in/*.csv")
    landing.put("in/a.csv", _file("a"))
    path = landing.put("in/b.csv", _file("b"))
    with monkeypatch.context() as patched:
        _failing(patched, {"b.csv"}, lambda: OSError(errno.ENOENT, "No such file or directory"))
        landing.night()
    path.unlink()
    landing.night()
    assert len(_gates(landing)) == 1
    with pytest.raises(ConfigError, match=r"--forget = b\.csv: no unread file is called so.*in/b\.csv"):
        forget_files(landing.connection, ("b.csv",))
    forget_files(landing.connection, ("in/b.csv",))
    landing.night()
    assert landing.notices == []
    # Should it come after all, it is read.
    landing.put("in/b.csv", _file("b"))
    landing.night()
    assert len(landing.surviving()) == 2
    assert landing.query("select * from pending_files") == []


def test_a_forgotten_file_that_still_cannot_be_read_gates_no_more(
    landing: Landed, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing.source("in/*.csv")
    landing.put("in/a.csv", _file("a"))
    landing.put("in/b.csv", _file("b"))
    with monkeypatch.context() as patched:
        _failing(patched, {"b.csv"}, lambda: OSError(errno.EACCES, "Permission denied"))
        landing.night()
        forget_files(landing.connection, ("in/b.csv",))
        landing.night()
        assert landing.notices == []


def test_a_file_that_goes_after_it_was_read_is_said_once_and_counts_on(landing: Landed) -> None:
    landing.source("in/*.csv", name="calls").source("there/*.csv", name="there")
    path = landing.put("in/a.csv", _file("a"))
    landing.put("in/b.csv", _file("b"))
    landing.put("there/c.csv", _file("c"))
    landing.night()
    path.unlink()
    landing.night()
    assert landing.notices == ["source calls: in/a.csv was read earlier and has gone; its records count on"]
    landing.night()
    assert landing.notices == []
    assert len(landing.surviving()) == 3
    (landing.folder / "in/b.csv").unlink()
    (landing.folder / "in").rmdir()
    for _ in range(2):
        landing.night()
        assert "source calls: the folder in does not exist; what was read from it earlier counts on" in landing.notices
    assert len(landing.surviving()) == 3


def test_refused_files_are_read_again_on_a_full_refresh(landing: Landed, monkeypatch: pytest.MonkeyPatch) -> None:
    landing.source("in/*.csv")
    landing.put("in/a.csv", _file("a"))
    landing.put("in/b.csv", "")
    landing.night()
    assert list(landing.refusals()) == ["in/b.csv"]
    assert landing.night().files_new == 0
    summary = landing.night(full_refresh=True)
    assert (summary.files_new, summary.files_refused) == (1, 1)
    assert landing.query("select count(*) as n from landing_files") == [{"n": 2}], "one line a reading"


def test_no_content_of_a_file_stops_a_night(landing: Landed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong while one file is read or landed refuses that file by name, without its words."""
    landing.source("in/*.csv")
    for name in ("a", "b", "c"):
        landing.put(f"in/{name}.csv", _file(name))
    read = CanonicalReader.read

    def failing(self: CanonicalReader, path: Path, options: object) -> object:
        if path.name == "b.csv":
            raise duckdb.ConversionException("could not convert 'Ana Lo' to INT32")
        return read(self, path, options)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(CanonicalReader, "read", failing)
        landing.night()
    assert landing.refusals() == {"in/b.csv": "cannot be read: it may be truncated or damaged (ConversionException)"}
    assert len(landing.surviving()) == 2


def test_what_is_no_file_is_named_and_not_followed(landing: Landed) -> None:
    landing.source("in/**/*.csv", name="calls")
    landing.put("in/a.csv", _file("a"))
    landing.put("in/deep/b.csv", _file("b"))
    (landing.folder / "in/deep/back").symlink_to(landing.folder / "in")
    (landing.folder / "in/folder.csv").mkdir()
    (landing.folder / "in/nowhere.csv").symlink_to(landing.folder / "not-there")
    os.mkfifo(landing.folder / "in/pipe.csv")
    landing.night()
    assert list(landing.ledger()) == ["in/a.csv", "in/deep/b.csv"]
    assert landing.notices == [
        "source calls: in/deep/back is a link to a folder that it lies in itself; it is not followed",
        "source calls: in/folder.csv is a folder where a file is expected",
        "source calls: in/nowhere.csv is a link to a file that does not exist",
        "source calls: in/pipe.csv is a named pipe, not a file",
    ]


def test_only_the_path_of_a_source_is_a_pattern(landing: Landed, tmp_path: Path) -> None:
    landing.folder = tmp_path / "ops [prod]*"
    landing.source("landing/*.csv")
    names = ["export1.csv", "export[1].csv", "a*b.csv", "[final] ?.csv"]
    for place, name in enumerate(names):
        landing.put(f"landing/{name}", _file(f"c{place}"))
    landing.night()
    assert landing.ledger() == {f"landing/{name}": (1, 1, 0, 0, 0) for name in names}
    # A file that is called as the path says is meant, brackets or not.
    landing.sources[0]["path"] = "landing/export[1].csv"
    assert [file.file for file in find_files(landing.settings()).files] == ["landing/export[1].csv"]
    landing.sources[0]["path"] = "landing/export[12].csv"
    assert [file.file for file in find_files(landing.settings()).files] == ["landing/export1.csv"]


def test_a_name_that_is_no_utf8_is_read_like_any_other(landing: Landed) -> None:
    landing.source("in/*.csv")
    path = os.fsencode(landing.folder / "in") + b"/caf\xe9.csv"
    (landing.folder / "in").mkdir()
    Path(os.fsdecode(path)).write_text(_file("a"))
    landing.night()
    assert landing.ledger() == {"in/caf\\xe9.csv": (1, 1, 0, 0, 0)}


def test_a_file_whose_records_cannot_be_told_apart_counts_as_unread(landing: Landed) -> None:
    """It is refused for its bytes, but what it holds is missing in the numbers."""
    landing.source("in/*.csv")
    landing.put("in/a.csv", _file("a"))
    landing.put("in/b.csv", f'contact_id,started_at,queue\nb1,{START},x\nb2,{START},"never closed\nb3,{START},x\n')
    landing.put("in/c.csv", "")  # refused, too, but it holds nothing
    landing.night()
    assert sorted(landing.refusals()) == ["in/b.csv", "in/c.csv"]
    [gate] = _gates(landing)
    assert gate.startswith("source contacts: 1 of 3 files could not be read")
    assert "in/b.csv: a quote that opens in line 3 is never closed" in gate
    forget_files(landing.connection, ("in/b.csv",))
    landing.night()
    assert landing.notices == []
    landing.put("in/b.csv", _file("b"))
    landing.night()
    assert len(landing.surviving()) == 2
