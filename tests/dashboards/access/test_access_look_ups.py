"""What shows single contacts is logged and bounded; what viewers are offered names no group of a few."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders.access import Browser, Place, drawing
from builders.cases import AS_OF, CUSTOMER, KEY, LAST_DAY, published
from builders.snapshots import kpi_row, midnight, publish

from dashboards.access.audit import LOOK_UPS
from dashboards.pages import PAGES

CASE = f"?system=default&contact=C1&day={LAST_DAY}"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("AFTERCALL_PSEUDONYM_KEY", KEY)
    place = Place(tmp_path, dashboard='users = "users.toml"\nlookups_per_hour = 60\n')
    published(tmp_path / "data")
    docs = tmp_path / "data" / "data_docs"
    docs.mkdir()
    (docs / "index.html").write_text("contact C-4711", "utf-8")
    place.now = (AS_OF + timedelta(hours=9)).timestamp()
    return place


def _in(place: Place, name: str = "anna") -> Browser:
    browser = Browser(place.server)
    assert browser.log_in(name).status_code == 303
    return browser


def _drawn(browser: Browser, path: str, query: str = "", *, tick: bool = False) -> str:
    body = drawing(path, tick=tick)
    body["inputs"][1]["value"] = query
    answer = browser.ask("POST", "/_dash-update-component", json=body)
    return json.dumps(answer.get_json()["response"].get("page", {}).get("children"), ensure_ascii=False)


def _facts(place: Place) -> list[tuple[str, dict[str, Any]]]:
    return [(entry.action, dict(entry.facts)) for entry in place.log() if entry.action != "login"]


def test_lists_searches_and_data_docs_are_logged(place: Place) -> None:
    browser = _in(place)
    _drawn(browser, "/cases", "?queue=billing&sort=rule")
    _drawn(browser, "/review")
    _drawn(browser, "/cases", f"?customer={CUSTOMER}")
    _drawn(browser, "/cases", "?contact=C1")
    browser.get("/data-docs/index.html")
    _drawn(browser, "/case", CASE)
    assert _facts(place) == [
        ("page", {"page": "/cases", "selection": "?queue=billing&sort=rule"}),
        ("page", {"page": "/review", "selection": None}),
        ("case", {"system": "default", "contact": "C1"}),
        ("search", {"page": "/cases", "selection": None, "customer": CUSTOMER}),
        ("search", {"page": "/cases", "selection": None, "contact": "C1"}),
        ("data docs", {"page": "index.html"}),
        ("case", {"system": "default", "contact": "C1"}),
    ]
    assert {entry.name for entry in place.log()} == {"anna"}


def test_every_page_that_is_not_for_viewers_is_logged(place: Place) -> None:
    browser = _in(place, "ada")
    for path, page in PAGES.items():
        before = len(place.log())
        _drawn(browser, path, CASE if path in ("/case", "/judge") else "")
        assert (len(place.log()) > before) is (page.audience != "viewer"), path


def test_what_somebody_typed_is_not_logged(place: Place) -> None:
    """It may be a telephone number, or the customer's real id in the wrong field."""
    browser = _in(place)
    _drawn(browser, "/cases", "?contact=%2B43%20660%201234567")
    assert _facts(place) == [("search", {"page": "/cases", "selection": None, "contact": "text, 15 characters"})]
    assert "1234567" not in (place.folder / "data" / "audit" / "audit.jsonl").read_text()
    # What means nothing is said to mean nothing, and its list was asked for all the same.
    assert "by pseudonym only" in _drawn(browser, "/cases", "?customer=customer-4711")
    assert "4711" not in (place.folder / "data" / "audit" / "audit.jsonl").read_text()


def test_an_open_page_that_nothing_changed_is_no_look_up(place: Place) -> None:
    browser = _in(place)
    body = drawing("/cases")
    state = browser.ask("POST", "/_dash-update-component", json=body).get_json()["response"]["state"]["data"]
    body = drawing("/cases", tick=True)
    body["state"][0]["value"] = state
    for _ in range(5):
        assert browser.ask("POST", "/_dash-update-component", json=body).get_json()["response"] == {}
    assert len(_facts(place)) == 1


