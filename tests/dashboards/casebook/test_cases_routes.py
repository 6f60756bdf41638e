"""Who may see and do what with cases: pages, search, download and verdicts, each with what is logged and kept of it."""

import csv
import io
import json
import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import werkzeug.test
from builders.access import Browser, Place, drawing
from builders.cases import AS_OF, CUSTOMER, KEY, LAST_DAY, SCRIPT, case_tables, flag, hostile_tables, published
from builders.forged import FORGED

from dashboards.access import read_audit
from dashboards.casebook.review_log import ReviewLog
from pipelines.privacy.pseudonyms import Pseudonymiser

FLAG = {
    "system": "default",
    "contact": "C1",
    "day": LAST_DAY.isoformat(),
    "rule": "fast_but_unhappy",
    "evidence_hash": "hash-C1-fast_but_unhappy",
    "verdict": "confirmed",
    "reason": "Seen in the transcript.",
}
CLAIM = {"system": "default", "claim": "K1", "day": LAST_DAY.isoformat(), "verdict": "wrong", "back": "/review?page=2"}
NOTE = {"system": "default", "contact": "C1", "day": LAST_DAY.isoformat(), "back": "/cases?show=mine"}
BLIND = NOTE | {"flags": "hash-C1-fast_but_unhappy", "verdict": "confirmed", "reason": ""}
VIEW = {"name": "Mine", "path": "/cases", "query": "?show=mine"}
CASE = f"?system=default&contact=C1&day={LAST_DAY}"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("AFTERCALL_PSEUDONYM_KEY", KEY)
    place = Place(tmp_path)
    published(tmp_path / "data")
    place.now = (AS_OF + timedelta(hours=9)).timestamp()
    return place


def browser_of(place: Place, name: str) -> Browser:
    browser = Browser(place.server)
    if name:
        assert browser.log_in(name).status_code == 303
    return browser


def drawn(browser: Browser, path: str, query: str = "") -> str:
    body = drawing(path)
    body["inputs"][1]["value"] = query
    answer = browser.ask("POST", "/_dash-update-component", json=body)
    return json.dumps(answer.get_json()["response"]["page"]["children"], ensure_ascii=False) if answer.is_json else ""


def post(browser: Browser, path: str, data: dict[str, str], **headers: str | None) -> werkzeug.test.TestResponse:
    return browser.ask("POST", path, {name.replace("_", "-"): value for name, value in headers.items()}, data=data)


def kept(place: Place) -> list[Path]:
    """What reviewers left, verdicts and casework alike."""
    data = place.folder / "data"
    return sorted((*data.glob("reviews/**/*.jsonl"), *data.glob("casework/*.jsonl")))


REQUESTS: dict[str, Callable[[Browser], werkzeug.test.TestResponse]] = {
    "search": lambda browser: post(browser, "/cases/find", {"customer": "customer-4711"}),
    "download": lambda browser: browser.get("/cases/export.csv"),
    "verdict on a flag": lambda browser: post(browser, "/case/disposition", FLAG),
    "verdict on a claim": lambda browser: post(browser, "/review/verdict", CLAIM),
    "blind verdict": lambda browser: post(browser, "/judge/verdict", BLIND),
    "undo": lambda browser: post(browser, "/case/undo", NOTE | {"disposition": "x"}),
    "assignment": lambda browser: post(browser, "/case/assign", NOTE | {"to": "anna"}),
    "due date": lambda browser: post(browser, "/case/due", NOTE | {"due": "2026-12-24"}),
    "note": lambda browser: post(browser, "/case/note", NOTE | {"note": "Ask the team."}),
    "saved view": lambda browser: post(browser, "/cases/views", VIEW),
    "work list": lambda browser: browser.get("/judge" + CASE),
    "search in transcripts": lambda browser: browser.get("/search?words=wrong"),
    "page of cases": lambda browser: browser.get("/cases"),
    "a case": lambda browser: browser.get(f"/case{CASE}"),
    "review": lambda browser: browser.get("/review"),
    "audit": lambda browser: browser.get("/audit"),
}


@pytest.mark.parametrize("name", ["", "vera"])
@pytest.mark.parametrize("what", REQUESTS)
def test_strangers_and_viewers_get_nothing(name: str, what: str, place: Place) -> None:
    browser = browser_of(place, name)
    answer = REQUESTS[what](browser)
    assert answer.status_code in ((302, 401) if not name else (403,))
    said = answer.get_data(as_text=True)
    # The way to the login holds the address that was asked for, and no more.
    assert "parted" not in said
    assert name == "" or "C1" not in said
    assert CUSTOMER not in said + answer.headers.get("Location", "")
    assert kept(place) == []
    assert not {"search", "export", "review", "case", "case work"} & {entry.action for entry in place.log()}
    assert not name or place.log()[-1].action == "denied"


