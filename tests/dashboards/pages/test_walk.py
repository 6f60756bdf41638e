"""Every page walked in Chromium: wide and on a phone, light and dark, with hostile text, filters, links and keyboard."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import flask
import pytest
from builders import season
from builders.axe import grave_faults
from builders.browser import needs_chromium
from builders.server import serving
from builders.snapshots import publish
from builders.visit import Visit
from playwright import sync_api as playwright

from dashboards.access.screens import Ways, arriving_screen, login_screen, notice_screen, password_screen
from dashboards.pages import PAGES
from dashboards.report import write_report
from pipelines.snapshot import SnapshotStore

OURS = (
    "/",
    "/resolution",
    "/divergence",
    "/segments",
    "/compare",
    "/repeats",
    "/sentiment",
    "/complaints",
    "/calibration",
    "/glossary",
    "/reports",
    "/data-quality",
)
#: Walked in test_seams_in_a_browser and test_cases_in_a_browser.
ELSEWHERE = ("/handoffs", "/promises", "/people", "/cases", "/case", "/judge", "/search", "/review", "/audit")

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data_dir = tmp_path_factory.mktemp("operations")
    tables = season.tables(hostile=True)
    publish(data_dir, tables, as_of=season.AS_OF, ledger=season.LEDGER, name=season.HOSTILE)
    return data_dir


@pytest.fixture(scope="module")
def address(data_dir: Path) -> Iterator[str]:
    with serving(data_dir) as found:
        yield found


def opened(browser: playwright.Browser, url: str, width: int = 1280, scheme: str = "light") -> Visit:
    visit = Visit(browser, width, scheme)
    visit.page.goto(url)
    settled(visit)
    return visit


def settled(visit: Visit) -> None:
    """The page is there and every figure of it drawn."""
    visit.page.locator("main h1").wait_for()
    visit.page.wait_for_function(
        "() => [...document.querySelectorAll('.dash-graph')].every((graph) => graph.querySelector('.main-svg'))"
    )


def test_every_page_is_walked() -> None:
    assert sorted((*OURS, *ELSEWHERE)) == sorted(PAGES)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", OURS)
def test_a_page_stands(browser: playwright.Browser, address: str, path: str, width: int) -> None:
    visit = opened(browser, f"{address}{path}?mode=ai_primary", width)
    assert visit.overflow() <= 0
    visit.page.locator("details:not(.menu, .chart-tools)").evaluate_all(
        "(all) => all.forEach((each) => { each.open = true })"
    )
    assert visit.overflow() <= 0
    assert visit.page.title() != "owned"
    assert visit.page.locator("main img").count() == 0
    here = visit.page.locator("nav .within" if PAGES[path].under else "nav .here")
    assert here.count() == 1
    place = here.bounding_box()
    assert place is not None
    assert -1 <= place["x"] <= place["x"] + place["width"] <= width + 1
    # What is filtered is in sight, and the way out of it.
    assert visit.page.locator(".chip").count() == (1 if PAGES[path].filtered else 0)
    # Colours do not change with the width.
    assert grave_faults(visit.page, *(("light", "dark") if width == 1280 else ())) == []
    assert visit.overflow() <= 0
    assert visit.faults == []
    assert {urlsplit(url).netloc for url in visit.asked if not url.startswith("data:")} == {urlsplit(address).netloc}
    visit.page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_chart_is_exported_by_keyboard(browser: playwright.Browser, address: str, width: int) -> None:
    visit = opened(browser, f"{address}/repeats?mode=ai_primary", width)
    page = visit.page
    assert page.locator(".dash-graph").count() == page.locator("section[id] .chart-tools summary").count() > 0
    page.locator("#chart-repeats .chart-tools summary").press("Enter")
    assert page.locator("#chart-repeats [data-export]").all_inner_texts() == [
        "Picture (PNG)",
        "Picture (SVG)",
        "Table (CSV)",
        "Copy link",
    ]
    assert visit.overflow() <= 0
    for kind in ("png", "svg", "csv"):
        with page.expect_download() as download:
            page.locator(f"#chart-repeats [data-export={kind}]").press("Enter")
        content = Path(download.value.path()).read_bytes()
        assert download.value.suggested_filename == f"aftercall-repeats.{kind}"
        if kind == "svg":
            # Heading, filter and source go along, hostile text as text.
            assert b"Repeat contacts</" in content
            assert b"AI-led contacts \xc2\xb7 as of" in content
            assert b"<script" not in content
    page.locator("#chart-repeats [data-export=link]").press("Enter")
    page.wait_for_function("() => /copied|not possible/.test(document.getElementById('announce').textContent)")
    page.keyboard.press("Escape")
    assert page.locator(".chart-tools[open]").count() == 0
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Export: Repeat contacts"
    # A figure that does not fit its place any more is drawn anew.
    page.set_viewport_size({"width": width - 60, "height": 900})
    page.wait_for_function(
        "() => [...document.querySelectorAll('.js-plotly-plot')].every((plot) => Math.abs(plot._fullLayout.width - plot.clientWidth) < 1)"
    )
    page.emulate_media(media="print")
    assert not page.locator("#chart-repeats .chart-tools").is_visible()
    assert visit.faults == []
    page.close()
    led = opened(browser, f"{address}/repeats#chart-repeats", width)
    led.page.wait_for_function("() => document.activeElement.id === 'chart-repeats'")
    assert [url for url in led.asked if "/plotly/" in url] == [], "the whole of Plotly was asked for"
    led.page.close()


def test_axe_finds_what_is_wrong(browser: playwright.Browser) -> None:
    page = browser.new_page()
    page.set_content("<html><main><img src='data:,'><p style='color: #ccc; background: #fff'>Pale</p></main></html>")
    assert {rule for rule, _ in grave_faults(page, "light")} == {
        "color-contrast (light)",
        "document-title",
        "html-has-lang",
        "image-alt",
    }
    page.close()


@pytest.mark.parametrize(
    "screen",
    [
        login_screen("/", name="anna", fault="Name and password do not fit together."),
        login_screen("/", said="You are logged out."),
        login_screen("/", Ways(password=True, single_sign_on=True)),
        login_screen("/", Ways(password=False, single_sign_on=True), said="You are logged out."),
        password_screen("anna", fault="That is not your present password."),
        password_screen("anna", said="Your password is changed. Sessions elsewhere have ended."),
        notice_screen("This cannot be recorded", "The evidence has changed.", 400),
        arriving_screen("/?mode=joint"),
    ],
    ids=["wrong password", "logged out", "two ways", "one way", "password", "new password", "notice", "one moment"],
)
def test_a_screen_before_the_application_stands(browser: playwright.Browser, screen: flask.Response) -> None:
    """As they are served; going on by itself and remembering what was typed are told in ``test_access_in_a_browser``."""
    visit = Visit(browser, 390)
    visit.page.set_content(screen.get_data(as_text=True))
    assert grave_faults(visit.page, "light", "dark") == []
    assert visit.overflow() <= 0
    visit.page.close()


def test_the_weekly_report_stands(browser: playwright.Browser, data_dir: Path) -> None:
    report = write_report(SnapshotStore(data_dir).current(), None, None, data_dir / "reports")
    visit = Visit(browser, 1280)
    visit.open(report.as_uri(), figures=0)
    visit.page.locator("details").evaluate_all("(all) => all.forEach((each) => { each.open = true })")
    assert grave_faults(visit.page, "light", "dark") == []
    assert visit.faults == []
    visit.page.close()


def test_a_view_is_chosen_by_keyboard_alone_and_stays_when_the_page_changes(
    browser: playwright.Browser, address: str
) -> None:
    visit = opened(browser, f"{address}/repeats")
    page = visit.page
    whole = page.locator(".tile .value").all_inner_texts()
    summary = page.locator(".menu > summary", has_text=re.compile("^Mode"))
    summary.focus()
    page.keyboard.press("Enter")
    page.locator(".menu[open]").wait_for()
    page.keyboard.press("Escape")
    page.locator(".menu[open]").wait_for(state="detached")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.locator(".menu[open] input:checked").wait_for()
    # Taken back, ticked anew, and shown.
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.locator(".menu[open]").wait_for()
    assert page.locator(".menu[open] input:checked").count() == 0
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/repeats?mode=ai_primary")
    page.locator(".chip", has_text="AI-led").wait_for()
    settled(visit)
    page.locator(".menu[open]").wait_for(state="detached")
    assert page.locator(".tile .value").all_inner_texts() != whole
    page.locator(".pages a", has_text="Complaints").click()
    page.wait_for_url("**/complaints?mode=ai_primary")
    page.locator("nav .here", has_text="Complaints").wait_for()
    assert page.locator(".chip", has_text="AI-led").count() == 1
    # Taken back by its own link.
    page.locator(".chip").click()
    page.wait_for_url(re.compile(r"/complaints\??$"))
    page.locator(".chip").wait_for(state="detached")
    assert visit.faults == []
    page.close()


def test_several_values_and_a_period_are_chosen_by_clicks(browser: playwright.Browser, address: str) -> None:
    visit = opened(browser, f"{address}/repeats?weeks=26&page=2")
    page = visit.page
    menu = page.locator(".menu", has=page.locator(".menu-name", has_text=re.compile("^Queue ")))
    menu.locator("summary").click()
    assert grave_faults(page, "light", "dark") == []
    names = menu.locator(".boxes label").all_inner_texts()
    menu.locator("input[type=search]").fill(names[-1].upper())
    assert menu.locator(".boxes label").filter(visible=True).all_inner_texts() == [names[-1]]
    menu.locator("input[type=search]").fill("nowhere")
    menu.locator(".unmatched").wait_for()
    menu.locator("input[type=search]").fill("")
    menu.locator(".boxes label").nth(0).click()
    menu.locator(".boxes label").nth(1).click()
    # What is ticked holds when something else is meant.
    page.locator("main").click(position={"x": 1, "y": 1})
    page.locator(".chip").nth(1).wait_for()
    assert re.search(r"/repeats\?weeks=26&queue=[^&]+&queue=[^&]+$", page.url)
    period = page.locator(".menu").first
    period.locator("summary").click()
    assert grave_faults(page) == []
    period.locator("[name=since]").fill("2026-10-06")
    period.locator("[name=until]").fill("2026-10-27")
    period.locator(".apply").click()
    page.locator(".menu-value", has_text="5 Oct – 1 Nov 2026").wait_for()
    assert page.url.endswith("&since=2026-10-06&until=2026-10-27")
    assert page.locator(".chip").count() == 2
    assert visit.faults == []
    page.close()


def test_the_glossary_is_searched(browser: playwright.Browser, address: str) -> None:
    visit = opened(browser, f"{address}/glossary?search=brier")
    shown = visit.page.locator(".term-entry").filter(visible=True)
    assert [each.split("\n")[0] for each in shown.all_inner_texts()] == ["Prediction error Brier score"]
    visit.page.locator("#glossary-search").fill("no such word")
    visit.page.locator(".unmatched").wait_for()
    assert visit.faults == []
    visit.page.close()


def test_an_address_that_asks_for_what_is_not_there_says_so(browser: playwright.Browser, address: str) -> None:
    visit = opened(browser, f"{address}/sentiment?queue=%3Cimg%20src%3Dx%3E&mode=joint")
    assert "asks for what is not there" in visit.page.inner_text("h1")
    assert visit.page.locator("main img").count() == 0
    assert grave_faults(visit.page, "light", "dark") == []
    visit.page.locator("main a", has_text="Leave it out").click()
    visit.page.wait_for_url("**/sentiment?mode=joint")
    visit.page.locator(".chip", has_text="Joint").wait_for()
    assert visit.faults == []
    visit.page.close()


def test_a_point_of_the_quadrant_opens_its_segment(browser: playwright.Browser, address: str) -> None:
    visit = opened(browser, f"{address}/divergence")
    visit.page.locator("a", has_text="Details").first.click()
    visit.page.wait_for_url("**/divergence?segment=*")
    visit.page.locator("h2", has_text="What changed").wait_for()
    settled(visit)
    assert "diverging" in visit.page.inner_text("h1")
    assert visit.page.locator(".js-plotly-plot").count() == 4
    assert grave_faults(visit.page) == []
    visit.page.locator(".crumbs a", has_text="All segments").click()
    visit.page.locator("h2", has_text="Diverging: figures improved").wait_for()
    assert visit.faults == []
    visit.page.close()


def test_the_quarantine_is_turned_page_by_page(browser: playwright.Browser, address: str) -> None:
    visit = opened(browser, f"{address}/data-quality")
    first = visit.page.locator("caption", has_text="1 to 50 of 120")
    first.wait_for()
    visit.page.locator("a", has_text="Next page").click()
    visit.page.locator("caption", has_text="51 to 100 of 120").wait_for()
    visit.page.locator("a", has_text="Next page").click()
    visit.page.locator("caption", has_text="101 to 120 of 120").wait_for()
    assert visit.page.locator("a", has_text="Next page").count() == 0
    assert visit.faults == []
    visit.page.close()
