"""Contacts of two sides that are compared: a segment in two periods, or two segments in one.

Belongs here: which contacts a side holds, and their rows as the decomposition takes them. Only contacts whose outcome is known
count, as in segment divergence (M16). One scan of the days' files and of the columns that are needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from dashboards.snapshot.groups import Group
from dashboards.snapshot.queries import Queries
from pipelines.contract import SEGMENT_DIMENSIONS

#: Outcomes whose change is taken apart → the column of contact_outcomes.
OUTCOME_COLUMNS = {
    "false_resolution": "case when resolved_claimed then not resolved_outcome end",
    "repeat": "repeat_any_30d",
    "complaint": "complaint_within_30d",
    "post_call_sentiment": "post_call_sentiment",
}
#: What may have moved beside them.
_BESIDE = {
    "promise_broken": "promise_broken",
    "stated_confidence": "case when resolved_outcome is not null then ai_confidence end",
    "was_right": "case when ai_confidence is not null then resolved_outcome end",
    "contained": "contained",
    "handle_seconds": "handle_seconds",
    "transferred": "transfer_count > 0",
    "closed_account": "closed_account_within_30d",
}
#: Hours of one band of the day.
BAND_HOURS = 3


class UnknownDimensionError(ValueError):
    """A side names a dimension by which contacts are not cut."""


@dataclass(frozen=True)
class Side:
    """The contacts of ``group`` whose day lies from ``first`` to ``last``."""

    group: Group
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


def read_sides(queries: Queries, sides: tuple[Side, Side]) -> pl.DataFrame:
    """One row a contact and side: ``side`` (0 or 1), ``day``, ``customer`` (a hash), the dimensions, ``hour``, ``agent``, outcomes.

    A contact that both sides hold stands twice. Raises UnknownDimensionError.
    """
    values = {**OUTCOME_COLUMNS, **_BESIDE}
    columns = ", ".join(
        [
            "day",
            "hash(customer_key) as customer",
            *SEGMENT_DIMENSIONS,
            f"hour_of_day // {BAND_HOURS} as hour",
            "agent_id as agent",
            "sentiment_source",
            *(f"cast({expression} as double) as {name}" for name, expression in values.items()),
        ]
    )
    found = _both(queries, sides, "contact_outcomes", columns, "resolved_outcome is not null")
    # Codes instead of text: the decomposition counts them.
    return found.with_columns(pl.col(*SEGMENT_DIMENSIONS, "agent").cast(pl.Categorical))


def read_handoffs(queries: Queries, sides: tuple[Side, Side], parts: Sequence[str]) -> pl.DataFrame:
    """One row a handoff and side: ``customer``, whether each of ``parts`` is missing, and what the customer went through."""
    columns = ", ".join(
        [
            "day",
            "hash(coalesce(customer_key, system || contact_id)) as customer",
            *(f"cast(not has_{part} as double) as {part}_missing" for part in parts),
            "cast(customer_repeated as double) as customer_repeated",
            "seconds_to_human",
        ]
    )
    return _both(queries, sides, "handoff_quality", columns, "true")


def costs_in_force(queries: Queries, rows: pl.DataFrame) -> pl.DataFrame:
    """``side``, ``customer`` and ``cost`` of the policy in force (M10) of the AI-led contacts in ``rows`` of ``read_sides``.

    A wrong answer that stood costs ``cost_wrong``; a contact that went to a human ``cost_handoff``, and the human's share of
    errors. Both by the prices of the workflow; without prices there is no row.
    """
    prices = queries.frame(
        "select workflow, max(cost_wrong) as cost_wrong, max(cost_handoff) as cost_handoff, max(human_wrong_share) as share "
        "from escalation_policy where cost_wrong is not null group by workflow"
    )
    if prices.is_empty():
        return pl.DataFrame()
    led = rows.filter(pl.col("was_right").is_not_null() & pl.col("contained").is_not_null())
    priced = led.with_columns(pl.col("workflow").cast(pl.String)).join(
        prices, on="workflow", how="inner", nulls_equal=True
    )
    handed_off = pl.col("cost_handoff") + pl.col("share").fill_null(0.0) * pl.col("cost_wrong")
    answered = (1 - pl.col("was_right")) * pl.col("cost_wrong")
    return priced.select("side", "customer", cost=pl.when(pl.col("contained") > 0).then(answered).otherwise(handed_off))


def _both(queries: Queries, sides: tuple[Side, Side], table: str, columns: str, condition: str) -> pl.DataFrame:
    parts: list[str] = []
    parameters: dict[str, str | None] = {}
    for number, side in enumerate(sides):
        held, given = _condition(side.group, number)
        parameters |= given
        source = queries.days(table, side.first, side.last)
        parts.append(f"select {number} as side, {columns} from {source} where {condition} and {held}")
    return queries.ask(" union all ".join(parts), parameters)


def _condition(group: Group, number: int) -> tuple[str, dict[str, str | None]]:
    """SQL of the group's contacts, with parameters; names of columns come from the contract alone."""
    unknown = [name for name in group.dimensions if name not in SEGMENT_DIMENSIONS]
    if unknown:
        raise UnknownDimensionError(unknown[0])
    parts = [f"{name} is not distinct from ${name}_{number}" for name in group.dimensions]
    given = {f"{name}_{number}": None if value == "null" else value for name, value in group.parts}
    return " and ".join(parts) or "true", given
