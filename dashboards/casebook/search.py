"""A search in what was said in flagged contacts: hits of the index, cut down to what the current snapshot flags."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from dashboards.casebook.case_query import CaseQuery
from dashboards.casebook.key import CaseKey
from dashboards.casebook.transcript_index import Snippet, TranscriptIndex, match_of
from dashboards.snapshot.queries import Queries

PAGE_HITS = 25


@dataclass(frozen=True)
class Hit:
    """A contact in which the words were said in ``turns`` turns; ``snippet``: the first of them."""

    key: CaseKey
    turns: int
    flags: int
    mode: str | None
    queue: str | None
    issue: str | None
    snippet: Snippet


@dataclass(frozen=True)
class Hits:
    """``number`` of ``pages``, from 1. ``total``: contacts; the latest come first."""

    number: int
    pages: int
    total: int
    rows: tuple[Hit, ...]


def search(queries: Queries, data_dir: Path, typed: str, asked: CaseQuery, number: int) -> Hits:
    """One page of the flagged contacts that ``asked`` leaves and in which the words were said.

    Raises SearchWordsError where nothing can be looked for, OSError if the index cannot be made.
    """
    match, index = match_of(typed), TranscriptIndex(queries, data_dir)
    found = index.found(match)
    key = ["system", "contact_id", "day"]
    flagged = (
        _asked_flags(queries, asked)
        .group_by(key)
        .agg(pl.len().alias("flags"), *(pl.col(name).first() for name in ("mode", "queue", "issue")))
        .join(found.lazy(), on=key, how="inner")
        .sort("day", "system", "contact_id", descending=[True, False, False])
        .collect()
    )
    pages = max(-(-flagged.height // PAGE_HITS), 1)
    number = min(number, pages)
    hits = []
    for row in flagged.slice((number - 1) * PAGE_HITS, PAGE_HITS).iter_rows(named=True):
        snippet = index.snippet(row["part"], row["first"], match)
        if snippet is not None:
            case = CaseKey(row["system"], row["contact_id"], row["day"])
            hits.append(Hit(case, row["turns"], int(row["flags"]), row["mode"], row["queue"], row["issue"], snippet))
    return Hits(number, pages, flagged.height, tuple(hits))


def _asked_flags(queries: Queries, asked: CaseQuery) -> pl.LazyFrame:
    flags = queries.cut(asked.filters).flags
    for name, value in asked.segment:
        flags = flags.filter(pl.col(name).eq_missing(pl.lit(value, pl.String)))
    for name, given in (("rule", asked.rule), ("severity", asked.severity), ("agent_id", asked.agent)):
        if given is not None:
            flags = flags.filter(pl.col(name) == given)
    if asked.first is not None:
        flags = flags.filter(pl.col("day") >= asked.first)
    if asked.last is not None:
        flags = flags.filter(pl.col("day") <= asked.last)
    return flags
