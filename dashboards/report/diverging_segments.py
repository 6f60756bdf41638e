"""What is worse than it looks: at most three diverging segments, each with what happened, how sure, cost and owner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards import wording
from dashboards.findings import Findings, Segment
from dashboards.findings.divergence import IS_SENSITIVE, SHOWN, Entry, contacts_shared
from dashboards.findings.overlap import SharedContacts
from dashboards.report.cost import Cost, cost_of
from dashboards.report.links import segment_address
from dashboards.report.related_findings import better_policy, overconfident
from dashboards.snapshot.frames import Frames
from dashboards.snapshot.groups import ALL, Group, read_group
from dashboards.wording import divergence as sentences
from dashboards.wording import report as words
from dashboards.wording.divergence import DIVERGING
from pipelines.snapshot import PresentedOwner

#: Share of a segment's contacts in another from which the report says that they overlap.
_OVERLAP = 0.5


@dataclass(frozen=True)
class DivergingSegment:
    """One diverging segment. ``sentence``: what happened to whom; ``certainty``: the changes with their intervals.

    ``briefly``: the same without figures. ``is_new``: no name of it diverged a week ago; None where nobody knows.
    ``cause``: the narrower segment that explains it, ``overlap``: a segment named before that holds most of its contacts,
    or of which it holds most; both may be empty. ``also``: other diverging segments of (nearly) the same contacts or of some
    of them. ``confidence`` and ``policy`` are related findings about the same contacts, empty where there are none.
    ``owner`` is empty where none is configured. ``address``: its page in the dashboards, empty without their address.
    """

    group: Group
    name: str
    sentence: str
    certainty: str
    briefly: str
    is_new: bool | None
    cause: str
    overlap: str
    also: tuple[str, ...]
    contacts: int
    customers: int
    owner: str
    cost: Cost
    confidence: str
    policy: str
    address: str

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Name and words of what is known of it; what is not known has no row."""
        rows = (
            ("How sure", self.certainty),
            ("Affected", words.affected(self.contacts, self.customers)),
            ("Cost, certain", self.cost.certain),
            ("Cost, not certain", self.cost.uncertain),
            ("Cost", self.cost.whole),
            ("Also found as", "; ".join(self.also)),
            ("Overlap", self.overlap),
        )
        return tuple((name, said) for name, said in rows if said)


@dataclass(frozen=True)
class DivergingSegments:
    """``shown``: at most three segments. ``others``: names of the other diverging ones, which may share contacts with these.

    ``new``: those that did not diverge a week ago, each in a sentence, shown or not. ``reverse``: the best undervalued
    segment in a sentence; empty if there is none.
    """

    shown: tuple[DivergingSegment, ...]
    others: tuple[str, ...]
    new: tuple[str, ...]
    reverse: str

    @property
    def number(self) -> int:
        return len(self.shown) + len(self.others)


def entries_within(entries: Sequence[Entry], part: Group) -> tuple[Entry, ...]:
    """The entries that lie within ``part`` (ALL: all), each under a name that says so and with such names alone."""
    if part == ALL:
        return tuple(entries)
    within = set(part.parts)
    found = []
    for entry in entries:
        names = [each for each in entry.names if within <= set(each.group.parts)]
        if names:
            found.append(Entry(names[0], tuple(names[1:])))
    return tuple(found)


def diverging_segments(
    found: Findings,
    frames: Frames,
    owners: Sequence[PresentedOwner],
    *,
    before: frozenset[Group] | None = None,
    part: Group = ALL,
    dashboards: str = "",
) -> DivergingSegments:
    """The segments that pages and report show as diverging, in their order, the strongest evidence first.

    Segments of (nearly) the same contacts take one place together. ``before``: what diverged a week ago, None where that is
    not known. ``part``: only segments within it, and nothing that tells of other contacts. ``dashboards``: their address.
    """
    hidden = entries_within(found.divergence.reversed_entries, part)
    reverse = words.better_than_it_looks(hidden[0].segment.sentence) if hidden else ""
    entries = entries_within(found.divergence.entries, part)
    if not entries:
        return DivergingSegments((), (), (), reverse)
    listed = frames.analyses.segment_divergence.filter((pl.col("verdict") == DIVERGING) & ~IS_SENSITIVE).collect()
    rows = {read_group(row["segment"]): row for row in listed.iter_rows(named=True)}
    shown = [entry.segment for entry in entries[:SHOWN]]
    shared = contacts_shared(shown, frames)
    summary, policies = frames.analyses.calibration_summary, frames.analyses.escalation_policy
    new = [before is not None and not any(each.group in before for each in entry.names) for entry in entries]
    made: list[DivergingSegment] = []
    for place, entry in enumerate(entries[:SHOWN]):
        segment = entry.segment
        policy = better_policy(segment.group, policies, found.currency, part)
        # Two segments of one workflow have one policy: it stands with the first.
        policy = "" if any(policy == other.policy for other in made) else policy
        made.append(
            _made(
                entry,
                rows[segment.group],
                is_new=None if before is None else new[place],
                overlap=_overlap(place, shown, shared),
                owner=owner_of(segment.group, owners),
                cost=cost_of(rows[segment.group], frames.manifest.presentation.costs, found.currency),
                confidence=overconfident(segment.group, summary, part),
                policy=policy,
                address=segment_address(dashboards, segment.group),
            )
        )
    others = tuple(_name(each.segment) for each in entries[SHOWN:])
    said = [words.new_in_short(each.name, each.briefly, each.overlap) for each in made if each.is_new]
    beyond = zip(entries[SHOWN:], new[SHOWN:], strict=True)
    said += [words.new_finding(entry.segment.sentence) for entry, is_new in beyond if is_new]
    return DivergingSegments(tuple(made), others, tuple(said), reverse)


def owner_of(segment: Group, owners: Sequence[PresentedOwner]) -> str:
    """The name of the owner whose entry names most of ``segment`` and nothing else; of several the first; '' for none."""
    parts = set(segment.parts)
    fitting = [owner for owner in owners if set(owner.segment.items()) <= parts]
    found = max(fitting, key=lambda owner: len(owner.segment)).name if fitting else ""
    return wording.clipped(found, 80)


def _made(
    entry: Entry,
    row: Mapping[str, Any],
    *,
    is_new: bool | None,
    overlap: str,
    owner: str,
    cost: Cost,
    confidence: str,
    policy: str,
    address: str,
) -> DivergingSegment:
    segment = entry.segment
    return DivergingSegment(
        group=segment.group,
        name=wording.capital(_name(segment)),
        sentence=segment.sentence,
        certainty=words.how_sure(sentences.certainty((segment.proxy, segment.outcome), None), segment.q),
        briefly=sentences.briefly(segment.proxy, segment.outcome),
        is_new=is_new,
        cause=wording.clipped(segment.cause.words, 80) if segment.cause else "",
        overlap=overlap,
        also=tuple(_name(each) for each in entry.also),
        contacts=row["contacts_period"] or segment.contacts,
        customers=segment.customers,
        owner=owner,
        cost=cost,
        confidence=confidence,
        policy=policy,
        address=address,
    )


def _overlap(place: int, shown: Sequence[Segment], shared: SharedContacts) -> str:
    """What a segment has in common with one named before it, where it is most of either; else empty."""
    for other in range(place):
        inner, outer = shared.part(place, other), shared.part(other, place)
        if inner >= _OVERLAP:
            return words.is_within(inner, _name(shown[other]))
        if outer >= _OVERLAP:
            return words.may_come_from(outer, _name(shown[other]))
    return ""


def _name(segment: Segment) -> str:
    return wording.clipped(segment.group.words, 80)
