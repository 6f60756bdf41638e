"""Agents one by one are for those who see cases: to others the server sends their spread, and no id of any."""

import csv
import io
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from builders.access import Browser, Place, drawing
from builders.cases import AS_OF, HOSTILE, SCRIPT, case_tables, flag, published
from builders.views import rendered, view_of
from dash import dcc, html

from dashboards.casebook.case_query import CaseQuery
from dashboards.casebook.flags import flag_page
from dashboards.casebook.verdicts import Recorded
from dashboards.components.view import AddressError
from dashboards.pages import PAGES
from dashboards.pages.cases.address import read_case_query
from dashboards.results import shrunk_rates
from dashboards.snapshot.filters import Filters
from pipelines.snapshot import Snapshot

NOBODY = Recorded(())
#: Ids as sources deliver them, those among them that would do something if they were not text.
AGENTS = ("anna-1", "b&agent=c", "' or 1=1 --", SCRIPT, "null", " spaced ", HOSTILE["right to left"], "x" * 300)
#: What of them stands in everything that names them, however it is written.
MARKS = ("anna-1", "agent=c", "or 1=1", "owned", "spaced", "xxxxx")
RATES = (0.21, 0.24, 0.27, 0.3, 0.34, 0.41, 0.45, None)
RULE = "claimed_resolved_came_back"


def small_segments() -> list[dict[str, Any]]:
    rows = [
        {"kind": kind, "name": name, "measure": measure, "period": "2026-08-01/2026-10-21", "numerator": 9, "n": 30}
        | {"raw": rate, "shrunk": rate, "lower": rate and rate - 0.05, "upper": rate and rate + 0.05}
        | {"rank": rate and 1, "prior_mean": 0.3, "reason": None if rate else "30 contacts of one customer"}
        for kind, names in (("agent_id", AGENTS), ("queue", ("billing",)))
        for measure in ("repeat_any_30d", "negative_survey_csat")
        for name, rate in zip(names, RATES, strict=False)
    ]
    # Of the other rate only four agents are known.
    few = [row for row in rows if row["kind"] == "agent_id" and row["measure"] == "negative_survey_csat"]
    for row in few[4:]:
        row |= {"shrunk": None, "lower": None, "upper": None, "rank": None}
    return rows


def tables() -> dict[str, Any]:
    flags = [flag(f"C{i}-{n}", RULE, agent_id=agent) for i, agent in enumerate(AGENTS) for n in range(i + 1)]
    return case_tables() | {"small_segments": small_segments(), "case_flags": [*flags, flag("C-ai", RULE)]}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("people")
    published(folder / "data", tables())
    place = Place(folder)
    place.now = AS_OF.timestamp()
    return place


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return published(tmp_path_factory.mktemp("people"), tables())


def answered(place: Place, name: str, query: str, path: str = "/people") -> str:
    """What the server sends to draw the page, as JSON text."""
    browser = Browser(place.server)
    assert browser.log_in(name).status_code == 303
    body = drawing(path)
    body["inputs"][1]["value"] = query
    answer = browser.ask("POST", "/_dash-update-component", json=body)
    return json.dumps(answer.get_json(), ensure_ascii=False)


# An analyst looked at the same view before and after: what is kept of one reader's page is not given to another.
@pytest.mark.parametrize("order", [("anna", "vera"), ("vera", "anna", "vera", "ada")], ids="-".join)
def test_the_server_sends_no_agent_to_a_viewer(place: Place, order: tuple[str, ...]) -> None:
    queries = ("?kind=agent_id", "?kind=agent_id&measure=negative_survey_csat", "?kind=agent_id&queue=billing", "")
    for name in order:
        for query in queries:
            said = answered(place, name, query)
            assert "Who leads which contacts" in said, "the page was drawn"
            named = name != "vera" and "agent_id" in query
            assert [mark for mark in MARKS if (mark in said) is not named] == [], (name, query)
            assert ("agent=" in said) is named, (name, query)
        assert "billing" in answered(place, name, "?kind=queue&measure=negative_survey_csat")


def test_a_viewer_is_told_how_far_agents_lie_apart_and_why_no_more(place: Place) -> None:
    said = answered(place, "vera", "?kind=agent_id").replace("\u202f", " ")
    low, high = (100 * np.quantile(RATES[:7], share) for share in (0.25, 0.75))
    assert (
        f"Half of 7 agents lie between {low:.1f}% and {high:.1f}%, all of them between 21.0% and 45.0% (median 30.0%)"
        in said
    )
    assert "shown to analysts and admins only" in said
    # Four agents are too few: an end of their spread would be somebody's rate.
    few = answered(place, "vera", "?kind=agent_id&measure=negative_survey_csat").replace("\u202f", " ")
    assert "4 of 8 agents have a rate: fewer than 5" in few
    assert not [rate for rate in RATES[:7] if f"{100 * rate:.1f}%" in few.split("Reliance on suggestions")[0]]
    assert "significantly above" not in few


