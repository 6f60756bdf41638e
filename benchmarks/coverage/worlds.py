"""Customers who call unequally often and are unlike each other: what makes rows of a slice depend on each other."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def heavy_tailed(rng: np.random.Generator, n: int, *, tail: float = 1.6, largest: float = 0.0) -> Ints:
    """Customer codes of ``n`` contacts, shape (n,): numbers of contacts from a Pareto law of this ``tail``, cut at n / 10.

    ``largest``: the share of the contacts that one customer (code 0) makes besides.
    """
    of_one = round(largest * n)
    rest = n - of_one
    sizes = np.minimum(np.floor(1 + rng.pareto(tail, size=rest)).astype(np.int64), max(1, n // 10))
    codes = np.repeat(np.arange(1, rest + 1), sizes)[:rest]
    return np.concatenate([np.zeros(of_one, dtype=np.int64), codes])


def answers(rng: np.random.Generator, codes: Ints, rate: float, correlation: float) -> Bools:
    """Yes or no of each contact, shape as ``codes``: a customer's own rate is Beta with mean ``rate``.

    ``correlation`` is the intra-customer correlation ρ, since Var(p) = ρ · rate · (1 − rate); 0: independent contacts.
    """
    if correlation == 0:
        return rng.random(len(codes)) < rate
    concentration = 1 / correlation - 1
    own = rng.beta(rate * concentration, (1 - rate) * concentration, size=int(codes.max()) + 1)
    return rng.random(len(codes)) < own[codes]
