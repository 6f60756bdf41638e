"""`python -m benchmarks.divergence_power [worlds]`: recall of planted divergence, and the share of verdicts that is false (M16).

Every world has hundreds of segments and customers who return: they have a queue that most of their contacts go to, keep
region, language and product, stand in both periods, and differ in how often they come back, complain, and how long they
take. Queues have sizes of their own, counted in contacts in the period; the baseline is three times as long. Some carry
a divergence (repeat rate up by so many points, handle time down by so many per cent), some only half of one, which is
none (only the handle time falls, only the repeats or the complaints rise, both get better), the others nothing. Every
second world moves the mix of issues as well, and every fifth has nothing to find at all: half a divergence everywhere.

Reported: recall by effect and size over the queues that carry one; then the share of false verdicts among all verdicts on
all segments of all worlds, with its standard error by worlds. A verdict is false if, in the segment's own expected values
at a fixed issue mix, no proxy moves the way it says, or no outcome.
"""

import sys
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from benchmarks.results import Figure, report
from pipelines.statistics.divergence import segment_divergence
from pipelines.statistics.divergence_measures import MEASURES

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DEFAULT_WORLDS = 40
#: Contacts of a queue in the period.
SIZES = (100, 200, 400, 800, 1600)
#: Repeat rate up (fraction), handle time down (fraction).
EFFECTS = ((0.04, 0.10), (0.06, 0.20), (0.08, 0.20), (0.10, 0.10), (0.10, 0.20), (0.12, 0.20), (0.16, 0.25))
#: What else may move in a queue.
HALVES = ({"handle_seconds": -0.12}, {"repeat": 0.08}, {"handle_seconds": -0.1, "repeat": -0.06}, {"complaint": 0.005})
#: Queues of each size with each effect, with each half, and with nothing.
WITH_EFFECT, WITH_HALF, WITH_NOTHING = 2, 1, 6
#: Half a divergence in every contact of a world.
EVERYWHERE = ({"handle_seconds": -0.12}, {"repeat": 0.06}, {"handle_seconds": -0.1, "repeat": -0.05}, {})
#: Values of the other dimensions; the k-th has a share proportional to 1 / (k + 2).
OTHERS = {"workflow": 6, "issue": 8, "product": 5, "region": 10, "language": 4}
DIMENSIONS = ("queue", *OTHERS)
#: Repeat rate and complaints a contact without any shift; contacts of a customer on average; how many of them at home.
REPEAT, COMPLAINT, PER_CUSTOMER, AT_HOME = 0.2, 0.004, 3.0, 0.7


@dataclass(frozen=True)
class World:
    """Contacts as `segment_divergence` takes them; ``shifts``: what the period adds to each contact's expected values.

    ``planted``: index of the effect and of the size of every queue, −1 for a queue without an effect.
    """

    contacts: pl.DataFrame
    shifts: dict[str, Floats]
    planted: list[tuple[int, int]]


