"""Segment divergence (M16): where the reported figures improve while the outcomes worsen, and where it is the reverse.

The same contacts are often found under several names, and a wide segment often diverges only because a narrow one does.
So what another row explains is folded into that row, and segments of (nearly) the same contacts take one place together.
The list that is left (``DivergenceFindings.entries``) is made once; every page and the report take theirs from it.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from dashboards import wording
from dashboards.findings.overlap import SharedContacts, read_days, shared_contacts, told_once
from dashboards.snapshot.frames import Frames, files_between, scan_table
from dashboards.snapshot.groups import Group, read_group, read_names
from dashboards.wording import divergence as sentences
from dashboards.wording.dates import describe_days
from dashboards.wording.divergence import ALIGNED, DIVERGING, INSUFFICIENT, MEASURES, UNDERVALUED, MeasureChange
from dashboards.wording.labels import value_in_sentence

#: Diverging segments shown, and segments, the strongest first, of which it is seen whether they share contacts.
SHOWN, COMPARED = 3, 50
#: A verdict that does not survive without the issues that may have been recoded: it leaves headline and lists.
IS_SENSITIVE = pl.col("is_sensitive_to_issue_coding").fill_null(value=False)
#: Ends of the columns of a measure.
_ENDS = ("baseline", "period", "change", "lower", "upper")
_COLUMNS = (
    "segment",
    "same_as",
    "verdict",
    "customers",
    "contacts_period",
    "q",
    "cause_segment",
    "within_segment",
    "moved_issues",
    "money",
    "money_lower",
    "money_upper",
    "money_counts",
    "lead_proxy",
    "lead_outcome",
    *(f"{measure}_{end}" for measure in MEASURES for end in _ENDS),
)  # fmt: skip


@dataclass(frozen=True)
class Segment:
    """One segment with a verdict. ``proxy`` and ``outcome``: the changes that carry it.

    ``cause``: the narrower segment that explains it. ``moved_issues``: issues whose share of the contacts moved, where the
    verdict was tested without them. ``folded``: rows that this one explains. ``money`` above 0 is lost,
    None where no costs are configured; ``money_counts``: what it counts. ``sentence`` says what happened to whom.
    """

    group: Group
    verdict: str
    customers: int
    contacts: int
    q: float | None
    money: float | None
    money_lower: float | None
    money_upper: float | None
    cause: Group | None
    same_as: tuple[str, ...]
    folded: int
    proxy: MeasureChange | None
    outcome: MeasureChange | None
    money_counts: str | None
    sentence: str
    moved_issues: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One place of the list: the segment that stands, and below it the other names of (nearly) the same contacts."""

    segment: Segment
    also: tuple[Segment, ...] = ()

    @property
    def names(self) -> tuple[Segment, ...]:
        return (self.segment, *self.also)


@dataclass(frozen=True)
class DivergenceFindings:
    """Verdicts by number and the folded lists, the strongest evidence first: ``entries`` of the diverging segments,
    ``reversed_entries`` of the undervalued ones.

    ``sensitive``: segments whose verdict rests on how issues are coded, of both kinds; they count in no other field.
    ``shown``: the segments that stand in the first entries; ``more``: how many entries there are beyond them; ``hidden``:
    the undervalued segment that stands first. ``headline`` says how many diverge, ``detail`` what that rests on.
    """

    looked_at: int
    diverging: int
    undervalued: int
    aligned: int
    insufficient: int
    period: str
    baseline: str
    shown: tuple[Segment, ...]
    more: int
    hidden: Segment | None
    headline: str
    detail: str
    entries: tuple[Entry, ...]
    reversed_entries: tuple[Entry, ...]
    sensitive: tuple[Segment, ...] = ()


#: How far the contacts of segments are the same.
Shared = Callable[[Sequence[Segment]], SharedContacts]


def divergence_of(frames: Frames) -> DivergenceFindings:
    """The verdicts of the snapshot, over all contacts whatever ``frames`` are filtered to."""
    return divergence(frames.analyses.segment_divergence, lambda found: contacts_shared(found, frames))


