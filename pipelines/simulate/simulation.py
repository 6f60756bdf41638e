"""The simulation from end to end: who calls, what happens, what follows, how it lands, what is true.

Every concern draws from a random stream of its own, so that leaving one out (transcripts) changes nothing in the
others.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from pipelines.simulate.agents import draw_agents
from pipelines.simulate.arrival_times import DAY, Codes, Floats, Horizon, Ints, horizon, wind_clock
from pipelines.simulate.assistance import claim_records, handoff_records, suggestion_records, ways_to_repeat
from pipelines.simulate.configuration import configuration
from pipelines.simulate.contacts import Contacts, Setting, simulate_contacts
from pipelines.simulate.conversations import SpokenLegs, conversation_turns, leg_ends, spoken_legs, write_script
from pipelines.simulate.customers import draw_customers
from pipelines.simulate.deliveries import Landing, delivery_calendar, formats
from pipelines.simulate.followups import complaint_records, crm_records, survey_records
from pipelines.simulate.frames import Records
from pipelines.simulate.legs import Operations, contact_records
from pipelines.simulate.parameters import World
from pipelines.simulate.phrase_index import fill_phrases
from pipelines.simulate.promise_records import (
    PromiseRecords,
    commitment_records,
    make_promises,
    promise_events,
    promises_truth,
)
from pipelines.simulate.truth import repeat_probabilities
from pipelines.simulate.truth_files import write_truth

DEFAULT_END = date(2026, 9, 30)
DEFAULT_TIME_ZONE = "America/New_York"

#: Random streams by concern. New ones go to the end: the position is part of the seed.
_STREAMS = (
    "pilot",
    "customers",
    "agents",
    "contacts",
    "cases",
    "legs",
    "surveys",
    "complaints",
    "crm_events",
    "ai_claims",
    "suggestions",
    "handoffs",
    "commitments",
    "conversations",
    "deliveries",
    "within_contacts",
    "pilot_within_contacts",
    "restatements",
    "promise_events",
    "script",
)
_DAYS_BEYOND = 40
"""The clock runs on after the period, so that the longest window of the last contact has a probability."""
_PILOT_CONTACTS = 30_000
_LEGS_PER_CHUNK = 40_000


@dataclass(frozen=True)
class SimulationSummary:
    """What was written."""

    out: Path
    config: Path
    truth: Path
    first_day: date
    last_day: date
    contacts: int
    """Contacts in the sense of M1 (all legs as one), eligible or not, withdrawn ones included."""
    customers: int
    """Customers who made contact."""
    rows: dict[str, int]
    """Delivered rows by table, redelivered and corrected ones included."""
    files: dict[str, int]


def simulate(
    out: Path,
    *,
    contacts: int,
    days: int,
    seed: int,
    transcripts: bool = True,
    end: date = DEFAULT_END,
    time_zone: str = DEFAULT_TIME_ZONE,
    world: World | None = None,
) -> SimulationSummary:
    """Simulate an operation and write its landing files, its configuration and its truth below ``out``.

    ``contacts`` is met within a few percent; ``days`` local days end with ``end``. The same arguments write the same
    bytes. Raises ValueError for a size below one, and FileExistsError where ``out`` already holds a simulation.
    """
    if contacts < 1 or days < 1:
        raise ValueError(f"contacts and days must be at least 1, not {contacts} and {days}")
    if (out / "landing").exists() or (out / "_truth").exists():
        raise FileExistsError(f"{out} already holds a simulation; choose another directory or remove it")
    world = world or World()
    span = horizon(end, days, world.warm_up_days, ZoneInfo(time_zone))
    (out / "_truth").mkdir(parents=True)

    made, same, either = _operate(_populate(world, span, contacts, seed), seed)
    landing = Landing(out, delivery_calendar(span), span, world.disorder, formats(contacts))
    deliveries = _stream(seed, "deliveries")
    legs = contact_records(made, _stream(seed, "legs"))
    known = legs.frame.select(pl.col("root_contact_id").fill_null(pl.col("contact_id"))).to_series().n_unique()
    landing.land(legs, deliveries)
    del legs
    restated = ways_to_repeat(made, _stream(seed, "restatements"))
    promises = make_promises(made, _stream(seed, "commitments"))
    truths = _deliver_others(made, landing, restated, promises, seed=seed, deliveries=deliveries)
    if transcripts:
        script = write_script(made, restated, promises, _stream(seed, "script"))
        _deliver_conversations(made, landing, spoken_legs(made, script), seed)
    landing.resend_file("surveys", deliveries)

    landing.write_truth()
    write_truth(out / "_truth", made, same, either, truths, seed=seed, transcripts=transcripts)
    config = out / "aftercall.toml"
    config.write_text(
        configuration(world, time_zone, {table: landing.format[table] for table in sorted(landing.rows)}),
        encoding="utf-8",
    )
    return SimulationSummary(
        out=out,
        config=config,
        truth=out / "_truth",
        first_day=span.first_day,
        last_day=span.last_day,
        contacts=known,
        customers=int(np.unique(made.contacts.customer).size),
        rows=landing.rows,
        files=landing.files,
    )


def _stream(seed: int, concern: str) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_STREAMS.index(concern),)))


def _operate(setting: Setting, seed: int) -> tuple[Operations, Floats, Floats]:
    """The contacts of the period, ordered by start, and their true repeat probabilities (same issue, any)."""
    span = setting.span
    drawn = simulate_contacts(setting, _stream(seed, "contacts"), _stream(seed, "within_contacts"))
    chains = int(drawn.chain.max(initial=0)) + 1
    by_customer = drawn.take(np.lexsort((drawn.started, drawn.customer)))
    # Millions of contacts in one order are enough.
    del drawn
    same, either = repeat_probabilities(setting, by_customer)
    inside = np.flatnonzero((by_customer.started >= span.first) & (by_customer.started < span.last))
    order = inside[np.argsort(by_customer.started[inside], kind="stable")]
    written = by_customer.take(order)
    has_case = (_stream(seed, "cases").random(chains) < setting.world.aftermath.case_share)[written.chain]
    made = Operations(setting.world, span, setting.customers, setting.agent_starts, written, has_case)
    return made, same[:, order], either[:, order]


def _populate(world: World, span: Horizon, contacts: int, seed: int) -> Setting:
    """Agents and customers in the number that brings about ``contacts`` contacts, measured in a small pilot."""
    clock = wind_clock(world.rhythm, span, _DAYS_BEYOND)
    agents = draw_agents(contacts, (span.last_day - span.first_day).days + 1, span, _stream(seed, "agents"))
    rng = _stream(seed, "pilot")
    first_occasions = world.occasions_per_day * (span.last - span.warm_up) / DAY
    pilot = Setting(world, span, clock, draw_customers(world, round(_PILOT_CONTACTS / first_occasions), rng), agents)
    tried = simulate_contacts(pilot, rng, _stream(seed, "pilot_within_contacts"))
    per_customer = _inside(tried, span) / len(pilot.customers)
    around = world.disorder.unserved + world.disorder.callbacks + world.disorder.logged_twice
    count = max(1, round(contacts / (per_customer * (1 + around))))
    return Setting(world, span, clock, draw_customers(world, count, _stream(seed, "customers")), agents)


def _inside(drawn: Contacts, span: Horizon) -> int:
    return int(((drawn.started >= span.first) & (drawn.started < span.last)).sum())


def _deliver_others(
    made: Operations,
    landing: Landing,
    restated: Codes,
    promises: PromiseRecords,
    *,
    seed: int,
    deliveries: np.random.Generator,
) -> dict[str, pl.DataFrame]:
    """Deliver the tables around the contacts; returns what is true of their rows, by the truth's file."""
    claims, claims_truth = claim_records(made, _stream(seed, "ai_claims"))
    events, kept_by = crm_records(
        made, promise_events(made, promises, _stream(seed, "promise_events")), _stream(seed, "crm_events")
    )
    suggestions, suggestions_truth = suggestion_records(made, _stream(seed, "suggestions"))
    handoffs, handoffs_truth = handoff_records(made, restated, _stream(seed, "handoffs"))
    tables: list[Records] = [
        survey_records(made, _stream(seed, "surveys")),
        complaint_records(made, _stream(seed, "complaints")),
        events,
        claims,
        suggestions,
        handoffs,
        commitment_records(made, promises),
    ]
    for records in tables:
        landing.land(records, deliveries)
    return {
        "claims": claims_truth,
        "handoffs": handoffs_truth,
        "promises": promises_truth(made, promises, kept_by),
        "suggestions": suggestions_truth,
    }


