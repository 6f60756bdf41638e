"""What AI and people record while a contact runs: claims, suggestions, handoffs.

What reached the human, what the customer had to repeat and what was suggested is drawn with the contact (``handoffs``); promises
have a room of their own (``promise_records``).
"""

import numpy as np
import polars as pl

from pipelines.contract.canonical import HANDOFF_TRIGGERS
from pipelines.simulate.arrival_times import DAY, Codes, Floats, Ints
from pipelines.simulate.frames import Records, canonical, decode, identifiers, instants, values
from pipelines.simulate.handoff_parameters import PARTS, RESTATEMENTS, TENURES
from pipelines.simulate.handoffs import (
    NO_SUGGESTION,
    RIGHT_ACCEPTED,
    RIGHT_REJECTED,
    WRONG_ACCEPTED,
    has_part,
    logistic,
    missing_logit,
    tenure,
)
from pipelines.simulate.legs import Operations
from pipelines.simulate.parameters import HUMAN, JOINT

_FACT_CLAIMS = ("balance", "eligibility", "due_date", "coverage")


def claim_records(made: Operations, rng: np.random.Generator) -> tuple[Records, pl.DataFrame]:
    """The AI's statements: one about resolution in every contact that it takes part in, and some about facts.

    A random sample is reviewed, and some that looked doubtful; the reviewer is nearly always right. Beside the records,
    a row a claim of what is true of it: ``p_correct``, the probability that it is right given the state in which it was
    made, and ``correct``, whether it is, before any error of a reviewer.
    """
    contacts, says = made.contacts, made.world.claims
    with_ai = np.flatnonzero(contacts.mode != HUMAN)
    facts = with_ai[rng.random(with_ai.size) < 0.4]
    rows = np.concatenate([with_ai, facts])
    about_resolution = np.arange(rows.size) < with_ai.size
    n = rows.size
    certainty = rng.normal(1.8, 0.9, n)
    chance = logistic(certainty)
    # What the AI said before it handed over was mostly not the answer; nobody but a reviewer can tell.
    handed_off = contacts.mode[rows] == JOINT
    own_chance = np.where(handed_off, 0.5, 1.0) * contacts.resolved_probability[rows]
    own = np.where(handed_off, rng.random(n) < own_chance, contacts.resolved[rows])
    correct = np.where(about_resolution, own, rng.random(n) < chance)
    stated = np.where(
        about_resolution,
        contacts.confidence[rows],
        np.round(logistic(certainty + 0.4 * rng.normal(0.0, 1.0, n) + 0.3), 3),
    )
    at_random = rng.random(n) < says.reviewed_at_random
    targeted = ~at_random & (stated < 0.5) & (rng.random(n) < 0.1)
    reviewed = at_random | targeted
    verdict = correct ^ (rng.random(n) < says.reviewer_error)
    verified = contacts.ended[rows] + rng.integers(DAY, 6 * DAY, n)
    # The claim arrives with its contact; a verdict that comes after the period's end is not known yet.
    reviewed &= verified < made.span.last
    ready = np.where(reviewed, verified, contacts.ended[rows])
    kind = np.where(about_resolution, 0, 1 + rng.integers(0, len(_FACT_CLAIMS), n))
    columns = {
        "claim_id": identifiers("CL", np.arange(n)),
        "contact_id": made.contact_ids(rows),
        "claim_type": decode(("resolution", *_FACT_CLAIMS), kind),
        "claimed_value": decode(("resolved", "stated"), np.where(about_resolution, 0, 1)),
        "stated_confidence": values(stated),
        "verified_correct": values(verdict, reviewed),
        "verified_by": identifiers("QA", rng.integers(1, 9, n), reviewed, width=2),
        "verified_at": instants(verified, reviewed),
        "review_sampling": decode(("random", "targeted"), targeted.astype(np.int64), reviewed),
    }
    truth = {
        "claim_id": columns["claim_id"],
        "contact_id": columns["contact_id"],
        "claim_type": columns["claim_type"],
        "workflow": made.workflows(rows),
        "ai_model": made.ai_models(rows),
        "stated_confidence": columns["stated_confidence"],
        "p_correct": values(np.where(about_resolution, own_chance, chance)),
        "correct": values(correct),
    }
    return Records("ai_claims", canonical("ai_claims", columns), ready), pl.DataFrame(truth)


