"""How far the data can be trusted: ledger, checks, and how the last night went, as typed results."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboards.wording import count, moment
from pipelines.snapshot import CheckTotals, LedgerTotals, Manifest, RunStatus

#: Whole days without a finished run after which a nightly batch is overdue.
SILENT_DAYS = 2


@dataclass(frozen=True)
class SourceLedger:
    """Records of one source; rows_in = accepted + duplicates + superseded + quarantined."""

    source: str
    files: int
    refused_files: int
    rows_in: int
    accepted: int
    duplicates: int
    superseded: int
    quarantined: int
    bad_values: int


@dataclass(frozen=True)
class FailedCheck:
    table: str
    check: str
    severity: str
    expected: str | None
    actual: str | None
    unexpected: int | None


@dataclass(frozen=True)
class DataQuality:
    ledger: LedgerTotals
    checks: CheckTotals
    sources: tuple[SourceLedger, ...]
    failed: tuple[FailedCheck, ...]


@dataclass(frozen=True)
class Freshness:
    """``state``: ``good``, or ``warning`` when the numbers are older than the last run or a run has not ended."""

    state: str
    headline: str
    detail: str


def data_quality(manifest: Manifest, checks: pl.DataFrame, ledger: pl.DataFrame) -> DataQuality:
    """Totals of the manifest with the ledger by source and the checks that failed."""
    numbers = ("rows_in", "accepted", "duplicates", "superseded", "quarantined", "bad_values")
    by_source = (
        ledger.group_by("source")
        .agg(
            pl.len().alias("files"),
            pl.col("reason").is_not_null().sum().alias("refused_files"),
            *(pl.col(n).sum() for n in numbers),
        )
        .sort("source")
    )
    failed = checks.filter(~pl.col("passed")).sort("severity", "table_name", "check_name")
    columns = ("table_name", "check_name", "severity", "expected", "actual", "unexpected")
    return DataQuality(
        manifest.ledger,
        manifest.checks,
        tuple(SourceLedger(*row) for row in by_source.select("source", "files", "refused_files", *numbers).rows()),
        tuple(FailedCheck(*row) for row in failed.select(columns).rows()),
    )


def freshness(manifest: Manifest, status: RunStatus | None, now: datetime | None = None) -> Freshness:
    """What a reader must know about the age of the numbers. ``now`` None: no statement about the clock (reports)."""
    zone = manifest.presentation.time_zone
    told = (
        f"Everything that was known by {moment(manifest.as_of, zone)}; published {moment(manifest.published_at, zone)}."
    )
    if status is None:
        return Freshness("good", f"Data as of {moment(manifest.as_of, zone)}", told)
    when = moment(status.finished_at or status.started_at, zone)
    if status.outcome in ("blocked", "failed"):
        why = f" What it said: {status.message.rstrip('.')}." if status.message else ""
        checks = f" Failed checks: {', '.join(status.failed_checks)}." if status.failed_checks else ""
        word = "was stopped by its checks" if status.outcome == "blocked" else "failed"
        return Freshness(
            "warning",
            f"The last run {word} on {when}; these are the numbers from before it",
            f"{told}{why}{checks}",
        )
    if status.outcome == "running" and status.run_id != manifest.run_id:
        return Freshness("warning", f"A run started on {moment(status.started_at, zone)} and has not ended", told)
    silent_days = 0 if now is None else (now - (status.finished_at or status.started_at)).days
    if silent_days >= SILENT_DAYS:
        return Freshness("warning", f"No run has ended for {count(silent_days)} days", told)
    word = "found nothing new" if status.outcome == "unchanged" else "published"
    return Freshness("good", f"Data as of {moment(manifest.as_of, zone)}", f"{told} The last run {word} on {when}.")
