"""Early read as shown (M4): read at the day that is known, compared at the same day, never extrapolated."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from builders.snapshots import table_frame
from builders.statistics_tables import survival

from dashboards import figures
from dashboards.findings.early_read import EarlyRead, early_read
from dashboards.panels.findings import early_read_panel
from dashboards.snapshot.groups import ALL, of_mode
from dashboards.wording.repeats import passed
from dashboards.wording.weeks import Week

MONDAY = date(2026, 9, 7)  # 2026-W37
LAST = Week(MONDAY + timedelta(weeks=2))


def week(number: int, curve: dict[int, tuple[float, int]], *, scope: str = "any", **given: Any) -> list[dict[str, Any]]:
    """Rows of one week from day → (probability, at risk); other days are those of the day before."""
    rows, value, at_risk = [], 0.0, 0
    for day in range(max(curve) + 1):
        value, at_risk = curve.get(day, (value, at_risk))
        rows.append(
            {
                "grouping": "{}",
                "scope": scope,
                "week": MONDAY + timedelta(weeks=number),
                "day": day,
                "n": 400,
                "customers": 300,
                "at_risk": at_risk,
                "repeat_probability": value,
                "lower": value - 0.02,
                "upper": value + 0.03,
                "window_share": 1.0,
                "is_provisional": False,
                "mature_n": 400,
                "mature_repeated": 100,
            }
            | given
        )
    return rows


OPEN = {"is_provisional": True, "mature_n": 0, "mature_repeated": 0}
#: W37 is complete; W38 known to day 30; W39 to day 5, after which too few are followed.
WEEKS = [
    *week(0, {0: (0.01, 400), 5: (0.1, 360), 30: (0.25, 300)}),
    *week(0, {0: (0.01, 400), 5: (0.06, 370), 30: (0.15, 340)}, scope="same_issue", mature_repeated=60),
    *week(1, {0: (0.02, 400), 5: (0.11, 350), 30: (0.29, 40)}, **OPEN | {"window_share": 0.9}),
    *week(1, {0: (0.02, 400), 5: (0.06, 350), 30: (0.17, 44)}, scope="same_issue", **OPEN | {"window_share": 0.9}),
    *week(2, {0: (0.02, 400), 5: (0.13, 30), 6: (0.9, 29)}, **OPEN | {"window_share": 0.2}),
    *week(2, {0: (0.01, 400), 5: (0.07, 33), 6: (0.5, 31)}, scope="same_issue", **OPEN | {"window_share": 0.2}),
]


def read(rows: list[dict[str, Any]], up_to: Week = LAST, **given: Any) -> EarlyRead:
    return early_read(table_frame("repeat_survival", rows).lazy(), up_to, ALL, 30, **given)


def test_each_week_is_read_at_the_last_day_that_enough_contacts_have_reached() -> None:
    found = {(w.week.label, w.scope): w for w in read(WEEKS).weeks}
    assert len(found) == 6
    complete, whole, newest = (found[label, "any"] for label in ("2026-W37", "2026-W38", "2026-W39"))
    assert (complete.day, complete.value, complete.mature, complete.benchmark) == (30, 0.25, 0.25, None)
    assert (whole.day, whole.value, whole.mature, whole.benchmark) == (30, 0.29, None, 0.25)
    # 29 at risk on day 6 are too few; same issue could be read there, but both scopes are read at one day.
    assert (newest.day, newest.value, newest.lower, newest.upper) == (5, 0.13, 0.11, 0.16)
    assert newest.benchmark == 0.1
    same = found["2026-W39", "same_issue"]
    assert (same.day, same.value, same.benchmark) == (5, 0.07, 0.06)


def test_the_sentence_says_what_is_provisional_and_to_which_day_it_is_known() -> None:
    said = read(WEEKS).sentence
    assert said.startswith(
        "29.0% of contacts of 2026-W38 are expected to be followed by a repeat contact within 30 days"
    )
    assert "Provisional: 90% of the follow-up time has passed. Latest complete week (2026-W37): 25.0%." in said
    assert (
        "2026-W39 up to day 5: 13.0% repeated (11.0–16.0%), 7.0% about the same issue; 2026-W37 stood at 10.0%" in said
    )


def test_a_complete_week_is_no_forecast() -> None:
    said = read(WEEKS[:62]).sentence
    assert said.startswith("2026-W37: 25.0% of contacts were followed by a repeat contact within 30 days (23.0–28.0%)")
    assert said.endswith("all follow-up windows have closed.")


def test_without_a_complete_week_nothing_is_compared() -> None:
    only = [row for row in WEEKS if row["is_provisional"]]
    found = read(only)
    assert found.complete is None
    assert "No week is complete yet." in found.sentence
    assert "stood at" not in found.sentence
    assert all(w.benchmark is None for w in found.weeks)


def test_no_later_week_and_no_more_than_asked() -> None:
    assert {w.week.label for w in read(WEEKS, Week(MONDAY)).weeks} == {"2026-W37"}
    assert [w.week.label for w in read(WEEKS, length=1).weeks] == ["2026-W39", "2026-W39"]
    # The complete week stands outside what is shown, and is compared with all the same.
    assert read(WEEKS, length=1).of("any")[0].benchmark == 0.1


def test_too_few_contacts_are_said_and_not_shown() -> None:
    few = week(0, {0: (0.5, 20), 30: (0.9, 20)}, n=20, mature_n=20)
    found = read(few)
    assert [(w.value, w.reason) for w in found.weeks] == [(None, "20 contacts, fewer than 30")]
    assert found.sentence == "No early read: 20 contacts, fewer than 30."
    assert early_read_panel(found).figure.layout.annotations[0].text == "no week was followed"


def test_without_rows_there_is_a_reason() -> None:
    assert read([]).sentence == "No early read: no week of these contacts was followed up."


def test_a_mode_is_found_however_its_name_is_written() -> None:
    rows = [row | {"grouping": '{ "mode" :"joint"}'} for row in WEEKS] + [
        row | {"grouping": "no json"} for row in WEEKS
    ]
    table = table_frame("repeat_survival", rows).lazy()
    assert len(early_read(table, LAST, of_mode("joint"), 30).weeks) == 6
    assert early_read(table, LAST, ALL, 30).weeks == ()


def test_open_windows_are_never_called_closed() -> None:
    assert (passed(0.997), passed(1.0), passed(0.42)) == ("nearly all", "100%", "42%")


def test_provisional_weeks_are_hollow_and_stand_beside_the_same_day() -> None:
    panel = early_read_panel(read(WEEKS))
    marks, _, any_issue, same = panel.figure.data
    assert list(any_issue.y) == pytest.approx([25.0, 29.0, 13.0])
    assert list(any_issue.marker.symbol) == ["circle", "circle-open", "circle-open"]
    assert list(same.marker.symbol) == ["diamond", "diamond-open", "diamond-open"]
    assert list(any_issue.error_y.array) == pytest.approx([3.0, 3.0, 3.0])
    assert list(any_issue.error_y.arrayminus) == pytest.approx([2.0, 2.0, 2.0])
    # Marks for the two provisional weeks, at the height of the complete week on their own last day.
    assert [y for y in marks.y if y is not None] == pytest.approx([25.0, 25.0, 10.0, 10.0])
    assert list(panel.figure.layout.xaxis.ticktext) == ["W37<br>d 30", "W38<br>d 30", "W39<br>d 5"]
    assert panel.title.subtitle.startswith("M4 · ")
    first = panel.table.rows[0]
    assert first[:5] == ("2026-W39", "any", "day 5", "13.0%\n11.0–16.0%", "10.0%")
    assert [row[5] for row in panel.table.rows[::2]] == ["provisional", "provisional", "25.0%"]


def test_a_week_nobody_knows_leaves_a_gap_in_the_figure() -> None:
    frame = pl.DataFrame(
        {
            "week": ["2026-W37", "2026-W38"],
            "scope": ["any", "any"],
            "day": [30, None],
            "value": [0.2, None],
            "lower": [None, None],
            "upper": [None, None],
            "benchmark": [None, None],
            "n": [100, 3],
            "provisional": [False, True],
        }
    )
    figure = figures.repeats_known_so_far(frame)
    assert list(figure.layout.xaxis.ticktext) == ["W37<br>d 30", "W38<br>–"]
    assert list(figure.data[0].y) == [20.0]
    assert figure.data[0].customdata[0][2] == "not known"


def test_the_made_season_ends_where_its_follow_up_ends() -> None:
    as_of = date(2026, 11, 23)
    rows = [
        row
        for scope in ("any", "same_issue")
        for row in survival(as_of - timedelta(days=7), "{}", scope, 0.3, as_of=as_of)
    ]
    assert [w.day for w in read(rows, Week(as_of - timedelta(days=7))).weeks] == [6, 6]
