"""What the weekly report says, as typed results: the two pages and the appendix. HTML, PDF, mail and JSON show the same."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from dashboards.findings import Findings, find
from dashboards.findings.statements import Statement, clause, divergence_statement, notes, other_statements
from dashboards.panels import tiles
from dashboards.panels.tiles import Tile
from dashboards.report.basis import SCHEMA_VERSION, ReportBasis, plain_types, report_basis
from dashboards.report.executive_summary import ExecutiveSummary, executive_summary
from dashboards.report.numbers import LINE_WEEKS, line_length
from dashboards.results import feedback_sentences
from dashboards.results.caveats import caveats, provisional
from dashboards.results.data_quality import DataQuality, data_quality
from dashboards.results.headline import Headline, headline
from dashboards.results.top_flags import ReviewQueue, review_queue
from dashboards.results.weekly_results import Results, compute_results
from dashboards.snapshot.prior import PriorSnapshot
from dashboards.snapshot.queries import Queries
from dashboards.wording.labels import use_segment_names
from dashboards.wording.weeks import Week
from pipelines.contract.metrics import DEFINITIONS
from pipelines.snapshot import RunStatus

#: Weeks of the appendix's lines, as on the overview.
_APPENDIX_WEEKS = 13
_NUMBER_WORDS = ("value_words", "interval_words", "basis_words", "target_words", "change_words", "direction")


@dataclass(frozen=True)
class WeeklyReport(ReportBasis):
    """One week's report: ``summary`` is the two pages, the rest the appendix.

    ``feedback`` (what customers said) and ``provisional`` are sentences. ``findings``: the headlines of the
    statistics; ``statements``: the same in words, segments first; ``notes``: what their figures need said.
    """

    summary: ExecutiveSummary
    headline: Headline
    tiles_afterwards: tuple[Tile, ...]
    tiles_week: tuple[Tile, ...]
    tiles_heard: tuple[Tile, ...]
    feedback: str
    results: Results
    findings: Findings
    statements: tuple[Statement, ...]
    notes: tuple[str, ...]
    flags: ReviewQueue
    provisional: tuple[str, ...]
    quality: DataQuality


def weekly_report(
    queries: Queries, status: RunStatus | None, week: Week | None, prior: PriorSnapshot | None = None
) -> WeeklyReport:
    """The report for ``week`` (None: the latest that is over and has contacts). Raises ReportError if there is none."""
    frames = queries.frames
    use_segment_names(frames.segment_names)
    whole = compute_results(frames, week, length=2 * LINE_WEEKS)
    line = whole.trend[-line_length(whole) :]
    results = replace(whole, trend=whole.trend[-_APPENDIX_WEEKS:])
    shown = results.week.week
    quality = data_quality(frames.manifest, frames.checks, frames.ledger)
    longest = results.longest
    found = find(frames, shown)
    known = caveats(results, frames, quality)
    basis = report_basis(frames, status, shown, is_over=results.week.over, caveats=known, definitions=DEFINITIONS)
    return WeeklyReport(
        **vars(basis),
        summary=executive_summary(queries, results, line, found=found, caveats=known, prior=prior),
        headline=headline(results, frames.outcome_parts, clause(found)),
        tiles_afterwards=(
            tiles.claimed(results),
            tiles.held(results),
            tiles.false_resolution(results),
            tiles.repeats(longest),
            tiles.repeats(longest, same_issue=True),
            tiles.complaints(results),
        ),
        tiles_week=(tiles.volume(results), tiles.handle_time(results), tiles.identity_coverage(results)),
        tiles_heard=tiles.heard(results),
        feedback=" ".join(feedback_sentences.feedback(results)),
        results=results,
        findings=found,
        statements=(divergence_statement(found), *other_statements(found)),
        notes=notes(found),
        flags=review_queue(frames),
        provisional=provisional(results, frames),
        quality=quality,
    )


def as_document(report: WeeklyReport) -> dict[str, Any]:
    """The report as plain JSON types: instants and days in ISO form, weeks by their label; figures also in words."""
    document: dict[str, Any] = plain_types({"schema_version": SCHEMA_VERSION, **asdict(report)})
    # The lists behind them are the table segment_divergence, folded.
    for name in ("entries", "reversed_entries"):
        document["findings"]["divergence"].pop(name)
    shown = document["summary"]
    for number, typed in zip(shown["numbers"], report.summary.numbers, strict=True):
        number |= {name: getattr(typed, name) for name in _NUMBER_WORDS}
    for segment, known in zip(shown["segments"], report.summary.segments, strict=True):
        segment["facts"] = dict(known.facts)
    shown["week_over_week"]["lines"] = list(report.summary.week_over_week.lines)
    return document