def _deliver_conversations(made: Operations, landing: Landing, legs: SpokenLegs, seed: int) -> None:
    """Write the turns, delivery by delivery and chunk by chunk: memory does not follow the number of contacts."""
    rng = _stream(seed, "conversations")
    phrases = fill_phrases(made.world)
    slots, late = landing.late_slots(leg_ends(made, legs), rng)
    landing.note("turns", "late", _leg_names(made, legs, late), slots[late])
    last = len(landing.calendar.days) - 1
    carried: pl.DataFrame | None = None
    for slot in range(last + 1):
        chosen = np.flatnonzero(slots == slot)
        parts = -(-chosen.size // _LEGS_PER_CHUNK)
        again: list[pl.DataFrame] = []
        for part, chunk in enumerate(np.array_split(chosen, max(parts, 1))):
            if not chunk.size:
                continue
            turns = conversation_turns(made, phrases, legs.take(chunk), rng)
            landing.write("turns", slot, part, turns)
            resent = rng.random(chunk.size) < landing.disorder.redelivered
            if slot < last:
                names = _leg_names(made, legs, chunk[resent])
                landing.note("turns", "redelivered", names, np.full(names.len(), slot + 1))
                again.append(turns.filter(pl.col("contact_id").is_in(names.to_list())))
        if carried is not None and carried.height:
            landing.write("turns", slot, max(parts, 1), carried)
        carried = pl.concat(again) if again else None


def _leg_names(made: Operations, legs: SpokenLegs, chosen: Ints) -> pl.Series:
    rows = legs.row[chosen]
    return made.human_leg_ids(rows).zip_with(pl.Series(legs.by_agent[chosen]), made.contact_ids(rows))
