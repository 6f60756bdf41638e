"""The report of a snapshot without contacts: complaints and survey answers of a week, and of the weeks up to it."""

from dataclasses import asdict, dataclass
from typing import Any

from dashboards.report.basis import SCHEMA_VERSION, ReportBasis, plain_types, report_basis
from dashboards.results.caveats import about_the_data
from dashboards.results.data_quality import data_quality
from dashboards.results.received import NO_CONTACTS, ReceivedRecords, received
from dashboards.snapshot.frames import Frames
from dashboards.wording.labels import use_segment_names
from dashboards.wording.weeks import NoContactsError, ReportError, Week, describe_weeks
from pipelines.contract.metrics import DEFINITIONS
from pipelines.snapshot import RunStatus

#: Weeks of the lines, as in the appendix of the report of contacts.
_WEEKS = 13


@dataclass(frozen=True)
class ReceivedReport(ReportBasis):
    """``of_week`` arrived in the week itself, ``up_to_week`` in it and the weeks before; ``lead`` and ``detail`` are sentences."""

    lead: str
    detail: str
    of_week: ReceivedRecords
    up_to_week: ReceivedRecords


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
    basis = report_basis(
        frames,
        status,
        week,
        is_over=week in over,
        caveats=(NO_CONTACTS, *about_the_data(quality)),
        definitions=tuple(each for each in DEFINITIONS if each.number in {"M7", "M8"}),
    )
    return ReceivedReport(
        **vars(basis),
        lead=lead,
        detail=" ".join([*more, *details]),
        of_week=of_week,
        up_to_week=received(frames, week, _WEEKS),
    )


def received_document(report: ReceivedReport) -> dict[str, Any]:
    """The report as plain JSON types: instants in ISO form, weeks by their label."""
    document: dict[str, Any] = plain_types({"schema_version": SCHEMA_VERSION, **asdict(report)})
    return document
