"""The early read by week: who is followed, for how long, and when nothing is said of it."""

from datetime import date
from typing import Any

import polars as pl
import pytest
from builders.analysis_inputs import DAY_US, NOON, days_later, empty, frame, microseconds, only, times

from pipelines.analyses.early_read import repeat_survival
from pipelines.contract import ANALYSIS_TABLES

WEEK = date(2025, 12, 29)
ENDED = microseconds(NOON)


def followed(rows: list[dict[str, Any]], *, day: float = 40, min_n: int = 1) -> pl.DataFrame:
    """The table at ``day`` days after contacts that ended at noon, unless a row says otherwise."""
    shared = {"week": WEEK, "ended_us": ENDED, "issue": "i", "mature_30d": day >= 30}
    return repeat_survival(frame("input_followed_contacts", rows, **shared), days_later(day), min_n)


def after(days: float) -> int:
    return ENDED + round(days * DAY_US)


def curve(table: pl.DataFrame, **cells: Any) -> pl.DataFrame:
    chosen = {"grouping": "{}", "scope": "any", **cells}
    found = table.filter(*(pl.col(name) == value for name, value in chosen.items())).sort("day")
    assert found["day"].to_list() == list(range(31)) * (found.height // 31)
    return found


def test_a_complete_week_by_hand() -> None:
    # Of four contacts one comes back within 1.5 days (day 2), one before it has ended (day 0), one after exactly 30 days,
    # one a microsecond later than that.
    rows = [
        {"next_us": after(1.5), "repeat_any_30d": True},
        {"next_us": after(-0.1), "repeat_any_30d": True},
        {"next_us": after(30), "repeat_any_30d": True},
        {"next_us": after(30) + 1, "repeat_any_30d": False},
    ]
    found = curve(followed(rows))
    assert found["events"].to_list() == [1, 0, 1, *[0] * 27, 1]
    assert found["at_risk"].to_list() == [4, 3, 3, *[2] * 28]
    assert found["repeat_probability"].to_list() == [0.25, 0.25, *[0.5] * 28, 0.75]
    row = found.row(30, named=True)
    assert (row["n"], row["customers"], row["mature_n"], row["mature_repeated"]) == (4, 4, 4, 3)
    assert (row["window_share"], row["is_provisional"], row["reason"], row["week"]) == (1.0, False, None, WEEK)
    assert row["lower"] < 0.75 < row["upper"]


def test_an_open_window_is_followed_for_its_whole_days_only() -> None:
    # 10.5 days on: at risk on days 0 to 10. A return on the eleventh day has happened, but not among those followed for
    # eleven days; it counts from tomorrow on.
    rows = [{"next_us": after(10.2)}, {"next_us": after(3)}, {}]
    found = curve(followed(rows, day=10.5))
    assert found["at_risk"].to_list() == [*[3] * 4, *[2] * 7, *[0] * 20]
    assert found["events"].to_list() == [0, 0, 0, 1, *[0] * 27]
    assert found["repeat_probability"].to_list() == [*[0.0] * 3, *[pytest.approx(1 / 3)] * 8, *[None] * 20]
    row = found.row(0, named=True)
    assert (row["window_share"], row["is_provisional"], row["mature_n"]) == (pytest.approx(10 / 30), True, 0)
    assert row["reason"] == "no contact has been followed for 11 days yet"


def test_a_contact_that_has_not_ended_is_not_there() -> None:
    rows = [{}, {"ended_us": after(5)}, {"ended_us": after(5) + 1}]
    assert set(curve(followed(rows, day=5))["n"]) == {2}


def test_same_issue_is_among_contacts_with_an_issue() -> None:
    rows = [
        {"next_us": after(1), "next_same_issue_us": after(2), "repeat_any_30d": True, "repeat_issue_30d": True},
        {"next_us": after(1), "repeat_any_30d": True, "repeat_issue_30d": False},
        {"issue": None, "next_us": after(1), "repeat_any_30d": True, "repeat_issue_30d": None},
    ]
    table = followed(rows)
    either, same = (curve(table, scope=scope).row(30, named=True) for scope in ("any", "same_issue"))
    names = ("n", "mature_n", "mature_repeated", "repeat_probability")
    assert [either[name] for name in names] == [3, 3, 3, 1.0]
    assert [same[name] for name in names] == [2, 2, 1, 0.5]
    assert curve(table, scope="same_issue")["events"].to_list() == [0, 0, 1, *[0] * 28]


def test_a_week_part_mature_is_provisional() -> None:
    rows = [
        {"mature_30d": True, "repeat_any_30d": True, "next_us": after(1)},
        {"ended_us": after(6), "mature_30d": False},
    ]
    row = curve(followed(rows, day=32)).row(0, named=True)
    assert (row["n"], row["mature_n"], row["mature_repeated"], row["is_provisional"]) == (2, 1, 1, True)
    assert row["window_share"] == pytest.approx((1 + 26 / 30) / 2)


def test_too_few_contacts_have_counts_and_no_probability() -> None:
    rows = [{"next_us": after(1.5), "repeat_any_30d": True}, *times(28)]
    few, enough = curve(followed(rows, min_n=30)), curve(followed([*rows, {}], min_n=30))
    assert set(few["reason"]) == {"29 contacts, fewer than 30"}
    for name in ("repeat_probability", "lower", "upper"):
        assert few[name].null_count() == 31
        assert enough[name].null_count() == 0
    assert few["events"].to_list() == enough["events"].to_list()
    assert (few["n"][0], few["at_risk"][0], few["mature_n"][0], few["mature_repeated"][0]) == (29, 29, 29, 1)


def test_groups_are_every_value_of_every_dimension_and_hour_by_week() -> None:
    other = date(2026, 1, 5)
    rows = [
        {"workflow": "a", "hour_of_day": 9},
        {"workflow": None, "hour_of_day": 9},
        {"workflow": "a", "week": other, "hour_of_day": None},
    ]
    table = followed(rows).filter(pl.col("scope") == "any", pl.col("day") == 0)
    found = {(name, week): n for name, week, n in table.select("grouping", "week", "n").iter_rows()}
    assert found == {
        ("{}", WEEK): 2,
        ("{}", other): 1,
        ('{"issue": "i"}', WEEK): 2,
        ('{"issue": "i"}', other): 1,
        ('{"workflow": "a"}', WEEK): 1,
        ('{"workflow": "a"}', other): 1,
        ('{"hour_of_day": 9}', WEEK): 2,
    }


def test_a_group_without_an_issue_anywhere_has_no_curve_of_the_same_one() -> None:
    table = followed([{"issue": None, "workflow": "a"}, {"issue": "i"}])
    scopes = {name: set(part["scope"]) for (name,), part in table.partition_by("grouping", as_dict=True).items()}
    assert scopes == {
        "{}": {"any", "same_issue"},
        '{"issue": "i"}': {"any", "same_issue"},
        '{"workflow": "a"}': {"any"},
    }


def test_one_customer_has_no_interval() -> None:
    row = curve(followed(times(3, customer=7, next_us=after(1), repeat_any_30d=True))).row(30, named=True)
    assert (row["n"], row["customers"], row["repeat_probability"]) == (3, 1, 1.0)
    assert (row["lower"], row["upper"], row["reason"]) == (None, None, "one customer: no interval")


def test_nobody_no_row() -> None:
    nothing = repeat_survival(empty("input_followed_contacts"), NOON, 30)
    assert nothing.columns == list(ANALYSIS_TABLES["repeat_survival"].column_names)
    assert nothing.height == 0
    assert followed([{}], day=-1).height == 0
    assert only(followed([{}]), grouping="{}", scope="any", day=0)["n"] == 1
