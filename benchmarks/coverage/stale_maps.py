"""Recalibration that goes stale (M9): how often a map that does harm is withdrawn, and one that helps is not.

Claims of twelve months; the map is fitted on six and judged by month on the six after them. In the worlds with drift the
accuracy turns towards what was stated, so that a map which helped until then does harm.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.coverage.promise import Measured, Promise, mean, share
from benchmarks.coverage.worlds import answers, heavy_tailed
from pipelines.statistics.calibration import Claims, judged_claims
from pipelines.statistics.recalibration import recalibration
from pipelines.statistics.stale_maps import monthly_gains, withdrawn_since

_MONTHS, _FITTED = 12, 6


@dataclass(frozen=True)
class DriftWorld:
    """``a_month``: claims of a month; ``off``: stated − accuracy until ``turns`` (a month, 0 … 12), 0 from it on."""

    name: str
    a_month: int
    off: float
    turns: int = _MONTHS
    largest: float = 0.0

    def month(self, rng: np.random.Generator, month: int) -> Claims:
        """The claims of one month."""
        off = self.off if month < self.turns else 0.0
        codes = heavy_tailed(rng, self.a_month, largest=self.largest)
        stated = np.clip(rng.normal(0.8, 0.08, self.a_month), 0.5, 0.99)
        # One draw a customer, made into claims of different rates by the place of the stated confidence.
        high, low = (answers(rng, codes, rate - off, 0.05) for rate in (0.86, 0.74))
        return judged_claims(stated, np.where(stated > 0.8, high, low), codes)


WORLDS = (
    DriftWorld("300 claims a month, 19 points overconfident, calibrated from the tenth month on", 300, 0.19, 9),
    DriftWorld("100 claims a month, the same", 100, 0.19, 9),
    DriftWorld("40 claims a month, the same", 40, 0.19, 9),
    DriftWorld("300 claims a month, a fifth of one customer, the same", 300, 0.19, 9, largest=0.2),
    DriftWorld("300 claims a month, 19 points overconfident throughout", 300, 0.19),
    DriftWorld("300 claims a month, calibrated throughout: the map gains nothing", 300, 0.0),
)


def measure(trials: int, seed: int) -> Iterator[Measured]:
    """Maps withdrawn, and what those that stand are worth in the last three months."""
    for number, world in enumerate(WORLDS):
        rng = np.random.default_rng((seed, number))
        withdrawn, standing = [], []
        for _ in range(trials):
            months = [world.month(rng, month) for month in range(_MONTHS)]
            earlier, later = _joined(months[:_FITTED]), _joined(months[_FITTED:])
            found = recalibration(earlier, later)
            if found.map is None:
                continue
            names = np.repeat(
                [f"m{month:02}" for month in range(_FITTED, _MONTHS)], [claims.n for claims in months[_FITTED:]]
            )
            gains = monthly_gains(found.map, names.tolist(), later.confidence, later.correct, later.codes)
            since = withdrawn_since(gains, found.upper)
            withdrawn.append(since is not None)
            last = _joined(months[9:])
            gained = np.square(last.confidence - last.correct) - np.square(
                found.map.apply(last.confidence) - last.correct
            )
            standing.append(0.0 if since else float(gained.mean()))
        aim = "near 1" if world.turns < _MONTHS else "near 0" if world.off else "no harm either way"
        yield share(world.name, "the map is withdrawn", withdrawn, aim)
        yield mean(world.name, "Brier gain in the last three months (0 if withdrawn)", standing, "not below 0")


def _joined(months: list[Claims]) -> Claims:
    codes = [claims.codes for claims in months if claims.codes is not None]
    return Claims(
        np.concatenate([claims.confidence for claims in months]),
        np.concatenate([claims.correct for claims in months]),
        np.concatenate(codes),
        (),
    )


PROMISE = Promise(
    "stale_maps",
    "A recalibration map that does harm since some month is withdrawn from that month on, and one that helps is not (M9, M10).",
    "Twelve months of claims, the same customers in each, heavy-tailed (Pareto 1.6), rates of customers Beta with an intra-customer "
    "correlation of .05. The map is fitted on six months and judged on each of the six after them.",
    measure,
    trials=300,
)
