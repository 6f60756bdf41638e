"""The evidence of a flag (a JSON object) as people read it: what each value is called, in units, ids as links."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboards import wording
from dashboards.casebook import safe_text
from dashboards.wording.labels import shown_value

_MOST_CHARACTERS = 2_000
#: What is more is no amount of money, and is shown as it stands.
_MOST_MONEY = 1e15


@dataclass(frozen=True)
class Fact:
    """``contact_id``: where the value names another contact."""

    name: str
    value: str
    contact_id: str | None = None


#: Of a rule's evidence: what it is called, and how its value is written (given value, all values, time zone).
_Write = Callable[[Any, dict[str, Any], str], str]


def _text(value: Any, _all: dict[str, Any], _zone: str) -> str:
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return safe_text.shortened(written, _MOST_CHARACTERS)


def _segment(dimension: str) -> _Write:
    def written(value: Any, all_values: dict[str, Any], zone: str) -> str:
        return _text(shown_value(dimension, value) if isinstance(value, str) else value, all_values, zone)

    return written


def _words(value: Any, all_values: dict[str, Any], zone: str) -> str:
    return _text(value, all_values, zone).replace("_", " ")


def _moment(value: Any, all_values: dict[str, Any], zone: str) -> str:
    try:
        return wording.short_moment(datetime.fromisoformat(value), zone)
    except (ValueError, TypeError, OverflowError):
        return _text(value, all_values, zone)


def _number(write: Callable[[float], str]) -> _Write:
    def written(value: Any, all_values: dict[str, Any], zone: str) -> str:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return _text(value, all_values, zone)
        try:
            return write(float(value))
        except (OverflowError, ValueError):
            return _text(value, all_values, zone)

    return written


def _hours(value: float) -> str:
    if value < 0:
        return "before this contact had ended"
    return f"{value:.1f} hours" if value < 48 else f"{value / 24:.1f} days"


def _amount(value: Any, all_values: dict[str, Any], zone: str) -> str:
    if not isinstance(value, float | int) or isinstance(value, bool) or abs(value) > _MOST_MONEY:
        return _text(value, all_values, zone)
    return f"{_text(all_values.get('currency') or '', {}, zone)} {value:,.2f}".strip()


def _source(value: Any, all_values: dict[str, Any], zone: str) -> str:
    return wording.source_name(_text(value, all_values, zone))


def _parts(value: Any, all_values: dict[str, Any], zone: str) -> str:
    return "none of those recorded" if value == "" else _words(value, all_values, zone)


_KNOWN: dict[str, tuple[str, _Write]] = {
    "claimed_resolved": ("Claimed resolved", _text),
    "resolved_outcome": ("Held for 30 days", _text),
    "issue": ("Issue", _segment("issue")),
    "ended_at": ("This contact ended", _moment),
    "next_contact_id": ("Came back in contact", _text),
    "next_contact_at": ("Came back at", _moment),
    "next_same_issue_id": ("Came back about the same issue in contact", _text),
    "hours_until_next": ("Time until then", _number(_hours)),
    "handle_seconds": ("Handle time", _number(wording.duration)),
    "baseline_p25_seconds": ("A quarter of contacts like it take at most", _number(wording.duration)),
    "baseline_p90_seconds": ("Nine in ten contacts like it take at most", _number(wording.duration)),
    "baseline_contacts": ("Contacts like it in the 28 days before", _number(wording.count)),
    "post_call_sentiment": ("Sentiment afterwards, from −1 to 1", _number(wording.score)),
    "sentiment_source": ("Where the sentiment comes from", _source),
    "csat": ("Survey rating, of 5", _number("{:.3g}".format)),
    "complaint_id": ("Complaint", _text),
    "complaint_count": ("Complaints that link to this contact", _number(wording.count)),
    "regulator": ("Complained to", _text),
    "received_at": ("Complaint received", _moment),
    "days_to_complaint": ("Days until the complaint", _number("{:.1f}".format)),
    "link_rule": ("Why the complaint links", _words),
    "complaint_issue": ("What the complaint is about", _segment("issue")),
    "ai_confidence": ("The AI's confidence", _number(wording.percent)),
    "ai_model": ("AI model", _segment("ai_model")),
    "complaint_within_30d": ("Complained within 30 days", _text),
    "reopened_within_30d": ("Case reopened within 30 days", _text),
    "commitment_id": ("Promise", _text),
    "source": ("How the promise is known", _words),
    "made_by": ("Promised by", _words),
    "kind": ("What was promised", _words),
    "amount": ("Amount", _amount),
    "due_at": ("Due", _moment),
    "is_due_by_default": ("No date was given, so the configured one goes", _text),
    "broken_promises": ("Broken promises of this contact", _number(wording.count)),
    "handoff_id": ("Handoff", _text),
    "trigger": ("Why it was handed over", _words),
    "missing_parts": ("What did not reach the person", _parts),
    "parts_recorded": ("Parts of which that is recorded, of 4", _number(wording.count)),
    "basis": ("How the repetition is known", _words),
    "similarity": ("Likeness of the words before and after, up to 1", _number("{:.2f}".format)),
    "said_again_in": ("Said again in leg", _text),
    "said_again_at_turn": ("Said again at turn", _number(wording.count)),
    "seconds_to_human": ("Time until a human took over", _number(wording.duration)),
    "handoffs_with_repetition": ("Handoffs of this contact after which it was said again", _number(wording.count)),
    "asked_for_human": ("The customer asked for a human", _text),
    "hung_up_unresolved": ("The customer hung up, and it was not resolved", _text),
    "was_misunderstood": ("The AI did not understand, again and again", _text),
    "misunderstandings": ("Times the AI did not understand", _number(wording.count)),
    "disconnect_reason": ("Why the contact ended", _words),
}
_CONTACTS = ("next_contact_id", "next_same_issue_id")
#: Said with another value.
_WITHIN_OTHERS = ("currency",)


def laid_out(text: str, time_zone: str) -> tuple[Fact, ...]:
    """The facts of an evidence object in its order; text that is no JSON object is one fact. Missing values are left out."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        return (Fact("Evidence", safe_text.shortened(text, _MOST_CHARACTERS)),)
    facts = []
    for key, value in found.items():
        if value is None or key in _WITHIN_OTHERS:
            continue
        title, write = _KNOWN.get(key, (safe_text.name(key.replace("_", " ")), _text))
        contact = value if key in _CONTACTS and isinstance(value, str) else None
        facts.append(Fact(title, write(value, found, time_zone), contact))
    return tuple(facts)
