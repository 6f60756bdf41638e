"""``data_dir/runs.jsonl``: how the last runs went, whatever their end, with the time of each step; one JSON object a line."""

from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from pipelines.snapshot import RunStatus, write_atomically

#: Runs that are kept: a month of nights.
KEPT = 31
_NAME = "runs.jsonl"


class LoggedStep(BaseModel):
    """One step of a run; ``rows``: of the tables that it made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    seconds: float
    rows: int | None = None


class LoggedRun(BaseModel):
    """One run; ``steps`` in order, none where nothing was new."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run_id: str
    outcome: str
    started_at: datetime
    finished_at: datetime
    rows_in: int | None = None
    steps: tuple[LoggedStep, ...] = ()

    @property
    def seconds(self) -> float:
        return (self.finished_at - self.started_at).total_seconds()


def read_runs(data_dir: Path) -> tuple[LoggedRun, ...]:
    """The runs that are kept, the latest last. A line that cannot be read is left out."""
    try:
        lines = (data_dir / _NAME).read_bytes().splitlines()
    except OSError:
        return ()
    found = []
    for line in lines:
        try:
            found.append(LoggedRun.model_validate_json(line))
        except (ValidationError, RecursionError):
            continue
    return tuple(found)


def log_run(data_dir: Path, status: RunStatus, steps: tuple[LoggedStep, ...]) -> None:
    """Add a run that has ended. Raises OSError if nothing can be written there."""
    if status.finished_at is None:
        return
    run = LoggedRun(
        run_id=status.run_id,
        outcome=status.outcome,
        started_at=status.started_at,
        finished_at=status.finished_at,
        rows_in=status.ledger.rows_in if status.ledger else None,
        steps=steps,
    )
    kept = (*read_runs(data_dir), run)[-KEPT:]
    write_atomically(data_dir / _NAME, "".join(f"{each.model_dump_json()}\n" for each in kept).encode())
