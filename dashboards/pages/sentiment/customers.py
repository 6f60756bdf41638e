"""How the contacts that one source judges are shared among customers, over several weeks: what their intervals need (M7)."""

from typing import NamedTuple

from dashboards.snapshot.filters import BY_COLUMN, Filters
from dashboards.snapshot.queries import Queries
from dashboards.wording.weeks import Week
from pipelines.statistics.slices import OwnSums

#: At most this score is negative (M7).
_NEGATIVE = -0.25


class GroupContacts(NamedTuple):
    """Σ n_c² over the customers of a group, and the other sums of negatives by customer."""

    squares: float
    own: OwnSums


def shared_by_group(
    queries: Queries, filters: Filters, column: str, source: str, weeks: tuple[Week, Week]
) -> dict[str | None, GroupContacts]:
    """Of each value of ``column`` the contacts that ``source`` judges in the weeks from the first to the last.

    Counted from the contacts, since the sums of weeks do not add up. Raises KeyError for a column by which pages do not filter.
    """
    condition, parameters = filters.condition
    name = BY_COLUMN[column].column
    found = queries.frame(
        f"""select value, cast(sum(n * n) as double) as squares, count(*) as customers, cast(sum(x) as double) as successes,
            cast(sum(x * n) as double) as products, cast(sum(x * x) as double) as success_squares
        from (
            select {name} as value, customer_key, count(*) as n, count(*) filter (where post_call_sentiment <= $negative) as x
            from {queries.days("contact_outcomes", weeks[0].monday, weeks[1].sunday)}
            where {condition} and sentiment_source = $source group by {name}, customer_key
        ) group by value""",
        {**parameters, "source": source, "negative": _NEGATIVE},
    )
    return {value: GroupContacts(squares, OwnSums(*own)) for value, squares, *own in found.rows()}
