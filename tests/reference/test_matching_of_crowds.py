"""Matching of promises and events against the plainest way to do it, and of crowds that no pairs could be made of."""

import numpy as np
import pytest

from pipelines.statistics import matching
from pipelines.statistics.matching import Fitting, first_come_choices


def _side(rng: np.random.Generator, size: int, groups: int, *, choosing: bool) -> Fitting:
    first = np.sort(rng.integers(0, 40, size)) if not choosing else rng.integers(0, 40, size)
    return Fitting(
        group=rng.integers(0, groups, size),
        first=first,
        last=first + (rng.integers(-1, 30, size) if choosing else 0),
        size=rng.choice([5.0, 5.4, 9.0, np.nan], size),
        reach=rng.choice([0.0, 0.5], size),
        label=rng.integers(-1, 2, size),
    )


def _one_by_one(choosers: Fitting, offers: Fitting) -> list[int]:
    taken: list[int] = []
    for one in range(len(choosers.group)):
        choice = -1
        for other in range(len(offers.group)):
            if choice >= 0 or other in taken or offers.group[other] != choosers.group[one]:
                continue
            is_in_time = choosers.first[one] <= offers.first[other] <= choosers.last[one]
            wanted = choosers.size[one]
            is_in_reach = np.isnan(wanted) or abs(offers.size[other] - wanted) <= choosers.reach[one]
            labels = choosers.label[one], offers.label[other]
            if is_in_time and is_in_reach and (min(labels) < 0 or labels[0] == labels[1]):
                choice = other
        taken.append(choice)
    return taken


@pytest.mark.parametrize("most_pairs", [10_000, 0, 20], ids=["pairs", "crowds", "both"])
def test_the_first_that_is_free_is_taken(most_pairs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "_PAIRS_OF_A_GROUP", most_pairs)
    monkeypatch.setattr(matching, "_PAIRS_AT_ONCE", 30)
    rng = np.random.default_rng(4)
    matched = 0
    for _ in range(150):
        groups = int(rng.integers(1, 6))
        choosers = _side(rng, int(rng.integers(0, 25)), groups, choosing=True)
        offers = _side(rng, int(rng.integers(0, 25)), groups, choosing=False)
        found = first_come_choices(choosers, offers).tolist()
        assert found == _one_by_one(choosers, offers)
        matched += sum(choice >= 0 for choice in found)
    assert matched > 300


def test_ten_thousand_promises_of_one_customer_have_ten_thousand_credits() -> None:
    """A hundred million pairs, none of which is made."""
    n = 10_000
    zero = np.zeros(n, dtype=np.int64)
    promises = Fitting(zero, zero, zero + n, np.full(n, 50.0), np.full(n, 1.0), zero)
    refunds = Fitting(zero, np.arange(n), np.arange(n), np.full(n, 50.0), np.zeros(n), zero)
    assert first_come_choices(promises, refunds).tolist() == list(range(n))
