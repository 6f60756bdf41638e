"""Promises (M12), handoffs (M11) and contacts stuck with the AI (M19), each in one or two sentences.

The figures are published ones. What followed is said in the published sentence, where the difference can be told from
chance. A snapshot without these tables has no sentences here, and the report says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards import wording
from dashboards.report.prior_snapshot import HandoffTables
from dashboards.snapshot.groups import read_group

_FATES = ("kept_on_time", "kept_late", "broken")
_MAKERS = ((None, "all promises"), ("ai", "by the AI"), ("agent", "by agents"))
#: What followed, the most telling first.
_FOLLOWED = ("next_asked_for_human", "repeat_any_30d", "complaint_30d", "closed_account_30d")
NOT_THERE = "not in this snapshot"


@dataclass(frozen=True)
class ReportedShare:
    """One published measure; ``value`` is None with a ``reason``."""

    value: float | None
    lower: float | None
    upper: float | None
    n: int
    reason: str

    @property
    def words(self) -> str:
        return wording.percent(self.value)

    @property
    def span(self) -> str:
        return "" if self.value is None else wording.percent_range(self.lower, self.upper)


@dataclass(frozen=True)
class Kept:
    """What became of the promises of one maker; shares of those whose fate is known (``n``)."""

    maker: str
    n: int
    on_time: ReportedShare
    late: ReportedShare
    broken: ReportedShare


@dataclass(frozen=True)
class ReportedPromises:
    """``sentence`` says the whole or why there is nothing; ``followed``: what came after broken ones, may be empty."""

    kept: tuple[Kept, ...]
    sentence: str
    followed: str


@dataclass(frozen=True)
class HandedOver:
    """Handoffs and being stuck, a sentence each, with what followed. ``rows`` and ``beside_rows``: the same for a table."""

    complete: ReportedShare | None
    repeated: ReportedShare | None
    median_seconds: float | None
    stuck: ReportedShare | None
    handoffs: str
    followed: str
    stuck_words: str
    stuck_followed: str

    @property
    def rows(self) -> tuple[tuple[str, ReportedShare], ...]:
        """What is a share of what, and the share; those that are known."""
        named = (
            ("handoffs that reached the person complete", self.complete),
            ("handoffs after which the customer had to say it again", self.repeated),
            ("contacts led by the AI alone in which the customer was stuck, although they look contained", self.stuck),
        )
        return tuple((what, share) for what, share in named if share is not None and share.value is not None)

    @property
    def beside_rows(self) -> tuple[str, ...]:
        """What the rows do not say: why a share is not among them, the time to a person, and what followed."""
        unknown = [] if self.complete is not None and self.complete.value is not None else [self.handoffs]
        unknown += [] if self.stuck is not None and self.stuck.value is not None else [self.stuck_words]
        time = (
            f"Half of the customers had a person within {wording.duration(self.median_seconds)}."
            if self.median_seconds is not None
            else ""
        )
        return tuple(each for each in (*unknown, time, self.followed, self.stuck_followed) if each)


def promises(seams: HandoffTables) -> ReportedPromises:
    """Kept on time, late, broken: all, the AI's, agents'; and what followed the broken ones."""
    if seams.promise_rates is None:
        return ReportedPromises((), f"Promises: {NOT_THERE}.", "")
    rows = _measures(seams.promise_rates)
    kept = []
    for maker, name in _MAKERS:
        own = rows.get(() if maker is None else (("made_by", maker),), {})
        if all(fate in own for fate in _FATES) and own["broken"].n:
            kept.append(Kept(name, own["broken"].n, *(own[fate] for fate in _FATES)))
    if not kept:
        return ReportedPromises((), "No promise of which it is known what became of it.", "")
    whole = kept[0]
    if whole.broken.value is None:
        return ReportedPromises(tuple(kept), f"No rate of kept promises: {whole.broken.reason}.", "")
    number = wording.count(whole.n)
    sentence = (
        f"Of {number} promises whose fate is known {whole.on_time.words} were kept on time, {whole.late.words} late and "
        f"{whole.broken.words} broken ({whole.broken.span})."
    )
    apart = [f"{each.broken.words} of those {each.maker}" for each in kept[1:] if each.broken.value is not None]
    sentence += f" Broken: {wording.joined(apart)}." if apart else ""
    blind = rows.get((), {}).get("unverifiable")
    if blind is not None and blind.value:
        sentence += f" {blind.words} of all {wording.count(blind.n)} cannot be verified and are in no share."
    return ReportedPromises(tuple(kept), sentence, _followed(seams, "promise", (("status", "broken"),)))


def handed_over(seams: HandoffTables) -> HandedOver:
    """How complete handoffs are, how often customers start again; and who was stuck with the AI."""
    complete = repeated = stuck = None
    seconds: float | None = None
    after = ""
    handoffs, stuck_words, followed = f"Handoffs: {NOT_THERE}.", f"Stuck with the AI: {NOT_THERE}.", ""
    if seams.handoff_rates is not None:
        own = _measures(seams.handoff_rates).get((), {})
        complete, repeated = own.get("complete"), own.get("customer_repeated")
        seconds = own["median_seconds_to_human"].value if "median_seconds_to_human" in own else None
        handoffs = _handoffs(complete, repeated, seconds)
        followed = _followed(seams, "handoff", (("customer_repeated", "yes"), ("summary", "missing")))
    if seams.stuck is not None:
        stuck = _measures(seams.stuck).get((), {}).get("stuck")
        after = _followed(seams, "stuck", (("stuck", "yes"),)) if stuck is not None and stuck.value is not None else ""
        stuck_words = _stuck(stuck, _measures(seams.stuck).get((), {}).get("hung_up"))
    return HandedOver(complete, repeated, seconds, stuck, handoffs, followed, stuck_words, after)


def _handoffs(complete: ReportedShare | None, repeated: ReportedShare | None, seconds: float | None) -> str:
    said = []
    if complete is not None and complete.value is not None:
        said.append(
            f"{complete.words} of handoffs reached the person complete ({complete.span}, {wording.rests_on(complete.n)})"
        )
    if repeated is not None and repeated.value is not None:
        said.append(
            f"after {repeated.words} the customer had to say it again ({repeated.span}, {wording.rests_on(repeated.n)})"
        )
    if seconds is not None:
        said.append(f"half of the customers had a person within {wording.duration(seconds)}")
    if not said:
        return "Too few handoffs with a record of what reached the person to say how they went."
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}."


def _stuck(stuck: ReportedShare | None, hung_up: ReportedShare | None) -> str:
    if stuck is None or stuck.value is None:
        return f"Nothing can be said of customers stuck with the AI: {stuck.reason if stuck and stuck.reason else 'no such contact'}."
    return (
        f"In {stuck.words} ({stuck.span}) of {wording.count(stuck.n)} contacts that the AI led alone the customer was stuck "
        "with it, although they look contained."
        + (
            f" Whatever was claimed, the customer hung up in {hung_up.words}."
            if hung_up and hung_up.value is not None
            else ""
        )
    )


def _measures(table: pl.LazyFrame) -> dict[tuple[tuple[str, str], ...], dict[str, ReportedShare]]:
    """Group (its parts) → measure → share."""
    found: dict[tuple[tuple[str, str], ...], dict[str, ReportedShare]] = {}
    for row in table.select("grouping", "measure", "value", "lower", "upper", "n", "reason").collect().iter_rows():
        grouping, measure, value, lower, upper, n, reason = row
        found.setdefault(read_group(grouping).parts, {})[measure] = ReportedShare(
            value, lower, upper, n or 0, wording.clipped(reason or "")
        )
    return found


def _followed(seams: HandoffTables, subject: str, wanted: Sequence[tuple[str, str]]) -> str:
    """The published sentence of the first comparison in ``wanted`` that differs beyond chance; empty if none does."""
    if seams.outcomes_compared is None:
        return ""
    rows = seams.outcomes_compared.filter(
        (pl.col("subject") == subject) & ((pl.col("lower") > 0) | (pl.col("upper") < 0))
    ).collect()
    by_place: dict[tuple[str, str, str], dict[str, Any]] = {
        (row["factor"], row["level"], row["measure"]): row for row in rows.iter_rows(named=True)
    }
    for measure in _FOLLOWED:
        for factor, level in wanted:
            row = by_place.get((factor, level, measure))
            if row and row["sentence"]:
                return wording.clipped(row["sentence"], 320)
    return ""
