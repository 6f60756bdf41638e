"""Interval of a cost that counts rare, dear events among claims of customers who have several (M10).

A cost per claim is Σᵢ cᵢ pᵢ: the share pᵢ of the claims that are kept and wrong, or handed off, times what one costs. A
dear wrong answer that happened three times, or never, has a skewed distribution that neither a normal interval nor a
bootstrap of three answers shows. So each share has Wilson's interval (lᵢ, uᵢ) on its customers (`clustered_rate`), and the
sum is put together from them:

    lower = Σ cᵢ p̂ᵢ − √(Σᵢⱼ rᵢⱼ sᵢ sⱼ dᵢ dⱼ),  dᵢ = |cᵢ| (p̂ᵢ − lᵢ) where cᵢ > 0, else |cᵢ| (uᵢ − p̂ᵢ),  sᵢ the sign of cᵢ

and the upper bound with the other ends (MOVER: G. Y. Zou, A. Donner, Statistics in Medicine 27 (2008), 1693–1702), with rᵢⱼ
the correlation of two shares between customers.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.statistics.clusters import Floats, Ints, clustered_rate


@dataclass(frozen=True)
class CostShare:
    """One share of the claims, and the money that a claim of it costs (below 0: saves).

    ``influence``, shape (n,): what each claim adds to the share, times n, less its mean (sums to 0). ``per_label``: the
    claims that one label stands for where not all have one.
    """

    money: float
    share: float
    influence: Floats
    per_label: float = 1.0


@dataclass(frozen=True)
class CustomerCodes:
    """The customers of n claims: ``codes`` 0 … C − 1, shape (n,), ``squares`` = Σ n_c²."""

    codes: Ints
    number: int
    squares: float

    @classmethod
    def of(cls, codes: Ints, number: int) -> "CustomerCodes":
        return cls(codes, number, float(np.square(np.bincount(codes, minlength=number)).sum()))


def cost_margins(parts: Sequence[CostShare], customers: CustomerCodes, level: float) -> tuple[float, float]:
    """How far the bounds of Σ money · share per claim lie below and above it; formulas: this module. No part: (0, 0).

    NaN with a single customer, whose claims tell nothing of others.
    """
    if not parts:
        return 0.0, 0.0
    if customers.number < 2:
        return math.nan, math.nan
    n = len(customers.codes)
    sums = [np.bincount(customers.codes, weights=part.influence, minlength=customers.number) for part in parts]
    cross = np.array([[float(one @ other) for other in sums] for one in sums])
    below, above = np.empty(len(parts)), np.empty(len(parts))
    for i, part in enumerate(parts):
        # A share of partly labelled claims rests on as many claims as have a label.
        rows = n / part.per_label
        share = min(1.0, max(0.0, part.share))
        bounds = clustered_rate(
            share * rows,
            rows,
            spread=cross[i, i] * (rows / n) ** 2,
            clusters=customers.number,
            squares=customers.squares / part.per_label,
            level=level,
        )
        ends = abs(part.money) * (share - bounds.lower), abs(part.money) * (bounds.upper - share)
        below[i], above[i] = ends if part.money >= 0 else ends[::-1]
    scale = np.sqrt(np.diag(cross))
    related = cross / np.outer(*[np.where(scale > 0, scale, math.inf)] * 2)
    np.fill_diagonal(related, 1.0)
    signs = np.sign([part.money for part in parts])
    related *= np.outer(signs, signs)
    lower, upper = (math.sqrt(max(0.0, float(ends @ related @ ends))) for ends in (below, above))
    return lower, upper
