"""How contacts look in the export: legs in the canonical format, and the records around them that are not eligible.

Callers who gave up before anybody answered, callbacks and outbound contacts, a contact logged twice and withdrawn
later. None of them changes what customers do, so the truth (``truth``) does not depend on them. A corrected record
is delivered wrong first: its last version is what happened.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.simulate.arrival_times import DAY, Horizon, Ints
from pipelines.simulate.contacts import Contacts
from pipelines.simulate.customers import Customers
from pipelines.simulate.frames import Mask, Records, canonical, days, decode, identifiers, instants, values
from pipelines.simulate.parameters import AI, CHANNEL_NAMES, HUMAN, JOINT, LANGUAGE_NAMES, MODE_NAMES, VOICE, World

UNKNOWN_CUSTOMERS = (None, "", "?")


@dataclass(frozen=True)
class Operations:
    """What later rooms need to know of the period's contacts, ordered by start; row i is contact ``C<i>``."""

    world: World
    span: Horizon
    customers: Customers
    agent_starts: Ints
    contacts: Contacts
    has_case: Mask

    def contact_ids(self, rows: Ints) -> pl.Series:
        """Ids of the contacts (their first legs)."""
        return identifiers("C", rows)

    def human_leg_ids(self, rows: Ints) -> pl.Series:
        """Ids of the legs on which a person takes part."""
        ids = pl.DataFrame({"id": identifiers("C", rows), "joint": self.contacts.mode[rows] == JOINT})
        return ids.select(pl.when("joint").then(pl.col("id") + "-2").otherwise("id")).to_series()

    def customer_ids(self, rows: Ints) -> pl.Series:
        """Ids of the customers; null where nobody identified them."""
        customer = self.contacts.customer[rows]
        return identifiers("CU", customer, self.customers.identified[customer])

    def case_ids(self, rows: Ints) -> pl.Series:
        """Ids of the CRM cases; a case covers a first occasion and its returns. Null where there is none."""
        return identifiers("CASE", self.contacts.chain[rows], self.has_case[rows])

    def issues(self, rows: Ints) -> pl.Series:
        """Names of the issues; null for the unclassified."""
        return decode([issue.name for issue in self.world.issues], self.contacts.issue[rows])

    def workflows(self, rows: Ints) -> pl.Series:
        """Names of the processes behind the issues."""
        return decode(self.world.names("workflow"), np.array(self.world.issue_workflows())[self.contacts.issue[rows]])

    def ai_models(self, rows: Ints, known: Mask | None = None) -> pl.Series:
        """Names of the AI's models; null where not ``known``."""
        return decode(self.world.ai_models, self.contacts.model[rows], known)

    def products(self, rows: Ints) -> pl.Series:
        """Names of the customers' products."""
        return decode([product.name for product in self.world.products], self._product(rows))

    def regions(self, rows: Ints) -> pl.Series:
        """Names of the customers' regions."""
        return decode(self.world.regions, self.customers.region[self.contacts.customer[rows]])

    def languages(self, rows: Ints) -> pl.Series:
        """Languages of the customers."""
        return decode(LANGUAGE_NAMES, self.customers.language[self.contacts.customer[rows]])

    def agent_ids(self, rows: Ints, known: Mask | None = None) -> pl.Series:
        """Ids of the human agents."""
        return identifiers("A", self.contacts.agent[rows], known, width=5)

    def _product(self, rows: Ints) -> Ints:
        return self.customers.product[self.contacts.customer[rows]]


def contact_records(made: Operations, rng: np.random.Generator) -> Records:
    """All legs and the records around them, with corrections and withdrawals, as rows of ``contacts``."""
    legs = pl.concat([_first_legs(made, rng), _second_legs(made, rng)])
    count = len(made.contacts)
    unserved = _unserved(made, count, rng)
    callbacks = _callbacks(made, count + unserved.height, rng)
    twice = _logged_twice(legs, count + unserved.height + callbacks.height, made, rng)
    frame = pl.concat([legs, unserved, callbacks, twice], how="diagonal")
    ready = _seconds(frame["updated_at"])
    return _with_later_versions(made, frame, ready, twice.height, rng)


def _dimensions(made: Operations, rows: Ints) -> dict[str, pl.Series]:
    """What all legs of a contact share."""
    contacts, world = made.contacts, made.world
    workflow = np.array(world.issue_workflows())[contacts.issue[rows]]
    return {
        "channel": decode(CHANNEL_NAMES, contacts.channel[rows]),
        "workflow": made.workflows(rows),
        "issue": made.issues(rows),
        "product": made.products(rows),
        "region": made.regions(rows),
        "language": made.languages(rows),
        "case_id": made.case_ids(rows),
        "queue": _queues(made, rows, workflow),
    }


def _queues(made: Operations, rows: Ints, workflow: Ints) -> pl.Series:
    """A queue per workflow, and one per workflow for other languages."""
    language = made.customers.language[made.contacts.customer[rows]]
    names = [
        process.queue if code == LANGUAGE_NAMES[0] else f"{process.queue}_{code}"
        for process in made.world.workflows
        for code in LANGUAGE_NAMES
    ]
    return decode(names, workflow * len(LANGUAGE_NAMES) + language)


