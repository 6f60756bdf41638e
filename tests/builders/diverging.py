"""Diverging segments made by hand, and a snapshot of them."""

from datetime import date
from pathlib import Path
from typing import Any

from builders.report_weeks import AS_OF, weeks
from builders.snapshots import publish
from builders.statistics_tables import segment
from pipelines.snapshot import Snapshot

PERIOD = {"period": "2026-09-01/2026-09-28", "baseline": "2026-06-09/2026-08-31"}


MOVED = {
    "lead_proxy": "handle_seconds",
    "lead_outcome": "false_resolution",
    "handle_seconds_baseline": 140.2,
    "handle_seconds_period": 103.8,
    "false_resolution_baseline": 0.336,
    "false_resolution_period": 0.525,
}


def diverging(q: float, *, customers: int = 415, **parts: str) -> dict[str, Any]:
    return segment("diverging", **parts) | PERIOD | MOVED | {"q": q, "customers": customers, "contacts_period": 490}


def contact(number: int, **parts: Any) -> dict[str, Any]:
    row = {"system": "d", "contact_id": str(number), "customer_key": "k", "day": date(2026, 9, 10)}
    row |= {"started_at": AS_OF, "ended_at": AS_OF, "resolution_parts": "repeat+complaint"}
    return row | {"mode": "ai_primary", "workflow": "billing", "queue": "b"} | parts


def snapshot_of(folder: Path, *, as_of: Any = AS_OF, name: str = "s1", **tables: Any) -> Snapshot:
    contacts = tables.pop("contact_outcomes", [contact(0)])
    rows = tables.pop("rows", weeks())
    return publish(folder, {"kpi_daily": rows, "contact_outcomes": contacts, **tables}, as_of=as_of, snapshot_id=name)
