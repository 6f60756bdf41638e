"""`make bench`: the whole night and the SQL models against bare DuckDB and pandas, as ratios within one run.

Every contender runs in a process of its own, which imports first and then measures, so interpreter and library start
are left out. Peak memory is the process's. Usage: python -m benchmarks.nightly [contacts] [rounds].
"""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.statistics_stage import STEPS

WORK = Path(__file__).resolve().parent / "work"
_KEY = "benchmark-key-benchmark-key-benchmark-key"


def _measured(work: Callable[[], dict[str, object] | None]) -> None:
    started = time.perf_counter()
    extra = work() or {}
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak, **extra}))


def _contender(name: str) -> None:
    """Run one contender in this process and print what it took as JSON."""
    from rich.console import Console  # noqa: PLC0415

    from benchmarks import contenders  # noqa: PLC0415
    from pipelines.commands.run_nightly import run_nightly  # noqa: PLC0415
    from pipelines.config import load_settings  # noqa: PLC0415
    from pipelines.warehouse.database import open_warehouse  # noqa: PLC0415

    settings = load_settings(WORK / "aftercall.toml")

    def night() -> dict[str, object]:
        outcome = run_nightly(settings, as_of="", full_refresh=False, console=Console(stderr=True, quiet=True))
        return {"outcome": outcome.outcome, "message": outcome.message, "steps": outcome.step_seconds}

    if name == "night":
        shutil.rmtree(settings.data_dir, ignore_errors=True)
        _measured(night)
    elif name == "again":
        _measured(night)
    elif name == "models":
        from pipelines.run_context import RunContext, RunOptions  # noqa: PLC0415

        with open_warehouse(settings) as connection:
            parameters = RunContext(settings, connection, _KEY.encode(), RunOptions(), "bench").parameters()
            _measured(lambda: contenders.run_models(connection, parameters))
    elif name == "bare":
        with open_warehouse(settings) as connection:
            from pipelines.run_context import RunContext, RunOptions  # noqa: PLC0415

            parameters = RunContext(settings, connection, _KEY.encode(), RunOptions(), "bench").parameters()
        _measured(lambda: contenders.bare_duckdb(settings, parameters, WORK / "bare"))
    elif name in {"pandas", "pandas_file"}:
        import pandas  # noqa: F401, ICN001, PLC0415

        with open_warehouse(settings) as connection:
            from pipelines.run_context import RunContext, RunOptions  # noqa: PLC0415

            as_of = RunContext(settings, connection, _KEY.encode(), RunOptions(), "bench").as_of.isoformat() + "Z"
            expected = contenders.product_counts(connection)
        target = WORK / "pandas.parquet" if name == "pandas_file" else None

        def pandas_work() -> dict[str, object]:
            counts = contenders.pandas_outcomes(WORK, as_of, settings.project.time_zone, target)
            if counts != expected:
                raise SystemExit(f"pandas and the product disagree: {counts} against {expected}")
            return {"counts": counts}

        _measured(pandas_work)
    elif name in {"core", "core_file"}:
        with open_warehouse(settings) as connection:
            from pipelines.run_context import RunContext, RunOptions  # noqa: PLC0415

            parameters = RunContext(settings, connection, _KEY.encode(), RunOptions(), "bench").parameters()

            def core_work() -> None:
                contenders.run_core(connection, parameters)
                if name == "core_file":
                    contenders.write_core(connection, WORK / "core.parquet")

            _measured(core_work)


def _run(name: str) -> dict[str, object]:
    environment = {**os.environ, "AFTERCALL_PSEUDONYM_KEY": _KEY}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.nightly", "--contender", name],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"contender {name} failed:\n{done.stderr[-3000:]}")
    result: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def main() -> None:
    """Make the data, run every contender in turn, print medians and ratios."""
    if sys.argv[1:2] == ["--contender"]:
        _contender(sys.argv[2])
        return
    from benchmarks.world import write_world  # noqa: PLC0415

    contacts = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    WORK.mkdir(parents=True, exist_ok=True)
    write_world(WORK, contacts)
    names = ("night", "again", "models", "core", "core_file", "bare", "pandas", "pandas_file")
    taken: dict[str, list[dict[str, object]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            taken[name].append(_run(name))
            print(f"{name:<12} {taken[name][-1]['seconds']:8.1f} s  {taken[name][-1]['peak_mb']:8.0f} MB", flush=True)
    median = {name: statistics.median(float(str(run["seconds"])) for run in runs) for name, runs in taken.items()}
    steps = taken["night"][-1]["steps"]
    if isinstance(steps, dict):
        from pipelines.warehouse.models import all_models  # noqa: PLC0415

        under_dagster = sum(float(steps.get(model.name, 0)) for model in all_models())
        print(
            f"\nSQL models under Dagster / bare: {under_dagster:.1f} s / {median['models']:.1f} s = {under_dagster / median['models']:.2f}  (at most 1.2)"
        )
        print(
            "steps: "
            + ", ".join(
                f"{name} {seconds:.1f}" for name, seconds in sorted(steps.items(), key=lambda item: -item[1])[:14]
            )
        )
    statistics_seconds = sum(float(steps.get(name, 0)) for name in STEPS) if isinstance(steps, dict) else 0.0
    less = median["night"] - statistics_seconds
    print(
        f"night less its statistics ({statistics_seconds:.1f} s) / bare script: {less / median['bare']:.2f}  (at most 3)"
    )
    print(f"whole night / bare script, which has no statistics: {median['night'] / median['bare']:.2f}")
    in_memory, to_file = median["pandas"] / median["core"], median["pandas_file"] / median["core_file"]
    print("pandas / core models (M1-M3, M5), at least 5:")
    print(f"  {in_memory:.1f}  pandas keeps its result in memory, the product stores it in the warehouse")
    print(f"  {to_file:.1f}  pandas writes it to Parquet, the product stores it and writes the same columns to Parquet")
    print(f"nothing new: {median['again']:.1f} s  (under 5)")


if __name__ == "__main__":
    main()
