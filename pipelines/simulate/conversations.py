"""What was said: a conversation per leg, put together from the phrase stock by issue, mode, mood and outcome.

A conversation is a schedule of beats, each present or absent on a leg; all legs of a chunk are written at once.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.simulate.frames import canonical, decode, values
from pipelines.simulate.legs import Operations
from pipelines.simulate.phrases_en import HOSTILE
from pipelines.simulate.rhythm import Flags, Floats, Ints
from pipelines.simulate.stock import BEAT_NAMES, MOODS, Stock, spoken_mood
from pipelines.simulate.world import AI, EMAIL, HUMAN, JOINT, LANGUAGE_NAMES, VOICE

SPEAKERS = ("customer", "ai", "agent")
CUSTOMER, MACHINE, AGENT = 0, 1, 2
_NO_LEAD, _SERVER_LEAD = -1, len(MOODS)
_MISUNDERSTANDINGS_TOLD = 3
_HOSTILE_SHARE = 2e-4


@dataclass(frozen=True)
class SpokenLegs:
    """Legs that have a transcript. ``row``: contact; ``by_agent``: a person serves the leg. Shapes (legs,)."""

    row: Ints
    by_agent: Flags
    repeated: Flags
    """By contact: the customer has to say it again after the handoff."""
    promised: Flags
    """By contact: a promise is made."""

    def take(self, legs: npt.NDArray[np.generic]) -> "SpokenLegs":
        return SpokenLegs(self.row[legs], self.by_agent[legs], self.repeated, self.promised)


def spoken_legs(made: Operations, repeated: Flags, promised: Flags) -> SpokenLegs:
    """All legs of the period's contacts, first legs first."""
    mode = made.contacts.mode
    second = np.flatnonzero(mode == JOINT)
    return SpokenLegs(
        row=np.concatenate([np.arange(mode.size), second]),
        by_agent=np.concatenate([mode == HUMAN, np.ones(second.size, dtype=bool)]),
        repeated=repeated,
        promised=promised,
    )


def leg_ends(made: Operations, legs: SpokenLegs) -> Ints:
    """Epoch second at which each leg ends."""
    handed_over = ~legs.by_agent & (made.contacts.mode[legs.row] == JOINT)
    return np.where(handed_over, made.contacts.ai_ended[legs.row], made.contacts.ended[legs.row])


class _Schedule:
    """Collects beats; each call adds one turn to the legs where it is present, after the turns added before."""

    def __init__(self) -> None:
        self.legs: list[Ints] = []
        self.beats: list[Ints] = []
        self.speakers: list[Ints] = []
        self.moods: list[Ints] = []
        self.leads: list[Ints] = []

    def add(self, beat: str, speaker: Ints, present: Flags, mood: Ints, lead: Ints | int = _NO_LEAD) -> None:
        legs = np.flatnonzero(present)
        self.legs.append(legs)
        self.beats.append(np.full(legs.size, BEAT_NAMES.index(beat)))
        self.speakers.append(speaker[legs])
        self.moods.append(mood[legs])
        self.leads.append(np.full(legs.size, lead) if isinstance(lead, int) else lead[legs])


def conversation_turns(made: Operations, stock: Stock, legs: SpokenLegs, rng: np.random.Generator) -> pl.DataFrame:
    """The turns of ``legs``, as rows of the canonical table, leg by leg."""
    plan = _plan(made, legs, rng)
    leg = np.concatenate(plan.legs)
    order = np.argsort(leg, kind="stable")
    leg = leg[order]
    speaker = np.concatenate(plan.speakers)[order]
    row = legs.row[leg]
    language = made.customers.language[made.contacts.customer[row]]
    text = stock.texts(
        rng,
        language=language,
        beat=np.concatenate(plan.beats)[order],
        issue=made.contacts.issue[row],
        mood=np.concatenate(plan.moods)[order],
        lead_kind=np.concatenate(plan.leads)[order],
    )
    hostile = (speaker == CUSTOMER) & (rng.random(leg.size) < _HOSTILE_SHARE)
    text = decode(HOSTILE, rng.integers(0, len(HOSTILE), leg.size)).zip_with(pl.Series(hostile), text)

    first = np.searchsorted(leg, np.arange(legs.row.size))
    index = np.arange(leg.size) - first[leg]
    offset, duration = _timing(made, legs, leg, first, text)
    heard = (made.contacts.channel[row] == VOICE) & (rng.random(leg.size) < 0.98)
    ids = _leg_ids(made, legs).gather(leg)
    columns = {
        "contact_id": ids,
        "turn_index": values(index),
        "speaker": decode(SPEAKERS, speaker),
        "offset_seconds": values(offset),
        "duration_seconds": values(duration),
        "text": text,
        "asr_confidence": values(np.round(1 - rng.beta(1.2, 14, leg.size), 3), heard),
        "language": decode(LANGUAGE_NAMES, language),
    }
    return canonical("turns", columns)