def divergence(table: pl.LazyFrame, shared: Shared | None = None) -> DivergenceFindings:
    """The headline of ``table``, segment_divergence; ordered by q, the strongest evidence first, then by money lost and by customers.

    Without ``shared`` nothing is known of the contacts, and each segment stands for itself.
    """
    counts = Counter(dict(table.filter(~IS_SENSITIVE).group_by("verdict").agg(pl.len()).collect().rows()))
    sensitive = [
        _segment(read_group(row["segment"]), row, None, 0)
        for verdict in (DIVERGING, UNDERVALUED)
        for row in _rows(table.filter(IS_SENSITIVE), verdict)
    ]
    period, baseline = compared_days(table)
    kept = table.filter(~IS_SENSITIVE)
    worse = _entries(_unfolded(_rows(kept, DIVERGING), sign=1), shared)
    better = _entries(_unfolded(_rows(kept, UNDERVALUED), sign=-1), shared)
    headline, detail = sentences.counts_line(
        **{verdict: counts[verdict] for verdict in (DIVERGING, UNDERVALUED, ALIGNED, INSUFFICIENT)},
        sensitive=len(sensitive),
        period=period,
        baseline=baseline,
    )
    return DivergenceFindings(
        looked_at=counts.total() + len(sensitive),
        diverging=counts[DIVERGING],
        undervalued=counts[UNDERVALUED],
        aligned=counts[ALIGNED],
        insufficient=counts[INSUFFICIENT],
        period=period,
        baseline=baseline,
        shown=tuple(each.segment for each in worse[:SHOWN]),
        more=max(0, len(worse) - SHOWN),
        hidden=better[0].segment if better else None,
        headline=headline,
        detail=detail,
        entries=worse,
        reversed_entries=better,
        sensitive=tuple(sorted(sensitive, key=lambda each: (1.0 if each.q is None else each.q, each.group.words))),
    )


def compared_days(table: pl.LazyFrame) -> tuple[str, str]:
    """Period and baseline in words, the baseline with how many of its days hold data where not all of them do."""
    columns = ("period", "baseline", "baseline_days", "baseline_days_with_data")
    rows = table.select(columns).head(1).collect()
    if not len(rows):
        return "", ""
    period, baseline, length, held = rows.row(0)
    return describe_days(period or ""), baseline_words(baseline, length, held)


def baseline_words(baseline: str | None, length: int | None, held: int | None) -> str:
    """``3 Jul – 3 Aug 2026 (30 of 84 days have data)``; the brackets only where days lack data."""
    days = describe_days(baseline or "")
    if not days or length is None or held is None or held >= length:
        return days
    return f"{days} ({held} of {length} days have data)"


def _entries(found: Sequence[Segment], shared: Shared | None) -> tuple[Entry, ...]:
    """``found`` with each of the first COMPARED once: those that stand, and below each its other names."""
    if shared is None or not found:
        return tuple(Entry(each) for each in found)
    compared, beyond = found[:COMPARED], found[COMPARED:]
    told = told_once([each.customers for each in compared], shared(compared))
    entries = [Entry(compared[place], tuple(compared[i] for i in also)) for place, also in told]
    return (*entries, *(Entry(each) for each in beyond))


def contacts_shared(found: Sequence[Segment], frames: Frames) -> SharedContacts:
    """How far the contacts of ``found`` are the same, in the period that was compared with the time before.

    Of all contacts, whatever is filtered, for of these the segments are.
    """
    days = segment_days(frames.analyses.segment_divergence)
    files = None if days is None else files_between(frames.snapshot, "contact_outcomes", *days)
    known = "contact_outcomes" in frames.manifest.tables
    outcomes = scan_table(frames.snapshot, "contact_outcomes", files) if known else frames.outcomes
    return shared_contacts([each.group for each in found], days, outcomes)


def segment_days(table: pl.LazyFrame) -> tuple[date, date] | None:
    """The days of the period that the segments of ``table`` are of; None without such days."""
    found = table.select("period").head(1).collect()["period"].to_list()
    return read_days(found[0]) if found else None


