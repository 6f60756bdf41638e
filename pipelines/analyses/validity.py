"""Proxy validity (M17): month by month, whether the claim and the handle time still mean what they say."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from pipelines.analyses.calibration import month_before
from pipelines.analyses.groups import group_name, table
from pipelines.contract import SEGMENT_DIMENSIONS
from pipelines.statistics.bias import q_values
from pipelines.statistics.clusters import design_effect
from pipelines.statistics.validity import (
    Association,
    claim_validity,
    issue_changed,
    line,
    monthly_moves,
    moved_together,
    rank_correlation,
    rate_variance,
)

#: Segments that do not overlap, so that each contact counts once in a share or a correlation over segments.
PARTITION = ("mode", "workflow", "channel")
_LINES = ("sensitivity", "specificity", "false_resolution_rate")


def validity_table(contacts: pl.DataFrame, min_n: int) -> pl.DataFrame:
    """Table ``proxy_validity`` from the rows of ``input_validity_contacts``.

    The claim by month for all contacts and each value of each dimension, with a line over the months; for all contacts
    also what compares segments (those of ``PARTITION``) and repeats.
    """
    if contacts.is_empty():
        return table("proxy_validity", [])
    months = _months(contacts["month"])
    rows: list[dict[str, Any]] = []
    for cut in (None, *SEGMENT_DIMENSIONS):
        frame = contacts if cut is None else contacts.drop_nulls(cut)
        if frame.is_empty():
            continue
        validity = claim_validity(frame, ["month", *([cut] if cut else [])], min_n=min_n)
        rows += _monthly(validity, cut)
        rows += _lines(validity, cut, months)
    rows += _segments(contacts, min_n)
    rows += _issues(contacts, min_n)
    return _with_q(table("proxy_validity", rows))


def _months(column: pl.Series) -> list[str]:
    """Every month from the first to the last; a month without contacts keeps its place in time."""
    names = [str(column.max())]
    while names[0] > str(column.min()):
        names.insert(0, month_before(names[0]))
    return names


def _monthly(validity: pl.DataFrame, cut: str | None) -> Iterator[dict[str, Any]]:
    for row in validity.iter_rows(named=True):
        yield {
            "segment": group_name({cut: row[cut]} if cut else {}),
            "period": row["month"],
            **{
                name: row[name] for name in ("measure", "numerator", "denominator", "value", "lower", "upper", "reason")
            },
        }


def _lines(validity: pl.DataFrame, cut: str | None, months: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The straight line of each measure of each segment over its months."""
    found = validity.filter(pl.col("measure").is_in(_LINES)).partition_by(
        [*([cut] if cut else []), "measure"], maintain_order=True
    )
    for part in found:
        by_month = {row["month"]: row for row in part.iter_rows(named=True)}
        known = [by_month.get(month) for month in months]
        values = [row["value"] if row and row["value"] is not None else np.nan for row in known]
        variances = [
            rate_variance(row["numerator"], row["denominator"], row["deff"])
            if row and row["value"] is not None
            else np.nan
            for row in known
        ]
        fitted = line(values, variances)
        measure = str(part["measure"][0])
        yield {
            "segment": group_name({cut: part[cut][0]} if cut else {}),
            "measure": measure,
            "denominator": fitted.months,
            "value": fitted.slope,
            "lower": fitted.lower,
            "upper": fitted.upper,
            "p": fitted.p,
            "reason": fitted.reason,
        }


def _segments(contacts: pl.DataFrame, min_n: int) -> Iterator[dict[str, Any]]:
    """Whether claim and outcome move together from month to month, and what a short handle time goes with."""
    known = contacts.drop_nulls(PARTITION)
    validity = claim_validity(known, ["month", *PARTITION], min_n=min_n)
    if not validity.is_empty():
        moves = monthly_moves(validity, PARTITION, "month", proxy="fcr_claimed", outcome="fcr_outcome")
        present = set(validity["month"])
        # After a month without contacts there is none before to compare with; the last one that had some is not it.
        for month in (each for each in moves["month"].unique().sort() if month_before(each) in present):
            of_month = moves.filter(pl.col("month") == month)
            found = moved_together(of_month["proxy_change"].to_numpy(), of_month["outcome_change"].to_numpy())
            yield _association("moved_together", str(month), found) | {"baseline": month_before(str(month))}
    # A mean or a rate of few contacts is noise, which pulls a correlation towards 0.
    times = (
        known.drop_nulls("handle_seconds")
        .group_by("month", *PARTITION)
        .agg(
            pl.len().alias("n"),
            pl.col("handle_seconds").mean(),
            pl.col("repeat_any_30d").cast(pl.Float64).mean().alias("repeat"),
            pl.col("resolved_outcome").cast(pl.Float64).mean().alias("outcome"),
        )
        .filter(pl.col("n") >= min_n)
        .sort("month", *PARTITION)
    )
    for month in times["month"].unique().sort():
        of_month = times.filter(pl.col("month") == month)
        handle = of_month["handle_seconds"].to_numpy()
        for measure, column in (("handle_time_and_repeat", "repeat"), ("handle_time_and_outcome", "outcome")):
            found = rank_correlation(handle, of_month[column].fill_null(float("nan")).to_numpy())
            yield _association(measure, str(month), found)


def _association(measure: str, month: str, found: Association) -> dict[str, Any]:
    return {
        "segment": group_name({}),
        "measure": measure,
        "period": month,
        "denominator": found.segments,
        "value": found.value,
        "lower": found.lower,
        "upper": found.upper,
        "p": found.p,
        "reason": found.reason,
    }


def _issues(contacts: pl.DataFrame, min_n: int) -> Iterator[dict[str, Any]]:
    """Share of any-issue repeats that came back under another issue: what same-issue repeats cannot see."""
    repeats = contacts.filter(pl.col("repeat_any_30d"))
    issues = pl.concat([repeats["issue"], repeats["next_issue"]]).drop_nulls().unique().sort()
    codes = {
        name: repeats[name].cast(pl.Enum(issues)).to_physical().cast(pl.Int64).fill_null(-1)
        for name in ("issue", "next_issue")
    }
    repeats = repeats.with_columns(**codes).sort("month")
    for (month,), part in repeats.partition_by("month", as_dict=True, maintain_order=True).items():
        first, second = part["issue"].to_numpy(), part["next_issue"].to_numpy()
        known = (first >= 0) & (second >= 0)
        deff = design_effect((first != second)[known], part["customer"].to_numpy()[known])
        rate = issue_changed(first, second, deff=deff, min_n=min_n)
        yield {
            "segment": group_name({}),
            "measure": "issue_changed",
            "period": month,
            "numerator": int(rate.numerator),
            "denominator": int(rate.denominator),
            "value": rate.value,
            "lower": rate.lower,
            "upper": rate.upper,
            "reason": rate.reason,
        }


def _with_q(found: pl.DataFrame) -> pl.DataFrame:
    """q of the lines of a measure, over its segments."""
    numbered = found.with_row_index("row")
    lines = numbered.filter(pl.col("period").is_null() & pl.col("p").is_not_null())
    q = [
        part.select("row").with_columns(q=pl.Series(q_values(part["p"].to_list()), dtype=pl.Float64))
        for part in lines.partition_by("measure", maintain_order=True)
    ]
    if not q:
        return found
    return numbered.drop("q").join(pl.concat(q), on="row", how="left").sort("row").select(found.columns)
