"""Design effects of the slices that are shown: contacts of one customer resemble each other, and slices differ in how many have one.

Belongs here: reading how a week's contacts are shared among customers, and what follows for an interval. The formulas are
``pipelines.statistics.slices``.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import polars as pl

from dashboards.snapshot.frames import Frames
from dashboards.wording.weeks import Week
from pipelines.statistics.slices import OwnSums, interval_deff, squares_at_most, with_student

#: A dimension and the values of it that are in the cut; None is a contact without one.
Cut = tuple[str, tuple[str | None, ...]]
_ALL: Cut = ("all", (None,))
#: Metrics that are a difference of two rates.
_DIFFERENCES = frozenset({"fcr_gap"})


class _Slice(NamedTuple):
    """What is published of a slice: Σ n_c², the contacts of its largest customer, and the sums of its own interval."""

    squares: float
    largest: float
    own: OwnSums | None


class _Effect(NamedTuple):
    """What is published of a metric in a dimension: ``correlation`` is None in snapshots from before there was one."""

    correlation: float | None
    deff: float


class Clustering:
    """Design effects by metric, week and cut; 1 but for Student's t where nothing was published."""

    def __init__(self, effects: pl.DataFrame, slices: pl.DataFrame | None = None) -> None:
        """``effects``: design_effects; ``slices``: the rows of slice_clusters that ``of_week`` is asked for."""
        rows = effects.select("metric", "dimension", "correlation", "deff").rows()
        self._effects = {
            (metric, dimension): _Effect(_known(rho), _known(deff) or 1.0) for metric, dimension, rho, deff in rows
        }
        names = ("week", "dimension", "segment", "metric", "sum_squares", "largest")
        sums = ("customers", "successes", "sum_products", "sum_success_squares")
        self._slices: dict[tuple[date, str, str | None, str], _Slice] = {
            (week, dimension, segment, metric): _Slice(float(squares), float(largest), OwnSums(*own))
            for week, dimension, segment, metric, squares, largest, *own in (
                slices.select(*names, *sums).rows() if slices is not None else ()
            )
        }

    def of_week(self, metric: str, n: float, week: Week, cuts: Sequence[Cut] = ()) -> float:
        """The design effect of ``n`` contacts of ``week`` that lie in all of the ``cuts`` (none: of all contacts).

        Weeks and weeks of one segment are published. In a cut by several dimensions no customer has more contacts than in
        each of them, and in several segments of one no more than in these together. Where none is published the average
        slice stands in.
        """
        within = tuple(cuts) or (_ALL,)
        found = [self._whole(metric, week, cut) for cut in within]
        several = any(len(values) > 1 for _, values in within)
        # Of several segments together all contacts may be the narrower bound.
        bounds = [*found, self._whole(metric, week, _ALL)] if several else found
        whole = [each for each in bounds if each is not None]
        squares = squares_at_most(n, ((each.squares, each.largest) for each in whole)) if whole else None
        # The successes of a difference are none, and of a part of a slice nobody knows them by customer.
        alone = len(within) == len(whole) == 1 and metric not in _DIFFERENCES
        return self.of_squares(metric, n, squares, [name for name, _ in within], whole[0].own if alone else None)

    def _whole(self, metric: str, week: Week, cut: Cut) -> _Slice | None:
        """The slice of ``cut``; of several segments, at most what their customers can have together; None if not published.

        With n_cv contacts of customer c in segment v: √Σ_c (Σ_v n_cv)² ≤ Σ_v √Σ_c n_cv² (Minkowski).
        """
        dimension, values = cut
        # A segment without contacts in the week has no row, and adds none.
        slices = (self._slices.get((week.monday, dimension, value, metric)) for value in values)
        known = [each for each in slices if each is not None]
        if len(values) == 1 or not known:
            return known[0] if known else None
        return _Slice(
            squares=sum(math.sqrt(each.squares) for each in known) ** 2,
            largest=sum(each.largest for each in known),
            own=None,
        )

    def of_squares(
        self, metric: str, n: float, squares: float | None, dimensions: Sequence[str], own: OwnSums | None = None
    ) -> float:
        """The design effect of ``n`` contacts with this Σ n_c² (None: not known) in a cut by these dimensions."""
        if n <= 0:
            return 1.0
        found = [self._effect(metric, dimension) for dimension in dimensions or ("all",)]
        correlations = [each.correlation for each in found if each.correlation is not None]
        if squares is None or not correlations:
            return with_student(max(each.deff for each in found), n)
        # One dimension's correlation is published at a time; in a cut by several the greatest of theirs is taken.
        return interval_deff(max(correlations), n, squares_at_most(n, [(squares, n)]), own)

    def _effect(self, metric: str, dimension: str) -> _Effect:
        """Of the dimension; of all contacts where it has none, and none where nothing was published."""
        return self._effects.get((metric, dimension), self._effects.get((metric, "all"), _Effect(None, 1.0)))


def read_clustering(frames: Frames, weeks: Iterable[Week], cuts: Sequence[Cut] = ()) -> Clustering:
    """What is published of these weeks (at least one): of all contacts, of the segments of these cuts, and of every mode."""
    days = [week.monday for week in weeks]
    chosen = pl.col("dimension") == "mode"
    for dimension, values in (*cuts, _ALL):
        for value in values:
            chosen |= (pl.col("dimension") == dimension) & pl.col("segment").eq_missing(pl.lit(value, pl.String))
    return Clustering(frames.design_effects, frames.slices_between(min(days), max(days)).filter(chosen).collect())


def _known(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
