"""When sources deliver, which columns are filled less than before, where a run's time goes, and how its state is told."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders.snapshots import kpi_row, midnight, publish
from builders.views import view_of

from dashboards.pages import PAGES
from dashboards.pages.data_quality.arrivals import SourceArrival, source_arrivals
from dashboards.pages.data_quality.fill import column_fills, fill_drops
from dashboards.pages.data_quality.steps import part_of, run_parts
from dashboards.wording.data_quality import arrivals_headline, last_run, lateness, rhythm
from pipelines.run_log import KEPT, LoggedRun, LoggedStep, log_run, read_runs
from pipelines.snapshot import RunStatus

START = datetime(2026, 6, 1, 3, tzinfo=UTC)
MONDAY = date(2026, 6, 1)


def ledger(**sources: list[datetime]) -> pl.DataFrame:
    rows = [(name, at) for name, times in sources.items() for at in times]
    return pl.DataFrame(rows, schema={"source": pl.String, "delivered_at": pl.Datetime("us", "UTC")}, orient="row")


def every(hours: float, number: int) -> list[datetime]:
    return [START + timedelta(hours=hours * at) for at in range(number)]


def test_the_next_delivery_is_due_a_quarter_after_the_gap_that_nine_in_ten_kept() -> None:
    # Ten gaps: eight of a day, one of three, one of nine. Nearest rank of .9 of ten is the ninth: three days.
    days = [0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 20]
    (found,) = source_arrivals(ledger(contacts=[START + timedelta(days=day) for day in days]), {})
    last = START + timedelta(days=20)
    assert found == SourceArrival("contacts", last, 10, timedelta(days=1), last + timedelta(days=3.75))
    assert found.late_by(last + timedelta(days=3.75)) is None
    assert found.late_by(last + timedelta(days=4)) == timedelta(hours=6)


def test_files_of_one_delivery_are_one_and_few_deliveries_say_nothing() -> None:
    batch = [at + timedelta(minutes=minute) for at in every(24, 6) for minute in (0, 20, 40)]
    (found,) = source_arrivals(ledger(a=batch), {})
    assert (found.gaps, found.usual) == (5, timedelta(days=1))
    (few,) = source_arrivals(ledger(a=every(24, 5)), {})
    assert (few.gaps, few.usual, few.due) == (4, None, None)
    (configured,) = source_arrivals(ledger(a=every(24, 5)), {"a": 30.0, "other": 1.0})
    assert configured.due == every(24, 5)[-1] + timedelta(hours=30)


def test_how_arrivals_are_told() -> None:
    assert [rhythm(timedelta(hours=h)) for h in (0.2, 6, 24, 72, 168, 720)] == [
        "hourly or more often", "every 6 hours", "daily", "every 3 days", "weekly", "monthly"
    ]  # fmt: skip
    assert lateness(timedelta(minutes=5)) == "late by 1 hour"
    assert lateness(timedelta(days=3)) == "late by 3 days"
    assert arrivals_headline(["a"], 3, START, "UTC") == "Late: a (1 of 3)."
    assert arrivals_headline([], 3, START, "UTC") == "All 3 sources with a known rhythm have delivered as usual."
    assert arrivals_headline(["a", "b"], 2, START, "UTC").startswith("Nothing has arrived from any source since 1 Jun")
    assert arrivals_headline([], 0, None, "UTC") == "No source has delivered often enough to say when it is due."


def fills(*shares: float, records: int = 200, column: str = "queue") -> list[dict[str, Any]]:
    return [
        {
            "source": "calls",
            "table_name": "contacts",
            "column_name": column,
            "week": MONDAY + timedelta(weeks=at),
            "records": records,
            "filled": round(share * records),
        }
        for at, share in enumerate(shares)
    ]


@pytest.mark.parametrize(
    ("shares", "records", "drop"),
    [
        ([0.9, 0.9, 0.9, 0.9, 0.5], 200, (4, 0.9, 0.5)),
        ([0.9, 0.9, 0.9, 0.9, 0.5, 0.6], 200, (4, 0.9, 0.6)),
        ([0.9, 0.9, 0.9, 0.9, 0.5, 0.9], 200, None),  # it came back
        ([0.9, 0.9, 0.9, 0.5], 200, None),  # three weeks before are too few
        ([0.9, 0.9, 0.9, 0.9, 0.81], 200, None),  # nine points
        ([0.5, 0.5, 0.5, 0.5, 0.38], 100, None),  # twelve points of a hundred: 2.4 standard errors
        ([0.9, 0.9, 0.9, 0.9, 0.0], 29, None),  # fewer records than a rate needs
        ([0.2, 0.2, 0.2, 0.2, 0.9], 200, None),  # a rise
    ],
)
def test_a_drop_is_large_certain_and_lasting(
    shares: list[float], records: int, drop: tuple[int, float, float] | None
) -> None:
    rates = pl.DataFrame(fills(*shares, records=records))
    found = fill_drops(column_fills(rates, midnight(2026, 8, 1), "UTC"), 30)
    expected = [] if drop is None else [(MONDAY + timedelta(weeks=drop[0]), *drop[1:])]
    assert [(each.week, each.before, each.after) for each in found] == expected


def test_a_week_that_is_not_over_is_left_out() -> None:
    rates = pl.DataFrame(fills(0.9, 0.9, 0.9, 0.9, 0.1))
    assert not fill_drops(column_fills(rates, midnight(2026, 7, 5), "UTC"), 30)
    assert fill_drops(column_fills(rates, midnight(2026, 7, 6), "UTC"), 30)


def run(number: int, *steps: tuple[str, float, int | None], outcome: str = "published") -> LoggedRun:
    return LoggedRun(
        run_id=f"run-{number}",
        outcome=outcome,
        started_at=START,
        finished_at=START + timedelta(seconds=60),
        steps=tuple(LoggedStep(name=name, seconds=seconds, rows=rows) for name, seconds, rows in steps),
    )


def test_steps_add_up_to_parts() -> None:
    assert [part_of(name) for name in ("sql_2_2", "audit_sql_2", "divergence", "text_scores", "ingest", "snapshot")] == [
        "sql", "checks", "statistics", "words", "reading", "publishing"
    ]  # fmt: skip
    runs = (
        run(1, ("sql_1", 1.0, 5), ("sql_2", 2.0, 5)),
        run(2, ("sql_1", 5.0, 5)),
        run(3, outcome="unchanged"),
        run(4, ("sql_1", 4.0, 7), ("sql_2", 0.5, None), ("audit_ingest", 0.25, None)),
    )
    parts = {each.part: (each.seconds, each.usual, each.rows) for each in run_parts(runs)}
    assert parts["sql"] == (4.5, 4.0, 7)
    assert parts["checks"] == (0.25, 0.0, None)
    assert run_parts(runs[2:3]) == ()


def test_the_log_keeps_the_last_runs_and_survives_a_damaged_line(tmp_path: Path) -> None:
    for number in range(KEPT + 2):
        status = RunStatus(outcome="unchanged", run_id=str(number), started_at=START, finished_at=START)
        log_run(tmp_path, status, ())
    found = read_runs(tmp_path)
    assert [each.run_id for each in found] == [str(number) for number in range(2, KEPT + 2)]
    log = tmp_path / "runs.jsonl"
    log.write_text(f'{{"run_id": 1}}\nnonsense\n{log.read_text()}')
    assert read_runs(tmp_path) == found
    log_run(tmp_path, RunStatus(outcome="running", run_id="x", started_at=START), ())
    assert read_runs(tmp_path) == found, "one that has not ended is not logged"


def test_each_state_has_its_words() -> None:
    def said(outcome: str, **given: Any) -> str:
        return last_run(RunStatus(outcome=outcome, run_id="r", started_at=START, **given), "UTC")  # type: ignore[arg-type]

    ended = {"finished_at": START + timedelta(seconds=61)}
    assert said("running") == (
        "A run started on 1 Jun 2026, 03:00 (UTC) and is under way. The numbers change when it has published."
    )
    assert "found nothing new; the numbers are up to date" in said("unchanged", **ended)
    assert "published after" in said("published", **ended)
    blocked = said("blocked", failed_checks=("kpi_daily.keys",), **ended)
    assert "was stopped by its checks, and the numbers from before it stand. Failed checks: kpi_daily.keys." in blocked
    failed = said("failed", message="the disk is full.", **ended)
    assert failed.endswith("and the numbers from before it stand: the disk is full.")
    assert "fail" not in (said("running") + said("unchanged", **ended)).lower()


def test_the_page_names_late_sources_drops_and_weeks_of_rejects(tmp_path: Path) -> None:
    def file(source: str, at: datetime, number: int) -> dict[str, Any]:
        return {
            "source": source,
            "file": f"{source}-{number}",
            "sha256": str(number),
            "delivered_at": at,
            "read_at": at,
        }

    files = [file("calls", at, number) for number, at in enumerate(every(24, 8))]
    files += [file("surveys", at, number) for number, at in enumerate(every(24, 40))]
    rejects = [
        {
            "source": "surveys",
            "file": f"surveys-{number}",
            "sha256": str(number),
            "scope": "row",
            "rule": "missing_key",
            "reason": "no key",
        }
        for number in (0, 1, 9)
    ]
    tables = {
        "kpi_daily": [kpi_row(MONDAY)],
        "ingest_ledger": files,
        "quarantine": rejects,
        "fill_rates": [*fills(0.9, 0.9, 0.9, 0.9, 0.4), *fills(1, 1, 1, 1, 1, column="channel")],
    }
    snapshot = publish(tmp_path, tables, as_of=midnight(2026, 7, 11))
    log_run(
        tmp_path,
        RunStatus(outcome="published", run_id="r", started_at=START, finished_at=START + timedelta(seconds=90)),
        (LoggedStep(name="ingest", seconds=30, rows=1234), LoggedStep(name="audit_ingest", seconds=60)),
    )
    view = replace(view_of(snapshot, path="/data-quality"), data_dir=tmp_path)
    text = str(PAGES["/data-quality"].render(view))
    assert "Late: calls (1 of 2)." in text
    assert "calls, queue: 90% → 40% from 29 Jun 2026 on" in text
    assert "surveys: missing key" in text
    assert "Reading and versions" in text
    assert "30.0 s" in text
    assert "1,234" in text
