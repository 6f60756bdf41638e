"""The sentence of a case flag (M15), written from its rule and its evidence. One template a rule.

Evidence is data: a field that is missing, or of another type than its rule writes, is left out of the sentence.
"""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dashboards import wording
from dashboards.wording.labels import value_in_sentence

#: What each rule of case flags is called.
_RULES = {
    "claimed_resolved_came_back": "Claimed resolved, customer came back",
    "fast_but_unhappy": "Fast, but the customer was unhappy",
    "claimed_resolved_complained": "Claimed resolved, customer complained",
    "confident_and_wrong": "Confident AI, wrong answer",
    "promise_broken": "Broken promise",
    "slow_but_good": "Slow, but resolved",
    "handoff_amnesia": "Had to start again after a handoff",
    "stuck_with_ai": "Stuck with the AI",
}
_LONGEST_VALUE = 160
_LONGEST_SENTENCE = 1_500
#: What is more is no amount of money.
_MOST_MONEY = 1e15


def rule_name(rule: str) -> str:
    """What a rule is called, as a heading; an unknown one by its own name."""
    return _RULES.get(rule) or wording.clipped(rule.replace("_", " ").capitalize(), _LONGEST_VALUE)


@dataclass(frozen=True)
class _Evidence:
    """The evidence object of a flag, read by type: a value of another type is None."""

    values: Mapping[str, Any]
    time_zone: str

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        return wording.clipped(" ".join(value.split()), _LONGEST_VALUE) if isinstance(value, str) and value else None

    def words(self, name: str) -> str | None:
        """A code as words: ``same issue`` for ``same_issue``."""
        code = self.text(name)
        return None if code is None else code.replace("_", " ")

    def number(self, name: str) -> float | None:
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _MOST_MONEY:
            return None
        return float(value) if math.isfinite(value) else None

    def duration(self, name: str) -> str | None:
        seconds = self.number(name)
        return None if seconds is None else wording.duration(seconds)

    def is_true(self, name: str) -> bool:
        return self.values.get(name) is True

    def last_day(self, name: str) -> date | None:
        """The local day that ends at the instant ``name``, or in which it lies."""
        try:
            instant = datetime.fromisoformat(self.values[name])
            instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
            return (instant - timedelta(seconds=1)).astimezone(ZoneInfo(self.time_zone)).date()
        except (KeyError, TypeError, ValueError, OverflowError):
            return None


def flag_sentence(rule: str, evidence: str, time_zone: str) -> str:
    """What happened, in one or two sentences.

    ``evidence``: the published JSON object. ``time_zone``: in which days are named. A rule that has no template, and
    evidence that is no JSON object, give the name of the rule.
    """
    template = _TEMPLATES.get(rule)
    try:
        values = json.loads(evidence)
    except (ValueError, RecursionError):
        values = None
    if template is None or not isinstance(values, dict):
        return wording.clipped(f"{rule.replace('_', ' ').capitalize()}.", _LONGEST_VALUE)
    return wording.clipped(template(_Evidence(values, time_zone)), _LONGEST_SENTENCE)


def _came_back(said: _Evidence) -> str:
    issue, contact = said.text("issue"), said.text("next_contact_id")
    about = f' about "{wording.clipped(value_in_sentence("issue", issue))}"' if issue else " about the same issue"
    return f"Claimed resolved, yet the customer came back{about}{_later(said.number('hours_until_next'))}{_in_brackets(contact and f'contact {contact}')}."


def _later(hours: float | None) -> str:
    if hours is None:
        return ""
    if hours < 0:
        return " before this contact had ended"
    if hours < 48:
        return f" {max(math.ceil(hours), 1)} h later"
    return f" {math.floor(hours / 24)} days later"


def _fast(said: _Evidence) -> str:
    rating = said.number("csat")
    unhappy = {
        "survey_csat": "rating in the survey was low" if rating is None else f"rating was {rating:.3g} of 5",
        "survey_verbatim": "words in the survey were negative",
    }.get(said.text("sentiment_source") or "", "last words were negative")
    usual = _usual(said, "a quarter of", "baseline_p25_seconds")
    took = said.duration("handle_seconds")
    return f"Handled {f'in {took}' if took else 'fast'}{usual}, yet the customer's {unhappy}."


def _slow(said: _Evidence) -> str:
    mood = said.number("post_call_sentiment")
    customer = "" if mood is None else f"; the customer was {'content' if mood >= 0.25 else 'not unhappy'}"
    usual = _usual(said, "nine in ten", "baseline_p90_seconds")
    took = said.duration("handle_seconds")
    return f"{f'Took {took}' if took else 'Took long'}{usual}, and stayed resolved{customer}."


