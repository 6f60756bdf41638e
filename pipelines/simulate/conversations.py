"""What was said: a conversation per leg, put together from phrases by issue, mode, mood and outcome.

A conversation is a schedule of beats, each present or absent on a leg; all legs of a chunk are written at once.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.simulate.arrival_times import Codes, Flags, Floats, Ints
from pipelines.simulate.frames import canonical, decode, values
from pipelines.simulate.handoff_parameters import RESTATEMENTS
from pipelines.simulate.legs import Operations
from pipelines.simulate.parameters import AI, EMAIL, HUMAN, JOINT, LANGUAGE_NAMES, VOICE
from pipelines.simulate.phrase_index import BEAT_NAMES, MOODS, PhraseIndex, spoken_mood
from pipelines.simulate.phrases import ENGLISH
from pipelines.simulate.promise_records import PromiseRecords

SPEAKERS = ("customer", "ai", "agent")
CUSTOMER, MACHINE, AGENT = 0, 1, 2
_NO_LEAD, _SERVER_LEAD = -1, len(MOODS)
_MISUNDERSTANDINGS_TOLD = 3
_HOSTILE_SHARE = 2e-4
_TELLING = ("problem", "restated")
_SAID_SO_ONLY, _RESTATED_ONLY = RESTATEMENTS.index("said_so"), RESTATEMENTS.index("restated")


@dataclass(frozen=True)
class SpokenLegs:
    """Legs that have a transcript. ``row``: contact; ``by_agent``: a person serves the leg. Shapes (legs,)."""

    row: Ints
    by_agent: Flags
    script: "Script"

    def take(self, legs: npt.NDArray[np.generic]) -> "SpokenLegs":
        return SpokenLegs(self.row[legs], self.by_agent[legs], self.script)


@dataclass(frozen=True)
class Script:
    """What is settled before anybody speaks, by contact: shapes (contacts,).

    ``restated``: how the customer repeats after the handoff, -1 not at all. ``promise``: position of what is promised
    aloud in ``promise_texts``, -1 for nothing. ``phrase_at``, ``value_at``: in [0, 1), which problem the customer has and
    the value in it, so that a later leg says it again in other words.
    """

    restated: Codes
    promise: Ints
    promise_texts: pl.Series
    phrase_at: Floats
    value_at: Floats


def write_script(made: Operations, restated: Codes, promises: PromiseRecords, rng: np.random.Generator) -> Script:
    """The script of all contacts."""
    n = len(made.contacts)
    promise = np.full(n, -1)
    spoken = np.flatnonzero(promises.spoken)
    promise[promises.row[spoken]] = spoken
    return Script(restated, promise, promises.words, rng.random(n), rng.random(n))


def spoken_legs(made: Operations, script: Script) -> SpokenLegs:
    """All legs of the period's contacts, first legs first."""
    mode = made.contacts.mode
    second = np.flatnonzero(mode == JOINT)
    return SpokenLegs(
        row=np.concatenate([np.arange(mode.size), second]),
        by_agent=np.concatenate([mode == HUMAN, np.ones(second.size, dtype=bool)]),
        script=script,
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


def conversation_turns(
    made: Operations, phrases: PhraseIndex, legs: SpokenLegs, rng: np.random.Generator
) -> pl.DataFrame:
    """The turns of ``legs``, as rows of the canonical table, leg by leg."""
    plan = _plan(made, legs, rng)
    leg = np.concatenate(plan.legs)
    order = np.argsort(leg, kind="stable")
    leg = leg[order]
    speaker = np.concatenate(plan.speakers)[order]
    row = legs.row[leg]
    language = made.customers.language[made.contacts.customer[row]]
    beat = np.concatenate(plan.beats)[order]
    told = np.isin(beat, [BEAT_NAMES.index(name) for name in _TELLING])
    script = legs.script
    text = phrases.texts(
        rng,
        language=language,
        beat=beat,
        issue=made.contacts.issue[row],
        mood=np.concatenate(plan.moods)[order],
        lead_kind=np.concatenate(plan.leads)[order],
        phrase_at=np.where(told, script.phrase_at[row], np.nan),
        value_at=np.where(told, script.value_at[row], np.nan),
    )
    promise = np.flatnonzero(beat == BEAT_NAMES.index("promise"))
    text = text.scatter(promise, text.gather(promise) + script.promise_texts.gather(script.promise[row[promise]]))
    hostile = (speaker == CUSTOMER) & (rng.random(leg.size) < _HOSTILE_SHARE)
    text = decode(ENGLISH.hostile, rng.integers(0, len(ENGLISH.hostile), leg.size)).zip_with(pl.Series(hostile), text)

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
    way = legs.script.restated[legs.row]
    again, informed = takes_over & (way >= 0), takes_over & (way < 0)
    before, after = spoken_mood(part.opening_mood), spoken_mood(part.closing_mood)
    customer, server = np.full(n, CUSTOMER), np.where(agent, AGENT, MACHINE)

    def sometimes(share: Floats | float) -> Flags:
        return np.asarray(rng.random(n) < share)

    plan = _Schedule()
    plan.add("greeting_ai", server, machine & live, before)
    plan.add("greeting_agent", server, agent & live, before)
    plan.add("problem", customer, ~takes_over, before, before)
    plan.add("take_over", server, informed, before)
    plan.add("say_again", customer, again & (way != _RESTATED_ONLY), before)
    plan.add("restated", customer, again & (way != _SAID_SO_ONLY), before)
    plan.add("new_fact", customer, informed & sometimes(0.85), before)
    plan.add("distrust", customer, ~takes_over & part.distrustful & (part.asked | sometimes(0.5)), before)
    identified = live & ~takes_over & sometimes(0.7)
    plan.add("verify_ask", server, identified, before, _SERVER_LEAD)
    plan.add("verify_give", customer, identified, before)
    for number in range(_MISUNDERSTANDINGS_TOLD):
        misheard = machine & (part.misunderstandings > number)
        plan.add("clarify", server, misheard, before)
        plan.add("restate", customer, misheard, before, before)
    asks, in_vain = machine & part.asked, machine & part.asked & ~joint
    plan.add("ask_human", customer, asks, before)
    plan.add("deflect", server, in_vain, before)
    insists = in_vain & sometimes(0.4)
    plan.add("ask_human", customer, insists, before)
    plan.add("deflect", server, insists & sometimes(0.7), before)
    for share in (np.where(agent, 0.7, 0.4), np.where(agent, 0.35, 0.05)):
        # Who has been read knows what was said before: questions that the customer has answered are not asked again.
        asked = live & sometimes(share) & ~informed
        plan.add("detail_ask", server, asked, before, _SERVER_LEAD)
        plan.add("detail", customer, asked, before, before)
    plan.add("hold", server, agent & (part.hold > 0), before)
    plan.add("action", server, last | sometimes(0.5), before, _SERVER_LEAD)
    promised = legs.script.promise[legs.row] >= 0
    plan.add("promise", server, last & promised, before, _SERVER_LEAD)
    plan.add("no_promise", server, last & ~promised & sometimes(made.world.promises.no_promise), before)
    plan.add("hand_over", server, hands_over, before)
    plan.add("hand_over_answer", customer, hands_over & live, before)
    # Who hangs up on a problem does not wait for the last sentence.
    heard_out = last & ~(part.hung_up & ~part.resolved & (part.mode == AI))
    plan.add("claim_yes", server, heard_out & (part.claimed == 1), before, _SERVER_LEAD)
    plan.add("claim_no", server, heard_out & (part.claimed != 1), before, _SERVER_LEAD)
    plan.add(
        "closing",
        customer,
        last & sometimes(np.where(written, 0.5, 0.96)),
        after,
        np.where(after == 0, _NO_LEAD, after),
    )
    plan.add("goodbye", server, last & live & ~part.hung_up & sometimes(np.where(part.mode == AI, 0.6, 0.85)), after)
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
