"""How far the data can be trusted: ledger, checks, and how the last night went, as typed results."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from dashboards.wording import moment
from pipelines.snapshot import CheckTotals, LedgerTotals, Manifest, RunStatus


@dataclass(frozen=True)
class SourceLedger:
    """Records of one source; rows_in = accepted + duplicates + superseded + quarantined + filtered."""

    source: str
    files: int
    refused_files: int
    rows_in: int
    accepted: int
    duplicates: int
    superseded: int
    quarantined: int
    filtered: int
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
    """``state``: ``good``, or ``warning`` when the last run did not succeed or none has for too long."""

    state: str
    headline: str
    detail: str


def data_quality(manifest: Manifest, checks: pl.DataFrame, ledger: pl.DataFrame) -> DataQuality:
    """Totals of the manifest with the ledger by source and the checks that failed."""
    numbers = ("rows_in", "accepted", "duplicates", "superseded", "quarantined", "filtered", "bad_values")
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


def freshness(
    manifest: Manifest, status: RunStatus | None, now: datetime | None = None, stale_run_hours: float = 0
) -> Freshness:
    """What a reader must know about the age of the numbers.

    ``now`` None: no statement about the clock (reports); else it is a warning that no run has succeeded, whether or not
    it found anything new, for ``stale_run_hours``.
    """
    zone = manifest.presentation.time_zone
    told = (
        f"Everything that was known by {moment(manifest.as_of, zone)}; published {moment(manifest.published_at, zone)}."
    )
    succeeded = last_success(manifest, status)
    stale = now is not None and is_stale(manifest, status, now, stale_run_hours)
    if status is not None and status.outcome in ("blocked", "failed"):
        when = moment(status.finished_at or status.started_at, zone)
        why = f" What it said: {status.message.rstrip('.')}." if status.message else ""
        checks = f" Failed checks: {', '.join(status.failed_checks)}." if status.failed_checks else ""
        since = f" No run has succeeded since {moment(succeeded, zone)}." if stale else ""
        word = "was stopped by its checks" if status.outcome == "blocked" else "failed"
        return Freshness(
            "warning",
            f"The last run {word} on {when}; these are the numbers from before it",
            f"{told}{since}{why}{checks}",
        )
    running = status is not None and status.outcome == "running" and status.run_id != manifest.run_id
    under_way = f"a run started on {moment(status.started_at, zone)}" if status is not None and running else ""
    if stale:
        unfinished = f" {under_way[:1].upper()}{under_way[1:]} and has not ended." if running else ""
        return Freshness("warning", f"No run has succeeded since {moment(succeeded, zone)}", f"{told}{unfinished}")
    if status is None:
        return Freshness("good", f"Data as of {moment(manifest.as_of, zone)}", told)
    if running:
        headline = f"Data as of {moment(manifest.as_of, zone)}; {under_way}"
        return Freshness("good", headline, f"{told} The numbers change when the run has published.")
    word = "found nothing new" if status.outcome == "unchanged" else "published"
    when = moment(status.finished_at or status.started_at, zone)
    return Freshness("good", f"Data as of {moment(manifest.as_of, zone)}", f"{told} The last run {word} on {when}.")


def last_success(manifest: Manifest, status: RunStatus | None) -> datetime:
    """When a run last ended well: it published, or found nothing new."""
    found = [manifest.published_at, status.succeeded_at if status else None]
    if status is not None and status.outcome in ("published", "unchanged"):
        found.append(status.finished_at)
    return max(each for each in found if each is not None)


def is_stale(manifest: Manifest, status: RunStatus | None, now: datetime, stale_run_hours: float) -> bool:
    """Whether no run has ended well for more than ``stale_run_hours`` at ``now``."""
    return now - last_success(manifest, status) > timedelta(hours=stale_run_hours)
