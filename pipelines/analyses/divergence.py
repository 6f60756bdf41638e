"""Segment divergence (M16): the statistics put on the contract's columns, and in money."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl

from pipelines.analyses.groups import days, group_name, table
from pipelines.config import DivergenceSettings
from pipelines.config.costs import Costs
from pipelines.contract.analyses import ANALYSIS_TABLES, DIVERGENCE_MEASURES
from pipelines.statistics.divergence import segment_divergence
from pipelines.statistics.divergence_coding import CodingBounds
from pipelines.statistics.divergence_measures import DIMENSIONS, MEASURES, Measure

_SOURCE = "sentiment_source"
_CHANGE = ("repeat", "complaint")


def measures(settings: DivergenceSettings) -> tuple[Measure, ...]:
    """The measures of M16 with the configured minimum effects."""
    minimum = {
        "handle_seconds": settings.min_handle_time,
        "complaint": settings.min_complaints / 1000,
        "post_call_sentiment": settings.min_sentiment,
    }
    return tuple(replace(measure, minimum=minimum.get(measure.name, settings.min_rate)) for measure in MEASURES)


def divergence_table(
    contacts: pl.DataFrame,
    settings: DivergenceSettings,
    costs: Costs,
    *,
    min_n: int,
) -> pl.DataFrame:
    """Table ``segment_divergence`` from the rows of ``input_divergence_contacts``."""
    if contacts.is_empty():
        return table("segment_divergence", [])
    last: date = contacts["last_day"][0]
    first = last - timedelta(days=settings.period_days - 1)
    coded, keys = _coded(contacts)
    compared = measures(settings)
    found = segment_divergence(
        coded,
        measures=compared,
        min_n=min_n,
        alpha=settings.false_discovery_rate,
        coding=CodingBounds(settings.issue_change, settings.issue_points),
    )
    published = found.with_columns(
        segment=_segment_names(found, keys),
        cause_segment=_segment_names(found, keys, prefix="cause_"),
        within_segment=_within(found, keys),
        same_as=_same_as(found["same_as"], keys),
        moved_issues=_issues(found["moved_issues"], keys),
        period=pl.lit(days(first, last)),
        **_baseline(contacts, first, settings.baseline_days),
    ).with_columns(_excess(costs))
    published = published.with_columns(money_counts=_money_counts(costs))
    names = ANALYSIS_TABLES["segment_divergence"].column_names
    return table("segment_divergence", published.select(name for name in names if name in published.columns))


def _baseline(contacts: pl.DataFrame, first: date, length: int) -> dict[str, pl.Expr]:
    """The days of the baseline from the first one that it really has, how many there are at most, and how many hold data."""
    held = contacts.filter(pl.col("period") == 0)["day"].unique()
    begins: date = held.min() if len(held) else first - timedelta(days=length)  # type: ignore[assignment]
    return {
        "baseline": pl.lit(days(begins, first - timedelta(days=1))),
        "baseline_days": pl.lit(length, dtype=pl.Int64),
        "baseline_days_with_data": pl.lit(len(held), dtype=pl.Int64),
    }


def _coded(contacts: pl.DataFrame) -> tuple[pl.DataFrame, Mapping[str, Sequence[str]]]:
    """Text values as their positions among the sorted distinct ones, -1 for null, and the lists of these."""
    labels: dict[str, list[str]] = {}
    columns = []
    for name in (*DIMENSIONS, _SOURCE):
        values = contacts[name].drop_nulls().unique().sort()
        labels[name] = values.to_list()
        codes = contacts[name].cast(pl.Enum(values)).to_physical().cast(pl.Int32).fill_null(-1)
        columns.append(codes.alias(name))
    numbers = [contacts[name].cast(pl.Float64) for name in DIVERGENCE_MEASURES]
    return pl.DataFrame([contacts["period"], contacts["customer"], *columns, *numbers]), labels


def _segment_names(found: pl.DataFrame, labels: Mapping[str, Sequence[str]], *, prefix: str = "") -> pl.Series:
    """The segment of every row as a JSON object of dimension → value, keys sorted; null where there is none.

    ``found`` as `segment_divergence` returns it; ``prefix`` is ``cause_`` for the segment that explains it. Raises
    KeyError or IndexError for a dimension or code without a label.
    """
    columns = [prefix + name for name in ("dimension_1", "value_1", "dimension_2", "value_2")]
    return pl.Series(
        [
            json.dumps({d: labels[d][v] for d, v in ((d1, v1), (d2, v2)) if d}, sort_keys=True, ensure_ascii=False)
            if d1
            else None
            for d1, v1, d2, v2 in found.select(columns).iter_rows()
        ],
        dtype=pl.String,
    )


def _within(found: pl.DataFrame, labels: Mapping[str, Sequence[str]]) -> pl.Series:
    return pl.Series(
        [
            None if dimension is None else group_name({dimension: labels[dimension][value]})
            for dimension, value in found.select("within_dimension_1", "within_value_1").iter_rows()
        ],
        dtype=pl.String,
    )


def _same_as(aliases: pl.Series, labels: Mapping[str, Sequence[str]]) -> pl.Series:
    """Lists of named segments as JSON; null for an empty one."""

    def named(alias: Mapping[str, Any]) -> dict[str, str]:
        pairs = ((alias[f"dimension_{i}"], alias[f"value_{i}"]) for i in (1, 2))
        return {dimension: labels[dimension][value] for dimension, value in pairs if dimension is not None}

    return pl.Series(
        [
            json.dumps([named(alias) for alias in each], sort_keys=True, ensure_ascii=False) if len(each) else None
            for each in aliases.to_list()
        ],
        dtype=pl.String,
    )


def _issues(moved: pl.Series, labels: Mapping[str, Sequence[str]]) -> pl.Series:
    """Lists of issues by name as JSON, null in them for contacts without an issue; null for an empty one."""
    return pl.Series(
        [
            json.dumps([None if code < 0 else labels["issue"][code] for code in each], ensure_ascii=False)
            if len(each)
            else None
            for each in moved.to_list()
        ],
        dtype=pl.String,
    )


def _excess(costs: Costs) -> list[pl.Expr]:
    """Repeats and complaints more than at the baseline's rate, and their money where both or either have a price.

    The interval of the money is that of the sum as if both bounds came together, so it is never too narrow.
    """
    price = {"repeat": costs.repeat_contact, "complaint": costs.complaint}

    def excess(measure: str, end: str) -> pl.Expr:
        return pl.col(f"{measure}_{end}") * pl.col(f"{measure}_n_period")

    def money(end: str) -> pl.Expr:
        priced = [excess(measure, end) * price[measure] for measure in _CHANGE if price[measure] is not None]
        if not priced:
            return pl.lit(None, dtype=pl.Float64)
        # A measure with too few contacts adds nothing; where none is known there is no amount.
        known = pl.any_horizontal(part.is_not_null() for part in priced)
        return pl.when(known).then(pl.sum_horizontal(priced))

    return [
        excess("repeat", "change").alias("excess_repeats"),
        excess("complaint", "change").alias("excess_complaints"),
        money("change").alias("money"),
        money("lower").alias("money_lower"),
        money("upper").alias("money_upper"),
    ]


def _money_counts(costs: Costs) -> pl.Expr:
    """What the amount holds: repeats, complaints, or both; of these what has a price and contacts enough to be compared."""
    repeats = pl.col("excess_repeats").is_not_null() & pl.lit(costs.repeat_contact is not None)
    complaints = pl.col("excess_complaints").is_not_null() & pl.lit(costs.complaint is not None)
    return (
        pl.when(repeats & complaints)
        .then(pl.lit("repeats_and_complaints"))
        .when(repeats)
        .then(pl.lit("repeats"))
        .when(complaints)
        .then(pl.lit("complaints"))
    )
