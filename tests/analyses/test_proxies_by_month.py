"""Proxy validity by month: the claim as a classifier, its line over the months, and what is compared across segments."""

import json
from typing import Any

import polars as pl
import pytest
from builders.analysis_inputs import empty, frame, only, times

from pipelines.analyses.validity import validity_table
from pipelines.contract import ANALYSIS_TABLES


def validity(rows: list[dict[str, Any]], min_n: int = 1) -> pl.DataFrame:
    """The table of ``rows``, all of January unless they say otherwise."""
    return validity_table(frame("input_validity_contacts", rows, month="2026-01"), min_n)


def judged(
    claimed_held: int, claimed_not: int, silent_held: int, silent_not: int, **cells: Any
) -> list[dict[str, Any]]:
    return [
        *times(claimed_held, claimed=True, resolved_outcome=True, **cells),
        *times(claimed_not, claimed=True, resolved_outcome=False, **cells),
        *times(silent_held, claimed=False, resolved_outcome=True, **cells),
        *times(silent_not, claimed=False, resolved_outcome=False, **cells),
    ]


def test_the_claim_as_a_classifier_by_hand() -> None:
    # 60 held, of which 45 were claimed; 40 did not, of which 10 were not claimed; 75 claimed, of which 30 did not hold.
    table = validity([*judged(45, 30, 15, 10), *times(7, claimed=None, resolved_outcome=True)])
    found = {
        row["measure"]: (row["numerator"], row["denominator"], row["value"])
        for row in table.filter(pl.col("segment") == "{}", pl.col("period") == "2026-01").iter_rows(named=True)
        if row["measure"] in {"sensitivity", "specificity", "false_resolution_rate", "fcr_claimed", "fcr_outcome"}
    }
    assert found == {
        "sensitivity": (45, 60, 0.75),
        "specificity": (10, 40, 0.25),
        "false_resolution_rate": (30, 75, 0.4),
        "fcr_claimed": (75, 100, 0.75),
        "fcr_outcome": (60, 100, 0.6),
    }
    row = only(table, segment="{}", period="2026-01", measure="sensitivity")
    assert row["lower"] < 0.75 < row["upper"]
    assert row["reason"] is None


def test_too_few_contacts_have_counts_and_no_rate() -> None:
    table = validity(judged(29, 1, 0, 0), min_n=30)
    row = only(table, segment="{}", period="2026-01", measure="sensitivity")
    assert (row["numerator"], row["denominator"], row["value"], row["lower"]) == (29, 29, None, None)
    assert row["reason"] == "29 contacts that held, fewer than 30"
    assert only(table, segment="{}", period="2026-01", measure="false_resolution_rate")["value"] == pytest.approx(
        1 / 30
    )


def test_a_null_value_forms_no_segment() -> None:
    table = validity([*judged(5, 0, 0, 0, workflow="a"), *judged(7, 0, 0, 0, workflow=None)])
    counts = table.filter(pl.col("measure") == "fcr_claimed", pl.col("period") == "2026-01")
    assert dict(counts.select("segment", "denominator").iter_rows()) == {"{}": 12, '{"workflow": "a"}': 5}


def months(shares: dict[str, float], **cells: Any) -> list[dict[str, Any]]:
    """100 claimed contacts a month, of which a share does not hold."""
    return [
        row
        for month, share in shares.items()
        for row in judged(100 - round(100 * share), round(100 * share), 0, 0, month=month, **cells)
    ]


def test_a_month_without_contacts_keeps_its_place_in_the_line() -> None:
    # .2, .3, nothing, .5: on one straight line of .1 a month, whatever the weights.
    table = validity(months({"2025-12": 0.2, "2026-01": 0.3, "2026-03": 0.5}, workflow="a"))
    for segment in ("{}", '{"workflow": "a"}'):
        row = only(table, segment=segment, measure="false_resolution_rate", period=None)
        assert (row["value"], row["denominator"]) == (pytest.approx(0.1), 3)
        assert row["lower"] < 0.1 < row["upper"]


def test_a_month_with_too_few_contacts_keeps_its_place_too() -> None:
    rows = months({"2026-01": 0.2, "2026-02": 0.3, "2026-04": 0.5})
    row = only(
        validity([*rows, *judged(0, 9, 0, 0, month="2026-03")], min_n=30),
        segment="{}",
        measure="false_resolution_rate",
        period=None,
    )
    assert (row["value"], row["denominator"]) == (pytest.approx(0.1), 3)


def test_two_months_make_no_line_and_the_row_says_so() -> None:
    table = validity(months({"2026-01": 0.2, "2026-02": 0.3}))
    row = only(table, segment="{}", measure="false_resolution_rate", period=None)
    assert (row["value"], row["p"], row["q"], row["denominator"], row["reason"]) == (
        None,
        None,
        None,
        2,
        "2 of 3 months",
    )


