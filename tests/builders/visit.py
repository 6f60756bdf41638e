"""A page as a browser shows it, with what went wrong on the way."""

from typing import Literal

from playwright import sync_api as playwright

#: The context whose pages share one cache: scripts of megabytes are fetched and compiled once.
_SHARED: list[tuple[playwright.Browser, playwright.BrowserContext]] = []


def new_page(browser: playwright.Browser, width: int, scheme: Literal["light", "dark"] = "light") -> playwright.Page:
    """An empty page, with what earlier pages have fetched in reach. Only for tests in which nobody logs in: cookies are shared."""
    if not _SHARED or _SHARED[-1][0] != browser:
        _SHARED[:] = [(browser, browser.new_context())]
    page = _SHARED[-1][1].new_page()
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    return page


class Visit:
    """An open page with everything it complained about and asked for."""

    def __init__(self, browser: playwright.Browser, width: int, scheme: Literal["light", "dark"] = "light") -> None:
        self.page = new_page(browser, width, scheme)
        self.faults: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.faults.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def open(self, url: str, figures: int) -> None:
        self.page.goto(url)
        self.page.wait_for_function(
            "n => document.querySelectorAll('.js-plotly-plot .main-svg:first-child').length >= n", arg=figures
        )

    def overflow(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
