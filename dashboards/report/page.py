"""The report as one HTML page: a Jinja2 template with autoescape, figures and data embedded so that nothing leaks out.

Text from data is escaped by Jinja2; JSON inside ``<script>`` has every ``<``, ``>`` and ``&`` written as an escape, so
that no ``</script>`` in a contact's text can end it; and the page's own policy lets only the two scripts run whose
hashes it names, and nothing be fetched from anywhere. What is printed has no script at all.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import plotly.offline
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dashboards import wording
from dashboards.findings.statements import scope
from dashboards.panels import kpis
from dashboards.panels.findings import findings_panels
from dashboards.panels.panel import Panel, Table
from dashboards.panels.received import about_tables, answers_panel, complaints_received_panel
from dashboards.panels.sentiment import sentiment_mode_table, sentiment_panels
from dashboards.report.content import WeeklyReport
from dashboards.report.pictures import diagram, line_picture
from dashboards.report.without_contacts import ReceivedReport
from dashboards.results import feedback_sentences

_JSON_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_STYLES = ("assets/theme.css", "report/pictures.css", "report/weekly.css")


def render(report: WeeklyReport, document: dict[str, Any]) -> str:
    """The page of ``report``; ``document`` is the same content as JSON types and is embedded for machines."""
    results = report.results
    shown = [kpis.resolution_panel(results), kpis.repeats_panel(results), kpis.complaints_panel(results)]
    shown += [kpis.modes_panel(results)] if len(results.by_mode) > 1 else []
    heard = sentiment_panels(results)
    evidence = findings_panels(report.findings)
    shown += [kpis.volume_panel(results), *heard, *evidence]
    figures = {panel.name: json.loads(panel.figure.to_json()) for panel in shown}
    plotly_js, boot_js = _plotly_js(), _asset("report/boot.js")
    page: str = template("weekly.html.j2").render(
        **_pages(report),
        appendix=True,
        tight=False,
        style=_style(""),
        panels={panel.name: panel for panel in shown},
        heard=[panel.name for panel in heard],
        evidence=[panel.name for panel in evidence],
        scope=scope(),
        caution=feedback_sentences.caution(results),
        mode_table=kpis.mode_table(results),
        sentiment_mode_table=sentiment_mode_table(results),
        mode_name=wording.mode_name,
        plotly_js=Markup(plotly_js),  # noqa: S704  # Plotly's own bundle, which holds no "</script"
        boot_js=Markup(boot_js),  # noqa: S704  # our own file
        policy=_policy(plotly_js, boot_js),
        figures_json=script_json(figures),
        document_json=script_json(document),
    )
    return page


def render_pages(report: WeeklyReport, *, paper: str, tight: bool = False) -> str:
    """The two pages alone, for ``paper`` (``A4`` or ``Letter``): no appendix, no script. ``tight``: smaller type."""
    page: str = template("weekly.html.j2").render(
        **_pages(report),
        appendix=False,
        tight=tight,
        style=_style(f"@page {{ size: {paper}; }}"),
        policy=_policy(),
    )
    return page


def render_received(report: ReceivedReport, document: dict[str, Any]) -> str:
    """The page of a report without contacts, as ``render`` makes that of one with."""
    parts = _parts(report)
    plotly_js, boot_js = _plotly_js(), _asset("report/boot.js")
    page: str = template("received.html.j2").render(
        report=report,
        parts=parts,
        script=True,
        style=_style(""),
        plotly_js=Markup(plotly_js),  # noqa: S704  # Plotly's own bundle, which holds no "</script"
        boot_js=Markup(boot_js),  # noqa: S704  # our own file
        policy=_policy(plotly_js, boot_js),
        figures_json=script_json({part.panel.name: json.loads(part.panel.figure.to_json()) for part in parts}),
        document_json=script_json(document),
    )
    return page


def render_received_pages(report: ReceivedReport, *, paper: str) -> str:
    """The same for paper and mail: tables in place of figures, no script."""
    page: str = template("received.html.j2").render(
        report=report,
        parts=_parts(report),
        script=False,
        style=_style(f"@page {{ size: {paper}; }}"),
        policy=_policy(),
    )
    return page


def received_text(report: ReceivedReport, *, has_pdf: bool) -> str:
    """The same as plain text, without tables."""
    text: str = template("received.txt.j2").render(report=report, parts=_parts(report), has_pdf=has_pdf)
    return text


@dataclass(frozen=True)
class _Part:
    name: str
    title: str
    metric: str
    detail: str
    panel: Panel
    tables: tuple[Table, ...]


def _parts(report: ReceivedReport) -> list[_Part]:
    """Complaints and survey answers, where there are any."""
    found, parts = report.up_to_week, []
    if found.complaints is not None:
        drawn = complaints_received_panel(found.complaints)
        tables = (drawn.table, *about_tables(found.complaints))
        parts.append(_Part("complaints", "Complaints", "M8", found.complaints.detail, drawn, tables))
    if found.answers is not None:
        drawn = answers_panel(found.answers)
        parts.append(_Part("answers", "Survey answers", "M7", found.answers.detail, drawn, (drawn.table,)))
    return parts


def style_of_pictures() -> Markup:
    """What the pictures need where they stand alone."""
    return Markup(_asset("assets/theme.css") + _asset("report/pictures.css"))  # noqa: S704  # our own files


def script_json(value: Any) -> Markup:
    """``value`` as JSON that may stand inside a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character, escape in _JSON_ESCAPES.items():
        text = text.replace(character, escape)
    return Markup(text)  # noqa: S704  # no character is left that HTML reads


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
        "lines": {number.key: line_picture(number, summary.events) for number in summary.numbers},
        "diagram": diagram(summary.calibration) if summary.calibration else "",
    }


def _style(more: str) -> Markup:
    return Markup("".join(_asset(name) for name in _STYLES) + more)  # noqa: S704  # our own files, a known word


def _policy(*scripts: str) -> str:
    """A Content-Security-Policy that runs these inline scripts only; Plotly writes styles into its elements."""
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    hashes = " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"
    forbidden = "default-src 'none'; base-uri 'none'; form-action 'none'"
    return f"{forbidden}; script-src {hashes}; style-src 'unsafe-inline'; img-src data:"


@cache
def _plotly_js() -> str:
    # HTML reads a carriage return as a line feed, and the policy's hash is of what HTML reads.
    return str(plotly.offline.get_plotlyjs()).replace("\r\n", "\n")


def _asset(name: str) -> str:
    return files("dashboards").joinpath(name).read_text("utf-8")
