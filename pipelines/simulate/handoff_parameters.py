"""The planted parameters of handoffs and promises: handoffs, requests for a human, promises, suggestions.

Part of the world (``world.World`` holds one of each); frozen data only, like the rest of it. Pairs of a name and a
number speak of the named workflow, model, trigger, part or kind; whatever is not named has none of the effect.
"""

import math
from dataclasses import dataclass

from pipelines.contract.canonical import HANDOFF_TRIGGERS

Named = tuple[tuple[str, float], ...]
"""Pairs of a name and a number."""

PARTS = ("summary", "transcript", "tool_results", "attempt_account")
"""What can reach the human at a handoff (M11); the positions are the bits of ``Contacts.parts``."""

RESTATEMENTS = ("said_so", "said_so_and_restated", "restated")
"""How customers who have to repeat themselves do it: they only complain of it, or tell the problem again, or both."""

PROMISE_KINDS = ("credit", "refund", "callback", "replacement")
MONEY_KINDS = 2
"""The first so many kinds name an amount."""
FULFILMENTS = ("credit_issued", "refund_issued", "callback_completed", "replacement_sent")
"""By kind: the CRM event that keeps such a promise."""

TENURES = ("0-3", "3-12", "12+")
"""Months since an agent's first day (M13)."""


@dataclass(frozen=True)
class Handoffs:
    """What reaches the human at the handoff of a joint contact, and what it does where a part is missing (M11).

    Whether a part is there: its ``present_logit``, plus those of the contact's workflow, model and trigger, plus
    ``broken_integration_logit`` on all four parts in a share of ``broken_integration`` of the handoffs. Given these,
    the parts are independent.

    Each missing part adds to the logit of being resolved, and to the logit of the customer having to say it again; a
    complete handoff is worth ``resolved_logit_complete``. Having to repeat spoils the mood at the end and nothing else:
    what it costs in resolution is in the parts.
    """

    present_logit: Named = (("summary", 1.4), ("transcript", 2.2), ("tool_results", 1.0), ("attempt_account", 0.3))
    broken_integration: float = 0.12
    broken_integration_logit: float = -2.5
    # Where issues are hard, tools are old: without adjustment every part seems to matter more than it does.
    present_logit_workflow: Named = (
        ("billing", -0.2),
        ("technical_support", -0.7),
        ("onboarding", 0.5),
        ("sales_service", 0.5),
        ("retention", -0.4),
        ("account", 0.8),
    )
    present_logit_model: Named = (("aria-2.4", 0.3),)
    present_logit_trigger: Named = (("customer_request", -0.3), ("tool_failure", -0.8))
    resolved_logit_complete: float = 0.7
    resolved_logit_missing: Named = (
        ("summary", -0.5),
        ("transcript", -0.1),
        ("tool_results", -0.25),
        ("attempt_account", -0.95),
    )
    resolved_logit_trigger: Named = (("repeated_misunderstanding", -0.4), ("sentiment", -0.2), ("tool_failure", -0.15))
    repeated_logit: float = -1.8
    repeated_logit_missing: Named = (
        ("summary", 1.3),
        ("transcript", 0.7),
        ("tool_results", 0.2),
        ("attempt_account", 0.5),
    )
    closing_mood_repeated: float = -0.45
    repeated_recorded: float = 0.5
    """Share of the handoffs of which anybody wrote down whether the customer had to repeat."""
    restatements: Named = (("said_so", 0.25), ("said_so_and_restated", 0.35), ("restated", 0.4))
    """Shares of the ways to repeat."""

    def __post_init__(self) -> None:
        for pairs in (self.present_logit, self.resolved_logit_missing, self.repeated_logit_missing):
            if tuple(name for name, _ in pairs) != PARTS:
                raise ValueError(f"handoffs: each of {', '.join(PARTS)} has one logit, in this order")
        for name, _ in (*self.present_logit_trigger, *self.resolved_logit_trigger):
            if name not in HANDOFF_TRIGGERS:
                raise ValueError(f"handoffs: trigger {name!r} is unknown; there is {', '.join(HANDOFF_TRIGGERS)}")
        if tuple(name for name, _ in self.restatements) != RESTATEMENTS:
            raise ValueError(f"handoffs: each of {', '.join(RESTATEMENTS)} has one share, in this order")
        pairs = (*self.present_logit, *self.resolved_logit_missing, *self.repeated_logit_missing)
        if not all(math.isfinite(logit) for _, logit in pairs):
            raise ValueError("handoffs: logits are finite numbers")