def test_what_cannot_be_logged_is_not_shown(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = _in(place)
    place.server.config["PROPAGATE_EXCEPTIONS"] = False

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(place.access.audit, "write", full)
    for path in ("/cases", "/review"):
        said = _drawn(browser, path)
        assert "could not be drawn" in said
        assert "C1" not in said
    answer = browser.get("/data-docs/index.html")
    assert answer.status_code == 500
    assert "4711" not in answer.get_data(as_text=True)


def test_look_ups_are_bounded(place: Place) -> None:
    """Ten at once of sixty in an hour, then one a minute, whatever they are of; refusals are logged."""
    browser = _in(place)
    assert all("It is wrong." in _drawn(browser, "/case", CASE) for _ in range(8))
    assert browser.ask("POST", "/cases/find", data={"customer": "x"}).status_code == 303
    assert browser.get("/cases/export.csv").status_code == 200
    for path, query in (("/case", CASE), ("/cases", ""), ("/review", ""), ("/cases", "?contact=C1")):
        said = _drawn(browser, path, query)
        assert "You have opened many cases, lists or searches in a short time. Wait 1 minute." in said
        assert "It is wrong." not in said
    for answer in (
        browser.get("/data-docs/index.html"),
        browser.get("/cases/export.csv"),
        browser.ask("POST", "/cases/find", data={"customer": "customer-4711"}),
    ):
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "60"
        assert "Traceback" not in answer.get_data(as_text=True)
    done = [action for action, _ in _facts(place) if action in LOOK_UPS]
    assert len(done) == 10, "what was refused is not logged as if it had been shown"
    assert ("look-up refused", {"what": "case"}) in _facts(place)
    # Neither another session nor a restart helps; others go on; overviews are not bounded.
    place.restart()
    again = _in(place)
    assert "You have opened many" in _drawn(again, "/case", CASE)
    assert "It is wrong." in _drawn(_in(place, "ada"), "/case", CASE)
    assert "You have opened many" not in _drawn(again, "/")
    place.now += 61
    assert "It is wrong." in _drawn(again, "/case", CASE)
    assert "You have opened many" in _drawn(again, "/case", CASE)


def test_at_this_machine_without_login_nothing_is_bounded(tmp_path: Path) -> None:
    from dashboards.app import create_app  # noqa: PLC0415

    published(tmp_path)
    browser = Browser(create_app(tmp_path).server)
    assert all("It is wrong." in _drawn(browser, "/case", CASE) for _ in range(120))


# What viewers are offered


@pytest.fixture
def small(tmp_path: Path) -> Place:
    """Of 30 contacts or more: queue care, region north. Of fewer: queue board (29), no region (5)."""
    monday = midnight(2026, 9, 7).date()
    rows = [
        kpi_row(monday, contacts=400, queue="care", region="north", language="de"),
        kpi_row(monday, contacts=29, queue="board", region="north", language="de"),
        kpi_row(monday, contacts=30, queue="sales", region="south", language="de"),
        kpi_row(monday, contacts=5, queue="care", region=None, language="de"),
        kpi_row(monday, "joint", contacts=7, queue="care", region="north", language="de"),
    ]
    publish(tmp_path / "data", {"kpi_daily": rows}, as_of=midnight(2026, 12, 1), min_n=30)
    return Place(tmp_path)


def _boxes(*labels: str) -> list[str]:
    """How the boxes of these names stand in what is sent."""
    return [f'"label": "{label}"' for label in labels]


def test_menus_of_viewers_name_no_group_of_a_few(small: Place) -> None:
    vera, anna = _in(small, "vera"), _in(small, "anna")
    # The analyst first: what was drawn for one must not be shown to the other.
    for path in ("/", "/divergence", "/repeats"):
        to_analysts, to_viewers = _drawn(anna, path), _drawn(vera, path)
        for hidden in _boxes("board", "Region not recorded", "Joint"):
            assert hidden in to_analysts, (path, hidden)
            assert hidden not in to_viewers, (path, hidden)
        for shown in _boxes("care", "sales", "South"):
            assert shown in to_analysts
            assert shown in to_viewers


def test_an_address_does_not_show_viewers_a_group_of_a_few_either(small: Place) -> None:
    """It reads like one that is not there."""
    vera, anna = _in(small, "vera"), _in(small, "anna")
    assert "29" in _drawn(anna, "/", "?queue=board")
    there, not_there = _drawn(vera, "/", "?queue=board"), _drawn(vera, "/", "?queue=b0ard")
    assert "asks for what is not there" in there
    assert there == not_there.replace("b0ard", "board")
    assert "There are care and sales." in there.replace(", ", " and ")
    assert "asks for what is not there" in _drawn(vera, "/", "?region=none")
    assert "asks for what is not there" not in _drawn(anna, "/", "?region=none")
