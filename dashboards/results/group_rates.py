"""Rates of the groups of one dimension over some weeks: sums of kpi_weekly, in order of size and never of the rate.

A ranking by raw rates would put small groups at both ends by chance (M18); so groups stand by how many contacts they
have, each with its interval.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from dashboards import wording
from dashboards.snapshot.filters import BY_COLUMN, Filters, value_words
from dashboards.snapshot.queries import Queries
from dashboards.wording.weeks import Week
from pipelines.statistics import Rate

#: Groups shown; a dimension with more says how many there are.
SHOWN = 12


@dataclass(frozen=True)
class GroupRate:
    value: str | None
    name: str
    rate: Rate


@dataclass(frozen=True)
class GroupRates:
    """``column``: the dimension. ``left_out``: smaller groups that are not listed."""

    column: str
    groups: tuple[GroupRate, ...]
    left_out: int

    @property
    def sentence(self) -> str:
        """Which groups differ significantly, if any; ``highest`` and ``lowest`` by the whole interval."""
        known = [each for each in self.groups if each.rate.lower is not None and each.rate.upper is not None]
        if len(known) < 2:
            return "Too few groups have enough contacts to compare."
        high = max(known, key=lambda each: each.rate.lower or 0.0)
        low = min(known, key=lambda each: each.rate.upper or 0.0)
        if (high.rate.lower or 0.0) > (low.rate.upper or 0.0):
            return (
                f"{wording.capital(high.name)} is significantly higher than {low.name}: their intervals do not overlap."
            )
        return "No statistically significant difference between groups: all intervals overlap."


def rates_by(
    queries: Queries,
    filters: Filters,
    column: str,
    *,
    numerator: str,
    denominator: str,
    weeks: tuple[Week, Week],
    rate: Callable[[str | None, float, float], Rate],
) -> GroupRates:
    """``rate`` of each value and its summed columns, for every value of ``column`` in the weeks from the first to the last.

    Raises KeyError for a column that is no filter. Column names come from the code, never from a request.
    """
    dimension = BY_COLUMN[column]
    condition, parameters = filters.condition
    found = queries.frame(
        f"""select {column} as value, cast(sum({numerator}) as double) as numerator, cast(sum({denominator}) as double) as denominator
        from weekly where {condition} and week between $first and $last group by {column} having sum({denominator}) > 0
        order by denominator desc, value nulls last""",
        {**parameters, "first": weeks[0].monday, "last": weeks[1].monday},
    )
    groups = tuple(
        GroupRate(value, value_words(dimension, value), rate(value, above, below))
        for value, above, below in found.rows()
    )
    return GroupRates(column, groups[:SHOWN], max(0, len(groups) - SHOWN))


def group_frame(rates: GroupRates, links: Callable[[str | None], str | None] = lambda _: None) -> pl.DataFrame:
    """Rows for ``figures.rates_by_group``."""
    rows = [
        (
            each.name,
            each.rate.value,
            each.rate.lower,
            each.rate.upper,
            float(each.rate.denominator),
            links(each.value) or "",
        )
        for each in rates.groups
    ]
    schema = {"name": pl.String, "value": pl.Float64, "lower": pl.Float64, "upper": pl.Float64, "n": pl.Float64}
    return pl.DataFrame(rows, schema={**schema, "link": pl.String}, orient="row")


def left_out_words(rates: GroupRates) -> str:
    return f" {wording.count(rates.left_out)} smaller groups are not listed." if rates.left_out else ""
