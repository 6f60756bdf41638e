"""How agents rely on suggestions (M13), as published: by tenure, with differences from agents of a year and more."""

from dataclasses import dataclass

import polars.selectors as cs

from dashboards import wording
from dashboards.snapshot.filters import Filters
from dashboards.snapshot.groups import ALL, Group, read_group
from dashboards.snapshot.queries import Queries

MEASURES = {"accepted_wrong": "took a wrong one", "rejected_right": "turned down a right one"}
TENURES = {
    "0-3": "under 3 months",
    "3-12": "3 to 12 months",
    "12+": "12 months and more",
    "unknown": "tenure not known",
    None: "all agents",
}


@dataclass(frozen=True)
class Reliance:
    """One measure of one tenure; ``difference`` from agents with 12 months and more. Fractions, None with a ``reason``."""

    tenure: str | None
    measure: str
    numerator: int
    n: int
    value: float | None
    lower: float | None
    upper: float | None
    difference: float | None
    difference_lower: float | None
    difference_upper: float | None
    reason: str
    sentence: str

    @property
    def name(self) -> str:
        return TENURES.get(self.tenure, wording.clipped(self.tenure or ""))


@dataclass(frozen=True)
class Relied:
    """``rows`` in the order of tenure; ``note`` says of whom they are where filters are chosen."""

    rows: tuple[Reliance, ...]
    note: str

    def of(self, measure: str, tenure: str | None = None) -> Reliance | None:
        return next((each for each in self.rows if each.measure == measure and each.tenure == tenure), None)

    @property
    def apart(self) -> tuple[str, ...]:
        """Published sentences of differences that can be told from chance."""
        return tuple(
            each.sentence
            for each in self.rows
            if each.difference_lower is not None
            and each.difference_upper is not None
            and (each.difference_lower > 0 or each.difference_upper < 0)
            and each.sentence
        )


def reliance(queries: Queries, filters: Filters) -> Relied:
    """The rows of the group that ``filters`` name, where it was published; else of all contacts."""
    rows = queries.frame(
        """select grouping, tenure, measure, numerator, n, value, lower, upper, difference, difference_lower,
        difference_upper, coalesce(reason, '') as reason, coalesce(sentence, '') as sentence from suggestion_reliance"""
    ).with_columns(cs.float().fill_nan(None))
    groups: dict[Group, list[Reliance]] = {}
    for row in rows.iter_rows(named=True):
        group = read_group(row.pop("grouping"))
        groups.setdefault(group, []).append(
            Reliance(**{**row, "sentence": wording.said(row["sentence"]), "reason": wording.clipped(row["reason"])})
        )
    order = list(TENURES)
    note, chosen = "", ALL
    if filters and filters.group in groups:
        note, chosen = f"Of {filters.words} alone.", filters.group
    elif filters:
        note = f"Suggestions are those of all contacts, not of {filters.words} alone."
    found = groups.get(chosen, [])
    found.sort(key=lambda each: (order.index(each.tenure) if each.tenure in order else len(order), each.measure))
    return Relied(tuple(found), note)
