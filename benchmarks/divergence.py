"""`python -m benchmarks.divergence [contacts]`: divergence of all segments of one and two dimensions, time and memory.

The contacts are made in the same process, so its peak memory holds them too; their share is told apart.
"""

import sys
import time

import numpy as np
import polars as pl

from benchmarks.results import Figure, peak_mb, report
from pipelines.statistics.divergence import segment_divergence
from pipelines.statistics.divergence_measures import DIMENSIONS

#: Values of each dimension; with these a million contacts make over 10,000 segments.
SIZES = {
    "mode": 3,
    "channel": 4,
    "queue": 40,
    "workflow": 30,
    "issue": 40,
    "product": 25,
    "region": 50,
    "language": 8,
    "ai_model": 5,
}


def make_contacts(contacts: int, seed: int = 0) -> pl.DataFrame:
    """Contacts of both periods; the customers return three times on average."""
    rng = np.random.default_rng(seed)

    def drawn(size: int) -> np.ndarray:
        return np.minimum(rng.zipf(1.3, contacts) - 1, rng.integers(0, size, contacts)).astype(np.int32)

    columns = {name: drawn(SIZES[name]) for name in DIMENSIONS}
    claimed = rng.random(contacts) < 0.7
    ai = columns["mode"] == 0
    columns["ai_model"] = np.where(ai, columns["ai_model"], -1).astype(np.int32)
    repeat = rng.random(contacts) < 0.2
    # One planted pair, so that the search for causes has something to do.
    planted = (columns["queue"] == 1) & (columns["issue"] == 2)
    period = rng.random(contacts) < 0.25
    repeat |= planted & period & (rng.random(contacts) < 0.2)
    seconds = rng.lognormal(5.8, 0.6, contacts) * np.where(planted & period, 0.75, 1.0)
    return pl.DataFrame(
        {
            "period": period.astype(np.int8),
            "customer": rng.integers(0, contacts // 3 + 1, contacts),
            **columns,
            "handle_seconds": seconds,
            "claimed": claimed.astype(float),
            "contained": np.where(ai, (rng.random(contacts) < 0.6).astype(float), np.nan),
            "repeat": repeat.astype(float),
            "false_resolution": np.where(claimed, repeat.astype(float), np.nan),
            "complaint": (rng.random(contacts) < 0.004).astype(float),
            "post_call_sentiment": np.where(rng.random(contacts) < 0.3, rng.uniform(-1, 1, contacts), np.nan),
            "sentiment_source": rng.integers(0, 3, contacts, dtype=np.int32),
        }
    )


def figures(count: int) -> list[Figure]:
    """Measure once."""
    contacts = make_contacts(count)
    before = peak_mb()
    wall, processor = time.perf_counter(), time.process_time()
    found = segment_divergence(contacts)
    return [
        Figure("all segments", time.perf_counter() - wall, "s"),
        Figure("of it processor time", time.process_time() - processor, "s"),
        Figure("segments", found.height, ""),
        Figure("verdicts of divergence", found.filter(pl.col("verdict") == "diverging").height, ""),
        Figure("peak memory", peak_mb(), "MB"),
        Figure("of it before the work", before, "MB"),
    ]


def main() -> None:
    """Measure once and report."""
    contacts = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    report("divergence", f"{contacts:,} contacts", figures(contacts))


if __name__ == "__main__":
    main()
