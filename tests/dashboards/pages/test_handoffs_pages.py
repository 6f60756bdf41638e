"""Pages of handoffs, promises and people: every figure is a published one, and what is recomputed is said to be."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import handoff_tables, season
from builders.examples import apart
from builders.snapshots import publish
from builders.views import rendered, view_of
from plotly.io.json import to_json_plotly

from dashboards.components.view import AddressError
from dashboards.pages import PAGES
from dashboards.pages.handoffs.cost_curve import AssumedCosts, at, cheapest, curve, judged, recomputed
from dashboards.pages.people.mode_mix import by_hour_and_day, mode_mix
from dashboards.pages.promises.data import largest_broken, promised
from dashboards.results import shrunk_rates
from dashboards.results.outcome_differences import chosen, differences, strongest
from dashboards.results.published_rates import read_rates
from dashboards.snapshot.groups import Group
from dashboards.snapshot.queries import Queries
from pipelines.contract import PUBLISHED_TABLES
from pipelines.contract.handoffs_and_promises import HANDOFF_ANALYSES, HANDOFF_TABLES
from pipelines.snapshot import Snapshot

OURS = ("/handoffs", "/promises", "/people")
AS_OF = season.AS_OF.date()
READ = (*HANDOFF_TABLES, *HANDOFF_ANALYSES, "escalation_policy", "escalation_cost", "small_segments")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return publish(
        tmp_path_factory.mktemp("handoffs"), {**season.tables(), **handoff_tables.tables(AS_OF)}, as_of=season.AS_OF
    )


@pytest.fixture(scope="module")
def queries(made: Snapshot) -> Queries:
    return Queries(made)


def text_of(snapshot: Snapshot, path: str, query: str | None = None, **given: Any) -> str:
    """The page as JSON text."""
    text = json.dumps(json.loads(to_json_plotly(rendered(snapshot, query, path, **given))), ensure_ascii=False)
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def figure_of(snapshot: Snapshot, path: str, name: str, query: str | None = None) -> dict[str, Any]:
    for part in rendered(snapshot, query, path):
        for each in [part, *part._traverse()]:
            if getattr(each, "id", None) == f"figure-{name}":
                found: dict[str, Any] = json.loads(to_json_plotly(each.figure))
                return found
    raise AssertionError(name)


def test_costs_by_hand() -> None:
    costs = AssumedCosts(wrong=25, handoff=6, human_wrong=0.1)
    # 25 * 100 + 200 * (6 + 0.1 * 25) = 2500 + 1700.
    assert costs.of(kept_wrong=100, handed_off=200) == 4200
    assert costs.keep_from == pytest.approx(1 - 0.1 - 6 / 25)
    # A wrong answer at ten handoffs costs 60: 60 * 100 + 200 * (6 + 6).
    assert costs.at_ratio(10).of(100, 200) == 8400
    assert costs.at_ratio(10).keep_from == pytest.approx(0.8)
    # 1 - 0.1 - 1 is below 0, where a wrong answer costs as much as a handoff.
    assert costs.at_ratio(1).keep_from == 0
    assert AssumedCosts(0, 6, 0.1).keep_from == 0


def test_the_curve_recomputed_at_the_configured_costs_is_the_published_one(queries: Queries) -> None:
    policy = judged(queries)[0]
    assert (policy.workflow, policy.scale, policy.excess_total) == ("billing", "recalibrated", 2700.0)
    published = curve(queries, policy)
    assert len(published) == 102
    assert policy.costs is not None
    again = recomputed(published, policy.costs)
    assert [point.cost for point in again] == pytest.approx([point.cost for point in published])
    assert all(point.lower is None and point.upper is None for point in again)
    # Below the stop nothing is known at any cost.
    assert all((point.cost is None) == (point.threshold < handoff_tables.STOPS_AT) for point in again)
    dear = recomputed(published, policy.costs.at_ratio(50))
    # Handing off all: 1000 * (6 + 0.1 * 300); keeping from 70%: 300 * 60 wrong + 700 * 36.
    assert at(dear, 1.0) == replace(published[100], cost=pytest.approx(36_000), lower=None, upper=None)
    assert at(dear, 0.7) == replace(published[70], cost=pytest.approx(300 * 60 + 700 * 36), lower=None, upper=None)
    least = cheapest(dear)
    assert least is not None
    assert least.threshold == 1.0
    assert cheapest(published[:10]) is None


def test_the_threshold_and_the_ratio_move_the_curve_and_what_is_said(made: Snapshot) -> None:
    asis = text_of(made, "/handoffs")
    assert "handing off below 80% recalibrated confidence would have cost" in asis
    assert "Answers kept from 80%" in asis
    assert "INR 8,000" in asis
    assert "95% confidence interval INR 2,200 to INR 3,900" in asis
    band = figure_of(made, "/handoffs", "cost-curve")
    assert any(trace.get("fill") == "toself" for trace in band["data"])
    moved = text_of(made, "/handoffs", "?at=90")
    assert "Answers kept from 90%" in moved
    # At 90%: 100 kept, 20 of them wrong: 25 * 20 + 900 * 8.5.
    assert "INR 8,150" in moved
    assert "unknown: no labels here" in text_of(made, "/handoffs", "?at=50")
    dear = text_of(made, "/handoffs", "?ratio=50")
    assert "Recomputed from the published counts, with a wrong answer at INR 300 and a handoff at INR 6" in dear
    assert "known at the configured costs only" in dear
    assert "INR 8,000" not in dear
    drawn = figure_of(made, "/handoffs", "cost-curve", "?ratio=50")
    assert not any(trace.get("fill") == "toself" for trace in drawn["data"])
    assert [trace["name"] for trace in drawn["data"]][:2] == ["at the configured costs", "at these costs"]
    # A click on the curve moves the threshold and keeps the ratio.
    links = [row[-1] for trace in drawn["data"] for row in trace.get("customdata", [])]
    assert "/handoffs?at=85&ratio=50" in links


def test_a_policy_that_cannot_be_judged_says_why(made: Snapshot) -> None:
    said = text_of(made, "/handoffs", "?flow=cards")
    assert "Cards contacts, opening mood unknown: no policy can be judged" in said
    assert "insufficient: 33 labelled claims, fewer than 100" in said
    assert figure_of(made, "/handoffs", "cost-curve", "?flow=cards")["layout"]["meta"]["empty"]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/handoffs", "?by=mood"),
        ("/handoffs", "?outcome=handle_seconds"),
        ("/handoffs", "?at=102"),
        ("/handoffs", "?ratio=7"),
        ("/handoffs", "?flow=nowhere"),
        ("/handoffs", "?stuck=trigger"),
        ("/promises", "?by=trigger"),
        ("/promises", "?maker=nobody"),
        ("/people", "?kind=team"),
        ("/people", "?measure=raw"),
        ("/people", "?cut=minute"),
        ("/people", "?led=nobody"),
        ("/people", "?outcome=nothing"),
    ],
)
def test_an_argument_that_is_not_offered_is_refused(made: Snapshot, path: str, query: str) -> None:
    with pytest.raises(AddressError):
        rendered(made, query, path)


def test_rates_are_the_published_rows(queries: Queries) -> None:
    rates = read_rates(queries, "handoff_rates")
    assert rates.of("customer_repeated", Group((("trigger", "tool_failure"),))).value == 0.45
    assert rates.of("complete", Group((("trigger", "sentiment"),))).reason == "12 handoffs, fewer than 30"
    assert rates.of("complete", Group((("trigger", "nothing"),))).value is None
    assert [each.name for each in rates.along("trigger", "complete")] == ["Keyword", "Tool failure", "Sentiment"]
    assert rates.dimensions == {"trigger": "Trigger", "workflow": "Workflow"}


def test_filters_cut_what_they_can_and_the_rest_says_so(tmp_path: Path) -> None:
    tables = {**season.tables(), **handoff_tables.tables(AS_OF)}
    tables["kpi_daily"] = [row | {"workflow": "cards", "queue": "care"} for row in tables["kpi_daily"]]
    snapshot = publish(tmp_path, tables, as_of=season.AS_OF)
    own = text_of(snapshot, "/promises", "?workflow=cards")
    assert "Cards contacts: 60.0% of promises are broken" in own
    both = text_of(snapshot, "/promises", "?workflow=cards&queue=care")
    assert "Rates of promises cannot be given for cards contacts in queue care." in both
    assert "30.0% of promises are broken" not in both
    assert "All contacts, not only cards contacts in queue care" in both
    people = text_of(snapshot, "/people", "?workflow=cards&cut=hour")
    assert "Rates of single queues cannot be given for cards contacts." in people
    # The mix knows workflows: of cards only the hour from 11 is left, in every one of 70 days but the last week's open one.
    assert "Of 700 contacts: AI-led 40.0%, Human-led 50.0%, Mode not recorded 10.0%." in people
    assert "can be filtered by workflow only, not to contacts in queue care" in text_of(
        snapshot, "/people", "?queue=care"
    )


def test_the_largest_significant_difference_is_said(made: Snapshot, queries: Queries) -> None:
    found = differences(queries, "handoff")
    rows = chosen(found, ("completeness", "summary"), "repeat_any_30d")
    assert [each.level for each in rows] == ["0 of 4", "3 of 4", "missing"]
    assert strongest(rows) == rows[0].sentence
    assert (
        strongest([each for each in rows if not each.is_significant])
        == "No difference shown is statistically significant."
    )
    unknown = [each for each in found if each.difference is None]
    assert strongest(unknown) == "Nothing to compare: 4 against 700 rows; each needs 30."
    drawn = figure_of(made, "/handoffs", "handoff-triggers")
    by_name = {trace["name"]: trace for trace in drawn["data"]}
    assert by_name["less, significant"]["x"] == pytest.approx([-10.0])
    assert by_name["may be chance"]["marker"]["symbol"] == "circle-open"
    again = figure_of(made, "/handoffs", "handoff-missing", "?outcome=customer_repeated")
    assert sum(len(trace["x"]) for trace in again["data"]) == 3
    trust = text_of(made, "/promises", "?maker=_of_ai")
    assert "asked for a human next time" in trust
    assert "59% of broken promises by the AI were followed by a repeat contact within 30 days" in trust


def test_promises_are_counted_openly(made: Snapshot) -> None:
    view = view_of(made, None, "/promises")
    trend = view.results.trend
    found = promised(view.queries, view.filters, trend[0].week.monday, trend[-1].week.sunday)
    # 60 days up to the last Sunday: of each three that can be verified and one that cannot.
    assert found.total == 240
    assert found.counts == {"kept_on_time": 57, "kept_late": 57, "broken": 57, "pending": 9, "unverifiable": 60}
    assert "Of 240 promises 9 are not due yet and 60 (25.0%) cannot be verified" in found.open_sentence
    assert {each.source: sum(each.counts.values()) for each in found.sources} == {"recorded": 180, "spoken": 60}
    bars = figure_of(made, "/promises", "promise-weeks")["data"]
    assert [sum(bar["y"]) for bar in bars] == [57, 57, 57, 9]
    largest = largest_broken(view.queries, view.filters, found.first, found.last)
    assert [each.amount for each in largest] == [10.0 * back for back in range(60, 50, -1)]


def test_single_promises_are_for_those_who_see_cases(made: Snapshot) -> None:
    paths = frozenset([*PAGES, "/cases", "/case"])
    seen = text_of(made, "/promises", paths=paths)
    assert "The largest broken promises" in seen
    assert "/case?contact=C0924-2&day=2026-09-24&system=default" in seen
    hidden = text_of(made, "/promises", paths=paths, sees_cases=False)
    assert "The largest broken promises" not in hidden
    assert not re.search(r"C\d{4}-\d", hidden)
    for path in OURS:
        assert "/cases?" not in text_of(made, path, paths=paths, sees_cases=False)


def test_people_stand_in_the_order_of_the_shrunk_rate(made: Snapshot, queries: Queries) -> None:
    found = shrunk_rates.shrunk(queries, "agent_id", "repeat_any_30d")
    assert [each.name for each in found] == ["A-large", "A-small", "A-usual"]
    # By raw rates the small one would be first.
    assert max(found, key=lambda each: each.raw or 0).name == "A-small"
    assert shrunk_rates.sentence(found, "agent_id", "repeat_any_30d") == (
        "Repeat contacts within 30 days: 1 of 3 agents are significantly above the usual 30.0%, 0 significantly below."
    )
    assert "1 of them on fewer than 30, which say little" in shrunk_rates.sizes(found, 30)
    drawn = figure_of(made, "/people", "shrunk", "?kind=agent_id")
    assert drawn["layout"]["yaxis"]["ticktext"] == ["A-large", "A-small", "A-usual"]
    points = next(trace for trace in drawn["data"] if trace.get("name") == "estimate")
    assert points["x"] == pytest.approx([38, 33, 29])
    counted = next(trace for trace in drawn["data"] if trace.get("name") == "as counted")
    assert counted["error_x"]["visible"] is False
    per_thousand = text_of(made, "/people", "?kind=queue")
    assert "Complaints per 1,000: no significant difference from the usual 3.10 in 1 queues." in per_thousand


def test_reliance_says_which_tenures_differ(made: Snapshot) -> None:
    said = text_of(made, "/people")
    assert "Agents accepted 45% of wrong suggestions" in said
    assert "Agents in their first 3 months accepted 60% of wrong suggestions" in said
    assert "20 suggestions, fewer than 30" in said
    assert "+25.0 points" in said


def test_the_mix_adds_up(made: Snapshot) -> None:
    view = view_of(made, None, "/people")
    trend = view.results.trend
    days = (trend[0].week.monday, trend[-1].week.sunday)
    for cut, slices in (("week", 10), ("weekday", 7), ("hour", 3), ("workflow", 2)):
        found = mode_mix(view.queries, view.filters, cut, *days)
        assert len(found.slices) == slices
        assert sum(each.total for each in found.slices) == 2100
        assert all(sum(each.share(mode) or 0 for mode in found.modes) == pytest.approx(1) for each in found.slices)
    cells = by_hour_and_day(view.queries, view.filters, "ai_primary", *days)
    assert {(each.contacts, each.led) for each in cells} == {(100, 40)}
    assert len(cells) == 21
    sentiment = text_of(made, "/people", "?outcome=repeat_any_30d")
    assert (
        "AI-led: 52.0% were followed by a repeat contact within 30 days; 55.0% at the mix of the 10 issues" in sentiment
    )


@pytest.mark.parametrize("path", OURS)
@pytest.mark.parametrize("without", [(), READ], ids=["empty", "absent"])
def test_without_sources_a_page_says_so(tmp_path: Path, path: str, without: tuple[str, ...]) -> None:
    tables = {name: rows for name, rows in season.tables().items() if name not in READ}
    snapshot = publish(tmp_path, tables, as_of=season.AS_OF, without=without)
    said = text_of(snapshot, path)
    assert re.search(r"No figures on handoffs|No promises are known here|No agent or queue", said)
    assert "None" not in re.sub(r'"[^"]*":null', "", said)


@pytest.mark.parametrize("names", apart(READ), ids="+".join)
def test_null_in_every_nullable_place_is_a_page(names: tuple[str, ...], tmp_path: Path) -> None:
    tables: dict[str, Any] = {**season.tables(), **handoff_tables.tables(AS_OF)}
    for name in names:
        must = {column.name for column in PUBLISHED_TABLES[name].columns if not column.nullable}
        tables[name] = [{key: value for key, value in row.items() if key in must} for row in tables.get(name, [])]
    snapshot = publish(tmp_path, tables, as_of=season.AS_OF)
    for path in OURS:
        assert text_of(snapshot, path)


@pytest.mark.parametrize("text", [season.HOSTILE, "x" * 10_000, "\u202eمرحبا\u202c", "<b>bold</b>", '"\\'])
def test_odd_text_is_shown_as_text_and_never_at_length(text: str, tmp_path: Path) -> None:
    snapshot = publish(tmp_path, {**season.tables(), **handoff_tables.tables(AS_OF, text=text)}, as_of=season.AS_OF)
    for path in OURS:
        page = rendered(snapshot, None, path)
        parts = [each for part in page for each in [part, *part._traverse()]]
        leaves = [each for each in parts if isinstance(each, str)]
        assert max(len(each) for each in leaves) < 2_500
        assert not any("\u202e" in each for each in leaves)
        for each in parts:
            if type(each).__name__ == "Graph":
                drawn = to_json_plotly(each.figure)
                assert "<img" not in drawn
                assert "<b>bold" not in drawn
