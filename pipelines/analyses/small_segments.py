"""Small segments (M18): agents and queues, raw, shrunk and with n."""

from typing import Any

import polars as pl

from pipelines.analyses.groups import days, table
from pipelines.statistics.shrinkage import shrink_events, shrink_rates

#: Measure → design effect that widens it; complaints are too rare for customers to repeat them.
_DESIGN_EFFECT = {
    "repeat_any_30d": "repeat_any_30d",
    "false_resolution": "false_resolution",
    "complaints_per_1000": "",
    "negative_survey_csat": "negative_survey_csat",
}


def small_segments_table(counts: pl.DataFrame, design_effects: pl.DataFrame, min_n: int) -> pl.DataFrame:
    """Table ``small_segments`` from the rows of ``input_group_counts`` and metric, dimension, deff of ``design_effects``.

    Groups of fewer than ``min_n`` count in what their kind usually does; they have neither a rate nor a rank of their own.
    """
    deff = {(metric, dimension): value for metric, dimension, value in design_effects.iter_rows()}
    parts = [
        _shrunk(part, deff, min_n)
        for part in counts.sort("kind", "measure", "name").partition_by(["kind", "measure"], maintain_order=True)
    ]
    return table("small_segments", pl.concat(parts) if parts else [])


def _shrunk(counts: pl.DataFrame, deff: dict[tuple[str, str], float], min_n: int) -> pl.DataFrame:
    kind, measure = str(counts["kind"][0]), str(counts["measure"][0])
    metric = _DESIGN_EFFECT[measure]
    # Design effects are estimated by queue, and for agents over all contacts.
    effect = deff.get((metric, kind), deff.get((metric, "all"), 1.0))
    shrink = shrink_events if measure == "complaints_per_1000" else shrink_rates
    found = shrink(counts["numerator"].to_numpy(), counts["n"].to_numpy(), deff=effect)
    prior = found.prior
    per = 1000.0 if measure == "complaints_per_1000" else 1.0
    constant: dict[str, Any] = {
        "period": pl.lit(days(counts["first_day"][0], counts["last_day"][0])),
        "groups": pl.lit(int((counts["n"] > 0).sum())),
        "prior_mean": pl.lit(prior.mean * per if prior else None, dtype=pl.Float64),
        "prior_slope": pl.lit(prior.slope if prior else None, dtype=pl.Float64),
        "prior_concentration": pl.lit(prior.concentration if prior else None, dtype=pl.Float64),
    }
    enough = pl.col("n") >= min_n
    few = pl.format("{} contacts, fewer than {}", "n", pl.lit(min_n))
    rates = {name: pl.Series(name, getattr(found, name)) for name in ("raw", "shrunk", "lower", "upper", "weight")}
    return (
        counts.select("kind", "name", "measure", "numerator", "n")
        .with_columns(**rates, **constant)
        .with_columns(
            **{name: pl.when(enough).then(pl.col(name)) for name in rates},
            reason=pl.when(enough).then(pl.lit(found.reason, dtype=pl.String)).otherwise(few),
        )
        # The highest is the first; equal values share a place.
        .with_columns(rank=pl.col("shrunk").fill_nan(None).rank("min", descending=True).cast(pl.Int64))
    )
