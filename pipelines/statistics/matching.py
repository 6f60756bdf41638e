"""Pairing two kinds of things one to one, in a given order of who chooses first (M12)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Groups with at most so many pairs are paired at once, as many groups as make so many pairs together; in larger ones
#: each chooser looks the whole group through.
_PAIRS_OF_A_GROUP = 10_000
_PAIRS_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Fitting:
    """Choosers, or what may be chosen, in their order; arrays have one entry each.

    ``group``: only within one is anything chosen. ``first``, ``last``: when a chooser takes something, bounds included;
    of what is chosen both are its instant, and it is ordered by that. ``size``: NaN for any, or for not known.
    ``reach``: by how much a size may differ from the chooser's. ``label``: equal ones fit, and a negative one fits all.
    """

    group: Ints
    first: Ints
    last: Ints
    size: Floats
    reach: Floats
    label: Ints


def first_come_choices(choosers: Fitting, offers: Fitting) -> Ints:
    """What each chooser takes when they, one after the other, take the first offer of their group that fits and is free.

    Returns (choosers,): position of the offer, -1 for none. Time is near linear in choosers and offers where groups are
    small; a large group takes choosers times offers steps of vectors, and never more memory than a vector.
    """
    choice = np.full(len(choosers.group), -1, dtype=np.int64)
    of_group = np.argsort(choosers.group, kind="stable")
    groups, starts, counts = np.unique(choosers.group[of_group], return_index=True, return_counts=True)
    offers_of_group = np.argsort(offers.group, kind="stable")
    lows = np.searchsorted(offers.group, groups, side="left", sorter=offers_of_group)
    sizes = np.searchsorted(offers.group, groups, side="right", sorter=offers_of_group) - lows
    pairs = counts * sizes
    for part in _parts(pairs):
        # Every chooser of these groups beside every offer of its group.
        rows = np.repeat(starts[part] - np.cumsum(counts[part]) + counts[part], counts[part])
        chooser = of_group[rows + np.arange(len(rows))]
        chooser, offer = _beside(chooser, np.repeat(lows[part], counts[part]), np.repeat(sizes[part], counts[part]))
        offer = offers_of_group[offer]
        fits = _fits(choosers, chooser, offers, offer)
        chooser, offer = chooser[fits], offer[fits]
        made = first_come_pairs(chooser, offer)
        choice[chooser[made]] = offer[made]
    for crowd in np.flatnonzero(pairs > _PAIRS_OF_A_GROUP):
        own = offers_of_group[lows[crowd] : lows[crowd] + sizes[crowd]]
        free = np.ones(len(own), dtype=bool)
        for one in of_group[starts[crowd] : starts[crowd] + counts[crowd]]:
            low, high = np.searchsorted(offers.first[own], (choosers.first[one], choosers.last[one] + 1))
            found = free[low:high] & _fits(choosers, one, offers, own[low:high])
            if found.any():
                taken = low + int(found.argmax())
                free[taken] = False
                choice[one] = own[taken]
    return choice


def _parts(pairs: Ints) -> Iterator[Ints]:
    """Numbers of the groups that are paired at once, a bounded number of pairs at a time."""
    small = np.flatnonzero((pairs > 0) & (pairs <= _PAIRS_OF_A_GROUP))
    ends = np.cumsum(pairs[small]) // _PAIRS_AT_ONCE
    for end in np.unique(ends):
        yield small[ends == end]


def _beside(chooser: Ints, low: Ints, size: Ints) -> tuple[Ints, Ints]:
    """Each chooser ``size`` times, with the numbers from ``low`` on."""
    first = np.repeat(np.cumsum(size) - size, size)
    return np.repeat(chooser, size), np.repeat(low, size) + np.arange(int(size.sum())) - first


def _fits(choosers: Fitting, one: Ints, offers: Fitting, other: Ints) -> NDArray[np.bool_]:
    at, size = offers.first[other], choosers.size[one]
    in_time = (choosers.first[one] <= at) & (at <= choosers.last[one])
    in_reach = np.isnan(size) | (np.abs(offers.size[other] - size) <= choosers.reach[one])
    label, its = choosers.label[one], offers.label[other]
    fits: NDArray[np.bool_] = in_time & in_reach & ((label == its) | (label < 0) | (its < 0))
    return fits


def first_come_pairs(chooser: Ints, chosen: Ints) -> NDArray[np.bool_]:
    """Which candidate pairs are made when choosers, one after the other, take the first that is still free.

    Args:
        chooser: (pairs,) rank of the one who chooses; a smaller rank chooses earlier.
        chosen: (pairs,) rank of what may be chosen; of what is free the smallest rank is taken.

    Returns (pairs,): True where the pair is made. Nobody and nothing is in two pairs. The order of the candidates does
    not matter. Pairs that compete with no other are settled at once; only the rest is gone through one by one.

    Raises ValueError for arrays of different length.
    """
    if chooser.shape != chosen.shape:
        raise ValueError(f"one chooser a pair: {chooser.shape} choosers for {chosen.shape} chosen")
    made = np.zeros(len(chooser), dtype=bool)
    if not len(chooser):
        return made
    _, by_chooser, choices = np.unique(chooser, return_inverse=True, return_counts=True)
    _, by_chosen, wooers = np.unique(chosen, return_inverse=True, return_counts=True)
    made |= (choices[by_chooser] == 1) & (wooers[by_chosen] == 1)
    contested = np.flatnonzero(~made)
    order = contested[np.lexsort((chosen[contested], chooser[contested]))]
    settled: set[int] = set()
    taken: set[int] = set()
    for pair, one, other in zip(order.tolist(), by_chooser[order].tolist(), by_chosen[order].tolist(), strict=True):
        if one not in settled and other not in taken:
            made[pair] = True
            settled.add(one)
            taken.add(other)
    return made
