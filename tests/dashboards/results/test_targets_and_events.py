"""Targets, events and owners of the configuration, as pages show them."""

import json
from datetime import date
from pathlib import Path

import pytest
from builders import season
from builders.snapshots import publish
from builders.texts import texts
from builders.views import rendered, view_of
from plotly.io.json import to_json_plotly

from dashboards.components.event_lines import events_of
from dashboards.results.targets import against_targets
from pipelines.snapshot import PresentedEvent, PresentedOwner, Snapshot, SnapshotStore

EVENTS = (
    PresentedEvent(day=date(2026, 10, 14), label="<b>Release</b> 2.4"),
    PresentedEvent(day=date(2026, 9, 1), label="New tariff"),
    PresentedEvent(day=date(2020, 1, 1), label="Long ago"),
)


@pytest.fixture
def made(tmp_path: Path) -> Snapshot:
    snapshot = publish(tmp_path, season.tables(), as_of=season.AS_OF)
    presentation = snapshot.manifest.presentation.model_copy(
        update={
            "targets": {"fcr_outcome": 0.99, "repeat_any_30d": 0.99, "handle_seconds": 1.0, "no_such_figure": 1.0},
            "events": EVENTS,
            "owners": (
                PresentedOwner(segment={}, name="Quality team"),
                PresentedOwner(segment={"region": "north"}, name="Team North"),
            ),
        }
    )
    store = SnapshotStore(tmp_path)
    store.commit(snapshot.manifest.model_copy(update={"presentation": presentation}))
    return store.current()


def test_figures_stand_beside_their_targets(made: Snapshot) -> None:
    view = view_of(made)
    found = {each.name: each for each in against_targets(view.results, made.manifest.presentation.targets)}
    assert list(found) == [
        "Resolved, judged by outcomes",
        "Repeat contacts within 30 days, any issue",
        "Average handle time",
    ]
    assert found["Resolved, judged by outcomes"].state == "missed"
    assert found["Resolved, judged by outcomes"].target == "at least 99.0%"
    assert found["Repeat contacts within 30 days, any issue"].state == "met"
    assert found["Average handle time"].state == "missed"
    assert "Against the targets" in texts(rendered(made, None, "/resolution"))
    # Exactly at the value the target is met, and no interval of a share says so for sure.
    rate = view.results.longest.kpis.repeat(30).any_issue  # type: ignore[union-attr]
    assert rate.value is not None
    (exact,) = against_targets(view.results, {"repeat_any_30d": rate.value})
    assert exact.state == "met, within chance"
    assert against_targets(view.results, {}) == ()


def test_events_within_the_weeks_stand_on_the_lines_as_text(made: Snapshot) -> None:
    found = events_of(view_of(made).results, EVENTS)
    assert [(each.letter, each.label) for each in found] == [("a", "New tariff"), ("b", "<b>Release</b> 2.4")]
    for path in ("/", "/repeats", "/sentiment", "/complaints"):
        page = rendered(made, None, path)
        assert any("a 1 Sep 2026: New tariff · b 14 Oct 2026: <b>Release</b> 2.4" in text for text in texts(page)), path
        drawn = [json.loads(to_json_plotly(e.figure)) for p in page for e in [p, *p._traverse()] if type(e).__name__ == "Graph"]  # fmt: skip
        lines = [shape for figure in drawn for shape in figure["layout"].get("shapes", []) if shape.get("x0") == "2026-10-14"]  # fmt: skip
        assert lines, path
        assert all("<b>Release" not in json.dumps(figure["layout"].get("annotations", [])) for figure in drawn)


def test_a_segment_names_its_owner(made: Snapshot) -> None:
    said = texts(rendered(made, None, "/divergence"))
    assert any("owner: Team North" in text for text in said)
    assert any("owner: Quality team" in text for text in said)
    one = texts(rendered(made, "?segment=%7B%22region%22%3A%22north%22%7D", "/divergence"))
    assert any("Owner: Team North." in text for text in one)