@dataclass(frozen=True)
class HumanRequests:
    """Customers of the AI who ask for a human, and what becomes of those who get none (M19).

    Asking depends on the opening mood (per unit), the misunderstandings (each) and whether the customer comes after a
    broken promise; in contacts that are handed over more have asked. In an AI-only contact the request was in vain.
    ``return_logit_stuck`` acts on the issue's return probability, of all who are stuck: asked in vain, hung up
    unresolved, or misunderstood three times.
    """

    asked_logit: float = -2.7
    asked_logit_mood: float = -0.5
    asked_logit_misunderstanding: float = 0.5
    asked_logit_distrust: float = 1.6
    asked_logit_joint: float = 0.8
    resolved_logit_in_vain: float = -0.8
    closing_mood_in_vain: float = -0.4
    return_logit_stuck: float = 0.5
    hung_up_if_resolved: float = 0.15
    hung_up_if_unresolved: float = 0.3
    hung_up_in_vain: float = 0.25
    """Added where the customer asked for a human in vain."""


@dataclass(frozen=True)
class PromiseParameters:
    """What is promised, how often it is kept (M12), and what a broken promise does to the customer's trust.

    P(broken) = logistic(``broken_logit`` of the kind + ``broken_logit_ai`` and that of the model where the AI promised);
    of the others ``late`` are kept after they were due. A broken promise brings the customer back with
    ``return_probability``, for the same issue, after a Weibull delay from the due instant on with
    ``return_scale_days`` and the world's shape, on the clock of habits; whether the contact was resolved has no say in
    it. Of all that brings a contact's customer back, the first to arrive does. A customer who comes back when the
    promise was overdue distrusts the AI: the logits of starting with it and of being handed over shift.
    """

    share: float = 0.14
    """Of all contacts."""
    kinds: Named = (("credit", 0.28), ("refund", 0.22), ("callback", 0.3), ("replacement", 0.2))
    broken_logit: Named = (("credit", -2.4), ("refund", -2.1), ("callback", -1.5), ("replacement", -2.0))
    broken_logit_ai: float = 0.9
    broken_logit_model: Named = (("aria-2.4", 0.4),)
    late: float = 0.12
    return_probability: float = 0.5
    return_scale_days: float = 3.0
    ai_logit_distrust: float = -0.8
    handoff_logit_distrust: float = 0.8
    structured: float = 0.7
    """Share of the promises that a system records; the others stand in the transcript alone."""
    structured_unspoken: float = 0.1
    """Share of the recorded ones that the transcript does not hold."""
    named_by_event: float = 0.8
    """Share of the events keeping a recorded promise that name it."""
    amount_differs: float = 0.15
    amount_tolerance: float = 0.02
    """Most that the amount of an event that keeps a promise is off by, relative to what was promised."""
    wrong_amount_if_broken: float = 0.25
    wrong_amount_if_kept: float = 0.04
    """Shares of the promises of money beside which the same customer gets some other amount in time."""
    same_amount_elsewhere: float = 0.25
    """Share of the broken promises of money beside which another customer gets that very amount in time."""
    no_promise: float = 0.06
    """Share of the conversations without a promise in which promises are talked about and none is made."""

    def __post_init__(self) -> None:
        for pairs in (self.kinds, self.broken_logit):
            if tuple(name for name, _ in pairs) != PROMISE_KINDS:
                raise ValueError(f"promises: each of {', '.join(PROMISE_KINDS)} has one number, in this order")


@dataclass(frozen=True)
class Suggestions:
    """Suggestions to human agents (M13): how many, how often right, and who takes the wrong ones.

    Triples go by tenure: 0-3, 3-12, 12+ months. Each wrong suggestion that is accepted adds to the logit of resolution.
    """

    count_shares: tuple[float, float, float] = (0.6, 0.3, 0.1)
    """Contacts led by people with none, one, two suggestions."""
    correct: float = 0.8
    accepted_if_wrong: tuple[float, float, float] = (0.62, 0.48, 0.33)
    rejected_if_right: tuple[float, float, float] = (0.12, 0.17, 0.24)
    resolved_logit_wrong_accepted: float = -0.9
    verdict_known: float = 0.4


def numbers_of(pairs: Named, names: tuple[str | None, ...]) -> tuple[float, ...]:
    """The number of each name in ``names``, 0 for those that are not among the pairs."""
    known = dict(pairs)
    return tuple(0.0 if name is None else known.get(name, 0.0) for name in names)
