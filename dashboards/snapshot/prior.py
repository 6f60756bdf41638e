"""The snapshot of about a week before another one, where it is still kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl
import polars.selectors as cs

from dashboards.snapshot.frames import scan_table
from pipelines.snapshot import Manifest, Snapshot, SnapshotError, SnapshotStore

#: A snapshot counts as that of a week ago when it is so much older; of several the nearest to seven days goes.
_WEEK = timedelta(days=7)
_AT_LEAST, _AT_MOST = timedelta(days=5), timedelta(days=10)
_SEGMENTS = "segment_divergence"


@dataclass(frozen=True)
class PriorSnapshot:
    """Its id, its as_of, its rows of segment_divergence, and where its other tables lie."""

    snapshot_id: str
    as_of: datetime
    segments: pl.LazyFrame
    snapshot: Snapshot


def prior_snapshot(now: Manifest, store: SnapshotStore) -> PriorSnapshot | None:
    """The kept snapshot whose as_of lies nearest to a week before that of ``now``; None if none lies near it."""
    found: list[tuple[timedelta, str, Snapshot]] = []
    for snapshot_id in store.manifest_ids():
        if snapshot_id == now.snapshot_id:
            continue
        try:
            snapshot = store.open(snapshot_id)
        except (SnapshotError, OSError):
            # A snapshot that goes while it is looked at, or was damaged, is one that is not kept.
            continue
        age = now.as_of - snapshot.manifest.as_of
        if _AT_LEAST <= age <= _AT_MOST and _SEGMENTS in snapshot.manifest.tables and snapshot.files(_SEGMENTS):
            found.append((abs(age - _WEEK), snapshot_id, snapshot))
    if not found:
        return None
    _, snapshot_id, snapshot = min(found, key=lambda each: (each[0], each[1]))
    segments = scan_table(snapshot, _SEGMENTS).with_columns(cs.float().fill_nan(None))
    return PriorSnapshot(snapshot_id, snapshot.manifest.as_of, segments, snapshot)