def _handled(talk: Ints, hold: Ints, wrap: Ints, known: Mask) -> dict[str, pl.Series]:
    """Handle time and its parts; missing together."""
    return {
        "handle_seconds": values(talk + hold + wrap, known),
        "talk_seconds": values(talk, known),
        "hold_seconds": values(hold, known),
        "wrap_seconds": values(wrap, known),
    }


def _first_legs(made: Operations, rng: np.random.Generator) -> pl.DataFrame:
    """The only leg of a contact, or the AI's leg of a joint one."""
    contacts, disorder = made.contacts, made.world.disorder
    n = len(contacts)
    rows = np.arange(n)
    joint, human = contacts.mode == JOINT, contacts.mode == HUMAN
    ended = np.where(joint, contacts.ai_ended, contacts.ended)
    wrap = np.where(joint, 0, contacts.wrap)
    customers = made.customer_ids(rows)
    nameless = decode(UNKNOWN_CUSTOMERS, rng.integers(0, len(UNKNOWN_CUSTOMERS), n))
    unknown = ~made.customers.identified[contacts.customer]
    reason = np.where(joint, 2, contacts.hung_up.astype(np.int64))
    columns = {
        "contact_id": made.contact_ids(rows),
        "root_contact_id": identifiers("C", rows, joint),
        "customer_id": nameless.zip_with(pl.Series(unknown), customers),
        # Absent means inbound; half of the exports do not bother.
        "direction": decode(("inbound",), np.zeros(n, dtype=np.int64), rng.random(n) < 0.5),
        "started_at": instants(contacts.started),
        "ended_at": instants(ended, rng.random(n) >= disorder.missing_end),
        **_handled(
            np.where(human, contacts.talk, contacts.ai_talk),
            np.where(human, contacts.hold, 0),
            np.where(human, contacts.wrap, 0),
            rng.random(n) >= disorder.missing_handle,
        ),
        "mode": decode(MODE_NAMES, np.where(joint, AI, contacts.mode)),
        **_dimensions(made, rows),
        "agent_id": made.agent_ids(rows, human),
        "agent_started_on": days(made.agent_starts[contacts.agent], human),
        "ai_model": made.ai_models(rows, ~human),
        "ai_confidence": values(contacts.confidence, ~human),
        "resolved_claimed": values(contacts.claimed == 1, (contacts.claimed >= 0) & ~joint),
        "served": values(np.ones(n, dtype=bool), rng.random(n) < 0.97),
        "disconnect_reason": decode(("completed", "customer_hangup", "transfer"), reason),
        "misunderstandings": values(contacts.misunderstandings, ~human),
        "external_transfers": values((rng.random(n) < 0.01).astype(np.int64), human),
        "updated_at": instants(ended + wrap + 60),
        "deleted_at": instants(ended, np.zeros(n, dtype=bool)),
    }
    return canonical("contacts", columns)


def _second_legs(made: Operations, rng: np.random.Generator) -> pl.DataFrame:
    """The person's leg of a joint contact."""
    contacts = made.contacts
    rows = np.flatnonzero(contacts.mode == JOINT)
    part = contacts.take(rows)
    n = rows.size
    everyone = np.ones(n, dtype=bool)
    columns = {
        "contact_id": made.human_leg_ids(rows),
        "root_contact_id": made.contact_ids(rows),
        "customer_id": made.customer_ids(rows),
        "direction": decode(("inbound",), np.zeros(n, dtype=np.int64)),
        "started_at": instants(part.human_started),
        "ended_at": instants(part.ended),
        **_handled(part.talk, part.hold, part.wrap, rng.random(n) >= made.world.disorder.missing_handle),
        "mode": decode(MODE_NAMES, np.full(n, HUMAN)),
        **_dimensions(made, rows),
        "agent_id": made.agent_ids(rows),
        "agent_started_on": days(made.agent_starts[part.agent]),
        "ai_model": made.ai_models(rows, ~everyone),
        "ai_confidence": values(part.confidence, ~everyone),
        "resolved_claimed": values(part.claimed == 1, part.claimed >= 0),
        "served": values(everyone),
        "disconnect_reason": decode(("completed",), np.zeros(n, dtype=np.int64)),
        "misunderstandings": values(part.misunderstandings, ~everyone),
        "external_transfers": values((rng.random(n) < 0.01).astype(np.int64)),
        "updated_at": instants(part.ended + part.wrap + 60),
        "deleted_at": instants(part.ended, ~everyone),
    }
    return canonical("contacts", columns)


