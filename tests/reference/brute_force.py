"""The metric definitions in plain, slow Python, written from the definitions and not from the SQL.

What belongs here: M1, M2, M3, M5, M6 (handle time), M7, M8 (links), M15 (D2, D4, D6) and the counts of ``kpi_daily``, as
loops over lists and dicts. What does not: SQL, data frames, anything imported from ``pipelines``; what a text model
and a language detector say of a text is given (:class:`Listener`). A number that the product and this module disagree
about is a bug in one of them, and the definition says in which.

A record is a dict of canonical columns plus ``system``. Instants are aware datetimes; a ``date`` in the place of
an instant is a date without a time; a string there is a value that nobody can read.
"""

import hashlib
import hmac
import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Row = Mapping[str, Any]
Cells = dict[str, Any]
ContactKey = tuple[str, str]

WINDOWS_DAYS = (1, 7, 30)
OUTCOME_DAYS = 30
MICROSECOND = timedelta(microseconds=1)
DEFAULT_SENTINELS = frozenset(
    {"?", "-", "--", "0", "n/a", "#n/a", "n.a.", "na", "nan", "nat", "<na>", "\\n", "null", "(null)", "nil", "none"}
    | {"undefined", "unknown", "unavailable", "anonymous", "anonymous@anonymous.invalid", "private", "withheld"}
    | {"restricted", "blocked"}
)
NOT_A_HUMAN = ("ai", "bot", "system")

DIMENSIONS = ("mode", "channel", "queue", "workflow", "issue", "product", "region", "language", "ai_model")

NORMAL_FORM = "NFC"
#: Columns that hold values of the dimensions, which sources spell as they like; modes are a fixed list.
SPELT = {
    "contacts": DIMENSIONS[1:],
    "complaints": ("product", "issue", "region"),
    "crm_events": ("issue",),
}

