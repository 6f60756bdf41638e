"""Every page under filters: its headline names them or says that it cannot be given, and says no more than needed."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import handoff_tables, season
from builders.snapshots import kpi_row, publish
from builders.views import rendered, view_of
from dash import html
from dash.development.base_component import Component

from dashboards.app import CurrentSnapshot
from dashboards.components.shell import filter_bar, nothing_left
from dashboards.pages import PAGES
from pipelines.snapshot import Snapshot, SnapshotStore

#: What a page's headline says of two modes and of a queue: the figure of these contacts, or that there is none.
OF_VIEW, NOT_GIVEN, SEGMENTS = "of the contacts", "cannot be given", "segments"
#: Page → the same for one filter, and for several of which nothing was published. Every page that heeds filters is here.
HEADLINES = {
    "/": (OF_VIEW, OF_VIEW),
    "/resolution": (OF_VIEW, OF_VIEW),
    "/divergence": (SEGMENTS, SEGMENTS),
    "/repeats": (OF_VIEW, OF_VIEW),
    "/sentiment": (OF_VIEW, OF_VIEW),
    "/complaints": (OF_VIEW, OF_VIEW),
    "/calibration": (OF_VIEW, NOT_GIVEN),
    "/handoffs": (NOT_GIVEN, NOT_GIVEN),
    "/promises": (NOT_GIVEN, NOT_GIVEN),
    "/people": (NOT_GIVEN, NOT_GIVEN),
    "/cases": (OF_VIEW, OF_VIEW),
    "/review": (OF_VIEW, OF_VIEW),
    "/search": (OF_VIEW, OF_VIEW),
}
#: Pages on which the period changes something.
WITH_PERIOD = {"/", "/resolution", "/repeats", "/sentiment", "/complaints", "/promises", "/people"}
MOST_WORDS = 400


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    tables = {**season.tables(), **handoff_tables.tables(season.AS_OF.date())}
    return publish(tmp_path_factory.mktemp("season"), tables, as_of=season.AS_OF, ledger=season.LEDGER)


def parts_of(content: list[Component]) -> list[Any]:
    return [each for part in content for each in [part, *part._traverse()]]


def headline(content: list[Component]) -> str:
    (found,) = [each for each in parts_of(content) if type(each).__name__ == "H1"]
    return str(found.children)


def test_every_page_that_heeds_filters_is_looked_at() -> None:
    assert set(HEADLINES) == {path for path, each in PAGES.items() if each.filtered}


@pytest.mark.parametrize("path", HEADLINES)
def test_a_headline_names_the_filters_or_cannot_be_given(path: str, made: Snapshot) -> None:
    whole = headline(rendered(made, None, path))
    for query, kind in zip(
        ("?mode=ai_primary", "?mode=ai_primary&mode=joint&queue=joint-0"), HEADLINES[path], strict=True
    ):
        said = headline(rendered(made, query, path))
        words = view_of(made, query, path).filters.words
        assert words.lower() in said.lower()
        assert said != whole
        assert ("cannot be given for" in said) == (kind == NOT_GIVEN)
        assert ("that may hold" in said) == (kind == SEGMENTS)


@pytest.mark.parametrize("path", HEADLINES)
def test_where_nothing_is_left_there_is_one_sentence_and_the_way_back(path: str, tmp_path: Path) -> None:
    day = season.AS_OF.date() - timedelta(days=7)
    kpis = [kpi_row(day, "joint", queue="a"), kpi_row(day, "ai_primary", queue="b")]
    publish(tmp_path, {"kpi_daily": kpis}, as_of=season.AS_OF)
    current = CurrentSnapshot(SnapshotStore(tmp_path))
    view = view_of(current.store.current(), "?mode=joint&queue=b&weeks=26", path)
    assert not view.has_rows
    main = nothing_left(PAGES[path], view)
    assert headline([main]) == "There are no joint contacts in queue b in this snapshot."
    (back,) = [each for each in parts_of([main]) if type(each).__name__ == "Link"]
    assert (back.children, back.href) == ("Show all contacts", f"{path}?weeks=26")


@pytest.mark.parametrize("path", PAGES)
def test_a_period_is_offered_only_where_it_does_something(path: str, made: Snapshot) -> None:
    def offers(query: str | None) -> bool:
        return "Period" in str(filter_bar(PAGES[path], view_of(made, query, path)))

    assert offers(None) == (path in WITH_PERIOD)
    if path == "/divergence":
        assert offers("?segment=%7B%22region%22%3A+%22north%22%7D")
    if path in WITH_PERIOD:
        assert str(rendered(made, None, path)) != str(rendered(made, "?weeks=4", path))


def words_above_tables(content: Any) -> int:
    """Words that stand open on the page above its first table: what has letters and no digits, controls not counted.

    What a summary hides counts as its summary.
    """
    counted: list[str] = []

    def walk(part: Any) -> bool:
        """Whether a table was met."""
        if isinstance(part, str | int | float):
            counted.extend(
                each for each in str(part).split() if re.search(r"[^\W\d_]", each) and not re.search(r"\d", each)
            )
            return False
        if isinstance(part, list | tuple):
            return any(walk(each) for each in part)
        name, given = type(part).__name__, getattr(part, "className", None) or ""
        if "unseen" in given or getattr(part, "hidden", False) or (name == "Nav" and given == "filter"):
            return False
        if name == "Table":
            return True
        inner = getattr(part, "children", None)
        if name == "Details":
            inner = [each for each in inner or [] if type(each).__name__ == "Summary"]
        return inner is not None and walk(inner)

    walk(content)
    return len(counted)


def test_words_are_counted_as_they_are_seen() -> None:
    page = [
        html.P(["Two words", html.Span("hidden here", className="unseen")]),
        html.Details([html.Summary("Open me"), html.P("not seen at all")]),
        html.Table(html.Tr("nor this")),
        html.P("nor what follows"),
    ]
    assert words_above_tables(page) == 4


#: A glossary is words, and is searched; a list of cases or claims is its page's table.
@pytest.mark.parametrize("path", sorted(PAGES.keys() - {"/glossary", "/case", "/review", "/audit"}))
def test_a_page_has_few_words_above_its_tables(path: str, made: Snapshot) -> None:
    for query in (None, "?mode=ai_primary"):
        assert 10 < words_above_tables(rendered(made, query, path)) <= MOST_WORDS, query
