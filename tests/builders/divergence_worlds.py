"""Planted worlds for segment divergence: clustered customers, a mix that may move, and effects whose truth is known.

A world has nine dimensions; customers keep region, language and product, and differ in how often they come back, claim
and complain (a latent level each), so that rows are not independent. In the period, planted effects shift the expected
values of the contacts of a segment. The truth of any other segment is the mean of those shifts over its own contacts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.statistics.divergence_measures import MEASURES

SIZES = {"mode": 3, "channel": 3, "queue": 8, "workflow": 9, "issue": 10, "product": 6, "region": 12, "language": 4}


@dataclass(frozen=True)
class Planted:
    """An effect on the contacts of a segment in the period: shifts by measure (AHT as a fraction)."""

    where: dict[str, int]
    shifts: dict[str, float]


@dataclass(frozen=True)
class World:
    """``contacts`` as `segment_divergence` takes them, and the planted shift of every contact by measure."""

    contacts: pl.DataFrame
    shifts: dict[str, npt.NDArray[np.float64]] = field(repr=False)

    def truth(self, found: pl.DataFrame) -> pl.DataFrame:
        """``found`` with ``proxy_better``, ``proxy_worse``, ``outcome_better``, ``outcome_worse`` in expected values."""
        period = self.contacts["period"].to_numpy() == 1
        columns = {name: self.contacts[name].to_numpy() for name in [*SIZES, "ai_model"]}
        rows = []
        for d1, v1, d2, v2 in found.select("dimension_1", "value_1", "dimension_2", "value_2").iter_rows():
            inside = period & (columns[d1] == v1)
            if d2 is not None:
                inside &= columns[d2] == v2
            sides = {"proxy": (0.0, 0.0), "outcome": (0.0, 0.0)}
            for measure in MEASURES:
                mean = measure.good * float(self.shifts[measure.name][inside].mean())
                low, high = sides[measure.role]
                sides[measure.role] = (min(low, mean), max(high, mean))
            rows.append(
                (sides["proxy"][1] > 0, sides["proxy"][0] < 0, sides["outcome"][1] > 0, sides["outcome"][0] < 0)
            )
        names = ["proxy_better", "proxy_worse", "outcome_better", "outcome_worse"]
        return found.hstack(pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Boolean), orient="row"))


def make_world(
    contacts: int,
    seed: int,
    planted: Sequence[Planted] = (),
    *,
    mix_moves: bool = False,
    per_customer: float = 3.0,
    everywhere: dict[str, float] | None = None,
) -> World:
    """A world of ``contacts`` mature contacts, a quarter of them in the period; ``everywhere`` shifts all of them."""
    rng = np.random.default_rng(seed)
    customers = max(2, int(contacts / per_customer))
    customer = rng.integers(0, customers, contacts)
    period = (rng.random(contacts) < 0.25).astype(np.int64)
    data: dict[str, npt.NDArray[np.int64]] = {}
    for name in ("region", "language", "product"):
        # Values differ in size: the k-th has a share near 1 / (k + 2).
        data[name] = _drawn(rng, SIZES[name], customers)[customer]
    for name in ("mode", "channel", "queue", "workflow"):
        data[name] = _drawn(rng, SIZES[name], contacts)
    base = 1 / (np.arange(SIZES["issue"]) + 2.0)
    moved = np.where(period == 1, 1, 0)
    weights = np.stack([base, base[::-1] if mix_moves else base])
    cumulative = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    data["issue"] = (rng.random(contacts)[:, None] > cumulative[moved]).sum(axis=1).clip(0, SIZES["issue"] - 1)
    data["ai_model"] = np.where(data["mode"] < 2, _drawn(rng, 3, contacts), -1)

    shifts = {measure.name: np.full(contacts, (everywhere or {}).get(measure.name, 0.0)) for measure in MEASURES}
    for effect in planted:
        inside = np.all([data[name] == value for name, value in effect.where.items()], axis=0)
        for name, size in effect.shifts.items():
            shifts[name] = shifts[name] + size * inside
    now = {name: shift * period for name, shift in shifts.items()}
    level = rng.normal(size=customers)[customer]
    issue, queue = data["issue"], data["queue"]
    hard = (issue - 4.5) / 9
    seconds = np.exp(5.6 + 0.6 * hard + 0.1 * queue + 0.25 * level + 0.6 * rng.normal(size=contacts))
    seconds = seconds * (1 + now["handle_seconds"])
    claimed = rng.random(contacts) < np.clip(0.7 - 0.2 * hard - 0.06 * level + now["claimed"], 0, 1)
    contained = rng.random(contacts) < np.clip(0.6 - 0.2 * hard - 0.06 * level + now["contained"], 0, 1)
    repeat = rng.random(contacts) < np.clip(0.18 + 0.15 * hard + 0.06 * level + now["repeat"], 0, 1)
    complaint = rng.random(contacts) < np.clip(0.004 * np.exp(0.6 * level - 0.2) + now["complaint"], 0, 1)
    other = rng.random(contacts) < np.clip(0.04 + now["false_resolution"], 0, 1)
    sentiment = np.clip(
        0.1 - 0.4 * hard - 0.2 * level + now["post_call_sentiment"] + 0.4 * rng.normal(size=contacts), -1, 1
    )
    source = rng.integers(0, 2, contacts)
    # What the planted shifts mean for the measures that follow from others.
    shifts["false_resolution"] = shifts["false_resolution"] + shifts["repeat"]
    frame = pl.DataFrame(
        {
            "period": period,
            "customer": customer,
            **data,
            "handle_seconds": seconds,
            "claimed": claimed.astype(float),
            "contained": np.where(data["mode"] == 0, contained.astype(float), np.nan),
            "repeat": repeat.astype(float),
            "false_resolution": np.where(claimed, (repeat | complaint | other).astype(float), np.nan),
            "complaint": complaint.astype(float),
            "post_call_sentiment": np.where(rng.random(contacts) < 0.3, sentiment + 0.2 * source, np.nan),
            "sentiment_source": source,
        }
    )
    return World(frame, shifts)


def _drawn(rng: np.random.Generator, size: int, n: int) -> npt.NDArray[np.int64]:
    weights = 1 / (np.arange(size) + 2.0)
    return rng.choice(size, size=n, p=weights / weights.sum())
