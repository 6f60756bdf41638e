"""Diverging segments: at most three, each with what happened, its cause, size, cost, owner and related findings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards import wording
from dashboards.findings import Findings, Segment
from dashboards.findings.divergence import IS_SENSITIVE, SHOWN, contacts_shared
from dashboards.findings.overlap import SharedContacts
from dashboards.report.related_findings import better_policy, overconfident
from dashboards.snapshot.frames import Frames
from dashboards.snapshot.groups import Group, read_group
from dashboards.wording import divergence as sentences
from dashboards.wording.divergence import DIVERGING
from pipelines.snapshot import PresentedOwner

#: Share of a segment's contacts in another from which the report says that they overlap.
_OVERLAP = 0.5


@dataclass(frozen=True)
class DivergingSegment:
    """One diverging segment. ``sentence``: what happened to whom; ``certainty``: the changes with their intervals.

    ``briefly``: the same without figures. ``cause``: the narrower segment that explains it, ``overlap``: a segment named
    before that holds most of its contacts, with the share; both may be empty. ``also``: other diverging segments of
    (nearly) the same contacts or of some of them. ``money`` (above 0 is lost, in ``currency``) is None without costs;
    ``excess_repeats`` are those beyond the baseline's rate. ``confidence`` and ``policy`` are related findings about the
    same contacts, empty where there are none. ``owner`` is empty where none is configured.
    """

    name: str
    sentence: str
    certainty: str
    briefly: str
    cause: str
    overlap: str
    also: tuple[str, ...]
    contacts: int
    customers: int
    excess_repeats: float | None
    owner: str
    currency: str
    money: float | None
    money_lower: float | None
    money_upper: float | None
    money_counts: str | None
    confidence: str
    policy: str

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Name and words of everything that is known of it; what is not known has no row."""
        money = ""
        if self.money is not None:
            bounds = (self.money_lower, self.money_upper)
            money = sentences.money_sentence(self.money_counts, self.money, *bounds, self.currency)
        rows = (
            ("Change", self.certainty),
            ("Cause", sentences.cause_sentence(self.cause) if self.cause else ""),
            ("Size", sentences.size_words(self.contacts, self.excess_repeats)),
            ("Cost", money),
            ("AI confidence", self.confidence),
            ("Escalation", self.policy),
            ("Owner", wording.clipped(self.owner, 80)),
            ("Same contacts", "; ".join(self.also)),
            ("Overlap", self.overlap),
        )
        return tuple((name, words) for name, words in rows if words)


@dataclass(frozen=True)
class DivergingSegments:
    """``shown``: at most three segments. ``others``: names of the other diverging ones, which may share contacts with these.

    ``reverse``: the best undervalued segment in a sentence; empty if there is none.
    """

    shown: tuple[DivergingSegment, ...]
    others: tuple[str, ...]
    reverse: str


def diverging_segments(found: Findings, frames: Frames, owners: Sequence[PresentedOwner]) -> DivergingSegments:
    """The segments that pages and report show as diverging, in their order, the strongest evidence first.

    Segments of (nearly) the same contacts take one place together.
    """
    hidden = found.divergence.hidden
    reverse = f"The reverse: {hidden.sentence}" if hidden else ""
    entries = found.divergence.entries
    if not entries:
        return DivergingSegments((), (), reverse)
    listed = frames.analyses.segment_divergence.filter((pl.col("verdict") == DIVERGING) & ~IS_SENSITIVE).collect()
    rows = {read_group(row["segment"]): row for row in listed.iter_rows(named=True)}
    shown = found.divergence.shown
    shared = contacts_shared(shown, frames)
    summary, policies = frames.analyses.calibration_summary, frames.analyses.escalation_policy
    made: list[DivergingSegment] = []
    for place, entry in enumerate(entries[:SHOWN]):
        segment = entry.segment
        policy = better_policy(segment.group, policies, found.currency)
        # Two segments of one workflow have one policy: it stands with the first.
        policy = "" if any(policy == other.policy for other in made) else policy
        made.append(
            _made(
                segment,
                rows[segment.group],
                overlap=_overlap(place, shown, shared),
                also=tuple(_name(each) for each in entry.also),
                owner=owner_of(segment.group, owners),
                currency=found.currency,
                confidence=overconfident(segment.group, summary),
                policy=policy,
            )
        )
    return DivergingSegments(tuple(made), tuple(_name(each.segment) for each in entries[SHOWN:]), reverse)


def owner_of(segment: Group, owners: Sequence[PresentedOwner]) -> str:
    """The name of the owner whose entry names most of ``segment`` and nothing else; of several the first; '' for none."""
    parts = set(segment.parts)
    fitting = [owner for owner in owners if set(owner.segment.items()) <= parts]
    return max(fitting, key=lambda owner: len(owner.segment)).name if fitting else ""


def _made(
    segment: Segment,
    row: Mapping[str, Any],
    *,
    overlap: str,
    also: tuple[str, ...],
    owner: str,
    currency: str,
    confidence: str,
    policy: str,
) -> DivergingSegment:
    return DivergingSegment(
        name=wording.capital(wording.clipped(segment.group.words, 90)),
        sentence=segment.sentence,
        certainty=sentences.certainty((segment.proxy, segment.outcome), segment.q),
        briefly=sentences.briefly(segment.proxy, segment.outcome),
        cause=wording.clipped(segment.cause.words, 80) if segment.cause else "",
        overlap=overlap,
        also=also,
        contacts=segment.contacts,
        customers=segment.customers,
        excess_repeats=row["excess_repeats"],
        owner=owner,
        currency=currency,
        money=segment.money,
        money_lower=segment.money_lower,
        money_upper=segment.money_upper,
        money_counts=segment.money_counts,
        confidence=confidence,
        policy=policy,
    )


def _overlap(place: int, shown: Sequence[Segment], shared: SharedContacts) -> str:
    """What a segment has in common with one named before it, where it is most of either; else empty."""
    for other in range(place):
        inner, outer = shared.part(place, other), shared.part(other, place)
        if inner >= _OVERLAP:
            return sentences.lies_within(inner, _name(shown[other]))
        if outer >= _OVERLAP:
            return sentences.holds(outer, _name(shown[other]))
    return ""


def _name(segment: Segment) -> str:
    return wording.clipped(segment.group.words, 80)
