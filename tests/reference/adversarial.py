"""Seeded adversarial operations: every edge of the definitions, often, in few contacts.

What belongs here: making canonical rows (:func:`generate`), delivering them (:func:`write_landing`) and a
configuration that reads them (:func:`write_config`). What does not: any idea of what the metrics of these rows are;
that is ``brute_force``.

The rows keep one promise: two versions of a record that differ never share the greatest ``updated_at``.
"""

import csv
import gzip
import json
import random
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from .lexicon_model import write_lexicon_model

Row = dict[str, Any]
Tables = dict[str, list[Row]]

SYSTEMS = ("alpha", "beta")
MICROSECOND = timedelta(microseconds=1)
UNKNOWN_CUSTOMERS = (None, "", "   ", "?", " ? ", "N/A", "n/a", "UNKNOWN", "0", "anonymous", "null", "NONE", "\t")
UNSERVED_REASONS = ("abandoned_in_queue", "system_error")
ISSUES = ("billing", "delivery", "login")
PRODUCTS = ("card", "prêt étudiant")
BLANKS = (None, None, "", "  ")

KEYS = {
    "contacts": ("contact_id",),
    "turns": ("contact_id", "turn_index"),
    "handoffs": ("handoff_id",),
    "crm_events": ("event_id",),
    "surveys": ("response_id",),
    "complaints": ("complaint_id",),
    "commitments": ("commitment_id",),
    "ai_claims": ("claim_id",),
    "dispositions": ("disposition_id",),
    "identities": ("customer_id", "alias"),
}
EVENT_TIMES = {
    "contacts": "started_at",
    "handoffs": "occurred_at",
    "crm_events": "occurred_at",
    "surveys": "responded_at",
    "complaints": "received_at",
    "commitments": "made_at",
    "dispositions": "decided_at",
}
INSTANT_COLUMNS = frozenset(
    {"started_at", "ended_at", "occurred_at", "received_at", "responded_at", "updated_at", "deleted_at"}
    | {"made_at", "due_at", "verified_at", "decided_at"}
)
NUMBER_COLUMNS = frozenset(
    {"handle_seconds", "talk_seconds", "hold_seconds", "wrap_seconds", "ai_confidence"}
    | {"wait_seconds", "offset_seconds", "amount", "stated_confidence", "csat"}
)
INTEGER_COLUMNS = frozenset({"external_transfers", "misunderstandings", "turn_index", "nps"})
FLAG_COLUMNS = frozenset(
    {"served", "resolved_claimed", "timely", "disputed", "customer_repeated", "verified_correct", "given_blind"}
    | {"has_summary", "has_transcript", "has_tool_results", "has_attempt_account"}
)
REQUIRED = {
    "contacts": ("contact_id", "started_at"),
    "turns": ("contact_id", "turn_index", "speaker", "text"),
    "handoffs": ("handoff_id", "contact_id", "occurred_at"),
    "crm_events": ("event_id", "event_type", "occurred_at"),
    "surveys": ("response_id", "responded_at"),
    "complaints": ("complaint_id", "regulator", "received_at"),
    "commitments": ("commitment_id", "contact_id", "kind"),
    "ai_claims": ("claim_id", "contact_id", "claim_type", "stated_confidence"),
    "dispositions": ("disposition_id", "contact_id", "rule", "verdict", "decided_at"),
    "identities": ("customer_id", "alias"),
}


@dataclass(frozen=True)
class Scenario:
    """Rows by canonical table (each with ``system``) and the settings of the run that they were made for."""

    tables: Tables
    time_zone: str
    as_of: datetime
    lag_days: int = 0
    lookback_days: int = 90
    early_seconds: int = 300
    unserved_reasons: tuple[str, ...] = UNSERVED_REASONS
    phantom_reasons: tuple[str, ...] = ()
    test_customers: tuple[str, ...] = ()
    test_contacts: tuple[str, ...] = ()
    sentinels: tuple[str, ...] | None = None
    """None: the default ones."""
    min_n: int = 30
    lexicon_languages: tuple[str, ...] = ()
    """Languages of the lexicon model; none: the embedded model scores."""
    promises: tuple[tuple[str, float], ...] = ()
    """Settings of promises other than the default."""
    review_per_day: int = 50


@dataclass
class _Made:
    """What the generator remembers of a contact, to aim events at it."""

    system: str
    contact_id: str
    leg_ids: list[str]
    customer: str | None
    started_at: datetime
    ended_at: datetime
    issue: str | None
    product: str | None
    case_id: str | None


@dataclass
class _Operation:
    """The generator's state."""

    rng: random.Random
    zone: ZoneInfo
    as_of: datetime
    ids: dict[str, list[str]]
    transitions: list[datetime]
    lag_days: int
    lookback_days: int
    early_seconds: int = 300
    contacts: list[Row] = field(default_factory=list)
    made: list[_Made] = field(default_factory=list)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share


# --- Instants ---------------------------------------------------------------------------------------------------


def _transitions(zone: ZoneInfo, start: datetime, end: datetime) -> list[datetime]:
    """The instants between ``start`` and ``end`` at which the zone's offset changes, to the hour."""
    found = []
    instant = start.replace(minute=0, second=0, microsecond=0)
    while instant < end:
        following = instant + timedelta(hours=1)
        if instant.astimezone(zone).utcoffset() != following.astimezone(zone).utcoffset():
            found.append(following)
        instant = following
    return found


