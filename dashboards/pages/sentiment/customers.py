"""How the contacts that one source judges are shared among customers, over several weeks: what their intervals need (M7)."""

from dashboards.snapshot.filters import BY_COLUMN, Filters
from dashboards.snapshot.queries import Queries
from dashboards.wording.weeks import Week


def squares_by_group(
    queries: Queries, filters: Filters, column: str, source: str, weeks: tuple[Week, Week]
) -> dict[str | None, float]:
    """Σ n_c² over the customers of each value of ``column``: of the contacts judged by ``source`` in the weeks from the first to the last.

    Counted from the contacts, since the sums of weeks do not add up. Raises KeyError for a column that is no filter.
    """
    condition, parameters = filters.condition
    name = BY_COLUMN[column].column
    found = queries.frame(
        f"""select value, cast(sum(n * n) as double) as squares from (
            select {name} as value, customer_key, count(*) as n
            from {queries.days("contact_outcomes", weeks[0].monday, weeks[1].sunday)}
            where {condition} and sentiment_source = $source group by {name}, customer_key
        ) group by value""",
        {**parameters, "source": source},
    )
    return dict(found.rows())
