"""Where KPIs and outcomes part: at most three segments, each with what moved, cause, size, customers, owner and money."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards import wording
from dashboards.findings import Findings, Segment
from dashboards.findings.divergence import SHOWN, contacts_shared
from dashboards.findings.overlap import SharedContacts
from dashboards.report.related_findings import overconfident, too_late
from dashboards.snapshot.frames import Frames
from dashboards.snapshot.groups import Group, read_group
from pipelines.contract.analyses import DIVERGENCE_MEASURES
from pipelines.snapshot import PresentedOwner

#: Share of a segment's contacts in another from which the report says that they overlap.
_OVERLAP = 0.5

#: Measure → (name in a sentence, unit, factor, decimals).
_MEASURES = {
    "handle_seconds": ("handle time", "s", 1, 0),
    "claimed": ("claimed resolution", "%", 100, 1),
    "contained": ("containment", "%", 100, 1),
    "repeat": ("repeat contact", "%", 100, 1),
    "false_resolution": ("claims that did not hold", "%", 100, 1),
    "complaint": ("complaints", "per 1,000", 1000, 1),
    "post_call_sentiment": ("sentiment after the contact", "", 1, 2),
}


@dataclass(frozen=True)
class Parting:
    """One diverging segment. ``moved``: what improved and what worsened, ``moved_briefly`` the same without figures.

    ``overlap``: with one named before it, or empty. ``also``: other diverging segments of (nearly) the same contacts or
    of some of them. ``money`` (above 0 is lost, in ``currency``) is None without costs; ``excess_repeats`` are those beyond the baseline's
    rate. ``confidence`` and ``policy`` are what other evidence says of the same contacts, empty where it says nothing.
    ``owner`` is empty where none is configured.
    """

    name: str
    moved: str
    moved_briefly: str
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
    confidence: str
    policy: str

    @property
    def size_words(self) -> str:
        said = f"{wording.count(self.contacts)} contacts"
        if self.excess_repeats is not None and abs(self.excess_repeats) >= 0.5:
            more = "more" if self.excess_repeats > 0 else "fewer"
            said += f"; about {wording.count(abs(self.excess_repeats))} {more} came back than at the earlier rate"
        return said

    @property
    def customers_words(self) -> str:
        return f"{wording.count(self.customers)} customer{'' if self.customers == 1 else 's'}"

    @property
    def owner_words(self) -> str:
        return wording.clipped(self.owner, 80) or "nobody named in the configuration"

    @property
    def money_words(self) -> str:
        if self.money is None:
            return "not counted: no costs are configured"
        said = wording.money(self.money, self.currency)
        if self.money_lower is None or self.money_upper is None:
            return said
        low, high = (wording.money(each, self.currency) for each in (self.money_lower, self.money_upper))
        if self.money_lower <= 0 <= self.money_upper:
            return f"between {low} and {high}: cannot be told from 0"
        return f"{said} ({low} to {high})"


@dataclass(frozen=True)
class Parted:
    """``shown``: at most three segments. ``others``: names of the other diverging ones, which may share contacts with these.

    ``reverse``: the best segment whose usual figures worsened while outcomes improved, in a sentence; empty if there is none.
    """

    shown: tuple[Parting, ...]
    others: tuple[str, ...]
    reverse: str


def partings(found: Findings, frames: Frames, owners: Sequence[PresentedOwner]) -> Parted:
    """The segments that all faces show as diverging, in their order, the strongest evidence first.

    Segments of (nearly) the same contacts take one place together.
    """
    table = frames.evidence.segment_divergence
    reverse = _reverse(found.divergence.hidden, table)
    entries = found.divergence.entries
    if not entries:
        return Parted((), (), reverse)
    listed = table.filter(pl.col("verdict") == "diverging").collect()
    rows = {read_group(row["segment"]): row for row in listed.iter_rows(named=True)}
    shown = found.divergence.shown
    shared = contacts_shared(shown, frames)
    summary, policies = frames.evidence.calibration_summary, frames.evidence.escalation_policy
    parted: list[Parting] = []
    for place, entry in enumerate(entries[:SHOWN]):
        segment = entry.segment
        policy = too_late(segment.group, policies, found.currency)
        # Two segments of one workflow have one policy: it is told at the first.
        policy = "" if any(policy == other.policy for other in parted) else policy
        parted.append(
            _parting(
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
    return Parted(tuple(parted), tuple(_name(each.segment) for each in entries[SHOWN:]), reverse)


def _reverse(segment: Segment | None, table: pl.LazyFrame) -> str:
    if segment is None:
        return ""
    rows = table.filter(pl.col("verdict") == segment.verdict).collect()
    row = next((row for row in rows.iter_rows(named=True) if read_group(row["segment"]) == segment.group), None)
    moved = _moved(row) if row else ""
    return f"The reverse, {_name(segment)}: {moved[:1].lower()}{moved[1:]}" if moved else ""


def owner_of(segment: Group, owners: Sequence[PresentedOwner]) -> str:
    """The name of the owner whose entry names most of ``segment`` and nothing else; of several the first; '' for none."""
    parts = set(segment.parts)
    fitting = [owner for owner in owners if set(owner.segment.items()) <= parts]
    return max(fitting, key=lambda owner: len(owner.segment)).name if fitting else ""


def _parting(
    segment: Segment,
    row: Mapping[str, Any],
    *,
    overlap: str,
    also: tuple[str, ...],
    owner: str,
    currency: str,
    confidence: str,
    policy: str,
) -> Parting:
    name = segment.group.words
    cause = (
        f"Without {wording.clipped(segment.cause.words, 80)} nothing of it is left."
        if segment.cause
        else "No part of it accounts for all of it."
    )
    return Parting(
        name=wording.clipped(name[:1].upper() + name[1:], 90),
        moved=_moved(row) or wording.clipped(segment.sentence, 260),
        moved_briefly=_moved(row, briefly=True) or "usual figures improved while outcomes worsened",
        cause=cause,
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
        confidence=confidence,
        policy=policy,
    )


def _moved(row: Mapping[str, Any], *, briefly: bool = False) -> str:
    """``Handle time fell from 140 to 104 s, while claims that did not hold rose from 33.6 to 52.5%.``; empty if unknown.

    ``briefly``: ``handle time fell while claims that did not hold rose``.
    """
    proxy, outcome = (_change(row, row[name], briefly=briefly) for name in ("lead_proxy", "lead_outcome"))
    if not (proxy and outcome):
        return ""
    return f"{proxy} while {outcome}" if briefly else f"{proxy[:1].upper()}{proxy[1:]}, while {outcome}."


def _change(row: Mapping[str, Any], measure: str | None, *, briefly: bool) -> str:
    if measure is None or measure not in _MEASURES or measure not in DIVERGENCE_MEASURES:
        return ""
    name, unit, factor, decimals = _MEASURES[measure]
    before, now = row[f"{measure}_baseline"], row[f"{measure}_period"]
    if before is None or now is None:
        return ""
    verb = "rose" if now > before else "fell"
    if briefly:
        return f"{name} {verb}"
    texts = [f"{factor * each:.{decimals}f}".replace("-", "−") for each in (before, now)]
    end = "%" if unit == "%" else f"\u202f{unit}" if unit == "s" else f" {unit}".rstrip()
    return f"{name} {verb} from {texts[0]} to {texts[1]}{end}"


def _overlap(place: int, shown: Sequence[Segment], shared: SharedContacts) -> str:
    """What a segment has in common with one told before it, where it is most of either; else empty."""
    for other in range(place):
        inner, outer = shared.part(place, other), shared.part(other, place)
        if inner >= _OVERLAP:
            return f"{_whole(inner)} of its contacts are also in {_name(shown[other])}."
        if outer >= _OVERLAP:
            return f"It holds {_whole(outer)} of the contacts of {_name(shown[other])}."
    return ""


def _whole(share: float) -> str:
    """A share as a whole per cent; 100 only where it is all."""
    return f"{100 if share == 1 else min(99, round(100 * share))}%"


def _name(segment: Segment) -> str:
    return wording.clipped(segment.group.words, 80)
