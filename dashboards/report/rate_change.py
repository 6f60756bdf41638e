"""The change of a rate from one week to the next, with its interval.

Belongs here: the one estimate that the report makes itself, from two published intervals. Everything else that it shows
is a published value or a sum of published counts.
"""

import math
from dataclasses import dataclass

from pipelines.statistics import Rate


@dataclass(frozen=True)
class RateChange:
    """``value`` = now − before, in the unit of the rates. ``is_significant``: the interval leaves out 0."""

    value: float
    lower: float
    upper: float

    @property
    def is_significant(self) -> bool:
        return self.lower > 0 or self.upper < 0


def change(now: Rate, before: Rate) -> RateChange | None:
    """``now − before`` with a 95% confidence interval made of the two rates' own ones; None where one of them is missing.

    With estimates a, b and intervals (l, u): lower = a − b − √((a − l_a)² + (u_b − b)²), upper = a − b + √((u_a − a)² +
    (b − l_b)²). R. G. Newcombe, Statistics in Medicine 17 (1998), 873–890, for Wilson intervals; for any two intervals
    G. Y. Zou, A. Donner, Statistics in Medicine 27 (2008), 1693–1702. The rates' design effects are thus in it. The weeks
    are taken as independent: customers who stand in both make the true interval a little narrower.
    """
    known = (now.value, now.lower, now.upper, before.value, before.lower, before.upper)
    if any(each is None or not math.isfinite(each) for each in known):
        return None
    a, a_low, a_high, b, b_low, b_high = (float(each) for each in known if each is not None)
    return RateChange(
        a - b,
        a - b - math.hypot(a - a_low, b_high - b),
        a - b + math.hypot(a_high - a, b - b_low),
    )
