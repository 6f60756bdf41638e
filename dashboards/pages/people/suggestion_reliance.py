"""How agents rely on suggestions (M13), as published: by tenure, with differences from agents of a year and more."""

from dataclasses import dataclass

import polars.selectors as cs

from dashboards import wording
from dashboards.results.significance import is_significant
from dashboards.snapshot.filters import Filters
from dashboards.snapshot.groups import ALL, Group, read_group
from dashboards.snapshot.queries import Queries
from dashboards.wording.outcomes import reliance_sentence

MEASURES = {"accepted_wrong": "wrong suggestion accepted", "rejected_right": "right suggestion rejected"}
TENURES = {
    "0-3": "under 3 months",
    "3-12": "3 to 12 months",
    "12+": "12 months and more",
    "unknown": "tenure unknown",
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
    difference_q: float | None
    reason: str

    @property
    def name(self) -> str:
        return TENURES.get(self.tenure, wording.clipped(self.tenure or ""))

    @property
    def is_significant(self) -> bool:
        """Among all such differences of the table."""
        return is_significant(self.difference_q)

    @property
    def sentence(self) -> str:
        """The share, and its difference; empty where there is none."""
        if self.value is None:
            return ""
        return reliance_sentence(
            self.tenure,
            self.measure,
            value=self.value,
            lower=self.lower,
            upper=self.upper,
            n=self.n,
            difference=self.difference,
            difference_lower=self.difference_lower,
            difference_upper=self.difference_upper,
            is_significant=self.is_significant,
        )


@dataclass(frozen=True)
class Reliances:
    """``rows`` in the order of tenure; ``note`` says of whom they are where filters are chosen."""

    rows: tuple[Reliance, ...]
    note: str

    def of(self, measure: str, tenure: str | None = None) -> Reliance | None:
        return next((each for each in self.rows if each.measure == measure and each.tenure == tenure), None)

    @property
    def significant(self) -> tuple[Reliance, ...]:
        """Rows whose difference from agents with 12 months and more is statistically significant."""
        return tuple(each for each in self.rows if each.is_significant and each.value is not None)


def reliance(queries: Queries, filters: Filters) -> Reliances:
    """The rows of the group that ``filters`` name, where it was published; else of all contacts."""
    rows = queries.frame(
        """select grouping, tenure, measure, numerator, n, value, lower, upper, difference, difference_lower,
        difference_upper, difference_q, coalesce(reason, '') as reason from suggestion_reliance"""
    ).with_columns(cs.float().fill_nan(None))
    groups: dict[Group, list[Reliance]] = {}
    for row in rows.iter_rows(named=True):
        group = read_group(row.pop("grouping"))
        groups.setdefault(group, []).append(Reliance(**{**row, "reason": wording.clipped(row["reason"])}))
    order = list(TENURES)
    note, chosen = "", ALL
    if filters and filters.group in groups:
        note, chosen = f"Limited to {filters.words}.", filters.group
    elif filters:
        note = f"Suggestions cover all contacts, not only {filters.words}."
    found = groups.get(chosen, [])
    found.sort(key=lambda each: (order.index(each.tenure) if each.tenure in order else len(order), each.measure))
    return Reliances(tuple(found), note)
