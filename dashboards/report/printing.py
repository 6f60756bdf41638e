"""The report on paper and as pictures, through a Chromium: two pages of PDF, and a PNG of each picture for mail."""

import re

from dashboards.report.chromium import Chromium, PrintingError
from dashboards.report.content import PartReport, WeeklyReport
from dashboards.report.page import SCALES, render_pages, style_of_pictures, template
from dashboards.report.pictures import DIAGRAM_SIZE, LINE_SIZE, diagram, line_picture

PAGES = 2
_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
#: Name of the calibration's picture; that of a line is the key of its number.
DIAGRAM = "calibration"


def print_report(report: WeeklyReport, chromium: Chromium, *, paper: str) -> bytes:
    """The report as PDF on ``paper``: two pages, set as large as they hold, so that neither is half white.

    Of the SCALES the largest that makes no third page is looked for by halves; endless names may be set very small.

    Raises PrintingError.
    """
    largest, smallest, found = 0, len(SCALES) - 1, b""
    while largest < smallest or not found:
        middle = (largest + smallest) // 2
        made = chromium.pdf(render_pages(report, paper=paper, scale=SCALES[middle]))
        if pages_of(made) <= PAGES or middle == len(SCALES) - 1:
            found, smallest = made, middle
        else:
            largest = middle + 1
    return found


def pages_of(pdf: bytes) -> int:
    """Pages of a PDF that Chromium made: it writes their objects uncompressed."""
    return len(_PAGE.findall(pdf))


def mail_pictures(report: WeeklyReport | PartReport, chromium: Chromium) -> dict[str, bytes]:
    """Name → PNG of every picture of the report; a picture of nothing is left out. Raises PrintingError."""
    summary = report.summary
    drawn = {number.key: (line_picture(number, summary.events), LINE_SIZE) for number in summary.numbers}
    if summary.calibration is not None:
        drawn[DIAGRAM] = (diagram(summary.calibration), DIAGRAM_SIZE)
    found = {}
    for name, (picture, (width, height)) in drawn.items():
        if picture:
            page = template("picture.html.j2").render(style=style_of_pictures(), picture=picture, width=width)
            found[name] = chromium.picture(page, width, height)
    return found


__all__ = ["DIAGRAM", "PAGES", "PrintingError", "mail_pictures", "pages_of", "print_report"]