def _usual(said: _Evidence, part: str, name: str) -> str:
    duration = said.duration(name)
    return _in_brackets(duration and f"{part} similar contacts take at most {duration}")


def _complained(said: _Evidence) -> str:
    regulator, complaint, link = said.text("regulator"), said.text("complaint_id"), said.text("link_rule")
    by = {
        "contact_id": "names this contact",
        "same_issue": "linked by customer and issue",
        "same_product": "linked by customer and product",
        "any": "linked by customer",
    }.get(link or "")
    known = [part for part in (complaint and f"complaint {complaint}", by) if part]
    to = f" to {regulator}" if regulator else ""
    return f"Claimed resolved, yet the customer complained{to}{_days_later(said.number('days_to_complaint'))}{_in_brackets(', '.join(known))}."


def _days_later(days: float | None) -> str:
    if days is None:
        return ""
    if days < 1:
        return " within a day"
    return " a day later" if days < 2 else f" {math.floor(days)} days later"


def _sure(said: _Evidence) -> str:
    confidence = said.number("ai_confidence")
    sure = "sure" if confidence is None else f"{math.floor(100 * confidence + 1e-9)}% sure"
    happened = ["came back"] if said.text("next_contact_id") else []
    happened += ["complained"] if said.is_true("complaint_within_30d") else []
    parts = [f"the customer {' and '.join(happened)}"] if happened else []
    parts += ["the case was reopened"] if said.is_true("reopened_within_30d") else []
    followed = f"{wording.joined(parts)} within 30 days" if parts else "it did not stay resolved"
    return f"The AI was {sure} and no person took over, yet {followed}."


def _promise(said: _Evidence) -> str:
    maker = {"ai": "The AI", "agent": "The agent"}.get(said.text("made_by") or "", "The company")
    kind = said.words("kind") or "follow-up"
    article = "an" if kind[0].lower() in "aeio" else "a"
    amount, due = said.number("amount"), said.last_day("due_at")
    currency = said.text("currency")
    money = "" if amount is None else f" of {f'{currency} ' if currency else ''}{amount:,.2f}"
    by = "" if due is None else f", due {due.day} {due:%b %Y}"
    unstated = " (no date was given)" if by and said.is_true("is_due_by_default") else ""
    after = (
        " The customer came back about the same issue."
        if said.text("next_same_issue_id")
        else " The customer complained."
        if said.is_true("complaint_within_30d")
        else ""
    )
    return f"{maker} promised {article} {kind}{money}{by}{unstated}, and no CRM event shows that it was kept.{after}"


def _said_again(said: _Evidence) -> str:
    basis = {
        "recorded": "as recorded",
        "words": "in the customer's own words",
        "similarity": "the words before and after are alike",
    }.get(said.text("basis") or "")
    missing, recorded = said.words("missing_parts"), said.number("parts_recorded") or 0
    if missing:
        arrived = f" The person who took over did not get: {missing}."
    elif recorded == 4:
        arrived = " Everything had reached the person who took over."
    elif recorded == 0:
        arrived = " What reached the person who took over is not recorded."
    else:
        arrived = " Nothing is recorded as missing at the handoff."
    return f"The customer had to start again after the AI handed over{_in_brackets(basis)}.{arrived}"


def _stuck(said: _Evidence) -> str:
    times = said.number("misunderstandings") or 0
    signs = [
        "asked for a human" if said.is_true("asked_for_human") else "",
        f"was misunderstood {'once' if times == 1 else f'{times:.0f} times'}" if times >= 1 else "",
        "hung up with nothing resolved" if said.is_true("hung_up_unresolved") else "",
    ]
    what = wording.joined([sign for sign in signs if sign]) or "was stuck with the AI"
    return f"The customer {what}. No person took part, and the contact counts as contained."


def _in_brackets(text: str | None) -> str:
    return f" ({text})" if text else ""


_TEMPLATES: dict[str, Callable[[_Evidence], str]] = {
    "claimed_resolved_came_back": _came_back,
    "fast_but_unhappy": _fast,
    "claimed_resolved_complained": _complained,
    "confident_and_wrong": _sure,
    "promise_broken": _promise,
    "slow_but_good": _slow,
    "handoff_amnesia": _said_again,
    "stuck_with_ai": _stuck,
}
