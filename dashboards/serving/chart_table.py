"""The table behind a chart as CSV: the one of the page that the reader sees, with its filters, and no other."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import flask

from dashboards.access import Registry, TooManyLookUpsError, safe_cell
from dashboards.access.screens import notice_screen
from dashboards.components.chart_tools import chart_id
from dashboards.components.view import AddressError
from dashboards.wording.weeks import ReportError
from pipelines.snapshot import SnapshotError

CHART_TABLE = "/chart-table.csv"
_BYTE_ORDER_MARK = "\ufeff"
_MINUS = re.compile(r"−(?=[0-9.]+$)")
_NAME = re.compile(r"[\w-]{1,80}", re.ASCII)

#: Path and query → the page's content as JSON values, None where there is no page. Raises Forbidden for who may not see it.
Drawn = Callable[[str, str], Any]
Rows = list[list[str]]


def add_chart_table(server: flask.Flask, registry: Registry, drawn: Drawn) -> None:
    """Serve ``?at=<page>&for=<its query>&chart=<name>``."""

    @registry.enter_route(server, "GET", CHART_TABLE, "viewer", by_person=True)
    def chart_table() -> flask.typing.ResponseReturnValue:
        asked = flask.request.args
        name = asked.get("chart", "")
        try:
            content = drawn(asked.get("at", "/"), asked.get("for", ""))
        except (AddressError, ReportError) as error:
            return notice_screen("There is nothing to show", str(error), 400)
        except TooManyLookUpsError:
            raise
        except SnapshotError as error:
            return notice_screen("There is nothing to show yet", str(error), 503)
        tables = list(tables_of_chart(content, name)) if _NAME.fullmatch(name) else []
        if not tables:
            return notice_screen("There is no such chart", "The page has no chart of this name with a table.", 404)
        headers = {"Content-Disposition": f'attachment; filename="aftercall-{name}.csv"'}
        return flask.Response(_BYTE_ORDER_MARK + as_csv(tables), 200, headers, mimetype="text/csv")


def tables_of_chart(content: Any, name: str) -> Iterator[Rows]:
    """The tables of the chart called ``name`` in the page's ``content`` (JSON values of components), heads first."""
    for chart in _nodes(content, lambda node: node["props"].get("id") == chart_id(name)):
        for table in _nodes(chart, lambda node: node["type"] == "Table"):
            rows = [list(_nodes(row, _is_cell)) for row in _nodes(table, lambda node: node["type"] == "Tr")]
            yield _with_details([[_parts(cell) for cell in row] for row in rows])


def as_csv(tables: list[Rows]) -> str:
    """The tables one after the other with an empty line between. Text stands in quotes, and none of it runs as a formula."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for place, table in enumerate(tables):
        if place:
            text.write("\r\n")
        writer.writerows([safe_cell(_MINUS.sub("-", cell)) for cell in row] for row in table)
    return text.getvalue()


def _with_details(rows: list[list[tuple[str, str]]]) -> Rows:
    """What stands small beneath values, as an interval or n, becomes a column of its own."""
    width = max((len(row) for row in rows), default=0)
    rows = [row + [("", "")] * (width - len(row)) for row in rows]
    split = [any(row[column][1] for row in rows) for column in range(width)]
    found: Rows = []
    for place, row in enumerate(rows):
        line: list[str] = []
        for (text, small), is_split in zip(row, split, strict=True):
            line += [text, small if place else f"{text}, detail"] if is_split else [text]
        found.append(line)
    return found


def _nodes(content: Any, wanted: Callable[[dict[str, Any]], bool]) -> Iterator[dict[str, Any]]:
    """The outermost components within ``content`` that are ``wanted``."""
    if isinstance(content, list):
        for each in content:
            yield from _nodes(each, wanted)
    elif isinstance(content, dict) and isinstance(content.get("props"), dict):
        if wanted(content):
            yield content
        else:
            yield from _nodes(content["props"].get("children"), wanted)


def _is_cell(node: dict[str, Any]) -> bool:
    return node["type"] in {"Th", "Td"}


def _parts(cell: dict[str, Any]) -> tuple[str, str]:
    """The value of a cell, and what stands small beneath it."""
    small = " ".join(_text(node) for node in _nodes(cell, lambda node: node["type"] == "Small"))
    return _text(cell, skip="Small"), small


def _text(content: Any, skip: str = "") -> str:
    if isinstance(content, list):
        return "".join(_text(each, skip) for each in content)
    if isinstance(content, dict):
        return "" if content.get("type") == skip else _text(content.get("props", {}).get("children"), skip)
    return "" if content is None else str(content)
