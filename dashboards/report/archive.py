"""The reports that were written, as they lie in a folder: which weeks there are, and what each said.

A name that is asked for never becomes a path: it is looked up among the files that are there.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dashboards.wording.weeks import ReportError, Week, parse_week

_NAME = re.compile(r"aftercall-([0-9]{4}-W[0-9]{2})\.(html|pdf)")
#: What a page says of itself in its head: it names no single case, so that whoever sees aggregates may see it.
AGGREGATES = '<meta name="aftercall-report" content="aggregates">'
_NEWS = re.compile(r'<meta name="description" content="([^"]*)">')
#: Bytes of a page in which its head must say what is read of it.
_HEAD = 8_192


@dataclass(frozen=True)
class WrittenReport:
    """One week's page. ``news``: its headline, empty where the page says none. ``names_cases``: single cases stand in it."""

    week: Week
    page: str
    pdf: str | None
    news: str
    names_cases: bool


def report_file(week: str) -> str:
    """The name of the page of ``week`` (its label); JSON and PDF are named alike."""
    return f"aftercall-{week}.html"


def report_files(folder: Path) -> Mapping[str, Path]:
    """Name → file of the pages and PDFs that are there."""
    return {
        path.name: path
        for path in folder.glob("aftercall-*")
        if _NAME.fullmatch(path.name) and path.is_file() and not path.is_symlink()
    }


def written_reports(folder: Path) -> tuple[WrittenReport, ...]:
    """The weeks of which a page lies in ``folder``, the latest first."""
    files = report_files(folder)
    found = []
    for name, path in files.items():
        matched = _NAME.fullmatch(name)
        if matched is None or matched[2] != "html":
            continue
        try:
            week, head = parse_week(matched[1]), read_head(path)
        except (ReportError, OSError):
            # A week that no year has, or a file that went while it was looked at.
            continue
        news = _NEWS.search(head)
        pdf = path.with_suffix(".pdf").name
        found.append(
            WrittenReport(
                week,
                name,
                pdf if pdf in files else None,
                html.unescape(news[1]) if news else "",
                AGGREGATES not in head,
            )
        )
    return tuple(sorted(found, key=lambda each: each.week, reverse=True))


def read_head(path: Path) -> str:
    """The first bytes of a page. Raises OSError."""
    with path.open("rb") as handle:
        return handle.read(_HEAD).decode("utf-8", "replace")
