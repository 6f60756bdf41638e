"""From the changes of a segment's measures to its verdict (M16): Holm within a segment, Benjamini–Hochberg over segments.

Two questions are asked of every segment: does a proxy improve while an outcome worsens (`diverging`), and does a proxy
worsen while an outcome improves (`undervalued`)? Each needs both halves, so its p is the larger of the two
(intersection–union test, R. L. Berger, Technometrics 24 (1982), 295–300), each half being the Holm-adjusted smallest p
over its measures. Benjamini–Hochberg runs over both questions of all segments together, so that at most the stated share
of all verdicts is false in expectation (Y. Benjamini, Y. Hochberg, JRSS B 57 (1995), 289–300). Nested segments share
contacts, hence their p-values are positively dependent, under which the procedure holds (Y. Benjamini, D. Yekutieli,
Annals of Statistics 29 (2001), 1165–1188); simulation confirms it for worlds of nested segments with clustered customers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import false_discovery_control

from pipelines.statistics.divergence_measures import Floats, Ints, Measure
from pipelines.statistics.stratified_change import StratifiedChange, holm_minimum

DIVERGING, UNDERVALUED, ALIGNED, INSUFFICIENT = "diverging", "undervalued", "aligned", "insufficient"

#: A change that equals its minimum but for rounding reaches it, in whatever order the rows were added up.
_TIE = 1e-9


@dataclass(frozen=True)
class Question:
    """One of the two questions, for S segments: its p (NaN where it cannot be asked) and the measures that carry it.

    ``proxy`` and ``outcome`` index the measures; −1 where none is tested.
    """

    p: Floats
    proxy: Ints
    outcome: Ints


@dataclass(frozen=True)
class Verdicts:
    """Verdicts of S segments; ``q_*`` are NaN where a segment is insufficient, ``reason`` then says why."""

    diverging: Question
    undervalued: Question
    q_diverging: Floats
    q_undervalued: Floats
    verdict: npt.NDArray[np.str_]
    reason: list[str | None]


def effect(measure: Measure, change: StratifiedChange) -> Floats:
    """Change in the unit of the measure's minimum, positive when it is for the better; shape (S,), NaN where unknown."""
    with np.errstate(divide="ignore", invalid="ignore"):
        size = change.change / np.abs(change.baseline) if measure.relative else change.change
    result: Floats = size * measure.good
    return result


def tested(change: StratifiedChange, min_n: int) -> npt.NDArray[np.bool_]:
    """Where a measure has at least ``min_n`` (at least 1) contacts in both periods under issues that stand in both.

    And more than one customer: of a single one's contacts nothing tells chance from change.
    """
    result: npt.NDArray[np.bool_] = _enough(change, min_n) & (change.customers > 1)
    return result


def question(
    measures: Sequence[Measure], changes: Mapping[str, StratifiedChange], *, min_n: int, proxies_improve: bool
) -> Question:
    """p of one question. A measure whose change does not reach its minimum counts with p = 1: it carries no verdict."""
    halves = []
    for role in ("proxy", "outcome"):
        better = proxies_improve == (role == "proxy")
        rows = []
        for measure in measures:
            if measure.role != role:
                continue
            change = changes[measure.name]
            p = change.p_up if better == (measure.good > 0) else change.p_down
            size = effect(measure, change) if better else -effect(measure, change)
            p = np.where(size >= measure.minimum - _TIE, p, 1.0)
            rows.append(np.where(tested(change, min_n), p, np.nan))
        indices = np.array([i for i, measure in enumerate(measures) if measure.role == role], dtype=np.int64)
        halves.append((np.array(rows), indices))
    smallest = [holm_minimum(rows) for rows, _ in halves]
    leads = [_lead(rows, indices) for rows, indices in halves]
    return Question(np.maximum(smallest[0], smallest[1]), leads[0], leads[1])


def verdicts(
    measures: Sequence[Measure], changes: Mapping[str, StratifiedChange], *, min_n: int = 30, alpha: float = 0.05
) -> Verdicts:
    """Verdicts of all segments from the changes of all measures.

    Raises ValueError when ``alpha`` is not between 0 and 1, or no proxy or no outcome is among the measures.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha lies between 0 and 1, not {alpha}")
    if {measure.role for measure in measures} != {"proxy", "outcome"}:
        raise ValueError("divergence needs at least one proxy and one outcome")
    diverging = question(measures, changes, min_n=min_n, proxies_improve=True)
    undervalued = question(measures, changes, min_n=min_n, proxies_improve=False)
    possible = ~np.isnan(diverging.p)
    q = np.full((2, len(possible)), np.nan)
    if possible.any():
        both = np.concatenate([diverging.p[possible], undervalued.p[possible]])
        q[:, possible] = false_discovery_control(both, method="bh").reshape(2, -1)
    verdict = np.full(len(possible), INSUFFICIENT, dtype="<U12")
    verdict[possible] = ALIGNED
    verdict[q[1] <= alpha] = UNDERVALUED
    # Where both hold, for different measures, the warning is the one that must not be missed.
    verdict[q[0] <= alpha] = DIVERGING
    lone = np.zeros(len(possible), dtype=bool)
    for change in changes.values():
        lone |= _enough(change, min_n) & (change.customers < 2)
    return Verdicts(diverging, undervalued, q[0], q[1], verdict, _reasons(diverging, min_n, lone))


def _enough(change: StratifiedChange, min_n: int) -> npt.NDArray[np.bool_]:
    result: npt.NDArray[np.bool_] = np.minimum(change.n_baseline, change.n_period) >= max(1, min_n)
    return result


def _lead(rows: Floats, indices: Ints) -> Ints:
    known = ~np.isnan(rows)
    lead = indices[np.where(known, rows, 2.0).argmin(axis=0)]
    return np.where(known.any(axis=0), lead, -1)


def _reasons(asked: Question, min_n: int, lone: npt.NDArray[np.bool_]) -> list[str | None]:
    """Why a segment cannot be judged; ``lone``: a measure has contacts enough, but all of one customer."""

    def reason(proxy: int, outcome: int, is_lone: bool) -> str | None:
        lacking = [name for name, lead in (("proxy", proxy), ("outcome", outcome)) if lead < 0]
        if not lacking:
            return None
        contacts = f"{max(1, min_n)} contacts{' of more than one customer' if is_lone else ''}"
        return f"no {' and no '.join(lacking)} has {contacts} in both periods under issues that stand in both"

    return [reason(int(p), int(o), bool(c)) for p, o, c in zip(asked.proxy, asked.outcome, lone, strict=True)]
