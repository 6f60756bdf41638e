"""The table behind a chart as CSV: as its page shows it, to who may open the page, and nothing in it that runs."""

import csv
import io
from typing import Any
from urllib.parse import urlencode

import pytest
from builders import season
from builders.access import Browser, Place
from builders.snapshots import publish

from dashboards.components.blocks import table
from dashboards.panels.panel import Table
from dashboards.serving.chart_table import CHART_TABLE, as_csv, tables_of_chart


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = Place(tmp_path_factory.mktemp("season"))
    publish(place.folder / "data", season.tables(), as_of=season.AS_OF, ledger=season.LEDGER)
    return place


def asked(place: Place, name: str, at: str, query: str, chart: str) -> tuple[int, list[list[str]]]:
    browser = Browser(place.server)
    if name:
        assert browser.log_in(name).status_code == 303
    answer = browser.get(f"{CHART_TABLE}?{urlencode({'at': at, 'for': query, 'chart': chart})}")
    if answer.mimetype == "text/csv":
        assert answer.headers["Content-Disposition"] == f'attachment; filename="aftercall-{chart}.csv"'
        assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_the_table_is_that_of_the_page_with_its_filters(place: Place) -> None:
    status, rows = asked(place, "vera", "/resolution", "?weeks=8", "volume")
    assert status == 200
    assert rows[0] == ["Week", "Contacts", "Served", "Mean handle time", "n"]
    assert len(rows) == 1 + 8
    _, filtered = asked(place, "vera", "/resolution", "?weeks=8&mode=joint", "volume")
    assert [row[0] for row in filtered] == [row[0] for row in rows]
    assert all(
        int(some[1].replace(",", "")) < int(every[1].replace(",", ""))
        for some, every in zip(filtered[1:], rows[1:], strict=True)
    )


def test_an_interval_beneath_a_value_is_a_column_of_its_own(place: Place) -> None:
    _, rows = asked(place, "vera", "/", "", "resolution")
    assert "Claimed, detail" in rows[0]
    assert len({len(row) for row in rows}) == 1


@pytest.mark.parametrize(
    ("at", "query", "chart", "status"),
    [
        ("/", "", "no-such-chart", 404),
        ("/", "", "../../etc/passwd", 404),
        ("/resolution", "?mode=nobody", "volume", 404),
        ("/nowhere", "", "volume", 403),
        ("/repeats", "?window=x", "repeats", 400),
        ("/cases", "", "volume", 403),
        ("/audit", "", "volume", 403),
    ],
)
def test_what_is_not_there_or_not_open_is_not_given(place: Place, at: str, query: str, chart: str, status: int) -> None:
    assert asked(place, "vera", at, query, chart)[0] == status


def test_strangers_are_asked_to_log_in(place: Place) -> None:
    assert asked(place, "", "/", "", "volume")[0] == 302


def test_a_page_of_single_contacts_is_noted_when_it_is_asked_for(place: Place) -> None:
    assert asked(place, "anna", "/cases", "", "volume")[0] == 404
    assert [(entry.action, entry.facts["page"]) for entry in place.log() if entry.action == "page"] == [
        ("page", "/cases")
    ]


def _values(component: Any) -> Any:
    return component.to_plotly_json() | {
        "props": {
            name: [_values(each) if hasattr(each, "to_plotly_json") else each for each in value]
            if isinstance(value, list)
            else _values(value)
            if hasattr(value, "to_plotly_json")
            else value
            for name, value in component.to_plotly_json()["props"].items()
        }
    }


def test_no_cell_runs_as_a_formula_and_numbers_stay_numbers() -> None:
    cells = ('=HYPERLINK("http://x")', "+1 point", "@sum", "−4.5", "a, b", "<b>x</b>", '"=1', "12.5%")
    content = {"type": "Section", "props": {"id": "chart-x", "children": [_values(table(Table(("Name", "n"), tuple((cell, "1\n=2") for cell in cells))))]}}  # fmt: skip
    (found,) = tables_of_chart(content, "x")
    rows = list(csv.reader(io.StringIO(as_csv([found]))))
    assert rows[0] == ["Name", "n", "n, detail"]
    assert [row[0] for row in rows[1:]] == [
        """'=HYPERLINK("http://x")""",
        "'+1 point",
        "'@sum",
        "-4.5",
        "a, b",
        "<b>x</b>",
        """'"=1""",
        "12.5%",
    ]
    assert {tuple(row[1:]) for row in rows[1:]} == {("1", "'=2")}
    assert list(tables_of_chart(content, "y")) == []
