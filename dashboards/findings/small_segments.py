"""Small segments (M18): how many agents and queues stand out, by shrunk rates and never by raw ones."""

import polars as pl

from dashboards.results.shrunk_rates import SPREAD_FROM
from dashboards.wording.repeats import AboveUsual, above_usual

_KINDS = {"agent_id": "agent", "queue": "queue"}
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
    return above_usual(
        [
            AboveUsual(_KINDS[kind], above or 0, number, usual)
            for kind, number, above, usual in rows
            if kind in _KINDS and (kind != "agent_id" or number >= SPREAD_FROM)
        ]
    )
