"""Written reports through the application: listed with what they said, opened by name, and nothing else of the folder."""

from dataclasses import replace
from pathlib import Path

import pytest
from builders.access import Browser, Place
from builders.snapshots import kpi_row, midnight, publish
from builders.texts import texts
from builders.views import view_of

from dashboards.pages import PAGES
from dashboards.report import write_report
from dashboards.report.archive import AGGREGATES, written_reports
from pipelines.snapshot import SnapshotStore

#: As an earlier version wrote it: single cases, and nothing that says there are none.
OLD = "<!doctype html><title>old</title><script>1</script><td>contact C-4711</td>"
NEW = f'<!doctype html>{AGGREGATES}<meta name="description" content="Billing &amp; more: 3 &lt; 4."><title>new</title>'


@pytest.fixture
def place(tmp_path: Path) -> Place:
    reports = tmp_path / "data" / "reports"
    reports.mkdir(parents=True)
    (reports / "aftercall-2026-W39.html").write_text(NEW, "utf-8")
    (reports / "aftercall-2026-W39.pdf").write_bytes(b"%PDF-1.4 of W39")
    (reports / "aftercall-2026-W39.json").write_text('{"secret": "C-4711"}', "utf-8")
    (reports / "aftercall-2026-W38.html").write_text(OLD, "utf-8")
    (reports / "aftercall-2026-W54.html").write_text(NEW, "utf-8")
    (reports / "aftercall-2026-W37.html").symlink_to(tmp_path / "beside.html")
    (tmp_path / "beside.html").write_text(OLD, "utf-8")
    (tmp_path / "data" / "beside.html").write_text(OLD, "utf-8")
    publish(tmp_path / "data", {"kpi_daily": [kpi_row(midnight(2026, 9, 7).date())]}, as_of=midnight(2026, 10, 19))
    return Place(tmp_path)


def browser_of(place: Place, name: str) -> Browser:
    browser = Browser(place.server)
    if name:
        browser.log_in(name)
    return browser


@pytest.mark.parametrize("name", ["vera", "anna"])
def test_who_sees_aggregates_opens_a_report(name: str, place: Place) -> None:
    page = browser_of(place, name).get("/reports/aftercall-2026-W39.html")
    assert (page.status_code, page.get_data(as_text=True), page.mimetype) == (200, NEW, "text/html")
    assert page.headers["Cache-Control"] == "no-store"
    pdf = browser_of(place, name).get("/reports/aftercall-2026-W39.pdf")
    assert (pdf.status_code, pdf.get_data(), pdf.mimetype) == (200, b"%PDF-1.4 of W39", "application/pdf")
    assert pdf.headers["Content-Disposition"] == 'attachment; filename="aftercall-2026-W39.pdf"'


def test_nobody_else_gets_anything(place: Place) -> None:
    stranger = browser_of(place, "").get("/reports/aftercall-2026-W39.html")
    assert (stranger.status_code, stranger.headers["Location"]) == (302, "/login?next=/reports/aftercall-2026-W39.html")


def test_a_page_that_names_single_cases_is_for_who_may_see_them(place: Place) -> None:
    viewer = browser_of(place, "vera").get("/reports/aftercall-2026-W38.html")
    assert (viewer.status_code, "C-4711" in viewer.get_data(as_text=True)) == (404, False)
    assert "2026-W38" not in browser_of(place, "vera").draw("/reports").get_data(as_text=True)
    analyst = browser_of(place, "anna").get("/reports/aftercall-2026-W38.html")
    assert (analyst.status_code, analyst.get_data(as_text=True)) == (200, OLD)
    logged = place.log()[-1]
    assert (logged.action, logged.name, logged.facts["page"]) == ("page", "anna", "/reports/aftercall-2026-W38.html")


@pytest.mark.parametrize(
    "name",
    [
        "none.html", "aftercall-2026-W39", "aftercall-2026-W39.json", "aftercall-2026-W37.html", "../beside.html",
        "..%2fbeside.html", "%2e%2e%2fbeside.html", "..%5cbeside.html", "..%252fbeside.html", "aftercall-2026-W39.html/",
        "aftercall-2026-W39.html%00", "AFTERCALL-2026-W39.html", "%2fetc%2fpasswd", "*.html", "aftercall-2026-W39.html%0d%0aX: y",
    ],
)  # fmt: skip
def test_only_reports_of_the_folder_have_an_address(name: str, place: Place) -> None:
    answer = browser_of(place, "ada").get(f"/reports/{name}")
    # With a slash in it the address is one of the application's own pages, which says that there is no such page.
    assert answer.status_code in (400, 404) or "dash-renderer" in answer.get_data(as_text=True)
    assert "C-4711" not in answer.get_data(as_text=True)


def test_the_page_lists_the_weeks_with_what_they_said(place: Place, tmp_path: Path) -> None:
    listed = written_reports(tmp_path / "data" / "reports")
    assert [(each.week.label, each.pdf, each.news, each.names_cases) for each in listed] == [
        ("2026-W39", "aftercall-2026-W39.pdf", "Billing & more: 3 < 4.", False),
        ("2026-W38", None, "", True),
    ]
    said = texts(
        PAGES["/reports"].render(
            replace(view_of(SnapshotStore(tmp_path / "data").current(), path="/reports"), data_dir=tmp_path / "data")
        )
    )
    assert "The latest report is of 2026-W39, 21–27 Sep 2026." in said
    assert "Billing & more: 3 < 4." in said


def test_before_the_first_report_the_page_says_how_to_write_one(place: Place, tmp_path: Path) -> None:
    for path in (tmp_path / "data" / "reports").iterdir():
        path.unlink()
    said = texts(
        PAGES["/reports"].render(
            replace(view_of(SnapshotStore(tmp_path / "data").current(), path="/reports"), data_dir=tmp_path / "data")
        )
    )
    assert "No report has been written yet." in said


def test_what_the_report_writes_is_listed_with_its_headline(tmp_path: Path) -> None:
    made = publish(
        tmp_path / "data", {"kpi_daily": [kpi_row(midnight(2026, 9, 7).date())]}, as_of=midnight(2026, 10, 19)
    )
    write_report(made, None, None, tmp_path / "reports")
    (found,) = written_reports(tmp_path / "reports")
    assert (found.week.label, found.names_cases) == ("2026-W37", False)
    assert found.news.startswith("Nothing new and nothing wrong")
