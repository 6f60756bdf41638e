"""Sentences of how data arrives, what columns hold, and how runs went."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from dashboards.wording.dates import moment
from dashboards.wording.numbers import duration, joined, plural, whole_percent
from pipelines.snapshot import RunStatus

ARRIVAL_METHOD = (
    "Usual: the middle of the last 20 gaps between deliveries. Late: more time has passed than the gap that nine in ten of "
    "them kept, and a quarter more, or than the configuration allows. Judged when the last run began."
)
FILL_METHOD = (
    "Share of the records that count with a value, by week of the record. A drop: at least 10 points below the middle of "
    "the four to eight weeks before, and more than chance."
)

_PARTS = {
    "reading": "Reading and versions",
    "sql": "Tables (SQL)",
    "words": "Words: scores and promises",
    "statistics": "Statistics",
    "checks": "Checks",
    "publishing": "Publishing",
}
_OUTCOMES = {
    "running": "under way",
    "published": "published",
    "unchanged": "nothing new",
    "blocked": "stopped by its checks",
    "failed": "failed",
}


def run_part(part: str) -> str:
    """What a part of a run is called."""
    return _PARTS[part]


def run_outcome(outcome: str) -> str:
    """How a run ended, in a word or two."""
    return _OUTCOMES.get(outcome, outcome)


def last_run(status: RunStatus | None, time_zone: str) -> str:
    """How the last run went, in a sentence: one under way, or without news, is no failure."""
    if status is None:
        return "No run has left its status here."
    began = moment(status.started_at, time_zone)
    if status.outcome == "running":
        return f"A run started on {began} and is under way. The numbers change when it has published."
    took = duration((status.finished_at - status.started_at).total_seconds()) if status.finished_at else ""
    after = f" after {took}" if took else ""
    said = f": {status.message.rstrip('.')}" if status.message else ""
    failed = f" Failed checks: {', '.join(status.failed_checks)}." if status.failed_checks else ""
    run = f"The last run, started on {began},"
    match status.outcome:
        case "published":
            return f"{run} published{after}."
        case "unchanged":
            return f"{run} found nothing new; the numbers are up to date."
        case "blocked":
            return f"{run} was stopped by its checks, and the numbers from before it stand{said}.{failed}"
        case _:
            return f"{run} failed{after}, and the numbers from before it stand{said}.{failed}"


def rhythm(gap: timedelta) -> str:
    """How often something arrives whose usual gap is ``gap``."""
    hours = gap / timedelta(hours=1)
    days = hours / 24
    if hours < 1.5:
        return "hourly or more often"
    if hours < 20:
        return f"every {hours:.0f} hours"
    if days < 1.5:
        return "daily"
    if 6.5 <= days <= 7.5:
        return "weekly"
    if 27 <= days <= 32:
        return "monthly"
    return f"every {days:.0f} days"


def lateness(late_by: timedelta) -> str:
    """``late by 3 days``."""
    hours = late_by / timedelta(hours=1)
    return f"late by {plural(max(1, round(hours)), 'hour')}" if hours < 48 else f"late by {round(hours / 24)} days"


def arrivals_headline(late: Sequence[str], known: int, last: datetime | None, time_zone: str) -> str:
    """Which sources are late, of so many whose rhythm is known; ``last``: when anything last arrived."""
    if not known:
        return "No source has delivered often enough to say when it is due."
    if not late:
        return (
            f"All {known} sources with a known rhythm have delivered as usual."
            if known > 1
            else "The source has delivered as usual."
        )
    if len(late) == known > 1 and last is not None:
        return f"Nothing has arrived from any source since {moment(last, time_zone)}, as in an archive or a simulated operation."
    return f"Late: {joined(list(late))} ({len(late)} of {known})."


def fill_drop(source: str, column: str, week: str, before: float, after: float) -> str:
    """One column that is filled less than before."""
    return f"{source}, {column}: {whole_percent(before)} → {whole_percent(after)} from {week} on"


def no_drops(columns: int) -> str:
    """That no column is filled less than before."""
    return f"None of {plural(columns, 'column')} is filled less than in the weeks before."
