"""Cases as a reviewer meets them: in Chromium, wide and narrow, with text that would run if it were not text."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from builders.axe import grave_faults
from builders.browser import needs_chromium
from builders.cases import (
    AS_OF,
    CUSTOMER,
    HOSTILE,
    KEY,
    LAST_DAY,
    LONG,
    case_tables,
    flag,
    hostile_tables,
    outcome,
    published,
    turns,
)
from builders.server import serving
from builders.visit import new_page
from playwright import sync_api as playwright

from dashboards.casebook.review_log import ReviewLog
from dashboards.casebook.safe_text import visible

pytestmark = needs_chromium

CASE = {"system": "default", "contact": "C1", "day": LAST_DAY.isoformat()}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cases")


@pytest.fixture(scope="module")
def address(data_dir: Path) -> Iterator[str]:
    published(data_dir)
    with serving(data_dir, {"AFTERCALL_PSEUDONYM_KEY": KEY}) as found:
        yield found


class Visit:
    """An open page with everything that it complained about, asked for or opened."""

    def __init__(self, browser: playwright.Browser, width: int = 1280) -> None:
        self.page = new_page(browser, width)
        self.faults: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("dialog", lambda dialog: self.faults.append(f"dialog {dialog.message}"))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def open(self, url: str, title: str) -> None:
        self.page.goto(url)
        self.page.locator(f"main[data-title='{title}']").wait_for()

    def overflow(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize("width", [1280, 390])
def test_hostile_text_is_text_wherever_it_stands(browser: playwright.Browser, tmp_path: Path, width: int) -> None:
    """One snapshot, every kind of text in one case: names, claims, quotes, evidence, complaint, transcript."""
    everything = "\n".join(
        HOSTILE[kind] for kind in ("script", "image", "link", "template", "right to left", "control")
    )
    tables = hostile_tables(everything)
    for kind, text in HOSTILE.items():
        tables["transcripts"] += [
            tables["transcripts"][0] | {"turn_index": 10 + len(tables["transcripts"]), "text": text, "leg_id": kind}
        ]
    tables["transcripts"].append(tables["transcripts"][0] | {"turn_index": 99, "text": LONG, "leg_id": "long"})
    published(tmp_path, tables)
    with serving(tmp_path, {"AFTERCALL_PSEUDONYM_KEY": KEY}) as address:
        visit = Visit(browser, width)
        for path, title in (
            ("/cases", "Cases"),
            ("/cases?show=all", "Cases"),
            (f"/judge?{urlencode({'system': 'default', 'contact': everything, 'list': 'show=new'})}", "Judge"),
            ("/search?words=document", "Search"),
            (f"/cases?{urlencode({'contact': everything})}", "Cases"),
            (f"/case?{urlencode({'system': 'default', 'contact': everything})}", "Case"),
            ("/review", "Review"),
            ("/audit", "Audit log"),
        ):
            visit.open(f"{address}{path}", title)
            visit.page.locator("details:not(.menu, .chart-tools)").evaluate_all(
                "(all) => all.forEach((each) => { each.open = true })"
            )
            assert visit.overflow() <= 0, path
            assert visit.faults == [], path
            assert visit.page.title() == f"{title} · aftercall"
            assert grave_faults(visit.page, *(("light", "dark") if width == 1280 else ())) == [], path
            assert visit.page.locator("main img, main script, main iframe, main b").count() == 0
            hrefs = visit.page.locator("main a").evaluate_all("(all) => all.map((each) => each.protocol)")
            assert set(hrefs) <= {"http:"}
            if title == "Case":
                said = visit.page.locator(".said").all_text_contents()
                assert said[:4] == [visible(everything)] * 4
                for kind, text in HOSTILE.items():
                    shown = (
                        visit.page.locator("h3", has_text=f"Leg {kind}")
                        .locator("xpath=following-sibling::ol[1]")
                        .locator(".said")
                    )
                    assert shown.text_content() == visible(text)[: len(shown.text_content() or "")], kind
                assert "\u202e" not in visit.page.inner_text("main")
                visit.page.get_by_title("in full").last.scroll_into_view_if_needed()
                visit.page.get_by_role("link", name="all 1,000,000 characters").click()
                visit.page.locator("h1", has_text="in full").wait_for()
                assert "Part 1 of 50" in visit.page.inner_text("main")
                assert len(visit.page.locator(".said").inner_text()) < 20_001
        assert all(url.startswith((address, "data:")) for url in visit.asked)
        visit.page.close()


def test_a_reviewer_finds_a_customer_opens_a_case_and_judges_it(
    browser: playwright.Browser, address: str, data_dir: Path
) -> None:
    visit = Visit(browser)
    visit.open(f"{address}/cases", "Cases")
    visit.page.get_by_label("Customer’s id").fill("customer-4711")
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url(f"**/cases?customer={CUSTOMER}")
    visit.page.get_by_role("heading", name="3 contacts of this customer").wait_for()
    assert not [url for url in visit.asked if "4711" in url]
    visit.page.locator("table.grid a.id").click()
    visit.page.locator("main[data-title='Case']").wait_for()
    assert visit.page.locator(".turn.noted").count() == 2
    assert visit.page.locator(".turn.noted").first.inner_text().splitlines()[-1] == "As I said."
    assert visit.page.locator(".pages .within").inner_text() == "Cases"
    # From a list the first flag that waits stands open.
    visit.page.get_by_label("Reason").fill("The credit was booked elsewhere.")
    visit.page.get_by_role("button", name="Explain").click()
    visit.page.wait_for_url("**/case?**#flag-D2")
    visit.page.locator(".said-so-far", has_text="The credit was booked elsewhere.").wait_for()
    (recorded,) = ReviewLog(data_dir).dispositions_since(AS_OF)
    assert (recorded.contact_id, recorded.verdict, recorded.decided_by) == ("C1", "explained", "local")
    visit.page.get_by_role("link", name="Review", exact=True).click()
    # The case has the same two buttons.
    visit.page.locator("main[data-title='Review']").wait_for()
    visit.page.get_by_role("button", name="Wrong").click()
    visit.page.locator("h1", has_text="All 1 claims drawn have a verdict").wait_for()
    (verdict,) = ReviewLog(data_dir).claim_verdicts_since(AS_OF)
    assert (verdict.claim_id, verdict.is_right) == ("K1", False)
    visit.page.get_by_role("link", name="Audit log", exact=True).click()
    visit.page.locator("main[data-title='Audit log']").wait_for()
    logged = visit.page.locator(".log tbody td:nth-child(2)").all_inner_texts()
    # The latest first: a list that was opened ("page") stands there as a search, a case and a verdict do. Reviewing a claim
    # shows what was said, which is opening a case.
    assert ",".join(logged) == "page,case,page,review,case,page,case,review,case,search,search,page"
    assert visit.faults == []
    visit.page.close()


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """An address that serves 120 flagged contacts, and where its data lie."""
    folder = tmp_path_factory.mktemp("many")
    tables = case_tables()
    tables["case_flags"] = [flag(f"C{n:03d}", severity=1 + n % 3) for n in range(120)]
    tables["contact_outcomes"] = [outcome(f"C{n:03d}") for n in range(120)]
    tables["transcripts"] = [row for n in range(20) for row in turns(["It is wrong.", "I am sorry."], f"C{n:03d}")]
    published(folder, tables)
    with serving(folder, {"AFTERCALL_PSEUDONYM_KEY": KEY}) as address:
        yield address, folder


@pytest.mark.parametrize("width", [1280, 390])
def test_the_grid_is_filtered_sorted_and_turned_by_keyboard(
    browser: playwright.Browser, many: tuple[str, Path], width: int
) -> None:
    visit = Visit(browser, width)
    visit.open(f"{many[0]}/cases?sort=oldest", "Cases")
    visit.page.get_by_role("link", name="Next page").focus()
    visit.page.keyboard.press("Enter")
    visit.page.get_by_text("51 to 100 of 120").wait_for()
    assert visit.page.get_by_role("row").count() == 51
    visit.page.get_by_role("link", name="3, highest").click()
    visit.page.get_by_text("1 to 40 of 40").wait_for()
    assert visit.page.locator("table.grid .severity").all_inner_texts() == ["3"] * 40
    visit.page.get_by_label("Contact’s id").fill("C005")
    visit.page.get_by_role("button", name="Show").click()
    visit.page.get_by_text("1 to 1 of 1").wait_for()
    assert "severity=3" in visit.page.url
    assert "sort=oldest" in visit.page.url
    assert visit.overflow() <= 0
    assert visit.faults == []
    with visit.page.expect_download() as download:
        visit.page.get_by_role("link", name="Download as CSV").click()
    content = Path(download.value.path()).read_text("utf-8-sig")
    assert content.count("\n") == 2
    assert "yet the customer's last words were negative." in content
    visit.page.close()


def test_five_cases_are_worked_off_by_keyboard(browser: playwright.Browser, many: tuple[str, Path]) -> None:
    """From the list to the fifth verdict and back: keys alone, none of them taken from somebody who types."""
    address, folder = many
    visit = Visit(browser)
    page = visit.page
    visit.open(f"{address}/cases", "Cases")
    assert page.locator("h1").inner_text() == "50 new cases wait for a verdict."
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "C002"
    page.keyboard.press("s")
    for n, key in enumerate("13213"):
        page.locator(".question").wait_for()
        assert page.locator(".flag").count() == 0
        assert "unhappy." not in page.inner_text("main").replace("being unhappy", "")
        page.keyboard.press(key)
        if key == "2":
            # A reason is missing: the browser leads to it, and what is typed there is text.
            page.wait_for_function("document.activeElement.name === 'reason'")
            page.keyboard.type("jukl 1 strike")
            page.keyboard.press("Control+Enter")
        page.locator("h1", has_text="Judged: ").wait_for()
        if n == 0:
            page.keyboard.press("u")
            page.locator(".question").wait_for()
            page.keyboard.press("1")
            page.locator("h1", has_text="Judged: confirmed").wait_for()
        assert page.locator(".flag .sentence").is_visible()
        page.keyboard.press("j")
    page.locator(".question").wait_for()
    page.keyboard.press("n")
    page.keyboard.type("jl")
    assert page.url.count("/judge?") == 1
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.get_by_text("local has this case").wait_for()
    page.get_by_role("button", name="Turn keys off").click()
    page.keyboard.press("l")
    assert "/judge?" in page.url
    page.get_by_role("button", name="Turn keys on").click()
    page.keyboard.press("k")
    page.locator("h1", has_text="Judged: ").wait_for()
    page.keyboard.press("l")
    page.locator("h1", has_text="45 new cases wait for a verdict.").wait_for()
    given = [
        (each.contact_id, each.verdict, each.reason, each.given_blind)
        for each in ReviewLog(folder).dispositions_since(AS_OF)
    ]
    assert list(reversed(given)) == [
        ("C002", "confirmed", "", False),
        ("C005", "dismissed", "", True),
        ("C008", "explained", "jukl 1 strike", True),
        ("C011", "confirmed", "", True),
        ("C014", "dismissed", "", True),
    ]
    assert visit.faults == []
    page.close()