def _rows(table: pl.LazyFrame, verdict: str) -> list[dict[str, Any]]:
    rows = table.filter(pl.col("verdict") == verdict).select(_COLUMNS).sort("segment").collect()
    return list(rows.iter_rows(named=True))


def _unfolded(rows: Sequence[dict[str, Any]], sign: int) -> list[Segment]:
    """The segments that stand for themselves, the gravest first. ``sign``: 1 where money lost is grave, else −1."""
    # A row stands for itself also where the one that it repeats has left the list.
    there = {read_group(row["segment"]) for row in rows}
    rows = [
        row
        if row["within_segment"] is None or read_group(row["within_segment"]) in there
        else row | {"within_segment": None}
        for row in rows
    ]
    alone = {read_group(row["segment"]): row for row in rows if row["within_segment"] is None}
    cause = {group: read_group(row["cause_segment"]) for group, row in alone.items() if row["cause_segment"]}
    explained = {group: why for group, why in cause.items() if why in alone and group.holds(why)}
    within = [read_group(row["within_segment"]) for row in rows if row["within_segment"] is not None]
    # A row is folded into the last of its explanations; each is narrower than the one before, so that there is a last.
    folded = Counter(_last(group, explained) for group in [*explained, *within])
    found = [
        _segment(group, row, cause.get(group), folded[group]) for group, row in alone.items() if group not in explained
    ]
    # The strongest evidence first: a wide segment that only overlaps the one at fault has more customers and, by its noise,
    # often more money, but never a smaller q.
    return sorted(
        found, key=lambda each: (1.0 if each.q is None else each.q, -sign * (each.money or 0.0), -each.customers)
    )


def _last(group: Group, explained: Mapping[Group, Group]) -> Group:
    while group in explained:
        group = explained[group]
    return group


def _segment(group: Group, row: dict[str, Any], cause: Group | None, folded: int) -> Segment:
    proxy, outcome = (measure_change(row, row[name]) for name in ("lead_proxy", "lead_outcome"))
    return Segment(
        group=group,
        verdict=row["verdict"],
        customers=row["customers"],
        contacts=row["contacts_period"],
        q=row["q"],
        money=row["money"],
        money_lower=row["money_lower"],
        money_upper=row["money_upper"],
        cause=cause,
        same_as=read_names(row["same_as"]),
        folded=folded,
        proxy=proxy,
        outcome=outcome,
        money_counts=row["money_counts"],
        sentence=sentences.segment_sentence(
            group.words, row["verdict"], proxy=proxy, outcome=outcome, customers=row["customers"]
        ),
        moved_issues=read_issues(row["moved_issues"]),
    )


def read_issues(text: str | None) -> tuple[str, ...]:
    """The issues of a JSON list, as they are shown; empty without issues, and for text that holds no list."""
    try:
        found = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return ()
    if not isinstance(found, list):
        return ()
    return tuple(
        sentences.NO_ISSUE if each is None else wording.clipped(value_in_sentence("issue", str(each)), 60)
        for each in found
    )


def measure_change(row: Mapping[str, Any], measure: str | None) -> MeasureChange | None:
    """The change of ``measure`` in a row of segment_divergence; None for a measure that there is not."""
    if measure not in MEASURES:
        return None
    return MeasureChange(measure, *(row[f"{measure}_{end}"] for end in _ENDS))


def basis(segment: Segment) -> str:
    """``handle time −45 s (−58 to −24) · identical to contacts in queue b · false-alarm rate 0.3%``."""
    parts = [sentences.certainty((segment.proxy, segment.outcome), None)]
    if segment.same_as:
        parts.append(f"identical to {wording.joined(segment.same_as)}")
    if segment.moved_issues:
        parts.append(sentences.moved_issues(segment.moved_issues))
    if segment.folded:
        parts.append(f"explains {wording.plural(segment.folded, 'other segment')}")
    parts.append(sentences.q_words(segment.q))
    return " · ".join(filter(None, parts))
