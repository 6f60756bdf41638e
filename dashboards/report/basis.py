"""What every weekly report begins with, whatever its snapshot holds, and how a report becomes JSON."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dashboards import wording
from dashboards.results.data_quality import Freshness, freshness
from dashboards.snapshot.frames import Frames
from dashboards.snapshot.groups import Group
from dashboards.wording.weeks import Week
from pipelines.contract.metrics import Definition
from pipelines.snapshot import RunStatus

#: 4: what is new and what to do (``week_over_week``, ``actions``), cost in parts (``segments.cost``), no single cases.
SCHEMA_VERSION = 4


@dataclass(frozen=True)
class ReportBasis:
    """Which operation, week and snapshot a report is of; ``caveats`` are sentences."""

    name: str
    week: str
    span: str
    week_is_over: bool
    as_of: datetime
    as_of_words: str
    snapshot_id: str
    code_version: str
    freshness: Freshness
    caveats: tuple[str, ...]
    definitions: tuple[Definition, ...]

    @property
    def title(self) -> str:
        """``Test operations: week 2026-W42``, without line breaks and no longer than a subject may be."""
        name = " ".join(wording.clipped(self.name, 80).split())
        return f"{''.join(each for each in name if each.isprintable())}: week {self.week}"


def report_basis(
    frames: Frames,
    status: RunStatus | None,
    week: Week,
    *,
    is_over: bool,
    caveats: tuple[str, ...],
    definitions: tuple[Definition, ...],
) -> ReportBasis:
    manifest = frames.manifest
    return ReportBasis(
        name=manifest.presentation.name,
        week=week.label,
        span=week.span,
        week_is_over=is_over,
        as_of=manifest.as_of,
        as_of_words=wording.moment(manifest.as_of, frames.time_zone),
        snapshot_id=manifest.snapshot_id,
        code_version=manifest.code_version,
        freshness=freshness(manifest, status),
        caveats=caveats,
        definitions=definitions,
    )


def plain_types(value: Any) -> Any:
    """``value`` of dataclasses made dictionaries, as JSON types: instants and days in ISO form, weeks by their label."""
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
