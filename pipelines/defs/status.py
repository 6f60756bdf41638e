"""What the failure of a step, or of a blocking check, leaves in `status.json`."""

import dagster as dg

from pipelines.failures import machine_reason
from pipelines.interruption import stopping
from pipelines.run_status import write_status


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
