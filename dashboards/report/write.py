"""Putting the report of a snapshot in place: ``aftercall-<week>.html`` and ``aftercall-<week>.json``."""

import json
from pathlib import Path

from dashboards.frames import read_frames
from dashboards.report.content import as_document, weekly_report
from dashboards.report.page import render
from dashboards.weeks import parse_week
from pipelines.snapshot import RunStatus, Snapshot, write_atomically


def write_report(snapshot: Snapshot, status: RunStatus | None, week: str | None, out: Path) -> Path:
    """Write the weekly report of ``snapshot`` into ``out`` (made if absent); returns the HTML file's path.

    ``week``: ISO week such as ``2026-W47``; None takes the latest week that is over and has contacts. The same
    snapshot, status and week always give the same bytes.

    Raises ReportError for a week that cannot be read, does not exist or has no contacts (the message lists those that
    have), SnapshotError if the snapshot cannot be read.
    """
    wanted = parse_week(week) if week is not None else None
    report = weekly_report(read_frames(snapshot), status, wanted)
    document = as_document(report)
    path = out / f"aftercall-{report.week}.html"
    write_atomically(path, render(report, document).encode())
    write_atomically(path.with_suffix(".json"), json.dumps(document, ensure_ascii=False, indent=1).encode())
    return path
