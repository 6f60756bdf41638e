"""Texts per second of the embedded text model beside the plain `transformers` pipeline of the same weights in float32.

    python -m benchmarks.sentiment --data ../shared/training/sentiment --checkpoint FOLDER [--texts 1600] [--rounds 3]

The checkpoint is what `python -m pipelines.scoring.training … --keep-checkpoint FOLDER` keeps. Texts are training
comments of 20 to 60 tokens by default, sorted by length for both, in batches of 32; each contender runs in a process of
its own, which loads and warms up first, so start is left out; memory is the process's peak. Contenders take turns.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import click

from pipelines.scoring.text_model import load_text_model
from pipelines.scoring.training_data import read_training_rows

_BATCH = 32


def _texts(data: Path, count: int, lengths: str) -> list[str]:
    """The first ``count`` training texts of the asked length, in words as a stand-in for tokens."""
    shortest, longest = (int(number) for number in lengths.split("-"))
    rows = [row.text for row in read_training_rows(data) if shortest <= len(row.text.split()) <= longest]
    return rows[:count]


def _embedded(texts: list[str], threads: int) -> float:
    model = load_text_model(None, threads=threads)
    model.score(texts[:_BATCH])
    started = time.perf_counter()
    model.score(texts)
    return time.perf_counter() - started


def _pipeline(texts: list[str], threads: int, checkpoint: Path) -> float:
    import torch  # noqa: PLC0415  (an extra)
    from transformers import pipeline  # noqa: PLC0415

    torch.set_num_threads(threads)
    classify = pipeline(
        "text-classification", model=str(checkpoint), tokenizer=str(checkpoint), device="cpu", top_k=None
    )
    ordered = sorted(texts, key=len)
    classify(ordered[:_BATCH], batch_size=_BATCH)
    started = time.perf_counter()
    classify(ordered, batch_size=_BATCH, truncation=True)
    return time.perf_counter() - started


@click.command(help=__doc__)
@click.option("--data", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--checkpoint", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--texts", "count", default=1600, show_default=True)
@click.option("--words", "lengths", default="16-50", show_default=True, help="Shortest and longest text.")
@click.option("--threads", default=os.cpu_count() or 1, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--contender", type=click.Choice(["embedded", "pipeline"]), hidden=True)
def main(
    *, data: Path, checkpoint: Path | None, count: int, lengths: str, threads: int, rounds: int, contender: str | None
) -> None:
    """Run the contenders in turns, or, in a process of its own, one of them."""
    if contender:
        texts = _texts(data, count, lengths)
        if contender == "embedded":
            seconds = _embedded(texts, threads)
        else:
            assert checkpoint is not None  # noqa: S101  (the parent names it)
            seconds = _pipeline(texts, threads, checkpoint)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"speed": len(texts) / seconds, "peak_mb": peak}))
        return
    contenders = ["embedded"]
    if checkpoint is None or find_spec("torch") is None:
        print("The pipeline is left out: it needs --checkpoint and the extra torch.")
    else:
        contenders.append("pipeline")
    results: dict[str, list[dict[str, float]]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name in contenders:
            command = [sys.executable, "-m", "benchmarks.sentiment", *sys.argv[1:], "--contender", name]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            results[name].append(json.loads(done.stdout.splitlines()[-1]))
    for name, runs in results.items():
        speed = statistics.median(run["speed"] for run in runs)
        print(f"{name}: {speed:,.0f} texts/s, peak {max(run['peak_mb'] for run in runs):,.0f} MB")
    if len(contenders) > 1:
        ratios = [
            ours["speed"] / theirs["speed"]
            for ours, theirs in zip(results["embedded"], results["pipeline"], strict=True)
        ]
        print(f"ratio: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) in {rounds} rounds")


if __name__ == "__main__":
    main()
