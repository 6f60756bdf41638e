"""Shrunk rates of agents and small queues (M18), also where queues differ little and where small ones are truly worse."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.coverage.promise import Measured, Promise, mean
from pipelines.statistics.shrinkage import shrink_rates

Floats = NDArray[np.float64]
#: World in words, standard deviation of the groups' log-odds, and what a tenfold size adds to them.
_WORLDS = (
    ("differ much", 0.7, 0.0),
    ("differ little", 0.1, 0.0),
    ("do not differ", 0.0, 0.0),
    ("small ones are worse", 0.25, -0.6),
)
_GROUPS = (12, 60)


def rates_of_groups(rng: np.random.Generator, groups: int, spread: float, tenfold: float) -> tuple[Floats, Floats]:
    """Contacts (log-normal, 8 to 3,000) and true rates of ``groups`` groups: normal log-odds, not a Beta law."""
    n = np.clip(np.exp(rng.normal(4.3, 1.1, groups)), 8, 3000).round()
    odds = -1.0 + rng.normal(0, spread, groups) + tenfold * (np.log10(n) - 1.9)
    return n, 1 / (1 + np.exp(-odds))


def _measured(trials: int, seed: int) -> Iterator[Measured]:
    for world, spread, tenfold in _WORLDS:
        for groups in _GROUPS:
            rng = np.random.default_rng([seed, groups, round(100 * spread), round(-100 * tenfold)])
            inside, inside_small, gain = [], [], []
            for _ in range(trials):
                n, rate = rates_of_groups(rng, groups, spread, tenfold)
                k = rng.binomial(n.astype(np.int64), rate)
                found = shrink_rates(k, n)
                held = (found.lower <= rate) & (rate <= found.upper)
                inside.append(float(held.mean()))
                inside_small.append(float(held[n <= np.median(n)].mean()))
                gain.append(float(np.sqrt(np.square(found.shrunk - rate).mean() / np.square(k / n - rate).mean())))
            named = f"{groups} groups that {world}" if spread != 0.25 else f"{groups} groups, {world}"
            yield mean(named, "share of groups inside their 95% interval", inside, "0.93 to 0.97")
            yield mean(named, "the same, smaller half", inside_small, "0.93 to 0.97")
            yield mean(named, "error (root mean square) ÷ that of raw rates", gain, "below 1")


PROMISE = Promise(
    name="small_segments",
    claim="The interval of a shrunk rate holds the group's true rate in 95% of groups.",
    method="Groups of 8 to 3,000 contacts whose log-odds are normal, not Beta as the method takes them to be.",
    measure=_measured,
    trials=200,
)
