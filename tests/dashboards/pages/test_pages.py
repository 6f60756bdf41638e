"""Every page over every kind of snapshot: whole, filtered, of one week, without tables, with nothing or hostile text in them."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders import season
from builders.examples import apart
from builders.odd_tables import ODD, everywhere
from builders.snapshots import kpi_row, publish, table_frame
from builders.texts import texts
from builders.views import rendered, view_of
from dash.development.base_component import Component
from plotly.io.json import to_json_plotly

from dashboards.app import CurrentSnapshot
from dashboards.components.links import CASES, cases_link, with_links_by_week
from dashboards.components.shell import navigation
from dashboards.components.view import AddressError, View
from dashboards.pages import PAGES
from dashboards.wording.weeks import Week
from pipelines.contract import PUBLISHED_TABLES
from pipelines.snapshot import Snapshot, SnapshotStore

LAST_WEEK = season.AS_OF.date() - timedelta(days=7)
#: Pages of this shell; others have their own tests.
OURS = (
    "/",
    "/resolution",
    "/divergence",
    "/segments",
    "/compare",
    "/repeats",
    "/sentiment",
    "/complaints",
    "/calibration",
    "/glossary",
    "/data-quality",
)
#: Every argument of every page, each with a value that is not its default.
ARGUMENTS = {
    "/divergence": [{"proxy": "claimed", "outcome": "complaint"}, {"segment": '{"region": "north"}'}, {"segment": '{"ai_model": "assist-2"}'}],
    "/repeats": [{"by": "mode"}, {"by": "queue", "window": "7"}, {"week": "2026-W40", "window": "1"}],
    "/sentiment": [{"by": "queue", "source": "closing_turns"}, {"by": "model", "source": "survey_verbatim"}],
    "/complaints": [{"by": "workflow"}, {"by": "model"}],
    "/calibration": [{"by": "model-workflow", "source": "reviewed"}, {"by": "language"}],
    "/glossary": [{"entry": "M5"}, {"search": "queue"}],
    "/data-quality": [{"page": "2"}, {"scope": "row", "source": "contacts"}, {"page": "9999"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return publish(tmp_path_factory.mktemp("season"), season.tables(), as_of=season.AS_OF, ledger=season.LEDGER)


def parts_of(page: list[Component]) -> list[Any]:
    return [each for part in page for each in [part, *part._traverse()]]


def text_of(page: list[Component]) -> str:
    return " ".join(texts(page))


def figures_of(page: list[Component]) -> list[Any]:
    return [each.figure for each in parts_of(page) if type(each).__name__ == "Graph"]


@pytest.mark.parametrize("path", OURS)
@pytest.mark.parametrize("query", [None, "?mode=joint", "?queue=joint-0&weeks=8", "?region=none", "?weeks=52"])
def test_every_page_has_one_heading_and_tells_no_nones(path: str, query: str | None, made: Snapshot) -> None:
    page = rendered(made, query, path)
    headings = [each for each in parts_of(page) if type(each).__name__ == "H1"]
    assert len(headings) == 1
    said = text_of(page)
    assert "None" not in said
    assert "nan" not in re.findall(r"\b\w+\b", said.lower())
    # Every figure says what it is, how many it rests on or that there is nothing, and has its table.
    assert to_json_plotly(page)


@pytest.mark.parametrize("path", OURS)
def test_every_figure_has_its_metric_sentence_and_table(path: str, made: Snapshot) -> None:
    page = rendered(made, None, path)
    panels = [
        each
        for each in parts_of(page)
        if getattr(each, "className", None) == "panel" and any(type(p).__name__ == "Graph" for p in each._traverse())
    ]
    assert panels or path in ("/segments", "/compare", "/data-quality", "/glossary")
    for panel in panels:
        inner = list(panel._traverse())
        classes = [getattr(each, "className", None) for each in inner]
        assert "sentence" in classes
        assert "meaning" in classes
        assert any(type(each).__name__ == "Table" for each in inner) or "modes" in str(panel)
        (box,) = [each for each in inner if getattr(each, "role", None) == "img"]
        assert len(getattr(box, "aria-label")) > 20


@pytest.mark.parametrize(("path", "arguments"), [(path, each) for path, all_ in ARGUMENTS.items() for each in all_])
def test_every_argument_of_a_page_changes_it_and_stands_in_its_links(
    path: str, arguments: dict[str, str], made: Snapshot
) -> None:
    view = view_of(made, "?mode=ai_primary", path)
    query = view.selection.address(arguments)
    page, plain = rendered(made, query, path), rendered(made, "?mode=ai_primary", path)
    assert to_json_plotly(page) != to_json_plotly(plain)
    links = [each.href for each in parts_of(page) if type(each).__name__ == "Link"]
    assert links or path == "/glossary"
    assert all(link.startswith("/") and not link.startswith("//") for link in links)
    # What a word means does not hang on the filters, and a comparison has sides of its own.
    assert all("mode=ai_primary" in link for link in links if not link.startswith(("/glossary", "/compare")))


@pytest.mark.parametrize(("path", "name"), [(path, name) for path, all_ in ARGUMENTS.items() for name in all_[0]])
def test_an_argument_that_means_nothing_is_an_address_error(path: str, name: str, made: Snapshot) -> None:
    with pytest.raises(AddressError):
        rendered(made, f"?{name}=%3Cscript%3E", path)


@pytest.mark.parametrize("without", apart(sorted(PUBLISHED_TABLES.keys() - {"kpi_daily"}), 8), ids="+".join)
def test_absent_tables_cost_no_page(without: tuple[str, ...], tmp_path: Path) -> None:
    tables = {"kpi_daily": [kpi_row(LAST_WEEK - timedelta(weeks=week), queue="a") for week in range(10)]}
    snapshot = publish(tmp_path, tables, as_of=season.AS_OF, without=without)
    for path in OURS:
        assert rendered(snapshot, None, path)


def test_nothing_but_kpis_of_one_week(tmp_path: Path) -> None:
    absent = PUBLISHED_TABLES.keys() - {"kpi_daily"}
    snapshot = publish(tmp_path, {"kpi_daily": [kpi_row(LAST_WEEK)]}, as_of=season.AS_OF, without=absent)
    for path in OURS:
        assert "None" not in text_of(rendered(snapshot, None, path))


def test_null_in_every_dimension(tmp_path: Path) -> None:
    dimensions = ("mode", "queue", "workflow", "issue", "region", "language", "ai_model")
    daily = table_frame("kpi_daily", season.tables()["kpi_daily"])
    daily = daily.with_columns(pl.lit(None, pl.String).alias(name) for name in dimensions)
    names = [column for column in daily.columns if daily[column].dtype.is_numeric()]
    by_day = [column for column in daily.columns if column not in names]
    alone = daily.group_by(by_day).agg(pl.col(names).sum()).select(daily.columns)
    snapshot = publish(tmp_path, {**season.tables(), "kpi_daily": alone}, as_of=season.AS_OF)
    for path in OURS:
        whole, same = rendered(snapshot, None, path), rendered(snapshot, "?mode=none&queue=none&model=none", path)
        assert whole
        assert same


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_odd_text_is_text_on_every_page(text: str, tmp_path: Path) -> None:
    tables = everywhere(text)
    own = {"queue": text, "issue": text, "region": text, "ai_model": text, "complaints": 2, "complaints_linked": 2}
    tables["kpi_daily"] = [kpi_row(LAST_WEEK - timedelta(weeks=week), **own) for week in range(10)]
    tables["complaints"] = [
        {"system": "s", "complaint_id": "k", "regulator": text, "received_at": season.AS_OF, "received_day": LAST_WEEK}
        | {"link_rule": "any", "days_to_complaint": 3.0, "within_30d": True, "product": text, "issue": text}
    ]
    tables["quarantine"] = [
        {"source": text, "file": text, "sha256": "s", "scope": "row", "rule": text, "reason": text, "position": text}
    ]
    snapshot = publish(tmp_path, tables, as_of=season.AS_OF)
    for path in OURS:
        page = rendered(snapshot, None, path)
        leaves = [each for each in texts(page) if not each.startswith("[[")]
        assert max(len(each) for each in leaves) < 2_000, path
        assert not any("\u202e" in each or "\u2067" in each for each in leaves), path
        drawn = to_json_plotly(figures_of(page))
        assert "<img" not in drawn
        assert "<b>bold" not in drawn
        # No link leaves the application, whatever a value says.
        hrefs = [each.href for each in parts_of(page) if hasattr(each, "href")]
        assert all(href.startswith("/") and not href.startswith("//") for href in hrefs)


def test_points_lead_to_the_cases_of_their_week(made: Snapshot) -> None:
    paths = frozenset([*PAGES, CASES])
    page = rendered(made, "?mode=ai_primary", "/repeats", paths=paths)
    found = json.loads(to_json_plotly(figures_of(page)))
    links = {row[-1] for figure in found for trace in figure["data"] for row in trace.get("customdata") or [] if isinstance(row, list) and str(row[-1]).startswith(CASES)}  # fmt: skip
    assert "/cases?mode=ai_primary&rule=claimed_resolved_came_back&week=2026-W40" in links
    # Who may not see single contacts gets no link to them.
    for page in (
        rendered(made, None, "/repeats", paths=paths, sees_cases=False),
        rendered(made, None, "/repeats", paths=frozenset(OURS)),
    ):
        assert CASES not in to_json_plotly(page)


def test_a_link_to_cases_keeps_the_filters_and_names_what_it_is_of(made: Snapshot) -> None:
    view = view_of(made, "?queue=joint-0&weeks=26", paths=frozenset([CASES]))
    week = Week(LAST_WEEK)
    assert cases_link(view) == "/cases?queue=joint-0&weeks=26&show=all"
    assert cases_link(view, week=week, rule="x&y") == f"/cases?queue=joint-0&weeks=26&rule=x%26y&week={week.label}"
    assert cases_link(view, day=LAST_WEEK, segment='{"a": "é"}') == (
        f"/cases?queue=joint-0&weeks=26&day={LAST_WEEK}&segment=%7B%22a%22%3A+%22%C3%A9%22%7D"
    )


def test_links_are_added_to_a_copy(made: Snapshot) -> None:
    page = rendered(made, None, "/repeats")
    figure = figures_of(page)[0]
    before = figure.to_json()
    with_links_by_week(figure, lambda week: f"/cases?week={week.label}")
    assert figure.to_json() == before


def test_filters_go_along_when_the_page_changes(made: Snapshot) -> None:
    view = view_of(made, "?mode=joint&weeks=26&by=queue", "/complaints")
    assert view.at("/sentiment") == "/sentiment?mode=joint&weeks=26"
    assert view.here({"by": "issue"}) == "/complaints?mode=joint&weeks=26&by=issue"
    assert view_of(made).at("/sentiment") == "/sentiment"


def test_the_navigation_stands_in_four_groups_of_pages_that_the_reader_may_open(made: Snapshot) -> None:
    def groups(view: View) -> dict[str, list[str]]:
        """The groups by name, each with the names of its pages."""
        (listed,) = [part for part in parts_of([navigation(view, PAGES)]) if "groups" in getattr(part, "className", "")]
        return {
            group.children[0].children: [each.children.children for each in group.children[1].children]
            for group in listed.children
        }

    found = groups(view_of(made, "?mode=joint", "/people"))
    assert list(found) == ["Outcomes", "AI and people", "Cases", "Data"]
    assert [name for names in found.values() for name in names] == [
        page.name for group in found for page in PAGES.values() if page.group == group and not page.under
    ]
    assert sum(len(names) for names in found.values()) == sum(not page.under for page in PAGES.values())
    # A group of which the reader may open no page is not there.
    paths = frozenset(path for path, page in PAGES.items() if page.audience == "viewer")
    assert list(groups(view_of(made, None, "/", paths=paths))) == ["Outcomes", "AI and people", "Data"]


def test_names_of_single_contacts_are_kept_from_who_may_not_see_them(made: Snapshot) -> None:
    assert "flags to look at today" in text_of(rendered(made))
    shown = text_of(rendered(made, sees_cases=False))
    assert "to look at today" not in shown
    assert not re.search(r"C-\d{4}-\d\d", shown)


def test_a_new_snapshot_is_opened_once(tmp_path: Path) -> None:
    publish(tmp_path, {"kpi_daily": [kpi_row(LAST_WEEK)]}, as_of=season.AS_OF)
    current = CurrentSnapshot(SnapshotStore(tmp_path))
    first = current.read()
    assert current.read() is first
    publish(tmp_path, {"kpi_daily": [kpi_row(LAST_WEEK)]}, as_of=season.AS_OF, snapshot_id="s2")
    assert current.read() is not first
