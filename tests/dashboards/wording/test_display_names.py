"""Display names: codes by rule, spellings of the snapshot, names of the configuration; and what segments are called."""

from collections.abc import Iterator

import polars as pl
import pytest

from dashboards.wording.labels import (
    SegmentNames,
    read_segment_names,
    shown_value,
    use_segment_names,
    value_in_sentence,
)
from dashboards.wording.numbers import duration, percents, whole_percent
from dashboards.wording.segments import segment_words


@pytest.fixture(autouse=True)
def _no_names() -> Iterator[None]:
    use_segment_names(SegmentNames())
    yield
    use_segment_names(SegmentNames())


@pytest.mark.parametrize(
    ("dimension", "value", "alone", "within"),
    [
        ("workflow", "technical_support", "Technical support", "technical support"),
        ("language", "en", "English", "English"),
        ("language", "en-in", "English (IN)", "English (IN)"),
        ("language", "klingon", "klingon", "klingon"),
        ("region", "us", "US", "US"),
        ("region", "north", "North", "North"),
        ("queue", "care-es", "care-es", "care-es"),
        ("ai_model", "assist-2", "assist-2", "assist-2"),
        ("issue", "Refund (late)", "Refund (late)", "Refund (late)"),
    ],
)
def test_codes_are_shown_by_name(dimension: str, value: str, alone: str, within: str) -> None:
    assert (shown_value(dimension, value), value_in_sentence(dimension, value)) == (alone, within)


def test_the_configuration_goes_before_the_spelling_and_the_spelling_before_the_rule() -> None:
    rows = [
        {"dimension": "workflow", "key": "acct", "label": "ACCT"},
        {"dimension": "issue", "key": "refund", "label": "REFUND"},
        {"dimension": "issue", "key": "card", "label": "card"},
    ]
    use_segment_names(read_segment_names(pl.LazyFrame(rows), {"workflow": {"acct": "Account management"}}))
    assert [shown_value("workflow", "acct"), value_in_sentence("workflow", "acct")] == ["Account management"] * 2
    assert [shown_value("issue", key) for key in ("refund", "card")] == ["REFUND", "Card"]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((), "all contacts"),
        ((("mode", "ai_primary"), ("workflow", "billing")), "AI-led billing contacts"),
        ((("mode", "human_primary"), ("region", "north")), "human-led contacts in region North"),
        ((("mode", "joint"),), "joint contacts"),
        ((("ai_model", "assist-2"), ("language", "es")), "contacts with AI model assist-2 in Spanish"),
        ((("issue", "late_refund"), ("queue", "null")), "contacts about late refund without a recorded queue"),
        ((("claim_type", "resolution"),), "resolution claims"),
        ((("hour_of_day", "9"),), "contacts at 09:00"),
        ((("planet", "mars"),), "contacts with planet mars"),
        ((("", "no JSON"),), "no JSON"),
    ],
)
def test_segments_are_named_as_people_say(parts: tuple[tuple[str, str], ...], words: str) -> None:
    assert segment_words(parts) == words


def test_numbers_that_sentences_use() -> None:
    assert [duration(seconds) for seconds in (45, 300, 372, 3600, 4320)] == [
        "45\u202fs",
        "5\u202fmin",
        "6\u202fmin 12\u202fs",
        "1\u202fh",
        "1\u202fh 12\u202fmin",
    ]
    assert [whole_percent(value) for value in (0, 0.004, 0.85, 0.996, 1)] == ["0%", "0.4%", "85%", "99.6%", "100%"]
    assert percents(0.36, 0.57) == ("36%", "57%")
    assert percents(0.364, 0.371) == ("36.4%", "37.1%")
