"""What pages and report read of one snapshot. The only place here that opens its tables.

A table that the snapshot lacks is empty here and named in ``missing``, so that one absent source costs one section and
never the page. Only ``kpi_daily`` is indispensable; ``kpi_weekly`` is read where there is one.
"""

from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs

from dashboards.snapshot.filters import Filters
from dashboards.wording.labels import SegmentNames, read_segment_names
from pipelines.contract import PUBLISHED_TABLES
from pipelines.snapshot import Manifest, Snapshot, SnapshotError

_POLARS_TYPES: dict[str, Any] = {
    "text": pl.String(),
    "count": pl.Int64(),
    "measure": pl.Float64(),
    "flag": pl.Boolean(),
    "instant": pl.Datetime("us", "UTC"),
    "day": pl.Date(),
}

#: Columns of kpi_daily that add up: its counts, and its sums of measures.
ADDITIVE = tuple(column.name for column in PUBLISHED_TABLES["kpi_daily"].columns if column.kind in ("count", "measure"))

_FLOATS = cs.float()


@dataclass(frozen=True)
class AnalysisFrames:
    """The tables of statistics whose headlines are shown, each lazy: a page collects the rows that it needs.

    Numbers that are NaN are null here, so that JSON can carry them.
    """

    repeat_survival: pl.LazyFrame
    calibration_summary: pl.LazyFrame
    calibration_curve: pl.LazyFrame
    confidence_histogram: pl.LazyFrame
    recalibration: pl.LazyFrame
    recalibration_by_month: pl.LazyFrame
    escalation_policy: pl.LazyFrame
    client_terms: pl.LazyFrame
    client_terms_curve: pl.LazyFrame
    segment_divergence: pl.LazyFrame
    proxy_validity: pl.LazyFrame
    small_segments: pl.LazyFrame


@dataclass(frozen=True)
class Frames:
    """One snapshot as pages and report need it, of all contacts or of those that ``filters`` leave.

    ``weekly``: one row per ISO week (``monday``) and ``mode`` (null where unknown) with the sums of ``ADDITIVE``, over
    the contacts that ``filters`` leave; ``everything``: the same over all contacts. ``outcomes`` and ``flags`` are
    filtered, too; the other tables are of all contacts whatever is filtered.
    ``outcome_parts``: parts that entered resolved_outcome (M5), as the contacts name them.
    ``segment_names``: how values of segment dimensions are shown.
    ``has_surveys``, ``has_transcripts``: whether these have a source at all (M7), so that none is not taken for few.
    The lazy frames are read when a page asks for a week of them.
    """

    snapshot: Snapshot
    filters: Filters
    weekly: pl.DataFrame
    everything: pl.DataFrame
    design_effects: pl.DataFrame
    outcome_parts: frozenset[str]
    has_surveys: bool
    has_transcripts: bool
    outcomes: pl.LazyFrame
    flags: pl.LazyFrame
    identity_links: pl.DataFrame
    survey_answers: pl.DataFrame
    dispositions: pl.LazyFrame
    checks: pl.DataFrame
    ledger: pl.DataFrame
    analyses: AnalysisFrames
    complaints: pl.LazyFrame
    survey_weeks: pl.LazyFrame
    segment_names: SegmentNames
    missing: tuple[str, ...]

    @property
    def manifest(self) -> Manifest:
        return self.snapshot.manifest

    def cut(self, filters: Filters, weekly: pl.DataFrame | None = None) -> "Frames":
        """The frames of the contacts that ``filters`` leave; ``weekly`` where the caller has summed them already."""
        if not filters:
            return self
        kept = filters.expression
        if weekly is None:
            weekly = weekly_counts(_weekly_source(self.snapshot).filter(kept))
        return replace(
            self, filters=filters, weekly=weekly, outcomes=self.outcomes.filter(kept), flags=self.flags.filter(kept)
        )

    def outcomes_between(self, first: date, last: date) -> pl.LazyFrame:
        """The filtered outcomes of these days; the files of other days are not opened."""
        files = files_between(self.snapshot, "contact_outcomes", first, last)
        return scan_table(self.snapshot, "contact_outcomes", files).filter(
            pl.col("day").is_between(first, last) & self.filters.expression
        )

    def slices_between(self, first: date, last: date) -> pl.LazyFrame:
        """Rows of slice_clusters of the weeks that begin on these days: of whole slices, whatever is filtered."""
        files = files_between(self.snapshot, "slice_clusters", first, last)
        return scan_table(self.snapshot, "slice_clusters", files).filter(pl.col("week").is_between(first, last))

    @property
    def has_contacts(self) -> bool:
        """Whether there is any contact, whatever is filtered."""
        return bool(self.everything["contacts"].sum() > 0)

    @property
    def time_zone(self) -> str:
        return self.manifest.presentation.time_zone

    @property
    def min_n(self) -> int:
        return self.manifest.presentation.min_n


