"""Proxy validity (M17): whether a claim of resolution still means what it says, as a line over the months."""

from dataclasses import dataclass

import polars as pl

from dashboards import wording
from dashboards.results.significance import is_significant
from dashboards.snapshot.groups import ALL, rows_of
from dashboards.wording import validity as sentences
from dashboards.wording.validity import MonthValue

#: The plainest first.
MEASURES = ("false_resolution_rate", "sensitivity", "specificity")


@dataclass(frozen=True)
class ValidityLine:
    """The line of one measure over all months, from ``first`` to ``last``; ``slope`` is a month's change."""

    measure: str
    months: int
    slope: float | None
    lower: float | None
    upper: float | None
    q: float | None
    first: MonthValue | None
    last: MonthValue | None
    sentence: str

    @property
    def is_significant(self) -> bool:
        return is_significant(self.q)


@dataclass(frozen=True)
class Validity:
    """The lines, first the significant ones, the plainest measure first; ``sentence`` is the first one's, or says why there is none."""

    lines: tuple[ValidityLine, ...]
    sentence: str


def validity(table: pl.LazyFrame) -> Validity:
    """The lines of all contacts. ``table``: proxy_validity."""
    rows = rows_of(table.filter(pl.col("measure").is_in(MEASURES)), ALL, "segment").collect()
    monthly = rows.filter(pl.col("period").is_not_null() & pl.col("value").is_not_null()).sort("period")
    found = []
    columns = ("measure", "denominator", "value", "lower", "upper", "p", "q", "reason")
    for measure, months, slope, lower, upper, p, q, reason in (
        rows.filter(pl.col("period").is_null()).select(columns).rows()
    ):
        of_measure = monthly.filter(pl.col("measure") == measure).select("period", "value").rows()
        ends = [MonthValue(*of_measure[place]) for place in (0, -1)] if of_measure else [None, None]
        least = q if q is not None else p
        words = sentences.line(
            measure,
            first=ends[0],
            last=ends[1],
            months=months or 0,
            slope=slope,
            lower=lower,
            upper=upper,
            is_significant=is_significant(least),
            reason=wording.clipped(reason or ""),
        )
        found.append(ValidityLine(measure, months or 0, slope, lower, upper, least, ends[0], ends[1], words))
    found.sort(key=lambda line: (line.q is None, not line.is_significant, MEASURES.index(line.measure)))
    return Validity(tuple(found), found[0].sentence if found else sentences.NONE)
