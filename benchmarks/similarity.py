"""Speed of the similarity across handoffs (M11), in two parts, each beside what a user would otherwise do.

    python -m benchmarks.similarity [--data FOLDER] [--float32 FILE] [--handoffs 100000] [--rounds 3]

Texts: texts per second of the embedded encoder beside the same encoder in float32, in onnxruntime too, one text at a time
and padded in batches of 32 sorted by length; FILE is what `python -m pipelines.scoring.encoding … --keep-float32 FILE`
keeps; without it that part is left out. Texts are training comments of 6 to 30 words (FOLDER of the model card), or turns
of the simulator where no data is named, about as long as a customer's turn.

Handoffs: the step from cached embeddings to similarities, on simulated handoffs with some 8 turns of the customer before
and 5 after, all texts distinct, beside a loop over handoffs with scikit-learn's `cosine_similarity` that is handed every
embedding in memory. Both find the largest cosine between a turn after the handoff and the sum of those before; the
differences between them are printed.

Contenders take turns in processes of their own; what each loads and makes beforehand is left out of its time; memory is
the process's peak.
"""

import json
import os
import statistics
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

from benchmarks.results import Figure, in_own_process, peak_mb, report
from benchmarks.simulated_turns import benchmark_texts
from pipelines.scoring.text_encoder import WIDTH, TextEncoderIdentity, load_text_encoder
from pipelines.warehouse.text_embeddings import TEXT_EMBEDDINGS_DDL, handoff_similarities

_BATCH = 32
_WORDS = "6-30"
_IDENTITY = TextEncoderIdentity("synthetic", "synthetic", frozenset({"en"}))
#: Turns of the synthetic handoffs; all are within what is compared.
_BEFORE, _AFTER = (5, 11), (2, 4)


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


def make_warehouse(path: Path, handoffs: int) -> None:
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


def contender(
    name: str, *, texts: list[str], weights: Path | None, threads: int, warehouse: Path, handoffs: int
) -> dict[str, float]:
    """Things a second, seconds and peak memory of one contender in this process."""
    if name in {"step", "loop"}:
        seconds, found = _step(warehouse, threads) if name == "step" else _loop(warehouse)
        found.write_parquet(warehouse.with_suffix(f".{name}"))
        return {"speed": handoffs / seconds, "seconds": seconds, "peak_mb": peak_mb()}
    run: dict[str, Callable[[], float]] = {
        "embedded": lambda: _embedded(texts, threads),
        "float32, one by one": lambda: _float32(texts, threads, weights or Path(), 1),
        "float32, batches": lambda: _float32(texts, threads, weights or Path(), _BATCH),
    }
    seconds = run[name]()
    return {"speed": len(texts) / seconds, "seconds": seconds, "peak_mb": peak_mb()}


def largest_difference(warehouse: Path) -> float:
    """Between the similarities of step and loop, over all handoffs."""
    both = pl.read_parquet(warehouse.with_suffix(".step")).join(
        pl.read_parquet(warehouse.with_suffix(".loop")), on=["system", "handoff_id"], suffix="_of_loop"
    )
    difference: float = both.select((pl.col("similarity") - pl.col("similarity_of_loop")).abs().max()).item()
    return difference


def figures(runs: dict[str, list[dict[str, float]]], difference: float) -> list[Figure]:
    """Ratios round by round, medians, peaks."""
    found = []
    for ours, theirs in (("step", "loop"), ("embedded", "float32, one by one"), ("embedded", "float32, batches")):
        if theirs in runs:
            pairs = zip(runs[ours], runs[theirs], strict=True)
            ratio = statistics.median(our["speed"] / their["speed"] for our, their in pairs)
            found.append(Figure(f"{ours} ÷ {theirs}", ratio, ""))
    for name, taken in runs.items():
        unit = "handoffs/s" if name in {"step", "loop"} else "texts/s"
        found.append(Figure(name, statistics.median(run["speed"] for run in taken), unit))
        found.append(Figure(f"{name}, peak memory", max(run["peak_mb"] for run in taken), "MB"))
    found.append(Figure("largest difference between step and loop", difference, ""))
    return found


@click.command(help=__doc__)
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--float32", "weights", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--texts", "count", default=1600, show_default=True)
@click.option("--handoffs", default=100_000, show_default=True)
@click.option("--threads", default=os.cpu_count() or 1, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option("--contender", "name", hidden=True)
@click.option("--warehouse", type=click.Path(path_type=Path), hidden=True)
def main(
    *,
    data: Path | None,
    weights: Path | None,
    count: int,
    handoffs: int,
    threads: int,
    rounds: int,
    name: str | None,
    warehouse: Path | None,
) -> None:
    """Run the contenders in turns, or, in a process of its own, one of them."""
    if name:
        texts = [] if name in {"step", "loop"} else benchmark_texts(data, count, _WORDS)
        place = warehouse or Path()
        took = contender(name, texts=texts, weights=weights, threads=threads, warehouse=place, handoffs=handoffs)
        print(json.dumps(took))
        return
    names = ["step", "loop", "embedded"]
    if weights is None:
        print("The float32 encoder is left out: it needs --float32.")
    else:
        names += ["float32, one by one", "float32, batches"]
    runs: dict[str, list[dict[str, float]]] = {each: [] for each in names}
    with TemporaryDirectory() as folder:
        place = Path(folder) / "warehouse.duckdb"
        make_warehouse(place, handoffs)
        options = (*sys.argv[1:], "--warehouse", place)
        for _ in range(rounds):
            for each in names:
                runs[each].append(in_own_process("benchmarks.similarity", *options, "--contender", each))
        difference = largest_difference(place)
    size = f"{handoffs:,} handoffs, {count:,} texts, {rounds} round(s), {threads} threads"
    report("similarity", size, figures(runs, difference))


if __name__ == "__main__":
    main()
