"""One contact with everything that belongs to it, from the files of its day and of the weeks around it."""

from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import polars as pl

from dashboards.casebook.flags import FlaggedContact, flags_of_contact
from dashboards.casebook.key import CaseKey
from dashboards.snapshot.queries import Queries

#: How far the timeline looks around the contact, in days: the windows of M2, and as long before.
DAYS_BEFORE, DAYS_AFTER = 60, 60
#: A complaint may come later than the customer's next contact.
COMPLAINT_DAYS = 120
MOST_ROWS = 300

T = TypeVar("T")


@dataclass(frozen=True)
class Contact:
    """An eligible contact as contact_outcomes has it; the names are those of its columns."""

    system: str
    contact_id: str
    customer_key: str
    day: date
    started_at: datetime
    ended_at: datetime
    mode: str | None
    channel: str | None
    queue: str | None
    workflow: str | None
    issue: str | None
    product: str | None
    region: str | None
    language: str | None
    ai_model: str | None
    agent_id: str | None
    case_id: str | None
    legs: int
    transfer_count: int
    handle_seconds: float | None
    resolved_claimed: bool | None
    resolved_outcome: bool | None
    next_contact_at: datetime | None
    next_same_issue_at: datetime | None
    repeat_any_30d: bool | None
    repeat_issue_30d: bool | None
    complaint_within_30d: bool | None
    reopened_within_30d: bool | None
    closed_account_within_30d: bool | None
    opening_sentiment: float | None
    closing_sentiment: float | None
    post_call_sentiment: float | None
    sentiment_source: str | None
    has_survey: bool | None
    csat: float | None
    survey_words: str | None
    ai_confidence: float | None
    contained: bool | None

    @property
    def key(self) -> CaseKey:
        return CaseKey(self.system, self.contact_id, self.day)


@dataclass(frozen=True)
class Handoff:
    handoff_id: str
    occurred_at: datetime
    trigger: str | None
    ai_confidence: float | None
    misunderstandings: int | None
    has_summary: bool | None
    has_transcript: bool | None
    has_tool_results: bool | None
    has_attempt_account: bool | None
    seconds_to_human: float | None
    customer_repeated: bool | None
    repeated_basis: str | None
    similarity: float | None
    said_again_in: str | None
    said_again_at_turn: int | None


@dataclass(frozen=True)
class Promise:
    commitment_id: str
    source: str
    made_by: str | None
    kind: str
    amount: float | None
    currency: str | None
    made_at: datetime
    due_at: datetime
    is_due_by_default: bool
    status: str
    unverifiable_reason: str | None
    fulfilled_by: str | None
    fulfilled_at: datetime | None
    event_id: str | None
    leg_id: str | None
    turn_index: int | None
    quote: str | None


@dataclass(frozen=True)
class CrmEvent:
    event_id: str
    event_type: str
    occurred_at: datetime
    contact_id: str | None
    case_id: str | None
    commitment_id: str | None
    issue: str | None
    amount: float | None
    currency: str | None


@dataclass(frozen=True)
class Complaint:
    """``is_linked``: it links to this very contact."""

    complaint_id: str
    regulator: str
    received_at: datetime
    is_linked: bool
    link_rule: str
    days_to_complaint: float | None
    product: str | None
    issue: str | None
    company_response: str | None
    timely: bool | None
    disputed: bool | None
    narrative: str | None
    narrative_sentiment: float | None


@dataclass(frozen=True)
class Around:
    """Another contact of the same customer, before or after; ``flags``: how many it has."""

    system: str
    contact_id: str
    day: date
    started_at: datetime
    mode: str | None
    issue: str | None
    resolved_claimed: bool | None
    flags: int

    @property
    def key(self) -> CaseKey:
        return CaseKey(self.system, self.contact_id, self.day)


@dataclass(frozen=True)
class Case:
    """``around`` and ``events`` are those of the customer within DAYS_BEFORE and DAYS_AFTER, at most MOST_ROWS each."""

    contact: Contact
    flags: tuple[FlaggedContact, ...]
    around: tuple[Around, ...]
    handoffs: tuple[Handoff, ...]
    promises: tuple[Promise, ...]
    events: tuple[CrmEvent, ...]
    complaints: tuple[Complaint, ...]


