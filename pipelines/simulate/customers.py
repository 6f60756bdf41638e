"""Who calls: customers with their own rate, habit, preferred channel, product, region, language and temper."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.simulate.arrival_times import Floats, Ints
from pipelines.simulate.parameters import ENGLISH, SPANISH, World


@dataclass(frozen=True)
class Customers:
    """One entry a customer; every array has shape (customers,). Codes index the world's tuples."""

    rate: Floats
    """New occasions per day on the clock of habits."""
    habit: Ints
    channel: Ints
    product: Ints
    region: Ints
    language: Ints
    temper: Floats
    identified: npt.NDArray[np.bool_]
    """Whether anybody ever knows who it is."""

    def __len__(self) -> int:
        return self.rate.size


def issue_shares(world: World) -> Floats:
    """Shape (products, issues): how the new occasions of a product's customers split into issues.

    Where nothing has changed them (``changes.issue_eras``).
    """
    shares = np.array(
        [
            [issue.weight * (3.0 if issue.name in product.likelier else 1.0) for issue in world.issues]
            for product in world.products
        ]
    )
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def draw_customers(world: World, count: int, rng: np.random.Generator) -> Customers:
    """``count`` customers. Their rates are scaled to the world's mean exactly, so that volume is predictable."""
    propensity = rng.gamma(world.propensity_shape, size=count)
    region = pick(rng, world.region_shares, count)
    spanish = np.array(world.spanish_by_region)[region]
    return Customers(
        rate=propensity / propensity.mean() * world.occasions_per_day,
        habit=pick(rng, world.rhythm.peak_shares, count),
        channel=pick(rng, world.channel_shares, count),
        product=pick(rng, tuple(product.share for product in world.products), count),
        region=region,
        language=np.where(rng.random(count) < spanish, SPANISH, ENGLISH).astype(np.int64),
        temper=rng.normal(0.0, 0.5, count),
        identified=rng.random(count) >= world.unknown_customers,
    )


def pick(rng: np.random.Generator, shares: tuple[float, ...], count: int) -> Ints:
    """``count`` codes drawn with the given shares."""
    cumulative = np.cumsum(shares)
    return np.searchsorted(cumulative / cumulative[-1], rng.random(count), side="right").astype(np.int64)
