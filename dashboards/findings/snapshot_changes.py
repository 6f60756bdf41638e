"""What changed between two published snapshots: verdicts of segments, numbers of weeks, flags. Facts, no tests.

A snapshot is a state of knowledge: a week's number may change because its windows closed, records came late, or a definition
changed; which of these it was is not told apart here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

from dashboards.findings.divergence import IS_SENSITIVE
from dashboards.snapshot.frames import scan_table, weekly_counts
from dashboards.snapshot.groups import Group, read_group
from dashboards.wording.divergence import DIVERGING, UNDERVALUED
from pipelines.snapshot import Snapshot, SnapshotError, SnapshotStore

#: Key → numerator and denominator in kpi_weekly.
WEEKLY_RATES: Mapping[str, tuple[str, str]] = {
    "false_resolution": ("cohort_claimed_yes_outcome_no", "cohort_claimed_yes"),
    "repeat": ("repeat_any_30d", "mature_30d"),
    "claimed": ("cohort_claimed_yes", "cohort_n"),
    "contained": ("contained", "ai_contacts"),
}
#: Weeks that are compared, the latest that both snapshots hold.
WEEKS = 8
_FLAG_KEY = ("system", "contact_id", "rule")


@dataclass(frozen=True)
class KeptSnapshot:
    snapshot_id: str
    as_of: datetime


@dataclass(frozen=True)
class ChangedVerdict:
    """None: the segment was not, or is no longer, compared."""

    group: Group
    before: str | None
    now: str | None


@dataclass(frozen=True)
class ChangedWeek:
    """One rate of one week: numerator and denominator in the earlier and in the later snapshot."""

    monday: date
    measure: str
    before: tuple[int, int]
    now: tuple[int, int]


@dataclass(frozen=True)
class ChangedFlags:
    """Flags of a rule: only in the later snapshot, only in the earlier one, and in both."""

    rule: str
    came: int
    went: int
    stayed: int


@dataclass(frozen=True)
class SnapshotChanges:
    """``weeks``: those whose counts differ, the latest first; ``compared`` is how many weeks were looked at."""

    verdicts: tuple[ChangedVerdict, ...]
    weeks: tuple[ChangedWeek, ...]
    compared: int
    flags: tuple[ChangedFlags, ...]


def kept_snapshots(store: SnapshotStore, than: Snapshot) -> tuple[KeptSnapshot, ...]:
    """The other snapshots that are kept, the latest first; damaged ones are left out."""
    found = []
    for snapshot_id in store.manifest_ids():
        if snapshot_id == than.manifest.snapshot_id:
            continue
        try:
            manifest = store.open(snapshot_id).manifest
        except (SnapshotError, OSError):
            continue
        if manifest.published_at <= than.manifest.published_at:
            found.append(KeptSnapshot(snapshot_id, manifest.as_of))
    return tuple(sorted(found, key=lambda each: (each.as_of, each.snapshot_id), reverse=True))


def snapshot_changes(before: Snapshot, now: Snapshot) -> SnapshotChanges:
    """From ``before`` to ``now``; a table that one of them lacks is empty there."""
    weeks, compared = _weeks(before, now)
    return SnapshotChanges(_verdicts(before, now), weeks, compared, _flags(before, now))


def _verdicts(before: Snapshot, now: Snapshot) -> tuple[ChangedVerdict, ...]:
    was, is_now = (_verdicts_of(each) for each in (before, now))
    shown = (DIVERGING, UNDERVALUED)
    found = [
        ChangedVerdict(group, was.get(group), is_now.get(group))
        for group in {*was, *is_now}
        if was.get(group) != is_now.get(group) and (was.get(group) in shown or is_now.get(group) in shown)
    ]
    return tuple(sorted(found, key=lambda each: (each.now != DIVERGING, each.before != DIVERGING, each.group.words)))


def _verdicts_of(snapshot: Snapshot) -> dict[Group, str]:
    rows = _table(snapshot, "segment_divergence").select(
        "segment", pl.when(IS_SENSITIVE).then(pl.lit("sensitive to issue coding")).otherwise(pl.col("verdict"))
    )
    return {read_group(segment): verdict for segment, verdict in rows.collect().rows()}


def _weeks(before: Snapshot, now: Snapshot) -> tuple[tuple[ChangedWeek, ...], int]:
    was, is_now = (_weekly(each) for each in (before, now))
    both = sorted({*was} & {*is_now}, reverse=True)[:WEEKS]
    found = [
        ChangedWeek(monday, measure, was[monday][measure], is_now[monday][measure])
        for monday in both
        for measure in WEEKLY_RATES
        if was[monday][measure] != is_now[monday][measure]
    ]
    return tuple(found), len(both)


def _weekly(snapshot: Snapshot) -> dict[date, dict[str, tuple[int, int]]]:
    """Week → the counts of each rate, of the weeks that have any."""
    name = "kpi_weekly" if "kpi_weekly" in snapshot.manifest.tables else "kpi_daily"
    columns = sorted({column for pair in WEEKLY_RATES.values() for column in pair})
    rows = weekly_counts(_table(snapshot, name)).group_by("monday").agg(pl.col(columns).sum())
    return {
        row["monday"]: {measure: (row[top], row[bottom]) for measure, (top, bottom) in WEEKLY_RATES.items()}
        for row in rows.iter_rows(named=True)
        if any(row[bottom] for _, bottom in WEEKLY_RATES.values())
    }


def _flags(before: Snapshot, now: Snapshot) -> tuple[ChangedFlags, ...]:
    was, is_now = (_table(each, "case_flags").select(_FLAG_KEY) for each in (before, now))
    joined = was.with_columns(was=True).join(
        is_now.with_columns(is_now=True), on=_FLAG_KEY, how="full", coalesce=True, nulls_equal=True
    )
    had, has = pl.col("was").is_not_null(), pl.col("is_now").is_not_null()
    rows = (
        joined.group_by("rule")
        .agg(came=(has & ~had).sum(), went=(had & ~has).sum(), stayed=(had & has).sum())
        .sort("rule")
        .collect()
    )
    return tuple(ChangedFlags(*row) for row in rows.rows())


def _table(snapshot: Snapshot, name: str) -> pl.LazyFrame:
    return scan_table(snapshot, name, None if name in snapshot.manifest.tables else [])
