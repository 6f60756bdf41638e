"""Flags that the night before this one did not have.

The earlier night is the latest kept snapshot whose data reach less far: a run that is repeated on the same day takes
nothing off the morning's list. Files that both snapshots share hold the same rows and are not opened.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from dashboards.results.top_flags import QUEUE_DAYS
from dashboards.snapshot.frames import scan_table
from dashboards.snapshot.queries import Queries
from pipelines.snapshot import Snapshot, SnapshotError, SnapshotStore

KEY = ("system", "contact_id", "rule")


@dataclass(frozen=True)
class NewFlags:
    """``keys``: system, contact_id and rule. ``since``: how far the data of the earlier night reached.

    Without an earlier night ``since`` is None, and new is what became known in the QUEUE_DAYS before this one.
    """

    keys: pl.DataFrame
    since: datetime | None


def new_flags(queries: Queries, data_dir: Path) -> NewFlags:
    """The flags of the snapshot that are new; found once for each snapshot."""
    return queries.remember(
        ("new flags",), lambda: _find(queries, data_dir), lambda found: int(found.keys.estimated_size()) + 512
    )


def _find(queries: Queries, data_dir: Path) -> NewFlags:
    snapshot, flags = queries.snapshot, queries.frames.flags
    earlier = _earlier(snapshot, SnapshotStore(data_dir))
    if earlier is None:
        since = snapshot.manifest.as_of.astimezone(UTC) - timedelta(days=QUEUE_DAYS)
        return NewFlags(flags.filter(pl.col("known_at") > since).select(KEY).collect(), None)
    mine, theirs = (_paths(each) for each in (snapshot, earlier))
    found = _keys(snapshot, mine - theirs)
    known = _keys(earlier, theirs - mine)
    return NewFlags(found.join(known, on=list(KEY), how="anti").collect(), earlier.manifest.as_of)


def _earlier(now: Snapshot, store: SnapshotStore) -> Snapshot | None:
    found: list[tuple[datetime, datetime, Snapshot]] = []
    for snapshot_id in store.manifest_ids():
        if snapshot_id == now.manifest.snapshot_id:
            continue
        try:
            other = store.open(snapshot_id)
        except (SnapshotError, OSError):
            continue  # It is being removed, or is damaged: it is not kept.
        if other.manifest.as_of < now.manifest.as_of and "case_flags" in other.manifest.tables:
            found.append((other.manifest.as_of, other.manifest.published_at, other))
    return max(found, key=lambda each: each[:2])[2] if found else None


def _paths(snapshot: Snapshot) -> frozenset[Path]:
    return frozenset(snapshot.files("case_flags")) if "case_flags" in snapshot.manifest.tables else frozenset()


def _keys(snapshot: Snapshot, paths: frozenset[Path]) -> pl.LazyFrame:
    if not paths:
        return pl.LazyFrame(schema=dict.fromkeys(KEY, pl.String()))
    return scan_table(snapshot, "case_flags", sorted(paths)).select(KEY)
