"""`status.json` after every run, however it was started: the command line, a schedule, or the web UI."""

from datetime import UTC, datetime
from typing import Literal

import dagster as dg

from pipelines.failures import machine_reason
from pipelines.interruption import stopping
from pipelines.run_context import RunContext
from pipelines.snapshot import RunStatus, SnapshotStore
from pipelines.warehouse.publication import ledger_totals

INTERRUPTED = "interrupted; nothing was published; run again"


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


@dg.failure_hook(name="record_failure", required_resource_keys={"run"})
def record_failure(context: dg.HookContext) -> None:
    """A step failed, or a blocking check did: the earlier snapshot stands, and every page says why."""
    error = context.op_exception
    # Dagster does not export this class; its name is what its documentation promises.
    blocked = type(error).__name__ == "DagsterAssetCheckFailedError"
    if stopping():
        # What was broken off is no failure; whoever listens for signals says how the run ended.
        return
    step = context.op.name
    settings = context.resources.run.current.settings
    reason = (
        machine_reason(error, memory_limit=settings.project.memory_limit, folder=settings.data_dir)
        if error is not None
        else None
    )
    failed = f"step {step} failed: {reason or type(error).__name__}"
    text = "checks blocked publication" if blocked else failed
    write_status(
        context.resources.run.current, "blocked" if blocked else "failed", f"{text}; the earlier snapshot stands"
    )


def close_status(run: RunContext) -> None:
    """A run that leaves no other status was stopped: by a signal, or from the web UI."""
    store = SnapshotStore(run.settings.data_dir)
    status = store.read_status()
    if status is not None and status.outcome == "running" and status.run_id in {"", run.run_id}:
        write_status(run, "failed", INTERRUPTED)
