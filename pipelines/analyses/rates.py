"""Shares of yes by group with customer-clustered intervals: the one shape of ``handoff_rates``, ``promise_rates``, ``stuck``."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from pipelines.analyses.groups import group_name
from pipelines.statistics.clusters import clustered_rate


def separated(frame: pl.DataFrame, cluster: str) -> pl.DataFrame:
    """``frame`` with the codes of ``cluster`` such that every unknown one (negative) is alone."""
    alone = -1 - pl.int_range(pl.len(), dtype=pl.Int64)
    return frame.with_columns(pl.when(pl.col(cluster) < 0).then(alone).otherwise(pl.col(cluster)).alias(cluster))


def share_rows(
    frame: pl.DataFrame,
    measures: Mapping[str, pl.Expr],
    cuts: Sequence[Sequence[str]],
    *,
    cluster: str,
    min_n: int,
    rows: str,
) -> Iterator[dict[str, Any]]:
    """One row a measure and group: grouping, measure, numerator, n, value, lower, upper, deff, reason.

    Args:
        measures: name → boolean expression; a null counts nowhere.
        cuts: columns of each grouping; none: all rows together. A null value forms no group.
        cluster: column of integer codes of those who are not independent; negative: unknown, each alone.
        min_n: smallest n for which a share is given.
        rows: what n counts, in the words of a reason.
    """
    wide = separated(frame, cluster).with_columns(**{f"is_{name}": expr for name, expr in measures.items()})
    for cut in cuts:
        for name in measures:
            known = wide.drop_nulls([f"is_{name}", *cut])
            for values, found in _sums(known, f"is_{name}", cut, cluster):
                yield {"grouping": group_name(values), "measure": name, **_share(found, min_n, rows)}


def _sums(
    frame: pl.DataFrame, measure: str, cut: Sequence[str], cluster: str
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """For each group its values, and what ``clustered_rate`` needs."""
    if frame.is_empty():
        return
    keys: list[str | pl.Expr] = [*cut] or [pl.lit(0).alias("all")]
    by_cluster = frame.group_by([*keys, cluster]).agg(
        pl.col(measure).cast(pl.Int64).sum().alias("k"), pl.len().cast(pl.Int64).alias("n")
    )
    names = [*cut] or ["all"]
    p = pl.col("k").sum().over(names) / pl.col("n").sum().over(names)
    found = (
        by_cluster.with_columns(deviation=pl.col("k") - p * pl.col("n"))
        .group_by(names)
        .agg(
            pl.col("k").sum(),
            pl.col("n").sum().alias("total"),
            (pl.col("deviation") ** 2).sort().sum().alias("spread"),
            (pl.col("n") ** 2).sum().alias("squares"),
            pl.len().alias("clusters"),
        )
        .sort(names)
    )
    for row in found.iter_rows(named=True):
        yield {name: row[name] for name in cut}, row


def _share(row: Mapping[str, Any], min_n: int, rows: str) -> dict[str, Any]:
    counts = {"numerator": row["k"], "n": row["total"]}
    if row["total"] < min_n:
        return counts | {"reason": f"{row['total']:,} {rows}, fewer than {min_n}"}
    bounds = clustered_rate(
        row["k"], row["total"], spread=row["spread"], clusters=row["clusters"], squares=float(row["squares"])
    )
    return counts | {
        "value": row["k"] / row["total"],
        "lower": bounds.lower,
        "upper": bounds.upper,
        "deff": bounds.deff,
    }


def percentile_rows(
    frame: pl.DataFrame,
    column: str,
    shares: Mapping[str, float],
    cuts: Sequence[Sequence[str]],
    *,
    min_n: int,
    rows: str,
) -> Iterator[dict[str, Any]]:
    """Percentiles of ``column`` by group, by nearest rank: ``shares`` is measure → share (0.5 for the median)."""
    known = frame.drop_nulls(column)
    for cut in cuts:
        part = known.drop_nulls(list(cut))
        if part.is_empty():
            continue
        keys: list[str | pl.Expr] = [*cut] or [pl.lit(0).alias("all")]
        ranked = [
            pl.col(column).sort().get((pl.len() * share).ceil().cast(pl.Int64) - 1).alias(name)
            for name, share in shares.items()
        ]
        found = part.group_by(keys).agg(pl.len().cast(pl.Int64).alias("total"), *ranked).sort([*cut] or ["all"])
        for row in found.iter_rows(named=True):
            for name in shares:
                few = row["total"] < min_n
                yield {
                    "grouping": group_name({key: row[key] for key in cut}),
                    "measure": name,
                    "n": row["total"],
                    "value": None if few else float(np.float64(row[name])),
                    "reason": f"{row['total']:,} {rows}, fewer than {min_n}" if few else None,
                }