def test_q_of_a_line_is_over_the_segments_of_its_measure() -> None:
    steep, flat = {"2026-01": 0.1, "2026-02": 0.3, "2026-03": 0.5}, {"2026-01": 0.3, "2026-02": 0.3, "2026-03": 0.31}
    table = validity([*months(steep, workflow="a"), *months(flat, workflow="b")])
    lines = table.filter(pl.col("measure") == "false_resolution_rate", pl.col("period").is_null()).sort("p")
    assert lines.height == 3
    # Benjamini–Hochberg: q of the i-th of m smallest p is the least of p_j m / j over j ≥ i.
    p = lines["p"].to_list()
    expected = [min(p[j] * 3 / (j + 1) for j in range(i, 3)) for i in range(3)]
    assert lines["q"].to_list() == pytest.approx(expected)
    assert table.filter(pl.col("period").is_not_null())["q"].null_count() == table["period"].is_not_null().sum()


def moved(changes: dict[str, list[float]]) -> list[dict[str, Any]]:
    """Twelve segments of 100 contacts each by month: claimed share and held share as given by place."""
    rows = []
    for month, shares in changes.items():
        for place in range(12):
            claimed, held = shares[0], shares[1 if place < 9 else 2]
            cells = {"mode": "joint", "workflow": f"w{place}", "channel": "voice", "month": month}
            rows += [
                {**cells, "claimed": number < 100 * claimed, "resolved_outcome": number < 100 * held}
                for number in range(100)
            ]
    return rows


def test_moves_are_from_one_calendar_month_to_the_next() -> None:
    # The claimed share rises everywhere; the held one rises in nine segments and falls in three. Then a month is missing:
    # from February to April is no move of a month.
    table = validity(moved({"2026-01": [0.5, 0.5, 0.5], "2026-02": [0.6, 0.6, 0.4], "2026-04": [0.7, 0.7, 0.3]}))
    found = table.filter(pl.col("measure") == "moved_together")
    assert found.select("period", "baseline", "denominator", "value").rows() == [("2026-02", "2026-01", 12, 0.75)]


def test_handle_time_is_set_against_outcomes_across_segments() -> None:
    # Twelve segments; the longer they take the fewer come back: rank correlation −1, and +1 with what held.
    rows = [
        {
            "mode": "joint",
            "workflow": f"w{place:02}",
            "channel": "voice",
            "handle_seconds": 100.0 + place,
            "claimed": None,
            "repeat_any_30d": number < 40 - place,
            "resolved_outcome": number >= 40 - place,
        }
        for place in range(12)
        for number in range(50)
    ]
    small = [row | {"workflow": "tiny", "handle_seconds": 1.0, "repeat_any_30d": False} for row in rows[:29]]
    unknown = [row | {"channel": None} for row in rows[:40]]
    table = validity([*rows, *small, *unknown], min_n=30)
    for measure, sign in (("handle_time_and_repeat", -1.0), ("handle_time_and_outcome", 1.0)):
        row = only(table, measure=measure)
        assert (row["segment"], row["period"], row["denominator"], row["value"]) == ("{}", "2026-01", 12, sign)


def test_repeats_whose_issue_changed() -> None:
    def repeat(first: str | None, second: str | None, number: int, **cells: Any) -> list[dict[str, Any]]:
        cells = {"repeat_any_30d": True, "resolved_outcome": True, **cells}
        return times(number, issue=first, next_issue=second, **cells)

    rows = [
        *repeat("a", "b", 10),
        *repeat("a", "a", 25),
        *repeat("b", "z", 5),
        *repeat(None, "a", 3),
        *repeat("a", None, 4),
        *repeat("a", "b", 9, repeat_any_30d=False),
    ]
    row = only(validity(rows, min_n=30), measure="issue_changed")
    assert (row["numerator"], row["denominator"], row["value"]) == (15, 40, 0.375)
    assert row["lower"] < 0.375 < row["upper"]
    row = only(validity(rows, min_n=41), measure="issue_changed")
    assert (row["numerator"], row["denominator"], row["value"]) == (15, 40, None)
    # No repeat has an issue: counted, not guessed.
    row = only(validity(repeat(None, None, 5)), measure="issue_changed")
    assert (row["numerator"], row["denominator"], row["value"]) == (0, 0, None)


def test_nobody_no_row() -> None:
    nothing = validity_table(empty("input_validity_contacts"), 30)
    assert nothing.columns == list(ANALYSIS_TABLES["proxy_validity"].column_names)
    assert nothing.height == 0


def test_segments_are_named_as_elsewhere() -> None:
    table = validity(judged(3, 1, 1, 1, workflow="né <b>", mode="joint"))
    assert {tuple(json.loads(name).items()) for name in table["segment"]} == {
        (),
        (("workflow", "né <b>"),),
        (("mode", "joint"),),
    }
    assert table["baseline"].null_count() == table.height, "one month is compared with none"
