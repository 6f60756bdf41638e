"""Texts per second of the embedded text model beside the plain `transformers` pipeline of the same weights in float32.

    python -m benchmarks.sentiment [--data FOLDER] [--checkpoint FOLDER] [--texts 1600] [--rounds 3]

The checkpoint is what `python -m pipelines.scoring.training … --keep-checkpoint FOLDER` keeps; without one the pipeline
is left out. Texts are training comments of 20 to 60 tokens (FOLDER of the model card), or turns of the simulator where
no data is named, sorted by length for both, in batches of 32; each contender runs in a process of
its own, which loads and warms up first, so start is left out; memory is the process's peak. Contenders take turns.
"""

import json
import os
import statistics
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import click

from benchmarks.results import Figure, in_own_process, peak_mb, report
from benchmarks.simulated_turns import benchmark_texts
from pipelines.scoring.text_model import load_text_model

_BATCH = 32


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


def contender(name: str, texts: list[str], threads: int, checkpoint: Path | None) -> dict[str, float]:
    """Texts a second and peak memory of one contender in this process."""
    if name == "embedded":
        seconds = _embedded(texts, threads)
    else:
        assert checkpoint is not None  # noqa: S101  (without one it is not run)
        seconds = _pipeline(texts, threads, checkpoint)
    return {"speed": len(texts) / seconds, "peak_mb": peak_mb()}


def figures(runs: dict[str, list[dict[str, float]]]) -> list[Figure]:
    """Medians of all rounds, and the ratio to the pipeline where it was run, round by round."""
    found = []
    if "pipeline" in runs:
        pairs = zip(runs["embedded"], runs["pipeline"], strict=True)
        ratio = statistics.median(ours["speed"] / theirs["speed"] for ours, theirs in pairs)
        found.append(Figure("embedded model ÷ transformers pipeline, float32", ratio, "", "at least 1.7"))
    for name, taken in runs.items():
        found.append(Figure(name, statistics.median(run["speed"] for run in taken), "texts/s"))
        found.append(Figure(f"{name}, peak memory", max(run["peak_mb"] for run in taken), "MB"))
    return found


@click.command(help=__doc__)
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--checkpoint", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--texts", "count", default=1600, show_default=True)
@click.option("--words", "lengths", default="16-50", show_default=True, help="Shortest and longest text.")
@click.option("--threads", default=os.cpu_count() or 1, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--contender", "name", type=click.Choice(["embedded", "pipeline"]), hidden=True)
def main(
    *, data: Path | None, checkpoint: Path | None, count: int, lengths: str, threads: int, rounds: int, name: str | None
) -> None:
    """Run the contenders in turns, or, in a process of its own, one of them."""
    if name:
        print(json.dumps(contender(name, benchmark_texts(data, count, lengths), threads, checkpoint)))
        return
    names = ["embedded"]
    if checkpoint is None or find_spec("torch") is None:
        print("The pipeline is left out: it needs --checkpoint and the extra torch.")
    else:
        names.append("pipeline")
    runs: dict[str, list[dict[str, float]]] = {each: [] for each in names}
    for _ in range(rounds):
        for each in names:
            runs[each].append(in_own_process("benchmarks.sentiment", *sys.argv[1:], "--contender", each))
    report("sentiment", f"{count:,} texts of {lengths} words, {rounds} round(s), {threads} threads", figures(runs))


if __name__ == "__main__":
    main()
