"""Intervals of rates of slices: weeks whose contacts are shared among customers evenly, or of which one customer makes a third.

The estimand is the rate that a slice's contacts are expected to have: its customers and how often each of them called are
given, what each of them is like is drawn anew in every trial. ρ and the interval are the product's own: the sums of every
slice go through ``sql/marts/design_effects.sql``, and ``pipelines.statistics.slices`` reads the slice.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.coverage.promise import Measured, Promise, mean, share
from benchmarks.coverage.worlds import Ints, Season, repeat_calls, season
from pipelines.statistics import wilson
from pipelines.statistics.slices import OwnSums, interval_deff
from pipelines.warehouse.models import all_models, run_model

Floats = NDArray[np.float64]

SIZES = (50, 100, 300, 1000)
RATES = (0.02, 0.1, 0.3, 0.7)
LARGEST = (0.0, 0.15, 0.33)
CORRELATIONS = (0.0, 0.05, 0.15, 0.3)
#: Weeks before the slice, and the contacts of each: what ρ is estimated from, besides the slice.
WEEKS, WEEKLY = 10, 400
AIM = ".93 to .97"


@dataclass(frozen=True)
class Trials:
    """One slice in T trials: its n and Σ n_c², and of each trial its own sums, its ρ, the deff of all history; and the truth."""

    n: int
    squares: float
    own: list[OwnSums]
    correlation: Floats
    history: Floats
    truth: float

    def effects(self) -> list[float]:
        """The design effects with which the slice is read."""
        pairs = zip(self.correlation.tolist(), self.own, strict=True)
        return [interval_deff(correlation, self.n, self.squares, own) for correlation, own in pairs]

    def covered(self, effects: Iterable[float]) -> list[bool]:
        """Whether the interval with these design effects covers the truth."""
        return [lower <= self.truth <= upper for lower, upper in self._intervals(effects)]

    def width(self, effects: Iterable[float]) -> float:
        """Mean width of the interval with these design effects."""
        return float(np.mean([upper - lower for lower, upper in self._intervals(effects)]))

    def _intervals(self, effects: Iterable[float]) -> list[tuple[float, float]]:
        return [wilson(own.successes, self.n, deff) for own, deff in zip(self.own, effects, strict=True)]


def trials_of(
    rng: np.random.Generator,
    trials: int,
    *,
    n: int,
    rate: float,
    largest: float,
    correlation: float,
    stays: bool = False,
    slope: float = 0.0,
    before: Sequence[int] = (WEEKLY,) * WEEKS,
) -> Trials:
    """A slice of ``n`` contacts after the weeks ``before``, of the same customers, who enter one after the other.

    ``largest``: the share of one customer in the slice, and with ``stays`` in every week. ``slope``: log odds of a yes
    per e-fold of a customer's contacts in a week.
    """
    made: Season = season(rng, [*before, n], largest=[largest if stays else 0.0] * len(before) + [largest])
    odds = np.log(rate / (1 - rate)) + slope * np.log(np.maximum(made.typical, 1))
    usual = 1 / (1 + np.exp(-odds))
    own = np.broadcast_to(usual, (trials, len(usual)))
    if correlation:
        concentration = 1 / correlation - 1
        own = rng.beta(usual * concentration, (1 - usual) * concentration, size=(trials, len(usual)))
    rows, total_n, total_yes = [], np.zeros(len(usual)), np.zeros((trials, len(usual)))
    for week, counts in enumerate(made.counts):
        there = np.flatnonzero(counts)
        sizes = counts[there]
        # A season of the odds, which the slice stands in the middle of.
        shift = 0.3 * np.sin(2 * np.pi * (week - len(before)) / 13)
        p = own[:, there]
        y = rng.binomial(sizes, p / (p + (1 - p) * np.exp(-shift)))
        total_n[there] += sizes
        total_yes[:, there] += y
        rows.append(sums(week, sizes, y))
    sizes = made.counts[-1][made.counts[-1] > 0]
    truth = float((made.counts[-1] * usual).sum() / n)
    squares = float(np.square(sizes).sum())
    return Trials(n, squares, own_sums(rows[-1]), correlations(rows, trials), one_for_all(total_n, total_yes), truth)


def sums(week: int, sizes: Ints, yes: NDArray[np.int64]) -> pl.DataFrame:
    """Rows of slice_clusters of one week, one a trial: ``sizes`` of C customers, ``yes`` of shape (T, C)."""
    total = yes.sum(axis=1).astype(np.float64)
    constant = {
        "week": week,
        "n": int(sizes.sum()),
        "customers": len(sizes),
        "sum_squares": int(np.square(sizes).sum()),
        "sum_cubes": float((sizes**3).sum()),
    }
    varying = {
        "trial": np.arange(len(yes)),
        "successes": total,
        "success_squares": total,
        "sum_products": (yes * sizes).sum(axis=1).astype(np.float64),
        "sum_success_squares": np.square(yes).sum(axis=1).astype(np.float64),
    }
    return pl.DataFrame(varying).with_columns(**{name: pl.lit(value) for name, value in constant.items()})


def own_sums(rows: pl.DataFrame) -> list[OwnSums]:
    """The sums of a slice's own interval, one a trial."""
    names = ("customers", "successes", "sum_products", "sum_success_squares")
    return [OwnSums(*row) for row in rows.select(names).iter_rows()]


