"""Snapshots that no night should publish, and nights with next to nothing: page and report stand, and text stays text."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders import season, statistics_tables
from builders.examples import apart
from builders.odd_tables import LAST_WEEK, ODD, everywhere
from builders.snapshots import kpi_row, publish, table_frame
from builders.statistics_tables import segment, summary, survival
from builders.views import rendered, view_of
from dash.development.base_component import Component
from plotly.io import to_json

from dashboards.pages import PAGES
from dashboards.report import write_report
from dashboards.wording import clipped
from pipelines.contract import ANALYSIS_TABLES, PUBLISHED_TABLES
from pipelines.snapshot import Snapshot


def shown(snapshot: Snapshot, folder: Path, query: str | None = None) -> tuple[list[Component], str]:
    """The overview's parts and the report's page."""
    return rendered(snapshot, query), write_report(snapshot, None, None, folder).read_text("utf-8")


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_odd_text_is_shown_as_text_and_never_at_length(text: str, tmp_path: Path) -> None:
    """On the overview, whole and cut to the mode of that name, and in the report."""
    snapshot = publish(tmp_path / "data", everywhere(text), as_of=season.AS_OF)
    page, html = shown(snapshot, tmp_path)
    for drawn in (page, rendered(snapshot, f"?mode={text[:50]}")):
        _is_text(drawn)
    for markup in ("<script", "<img", "<b>bold"):
        assert markup not in html
    assert ("{{ 7 * 7 }}" in html) == ("{{ 7 * 7 }}" in text)


def _is_text(page: list[Component]) -> None:
    parts = [each for part in page for each in [part, *part._traverse()]]
    # Evidence is kept whole: a person is to check it.
    leaves = [each for each in parts if isinstance(each, str) and not each.startswith("[[")]
    assert leaves
    assert max(len(each) for each in leaves) < 2_000
    assert not any("\u202e" in each or "\u2067" in each for each in leaves)
    figures = [each.figure for each in parts if type(each).__name__ == "Graph"]
    assert figures
    for figure in figures:
        drawn = to_json(figure, validate=False)
        assert "<img" not in drawn
        assert "<b>bold" not in drawn


@pytest.mark.parametrize("query", ["?mode=joint", "?mode=no-such-mode", "?mode=", "?mode=%3Cscript%3E", "?weeks=-1"])
def test_a_filter_without_rows_is_a_page(query: str, tmp_path: Path) -> None:
    tables = {"kpi_daily": [kpi_row(LAST_WEEK), kpi_row(LAST_WEEK - timedelta(days=200), "joint")]}
    view = view_of(publish(tmp_path, tables, as_of=season.AS_OF), query)
    # What the snapshot does not know is said by the shell before any page is drawn.
    assert bool(view.selection.unknown) == (query not in ("?mode=joint", "?mode="))
    assert PAGES["/"].render(view)


@pytest.mark.parametrize("names", apart(ANALYSIS_TABLES), ids="+".join)
def test_a_table_of_one_row_of_nothing_but_what_must_stand(names: tuple[str, ...], tmp_path: Path) -> None:
    tables: dict[str, Any] = {"kpi_daily": [kpi_row(LAST_WEEK)]}
    for name in names:
        blank = {
            column.name: {"text": "", "flag": True, "day": LAST_WEEK, "instant": season.AS_OF}.get(column.kind.value, 0)
            for column in PUBLISHED_TABLES[name].columns
            if not column.nullable
        }
        tables[name] = table_frame(name, [blank])
    page, html = shown(publish(tmp_path / "data", tables, as_of=season.AS_OF), tmp_path)
    assert page
    assert "Where reported figures mislead" in html


@pytest.mark.parametrize("names", apart(ANALYSIS_TABLES), ids="+".join)
def test_a_table_with_null_in_every_nullable_place(names: tuple[str, ...], tmp_path: Path) -> None:
    """The season's rows, all that may be null taken out of them."""
    tables = season.tables()
    for name, rows in statistics_tables.tables(season.AS_OF.date()).items():
        must = {column.name for column in PUBLISHED_TABLES[name].columns if not column.nullable}
        if name in names:
            tables[name] = [{key: value for key, value in row.items() if key in must} for row in rows]
    page, html = shown(publish(tmp_path / "data", tables, as_of=season.AS_OF), tmp_path)
    assert page
    assert ">None<" not in html.split('<script type="application/json"')[0]


def test_a_snapshot_of_as_many_contacts_as_a_rate_needs(tmp_path: Path) -> None:
    monday = LAST_WEEK - timedelta(days=63)
    tables = {
        "kpi_daily": [kpi_row(monday, contacts=30)],
        "repeat_survival": survival(monday, "{}", "any", 0.4, as_of=season.AS_OF.date(), n=30),
        "segment_divergence": [segment("insufficient", queue="a")],
        "calibration_summary": [summary("{}", "outcome", n=30, reason="insufficient: 30 claims, fewer than 100")],
    }
    snapshot = publish(tmp_path / "data", tables, as_of=season.AS_OF)
    page, html = shown(snapshot, tmp_path)
    assert page
    assert "30 claims, fewer than 100" in html
    assert '<p class="value">80.0%</p>' in html


def test_no_row_at_all_is_said(tmp_path: Path) -> None:
    frame = pl.DataFrame(schema=table_frame("segment_divergence", []).schema)
    tables = {"kpi_daily": [kpi_row(LAST_WEEK)], "segment_divergence": frame}
    _, html = shown(publish(tmp_path / "data", tables, as_of=season.AS_OF), tmp_path)
    assert "No segment can be judged yet" in html


def test_text_is_clipped_and_turned_straight() -> None:
    assert clipped("a\u202eb\u2066c") == "abc"
    assert clipped("x" * 160) == "x" * 160
    assert clipped("x" * 161) == "x" * 159 + "…"