@pytest.mark.parametrize(
    ("path", "query"),
    [("/cases", ""), ("/case", CASE), ("/judge", CASE), ("/search", "?words=wrong"), ("/review", ""), ("/audit", "")],
)
def test_pages_are_not_drawn_for_a_viewer(path: str, query: str, place: Place) -> None:
    said = drawn(browser_of(place, "vera"), path, query)
    assert "Your role here is viewer" in said
    assert "C1" not in said
    assert drawn(browser_of(place, ""), path, query) == ""


def test_the_audit_log_is_for_admins(place: Place) -> None:
    anna, ada = browser_of(place, "anna"), browser_of(place, "ada")
    assert "Your role here is analyst" in drawn(anna, "/audit")
    said = drawn(ada, "/audit")
    assert "of the audit log" in said
    assert "denied" in said
    assert "0 entries" in drawn(ada, "/audit", "?action=export")
    assert "is not offered here" in drawn(ada, "/audit", "?action=%3Cscript%3E")


@pytest.mark.parametrize("headers", FORGED, ids=json.dumps)
@pytest.mark.parametrize("what", ["search", "verdict on a flag", "verdict on a claim", "blind verdict", "note"])
def test_a_forged_post_is_not_acted_on(what: str, headers: dict[str, str | None], place: Place) -> None:
    browser = browser_of(place, "anna")
    path, data = {
        "search": ("/cases/find", {"customer": "customer-4711"}),
        "verdict on a flag": ("/case/disposition", FLAG),
        "verdict on a claim": ("/review/verdict", CLAIM),
        "blind verdict": ("/judge/verdict", BLIND),
        "note": ("/case/note", NOTE | {"note": "x"}),
    }[what]
    assert browser.ask("POST", path, headers, data=data).status_code == 403
    assert kept(place) == []
    assert {entry.action for entry in place.log()} == {"login"}
    # Nor by a request that changes nothing by its method.
    assert browser.get(f"{path}?customer=customer-4711").status_code == 403, "no page stands there"
    assert kept(place) == []


