"""Survey answers by week, whether or not they are about a known contact (M7)."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from builders.analysis_warehouse import Warehouse

MONDAY = date(2026, 1, 5)


def answer(number: int, responded_at: str, **given: Any) -> dict[str, Any]:
    return {"response_id": f"r{number}", "responded_at": datetime.fromisoformat(responded_at)} | given


def test_answers_are_counted_by_their_own_week_and_rating(tmp_path: Path) -> None:
    rows = (
        Warehouse(tmp_path, datetime.fromisoformat("2026-02-01"), time_zone="Asia/Kolkata")
        .land("contacts", {"contact_id": "a", "customer_id": "k", "started_at": datetime.fromisoformat("2026-01-06")})
        .land(
            "surveys",
            answer(1, "2026-01-06 01:00", contact_id="a", csat=5, nps=10, verbatim="good"),
            answer(2, "2026-01-07 01:00", csat=1, nps=6),
            answer(3, "2026-01-07 01:00", nps=8),
            # 19:00 on Sunday in UTC is Monday in Kolkata.
            answer(4, "2026-01-11 19:00", verbatim="words alone"),
            # Unfinished, and seen by nobody yet.
            answer(5, "2026-01-07 01:00"),
            answer(6, "2026-02-02 01:00", csat=3),
        )
        .run("survey_weeks")
        .rows(named=True)
    )
    nothing = dict.fromkeys(("rated_2", "rated_3", "rated_4"), 0)
    assert rows == [
        {"week": MONDAY, "responses": 3, "linked": 1, "rated": 2, "rating_sum": 6.0, "rated_1": 1, "rated_5": 1}
        | {"recommended": 3, "promoters": 1, "detractors": 1, "with_words": 1}
        | nothing,
        {"week": date(2026, 1, 12), "responses": 1, "linked": 0, "rated": 0, "rating_sum": 0.0, "rated_1": 0}
        | {"rated_5": 0, "recommended": 0, "promoters": 0, "detractors": 0, "with_words": 1}
        | nothing,
    ]
