"""Segment pages and comparisons over a snapshot made by hand: what they say, and what an address may ask."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from builders.diverging import MOVED
from builders.report_weeks import weeks
from builders.snapshots import publish
from builders.statistics_tables import segment
from builders.texts import texts
from builders.views import rendered, view_of
from dash.development.base_component import Component

from dashboards.app import create_app
from dashboards.components.chart_tools import source_line
from dashboards.components.links import compare_link, segment_link
from dashboards.components.view import AddressError
from dashboards.figures import outcome_about_its_step, parts_by_dimension, shares_by_week
from dashboards.findings.known_segments import find_segment
from dashboards.findings.snapshot_changes import kept_snapshots, snapshot_changes
from dashboards.pages import PAGES
from dashboards.snapshot.groups import Group
from dashboards.snapshot.segment_ids import segment_id
from pipelines.snapshot import Snapshot, SnapshotStore

AS_OF = datetime(2026, 10, 5, tzinfo=UTC)
FIRST, TURN, LAST = date(2026, 6, 9), date(2026, 8, 4), date(2026, 8, 31)
DAYS = {"period": f"{TURN}/{LAST}", "baseline": f"{FIRST}/{TURN - timedelta(days=1)}"}
BILLING = Group((("mode", "ai_primary"), ("queue", "billing")))
SMALL = Group((("queue", "small"),))


def contacts(number: int = 3_000) -> list[dict[str, Any]]:
    """AI-led contacts of three queues; false resolutions of billing rise from 30% to 60% where model v2 answers."""
    rng = np.random.default_rng(7)
    days = rng.integers(0, (LAST - FIRST).days + 1, number)
    rows = []
    for i, offset in enumerate(days.tolist()):
        day = FIRST + timedelta(days=offset)
        queue = ("billing", "tech", "sales")[i % 3]
        is_new = queue == "billing" and day >= TURN and i % 2 == 0
        failed = bool(rng.random() < (0.75 if is_new else 0.3))
        at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        rows.append(
            {"system": "s", "contact_id": f"c{i}", "customer_key": f"{i % 900:064x}", "day": day, "started_at": at}
            | {"ended_at": at, "hour_of_day": 9 + i % 9, "mode": "ai_primary", "queue": queue, "region": "north"}
            | {"ai_model": "v2" if is_new else "v1", "resolved_claimed": True, "resolved_outcome": not failed}
            | {"repeat_any_30d": failed, "mature_30d": True, "complaint_within_30d": False, "ai_confidence": 0.8}
            | {"contained": True, "handle_seconds": 120.0, "resolution_parts": "repeat"}
        )
    return rows


def tables() -> dict[str, Any]:
    moved = segment("diverging", **dict(BILLING.parts)) | DAYS | MOVED | {"q": 0.001, "customers": 300}
    small = segment("aligned", **dict(SMALL.parts)) | DAYS | {"same_as": '[{"region": "tiny"}]'}
    word = {"segment": moved["segment"], "customers_period": 30, "speakers_period": 100, "customers_baseline": 5}
    said = [word | {"word": "refund", "speakers_baseline": 100, "log_odds": 1.0, "z": 4.0, "q": 0.01}]
    return {
        "kpi_daily": weeks(),
        "contact_outcomes": contacts(),
        "segment_divergence": [moved, small],
        "segment_words": said,
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return publish(tmp_path_factory.mktemp("why"), tables(), as_of=AS_OF)


def said(page: list[Component]) -> str:
    return " ".join(texts(page))


def of(made: Snapshot, group: Group, query: str | None = None, **given: Any) -> list[Component]:
    path = f"/segments/{segment_id(group)}"
    return PAGES["/segments"].render(view_of(made, query, path, **given))


def links(page: list[Component]) -> list[str]:
    return [each.href for part in page for each in [part, *part._traverse()] if type(each).__name__ == "Link"]


def test_a_segment_names_size_cause_and_week(made: Snapshot) -> None:
    text = said(of(made, BILLING))
    assert "AI-led contacts in queue billing: false resolutions rose from" in text
    assert "Without contacts with AI model v2 (" in text
    assert "not significant, instead of +" in text
    assert "It began in the week of 4–10 Aug 2026" in text
    assert "not causes" in text
    assert "“refund” (30%, 5% before)" in text
    assert "caused" not in text
    assert "because" not in text


def test_each_point_of_the_parts_stands_beside_its_own_name() -> None:
    """The first name stands on top, and a point is nearest to the tick that is called as it is."""
    rows = [(name, kind, x) for x, name in enumerate(["First", "Second", "Third"]) for kind in ("mix", "within")]
    frame = pl.DataFrame(
        [(name, kind, 1.0 * x, x - 0.5, x + 0.5) for name, kind, x in rows],
        schema=["name", "kind", "value", "lower", "upper"],
        orient="row",
    )
    figure = parts_by_dimension(frame, "Parts", axis="points", scale=100)
    ticks = dict(zip(figure.layout.yaxis.tickvals, figure.layout.yaxis.ticktext, strict=True))
    bottom, top = figure.layout.yaxis.range
    assert abs(max(ticks, key=lambda at: (at - bottom) / (top - bottom)) - top) < 1
    assert ticks[max(ticks, key=lambda at: (at - bottom) / (top - bottom))] == "First"
    drawn = [
        (y, row[0], x) for trace in figure.data for y, row, x in zip(trace.y, trace.customdata, trace.x, strict=True)
    ]
    assert len(drawn) == len(rows)
    for y, name, x in drawn:
        assert ticks[min(ticks, key=lambda at: abs(at - y))] == name
        assert x == 100 * ["First", "Second", "Third"].index(name)


def test_its_cases_are_those_of_the_period_without_the_filters_of_the_view(made: Snapshot) -> None:
    found = [
        each for each in links(of(made, BILLING, "?queue=billing-0", sees_cases=True)) if each.startswith("/cases")
    ]
    assert len(found) == 1
    assert f"from={TURN}" in found[0]
    assert f"to={LAST}" in found[0]
    assert "queue=billing-0" not in found[0]
    assert not [each for each in links(of(made, BILLING, sees_cases=False)) if each.startswith("/cases")]


def test_few_words_stand_above_the_tables(made: Snapshot) -> None:
    page = of(made, BILLING)
    folded = [each for part in page for each in [part, *part._traverse()] if type(each).__name__ == "Details"]
    words = len(said(page).split()) - sum(len(said([each]).split()) for each in folded)
    assert 100 < words < 400


def test_no_pseudonym_stands_on_a_page(made: Snapshot) -> None:
    for shown in (of(made, BILLING), rendered(made, "?a=&b=", "/compare")):
        assert "0000000000" not in said(shown)


def test_a_segment_of_too_few_contacts_says_so(made: Snapshot) -> None:
    text = said(of(made, SMALL))
    assert "cannot be taken apart" in text
    assert "fewer than 30 on a side" in text


def test_another_name_of_the_same_contacts_finds_the_segment(made: Snapshot) -> None:
    alias = find_segment(view_of(made).queries, segment_id(Group((("region", "tiny"),))))
    assert alias is not None
    assert alias.text == json.dumps(dict(SMALL.parts))


@pytest.mark.parametrize("text", ["", "nowhere", "billing-000000000000", "%3Cscript%3E", "..", "x" * 3_000])
def test_an_address_of_no_segment_lists_those_that_there_are(text: str, made: Snapshot) -> None:
    shown = PAGES["/segments"].render(view_of(made, None, f"/segments/{text}"))
    assert segment_link(view_of(made), BILLING) in links(shown)


def test_the_application_serves_a_segment_under_its_own_path(made: Snapshot) -> None:
    """Each id is a page of its own: two are not mistaken for one by what is kept of them."""
    client = create_app(made.files("kpi_daily")[0].parents[3]).server.test_client()
    local = {"Host": "127.0.0.1"}

    def drawn(path: str) -> str:
        values = (("address", "pathname", path), ("address", "search", ""), ("clock", "n_intervals", 0))
        body = {
            "output": "..page.children...state.data..",
            "outputs": [{"id": "page", "property": "children"}, {"id": "state", "property": "data"}],
            "inputs": [{"id": name, "property": of_it, "value": value} for name, of_it, value in values],
            "state": [{"id": "state", "property": "data", "value": None}],
            "changedPropIds": ["address.pathname"],
        }
        answer = client.post("/_dash-update-component", json=body, headers=local).get_json()
        return json.dumps(answer["response"]["page"]["children"])

    own = f"/segments/{segment_id(BILLING)}"
    assert client.get(own, headers=local).status_code == 200
    assert client.get(f"{own}/more", headers=local).status_code == 404
    assert "in queue billing: false resolutions rose" in drawn(own)
    assert "in queue small: false resolutions cannot" in drawn(f"/segments/{segment_id(SMALL)}/")
    assert "There is no page at" in drawn(f"{own}/more")
    assert "This snapshot has no such segment" in drawn("/segments/nowhere")


def test_every_outcome_may_be_asked_and_nothing_else(made: Snapshot) -> None:
    assert "repeat contacts rose" in said(of(made, BILLING, "?outcome=repeat"))
    assert "did not change significantly" in said(of(made, BILLING, "?outcome=complaint"))
    assert "cannot be taken apart" in said(of(made, BILLING, "?outcome=post_call_sentiment"))
    with pytest.raises(AddressError):
        of(made, BILLING, "?outcome=handle_seconds")


def compared(made: Snapshot, **arguments: str) -> str:
    return said(rendered(made, compare_link(**arguments).removeprefix("/compare"), "/compare"))


def test_two_periods_of_one_segment(made: Snapshot) -> None:
    text = compared(made, a='{"queue": "billing"}', b='{"queue": "billing"}', a_from="2026-07-06", a_to="2026-08-02")
    assert "A: contacts in queue billing, 6 Jul – 2 Aug 2026. B: contacts in queue billing, 4–31 Aug 2026." in text
    assert "false resolutions rose from" in text


def test_two_segments_in_the_same_days(made: Snapshot) -> None:
    text = compared(made, a='{"queue": "tech"}', b="AI-led contacts in queue billing", outcome="repeat")
    assert "A: contacts in queue tech, 4–31 Aug 2026. B: AI-led contacts in queue billing, 4–31 Aug 2026." in text
    assert "Without contacts with AI model v2 (0% of A, 52% of B) the difference would be" in text
    assert "% before" not in text


def test_a_contact_on_both_sides_counts_in_each(made: Snapshot) -> None:
    same = {"a_from": str(TURN), "b_from": str(TURN), "a_to": str(LAST), "b_to": str(LAST)}
    assert "B less A: +0.0 points (95% confidence interval 0.0 to 0.0 points)" in compared(
        made, a="", b='{"mode": "ai_primary"}', **same
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"a": "no such segment"},
        {"a": '{"agent_id": "a"}'},
        {"a": '{"queue": 1}'},
        {"a": "{" * 5_000},
        {"a_from": "yesterday"},
        {"a_from": "2026-08-02", "a_to": "2026-08-01"},
        {"a_from": "2020-01-01", "a_to": "2026-08-01"},
        {"b_from": "2026-12-01", "b_to": "2026-12-24"},
    ],
)
def test_what_means_nothing_keeps_the_form_as_it_was_filled_in(arguments: dict[str, str], made: Snapshot) -> None:
    page = rendered(made, compare_link(**arguments).removeprefix("/compare"), "/compare")
    lines = [each for part in page for each in [part, *part._traverse()] if type(each).__name__ == "Input"]
    filled = {each.name: each.value for each in lines}
    assert {name: filled[name] for name in arguments} == {name: text[:300] for name, text in arguments.items()}
    assert "What the difference goes with" not in said(page)


@pytest.mark.parametrize("arguments", [{"show": "everything"}, {"outcome": "money"}])
def test_a_choice_that_is_not_offered_is_an_address_error(arguments: dict[str, str], made: Snapshot) -> None:
    with pytest.raises(AddressError):
        compared(made, **arguments)


def test_a_segment_that_means_nothing_leads_to_those_of_a_similar_name(made: Snapshot) -> None:
    query = compare_link(a="ai-led contacts billing", b='{"queue": "tech"}', outcome="repeat")
    page = rendered(made, query.removeprefix("/compare"), "/compare")
    assert "No segment here is called “ai-led contacts billing”." in said(page)
    own = compare_link(a="AI-led contacts in queue billing", b='{"queue": "tech"}', outcome="repeat")
    assert own in links(page)


def test_overlapping_periods_of_one_segment_are_said_and_end_with_the_data(made: Snapshot) -> None:
    text = compared(made, a_from="2026-07-06", a_to="2026-08-10", b_from="2026-08-04", b_to="2026-09-30")
    assert "The periods overlap: contacts of 4–10 Aug 2026 count on both sides." in text
    assert "B: all contacts, 4–31 Aug 2026." in text
    assert "overlap" not in compared(made)


def test_two_periods_without_a_significant_difference(made: Snapshot) -> None:
    text = compared(made, a='{"queue": "tech"}', b='{"queue": "tech"}')
    assert "Contacts in queue tech: no significant difference in false resolutions:" in text
    assert "false resolutions rose" not in text
    assert "false resolutions fell" not in text


def test_the_source_of_a_picture_names_the_contacts_of_its_page(made: Snapshot) -> None:
    def source(path: str, query: str | None = None) -> str:
        entry = PAGES["/" + path.split("/")[1]]
        return source_line(entry, view_of(made, query, path))

    assert "· AI-led contacts in queue billing · as of" in source(f"/segments/{segment_id(BILLING)}")
    assert "A: all contacts, 9 Jun – 3 Aug 2026. B: all contacts, 4–31 Aug 2026 · as of" in source("/compare")
    assert "contacts" not in source("/segments")
    assert "· all contacts · as of" in source("/divergence")


def test_points_bars_and_shade_agree_with_the_days_that_are_said() -> None:
    days = [TURN + timedelta(days=7 * week) for week in range(3)]
    weeks_of = pl.DataFrame({"monday": days, "days": ["d"] * 3, "n": [40] * 3, "share": [1.0] * 3, "label": ["v1"] * 3})
    rates = weeks_of.with_columns(value=0.3, lower=0.2, upper=0.4)
    between = (days[0], days[1] + timedelta(days=6))
    drawn = outcome_about_its_step(rates, "t", axis="%", scale=100, levels=(0.1, 0.3), at=days[1], between=between)
    (shade,) = drawn.layout.shapes
    assert (shade.x0, shade.x1) == between
    middles = [each + timedelta(days=3) for each in days]
    assert list(drawn.data[-1].x) == middles
    assert list(shares_by_week(weeks_of, "t").data[0].x) == middles
    assert list(drawn.layout.xaxis.tickvals) == days


def test_a_value_is_never_sql(made: Snapshot) -> None:
    text = compared(made, a=json.dumps({"queue": "x' or 1=1 --"}), b="")
    assert "Too few contacts" in text


def test_nothing_known_is_said(tmp_path: Path) -> None:
    empty = publish(tmp_path, {"kpi_daily": weeks()}, as_of=AS_OF)
    assert "nothing to compare" in said(rendered(empty, None, "/compare"))


def test_what_changed_between_two_snapshots(tmp_path: Path) -> None:
    flag = {"system": "s", "customer_key": "k", "code": "D1", "severity": 3, "day": LAST, "evidence": "{}"}
    flags = [flag | {"contact_id": each, "rule": "claimed_resolved_came_back"} for each in "abc"]
    before = tables() | {"segment_divergence": [tables()["segment_divergence"][1]], "case_flags": flags[:2]}
    first = publish(tmp_path, before, as_of=AS_OF - timedelta(days=1), snapshot_id="s1")
    daily = [row | {"repeat_any_30d": row["repeat_any_30d"] + 1} if row.get("mature_30d") else row for row in weeks()]
    now = publish(tmp_path, tables() | {"kpi_daily": daily, "case_flags": flags[1:]}, as_of=AS_OF, snapshot_id="s2")
    assert [each.snapshot_id for each in kept_snapshots(SnapshotStore(tmp_path), now)] == ["s1"]
    assert kept_snapshots(SnapshotStore(tmp_path), first) == ()
    found = snapshot_changes(first, now)
    assert [(each.group, each.before, each.now) for each in found.verdicts] == [(BILLING, None, "diverging")]
    assert [(each.came, each.went, each.stayed) for each in found.flags] == [(1, 1, 1)]
    assert {each.measure for each in found.weeks} == {"repeat"}
    assert all(each.now[0] > each.before[0] for each in found.weeks)
    same = snapshot_changes(now, now)
    assert (same.verdicts, same.weeks) == ((), ())


def test_without_another_snapshot_there_is_nothing_to_compare(tmp_path: Path) -> None:
    alone = publish(tmp_path, {"kpi_daily": weeks()}, as_of=AS_OF)
    assert "No other snapshot is kept" in said(rendered(alone, "?show=snapshots", "/compare"))
