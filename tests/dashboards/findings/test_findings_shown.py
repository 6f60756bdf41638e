"""Statistics as overview and report show them: the same words in both, nothing without a source, hostile text as text."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import season, statistics_tables
from builders.snapshots import kpi_row, midnight, publish
from builders.statistics_tables import COMPLAINED, SHORTER, segment, summary
from builders.views import all_rendered, rendered

from dashboards.panels.findings import findings_panels
from dashboards.report import write_report
from dashboards.report.content import WeeklyReport, weekly_report
from dashboards.snapshot.frames import AnalysisFrames
from dashboards.snapshot.queries import Queries
from dashboards.wording.calibration import SOURCES_DIFFER
from pipelines.contract import ANALYSIS_TABLES
from pipelines.contract.metrics import definition
from pipelines.snapshot import Snapshot

MONDAY = date(2026, 9, 7)
AS_OF = midnight(2026, 12, 1)
READ = tuple(AnalysisFrames.__dataclass_fields__)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return publish(tmp_path_factory.mktemp("season"), season.tables(), as_of=season.AS_OF)


def snapshot_of(tmp_path: Path, *, without: Any = (), **tables: Any) -> Snapshot:
    rows = [kpi_row(MONDAY), kpi_row(MONDAY, "joint")]
    return publish(tmp_path / "data", {"kpi_daily": rows, **tables}, as_of=AS_OF, without=without)


def report_of(snapshot: Snapshot) -> WeeklyReport:
    return weekly_report(Queries(snapshot), None, None)


def page_of(snapshot: Snapshot, query: str | None = None) -> str:
    return str(all_rendered(snapshot, query))


def test_overview_report_and_json_say_the_same(made: Snapshot, tmp_path: Path) -> None:
    report, page = report_of(made), page_of(made)
    path = write_report(made, None, None, tmp_path)
    html = path.read_text("utf-8")
    document = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert [s.metric for s in report.statements] == ["M16", "M9", "M10", "M17", "M18"]
    assert [s["sentence"] for s in document["statements"]] == [s.sentence for s in report.statements]
    said = [line.text for s in report.statements for line in s.lines] + [s.sentence for s in report.statements]
    for text in said:
        # The page is seen as its representation, where a quotation mark is escaped. Segments and agents have pages whose
        # own headlines say it.
        assert repr(text)[1:-1] in page or text in (report.statements[0].sentence, report.statements[-1].sentence)
        assert text.replace("&", "&amp;").replace("'", "&#39;") in html
    findings = document["findings"]
    assert findings["divergence"]["shown"][0]["group"] == {
        "parts": [["ai_model", "assist-2"], ["workflow", "billing"]],
        "words": "billing contacts with AI model assist-2",
    }
    assert findings["early_read"]["complete"] == "2026-W42"
    assert [s["label_source"] for s in findings["calibration"]["sources"]] == ["outcome", "reviewed"]
    assert (findings["rating_scale"]["auc"], findings["rating_scale"]["auc_raw"]) == (0.71, 0.66)
    scale = report.findings.rating_scale
    assert scale is not None
    assert scale.sentence in html
    assert scale.sentence in page


def test_the_headline_mentions_what_diverges(made: Snapshot, tmp_path: Path) -> None:
    report = report_of(made)
    assert report.headline.detail.endswith(report.findings.divergence.shown[0].sentence)
    one = [segment("diverging", SHORTER, COMPLAINED, mode="joint") | {"customers": 3}]
    detail = "Joint contacts got 41\u202fs shorter"
    assert detail not in report_of(snapshot_of(tmp_path)).headline.detail
    alone = snapshot_of(tmp_path / "b", segment_divergence=one)
    assert detail in report_of(alone).headline.detail
    # Of filtered contacts the overview names only segments in which they can be.
    assert "got 41" in str(rendered(alone, "?mode=joint"))
    assert "got 41" not in str(rendered(alone, "?mode=ai_primary"))


def test_every_label_source_is_drawn_and_why_they_differ_is_said(made: Snapshot) -> None:
    found = report_of(made).findings
    assert report_of(made).notes == (SOURCES_DIFFER,)
    assert [panel.name for panel in findings_panels(found)] == [
        "reliability-outcome",
        "reliability-reviewed",
        "early-read",
    ]


def test_a_mode_cuts_calibration_and_early_read_and_says_what_stays(made: Snapshot) -> None:
    page = page_of(made, "?mode=ai_primary")
    assert "AI-led contacts: the AI is " in page
    assert "Stated confidence by group" not in page
    assert "segments that may hold AI-led contacts diverge" in page
    # The mode's own early read: 40% where all contacts have 36%.
    assert "figure-early-read" in page
    assert "Latest complete week (2026-W42): 40.0%" in page
    joint = page_of(made, "?mode=joint")
    assert "Calibration cannot be given for joint contacts." in joint
    assert "No early read: no week of these contacts was followed up." in joint
    assert "figure-early-read" not in joint


@pytest.mark.parametrize("without", [(), READ])
def test_without_sources_there_are_sentences_and_no_figures(tmp_path: Path, without: tuple[str, ...]) -> None:
    snapshot = snapshot_of(tmp_path, without=without)
    report, page = report_of(snapshot), page_of(snapshot)
    html = write_report(snapshot, None, None, tmp_path).read_text("utf-8")
    assert findings_panels(report.findings) == ()
    # Segments have a page whose own headline says it.
    said = [s.sentence for s in report.statements if s.metric != "M16"] + list(report.notes)
    assert [s.metric for s in report.statements] == ["M16", "M10", "M17"]
    assert len(report.notes) == 2
    for text in said:
        assert repr(text)[1:-1] in page
        assert text.replace("'", "&#39;") in html
    lacks = [line for line in report.caveats if line.startswith("This snapshot lacks")]
    assert [all(name in line for name in READ) for line in lacks] == ([True] if without else [])


def test_a_source_with_too_few_claims_says_so_in_words(tmp_path: Path) -> None:
    rows = [summary("{}", "reviewed", n=12, reason="insufficient: 12 claims, fewer than 100")]
    report = report_of(snapshot_of(tmp_path, calibration_summary=rows))
    assert report.notes[0] == "Stated confidence, judged by reviewers: Insufficient: 12 claims, fewer than 100."
    assert (report.statements[1].metric, report.statements[1].lines) == ("M9", ())


def test_numbers_that_are_none_do_not_break_the_json(tmp_path: Path) -> None:
    rows = [summary("{}", "outcome", bias=float("nan"), accuracy=float("nan"))]
    snapshot = snapshot_of(tmp_path, calibration_summary=rows)
    path = write_report(snapshot, None, None, tmp_path).with_suffix(".json")

    def refuse(name: str) -> None:
        raise AssertionError(name)

    found = json.loads(path.read_text("utf-8"), parse_constant=refuse)["findings"]["calibration"]["sources"][0]
    assert (found["bias"], found["accuracy"]) == (None, None)


def test_hostile_values_stay_text(tmp_path: Path) -> None:
    hostile = season.HOSTILE
    tables = statistics_tables.tables(season.AS_OF.date(), text=hostile)
    name = json.dumps({"queue": hostile})
    tables["segment_divergence"].append(
        segment("diverging", queue=hostile)
        | {"period": hostile, "baseline": hostile, "same_as": hostile, "cause_segment": hostile, "q": 0.0}
    )
    tables["calibration_summary"].append(summary(name, "outcome", bias=0.9, lower=0.8, upper=1.0, q_value=0.0))
    tables["calibration_summary"].append(
        summary(name, "outcome", period=hostile, previous_period=hostile, drift=0.9, drift_q=0.0)
    )
    tables["repeat_survival"] += [row | {"grouping": hostile} for row in tables["repeat_survival"][:31]]
    tables["escalation_policy"].append(
        {"workflow": hostile, "mood": hostile, "confidence_kind": "raw", "later": hostile, "reason": hostile}
        | {"regret_total": 1e9, "verdict": "costs_less"}
    )
    kpis = {"kpi_daily": [kpi_row(season.AS_OF.date() - timedelta(days=7))]}
    snapshot = publish(tmp_path / "data", {**kpis, **tables}, as_of=season.AS_OF)
    report = report_of(snapshot)
    assert f"Contacts in queue {hostile} went two ways" in report.headline.detail
    assert report.statements[1].lines[0].text.startswith(f"Contacts in queue {hostile}: overconfident by 90.0 points")
    html = write_report(snapshot, None, None, tmp_path).read_text("utf-8")
    assert hostile not in html
    assert "<img" not in html.split("<script")[0]
    assert html.count("</script>") == 4
    for panel in findings_panels(report.findings):
        assert "<img" not in panel.figure.to_json()
    assert page_of(snapshot)


def test_every_table_that_is_read_is_published_and_every_number_is_defined() -> None:
    assert set(READ) <= set(ANALYSIS_TABLES)
    for number in ("M4", "M9", "M10", "M16", "M17", "M18"):
        assert definition(number).text
    assert "customer-rating scale" in definition("M7").text
    assert all(rule in definition("M15").text for rule in ("D4", "D6"))
