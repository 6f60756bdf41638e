"""One-to-one matching in a given order: against the obvious loop, whatever the order of the candidates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.statistics.matching import first_come_pairs

_PAIRS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), unique=True, max_size=40)


def _arrays(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    array = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def _obvious(pairs: list[tuple[int, int]]) -> set[tuple[int, int]]:
    made: set[tuple[int, int]] = set()
    for chooser in sorted({one for one, _ in pairs}):
        free = [other for one, other in pairs if one == chooser and other not in {taken for _, taken in made}]
        if free:
            made.add((chooser, min(free)))
    return made


@given(pairs=_PAIRS, seed=st.integers(0, 1000))
def test_it_is_the_obvious_loop_in_any_order(pairs: list[tuple[int, int]], seed: int) -> None:
    shuffled = [pairs[place] for place in np.random.default_rng(seed).permutation(len(pairs))]
    made = first_come_pairs(*_arrays(shuffled))
    assert {pair for pair, is_made in zip(shuffled, made, strict=True) if is_made} == _obvious(pairs)


def test_two_promises_of_one_kind_need_two_events() -> None:
    made = first_come_pairs(np.array([0, 1]), np.array([0, 0]))
    assert made.tolist() == [True, False]


def test_who_has_one_choice_only_may_still_come_too_late() -> None:
    """0 takes the earlier of two events, which is the only one that 1 could have had."""
    made = first_come_pairs(np.array([0, 0, 1]), np.array([0, 1, 0]))
    assert made.tolist() == [True, False, False]


def test_nothing_to_match() -> None:
    assert first_come_pairs(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)).tolist() == []


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="one chooser a pair"):
        first_come_pairs(np.array([0]), np.array([0, 1]))
