"""The weekly report: which week each figure is of, what it says, what it does with missing and hostile data."""

import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import season
from builders.snapshots import kpi_row, midnight, publish

from dashboards.report import ReportError, write_report
from dashboards.report.charts import weekly_charts
from dashboards.report.content import WeeklyReport, weekly_report
from dashboards.report.page import render_pages
from dashboards.snapshot.queries import Queries
from dashboards.wording.weeks import parse_week
from pipelines.snapshot import LedgerTotals, RunStatus, Snapshot, SnapshotError

MONDAY = date(2026, 9, 7)  # 2026-W37
#: W42 is over; 30-day windows have closed for W37, 7-day ones for W40, 1-day ones for W41.
AS_OF = midnight(2026, 10, 19)
WEEKS = [
    kpi_row(MONDAY, complaints=3),
    *(kpi_row(MONDAY + timedelta(weeks=i), mature=(1, 7)) for i in (1, 2, 3)),
    kpi_row(MONDAY + timedelta(weeks=4), mature=(1,)),
    kpi_row(MONDAY + timedelta(weeks=5), contacts=120, mature=(), complaints=4),
]


def contact(parts: str = "repeat+complaint+reopening") -> dict[str, Any]:
    return {
        "system": "d",
        "contact_id": "1",
        "customer_key": "k",
        "day": MONDAY,
        "started_at": AS_OF,
        "ended_at": AS_OF,
        "mature_1d": True,
        "mature_7d": True,
        "mature_30d": True,
        "resolution_scope": "any",
        "resolution_parts": parts,
    }


def snapshot_of(tmp_path: Path, rows: Any = None, parts: str = "repeat+complaint+reopening", **given: Any) -> Snapshot:
    tables = {"kpi_daily": WEEKS if rows is None else rows, "contact_outcomes": [contact(parts)]}
    return publish(tmp_path / "data", tables | given.pop("tables", {}), as_of=AS_OF, **given)


def report_of(snapshot: Snapshot, week: str | None = None, status: RunStatus | None = None) -> WeeklyReport:
    return weekly_report(Queries(snapshot), status, parse_week(week) if week else None)


def test_each_figure_comes_from_its_own_week(tmp_path: Path) -> None:
    results = report_of(snapshot_of(tmp_path)).results
    assert (results.week.week.label, results.week.contacts) == ("2026-W42", 120)
    assert {w.days: w.kpis.week.label for w in results.windows if w.kpis} == {
        1: "2026-W41",
        7: "2026-W40",
        30: "2026-W37",
    }
    assert results.outcome is not None
    assert (results.outcome.week.label, results.outcome.fcr_outcome.value) == ("2026-W37", 0.6)
    assert results.longest.kpis is not None
    assert results.longest.kpis.complaints.value == pytest.approx(30.0)


def test_the_page_names_the_mature_week_and_what_is_provisional(tmp_path: Path) -> None:
    path = write_report(snapshot_of(tmp_path), None, None, tmp_path / "made" / "out")
    assert path == tmp_path / "made" / "out" / "aftercall-2026-W42.html"
    text = path.read_text("utf-8")
    assert "Week 2026-W37 (7–13 Sep 2026), the latest whose 30-day window has closed" in text
    assert "Repeat contact within 7 days is shown for 2026-W40" in text
    # W42 ends on Sunday, 18 October; its last contact's 30 days are over when 18 November begins.
    assert "that of 2026-W42 is known from 18 Nov 2026" in text
    assert "Complaints received in 2026-W42 so far: 4." in text


def test_the_headline_is_made_of_the_evidence(tmp_path: Path) -> None:
    said = report_of(snapshot_of(tmp_path)).headline
    assert "In week 2026-W37, 80% of contacts were claimed resolved" in said.text
    assert "judged by outcomes, 60% were" in said.text
    # 25 of 80 claims were false: 31 of 100.
    assert "Of every 100 contacts claimed resolved, 31 were false resolutions" in said.detail
    assert "complained or had" in said.detail


def test_without_a_gap_the_headline_says_so(tmp_path: Path) -> None:
    rows = [kpi_row(MONDAY, cohort_outcome_yes=80, cohort_claimed_yes_outcome_no=3)]
    assert "outcomes confirm it" in report_of(snapshot_of(tmp_path, rows)).headline.text


