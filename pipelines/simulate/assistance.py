"""What AI and people record while a contact runs: claims, suggestions, handoffs, promises.

Promises are kept or broken at one rate for all for now, and a handoff's completeness changes nothing afterwards: both
effects have their place here.
"""

import numpy as np
import polars as pl

from pipelines.contract.canonical import CRM_EVENT_TYPES, HANDOFF_TRIGGERS
from pipelines.simulate.aftermath import event_rows
from pipelines.simulate.contacts import logistic
from pipelines.simulate.frames import Records, canonical, decode, identifiers, instants, values
from pipelines.simulate.legs import Operations
from pipelines.simulate.rhythm import DAY, Flags, Floats, Ints
from pipelines.simulate.world import AI, HUMAN, JOINT

_FACT_CLAIMS = ("balance", "eligibility", "due_date", "coverage")
_PROMISES = ("credit", "refund", "callback", "replacement")
_KEPT_BY = ("credit_issued", "refund_issued", "callback_completed", "replacement_sent")


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


def suggestion_records(made: Operations, rng: np.random.Generator) -> Records:
    """Suggestions to human agents; newer agents take more of them, right or wrong."""
    contacts = made.contacts
    people = np.flatnonzero(contacts.mode == HUMAN)
    rows = np.repeat(people, np.searchsorted(np.array([0.6, 0.9]), rng.random(people.size)))
    n = rows.size
    tenure_years = np.clip((contacts.started[rows] - made.agent_starts[contacts.agent[rows]]) / (365 * DAY), 0.0, 1.0)
    correct = rng.random(n) < 0.82
    accepted = rng.random(n) < logistic(np.where(correct, 1.3, -0.2) + 0.8 * (1.0 - tenure_years))
    offered = contacts.started[rows] + (rng.random(n) * (contacts.ended - contacts.started)[rows]).astype(np.int64)
    columns = {
        "suggestion_id": identifiers("SG", np.arange(n)),
        "contact_id": made.contact_ids(rows),
        "agent_id": made.agent_ids(rows),
        "offered_at": instants(offered),
        "accepted": values(accepted),
        "correct": values(correct, rng.random(n) < 0.25),
    }
    return Records("suggestions", canonical("suggestions", columns), contacts.ended[rows])


def handoff_records(made: Operations, repeated: Flags, rng: np.random.Generator) -> Records:
    """One handoff per joint contact. ``repeated``, by contact: the customer had to say it again."""
    contacts = made.contacts
    rows = np.flatnonzero(contacts.mode == JOINT)
    n = rows.size
    columns = {
        "handoff_id": identifiers("HO", np.arange(n)),
        "contact_id": made.contact_ids(rows),
        "occurred_at": instants(contacts.ai_ended[rows]),
        "from_party": decode(("ai",), np.zeros(n, dtype=np.int64)),
        "to_party": decode(("agent",), np.zeros(n, dtype=np.int64)),
        "trigger": decode(HANDOFF_TRIGGERS, _triggers(made, rows, rng)),
        "ai_confidence": values(contacts.confidence[rows]),
        "has_summary": values(rng.random(n) < 0.72),
        "has_transcript": values(rng.random(n) < 0.85),
        "has_tool_results": values(rng.random(n) < 0.6),
        "has_attempt_account": values(rng.random(n) < 0.45),
        "wait_seconds": values(contacts.human_started[rows] - contacts.ai_ended[rows]),
        "misunderstandings": values(contacts.misunderstandings[rows]),
        "customer_repeated": values(repeated[rows], rng.random(n) < 0.5),
    }
    return Records("handoffs", canonical("handoffs", columns), contacts.ended[rows])


def _triggers(made: Operations, rows: Ints, rng: np.random.Generator) -> Ints:
    """Why the AI handed over: what stood out in the contact, else something ordinary."""
    part = made.contacts.take(rows)
    ordinary = np.array(
        [
            HANDOFF_TRIGGERS.index(name)
            for name in ("low_confidence", "customer_request", "keyword", "regulatory", "tool_failure")
        ]
    )
    trigger = ordinary[np.searchsorted(np.array([0.4, 0.75, 0.85, 0.9]), rng.random(rows.size))]
    trigger = np.where(part.opening_mood < -1.6, HANDOFF_TRIGGERS.index("sentiment"), trigger)
    return np.where(part.misunderstandings >= 3, HANDOFF_TRIGGERS.index("repeated_misunderstanding"), trigger)


def customers_who_repeat_themselves(made: Operations, rng: np.random.Generator) -> Flags:
    """Per contact: whether the customer has to say it again after a handoff. The conversation shows it."""
    return np.asarray((made.contacts.mode == JOINT) & (rng.random(len(made.contacts)) < 0.4))


def commitment_records(made: Operations, rng: np.random.Generator) -> tuple[Records, pl.DataFrame]:
    """Promises, and the CRM events that keep some of them, as rows for ``aftermath.crm_records``."""
    contacts, rates = made.contacts, made.world.aftermath
    rows = np.flatnonzero(rng.random(len(contacts)) < rates.promises)
    n = rows.size
    kind = rng.integers(0, len(_PROMISES), n)
    money = kind <= 1
    amount: Floats = np.where(money, np.round(rng.gamma(3.0, 12.0, n) + 5, 2), np.nan)
    made_at = contacts.ended[rows] - 30
    due = made_at + rng.integers(2, 8, n) * DAY
    fate = rng.random(n)
    on_time = made_at + ((due - made_at) * rng.uniform(0.05, 0.98, n)).astype(np.int64)
    fulfilled = np.where(fate < rates.kept_on_time, on_time, due + rng.integers(2 * DAY, 12 * DAY, n))
    kept = fate < rates.kept_on_time + rates.kept_late
    codes = np.array([CRM_EVENT_TYPES.index(name) for name in _KEPT_BY])[kind]
    columns = {
        "commitment_id": identifiers("PR", np.arange(n)),
        "contact_id": made.human_leg_ids(rows),
        "made_by": decode(("ai", "agent"), (contacts.mode[rows] != AI).astype(np.int64)),
        "kind": decode(_PROMISES, kind),
        "amount": pl.Series(amount, nan_to_null=True),
        "currency": decode((made.world.currency,), np.zeros(n, dtype=np.int64), money),
        "made_at": instants(made_at),
        "due_at": instants(due),
        "text": decode([f"I'll arrange a {name} for you." for name in _PROMISES], kind),
    }
    events = event_rows(
        codes[kept], rows[kept], fulfilled[kept], names_contact=False, promise=np.flatnonzero(kept), amount=amount[kept]
    )
    return Records("commitments", canonical("commitments", columns), contacts.ended[rows]), events
