"""Small segments (M18): how many agents and queues stand out, by shrunk rates and never by raw ones."""

import polars as pl

from dashboards import wording

_KINDS = {"agent_id": ("agent", "agents"), "queue": ("queue", "queues")}
_MEASURE = "repeat_any_30d"


def standing_out(table: pl.LazyFrame) -> str:
    """One sentence: how many have a lower bound above what their kind usually does; empty where nothing is shrunk.

    ``table``: small_segments. Names are not given: a rate shrunk towards its kind is no verdict on a person.
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
        f"{wording.count(above)} of {wording.count(number)} {_KINDS[kind][number != 1]} "
        f"(their usual rate: {wording.percent(usual)})"
        for kind, number, above, usual in rows
        if kind in _KINDS
    ]
    if not said:
        return ""
    rate = "a rate of repeats within 30 days, shrunk towards their kind, that lies above the usual one with its whole interval"
    return f"{wording.joined(said)} have {rate}."