def test_where_more_held_than_was_claimed_the_headline_says_so(tmp_path: Path) -> None:
    rows = [kpi_row(MONDAY, cohort_outcome_yes=97, cohort_claimed_yes_outcome_no=3)]
    said = report_of(snapshot_of(tmp_path, rows)).headline.text
    assert said.endswith("; judged by outcomes, more were (97%).")


def test_without_a_mature_week_nothing_is_claimed(tmp_path: Path) -> None:
    report = report_of(snapshot_of(tmp_path, [kpi_row(MONDAY + timedelta(weeks=5), mature=())]))
    assert report.results.outcome is None
    assert report.headline.detail == (
        "Resolution cannot be judged yet: no week up to 2026-W42 has all its outcomes yet."
    )
    assert all(tile.missing for tile in report.tiles_afterwards)


def test_a_week_that_was_asked_for_sees_no_later_one(tmp_path: Path) -> None:
    results = report_of(snapshot_of(tmp_path), "2026-W38").results
    assert results.window(1).kpis is not None
    assert results.window(1).kpis.week.label == "2026-W38"
    assert max(kpis.week.label for kpis in results.trend) == "2026-W38"


def test_a_week_without_contacts_is_an_error_that_lists_those_with(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"2026-W30 has no contacts.*2026-W37 … 2026-W42"):
        write_report(snapshot_of(tmp_path), None, "2026-W30", tmp_path)


def test_the_default_is_the_latest_week_that_is_over(tmp_path: Path) -> None:
    open_week = kpi_row(date(2026, 10, 19), contacts=50, mature=())
    assert report_of(snapshot_of(tmp_path, [*WEEKS, open_week])).week == "2026-W42"
    only = report_of(snapshot_of(tmp_path, [open_week], snapshot_id="s2"))
    assert (only.week, only.week_is_over) == ("2026-W43", False)
    assert only.provisional[0].startswith("Week 2026-W43 is not over")


def test_no_contacts_at_all_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="holds no contacts"):
        report_of(snapshot_of(tmp_path, [{"day": MONDAY, "complaints": 3}]))


def test_no_complaints_source_is_not_a_rate_of_zero(tmp_path: Path) -> None:
    rows = [row | {"complaints": 0} for row in WEEKS]
    report = report_of(snapshot_of(tmp_path, rows, parts="repeat"))
    tile = report.tiles_afterwards[-1]
    assert (tile.missing, tile.interval) == (True, "no complaints source is configured")
    assert any("No complaints source" in line for line in report.caveats)
    assert any("No source of case events" in line for line in report.caveats)
    assert "complained" not in report.headline.detail
    # With a source, no complaint is a rate of zero.
    with_source = report_of(snapshot_of(tmp_path, rows, snapshot_id="s2"))
    assert with_source.tiles_afterwards[-1].value == "0.00"


def test_missing_tables_cost_their_section_only(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, without=("case_flags", "design_effects", "data_quality", "ingest_ledger"))
    report = report_of(snapshot)
    assert report.flags.total == 0
    assert any("lacks design_effects, case_flags" in line for line in report.caveats)
    assert "carries a flag" in write_report(snapshot, None, None, tmp_path).read_text("utf-8")


def test_a_snapshot_without_kpis_or_with_a_broken_file_cannot_be_reported(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="kpi_daily"):
        report_of(snapshot_of(tmp_path, without=("kpi_daily",)))
    snapshot = snapshot_of(tmp_path, snapshot_id="s2")
    snapshot.files("kpi_daily")[0].write_bytes(b"not parquet")
    with pytest.raises(SnapshotError, match="cannot be read"):
        report_of(snapshot)


def test_by_mode_sums_to_the_whole_and_uses_linked_complaints(tmp_path: Path) -> None:
    rows = [
        kpi_row(MONDAY, complaints=4, complaints_linked=3),
        kpi_row(MONDAY, "human_primary", contacts=50),
        {"day": MONDAY, "complaints": 2},
    ]
    results = report_of(snapshot_of(tmp_path, rows)).results
    assert [(m.name, m.week.contacts) for m in results.by_mode] == [("AI-led", 100), ("Human-led", 50)]
    assert results.longest.kpis is not None
    assert results.longest.kpis.complaints.value == pytest.approx(1000 * 6 / 150)
    assert results.by_mode[0].longest is not None
    assert results.by_mode[0].longest.complaints.value == pytest.approx(30.0)


