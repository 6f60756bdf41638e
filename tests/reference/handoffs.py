"""The definitions of handoffs and promises in plain, slow Python, written from the definitions, not from the SQL.

What belongs here: M11 (handoffs), M12 (promises), M14 (the mix of modes), M19 (signs of being stuck), verdicts on flags
(M15) and the random review sample (M9), as loops over lists and dicts, on the contacts of ``brute_force``. What does not:
SQL, data frames, anything imported from ``pipelines``; what the patterns find in a text is given (:class:`Reader`), and
so is how alike an encoder finds two texts.
"""

import hashlib
import math
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .brute_force import (
    DIMENSIONS,
    MICROSECOND,
    NOT_A_HUMAN,
    Cells,
    Contact,
    ContactKey,
    Parameters,
    Reference,
    References,
    Row,
    end_of_day,
    is_human_leg,
    joined,
    known_customer,
    language_of_all,
    next_contact,
    pseudonym,
    recorded_language,
    seen,
    winners,
)

DAY = timedelta(days=1)
CASE_STAGES = ("case_opened", "case_reopened", "case_closed", "account_closed")
PARTS = ("summary", "transcript", "tool_results", "attempt_account")
TABLES = ("contacts", "turns", "handoffs", "crm_events", "commitments", "ai_claims", "dispositions")
LONGEST_OFFSET = 864_000
CENTS = 0.005
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MISUNDERSTANDINGS = 3
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Reader:
    """What patterns find. ``find`` takes role (server or customer), language and text, and gives findings in order.

    A finding has topic, place, kind, amount, currency, due_count, due_unit, due_value, is_done and quote.
    """

    find: Callable[[str, str, str], Sequence[Row]] = lambda _role, _language, _text: ()
    languages: frozenset[str] = frozenset()


@dataclass(frozen=True)
class HandoffSettings:
    """What a run is told about handoffs and promises; the defaults are the product's."""

    currency: str = "USD"
    due_days: int = 14
    done_days: int = 3
    grace_days: float = 1.0
    late_days: float = 30.0
    amount_tolerance: float = 0.02
    events: tuple[tuple[str, str], ...] = (
        ("credit", "credit_issued"),
        ("refund", "refund_issued"),
        ("callback", "callback_completed"),
        ("replacement", "replacement_sent"),
        ("plan_change", "plan_changed"),
    )
    hangup_reasons: frozenset[str] = frozenset({"customer_hangup", "customer_disconnect", "abandoned"})
    review_per_day: int = 50
    review_seed: str = "aftercall"
    reader: Reader = Reader()


@dataclass
class ExpectedHandoffs:
    """What a run must publish of handoffs and promises, as far as this module knows it; keys as the tables have them."""

    handoffs: dict[ContactKey, Cells] = field(default_factory=dict)
    commitments: dict[ContactKey, Cells] = field(default_factory=dict)
    promise_broken: dict[ContactKey, bool | None] = field(default_factory=dict)
    stuck: dict[ContactKey, Cells] = field(default_factory=dict)
    """Signs of the eligible contacts that an AI led alone, whether there are any or not."""
    mode_mix: dict[tuple[Any, ...], Cells] = field(default_factory=dict)
    review_sample: dict[ContactKey, Cells] = field(default_factory=dict)


