"""A run from its opening to its end, and `status.json` after it, however it was started: the command line, a schedule, or the web UI."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal

import duckdb
import structlog

from pipelines.config import Settings
from pipelines.interruption import breaking_off
from pipelines.run_context import RunContext, RunOptions
from pipelines.run_log import LoggedStep, log_run
from pipelines.snapshot import RunStatus, SnapshotStore
from pipelines.snapshot_integrity import sweep
from pipelines.warehouse.publication import ledger_totals

log = structlog.get_logger(__name__)

INTERRUPTED = "interrupted; nothing was published; run again"

#: The run that the command line has begun, for the steps of the job that it starts. A job that is started otherwise begins its own.
begun_run: ContextVar[RunContext | None] = ContextVar("begun_run", default=None)


@contextmanager
def begin_run(
    connection: duckdb.DuckDBPyConnection, settings: Settings, key: bytes, options: RunOptions, run_id: str
) -> Iterator[RunContext]:
    """A run on an open warehouse: what dead runs left is swept away before it, and it leaves a status.

    Raises ConfigError as ``RunContext`` does.
    """
    sweep(SnapshotStore(settings.data_dir, settings.project.snapshot_mode), settings.project.keep_snapshots)
    run = RunContext(settings, connection, key, options, run_id)
    try:
        with breaking_off():
            yield run
    finally:
        close_status(run)
        _log(run)


def _log(run: RunContext) -> None:
    """Add the run to the log of runs. What cannot be logged costs no run."""
    status = SnapshotStore(run.settings.data_dir).read_status()
    if status is None or status.run_id not in {"", run.run_id}:
        return
    steps = tuple(
        LoggedStep(name=step.name, seconds=round(step.seconds, 3), rows=step.rows) for step in run.steps.so_far()
    )
    try:
        log_run(run.settings.data_dir, status, steps)
    except OSError as error:
        log.warning("run_not_logged", reason=error.strerror)


def write_status(
    run: RunContext, outcome: Literal["running", "published", "unchanged", "blocked", "failed"], message: str = ""
) -> None:
    """Record how the run stands; readers show it beside the snapshot."""
    store = SnapshotStore(run.settings.data_dir)
    before = store.read_status()
    started = before.started_at if before is not None and before.outcome == "running" else datetime.now(UTC)
    failed = run.connection.execute(
        "select table_name || '.' || check_name from data_quality where not passed and severity = 'blocking' order by all"
    ).fetchall()
    store.write_status(
        RunStatus(
            outcome=outcome,
            run_id=run.run_id,
            started_at=started,
            finished_at=None if outcome == "running" else datetime.now(UTC),
            snapshot_id=store.current_id(),
            message=message,
            failed_checks=tuple(str(row[0]) for row in failed) if outcome == "blocked" else (),
            ledger=None if outcome == "running" else ledger_totals(run.connection),
        )
    )


def close_status(run: RunContext) -> None:
    """A run that leaves no other status was stopped: by a signal, or from the web UI."""
    store = SnapshotStore(run.settings.data_dir)
    status = store.read_status()
    if status is not None and status.outcome == "running" and status.run_id in {"", run.run_id}:
        write_status(run, "failed", INTERRUPTED)
