"""Promises (M12): how many were kept on time, late, or broken, by group, maker and kind."""

import polars as pl

from pipelines.evidence.groups import CUTS, table
from pipelines.evidence.rates import share_rows
from pipelines.statistics.matching import first_come_pairs

PROMISE_CUTS: tuple[tuple[str, ...], ...] = (
    (),
    *((cut,) for cut in CUTS),
    ("source",),
    ("made_by",),
    ("kind",),
    ("kind", "made_by"),
    ("ai_model", "made_by"),
)
_KNOWN = ("kept_on_time", "kept_late", "broken")


def promise_rates_table(promises: pl.DataFrame, min_n: int) -> pl.DataFrame:
    """Table ``promise_rates`` from the rows of ``evidence_promise_outcomes``; n counts promises whose fate is known."""
    known = pl.col("status").is_in(_KNOWN)
    measures = {status: pl.when(known).then(pl.col("status") == status) for status in _KNOWN}
    return table(
        "promise_rates",
        list(share_rows(promises, measures, PROMISE_CUTS, cluster="customer", min_n=min_n, rows="promises")),
    )


def promise_matches(candidates: pl.DataFrame) -> pl.DataFrame:
    """Which event keeps which promise, of the rows of ``int_promise_candidates``: each at most once.

    Promises choose in the order of ``promise_order`` (those with an amount first, then by due date) the earliest event
    that is free; so two promises of the same credit need two credits.
    """
    made = first_come_pairs(candidates["promise_order"].to_numpy(), candidates["event_order"].to_numpy())
    return candidates.filter(pl.Series(made, dtype=pl.Boolean)).select(
        "system", "promise_id", "event_system", "event_id", "event_type", pl.col("occurred_at").alias("fulfilled_at")
    )