def test_a_customer_is_found_by_the_real_id_which_is_kept_nowhere(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    browser = browser_of(place, "anna")
    answer = post(browser, "/cases/find", {"customer": " customer-4711 "})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/cases?customer={CUSTOMER}")
    entry = place.log()[-1]
    assert (entry.action, entry.name, entry.facts) == ("search", "anna", {"customer": CUSTOMER})
    said = drawn(browser, "/cases", f"?customer={CUSTOMER}")
    assert "3 contacts of this customer in the last 365 days" in said
    assert "C0" in said
    # The customer's phone is an alias of theirs (as the published tables of these tests say).
    by_phone = post(browser, "/cases/find", {"customer": "phone of customer-4711"})
    assert by_phone.headers["Location"] == f"/cases?customer={CUSTOMER}"
    post(browser, "/cases/find", {"customer": "somebody else"})
    other = Pseudonymiser(KEY).of("somebody else")
    assert "No contact of this customer in the last 365 days is known here" in drawn(
        browser, "/cases", f"?customer={other}"
    )
    everything = b"".join(path.read_bytes() for path in (place.folder / "data").rglob("*") if path.is_file())
    assert CUSTOMER.encode() in everything
    for real in ("customer-4711", "phone of", "somebody else"):
        assert real.encode() not in everything
        assert real not in caplog.text
        assert real not in said + answer.get_data(as_text=True)


def test_without_the_key_the_search_says_so(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AFTERCALL_PSEUDONYM_KEY")
    browser = browser_of(place, "anna")
    answer = post(browser, "/cases/find", {"customer": "customer-4711"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/cases?search=key")
    assert "without AFTERCALL_PSEUDONYM_KEY" in drawn(browser, "/cases", "?search=key")
    assert post(browser, "/cases/find", {}).headers["Location"] == "/cases?search=empty"
    assert post(browser, "/cases/find", {"customer": "x" * 600}).headers["Location"] == "/cases?search=long"
    assert post(browser, "/cases/find", {"customer": "x" * 70_000}).status_code == 413
    assert {entry.action for entry in place.log()} == {"login", "page"}, "no search, but the list that says so"


def test_opening_a_case_is_logged_before_it_is_shown(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = browser_of(place, "anna")
    said = drawn(browser, "/case", CASE)
    for shown in (
        "It is wrong.",
        "As I said.",
        "They said that it was done.",
        "You will get your money back.",
        "says it again",
        "Rated 2 of 5",
        "Nobody called me back.",
    ):
        assert shown in said
    entry = place.log()[-1]
    assert (entry.action, entry.name, entry.facts) == ("case", "anna", {"system": "default", "contact": "C1"})
    opened = len(place.log())
    drawn(browser, "/case", f"{CASE}&turn=2")
    assert len(place.log()) == opened + 1, "one turn in full is the case too"
    assert "No eligible contact C9" in drawn(browser, "/case", "?system=default&contact=C9")
    assert "Which case?" in drawn(browser, "/case")
    assert len(place.log()) == opened + 1, "nothing was shown of a case that there is not"

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(place.access.audit, "write", full)
    assert "It is wrong." not in drawn(browser, "/case", CASE), "what cannot be logged is not shown"


def test_a_download_is_logged_with_what_it_holds(place: Place) -> None:
    browser = browser_of(place, "anna")
    answer = browser.get("/cases/export.csv?queue=billing&sort=rule")
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="cases.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Handled in 1\u202fmin 14\u202fs, yet" in answer.get_data(as_text=True)
    entry = place.log()[-1]
    assert (entry.action, entry.facts["rows"], entry.facts["selection"]) == ("export", 1, "?queue=billing&sort=rule")
    for query in ("?queue=nowhere", "?rule=x", "?segment=%5B"):
        assert browser.get(f"/cases/export.csv{query}").status_code == 400
    assert place.log()[-1] == entry


def test_a_verdict_on_a_flag_is_recorded_and_shown(place: Place) -> None:
    browser = browser_of(place, "anna")
    reason = f"{SCRIPT} she wrote to anna@example.com \x00\n=1+1"
    answer = post(browser, "/case/disposition", FLAG | {"reason": reason})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/case{CASE}#flag-D2")
    (path,) = kept(place)
    assert path.relative_to(place.folder / "data" / "reviews").parts == (
        "dispositions", "system-default", f"{AS_OF:%Y-%m-%d}.jsonl",
    )  # fmt: skip
    assert path.stat().st_mode & 0o777 == 0o600
    (record,) = [json.loads(line) for line in path.read_text().splitlines()]
    assert re.fullmatch("[0-9a-f]{32}", record.pop("disposition_id"))
    assert record == {
        "contact_id": "C1",
        "rule": "fast_but_unhappy",
        "verdict": "confirmed",
        "reason": f"{SCRIPT} she wrote to [email] \n=1+1",
        "decided_by": "anna",
        "decided_at": (AS_OF + timedelta(hours=9)).isoformat(timespec="microseconds"),
        "evidence_hash": "hash-C1-fast_but_unhappy",
        "given_blind": False,
    }
    facts = {"system": "default", "contact": "C1", "rule": "fast_but_unhappy", "verdict": "confirmed"}
    assert (place.log()[-1].action, place.log()[-1].facts) == ("review", facts)
    said = drawn(browser, "/case", CASE)
    assert "by anna" in said
    assert "Counts from the next night" in said
    assert "confirmed" in drawn(browser, "/cases", "?verdict=confirmed&sort=newest")
    assert "No contact is flagged here" in drawn(browser, "/cases", "?verdict=open")


def test_a_verdict_on_a_claim_is_the_claim_once_more(place: Place) -> None:
    browser = browser_of(place, "anna")
    assert "1 of 1 claims drawn wait" in drawn(browser, "/review")
    answer = post(browser, "/review/verdict", CLAIM)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/review?page=2")
    (path,) = kept(place)
    at = (AS_OF + timedelta(hours=9)).isoformat(timespec="microseconds")
    assert json.loads(path.read_text()) == {
        "claim_id": "K1",
        "contact_id": "C1",
        "turn_index": 1,
        "claim_type": "Balance",
        "claimed_value": "12.50",
        "stated_confidence": 0.9,
        "verified_correct": False,
        "verified_by": "anna",
        "verified_at": at,
        "verified_blind": False,
        "review_sampling": "random",
        "updated_at": at,
    }
    said = drawn(browser, "/review")
    assert "All 1 claims drawn have a verdict" in said
    assert "says anna" in said
    assert "Wrong" in drawn(browser, "/case", CASE)
    assert post(browser, "/review/verdict", CLAIM | {"back": "https://evil.example/"}).headers["Location"] == "/"
    assert post(browser, "/review/verdict", CLAIM | {"back": "//evil.example"}).headers["Location"] == "/"


BAD: list[tuple[str, dict[str, Any], int]] = [
    ("/case/disposition", {"verdict": "right"}, 400),
    ("/case/disposition", {"verdict": ""}, 400),
    ("/case/disposition", {"verdict": "Confirmed"}, 400),
    ("/case/disposition", {"rule": "D2"}, 400),
    ("/case/disposition", {"rule": "../../x"}, 400),
    ("/case/disposition", {"rule": "promise_broken"}, 404),
    ("/case/disposition", {"contact": "C9"}, 404),
    ("/case/disposition", {"system": "../../../etc"}, 404),
    ("/case/disposition", {"day": "yesterday"}, 400),
    ("/case/disposition", {"day": "1999-01-01"}, 404),
    ("/case/disposition", {"evidence_hash": "another"}, 409),
    ("/case/disposition", {"evidence_hash": ""}, 409),
    ("/case/disposition", {"reason": "x" * 2_001}, 400),
    ("/case/disposition", {"verdict": "explained", "reason": " \n"}, 400),
    ("/case/disposition", {"reason": "x" * 70_000}, 413),
    ("/review/verdict", {"verdict": "confirmed"}, 400),
    ("/review/verdict", {"claim": "K9"}, 404),
    ("/review/verdict", {"claim": "' or 1=1 --"}, 404),
    ("/review/verdict", {"day": ""}, 400),
    ("/review/verdict", {"system": "other"}, 404),
]


@pytest.mark.parametrize(("path", "change", "status"), BAD)
def test_what_cannot_be_recorded_is_refused_and_nothing_kept(
    path: str, change: dict[str, str], status: int, place: Place
) -> None:
    browser = browser_of(place, "anna")
    sent = (FLAG if path == "/case/disposition" else CLAIM) | change
    assert post(browser, path, sent).status_code == status
    missing = {name: value for name, value in sent.items() if name not in change}
    assert post(browser, path, missing).status_code in (400, 409) or change.keys() == {"reason"}
    assert [each for each in kept(place) if change.keys() != {"reason"}] == []


def test_what_cannot_be_kept_is_said(place: Place) -> None:
    (place.folder / "data" / "reviews").write_text("in the way")
    answer = post(browser_of(place, "anna"), "/case/disposition", FLAG)
    assert answer.status_code == 500
    assert "could not be kept" in answer.get_data(as_text=True)
    assert "Traceback" not in answer.get_data(as_text=True)


def test_without_a_snapshot_nothing_is_recorded_or_downloaded(tmp_path: Path) -> None:
    place = Place(tmp_path)
    browser = browser_of(place, "anna")
    assert browser.get("/cases/export.csv").status_code == 503
    assert post(browser, "/case/disposition", FLAG).status_code == 503
    assert post(browser, "/review/verdict", CLAIM).status_code == 503


def test_at_this_machine_without_login_the_reviewer_is_local(tmp_path: Path) -> None:
    from dashboards.app import create_app  # noqa: PLC0415

    published(tmp_path)
    browser = Browser(create_app(tmp_path).server)
    before = datetime.now(UTC)
    assert post(browser, "/case/disposition", FLAG).status_code == 303
    (recorded,) = ReviewLog(tmp_path).dispositions_since(before - timedelta(seconds=1))
    assert (recorded.decided_by, recorded.verdict) == ("local", "confirmed")
    assert [entry.name for entry in read_audit(tmp_path)] == ["local"]
    assert "of the audit log" in drawn(browser, "/audit")
    assert "form-action 'self'" in browser.get("/").headers["Content-Security-Policy"]


def test_no_page_links_to_pages_that_its_reader_may_not_open(place: Place) -> None:
    of = {name: drawn(browser_of(place, name), "/") for name in ("vera", "anna", "ada")}
    for name, there in (("vera", ()), ("anna", ("/cases", "/review")), ("ada", ("/cases", "/review", "/audit"))):
        for path in ("/cases", "/review", "/audit"):
            assert (f'"href": "{path}"' in of[name]) == (path in there), (name, path)
        assert '"href": "/case"' not in of[name], "a case is reached from the list alone"


def test_formulas_and_markup_reach_neither_page_nor_download_as_such(tmp_path: Path) -> None:
    place = Place(tmp_path)
    text = f'=cmd|"/c calc"!A1 {SCRIPT}'
    published(tmp_path / "data", hostile_tables(text))
    browser = browser_of(place, "anna")
    content = browser.get("/cases/export.csv").get_data(as_text=True)
    cells = [cell for row in csv.reader(io.StringIO(content, newline="")) for cell in row]
    assert f"'{text}" in cells
    assert not [cell for cell in cells if cell.startswith("=")]
    said = drawn(browser, "/cases")
    assert "DangerouslyAllowHTML" not in said
    assert '"Markdown"' not in said


def test_flags_of_two_systems_are_kept_apart(tmp_path: Path) -> None:
    place = Place(tmp_path)
    tables = case_tables() | {"case_flags": [flag(), flag(system="crm/../x y")]}
    published(tmp_path / "data", tables)
    place.now = AS_OF.timestamp() + 60
    browser = browser_of(place, "anna")
    assert post(browser, "/case/disposition", FLAG | {"system": "crm/../x y"}).status_code == 303
    (path,) = kept(place)
    assert path.parent.name == "system-crm%2F..%2Fx%20y"
    (recorded,) = ReviewLog(tmp_path / "data").dispositions_since(AS_OF)
    assert recorded.system == "crm/../x y"
