"""What a report reads beside the frames of the faces: the seams between AI and people, and the snapshot of a week ago.

A table that the snapshot lacks is None here: the report then leaves out its sentence and says so.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl
import polars.selectors as cs

from pipelines.snapshot import Manifest, Snapshot, SnapshotError, SnapshotStore

#: A snapshot counts as that of a week ago when it is so much older; of several the nearest to seven days goes.
_WEEK = timedelta(days=7)
_AT_LEAST, _AT_MOST = timedelta(days=5), timedelta(days=10)


@dataclass(frozen=True)
class HandoffTables:
    """The tables of promises, handoffs and stuck contacts, as published; None where the snapshot has none."""

    promise_rates: pl.LazyFrame | None = None
    handoff_rates: pl.LazyFrame | None = None
    stuck: pl.LazyFrame | None = None
    outcomes_compared: pl.LazyFrame | None = None


@dataclass(frozen=True)
class Earlier:
    """The snapshot of about a week ago: its id, its as_of, and its segments."""

    snapshot_id: str
    as_of: datetime
    segments: pl.LazyFrame


@dataclass(frozen=True)
class Beside:
    seams: HandoffTables = HandoffTables()
    earlier: Earlier | None = None


def read_beside(snapshot: Snapshot, store: SnapshotStore | None) -> Beside:
    """What stands beside ``snapshot``; without a ``store`` no earlier one is looked for."""
    seams = HandoffTables(**{name: _scan(snapshot, name) for name in HandoffTables.__dataclass_fields__})
    return Beside(seams, earlier_snapshot(snapshot.manifest, store) if store is not None else None)


def earlier_snapshot(now: Manifest, store: SnapshotStore) -> Earlier | None:
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
        if _AT_LEAST <= age <= _AT_MOST and "segment_divergence" in snapshot.manifest.tables:
            found.append((abs(age - _WEEK), snapshot_id, snapshot))
    if not found:
        return None
    _, snapshot_id, snapshot = min(found, key=lambda each: (each[0], each[1]))
    segments = _scan(snapshot, "segment_divergence")
    return None if segments is None else Earlier(snapshot_id, snapshot.manifest.as_of, segments)


def _scan(snapshot: Snapshot, name: str) -> pl.LazyFrame | None:
    if name not in snapshot.manifest.tables or not snapshot.files(name):
        return None
    return snapshot.scan(name).with_columns(cs.float().fill_nan(None))
