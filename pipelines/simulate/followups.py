"""What follows contacts: survey responses, complaints to the regulator, events in the CRM."""

import numpy as np
import polars as pl

from pipelines.contract.canonical import CRM_EVENT_TYPES
from pipelines.simulate.arrival_times import DAY, Floats, Ints
from pipelines.simulate.contacts import NEVER
from pipelines.simulate.frames import Records, canonical, decode, identifiers, instants, values
from pipelines.simulate.handoffs import logistic
from pipelines.simulate.legs import Operations
from pipelines.simulate.parameters import SPANISH
from pipelines.simulate.phrases import ENGLISH
from pipelines.simulate.phrases import SPANISH as SPANISH_BOOK

REGULATOR = "CFPB"
_MOOD_CUTS = (-1.7, -0.9, -0.3, 0.4)
"""Closing mood at which satisfaction steps from 1 to 2, … 5."""


def survey_records(made: Operations, rng: np.random.Generator) -> Records:
    """Responses of those who were asked and cared to answer: the very unhappy and the very happy answer most."""
    contacts, rates = made.contacts, made.world.aftermath
    n = len(contacts)
    felt = contacts.closing_mood + rng.normal(0.0, 0.4, n)
    answers = rng.random(n) < rates.survey_invited * logistic(rates.survey_logit + rates.survey_strength * felt**2)
    delay = np.minimum(np.exp(rng.normal(9.2, 1.3, n)), 6 * DAY)
    # A few answer while the contact is still running.
    delay = np.where(rng.random(n) < 0.01, -30.0, delay)
    responded = (contacts.ended + delay).astype(np.int64)
    rows = np.flatnonzero(answers & (responded < made.span.last))
    csat = 1 + np.searchsorted(np.array(_MOOD_CUTS), felt[rows])
    nps = np.clip(np.round(2.2 * csat - 1 + rng.normal(0.0, 1.2, rows.size)), 0, 10).astype(np.int64)
    languages = made.customers.language[contacts.customer[rows]]
    columns = {
        "response_id": identifiers("SR", np.arange(rows.size)),
        "responded_at": instants(responded[rows]),
        "contact_id": made.contact_ids(rows).set(pl.Series(rng.random(rows.size) < 0.08), None),
        "customer_id": made.customer_ids(rows),
        "csat": values(csat, rng.random(rows.size) >= 0.04),
        "nps": values(nps, rng.random(rows.size) < 0.6),
        "verbatim": _verbatims(csat, languages, rng.random(rows.size)).set(
            pl.Series(rng.random(rows.size) < 0.55), None
        ),
        "language": made.languages(rows),
    }
    return Records("surveys", canonical("surveys", columns), responded[rows])


def _verbatims(csat: Ints, language: Ints, draw: Floats) -> pl.Series:
    """A remark that fits the satisfaction, in the customer's language."""
    groups = [*ENGLISH.verbatims, *SPANISH_BOOK.verbatims]
    group = np.where(language == SPANISH, len(ENGLISH.verbatims), 0) + csat - 1
    size = np.array([len(remarks) for remarks in groups])
    first = np.cumsum(size) - size
    return decode(
        [remark for remarks in groups for remark in remarks], first[group] + (draw * size[group]).astype(np.int64)
    )


def complaint_records(made: Operations, rng: np.random.Generator) -> Records:
    """Complaints to the regulator; some name the contact, some only the customer, some nobody the carrier knows."""
    contacts, rates = made.contacts, made.world.aftermath
    n = len(contacts)
    chance = np.where(
        contacts.resolved, rates.complaint_if_resolved, rates.complaint_if_unresolved * (1 + 0.5 * contacts.depth)
    )
    received = contacts.ended + (rates.complaint_days * DAY * rng.gamma(1.3, 1 / 1.3, n)).astype(np.int64)
    complains = rng.random(n) < chance
    # A complaint from somebody about whom only a product and an issue are known borrows them from a contact.
    stranger = ~complains & (rng.random(n) < rates.complaints_without_customer)
    rows = np.flatnonzero((complains | stranger) & (received < made.span.last))
    size = rows.size
    named = ~stranger[rows]
    known_contact = named & (rng.random(size) < 0.4)
    answers = (
        "Closed with explanation",
        "Closed with monetary relief",
        "Closed with non-monetary relief",
        "In progress",
    )
    columns = {
        "complaint_id": identifiers("", 7_000_000 + np.arange(size), width=7),
        "regulator": decode((REGULATOR,), np.zeros(size, dtype=np.int64)),
        "received_at": instants(received[rows]),
        "customer_id": made.customer_ids(rows).set(
            pl.Series(~named | (known_contact & (rng.random(size) < 0.2))), None
        ),
        "contact_id": made.contact_ids(rows).set(pl.Series(~known_contact), None),
        "company": decode((made.world.company,), np.zeros(size, dtype=np.int64)),
        "product": made.products(rows),
        "issue": made.issues(rows),
        "narrative": _verbatims(np.ones(size, dtype=np.int64), np.zeros(size, dtype=np.int64), rng.random(size)),
        "company_response": decode(answers, rng.integers(0, len(answers), size)),
        "timely": values(rng.random(size) < 0.96),
        "disputed": values(rng.random(size) < 0.2, rng.random(size) < 0.7),
        "region": made.regions(rows),
    }
    return Records("complaints", canonical("complaints", columns), received[rows])


