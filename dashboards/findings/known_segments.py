"""The segments that segment divergence compared (M16), by id: what a segment's own page needs of its row."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from dashboards.findings.divergence import IS_SENSITIVE
from dashboards.findings.overlap import read_days
from dashboards.results.compared_sides import Side
from dashboards.snapshot.groups import Group, read_group
from dashboards.snapshot.queries import Queries
from dashboards.snapshot.segment_ids import id_hash, segment_id
from dashboards.wording.divergence import DIVERGING, OUTCOMES, UNDERVALUED


@dataclass(frozen=True)
class KnownSegment:
    """``text`` is the segment's name in the tables. ``period`` and ``baseline``: first and last day. ``cause``: the narrower segment that explains the verdict.

    ``is_sensitive``: the verdict rests on how issues are coded, and does not count.
    """

    text: str
    group: Group
    verdict: str
    q: float | None
    cause: Group | None
    lead_outcome: str | None
    period: tuple[date, date]
    baseline: tuple[date, date]
    is_sensitive: bool

    @property
    def sides(self) -> tuple[Side, Side]:
        """Baseline and current period."""
        return Side(self.group, *self.baseline), Side(self.group, *self.period)

    @property
    def has_verdict(self) -> bool:
        return self.verdict in (DIVERGING, UNDERVALUED) and not self.is_sensitive


def known_segments(queries: Queries) -> Mapping[str, KnownSegment]:
    """Every segment of segment_divergence by the hash of its id, other names of the same contacts included."""
    return queries.remember("known segments", lambda: _read(queries), lambda found: 1_000 * len(found) + 512)


def find_segment(queries: Queries, text: str) -> KnownSegment | None:
    """The segment whose id ``text`` is; None where the snapshot has no such one."""
    found = id_hash(text)
    return None if found is None else known_segments(queries).get(found)


def _read(queries: Queries) -> dict[str, KnownSegment]:
    table = queries.frames.analyses.segment_divergence
    columns = ("segment", "same_as", "verdict", "q", "cause_segment", "lead_outcome", "period", "baseline")
    rows = table.select(*columns, IS_SENSITIVE.alias("is_sensitive")).collect()
    found: dict[str, KnownSegment] = {}
    for row in rows.sort(pl.col("segment").str.len_bytes(), "segment", descending=True).iter_rows(named=True):
        period, baseline = read_days(row["period"]), read_days(row["baseline"])
        if period is None or baseline is None:
            continue
        cause = read_group(row["cause_segment"]) if row["cause_segment"] else None
        outcome = row["lead_outcome"] if row["lead_outcome"] in OUTCOMES else None
        own = read_group(row["segment"])
        for group in (*_aliases(row["same_as"]), own):
            found[segment_id(group).rsplit("-", maxsplit=1)[-1]] = KnownSegment(
                row["segment"], group, row["verdict"], row["q"], cause, outcome, period, baseline, row["is_sensitive"]
            )
    return found


def _aliases(text: str | None) -> tuple[Group, ...]:
    try:
        listed = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return ()
    return (
        tuple(read_group(json.dumps(each)) for each in listed if isinstance(each, dict))
        if isinstance(listed, list)
        else ()
    )


@dataclass(frozen=True)
class FrequentWord:
    """A word with the customers who said it when they came back, of those who said anything, now and in the baseline."""

    word: str
    now: tuple[int, int]
    before: tuple[int, int]


def frequent_words(queries: Queries, known: KnownSegment) -> tuple[FrequentWord, ...]:
    """The words that became more frequent in the repeats of a diverging segment, the surest first."""
    sql = (
        "select word, customers_period, speakers_period, customers_baseline, speakers_baseline from segment_words "
        "where segment = $segment order by z desc, word"
    )
    rows = queries.frame(sql, {"segment": known.text}).rows()
    return tuple(
        FrequentWord(word, (now, of_now), (before, of_before)) for word, now, of_now, before, of_before in rows
    )
