"""A change that is taken apart (M16): intervals of mix and rates, what is named beside a cause, and the week of a step."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.coverage.promise import Measured, Promise, share
from benchmarks.coverage.worlds import Floats, Ints, answers, heavy_tailed
from pipelines.statistics.change_point import change_point
from pipelines.statistics.decomposition import Decomposition, cluster_sums, decompose, draws

_CORRELATION, _WEEKS = 0.08, 12


@dataclass(frozen=True)
class PartsWorld:
    """Contacts of baseline and period in cells: ``shares`` and ``rates`` by side. ``largest``: share of one customer."""

    name: str
    contacts: tuple[int, int]
    shares: tuple[tuple[float, ...], tuple[float, ...]]
    rates: tuple[tuple[float, ...], tuple[float, ...]]
    largest: float = 0.0

    @property
    def truth(self) -> tuple[float, float, float]:
        """Change, mix and rate of the population."""
        p, r = (np.array(each) for each in (self.shares, self.rates))
        overall = (p * r).sum(axis=1)
        mix = float(((p[1] - p[0]) * (r[0] + r[1]) / 2).sum())
        return float(overall[1] - overall[0]), mix, float(overall[1] - overall[0]) - mix

    def decomposition(self, rng: np.random.Generator, seed: int) -> Decomposition:
        """One draw of the world, taken apart."""
        codes = heavy_tailed(rng, sum(self.contacts), largest=self.largest)
        side = (rng.random(len(codes)) < self.contacts[1] / sum(self.contacts)).astype(np.int64)
        cells = len(self.shares[0])
        cell = np.where(side == 1, *(rng.choice(cells, len(codes), p=self.shares[s]) for s in (1, 0)))
        y = np.zeros(len(codes))
        for s in (0, 1):
            for v in range(cells):
                own = (side == s) & (cell == v)
                y[own] = answers(rng, codes, self.rates[s][v], _CORRELATION)[own]
        clusters = int(codes.max()) + 1
        sums = cluster_sums(codes, side, cell.astype(np.int64), y, clusters=clusters, cells=cells)
        return decompose(sums, draws(clusters, seed=seed), min_n=30)


_EVEN = (0.25, 0.25, 0.25, 0.25)
PARTS = (
    PartsWorld("900 and 300 contacts, four even cells, nothing changes", (900, 300), (_EVEN, _EVEN), ((0.3,) * 4,) * 2),
    PartsWorld(
        "900 and 300 contacts, one of four cells rises by 25 points",
        (900, 300),
        (_EVEN, _EVEN),
        ((0.3,) * 4, (0.55, 0.3, 0.3, 0.3)),
    ),
    PartsWorld(
        "3,000 and 1,000 contacts, the mix moves by 30 points to a cell that is worse",
        (3_000, 1_000),
        ((0.2, 0.8), (0.5, 0.5)),
        ((0.6, 0.2), (0.6, 0.2)),
    ),
    PartsWorld(
        "900 and 300 contacts, a fifth of one customer, one of four cells rises by 25 points",
        (900, 300),
        (_EVEN, _EVEN),
        ((0.3,) * 4, (0.55, 0.3, 0.3, 0.3)),
        largest=0.2,
    ),
)


@dataclass(frozen=True)
class StepWorld:
    """So many contacts in each of twelve weeks; the rate rises by ``step`` in week ``at``. ``swing``: standard deviation of a week's own share of turned answers."""

    name: str
    a_week: int
    step: float
    at: int = 7
    swing: float = 0.0
    largest: float = 0.0

    def week_of(self, rng: np.random.Generator, seed: int) -> tuple[bool, bool]:
        """Whether a step is claimed, and whether its interval holds the week."""
        codes = heavy_tailed(rng, self.a_week * _WEEKS, largest=self.largest)
        week: Ints = rng.integers(0, _WEEKS, len(codes))
        off: Floats = rng.normal(0, self.swing, _WEEKS)
        usual = answers(rng, codes, 0.3, _CORRELATION)
        risen = answers(rng, codes, 0.3 + max(self.step, 1e-9), _CORRELATION)
        y = np.where(week >= self.at, risen, usual).astype(np.float64)
        # Weeks of their own: some answers are turned in weeks that are off.
        turned = rng.random(len(y)) < np.abs(off[week])
        y = np.where(turned, (off[week] > 0).astype(np.float64), y)
        clusters = int(codes.max()) + 1
        n, sums = (np.zeros((clusters, _WEEKS)) for _ in range(2))
        np.add.at(n, (codes, week), 1)
        np.add.at(sums, (codes, week), y)
        found = change_point(n, sums, sums.sum(axis=0), seed=seed)
        if found is None or found.p > 0.05 or found.is_gradual:
            return False, False
        return True, found.first <= self.at <= found.last


