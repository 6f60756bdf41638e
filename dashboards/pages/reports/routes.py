"""The written reports through the application, under the names that they have on disk, to whoever sees aggregates.

A page of an earlier version names single cases; it is there for those alone who may open one. The files are pages of their
own: without a script, without a request to anywhere.
"""

from pathlib import Path

import flask

from dashboards.access import Registry, audit, current_user, may, require
from dashboards.access.screens import notice_screen
from dashboards.report.archive import AGGREGATES, read_head, report_files

#: Address of the list, and before the name of each report.
REPORTS = "/reports"


def report_folder(data_dir: Path) -> Path:
    """Where ``aftercall report`` and Monday's job write, unless they are told otherwise."""
    return data_dir / "reports"


def add_report_routes(server: flask.Flask, registry: Registry, data_dir: Path) -> None:
    """Serve pages and PDFs of the reports below ``data_dir``; there need not be any yet."""

    @registry.enter_route(server, "GET", f"{REPORTS}/<report>", "viewer", by_person=True)
    def written_report(report: str) -> flask.Response:
        require(REPORTS)
        path = report_files(report_folder(data_dir)).get(report)
        try:
            if path is None:
                return _nothing()
            if path.suffix == ".pdf":
                answer = flask.Response(path.read_bytes(), 200, mimetype="application/pdf")
                answer.headers["Content-Disposition"] = f'attachment; filename="{path.name}"'
                return answer
            if AGGREGATES not in read_head(path):
                if not may(current_user().role, "open case"):
                    return _nothing()
                audit("page", page=f"{REPORTS}/{path.name}")
            return flask.Response(path.read_bytes(), 200, mimetype="text/html")
        except FileNotFoundError:
            return _nothing()


def _nothing() -> flask.Response:
    text = "The page of reports lists those that were written; `aftercall report` writes one."
    return notice_screen("There is no such report", text, 404, ("To the reports", REPORTS))
