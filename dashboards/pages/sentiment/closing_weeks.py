"""The closing score by week (M7), unscaled and on the customer-rating scale."""

from dataclasses import dataclass
from datetime import date

from dashboards.snapshot.filters import Filters
from dashboards.snapshot.queries import Queries


@dataclass(frozen=True)
class ClosingWeek:
    """Mean closing score of one week over the contacts with both, unscaled and on the customer-rating scale."""

    monday: date
    n: int
    raw: float | None
    calibrated: float | None


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