def crm_records(made: Operations, fulfilments: pl.DataFrame, rng: np.random.Generator) -> tuple[Records, pl.DataFrame]:
    """Life of cases, closed accounts, daily business; ``fulfilments``: the events that keep promises or look like it.

    Beside the records, the event that keeps each promise: ``fulfils``, the number that ``fulfilments`` gives it, and
    ``event_id``.
    """
    parts = [_case_events(made, rng), _account_events(made, rng)]
    frame = pl.concat([*parts, fulfilments], how="diagonal").sort("at", "kind", "row", maintain_order=True)
    at = frame["at"].to_numpy()
    inside = (at >= made.span.first) & (at < made.span.last)
    frame, at = frame.filter(pl.Series(inside)), at[inside]
    rows = frame["row"].to_numpy()
    kind = frame["kind"].to_numpy()
    has_contact = frame["names_contact"].to_numpy()
    columns = {
        "event_id": identifiers("EV", np.arange(at.size)),
        "event_type": decode(CRM_EVENT_TYPES, kind),
        "occurred_at": instants(at),
        "customer_id": made.customer_ids(rows),
        "contact_id": made.contact_ids(rows).set(pl.Series(~has_contact), None),
        "case_id": made.case_ids(rows).set(pl.Series(~np.isin(kind, [_code(name) for name in CASE_EVENTS])), None),
        "commitment_id": identifiers(
            "PR", frame["promise"].fill_null(0).to_numpy(), frame["promise"].is_not_null().to_numpy()
        ),
        "issue": made.issues(rows),
        "amount": frame["amount"],
        "currency": decode(
            (made.world.currency,), np.zeros(at.size, dtype=np.int64), frame["amount"].is_not_null().to_numpy()
        ),
    }
    kept = pl.DataFrame({"fulfils": frame["fulfils"], "event_id": columns["event_id"]}).drop_nulls()
    return Records("crm_events", canonical("crm_events", columns), at), kept


CASE_EVENTS = ("case_opened", "case_reopened", "case_closed")


def _code(name: str) -> int:
    return CRM_EVENT_TYPES.index(name)


def event_rows(
    kind: str | Ints,
    rows: Ints,
    at: Ints,
    *,
    names_contact: bool,
    promise: pl.Series | None = None,
    fulfils: Ints | None = None,
    amount: Floats | None = None,
) -> pl.DataFrame:
    """Events before they get ids: what, about which contact, when, and whether the event names the contact.

    ``promise``: number of the recorded promise that the event names, null for none. ``fulfils``: number of the promise
    that it keeps in truth.
    """
    codes = np.full(rows.size, _code(kind)) if isinstance(kind, str) else kind
    frame = {
        "kind": pl.Series(codes.astype(np.int64)),
        "row": pl.Series(rows.astype(np.int64)),
        "at": pl.Series(at.astype(np.int64)),
    }
    frame["names_contact"] = pl.Series(np.full(rows.size, names_contact))
    if promise is not None:
        frame["promise"] = promise.cast(pl.Int64)
    if fulfils is not None:
        frame["fulfils"] = pl.Series(fulfils.astype(np.int64))
    if amount is not None:
        frame["amount"] = pl.Series(amount, nan_to_null=True)
    return pl.DataFrame(frame)


def _case_events(made: Operations, rng: np.random.Generator) -> pl.DataFrame:
    """The life of cases. A reopening names its case only, and comes while the customer's next contact is running."""
    contacts, rates = made.contacts, made.world.aftermath
    n = len(contacts)
    opened = np.flatnonzero(made.has_case & (contacts.depth == 0))
    closing = made.has_case & (contacts.claimed == 1)
    closed = np.flatnonzero(closing)
    after_closing = contacts.ended + rng.integers(30, 600, n)
    returned = np.flatnonzero(closing & (contacts.returns_at != NEVER) & (contacts.returns_at > after_closing))
    noticed = (
        closing & ~contacts.resolved & (contacts.returns_at == NEVER) & (rng.random(n) < rates.reopened_without_contact)
    )
    unprompted = np.flatnonzero(noticed)
    return pl.concat(
        [
            event_rows("case_opened", opened, contacts.started[opened] + 5, names_contact=True),
            event_rows("case_closed", closed, after_closing[closed], names_contact=True),
            event_rows("case_reopened", returned, contacts.returns_at[returned] + 5, names_contact=False),
            event_rows(
                "case_reopened",
                unprompted,
                contacts.ended[unprompted] + rng.integers(DAY, 12 * DAY, unprompted.size),
                names_contact=True,
            ),
        ]
    )


def _account_events(made: Operations, rng: np.random.Generator) -> pl.DataFrame:
    """Accounts that are closed, and the daily business that has nothing to do with quality."""
    contacts, rates = made.contacts, made.world.aftermath
    n = len(contacts)
    leaves = rng.random(n) < np.where(contacts.resolved, rates.closed_if_resolved, rates.closed_if_unresolved)
    gone = np.flatnonzero(leaves)
    daily = np.flatnonzero(rng.random(n) < 0.12)
    kinds = np.array([_code(name) for name in ("payment_received", "plan_changed", "other")])
    kind = kinds[np.searchsorted(np.array([0.6, 0.8]), rng.random(daily.size))]
    paid = np.where(kind == kinds[0], np.round(rng.gamma(4.0, 15.0, daily.size), 2), np.nan)
    return pl.concat(
        [
            event_rows(
                "account_closed",
                gone,
                contacts.ended[gone] + (DAY * rng.gamma(1.5, 8.0, gone.size)).astype(np.int64),
                names_contact=False,
            ),
            event_rows(
                kind,
                daily,
                contacts.ended[daily] + rng.integers(0, 10 * DAY, daily.size),
                names_contact=False,
                amount=paid,
            ),
        ],
        how="diagonal",
    )
