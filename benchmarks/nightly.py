"""The whole night and the SQL models against bare DuckDB and pandas, as ratios within one run.

Every contender runs in a process of its own, which imports first and then measures, so interpreter and library start
are left out. Peak memory is the process's. Usage: python -m benchmarks.nightly [contacts] [rounds] [folder].
"""

import json
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import contenders
from benchmarks.product_night import measured_night, run_context
from benchmarks.results import Figure, in_own_process, peak_mb, report
from benchmarks.world import write_world
from pipelines.config import Settings, load_settings
from pipelines.warehouse.database import open_warehouse

WORK = Path(__file__).resolve().parent / "work"
#: In the order in which they run: the later ones read the warehouse that the first leaves.
CONTENDERS = ("night", "again", "models", "core", "core_file", "bare", "pandas", "pandas_file")


def contender(name: str, work: Path) -> dict[str, Any]:
    """Run one contender in this process: its seconds, peak memory, and the night's steps."""
    settings = load_settings(work / "aftercall.toml")
    if name == "night":
        shutil.rmtree(settings.data_dir, ignore_errors=True)
    if name in {"night", "again"}:
        return measured_night(settings)
    if name.startswith("pandas"):
        seconds = _pandas(settings, work, to_file=name == "pandas_file")
    else:
        seconds = _models(settings, work, name)
    return {"seconds": seconds, "peak_mb": peak_mb()}


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _models(settings: Settings, work: Path, name: str) -> float:
    """Seconds of all models, of the core ones, with or without a file, or of the bare script."""
    with open_warehouse(settings) as connection:
        parameters = run_context(settings, connection).parameters()
        if name == "models":
            return _timed(lambda: contenders.run_models(connection, parameters))
        if name == "core":
            return _timed(lambda: contenders.run_core(connection, parameters))
        if name == "core_file":
            models = _timed(lambda: contenders.run_core(connection, parameters))
            return models + _timed(lambda: contenders.write_core(connection, work / "core.parquet"))
    return _timed(lambda: contenders.bare_duckdb(settings, parameters, work / "bare"))


def _pandas(settings: Settings, work: Path, *, to_file: bool) -> float:
    """Seconds of the pandas program. Raises SystemExit when it and the product disagree: then it proves nothing."""
    import pandas  # noqa: F401, ICN001, PLC0415  (its start is not measured)

    with open_warehouse(settings) as connection:
        as_of = run_context(settings, connection).as_of.isoformat() + "Z"
        expected = contenders.product_counts(connection)
    target = work / "pandas.parquet" if to_file else None
    started = time.perf_counter()
    counts = contenders.pandas_outcomes(work, as_of, settings.project.time_zone, target)
    seconds = time.perf_counter() - started
    if counts != expected:
        raise SystemExit(f"pandas and the product disagree: {counts} against {expected}")
    return seconds


def figures(runs: dict[str, list[dict[str, Any]]]) -> list[Figure]:
    """Ratios of the medians, from the runs of every contender."""
    median = {name: statistics.median(run["seconds"] for run in taken) for name, taken in runs.items()}
    night = runs["night"][-1]
    under_dagster = sum(seconds for step, seconds in night["steps"].items() if step.startswith("sql_"))
    less = median["night"] - sum(night["statistics"].values())
    return [
        Figure("SQL models under Dagster ÷ the same SQL bare", under_dagster / median["models"], "", "at most 1.2"),
        Figure("night less its statistics ÷ bare DuckDB script", less / median["bare"], "", "at most 3"),
        Figure("whole night ÷ the same script, which has no statistics", median["night"] / median["bare"], ""),
        Figure(
            "pandas in memory ÷ core models (M1–M3, M5), stored", median["pandas"] / median["core"], "", "at least 5"
        ),
        Figure(
            "pandas to Parquet ÷ core models, stored and to Parquet", median["pandas_file"] / median["core_file"], ""
        ),
        Figure("whole night", median["night"], "s"),
        Figure("peak memory of the night", max(run["peak_mb"] for run in runs["night"]), "MB", "at most 4,000"),
        Figure("a night on nothing new", median["again"], "s", "under 5"),
    ]


def main() -> None:
    """Make the data, run every contender in turn, report medians and ratios."""
    if sys.argv[1:2] == ["--contender"]:
        print(json.dumps(contender(sys.argv[2], Path(sys.argv[3]))))
        return
    contacts = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    work = Path(sys.argv[3]) if len(sys.argv) > 3 else WORK
    work.mkdir(parents=True, exist_ok=True)
    write_world(work, contacts)
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in CONTENDERS}
    for _ in range(rounds):
        for name in CONTENDERS:
            runs[name].append(in_own_process("benchmarks.nightly", "--contender", name, work))
    report("nightly", f"{contacts:,} contacts, {rounds} round(s)", figures(runs))


if __name__ == "__main__":
    main()
