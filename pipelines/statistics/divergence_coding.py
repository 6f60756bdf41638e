"""Whether a verdict survives without the issues that may have been recoded (M16).

Changes are tested within issues. Where a code was renamed into another, merged or split, an issue of the period does not hold
the contacts that it held in the baseline, and the difference between the old codes reads as a change of both proxy and
outcome. Such an issue shows itself by its share of the contacts. An issue has *moved* where its share changed by more than
a part of itself and by more than a number of points; with it go the issues that moved the other way, the largest first,
until they account for most of it: there its contacts went to, or came from.

Shares are those among all contacts, and among those of the segment (of a segment that names an issue: of the segment without
it). A verdict survives if its question, asked again of the contacts of the other issues, has a p that the family accepts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.statistics.divergence_cause import JudgedSegments
from pipelines.statistics.divergence_measures import STRATUM, Floats, Ints
from pipelines.statistics.divergence_segments import Name
from pipelines.statistics.divergence_verdict import DIVERGING, UNDERVALUED, question
from pipelines.statistics.stratified_change import StratifiedChange, stratified_change

Bools = npt.NDArray[np.bool_]

#: Share of what moved issues gained or lost that the issues going the other way have to account for.
_ACCOUNTED = 0.8


@dataclass(frozen=True)
class CodingBounds:
    """An issue has moved where its share changed by more than ``relative`` of itself and by more than ``points`` (a share)."""

    relative: float = 0.5
    points: float = 0.02


DEFAULT_BOUNDS = CodingBounds()


@dataclass(frozen=True)
class Coding:
    """For S segments: ``is_sensitive`` (shape (S,)), and the codes of the ``moved`` issues (−1: none recorded) where a verdict was tested again."""

    is_sensitive: Bools
    moved: list[tuple[int, ...]]


def moved_issues(baseline: Floats, period: Floats, bounds: CodingBounds) -> Bools:
    """Which issues have moved, shape (issues,), from their contacts in the two periods; with a period empty, none."""
    if not baseline.sum() or not period.sum():
        return np.zeros(len(baseline), dtype=bool)
    before, after = baseline / baseline.sum(), period / period.sum()
    change = after - before
    moved: Bools = (np.abs(change) > bounds.points) & (np.abs(change) > bounds.relative * before)
    found = moved.copy()
    for sign in (1, -1):
        size = float((sign * change)[moved].clip(min=0).sum())
        against = -sign * change
        order = np.argsort(-against, kind="stable")
        accounted = np.cumsum(against[order].clip(min=0))
        if size:
            # Rounding may leave the whole sum a hair below what it has to reach.
            number = int(np.searchsorted(accounted, _ACCOUNTED * size - 1e-12)) + 1
            found[order[:number]] |= against[order[:number]] > 0
    return found


def sensitive_to_coding(judged: JudgedSegments, names: Sequence[Sequence[Name]], bounds: CodingBounds) -> Coding:
    """Which verdicts do not survive without the issues that moved; ``names`` as in `divergence_cause.causes`."""
    verdicts = judged.verdicts
    is_sensitive = np.zeros(len(names), dtype=bool)
    moved: list[tuple[int, ...]] = [()] * len(names)
    accepted = [
        asked.p[q <= judged.alpha]
        for asked, q in (
            (verdicts.diverging, verdicts.q_diverging),
            (verdicts.undervalued, verdicts.q_undervalued),
        )
    ]
    largest = float(np.concatenate(accepted).max(initial=0.0))
    # Numbered anew: codes may be far apart.
    codes, issue = np.unique(judged.cohort.codes[STRATUM], return_inverse=True)
    issue = issue.reshape(-1)

    def moved_among(rows: Ints) -> Bools:
        counts = np.bincount(2 * issue[rows] + judged.cohort.period[rows], minlength=2 * len(codes))
        baseline, period = counts.reshape(len(codes), 2).T.astype(np.float64)
        return moved_issues(baseline, period, bounds)

    everywhere = moved_among(np.arange(judged.cohort.contacts))
    for i in np.flatnonzero(np.isin(verdicts.verdict, (DIVERGING, UNDERVALUED))).tolist():
        found = everywhere.copy()
        for name in names[i]:
            parts = tuple(part for part in name if part[0] != STRATUM)
            if parts:
                found |= moved_among(_rows(judged, parts))
        if not found.any():
            continue
        rows = _rows(judged, names[i][0])
        rest = rows[~found[issue[rows]]]
        changes = {measure.name: _change(judged, measure.name, rest) for measure in judged.measures}
        again = question(
            judged.measures, changes, min_n=judged.min_n, proxies_improve=bool(verdicts.verdict[i] == DIVERGING)
        )
        # Nothing left to test (NaN) is no survival.
        is_sensitive[i] = not again.p[0] <= largest
        moved[i] = tuple(codes[found].tolist())
    return Coding(is_sensitive, moved)


def _rows(judged: JudgedSegments, name: Name) -> Ints:
    inside = np.ones(judged.cohort.contacts, dtype=bool)
    for dimension, value in name:
        inside &= judged.cohort.codes[dimension] == value
    return np.flatnonzero(inside)


def _change(judged: JudgedSegments, name: str, rows: Ints) -> StratifiedChange:
    """The change of one measure over ``rows``, which ascend, as one segment."""
    values = judged.cohort.values[name]
    rows = rows[~np.isnan(values.y[rows])]
    strata, number = np.unique(values.stratum[rows], return_inverse=True)
    return stratified_change(
        np.zeros(len(rows), dtype=np.int64),
        judged.cohort.customer[rows].astype(np.int64),
        judged.cohort.period[rows].astype(np.int64),
        values.y[rows],
        number.reshape(-1).astype(np.int64),
        segments=1,
        strata=max(1, len(strata)),
        rate=next(measure.kind for measure in judged.measures if measure.name == name) == "rate",
    )
