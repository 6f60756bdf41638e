"""A case in the order of time: the customer's contacts before and after it, and what happened in between."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dashboards import wording
from dashboards.casebook.case import Case, Complaint, CrmEvent, Handoff, Promise
from dashboards.casebook.key import CaseKey
from dashboards.casebook.safe_text import name, segment

Kind = Literal["contact", "this", "handoff", "promise", "crm", "complaint"]
FATES = {
    "kept_on_time": "kept on time",
    "kept_late": "kept late",
    "broken": "broken",
    "pending": "not due yet",
    "unverifiable": "nothing can tell",
}


@dataclass(frozen=True)
class Moment:
    """``contact``: another contact that it leads to. ``same_issue``: that is about the issue of the case."""

    at: datetime
    kind: Kind
    title: str
    detail: str = ""
    contact: CaseKey | None = None
    same_issue: bool = False


def timeline(case: Case) -> tuple[Moment, ...]:
    """Everything that is known of the customer around the case, the earliest first."""
    contact = case.contact
    moments = [
        Moment(
            contact.started_at,
            "this",
            "This contact",
            _about(contact.mode, contact.issue, contact.resolved_claimed, len(case.flags)),
        )
    ]
    moments += [
        Moment(
            each.started_at,
            "contact",
            f"Contact {name(each.contact_id, 60)}",
            _about(each.mode, each.issue, each.resolved_claimed, each.flags),
            each.key,
            each.issue is not None and each.issue == contact.issue,
        )
        for each in case.around
    ]
    moments += [_handoff(each) for each in case.handoffs]
    for promise in case.promises:
        moments += _promise(promise)
    fulfilling = {each.event_id for each in case.promises if each.event_id}
    moments += [_event(each) for each in case.events if each.event_id not in fulfilling]
    moments += [_complaint(each) for each in case.complaints]
    return tuple(sorted(moments, key=lambda each: each.at))


def money(amount: float | None, currency: str | None) -> str:
    """``USD 25.00``; empty where there is no amount."""
    return "" if amount is None else f"{name(currency, 12) if currency else ''} {amount:,.2f}".strip()


def promised(each: Promise) -> str:
    """``credit of USD 25.00``."""
    of = f" of {money(each.amount, each.currency)}" if each.amount is not None else ""
    return f"{name(each.kind, 60).replace('_', ' ')}{of}"


def maker(text: str) -> str:
    """Who made a promise, as people say it."""
    return {"ai": "the AI", "agent": "an agent"}.get(text, name(text, 40))


def _about(mode: str | None, issue: str | None, claimed: bool | None, flags: int) -> str:
    parts = [wording.mode_name(mode), segment("issue", issue, 80) if issue else "issue not recorded"]
    parts += [] if claimed is None else ["claimed resolved" if claimed else "not claimed resolved"]
    parts += [f"{flags} flag{'' if flags == 1 else 's'}"] if flags else []
    return " · ".join(parts)


def _handoff(each: Handoff) -> Moment:
    why = f"Why: {each.trigger.replace('_', ' ')}" if each.trigger else "Why is not recorded"
    again = "; the customer had to repeat themselves" if each.customer_repeated else ""
    return Moment(each.occurred_at, "handoff", "Handed over to a human", f"{why}{again}")


def _promise(each: Promise) -> list[Moment]:
    by = f" by {maker(each.made_by)}" if each.made_by else ""
    known = "recorded" if each.source == "recorded" else "only spoken"
    moments = [Moment(each.made_at, "promise", f"Promise{by}: {promised(each)}", f"{known}; {FATES[each.status]}")]
    if each.fulfilled_at is not None:
        how = name(each.fulfilled_by, 60).replace("_", " ")
        moments.append(Moment(each.fulfilled_at, "promise", f"Promise {FATES[each.status]}: {promised(each)}", how))
    elif each.status == "broken":
        moments.append(Moment(each.due_at, "promise", f"Promise fell due and was not kept: {promised(each)}"))
    return moments


def _event(each: CrmEvent) -> Moment:
    parts = [money(each.amount, each.currency), segment("issue", each.issue, 80) if each.issue else ""]
    parts += [f"case {name(each.case_id, 60)}"] if each.case_id else []
    title = each.event_type.replace("_", " ").capitalize()
    return Moment(
        each.occurred_at,
        "crm",
        title,
        " · ".join(part for part in parts if part),
    )


def _complaint(each: Complaint) -> Moment:
    parts = ["links to this contact" if each.is_linked else "does not link to this contact"]
    parts += [segment("issue", each.issue, 80)] if each.issue else []
    return Moment(each.received_at, "complaint", f"Complaint to {name(each.regulator, 60)}", " · ".join(parts))
