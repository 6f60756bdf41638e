"""Report and application as a person meets them: in Chromium, on a wide screen and a phone, with hostile text."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from builders import season
from builders.browser import needs_chromium
from builders.odd_tables import everywhere
from builders.server import serving
from builders.snapshots import publish
from builders.visit import Visit
from playwright import sync_api as playwright

from dashboards.report import write_report

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("operations")


@pytest.fixture(scope="module")
def report(data_dir: Path) -> Path:
    snapshot = publish(
        data_dir, season.tables(hostile=True), as_of=season.AS_OF, ledger=season.LEDGER, name=season.HOSTILE
    )
    return write_report(snapshot, None, None, data_dir / "reports")


@pytest.fixture(scope="module")
def address(report: Path, data_dir: Path) -> Iterator[str]:
    assert report.exists()
    with serving(data_dir) as found:
        yield found


@pytest.mark.parametrize("width", [1280, 390])
def test_the_report_stands_alone(browser: playwright.Browser, report: Path, width: int) -> None:
    visit = Visit(browser, width)
    visit.open(report.as_uri(), figures=0)
    assert visit.faults == []
    assert visit.asked == [report.as_uri()]
    assert visit.overflow() <= 0
    # The hostile script would have set the title to this one word.
    assert visit.page.title() != "owned"
    assert visit.page.locator("body img").count() == 0
    text = visit.page.inner_text("body")
    assert season.HOSTILE in text
    assert re.search(r"Survey rating\s+M7\s+\d\.\d of 5", text)
    said = re.search(
        r"(\d+) flags to look at today, known in the 7 days before [^:]*:\d\d \(UTC\) and not judged yet: (.*)", text
    )
    assert said is not None
    assert (said[1], re.findall(r"(?:^|; )([^:;]+): \d", said[2])) == (
        "16",
        ["Claimed resolved, customer came back", "Confident AI, wrong answer", "Slow, but resolved"],
    )
    assert f"Billing{season.HOSTILE} contacts with AI model assist-2 were contained more often" in text
    assert visit.page.locator("#misleading ~ .pair svg.diagram").count() == 2
    assert visit.page.locator("svg.spark").count() == 5
    assert visit.page.locator("svg.weeks").count() == 5
    assert "were contained more often" in visit.page.inner_text("h1")
    visit.page.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(
    "text", ["x" * 10_000, "\u202e\u0645\u0631\u062d\u0628\u0627 " * 500], ids=["unbroken", "right to left"]
)
def test_endless_text_does_not_burst_the_report(
    browser: playwright.Browser, tmp_path: Path, text: str, width: int
) -> None:
    snapshot = publish(tmp_path / "data", everywhere(text), as_of=season.AS_OF, name=text[:500])
    path = write_report(snapshot, None, None, tmp_path)
    visit = Visit(browser, width)
    visit.open(path.as_uri(), figures=0)
    visit.page.locator("details").evaluate_all("(all) => all.forEach((each) => { each.open = true })")
    assert visit.faults == []
    assert visit.overflow() <= 0
    drawn = visit.page.locator("svg.weeks").first.evaluate("(box) => box.getBoundingClientRect().width")
    assert drawn > 250
    visit.page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_overview_is_walked(browser: playwright.Browser, address: str, report: Path, width: int) -> None:
    visit = Visit(browser, width)
    visit.open(address, figures=1)
    assert visit.overflow() <= 0
    whole = visit.page.locator(".tiles .value").all_inner_texts()
    assert len(whole) == visit.page.locator(".tiles .spark").count() == 6
    if width > 1000:
        # Two screens.
        assert visit.page.evaluate("document.documentElement.scrollHeight") <= 1800
    matters = visit.page.locator("h2", has_text="What matters").locator("xpath=following-sibling::*").first
    assert matters.locator(".kind").all_inner_texts() == ["diverging", "diverging", "cost"]
    assert season.HOSTILE in matters.inner_text()
    assert visit.page.get_attribute("html", "lang") == "en"
    # Claimed and from outcomes: the very numbers of the report.
    reported = json.loads(report.with_suffix(".json").read_text("utf-8"))["tiles_afterwards"]
    assert {tile["value"] for tile in reported[:1]} <= set(whole)
    visit.page.locator(".meaning > summary", has_text="M5").first.click()
    explained = visit.page.locator(".meaning[open] p")
    assert "Claimed: the system, the agent or the AI" in explained.inner_text()
    assert explained.locator("a").get_attribute("href") == "/glossary?entry=M5"
    visit.page.locator("details:not(.menu, .chart-tools)").evaluate_all(
        "(all) => all.forEach((each) => { each.open = true })"
    )
    assert visit.overflow() <= 0
    visit.page.locator("details.menu > summary", has_text=re.compile("^Mode")).click()
    visit.page.locator(".menu[open] .boxes label", has_text="Human-led").click()
    visit.page.locator(".menu[open] .apply").click()
    visit.page.wait_for_url("**/?mode=human_primary")
    visit.page.locator("h1", has_text="human-led contacts").wait_for()
    assert visit.page.locator(".tiles .value").all_inner_texts() != whole
    visit.page.go_back()
    visit.page.locator(".chip").wait_for(state="detached")
    assert visit.page.locator(".tiles .value").all_inner_texts() == whole
    assert visit.faults == []
    assert {urlsplit(url).netloc for url in visit.asked if not url.startswith("data:")} == {urlsplit(address).netloc}
    assert visit.page.title() != "owned"
    assert season.HOSTILE in visit.page.inner_text("body")
    visit.page.close()
