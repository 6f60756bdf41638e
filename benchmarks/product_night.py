"""A night of the product in this process, timed, and the context of a run for those that run its models alone."""

import os
from typing import Any

import dagster as dg
import duckdb
from rich.console import Console

from benchmarks.results import KEY, peak_mb
from pipelines.commands.run_nightly import run_nightly
from pipelines.config import Settings
from pipelines.defs import metrics
from pipelines.run_context import RunContext, RunOptions


def measured_night(settings: Settings, *, full_refresh: bool = False) -> dict[str, Any]:
    """Run one: ``seconds``, ``peak_mb``, and seconds by name of all ``steps`` and of those that compute ``statistics``.

    Raises:
        SystemExit: nothing was published, with the reason.
    """
    os.environ.setdefault("AFTERCALL_PSEUDONYM_KEY", KEY)
    quiet = Console(stderr=True, quiet=True)
    outcome = run_nightly(settings, as_of="", full_refresh=full_refresh, console=quiet)
    if outcome.outcome not in {"published", "unchanged"}:
        raise SystemExit(f"the night ended as {outcome.outcome}: {outcome.message}")
    names = {asset.op.name for asset in vars(metrics).values() if isinstance(asset, dg.AssetsDefinition)}
    longest_first = sorted(outcome.step_seconds.items(), key=lambda step: -step[1])
    return {
        "seconds": outcome.seconds,
        "peak_mb": peak_mb(),
        "steps": outcome.step_seconds,
        "statistics": {name: seconds for name, seconds in longest_first if name in names},
    }


def run_context(settings: Settings, connection: duckdb.DuckDBPyConnection) -> RunContext:
    """A run's context on ``connection``: every table that a model reads is there afterwards, if only empty."""
    key = os.environ.setdefault("AFTERCALL_PSEUDONYM_KEY", KEY)
    return RunContext(settings, connection, key.encode(), RunOptions(), "benchmark")
