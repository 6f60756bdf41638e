"""A promise of the statistics, and what a simulation measured of it."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Measured:
    """One figure: ``value`` and its Monte-Carlo standard error over ``trials``, in a ``world`` told in words."""

    world: str
    what: str
    value: float
    error: float
    trials: int
    aim: str


@dataclass(frozen=True)
class Promise:
    """``measure(trials, seed)`` yields the figures; ``trials`` is the number that the published page is made with."""

    name: str
    claim: str
    method: str
    measure: Callable[[int, int], Iterable[Measured]]
    trials: int


def share(world: str, what: str, hits: Iterable[bool], aim: str) -> Measured:
    """The share of independent trials that hit, with the standard error of a share (at 0 or 1: that of one miss)."""
    found = np.asarray(list(hits), dtype=bool)
    n = len(found)
    p = float(found.mean())
    inner = min(max(p, 1 / (n + 1)), n / (n + 1))
    return Measured(world, what, p, math.sqrt(inner * (1 - inner) / n), n, aim)


def mean(world: str, what: str, values: Iterable[float], aim: str) -> Measured:
    """The mean over independent trials, with its standard error."""
    x = np.asarray(list(values), dtype=np.float64)
    return Measured(world, what, float(x.mean()), float(x.std(ddof=1) / math.sqrt(len(x))), len(x), aim)