def correlations(rows: list[pl.DataFrame], trials: int) -> Floats:
    """ρ of each trial, shape (``trials``,), by the product's SQL: each trial is a metric to it."""
    slices = pl.concat(rows).with_columns(  # noqa: F841  (DuckDB reads it by its name)
        metric=pl.col("trial").cast(pl.String), dimension=pl.lit("all"), segment=pl.lit(None, pl.String)
    )
    model = next(each for each in all_models() if each.name == "design_effects")
    with duckdb.connect() as connection:
        connection.execute("create table slice_clusters as select * from slices")
        run_model(connection, model, {})
        found = connection.execute("select cast(metric as integer), correlation from design_effects").fetchall()
    result = np.zeros(trials)
    for trial, correlation in found:
        result[trial] = correlation
    return result


def one_for_all(sizes: Floats, yes: Floats) -> Floats:
    """The design effect of a customer's contacts of all history, as 0.1.0 estimated it, shape (T,)."""
    there = sizes > 0
    n, c = sizes[there], int(there.sum())
    p = yes.sum(axis=1) / n.sum()
    spread = np.square(yes[:, there] - p[:, None] * n).sum(axis=1) * c / (c - 1)
    binomial = n.sum() * p * (1 - p)
    return np.maximum(1.0, np.divide(spread, binomial, out=np.ones(len(p)), where=binomial > 0))


def repeats(rng: np.random.Generator, trials: int, *, heaviest: float) -> list[tuple[float, float]]:
    """Repeats within 7 days of customers who call in bursts: coverage over the weeks of each trial, published and one for all.

    A customer's outcome depends on her own next contact, and who calls often nearly always repeats. The truth is the
    long-run rate of such weeks. ``heaviest``: the log standard deviation of how often customers call.
    """
    many = repeat_calls(rng, 40_000, weeks=12, spread=heaviest)
    truth = float(many.yes.sum() / many.counts.sum())
    worlds = [repeat_calls(rng, 400, weeks=12, spread=heaviest) for _ in range(trials)]
    rows = []
    for trial, world in enumerate(worlds):
        for week, (counts, yes) in enumerate(zip(world.counts, world.yes, strict=True)):
            there = counts > 0
            rows.append(sums(week, counts[there], yes[there][None, :]).with_columns(trial=pl.lit(trial, pl.Int64)))
    found = []
    for world, rho in zip(worlds, correlations(rows, trials), strict=True):
        deff = float(
            one_for_all(world.counts.sum(axis=0).astype(np.float64), world.yes.sum(axis=0)[None, :].astype(np.float64))[
                0
            ]
        )
        hits, old = [], []
        for counts, yes in zip(world.counts, world.yes, strict=True):
            n, squares = int(counts.sum()), float(np.square(counts).sum())
            (own,) = own_sums(sums(0, counts[counts > 0], yes[counts > 0][None, :]))
            for held, effect in ((hits, interval_deff(float(rho), n, squares, own)), (old, deff)):
                lower, upper = wilson(own.successes, n, effect)
                held.append(lower <= truth <= upper)
        found.append((float(np.mean(hits)), float(np.mean(old))))
    return found


