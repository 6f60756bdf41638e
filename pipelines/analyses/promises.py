"""Promises (M12): how many were kept on time, late, or broken, by group, maker and kind."""

import polars as pl

from pipelines.analyses.groups import CUTS, table
from pipelines.analyses.rates import share_rows
from pipelines.statistics.matching import Fitting, first_come_choices

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
    """Table ``promise_rates`` from the rows of ``input_promise_outcomes``; n counts promises whose fate is known.

    Beside them ``unverifiable``, of all promises. A promise to nobody known can be seen to be kept (an event names it)
    and never to be broken, so it counts there, whatever its status.
    """
    is_unverifiable = (pl.col("status") == "unverifiable") | ~pl.col("has_customer")
    known = pl.col("status").is_in(_KNOWN) & ~is_unverifiable
    fates = {status: pl.when(known).then(pl.col("status") == status) for status in _KNOWN}
    measures: dict[str, pl.Expr] = {**fates, "unverifiable": is_unverifiable}
    return table(
        "promise_rates",
        list(share_rows(promises, measures, PROMISE_CUTS, cluster="customer", min_n=min_n, rows="promises")),
    )


def promise_matches(candidates: pl.DataFrame) -> pl.DataFrame:
    """Which event keeps which promise, of the rows of ``int_promise_candidates``: each at most once.

    Promises choose in the order of ``promise_order`` (those with an amount first, then by due date) the earliest event
    that fits and is free; so two promises of the same credit need two credits.
    """
    ordered = candidates.with_columns(
        first=pl.col("first_at").dt.epoch("us"),
        last=pl.col("last_at").dt.epoch("us"),
        label=pl.col("currency").rank("dense").cast(pl.Int64).fill_null(0) - 1,
    )
    promises = ordered.drop_nulls("promise_order").sort("promise_order")
    events = ordered.drop_nulls("event_order").sort("event_order")
    choice = first_come_choices(_fitting(promises), _fitting(events))
    has_event = choice >= 0
    kept = events[choice[has_event]]
    return promises.filter(pl.Series(has_event, dtype=pl.Boolean)).select(
        "system",
        "promise_id",
        kept["system"].alias("event_system"),
        kept["event_id"],
        kept["event_type"],
        kept["first_at"].alias("fulfilled_at"),
    )


def _fitting(frame: pl.DataFrame) -> Fitting:
    return Fitting(
        group=frame["candidate_group"].to_numpy(),
        first=frame["first"].to_numpy(),
        last=frame["last"].to_numpy(),
        size=frame["amount"].cast(pl.Float64).fill_null(float("nan")).to_numpy(),
        reach=frame["amount_reach"].cast(pl.Float64).fill_null(0.0).to_numpy(),
        label=frame["label"].to_numpy(),
    )
