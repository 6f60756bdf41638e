"""What is left of promises: records, the words spoken, the CRM events that keep them, and events that only look like it.

A promise that no system records stands in the transcript alone. Of the events that keep recorded promises most name
them; the others are known by customer, kind, amount and time, and some amounts are off by a little.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.contract.canonical import CRM_EVENT_TYPES
from pipelines.simulate.arrival_times import DAY, Codes, Flags, Floats, Ints
from pipelines.simulate.followups import event_rows
from pipelines.simulate.frames import Records, canonical, decode, identifiers, instants, values
from pipelines.simulate.handoff_parameters import FULFILMENTS, MONEY_KINDS, PROMISE_KINDS
from pipelines.simulate.legs import Operations
from pipelines.simulate.parameters import AI
from pipelines.simulate.promise_words import promise_texts
from pipelines.simulate.promises import BROKEN, FATES, KEPT_ON_TIME, NO_PROMISE, spoken_at

_WHOLE_AMOUNTS = 0.35


@dataclass(frozen=True)
class PromiseRecords:
    """The promises of the period, one entry each. ``row``: contact; ``amount``: NaN where the kind has none.

    ``structured``: a system records it; ``spoken``: the transcript holds ``words``. ``fulfilled_at``: when it is kept,
    maybe after the period; meaningless where it is broken.
    """

    row: Ints
    kind: Ints
    by_ai: Flags
    amount: Floats
    made_at: Ints
    due: Codes
    due_at: Ints
    fate: Codes
    fulfilled_at: Ints
    structured: Flags
    spoken: Flags
    words: pl.Series

    def __len__(self) -> int:
        return self.row.size

    def ids(self) -> pl.Series:
        """Ids of the recorded promises; null for the others."""
        return identifiers("PR", self.numbers(), self.structured)

    def numbers(self) -> Ints:
        """Number of each recorded promise; meaningless for the others."""
        return np.cumsum(self.structured) - 1


def make_promises(made: Operations, rng: np.random.Generator) -> PromiseRecords:
    """Everything about the period's promises that the contacts leave open."""
    contacts, says = made.contacts, made.world.promises
    row = np.flatnonzero(contacts.promise != NO_PROMISE)
    part = contacts.take(row)
    n = row.size
    kind = part.promise.astype(np.int64)
    amount = np.round(rng.gamma(3.0, 12.0, n) + 5, 2)
    amount = np.where(rng.random(n) < _WHOLE_AMOUNTS, np.round(amount), amount)
    amount = np.where(kind < MONEY_KINDS, amount, np.nan)
    made_at = spoken_at(part.mode, part.human_started, ai_talk=part.ai_talk, talk=part.talk, hold=part.hold)
    in_time = made_at + ((part.promise_due_at - made_at) * rng.uniform(0.03, 0.99, n)).astype(np.int64)
    too_late = part.promise_due_at + rng.integers(2 * DAY, 12 * DAY, n)
    structured = rng.random(n) < says.structured
    return PromiseRecords(
        row=row,
        kind=kind,
        by_ai=part.mode == AI,
        amount=amount,
        made_at=made_at,
        due=part.promise_due,
        due_at=part.promise_due_at,
        fate=part.promise_fate,
        # Nothing is kept before the conversation is over; all of them are over before anything is due.
        fulfilled_at=np.maximum(np.where(part.promise_fate == KEPT_ON_TIME, in_time, too_late), part.ended + 60),
        structured=structured,
        spoken=~structured | (rng.random(n) >= says.structured_unspoken),
        words=promise_texts(
            kind=kind,
            language=made.customers.language[part.customer],
            due=part.promise_due,
            due_at=part.promise_due_at,
            amount=amount,
            zone=made.span.zone,
            rng=rng,
        ),
    )


def commitment_records(made: Operations, promises: PromiseRecords) -> Records:
    """The promises that a system records, with the words where they were spoken."""
    n = len(promises)
    money = promises.kind < MONEY_KINDS
    columns = {
        "commitment_id": promises.ids(),
        "contact_id": made.human_leg_ids(promises.row),
        "made_by": decode(("ai", "agent"), np.where(promises.by_ai, 0, 1)),
        "kind": decode(PROMISE_KINDS, promises.kind),
        "amount": pl.Series(promises.amount, nan_to_null=True),
        "currency": decode((made.world.currency,), np.zeros(n, dtype=np.int64), money),
        "made_at": instants(promises.made_at),
        "due_at": instants(promises.due_at),
        "text": promises.words.set(pl.Series(~promises.spoken), None),
    }
    recorded = np.flatnonzero(promises.structured)
    ready = made.contacts.ended[promises.row[recorded]]
    return Records("commitments", canonical("commitments", columns)[recorded], ready)


