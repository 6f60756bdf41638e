"""A few weeks of numbers for the report, and a snapshot with another presentation."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from builders.snapshots import kpi_row, midnight
from pipelines.snapshot import Manifest, Snapshot

MONDAY = date(2026, 6, 1)  # 2026-W23


AS_OF = midnight(2026, 11, 2)  # W44 is over; 30-day windows have closed for W23 to W39


def with_presentation(snapshot: Snapshot, **given: Any) -> Snapshot:
    """``snapshot`` with these targets, events and owners in its manifest."""
    manifest: Manifest = snapshot.manifest
    shown = manifest.presentation.model_copy(update=given)
    return Snapshot(manifest.model_copy(update={"presentation": shown}), snapshot._tables_dir)


def weeks(rows: Iterable[dict[str, Any]] = ()) -> list[dict[str, Any]]:
    """W23 to W44: 22 weeks, the last five without closed windows; ``rows`` replace weeks of the same Monday."""
    made = {
        MONDAY + timedelta(weeks=i): kpi_row(MONDAY + timedelta(weeks=i), contacts=400, complaints=2) for i in range(17)
    }
    made |= {
        MONDAY + timedelta(weeks=i): kpi_row(MONDAY + timedelta(weeks=i), contacts=400, mature=())
        for i in range(17, 22)
    }
    made |= {row["day"]: row for row in rows}
    return list(made.values())