def test_nor_is_there_another_way_to_the_cases_of_an_agent(place: Place) -> None:
    viewer = Browser(place.server)
    viewer.log_in("vera")
    for address in ("/cases?agent=anna-1", "/cases/export.csv?agent=anna-1"):
        answer = viewer.get(address)
        assert answer.status_code == 403
        assert "C0-0" not in answer.get_data(as_text=True)
    assert "Your role here is viewer" in answered(place, "vera", "?agent=anna-1", "/cases")


@pytest.mark.parametrize("number", range(len(AGENTS)), ids=str)
def test_every_agent_leads_to_the_cases_behind_the_rate(number: int, place: Place, snapshot: Snapshot) -> None:
    agent = AGENTS[number]
    paths = frozenset([*PAGES, "/cases", "/case"])
    drawn = next(
        each.figure
        for part in rendered(snapshot, "?kind=agent_id", "/people", paths=paths)
        for each in part._traverse()
        if getattr(each, "id", None) == "figure-shrunk"
    )
    links = {row[-1] for trace in drawn.data if trace.customdata is not None for row in trace.customdata}
    asked = {link: parse_qs(urlsplit(link).query)["agent"] for link in links}
    if RATES[number] is None:
        assert [agent] not in asked.values()
        return
    (address,) = (link for link, names in asked.items() if names == [agent])
    assert urlsplit(address).path == "/cases"
    view = view_of(snapshot, address.removeprefix("/cases"), "/cases")
    found = flag_page(view.queries, read_case_query(view), NOBODY, 1)
    # The first agent has one case, the second two, and so on.
    assert {row.agent_id for row in found.rows} == {agent}
    assert found.total == number + 1
    said = answered(place, "anna", address.removeprefix("/cases"), "/cases")
    assert f"{number + 1} flag" in said


def test_every_point_leads_to_its_cases_by_keyboard_too(snapshot: Snapshot) -> None:
    for kind, names in (("agent_id", AGENTS[:7]), ("queue", ("billing",))):
        page = rendered(snapshot, f"?kind={kind}", "/people", paths=frozenset([*PAGES, "/cases", "/case"]))
        parts = [each for part in page for each in [part, *part._traverse()]]
        figure = next(each.figure for each in parts if getattr(each, "id", None) == "figure-shrunk")
        points = [row[-1] for trace in figure.data if trace.name == "estimate" for row in trace.customdata]
        (behind,) = (
            each for each in parts if isinstance(each, html.Details) and "behind each" in str(each.children[0])
        )
        links = [each.href for each in behind._traverse() if isinstance(each, dcc.Link)]
        assert links == points
        assert len(set(links)) == len(names)
    asked = read_case_query(view_of(snapshot, links[0].removeprefix("/cases"), "/cases"))
    assert asked.filters == Filters.of({"queue": "billing"})
    assert asked.agent is None


def test_the_download_holds_the_cases_of_the_agent_alone(place: Place) -> None:
    browser = Browser(place.server)
    browser.log_in("anna")
    answer = browser.get("/cases/export.csv?agent=%27+or+1%3D1+--")
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert len(rows) == 3
    assert {row["contact_id"] for row in rows} == {"C2-0", "C2-1", "C2-2"}


def test_an_agent_that_there_is_not_has_no_cases(snapshot: Snapshot) -> None:
    view = view_of(snapshot, "?agent=nobody", "/cases")
    assert flag_page(view.queries, read_case_query(view), NOBODY, 1).total == 0
    # No choice is everybody's, also of contacts without an agent.
    everything = read_case_query(view_of(snapshot, "?agent=", "/cases"))
    assert everything == CaseQuery(work="new")
    assert flag_page(view.queries, everything, NOBODY, 1).total == sum(range(1, len(AGENTS) + 1)) + 1
    with pytest.raises(AddressError, match="1,001 characters"):
        read_case_query(view_of(snapshot, f"?agent={'x' * 1_001}", "/cases"))


def test_the_spread_by_hand(snapshot: Snapshot) -> None:
    queries = view_of(snapshot, None, "/people").queries
    found = shrunk_rates.shrunk(queries, "agent_id", "repeat_any_30d")
    spread = shrunk_rates.spread(found)
    assert (spread.all_agents, spread.agents, spread.usual) == (8, 7, 0.3)
    cuts = [value for _, value in spread.places]
    assert cuts == pytest.approx(np.quantile(RATES[:7], [0, 0.25, 0.5, 0.75, 1]))
    assert shrunk_rates.spread(found[: shrunk_rates.SPREAD_FROM]).places
    assert shrunk_rates.spread(found[: shrunk_rates.SPREAD_FROM - 1]).places == ()
    assert shrunk_rates.spread(()).places == ()
