"""What happens between AI and people inside a contact, before it is known whether the contact helps.

What reaches the human at a handoff, who asks for a human, which suggestions an agent takes; each acts on the logit of
being resolved. All parameters stand in ``handoff_parameters``; promises have a room of their own.
"""

from dataclasses import dataclass

import numpy as np

from pipelines.contract.canonical import HANDOFF_TRIGGERS
from pipelines.simulate.arrival_times import DAY, Codes, Flags, Floats, Ints
from pipelines.simulate.handoff_parameters import Named, Suggestions, numbers_of
from pipelines.simulate.parameters import AI, HUMAN, JOINT, World

NO_TRIGGER = -1
NO_SUGGESTION, WRONG_REJECTED, WRONG_ACCEPTED, RIGHT_REJECTED, RIGHT_ACCEPTED = range(5)
MOST_SUGGESTIONS = 2
STUCK_MISUNDERSTANDINGS = 3
"""Misunderstandings from which an AI-only contact counts as stuck (M19)."""

_MONTH = 365.25 / 12 * DAY
_TENURE_MONTHS = (3.0, 12.0)
_ORDINARY_TRIGGERS = ("low_confidence", "keyword", "regulatory", "tool_failure")
_ORDINARY_CUTS = (0.62, 0.78, 0.86)


def logistic(logit: Floats) -> Floats:
    """1 / (1 + exp(-logit))."""
    return np.asarray(1.0 / (1.0 + np.exp(-logit)))


@dataclass(frozen=True)
class Scene:
    """Contacts before anything has been said about them. Shapes (contacts,); ``tenure_seconds`` of the agent."""

    mode: Ints
    workflow: Ints
    model: Codes
    mood: Floats
    misunderstandings: Ints
    distrustful: Flags
    tenure_seconds: Floats


@dataclass(frozen=True)
class ContactHandoffs:
    """What happened between AI and people. Shapes (contacts,), ``suggestions`` (contacts, 2)."""

    parts: Codes
    """Bit i is set where part i of ``PARTS`` reached the human; 0 without a handoff."""
    trigger: Codes
    """Position in the contract's handoff triggers; -1 without a handoff."""
    repeated: Flags
    asked: Flags
    """The customer asked the AI for a human."""
    suggestions: Codes
    resolved_logit: Floats
    closing_mood: Floats
    """Added to the mood at the end."""


def draw_handoffs(world: World, scene: Scene, rng: np.random.Generator) -> ContactHandoffs:
    """Handoffs of joint contacts, requests in those of the AI, suggestions in those of people."""
    n = scene.mode.size
    logit, mood = np.zeros(n), np.zeros(n)
    asked = _requests(world, scene, rng)
    in_vain = asked & (scene.mode == AI)
    logit[in_vain] += world.requests.resolved_logit_in_vain
    mood[in_vain] += world.requests.closing_mood_in_vain

    joint = np.flatnonzero(scene.mode == JOINT)
    trigger = np.full(n, NO_TRIGGER, dtype=np.int8)
    trigger[joint] = _triggers(scene, asked, joint, rng)
    parts = np.zeros(n, dtype=np.int8)
    parts[joint] = _parts(world, scene, trigger, joint, rng)
    says = world.handoffs
    logit[joint] += says.resolved_logit_complete + missing_logit(world, parts[joint])
    logit[joint] += np.array(numbers_of(says.resolved_logit_trigger, HANDOFF_TRIGGERS))[trigger[joint]]
    again = says.repeated_logit + _of_missing(says.repeated_logit_missing, parts[joint])
    repeated = np.zeros(n, dtype=bool)
    repeated[joint] = rng.random(joint.size) < logistic(again)
    mood[repeated] += says.closing_mood_repeated

    suggestions = np.full((n, MOST_SUGGESTIONS), NO_SUGGESTION, dtype=np.int8)
    people = np.flatnonzero(scene.mode == HUMAN)
    suggestions[people] = _suggestions(world.suggestions, tenure(scene.tenure_seconds[people]), rng)
    logit += world.suggestions.resolved_logit_wrong_accepted * (suggestions == WRONG_ACCEPTED).sum(axis=1)
    return ContactHandoffs(parts, trigger, repeated, asked, suggestions, logit, mood)


def tenure(seconds: Floats) -> Ints:
    """Position in ``TENURES`` of an agent that many seconds after the first day."""
    return np.searchsorted(np.array(_TENURE_MONTHS) * _MONTH, seconds, side="right").astype(np.int64)


