"""A page as a browser shows it, with what went wrong on the way."""

from playwright import sync_api as playwright


class Visit:
    """An open page with everything it complained about and asked for."""

    def __init__(self, browser: playwright.Browser, width: int, scheme: str = "light") -> None:
        self.page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
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
