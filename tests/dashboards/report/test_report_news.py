"""What is new this week: findings of the folded list held against those of the snapshot of a week ago."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders.diverging import PERIOD, contact, diverging, snapshot_of
from builders.report_weeks import AS_OF
from builders.statistics_tables import segment

from dashboards.report.content import WeeklyReport
from dashboards.report.executive_summary import ExecutiveSummary
from dashboards.report.write import make_report
from pipelines.snapshot import Snapshot, SnapshotStore


def reported(snapshot: Snapshot, data_dir: Path) -> WeeklyReport:
    """The report as it is made where the snapshots of earlier weeks lie beside this one."""
    report = make_report(snapshot, None, None, SnapshotStore(data_dir))
    assert isinstance(report, WeeklyReport)
    return report


def verdicts(**by_region: str) -> list[dict[str, Any]]:
    return [segment(verdict, region=region) | PERIOD for region, verdict in by_region.items()]


def since(folder: Path, before: list[dict[str, Any]], now: list[dict[str, Any]], **tables: Any) -> ExecutiveSummary:
    """The summary of ``now`` with the snapshot of a week ago beside it."""
    snapshot_of(folder, as_of=AS_OF - timedelta(days=7), name="s0", segment_divergence=before, **tables)
    snapshot_of(folder, as_of=AS_OF - timedelta(days=1), name="s1", segment_divergence=[])
    return reported(snapshot_of(folder, name="s2", segment_divergence=now, **tables), folder).summary


def test_what_is_new_and_what_is_gone(tmp_path: Path) -> None:
    before = [diverging(0.001, region="north"), *verdicts(south="aligned", east="undervalued")]
    now = [diverging(0.001, region="south"), *verdicts(north="aligned", east="undervalued")]
    summary = since(tmp_path, before, now)
    found = summary.week_over_week
    assert (found.prior_id, found.prior_as_of) == ("s0", AS_OF - timedelta(days=7))
    assert found.lines == (
        "New: Contacts in region South: handle time fell and false resolutions rose.",
        "No longer diverging: contacts in region North.",
        "None of the five numbers changed significantly from the week before.",
    )
    assert "the snapshot of 26 Oct 2026, 00:00 (UTC)" in found.source
    assert [each.is_new for each in summary.segments] == [True]
    assert summary.lead.text.startswith("New: Contacts in region South got 36\u202fs shorter")
    assert summary.lead.subject == "new: Contacts in region South: handle time fell and false resolutions rose"


def test_the_same_finding_under_another_name_is_not_new(tmp_path: Path) -> None:
    """All contacts of queue b are billing: a week ago one name stood first, now the other."""
    contacts = {"contact_outcomes": [contact(i) for i in range(10)]}
    before = [diverging(0.001, queue="b"), diverging(0.01, workflow="billing", customers=1)]
    now = [diverging(0.001, workflow="billing"), diverging(0.01, queue="b", customers=1)]
    summary = since(tmp_path, before, now, **contacts)
    assert [(each.name, each.is_new) for each in summary.segments] == [("Billing contacts", False)]
    (line,) = summary.week_over_week.lines
    assert line == (
        "Nothing new: the same segment diverges as on 26 Oct 2026, and none of the five numbers changed significantly from "
        "the week before."
    )
    assert (summary.lead.text, summary.lead.subject, summary.lead.calm) == (line, "nothing new", False)
    assert summary.lead.detail.startswith("Still: Billing contacts got 36\u202fs shorter")


def test_what_is_known_stands_beside_what_is_new(tmp_path: Path) -> None:
    """The new one shares six of ten contacts with the known one: the headline says so, and what still holds."""
    contacts = [contact(i, region="north" if i < 6 else "south") for i in range(10)]
    contacts += [contact(10 + i, workflow="sales", queue="s", region="north") for i in range(4)]
    known = diverging(0.0001, workflow="billing")
    summary = since(tmp_path, [known], [known, diverging(0.01, region="north")], contact_outcomes=contacts)
    assert [each.is_new for each in summary.segments] == [False, True]
    assert summary.lead.text.startswith("New: Contacts in region North")
    assert summary.lead.detail.startswith("60% of these contacts are also billing contacts")
    assert "Still: Billing contacts got" in summary.lead.detail


@pytest.mark.parametrize("days", [0, 4, 11])
def test_without_a_snapshot_of_a_week_ago_nothing_is_called_new(tmp_path: Path, days: int) -> None:
    snapshot_of(tmp_path, as_of=AS_OF - timedelta(days=days), name="s0", segment_divergence=verdicts(north="aligned"))
    snapshot = snapshot_of(tmp_path, name="s2", segment_divergence=[diverging(0.001, region="north")])
    summary = reported(snapshot, tmp_path).summary
    found = summary.week_over_week
    assert (found.prior_id, found.new, found.gone, summary.segments[0].is_new) == ("", (), (), None)
    assert found.source.startswith("No snapshot of a week ago is kept")
    assert not summary.lead.text.startswith("New")


def test_a_damaged_snapshot_of_a_week_ago_is_as_none(tmp_path: Path) -> None:
    old = snapshot_of(
        tmp_path, as_of=AS_OF - timedelta(days=7), name="s0", segment_divergence=verdicts(north="aligned")
    )
    old.files("kpi_daily")[0].unlink()
    snapshot = snapshot_of(tmp_path, name="s2")
    assert reported(snapshot, tmp_path).summary.week_over_week.prior_id == ""