def find_case(queries: Queries, system: str, contact_id: str, day: date | None = None) -> Case | None:
    """The case of a contact; None if no eligible contact has this id. ``day``, where it is right, spares a search."""
    contact = _contact(queries, system, contact_id, day)
    if contact is None:
        return None
    first, last = contact.day - timedelta(days=DAYS_BEFORE), contact.day + timedelta(days=DAYS_AFTER)
    key = contact.key.parameters
    of_customer = key | {"customer": contact.customer_key}

    def of_day(table: str, made: type[T], order: str) -> tuple[T, ...]:
        where = "system = $system and contact_id = $contact"
        return _rows(queries, made, f"from {queries.days(table, contact.day, contact.day)} where {where} {order}", key)

    return Case(
        contact,
        flags_of_contact(queries, contact.key),
        _around(queries, contact, first, last),
        of_day("handoff_quality", Handoff, "order by occurred_at, handoff_id"),
        of_day("commitments", Promise, "order by made_at, commitment_id"),
        _rows(
            queries,
            CrmEvent,
            f"""from {queries.days("crm_timeline", first, last)}
            where customer_key = $customer or (system = $system and (contact_id = $contact or case_id = $case))
            order by occurred_at, event_id limit {MOST_ROWS}""",
            of_customer | {"case": contact.case_id},
        ),
        _rows(
            queries,
            Complaint,
            f"""from (
                select *, coalesce(contact_system = $system and contact_id = $contact, false) as is_linked
                from {queries.days("complaints", first, contact.day + timedelta(days=COMPLAINT_DAYS))}
            ) where customer_key = $customer or is_linked order by received_at, complaint_id limit {MOST_ROWS}""",
            of_customer,
        ),
    )


def is_known(queries: Queries, key: CaseKey) -> bool:
    """Whether there is such an eligible contact on its day."""
    outcomes = queries.days("contact_outcomes", key.day, key.day)
    found = queries.frame(
        f"select 1 as one from {outcomes} where system = $system and contact_id = $contact", key.parameters
    )
    return not found.is_empty()


def _contact(queries: Queries, system: str, contact_id: str, day: date | None) -> Contact | None:
    where = "where system = $system and contact_id = $contact"
    key = {"system": system, "contact": contact_id}
    found: tuple[Contact, ...] = ()
    if day is not None:
        found = _rows(queries, Contact, f"from {queries.days('contact_outcomes', day, day)} {where}", key)
    if not found:
        # The ids alone are read of every day; two systems may know the same one.
        named = "select distinct day from contact_outcomes where contact_id = $contact"
        for other in queries.frame(named, {"contact": contact_id})["day"].to_list():
            found += _rows(queries, Contact, f"from {queries.days('contact_outcomes', other, other)} {where}", key)
    return found[0] if found else None


def _around(queries: Queries, contact: Contact, first: date, last: date) -> tuple[Around, ...]:
    outcomes, flags = (queries.days(name, first, last) for name in ("contact_outcomes", "case_flags"))
    found = queries.frame(
        f"""with others as (
            select system, contact_id, day, started_at, mode, issue, resolved_claimed from {outcomes}
            where customer_key = $customer and not (system = $system and contact_id = $contact)
            order by started_at, system, contact_id limit {MOST_ROWS}
        ),
        flagged as (
            select system, contact_id, count(*) as flags from {flags} where customer_key = $customer group by all
        )
        select others.*, coalesce(flagged.flags, 0) as flags
        from others left join flagged using (system, contact_id)
        order by others.started_at, others.system, others.contact_id""",
        {"customer": contact.customer_key, "system": contact.system, "contact": contact.contact_id},
    )
    return tuple(Around(**row) for row in found.iter_rows(named=True))


def _rows(queries: Queries, made: type[T], source: str, parameters: dict[str, Any]) -> tuple[T, ...]:
    """Rows of ``source`` as objects of the dataclass ``made``, whose fields are its columns."""
    names = ", ".join(each.name for each in fields(made))  # type: ignore[arg-type]
    given = {name: value for name, value in parameters.items() if f"${name}" in source}
    found: pl.DataFrame = queries.frame(f"select {names} {source}", given)
    return tuple(made(**row) for row in found.iter_rows(named=True))
