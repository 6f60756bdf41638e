"""A case without what would anchor a reviewer: the AI's confidence and claims, and whatever the flags are made of.

What is withheld is taken out here, before anything is drawn: it never leaves the server. The words of the contact stay,
and what happened to the customer before and after it, which people need to judge.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from dashboards.casebook.case import Case
from dashboards.casebook.flags import FlaggedContact
from dashboards.casebook.transcript import Transcript
from dashboards.wording.reviewing import ReviewQuestion, question_of


@dataclass(frozen=True)
class OpenQuestion:
    """A question and the flags without a verdict that its answer judges."""

    question: ReviewQuestion
    flags: tuple[FlaggedContact, ...]

    @property
    def token(self) -> str:
        """Names the flags by the hashes of their evidence, which say nothing."""
        return " ".join(sorted(flag.evidence_hash for flag in self.flags))


def open_questions(flags: Iterable[FlaggedContact]) -> tuple[OpenQuestion, ...]:
    """What is to be asked of flags without a verdict, each question once."""
    asked: dict[str, list[FlaggedContact]] = {}
    for flag in flags:
        if flag.verdict is None:
            asked.setdefault(question_of(flag.rule).text, []).append(flag)
    return tuple(OpenQuestion(question_of(found[0].rule), tuple(found)) for found in asked.values())


def blinded(case: Case) -> Case:
    """The case without flags, claims, confidences, handoffs and promises as they were found, and scores of its words."""
    contact = replace(
        case.contact,
        resolved_claimed=None,
        resolved_outcome=None,
        contained=None,
        ai_confidence=None,
        opening_sentiment=None,
        closing_sentiment=None,
        post_call_sentiment=None,
    )
    return replace(
        case,
        contact=contact,
        flags=(),
        around=tuple(replace(each, resolved_claimed=None, flags=0) for each in case.around),
        handoffs=(),
        promises=(),
    )


def without_sentiment(shown: Transcript) -> Transcript:
    """The transcript without the scores of its turns."""
    legs = tuple(replace(leg, turns=tuple(replace(turn, sentiment=None) for turn in leg.turns)) for leg in shown.legs)
    return replace(shown, legs=legs)