def flagged(
    name: str, severity: int = 2, known_at: datetime = AS_OF - timedelta(hours=1), **given: Any
) -> dict[str, Any]:
    return {
        "system": "d",
        "contact_id": name,
        "rule": "claimed_resolved_came_back",
        "code": "D1",
        "severity": severity,
        "known_at": known_at,
        "day": MONDAY,
        "customer_key": "k",
        "evidence": '{"days": 3, "next": null}' if name == "b" else "no json",
    } | given


def verdict(name: str, **given: Any) -> dict[str, Any]:
    about = {
        "system": "d",
        "contact_id": name,
        "rule": "claimed_resolved_came_back",
        "code": "D1",
        "verdict": "confirmed",
    }
    return {**about, "disposition_id": name, "decided_at": AS_OF, "is_latest": True} | given


def test_the_queue_is_what_became_known_within_seven_days_and_nobody_has_judged(tmp_path: Path) -> None:
    week_ago, minute = AS_OF - timedelta(days=7), timedelta(minutes=1)
    flags = [
        flagged("a", 2, week_ago + minute),
        flagged("b", 3, AS_OF - minute, day=MONDAY - timedelta(days=90)),
        flagged("c", 2, AS_OF),
        flagged("d", 3, week_ago + 2 * minute),
        flagged("before", 3, week_ago),
        flagged("long before", 3, week_ago - timedelta(days=60)),
        flagged("judged", 3, AS_OF),
        flagged("judged on other evidence", 1, AS_OF),
    ]
    verdicts = [
        verdict("judged"),
        verdict("judged on other evidence", stale_reason="evidence_changed"),
        verdict("a", is_latest=False),
        verdict("b", rule="promise_broken", code="D5"),
    ]
    report = report_of(snapshot_of(tmp_path, tables={"case_flags": flags, "dispositions": verdicts}))
    found = report.flags
    # The severe ones first, of one severity the one that has waited longest.
    assert [flag.contact_id for flag in found.top] == ["d", "b", "a", "c", "judged on other evidence"]
    assert (found.total, found.backlog, found.flags) == (5, 2, 8)
    assert [(each.code, each.flags, each.severe) for each in found.counts] == [("D1", 5, 2)]
    assert found.words == (
        "5 flags to look at today, known in the 7 days before 19 Oct 2026, 00:00 (UTC) and not judged yet: "
        "Claimed resolved, customer came back: 5 (2 of severity 3). Backlog: 2 older or further flags without a verdict."
    )
    assert [(e.name, e.value) for e in found.top[1].evidence] == [("days", "3")]
    assert [(e.name, e.value) for e in found.top[0].evidence] == [("evidence", "no json")]


def test_nobody_is_asked_to_look_at_more_than_two_hundred_cases_a_day(tmp_path: Path) -> None:
    flags = [flagged(f"{number:04d}", 1 + number % 3, AS_OF - timedelta(minutes=number)) for number in range(450)]
    found = report_of(snapshot_of(tmp_path, tables={"case_flags": flags})).flags
    assert (found.total, found.backlog) == (200, 250)
    # All 150 severe ones, then the fifty oldest of severity 2.
    assert [(each.flags, each.severe) for each in found.counts] == [(200, 150)]
    assert [flag.contact_id for flag in found.top[:3]] == ["0449", "0446", "0443"]


def test_a_snapshot_that_does_not_say_when_flags_became_known_has_a_backlog_only(tmp_path: Path) -> None:
    flags = [flagged("a", 3, known_at=None)]  # type: ignore[arg-type]
    found = report_of(snapshot_of(tmp_path, tables={"case_flags": flags})).flags
    assert (found.total, found.backlog, found.top) == (0, 1, ())
    assert "No flag without a verdict became known" in found.words