def read_frames(snapshot: Snapshot) -> Frames:
    """The frames of ``snapshot``. Raises SnapshotError if kpi_daily is missing or a file cannot be read."""
    missing: list[str] = []

    def scan(name: str) -> pl.LazyFrame:
        if name not in snapshot.manifest.tables:
            missing.append(name)
            return empty_table(name)
        return scan_table(snapshot, name)

    if "kpi_daily" not in snapshot.manifest.tables:
        snapshot.files("kpi_daily")  # raises, saying which tables there are
    try:
        outcomes = scan("contact_outcomes")
        scan("kpi_daily")  # A damaged one is noticed, also where its weekly sums are read.
        weekly = weekly_counts(_weekly_source(snapshot))
        answers = scan("survey_answers").collect()
        return Frames(
            snapshot=snapshot,
            filters=Filters(),
            weekly=weekly,
            everything=weekly,
            design_effects=scan("design_effects").collect(),
            outcome_parts=_outcome_parts(outcomes),
            has_surveys=_has_surveys(outcomes, weekly, answers),
            has_transcripts=bool(weekly["transcripts"].sum() > 0),
            outcomes=outcomes,
            flags=scan("case_flags"),
            identity_links=scan("identity_links").collect(),
            survey_answers=answers,
            # Where nobody gives verdicts there is no such table, and nothing is missing.
            dispositions=(
                scan_table(snapshot, "dispositions")
                if "dispositions" in snapshot.manifest.tables
                else empty_table("dispositions")
            ),
            checks=scan("data_quality").collect(),
            ledger=scan("ingest_ledger").collect(),
            analyses=AnalysisFrames(
                **{
                    field.name: scan(field.name).with_columns(_FLOATS.fill_nan(None))
                    for field in fields(AnalysisFrames)
                }
            ),
            complaints=_where_there(snapshot, "complaints"),
            survey_weeks=_where_there(snapshot, "survey_weeks"),
            segment_names=read_segment_names(
                _where_there(snapshot, "segment_labels"), snapshot.manifest.presentation.labels
            ),
            missing=tuple(missing),
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SnapshotError(
            f"snapshot {snapshot.manifest.snapshot_id} cannot be read ({error}); run `aftercall run --full-refresh`"
        ) from error


def scan_table(snapshot: Snapshot, name: str, files: list[Path] | None = None) -> pl.LazyFrame:
    """A table of ``snapshot``, or ``files`` of it; a column that an earlier version did not publish is null."""
    files = snapshot.files(name) if files is None else files
    if not files:
        return empty_table(name)
    found = pl.scan_parquet(files, glob=False)
    there = set(found.collect_schema().names())
    return found.select(
        pl.col(c.name) if c.name in there else pl.lit(None, _POLARS_TYPES[c.kind.value]).alias(c.name)
        for c in PUBLISHED_TABLES[name].columns
    )


def empty_table(name: str) -> pl.LazyFrame:
    """The published table ``name`` with its columns and types and no row."""
    return pl.LazyFrame(schema={c.name: _POLARS_TYPES[c.kind.value] for c in PUBLISHED_TABLES[name].columns})


def weekly_counts(counts: pl.LazyFrame) -> pl.DataFrame:
    """kpi_daily or kpi_weekly summed to ISO week × mode, in order of week. Days are business days already."""
    names = counts.collect_schema().names()
    day = "week" if "week" in names else "day"
    return (
        counts.with_columns(monday=pl.col(day).dt.truncate("1w"))
        .group_by("monday", "mode")
        .agg(pl.col(name).sum() for name in ADDITIVE)
        .sort("monday", "mode")
        .collect()
    )


def files_between(snapshot: Snapshot, table: str, first: date, last: date) -> list[Path]:
    """Files of ``table`` that may hold a day from ``first`` to ``last``; none if there is no such table.

    They may hold other days, too: a file is a day, a month, a year or the whole of a table.
    """
    if table not in snapshot.manifest.tables:
        return []
    files = snapshot.manifest.tables[table].files
    return [
        path
        for days, path in zip((file.days for file in files), snapshot.files(table), strict=True)
        if days is None or (days[0] <= last and first <= days[1])
    ]


def _where_there(snapshot: Snapshot, name: str) -> pl.LazyFrame:
    """A table that snapshots from before it was published lack: nothing there, and nothing missing."""
    return scan_table(snapshot, name) if name in snapshot.manifest.tables else empty_table(name)


def _weekly_source(snapshot: Snapshot) -> pl.LazyFrame:
    """kpi_weekly; kpi_daily of a snapshot from before there was one."""
    name = "kpi_weekly" if "kpi_weekly" in snapshot.manifest.tables else "kpi_daily"
    return scan_table(snapshot, name)


def _outcome_parts(outcomes: pl.LazyFrame) -> frozenset[str]:
    named = outcomes.select(pl.col("resolution_parts").unique()).collect()["resolution_parts"].drop_nulls().to_list()
    return frozenset(part for text in named for part in text.split("+") if part)


def _has_surveys(outcomes: pl.LazyFrame, weekly: pl.DataFrame, answers: pl.DataFrame) -> bool:
    """Where no source has surveys the contacts leave ``has_survey`` null; false says that this customer gave none.

    Without eligible contacts the answers themselves say that there is a source.
    """
    said = outcomes.select(pl.col("has_survey").is_not_null().any()).collect().item()
    return bool(said) or not answers.is_empty() or bool(weekly["surveys"].sum() > 0)