@dataclass
class _World:
    """Everything that counts, in one place."""

    reference: Reference
    references: References
    parameters: Parameters
    settings: HandoffSettings
    zone: ZoneInfo
    visible: dict[str, list[Cells]]
    ordered: dict[str, list[Contact]]
    """Eligible contacts by customer, in order of their starts."""
    said: list[Cells] = field(default_factory=list)
    """Turns of customer, AI and agents, with contact, leg_start, role and language."""

    def contact(self, record: Cells) -> Contact | None:
        return self.references.contact(record["system"], record["contact_id"])

    def leg(self, system: str, leg_id: str) -> Cells | None:
        contact = self.references.contact(system, leg_id)
        legs = [] if contact is None else [leg for leg in contact.legs if leg["contact_id"] == leg_id]
        return legs[0] if legs else None

    def key_of(self, customer: str | None) -> str | None:
        return pseudonym(self.parameters.pseudonym_key, customer)

    def day(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()

    def hour(self, instant: datetime) -> int:
        return instant.astimezone(self.zone).hour

    def named(self, contact: Contact) -> Cells:
        return {
            "contact_id": contact.contact_id,
            "day": self.day(contact.started_at),
            **dict(zip(DIMENSIONS, contact.dimensions, strict=True)),
        }


def compute_handoffs(
    tables: Mapping[str, Sequence[Row]], parameters: Parameters, settings: HandoffSettings, reference: Reference
) -> ExpectedHandoffs:
    """All that this module knows of what a run over ``tables`` publishes; ``reference`` is that of ``brute_force``."""
    zone = ZoneInfo(parameters.time_zone)
    available = parameters.available_tables if parameters.available_tables is not None else frozenset(tables)
    visible = {table: seen(table, winners(table, tables.get(table, ()), zone), reference.as_of) for table in TABLES}
    visible, parameters = joined(visible, winners("identities", tables.get("identities", ()), zone), parameters)
    ordered: dict[str, list[Contact]] = {}
    for contact in reference.contacts.values():
        if contact.eligible:
            ordered.setdefault(str(contact.customer), []).append(contact)
    for group in ordered.values():
        group.sort(key=lambda c: (c.started_at, c.contact_id, c.system))
    world = _World(reference, References(reference.contacts), parameters, settings, zone, visible, ordered)
    world.said = _said(world)
    handoffs = [(handoff, contact) for handoff, contact in _handed_over(world)]
    result = ExpectedHandoffs()
    for handoff, contact in handoffs:
        result.handoffs[handoff["system"], handoff["handoff_id"]] = _handoff_cells(world, handoff, contact)
    asked = _asked_for_human(world, handoffs)
    fates = _fates(world, has_events="crm_events" in available)
    for fate in fates:
        result.commitments[fate["system"], fate["commitment_id"]] = _commitment_cells(world, fate, asked)
    result.promise_broken = _promise_broken(reference, fates)
    result.stuck = _stuck(world, asked)
    result.mode_mix = _mode_mix(world)
    result.review_sample = _review_sample(world)
    return result


# --- Words ------------------------------------------------------------------------------------------------------


def _said(world: _World) -> list[Cells]:
    listener = world.parameters.listener
    unrecorded: dict[ContactKey, list[str]] = {}
    found = []
    for turn in world.visible["turns"]:
        contact = world.contact(turn)
        if contact is None or turn["speaker"] == "system":
            continue
        language = recorded_language(turn.get("language"), contact.last["language"])
        # The language of a contact is found from what its customer said.
        if language is None and turn["speaker"] == "customer":
            unrecorded.setdefault(contact.key, []).append(turn["text"])
        leg = world.leg(turn["system"], turn["contact_id"])
        start = contact.started_at if leg is None else leg["started_at"]
        end = start if leg is None else leg.get("ended_at") or start
        role = "customer" if turn["speaker"] == "customer" else "server"
        found.append({**turn, "contact": contact, "leg_start": start, "leg_end": end, "role": role, "code": language})
    for turn in found:
        texts = unrecorded.get(turn["contact"].key)
        if turn["code"] is None and texts:
            turn["code"] = language_of_all(texts, listener)
        reader = world.settings.reader
        turn["findings"] = (
            reader.find(turn["role"], turn["code"], turn["text"]) if turn["code"] in reader.languages else ()
        )
    return found


def _place(turn: Cells) -> tuple[datetime, str, float]:
    return (turn["leg_start"], turn["contact_id"], turn["turn_index"])


def _topics(turn: Cells) -> set[str]:
    return {finding["topic"] for finding in turn["findings"]}


# --- M11 --------------------------------------------------------------------------------------------------------


def _handed_over(world: _World) -> list[tuple[Cells, Contact]]:
    """Handoffs from an AI to a person."""
    found = []
    for handoff in world.visible["handoffs"]:
        contact = world.contact(handoff)
        if contact is None:
            continue
        from_party, to_party = handoff.get("from_party"), handoff.get("to_party")
        if from_party is not None:
            from_ai = from_party.lower() in NOT_A_HUMAN
        elif contact.mode is not None:
            from_ai = contact.mode in ("ai_primary", "joint")
        else:
            from_ai = contact.last["ai_model"] is not None
        if to_party is not None:
            to_person = to_party.lower() not in NOT_A_HUMAN
        else:
            to_person = contact.mode in ("human_primary", "joint") or contact.last["agent_id"] is not None
        if from_ai and to_person:
            found.append((handoff, contact))
    return found


def _is_after(turn: Cells, handoff: Cells, turns_of_leg: Sequence[Cells]) -> bool:
    at = handoff["occurred_at"]
    if turn["leg_start"] >= at:
        return True
    if turn.get("offset_seconds") is not None:
        return round(turn["offset_seconds"] * 1_000_000) > (at - turn["leg_start"]) // MICROSECOND
    if turn["leg_start"] < turn["leg_end"] <= at:
        return False
    agents = [other["turn_index"] for other in turns_of_leg if other["speaker"] == "agent"]
    return bool(agents) and turn["turn_index"] >= min(agents)


def _handoff_cells(world: _World, handoff: Cells, contact: Contact) -> Cells:
    at = handoff["occurred_at"]
    flags = {part: handoff.get(f"has_{part}") for part in PARTS}
    recorded = [part for part in PARTS if flags[part] is not None]
    missing = [part for part in recorded if not flags[part]]
    wait = handoff.get("wait_seconds")
    starts = [leg["started_at"] for leg in contact.legs if is_human_leg(leg) and leg["started_at"] >= at]
    next_leg = None if not starts else (min(starts) - at) / timedelta(seconds=1)
    turns = [turn for turn in world.said if turn["contact"] is contact]
    sides: dict[bool, list[Cells]] = {True: [], False: []}
    for turn in turns:
        if turn["speaker"] == "customer":
            of_leg = [other for other in turns if other["contact_id"] == turn["contact_id"]]
            sides[_is_after(turn, handoff, of_leg)].append(turn)
    again = sorted((turn for turn in sides[True] if "says_it_again" in _topics(turn)), key=_place)
    # What lies far from the handoff is not compared, and so not heard.
    near_before = sorted(sides[False], key=_place)[-40:]
    near_after = sorted(sides[True], key=_place)[:12]
    languages = world.settings.reader.languages
    heard = all(any(turn["code"] in languages for turn in near) for near in (near_before, near_after))
    return {
        **world.named(contact),
        "customer_key": world.key_of(contact.customer),
        "occurred_at": at,
        "hour_of_day": world.hour(contact.started_at),
        "agent_id": contact.last["agent_id"],
        "trigger": handoff.get("trigger"),
        "ai_confidence": handoff.get("ai_confidence"),
        "misunderstandings": handoff.get("misunderstandings"),
        **{f"has_{part}": flag for part, flag in flags.items()},
        "parts_recorded": len(recorded),
        "completeness": 1 - len(missing) / len(recorded) if recorded else None,
        "missing_parts": ", ".join(missing) if recorded else None,
        "seconds_to_human": wait if wait is not None else next_leg,
        "seconds_to_human_basis": "recorded" if wait is not None else "next_leg" if starts else None,
        "repeated_recorded": handoff.get("customer_repeated"),
        "said_again_in": again[0]["contact_id"] if again else None,
        "said_again_at_turn": again[0]["turn_index"] if again else None,
        "is_heard": heard,
    }


def repetition(cells: Cells, similarity: float | None, threshold: float) -> Cells:
    """What is made of a handoff's words when an encoder finds the sides so alike."""
    restated = similarity is not None and similarity >= threshold
    detected = None
    if cells["said_again_in"] is not None or restated:
        detected = True
    elif similarity is not None or cells["is_heard"]:
        detected = False
    if cells["repeated_recorded"] is not None:
        basis = "recorded"
    elif cells["said_again_in"] is not None:
        basis = "words"
    elif restated:
        basis = "similarity"
    else:
        basis = None if detected is None else "nothing_found"
    return {
        "repeated_detected": detected,
        "customer_repeated": detected if cells["repeated_recorded"] is None else cells["repeated_recorded"],
        "repeated_basis": basis,
    }


# --- M12 --------------------------------------------------------------------------------------------------------


def _due_day(finding: Row, made_on: date) -> date | None:
    unit, value = finding["due_unit"], finding["due_value"]
    count = min(max(math.ceil(finding["due_count"]), 0), 3650) if finding["due_count"] is not None else None
    if unit == "day":
        return made_on + count * DAY
    if unit == "week":
        return made_on + 7 * count * DAY
    if unit == "month":
        months = made_on.month - 1 + count
        year, month = made_on.year + months // 12, months % 12 + 1
        return date(year, month, min(made_on.day, monthrange(year, month)[1]))
    if unit == "business_day":
        day = made_on
        # Said on a weekend they count from the Friday before.
        while day.weekday() > 4:
            day -= DAY
        while count > 0:
            day += DAY
            count -= day.weekday() <= 4
        return day
    if unit == "weekday":
        day = made_on + DAY
        while WEEKDAYS[day.weekday()] != value:
            day += DAY
        return day
    if unit == "end_of":
        if value == "week":
            return made_on + (6 - made_on.weekday()) * DAY
        return made_on.replace(day=monthrange(made_on.year, made_on.month)[1]) if value == "month" else made_on
    if unit == "date":
        try:
            if not value.startswith("--"):
                return date.fromisoformat(value)
            day = date.fromisoformat(f"{made_on.year}-{value[2:]}")
            return day if day >= made_on else date.fromisoformat(f"{made_on.year + 1}-{value[2:]}")
        except ValueError:
            return None
    return None


def _spoken(world: _World) -> list[Cells]:
    """Every promise that was said, as often as it was said."""
    found = []
    for turn in world.said:
        offset = turn.get("offset_seconds")
        made_at = turn["leg_start"]
        if offset is not None and 0 <= offset <= LONGEST_OFFSET:
            made_at += round(offset * 1_000_000) * MICROSECOND
        for finding in turn["findings"]:
            if finding["topic"] != "promise":
                continue
            if finding["due_unit"] == "hour":
                stated = made_at + min(max(math.ceil(finding["due_count"]), 0), 3650) * timedelta(hours=1)
            else:
                day = _due_day(finding, world.day(made_at))
                stated = None if day is None else end_of_day(day, world.zone)
            amount = finding["amount"]
            found.append(
                {
                    "system": turn["system"],
                    "commitment_id": f"text:{turn['contact_id']}:{turn['turn_index']}:{finding['place']}",
                    "source": "spoken",
                    "contact": turn["contact"],
                    "leg_id": turn["contact_id"],
                    "turn_index": turn["turn_index"],
                    "place": finding["place"],
                    "made_by": turn["speaker"],
                    "kind": finding["kind"],
                    "amount": amount,
                    "currency": finding["currency"] or (world.settings.currency if amount is not None else None),
                    "made_at": made_at,
                    "is_done": finding["is_done"],
                    "quote": finding["quote"],
                    "stated": stated,
                }
            )
    return found


def _said_once(spoken: Sequence[Cells]) -> list[Cells]:
    """Of what was said several times in a contact the first, with the earliest date of all."""
    by_kind: dict[tuple[Any, ...], list[Cells]] = {}
    for promise in spoken:
        by_kind.setdefault((promise["contact"].key, promise["kind"]), []).append(promise)
    once = []
    for group in by_kind.values():
        has_amount = any(promise["amount"] is not None for promise in group)
        for amount in {promise["amount"] for promise in group}:
            if amount is None and has_amount:
                continue
            same = [promise for promise in group if promise["amount"] == amount]
            first = min(same, key=lambda p: (p["made_at"], p["leg_id"], p["turn_index"], p["place"]))
            dues = [promise["stated"] for promise in same if promise["stated"] is not None]
            is_done = any(promise["is_done"] for promise in same)
            once.append({**first, "stated": min(dues, default=None), "is_done": is_done})
    return once


def _is_same_promise(said: Cells, recorded: Cells, tolerance: float) -> bool:
    if said["contact"] is not recorded["contact"]:
        return False
    alike = None
    if said["amount"] is not None and recorded["amount"] is not None:
        alike = abs(said["amount"] - recorded["amount"]) <= tolerance * recorded["amount"] + CENTS
    if said["kind"] == recorded["kind"]:
        return alike is not False
    return alike is True and said["kind"] in ("credit", "refund") and recorded["kind"] in ("credit", "refund")


def _promises(world: _World) -> list[Cells]:
    """Every promise once."""
    recorded = []
    for record in world.visible["commitments"]:
        contact = world.contact(record)
        if contact is None:
            continue
        leg = world.leg(record["system"], record["contact_id"])
        end = contact.ended_at if leg is None else leg.get("ended_at") or leg["started_at"]
        amount = record.get("amount")
        recorded.append(
            {
                "system": record["system"],
                "commitment_id": record["commitment_id"],
                "source": "recorded",
                "contact": contact,
                "leg_id": record["contact_id"],
                "turn_index": None,
                "made_by": record["made_by"].lower() if record.get("made_by") is not None else None,
                "kind": record["kind"].lower(),
                "amount": amount,
                "currency": record.get("currency") or (world.settings.currency if amount is not None else None),
                "made_at": record.get("made_at") or end,
                "is_done": False,
                "quote": record.get("text"),
                "stated": record.get("due_at"),
            }
        )
    result = []
    known = set()
    once = _said_once(_spoken(world))
    for promise in recorded:
        same = [said for said in once if _is_same_promise(said, promise, world.settings.amount_tolerance)]
        known |= {said["commitment_id"] for said in same}
        dues = [said["stated"] for said in same if said["stated"] is not None]
        amounts = [(said["amount"], said["currency"]) for said in same if said["amount"] is not None]
        merged = dict(promise)
        merged["stated"] = promise["stated"] or min(dues, default=None)
        if len({amount for amount, _ in amounts}) == 1:
            if merged["amount"] is None:
                merged["amount"] = amounts[0][0]
            merged["currency"] = merged["currency"] or min(currency for _, currency in amounts)
        result.append(merged)
    return result + [said for said in once if said["commitment_id"] not in known]


def _fates(world: _World, *, has_events: bool) -> list[Cells]:
    settings = world.settings
    kinds = dict(settings.events)
    promises = _promises(world)
    for promise in promises:
        days = settings.done_days if promise["is_done"] else settings.due_days
        promise["is_default"] = promise["stated"] is None
        promise["due_at"] = promise["stated"] or end_of_day(world.day(promise["made_at"]) + days * DAY, world.zone)
        promise["event_type"] = kinds.get(promise["kind"])
    matches = _named_matches(world, promises)
    matches |= _other_matches(world, promises, matches)
    for number, promise in enumerate(promises):
        event, at, rule = matches.get(number, (None, None, None))
        promise |= {"event": event, "fulfilled_at": at, "match_rule": rule, "reason": None}
        last = promise["due_at"] + settings.grace_days * DAY
        if event is not None:
            promise["status"] = "kept_on_time" if at <= last else "kept_late"
            continue
        if not has_events:
            promise["reason"] = "no_crm_events"
        elif promise["event_type"] is None:
            promise["reason"] = "kind_without_event"
        elif promise["contact"].customer is None:
            promise["reason"] = "no_customer"
        if promise["reason"] is not None:
            promise["status"] = "unverifiable"
        else:
            promise["status"] = "broken" if last < world.reference.as_of else "pending"
    return promises


Matches = dict[int, tuple[Cells, datetime, str]]


def _event_order(event: Cells) -> tuple[datetime, str, str]:
    return (event["occurred_at"], event["system"], event["event_id"])


def _named_matches(world: _World, promises: Sequence[Cells]) -> Matches:
    """Promises kept by events that name them."""
    found: Matches = {}
    for number, promise in enumerate(promises):
        naming = []
        for event in world.visible["crm_events"]:
            if (event["system"], event.get("commitment_id")) != (promise["system"], promise["commitment_id"]):
                continue
            customer = known_customer(event.get("customer_id"), world.parameters.sentinels)
            if event["event_type"] in CASE_STAGES:
                continue
            if None not in (customer, promise["contact"].customer) and customer != promise["contact"].customer:
                continue
            if None not in (event.get("currency"), promise["currency"]) and event["currency"] != promise["currency"]:
                continue
            naming.append(event)
        naming.sort(key=_event_order)
        paid = 0.0
        for event in naming:
            amount = event.get("amount")
            paid += amount or 0.0
            enough = promise["amount"] is None or amount is None
            if enough or paid >= promise["amount"] * (1 - world.settings.amount_tolerance) - CENTS:
                found[number] = (event, event["occurred_at"], "commitment_id")
                break
    return found


def _other_matches(world: _World, promises: Sequence[Cells], named: Matches) -> Matches:
    """Promises kept by events of the same customer, kind, amount and time; each event keeps one."""
    settings = world.settings
    ids = {(promise["system"], promise["commitment_id"]) for promise in promises}
    free = []
    for event in sorted(world.visible["crm_events"], key=_event_order):
        if (event["system"], event.get("commitment_id")) in ids:
            continue
        customer = known_customer(event.get("customer_id"), world.parameters.sentinels)
        if customer is None and event.get("contact_id") is not None:
            contact = world.contact(event)
            customer = None if contact is None else contact.customer
        if customer is not None:
            free.append((event, customer))
    waiting = [
        number
        for number, promise in enumerate(promises)
        if number not in named and promise["contact"].customer is not None and promise["event_type"] is not None
    ]

    def order(number: int) -> tuple[Any, ...]:
        promise = promises[number]
        parts = (promise["due_at"], promise["made_at"], promise["system"], promise["commitment_id"])
        return (promise["amount"] is None, *parts)

    found: Matches = {}
    for number in sorted(waiting, key=order):
        promise = promises[number]
        for position, (event, customer) in enumerate(free):
            fits = customer == promise["contact"].customer and event["event_type"] == promise["event_type"]
            last = promise["due_at"] + settings.late_days * DAY
            fits = fits and promise["contact"].started_at <= event["occurred_at"] <= last
            if fits and promise["amount"] is not None:
                reach = settings.amount_tolerance * promise["amount"] + CENTS
                fits = event.get("amount") is not None and abs(event["amount"] - promise["amount"]) <= reach
            if fits and None not in (event.get("currency"), promise["currency"]):
                fits = event["currency"] == promise["currency"]
            if fits:
                found[number] = (event, event["occurred_at"], "customer_kind_amount")
                del free[position]
                break
    return found


def _commitment_cells(world: _World, fate: Cells, asked: dict[ContactKey, bool]) -> Cells:
    contact, event = fate["contact"], fate["event"]
    following = None
    if contact.eligible:
        following = next_contact(contact, world.ordered[contact.customer], same_issue=False)
    next_asked = None
    if following is not None and following.mode != "human_primary":
        next_asked = asked.get(following.key)
    return {
        **world.named(contact),
        "customer_key": world.key_of(contact.customer),
        "hour_of_day": world.hour(contact.started_at),
        "agent_id": contact.last["agent_id"],
        **{name: fate[name] for name in ("source", "made_by", "kind", "amount", "currency", "made_at", "due_at")},
        "is_due_by_default": fate["is_default"],
        "said_as_done": fate["is_done"],
        "status": fate["status"],
        "unverifiable_reason": fate["reason"],
        "match_rule": fate["match_rule"],
        "event_system": None if event is None else event["system"],
        "event_id": None if event is None else event["event_id"],
        "fulfilled_by": None if event is None else event["event_type"],
        "fulfilled_at": fate["fulfilled_at"],
        "leg_id": fate["leg_id"],
        "turn_index": fate["turn_index"],
        "quote": fate["quote"],
        "next_contact_id": None if following is None else following.contact_id,
        "next_contact_at": None if following is None else following.started_at,
        "next_mode": None if following is None else following.mode,
        "next_asked_for_human": next_asked,
    }


def _promise_broken(reference: Reference, fates: Sequence[Cells]) -> dict[ContactKey, bool | None]:
    """Of every eligible contact: null without a promise, or where nobody can tell yet."""
    found: dict[ContactKey, bool | None] = dict.fromkeys(reference.contact_outcomes)
    for key in found:
        statuses = {fate["status"] for fate in fates if fate["contact"].key == key}
        if "broken" in statuses:
            found[key] = True
        elif statuses & {"kept_on_time", "kept_late"} and "pending" not in statuses:
            found[key] = False
    return found


# --- M19 --------------------------------------------------------------------------------------------------------


def _asked_for_human(world: _World, handoffs: Sequence[tuple[Cells, Contact]]) -> dict[ContactKey, bool]:
    """Contacts of which it is known; in words, or as the trigger of a handoff."""
    asked: dict[ContactKey, bool] = {}
    for turn in world.said:
        if turn["role"] == "customer" and turn["code"] in world.settings.reader.languages:
            key = turn["contact"].key
            asked[key] = asked.get(key, False) or "asks_for_human" in _topics(turn)
    for handoff, contact in handoffs:
        if handoff.get("trigger") is not None:
            asked[contact.key] = asked.get(contact.key, False) or handoff["trigger"] == "customer_request"
    return asked


def _stuck(world: _World, asked: dict[ContactKey, bool]) -> dict[ContactKey, Cells]:
    handed = set()
    for handoff in world.visible["handoffs"]:
        contact = world.contact(handoff)
        if (
            contact is not None
            and handoff.get("to_party") is not None
            and handoff["to_party"].lower() not in NOT_A_HUMAN
        ):
            handed.add(contact.key)
    found: dict[ContactKey, Cells] = {}
    for key, contact in world.reference.contacts.items():
        if (
            not contact.eligible
            or contact.mode != "ai_primary"
            or contact.last["agent_id"] is not None
            or key in handed
        ):
            continue
        counts = [leg["misunderstandings"] for leg in contact.legs if leg.get("misunderstandings") is not None]
        reason = None
        for leg in contact.legs:
            reason = (leg.get("disconnect_reason") or "").lower() or reason
        claimed = contact.last["resolved_claimed"]
        hung_up = None
        if reason is not None and claimed is not None:
            hung_up = not claimed and reason in world.settings.hangup_reasons
        found[key] = {
            "asked_for_human": asked.get(key),
            "hung_up_unresolved": hung_up,
            "hung_up": None if reason is None else reason in world.settings.hangup_reasons,
            "was_misunderstood": sum(counts) >= MISUNDERSTANDINGS if counts else None,
            "misunderstandings": sum(counts) if counts else None,
            "disconnect_reason": reason,
            "claimed_resolved": claimed,
        }
    return found


SIGNS = ("asked_for_human", "hung_up_unresolved", "was_misunderstood")


def is_stuck(cells: Cells) -> bool | None:
    """Any sign; null where none could have been seen."""
    signs = [cells[name] for name in SIGNS if cells[name] is not None]
    return any(signs) if signs else None


# --- M14 --------------------------------------------------------------------------------------------------------


def _mode_mix(world: _World) -> dict[tuple[Any, ...], Cells]:
    counts: dict[tuple[Any, ...], Cells] = {}
    for contact in world.reference.contacts.values():
        if contact.served_inbound and not contact.phantom:
            start = contact.started_at
            key = (world.day(start), world.hour(start), contact.last["workflow"], contact.mode)
            cells = counts.setdefault(key, {"contacts": 0, "eligible": 0})
            cells["contacts"] += 1
            cells["eligible"] += contact.eligible
    return counts


# --- M9 ---------------------------------------------------------------------------------------------------------


def _hashed(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def _review_sample(world: _World) -> dict[ContactKey, Cells]:
    """Of each day's claims, sorted by stratum and in hashed order within, every k-th from a hashed start."""
    settings = world.settings
    by_day: dict[date, list[tuple[Cells, Contact]]] = {}
    for claim in world.visible["ai_claims"]:
        contact = world.contact(claim)
        if contact is not None:
            by_day.setdefault(world.day(contact.started_at), []).append((claim, contact))

    def stratum(claim: Cells, contact: Contact) -> tuple[Any, ...]:
        names = (claim["claim_type"].lower(), contact.last["ai_model"], contact.last["workflow"])
        return tuple((name is None, name or "") for name in names)

    drawn: dict[ContactKey, Cells] = {}
    for day, claims in by_day.items():
        claims.sort(
            key=lambda pair: (
                stratum(*pair),
                _hashed(settings.review_seed, pair[0]["system"], pair[0]["claim_id"]),
                pair[0]["system"],
                pair[0]["claim_id"],
            )
        )
        chance = min(1.0, settings.review_per_day / len(claims))
        start = int(_hashed(settings.review_seed, day.isoformat())[:8], 16) / 2**32
        for place, (claim, contact) in enumerate(claims, 1):
            if math.floor(place * chance + start) == math.floor((place - 1) * chance + start):
                continue
            verified_at = claim.get("verified_at")
            is_known = verified_at is None or verified_at <= world.reference.as_of
            drawn[claim["system"], claim["claim_id"]] = {
                **world.named(contact),
                "claim_type": claim["claim_type"].lower(),
                "turn_index": claim.get("turn_index"),
                "stated_confidence": claim["stated_confidence"],
                "inclusion_probability": chance,
                "sampling_weight": 1 / chance,
                "claims_of_day": len(claims),
                "claims_of_stratum": sum(stratum(*pair) == stratum(claim, contact) for pair in claims),
                "verified_correct": claim.get("verified_correct") if is_known else None,
                "review_sampling": claim.get("review_sampling"),
            }
    return drawn


# --- M15 --------------------------------------------------------------------------------------------------------


def judge_dispositions(
    tables: Mapping[str, Sequence[Row]],
    parameters: Parameters,
    reference: Reference,
    flags: Sequence[Row],
    codes: Mapping[str, str],
) -> dict[ContactKey, Cells]:
    """Table ``dispositions`` where ``flags`` are raised (system, contact_id, rule, code, day, mode, evidence_hash).

    ``codes``: rule → code.
    """
    zone = ZoneInfo(parameters.time_zone)
    references = References(reference.contacts)
    raised = {(flag["system"], flag["contact_id"], flag["rule"]): flag for flag in flags}
    by_code = {code.lower(): rule for rule, code in codes.items()}
    rows = []
    for verdict in seen("dispositions", winners("dispositions", tables.get("dispositions", ()), zone), reference.as_of):
        contact = references.contact(verdict["system"], verdict["contact_id"])
        name = verdict["rule"].lower()
        rule = by_code.get(name, name)
        rows.append((verdict, contact, verdict["contact_id"] if contact is None else contact.contact_id, rule))
    result: dict[ContactKey, Cells] = {}
    for verdict, contact, contact_id, rule in rows:
        flag = raised.get((verdict["system"], contact_id, rule))
        stale = None
        changes = [] if contact is None else [leg.get("updated_at") or _LONG_AGO for leg in contact.legs]
        if contact is None:
            stale = "unknown_contact"
        elif flag is None:
            stale = "no_longer_flagged"
        elif verdict.get("evidence_hash") not in (None, flag["evidence_hash"]):
            stale = "evidence_changed"
        elif max(changes) > verdict["decided_at"]:
            stale = "contact_changed"
        others = [
            (other["decided_at"], other["disposition_id"])
            for other, _, other_contact, other_rule in rows
            if (other["system"], other_contact, other_rule) == (verdict["system"], contact_id, rule)
        ]
        result[verdict["system"], verdict["disposition_id"]] = {
            "contact_id": contact_id,
            "rule": rule,
            **{name: None if flag is None else flag[name] for name in ("code", "day", "mode")},
            **{name: verdict.get(name) for name in ("verdict", "reason", "decided_by", "decided_at", "given_blind")},
            "is_latest": (verdict["decided_at"], verdict["disposition_id"]) == max(others),
            "stale_reason": stale,
        }
    return result
