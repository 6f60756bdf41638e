"""Segment divergence where issue codes are merged (M16): the share of verdicts that is false, in all and in the headline.

Issues differ in handle time, repeats and complaints, and some take little time and come back often: merged into one that is the
other way round, they look like a divergence. Customers call unequally often and are unlike each other; the mix of issues
follows a season; a part of the queues truly diverges.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.coverage.promise import Measured, Promise, share
from benchmarks.coverage.worlds import heavy_tailed
from pipelines.statistics.divergence import segment_divergence

Floats = NDArray[np.float64]

#: Shares of the issues in the baseline, their mean handle time (s) and the probability of a repeat.
SHARES = (0.22, 0.18, 0.14, 0.12, 0.10, 0.09, 0.08, 0.07)
SECONDS = (420.0, 300.0, 520.0, 350.0, 200.0, 450.0, 240.0, 380.0)
REPEATS = (0.14, 0.24, 0.12, 0.22, 0.34, 0.16, 0.30, 0.20)
DIMENSIONS = ("mode", "queue", "region", "issue")


@dataclass(frozen=True)
class CodingWorld:
    """``merges``: codes of the period that become others, in the queues of ``where`` (all if None); ``planted``: queues that diverge.

    ``season``: how strongly the mix of issues shifts in the period; ``largest``: share of the contacts from one customer, who
    with ``arrives`` is there in the period alone.
    """

    name: str
    n: int
    merges: tuple[tuple[int, int], ...] = ()
    where: int | None = None
    season: float = 0.0
    planted: int = 0
    largest: float = 0.0
    arrives: bool = False

    def drawn(self, rng: np.random.Generator) -> tuple[pl.DataFrame, NDArray[np.bool_]]:
        """Contacts as `segment_divergence` takes them, and which of them truly diverge."""
        n = self.n
        period = (rng.random(n) < 0.25).astype(np.int64)
        customer = heavy_tailed(rng, n, largest=self.largest)
        rng.shuffle(customer)
        if self.arrives:
            period[customer == 0] = 1
        pace, level = rng.normal(size=(2, int(customer.max()) + 1))[:, customer]
        shifted = np.array(SHARES) * np.exp(self.season * np.sin(np.arange(len(SHARES))))
        true = np.where(period == 1, _drawn(rng, shifted, n), _drawn(rng, np.array(SHARES), n))
        queue = _drawn(rng, 1 / (np.arange(12) + 2.0), n)
        is_planted = (queue < self.planted) & (period == 1)
        seconds = np.array(SECONDS)[true] * np.exp(0.2 * pace + 0.5 * rng.normal(size=n)) * (1 - 0.2 * is_planted)
        repeat = rng.random(n) < np.clip(np.array(REPEATS)[true] + 0.05 * level + 0.08 * is_planted, 0, 1)
        complaint = rng.random(n) < np.clip(0.004 * np.exp(0.6 * level), 0, 1)
        claimed = rng.random(n) < np.clip(0.9 - np.array(REPEATS)[true], 0, 1)
        issue = true.copy()
        for old, new in self.merges:
            here = (period == 1) & (true == old) & ((queue == self.where) | (self.where is None))
            issue[here] = new
        frame = pl.DataFrame(
            {
                "period": period,
                "customer": customer,
                "mode": rng.integers(0, 3, n),
                "queue": queue,
                "region": rng.integers(0, 6, n),
                "issue": issue,
                "handle_seconds": seconds,
                "claimed": claimed.astype(float),
                "contained": np.where(rng.random(n) < 0.4, (rng.random(n) < 0.6).astype(float), np.nan),
                "repeat": repeat.astype(float),
                "false_resolution": np.where(claimed, (repeat | complaint).astype(float), np.nan),
                "complaint": complaint.astype(float),
                "post_call_sentiment": np.where(rng.random(n) < 0.3, np.clip(rng.normal(0, 0.4, n), -1, 1), np.nan),
                "sentiment_source": np.zeros(n, dtype=int),
            }
        )
        return frame, is_planted


WORLDS = (
    CodingWorld("12,000 contacts, one code into another", 12_000, ((4, 0),)),
    CodingWorld("60,000 contacts, one code into another", 60_000, ((4, 0),)),
    CodingWorld("60,000 contacts, two codes into others", 60_000, ((4, 2), (6, 5))),
    CodingWorld("60,000 contacts, one code into another in one queue", 60_000, ((4, 0),), where=1),
    CodingWorld(
        "60,000 contacts, one code into another, a season, a tenth of one customer",
        60_000,
        ((4, 0),),
        season=0.25,
        largest=0.1,
    ),
    CodingWorld("60,000 contacts, a season alone", 60_000, season=0.4),
    CodingWorld(
        "60,000 contacts, one code into another, a customer with a twentieth of them arrives",
        60_000,
        ((4, 0),),
        largest=0.05,
        arrives=True,
    ),
    CodingWorld("60,000 contacts, one code into another, a third of the queues diverge", 60_000, ((4, 0),), planted=4),
    CodingWorld("60,000 contacts, a third of the queues diverge", 60_000, planted=4),
)


def verdicts(frame: pl.DataFrame, is_planted: NDArray[np.bool_]) -> list[tuple[bool, bool]]:
    """(false, sensitive) of every verdict. False: fewer than 1% of the segment's contacts of the period diverge, or the wrong way."""
    found = segment_divergence(frame, dimensions=DIMENSIONS).filter(
        pl.col("verdict").is_in(["diverging", "undervalued"])
    )
    columns = {name: frame[name].to_numpy() for name in ("period", *DIMENSIONS)}
    result = []
    for row in found.iter_rows(named=True):
        inside = columns["period"] == 1
        for place in (1, 2):
            if row[f"dimension_{place}"] is not None:
                inside = inside & (columns[row[f"dimension_{place}"]] == row[f"value_{place}"])
        is_true = row["verdict"] == "diverging" and is_planted[inside].mean() > 0.01
        result.append((not is_true, bool(row["is_sensitive_to_issue_coding"])))
    return result


def measure(trials: int, seed: int) -> Iterator[Measured]:
    """The share of false verdicts, of all and of those in the headline, and true verdicts kept."""
    for number, world in enumerate(WORLDS):
        rng = np.random.default_rng((seed, number))
        found = [verdicts(*world.drawn(rng)) for _ in range(trials)]
        given = [each for trial in found for each in trial]
        headline = [false for false, sensitive in given if not sensitive]
        yield share(
            world.name,
            "worlds with a false verdict in the headline",
            [any(f and not s for f, s in trial) for trial in found],
            "few",
        )
        if given:
            yield share(world.name, "false among all verdicts", [false for false, _ in given], "for comparison")
        if headline:
            yield share(world.name, "false among the verdicts of the headline", headline, "at most .05")
        if world.planted:
            yield share(
                world.name, "true verdicts that stay in the headline", [not s for f, s in given if not f], "near 1"
            )


PROMISE = Promise(
    "issue_codes",
    "At most 5% of the verdicts of segment divergence in the headline are false, also where issue codes are merged, in a season, "
    "and where a large customer arrives: a verdict that rests on issues whose shares moved is marked and leaves the headline (M16).",
    "Worlds of 12 queues, 8 issues, 6 regions and 3 modes whose issues differ in handle time and repeats; customers call unequally "
    "often (Pareto tail 1.6) and are unlike each other. The bounds are the default ones: ± 50% of itself and 2 points.",
    measure,
    trials=20,
)


def _drawn(rng: np.random.Generator, weights: Floats, n: int) -> NDArray[np.int64]:
    return rng.choice(len(weights), size=n, p=weights / weights.sum())