def _plan(made: Operations, legs: SpokenLegs, rng: np.random.Generator) -> _Schedule:
    """The beats of each leg, in order."""
    n = legs.row.size
    part = made.contacts.take(legs.row)
    agent, machine = legs.by_agent, ~legs.by_agent
    joint, written = part.mode == JOINT, part.channel == EMAIL
    takes_over, hands_over = agent & joint, machine & joint
    last, live = ~hands_over, ~written
    again = takes_over & legs.repeated[legs.row]
    before, after = spoken_mood(part.opening_mood), spoken_mood(part.closing_mood)
    customer, server = np.full(n, CUSTOMER), np.where(agent, AGENT, MACHINE)

    def sometimes(share: Floats | float) -> Flags:
        return np.asarray(rng.random(n) < share)

    plan = _Schedule()
    plan.add("greeting_ai", server, machine & live, before)
    plan.add("greeting_agent", server, agent & live, before)
    plan.add("problem", customer, ~takes_over, before, before)
    plan.add("take_over", server, takes_over & ~again, before)
    plan.add("repeat_problem", customer, again, before)
    identified = live & ~takes_over & sometimes(0.7)
    plan.add("verify_ask", server, identified, before, _SERVER_LEAD)
    plan.add("verify_give", customer, identified, before)
    for number in range(_MISUNDERSTANDINGS_TOLD):
        misheard = machine & (part.misunderstandings > number)
        plan.add("clarify", server, misheard, before)
        plan.add("restate", customer, misheard, before, before)
    for share in (np.where(agent, 0.7, 0.4), np.where(agent, 0.35, 0.05)):
        asked = live & sometimes(share)
        plan.add("detail_ask", server, asked, before, _SERVER_LEAD)
        plan.add("detail", customer, asked, before, before)
    plan.add("hold", server, agent & (part.hold > 0), before)
    plan.add("action", server, last | sometimes(0.5), before, _SERVER_LEAD)
    plan.add("promise", server, last & legs.promised[legs.row], before)
    plan.add("hand_over", server, hands_over, before)
    plan.add("hand_over_answer", customer, hands_over & live, before)
    plan.add("claim_yes", server, last & (part.claimed == 1), before, _SERVER_LEAD)
    plan.add("claim_no", server, last & (part.claimed != 1), before, _SERVER_LEAD)
    plan.add(
        "closing",
        customer,
        last & sometimes(np.where(written, 0.5, 0.96)),
        after,
        np.where(after == 0, _NO_LEAD, after),
    )
    plan.add("goodbye", server, last & live & sometimes(np.where(part.mode == AI, 0.6, 0.85)), after)
    return plan


def _timing(made: Operations, legs: SpokenLegs, leg: Ints, first: Ints, text: pl.Series) -> tuple[Floats, Floats]:
    """Start and length of each turn in seconds: the leg's time, shared out by the length of what is said."""
    part = made.contacts.take(legs.row)
    whole = np.where(legs.by_agent, part.talk + part.hold, part.ai_talk).astype(np.float64)
    weight = text.str.len_chars().to_numpy().astype(np.float64) + 20.0
    before = np.cumsum(weight) - weight
    ends = np.append(first[1:], leg.size)
    total = before[ends - 1] + weight[ends - 1] - before[first]
    scale = (whole / total)[leg]
    offset = (before - before[first][leg]) * scale
    return np.round(offset, 1), np.round(weight * scale * 0.9, 1)


def _leg_ids(made: Operations, legs: SpokenLegs) -> pl.Series:
    """Ids of the legs as ``legs.contact_records`` states them."""
    return made.human_leg_ids(legs.row).zip_with(pl.Series(legs.by_agent), made.contact_ids(legs.row))
