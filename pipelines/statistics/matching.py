"""Pairing two kinds of things one to one, in a given order of who chooses first (M12)."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


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
