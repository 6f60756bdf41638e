"""What a run spends its time on: the steps of the last runs, added up to parts that people have names for."""

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipelines.run_log import LoggedRun, LoggedStep

_PARTS: Mapping[str, str] = {
    "ingest": "reading",
    "snapshot": "publishing",
    "text_languages": "words",
    "text_scores": "words",
    "text_findings": "words",
    "handoff_similarities": "words",
    "promise_matches": "words",
}
_ORDER = ("reading", "sql", "words", "statistics", "checks", "publishing")


@dataclass(frozen=True)
class RunPart:
    """``usual``: median seconds of the runs before that computed anything; None where there are none."""

    part: str
    seconds: float
    usual: float | None
    rows: int | None
    steps: tuple[LoggedStep, ...]


def part_of(step: str) -> str:
    """The part that a step of the job belongs to."""
    if re.match(r"sql_\d", step):
        return "sql"
    return "checks" if step.startswith("audit_") else _PARTS.get(step, "statistics")


def run_parts(runs: Sequence[LoggedRun]) -> tuple[RunPart, ...]:
    """The parts of the last published run, in their order; none where no run is known that published."""
    published = [run for run in runs if run.outcome == "published" and run.steps]
    if not published:
        return ()
    *before, last = published
    found = []
    for part in _ORDER:
        steps = tuple(step for step in last.steps if part_of(step.name) == part)
        rows = [step.rows for step in steps if step.rows is not None]
        usual = [sum(step.seconds for step in run.steps if part_of(step.name) == part) for run in before]
        found.append(
            RunPart(
                part,
                sum(step.seconds for step in steps),
                statistics.median(usual) if usual else None,
                sum(rows) if rows else None,
                steps,
            )
        )
    return tuple(found)
