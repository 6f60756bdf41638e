"""Data Docs beside the data: of every table the last validation result as JSON and as a page, and an index of all.

They are written while the night audits, table by table, so that a night which its checks stop leaves them too: then they
are wanted most. A table that is not audited keeps what its last audit left. Nothing reads them but people; so a page
that cannot be made is logged, the old one goes (it would tell of another night), and the night goes on.
"""

import json
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, Template

from pipelines.quality.data_docs_look import INDEX, STYLE

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Audit:
    """The last audit of a table in numbers: checks, those that failed, those of them that block; ``checked_at`` in UTC."""

    table: str
    checks: int
    failed: int
    blocking: int
    checked_at: datetime


class DataDocs:
    """The folder ``data_docs``: ``<table>.json``, ``<table>.html`` and ``index.html``, each replaced as a whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, audit: Audit, result: Any, run_id: str, audits: Sequence[Audit]) -> None:
        """Write what the audit of one table found, and the index anew.

        ``result`` is Great Expectations' ``ExpectationSuiteValidationResult``; ``audits`` are those of all tables.
        Raises nothing: see above.
        """
        from pipelines.quality.data_docs_page import page_of  # noqa: PLC0415  (imports Great Expectations)

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            found = result.to_json_dict()
            self._replace(f"{audit.table}.json", json.dumps(found, indent=1))
            self._replace(f"{audit.table}.html", page_of(audit.table, found, audit.checked_at, run_id))
        except Exception:
            _LOG.exception("Data Docs of %s could not be written", audit.table)
            with suppress(OSError):
                (self.folder / f"{audit.table}.html").unlink(missing_ok=True)
        try:
            there = {path.stem for path in self.folder.glob("*.html")}
            shown = sorted(
                (each for each in audits if each.table in there),
                key=lambda each: (-each.blocking, -each.failed, each.table),
            )
            self._replace("index.html", _index().render(audits=shown, style=STYLE))
        except OSError:
            _LOG.exception("the index of Data Docs could not be written")

    def _replace(self, name: str, text: str) -> None:
        """Readers find the old file or the new one, never half of either."""
        temporary = self.folder / f".{name}.{os.getpid()}.tmp"
        temporary.write_text(text, "utf-8", errors="replace")
        temporary.replace(self.folder / name)


@cache
def _index() -> Template:
    environment = Environment(
        loader=DictLoader({"index": INDEX}), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("index")
