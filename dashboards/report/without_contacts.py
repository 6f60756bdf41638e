"""The report of a snapshot without contacts: complaints and survey answers of a week, and of the weeks up to it."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from dashboards import wording
from dashboards.report.content import SCHEMA_VERSION, plain_types, title_of
from dashboards.results.caveats import about_the_data
from dashboards.results.data_quality import Freshness, data_quality, freshness
from dashboards.results.received import NO_CONTACTS, ReceivedRecords, received
from dashboards.snapshot.frames import Frames
from dashboards.wording.segment_names import use_segment_names
from dashboards.wording.weeks import NoContactsError, ReportError, Week, describe_weeks
from pipelines.contract.metrics import DEFINITIONS, Definition
from pipelines.snapshot import RunStatus

#: Weeks of the lines, as in the appendix of the report of contacts.
_WEEKS = 13


@dataclass(frozen=True)
class ReceivedReport:
    """``of_week`` arrived in the week itself, ``up_to_week`` in it and the weeks before; ``lead`` and ``detail`` are sentences."""

    name: str
    week: str
    span: str
    week_is_over: bool
    as_of: datetime
    as_of_words: str
    snapshot_id: str
    code_version: str
    freshness: Freshness
    lead: str
    detail: str
    of_week: ReceivedRecords
    up_to_week: ReceivedRecords
    caveats: tuple[str, ...]
    definitions: tuple[Definition, ...]

    @property
    def title(self) -> str:
        return title_of(self.name, self.week)


def received_report(frames: Frames, status: RunStatus | None, wanted: Week | None) -> ReceivedReport:
    """The report for ``wanted`` (None: the latest week that is over and in which anything arrived).

    Raises NoContactsError if nothing arrived at all, ReportError for a week in which nothing did; it lists those that have.
    """
    use_segment_names(frames.segment_names)
    manifest = frames.manifest
    weeks = received(frames).weeks
    if not weeks:
        raise NoContactsError(
            "the snapshot holds no contacts, complaints or survey answers, so there is nothing to report; check the "
            "sources and run `aftercall run`"
        )
    if wanted is not None and wanted not in weeks:
        raise ReportError(
            f"week {wanted.label} has no complaint and no survey answer in this snapshot; choose one of "
            f"{describe_weeks(list(weeks))}"
        )
    over = [week for week in weeks if week.ends_at(frames.time_zone) <= manifest.as_of]
    week = wanted or (over or weeks)[-1]
    of_week = received(frames, week, 1)
    lead, *more = [part.sentence for part in (of_week.complaints, of_week.answers) if part is not None]
    details = [part.detail for part in (of_week.complaints, of_week.answers) if part is not None]
    quality = data_quality(manifest, frames.checks, frames.ledger)
    return ReceivedReport(
        name=manifest.presentation.name,
        week=week.label,
        span=week.span,
        week_is_over=week in over,
        as_of=manifest.as_of,
        as_of_words=wording.moment(manifest.as_of, frames.time_zone),
        snapshot_id=manifest.snapshot_id,
        code_version=manifest.code_version,
        freshness=freshness(manifest, status),
        lead=lead,
        detail=" ".join([*more, *details]),
        of_week=of_week,
        up_to_week=received(frames, week, _WEEKS),
        caveats=(NO_CONTACTS, *about_the_data(quality)),
        definitions=tuple(each for each in DEFINITIONS if each.number in {"M7", "M8"}),
    )


def received_document(report: ReceivedReport) -> dict[str, Any]:
    """The report as plain JSON types: instants in ISO form, weeks by their label."""
    document: dict[str, Any] = plain_types({"schema_version": SCHEMA_VERSION, **asdict(report)})
    return document
