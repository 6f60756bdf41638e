"""Data Docs through the application: for those who see cases, under their own names, and nothing else of the folder."""

from dataclasses import replace
from datetime import UTC, datetime
from os import utime
from pathlib import Path

import pytest
from builders.access import Browser, Place
from builders.snapshots import midnight, publish
from builders.texts import texts
from builders.views import view_of

from dashboards.pages import PAGES
from dashboards.pages.data_quality.data_docs_route import INDEX, audited_at

PAGE = "<!DOCTYPE html><title>calls</title><td>contact C-4711 breaks a check</td>"
AT = "/data-docs/calls.html"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    docs = tmp_path / "data" / "data_docs"
    docs.mkdir(parents=True)
    for name in ("index.html", "calls.html", "calls.json", ".calls.html.1.tmp", "Odd name.html"):
        (docs / name).write_text(PAGE, "utf-8")
    (tmp_path / "data" / "beside.html").write_text(PAGE, "utf-8")
    return Place(tmp_path)


def browser_of(place: Place, name: str) -> Browser:
    browser = Browser(place.server)
    if name:
        browser.log_in(name)
    return browser


@pytest.mark.parametrize("name", ["anna", "ada"])
def test_who_sees_cases_reads_them(name: str, place: Place) -> None:
    for path in (INDEX, AT):
        answer = browser_of(place, name).get(path)
        assert (answer.status_code, answer.get_data(as_text=True), answer.mimetype) == (200, PAGE, "text/html")
        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_nobody_else_gets_anything(place: Place) -> None:
    for path in (INDEX, AT, "/data-docs/none.html"):
        stranger = browser_of(place, "").get(path)
        assert (stranger.status_code, stranger.headers["Location"]) == (302, f"/login?next={path}")
        viewer = browser_of(place, "vera").get(path)
        assert viewer.status_code == 403
        assert "C-4711" not in stranger.get_data(as_text=True) + viewer.get_data(as_text=True)
        assert (place.log()[-1].action, place.log()[-1].facts["what"]) == ("denied", path)


@pytest.mark.parametrize(
    "name",
    [
        "none.html", "calls", "calls.json", ".calls.html.1.tmp", "Odd%20name.html", "../beside.html", "..%2fbeside.html",
        "%2e%2e%2fbeside.html", "..%5cbeside.html", "..%252fbeside.html", "calls.html/", "calls.html%00", "CALLS.html", "",
        "%2fetc%2fpasswd", "./../../data/beside.html", "*.html",
    ],
)  # fmt: skip
def test_only_pages_of_the_folder_have_an_address(name: str, place: Place) -> None:
    answer = browser_of(place, "ada").get(f"/data-docs/{name}")
    # With a slash in it the address is one of the application's own pages, which says that there is no such page.
    assert answer.status_code == 404 or "dash-renderer" in answer.get_data(as_text=True)
    assert "C-4711" not in answer.get_data(as_text=True)


def test_before_the_first_night_there_are_none(tmp_path: Path) -> None:
    place = Place(tmp_path)
    answer = browser_of(place, "ada").get(INDEX)
    assert answer.status_code == 404
    assert "There is no such page of Data Docs" in answer.get_data(as_text=True)
    assert audited_at(tmp_path / "data") is None


def test_the_page_of_data_quality_leads_there_and_says_when_the_audit_was(place: Place, tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    audited = datetime(2026, 1, 6, 2, 30, tzinfo=UTC)
    utime(data_dir / "data_docs" / "index.html", (audited.timestamp(),) * 2)
    snapshot = publish(tmp_path / "published", {}, as_of=midnight(2026, 1, 6), time_zone="Asia/Kolkata")

    def shown(folder: Path, *, sees_cases: bool) -> tuple[list[str], str]:
        view = replace(view_of(snapshot, path="/data-quality", sees_cases=sees_cases), data_dir=folder)
        page = PAGES["/data-quality"].render(view)
        parts = [each for part in page for each in [part, *part._traverse()]]
        return [each.href for each in parts if getattr(each, "href", "") == INDEX], " ".join(texts(page))

    links, said = shown(data_dir, sees_cases=True)
    assert links == [INDEX]
    assert "last audit 6 Jan 2026, 08:00 (Asia/Kolkata)" in said
    for folder, sees_cases in ((data_dir, False), (tmp_path / "published", True)):
        links, said = shown(folder, sees_cases=sees_cases)
        assert links == []
        assert "Data Docs" not in said
