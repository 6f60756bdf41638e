"""The comparison of two exports: what it takes for the same, and what it names."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from benchmarks.same_tables import compare, differences, main

BEFORE = pl.DataFrame({"id": ["a", "b", "c"], "n": [1, 2, None], "mean": [0.5, 1e6, None], "run_id": ["x"] * 3})


def changed(**columns: Any) -> list[str]:
    return differences(BEFORE, BEFORE.with_columns(**columns), ("id",), 1e-12)


def test_order_run_and_the_last_digit_do_not_matter() -> None:
    after = BEFORE.reverse().with_columns(run_id=pl.lit("y"), mean=pl.col("mean") * (1 + 2e-16))
    assert differences(BEFORE, after, ("id",), 1e-12) == []
    assert differences(BEFORE, after, (), 1e-12) == []


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"n": pl.Series([1, 3, None])}, "column n: 1 cell of 3 differ"),
        ({"n": pl.Series([1, 2, 0])}, "column n: 1 cell of 3 differ"),
        ({"mean": pl.Series([0.5, 1e6 + 1e-5, None])}, "column mean: 1 cell of 3 differ"),
        ({"mean": pl.Series([None, 1e6, 0.0])}, "column mean: 2 cells of 3 differ"),
        ({"mean": pl.Series([float("nan"), 1e6, None])}, "column mean: 1 cell of 3 differ"),
        ({"n": pl.Series([1.0, 2.0, None])}, "column n: Int64 before, Float64 after"),
        ({"more": pl.lit(1)}, "column more: only after"),
        ({"id": pl.Series(["a", "b", "d"])}, "column id: 1 cell of 3 differ"),
    ],
)
def test_what_differs_is_named(columns: dict[str, Any], said: str) -> None:
    assert changed(**columns) == [said]


def test_rows_that_both_have_are_compared() -> None:
    after = BEFORE.filter(pl.col("id") != "b").with_columns(n=pl.col("n") + 1)
    assert differences(BEFORE, after, ("id",), 0) == ["3 rows before, 2 after", "column n: 1 cell of 2 differ"]
    assert differences(BEFORE, after, (), 0) == ["3 rows before, 2 after"]


def test_rows_that_are_gone_and_columns_that_went() -> None:
    assert differences(BEFORE, BEFORE.head(2).drop("n"), ("id",), 0) == [
        "column n: only before",
        "3 rows before, 2 after",
    ]


def test_two_folders_of_tables(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
    runner = CliRunner()
    assert runner.invoke(main, [str(one), str(other)]).exit_code == 1, "nothing is not the same as nothing"
    week = pl.DataFrame({"week": [date(2026, 6, 1)], "responses": [3]})
    week.write_parquet(one / "survey_weeks.parquet")
    week.with_columns(sentence=pl.lit("said")).write_parquet(other / "survey_weeks.parquet")
    assert compare(one, other) == {"survey_weeks": ["column sentence: only after"]}
    same = runner.invoke(main, [str(one), str(other), "--without", "sentence"])
    assert (same.exit_code, same.output) == (0, "1 tables are the same, 0 differ\n")
    week.write_parquet(one / "gone.parquet")
    differs = runner.invoke(main, [str(one), str(other), "--without", "sentence"])
    assert (differs.exit_code, differs.output) == (1, "gone: only before\n1 tables are the same, 1 differ\n")