def _unserved(made: Operations, first_number: int, rng: np.random.Generator) -> pl.DataFrame:
    """Attempts in which nobody answered, some minutes before the customer got through."""
    contacts = made.contacts
    rows = np.flatnonzero(
        (rng.random(len(contacts)) < made.world.disorder.unserved) & (contacts.started > made.span.first + 3_600)
    )
    started = contacts.started[rows] - rng.integers(300, 3_600, rows.size)
    ended = started + rng.integers(5, 240, rows.size)
    columns = {
        "contact_id": identifiers("C", first_number + np.arange(rows.size)),
        "customer_id": made.customer_ids(rows),
        "channel": decode(CHANNEL_NAMES, np.full(rows.size, VOICE)),
        "direction": decode(("inbound",), np.zeros(rows.size, dtype=np.int64)),
        "started_at": instants(started),
        "ended_at": instants(ended),
        "product": made.products(rows),
        "region": made.regions(rows),
        "language": made.languages(rows),
        "served": values(np.zeros(rows.size, dtype=bool)),
        "disconnect_reason": decode(("abandoned", "system_error"), (rng.random(rows.size) < 0.1).astype(np.int64)),
        "updated_at": instants(ended + 60),
    }
    return canonical("contacts", columns)


def _callbacks(made: Operations, first_number: int, rng: np.random.Generator) -> pl.DataFrame:
    """Contacts that the company starts, a day or so after a person had spoken to the customer."""
    contacts = made.contacts
    started = contacts.ended + rng.integers(DAY // 2, 3 * DAY, len(contacts))
    chosen = (
        (rng.random(len(contacts)) < 2 * made.world.disorder.callbacks)
        & (contacts.mode != AI)
        & (started < made.span.last)
    )
    rows = np.flatnonzero(chosen)
    started = started[rows]
    talk = rng.integers(60, 600, rows.size)
    columns = {
        "contact_id": identifiers("C", first_number + np.arange(rows.size)),
        "customer_id": made.customer_ids(rows),
        "direction": decode(("callback", "outbound"), (rng.random(rows.size) < 0.35).astype(np.int64)),
        "started_at": instants(started),
        "ended_at": instants(started + talk),
        **_handled(talk, np.zeros_like(talk), np.full_like(talk, 20), np.ones(rows.size, dtype=bool)),
        "mode": decode(MODE_NAMES, np.full(rows.size, HUMAN)),
        **_dimensions(made, rows),
        "agent_id": made.agent_ids(rows),
        "agent_started_on": days(made.agent_starts[contacts.agent[rows]]),
        "served": values(np.ones(rows.size, dtype=bool)),
        "disconnect_reason": decode(("completed",), np.zeros(rows.size, dtype=np.int64)),
        "updated_at": instants(started + talk + 80),
    }
    return canonical("contacts", columns)


def _logged_twice(legs: pl.DataFrame, first_number: int, made: Operations, rng: np.random.Generator) -> pl.DataFrame:
    """Copies of contacts under ids of their own; ``_with_later_versions`` withdraws them."""
    chosen = np.flatnonzero(rng.random(legs.height) < made.world.disorder.logged_twice)
    copies = legs[chosen].filter(pl.col("root_contact_id").is_null())
    return copies.with_columns(identifiers("C", first_number + np.arange(copies.height)).alias("contact_id"))


def _with_later_versions(
    made: Operations, frame: pl.DataFrame, ready: Ints, withdrawn: int, rng: np.random.Generator
) -> Records:
    """Add corrected versions of some rows, and withdrawn ones of the last ``withdrawn`` rows."""
    n, last = frame.height, made.span.last - 1
    later = np.minimum(ready + rng.integers(DAY, 12 * DAY, n), last)
    changeable = frame["handle_seconds"].is_not_null().to_numpy() & (later > ready)
    changeable[n - withdrawn :] = False
    corrected = np.flatnonzero(changeable & (rng.random(n) < made.world.disorder.corrected))
    gone = np.flatnonzero((np.arange(n) >= n - withdrawn) & (later > ready))
    # A copy that is too young to be withdrawn within the period was never logged.
    kept = np.flatnonzero((np.arange(n) < n - withdrawn) | (later > ready))

    changed = np.zeros(n, dtype=bool)
    changed[corrected] = True
    slip = pl.Series(np.where(changed, rng.integers(15, 120, n), 0))
    doubt = pl.Series(changed & (rng.random(n) < 0.3))
    first = frame.with_columns(
        (pl.col("wrap_seconds") + slip).alias("wrap_seconds"),
        (pl.col("handle_seconds") + slip).alias("handle_seconds"),
        pl.when(doubt).then(~pl.col("resolved_claimed")).otherwise("resolved_claimed").alias("resolved_claimed"),
    )
    stamp = instants(later)
    second = frame[corrected].with_columns(stamp.gather(corrected).alias("updated_at"))
    third = frame[gone].with_columns(stamp.gather(gone).alias("updated_at"), stamp.gather(gone).alias("deleted_at"))
    versions = pl.concat([first[kept], second, third])
    numbers = kept.size + np.arange(corrected.size + gone.size)
    return Records(
        "contacts",
        versions,
        np.concatenate([ready[kept], later[corrected], later[gone]]),
        {"corrected": numbers[: corrected.size], "withdrawn": numbers[corrected.size :]},
    )


def _seconds(column: pl.Series) -> Ints:
    return np.asarray(column.dt.epoch("s").to_numpy(), dtype=np.int64)