def promise_events(made: Operations, promises: PromiseRecords, rng: np.random.Generator) -> pl.DataFrame:
    """Events that keep promises, and decoys, as rows for ``aftermath.crm_records``; ``fulfils`` numbers the promises."""
    says = made.world.promises
    n = len(promises)
    event = np.array([CRM_EVENT_TYPES.index(name) for name in FULFILMENTS])[promises.kind]
    money = promises.kind < MONEY_KINDS
    broken = promises.fate == BROKEN
    # A tax, a fee, an amount rounded: never more than the tolerance, cents included.
    off = np.where(rng.random(n) < says.amount_differs, rng.uniform(-0.9, 0.9, n) * says.amount_tolerance, 0.0)
    paid = np.round(promises.amount * (1.0 + off), 2)
    kept = np.flatnonzero(~broken)
    named = promises.structured & (rng.random(n) < says.named_by_event)
    keeping = event_rows(
        event[kept],
        promises.row[kept],
        promises.fulfilled_at[kept],
        names_contact=False,
        promise=pl.Series(promises.numbers()[kept]).set(pl.Series(~named[kept]), None),
        fulfils=kept,
        amount=paid[kept],
    )

    meanwhile = promises.made_at + ((promises.due_at - promises.made_at) * rng.uniform(0.1, 0.9, n)).astype(np.int64)
    share = np.where(broken, says.wrong_amount_if_broken, says.wrong_amount_if_kept)
    wrong = np.flatnonzero(money & (rng.random(n) < share))
    factor = np.where(rng.random(n) < 0.7, rng.uniform(0.1, 0.6, n), rng.uniform(1.4, 3.0, n))
    other = np.roll(promises.row, n // 2)
    customer = made.contacts.customer
    elsewhere = np.flatnonzero(
        money & broken & (rng.random(n) < says.same_amount_elsewhere) & (customer[other] != customer[promises.row])
    )
    decoys = [
        event_rows(
            event[wrong],
            promises.row[wrong],
            meanwhile[wrong],
            names_contact=False,
            amount=np.round(promises.amount * factor, 2)[wrong],
        ),
        event_rows(
            event[elsewhere],
            other[elsewhere],
            meanwhile[elsewhere],
            names_contact=False,
            amount=promises.amount[elsewhere],
        ),
    ]
    return pl.concat([keeping, *decoys], how="diagonal")


def promises_truth(made: Operations, promises: PromiseRecords, kept_by: pl.DataFrame) -> pl.DataFrame:
    """A row a promise. ``kept_by``: ``fulfils`` and ``event_id``, as ``aftermath.crm_records`` gives them."""
    n = len(promises)
    events = pl.DataFrame({"fulfils": np.arange(n, dtype=np.int64)}).join(
        kept_by, on="fulfils", how="left", maintain_order="left"
    )
    # Whatever comes after the last day is not known yet.
    known = events["event_id"].is_not_null().to_numpy()
    overdue = promises.due_at < made.span.last
    status = np.where(known, promises.fate, np.where(overdue, BROKEN, len(FATES)))
    return pl.DataFrame(
        {
            "commitment_id": promises.ids(),
            "contact_id": made.contact_ids(promises.row),
            "leg_id": made.human_leg_ids(promises.row),
            "customer_id": made.customer_ids(promises.row),
            "made_by": decode(("ai", "agent"), np.where(promises.by_ai, 0, 1)),
            "ai_model": made.ai_models(promises.row, promises.by_ai),
            "kind": decode(PROMISE_KINDS, promises.kind),
            "amount": pl.Series(promises.amount, nan_to_null=True),
            "currency": decode((made.world.currency,), np.zeros(n, dtype=np.int64), promises.kind < MONEY_KINDS),
            "made_at": instants(promises.made_at),
            "due_at": instants(promises.due_at),
            "fate": decode(FATES, promises.fate),
            "status": decode((*FATES, "pending"), status),
            "fulfilled_at": instants(promises.fulfilled_at, known),
            "event_id": events["event_id"],
            "is_structured": values(promises.structured),
            "is_spoken": values(promises.spoken),
            "text": promises.words,
        }
    )
