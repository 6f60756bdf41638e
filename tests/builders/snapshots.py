"""Real snapshots for tests: Parquet files and a manifest from hand-made rows, through the product's own store."""

import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.contract import PUBLISHED_TABLES
from pipelines.contract.intervals import WEEKLY_DIMENSIONS
from pipelines.snapshot import (
    CheckTotals,
    LedgerTotals,
    Manifest,
    Presentation,
    Snapshot,
    SnapshotStore,
    TableFile,
    TableManifest,
)

Rows = Iterable[Mapping[str, Any]]

_TYPES: dict[str, Any] = {
    "text": pl.String(),
    "count": pl.Int64(),
    "measure": pl.Float64(),
    "flag": pl.Boolean(),
    "instant": pl.Datetime("us", "UTC"),
    "day": pl.Date(),
}


#: Content of a table's frame → its parts as files: most snapshots of tests share most of their tables.
_PARTS: dict[bytes, tuple["_Part", ...]] = {}


@dataclass(frozen=True)
class _Part:
    """One Parquet file: the part that it holds, its rows and its bytes."""

    name: str
    rows: int
    content: bytes


def _parts(frame: pl.DataFrame, partition: str | None) -> tuple[_Part, ...]:
    """The files of a table, split by the days of ``partition``; made once for each content, and kept in memory."""
    key = hashlib.sha256(frame.write_ipc(None).getvalue() + str(partition).encode()).digest()
    if key not in _PARTS:
        parts = {("all",): frame}
        if partition and len(frame):
            parts = frame.partition_by(partition, as_dict=True)
        _PARTS[key] = tuple(_Part(str(name), len(rows), _parquet(rows)) for (name,), rows in parts.items())
    return _PARTS[key]


def _parquet(rows: pl.DataFrame) -> bytes:
    content = io.BytesIO()
    rows.write_parquet(content)
    return content.getvalue()


def table_frame(name: str, rows: Rows) -> pl.DataFrame:
    """Rows of a published table; columns left out are 0 where a number must stand, else null; unknown ones fail."""
    columns = PUBLISHED_TABLES[name].columns
    known = {column.name for column in columns}
    filled = []
    for row in rows:
        assert set(row) <= known, set(row) - known
        blank = {c.name: 0 if c.kind in ("count", "measure") and not c.nullable else None for c in columns}
        filled.append(blank | dict(row))
    return pl.DataFrame(filled, schema={c.name: _TYPES[c.kind.value] for c in columns}, orient="row")


def weekly_of(daily: pl.DataFrame) -> pl.DataFrame:
    """kpi_weekly of these rows of kpi_daily."""
    columns = PUBLISHED_TABLES["kpi_weekly"].columns
    sums = [column.name for column in columns if column.kind in ("count", "measure")]
    by_week = daily.with_columns(week=pl.col("day").dt.truncate("1w"))
    return by_week.group_by("week", *WEEKLY_DIMENSIONS).agg(pl.col(sums).sum()).select(c.name for c in columns)


def publish(
    data_dir: Path,
    tables: Mapping[str, Rows | pl.DataFrame],
    *,
    as_of: datetime,
    snapshot_id: str = "s1",
    time_zone: str = "UTC",
    min_n: int = 30,
    lag_days: int = 0,
    without: Iterable[str] = (),
    ledger: LedgerTotals | None = None,
    name: str = "Test operations",
) -> Snapshot:
    """Publish a snapshot; tables not given are empty, those in ``without`` are absent.

    kpi_weekly, unless given, is what kpi_daily adds up to, as in the product.
    """
    store = SnapshotStore(data_dir)
    daily = tables.get("kpi_daily", ())
    daily = daily if isinstance(daily, pl.DataFrame) else table_frame("kpi_daily", daily)
    tables = {"kpi_weekly": weekly_of(daily), **tables, "kpi_daily": daily}
    manifests = {}
    for table, contract in PUBLISHED_TABLES.items():
        if table in set(without):
            continue
        given = tables.get(table, ())
        frame = given if isinstance(given, pl.DataFrame) else table_frame(table, given)
        files = []
        (store.tables_dir / table).mkdir(parents=True, exist_ok=True)
        for part in _parts(frame, contract.partition):
            fingerprint = hashlib.sha256(f"{snapshot_id}{table}{part.name}".encode()).hexdigest()[:12]
            path = f"{table}/{part.name}-{fingerprint}.parquet"
            (store.tables_dir / path).write_bytes(part.content)
            files.append(TableFile(part=part.name, path=path, rows=part.rows, fingerprint=fingerprint))
        manifests[table] = TableManifest(rows=len(frame), files=tuple(files))
    manifest = Manifest(
        snapshot_id=snapshot_id,
        as_of=as_of,
        run_id="run-1",
        published_at=as_of,
        code_version="0.1.0",
        presentation=Presentation(name=name, time_zone=time_zone, min_n=min_n, currency="INR", lag_days=lag_days),
        ledger=ledger or LedgerTotals(),
        checks=CheckTotals(passed=10),
        tables=manifests,
    )
    store.commit(manifest)
    return store.current()


def kpi_row(
    day: date, mode: str | None = "ai_primary", *, contacts: int = 100, mature: Iterable[int] = (1, 7, 30), **given: Any
) -> dict[str, Any]:
    """A day of kpi_daily in which all contacts are served, known and claimed; 80% claimed, 60% of the mature held.

    With the windows in ``mature`` closed, 30% of contacts repeat on any issue and 20% on the same one.
    """
    n = contacts
    row: dict[str, Any] = {
        "day": day,
        "mode": mode,
        "contacts": n,
        "served": n,
        "served_inbound": n,
        "known_customer": n,
        "eligible": n,
        "handle_seconds_sum": 300.0 * n,
        "handle_seconds_n": n,
        "claimed_n": n,
        "claimed_yes": n * 8 // 10,
    }
    for days in mature:
        row |= {f"mature_{days}d": n, f"mature_with_issue_{days}d": n}
        row |= {f"repeat_any_{days}d": n * 3 // 10, f"repeat_issue_{days}d": n * 2 // 10}
    if 30 in mature:
        row |= {
            "cohort_n": n,
            "cohort_claimed_yes": n * 8 // 10,
            "cohort_outcome_yes": n * 6 // 10,
            "cohort_claimed_yes_outcome_no": n * 25 // 100,
        }
    return row | given


def midnight(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)
