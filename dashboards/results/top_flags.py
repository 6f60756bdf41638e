"""Flagged contacts (M15) as typed results: the review queue, and what a person can check.

The queue is what nobody has judged yet and what became known in the seven days before ``as_of``: severe flags first, of
one severity the oldest first, at most two hundred. All other flags without a verdict are the backlog. Both are those of
the snapshot, so overview, cases and report show the same numbers; what was judged since stands on the cases page.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from dashboards import wording
from dashboards.snapshot.frames import Frames
from dashboards.wording.flags import flag_sentence, rule_name
from dashboards.wording.labels import shown_value

QUEUE_DAYS = 7
LONGEST_QUEUE = 200
_KEY = ("system", "contact_id", "rule")


@dataclass(frozen=True)
class Evidence:
    name: str
    value: str


@dataclass(frozen=True)
class Flag:
    code: str
    rule: str
    severity: int
    known_at: datetime
    day: date
    contact_id: str
    mode: str | None
    issue: str | None
    sentence: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class FlagCount:
    """Flags of one rule in the queue; ``severe``: those of severity 3."""

    code: str
    rule: str
    flags: int
    severe: int


@dataclass(frozen=True)
class ReviewQueue:
    """The flags to look at today: ``total`` of them, ``top`` the first, ``counts`` by rule.

    They became known after ``since`` and up to ``until``. ``backlog``: flags without a verdict that are not in the
    queue. ``flags``: all flags there are, judged or not.
    """

    since: datetime
    until: datetime
    until_words: str
    total: int
    backlog: int
    flags: int
    counts: tuple[FlagCount, ...]
    top: tuple[Flag, ...]

    @property
    def words(self) -> str:
        """Queue and backlog in one or two sentences."""
        if not self.flags:
            return "No contact carries a flag."
        if not self.total and not self.backlog:
            return "Every flag has a verdict."
        days = f"in the {QUEUE_DAYS} days before {self.until_words}"
        older = (
            f"{wording.count(self.backlog)} older or further flag{'' if self.backlog == 1 else 's'} without a verdict"
        )
        if not self.total:
            return f"No flag without a verdict became known {days}. Backlog: {older}."
        kinds = "; ".join(
            f"{rule_name(each.rule)}: {wording.count(each.flags)}"
            + (f" ({wording.count(each.severe)} of severity 3)" if each.severe else "")
            for each in self.counts
        )
        number = f"{wording.count(self.total)} flag{'' if self.total == 1 else 's'}"
        backlog = f" Backlog: {older}." if self.backlog else " There is no backlog."
        return f"{number} to look at today, known {days} and not judged yet: {kinds}.{backlog}"


def queue_keys(flags: pl.LazyFrame, dispositions: pl.LazyFrame, as_of: datetime) -> tuple[pl.DataFrame, int, int]:
    """The queue of ``flags`` (rows of case_flags) in its order, the size of the backlog, and how many flags there are.

    The frame holds system, contact_id, rule, code, severity, day and known_at of at most ``LONGEST_QUEUE`` flags.
    ``dispositions``: the published table; a verdict that is not stale has judged its flag.
    """
    judged = dispositions.filter(pl.col("is_latest") & pl.col("stale_reason").is_null()).select(_KEY).unique()
    narrow = flags.select(*_KEY, "code", "severity", "day", "known_at")
    is_new = (pl.col("known_at") > as_of - timedelta(days=QUEUE_DAYS)).fill_null(value=False)
    total, unjudged = narrow.select(pl.len()), narrow.join(judged, on=_KEY, how="anti")
    order = ("severity", "known_at", "system", "contact_id", "code")
    queue = unjudged.filter(is_new).sort(order, descending=[True, False, False, False, False]).head(LONGEST_QUEUE)
    found, left, everything = pl.collect_all([queue, unjudged.select(pl.len()), total])
    return found, left.item() - found.height, everything.item()


def review_queue(frames: Frames, *, limit: int = 10) -> ReviewQueue:
    """The review queue of the snapshot, of the contacts that ``frames`` leave, with its first ``limit`` flags in full."""
    as_of, flags = frames.manifest.as_of.astimezone(UTC), frames.flags
    keys, backlog, everything = queue_keys(flags, frames.dispositions, as_of)
    counts = keys.group_by("code", "rule").agg(flags=pl.len(), severe=(pl.col("severity") == 3).sum()).sort("code")
    first = keys.head(limit)
    full = (
        flags.filter(pl.col("day").is_in(first["day"].unique().implode()))
        .select(*_KEY, "mode", "issue", "evidence")
        .join(first.select(_KEY).lazy(), on=_KEY, how="semi")
        .collect()
    )
    top = first.join(full, on=_KEY, how="left", maintain_order="left")
    return ReviewQueue(
        as_of - timedelta(days=QUEUE_DAYS),
        as_of,
        wording.moment(as_of, frames.time_zone),
        keys.height,
        backlog,
        everything,
        tuple(FlagCount(*row) for row in counts.select("code", "rule", "flags", "severe").rows()),
        tuple(
            Flag(
                row["code"],
                row["rule"],
                row["severity"],
                row["known_at"],
                row["day"],
                row["contact_id"],
                row["mode"],
                wording.clipped(shown_value("issue", row["issue"])) if row["issue"] else None,
                flag_sentence(row["rule"], row["evidence"], frames.time_zone),
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
