"""The report as one HTML page: a Jinja2 template with autoescape, charts as SVG in the page, no script at all.

Text from data is escaped by Jinja2, and the page's own policy lets nothing run and nothing be fetched from anywhere.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dashboards.findings.calibration import Reliability
from dashboards.findings.statements import scope
from dashboards.panels import kpis
from dashboards.panels.findings import early_read_panel, reliability_panel
from dashboards.panels.panel import Panel, Table
from dashboards.panels.received import about_tables, answers_panel, complaints_received_panel
from dashboards.panels.sentiment import sentiment_mode_table
from dashboards.report.archive import AGGREGATES
from dashboards.report.charts import WeeksChart, numbers_table, received_charts, weekly_charts
from dashboards.report.content import WeeklyReport
from dashboards.report.pictures import diagram, line_picture
from dashboards.report.without_contacts import ReceivedReport
from dashboards.results import feedback_sentences
from dashboards.wording.report import FOOTNOTES

_STYLES = ("assets/theme.css", "report/pictures.css", "report/weekly.css")
#: How much larger or smaller than usual paper is set, the largest first.
SCALES = tuple(round(1.4 - 0.045 * step, 3) for step in range(16))


def render(report: WeeklyReport) -> str:
    """The page of ``report``: its two pages and the appendix."""
    results = report.results
    read = report.findings.early_read
    page: str = template("weekly.html.j2").render(
        **_pages(report),
        appendix=True,
        style=_style(""),
        charts=weekly_charts(results),
        drawn=[_Drawn(reliability_panel(source), diagram(source)) for source in report.findings.calibration.drawn],
        early_read=early_read_panel(read) if read.weeks else None,
        scope=scope(),
        caution=feedback_sentences.caution(results),
        mode_table=kpis.mode_table(results),
        sentiment_mode_table=sentiment_mode_table(results),
    )
    return page


def render_pages(report: WeeklyReport, *, paper: str, scale: float = 1.0) -> str:
    """The two pages alone, for ``paper`` (``A4`` or ``Letter``), with everything ``scale`` times as large; no appendix."""
    page: str = template("weekly.html.j2").render(
        **_pages(report),
        appendix=False,
        style=_style(f"@page {{ size: {paper}; }} @media print {{ html {{ font-size: {10 * scale:.2f}px; }} }}"),
    )
    return page


def render_received(report: ReceivedReport, *, paper: str = "A4") -> str:
    """The page of a report without contacts, for screen and ``paper``."""
    page: str = template("received.html.j2").render(
        report=report,
        parts=_parts(report),
        style=_style(f"@page {{ size: {paper}; }}"),
        policy=_POLICY,
        marker=_marker(),
        news=report.lead,
    )
    return page


def received_text(report: ReceivedReport, *, has_pdf: bool) -> str:
    """The same as plain text, without tables."""
    text: str = template("received.txt.j2").render(report=report, parts=_parts(report), has_pdf=has_pdf)
    return text


@dataclass(frozen=True)
class _Drawn:
    panel: Panel
    picture: Markup


@dataclass(frozen=True)
class _Part:
    name: str
    title: str
    metric: str
    detail: str
    panel: Panel
    tables: tuple[Table, ...]
    chart: WeeksChart


def _parts(report: ReceivedReport) -> list[_Part]:
    """Complaints and survey answers, where there are any."""
    found, parts = report.up_to_week, []
    charts = received_charts(found.complaints, found.answers)
    if found.complaints is not None:
        shown = complaints_received_panel(found.complaints)
        tables = (shown.table, *about_tables(found.complaints))
        detail = found.complaints.detail
        parts.append(_Part("complaints", "Complaints", "M8", detail, shown, tables, charts["complaints"]))
    if found.answers is not None:
        shown = answers_panel(found.answers)
        detail = found.answers.detail
        parts.append(_Part("answers", "Survey answers", "M7", detail, shown, (shown.table,), charts["answers"]))
    return parts


def style_of_pictures() -> Markup:
    """What the pictures need where they stand alone."""
    return Markup(_asset("assets/theme.css") + _asset("report/pictures.css"))  # noqa: S704  # our own files


@cache
def template(name: str) -> Any:
    """A template of this folder. Names that end in ``.html.j2`` escape what they are given, ``.txt.j2`` is plain text."""
    environment = Environment(
        loader=PackageLoader("dashboards", "report"),
        autoescape=".html" in name,  # noqa: S701  # plain text is no markup
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


def _pages(report: WeeklyReport) -> dict[str, Any]:
    summary = report.summary
    return {
        "report": report,
        "policy": _POLICY,
        "marker": _marker(),
        "lines": {number.key: line_picture(number, summary.events) for number in summary.numbers},
        "weeks_drawn": sum(
            any(n.points[i].final for n in summary.numbers) for i in range(len(summary.numbers[0].points))
        ),
        "numbers_table": numbers_table(summary.numbers),
        "diagram": diagram(summary.calibration) if summary.calibration else "",
        "footnotes": {number: FOOTNOTES[number] for number in _metrics(summary.calibration)},
    }


def _metrics(drawn: Reliability | None) -> list[str]:
    """The metrics that the two pages name, in the order of their numbers."""
    return [number for number in FOOTNOTES if number != "M9" or drawn is not None]


def _marker() -> Markup:
    return Markup(AGGREGATES)  # noqa: S704  # our own text


def _style(more: str) -> Markup:
    return Markup("".join(_asset(name) for name in _STYLES) + more)  # noqa: S704  # our own files, a known word


#: A Content-Security-Policy under which nothing runs and nothing is fetched.
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; script-src 'none'; style-src 'unsafe-inline'; img-src data:"


def _asset(name: str) -> str:
    return files("dashboards").joinpath(name).read_text("utf-8")
