"""What the faces read of one snapshot. The only place here that opens its tables.

A table that the snapshot lacks is empty here and named in ``missing``, so that one absent source costs one section and
never the page. Only ``kpi_daily`` is indispensable.
"""

from dataclasses import dataclass, fields
from typing import Any

import polars as pl
import polars.selectors as cs

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
class EvidenceFrames:
    """The tables of statistics whose headlines are shown, each lazy: a page collects the rows that it needs.

    Numbers that are NaN are null here, so that JSON can carry them.
    """

    repeat_survival: pl.LazyFrame
    calibration_summary: pl.LazyFrame
    calibration_curve: pl.LazyFrame
    confidence_histogram: pl.LazyFrame
    escalation_policy: pl.LazyFrame
    client_terms: pl.LazyFrame
    segment_divergence: pl.LazyFrame
    proxy_validity: pl.LazyFrame
    small_segments: pl.LazyFrame


@dataclass(frozen=True)
class Frames:
    """One snapshot as the faces need it.

    ``weekly``: one row per ISO week (``monday``) and ``mode`` (null where unknown) with the sums of ``ADDITIVE``.
    ``outcome_parts``: parts that entered resolved_outcome (M5), as the contacts name them.
    ``has_surveys``, ``has_transcripts``: whether these have a source at all (M7), so that none is not taken for few.
    The lazy frames are read when a page asks for a week of them.
    """

    manifest: Manifest
    weekly: pl.DataFrame
    design_effects: pl.DataFrame
    outcome_parts: frozenset[str]
    has_surveys: bool
    has_transcripts: bool
    outcomes: pl.LazyFrame
    flags: pl.LazyFrame
    checks: pl.DataFrame
    ledger: pl.DataFrame
    evidence: EvidenceFrames
    missing: tuple[str, ...]

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
        return snapshot.scan(name) if snapshot.files(name) else empty_table(name)

    if "kpi_daily" not in snapshot.manifest.tables:
        snapshot.files("kpi_daily")  # raises, saying which tables there are
    outcomes = scan("contact_outcomes")
    try:
        weekly = weekly_counts(scan("kpi_daily"))
        return Frames(
            manifest=snapshot.manifest,
            weekly=weekly,
            design_effects=scan("design_effects").collect(),
            outcome_parts=_outcome_parts(outcomes),
            has_surveys=_has_surveys(outcomes, weekly),
            has_transcripts=bool(weekly["transcripts"].sum() > 0),
            outcomes=outcomes,
            flags=scan("case_flags"),
            checks=scan("data_quality").collect(),
            ledger=scan("ingest_ledger").collect(),
            evidence=EvidenceFrames(
                **{
                    field.name: scan(field.name).with_columns(_FLOATS.fill_nan(None))
                    for field in fields(EvidenceFrames)
                }
            ),
            missing=tuple(missing),
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SnapshotError(
            f"snapshot {snapshot.manifest.snapshot_id} cannot be read ({error}); run `aftercall run --full-refresh`"
        ) from error


def empty_table(name: str) -> pl.LazyFrame:
    """The published table ``name`` with its columns and types and no row."""
    return pl.LazyFrame(schema={c.name: _POLARS_TYPES[c.kind.value] for c in PUBLISHED_TABLES[name].columns})


def weekly_counts(kpi_daily: pl.LazyFrame) -> pl.DataFrame:
    """kpi_daily summed to ISO week × mode, in order of week. Days are business days already."""
    return (
        kpi_daily.with_columns(monday=pl.col("day").dt.truncate("1w"))
        .group_by("monday", "mode")
        .agg(pl.col(name).sum() for name in ADDITIVE)
        .sort("monday", "mode")
        .collect()
    )


def _outcome_parts(outcomes: pl.LazyFrame) -> frozenset[str]:
    named = outcomes.select(pl.col("resolution_parts").unique()).collect()["resolution_parts"].drop_nulls().to_list()
    return frozenset(part for text in named for part in text.split("+") if part)


def _has_surveys(outcomes: pl.LazyFrame, weekly: pl.DataFrame) -> bool:
    """Where no source has surveys the contacts leave ``has_survey`` null; false says that this customer gave none."""
    said = outcomes.select(pl.col("has_survey").is_not_null().any()).collect().item()
    return bool(said) or bool(weekly["surveys"].sum() > 0)
