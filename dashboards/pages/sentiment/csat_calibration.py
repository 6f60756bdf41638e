"""Closing words in the client's own terms (M7): what the layer is worth, and what it makes of the closing score."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from dashboards import wording
from dashboards.findings.calibration import CurvePoint
from dashboards.snapshot.filters import Filters
from dashboards.snapshot.queries import Queries


@dataclass(frozen=True)
class Terms:
    """The layer as it was judged on later contacts. ``reason``: why there is none."""

    contacts: int
    fitted_on: int
    judged_on: int
    auc: float | None
    auc_raw: float | None
    brier: float | None
    brier_raw: float | None
    gain: float | None
    lower: float | None
    upper: float | None
    bias: float | None
    reason: str
    sentence: str
    curve: tuple[CurvePoint, ...]


@dataclass(frozen=True)
class ClosingWeek:
    """Mean closing score of one week over the contacts with both, raw and in the client's own terms."""

    monday: date
    n: int
    raw: float | None
    calibrated: float | None


def terms(table: pl.LazyFrame, curve: pl.LazyFrame) -> Terms | None:
    """The one row of client_terms; None where nothing was published."""
    rows = table.head(1).collect()
    if rows.is_empty():
        return None
    row = rows.row(0, named=True)
    points = curve.sort("confidence").collect()
    names = ("confidence", "estimate", "lower", "upper", "consistency_lower", "consistency_upper")
    measures = ("auc", "auc_raw", "brier", "brier_raw", "gain", "lower", "upper", "bias")
    return Terms(
        contacts=row["contacts"],
        fitted_on=row["fitted_on"],
        judged_on=row["judged_on"],
        **{name: row[name] for name in measures},
        reason=wording.said(row["reason"] or ""),
        sentence=wording.said(row["sentence"] or ""),
        curve=tuple(CurvePoint(*point) for point in points.select(names).rows()),
    )


def closing_by_week(queries: Queries, filters: Filters, first: date, last: date, min_n: int) -> tuple[ClosingWeek, ...]:
    """Means by week from ``first`` to ``last``; null below ``min_n``."""
    condition, parameters = filters.condition
    rows = queries.frame(
        f"""select cast(date_trunc('week', day) as date) as monday, count(*) as n, avg(closing_sentiment) as raw,
            avg(closing_sentiment_calibrated) as calibrated
        from {queries.days("contact_outcomes", first, last)}
        where day between $first and $last and closing_sentiment is not null and closing_sentiment_calibrated is not null
            and {condition}
        group by monday order by monday""",
        {**parameters, "first": first, "last": last},
    )
    return tuple(
        ClosingWeek(monday, n, raw if n >= min_n else None, calibrated if n >= min_n else None)
        for monday, n, raw, calibrated in rows.rows()
    )
