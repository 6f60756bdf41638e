"""The audit log: complete, in order, not to be forged, not to be lost; and cells of exports that cannot run."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from builders.access import HOST, START, Browser, Place
from builders.snapshots import publish

from dashboards.access import AuditLog, audit, read_audit, safe_cell, safe_cells
from pipelines.privacy.pseudonyms import Pseudonymiser

AT = datetime(2026, 11, 25, 20, 0, 0, 123456, UTC)
WHO = ("anna", "analyst", "203.0.113.5")


def test_an_entry_as_it_is_written_and_read(tmp_path: Path) -> None:
    AuditLog(tmp_path).write("case", AT, *WHO, system="default", contact="C1")
    path = tmp_path / "audit" / "audit.jsonl"
    assert path.read_text() == (
        '{"at": "2026-11-25T20:00:00.123456+00:00", "action": "case", "name": "anna", "role": "analyst",'
        ' "address": "203.0.113.5", "system": "default", "contact": "C1"}\n'
    )
    (entry,) = read_audit(tmp_path)
    assert (entry.at, entry.action, entry.name, entry.role, entry.address) == (AT, "case", *WHO)
    assert entry.facts == {"system": "default", "contact": "C1"}
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert read_audit(tmp_path / "nowhere") == ()


FORGED = '\n{"at": "2026-11-25T20:00:00+00:00", "action": "case", "name": "eve"}\r\n\x00\x1b[31m\u2028\u0085\u202e"'


def test_no_value_begins_a_line_of_its_own(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    log.write("case", AT, FORGED, FORGED, FORGED, contact=FORGED, other="x" * 100_000)
    written = (tmp_path / "audit" / "audit.jsonl").read_bytes()
    assert written.count(b"\n") == 1
    assert len(written) < 3000
    assert all(32 <= byte < 127 for byte in written[:-1])
    (entry,) = read_audit(tmp_path)
    assert (entry.name, entry.facts["contact"]) == (FORGED, FORGED)
    assert entry.facts["other"] == "x" * 500 + "…"


def test_a_customer_is_written_by_pseudonym_only(tmp_path: Path) -> None:
    log = AuditLog(tmp_path)
    pseudonym = Pseudonymiser("k" * 32).of("customer-4711")
    log.write("search", AT, *WHO, customer=pseudonym)
    for raw in ("customer-4711", pseudonym[:-1], pseudonym.upper(), pseudonym + "\n", 4711):
        with pytest.raises(ValueError, match="by pseudonym only"):
            log.write("search", AT, *WHO, customer=raw)
    with pytest.raises(ValueError, match="is no action"):
        log.write("seen", AT, *WHO)  # type: ignore[arg-type]
    assert len(read_audit(tmp_path)) == 1


def test_a_full_file_is_kept_and_another_begun(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, full_bytes=1000)
    for n in range(50):
        log.write("case", AT.replace(microsecond=n), *WHO, contact=f"C{n}")
    files = sorted((tmp_path / "audit").iterdir())
    assert len(files) > 5
    assert all(path.stat().st_size < 1200 and path.stat().st_mode & 0o777 == 0o600 for path in files)
    assert [entry.facts["contact"] for entry in read_audit(tmp_path)] == [f"C{n}" for n in reversed(range(50))]
    assert [entry.facts["contact"] for entry in read_audit(tmp_path, limit=7)] == [f"C{n}" for n in range(49, 42, -1)]


def test_files_that_fill_up_at_the_same_instant_are_all_kept(tmp_path: Path) -> None:
    log = AuditLog(tmp_path, full_bytes=1)
    for n in range(20):
        log.write("case", AT, *WHO, contact=f"C{n}")
    assert sorted(str(entry.facts["contact"]) for entry in read_audit(tmp_path)) == sorted(f"C{n}" for n in range(20))


def test_many_threads_and_processes_lose_nothing(tmp_path: Path) -> None:
    """Each thread with a log of its own, as another process has."""

    def write(thread: int) -> None:
        log = AuditLog(tmp_path, full_bytes=5000)
        for n in range(50):
            log.write("case", datetime.now(UTC), *WHO, contact=f"{thread}/{n}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    found = [str(entry.facts["contact"]) for entry in read_audit(tmp_path, limit=10_000)]
    assert sorted(found) == sorted(f"{thread}/{n}" for thread in range(8) for n in range(50))
    for thread in range(8):
        own = [contact for contact in reversed(found) if contact.startswith(f"{thread}/")]
        assert own == [f"{thread}/{n}" for n in range(50)], "in the order in which it happened"


def test_lines_that_are_none_are_skipped(tmp_path: Path) -> None:
    AuditLog(tmp_path).write("case", AT, *WHO)
    path = tmp_path / "audit" / "audit.jsonl"
    good = path.read_bytes()
    odd = [b"", b"x", b"{}", b"[]", b"null", b"\xff\xfe", b'{"at": "now"}', good[:-10], b"[" * 10_000, b'{"at": 5}']
    path.write_bytes(b"\n".join([*odd, good]))
    assert len(read_audit(tmp_path)) == 1


def test_what_cannot_be_logged_does_not_happen(tmp_path: Path) -> None:
    place = Place(tmp_path)
    browser = Browser(place.server)
    place.server.config["PROPAGATE_EXCEPTIONS"] = False
    folder = tmp_path / "data" / "audit"
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("a file where the folder should be")
    answer = browser.log_in("anna")
    assert answer.status_code == 500
    assert "Set-Cookie" not in answer.headers
    assert browser.cookie is None
    folder.unlink()
    folder.mkdir()
    (folder / "audit.jsonl").symlink_to(tmp_path / "elsewhere")
    assert browser.log_in("anna").status_code == 500
    assert not (tmp_path / "elsewhere").exists(), "a link is not followed"


def test_who_did_it_comes_from_the_request(tmp_path: Path) -> None:
    place = Place(tmp_path)
    browser = Browser(place.server, peer="203.0.113.5")
    browser.log_in("anna")
    context = place.server.test_request_context(
        "/",
        headers={"Host": HOST, "Cookie": f"aftercall={browser.cookie}"},
        environ_base={"REMOTE_ADDR": "203.0.113.5"},
    )
    with context:
        assert place.server.preprocess_request() is None
        audit("case", system="default", contact="C1")
    entry = read_audit(place.folder / "data")[0]
    assert (entry.action, entry.name, entry.role, entry.address) == ("case", *WHO)
    assert entry.at == datetime.fromtimestamp(START, UTC)


def test_refusals_are_logged(tmp_path: Path) -> None:
    place = Place(tmp_path)
    publish(place.folder / "data", {}, as_of=AT)
    browser = Browser(place.server)
    browser.log_in("vera")
    browser.get("/cases/7")
    browser.draw("/audit")
    assert [(entry.action, entry.facts) for entry in place.log()[1:]] == [
        ("denied", {"what": "/cases/7"}),
        ("denied", {"what": "/audit"}),
    ]


FORMULAS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1", "\tx", "\rx", "\nx", " =1", "\u00a0=1", "\ufeff=1",
    "'=1", '"=1"', '""=1', "＝1", "＋1", "－1", "＠x", "−1", "+43 660 1234", "- a list", "-", "=", "-1e5x", "-5\n", "+",
    "-" + "9" * 41, "\x00=1", "\u200b=1",
]  # fmt: skip
PLAIN = [
    "", "x", "1", "-1", "+1", "-1.5", "+.5", "-1e-5", "1-1", "a=b", "2026-11-25", "user@example.org", "'quoted'", "  text",
    "مرحبا", "😀", "<b>", "a\n=b",
]  # fmt: skip


def test_text_that_could_run_becomes_text() -> None:
    for text in FORMULAS:
        assert safe_cell(text) == "'" + text, repr(text)
    for text in PLAIN:
        assert safe_cell(text) == text, repr(text)
    for value in (-1, -1.5, 0, None, True):
        assert safe_cell(value) is value
    assert safe_cell("-" * 1_000_000)[:2] == "'-"
    assert len(safe_cell(" " * 1_000_000 + "x")) == 1_000_001


def test_columns_as_single_cells() -> None:
    texts = [*FORMULAS, *PLAIN, None]
    made = pl.DataFrame({"text": texts}, schema={"text": pl.String}).select(safe_cells(pl.col("text")))["text"]
    assert made.to_list() == [safe_cell(text) for text in texts]


def test_a_written_file_holds_no_formula(tmp_path: Path) -> None:
    frame = pl.DataFrame({"text": FORMULAS, "n": [-1.5] * len(FORMULAS)}).with_columns(safe_cells(pl.col("text")))
    frame.write_csv(tmp_path / "x.csv", quote_style="non_numeric")
    read = pl.read_csv(tmp_path / "x.csv", schema_overrides={"text": pl.String})
    assert read["text"].to_list() == ["'" + text for text in FORMULAS]
    assert read["n"].sum() == -1.5 * len(FORMULAS)
