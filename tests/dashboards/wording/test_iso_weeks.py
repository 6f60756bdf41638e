"""ISO weeks: what is read, what is refused, when a week is over."""

from datetime import date

import pytest
from builders.snapshots import midnight

from dashboards.wording.weeks import ReportError, Week, describe_weeks, parse_week


def test_a_week_is_read_and_written() -> None:
    week = parse_week("2026-W47")
    assert (week.monday, week.sunday, week.label) == (date(2026, 11, 16), date(2026, 11, 22), "2026-W47")
    # 1 January 2027 is a Friday: it belongs to the last week of 2026, a long year.
    assert Week.of(date(2027, 1, 1)).label == "2026-W53"
    assert Week.of(date(2027, 1, 1)).span == "28 Dec 2026 – 3 Jan 2027"
    assert parse_week("2026-W40").span == "28 Sep – 4 Oct 2026"


@pytest.mark.parametrize("text", ["2026-47", "2026-W7", "W47", "", "2026-W47; drop table"])
def test_text_that_is_no_week_is_refused_with_value_and_remedy(text: str) -> None:
    with pytest.raises(ReportError, match="such as 2026-W47") as caught:
        parse_week(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("text", ["2026-W00", "2026-W54", "2025-W53", "0000-W01"])
def test_a_week_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ReportError, match=text):
        parse_week(text)


def test_a_week_ends_at_the_business_midnight() -> None:
    # Kolkata is 5 h 30 ahead: its Monday begins at 18:30 UTC on Sunday.
    assert parse_week("2026-W47").ends_at("Asia/Kolkata") == midnight(2026, 11, 22).replace(hour=18, minute=30)


def test_runs_of_weeks_are_named_by_their_ends() -> None:
    weeks = [parse_week(text) for text in ("2026-W53", "2027-W01", "2026-W10", "2026-W51")]
    assert describe_weeks(weeks) == "2026-W10, 2026-W51, 2026-W53 … 2027-W01"
