"""The simulated operation as its readers meet it: every page in Chromium, and every tile against the exported tables."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from builders.axe import grave_faults
from builders.exported import exported, tiles
from builders.handoffs_night import HandoffsNight
from builders.server import serving
from builders.walk import Walk
from dashboards.pages import PAGES

_IN_THE_NAVIGATION = [path for path, page in PAGES.items() if not page.under]
#: Pages of lists and tables; every other one draws figures.
_WITHOUT_FIGURES = ("/glossary", "/cases", "/review", "/reports", "/data-quality", "/audit")
#: Pages with a figure whose points lead to cases.
_WITH_POINTS = ("/", "/resolution", "/repeats", "/sentiment", "/complaints", "/handoffs", "/promises", "/people")
#: Pages whose tiles are told from the exported tables, and how many of them.
_TILES = {"/": 5, "/resolution": 7, "/repeats": 6, "/complaints": 2, "/promises": 3, "/handoffs": 2}


@pytest.fixture(scope="module")
def tabs(night: HandoffsNight, browser: Browser) -> Iterator[dict[int, Walk]]:
    """A tab on a wide screen and one on a phone."""
    key = {"AFTERCALL_PSEUDONYM_KEY": "a test key of at least thirty-two bytes"}
    with serving(night.folder / "data", key) as address:
        yield {width: Walk(browser, address, width) for width in (1280, 390)}


#: Each page is walked on a smaller night, too; here those that volume changes most.
_QUICK = ("/", "/resolution", "/handoffs", "/people")


@pytest.mark.parametrize(
    "path", [pytest.param(path, marks=[] if path in _QUICK else [pytest.mark.wide]) for path in _IN_THE_NAVIGATION]
)
def test_a_page_stands_and_its_points_lead_to_cases(path: str, night: HandoffsNight, tabs: dict[int, Walk]) -> None:
    """On a wide screen: from a point to the cases, and from there to one of them."""
    walk = tabs[1280]
    walk.open(path)
    walk.stands(figures=path not in _WITHOUT_FIGURES)
    if path in _TILES:
        expected, shown = exported(night.snapshot, path), tiles(walk.page)
        assert len(expected) == _TILES[path]
        assert {name: shown.get(name) for name in expected} == expected
    assert walk.to_cases_by_a_point() == (path in _WITH_POINTS)
    if path in _WITH_POINTS:
        walk.stands(figures=False)
        walk.to_a_case()
        walk.stands(figures=False)
        assert walk.page.locator(".turn").count() > 0


@pytest.mark.wide
@pytest.mark.parametrize("path", _IN_THE_NAVIGATION)
def test_a_page_stands_on_a_phone_and_is_filtered(path: str, night: HandoffsNight, tabs: dict[int, Walk]) -> None:
    walk, figures = tabs[390], path not in _WITHOUT_FIGURES
    walk.open(path)
    walk.stands(figures=figures)
    if PAGES[path].filtered:
        walk.choose(path, "Mode")
        assert walk.page.url == f"{walk.address}{path}?mode=ai_primary"
        walk.stands(figures=figures)
    if path in ("/", "/resolution", "/repeats", "/complaints"):
        expected, shown = exported(night.snapshot, path, mode="ai_primary"), tiles(walk.page)
        assert {name: shown.get(name) for name in expected} == expected
        assert expected != exported(night.snapshot, path)


def test_a_segment_leads_to_its_series_to_its_cases_and_to_a_case(tabs: dict[int, Walk]) -> None:
    walk = tabs[1280]
    walk.open("/divergence")
    walk.page.locator("a", has_text="Details").first.click()
    walk.page.locator("h2", has_text="What changed").wait_for()
    walk.arrived("/divergence")
    walk.stands(figures=True)
    walk.page.get_by_role("link", name="The cases of this segment").click()
    walk.arrived("/cases")
    walk.to_a_case()
    walk.stands(figures=False)
    assert grave_faults(walk.page, "light", "dark") == []
