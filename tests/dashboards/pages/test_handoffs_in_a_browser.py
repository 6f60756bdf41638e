"""Handoffs, promises and people as a person meets them: in Chromium, wide and on a phone, with hostile text."""

from collections.abc import Iterator

import pytest
from builders import handoff_tables, season
from builders.axe import grave_faults
from builders.browser import needs_chromium
from builders.server import serving
from builders.snapshots import publish
from builders.visit import Visit
from playwright import sync_api as playwright

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The application on a free loopback port, in a process of its own."""
    data_dir = tmp_path_factory.mktemp("handoffs")
    tables = {**season.tables(hostile=True), **handoff_tables.tables(season.AS_OF.date(), text=season.HOSTILE)}
    publish(data_dir, tables, as_of=season.AS_OF)
    with serving(data_dir) as address:
        yield address


@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.wide), 390])
@pytest.mark.parametrize(("path", "figures"), [("/handoffs", 9), ("/promises", 4), ("/people?kind=agent_id", 6)])
def test_the_pages_are_walked(browser: playwright.Browser, served: str, path: str, figures: int, width: int) -> None:
    visit = Visit(browser, width)
    visit.open(f"{served}{path}", figures=figures)
    visit.page.locator("details:not(.menu, .chart-tools)").evaluate_all(
        "(all) => all.forEach((each) => { each.open = true })"
    )
    assert visit.faults == []
    assert visit.overflow() <= 0
    assert visit.page.title() != "owned"
    assert visit.page.locator("main img").count() == 0
    assert season.HOSTILE[:20] in visit.page.inner_text("body")
    # A table stands behind every chart.
    charts = visit.page.locator(".panel .figure").count()
    assert charts == figures
    assert visit.page.locator(".panel:has(.figure) details table").count() >= charts
    assert grave_faults(visit.page, *(("light", "dark") if width == 1280 else ())) == []
    visit.page.close()


def test_threshold_and_costs_are_moved_by_links_and_stay_in_the_address(
    browser: playwright.Browser, served: str
) -> None:
    visit = Visit(browser, 1280)
    visit.open(f"{served}/handoffs", figures=9)
    visit.page.get_by_title("Threshold 85%").click()
    visit.page.wait_for_url("**/handoffs?at=85")
    visit.page.locator(".tile h3", has_text="Answers kept from 85").wait_for()
    visit.page.get_by_title("A wrong answer costs: 10×").click()
    visit.page.wait_for_url("**/handoffs?at=85&ratio=10")
    visit.page.locator(".sentence", has_text="Recomputed from").wait_for()
    assert "Answers kept from 85" in visit.page.locator(".tile h3").all_inner_texts()[3]
    visit.page.go_back()
    visit.page.locator(".sentence", has_text="Recomputed from").wait_for(state="detached")
    assert visit.faults == []
    visit.page.close()
