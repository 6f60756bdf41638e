"""Speed of the similarity across handoffs (M11), in two parts, each beside what a user would otherwise do.

    python -m benchmarks.similarity --data ../shared/training/sentiment [--float32 FILE] [--handoffs 100000] [--rounds 3]

Texts: texts per second of the embedded encoder beside the same encoder in float32, in onnxruntime too, one text at a time
and padded in batches of 32 sorted by length; FILE is what `python -m pipelines.scoring.encoding … --keep-float32 FILE`
keeps. Texts are training comments of 6 to 30 words, about as long as a customer's turn.

Handoffs: the step from cached embeddings to similarities, on simulated handoffs with some 8 turns of the customer before
and 5 after, all texts distinct, beside a loop over handoffs with scikit-learn's `cosine_similarity` that is handed every
embedding in memory. Both find the largest cosine between a turn after the handoff and the sum of those before; the
differences between them are printed.

Contenders take turns in processes of their own; what each loads and makes beforehand is left out of its time; memory is
the process's peak.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from pipelines.scoring.text_encoder import WIDTH, TextEncoderIdentity, load_text_encoder
from pipelines.scoring.training_data import read_training_rows
from pipelines.warehouse.text_embeddings import TEXT_EMBEDDINGS_DDL, handoff_similarities

_BATCH = 32
_IDENTITY = TextEncoderIdentity("synthetic", "synthetic", frozenset({"en"}))
#: Turns of the synthetic handoffs; all are within what is compared.
_BEFORE, _AFTER = (5, 11), (2, 4)


def _texts(data: Path, count: int) -> list[str]:
    rows = [row.text for row in read_training_rows(data) if 6 <= len(row.text.split()) <= 30]
    return rows[:count]


def _embedded(texts: list[str], threads: int) -> float:
    encoder = load_text_encoder(threads=threads)
    encoder.encode(texts[:_BATCH])
    started = time.perf_counter()
    encoder.encode(texts)
    return time.perf_counter() - started


def _float32(texts: list[str], threads: int, weights: Path, batch: int) -> float:
    """The float32 file with a tokenizer of its own; padded windows are masked out of the mean only."""
    import onnxruntime  # noqa: PLC0415
    from transformers import AutoTokenizer  # noqa: PLC0415

    from pipelines.scoring.model_folder import EMBEDDED_FOLDER  # noqa: PLC0415

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
    tokenizer = AutoTokenizer.from_pretrained(EMBEDDED_FOLDER)

    def encode(some: list[str]) -> None:
        for start in range(0, len(some), batch):
            inputs = tokenizer(
                some[start : start + batch], padding=True, truncation=True, max_length=128, return_tensors="np"
            )
            (states,) = session.run(None, {"input_ids": inputs["input_ids"].astype(np.int64)})
            means = (states * inputs["attention_mask"][:, :, None]).sum(axis=1)
            means /= np.linalg.norm(means, axis=1, keepdims=True)

    ordered = sorted(texts, key=len)
    encode(ordered[:_BATCH])
    started = time.perf_counter()
    encode(ordered)
    return time.perf_counter() - started


def _turns(handoffs: int) -> pl.DataFrame:
    """system, handoff_id, side, place, text_hash, … of synthetic handoffs, every text distinct."""
    draw = np.random.default_rng(5)
    sides = []
    for side, (fewest, most) in (("before", _BEFORE), ("after", _AFTER)):
        counts = draw.integers(fewest, most, handoffs, endpoint=True)
        owner = np.repeat(np.arange(handoffs), counts)
        place = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
        sides.append(pl.DataFrame({"handoff": owner, "place": place}).with_columns(side=pl.lit(side)))
    return pl.concat(sides).select(
        pl.lit("crm").alias("system"),
        pl.format("h{}", "handoff").alias("handoff_id"),
        "side",
        pl.col("place").cast(pl.Int64),
        pl.format("{}-{}-{}", "handoff", "side", "place").alias("text"),
        pl.lit("en").alias("language"),
        pl.lit(9).cast(pl.Int64).alias("words"),
    )


def _make(path: Path, handoffs: int) -> None:
    """A warehouse with the turns and an embedding of every text, in another order than the handoffs'."""
    connection = duckdb.connect(str(path))
    connection.execute(TEXT_EMBEDDINGS_DDL)
    turns = _turns(handoffs)
    connection.register("made", turns.to_arrow())
    connection.execute("create table int_handoff_turns as select *, sha256(text) as text_hash from made")
    hashes = connection.execute("select text_hash from int_handoff_turns order by text_hash").pl()["text_hash"]
    draw = np.random.default_rng(6)
    for start in range(0, len(hashes), 50_000):
        some = hashes[start : start + 50_000]
        rows = draw.standard_normal((len(some), WIDTH), dtype=np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        kept = pa.array([row.tobytes() for row in rows.astype("<f2")], pa.binary())
        new = pa.table({"text_hash": some.to_arrow(), "embedding": kept})
        connection.register("new", new)
        connection.execute("insert into text_embeddings select $model, * from new", {"model": _IDENTITY.fingerprint})
    connection.close()


def _step(path: Path, threads: int) -> tuple[float, pl.DataFrame]:
    connection = duckdb.connect(str(path))
    connection.execute("set memory_limit = '2GB'")
    connection.execute("set threads = $threads", {"threads": threads})
    connection.execute("set preserve_insertion_order = false")
    started = time.perf_counter()
    found = handoff_similarities(connection, _IDENTITY)
    return time.perf_counter() - started, found


def _loop(path: Path) -> tuple[float, pl.DataFrame]:
    from sklearn.metrics.pairwise import cosine_similarity  # noqa: PLC0415

    connection = duckdb.connect(str(path))
    rows = connection.execute(
        """select system, handoff_id, side, embedding from int_handoff_turns inner join text_embeddings using (text_hash)
        order by system, handoff_id, side"""
    ).fetchall()
    by_handoff: dict[tuple[str, str], dict[str, list[NDArray[np.float32]]]] = {}
    for system, handoff, side, kept in rows:
        sides = by_handoff.setdefault((system, handoff), {"before": [], "after": []})
        sides[side].append(np.frombuffer(kept, dtype="<f2").astype(np.float32))
    started = time.perf_counter()
    found = []
    for (system, handoff), sides in by_handoff.items():
        whole = np.sum(sides["before"], axis=0, keepdims=True)
        cosines = cosine_similarity(np.stack(sides["after"]), whole)
        found.append((system, handoff, float(cosines.max())))
    elapsed = time.perf_counter() - started
    return elapsed, pl.DataFrame(found, schema=["system", "handoff_id", "similarity"], orient="row")


@click.command(help=__doc__)
@click.option("--data", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--float32", "weights", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--texts", "count", default=1600, show_default=True)
@click.option("--handoffs", default=100_000, show_default=True)
@click.option("--threads", default=os.cpu_count() or 1, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--contender", hidden=True)
@click.option("--warehouse", type=click.Path(path_type=Path), hidden=True)
def main(
    *,
    data: Path,
    weights: Path | None,
    count: int,
    handoffs: int,
    threads: int,
    rounds: int,
    contender: str | None,
    warehouse: Path | None,
) -> None:
    """Run the contenders in turns, or, in a process of its own, one of them."""
    if contender:
        _one(
            contender=contender,
            data=data,
            weights=weights,
            count=count,
            handoffs=handoffs,
            threads=threads,
            warehouse=warehouse,
        )
        return
    texts = ["embedded"]
    if weights is None:
        print("The float32 encoder is left out: it needs --float32.")
    else:
        texts += ["float32, one by one", "float32, batches"]
    speeds = _in_turns(texts, rounds, [])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "warehouse.duckdb"
        _make(path, handoffs)
        speeds |= _in_turns(["step", "loop"], rounds, ["--warehouse", str(path)])
        differences = pl.read_parquet(path.with_suffix(".step")).join(
            pl.read_parquet(path.with_suffix(".loop")), on=["system", "handoff_id"], suffix="_of_loop"
        )
    for ours, theirs in (("embedded", texts[1:]), ("step", ["loop"])):
        for other in theirs:
            ratios = [our / their for our, their in zip(speeds[ours], speeds[other], strict=True)]
            print(f"{ours} / {other}: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    largest = differences.select((pl.col("similarity") - pl.col("similarity_of_loop")).abs().max()).item()
    print(f"largest difference in {len(differences):,} similarities: {largest:.1e}")


def _in_turns(names: list[str], rounds: int, options: list[str]) -> dict[str, list[float]]:
    """Things per second of every contender, round by round."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            command = [sys.executable, "-m", "benchmarks.similarity", *sys.argv[1:], *options, "--contender", name]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            runs[name].append(json.loads(done.stdout.splitlines()[-1]))
    for name, results in runs.items():
        speed = statistics.median(run["speed"] for run in results)
        seconds = statistics.median(run["seconds"] for run in results)
        peak = max(run["peak_mb"] for run in results)
        print(f"{name}: {speed:,.0f} a second ({seconds:.1f} s), peak {peak:,.0f} MB")
    return {name: [run["speed"] for run in results] for name, results in runs.items()}


def _one(
    *, contender: str, data: Path, weights: Path | None, count: int, handoffs: int, threads: int, warehouse: Path | None
) -> None:
    if contender in {"step", "loop"}:
        assert warehouse is not None  # noqa: S101  (the parent names it)
        seconds, found = _step(warehouse, threads) if contender == "step" else _loop(warehouse)
        found.write_parquet(warehouse.with_suffix(f".{contender}"))
        things = handoffs
    else:
        texts = _texts(data, count)
        run: dict[str, Callable[[], float]] = {
            "embedded": lambda: _embedded(texts, threads),
            "float32, one by one": lambda: _float32(texts, threads, weights or Path(), 1),
            "float32, batches": lambda: _float32(texts, threads, weights or Path(), _BATCH),
        }
        seconds, things = run[contender](), len(texts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"speed": things / seconds, "seconds": seconds, "peak_mb": peak}))


if __name__ == "__main__":
    main()