def test_data_caveats_and_a_failed_night_are_said(tmp_path: Path) -> None:
    ledger = LedgerTotals(files=3, refused_files=1, rows_in=1000, accepted=996, quarantined=4)
    warning = {
        "table_name": "turns",
        "check_name": "references",
        "severity": "warning",
        "passed": False,
        "run_id": "r",
        "checked_at": AS_OF,
    }
    status = RunStatus(
        outcome="blocked", run_id="r2", started_at=AS_OF, message="1 check failed", failed_checks=("keys",)
    )
    report = report_of(snapshot_of(tmp_path, ledger=ledger, tables={"data_quality": [warning]}), status=status)
    said = "\n".join(report.caveats)
    assert "4 of 1,000 records were quarantined" in said
    assert "1 of 3 files could not be read" in said
    assert "1 check warns: turns: references" in said
    assert report.freshness.state == "warning"
    assert "stopped by its checks" in report.freshness.headline
    assert "keys" in report.freshness.detail


def test_the_json_is_reproducible_and_names_no_single_case(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, tables={"case_flags": [flagged("contact-4711", 3, AS_OF)]})
    path = write_report(snapshot, None, "2026-W42", tmp_path / "a")
    document = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert document["week"] == "2026-W42"
    assert document["results"]["outcome"]["week"] == "2026-W37"
    assert document["results"]["outcome"]["fcr_outcome"]["value"] == 0.6
    assert (document["flags"]["total"], "top" in document["flags"]) == (1, False)
    assert "contact-4711" not in path.read_text("utf-8") + path.with_suffix(".json").read_text("utf-8")
    again = write_report(snapshot, None, "2026-W42", tmp_path / "b")
    assert again.read_bytes() == path.read_bytes()


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    snapshot = publish(
        tmp_path / "data", season.tables(hostile=True), as_of=season.AS_OF, name=f"Evil {season.HOSTILE}"
    )
    text = write_report(snapshot, None, None, tmp_path).read_text("utf-8")
    assert season.HOSTILE not in text
    assert not re.search(r"<(img|script|iframe|link rel=.stylesheet)", text)
    # The first policy stands before everything that comes from data, and lets nothing run.
    assert text.index("script-src &#39;none&#39;") < text.index("Evil")


def test_every_chart_has_words_and_a_table_and_the_page_is_light(tmp_path: Path) -> None:
    snapshot = publish(tmp_path / "data", season.tables(), as_of=season.AS_OF)
    path = write_report(snapshot, None, None, tmp_path)
    text = path.read_text("utf-8")
    assert path.stat().st_size < 1_500_000
    charts = re.findall(r"<svg[^>]*>.*?</svg>", text, re.DOTALL)
    assert len(charts) >= 11, "five lines, the calibration twice or more, and five charts over the weeks"
    assert all(re.search(r"<title>[^<]+</title><desc>[^<]+</desc>", each) for each in charts)
    report = weekly_report(Queries(snapshot), None, None)
    (resolution,) = [each for each in weekly_charts(report.results) if each.name == "resolution"]
    rows = resolution.table.rows
    assert [row[0] for row in rows] == [kpis.week.label for kpis in reversed(report.results.trend)]
    outcome = report.results.outcome
    assert outcome is not None
    (judged,) = [row for row in rows if row[0] == outcome.week.label]
    assert (
        judged[2]
        == f"{100 * (outcome.fcr_outcome.value or 0):.1f}%\n{100 * (outcome.fcr_outcome.lower or 0):.1f}–{100 * (outcome.fcr_outcome.upper or 0):.1f}%"
    )
    assert rows[0][2].startswith("not known yet")


def test_footnotes_stand_for_every_metric_that_the_two_pages_name(tmp_path: Path) -> None:
    report = weekly_report(Queries(publish(tmp_path / "data", season.tables(), as_of=season.AS_OF)), None, None)
    page = render_pages(report, paper="A4")
    body, _, foot = page.partition('<section class="footnotes"')
    named = set(re.findall(r'<span class="metric">(M[0-9]+)</span>', body))
    assert named == {"M2", "M5", "M7", "M8", "M9", "M11", "M12", "M16", "M19"}
    assert named <= set(re.findall(r'<span class="metric">(\w+)</span> [A-Z9]', foot))
