"""The overview's own parts: changes on the comparable week before, small lines, what matters, and what is still open."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import season
from builders.snapshots import kpi_row, publish
from builders.statistics_tables import COMPLAINED, SHORTER, segment
from builders.texts import texts
from builders.views import rendered, view_of

from dashboards.findings import find
from dashboards.pages.overview.key_figures import key_figures
from dashboards.pages.overview.sparkline import sparkline
from dashboards.pages.overview.what_matters import what_matters
from dashboards.report.rate_change import change
from dashboards.results.caveats import provisional_in_short
from dashboards.wording.changes import count_change, difference_words, seconds_change
from pipelines.snapshot import Snapshot

LAST_WEEK = season.AS_OF.date() - timedelta(days=7)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return publish(tmp_path_factory.mktemp("season"), season.tables(), as_of=season.AS_OF)


def test_changes_in_words() -> None:
    assert difference_words(1.24, "points", "2026-W34", is_significant=True) == "▲ 1.2 points on 2026-W34"
    assert (
        difference_words(-3.5, "points", "2026-W34", is_significant=False) == "▼ 3.5 points on 2026-W34, may be chance"
    )
    assert difference_words(0.04, "points", "2026-W34", is_significant=False) == "as in 2026-W34"
    assert (seconds_change(-12.3, "2026-W38"), seconds_change(0.3, "2026-W38")) == (
        "▼ 12 s on 2026-W38",
        "as in 2026-W38",
    )
    assert (count_change(0.031, "2026-W38"), count_change(0.0, "2026-W38")) == ("▲ 3.1% on 2026-W38", "as in 2026-W38")


def test_a_figure_is_compared_with_the_week_before_that_is_as_complete(made: Snapshot) -> None:
    view = view_of(made)
    line = view.results_over(19)
    found = {each.tile.name: each for each in key_figures(view.results, line)}
    assert len(found) == 6
    judged = found["Resolved, judged by outcomes"]
    assert view.results.outcome is not None
    week = view.results.outcome.week
    # Open weeks are not on the line, and the line is as long as it may be whatever the period is.
    assert (judged.line[-1].week, len(judged.line)) == (week, 13)
    (before,) = [kpis for kpis in line.trend if kpis.week == week.plus(-1)]
    moved = change(view.results.outcome.fcr_outcome, before.fcr_outcome)
    assert moved is not None
    assert judged.change == difference_words(
        100 * moved.value, "points", before.week.label, is_significant=moved.is_significant
    )
    short = view_of(made, "?weeks=4")
    assert [each.line for each in key_figures(short.results, short.results_over(19))] == [
        each.line for each in found.values()
    ]
    volume = found["Contacts"]
    assert (volume.line[-1].value, volume.line[-1].week) == (view.results.week.contacts, view.results.week.week)


def test_without_a_week_before_nothing_is_compared(tmp_path: Path) -> None:
    snapshot = publish(tmp_path, {"kpi_daily": [kpi_row(LAST_WEEK)]}, as_of=season.AS_OF)
    view = view_of(snapshot)
    volume, *others = key_figures(view.results, view.results_over(19))
    assert (volume.change, volume.line) == ("no comparable week before", ())
    assert others[-1].change == ""
    assert "No segment diverges significantly." in texts(rendered(snapshot))


def test_a_line_goes_from_the_lowest_to_the_highest_value_and_ends_in_a_dot() -> None:
    line = sparkline([1.0, None, 3.0], "between 1 and 3")
    shape, dot = line.children
    assert getattr(line, "aria-label") == "between 1 and 3"
    assert dot.style == {"left": "100.0%", "top": "10.0%"}
    corners = shape.style["clipPath"].removeprefix("polygon(").removesuffix(")").split(", ")
    # Two points, above and below each; the first lies at nine tenths of the height, half of the thickness above.
    assert [each.split()[0] for each in corners] == ["0.0%", "100.0%", "100.0%", "0.0%"]
    (top, bottom) = (float(corners[place].split()[1].rstrip("%")) for place in (0, 3))
    assert top < 90 < bottom
    assert (top + bottom) / 2 == pytest.approx(90, abs=0.1)
    assert sparkline([2.0, 2.0], "").children[1].style["top"] == "50.0%"


def test_three_findings_matter_and_of_filters_those_that_may_hold_their_contacts(tmp_path: Path) -> None:
    def diverging(q: float, **named: str) -> dict[str, Any]:
        return segment("diverging", SHORTER, COMPLAINED, **named) | {"customers": 5, "q": q}

    rows = [diverging(0.001 * place, queue=name) for place, name in enumerate("abcd", start=1)]
    rows.append(diverging(0.0001, mode="joint"))
    kpis = [kpi_row(LAST_WEEK, "joint", queue=name) for name in "abcd"]
    snapshot = publish(tmp_path, {"kpi_daily": kpis, "segment_divergence": rows}, as_of=season.AS_OF)

    def shown(query: str | None) -> tuple[list[str], str]:
        view = view_of(snapshot, query)
        found = what_matters(view, find(view.frames, view.results.week.week, view.divergence))
        return [each.sentence.partition(" got ")[0] for each in found.findings], found.more

    assert shown(None) == (["Joint contacts", "Contacts in queue a", "Contacts in queue b"], "2 more segments")
    assert shown("?queue=d&queue=c") == (["Joint contacts", "Contacts in queue c", "Contacts in queue d"], "")


def test_what_is_open_is_said_in_few_words(made: Snapshot) -> None:
    view = view_of(made)
    said = provisional_in_short(view.results, view.frames)
    assert len(said) == 2
    assert said[0].startswith("2026-W43 to 2026-W47 are still open: customers have 30 days to come back or complain.")
    assert "claimed resolved" in said[1]
    assert sum(len(each.split()) for each in said) < 60
