"""Rows of ``sql/analysis_inputs`` made by hand: what a test does not name is null, or a value that changes nothing.

The columns and types are held against the SQL in ``test_evidence_sql``.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

DIMENSIONS = ("mode", "channel", "queue", "workflow", "issue", "product", "region", "language", "ai_model")
_DIMENSIONS = dict.fromkeys(DIMENSIONS, pl.String)
_KEY = {"system": pl.String, "contact_id": pl.String, "customer": pl.Int64}

SCHEMAS: dict[str, dict[str, Any]] = {
    "input_claims": {
        "system": pl.String,
        "claim_id": pl.String,
        "contact_id": pl.String,
        "customer": pl.Int64,
        "day": pl.Date,
        "month": pl.String,
        "started_at": pl.Datetime("us"),
        **_DIMENSIONS,
        "hour_of_day": pl.Int64,
        "claim_type": pl.String,
        "stated_confidence": pl.Float64,
        "verified_correct": pl.Boolean,
        "review_sampling": pl.String,
        "resolved_outcome": pl.Boolean,
        "is_kept": pl.Boolean,
        "is_settled": pl.Boolean,
        "opening_sentiment": pl.Float64,
    },
    "input_handoffs": {
        "system": pl.String,
        "handoff_id": pl.String,
        "contact_id": pl.String,
        "day": pl.Date,
        "workflow": pl.String,
        "ai_confidence": pl.Float64,
        "misunderstandings": pl.Int64,
        "opening_sentiment": pl.Float64,
        "is_settled": pl.Boolean,
        "is_turned_negative": pl.Boolean,
    },
    "input_followed_contacts": {
        **_KEY,
        "week": pl.Date,
        **_DIMENSIONS,
        "hour_of_day": pl.Int64,
        "ended_us": pl.Int64,
        "next_us": pl.Int64,
        "next_same_issue_us": pl.Int64,
        "mature_30d": pl.Boolean,
        "repeat_any_30d": pl.Boolean,
        "repeat_issue_30d": pl.Boolean,
    },
    "input_divergence_contacts": {
        **_KEY,
        "day": pl.Date,
        "first_day": pl.Date,
        "last_day": pl.Date,
        "period": pl.Int32,
        **_DIMENSIONS,
        "handle_seconds": pl.Float64,
        "claimed": pl.Boolean,
        "contained": pl.Boolean,
        "repeat": pl.Boolean,
        "false_resolution": pl.Boolean,
        "complaint": pl.Boolean,
        "post_call_sentiment": pl.Float64,
        "sentiment_source": pl.String,
    },
    "input_validity_contacts": {
        **_KEY,
        "month": pl.String,
        **_DIMENSIONS,
        "handle_seconds": pl.Float64,
        "claimed": pl.Boolean,
        "resolved_outcome": pl.Boolean,
        "repeat_any_30d": pl.Boolean,
        "next_issue": pl.String,
    },
    "input_group_counts": {
        "kind": pl.String,
        "name": pl.String,
        "measure": pl.String,
        "numerator": pl.Int64,
        "n": pl.Int64,
        "sum_squares": pl.Int64,
        "first_day": pl.Date,
        "last_day": pl.Date,
    },
    "int_rated_closings": {
        **_KEY,
        "ended_us": pl.Int64,
        "closing_negative": pl.Float64,
        "closing_neutral": pl.Float64,
        "closing_positive": pl.Float64,
        "csat": pl.Float64,
    },
}

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC).replace(tzinfo=None)
DAY_US = 86_400_000_000
FIRST_DAY, LAST_DAY = date(2026, 1, 1), date(2026, 4, 22)  # 112 days: a baseline of 84 and a period of 28


def frame(name: str, rows: Iterable[Mapping[str, Any]], **shared: Any) -> pl.DataFrame:
    """Rows of the model ``name``; ``shared`` cells stand in all of them, unless a row has its own.

    A row without a customer has one of its own.
    """
    made = []
    for number, row in enumerate(rows):
        cells = {"customer": 1_000_000 + number, **shared, **row}
        if name == "input_claims":
            cells = {**_claim(cells), **cells}
        made.append({column: cells.pop(column, None) for column in SCHEMAS[name]})
        unknown = set(cells) - {"customer"}
        assert not unknown, f"{name} has no {', '.join(sorted(unknown))}"
    return pl.DataFrame(made, schema=SCHEMAS[name], strict=True)


def empty(name: str) -> pl.DataFrame:
    return frame(name, [])


def _claim(cells: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from the start of a claim's contact, and a claim about resolution that nobody has judged."""
    started = cells.get("started_at", NOON)
    return {
        "started_at": started,
        "day": started.date(),
        "month": f"{started:%Y-%m}",
        "claim_type": "resolution",
        "review_sampling": "unknown",
        "is_settled": True,
    }


def times(number: int, **cells: Any) -> list[dict[str, Any]]:
    """So many rows alike."""
    return [dict(cells) for _ in range(number)]


def rated(number: int, right: int, label: str, **cells: Any) -> list[dict[str, Any]]:
    """``number`` rows of which the first ``right`` have a true ``label``, the others a false one."""
    return [{label: place < right, **cells} for place in range(number)]


def microseconds(moment: datetime) -> int:
    return round(moment.replace(tzinfo=UTC).timestamp() * 1_000_000)


def days_later(days: float) -> datetime:
    return NOON + timedelta(days=days)


def only(table: pl.DataFrame, **cells: Any) -> dict[str, Any]:
    """The one row with these cells; null means null."""
    found = table.filter(
        *(pl.col(name).is_null() if value is None else pl.col(name) == value for name, value in cells.items())
    )
    assert found.height == 1, f"{found.height} rows with {cells}"
    return found.row(0, named=True)
