"""Small segments (M18): how many agents and queues stand out, by shrunk rates and never by raw ones."""

import polars as pl

from dashboards import wording
from dashboards.results.shrunk_rates import SPREAD_FROM

_KINDS = {"agent_id": ("with", "agent", "agents"), "queue": ("in", "queue", "queues")}
_MEASURE = "repeat_any_30d"


def standing_out(table: pl.LazyFrame) -> str:
    """One sentence: how many have a lower bound above what their kind usually does; empty where nothing is shrunk.

    ``table``: small_segments. Names are not given: a rate shrunk towards its kind is no verdict on a person. Of a handful
    of agents nothing is said at all, for there the number would be one.
    """
    rows = (
        table.filter((pl.col("measure") == _MEASURE) & pl.col("shrunk").is_not_null())
        .group_by("kind")
        .agg(pl.len(), (pl.col("lower") > pl.col("prior_mean")).sum(), pl.col("prior_mean").first())
        .sort("kind")
        .collect()
        .rows()
    )
    said = [
        f"{_KINDS[kind][0]} {wording.count(above or 0)} of {wording.count(number)} {_KINDS[kind][1 + (number != 1)]} "
        f"(usual: {wording.percent(usual)})"
        for kind, number, above, usual in rows
        if kind in _KINDS and (kind != "agent_id" or number >= SPREAD_FROM)
    ]
    if not said:
        return ""
    return (
        f"Customers come back within 30 days more often than usual {wording.joined(said)}: there the whole 95% confidence interval "
        "lies above the usual rate. Each rate is drawn towards it the more, the fewer contacts it rests on."
    )
