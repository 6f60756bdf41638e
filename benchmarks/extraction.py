"""Turns per second of reading promises and requests out of a million turns that are all different.

    python -m benchmarks.extraction [--turns 1000000] [--rounds 3]

Turns are sentences of the simulator with names, sums and numbers that make each a text of its own, half of them the
company's, half the customer's. ``stage`` is the whole step, out of a warehouse and into it; ``engine`` is the reading
alone; ``loop`` is what one would write instead: the same patterns, tried by a Python loop on every turn, without the
prefilter over columns. Each runs in a process of its own; memory is its peak. The loop reads a tenth of the turns.
"""

import json
import statistics
import tempfile
import time
from pathlib import Path

import click
import duckdb
import polars as pl

from benchmarks.results import Figure, in_own_process, peak_mb, report
from benchmarks.simulated_turns import simulated_turns
from pipelines.extraction import find, load_patterns
from pipelines.extraction.finding import find_without_prefilter
from pipelines.warehouse.database import configure
from pipelines.warehouse.text_findings import TEXT_FINDINGS_DDL, find_in_new_texts

_CONTENDERS = ("stage", "engine", "loop")


def _stage(turns: pl.DataFrame) -> float:
    with tempfile.TemporaryDirectory() as folder:
        connection = duckdb.connect(str(Path(folder) / "warehouse.duckdb"))
        configure(connection, "1GB", 2, Path(folder) / "spill")
        connection.execute(TEXT_FINDINGS_DDL)
        connection.register("turns", turns.to_arrow())
        connection.execute(
            "create table int_spoken_texts as select role, 'en' as language, text, sha256(text) as text_hash from turns"
        )
        connection.unregister("turns")
        patterns = load_patterns()
        started = time.perf_counter()
        find_in_new_texts(connection, patterns)
        seconds = time.perf_counter() - started
        connection.close()
    return seconds


def _engine(turns: pl.DataFrame) -> float:
    patterns = load_patterns()
    started = time.perf_counter()
    for role in ("server", "customer"):
        find(patterns, "en", role, turns.filter(pl.col("role") == role)["text"])  # type: ignore[arg-type]
    return time.perf_counter() - started


def _loop(turns: pl.DataFrame) -> float:
    patterns = load_patterns()
    started = time.perf_counter()
    for role, text in turns.rows():
        find_without_prefilter(patterns, "en", role, [text])
    return time.perf_counter() - started


def contender(name: str, turns: int) -> dict[str, float]:
    """Turns a second, seconds and peak memory of one contender in this process; the loop reads a tenth."""
    made = simulated_turns(max(turns // 10, 1) if name == "loop" else turns)
    seconds = {"stage": _stage, "engine": _engine, "loop": _loop}[name](made)
    return {"speed": len(made) / seconds, "seconds": seconds, "peak_mb": peak_mb()}


def figures(runs: dict[str, list[dict[str, float]]]) -> list[Figure]:
    """Medians of all rounds, and the ratio of reading to the loop, round by round."""
    pairs = zip(runs["engine"], runs["loop"], strict=True)
    ratio = statistics.median(ours["speed"] / theirs["speed"] for ours, theirs in pairs)
    return [
        Figure("reading ÷ loop without the prefilter, turns a second", ratio, ""),
        Figure("the whole step", statistics.median(run["seconds"] for run in runs["stage"]), "s", "120 for a million"),
        *(Figure(name, statistics.median(run["speed"] for run in taken), "turns/s") for name, taken in runs.items()),
        Figure("peak memory of the step", max(run["peak_mb"] for run in runs["stage"]), "MB"),
    ]


@click.command(help=__doc__)
@click.option("--turns", default=1_000_000, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--contender", "name", type=click.Choice(_CONTENDERS), hidden=True)
def main(*, turns: int, rounds: int, name: str | None) -> None:
    """Run the contenders in turns, or, in a process of its own, one of them."""
    if name:
        print(json.dumps(contender(name, turns)))
        return
    runs: dict[str, list[dict[str, float]]] = {each: [] for each in _CONTENDERS}
    for _ in range(rounds):
        for each in _CONTENDERS:
            runs[each].append(in_own_process("benchmarks.extraction", "--turns", turns, "--contender", each))
    report("extraction", f"{turns:,} turns, {rounds} round(s)", figures(runs))


if __name__ == "__main__":
    main()
