"""Segment divergence (M16): where proxies improve while outcomes worsen, or the reverse.

The steps live in files of their own: `divergence_measures` (input), `divergence_segments` (which segments there are),
`stratified_change` (what changed, with its test), `divergence_verdict` (Holm, Benjamini–Hochberg), `divergence_cause`
(which nested segment explains it), `divergence_coding` (whether it survives without issues that may have been recoded).
Here they are put together.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipelines.statistics.divergence_cause import JudgedSegments, broader, causes
from pipelines.statistics.divergence_coding import DEFAULT_BOUNDS, CodingBounds, sensitive_to_coding
from pipelines.statistics.divergence_measures import DIMENSIONS, MEASURES, Cohort, Ints, Measure, cohort
from pipelines.statistics.divergence_power import smallest_found
from pipelines.statistics.divergence_segments import Grouping, Name, contact_marks, form, groupings, without
from pipelines.statistics.divergence_verdict import DIVERGING, UNDERVALUED, Verdicts, tested, verdicts
from pipelines.statistics.stratified_change import StratifiedChange, stratified_change

_NAME = ("dimension_1", "value_1", "dimension_2", "value_2")


def segment_divergence(
    contacts: pl.DataFrame,
    *,
    measures: Sequence[Measure] = MEASURES,
    dimensions: Sequence[str] = DIMENSIONS,
    min_n: int = 30,
    alpha: float = 0.05,
    level: float = 0.95,
    coding: CodingBounds = DEFAULT_BOUNDS,
) -> pl.DataFrame:
    """Every segment of one and two dimensions with its changes and its verdict.

    ``contacts``: one row a mature contact of the period or its baseline, as `divergence_measures.cohort` takes it.

    Returns one row a segment with at least ``min_n`` contacts in both periods, values of dimensions alone first:

    - ``dimension_1``, ``value_1``, ``dimension_2``, ``value_2`` (null for a single one): the segment. Names of the same
      contacts are one segment, under the shortest and first of them; the others are listed in ``same_as``.
    - ``contacts_baseline``, ``contacts_period``, ``customers`` (with a contact in the period).
    - for every measure ``*_n_baseline``, ``*_n_period`` (in issues that stand in both), ``*_covered`` (their share),
      ``*_baseline``, ``*_period``, ``*_change``, ``*_lower``, ``*_upper`` (in the measure's unit at the fixed issue mix)
      and one-sided ``*_p_rise``, ``*_p_fall``; null where a period has fewer than ``min_n``, or all are one customer's.
    - ``p_diverging``, ``p_undervalued``, ``q_diverging``, ``q_undervalued``; ``p``, ``q``: of the verdict, else of the
      smaller.
    - ``verdict``: diverging, undervalued, aligned, insufficient (with ``reason``); ``lead_proxy``, ``lead_outcome``: the
      measures that carry it, null unless it is one of the first two.
    - ``cause_dimension_1`` … ``cause_value_2``: the narrowest nested segment that explains the verdict, else null.
    - ``*_detectable`` of every measure: the smallest change that would be found with probability .8 in a segment that alone
      diverges (`divergence_power`), above 0; null where none would, or the measure is not compared.
    - ``is_sensitive_to_issue_coding`` (null without a verdict) and ``moved_issues``: the codes of the issues whose shares moved
      by more than ``coding``, where a verdict was tested without them.
    - ``within_dimension_1``, ``within_value_1``: for a pair, the single segment whose verdict, the same, it only repeats.

    Row order and the numbering of customers and values do not matter. Raises ValueError as `cohort` and `verdicts` do.
    """
    data = cohort(contacts, measures, dimensions)
    seen: dict[tuple[int, int, int], int] = {}
    names: list[list[Name]] = []
    sizes: list[Ints] = []
    pieces: dict[str, list[StratifiedChange]] = {measure.name: [] for measure in measures}
    marks = contact_marks(data)
    for grouping in groupings(dimensions):
        formed = form(data, grouping, marks, min_n)
        repeated = np.zeros(len(formed.names), dtype=bool)
        for i, name in enumerate(formed.names):
            key = (int(formed.signature[i]), int(formed.baseline[i]), int(formed.period[i]))
            repeated[i] = key in seen
            if repeated[i]:
                names[seen[key]].append(name)
            else:
                seen[key] = len(names)
                names.append([name])
        formed = without(formed, repeated)
        # The rows of a grouping are let go; 45 of them would fill the memory.
        sizes.append(np.stack([formed.baseline, formed.period, formed.customers]))
        for measure in measures:
            pieces[measure.name].append(_change(data, formed, measure, level))
    changes = {name: _joined(piece) for name, piece in pieces.items()}
    judged = verdicts(measures, changes, min_n=min_n, alpha=alpha)
    baseline, period, customers = np.concatenate(sizes, axis=1)
    segments = JudgedSegments(data, measures, changes, judged, min_n, alpha)
    explained = causes(segments, names, baseline + period)
    recoded = sensitive_to_coding(segments, names, coding)
    found = smallest_found(measures, changes, int((~np.isnan(judged.diverging.p)).sum()), min_n=min_n, alpha=alpha)
    has_verdict = np.isin(judged.verdict, (DIVERGING, UNDERVALUED))
    around = broader(judged, names, explained)
    return pl.DataFrame(
        [
            *_name_columns("", [aliases[0] for aliases in names]),
            pl.Series("same_as", [[_named(a) for a in aliases[1:]] for aliases in names], dtype=_SAME_AS),
            pl.Series("contacts_baseline", baseline, dtype=pl.Int64),
            pl.Series("contacts_period", period, dtype=pl.Int64),
            pl.Series("customers", customers, dtype=pl.Int64),
            *(column for measure in measures for column in _measure_columns(measure, changes[measure.name], min_n)),
            *_verdict_columns(measures, judged),
            *(pl.Series(f"{name}_detectable", values).fill_nan(None) for name, values in found.items()),
            pl.Series(
                "is_sensitive_to_issue_coding",
                [
                    bool(is_so) if given else None
                    for is_so, given in zip(recoded.is_sensitive, has_verdict, strict=True)
                ],
                dtype=pl.Boolean,
            ),
            pl.Series("moved_issues", [list(codes) for codes in recoded.moved], dtype=pl.List(pl.Int64)),
            *_name_columns("cause_", [None if i is None else names[i][0] for i in explained]),
            *_name_columns("within_", [None if i is None else names[i][0] for i in around])[:2],
        ]
    )


_SAME_AS = pl.List(pl.Struct(dict(zip(_NAME, (pl.String, pl.Int64, pl.String, pl.Int64), strict=True))))


def _change(data: Cohort, grouping: Grouping, measure: Measure, level: float) -> StratifiedChange:
    values = data.values[measure.name]
    y = values.y[grouping.rows]
    known = ~np.isnan(y)
    rows = grouping.rows[known]
    return stratified_change(
        grouping.segment[known],
        grouping.cluster[known],
        data.period[rows].astype(np.int64),
        y[known],
        values.stratum[rows].astype(np.int64),
        segments=len(grouping.names),
        strata=values.strata,
        rate=measure.kind == "rate",
        level=level,
    )


def _joined(pieces: list[StratifiedChange]) -> StratifiedChange:
    return StratifiedChange(
        **{f: np.concatenate([getattr(piece, f) for piece in pieces]) for f in StratifiedChange.__dataclass_fields__}
    )


def _named(name: Name | None) -> dict[str, str | int | None]:
    flat = [part for pair in name or () for part in pair]
    return dict(zip(_NAME, [*flat, *[None] * (4 - len(flat))], strict=True))


def _name_columns(prefix: str, names: list[Name | None] | list[Name]) -> list[pl.Series]:
    rows = [_named(name) for name in names]
    return [
        pl.Series(
            prefix + column, [row[column] for row in rows], dtype=pl.String if "dimension" in column else pl.Int64
        )
        for column in _NAME
    ]


def _measure_columns(measure: Measure, change: StratifiedChange, min_n: int) -> list[pl.Series]:
    enough = tested(change, min_n)
    counts = [
        pl.Series(f"{measure.name}_n_baseline", change.n_baseline).cast(pl.Int64),
        pl.Series(f"{measure.name}_n_period", change.n_period).cast(pl.Int64),
    ]
    fields = {"covered", "baseline", "period", "change", "lower", "upper"}
    estimates = {name: getattr(change, name) for name in StratifiedChange.__dataclass_fields__ if name in fields}
    estimates |= {"p_rise": change.p_up, "p_fall": change.p_down}
    return counts + [
        pl.Series(f"{measure.name}_{name}", np.where(enough, values, np.nan)).fill_nan(None)
        for name, values in estimates.items()
    ]


def _verdict_columns(measures: Sequence[Measure], judged: Verdicts) -> list[pl.Series]:
    is_diverging, is_undervalued = judged.verdict == DIVERGING, judged.verdict == UNDERVALUED
    first = is_diverging | (~is_undervalued & (judged.diverging.p <= judged.undervalued.p))
    names = np.array([*(measure.name for measure in measures), None], dtype=object)
    flagged = is_diverging | is_undervalued
    proxy = np.where(first, judged.diverging.proxy, judged.undervalued.proxy)
    outcome = np.where(first, judged.diverging.outcome, judged.undervalued.outcome)
    numbers = {
        "p_diverging": judged.diverging.p,
        "p_undervalued": judged.undervalued.p,
        "q_diverging": judged.q_diverging,
        "q_undervalued": judged.q_undervalued,
        "p": np.where(first, judged.diverging.p, judged.undervalued.p),
        "q": np.where(first, judged.q_diverging, judged.q_undervalued),
    }
    return [
        *(pl.Series(name, values).fill_nan(None) for name, values in numbers.items()),
        pl.Series("verdict", judged.verdict.tolist(), dtype=pl.String),
        pl.Series("reason", judged.reason, dtype=pl.String),
        pl.Series("lead_proxy", names[np.where(flagged, proxy, -1)].tolist(), dtype=pl.String),
        pl.Series("lead_outcome", names[np.where(flagged, outcome, -1)].tolist(), dtype=pl.String),
    ]
