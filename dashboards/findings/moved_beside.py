"""What else moved in the contacts whose outcome changed: promises, confidence, handoffs, cost. Only what is significant is told.

All are tested together (Benjamini–Hochberg), each by the bootstraps over customers of ``statistics.decomposition``. That two
things moved in the same contacts says nothing about which made which.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from dashboards.results.compared_sides import Side, costs_in_force, read_handoffs
from dashboards.results.significance import is_significant
from dashboards.snapshot.queries import Queries
from pipelines.contract.handoffs_and_promises import HANDOFF_PARTS
from pipelines.statistics.bias import q_values
from pipelines.statistics.decomposition import Estimate, change_of_ratio, cluster_codes, draws

#: Columns of ``compared_sides.read_sides`` that are compared as they are.
_OF_CONTACTS = ("promise_broken", "handle_seconds", "transferred", "closed_account")
_SEED = 16


@dataclass(frozen=True)
class MovedBeside:
    """``name`` says what; ``before`` and ``after`` are its means on the two sides, ``change`` their difference, ``q`` of all that was tested."""

    name: str
    contacts: tuple[int, int]
    before: float
    after: float
    change: Estimate
    q: float


def moved_beside(
    queries: Queries, rows: pl.DataFrame, sides: tuple[Side, Side], min_n: int
) -> tuple[tuple[MovedBeside, ...], int]:
    """What moved significantly, the surest first, and how many were compared. ``rows``: of ``compared_sides.read_sides``."""
    found = list(_compared(queries, rows, sides, min_n))
    qs = q_values([each.change.p for each in found])
    judged = [
        MovedBeside(each.name, each.contacts, each.before, each.after, each.change, 1.0 if q is None else q)
        for each, q in zip(found, qs, strict=True)
    ]
    told = [each for each in judged if is_significant(each.q)]
    return tuple(sorted(told, key=lambda each: each.change.p)), len(found)


def _compared(queries: Queries, rows: pl.DataFrame, sides: tuple[Side, Side], min_n: int) -> Iterator[MovedBeside]:
    drift = rows.with_columns(confidence_gap=pl.col("stated_confidence") - pl.col("was_right"))
    yield from _changes(drift, (*_OF_CONTACTS, "confidence_gap"), min_n)
    handoffs = read_handoffs(queries, sides, HANDOFF_PARTS)
    parts = tuple(f"{part}_missing" for part in HANDOFF_PARTS)
    yield from _changes(handoffs, (*parts, "customer_repeated", "seconds_to_human"), min_n)
    costs = costs_in_force(queries, rows)
    if not costs.is_empty():
        yield from _changes(costs, ("cost",), min_n)


def _changes(rows: pl.DataFrame, names: tuple[str, ...], min_n: int) -> Iterator[MovedBeside]:
    """The change of the mean of each column of which both sides have ``min_n``; nulls do not count."""
    if rows.is_empty():
        return
    cluster, clusters = cluster_codes(rows["customer"].to_numpy())
    weights = draws(clusters, seed=_SEED)
    key = cluster * 2 + rows["side"].to_numpy()
    for name in names:
        known = rows[name].is_not_null().to_numpy()
        y = rows[name].fill_null(0.0).to_numpy()
        shape = (clusters, 2)
        n = np.bincount(key[known], minlength=2 * clusters).reshape(shape).astype(np.float64)
        sums = np.bincount(key[known], weights=y[known], minlength=2 * clusters).reshape(shape).astype(np.float64)
        if n.sum(axis=0).min() < min_n:
            continue
        before, after = sums.sum(axis=0) / n.sum(axis=0)
        contacts = (int(n[:, 0].sum()), int(n[:, 1].sum()))
        yield MovedBeside(name, contacts, float(before), float(after), change_of_ratio(n, sums, weights), np.nan)
