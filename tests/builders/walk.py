"""The walk over a published night: every page in Chromium, wide and on a phone, and what goes wrong on the way."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from builders.visit import new_page
from dashboards.pages import PAGES

#: Every figure is drawn to the end.
_DRAWN = """() => !document.querySelector('.dash-graph--pending')
    && [...document.querySelectorAll('.dash-graph')].every(graph => graph.querySelector('.main-svg'))"""
#: Figures that have no box on the page, or nothing in it: neither a mark, nor words that say why there is none.
_UNDRAWN = """all => all.filter(graph => {
    const box = graph.getBoundingClientRect();
    const marks = graph.querySelectorAll('.mlayer path[d], .mlayer image, .annotation text');
    return box.width < 100 || box.height < 60 || !marks.length;
}).map(graph => graph.id)"""
#: The place on the screen of the first point of a figure that leads to cases; null where there is none.
_POINT = """() => {
    for (const graph of document.querySelectorAll('main .js-plotly-plot')) {
        for (const points of graph.calcdata) {
            const trace = points[0].trace;
            const axes = [graph._fullLayout[axis(trace.xaxis, 'x')], graph._fullLayout[axis(trace.yaxis, 'y')]];
            // A bar of no height cannot be hit.
            const at = points.find(point => link(trace, point).startsWith('/cases?') && point.x != null && point.y != null
                && (trace.type !== 'bar' || point.s));
            if (!at || !axes[0] || !axes[1]) continue;
            graph.scrollIntoView({ block: 'center' });
            const box = graph.getBoundingClientRect();
            // Of a bar the middle.
            const bar = trace.type === 'bar', flat = trace.orientation === 'h';
            const x = bar && flat ? at.b + at.s / 2 : at.x, y = bar && !flat ? at.b + at.s / 2 : at.y;
            return [box.left + axes[0]._offset + axes[0].c2p(x), box.top + axes[1]._offset + axes[1].c2p(y)];
        }
    }
    return null;
    function axis(name, letter) { return name && name.replace(letter, letter + 'axis'); }
    function link(trace, point) {
        const data = trace.customdata && trace.customdata[point.i];
        return String((Array.isArray(data) ? data[data.length - 1] : data) || '');
    }
}"""


class Walk:
    """One tab of ``browser`` over the application at ``address``; ``faults``: complaints, failed and strange requests so far."""

    def __init__(self, browser: Browser, address: str, width: int) -> None:
        self.address = address
        self.page: Page = new_page(browser, width)
        self.faults: list[str] = []
        note = self.faults.append
        self.page.on("console", lambda message: note(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: note(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("response", lambda answer: note(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
        # What is cut off because the page is left is no fault.
        self.page.on(
            "requestfailed",
            lambda request: note(f"{request.failure} {request.url}") if request.failure != "net::ERR_ABORTED" else None,
        )

    def open(self, path: str, query: str = "") -> None:
        """The page at ``path`` by its address, drawn to the end."""
        self.page.goto(f"{self.address}{path}{query}")
        self.arrived(path)

    def arrived(self, path: str) -> None:
        self.page.locator(f"main[data-title='{PAGES[path].name}'] h1").wait_for()
        self.page.wait_for_function(_DRAWN)

    def overflow(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def stands(self, *, figures: bool) -> None:
        """Nothing went wrong so far, nothing sticks out, folded or unfolded, and every figure is drawn, if there are any."""
        found = self.page.locator("main .dash-graph")
        flat = self.overflow() <= 0
        self.page.locator("details:not(.menu, .chart-tools)").evaluate_all(
            "all => all.forEach(each => { each.open = true })"
        )
        assert self.faults == []
        assert flat
        assert self.overflow() <= 0
        assert found.evaluate_all(_UNDRAWN) == []
        assert (found.count() > 0) == figures

    def choose(self, path: str, title: str) -> None:
        """The first value of the menu ``title``, by clicks."""
        menu = self.page.locator(".menu", has=self.page.locator(".menu-name", has_text=re.compile(f"^{title} ")))
        menu.locator("summary").click()
        menu.locator(".boxes label").first.click()
        menu.locator(".apply").click()
        self.page.locator(".filters .chip").wait_for()
        self.arrived(path)

    def to_a_case(self) -> None:
        """From the cases listed to the first of them."""
        self.page.locator("table.grid a.id").first.click()
        self.arrived("/case")

    def to_cases_by_a_point(self) -> bool:
        """A click on the first point of a figure that leads to cases; False where no figure has one."""
        place = self.page.evaluate(_POINT)
        if place is None:
            return False
        self.page.mouse.move(*place)
        self.page.mouse.click(*place)
        self.arrived("/cases")
        return True

    def _asked(self, url: str) -> None:
        if urlsplit(url).scheme not in ("data", "blob") and not url.startswith(f"{self.address}/"):
            self.faults.append(f"asked for {url}")
