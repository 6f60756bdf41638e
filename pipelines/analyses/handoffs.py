"""Handoffs from AI to people (M11): what arrived, whether the customer had to start again, how long it took, by group."""

import polars as pl

from pipelines.analyses.groups import CUTS, table
from pipelines.analyses.rates import percentile_rows, share_rows
from pipelines.contract.handoffs_and_promises import HANDOFF_PARTS

#: Groups of handoffs: every cut of contacts, and why the AI handed over.
HANDOFF_CUTS: tuple[tuple[str, ...], ...] = ((), *((cut,) for cut in CUTS), ("trigger",))


def handoff_rates_table(handoffs: pl.DataFrame, min_n: int) -> pl.DataFrame:
    """Table ``handoff_rates`` from the rows of ``input_handoff_outcomes``.

    ``complete``: all four parts arrived, of handoffs that record all four. The last two measures say what detection is
    worth on one's own data: where a record and words are both there, how many of the recorded repetitions were found, and
    how many of those found were recorded.
    """
    measures = {
        "complete": pl.when(pl.col("parts_recorded") == len(HANDOFF_PARTS)).then(pl.col("completeness") == 1.0),
        **{f"{part}_arrived": pl.col(f"has_{part}") for part in HANDOFF_PARTS},
        "customer_repeated": pl.col("customer_repeated"),
        "detected_of_recorded_yes": pl.when(pl.col("repeated_recorded")).then(pl.col("repeated_detected")),
        "recorded_of_detected_yes": pl.when(pl.col("repeated_detected")).then(pl.col("repeated_recorded")),
    }
    waits = {"median_seconds_to_human": 0.5, "p90_seconds_to_human": 0.9}
    return table(
        "handoff_rates",
        [
            *share_rows(handoffs, measures, HANDOFF_CUTS, cluster="customer", min_n=min_n, rows="handoffs"),
            *percentile_rows(handoffs, "seconds_to_human", waits, HANDOFF_CUTS, min_n=min_n, rows="handoffs"),
        ],
    )
