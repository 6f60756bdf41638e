"""The segments of divergence (M16): which values and pairs of values are segments, and which of them are one and the same.

Belongs here: forming and numbering segments. Not: what changed in them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from pipelines.statistics.divergence_measures import Cohort, Ints

#: A segment by name: (dimension, value) once or twice.
Name = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Grouping:
    """Segments of one dimension or one pair, S of them, and the rows that are in one, sorted by segment, then customer.

    ``rows`` (shape (n,)) indexes the cohort, ``segment`` numbers the row's segment, ``cluster`` its (segment, customer),
    both ascending. ``baseline``, ``period`` and ``customers`` (customers with a contact in the period) have shape (S,);
    ``signature`` is the same for two segments exactly when they hold the same contacts.
    """

    names: list[Name]
    rows: Ints
    segment: Ints
    cluster: Ints
    baseline: Ints
    period: Ints
    customers: Ints
    signature: npt.NDArray[np.uint64]


def groupings(dimensions: Sequence[str]) -> list[tuple[str, ...]]:
    """Every dimension alone, then every pair, in the order of ``dimensions``."""
    return [(d,) for d in dimensions] + list(combinations(dimensions, 2))


def contact_marks(cohort: Cohort) -> npt.NDArray[np.uint64]:
    """A random 64-bit mark for every contact; a set of contacts is known by the sum of its marks."""
    return np.random.default_rng(0).integers(0, 2**64, size=cohort.contacts, dtype=np.uint64)


def form(cohort: Cohort, dimensions: tuple[str, ...], marks: npt.NDArray[np.uint64], min_n: int) -> Grouping:
    """Segments of a grouping with at least ``min_n`` contacts in both periods; a null value forms none."""
    key, sizes = _keys(cohort, dimensions)
    known = key >= 0
    total = int(np.prod(sizes)) if all(sizes) else 0
    found, number = _numbered(key[known], total)
    x = cohort.period[known]
    n = np.bincount(number, minlength=len(found))
    n1 = np.bincount(number[x == 1], minlength=len(found))
    kept = (n1 >= min_n) & (n - n1 >= min_n)
    renumbered = np.where(kept, np.cumsum(kept) - 1, -1)
    segment = np.full(cohort.contacts, -1, dtype=np.int64)
    segment[known] = renumbered[number]
    values = found[kept]
    names = [_name(dimensions, sizes, int(value)) for value in values]
    return _arranged(cohort, names, segment, marks)


def without(grouping: Grouping, drop: npt.NDArray[np.bool_]) -> Grouping:
    """The grouping less the segments that ``drop`` (shape (S,)) marks."""
    if not drop.any():
        return grouping
    number = np.where(drop, -1, np.cumsum(~drop) - 1)
    segment = number[grouping.segment]
    rows = segment >= 0
    cluster = grouping.cluster[rows]
    return Grouping(
        [name for name, gone in zip(grouping.names, drop, strict=True) if not gone],
        grouping.rows[rows],
        segment[rows],
        cluster,
        grouping.baseline[~drop],
        grouping.period[~drop],
        grouping.customers[~drop],
        grouping.signature[~drop],
    )


def _keys(cohort: Cohort, dimensions: tuple[str, ...]) -> tuple[Ints, list[int]]:
    """One number for the values of a grouping, −1 where one is null, and how many values each dimension has."""
    sizes = [int(cohort.codes[d].max(initial=-1)) + 1 for d in dimensions]
    key = cohort.codes[dimensions[0]].astype(np.int64)
    for dimension, size in zip(dimensions[1:], sizes[1:], strict=True):
        other = cohort.codes[dimension]
        key = np.where((key >= 0) & (other >= 0), key * size + other, -1)
    return key, sizes


def _numbered(key: Ints, total: int) -> tuple[Ints, Ints]:
    """Keys that occur, ascending, and the position of every row's among them."""
    if total > max(4_000_000, 4 * len(key)):
        found, number = np.unique(key, return_inverse=True)
        return found, number.reshape(-1)
    occurs = np.bincount(key, minlength=total) > 0
    return np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[key]


def _name(dimensions: tuple[str, ...], sizes: list[int], value: int) -> Name:
    parts: list[tuple[str, int]] = []
    for dimension, size in reversed(list(zip(dimensions, sizes, strict=True))):
        parts.append((dimension, value % size))
        value //= size
    return tuple(reversed(parts))


def _arranged(cohort: Cohort, names: list[Name], segment: Ints, marks: npt.NDArray[np.uint64]) -> Grouping:
    inside = np.flatnonzero(segment >= 0)
    numbers = segment[inside]
    # Rows come sorted by customer, so a stable sort by segment leaves customers in order; 16 bits sort by radix.
    narrow = numbers.astype(np.uint16) if len(names) < 2**16 else numbers
    order = np.argsort(narrow, kind="stable")
    rows, numbers = inside[order], numbers[order]
    customer, x = cohort.customer[rows], cohort.period[rows]
    starts = np.ones(len(rows), dtype=bool)
    starts[1:] = (numbers[1:] != numbers[:-1]) | (customer[1:] != customer[:-1])
    cluster = np.cumsum(starts) - 1
    count = len(names)
    period = np.bincount(numbers[x == 1], minlength=count)
    in_period = np.bincount(cluster[x == 1], minlength=int(starts.sum())) > 0
    owner = numbers[starts]
    boundaries = np.searchsorted(numbers, np.arange(count))
    signature = np.add.reduceat(marks[rows], boundaries) if count else np.zeros(0, dtype=np.uint64)
    return Grouping(
        names,
        rows,
        numbers,
        cluster,
        np.bincount(numbers, minlength=count) - period,
        period,
        np.bincount(owner[in_period], minlength=count),
        signature,
    )
