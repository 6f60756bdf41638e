"""What was rejected (quarantine): how much and why, and its rows a page at a time; and the runs that are still known."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from dashboards.snapshot.queries import Queries
from pipelines.snapshot import RunStatus, SnapshotError, SnapshotStore

PAGE_ROWS = 50
#: Snapshots of which the history tells.
RUNS = 12


@dataclass(frozen=True)
class Reason:
    """How often one rule was broken in one source; ``scope``: a file, a record or a value."""

    source: str
    scope: str
    column: str | None
    rule: str
    rows: int


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


def last_run(status: RunStatus | None) -> str:
    """How the last run went, in a sentence."""
    if status is None:
        return "No run has left its status here."
    said = f": {status.message.rstrip('.')}" if status.message else ""
    failed = f" Failed checks: {', '.join(status.failed_checks)}." if status.failed_checks else ""
    return f"Run {status.run_id[:8]}: {status.outcome}{said}.{failed}"
