"""Turns per second of reading promises and requests out of a million turns that are all different.

    python -m benchmarks.extraction [--turns 1000000] [--rounds 3]

Turns are sentences of the simulator with names, sums and numbers that make each a text of its own, half of them the
company's, half the customer's. ``stage`` is the whole step, out of a warehouse and into it; ``engine`` is the reading
alone; ``loop`` is what one would write instead: the same patterns, tried by a Python loop on every turn, without the
prefilter over columns. Each runs in a process of its own; memory is its peak. The loop reads a tenth of the turns.
"""

import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import duckdb
import polars as pl

from pipelines.extraction import find, load_patterns
from pipelines.extraction.finding import find_without_prefilter
from pipelines.simulate.phrases import ENGLISH
from pipelines.warehouse.database import configure
from pipelines.warehouse.text_findings import TEXT_FINDINGS_DDL, find_in_new_texts

_COMPANY = (
    "greeting_ai",
    "greeting_agent",
    "take_over",
    "verify_ask",
    "clarify",
    "detail_ask",
    "hold",
    "action",
    "promise",
    "hand_over",
    "claim_yes",
    "claim_no",
    "goodbye",
)
#: Share of the company's turns that promise something.
_PROMISED = 0.1
_CONTENDERS = ("stage", "engine", "loop")


def _turns(count: int) -> pl.DataFrame:
    """role and text of ``count`` different turns of two or three sentences, some twenty words, the same every time."""
    chance = random.Random(5)  # noqa: S311  (made-up texts)
    phrases: dict[str, list[str]] = {"server": [], "customer": []}
    for beat, by_key in ENGLISH.beats.items():
        phrases["server" if beat in _COMPANY else "customer"] += [text for texts in by_key.values() for text in texts]
    promises = [text for texts in ENGLISH.promises.values() for text in texts]
    leads = {"server": ENGLISH.leads["server"], "customer": ENGLISH.leads["unhappy"] + ENGLISH.leads["calm"]}
    rows = []
    for number in range(count):
        role = "server" if number % 2 else "customer"
        said = " ".join(chance.choices(phrases[role], k=chance.randint(1, 2)))
        if role == "server" and chance.random() < _PROMISED:
            said += f" {chance.choice(promises)}"
        slots = {
            "card": "[card]",
            "phone": "[phone]",
            "email": "[email]",
            "name": chance.choice(ENGLISH.names),
            "due": f"within {chance.randint(2, 9)} days",
        }
        said = said.format(**slots, amount=f"${chance.randint(1, 400)}.{chance.randint(10, 99)}", order=f"A{number}")
        rows.append((role, f"{chance.choice(leads[role])}{said} I have noted it as number {number}."))
    return pl.DataFrame(rows, schema={"role": pl.String, "text": pl.String}, orient="row")


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


@click.command(help=__doc__)
@click.option("--turns", default=1_000_000, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--contender", type=click.Choice(_CONTENDERS), hidden=True)
def main(*, turns: int, rounds: int, contender: str | None) -> None:
    """Run the contenders in turns, or, in a process of its own, one of them."""
    if contender:
        made = _turns(turns // 10 if contender == "loop" else turns)
        seconds = {"stage": _stage, "engine": _engine, "loop": _loop}[contender](made)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"speed": len(made) / seconds, "seconds": seconds, "peak_mb": peak}))
        return
    results: dict[str, list[dict[str, float]]] = {name: [] for name in _CONTENDERS}
    for _ in range(rounds):
        for name in _CONTENDERS:
            command = [sys.executable, "-m", "benchmarks.extraction", *sys.argv[1:], "--contender", name]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            results[name].append(json.loads(done.stdout.splitlines()[-1]))
    for name, runs in results.items():
        speed = statistics.median(run["speed"] for run in runs)
        seconds = statistics.median(run["seconds"] for run in runs)
        print(f"{name}: {seconds:.1f} s, {speed:,.0f} turns/s, peak {max(run['peak_mb'] for run in runs):,.0f} MB")
    pairs = zip(results["engine"], results["loop"], strict=True)
    ratios = [ours["speed"] / theirs["speed"] for ours, theirs in pairs]
    print(
        f"engine to loop: {statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f}) in {rounds} rounds"
    )


if __name__ == "__main__":
    main()