def _nudge(operation: _Operation, instant: datetime) -> datetime:
    """The instant itself, or one microsecond beside it."""
    return instant + operation.rng.choice((-1, 0, 0, 1)) * MICROSECOND


def _any_instant(operation: _Operation) -> datetime:
    rng = operation.rng
    kind = rng.random()
    if kind < 0.06 and operation.transitions:
        return rng.choice(operation.transitions) + timedelta(seconds=rng.randint(-7200, 7200))
    instant = operation.as_of - timedelta(seconds=rng.uniform(-4 * 86_400, 140 * 86_400))
    if kind < 0.16:
        midnight = instant.astimezone(operation.zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return _nudge(operation, midnight.astimezone(UTC))
    if kind < 0.5:
        return instant.replace(second=0, microsecond=0)
    if kind < 0.8:
        return instant.replace(microsecond=0)
    if kind < 0.9:
        return instant.replace(microsecond=instant.microsecond // 1000 * 1000)
    return instant


def _contact_start(operation: _Operation, before: list[_Made]) -> datetime:
    """Often placed against an earlier contact of the customer, at an edge of a window."""
    rng = operation.rng
    if operation.chance(0.03):
        return _nudge(operation, operation.as_of)
    if not before or operation.chance(0.25):
        return _any_instant(operation)
    earlier = rng.choice(before[-3:])
    kind = rng.random()
    if kind < 0.35:
        return _nudge(operation, earlier.ended_at + timedelta(days=rng.choice((1, 7, 30))))
    if kind < 0.5:
        return earlier.started_at
    if kind < 0.6:
        return _nudge(operation, earlier.ended_at)
    if kind < 0.7:
        return earlier.started_at + (earlier.ended_at - earlier.started_at) * rng.random()
    return earlier.ended_at + timedelta(seconds=rng.randint(0, 40 * 86_400))


def _contact_end(operation: _Operation, started_at: datetime, before: list[_Made]) -> datetime:
    """Mostly minutes later; sometimes on a maturity edge, or tied with another contact's end."""
    rng = operation.rng
    candidates: list[datetime] = []
    if operation.chance(0.25):
        days = rng.choice((1, 7, 30, 30 + operation.lag_days))
        candidates.append(_nudge(operation, operation.as_of - timedelta(days=days)))
    if operation.chance(0.5):
        candidates += [contact.ended_at for contact in before[-3:] if contact.started_at <= started_at]
    for candidate in candidates:
        if started_at <= candidate <= started_at + timedelta(days=20):
            return candidate
    kind = rng.random()
    if kind < 0.08:
        return started_at
    if kind < 0.12:
        return started_at + MICROSECOND
    if kind < 0.17:
        return started_at + timedelta(hours=rng.randint(20, 200))
    return started_at + timedelta(seconds=rng.randint(5, 4000))


# --- Contacts ---------------------------------------------------------------------------------------------------


def _padded(operation: _Operation, text: str) -> str:
    """Now and then with white space around it, which means nothing."""
    return operation.rng.choice((f" {text}", f"{text}  ", f"\t{text}")) if operation.chance(0.03) else text


def _choice_or_blank(operation: _Operation, values: Sequence[str], blank: float) -> str | None:
    if operation.chance(blank):
        return operation.rng.choice(BLANKS)
    return _padded(operation, operation.rng.choice(values))


def _handle_columns(operation: _Operation) -> Row:
    rng = operation.rng
    row: Row = {}
    kind = rng.random()
    if kind < 0.5:
        row["handle_seconds"] = rng.choice((0, 86_400, 12.5, rng.randint(10, 3000), round(rng.uniform(0, 900), 3)))
    elif kind < 0.6:
        row["handle_seconds"] = rng.choice((-1, -0.001, 86_400.5, 100_000))
    if operation.chance(0.5):
        for name in ("talk_seconds", "hold_seconds", "wrap_seconds"):
            if operation.chance(0.85):
                row[name] = rng.choice((0, rng.randint(1, 600), round(rng.uniform(0, 400), 2)))
            elif operation.chance(0.2):
                row[name] = -5
    return row


def _mode_columns(operation: _Operation) -> Row:
    rng = operation.rng
    row: Row = {}
    if operation.chance(0.4):
        row["mode"] = rng.choice(("ai_primary", "human_primary", "joint", "AI_Primary", "robot"))
    if operation.chance(0.45):
        row["ai_model"] = rng.choice(("orion-1", "orion-2"))
        row["ai_confidence"] = rng.choice((0, 0.95, 1.0, 0.8, round(rng.random(), 4), 1.2, -0.1))
    if operation.chance(0.4):
        row["agent_id"] = rng.choice(("ag-x", "ag-y", "ag-z", " "))
    return row


def _leg(operation: _Operation, contact_id: str, customer: str | None, made: _Made) -> Row:
    rng = operation.rng
    leg: Row = {
        "contact_id": _padded(operation, contact_id),
        "system": made.system,
        "customer_id": customer if customer is None else _padded(operation, customer),
        "channel": _choice_or_blank(operation, ("voice", "chat"), 0.1),
        "direction": None if operation.chance(0.3) else "inbound",
        "queue": _choice_or_blank(operation, ("q-1", "q-2"), 0.3),
        "workflow": _choice_or_blank(operation, ("disputes",), 0.4),
        "issue": _choice_or_blank(operation, [made.issue or rng.choice(ISSUES)], 0.15 if made.issue else 0.95),
        "product": made.product,
        "region": _choice_or_blank(operation, ("north",), 0.5),
        "language": _choice_or_blank(operation, ("en",), 0.5),
        "case_id": made.case_id if operation.chance(0.8) else None,
        **_handle_columns(operation),
        **_mode_columns(operation),
    }
    if operation.chance(0.12):
        leg["direction"] = rng.choice(("outbound", "callback", "INBOUND", "Outbound", "sideways", ""))
    if operation.chance(0.06):
        leg["customer_id"] = rng.choice(UNKNOWN_CUSTOMERS)
    if operation.chance(0.5):
        leg["resolved_claimed"] = rng.choice((True, True, False))
    if operation.chance(0.15):
        leg["served"] = rng.choice((True, False))
    if operation.chance(0.25):
        leg["disconnect_reason"] = rng.choice((*UNSERVED_REASONS, "customer_hangup", "phantom", " abandoned_in_queue "))
    if operation.chance(0.05):
        leg["external_transfers"] = rng.choice((0, 1, 2, 3, -1))
    return leg


def _legs_of_contact(operation: _Operation, customer: str | None, system: str, before: list[_Made]) -> list[Row]:
    rng = operation.rng
    count = rng.choices((1, 2, 3, 4), (72, 17, 8, 3))[0]
    leg_ids = [operation.ids[system].pop() for _ in range(count)]
    root = rng.choice(leg_ids) if operation.chance(0.4) else leg_ids[0]
    if operation.chance(0.25 if count > 1 else 0.12):
        root = operation.ids[system].pop()  # a root that never arrives
    started_at = _contact_start(operation, before)
    if started_at > operation.as_of + MICROSECOND and operation.chance(0.8):
        started_at = _any_instant(operation)
    ended_at = _contact_end(operation, started_at, before)
    issue = rng.choice(ISSUES) if operation.chance(0.8) else None
    if operation.chance(0.1):
        issue = f"issue-{root}"  # of this contact alone
    product = rng.choice(PRODUCTS) if operation.chance(0.75) else None
    case_id = f"case-{rng.randint(1, 80)}" if operation.chance(0.5) else None
    made = _Made(system, root, leg_ids, customer, started_at, ended_at, issue, product, case_id)

    legs = []
    for position, leg_id in enumerate(leg_ids):
        leg = _leg(operation, leg_id, customer, made)
        if position == 0:
            leg["started_at"] = started_at
        else:
            leg["started_at"] = rng.choice(
                (started_at, ended_at, started_at + (ended_at - started_at) * rng.random(), ended_at + MICROSECOND)
            )
        leg["ended_at"] = ended_at if position == count - 1 else rng.choice((ended_at, leg["started_at"], None))
        if operation.chance(0.08):
            leg["ended_at"] = None
        if operation.chance(0.04):
            leg["ended_at"] = leg["started_at"] - rng.choice((MICROSECOND, timedelta(hours=3)))
        if operation.chance(0.01):
            leg["ended_at"] = "sometime later"
        if count > 1 or leg_id != root or operation.chance(0.2):
            leg["root_contact_id"] = root
        if count > 1 and leg_id == root and operation.chance(0.5):
            leg["root_contact_id"] = operation.rng.choice((None, ""))
        legs.append(leg)
    if count > 1 and before and operation.chance(0.02):
        legs[0]["root_contact_id"] = before[-1].contact_id  # a leg of another contact, and maybe a root itself
    if count > 1 and operation.chance(0.05):
        legs[-1]["started_at"] = operation.as_of + timedelta(seconds=rng.choice((0, 1, 90_000)))
        legs[-1]["ended_at"] = None

    ends = [leg["ended_at"] for leg in legs if isinstance(leg["ended_at"], datetime)]
    made.ended_at = max([leg["started_at"] for leg in legs] + ends)
    operation.made.append(made)
    before.append(made)
    return legs


def _make_contacts(operation: _Operation, contacts: int) -> None:
    rng = operation.rng
    customers: list[str | None] = [f"cust-{number:03d}" for number in range(max(2, contacts // 9))]
    customers += [f"CUST-{number:03d}" for number in range(3)]  # other people: ids tell case apart
    customers += [rng.choice(UNKNOWN_CUSTOMERS) for _ in range(max(1, contacts // 90))]
    before: dict[int, list[_Made]] = {}
    weights = [rng.random() ** 2 + 0.05 for _ in customers]
    for _ in range(contacts):
        number = rng.choices(range(len(customers)), weights)[0]
        system = SYSTEMS[operation.chance(0.35)]
        legs = _legs_of_contact(operation, customers[number], system, before.setdefault(number, []))
        operation.contacts.extend(legs)


# --- Events -----------------------------------------------------------------------------------------------------


def _event_time(operation: _Operation, contact: _Made, edges_days: Sequence[int]) -> datetime:
    if operation.chance(0.04):
        return _nudge(operation, operation.as_of)
    if operation.chance(0.6):
        return _nudge(operation, contact.ended_at + timedelta(days=operation.rng.choice(edges_days)))
    return contact.ended_at + timedelta(seconds=operation.rng.randint(-3 * 86_400, 100 * 86_400))


def _reference(operation: _Operation, contact: _Made) -> str:
    """The contact's id, one of its legs', or one that nobody knows in this system."""
    if operation.chance(0.06):
        return operation.rng.choice(operation.made).contact_id
    if operation.chance(0.04):
        return "no-such-contact"
    if operation.chance(0.3):
        return contact.contact_id
    return _padded(operation, operation.rng.choice([contact.contact_id, *contact.leg_ids]))


def _crm_events(operation: _Operation, count: int) -> list[Row]:
    rng = operation.rng
    events = []
    for number in range(count):
        contact = rng.choice(operation.made)
        kind = rng.choices(
            ("case_reopened", "Case_Reopened", "account_closed", "case_opened", "case_closed", "refund_issued"),
            (55, 3, 25, 6, 6, 5),
        )[0]
        event: Row = {
            "event_id": f"ev-{number}",
            "system": contact.system,
            "event_type": kind,
            "occurred_at": _event_time(operation, contact, (0, 0, 30, 30)),
            "issue": contact.issue,
        }
        by = rng.random()
        if by < 0.45:
            event["contact_id"] = _reference(operation, contact)
        if by < 0.1 or by >= 0.45:
            event["case_id"] = contact.case_id or f"case-{rng.randint(1, 90)}"
        if operation.chance(0.5):
            event["customer_id"] = contact.customer if operation.chance(0.9) else rng.choice(UNKNOWN_CUSTOMERS)
        if operation.chance(0.05):
            event["contact_id"] = rng.choice(BLANKS)
        if operation.chance(0.02):
            event["occurred_at"] = event["occurred_at"].astimezone(operation.zone).date()
        events.append(event)
    return events


def _tied_in_end(made: Sequence[_Made]) -> list[_Made]:
    """The contacts that ended when another of the same customer did, and started at another time."""
    starts: dict[tuple[str | None, datetime], set[datetime]] = {}
    for contact in made:
        starts.setdefault((contact.customer, contact.ended_at), set()).add(contact.started_at)
    return [contact for contact in made if len(starts[contact.customer, contact.ended_at]) > 1]


def _complaints(operation: _Operation, count: int) -> list[Row]:
    rng = operation.rng
    complaints = []
    tied = _tied_in_end(operation.made)
    old = [made for made in operation.made if made.ended_at + timedelta(operation.lookback_days) < operation.as_of]
    for number in range(count):
        contact = rng.choice(rng.choices((tied, old, operation.made), (20, 20, 60))[0] or operation.made)
        complaint: Row = {
            "complaint_id": f"cp-{number}",
            "system": contact.system if operation.chance(0.8) else rng.choice(SYSTEMS),
            "regulator": rng.choice(("CFPB", "Ombudsman")),
            "received_at": _event_time(operation, contact, (0, 0, 30, *[operation.lookback_days] * 4)),
            "customer_id": contact.customer if operation.chance(0.93) else rng.choice(UNKNOWN_CUSTOMERS),
            "issue": contact.issue if operation.chance(0.5) else _choice_or_blank(operation, ISSUES, 0.4),
            "product": contact.product if operation.chance(0.4) else _choice_or_blank(operation, PRODUCTS, 0.4),
            "company": "Acme",
            "region": _choice_or_blank(operation, ("north",), 0.5),
            "timely": rng.choice((True, False, None)),
            "disputed": rng.choice((True, False, None)),
            "narrative": _words(operation) if operation.chance(0.4) else rng.choice(BLANKS),
        }
        if operation.chance(0.25):
            complaint["contact_id"] = _reference(operation, contact)
        if operation.chance(0.15):
            complaint["received_at"] = complaint["received_at"].astimezone(operation.zone).date()
        complaints.append(complaint)
    return complaints


def _handoffs(operation: _Operation, count: int) -> list[Row]:
    rng = operation.rng
    handoffs = []
    for number in range(count):
        contact = rng.choice(operation.made)
        handoffs.append(
            {
                "handoff_id": f"ho-{number}",
                "system": contact.system,
                "contact_id": _reference(operation, contact),
                "occurred_at": operation.as_of + operation.rng.choice((-MICROSECOND, timedelta(0), MICROSECOND))
                if operation.chance(0.15)
                else contact.ended_at,
                "from_party": "ai",
                "to_party": rng.choice(
                    ("human", "agent", "team", "human_supervisor", "ai", "bot", "system", None, " ")
                ),
            }
        )
    return handoffs


# --- Words ------------------------------------------------------------------------------------------------------

ENGLISH = (
    "This is terrible and I am angry",
    "I have been charged twice for the same invoice and nobody could tell me why",
    "That is wrong again",
    "wrong again!",
    "thanks",
    "Thanks a lot",
    "thanks\u00a0a\u00a0lot",
    "Great, that\nsolved it",
    "great\tthanks",
    "The invoice is fine, a great help from the lady on the phone",
    "it is fine",
    "the the the",
    "Please write to ann.lee@example.org",
    "terrible\u2003service",
    "great \u200b help",
    '=HYPERLINK("http://x","great") is the \'link\', "wrong"',
    "<b>terrible</b> & </td> wrong",
    "I told your colleague the number already, and it was terrible " * 8,
)
SPANISH = (
    "Muchas gracias por la ayuda con mi factura, ya est\u00e1 todo resuelto",
    "El servicio es muy malo y nadie me contesta desde hace tres semanas",
    "gracias, muy amable",
    "no, malo",
)
OTHER = (
    "Die Rechnung stimmt schon wieder nicht, und niemand kann mir sagen warum",
    "... !!! ???",
    "\U0001f44d \U0001f44d \U0001f44d",
    "ann@example.org bob@example.org cat@example.org",
    "12 34 56",
    "ok",
    "mmm hm hm",
    "\u65e5\u672c\u8a9e \u306e \u6587\u7ae0 \u3067\u3059",
)
LANGUAGES = (
    "en",
    "en-US",
    "EN_gb",
    "English",
    "eng",
    "es",
    "es-MX",
    "Spanish",
    "de",
    "und",
    "UND",
    "n/a",
    "xx",
    " ",
    None,
)


def _words(operation: _Operation) -> str:
    return operation.rng.choice(operation.rng.choices((ENGLISH, SPANISH, OTHER), (70, 15, 15))[0])


def _turns(operation: _Operation) -> list[Row]:
    """Conversations of about half of the contacts; some of no contact, or of one that another system knows."""
    rng = operation.rng
    turns: dict[tuple[str, str, int], Row] = {}

    def say(system: str, place: str, number: int, text: str, language: str | None) -> None:
        turns[system, place, number] = {
            "contact_id": _padded(operation, place),
            "system": system,
            "turn_index": number,
            "speaker": rng.choice(("customer", "customer", "customer", "Customer", "ai", "agent", "system")),
            "text": text,
            "language": rng.choice(LANGUAGES) if operation.chance(0.1) else language,
        }

    for contact in operation.made:
        if operation.chance(0.5):
            continue
        places = {*contact.leg_ids, contact.contact_id} if operation.chance(0.3) else {*contact.leg_ids}
        system = contact.system if operation.chance(0.97) else rng.choice(SYSTEMS)
        stock = rng.choice((ENGLISH, ENGLISH, SPANISH, OTHER, None))
        language = rng.choice(LANGUAGES) if operation.chance(0.5) else None
        for place in sorted(places):
            for number in rng.sample(range(12), rng.choice((0, 1, 2, 3, 4, 6, 9))):
                text = _words(operation) if stock is None or operation.chance(0.2) else rng.choice(stock)
                say(system, place, number if operation.chance(0.99) else -1 - number, text, language)
    for number in range(20):
        say(rng.choice(SYSTEMS), "no-such-contact", number, _words(operation), None)
    return list(turns.values())


def _last_for_a_week(made: Sequence[_Made]) -> list[_Made]:
    """The contacts after whose end no other contact of the customer ended for eight days."""
    ends: dict[str | None, list[datetime]] = {}
    for contact in made:
        ends.setdefault(contact.customer, []).append(contact.ended_at)
    week = timedelta(days=8)
    return [c for c in made if not any(c.ended_at < end <= c.ended_at + week for end in ends[c.customer])]


def _surveys(operation: _Operation, count: int) -> list[Row]:
    """Several responses to a few contacts, often at the end of the contact or seven days later to the microsecond."""
    rng = operation.rng
    responses = []
    answered = operation.made[:: max(1, 2 * len(operation.made) // count)]
    tied, lonely = _tied_in_end(operation.made), _last_for_a_week(operation.made)
    for number in range(count):
        contact = rng.choice(rng.choices((tied, answered), (30, 70))[0] or answered)
        response: Row = {
            "response_id": f"sv-{rng.randrange(10**6):06d}-{number}",
            "system": contact.system if operation.chance(0.85) else rng.choice(SYSTEMS),
            "responded_at": _event_time(operation, contact, (0, 0, 0, 1, 7, 7)),
            "csat": rng.choice((None, None, None, 1, 2, 2, 2, 2.5, 3, 4, 4.4, 5, 0, 6)),
            "nps": rng.choice((None, None, None, 0, 10, 11)),
            "verbatim": _words(operation) if operation.chance(0.7) else rng.choice(BLANKS),
            "language": rng.choice(LANGUAGES) if operation.chance(0.2) else None,
        }
        kind = rng.random()
        if kind < 0.45:
            response["contact_id"] = _reference(operation, contact)
        if kind > 0.3:
            response["customer_id"] = contact.customer if operation.chance(0.95) else rng.choice(UNKNOWN_CUSTOMERS)
        if operation.chance(0.05):
            response["contact_id"] = rng.choice(BLANKS)
        if operation.chance(0.05):
            response["responded_at"] = response["responded_at"].astimezone(operation.zone).date()
        if operation.chance(0.1):
            contact = rng.choice(lonely)
            response["customer_id"], response["contact_id"] = contact.customer, None
            response["responded_at"] = _nudge(operation, contact.ended_at + timedelta(days=7))
        elif operation.chance(0.15):
            # The clock of the survey is behind, or the customer answers while the contact is still going on.
            early = _nudge(operation, contact.ended_at - timedelta(seconds=operation.early_seconds))
            response["responded_at"] = rng.choice(
                (early, early, early, contact.ended_at - MICROSECOND, contact.started_at)
            )
        elif responses and operation.chance(0.15):
            response |= {
                name: responses[-1].get(name) for name in ("system", "responded_at", "contact_id", "customer_id")
            }
        responses.append(response)
    return responses


# --- Identities ---------------------------------------------------------------------------------------------------

KINDS = ("phone", "Phone", "client_number", "email", None, " ")


def with_identities(scenario: Scenario, seed: int) -> Scenario:
    """The scenario where a third of the customers go by further ids, some of which name several, form chains or loops.

    A third of the records of such a customer come under another id. What is said of the others stays as it was.
    """
    rng = random.Random(f"identities {seed}")  # noqa: S311
    tables: Tables = {name: [dict(row) for row in rows] for name, rows in scenario.tables.items()}
    nobody = {str(value).strip().lower() for value in (*UNKNOWN_CUSTOMERS, *(scenario.sentinels or ()))}
    delivered = {str(row.get("customer_id") or "").strip() for row in tables["contacts"]}
    customers = sorted(name for name in delivered if name.lower() not in nobody)
    named = rng.sample(customers, len(customers) // 3)
    ids = {name: [f"{name} {number}" for number in range(rng.choice((1, 1, 2, 3)))] for name in named}
    pairs = [(name, alias) for name, aliases in ids.items() for alias in aliases]
    several = rng.sample(pairs, len(pairs) // 6)
    pairs += [(rng.choice([name for name in customers if name != owner]), alias) for owner, alias in several]
    # A customer who is another's alias: with ids of their own (a chain), or naming the other in turn (a loop).
    pairs += [(rng.choice(customers), alias) for alias in rng.sample(named, len(named) // 4)]
    loops = rng.sample(customers, len(customers) // 8 * 2)
    pairs += [pair for one, two in zip(loops[::2], loops[1::2], strict=True) for pair in ((one, two), (two, one))]
    pairs += [(name, name) for name in rng.sample(customers, len(customers) // 6)]
    rows: list[Row] = []
    for customer, alias in dict.fromkeys(pairs):
        systems = SYSTEMS if rng.random() < 0.2 else (rng.choice(SYSTEMS),)
        pair = {"customer_id": customer, "alias": alias}
        rows += [pair | {"system": system, "kind": rng.choice(KINDS)} for system in systems]
    for table in ("contacts", "crm_events", "surveys", "complaints"):
        for row in tables.get(table, ()):
            aliases = ids.get(str(row.get("customer_id") or "").strip())
            if aliases:
                # The same for every copy of a version: two that differ never share the greatest updated_at.
                own = random.Random(repr([seed, *(row.get(n) for n in ("system", *KEYS[table], "updated_at"))]))  # noqa: S311
                row["customer_id"] = own.choice((*aliases, row["customer_id"], row["customer_id"]))
    tables["identities"] = with_versions(operation_of(rng, scenario), "identities", rows)
    return replace(scenario, tables=tables)


# --- Versions ---------------------------------------------------------------------------------------------------


def with_versions(operation: _Operation, table: str, rows: list[Row]) -> list[Row]:
    """Adds older versions, withdrawals, identical duplicates and records that must be quarantined."""
    rng = operation.rng
    stamps = [operation.as_of - timedelta(days=5, microseconds=step * 1_000_003) for step in range(12)]
    untouched = {*KEYS[table], "system", "updated_at", "deleted_at"}
    result = []
    for row in rows:
        oldest, older, newest = sorted(rng.sample(stamps, 3))
        versions = [row]
        if operation.chance(0.1):
            row["updated_at"] = newest
            for stamp in rng.sample((None, oldest, older), rng.choice((1, 1, 2, 3))):
                donor = rng.choice(rows)
                old = {**row, "updated_at": stamp}
                for name in rng.sample(sorted(set(row) - untouched), min(4, len(set(row) - untouched))):
                    old[name] = donor.get(name) if name not in REQUIRED[table] else donor[name]
                if operation.chance(0.1):
                    old["deleted_at"] = older
                versions.append(old)
        elif operation.chance(0.03):
            whole = row if operation.chance(0.6) else {name: row[name] for name in (*KEYS[table], "system")}
            versions.append({**whole, "updated_at": newest, "deleted_at": newest})
        elif operation.chance(0.01):
            row["deleted_at"] = older
        elif operation.chance(0.01):
            broken = {**row, "updated_at": newest}
            if table in EVENT_TIMES and operation.chance(0.5):
                broken[EVENT_TIMES[table]] = "not a date"
            else:
                broken[rng.choice(REQUIRED[table][len(KEYS[table]) :] or KEYS[table])] = None
            versions.append(broken)
        elif operation.chance(0.1):
            row["updated_at"] = rng.choice(stamps)
        if operation.chance(0.04):
            versions += [dict(rng.choice(versions)) for _ in range(rng.choice((1, 1, 3)))]
        result += versions
    rng.shuffle(result)
    return result


def operation_of(rng: random.Random, scenario: Scenario) -> _Operation:
    """The state of a generator that makes more rows for ``scenario``, of which it knows neither contacts nor ids."""
    return _Operation(
        rng, ZoneInfo(scenario.time_zone), scenario.as_of, {}, [], scenario.lag_days, scenario.lookback_days
    )


def generate(
    seed: int,
    contacts: int = 1500,
    *,
    time_zone: str = "Europe/Berlin",
    as_of: datetime = datetime(2025, 11, 20, 13, 37, 5, 123457, tzinfo=UTC),
    lag_days: int = 0,
    lookback_days: int = 90,
    early_seconds: int = 300,
    configured: bool = False,
    tables: Sequence[str] = ("contacts", "turns", "handoffs", "crm_events", "surveys", "complaints"),
    min_n: int = 30,
    lexicon_languages: tuple[str, ...] = (),
) -> Scenario:
    """Adversarial rows around ``as_of``; only the named ``tables`` have a source.

    ``lexicon_languages``: those that the lexicon model is said to know; none for the embedded model. ``configured`` names phantom reasons, test customers, test contacts and sentinels other than the default.
    """
    rng = random.Random(seed)  # noqa: S311
    zone = ZoneInfo(time_zone)
    pool = [f"{letter}-{number}" for letter in ("C", "c", "k") for number in range(contacts * 2)]
    transitions = _transitions(zone, as_of - timedelta(days=140), as_of)
    ids = {system: rng.sample(pool, len(pool)) for system in SYSTEMS}
    operation = _Operation(rng, zone, as_of, ids, transitions, lag_days, lookback_days, early_seconds)
    _make_contacts(operation, contacts)
    makers: dict[str, Callable[[], list[Row]]] = {
        "contacts": lambda: operation.contacts,
        "turns": lambda: _turns(operation),
        "surveys": lambda: _surveys(operation, contacts // 2),
        "handoffs": lambda: _handoffs(operation, contacts // 5),
        "crm_events": lambda: _crm_events(operation, contacts // 2),
        "complaints": lambda: _complaints(operation, contacts // 3),
    }
    made = {table: with_versions(operation, table, makers[table]()) for table in tables}
    made = {table: [_respelt(seed, table, row) for row in rows] for table, rows in made.items()}
    scenario = Scenario(
        made, time_zone, as_of, lag_days, lookback_days, early_seconds, min_n=min_n, lexicon_languages=lexicon_languages
    )
    if not configured:
        return scenario
    return replace(
        scenario,
        phantom_reasons=("phantom",),
        test_customers=("cust-001", "CUST-002"),
        test_contacts=tuple(contact.contact_id for contact in operation.made[:20]),
        sentinels=("?", "Cust-003"),
    )


#: Columns whose values sources spell as they like.
SPELT = {
    "contacts": ("channel", "queue", "workflow", "issue", "product", "region", "language", "ai_model"),
    "complaints": ("product", "issue", "region"),
    "crm_events": ("issue",),
}


def _respelt(seed: int, table: str, row: Row) -> Row:
    """The row with half of its segment values in another letter case, with other blanks or in another normal form.

    The same for every copy of a version: two that differ never share the greatest updated_at.
    """
    names = [name for name in SPELT.get(table, ()) if isinstance(row.get(name), str)]
    own = random.Random(repr([seed, *(row.get(name) for name in ("system", *KEYS.get(table, ()), "updated_at"))]))  # noqa: S311
    spellings: Sequence[Callable[[str], str]] = (
        str,
        str,
        str.upper,
        str.title,
        lambda text: f"\t{text.replace(' ', chr(0xA0) + ' ')} ",
        lambda text: unicodedata.normalize("NFD", text.capitalize()),
    )
    return row | {name: own.choice(spellings)(row[name]) for name in names}


# --- Delivery ---------------------------------------------------------------------------------------------------


def _instant_text(instant: datetime, rng: random.Random) -> str:
    """One of the legal spellings of an instant."""
    zone = rng.choice((UTC, UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-8))))
    local = instant.astimezone(zone)
    body = local.strftime(f"%Y-%m-%d{rng.choice('T ')}%H:%M:%S")
    if local.microsecond and local.microsecond % 1000 == 0 and rng.random() < 0.5:
        body += f".{local.microsecond // 1000:03d}"
    elif local.microsecond or rng.random() < 0.3:
        body += f".{local.microsecond:06d}"
    if zone is UTC and rng.random() < 0.6:
        return body + "Z"
    offset = local.strftime("%z")
    return f"{body}{offset[:3]}:{offset[3:]}"


def _as_text(value: Any, rng: random.Random) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return _instant_text(value, rng)
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str) else repr(value)


def _as_json(value: Any, rng: random.Random) -> Any:
    return _as_text(value, rng) if isinstance(value, date) else value


def _write_csv(rows: Sequence[Row], columns: Sequence[str], path: Path, rng: random.Random) -> None:
    encoding = "utf-8-sig" if rng.random() < 0.2 else "utf-8"
    packed = rng.random() < 0.25
    path = path.with_suffix(".csv.gz") if packed else path.with_suffix(".csv")
    with (
        gzip.open(path, "wt", encoding=encoding, newline="")
        if packed
        else path.open("w", encoding=encoding, newline="") as file
    ):
        writer = csv.writer(file, lineterminator=rng.choice(("\n", "\r\n")))
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_as_text(row.get(name), rng) for name in columns])


def _write_jsonl(rows: Sequence[Row], columns: Sequence[str], path: Path, rng: random.Random) -> None:
    lines = []
    for row in rows:
        names = [name for name in columns if row.get(name) is not None or rng.random() < 0.3]
        lines.append(json.dumps({name: _as_json(row.get(name), rng) for name in names}) + "\n")
    if rng.random() < 0.25:
        path.with_suffix(".jsonl.gz").write_bytes(gzip.compress("".join(lines).encode()))
    else:
        path.with_suffix(".jsonl").write_text("".join(lines), encoding="utf-8")


def _parquet_type(name: str) -> pa.DataType:
    if name in INSTANT_COLUMNS:
        return pa.timestamp("us", tz="UTC")
    if name in NUMBER_COLUMNS:
        return pa.float64()
    if name in INTEGER_COLUMNS:
        return pa.int64()
    return pa.bool_() if name in FLAG_COLUMNS else pa.string()


def _write_parquet(rows: Sequence[Row], columns: Sequence[str], path: Path, rng: random.Random) -> None:
    """Natively typed where every instant is one and chance will have it, else all text."""
    proper = all(
        isinstance(row.get(name), datetime | None) for row in rows for name in columns if name in INSTANT_COLUMNS
    )
    native = proper and rng.random() < 0.7
    arrays = {}
    for name in columns:
        if native:
            arrays[name] = pa.array([row.get(name) for row in rows], _parquet_type(name))
        else:
            arrays[name] = pa.array([_as_text(row.get(name), rng) for row in rows], pa.string())
    pq.write_table(pa.table(arrays), path.with_suffix(".parquet"))


WRITERS = {"csv": _write_csv, "jsonl": _write_jsonl, "parquet": _write_parquet}


def write_landing(
    tables: Mapping[str, Sequence[Row]], folder: Path, rng: random.Random, form: str = "mixed", prefix: str = "part"
) -> None:
    """Delivers the rows below ``folder``/landing/TABLE/SYSTEM/, in random order over a random number of files.

    ``form`` is csv, jsonl, parquet or mixed; columns come in random order, empty optional ones may be left out.
    """
    for table, rows in tables.items():
        for system in SYSTEMS:
            target = folder / "landing" / table / system
            target.mkdir(parents=True, exist_ok=True)
            own = [row for row in rows if row["system"] == system]
            rng.shuffle(own)
            files = rng.randint(1, 4)
            for number in range(files):
                share = own[number::files]
                if not share:
                    continue
                names = sorted({name for row in share for name in row} - {"system"} | set(REQUIRED[table]))
                rng.shuffle(names)
                kind = rng.choice(sorted(WRITERS)) if form == "mixed" else form
                # Random names, so that no order of files is the order of delivery.
                WRITERS[kind](share, names, target / f"{prefix}-{rng.randrange(10**6):06d}-{number}", rng)


def write_config(folder: Path, scenario: Scenario) -> Path:
    """``folder``/aftercall.toml with one source per table and system."""
    metrics: dict[str, Any] = {
        "lag_days": scenario.lag_days,
        "min_n": scenario.min_n,
        "complaint_lookback_days": scenario.lookback_days,
        "unserved_disconnect_reasons": scenario.unserved_reasons,
        "phantom_disconnect_reasons": scenario.phantom_reasons,
        "test_customer_ids": scenario.test_customers,
        "test_contact_ids": scenario.test_contacts,
    }
    if scenario.sentinels is not None:
        metrics["customer_sentinels"] = scenario.sentinels
    # Two workers on two cores: on data of a few hundred contacts a second thread costs more than it gains.
    lines = ["[project]", 'data_dir = "data"', "threads = 1", f'time_zone = "{scenario.time_zone}"', ""]
    # A third of some columns is bad on purpose, which would keep any real run from publishing.
    lines += ["[quality]", "max_bad_value_share = 1.0", "", "[metrics]"]
    lines += [f"{name} = {json.dumps(value)}" for name, value in metrics.items()]
    if scenario.lexicon_languages:
        write_lexicon_model(folder / "models" / "lexicon")
        languages = json.dumps(scenario.lexicon_languages)
        lines += ["", "[sentiment]", 'model = "models/lexicon"', f"languages = {languages}"]
    lines += ["", "[review]", f"claims_per_day = {scenario.review_per_day}", "", "[promises]"]
    lines += [f"{name} = {value}" for name, value in scenario.promises]
    lines += ["", "[surveys]", f"early_seconds = {scenario.early_seconds}"]
    for table in scenario.tables:
        for system in SYSTEMS:
            lines += [
                "",
                "[[sources]]",
                f'name = "{table}-{system}"',
                f'table = "{table}"',
                'format = "canonical"',
                f'path = "landing/{table}/{system}/*"',
                f'system = "{system}"',
            ]
    path = folder / "aftercall.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
