"""The text of the made-up season's report, held word by word in one golden file.

Written anew, after words have changed on purpose and the difference has been read, by
``PYTHONPATH=.:tests python -m builders.golden_report``.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from builders import handoff_tables, season
from builders.report_weeks import with_presentation
from builders.snapshots import publish
from dashboards.report.content import WeeklyReport, weekly_report
from dashboards.report.mail import plain_text
from dashboards.snapshot.queries import Queries
from pipelines.snapshot import PresentedEvent, PresentedOwner

GOLDEN = Path(__file__).resolve().parents[1] / "dashboards" / "report" / "golden" / "weekly.txt"


def golden_text(folder: Path) -> str:
    """The report as mailed, then the statements, notes and remarks of its appendix."""
    tables = {**handoff_tables.tables(season.AS_OF.date()), **season.tables()}
    made = with_presentation(
        publish(folder, tables, as_of=season.AS_OF),
        targets={"fcr_outcome": 0.7, "complaints": 4.0},
        events=(PresentedEvent(day=season.AS_OF.date().replace(day=2), label="assistant 2.1"),),
        owners=(PresentedOwner(segment={"workflow": "billing"}, name="Head of billing"),),
    )
    queries = Queries(made)
    try:
        report = weekly_report(queries, None, None)
    finally:
        queries.close()
    text = f"{plain_text(report, note='', has_pdf=False)}\n\n{_appendix(report)}\n"
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _appendix(report: WeeklyReport) -> str:
    lines = ["APPENDIX", "", report.headline.text, report.headline.detail, "", report.feedback]
    for statement in report.statements:
        lines += ["", f"{statement.title} ({statement.metric})", statement.sentence]
        lines += [f"- {line.label}: {line.text} [{line.basis}]" for line in statement.lines]
    scale = report.findings.rating_scale
    return "\n".join([*lines, "", *report.notes, *([scale.sentence] if scale else []), "", *report.provisional])


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(golden_text(Path(folder)), "utf-8")
