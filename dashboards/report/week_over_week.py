"""What is new this week: findings that were not there a week ago, findings that are gone, numbers that changed.

Findings are the entries of the folded list. One is new if none of its names diverged in the snapshot of a week ago, and one
of then is gone if none of its names diverges now; so a finding that only changed its name is neither.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from dashboards import wording
from dashboards.findings.divergence import IS_SENSITIVE, Entry, Segment, divergence, segment_days
from dashboards.findings.overlap import SharedContacts, shared_contacts
from dashboards.report.diverging_segments import DivergingSegments, entries_within
from dashboards.report.numbers import KeyNumber
from dashboards.snapshot.frames import files_between, scan_table
from dashboards.snapshot.groups import ALL, Group, read_group
from dashboards.snapshot.prior import PriorSnapshot
from dashboards.wording import report as sentences
from dashboards.wording.divergence import DIVERGING

#: New findings, and findings that are gone, that are named.
_NAMED = 4


@dataclass(frozen=True)
class WeekOverWeek:
    """``new``, ``gone`` and ``numbers`` are sentences, any may be empty; ``lines``: all of them, or the one that says that nothing is new.

    ``prior_id`` and ``prior_as_of``: the snapshot of a week ago, empty where none is kept. ``source`` says what was
    compared with what.
    """

    prior_id: str
    prior_as_of: datetime | None
    new: tuple[str, ...]
    gone: tuple[str, ...]
    numbers: tuple[str, ...]
    lines: tuple[str, ...]
    source: str


def diverging_groups(segments: pl.LazyFrame) -> frozenset[Group]:
    """Every segment with that verdict, folded or not. ``segments``: segment_divergence."""
    kept = segments.filter((pl.col("verdict") == DIVERGING) & ~IS_SENSITIVE)
    return frozenset(read_group(text) for text in kept.select("segment").collect()["segment"])


def week_over_week(
    numbers: Sequence[KeyNumber],
    diverging: DivergingSegments,
    now: frozenset[Group],
    prior: PriorSnapshot | None,
    *,
    time_zone: str,
    part: Group = ALL,
) -> WeekOverWeek:
    """What changed. ``now``: ``diverging_groups`` of this snapshot; ``part``: the contacts of which alone is spoken."""
    moved = tuple(
        sentences.number_changed(number.name, number.change_words)
        for number in numbers
        if number.direction and number.change is not None
    )
    if prior is None:
        lines = moved or (sentences.nothing_new(diverging.number, "", compared=False),)
        return WeekOverWeek("", None, (), (), moved, lines, sentences.NO_PRIOR)
    new = diverging.new[:_NAMED]
    if len(diverging.new) > _NAMED:
        new = (*new, sentences.more_new(len(diverging.new) - _NAMED))
    gone = _gone(prior, now, part)
    when = wording.moment(prior.as_of, time_zone)
    since = wording.day_words(prior.as_of.date())
    lines = (*new, *gone, *(moved or (sentences.NO_NUMBER_CHANGED,)))
    if not (new or gone or moved):
        lines = (sentences.nothing_new(diverging.number, since, compared=True),)
    return WeekOverWeek(prior.snapshot_id, prior.as_of, new, gone, moved, lines, sentences.compared_with(when))


def _gone(prior: PriorSnapshot, now: frozenset[Group], part: Group) -> tuple[str, ...]:
    """The findings of a week ago that are none any more, in a sentence; nothing where all are."""
    days = segment_days(prior.segments)
    files = files_between(prior.snapshot, "contact_outcomes", *days) if days else []

    def shared(found: Sequence[Segment]) -> SharedContacts:
        outcomes = scan_table(prior.snapshot, "contact_outcomes", files)
        return shared_contacts([each.group for each in found], days, outcomes)

    entries = entries_within(divergence(prior.segments, shared).entries, part)
    ended = [entry for entry in entries if not any(each.group in now for each in entry.names)]
    names = [_name(entry) for entry in ended[:_NAMED]]
    names += [wording.plural(len(ended) - _NAMED, "other")] if len(ended) > _NAMED else []
    return (sentences.no_longer(names),) if names else ()


def _name(entry: Entry) -> str:
    return wording.clipped(entry.segment.group.words, 80)
