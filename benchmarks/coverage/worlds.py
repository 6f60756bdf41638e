"""Customers who call unequally often and are unlike each other: what makes rows of a slice depend on each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


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


@dataclass(frozen=True)
class Season:
    """Contacts of C customers by week: ``counts`` of shape (W, C); ``typical``: of the weeks in which a customer called, shape (C,)."""

    counts: Ints
    typical: Floats


def season(rng: np.random.Generator, weekly: Sequence[int], *, largest: Sequence[float], tail: float = 1.6) -> Season:
    """So many contacts in each week, by customers who enter one after the other and stay, each calling by a Pareto law.

    ``largest``: the share of each week that customer 0 makes besides; nobody else makes a tenth of a week by intent.
    """
    customers = 2 * max(weekly)
    weight = np.minimum(1 + rng.pareto(tail, size=customers), customers / 20)
    # A half is there from the start, the others enter through the season.
    enters = np.where(rng.random(customers) < 0.5, 0, rng.integers(0, len(weekly), size=customers))
    counts = np.zeros((len(weekly), customers + 1), dtype=np.int64)
    for week, (n, of_one) in enumerate(zip(weekly, largest, strict=True)):
        there = weight * (enters <= week)
        counts[week, 0] = round(of_one * n)
        counts[week, 1:] = rng.multinomial(n - counts[week, 0], there / there.sum())
    called = (counts > 0).sum(axis=0)
    return Season(counts, counts.sum(axis=0) / np.maximum(called, 1))


@dataclass(frozen=True)
class Calls:
    """Contacts and repeated contacts of C customers by week, both of shape (W, C)."""

    counts: Ints
    yes: Ints


def repeat_calls(rng: np.random.Generator, customers: int, *, weeks: int, spread: float, days: float = 7.0) -> Calls:
    """Customers who call once in two weeks at the median, log-normally ``spread``; after a call they call again within days.

    After each call a customer calls again with a probability of her own (Beta, mean .25), three days later on average.
    A call is a yes when the customer's next one comes within ``days``, for whichever reason. One week more than ``weeks``
    is made, so that all windows of those are closed, and two before, so that chains are under way.
    """
    length = 7.0 * (weeks + 3)
    of_chain = np.repeat(np.arange(customers), rng.poisson(length / 14 * rng.lognormal(0, spread, customers)))
    again = rng.beta(1.5, 4.5, customers)[of_chain]
    chain_length = rng.geometric(1 - again)
    who = np.repeat(of_chain, chain_length)
    place = np.arange(len(who)) - np.repeat(np.cumsum(chain_length) - chain_length, chain_length)
    gaps = np.where(
        place == 0, np.repeat(rng.uniform(0, length, len(of_chain)), chain_length), rng.exponential(3, len(who))
    )
    run = np.cumsum(gaps)
    start = np.repeat(run[np.cumsum(chain_length) - chain_length] - gaps[place == 0], chain_length)
    at = run - start
    order = np.lexsort((at, who))
    who, at = who[order], at[order]
    follows = np.zeros(len(who), dtype=bool)
    follows[:-1] = (who[1:] == who[:-1]) & (at[1:] - at[:-1] <= days)
    week = np.floor(at / 7).astype(np.int64) - 2
    shown = (week >= 0) & (week < weeks)
    cell = week[shown] * customers + who[shown]
    counts = np.bincount(cell, minlength=weeks * customers).reshape(weeks, customers)
    yes = np.bincount(cell, weights=follows[shown], minlength=weeks * customers).reshape(weeks, customers)
    return Calls(counts.astype(np.int64), yes.astype(np.int64))