def suggestion_records(made: Operations, rng: np.random.Generator) -> tuple[Records, pl.DataFrame]:
    """Suggestions to human agents, with a verdict on some; beside the records, the truth of every one."""
    contacts, says = made.contacts, made.world.suggestions
    rows, position = np.nonzero(contacts.suggestions != NO_SUGGESTION)
    outcome = contacts.suggestions[rows, position]
    n = rows.size
    correct = np.isin(outcome, (RIGHT_ACCEPTED, RIGHT_REJECTED))
    accepted = np.isin(outcome, (RIGHT_ACCEPTED, WRONG_ACCEPTED))
    offered = contacts.started[rows] + (rng.random(n) * (contacts.ended - contacts.started)[rows]).astype(np.int64)
    since = (contacts.started[rows] - made.agent_starts[contacts.agent[rows]]).astype(np.float64)
    columns = {
        "suggestion_id": identifiers("SG", np.arange(n)),
        "contact_id": made.contact_ids(rows),
        "agent_id": made.agent_ids(rows),
        "offered_at": instants(offered),
        "accepted": values(accepted),
        "correct": values(correct, rng.random(n) < says.verdict_known),
    }
    truth = {
        "suggestion_id": columns["suggestion_id"],
        "contact_id": columns["contact_id"],
        "agent_id": columns["agent_id"],
        "tenure": decode(TENURES, tenure(since)),
        "tenure_days": values(np.floor(since / DAY).astype(np.int64)),
        "correct": values(correct),
        "accepted": values(accepted),
        "resolved": values(contacts.resolved[rows]),
    }
    return Records("suggestions", canonical("suggestions", columns), contacts.ended[rows]), pl.DataFrame(truth)


def handoff_records(made: Operations, restated: Codes, rng: np.random.Generator) -> tuple[Records, pl.DataFrame]:
    """One handoff per joint contact; beside the records, what is true of each.

    ``restated``: by contact, as ``ways_to_repeat`` gives it.
    """
    contacts = made.contacts
    rows = np.flatnonzero(contacts.mode == JOINT)
    part = contacts.take(rows)
    n = rows.size
    reached = {f"has_{name}": values(has_part(part.parts, bit)) for bit, name in enumerate(PARTS)}
    columns = {
        "handoff_id": identifiers("HO", np.arange(n)),
        "contact_id": made.contact_ids(rows),
        "occurred_at": instants(part.ai_ended),
        "from_party": decode(("ai",), np.zeros(n, dtype=np.int64)),
        "to_party": decode(("agent",), np.zeros(n, dtype=np.int64)),
        "trigger": decode(HANDOFF_TRIGGERS, part.trigger),
        "ai_confidence": values(part.confidence),
        **reached,
        "wait_seconds": values(part.human_started - part.ai_ended),
        "misunderstandings": values(part.misunderstandings),
        "customer_repeated": values(part.repeated, rng.random(n) < made.world.handoffs.repeated_recorded),
    }
    truth = {
        "handoff_id": columns["handoff_id"],
        "contact_id": columns["contact_id"],
        "workflow": made.workflows(rows),
        "issue": made.issues(rows),
        "ai_model": made.ai_models(rows),
        "trigger": columns["trigger"],
        **reached,
        "repeated": values(part.repeated),
        "restated": decode(RESTATEMENTS, restated[rows].astype(np.int64), part.repeated),
        "resolved": values(part.resolved),
        "resolved_probability": values(part.resolved_probability),
        "resolved_probability_if_complete": values(resolved_if_complete(made, rows)),
    }
    for bit, (name, logit) in enumerate(made.world.handoffs.resolved_logit_missing):
        chance = _shifted(part.resolved_probability, np.where(has_part(part.parts, bit), 0.0, -logit))
        truth[f"resolved_probability_with_{name}"] = values(chance)
    return Records("handoffs", canonical("handoffs", columns), part.ended), pl.DataFrame(truth)


def resolved_if_complete(made: Operations, rows: Ints) -> Floats:
    """What the probability of being resolved would be, had all four parts reached the human. ``rows``: joint contacts."""
    part = made.contacts.take(rows)
    return _shifted(part.resolved_probability, -missing_logit(made.world, part.parts))


def _shifted(chance: Floats, logit: Floats) -> Floats:
    """The probability whose logit is higher by so much."""
    return np.asarray(chance / (chance + (1.0 - chance) * np.exp(-logit)))


def ways_to_repeat(made: Operations, rng: np.random.Generator) -> Codes:
    """How each customer who has to repeat does it: position in ``RESTATEMENTS``; -1 where nobody has to."""
    shares = np.cumsum([share for _, share in made.world.handoffs.restatements])
    way = np.searchsorted(shares[:-1] / shares[-1], rng.random(len(made.contacts)), side="right")
    return np.where(made.contacts.repeated, way, -1).astype(np.int8)
