"""`python -m benchmarks.statistics_stage [contacts]`: every statistic of a night on simulated contacts, time and memory.

The night itself runs first, in a process of its own; then each statistic reads the warehouse in a process of its own, so
that its peak memory is its own, imports and DuckDB included. Printed beside it: its share of the whole night.
"""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

WORK = Path(__file__).resolve().parent / "work"
_KEY = "benchmark-key-benchmark-key-benchmark-key"
STEPS = (
    "sentiment_in_client_terms",
    "early_read",
    "confidence_calibration",
    "escalation",
    "divergence",
    "validity_of_proxies",
    "shrunk_rates",
)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _simulated(contacts: int) -> Path:
    """An operation of half a year without transcripts, made once; its configuration."""
    from pipelines.simulate import simulate  # noqa: PLC0415

    folder = WORK / f"simulated-{contacts}"
    if not (folder / "aftercall.toml").exists():
        simulate(folder, contacts=contacts, days=180, seed=1, transcripts=False)
    return folder / "aftercall.toml"


def _night(config: Path) -> None:
    from rich.console import Console  # noqa: PLC0415

    from pipelines.commands.run_nightly import run_nightly  # noqa: PLC0415
    from pipelines.config import load_settings  # noqa: PLC0415

    settings = load_settings(config)
    outcome = run_nightly(settings, as_of="", full_refresh=True, console=Console(stderr=True, quiet=True))
    if outcome.outcome != "published":
        raise SystemExit(outcome.message)
    print(json.dumps({"seconds": outcome.seconds, "peak_mb": _peak_mb(), "steps": outcome.step_seconds}))


def _step(config: Path, name: str) -> None:
    """One statistic alone, as its asset computes it, on the warehouse that the night left."""
    from pipelines.config import load_settings  # noqa: PLC0415
    from pipelines.defs import metrics  # noqa: PLC0415
    from pipelines.defs.run import RunResource  # noqa: PLC0415
    from pipelines.run_context import RunContext, RunOptions  # noqa: PLC0415
    from pipelines.warehouse.database import open_warehouse  # noqa: PLC0415

    settings = load_settings(config)
    with open_warehouse(settings) as connection:
        resource_of_run = RunResource(config_path=str(config))
        resource_of_run._night = RunContext(settings, connection, _KEY.encode(), RunOptions(), "bench")  # noqa: SLF001
        started = time.perf_counter()
        rows = sum(int(result.metadata["dagster/row_count"]) for result in getattr(metrics, name)(resource_of_run))
        print(json.dumps({"seconds": time.perf_counter() - started, "peak_mb": _peak_mb(), "rows": rows}))


def _run(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.statistics_stage", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "AFTERCALL_PSEUDONYM_KEY": _KEY},
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stderr[-3000:]}")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def main() -> None:
    """Simulate, run the night, then every statistic by itself; print a table."""
    if sys.argv[1:2] == ["--simulate"]:
        print(json.dumps({"config": str(_simulated(int(sys.argv[2])))}))
        return
    if sys.argv[1:2] == ["--night"]:
        _night(Path(sys.argv[2]))
        return
    if sys.argv[1:2] == ["--step"]:
        _step(Path(sys.argv[2]), sys.argv[3])
        return
    # In a process of its own, too: a child's peak memory is never told below what its parent held.
    config = _run("--simulate", sys.argv[1] if len(sys.argv) > 1 else "1000000")["config"]
    night = _run("--night", config)
    print(f"{'whole night':<28}{night['seconds']:8.1f} s {night['peak_mb']:8.0f} MB", flush=True)
    total, peak = 0.0, 0.0
    for name in STEPS:
        taken = _run("--step", config, name)
        total, peak = total + taken["seconds"], max(peak, taken["peak_mb"])
        share = taken["seconds"] / night["seconds"]
        print(
            f"  {name:<26}{taken['seconds']:8.1f} s {taken['peak_mb']:8.0f} MB {taken['rows']:>10,.0f} rows  {share:6.1%} of the night",
            flush=True,
        )
    print(f"{'statistics':<28}{total:8.1f} s {peak:8.0f} MB  (memory under 2,000 MB)")


if __name__ == "__main__":
    main()
