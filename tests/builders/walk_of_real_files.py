"""The night on real files as its readers meet it: every page in Chromium, and every tile against the exported tables.

Real files bring what the simulated operation never does: contacts of months with gaps, no handoff, no claim with a
confidence, complaints without a contact. Pages that have nothing to draw say so.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from builders.exported import exported, tiles
from builders.server import serving
from builders.walk import Walk
from dashboards.pages import PAGES

_IN_THE_NAVIGATION = [path for path, page in PAGES.items() if not page.under]
_WITH_FIGURES = ("/", "/resolution", "/divergence", "/repeats", "/sentiment", "/complaints", "/promises", "/people")
_WITH_POINTS = ("/", "/resolution", "/sentiment", "/complaints", "/promises", "/people")


@pytest.fixture(scope="module")
def tabs(published: Any, browser: Browser) -> Iterator[dict[int, Walk]]:
    """A tab on a wide screen and one on a phone."""
    with serving(published.data_dir) as address:
        yield {width: Walk(browser, address, width) for width in (1280, 390)}


@pytest.mark.parametrize("path", _IN_THE_NAVIGATION)
def test_a_page_stands_and_its_points_lead_to_cases(path: str, published: Any, tabs: dict[int, Walk]) -> None:
    walk = tabs[1280]
    walk.open(path)
    walk.stands(figures=path in _WITH_FIGURES)
    expected, shown = exported(published.snapshot, path), tiles(walk.page)
    assert {name: shown.get(name) for name in expected} == expected
    assert walk.to_cases_by_a_point() == (path in _WITH_POINTS)
    if path in _WITH_POINTS:
        walk.stands(figures=False)


@pytest.mark.wide
@pytest.mark.parametrize("path", _IN_THE_NAVIGATION)
def test_a_page_stands_on_a_phone_and_is_filtered(path: str, tabs: dict[int, Walk]) -> None:
    walk = tabs[390]
    walk.open(path)
    walk.stands(figures=path in _WITH_FIGURES)
    if PAGES[path].filtered:
        walk.choose(path, "Issue")
        walk.stands(figures=walk.page.locator("main .dash-graph").count() > 0)


def test_a_case_of_a_real_incident_is_opened(tabs: dict[int, Walk]) -> None:
    walk = tabs[390]
    walk.open("/cases")
    walk.to_a_case()
    walk.stands(figures=False)
    assert "INC" in walk.page.inner_text("main")
