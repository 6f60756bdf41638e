"""Proxy validity (M17): whether a claim of resolution still means what it says, as a line over the months."""

from dataclasses import dataclass

import polars as pl

from dashboards import wording
from dashboards.snapshot.groups import ALL, rows_of

#: Greatest q at which a line is told from chance.
SIGNIFICANT = 0.05
#: The plainest first.
MEASURES = ("false_resolution_rate", "sensitivity", "specificity")

NONE = "Whether a claim of resolution still means what it says cannot be told: no month of claims has its outcomes."


@dataclass(frozen=True)
class ValidityLine:
    """The line of one measure over all months; ``slope`` is a month's change, ``sentence`` what it says."""

    measure: str
    months: int
    slope: float | None
    lower: float | None
    upper: float | None
    q: float | None
    sentence: str


@dataclass(frozen=True)
class Validity:
    """The lines, first those beyond chance, the plainest measure first; ``sentence`` is the first one's, or says why there is none."""

    lines: tuple[ValidityLine, ...]
    sentence: str


def validity(table: pl.LazyFrame) -> Validity:
    """The lines of all contacts. ``table``: proxy_validity."""
    rows = rows_of(table.filter(pl.col("period").is_null() & pl.col("measure").is_in(MEASURES)), ALL, "segment")
    found = [
        ValidityLine(measure, months or 0, slope, lower, upper, q if q is not None else p, wording.said(sentence))
        for measure, months, slope, lower, upper, p, q, sentence in rows.select(
            "measure", "denominator", "value", "lower", "upper", "p", "q", "sentence"
        )
        .collect()
        .rows()
        if sentence
    ]
    found.sort(
        key=lambda line: (line.q is None, line.q is not None and line.q > SIGNIFICANT, MEASURES.index(line.measure))
    )
    return Validity(tuple(found), found[0].sentence if found else NONE)
