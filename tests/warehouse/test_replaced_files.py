"""Which version counts follows time: files changed in place, delivered again, read while they are written."""

import os
from pathlib import Path

import pytest
from builders.landed import Landed

from pipelines.warehouse import load

START = "2026-01-05 10:00:00"
HEADER = "contact_id,started_at,queue\n"


def _rows(*pairs: tuple[str, str]) -> str:
    return HEADER + "".join(f"{contact},{START},{queue}\n" for contact, queue in pairs)


def _put(landing: Landed, name: str, content: str, day: int) -> Path:
    """A file that was modified on a day of February 2026."""
    path = landing.put(name, content)
    seconds = 1_769_904_000 + 86_400 * (day - 1)  # 2026-02-01 00:00 UTC
    os.utime(path, (seconds, seconds))
    return path


def _queues(landing: Landed) -> dict[str, str]:
    return {row["contact_id"]: row.get("queue", "") for row in landing.surviving(columns="contact_id, queue")}


def test_a_rewritten_file_stands_for_what_it_was(landing: Landed) -> None:
    landing.source("in.csv")
    _put(landing, "in.csv", _rows(("a", "old"), ("b", "old"), ("c", "old")), 1)
    landing.night()
    _put(landing, "in.csv", _rows(("a", "new"), ("b", "new")), 2)
    summary = landing.night()
    assert (summary.files_new, summary.changed) == (1, True)
    assert _queues(landing) == {"a": "new", "b": "new"}, "what the new file lacks goes"
    assert landing.query("select rows_in, accepted, superseded, replaced from ingest_ledger order by rows_in") == [
        {"rows_in": 2, "accepted": 2, "superseded": 0, "replaced": False},
        {"rows_in": 3, "accepted": 0, "superseded": 3, "replaced": True},
    ]


def test_a_rewritten_file_may_add_to_what_it_was(landing: Landed) -> None:
    landing.source("in.csv", rewritten="add")
    _put(landing, "in.csv", _rows(("a", "old"), ("b", "old")), 1)
    landing.night()
    _put(landing, "in.csv", _rows(("a", "new")), 2)
    landing.night()
    assert _queues(landing) == {"a": "new", "b": "old"}
    # The setting may change later: nothing was deleted.
    landing.sources[0]["rewritten"] = "replace"
    assert landing.night().changed
    assert _queues(landing) == {"a": "new"}
    landing.sources[0]["rewritten"] = "add"
    landing.night()
    assert _queues(landing) == {"a": "new", "b": "old"}


def test_a_file_that_lost_most_of_its_records_asks_what_that_means(landing: Landed) -> None:
    landing.source("in.csv", name="calls")
    _put(landing, "in.csv", _rows(("a", "old"), ("b", "old"), ("c", "old")), 1)
    landing.night()
    _put(landing, "in.csv", _rows(("a", "new"), ("d", "new")), 2)
    landing.night()
    blocked = [notice for notice in landing.notices if "was rewritten" in notice]
    said = (
        "source calls: in.csv was rewritten and holds only 33% of its earlier records. Say what that means: "
        'rewritten = "replace" on this source lets the earlier ones go, rewritten = "add" keeps both'
    )
    assert blocked == [said]
    for said in ("replace", "add"):
        landing.sources[0]["rewritten"] = said
        landing.night()
        assert not [notice for notice in landing.notices if "was rewritten" in notice]
    assert _queues(landing) == {"a": "new", "b": "old", "c": "old", "d": "new"}


def test_half_of_the_earlier_records_is_enough(landing: Landed) -> None:
    landing.source("in.csv")
    _put(landing, "in.csv", _rows(("a", "old"), ("b", "old")), 1)
    landing.night()
    _put(landing, "in.csv", _rows(("a", "new")), 2)
    landing.night()
    assert landing.notices == []


def test_later_delivery_wins_whatever_the_bytes(landing: Landed) -> None:
    """Neither the hash of a record nor the order in which files are read decides between two moments."""
    landing.source("in/*.csv")
    for queue in ("p", "q", "r", "s"):
        _put(landing, f"in/{queue}1.csv", _rows((queue, "old")), 1)
        _put(landing, f"in/{queue}0.csv", _rows((queue, "new")), 2)
    landing.night()
    assert _queues(landing) == dict.fromkeys("pqrs", "new")


def test_of_one_moment_the_later_run_wins_and_then_the_later_row(landing: Landed) -> None:
    landing.source("in/*.csv")
    for queue in ("b", "a"):
        _put(landing, f"in/{queue}.csv", _rows(("x", queue)), 1)
        landing.night()
    assert _queues(landing) == {"x": "a"}, "read later, although its name and its hash come first"
    _put(landing, "in/c.csv", _rows(("x", "first"), ("x", "second")), 2)
    landing.night()
    assert _queues(landing) == {"x": "second"}