STEPS = (
    StepWorld("100 contacts a week, no step", 100, 0.0),
    StepWorld("300 contacts a week that swing by 4 points, no step", 300, 0.0, swing=0.04),
    StepWorld("100 contacts a week, a fifth of one customer, no step", 100, 0.0, largest=0.2),
    StepWorld("100 contacts a week, a step of 20 points", 100, 0.2),
    StepWorld("300 contacts a week, a step of 10 points", 300, 0.1),
    StepWorld("300 contacts a week, a step of 10 points three weeks before the end", 300, 0.1, at=9),
)


def _stand_out(found: Decomposition) -> list[bool]:
    """Which cells a page would name: of a significant change those without which significantly less of it is left."""
    change = found.change
    if change.lower <= 0 <= change.upper:
        return [False] * len(found.cells)
    return [
        cell.less.p * len(found.cells) <= 0.05 and (cell.less.value > 0) == (change.value > 0) for cell in found.cells
    ]


def measure(trials: int, seed: int) -> Iterator[Measured]:
    """Coverage of the parts, values that stand out, and steps."""
    for number, world in enumerate(PARTS):
        rng = np.random.default_rng((seed, number))
        found = [world.decomposition(rng, trial) for trial in range(trials)]
        for what, truth in zip(("change", "mix", "rate"), world.truth, strict=True):
            covered = [getattr(each, what).lower <= truth <= getattr(each, what).upper for each in found]
            yield share(world.name, f"the interval holds the {what}", covered, "0.95")
        named = [_stand_out(each) for each in found]
        is_cause = [before != after for before, after in zip(*world.rates, strict=True)]
        if world.shares[0] == world.shares[1]:
            decoys = [any(out for out, cause in zip(each, is_cause, strict=True) if not cause) for each in named]
            yield share(world.name, "a value is named that did not move the change", decoys, "at most 0.05")
        if any(is_cause):
            hits = [any(out for out, cause in zip(each, is_cause, strict=True) if cause) for each in named]
            yield share(world.name, "the value that moved it is named", hits, "high")
    for number, step in enumerate(STEPS):
        rng = np.random.default_rng((seed, 100 + number))
        claims = [step.week_of(rng, trial) for trial in range(trials)]
        aim = "high" if step.step else "at most 0.05"
        yield share(step.name, "a step is claimed", [claimed for claimed, _ in claims], aim)
        if step.step and any(claimed for claimed, _ in claims):
            yield share(step.name, "its interval holds the week", [held for claimed, held in claims if claimed], "0.95")


PROMISE = Promise(
    "changes",
    "The parts of a change have intervals that cover, a value is named beside no change seldom, and a week is named only after a step (M16).",
    "Customers are heavy-tailed (Pareto 1.6) with an intra-customer correlation of .08 within a cell. A value is named as on the page: of a "
    "significant change, where significantly less of it is left without the value, Bonferroni over the values. Steps are looked for in twelve weeks.",
    measure,
    trials=200,
)
