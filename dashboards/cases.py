"""Flagged contacts (M15) as typed results: which to look at first, and what a person can check."""

import json
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from dashboards import wording
from dashboards.segment_names import shown_in_quotes, shown_value
from dashboards.weeks import Week

PERIOD_DAYS = 28


@dataclass(frozen=True)
class Evidence:
    name: str
    value: str


@dataclass(frozen=True)
class Flag:
    code: str
    rule: str
    severity: int
    day: date
    contact_id: str
    mode: str | None
    issue: str | None
    sentence: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class FlagCount:
    code: str
    rule: str
    flags: int
    severe: int


@dataclass(frozen=True)
class FlagList:
    """The top flags of the days ``first``–``last`` (None when nothing was flagged), and how many there are by rule."""

    first: date | None
    last: date | None
    total: int
    counts: tuple[FlagCount, ...]
    top: tuple[Flag, ...]


def top_flags(
    flags: pl.LazyFrame, up_to: Week, *, limit: int = 10, mode: str | None = None, cut: bool = False
) -> FlagList:
    """Flags of the 28 days that end with the latest flagged day of week ``up_to`` or before, severe and recent first.

    The period ends at the latest flagged day rather than at the week's end: most rules wait until a 30-day window has
    closed, so the last weeks have no flags yet.
    """
    rows = flags.filter(pl.col("day") <= up_to.sunday)
    if cut:
        rows = rows.filter(pl.col("mode").eq_missing(pl.lit(mode, pl.String)))
    last = rows.select(pl.col("day").max()).collect().item()
    if last is None:
        return FlagList(None, None, 0, (), ())
    first = last - timedelta(days=PERIOD_DAYS - 1)
    period = rows.filter(pl.col("day") >= first)
    counts = (
        period.group_by("code", "rule")
        .agg(flags=pl.len(), severe=(pl.col("severity") == 3).sum())
        .sort("code")
        .collect()
    )
    top = (
        period.select(
            "code", "rule", "severity", "day", "system", "contact_id", "mode", "issue", "sentence", "evidence"
        )
        .sort("severity", "day", "system", "contact_id", "code", descending=[True, True, False, False, False])
        .head(limit)
        .collect()
    )
    return FlagList(
        first,
        last,
        int(counts["flags"].sum()),
        tuple(FlagCount(*row) for row in counts.select("code", "rule", "flags", "severe").rows()),
        tuple(
            Flag(
                row["code"],
                row["rule"],
                row["severity"],
                row["day"],
                row["contact_id"],
                row["mode"],
                wording.clipped(shown_value("issue", row["issue"])) if row["issue"] else None,
                wording.said(shown_in_quotes(row["sentence"], "issue", row["issue"])),
                read_evidence(row["evidence"]),
            )
            for row in top.iter_rows(named=True)
        ),
    )


#: Fields of evidence that hold a value of a segment dimension.
_SEGMENTS = {"issue": "issue", "complaint_issue": "issue", "ai_model": "ai_model"}


def read_evidence(text: str) -> tuple[Evidence, ...]:
    """The fields of an evidence object; text that is no JSON object stands as it is."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return (Evidence("evidence", text),)
    if not isinstance(found, dict):
        return (Evidence("evidence", text),)
    return tuple(Evidence(str(name), _in_words(name, value)) for name, value in found.items() if value is not None)


def _in_words(name: str, value: object) -> str:
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if name == "sentiment_source":
        return wording.source_name(value)
    return shown_value(_SEGMENTS[name], value) if name in _SEGMENTS else value