def measure(trials: int, seed: int) -> Iterable[Measured]:
    """The grid, by what it is made of; the extremes of its cells; and worlds that the mechanism was not made for."""
    cells: dict[tuple[int, float, float, float], list[bool]] = {}
    ordinary, narrower, dominated = [], [], []
    for number, cell in enumerate(itertools.product(SIZES, RATES, LARGEST, CORRELATIONS)):
        n, rate, largest, correlation = cell
        made = trials_of(
            np.random.default_rng([seed, number]), trials, n=n, rate=rate, largest=largest, correlation=correlation
        )
        effects, for_all = made.effects(), made.history.tolist()
        cells[cell] = made.covered(effects)
        if largest == 0:
            ordinary += made.covered(for_all)
            narrower.append(made.width(for_all) / made.width(effects))
        elif largest == LARGEST[-1]:
            dominated += made.covered(for_all)
    grid = f"grid of {len(cells)} slices"
    for place, name, values in (
        (0, "n", SIZES),
        (1, "rate", RATES),
        (2, "largest customer", LARGEST),
        (3, "ρ", CORRELATIONS),
    ):
        for value in values:
            hits = [hit for cell, found in cells.items() if cell[place] == value for hit in found]
            yield share(grid, f"coverage at {name} {value:g}", hits, AIM)
    order = sorted(cells, key=lambda cell: float(np.mean(cells[cell])))
    for word, cell in (("least", order[0]), ("greatest", order[-1])):
        told = "n {}, rate {}, largest {}, ρ {}".format(*cell)
        yield share(grid, f"{word} coverage of a slice: {told}", cells[cell], AIM)
    inside = [0.93 <= float(np.mean(found)) <= 0.97 for found in cells.values()]
    yield share(grid, "share of the slices whose coverage is measured within the aim", inside, "nearly all")
    yield share(
        grid, "one design effect for all: coverage without a large customer", ordinary, "not published any more"
    )
    yield share(
        grid, "one design effect for all: coverage at a third from one customer", dominated, "not published any more"
    )
    yield mean(grid, "without a large customer: width with one for all over the published one", narrower, "above 1")
    for number, (stays, slope) in enumerate(((True, 0.0), (False, 0.3), (False, -0.3), (True, 0.3))):
        hits = []
        for place, (n, rate, rho) in enumerate(itertools.product((100, 1000), (0.05, 0.3), (0.05, 0.2))):
            rng = np.random.default_rng([seed, 1000 + number, place])
            made = trials_of(rng, trials, n=n, rate=rate, largest=0.3, correlation=rho, stays=stays, slope=slope)
            hits += made.covered(made.effects())
        world = f"a customer with .3 of {'every week' if stays else 'the slice'}"
        rates = {0.0: "", 0.3: "; who calls more has a higher rate", -0.3: "; who calls more has a lower rate"}[slope]
        yield share(world + rates, "coverage", hits, AIM)
    hits = []
    for place, (n, rate, largest, rho) in enumerate(
        itertools.product((100, 1000), (0.02, 0.3), (0.0, 0.33), (0.05, 0.2))
    ):
        rng = np.random.default_rng([seed, 1500, place])
        made = trials_of(rng, trials, n=n, rate=rate, largest=largest, correlation=rho, before=(150, 150))
        hits += made.covered(made.effects())
    yield share("two weeks of 150 contacts go before the slice", "coverage", hits, AIM)
    for number, heaviest in enumerate((0.5, 1.0)):
        found = repeats(np.random.default_rng([seed, 2000 + number]), trials, heaviest=heaviest)
        world = f"repeats within 7 days, calls spread by e^{heaviest:g}"
        yield mean(world, "coverage of a week", (hit for hit, _ in found), AIM)
        yield mean(world, "one design effect for all: coverage", (hit for _, hit in found), "not published any more")


PROMISE = Promise(
    name="slices",
    claim=(
        "The 95% confidence interval of a rate of a week, all of it or a segment, covers the rate that its contacts are "
        "expected to have in 93% to 97% of slices of 50 to 1,000 contacts, up to a third of them from one customer."
    ),
    method=(
        f"Customers call by a Pareto law and enter one after the other; each has a rate of its own (Beta, correlation ρ); the "
        f"odds have a season. {WEEKS} weeks of {WEEKLY} contacts go before the slice. In every slice of the grid ρ is estimated "
        "by the product's SQL from all weeks, the slice included. Customers and their numbers of contacts are given, their "
        "rates are drawn anew; of repeats the truth is the long-run rate of weeks of new customers."
    ),
    measure=measure,
    trials=600,
)
