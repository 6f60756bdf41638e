"""Who has a case, until when, what was noted, and saved views: entered, read back, and nothing else believed."""

import json
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from dashboards.casebook.casework import MOST_NOTES, MOST_VIEWS, NO_WORK, Casework, CaseworkError

AT = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)


def test_what_was_entered_last_counts_whoever_reads_it(tmp_path: Path) -> None:
    log, other = Casework(tmp_path), Casework(tmp_path)
    assert log.of("default", "C1") == NO_WORK
    log.assign("default", "C1", "anna", by="ben", at=AT)
    assert other.of("default", "C1").assignee == "anna"
    log.set_due("default", "C1", date(2026, 12, 4), by="ben", at=AT)
    other.note(
        "default", "C1", " card 4111 1111 1111 1111,\x1b ask\nthe team ", by="anna", at=AT + timedelta(minutes=2)
    )
    other.mark_seen("default", "C1", by="anna", at=AT)
    work = log.of("default", "C1")
    assert (work.assignee, work.due, work.seen_by) == ("anna", date(2026, 12, 4), frozenset({"anna"}))
    assert [(note.text, note.by) for note in work.notes] == [("card [card], ask\nthe team", "anna")]
    assert log.of("other", "C1") == NO_WORK, "the same id of another system is another case"
    log.assign("default", "C1", None, by="anna", at=AT)
    log.set_due("default", "C1", None, by="anna", at=AT)
    assert (other.of("default", "C1").assignee, other.of("default", "C1").due) == (None, None)
    files = sorted((tmp_path / "casework").glob("*"))
    assert [path.name for path in files] == ["2026-11.jsonl", "2026-12.jsonl"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert sum(len(path.read_bytes().splitlines()) for path in files) == 6, "nothing is changed, all is added"


def test_pressing_twice_adds_nothing(tmp_path: Path) -> None:
    log = Casework(tmp_path)
    for _ in range(2):
        log.note("default", "C1", "Ask the team.", by="anna", at=AT)
        log.mark_seen("default", "C1", by="anna", at=AT)
    assert len(log.of("default", "C1").notes) == 1
    (path,) = (tmp_path / "casework").iterdir()
    assert len(path.read_bytes().splitlines()) == 2
    log.note("default", "C1", "Ask the team.", by="ben", at=AT)
    assert len(log.of("default", "C1").notes) == 2


def test_lines_that_are_none_of_ours_are_skipped_and_half_ones_awaited(tmp_path: Path) -> None:
    log = Casework(tmp_path)
    log.assign("default", "C1", "anna", by="ben", at=AT)
    (path,) = (tmp_path / "casework").iterdir()
    good = path.read_bytes()
    odd = [b"", b"{", b"[]", b"7", b"[" * 50_000, b'{"at": "2026-11-30"}', b'{"at": 1, "by": "x"}', b"\xff", good[:30]]
    odd += [
        json.dumps(json.loads(good) | change).encode() for change in ({"kind": "due", "value": "soon"}, {"kind": "x"})
    ]
    half = good.replace(b"anna", b"carl")
    path.write_bytes(good + b"\n".join([*odd, half[:-20]]))
    assert log.of("default", "C1").assignee == "anna"
    with path.open("ab") as handle:
        handle.write(half[-20:])
    assert log.of("default", "C1").assignee == "carl"
    path.write_bytes(good)
    assert log.of("default", "C1").assignee == "anna", "lines that somebody took away count no more"


def test_people_who_work_at_once_lose_nothing(tmp_path: Path) -> None:
    def work(name: str) -> None:
        for n in range(20):
            Casework(tmp_path).note("default", "C1", f"{name} {n}", by=name, at=AT)

    people = [threading.Thread(target=work, args=(name,)) for name in ("anna", "ben", "carl", "dora")]
    for each in people:
        each.start()
    for each in people:
        each.join()
    notes = Casework(tmp_path).of("default", "C1").notes
    assert sorted(note.text for note in notes) == sorted(
        f"{name} {n}" for name in ("anna", "ben", "carl", "dora") for n in range(20)
    )


@pytest.mark.parametrize("to", ["", "Anna", "x" * 65, " anna", "an\nna", "ﬁn"])
def test_only_a_name_as_it_is_compared_is_assigned(to: str, tmp_path: Path) -> None:
    with pytest.raises(CaseworkError, match="name"):
        Casework(tmp_path).assign("default", "C1", to, by="ben", at=AT)
    assert not (tmp_path / "casework").exists()


def test_what_is_too_long_or_too_much_is_refused(tmp_path: Path) -> None:
    log = Casework(tmp_path)
    for text in ("", " \x00 ", "x" * 2_001):
        with pytest.raises(CaseworkError):
            log.note("default", "C1", text, by="anna", at=AT)
    for n in range(MOST_NOTES):
        log.note("default", "C1", str(n), by="anna", at=AT)
    with pytest.raises(CaseworkError, match="at most"):
        log.note("default", "C1", "one more", by="anna", at=AT)
    for name in ("", " \n", "x" * 61):
        with pytest.raises(CaseworkError, match="name"):
            log.save_view(name, "/cases", "?", by="anna", at=AT)
    with pytest.raises(CaseworkError, match="too long"):
        log.save_view("long", "/cases", f"?contact={'x' * 2_000}", by="anna", at=AT)


def test_views_are_their_owners_alone(tmp_path: Path) -> None:
    log = Casework(tmp_path)
    log.save_view("Mine", "/cases", "?show=mine", by="anna", at=AT)
    log.save_view("All  of\nmine", "/cases", "?show=all", by="anna", at=AT)
    log.save_view("Mine", "/search", "?words=refund", by="ben", at=AT)
    assert [(each.name, each.path, each.query) for each in log.views("anna")] == [
        ("All of mine", "/cases", "?show=all"),
        ("Mine", "/cases", "?show=mine"),
    ]
    log.save_view("Mine", "/cases", "?show=new", by="anna", at=AT)
    log.remove_view("All of mine", by="anna", at=AT)
    log.remove_view("Mine", by="carl", at=AT)
    assert [each.query for each in log.views("anna")] == ["?show=new"]
    assert [each.path for each in log.views("ben")] == ["/search"]
    for n in range(MOST_VIEWS - 1):
        log.save_view(str(n), "/cases", "?", by="anna", at=AT)
    with pytest.raises(CaseworkError, match="At most"):
        log.save_view("one more", "/cases", "?", by="anna", at=AT)
