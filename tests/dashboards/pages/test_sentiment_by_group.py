"""How the contacts behind a group's share of negatives are shared among customers: over weeks, by source, within filters."""

from datetime import date, timedelta
from pathlib import Path

from builders.snapshots import kpi_row, midnight, publish

from dashboards.pages.sentiment.customers import shared_by_group
from dashboards.snapshot.filters import Filters
from dashboards.snapshot.queries import Queries
from dashboards.wording.weeks import Week
from pipelines.statistics.slices import OwnSums

MONDAY = date(2026, 8, 3)
WEEK = Week(MONDAY)


def test_a_customer_of_two_weeks_counts_once(tmp_path: Path) -> None:
    """Ann is negative twice and not once in queue care, over two weeks; bob once there, and once by another source."""
    told = [
        ("ann", 0, "care", "survey_csat", -1.0),
        ("ann", 2, "care", "survey_csat", -0.25),
        ("ann", 9, "care", "survey_csat", 0.0),
        ("bob", 1, "care", "survey_csat", -0.5),
        ("bob", 1, "care", "closing_turns", -0.5),
        ("cat", 3, None, "survey_csat", 1.0),
        ("ann", 14, "care", "survey_csat", -1.0),
        ("ann", -1, "care", "survey_csat", -1.0),
        ("dan", 4, "care", None, None),
    ]
    outcomes = [
        {"system": "s", "contact_id": f"c{place}", "customer_key": customer, "day": MONDAY + timedelta(days=after)}
        | {"queue": queue, "mode": "joint" if customer == "bob" else "ai_primary", "sentiment_source": source}
        | {"post_call_sentiment": score}
        for place, (customer, after, queue, source, score) in enumerate(told)
    ]
    snapshot = publish(
        tmp_path, {"kpi_daily": [kpi_row(MONDAY)], "contact_outcomes": outcomes}, as_of=midnight(2026, 12, 1)
    )
    queries = Queries(snapshot)
    weeks = (WEEK, WEEK.plus(1))
    found = shared_by_group(queries, Filters(), "queue", "survey_csat", weeks)
    # In care ann has three contacts with two negatives, bob one with one: 3² + 1, 2 · 3 + 1 · 1, 2² + 1².
    assert found["care"] == (10, OwnSums(customers=2, successes=3, products=7, success_squares=5))
    assert found[None] == (1, OwnSums(customers=1, successes=0, products=0, success_squares=0))
    of_ai = shared_by_group(queries, Filters.of({"mode": "ai_primary"}), "queue", "survey_csat", weeks)
    assert of_ai["care"] == (9, OwnSums(customers=1, successes=2, products=6, success_squares=4))