KEYS: dict[str, tuple[str, ...]] = {
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
#: Turns and claims have none: they are seen with their contact; identities hold whenever they are known.
EVENT_TIMES = {
    "contacts": "started_at",
    "handoffs": "occurred_at",
    "crm_events": "occurred_at",
    "surveys": "responded_at",
    "complaints": "received_at",
    "commitments": "made_at",
    "dispositions": "decided_at",
}
REQUIRED = {
    "contacts": ("contact_id", "started_at"),
    "turns": ("contact_id", "turn_index", "speaker", "text"),
    "surveys": ("response_id", "responded_at"),
    "handoffs": ("handoff_id", "contact_id", "occurred_at"),
    "crm_events": ("event_id", "event_type", "occurred_at"),
    "complaints": ("complaint_id", "regulator", "received_at"),
    "commitments": ("commitment_id", "contact_id", "kind"),
    "ai_claims": ("claim_id", "contact_id", "claim_type", "stated_confidence"),
    "dispositions": ("disposition_id", "contact_id", "rule", "verdict", "decided_at"),
    "identities": ("customer_id", "alias"),
}
INSTANTS = frozenset(
    {
        "started_at",
        "ended_at",
        "occurred_at",
        "received_at",
        "responded_at",
        "updated_at",
        "deleted_at",
        "made_at",
        "due_at",
        "verified_at",
        "decided_at",
    }
)
#: Kept as it was written, redaction apart.
FREE_TEXT = frozenset({"text", "verbatim", "narrative", "reason"})
FLAGS = frozenset(
    {
        "served",
        "resolved_claimed",
        "timely",
        "disputed",
        "has_summary",
        "has_transcript",
        "has_tool_results",
        "has_attempt_account",
        "customer_repeated",
        "verified_correct",
        "given_blind",
    }
)
DAY_SECONDS = 86_400
YEAR_SECONDS = 366 * DAY_SECONDS
LARGEST_COUNT = 999_999
LARGEST_AMOUNT = 99_999_999.99
#: Inclusive limits of the numeric columns that a metric here reads.
LIMITS: dict[str, tuple[float, float | None]] = {
    "handle_seconds": (0, DAY_SECONDS),
    "talk_seconds": (0, DAY_SECONDS),
    "hold_seconds": (0, DAY_SECONDS),
    "wrap_seconds": (0, DAY_SECONDS),
    "ai_confidence": (0, 1),
    "external_transfers": (0, LARGEST_COUNT),
    "misunderstandings": (0, LARGEST_COUNT),
    "turn_index": (0, LARGEST_COUNT),
    "csat": (1, 5),
    "nps": (0, 10),
    "wait_seconds": (0, YEAR_SECONDS),
    "stated_confidence": (0, 1),
    "offset_seconds": (0, YEAR_SECONDS),
    "amount": (-LARGEST_AMOUNT, LARGEST_AMOUNT),
}
#: Where a table has limits of its own.
LIMITS_OF_TABLE: dict[tuple[str, str], tuple[float, float | None]] = {("commitments", "amount"): (0, LARGEST_AMOUNT)}
ALLOWED = {
    ("contacts", "direction"): ("inbound", "outbound", "callback"),
    ("contacts", "mode"): ("ai_primary", "human_primary", "joint"),
    ("turns", "speaker"): ("customer", "ai", "agent", "system"),
    ("handoffs", "trigger"): (
        "low_confidence",
        "customer_request",
        "keyword",
        "sentiment",
        "repeated_misunderstanding",
        "regulatory",
        "tool_failure",
        "other",
    ),
    ("ai_claims", "review_sampling"): ("random", "targeted"),
    ("dispositions", "verdict"): ("confirmed", "explained", "dismissed"),
    ("crm_events", "event_type"): (
        "case_opened",
        "case_reopened",
        "case_closed",
        "credit_issued",
        "refund_issued",
        "callback_completed",
        "replacement_sent",
        "plan_changed",
        "payment_received",
        "account_closed",
        "other",
    ),
}


@dataclass(frozen=True)
class Listener:
    """What a text model and a language detector say of a text.

    Attributes:
        score: P(positive) - P(negative), or None for a text that has no score.
        language: ISO 639-1 code, or None in doubt.
        known: codes of the languages that the model knows.
    """

    score: Callable[[str], float | None] = lambda _text: None
    language: Callable[[str], str | None] = lambda _text: None
    known: frozenset[str] = frozenset({"en"})


@dataclass(frozen=True)
class Parameters:
    """What a run is told. ``available_tables`` are those with a source; None: those among the rows."""

    time_zone: str
    as_of: datetime | date | None = None
    run_at: datetime | None = None
    lag_days: int = 0
    lookback_days: int = 90
    early_seconds: int = 300
    unserved_reasons: frozenset[str] = frozenset()
    phantom_reasons: frozenset[str] = frozenset()
    test_customers: frozenset[str] = frozenset()
    test_contacts: frozenset[str] = frozenset()
    sentinels: frozenset[str] = DEFAULT_SENTINELS
    available_tables: frozenset[str] | None = None
    pseudonym_key: str = "k" * 32
    min_n: int = 30
    listener: Listener = Listener()


@dataclass
class Contact:
    """One contact (M1): its legs in order of (started_at, contact_id) and what they add up to."""

    system: str
    contact_id: str
    legs: list[Cells]
    started_at: datetime
    ended_at: datetime
    customer: str | None
    inbound: bool
    served: bool
    phantom: bool
    mode: str | None
    last: Cells
    transfer_count: int
    handle_seconds: float | None

    @property
    def key(self) -> ContactKey:
        return (self.system, self.contact_id)

    @property
    def served_inbound(self) -> bool:
        return self.served and self.inbound

    @property
    def eligible(self) -> bool:
        return self.served_inbound and self.customer is not None and not self.phantom

    @property
    def issue(self) -> str | None:
        issue: str | None = self.last["issue"]
        return issue

    @property
    def dimensions(self) -> tuple[str | None, ...]:
        return (self.mode, *(self.last[name] for name in DIMENSIONS[1:]))


@dataclass
class Happened:
    """The contacts after which something happened within 30 days, and those that a human took over."""

    complaint: set[ContactKey] = field(default_factory=set)
    reopening: set[ContactKey] = field(default_factory=set)
    closure: set[ContactKey] = field(default_factory=set)
    human: set[ContactKey] = field(default_factory=set)


@dataclass
class Reference:
    """What a run must publish, as far as this module knows it."""

    as_of: datetime
    contacts: dict[ContactKey, Contact] = field(default_factory=dict)
    contact_outcomes: dict[ContactKey, Cells] = field(default_factory=dict)
    complaints: dict[ContactKey, Cells] = field(default_factory=dict)
    fast_but_unhappy: dict[ContactKey, Cells] = field(default_factory=dict)
    confident_and_wrong: dict[ContactKey, Cells] = field(default_factory=dict)
    slow_but_good: dict[ContactKey, Cells] = field(default_factory=dict)
    heard: dict[ContactKey, "Heard"] = field(default_factory=dict)
    survey_answers: dict[tuple[str], Cells] = field(default_factory=dict)
    identity_links: dict[tuple[str], Cells] = field(default_factory=dict)
    kpi_daily: dict[tuple[Any, ...], Cells] = field(default_factory=dict)
    segment_labels: dict[tuple[str, str], Cells] = field(default_factory=dict)


# --- Time -------------------------------------------------------------------------------------------------------


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of the business day ``day``."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The midnight that ends the business day ``day``."""
    return local_midnight(day + timedelta(days=1), zone)


def default_as_of(latest_start: datetime | None, run_at: datetime, zone: ZoneInfo) -> datetime:
    """M3: the first local midnight at or after the latest start, never after the last midnight before the run."""
    last_midnight = local_midnight(run_at.astimezone(zone).date(), zone)
    if latest_start is None:
        return last_midnight
    day = latest_start.astimezone(zone).date()
    midnight = local_midnight(day, zone)
    if midnight < latest_start:
        midnight = end_of_day(day, zone)
    return min(midnight, last_midnight)


# --- Records ----------------------------------------------------------------------------------------------------


def clean_text(value: Any) -> str | None:
    """Trimmed; blank is null."""
    if value is None:
        return None
    trimmed = str(value).strip()
    return trimmed or None


def segment_key(spelling: str) -> str:
    """Values that differ by letter case, blanks or normal form alone are one."""
    folded = unicodedata.normalize(NORMAL_FORM, spelling).casefold()
    return re.sub(r"\s+", " ", unicodedata.normalize(NORMAL_FORM, folded)).strip()


def clean_instant(value: Any, zone: ZoneInfo) -> datetime | None:
    """UTC; a date without a time is the last microsecond of that business day; what cannot be read is null."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, date):
        return end_of_day(value, zone) - MICROSECOND
    return None


def clean_number(table: str, name: str, value: float | str | None) -> float | None:
    if value is None or isinstance(value, str):
        return None
    low, high = LIMITS_OF_TABLE.get((table, name), LIMITS[name])
    if value < low or (high is not None and value > high):
        return None
    return value


def clean_record(table: str, row: Row, zone: ZoneInfo) -> Cells | None:
    """The typed record, bad optional values null; None where a required value is missing or bad."""
    record: Cells = {}
    for name, value in row.items():
        if name in INSTANTS:
            record[name] = clean_instant(value, zone)
        elif name in FLAGS:
            record[name] = value
        elif name in LIMITS:
            record[name] = clean_number(table, name, value)
        elif name in FREE_TEXT:
            record[name] = None if clean_text(value) is None else redacted(value)
        else:
            record[name] = clean_text(value)
            if name in SPELT.get(table, ()) and record[name] is not None:
                record[f"{name} as spelt"] = record[name]
                record[name] = segment_key(record[name])
            if (table, name) in ALLOWED and record[name] is not None:
                lowered = record[name].lower()
                record[name] = lowered if lowered in ALLOWED[table, name] else None
    # A withdrawal needs to say no more than which record it withdraws.
    for name in REQUIRED[table][: len(KEYS[table]) if record.get("deleted_at") is not None else None]:
        if record.get(name) is None:
            return None
    ended_at = record.get("ended_at")
    started_at = record.get("started_at")
    if ended_at is not None and started_at is not None and ended_at < started_at:
        record["ended_at"] = None
    return record


def redacted(text: str) -> str:
    """Of personal data only e-mail addresses at example.org stand in the rows that this module is given."""
    return re.sub(r"\S+@example\.org", "[email]", text)


def winners(table: str, rows: Sequence[Row], zone: ZoneInfo) -> list[Cells]:
    """The valid version of each key with the greatest updated_at (null lowest), unless it is withdrawn.

    Raises AssertionError where two versions that differ share the greatest updated_at: the definition then asks
    for a hash of the record, which an oracle cannot know.
    """
    versions: dict[tuple[Any, ...], list[Cells]] = {}
    for row in rows:
        record = clean_record(table, row, zone)
        if record is not None:
            versions.setdefault(key_of(table, record), []).append(record)
    result = []
    for key, candidates in versions.items():
        best = candidates[0]
        for candidate in candidates[1:]:
            if age(candidate) > age(best):
                best = candidate
        for candidate in candidates:
            if age(candidate) == age(best) and known(candidate) != known(best):
                raise AssertionError(f"{table} {key}: two versions that differ have the same updated_at")
        if best.get("deleted_at") is None:
            result.append(best)
    return result


def key_of(table: str, record: Cells) -> tuple[Any, ...]:
    return (record["system"], *(record[name] for name in KEYS[table]))


def age(record: Cells) -> tuple[bool, datetime]:
    updated_at = record.get("updated_at")
    return (updated_at is not None, updated_at or datetime.min.replace(tzinfo=UTC))


def known(record: Cells) -> Cells:
    return {name: value for name, value in record.items() if value is not None}


def seen(table: str, records: Sequence[Cells], as_of: datetime) -> list[Cells]:
    if table not in EVENT_TIMES:
        return list(records)
    name = EVENT_TIMES[table]
    return [record for record in records if record.get(name) is None or record[EVENT_TIMES[table]] <= as_of]


# --- M1 ---------------------------------------------------------------------------------------------------------


def known_customer(value: str | None, sentinels: frozenset[str]) -> str | None:
    if value is None or value.lower() in sentinels:
        return None
    return value


def aliases_by_name(records: Sequence[Cells], sentinels: frozenset[str]) -> dict[str, set[str]]:
    """The customers whom each alias is said to stand for, over all systems; a sentinel is nobody's id."""
    named: dict[str, set[str]] = {}
    for record in records:
        customer, alias = (known_customer(record.get(name), sentinels) for name in ("customer_id", "alias"))
        if customer is not None and alias is not None:
            named.setdefault(alias, set()).add(customer)
    return named


def customer_of(value: str | None, named: Mapping[str, set[str]], key: str) -> str | None:
    """One step: an alias of exactly one customer counts as that customer, whatever else is said of that customer.

    Two ids that name each other, and nobody else, count as the one whose pseudonym comes first.
    """
    if value is None or len(named.get(value, ())) != 1:
        return value
    customer = next(iter(named[value]))
    if named.get(customer) == {value}:
        return min(value, customer, key=lambda name: str(pseudonym(key, name)))
    return customer


def joined(
    visible: Mapping[str, Sequence[Cells]], identities: Sequence[Cells], parameters: Parameters
) -> tuple[dict[str, list[Cells]], Parameters]:
    """Every record, and every test customer of the configuration, with the customer for whom its id stands."""
    named, key = aliases_by_name(identities, parameters.sentinels), parameters.pseudonym_key
    records = {
        table: [
            record | {"customer_id": customer_of(record["customer_id"], named, key)}
            if "customer_id" in record
            else record
            for record in rows
        ]
        for table, rows in visible.items()
        if table != "identities"
    }
    test_customers = frozenset(str(customer_of(value, named, key)) for value in parameters.test_customers)
    return records, replace(parameters, test_customers=test_customers)


def identity_links(
    identities: Sequence[Cells],
    legs: Sequence[Cells],
    contacts: Mapping[ContactKey, Contact],
    parameters: Parameters,
) -> dict[tuple[str], Cells]:
    """Counts of aliases by kind. ``legs`` as delivered: the id that makes a contact's customer known is its own alias."""
    sentinels, key = parameters.sentinels, parameters.pseudonym_key
    named = aliases_by_name(identities, sentinels)
    delivered = {(leg["system"], leg["contact_id"]): leg.get("customer_id") for leg in legs}
    table: dict[tuple[str], Cells] = {}
    for alias, customers in named.items():
        if customers == {alias}:
            continue
        kinds = [r["kind"].lower() for r in identities if r["alias"] == alias and r.get("kind") is not None]
        counts = table.setdefault((min(kinds, default="unknown"),), dict.fromkeys(IDENTITY_COUNTS, 0))
        counts["aliases"] += 1
        if len(customers) > 1:
            counts["ambiguous"] += 1
            continue
        customer = customer_of(alias, named, key)
        if customer == alias:
            continue
        counts["chained"] += customer_of(customer, named, key) != customer
        known_by_it = []
        for contact in contacts.values():
            ids = [known_customer(delivered[contact.system, leg["contact_id"]], sentinels) for leg in contact.legs]
            if next((value for value in ids if value is not None), None) == alias:
                known_by_it.append(contact)
        counts["used"] += bool(known_by_it)
        counts["contacts"] += len(known_by_it)
        counts["served_inbound"] += sum(contact.served_inbound for contact in known_by_it)
    return table


IDENTITY_COUNTS = ("aliases", "ambiguous", "chained", "used", "contacts", "served_inbound")


def is_ai_leg(leg: Cells) -> bool:
    if leg.get("mode") == "ai_primary":
        return True
    return leg.get("ai_model") is not None and leg.get("agent_id") is None


def is_human_leg(leg: Cells) -> bool:
    if is_ai_leg(leg):
        return False
    return leg.get("mode") == "human_primary" or leg.get("agent_id") is not None


def leg_mode(leg: Cells) -> str | None:
    if leg.get("mode") is not None:
        return str(leg["mode"])
    if is_ai_leg(leg):
        return "ai_primary"
    if is_human_leg(leg):
        return "human_primary"
    return None


def contact_mode(legs: Sequence[Cells]) -> str | None:
    for position, leg in enumerate(legs):
        if is_ai_leg(leg):
            for later in legs[position + 1 :]:
                if is_human_leg(later):
                    return "joint"
    mode = None
    for leg in legs:
        if leg_mode(leg) is not None:
            mode = leg_mode(leg)
    return mode


def leg_handle_seconds(leg: Cells) -> float | None:
    if leg.get("handle_seconds") is not None:
        return float(leg["handle_seconds"])
    parts = [leg.get("talk_seconds"), leg.get("hold_seconds"), leg.get("wrap_seconds")]
    if any(part is None for part in parts):
        return None
    return float(sum(parts))  # type: ignore[arg-type]


def leg_served(leg: Cells, unserved_reasons: frozenset[str]) -> bool:
    if leg.get("served") is not None:
        return bool(leg["served"])
    return leg.get("disconnect_reason") not in unserved_reasons


def is_phantom(contact_id: str, customer: str | None, legs: Sequence[Cells], parameters: Parameters) -> bool:
    """Named by a configured reason (of any leg) or id; the contact keeps its place in volumes and handle time."""
    return (
        contact_id in parameters.test_contacts
        or customer in parameters.test_customers
        or any(leg.get("disconnect_reason") in parameters.phantom_reasons for leg in legs)
    )


def last_non_null(legs: Sequence[Cells], name: str) -> Any:
    value = None
    for leg in legs:
        if leg.get(name) is not None:
            value = leg[name]
    return value


LAST_NON_NULL = (*DIMENSIONS[1:], "agent_id", "case_id", "resolved_claimed", "ai_confidence")


def merge_legs(system: str, contact_id: str, legs: list[Cells], parameters: Parameters) -> Contact:
    legs = sorted(legs, key=lambda leg: (leg["started_at"], leg["contact_id"]))
    customer = None
    for leg in legs:
        if customer is None:
            customer = known_customer(leg.get("customer_id"), parameters.sentinels)
    handle_seconds = None
    for leg in legs:
        leg_seconds = leg_handle_seconds(leg)
        if leg_seconds is not None:
            handle_seconds = (handle_seconds or 0.0) + leg_seconds
    return Contact(
        system=system,
        contact_id=contact_id,
        legs=legs,
        started_at=min(leg["started_at"] for leg in legs),
        ended_at=max(leg.get("ended_at") or leg["started_at"] for leg in legs),
        customer=customer,
        inbound=(legs[0].get("direction") or "inbound") == "inbound",
        served=any(leg_served(leg, parameters.unserved_reasons) for leg in legs),
        phantom=is_phantom(contact_id, customer, legs, parameters),
        mode=contact_mode(legs),
        last={name: last_non_null(legs, name) for name in LAST_NON_NULL},
        transfer_count=len(legs) - 1 + sum(leg.get("external_transfers") or 0 for leg in legs),
        handle_seconds=handle_seconds,
    )


def build_contacts(legs: Sequence[Cells], parameters: Parameters) -> dict[ContactKey, Contact]:
    by_root: dict[ContactKey, list[Cells]] = {}
    for leg in legs:
        root = leg.get("root_contact_id") or leg["contact_id"]
        by_root.setdefault((leg["system"], root), []).append(leg)
    return {key: merge_legs(*key, group, parameters) for key, group in by_root.items()}


class References:
    """Resolves a contact id on an event: a leg id means its root's contact, else the id is a contact's own."""

    def __init__(self, contacts: dict[ContactKey, Contact]) -> None:
        self.contacts = contacts
        self.by_leg: dict[ContactKey, Contact] = {}
        for contact in contacts.values():
            for leg in contact.legs:
                self.by_leg[contact.system, leg["contact_id"]] = contact

    def contact(self, system: str, contact_id: str) -> Contact | None:
        return self.by_leg.get((system, contact_id)) or self.contacts.get((system, contact_id))

    def eligible(self, system: str, contact_id: str) -> Contact | None:
        contact = self.contact(system, contact_id)
        return contact if contact is not None and contact.eligible else None


# --- M2 ---------------------------------------------------------------------------------------------------------


def next_contact(contact: Contact, ordered: Sequence[Contact], *, same_issue: bool) -> Contact | None:
    """The next of the customer's eligible contacts, null where none starts within the longest window."""
    if same_issue and contact.issue is None:
        return None
    position = [other.key for other in ordered].index(contact.key)
    for other in ordered[position + 1 :]:
        if same_issue and other.issue != contact.issue:
            continue
        return other if other.started_at <= contact.ended_at + timedelta(days=max(WINDOWS_DAYS)) else None
    return None


def came_back(contact: Contact, following: Contact | None, window: int) -> bool:
    return following is not None and following.started_at <= contact.ended_at + timedelta(days=window)


def within_outcome_days(contact: Contact, instant: datetime) -> bool:
    return contact.ended_at <= instant <= contact.ended_at + timedelta(days=OUTCOME_DAYS)


# --- M7 ---------------------------------------------------------------------------------------------------------

WORDS_OF_A_TURN = 3
TURNS_OF_AN_END = 3
SURVEY_DAYS = 7
NEGATIVE = -0.25
#: The names that stand in the rows which this module is given.
LANGUAGE_NAMES = {"english": "en", "eng": "en", "spanish": "es", "spa": "es", "german": "de", "deu": "de", "ger": "de"}
SAYS_NO_LANGUAGE = frozenset({"und", "unknown", "n/a"})


@dataclass
class Heard:
    """What a customer sounded like in a contact, and said of it afterwards."""

    opening: float | None = None
    closing: float | None = None
    scoring: str | None = None
    has_response: bool = False
    csat: float | None = None
    words: str | None = None
    verbatim: float | None = None
    responded_at: datetime | None = None
    records: list[Cells] = field(default_factory=list)
    """The customer's turns in order and all responses about the contact."""

    @property
    def after(self) -> tuple[float | None, str | None]:
        """Post-call sentiment and where it comes from."""
        if self.csat is not None:
            return (self.csat - 3) / 2, "survey_csat"
        if self.verbatim is not None:
            return self.verbatim, "survey_verbatim"
        if self.closing is not None:
            return self.closing, "closing_turns"
        return None, None


def recorded_language(*records: str | None) -> str | None:
    """The language that the first of the records that says one says: 'en', 'en-US', 'EN_gb' and 'English' are one."""
    for record in records:
        name = re.split("[-_]", (record or "").strip().lower())[0]
        if name and name not in SAYS_NO_LANGUAGE:
            return LANGUAGE_NAMES.get(name, name)
    return None


def language_of_all(texts: Sequence[str], listener: Listener) -> str | None:
    """The language of texts of one contact: that of the longest (of equally long ones that of the greatest hash)."""
    longest = max(texts, key=lambda text: (len(text), hashlib.sha256(text.encode()).hexdigest()))
    return listener.language(longest)


def score_of(text: str, language: str | None, listener: Listener) -> tuple[float | None, str]:
    if language is None:
        return None, "unknown_language"
    if language not in listener.known:
        return None, "unsupported_language"
    score = listener.score(text)
    return score, "no_words" if score is None else "scored"


def mean(numbers: Sequence[float]) -> float | None:
    return sum(numbers) / len(numbers) if numbers else None


def opening_and_closing(scores: Sequence[float]) -> tuple[Sequence[float], Sequence[float]]:
    """Of k scored turns the first min(3, floor(k/2)) and the last min(3, ceil(k/2)), which never share a turn."""
    k = len(scores)
    opening = min(TURNS_OF_AN_END, math.floor(k / 2))
    closing = min(TURNS_OF_AN_END, math.ceil(k / 2))
    return scores[:opening], scores[k - closing :]


def listen(contact: Contact, turns: Sequence[Cells], heard: Heard, listener: Listener) -> None:
    """Opening, closing, and whether the customer's turns could be scored; ``turns`` are all those of the contact."""

    def position(turn: Cells) -> tuple[datetime, str, float]:
        for leg in contact.legs:
            if leg["contact_id"] == turn["contact_id"]:
                return (leg["started_at"], turn["contact_id"], turn["turn_index"])
        return (contact.started_at, turn["contact_id"], turn["turn_index"])

    own = sorted((turn for turn in turns if turn["speaker"] == "customer"), key=position)
    heard.records += own
    if not own:
        return
    languages = [recorded_language(turn.get("language"), contact.last["language"]) for turn in own]
    unrecorded = [turn["text"] for turn, language in zip(own, languages, strict=True) if language is None]
    scores: list[float | None] = []
    fates: set[str] = set()
    for turn, language in zip(own, languages, strict=True):
        if len(turn["text"].split()) < WORDS_OF_A_TURN:
            continue
        score, fate = score_of(turn["text"], language or language_of_all(unrecorded, listener), listener)
        scores.append(score)
        fates.add(fate)
    opening, closing = opening_and_closing([score for score in scores if score is not None])
    heard.opening, heard.closing = mean(opening), mean(closing)
    heard.scoring = "too_short"
    for fate in ("scored", "unknown_language", "unsupported_language", "no_words"):
        if fate in fates:
            heard.scoring = fate
            break


def link_survey(
    response: Cells, references: References, contacts: Sequence[Contact], parameters: Parameters
) -> tuple[Contact | None, str]:
    """The contact that a finished response counts towards (any contact of M1, eligible or not), or why there is none."""
    if all(response.get(name) is None for name in ("csat", "nps", "verbatim")):
        return None, "unfinished"
    responded_at = response["responded_at"]
    early = timedelta(seconds=parameters.early_seconds)
    if response.get("contact_id") is not None:
        contact = references.contact(response["system"], response["contact_id"])
        if contact is None:
            return None, "unlinked_contact"
        return (contact, "linked") if contact.ended_at - early <= responded_at else (None, "before_the_end")
    customer = known_customer(response.get("customer_id"), parameters.sentinels)
    if customer is None:
        return None, "unlinked_no_customer"
    earliest, latest = responded_at - timedelta(days=SURVEY_DAYS), responded_at + early
    own = [c for c in contacts if c.customer == customer]
    candidates = [c for c in own if earliest <= c.ended_at <= latest]
    if candidates:
        return max(candidates, key=recency), "linked"
    going_on = [c for c in own if c.started_at <= responded_at < c.ended_at]
    return None, "before_the_end" if going_on else "unlinked_no_contact"


def hear(
    visible: Mapping[str, Sequence[Cells]], references: References, parameters: Parameters
) -> tuple[dict[Any, Heard], dict[tuple[str], Cells]]:
    """What was heard of each contact, and how many responses had which fate."""
    listener = parameters.listener
    result: dict[Any, Heard] = {key: Heard() for key in references.contacts}
    turns: dict[ContactKey, list[Cells]] = {}
    for turn in visible["turns"]:
        contact = references.contact(turn["system"], turn["contact_id"])
        if contact is not None:
            turns.setdefault(contact.key, []).append(turn)
    for key, own in turns.items():
        listen(references.contacts[key], own, result[key], listener)

    responses: dict[ContactKey, list[Cells]] = {}
    fates: list[str] = []
    known_contacts = [contact for contact in references.contacts.values() if contact.customer is not None]
    for response in visible["surveys"]:
        linked, why = link_survey(response, references, known_contacts, parameters)
        if linked is not None:
            responses.setdefault(linked.key, []).append(response)
        else:
            fates.append(why)
    for key, candidates in responses.items():
        first = min(candidates, key=lambda r: (r["responded_at"], r["response_id"], r["system"]))
        heard = result[key]
        heard.records += candidates
        if references.contacts[key].eligible:
            fates += ["counted"] + ["later_response"] * (len(candidates) - 1)
        else:
            fates += ["not_eligible"] * len(candidates)
        heard.has_response = True
        heard.csat = first.get("csat")
        heard.responded_at = first["responded_at"]
        words = heard.words = first.get("verbatim")
        if words is not None:
            language = recorded_language(first.get("language"), references.contacts[key].last["language"])
            heard.verbatim, _ = score_of(words, language or listener.language(words), listener)
    counts = {
        (fate,): {"is_linked": fate in ("counted", "later_response"), "responses": fates.count(fate)} for fate in fates
    }
    return result, counts


# --- M15 --------------------------------------------------------------------------------------------------------

BASELINE_DAYS = 28


def handle_times_before(
    cells: Cells, timed: Sequence[Contact], outcomes: dict[ContactKey, Cells], min_n: int
) -> list[float]:
    """Ascending handle times of contacts like that of ``cells`` in the days before its own; none where they are few."""
    first = cells["day"] - timedelta(days=BASELINE_DAYS)
    like_it = [
        other.handle_seconds
        for other in timed
        if first <= outcomes[other.key]["day"] < cells["day"]
        and all(cells[name] == outcomes[other.key][name] for name in ("workflow", "channel", "mode"))
    ]
    return [] if len(like_it) < min_n else sorted(like_it)  # type: ignore[type-var]


def flags_known_at(flags: dict[Any, Cells], reference: "Reference", wait: timedelta, *, by_mood: bool) -> None:
    """When the last fact of each flag was known: the end of the contact and of ``wait``, and what a survey said."""
    for key, cells in flags.items():
        ended_at, heard = reference.contacts[key].ended_at, reference.heard[key]
        facts = [ended_at + wait]
        if by_mood and heard.after[1] in ("survey_csat", "survey_verbatim"):
            facts.append(heard.responded_at)  # type: ignore[arg-type]
        cells["known_at"] = max(facts)


def fast_but_unhappy(contacts: Sequence[Contact], outcomes: dict[ContactKey, Cells], min_n: int) -> dict[Any, Cells]:
    """D2 among the eligible contacts."""
    flags: dict[Any, Cells] = {}
    timed = [contact for contact in contacts if contact.handle_seconds is not None]
    for contact in timed:
        cells = outcomes[contact.key]
        sentiment = cells["post_call_sentiment"]
        if sentiment is None or sentiment > NEGATIVE:
            continue
        like_it = handle_times_before(cells, timed, outcomes, min_n)
        if not like_it:
            continue
        rank = -(-len(like_it) // 4)  # the least whole number that is at least a quarter
        quartile = like_it[rank - 1]
        if contact.handle_seconds <= quartile:
            flags[contact.key] = {
                "severity": 3 if sentiment <= -0.75 else 2 if sentiment <= -0.5 else 1,
                "handle_seconds": contact.handle_seconds,
                "baseline_p25_seconds": quartile,
                "baseline_contacts": len(like_it),
                "sentiment_source": cells["sentiment_source"],
                "csat": cells["csat"],
            }
    return flags


def confident_and_wrong(outcomes: dict[ContactKey, Cells]) -> dict[Any, Cells]:
    """D4 among the eligible contacts."""
    flags: dict[Any, Cells] = {}
    for key, cells in outcomes.items():
        confidence = cells["ai_confidence"]
        if confidence is None or confidence < 0.8:
            continue
        if cells["contained"] is True and cells["resolved_outcome"] is False:
            following = "next_same_issue_id" if cells["issue"] is not None else "next_contact_id"
            flags[key] = {
                "severity": 1 + (confidence >= 0.95) + (cells["resolved_claimed"] is True),
                "ai_model": cells["ai_model"],
                "claimed_resolved": cells["resolved_claimed"],
                "next_contact_id": cells[following],
                "complaint_within_30d": cells["complaint_within_30d"],
                "reopened_within_30d": cells["reopened_within_30d"],
            }
    return flags


def slow_but_good(contacts: Sequence[Contact], outcomes: dict[ContactKey, Cells], min_n: int) -> dict[Any, Cells]:
    """D6 among the eligible contacts; a sentiment that nobody knows is not negative."""
    flags: dict[Any, Cells] = {}
    timed = [contact for contact in contacts if contact.handle_seconds is not None]
    for contact in timed:
        cells = outcomes[contact.key]
        mood = cells["post_call_sentiment"]
        if cells["resolved_outcome"] is not True or (mood is not None and mood <= NEGATIVE):
            continue
        times = handle_times_before(cells, timed, outcomes, min_n)
        if not times:
            continue
        rank = -(-9 * len(times) // 10)  # the least whole number that is at least nine tenths
        limit = times[rank - 1]
        if contact.handle_seconds >= limit:
            flags[contact.key] = {
                "severity": 1,
                "handle_seconds": contact.handle_seconds,
                "baseline_p90_seconds": limit,
                "baseline_contacts": len(times),
                "resolved_outcome": True,
                "sentiment_source": cells["sentiment_source"],
            }
    return flags


# --- M8 ---------------------------------------------------------------------------------------------------------


def recency(contact: Contact) -> tuple[datetime, datetime, str, str]:
    return (contact.ended_at, contact.started_at, contact.contact_id, contact.system)


def link_complaint(
    complaint: Cells,
    references: References,
    by_customer: dict[str, list[Contact]],
    parameters: Parameters,
) -> tuple[Contact | None, str]:
    """The contact that a complaint links to, and the rule by which it does or does not."""
    if complaint.get("contact_id") is not None:
        contact = references.eligible(complaint["system"], complaint["contact_id"])
        return (contact, "contact_id") if contact is not None else (None, "unlinked_contact")
    customer = known_customer(complaint.get("customer_id"), parameters.sentinels)
    if customer is None:
        return None, "unlinked_no_customer"
    received_at = complaint["received_at"]
    earliest = received_at - timedelta(days=parameters.lookback_days)
    candidates = [c for c in by_customer.get(customer, []) if earliest <= c.ended_at <= received_at]
    for rule, column in (("same_issue", "issue"), ("same_product", "product")):
        wanted = complaint.get(column)
        matches = [c for c in candidates if wanted is not None and c.last[column] == wanted]
        if matches:
            return max(matches, key=recency), rule
    if candidates:
        return max(candidates, key=recency), "any"
    return None, "unlinked_no_contact"


# --- M5 ---------------------------------------------------------------------------------------------------------


def reopened_contact(event: Cells, references: References, contacts: dict[ContactKey, Contact]) -> Contact | None:
    """The contact that a case_reopened event speaks of."""
    if event.get("contact_id") is not None:
        return references.eligible(event["system"], event["contact_id"])
    if event.get("case_id") is None:
        return None
    candidates = [
        contact
        for contact in contacts.values()
        if contact.eligible
        and contact.system == event["system"]
        and contact.last["case_id"] == event["case_id"]
        and contact.ended_at <= event["occurred_at"]
    ]
    return max(candidates, key=recency) if candidates else None


def closing_customer(event: Cells, references: References, parameters: Parameters) -> str | None:
    """The customer of an account_closed event: its own, else that of the contact that it names."""
    customer = known_customer(event.get("customer_id"), parameters.sentinels)
    if customer is not None:
        return customer
    if event.get("contact_id") is None:
        return None
    contact = references.contact(event["system"], event["contact_id"])
    return contact.customer if contact is not None else None


def contained(contact: Contact, handed_to_human: set[ContactKey]) -> bool | None:
    if contact.mode not in ("ai_primary", "joint"):
        return None
    if contact.mode == "joint" or contact.key in handed_to_human:
        return False
    return all(leg.get("agent_id") is None for leg in contact.legs)


# --- Everything -------------------------------------------------------------------------------------------------


def pseudonym(key: str, customer: str | None) -> str | None:
    if customer is None:
        return None
    return hmac.new(key.encode(), customer.encode(), hashlib.sha256).hexdigest()


def compute(tables: Mapping[str, Sequence[Row]], parameters: Parameters) -> Reference:
    """All that this module knows of what a run over ``tables`` publishes."""
    zone = ZoneInfo(parameters.time_zone)
    available = parameters.available_tables if parameters.available_tables is not None else frozenset(tables)
    accepted = {table: winners(table, tables.get(table, ()), zone) for table in KEYS}

    if isinstance(parameters.as_of, datetime):
        as_of = parameters.as_of.astimezone(UTC)
    elif isinstance(parameters.as_of, date):
        as_of = end_of_day(parameters.as_of, zone)
    else:
        starts = [leg["started_at"] for leg in accepted["contacts"]]
        as_of = default_as_of(max(starts, default=None), parameters.run_at or datetime.now(UTC), zone)
    visible = {table: seen(table, records, as_of) for table, records in accepted.items()}
    delivered_legs = visible["contacts"]
    visible, parameters = joined(visible, accepted["identities"], parameters)

    contacts = build_contacts(visible["contacts"], parameters)
    references = References(contacts)
    by_customer: dict[str, list[Contact]] = {}
    for contact in contacts.values():
        if contact.eligible:
            by_customer.setdefault(str(contact.customer), []).append(contact)
    for group in by_customer.values():
        group.sort(key=lambda c: (c.started_at, c.contact_id, c.system))

    links = [
        (complaint, *link_complaint(complaint, references, by_customer, parameters))
        for complaint in visible["complaints"]
    ]
    happened = Happened()
    for complaint, linked, _ in links:
        if linked is not None and within_outcome_days(linked, complaint["received_at"]):
            happened.complaint.add(linked.key)
    for event in visible["crm_events"]:
        if event["event_type"] == "case_reopened":
            reopened = reopened_contact(event, references, contacts)
            if reopened is not None and within_outcome_days(reopened, event["occurred_at"]):
                happened.reopening.add(reopened.key)
        if event["event_type"] == "account_closed":
            customer = closing_customer(event, references, parameters)
            for other in by_customer.get(customer, []) if customer is not None else []:
                if within_outcome_days(other, event["occurred_at"]):
                    happened.closure.add(other.key)
    for handoff in visible["handoffs"]:
        target = references.contact(handoff["system"], handoff["contact_id"])
        if target is not None and handoff.get("to_party") is not None and handoff["to_party"] not in NOT_A_HUMAN:
            happened.human.add(target.key)

    heard, answers = hear(visible, references, parameters)
    result = Reference(as_of, contacts, heard=heard, survey_answers=answers)
    result.identity_links = identity_links(accepted["identities"], delivered_legs, contacts, parameters)
    for group in by_customer.values():
        for contact in group:
            result.contact_outcomes[contact.key] = outcome_cells(
                contact, group, happened, heard[contact.key], as_of=as_of, parameters=parameters, available=available
            )
    for complaint, linked, rule in links:
        key = (complaint["system"], complaint["complaint_id"])
        result.complaints[key] = complaint_cells(complaint, linked, rule, parameters)
    eligible = [contact for contact in contacts.values() if contact.eligible]
    result.fast_but_unhappy = fast_but_unhappy(eligible, result.contact_outcomes, parameters.min_n)
    result.confident_and_wrong = confident_and_wrong(result.contact_outcomes)
    result.slow_but_good = slow_but_good(eligible, result.contact_outcomes, parameters.min_n)
    settled = timedelta(days=OUTCOME_DAYS + parameters.lag_days)
    flags_known_at(result.fast_but_unhappy, result, timedelta(0), by_mood=True)
    flags_known_at(result.confident_and_wrong, result, settled, by_mood=False)
    flags_known_at(result.slow_but_good, result, settled, by_mood=True)
    result.kpi_daily = kpi_daily(contacts, result.contact_outcomes, links, zone)
    result.segment_labels = segment_labels(visible)
    return result


def segment_labels(visible: Mapping[str, Sequence[Cells]]) -> dict[tuple[str, str], Cells]:
    """How each value is shown: the spelling of most records that count, of equally frequent ones the least."""
    spellings: dict[tuple[str, str], list[str]] = {}
    for table, names in SPELT.items():
        for record in visible[table]:
            for name in names:
                if record.get(name) is not None:
                    spellings.setdefault((name, record[name]), []).append(record[f"{name} as spelt"])
    return {
        # In bytes of UTF-8, as the engines compare text.
        key: {"label": min(set(found), key=lambda text: (-found.count(text), text.encode()))}
        for key, found in spellings.items()
    }


def outcome_cells(
    contact: Contact,
    group: Sequence[Contact],
    happened: Happened,
    heard: Heard,
    *,
    as_of: datetime,
    parameters: Parameters,
    available: frozenset[str],
) -> Cells:
    """The row of contact_outcomes, promises aside: those are in ``handoffs``."""
    local_start = contact.started_at.astimezone(ZoneInfo(parameters.time_zone))
    following = next_contact(contact, group, same_issue=False)
    following_same_issue = next_contact(contact, group, same_issue=True)
    cells: Cells = {
        "system": contact.system,
        "contact_id": contact.contact_id,
        "customer_key": pseudonym(parameters.pseudonym_key, contact.customer),
        "day": local_start.date(),
        "started_at": contact.started_at,
        "ended_at": contact.ended_at,
        "hour_of_day": local_start.hour,
        **dict(zip(DIMENSIONS, contact.dimensions, strict=True)),
        "agent_id": contact.last["agent_id"],
        "case_id": contact.last["case_id"],
        "legs": len(contact.legs),
        "transfer_count": contact.transfer_count,
        "handle_seconds": contact.handle_seconds,
        "resolved_claimed": contact.last["resolved_claimed"],
        "ai_confidence": contact.last["ai_confidence"],
        "next_contact_at": following.started_at if following else None,
        "next_contact_id": following.contact_id if following else None,
        "next_contact_issue": following.issue if following else None,
        "next_same_issue_at": following_same_issue.started_at if following_same_issue else None,
        "next_same_issue_id": following_same_issue.contact_id if following_same_issue else None,
    }
    for window in WINDOWS_DAYS:
        mature = contact.ended_at + timedelta(days=window) <= as_of
        cells[f"mature_{window}d"] = mature
        cells[f"repeat_any_{window}d"] = came_back(contact, following, window) if mature else None
        cells[f"repeat_issue_{window}d"] = (
            came_back(contact, following_same_issue, window) if mature and contact.issue is not None else None
        )
    mature_30d = cells["mature_30d"]
    complaint_flag = contact.key in happened.complaint if "complaints" in available else None
    reopening_flag = contact.key in happened.reopening if "crm_events" in available else None
    closure_flag = contact.key in happened.closure if "crm_events" in available else None
    cells["complaint_within_30d"] = complaint_flag if mature_30d else None
    cells["reopened_within_30d"] = reopening_flag if mature_30d else None
    cells["closed_account_within_30d"] = closure_flag if mature_30d else None

    cells["resolution_scope"] = "any" if contact.issue is None else "same_issue"
    parts = ["repeat"]
    if "complaints" in available:
        parts.append("complaint")
    if "crm_events" in available:
        parts.append("reopening")
    cells["resolution_parts"] = "+".join(parts)
    came_back_30d = came_back(contact, following if contact.issue is None else following_same_issue, OUTCOME_DAYS)
    settled = contact.ended_at + timedelta(days=OUTCOME_DAYS + parameters.lag_days) <= as_of
    cells["resolved_outcome"] = not (came_back_30d or complaint_flag or reopening_flag) if settled else None
    cells["contained"] = contained(contact, happened.human)
    cells["opening_sentiment"], cells["closing_sentiment"] = heard.opening, heard.closing
    cells["post_call_sentiment"], cells["sentiment_source"] = heard.after
    cells["transcript_scoring"] = heard.scoring
    cells["has_survey"] = heard.has_response if "surveys" in available else None
    cells["csat"] = heard.csat
    cells["survey_words"] = heard.words
    return cells


def complaint_cells(complaint: Cells, contact: Contact | None, rule: str, parameters: Parameters) -> Cells:
    """The row of complaints."""
    received_at = complaint["received_at"]
    cells: Cells = {
        "system": complaint["system"],
        "complaint_id": complaint["complaint_id"],
        "received_at": received_at,
        "received_day": received_at.astimezone(ZoneInfo(parameters.time_zone)).date(),
        "customer_key": pseudonym(
            parameters.pseudonym_key, known_customer(complaint.get("customer_id"), parameters.sentinels)
        ),
        "contact_system": contact.system if contact else None,
        "contact_id": contact.contact_id if contact else None,
        "link_rule": rule,
        "days_to_complaint": (received_at - contact.ended_at) / timedelta(days=1) if contact else None,
        "within_30d": within_outcome_days(contact, received_at) if contact else None,
    }
    for name in ("regulator", "company", "product", "issue", "region", "company_response", "timely", "disputed"):
        cells[name] = complaint.get(name)
    narrative = complaint.get("narrative")
    listener = parameters.listener
    cells["narrative"], cells["narrative_sentiment"] = narrative, None
    if narrative is not None:
        cells["narrative_sentiment"], _ = score_of(narrative, listener.language(narrative), listener)
    return cells


KPI_COUNTS = (
    "contacts",
    "served",
    "served_inbound",
    "known_customer",
    "eligible",
    "handle_seconds_sum",
    "handle_seconds_n",
    "claimed_n",
    "claimed_yes",
    "cohort_n",
    "cohort_claimed_yes",
    "cohort_outcome_yes",
    "cohort_claimed_yes_outcome_no",
    "ai_contacts",
    "contained",
    "contained_outcome_n",
    "contained_outcome_yes",
    *(f"mature_{w}d" for w in WINDOWS_DAYS),
    *(f"mature_with_issue_{w}d" for w in WINDOWS_DAYS),
    *(f"repeat_any_{w}d" for w in WINDOWS_DAYS),
    *(f"repeat_issue_{w}d" for w in WINDOWS_DAYS),
    "complaints",
    "complaints_linked",
    "closed_account_30d",
    "surveys",
    *(
        f"sentiment_{source}_{what}"
        for source in ("survey_csat", "survey_verbatim", "closing_turns")
        for what in ("n", "sum", "negative")
    ),
    "opening_closing_n",
    "opening_sentiment_sum",
    "closing_sentiment_sum",
    "transcripts",
    *(f"transcripts_{fate}" for fate in ("scored", "too_short", "unknown_language", "unsupported_language")),
)


def kpi_daily(
    contacts: dict[ContactKey, Contact],
    outcomes: dict[ContactKey, Cells],
    links: Sequence[tuple[Cells, Contact | None, str]],
    zone: ZoneInfo,
) -> dict[tuple[Any, ...], Cells]:
    """Counts by (day, dimensions…)."""
    table: dict[tuple[Any, ...], Cells] = {}

    def row(instant: datetime, dimensions: tuple[str | None, ...]) -> Cells:
        return table.setdefault((instant.astimezone(zone).date(), *dimensions), dict.fromkeys(KPI_COUNTS, 0))

    for contact in contacts.values():
        counts = row(contact.started_at, contact.dimensions)
        counts["contacts"] += 1
        counts["served"] += contact.served
        counts["served_inbound"] += contact.served_inbound
        counts["known_customer"] += contact.served_inbound and contact.customer is not None
        if contact.served and contact.handle_seconds is not None:
            counts["handle_seconds_sum"] += contact.handle_seconds
            counts["handle_seconds_n"] += 1
        if not contact.eligible:
            continue
        cells = outcomes[contact.key]
        claimed, outcome = cells["resolved_claimed"], cells["resolved_outcome"]
        counts["eligible"] += 1
        counts["claimed_n"] += claimed is not None
        counts["claimed_yes"] += claimed is True
        if claimed is not None and outcome is not None:
            counts["cohort_n"] += 1
            counts["cohort_claimed_yes"] += claimed
            counts["cohort_outcome_yes"] += outcome
            counts["cohort_claimed_yes_outcome_no"] += claimed and not outcome
        counts["ai_contacts"] += cells["contained"] is not None
        if cells["contained"]:
            counts["contained"] += 1
            counts["contained_outcome_n"] += outcome is not None
            counts["contained_outcome_yes"] += outcome is True
        for window in WINDOWS_DAYS:
            counts[f"mature_{window}d"] += cells[f"mature_{window}d"]
            counts[f"mature_with_issue_{window}d"] += cells[f"mature_{window}d"] and contact.issue is not None
            counts[f"repeat_any_{window}d"] += cells[f"repeat_any_{window}d"] is True
            counts[f"repeat_issue_{window}d"] += cells[f"repeat_issue_{window}d"] is True
        counts["closed_account_30d"] += cells["closed_account_within_30d"] is True
        counts["surveys"] += cells["has_survey"] is True
        if cells["sentiment_source"] is not None:
            counts[f"sentiment_{cells['sentiment_source']}_n"] += 1
            counts[f"sentiment_{cells['sentiment_source']}_sum"] += cells["post_call_sentiment"]
            counts[f"sentiment_{cells['sentiment_source']}_negative"] += cells["post_call_sentiment"] <= NEGATIVE
        if cells["opening_sentiment"] is not None and cells["closing_sentiment"] is not None:
            counts["opening_closing_n"] += 1
            counts["opening_sentiment_sum"] += cells["opening_sentiment"]
            counts["closing_sentiment_sum"] += cells["closing_sentiment"]
        if cells["transcript_scoring"] is not None:
            counts["transcripts"] += 1
            if cells["transcript_scoring"] != "no_words":
                counts[f"transcripts_{cells['transcript_scoring']}"] += 1

    for complaint, linked, _ in links:
        dimensions = linked.dimensions if linked is not None else (None,) * len(DIMENSIONS)
        counts = row(complaint["received_at"], dimensions)
        counts["complaints"] += 1
        counts["complaints_linked"] += linked is not None
    return table
