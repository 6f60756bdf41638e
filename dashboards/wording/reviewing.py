"""What a reviewer is asked of a contact before the flag's wording is shown, and how a claim of the AI is put to them.

A question must not say what the flag says: it asks what the words of the contact alone can answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class ReviewQuestion:
    """``answers``: verdict → what a reviewer says with it; the verdicts are those of flags."""

    text: str
    answers: Mapping[str, str]


_SOLVED = ReviewQuestion(
    "Was the customer’s problem solved in this contact?",
    {"confirmed": "No", "explained": "No, for a good reason", "dismissed": "Yes"},
)
_QUESTIONS = {
    "claimed_resolved_came_back": _SOLVED,
    "claimed_resolved_complained": _SOLVED,
    "fast_but_unhappy": ReviewQuestion(
        "Did the customer leave without being unhappy?",
        {"confirmed": "No, unhappy", "explained": "Unhappy, for a good reason", "dismissed": "Yes"},
    ),
    "confident_and_wrong": ReviewQuestion(
        "Was what the customer was told right?",
        {"confirmed": "No, wrong", "explained": "Wrong, for a good reason", "dismissed": "Yes"},
    ),
    "promise_broken": ReviewQuestion(
        "If anything was promised: does what followed show that it was kept?",
        {
            "confirmed": "Promised, not kept",
            "explained": "Not kept, for a good reason",
            "dismissed": "Kept, or no promise",
        },
    ),
    "slow_but_good": ReviewQuestion(
        "Did the time that this contact took serve the customer?",
        {"confirmed": "Yes", "explained": "Yes, for a special reason", "dismissed": "No"},
    ),
    "handoff_amnesia": ReviewQuestion(
        "Could the customer go on after the handoff without saying things again?",
        {"confirmed": "No, said it again", "explained": "Again, for a good reason", "dismissed": "Yes"},
    ),
    "stuck_with_ai": ReviewQuestion(
        "Did the customer get to a person, or not need one?",
        {"confirmed": "No", "explained": "No, for a good reason", "dismissed": "Yes"},
    ),
}
_OTHER = ReviewQuestion(
    "Did something go wrong for the customer in this contact?",
    {"confirmed": "Yes", "explained": "Yes, for a good reason", "dismissed": "No"},
)


def question_of(rule: str) -> ReviewQuestion:
    """The question behind which a flag of ``rule`` stands; several rules may share one."""
    return _QUESTIONS.get(rule, _OTHER)


def claim_question(claim_type: str) -> str:
    """What is asked of a claim whose value and confidence are withheld."""
    return f"Is what the AI said about {claim_type.replace('_', ' ').lower()} right?"
