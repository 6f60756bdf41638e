"""Data Docs beside the data: what every table was last checked for, as pages for people and as Great Expectations' own JSON.

They are written while the run audits, stage by stage, so that a run which its checks stop leaves them too: then they are
wanted most. A table that is not audited keeps what its last audit left. Nothing reads them but people; so a page that
cannot be made is logged, the old one goes (it would tell of another run), and the run goes on.

The pages fetch nothing and run nothing: one style sheet stands inside each, and every text is escaped.
"""

import json
import logging
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

    from pipelines.quality.auditor import CheckResult

_LOG = logging.getLogger(__name__)
#: Of a value of a broken row; a turn of a megabyte is no help on a page.
_LONGEST = 1_000
_UNREADABLE = "\N{REPLACEMENT CHARACTER}"
_CONTROLS = {code: _UNREADABLE for code in (*range(32), *range(127, 160)) if chr(code) not in "\t\n"}


@dataclass(frozen=True)
class Audit:
    """The last audit of a table in numbers: checks, those that failed, those of them that block; ``checked_at`` in UTC."""

    table: str
    checks: int
    failed: int
    blocking: int
    checked_at: datetime


@dataclass(frozen=True)
class AuditedTable:
    """What one audit found of one table. ``results`` are Great Expectations' validation results of its checks, as JSON objects."""

    audit: Audit
    run_id: str
    checks: Sequence["CheckResult"]
    results: Sequence[Mapping[str, Any]]


class DataDocs:
    """The folder ``data_docs``: ``<table>.json``, ``<table>.html`` and ``index.html``, each replaced as a whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, tables: Sequence[AuditedTable], audits: Sequence[Audit]) -> None:
        """Write what an audit found of ``tables``, and the index anew. ``audits`` are those of all tables. Raises nothing."""
        for table in tables:
            name = table.audit.table
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._replace(f"{name}.json", json.dumps(_validation(table), indent=1))
                self._replace(f"{name}.html", table_page(table))
            except Exception:
                _LOG.exception("Data Docs of %s could not be written", name)
                with suppress(OSError):
                    (self.folder / f"{name}.html").unlink(missing_ok=True)
        try:
            there = {path.stem for path in self.folder.glob("*.html")}
            shown = sorted(
                (each for each in audits if each.table in there),
                key=lambda each: (-each.blocking, -each.failed, each.table),
            )
            self._replace("index.html", _pages().get_template("index.html.j2").render(audits=shown))
        except Exception:
            _LOG.exception("the index of Data Docs could not be written")

    def _replace(self, name: str, text: str) -> None:
        """Readers find the old file or the new one, never half of either."""
        temporary = self.folder / f".{name}.{os.getpid()}.tmp"
        temporary.write_text(text, "utf-8", errors="replace")
        temporary.replace(self.folder / name)


def table_page(table: AuditedTable) -> str:
    """The page of one table. What failed stands first, what blocks before what warns."""
    checks = sorted(table.checks, key=lambda check: (check.passed, check.rule.severity != "blocking"))
    return (
        _pages()
        .get_template("table.html.j2")
        .render(
            table=table.audit.table,
            checked_at=table.audit.checked_at,
            run_id=table.run_id,
            checks=checks,
        )
    )


def _validation(table: AuditedTable) -> dict[str, Any]:
    """The validation result of one table, in the shape in which Great Expectations writes a suite's."""
    failed = sum(not result["success"] for result in table.results)
    count = len(table.results)
    return {
        "success": failed == 0,
        "results": list(table.results),
        "suite_name": f"{table.audit.table}-{table.run_id}",
        "statistics": {
            "evaluated_expectations": count,
            "successful_expectations": count - failed,
            "unsuccessful_expectations": failed,
            "success_percent": 100.0 * (count - failed) / count if count else None,
        },
        "meta": {"run_id": table.run_id, "validation_time": f"{table.audit.checked_at.isoformat()}Z"},
    }


def _clipped(text: str) -> str:
    """``text`` without characters that no page can show, and cut where it is endless."""
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} … ({len(text):,} characters)"
    return cut.translate(_CONTROLS)


@cache
def _pages() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape  # noqa: PLC0415  (a run without news writes no page)

    pages = Environment(
        loader=PackageLoader("pipelines.quality", "pages"),
        autoescape=select_autoescape(enabled_extensions=("j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["clipped"] = _clipped
    return pages