def test_bytes_that_come_again_keep_their_first_delivery(landing: Landed) -> None:
    landing.source("in/*.csv")
    old, new = _rows(("x", "old")), _rows(("x", "new"))
    _put(landing, "in/1.csv", old, 1)
    _put(landing, "in/2.csv", new, 2)
    landing.night()
    _put(landing, "in/3.csv", old, 3)  # a copy under another name
    landing.night()
    assert _queues(landing) == {"x": "new"}
    _put(landing, "in/1.csv", old, 4)  # touched
    landing.night()
    assert _queues(landing) == {"x": "new"}


def test_bytes_that_return_after_others_stood_there_count_anew(landing: Landed) -> None:
    landing.source("in/*.csv")
    old, new = _rows(("x", "old")), _rows(("x", "new"))
    _put(landing, "in/other.csv", _rows(("x", "other")), 3)
    for day, content in ((1, old), (2, new), (4, old)):
        _put(landing, "in/1.csv", content, day)
        landing.night()
    assert _queues(landing) == {"x": "old"}, "delivered on day 4 again, after the other file's day 3"
    rows = landing.query("select replaced, accepted from ingest_ledger where file = 'in/1.csv' order by read_at")
    assert rows == [
        {"replaced": True, "accepted": 0},
        {"replaced": True, "accepted": 0},
        {"replaced": False, "accepted": 1},
    ]


def test_a_replaced_copy_leaves_the_same_bytes_elsewhere_alone(landing: Landed) -> None:
    landing.source("in/*.csv")
    content = _rows(("x", "kept"), ("y", "kept"))
    _put(landing, "in/1.csv", content, 1)
    _put(landing, "in/2.csv", content, 1)
    landing.night()
    _put(landing, "in/1.csv", _rows(("x", "new"), ("y", "new"), ("z", "new")), 2)
    landing.night()
    assert _queues(landing) == {"x": "new", "y": "new", "z": "new"}
    assert landing.ledger() == {"in/1.csv": (3, 3, 0, 0, 0), "in/2.csv": (2, 0, 0, 2, 0)}
    (landing.folder / "in/1.csv").unlink()
    _put(landing, "in/1.csv", _rows(("z", "newer")), 3)
    landing.sources[0]["rewritten"] = "replace"
    landing.night()
    assert _queues(landing) == {"x": "kept", "y": "kept", "z": "newer"}


def test_a_damaged_version_does_not_replace_a_good_one(landing: Landed) -> None:
    landing.source("in.csv")
    _put(landing, "in.csv", _rows(("a", "old")), 1)
    landing.night()
    _put(landing, "in.csv", "", 2)
    landing.night()
    assert _queues(landing) == {"a": "old"}
    assert "empty" in landing.refusals()["in.csv"]


@pytest.mark.parametrize("name", ["in/b.csv.part", "in/b.csv.tmp", "in/b.csv.crdownload", "in/b.csv.PART"])
def test_a_file_that_is_still_written_by_its_name_waits(landing: Landed, name: str) -> None:
    landing.source("in/*")
    _put(landing, "in/a.csv", _rows(("a", "x")), 1)
    _put(landing, name, _rows(("b", "x")), 1)
    landing.night()
    assert list(landing.ledger()) == ["in/a.csv"]
    assert landing.notices == [
        f"source contacts: {name} waits for the next run: its name says that it is still being written"
    ]


def test_a_file_that_changed_a_moment_ago_waits_where_the_settings_ask_for_quiet(landing: Landed) -> None:
    landing.source("in/*.csv")
    landing.put("in/a.csv", _rows(("a", "x")))
    landing.ingest["quiet_seconds"] = 3600
    landing.night()
    assert landing.ledger() == {}
    assert "waits" in landing.notices[0]
    landing.ingest["quiet_seconds"] = 0
    landing.night()
    assert _queues(landing) == {"a": "x"}
    assert landing.notices == []


def test_a_file_that_changes_while_it_is_read_waits(landing: Landed, monkeypatch: pytest.MonkeyPatch) -> None:
    landing.source("in/*.csv")
    _put(landing, "in/a.csv", _rows(("a", "x")), 1)
    growing = _put(landing, "in/b.csv", _rows(("b", "x")), 1)
    hashed = load.sha256_of

    def written_meanwhile(path: Path) -> str:
        sha = hashed(path)
        if path == growing:
            with growing.open("a") as handle:
                handle.write(f"c,{START},x\n")
        return sha

    with monkeypatch.context() as patched:
        patched.setattr(load, "sha256_of", written_meanwhile)
        landing.night()
    assert _queues(landing) == {"a": "x"}
    assert "in/b.csv waits for the next run: it changed while it was read" in landing.notices[0]
    landing.night()
    assert _queues(landing) == {"a": "x", "b": "x", "c": "x"}
