"""What was rejected (quarantine): how much and why, and its rows a page at a time; and the runs that are still known."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl

from dashboards.snapshot.queries import Queries
from pipelines.snapshot import SnapshotError, SnapshotStore

PAGE_ROWS = 50
#: Snapshots of which the history tells.
RUNS = 12
#: Reasons and weeks of delivery in the table over time.
_REASONS, _WEEKS = 12, 8


@dataclass(frozen=True)
class Reason:
    """How often one rule was broken in one source; ``scope``: a file, a record or a value."""

    source: str
    scope: str
    column: str | None
    rule: str
    rows: int


@dataclass(frozen=True)
class ReasonWeeks:
    """``weeks``: Mondays; ``rows``: a reason and how often it was met in each of them."""

    weeks: tuple[date, ...]
    rows: tuple[tuple[Reason, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Rejected:
    source: str
    file: str
    position: str | None
    scope: str
    column: str | None
    rule: str
    reason: str


@dataclass(frozen=True)
class QuarantinePage:
    """``number`` of ``pages``, from 1; ``total``: rows that match."""

    number: int
    pages: int
    total: int
    rows: tuple[Rejected, ...]


@dataclass(frozen=True)
class PastRun:
    """A publication that is still kept."""

    snapshot_id: str
    published_at: datetime
    as_of: datetime
    rows_in: int
    quarantined: int
    checks_passed: int
    checks_failed: int
    is_current: bool


def reasons(queries: Queries) -> tuple[Reason, ...]:
    """Every rule that was broken, the most frequent first."""
    rows = queries.frame(
        """select source, scope, column_name, rule, count(*) as n from quarantine
        group by source, scope, column_name, rule order by n desc, source, scope, column_name, rule"""
    )
    return tuple(Reason(*row) for row in rows.rows())


def reason_weeks(queries: Queries, found: tuple[Reason, ...], time_zone: str) -> ReasonWeeks:
    """How often the most frequent reasons were met in each of the last weeks of delivery."""
    top = found[:_REASONS]
    rows = queries.frame(
        """with deliveries as (
            select source, file, sha256,
                cast(date_trunc('week', timezone($zone, min(delivered_at))) as date) as week
            from ingest_ledger where delivered_at is not null group by source, file, sha256
        )
        select rejected.source, rejected.scope, rejected.column_name, rejected.rule, deliveries.week, count(*) as n
        from quarantine as rejected inner join deliveries using (source, file, sha256)
        group by all""",
        {"zone": time_zone},
    ).rows()
    times = {(*row[:4], row[4]): int(row[5]) for row in rows}
    weeks = tuple(sorted({row[4] for row in rows})[-_WEEKS:])
    counted = (
        (each, tuple(times.get((each.source, each.scope, each.column, each.rule, week), 0) for week in weeks))
        for each in top
    )
    return ReasonWeeks(weeks, tuple((each, counts) for each, counts in counted if any(counts)))


def quarantine_page(
    queries: Queries, number: int, source: str | None = None, scope: str | None = None
) -> QuarantinePage:
    """Rows of the quarantine, ``PAGE_ROWS`` a page; a number beyond the last page gives the last one."""
    wanted = "($source is null or source = $source) and ($scope is null or scope = $scope)"
    given = {"source": source, "scope": scope}
    total = int(queries.frame(f"select count(*) as n from quarantine where {wanted}", given)["n"].item())
    pages = max(1, -(-total // PAGE_ROWS))
    number = min(number, pages)
    rows: pl.DataFrame = queries.frame(
        f"""select source, file, position, scope, column_name, rule, reason from quarantine where {wanted}
        order by source, file, try_cast(position as bigint), position, column_name, rule
        limit {PAGE_ROWS} offset {(number - 1) * PAGE_ROWS}""",
        given,
    )
    return QuarantinePage(number, pages, total, tuple(Rejected(*row) for row in rows.rows()))


def history(data_dir: Path) -> tuple[PastRun, ...]:
    """The publications that are kept, the latest first. A manifest that cannot be read is left out."""
    store = SnapshotStore(data_dir)
    current = store.current_id()
    found = []
    for snapshot_id in reversed(store.manifest_ids()[-RUNS:]):
        try:
            manifest = store.open(snapshot_id).manifest
        except SnapshotError:
            continue
        found.append(
            PastRun(
                snapshot_id,
                manifest.published_at,
                manifest.as_of,
                manifest.ledger.rows_in,
                manifest.ledger.quarantined,
                manifest.checks.passed,
                manifest.checks.warnings + manifest.checks.failures,
                snapshot_id == current,
            )
        )
    return tuple(found)
