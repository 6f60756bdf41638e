"""Data Docs, which the night writes beside the data, for those who may see single cases: broken rows name contacts.

The files are pages of their own (``pipelines.quality``): without a script, without a request to anywhere.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import flask

from dashboards.access import Registry, audit, require
from dashboards.access.screens import notice_screen

#: Action that opening them is; ``access.roles`` says whose it is.
READ = "read data docs"
#: Address of the page from which the others are reached.
INDEX = "/data-docs/index.html"
_PAGE = re.compile(r"[a-z][a-z0-9_]*\.html")


def add_data_docs_route(server: flask.Flask, registry: Registry, data_dir: Path) -> None:
    """Serve the pages below ``data_dir`` under the names that they have there; there need not be any yet."""

    @registry.enter_route(server, "GET", "/data-docs/<page>", "analyst", by_person=True)
    def data_docs(page: str) -> flask.Response:
        require(READ)
        try:
            content = _pages(data_dir)[page].read_bytes()
            audit("data docs", page=page)
            return flask.Response(content, 200, mimetype="text/html")
        except (KeyError, FileNotFoundError):
            text = "The index lists the tables that have been audited; a night that audits a table writes its page."
            return notice_screen("There is no such page of Data Docs", text, 404)


def audited_at(data_dir: Path) -> datetime | None:
    """When the night last audited a table, in UTC; None: there are no Data Docs."""
    index = _pages(data_dir).get("index.html")
    try:
        return None if index is None else datetime.fromtimestamp(index.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def _pages(data_dir: Path) -> Mapping[str, Path]:
    """name → file, of the pages that are there; so no name that is asked for ever becomes a path."""
    return {path.name: path for path in (data_dir / "data_docs").glob("*.html") if _PAGE.fullmatch(path.name)}
