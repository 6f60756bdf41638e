"""Why an outcome differs between two sides: what the change goes with, and when it began. Arithmetic and tests, no cause.

A value (a queue, a model, an issue) is named where the change without its contacts is significantly smaller than the whole change
(Bonferroni over all values that are looked at). A model is named only where that holds among the contacts with a model, too:
where all of an operation's AI contacts got worse alike, no model is the one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from itertools import combinations

import numpy as np
import numpy.typing as npt
import polars as pl

from dashboards.results.compared_sides import Side
from dashboards.snapshot.groups import Group
from pipelines.statistics.change_point import ChangePoint, change_point
from pipelines.statistics.decomposition import (
    CellParts,
    Decomposition,
    Estimate,
    Floats,
    Ints,
    cluster_codes,
    cluster_sums,
    decompose,
    draws,
    estimate,
)

#: In the order in which they are shown.
CUT_BY = (
    "ai_model",
    "issue",
    "queue",
    "workflow",
    "mode",
    "language",
    "region",
    "channel",
    "product",
    "hour",
    "agents",
)
#: Values of a dimension that are looked at one by one, those of most contacts; the others are one cell.
MOST_VALUES = 40
#: AI models that are shown by week.
_MOST_MODELS = 5
#: The cell of all values that are not looked at one by one.
OTHER = "\x00other"
#: Agents by whether they had contacts on both sides.
NO_AGENT, BOTH_SIDES, ONE_SIDE = "no_agent", "both_sides", "one_side"
SEED, ALPHA = 16, 0.05
#: What is left without the contacts that are named is at most this share of the change, where they account for all of it.
_LEFT = 0.25
#: Values of which pairs are looked at; two that share so much of the smaller one are the same contacts.
_PAIRED, _SAME = 6, 0.9
#: From this share of all their contacts on, two names are of the same contacts; of those of one, it lies within the other.
_LIKE = 0.8
_WEEK = 7
#: Least share of the contacts that both sides have in common by a dimension's values.
_OVERLAP = 0.1

Value = tuple[str, str | None]
_Mask = npt.NDArray[np.bool_]
#: Whether a difference stands out in the direction of the change, when so many were tested.
_Test = Callable[[Estimate, int], bool]


@dataclass(frozen=True)
class ChangeCell:
    """A value of a dimension (None: not recorded; ``OTHER``) with its parts."""

    value: str | None
    parts: CellParts


@dataclass(frozen=True)
class DimensionParts:
    """The change cut by one dimension, the largest parts first."""

    dimension: str
    whole: Decomposition
    cells: tuple[ChangeCell, ...]


@dataclass(frozen=True)
class GoesWith:
    """A part of the contacts with which the change goes: one value, or two together.

    ``contacts`` and ``shares`` by side. ``inside``: the change within it (NaN where a side has too few), ``without``: that of all
    others, ``less``: the whole change less that. ``is_all``: without it hardly any change is left, and none that is significant.
    ``same_as``: an earlier one of nearly the same contacts; ``within``: one that holds nearly all of them, and more.
    """

    values: tuple[Value, ...]
    contacts: tuple[int, int]
    shares: tuple[float, float]
    means: tuple[float, float]
    inside: Estimate
    without: Estimate
    less: Estimate
    is_all: bool
    same_as: tuple[Value, ...] | None = None
    within: tuple[Value, ...] | None = None


@dataclass(frozen=True)
class WeekOfSide:
    """Seven days, the last of which end with the second side; the mean with its interval, and the shares of AI models."""

    first: date
    contacts: int
    mean: Estimate
    models: Mapping[str | None, float]

    @property
    def last(self) -> date:
        return self.first + timedelta(days=_WEEK - 1)


@dataclass(frozen=True)
class ExplainedChange:
    """``named``: the narrowest that accounts for all first; empty where the change is not significant, or nothing stands out.

    ``looked_at``: values that were. ``weeks`` and ``step`` only where the sides are one segment in periods that follow each
    other. ``source``: of sentiment alone, the source within which it is compared. ``min_n``: contacts below which nothing is said.
    """

    measure: str
    whole: Decomposition
    dimensions: tuple[DimensionParts, ...]
    named: tuple[GoesWith, ...]
    looked_at: int
    weeks: tuple[WeekOfSide, ...] = ()
    step: ChangePoint | None = None
    source: str | None = None
    customers: int = 0
    models: tuple[str | None, ...] = ()
    min_n: int = 2

    @property
    def mixed(self) -> DimensionParts | None:
        """The dimension whose mix accounts for most of the change in its direction, if significantly so."""
        sign = 1 if self.whole.change.value > 0 else -1
        found = [
            each
            for each in self.dimensions
            if each.whole.mix.p * len(self.dimensions) <= ALPHA and each.whole.mix.value * sign > 0
        ]
        return max(found, key=lambda each: abs(each.whole.mix.value), default=None) if self.is_significant else None

    @staticmethod
    def overlaps(cut: DimensionParts) -> bool:
        """Whether a share of the contacts worth naming has values that stand on both sides."""
        first, second = cut.whole.contacts
        both = [cell.parts.contacts for cell in cut.cells]
        return sum(min(n0 / first, n1 / second) for n0, n1 in both) >= _OVERLAP

    @property
    def is_significant(self) -> bool:
        return is_apart(self.whole.change)

    @property
    def began(self) -> ChangePoint | None:
        """The step, where there is one: significant, in the direction of the change, and no gradual change."""
        step = self.step
        if step is None or step.p > ALPHA or step.is_gradual or not self.is_significant:
            return None
        return step if (step.after > step.before) == (self.whole.change.value > 0) else None


def is_apart(each: Estimate) -> bool:
    """Whether the interval leaves out 0."""
    return each.lower > 0 or each.upper < 0


def explained_change(
    rows: pl.DataFrame, sides: tuple[Side, Side], measure: str, *, min_n: int, cause: Group | None = None
) -> ExplainedChange | None:
    """The change of ``measure`` between the sides; None where a side has fewer than ``min_n`` contacts with it.

    ``rows``: of ``compared_sides.read_sides``. ``cause``: the narrower segment that explains the verdict of the segment by
    its own tests; where it accounts for this change, it is named first, so that a page names no other.
    """
    kept, source = _with_value(rows, measure)
    counts = kept.group_by("side").len()["len"].to_list()
    if len(counts) < 2 or min(counts) < max(min_n, 2):
        return None
    contacts = _Contacts(kept, measure, min_n)
    whole = contacts.parts(np.zeros(len(kept), dtype=np.int64), 1)
    cut = tuple(found for name in CUT_BY if (found := _cut(contacts, name)) is not None)
    if sides[0].group != sides[1].group:
        # Segments that share no queue differ in it by what they are: nothing is explained by that.
        cut = tuple(each for each in cut if ExplainedChange.overlaps(each))
    named = _named(contacts, cut, whole.change, cause) if is_apart(whole.change) else ()
    follow = sides[0].group == sides[1].group and sides[0].last + timedelta(days=1) == sides[1].first
    weeks, step, models = _weeks(contacts, sides) if follow else ((), None, ())
    return ExplainedChange(
        measure, whole, cut, named, _looked_at(cut), weeks, step, source, kept["customer"].n_unique(), models, min_n
    )


def _with_value(rows: pl.DataFrame, measure: str) -> tuple[pl.DataFrame, str | None]:
    """The contacts of which the measure is known; of sentiment those of the source that both sides have most of."""
    kept = rows.filter(pl.col(measure).is_not_null())
    if measure != "post_call_sentiment" or kept.is_empty():
        return kept, None
    sources = kept.group_by("sentiment_source", "side").len().group_by("sentiment_source")
    found = sources.agg(pl.col("len").min() * (pl.len() == 2).cast(pl.Int64)).sort(
        "len", "sentiment_source", descending=True
    )
    source: str = found["sentiment_source"][0]
    return kept.filter(pl.col("sentiment_source") == source), source


class _Contacts:
    """The rows as arrays, with draws that all that is made of them shares."""

    def __init__(self, rows: pl.DataFrame, measure: str, min_n: int) -> None:
        self.rows, self.min_n = rows, min_n
        self.side: Ints = rows["side"].to_numpy().astype(np.int64)
        self.y: Floats = rows[measure].to_numpy().astype(np.float64)
        self.cluster, self.clusters = cluster_codes(rows["customer"].to_numpy())
        self.weights = draws(self.clusters, seed=SEED)
        self._values: dict[str, pl.Series] = {}

    def parts(self, cell: Ints, cells: int, rows: _Mask | None = None) -> Decomposition:
        kept = slice(None) if rows is None else rows
        sums = cluster_sums(
            self.cluster[kept], self.side[kept], cell[kept], self.y[kept], clusters=self.clusters, cells=cells
        )
        return decompose(sums, self.weights, min_n=self.min_n)

    def values(self, dimension: str) -> pl.Series:
        """The value of every row."""
        if dimension not in self._values:
            self._values[dimension] = self._agents if dimension == "agents" else self.rows[dimension].cast(pl.String)
        return self._values[dimension]

    @cached_property
    def _agents(self) -> pl.Series:
        several = pl.col("side").n_unique().over("agent") > 1
        group = pl.when(several).then(pl.lit(BOTH_SIDES)).otherwise(pl.lit(ONE_SIDE))
        return self.rows.select(
            agents=pl.when(pl.col("agent").is_null()).then(pl.lit(NO_AGENT)).otherwise(group)
        ).to_series()

    def mask(self, values: Sequence[Value]) -> _Mask:
        """The rows that have all of ``values``."""
        found = np.ones(len(self.y), dtype=np.bool_)
        for dimension, value in values:
            found &= self.values(dimension).eq_missing(pl.Series([value], dtype=pl.String)).to_numpy()
        return found

    def enough(self, rows: _Mask) -> bool:
        """Whether both sides have min_n of ``rows``."""
        counts = np.bincount(self.side[rows], minlength=2)
        return bool(counts.min() >= self.min_n)


def _cut(contacts: _Contacts, dimension: str) -> DimensionParts | None:
    """The change by ``dimension``; None where all contacts have one value."""
    values = contacts.values(dimension)
    counted = (
        pl.DataFrame({"value": values, "side": contacts.side})
        .group_by("value")
        .agg(first=(pl.col("side") == 0).sum(), second=(pl.col("side") == 1).sum())
        .with_columns(most=pl.max_horizontal("first", "second"))
        .sort(["most", "value"], descending=[True, False])
    )
    own = counted.filter(pl.col("most") >= contacts.min_n)["value"].to_list()[:MOST_VALUES]
    names: list[str | None] = [*own, *([OTHER] if len(own) < len(counted) else [])]
    if len(names) < 2:
        return None
    code = pl.DataFrame({"value": own, "code": range(len(own))}, schema={"value": pl.String, "code": pl.Int64})
    cell = values.to_frame("value").join(code, on="value", how="left", nulls_equal=True, maintain_order="left")["code"]
    found = contacts.parts(cell.fill_null(len(own)).to_numpy(), len(names))
    cells = [ChangeCell(name, part) for name, part in zip(names, found.cells, strict=True)]
    return DimensionParts(dimension, found, tuple(sorted(cells, key=lambda each: -abs(each.parts.total))))


def _looked_at(cut: Sequence[DimensionParts]) -> int:
    return sum(1 for _ in _candidates(cut))


def _candidates(cut: Sequence[DimensionParts]) -> Iterator[tuple[Value, CellParts]]:
    """Values that may be named: others than they have enough contacts. That no agent or no model was there says the mode."""
    for each in cut:
        for cell in each.cells:
            absent = (each.dimension, cell.value) in {("agents", NO_AGENT), ("ai_model", None)}
            if np.isfinite(cell.parts.less.value) and cell.value != OTHER and not absent:
                yield (each.dimension, cell.value), cell.parts


def _named(
    contacts: _Contacts, cut: Sequence[DimensionParts], change: Estimate, cause: Group | None
) -> tuple[GoesWith, ...]:
    looked_at = _looked_at(cut)

    def stands_out(less: Estimate, tests: int) -> bool:
        return less.p * tests <= ALPHA and (less.value > 0) == (change.value > 0)

    found = [
        (parts.less.p, value)
        for value, parts in _candidates(cut)
        if stands_out(parts.less, looked_at)
        and (value[0] != "ai_model" or _differs_among_models(contacts, value, stands_out, looked_at))
    ]
    singles = [_of(contacts, (value,), change) for _, value in sorted(found, key=lambda each: each[0])]
    pairs = _pairs(contacts, singles[:_PAIRED], change, stands_out, looked_at)
    listed = sorted(
        [*pairs[:1], *singles],
        key=lambda each: (not each.is_all, each.contacts[1] if each.is_all else 0, -abs(each.less.value)),
    )
    if cause is not None and set(cause.dimensions) <= set(CUT_BY):
        values = tuple((name, None if value == "null" else value) for name, value in cause.parts)
        own = contacts.mask(values)
        if contacts.enough(~own):
            of_cause = _of(contacts, values, change)
            if stands_out(of_cause.less, 1):
                listed = [of_cause, *(each for each in listed if set(each.values) != set(values))]
    return tuple(_folded(contacts, listed))


def _of(contacts: _Contacts, values: tuple[Value, ...], change: Estimate) -> GoesWith:
    own = contacts.mask(values)
    found = contacts.parts(np.where(own, 0, 1), 2)
    inside, others = found.cells
    without = inside.without
    small = abs(without.value) <= _LEFT * abs(change.value)
    return GoesWith(
        values,
        inside.contacts,
        (inside.contacts[0] / found.contacts[0], inside.contacts[1] / found.contacts[1]),
        inside.means,
        others.without,
        without,
        inside.less,
        is_all=small and not is_apart(without),
    )


def _differs_among_models(contacts: _Contacts, value: Value, stands_out: _Test, tests: int) -> bool:
    """Whether the model stands out among the contacts that have one."""
    has_model = contacts.values("ai_model").is_not_null().to_numpy()
    own = contacts.mask((value,))
    if not contacts.enough(has_model & ~own):
        return False
    return stands_out(contacts.parts(np.where(own, 0, 1), 2, has_model).cells[0].less, tests)


def _pairs(
    contacts: _Contacts, singles: Sequence[GoesWith], change: Estimate, stands_out: _Test, tests: int
) -> list[GoesWith]:
    """Two values of which only the contacts with both changed: neither the rest of the one nor that of the other did."""
    found = []
    for one, other in combinations(singles, 2):
        if one.values[0][0] == other.values[0][0]:
            continue
        first, second = contacts.mask(one.values), contacts.mask(other.values)
        both, ends = first & second, (first & ~second, second & ~first)
        same = both.sum() >= _SAME * min(first.sum(), second.sum())
        if same or not all(contacts.enough(rows) for rows in (both, ~both, *ends)):
            continue
        still = (contacts.parts(np.zeros_like(contacts.side), 1, rows).change for rows in ends)
        pair = _of(contacts, (*one.values, *other.values), change)
        if all(not is_apart(each) for each in still) and stands_out(pair.less, tests + len(singles) ** 2):
            found.append(pair)
    return sorted(found, key=lambda each: -abs(each.less.value))


def _folded(contacts: _Contacts, listed: Sequence[GoesWith]) -> Iterator[GoesWith]:
    """Each of ``listed``, with the first one before it of the same contacts or around them."""
    standing: list[tuple[GoesWith, _Mask]] = []
    for each in listed:
        own = contacts.mask(each.values)
        shared = [(other.values, int((own & rows).sum()), int((own | rows).sum())) for other, rows in standing]
        same = next((values for values, both, either in shared if both >= _LIKE * either), None)
        around = next((values for values, both, _ in shared if both >= _LIKE * own.sum()), None)
        if same is None and around is None:
            standing.append((each, own))
        yield replace(each, same_as=same, within=None if same else around)


def _weeks(
    contacts: _Contacts, sides: tuple[Side, Side]
) -> tuple[tuple[WeekOfSide, ...], ChangePoint | None, tuple[str | None, ...]]:
    """Whole weeks back from the last day of the second side, the step in them, and the models by contacts."""
    last = sides[1].last
    number = (sides[0].days + sides[1].days) // _WEEK
    back = (pl.lit(last) - pl.col("day")).dt.total_days() // _WEEK
    week: Ints = contacts.rows.select((number - 1 - back).alias("week")).to_series().to_numpy().astype(np.int64)
    kept = week >= 0
    key = contacts.cluster[kept] * number + week[kept]
    y = contacts.y[kept]
    shape = (contacts.clusters, number)
    n = np.bincount(key, minlength=shape[0] * number).reshape(shape).astype(np.float64)
    sums = np.bincount(key, weights=y, minlength=shape[0] * number).reshape(shape).astype(np.float64, copy=False)
    squares = np.bincount(week[kept], weights=y * y, minlength=number).astype(np.float64, copy=False)
    with np.errstate(invalid="ignore", divide="ignore"):
        means, drawn = sums.sum(axis=0) / n.sum(axis=0), (contacts.weights @ sums) / (contacts.weights @ n)
    models, shares = _model_shares(contacts.values("ai_model").filter(pl.Series(kept)), week[kept], number)
    found = tuple(
        WeekOfSide(
            last - timedelta(days=_WEEK * (number - t) - 1),
            int(n[:, t].sum()),
            estimate(means[t], drawn[:, t]) if n[:, t].sum() >= contacts.min_n else Estimate(*[np.nan] * 4),
            {model: float(share[t]) for model, share in zip(models, shares, strict=True)},
        )
        for t in range(number)
    )
    return found, change_point(n, sums, squares, seed=SEED), models


def _model_shares(models: pl.Series, week: Ints, number: int) -> tuple[tuple[str | None, ...], Floats]:
    """The models of most contacts, and their shares by week, shape (models, weeks)."""
    order = models.value_counts(sort=True)["ai_model"].to_list() if models.len() else []
    named = order if len(order) <= _MOST_MODELS else [*order[:_MOST_MODELS], OTHER]
    total = np.maximum(np.bincount(week, minlength=number), 1)
    shares = []
    for model in named:
        rows = (
            ~models.is_in(order[:_MOST_MODELS], nulls_equal=True)
            if model == OTHER
            else models.eq_missing(pl.Series([model], dtype=pl.String))
        ).to_numpy()
        shares.append(np.bincount(week[rows], minlength=number) / total)
    return tuple(named), np.array(shares).reshape(len(named), number)
