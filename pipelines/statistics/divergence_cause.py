"""Which nested segment explains a verdict (M16): a broad segment diverges, and without a part of it, it does not.

A pair inside a segment of one dimension explains its verdict when

1. the pair has the same verdict,
2. without the pair's contacts the segment shows nothing: p of the same question, not adjusted, above alpha, and
3. the change in the pair exceeds that in the rest by more than chance, in the proxy or the outcome that carries the
   segment's verdict: one-sided z of the difference, Bonferroni over the segment's candidates and the two measures.
   Without this the rest would "show nothing" whenever it is small.

Of those that explain it, the narrowest (fewest contacts) is named. Variances are the exchangeable ones of
`stratified_change` times the segment's design effect.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from pipelines.statistics.divergence_measures import Codes, Cohort, Floats, Ints, Measure
from pipelines.statistics.divergence_segments import Name
from pipelines.statistics.divergence_verdict import DIVERGING, UNDERVALUED, Verdicts, question
from pipelines.statistics.stratified_change import Cells, StratifiedChange, change_of_cells


@dataclass(frozen=True)
class JudgedSegments:
    """Verdicts of S segments with what they were made from."""

    cohort: Cohort
    measures: Sequence[Measure]
    changes: Mapping[str, StratifiedChange]
    verdicts: Verdicts
    min_n: int
    alpha: float


@dataclass(frozen=True)
class _Part:
    """A candidate: the segment it is, and the value of the other dimension that cuts it out of the broad one."""

    segment: int
    dimension: str
    value: int


def causes(judged: JudgedSegments, names: Sequence[Sequence[Name]], contacts: Ints) -> list[int | None]:
    """For every segment the index of the one that explains its verdict, else None.

    ``names`` holds, for each of S segments, every name of the same contacts, its own first; ``contacts`` (shape (S,))
    their number.
    """
    result: list[int | None] = [None] * len(names)
    for single, candidates in _candidates(judged.verdicts, names).items():
        dimension, value = names[single][0][0]
        rows = np.flatnonzero(judged.cohort.codes[dimension] == value)
        level = judged.alpha / (2 * len(candidates))
        explaining: list[_Part] = []
        for other in sorted({part.dimension for part in candidates}):
            parts = [part for part in candidates if part.dimension == other]
            explaining += _explaining(judged, single, rows, parts, level=level)
        result[single] = min((part.segment for part in explaining), key=lambda i: (contacts[i], i), default=None)
    return result


def broader(verdicts: Verdicts, names: Sequence[Sequence[Name]], explained: Sequence[int | None]) -> list[int | None]:
    """For every pair the single segment around it that has the same verdict as a whole, else None; arguments of `causes`.

    Such a pair repeats the verdict of the broad segment, which no part of it explains. Of two the one with the smaller p.
    """
    singles = {aliases[0][0]: i for i, aliases in enumerate(names) if len(aliases[0]) == 1}
    result: list[int | None] = [None] * len(names)
    for i, aliases in enumerate(names):
        verdict = verdicts.verdict[i]
        if len(aliases[0]) != 2 or verdict not in {DIVERGING, UNDERVALUED}:
            continue
        p = (verdicts.diverging if verdict == DIVERGING else verdicts.undervalued).p
        around = [singles[part] for part in aliases[0] if part in singles]
        whole = [s for s in around if verdicts.verdict[s] == verdict and explained[s] is None]
        result[i] = min(whole, key=lambda s: (p[s], s), default=None)
    return result


def _candidates(verdicts: Verdicts, names: Sequence[Sequence[Name]]) -> dict[int, list[_Part]]:
    """For every single segment with a verdict, the segments inside it that have the same one."""
    singles = {aliases[0][0]: i for i, aliases in enumerate(names) if len(aliases[0]) == 1}
    parts: dict[int, list[_Part]] = {}
    for i, aliases in enumerate(names):
        if verdicts.verdict[i] not in {DIVERGING, UNDERVALUED}:
            continue
        for name in aliases:
            if len(name) != 2:
                continue
            for broad, other in ((name[0], name[1]), (name[1], name[0])):
                single = singles.get(broad, i)
                if single != i and verdicts.verdict[single] == verdicts.verdict[i]:
                    parts.setdefault(single, []).append(_Part(i, *other))
    return parts


def _explaining(judged: JudgedSegments, single: int, rows: Ints, parts: list[_Part], *, level: float) -> list[_Part]:
    """Those of ``parts``, which all cut by one dimension, that explain the verdict of ``single``."""
    codes = judged.cohort.codes[parts[0].dimension][rows]
    number = np.full(int(codes.max()) + 2, len(parts))
    number[[part.value + 1 for part in parts]] = np.arange(len(parts))
    part = number[codes + 1]
    inside, rest = {}, {}
    for measure in judged.measures:
        deff = float(judged.changes[measure.name].deff[single])
        values = judged.cohort.values[measure.name]
        inside[measure.name], rest[measure.name] = _cut(
            values.y[rows],
            judged.cohort.period[rows],
            values.stratum[rows],
            part,
            parts=len(parts),
            deff=deff,
            rate=measure.kind == "rate",
        )
    improve = judged.verdicts.verdict[single] == DIVERGING
    asked = judged.verdicts.diverging if improve else judged.verdicts.undervalued
    vanished = question(judged.measures, rest, min_n=judged.min_n, proxies_improve=improve).p > judged.alpha
    apart = np.zeros(len(parts), dtype=bool)
    for lead in (int(asked.proxy[single]), int(asked.outcome[single])):
        measure = judged.measures[lead]
        sign = measure.good if improve == (measure.role == "proxy") else -measure.good
        within, without = inside[measure.name], rest[measure.name]
        with np.errstate(invalid="ignore", divide="ignore"):
            z = sign * (within.change - without.change) / np.sqrt(within.variance + without.variance)
        apart |= z >= -float(ndtri(level))
    return [part for part, explains in zip(parts, vanished & apart, strict=True) if explains]


def _cut(
    y: Floats,
    x: npt.NDArray[np.int8],
    stratum: Codes,
    part: Ints,
    *,
    parts: int,
    deff: float,
    rate: bool,
) -> tuple[StratifiedChange, StratifiedChange]:
    """Changes of one measure inside each part, and in the segment without it; ``part`` is ``parts`` for no candidate."""
    known = ~np.isnan(y)
    offset = float(y[known].mean()) if known.any() else 0.0
    y = y[known] - offset
    _, number = np.unique(stratum[known], return_inverse=True)
    number = number.reshape(-1)
    strata = int(number.max(initial=0)) + 1
    key = (part[known] * strata + number) * 2 + x[known]

    def sums(values: Floats | None) -> Floats:
        flat = np.bincount(key, weights=values, minlength=(parts + 1) * strata * 2)
        return flat.reshape(parts + 1, strata, 2).astype(np.float64)

    counts, totals, squares = sums(None), sums(y), sums(y * y)

    def change(n: Floats, s: Floats, q: Floats) -> StratifiedChange:
        rows, total = n.sum(axis=2).reshape(-1), s.sum(axis=2).reshape(-1)
        about_mean = np.maximum(q.sum(axis=2).reshape(-1) - total**2 / np.maximum(rows, 1), 0.0)
        cells = Cells(
            np.repeat(np.arange(parts), strata),
            n[:, :, 0].reshape(-1),
            n[:, :, 1].reshape(-1),
            s[:, :, 0].reshape(-1),
            s[:, :, 1].reshape(-1),
            about_mean,
            np.zeros(len(about_mean)),
        )
        # Customers are not counted here: the segment as a whole, which has a verdict, has more than one.
        several = np.full(parts, 2)
        return change_of_cells(
            cells, np.full(parts, deff), np.zeros(parts), several, segments=parts, rate=rate, offset=offset
        )

    inside = change(counts[:-1], totals[:-1], squares[:-1])
    rest = change(*(whole.sum(axis=0) - whole[:-1] for whole in (counts, totals, squares)))
    return inside, rest
