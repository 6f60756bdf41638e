"""Every page walked in Chromium: wide and on a phone, light and dark, with hostile text, filters, links and keyboard."""

import os
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import made_season as season
import pytest
from made_server import serving
from made_snapshots import publish
from test_in_a_browser import CHROMIUM, Visit, playwright

OURS = ("/", "/divergence", "/repeats", "/sentiment", "/complaints", "/calibration", "/data-quality")
#: axe-core is no dependency: it is taken from a package of the environment that brings it, or from where this names it.
AXE_VARIABLE = "AFTERCALL_AXE_CORE"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: the pages were not looked at")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data_dir = tmp_path_factory.mktemp("operations")
    tables = season.tables(hostile=True)
    publish(data_dir, tables, as_of=season.AS_OF, ledger=season.LEDGER, name=season.HOSTILE)
    with serving(data_dir) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    with playwright.sync_playwright() as session:
        found = session.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield found
        found.close()


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


def axe_source() -> str | None:
    """The text of axe-core, where the environment has it."""
    named = os.environ.get(AXE_VARIABLE)
    if named:
        return Path(named).read_text("utf-8")
    for package in ("axe_playwright_python", "axe_core_python"):
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            for path in Path(folder).rglob("axe.min.js"):
                return path.read_text("utf-8")
    return None


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", OURS)
def test_a_page_stands(browser: playwright.Browser, address: str, path: str, width: int, scheme: str) -> None:
    visit = opened(browser, f"{address}{path}?mode=ai_primary", width, scheme)
    assert visit.overflow() <= 0
    visit.page.locator("details:not(.menu)").evaluate_all("(all) => all.forEach((each) => { each.open = true })")
    assert visit.overflow() <= 0
    assert visit.faults == []
    assert {urlsplit(url).netloc for url in visit.asked if not url.startswith("data:")} == {urlsplit(address).netloc}
    assert visit.page.title() != "owned"
    assert visit.page.locator("main img").count() == 0
    assert visit.page.locator("nav .here").count() == 1
    # What is filtered is in sight, and the way out of it.
    assert visit.page.locator(".chip").count() == (0 if path == "/data-quality" else 1)
    visit.page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", OURS)
def test_axe_finds_nothing_serious(browser: playwright.Browser, address: str, path: str, scheme: str) -> None:
    source = axe_source()
    if source is None:
        pytest.skip(f"axe-core is not in this environment; {AXE_VARIABLE} names its axe.min.js")
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900}, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{address}{path}")
    page.locator("main h1").wait_for()
    page.wait_for_timeout(500)
    page.evaluate(source)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    grave = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in grave] == []
    context.close()


def test_a_view_is_chosen_by_keyboard_alone_and_stays_when_the_page_changes(
    browser: playwright.Browser, address: str
) -> None:
    visit = opened(browser, f"{address}/repeats")
    page = visit.page
    whole = page.locator(".tile .value").all_inner_texts()
    summary = page.locator(".menu > summary", has_text=re.compile("^Mode"))
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator(".menu[open]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator(".menu[open]").count() == 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/repeats?mode=ai_primary")
    page.locator(".chip", has_text="AI first").wait_for()
    settled(visit)
    assert page.locator(".menu[open]").count() == 0
    assert page.locator(".tile .value").all_inner_texts() != whole
    page.locator(".pages a", has_text="Complaints").click()
    page.wait_for_url("**/complaints?mode=ai_primary")
    page.locator("nav .here", has_text="Complaints").wait_for()
    assert page.locator(".chip", has_text="AI first").count() == 1
    # Taken back by its own link.
    page.locator(".chip").click()
    page.wait_for_url(re.compile(r"/complaints\??$"))
    page.locator(".chip").wait_for(state="detached")
    assert visit.faults == []
    page.close()


def test_an_address_that_asks_for_what_is_not_there_says_so(browser: playwright.Browser, address: str) -> None:
    visit = opened(browser, f"{address}/sentiment?queue=%3Cimg%20src%3Dx%3E&mode=joint")
    assert "asks for what is not there" in visit.page.inner_text("h1")
    assert visit.page.locator("main img").count() == 0
    visit.page.locator("main a", has_text="Leave it out").click()
    visit.page.wait_for_url("**/sentiment?mode=joint")
    visit.page.locator(".chip", has_text="AI, then human").wait_for()
    assert visit.faults == []
    visit.page.close()


def test_a_point_of_the_quadrant_opens_its_segment(browser: playwright.Browser, address: str) -> None:
    visit = opened(browser, f"{address}/divergence")
    visit.page.locator("a", has_text="How it went").first.click()
    visit.page.wait_for_url("**/divergence?segment=*")
    visit.page.locator("h2", has_text="What moved").wait_for()
    settled(visit)
    assert "diverging" in visit.page.inner_text("h1")
    assert visit.page.locator(".js-plotly-plot").count() == 4
    visit.page.locator(".crumbs a", has_text="All segments").click()
    visit.page.locator("h2", has_text="Where figures improved").wait_for()
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