def make_world(seed: int) -> World:
    """Worlds of one seed are the same; see the module for what is in them."""
    rng = np.random.default_rng(seed)
    queues: list[tuple[int, int, dict[str, float]]] = []
    for size in range(len(SIZES)):
        for effect, (repeat, handle) in enumerate(EFFECTS):
            queues += [(effect, size, {"repeat": repeat, "handle_seconds": -handle})] * WITH_EFFECT
        queues += [(-1, size, dict(half)) for half in HALVES * WITH_HALF] + [(-1, size, {})] * WITH_NOTHING
    if seed % 5 == 4:
        everywhere = EVERYWHERE[(seed // 5) % len(EVERYWHERE)]
        queues = [(-1, size, dict(everywhere)) for _, size, _ in queues]

    share = np.array([SIZES[size] for _, size, _ in queues], dtype=float)
    n = int(4 * share.sum())
    period = (rng.random(n) < 0.25).astype(np.int64)
    customers = int(n / PER_CUSTOMER)
    customer = rng.integers(0, customers, n)
    home = _drawn(rng, share, customers)
    queue = np.where(rng.random(n) < AT_HOME, home[customer], _drawn(rng, share, n))
    columns = {"queue": queue}
    for name, values in OTHERS.items():
        weights = 1 / (np.arange(values) + 2.0)
        if name in {"product", "region", "language"}:
            columns[name] = _drawn(rng, weights, customers)[customer]
        elif name == "issue" and seed % 2:
            columns[name] = np.where(period == 1, _drawn(rng, weights[::-1], n), _drawn(rng, weights, n))
        else:
            columns[name] = _drawn(rng, weights, n)
    # A twentieth of the products is not known: a null value forms no segment.
    columns["product"] = np.where(rng.random(n) < 0.05, -1, columns["product"])

    shifts = {}
    for measure in MEASURES:
        by_queue = np.array([moved.get(measure.name, 0.0) for _, _, moved in queues])
        shifts[measure.name] = by_queue[queue]
    now = {name: shift * period for name, shift in shifts.items()}
    # A repeat and a complaint make a claimed resolution false, too.
    shifts["false_resolution"] = shifts["repeat"] + shifts["complaint"]
    level = rng.normal(size=customers)[customer]
    hard = (columns["issue"] - 3.5) / 7
    seconds = np.exp(5.6 + 0.5 * hard + 0.3 * level + 0.6 * rng.normal(size=n)) * (1 + now["handle_seconds"])
    repeat = rng.random(n) < np.clip(REPEAT + 0.1 * hard + 0.06 * level + now["repeat"], 0, 1)
    complaint = rng.random(n) < np.clip(COMPLAINT * np.exp(0.8 * level - 0.32) + now["complaint"], 0, 1)
    claimed = rng.random(n) < np.clip(0.7 - 0.2 * hard - 0.05 * level, 0, 1)
    ai = rng.random(n) < 0.4
    contained = rng.random(n) < np.clip(0.6 - 0.2 * hard - 0.05 * level, 0, 1)
    source = rng.integers(0, 2, n)
    sentiment = np.clip(0.1 - 0.3 * hard - 0.2 * level + 0.2 * source + 0.4 * rng.normal(size=n), -1, 1)
    contacts = pl.DataFrame(
        {
            "period": period,
            "customer": customer,
            **columns,
            "handle_seconds": seconds,
            "claimed": claimed.astype(float),
            "contained": np.where(ai, contained.astype(float), np.nan),
            "repeat": repeat.astype(float),
            "false_resolution": np.where(claimed, (repeat | complaint).astype(float), np.nan),
            "complaint": complaint.astype(float),
            "post_call_sentiment": np.where(rng.random(n) < 0.3, sentiment, np.nan),
            "sentiment_source": source,
        }
    )
    return World(contacts, shifts, [(effect, size) for effect, size, _ in queues])


def false_verdicts(world: World, found: pl.DataFrame) -> tuple[int, int]:
    """Number of verdicts of a world, and how many of them are false in the expected values."""
    period = world.contacts["period"].to_numpy() == 1
    codes = {name: world.contacts[name].to_numpy() for name in DIMENSIONS}
    verdicts = found.filter(pl.col("verdict").is_in(["diverging", "undervalued"]))
    false = 0
    for row in verdicts.iter_rows(named=True):
        inside = period & (codes[row["dimension_1"]] == row["value_1"])
        if row["dimension_2"] is not None:
            inside &= codes[row["dimension_2"]] == row["value_2"]
        sign = 1 if row["verdict"] == "diverging" else -1
        held = {"proxy": False, "outcome": False}
        for measure in MEASURES:
            better = sign * measure.good * float(world.shifts[measure.name][inside].mean())
            held[measure.role] |= better > 0 if measure.role == "proxy" else better < 0
        false += not all(held.values())
    return verdicts.height, false


def _drawn(rng: np.random.Generator, weights: Floats, n: int) -> Ints:
    return rng.choice(len(weights), size=n, p=weights / weights.sum())


def figures(worlds: int) -> list[Figure]:
    """Simulate and judge: recall by effect and size, then the share of false verdicts."""
    hits, planted = np.zeros((2, len(EFFECTS), len(SIZES)))
    counts, segments, empty, empty_with_verdict = [], [], 0, 0
    for seed in range(worlds):
        world = make_world(seed)
        found = segment_divergence(world.contacts, dimensions=DIMENSIONS)
        segments.append(found.height)
        counts.append(false_verdicts(world, found))
        whole = found.filter((pl.col("dimension_1") == "queue") & pl.col("dimension_2").is_null())
        verdict = dict(whole.select("value_1", "verdict").iter_rows())
        for queue, (effect, size) in enumerate(world.planted):
            if effect >= 0:
                planted[effect, size] += 1
                hits[effect, size] += verdict.get(queue) == "diverging"
        if seed % 5 == 4:
            empty, empty_with_verdict = empty + 1, empty_with_verdict + (counts[-1][0] > 0)

    given, false = np.array(counts, dtype=float).T
    verdicts = max(1.0, float(given.sum()))
    share = float(false.sum()) / verdicts
    error = float(np.sqrt(np.square(false - share * given).sum())) / verdicts
    return [
        *(
            Figure(
                f"recall, repeat rate +{100 * repeat:.0f} points, handle time −{100 * handle:.0f}%, {SIZES[size]:,} contacts in the period",
                float(hits[effect, size] / planted[effect, size]),
                "",
            )
            for effect, (repeat, handle) in enumerate(EFFECTS)
            for size in range(len(SIZES))
            if planted[effect, size]
        ),
        Figure("false verdicts", 100 * share, "%"),
        Figure("standard error of it, by worlds", 100 * error, "%"),
        Figure("verdicts", float(given.sum()), ""),
        Figure("worlds with nothing to find that hold a verdict", empty_with_verdict, f"of {empty}"),
        Figure("segments of a world, least", min(segments), ""),
    ]


def main() -> None:
    """Simulate, judge, report."""
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_WORLDS
    report("divergence_power", f"{worlds} worlds", figures(worlds))


if __name__ == "__main__":
    main()