def has_part(parts: Codes, part: int) -> Flags:
    """Whether the part reached the human."""
    return np.asarray((parts >> part) & 1 == 1)


def missing_logit(world: World, parts: Codes) -> Floats:
    """What the missing parts of handoffs add to the logit of being resolved."""
    return _of_missing(world.handoffs.resolved_logit_missing, parts)


def hangs_up(world: World, resolved: Flags, in_vain: Flags, rng: np.random.Generator) -> Flags:
    """Who puts down the phone, whatever the channel, before the conversation is over."""
    asks = world.requests
    chance = np.where(resolved, asks.hung_up_if_resolved, asks.hung_up_if_unresolved) + asks.hung_up_in_vain * in_vain
    return np.asarray(rng.random(resolved.size) < chance)


def stuck_with_ai(*, alone: Flags, asked: Flags, left_unresolved: Flags, misunderstandings: Ints) -> Flags:
    """M19 with everything latent known. ``alone``: AI only; ``left_unresolved``: hung up, and it was not resolved."""
    return np.asarray(alone & (asked | left_unresolved | (misunderstandings >= STUCK_MISUNDERSTANDINGS)))


def _of_missing(pairs: Named, parts: Codes) -> Floats:
    total = np.zeros(parts.size)
    for part, (_, logit) in enumerate(pairs):
        total += np.where(has_part(parts, part), 0.0, logit)
    return total


def _requests(world: World, scene: Scene, rng: np.random.Generator) -> Flags:
    asks = world.requests
    logit = (
        asks.asked_logit
        + asks.asked_logit_mood * scene.mood
        + asks.asked_logit_misunderstanding * scene.misunderstandings
        + asks.asked_logit_distrust * scene.distrustful
        + asks.asked_logit_joint * (scene.mode == JOINT)
    )
    return np.asarray((rng.random(scene.mode.size) < logistic(logit)) & (scene.mode != HUMAN))


def _triggers(scene: Scene, asked: Flags, joint: Ints, rng: np.random.Generator) -> Codes:
    """Why the AI handed over: what stood out in the contact, else something ordinary."""
    ordinary = np.array([HANDOFF_TRIGGERS.index(name) for name in _ORDINARY_TRIGGERS])
    trigger = ordinary[np.searchsorted(np.array(_ORDINARY_CUTS), rng.random(joint.size))]
    trigger = np.where(scene.mood[joint] < -1.6, HANDOFF_TRIGGERS.index("sentiment"), trigger)
    trigger = np.where(asked[joint], HANDOFF_TRIGGERS.index("customer_request"), trigger)
    misheard = scene.misunderstandings[joint] >= STUCK_MISUNDERSTANDINGS
    return np.where(misheard, HANDOFF_TRIGGERS.index("repeated_misunderstanding"), trigger).astype(np.int8)


def _parts(world: World, scene: Scene, trigger: Codes, joint: Ints, rng: np.random.Generator) -> Codes:
    says = world.handoffs
    common = (
        np.array(numbers_of(says.present_logit_workflow, world.names("workflow")))[scene.workflow[joint]]
        + np.array(numbers_of(says.present_logit_model, world.names("ai_model")))[scene.model[joint]]
        + np.array(numbers_of(says.present_logit_trigger, HANDOFF_TRIGGERS))[trigger[joint]]
        + says.broken_integration_logit * (rng.random(joint.size) < says.broken_integration)
    )
    parts = np.zeros(joint.size, dtype=np.int8)
    for part, (_, logit) in enumerate(says.present_logit):
        parts |= (rng.random(joint.size) < logistic(common + logit)).astype(np.int8) << part
    return parts


def _suggestions(says: Suggestions, tenures: Ints, rng: np.random.Generator) -> Codes:
    """Of shape (contacts, most suggestions)."""
    count = np.searchsorted(np.cumsum(says.count_shares)[:-1], rng.random(tenures.size), side="right")
    shape = (tenures.size, MOST_SUGGESTIONS)
    correct = rng.random(shape) < says.correct
    taken = np.where(
        correct, 1.0 - np.array(says.rejected_if_right)[tenures, None], np.array(says.accepted_if_wrong)[tenures, None]
    )
    accepted = rng.random(shape) < taken
    outcome = np.where(
        correct,
        np.where(accepted, RIGHT_ACCEPTED, RIGHT_REJECTED),
        np.where(accepted, WRONG_ACCEPTED, WRONG_REJECTED),
    )
    return np.where(np.arange(MOST_SUGGESTIONS) < count[:, None], outcome, NO_SUGGESTION).astype(np.int8)
