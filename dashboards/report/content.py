"""What the weekly report says, as typed results: the two pages and the appendix. HTML, PDF, mail and JSON show the same."""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from dashboards import wording
from dashboards.findings import Findings, find
from dashboards.findings.statements import Statement, clause, divergence_statement, notes, other_statements
from dashboards.panels import tiles
from dashboards.panels.tiles import Tile
from dashboards.report.executive_summary import Brief, make_brief
from dashboards.report.numbers import LINE_WEEKS, line_length
from dashboards.report.prior_snapshot import Beside
from dashboards.results import feedback_sentences
from dashboards.results.caveats import caveats, provisional
from dashboards.results.data_quality import DataQuality, Freshness, data_quality, freshness
from dashboards.results.headline import Headline, headline
from dashboards.results.top_flags import ReviewQueue, review_queue
from dashboards.results.weekly_results import Results, compute_results
from dashboards.snapshot.frames import Frames
from dashboards.snapshot.groups import Group
from dashboards.wording.segment_names import use_segment_names
from dashboards.wording.weeks import Week
from pipelines.contract.metrics import DEFINITIONS, Definition
from pipelines.snapshot import RunStatus

#: 2: the two pages (``brief``) stand first; what version 1 held is unchanged beside them.
SCHEMA_VERSION = 2
#: Weeks of the appendix's lines, as on the overview.
_APPENDIX_WEEKS = 13
_NUMBER_WORDS = ("value_words", "interval_words", "basis_words", "target_words", "change_words", "direction")
_PARTING_WORDS = ("size_words", "customers_words", "owner_words", "money_words")


@dataclass(frozen=True)
class WeeklyReport:
    """One week's report: ``brief`` is the two pages, the rest the appendix.

    ``said`` (what customers said), ``provisional`` and ``caveats`` are sentences. ``findings``: the headlines of the
    statistics; ``statements``: the same in words, segments first; ``notes``: what their figures need said.
    """

    name: str
    week: str
    span: str
    week_is_over: bool
    as_of: datetime
    as_of_words: str
    snapshot_id: str
    code_version: str
    freshness: Freshness
    brief: Brief
    headline: Headline
    tiles_afterwards: tuple[Tile, ...]
    tiles_week: tuple[Tile, ...]
    tiles_heard: tuple[Tile, ...]
    said: str
    results: Results
    findings: Findings
    statements: tuple[Statement, ...]
    notes: tuple[str, ...]
    flags: ReviewQueue
    provisional: tuple[str, ...]
    caveats: tuple[str, ...]
    quality: DataQuality
    definitions: tuple[Definition, ...]

    @property
    def title(self) -> str:
        """``Test operations: week 2026-W42``, without line breaks and no longer than a subject may be."""
        return title_of(self.name, self.week)


def title_of(name: str, week: str) -> str:
    name = " ".join(wording.clipped(name, 80).split())
    return f"{''.join(each for each in name if each.isprintable())}: week {week}"


def weekly_report(
    frames: Frames, status: RunStatus | None, week: Week | None, beside: Beside | None = None
) -> WeeklyReport:
    """The report for ``week`` (None: the latest that is over and has contacts). Raises ReportError if there is none."""
    use_segment_names(frames.segment_names)
    manifest = frames.manifest
    whole = compute_results(frames, week, length=2 * LINE_WEEKS)
    line = whole.trend[-line_length(whole) :]
    results = replace(whole, trend=whole.trend[-_APPENDIX_WEEKS:])
    shown = results.week.week
    quality = data_quality(manifest, frames.checks, frames.ledger)
    longest = results.longest
    found = find(frames, shown)
    known = caveats(results, frames, quality)
    return WeeklyReport(
        name=manifest.presentation.name,
        week=shown.label,
        span=shown.span,
        week_is_over=results.week.over,
        as_of=manifest.as_of,
        as_of_words=wording.moment(manifest.as_of, frames.time_zone),
        snapshot_id=manifest.snapshot_id,
        code_version=manifest.code_version,
        freshness=freshness(manifest, status),
        brief=make_brief(frames, results, line, found=found, caveats=known, beside=beside or Beside()),
        headline=headline(results, frames.outcome_parts, clause(found, None, cut=False)),
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
        said=feedback_sentences.said(results),
        results=results,
        findings=found,
        statements=(divergence_statement(found), *other_statements(found)),
        notes=notes(found),
        flags=review_queue(frames),
        provisional=provisional(results, frames),
        caveats=known,
        quality=quality,
        definitions=DEFINITIONS,
    )


def as_document(report: WeeklyReport) -> dict[str, Any]:
    """The report as plain JSON types: instants and days in ISO form, weeks by their label; figures also in words."""
    document: dict[str, Any] = plain_types({"schema_version": SCHEMA_VERSION, **asdict(report)})
    # The lists behind them are the table segment_divergence, folded.
    for name in ("entries", "reversed_entries"):
        document["findings"]["divergence"].pop(name)
    shown = document["brief"]
    for number, typed in zip(shown["numbers"], report.brief.numbers, strict=True):
        number |= {name: getattr(typed, name) for name in _NUMBER_WORDS}
    for parting, known in zip(shown["parted"], report.brief.parted, strict=True):
        parting |= {name: getattr(known, name) for name in _PARTING_WORDS}
    shown["since"]["lines"] = list(report.brief.since.lines)
    return document


def plain_types(value: Any) -> Any:
    """``value`` of dataclasses made dictionaries, as JSON types."""
    if isinstance(value, dict):
        # A Week has become its only field by now; its label says more than its Monday.
        if set(value) == {"monday"}:
            return Week(value["monday"]).label
        plain = {key: plain_types(inner) for key, inner in value.items()}
        # A group's parts are keys, as in the tables; what it is called stands beside them.
        return plain | {"words": Group(tuple(value["parts"])).words} if set(value) == {"parts"} else plain
    if isinstance(value, list | tuple):
        return [plain_types(inner) for inner in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return value
