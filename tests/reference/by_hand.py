"""Records of a few contacts, and what the oracle makes of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from .brute_force import Parameters, Reference, compute

DAY = timedelta(days=1)
US = timedelta(microseconds=1)
#: How far the clock of a survey may be behind, by default.
EARLY = timedelta(seconds=300)
START = datetime(2026, 3, 2, 10, tzinfo=UTC)
LATE = START + 400 * DAY


def contact(contact_id: str, start: datetime = START, end: datetime | None = None, **cells: Any) -> dict[str, Any]:
    return {
        "system": "s",
        "contact_id": contact_id,
        "customer_id": "ann",
        "started_at": start,
        "ended_at": end or start + timedelta(minutes=10),
        **cells,
    }


def event(event_type: str, occurred_at: datetime, **cells: Any) -> dict[str, Any]:
    return {"system": "s", "event_id": "e", "event_type": event_type, "occurred_at": occurred_at, **cells}


def complaint(received_at: datetime | date, **cells: Any) -> dict[str, Any]:
    return {"system": "s", "complaint_id": "p", "regulator": "CFPB", "received_at": received_at, **cells}


def run(
    contacts: Sequence[Mapping[str, Any]],
    *,
    crm_events: Sequence[Mapping[str, Any]] = (),
    complaints: Sequence[Mapping[str, Any]] = (),
    handoffs: Sequence[Mapping[str, Any]] = (),
    turns: Sequence[Mapping[str, Any]] = (),
    surveys: Sequence[Mapping[str, Any]] = (),
    identities: Sequence[Mapping[str, Any]] = (),
    **parameters: Any,
) -> Reference:
    settings: dict[str, Any] = {"time_zone": "UTC", "as_of": LATE, **parameters}
    tables = {
        "contacts": contacts,
        "turns": turns,
        "crm_events": crm_events,
        "surveys": surveys,
        "complaints": complaints,
        "handoffs": handoffs,
        "identities": identities,
    }
    return compute(tables, Parameters(**settings))


def outcome(reference: Reference, contact_id: str = "a", system: str = "s") -> dict[str, Any]:
    return reference.contact_outcomes[system, contact_id]
