"""What is written to ``_truth/``: everything planted, in files that a reader can set against what was found.

The delivery log among them is written by ``deliveries``, where its lines come about.
"""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import polars as pl

from pipelines.simulate.arrival_times import Floats
from pipelines.simulate.assistance import resolved_if_complete
from pipelines.simulate.changes import Places, changed_by, first_day
from pipelines.simulate.frames import decode, values
from pipelines.simulate.legs import Operations
from pipelines.simulate.parameters import JOINT, MODE_NAMES
from pipelines.simulate.truth import WINDOWS_DAYS

_ABOUT = {
    "contacts.parquet": "One row per eligible contact, or one that would be eligible if its customer were identified. "
    "p_repeat_{issue,any}_{w}d: probability that the customer's next contact (same issue, any) starts by ended_at + "
    "w x 24 h, given everything up to ended_at, latent resolution included; derived in pipelines/simulate/truth.py. "
    "The window is whole even where it reaches past the last day, after which nothing is written. changed_by: the "
    "planted change that acts on how the contact goes; else, for a new occasion (depth 0), the mix change that acts on "
    "its issue; else null. Of several, the first in changes.json. after_broken_promise: the contact that brought the customer "
    "back made a promise which was overdue by then. asked_for_human: of the AI, in the words of the transcript. hung_up: the "
    "customer ended it, as disconnect_reason says. stuck: AI only, and asked_for_human, hung up unresolved, or misunderstood "
    "three times (M19). promise_broken: a promise made in it is never kept. resolved_probability_if_complete: as in "
    "handoffs.parquet; null without a handoff. p_repeat_* counts on what is latent at ended_at: promises that will be broken "
    "are among it.",
    "claims.parquet": "One row per claim of the AI, with the landing table's claim_id. p_correct: probability that the "
    "claim is right, given the state in which it was made: of resolution, resolved_probability of the contact, half "
    "of it where the contact was then handed over (mode joint); of a fact, its own. correct: whether it is right, "
    "before any error of a reviewer. The bias of stated_confidence that is planted by workflow and ai_model stands in "
    "world.json, claims.miscalibrations; claims of facts have none of it.",
    "handoffs.parquet": "One row per handoff, with the landing table's handoff_id; contact_id is the contact's. has_*: what "
    "reached the human. repeated: the customer had to say it again, recorded or not; restated: how (said_so: complained of "
    "it, no more; restated: told the problem again in other words; said_so_and_restated: both), null where not repeated. "
    "Who did not repeat was told what is known, and at most added facts. resolved_probability_if_complete: had all four "
    "parts been there; resolved_probability_with_<part>: had that part been there, the others as they were. The difference "
    "to resolved_probability is what the missing parts, or that one, cost; 0 where nothing was missing. The logits stand in "
    "world.json, handoffs.resolved_logit_missing. A part costs resolution directly; to have to repeat costs only mood.",
    "promises.parquet": "One row per promise, recorded or only spoken. contact_id: the contact; leg_id: the leg in which it "
    "is made, as in the landing table. commitment_id: null where no system recorded it (is_structured false). is_spoken: "
    "the transcript of the leg holds the text, where transcripts are written. due_at: the instant that the text means, days "
    "to their end in the business time zone. fate: what becomes of it in the end; status: what is known at the period's "
    "end (kept_on_time, kept_late, broken: overdue and not kept, without grace; pending). event_id: the CRM event that keeps "
    "it, by the period's end; not every such event names the commitment, nor has every one exactly the amount (within "
    "promises.amount_tolerance). Other events of the same customer and kind with another amount, and of another customer "
    "with the same amount, keep nothing. A customer whom nobody identified has no customer_id on the event either. "
    "Phrases of the beat no_promise talk of credits and refunds and promise nothing.",
    "suggestions.parquet": "One row per suggestion, with the landing table's suggestion_id. tenure: months since the agent's "
    "first day, a month being 365.25 / 12 days. correct: whether it is right, of which the landing table knows a share. "
    "resolved: of the contact.",
    "changes.json": "The planted changes for segment divergence. Each holds in its segment for what starts at or after "
    "the local midnight that begins from_day: handle_factor multiplies talk, hold and wrap, the logits are added to "
    "those of claiming resolved and of being resolved, issue_factors multiply the weights of the issues of new "
    "occasions. kind diverging: proxies improve while outcomes worsen; undervalued: the reverse; mix: neither.",
    "deliveries.parquet": "One row per record that was late, redelivered, corrected, withdrawn or broken, and per "
    "whole file redelivered: table, kind, key (or file), day of the delivery concerned.",
}


def write_truth(
    folder: Path,
    made: Operations,
    same: Floats,
    either: Floats,
    others: dict[str, pl.DataFrame],
    *,
    seed: int,
    transcripts: bool,
) -> None:
    """Write ``contacts.parquet``, a file per frame of ``others``, ``changes.json`` and ``world.json`` into ``folder``.

    ``same``, ``either``: repeat probabilities of shape (windows, contacts), as ``truth`` gives them. ``others``: what is
    true of claims, handoffs, promises and suggestions, as the rooms that write their records give it.
    """
    _contacts(made, same, either).write_parquet(folder / "contacts.parquet")
    for name, frame in others.items():
        frame.write_parquet(folder / f"{name}.parquet")
    _write_json(folder / "changes.json", _changes(made))
    planted = {
        "about": _ABOUT,
        "seed": seed,
        "transcripts": transcripts,
        "first_day": made.span.first_day.isoformat(),
        "last_day": made.span.last_day.isoformat(),
        "time_zone": made.span.zone.key,
        "customers_simulated": len(made.customers),
        "world": asdict(made.world),
    }
    _write_json(folder / "world.json", planted)


def _contacts(made: Operations, same: Floats, either: Floats) -> pl.DataFrame:
    """One row a contact of the period."""
    contacts = made.contacts
    rows = np.arange(len(contacts))
    has_issue = made.issues(rows).is_not_null()
    places = Places(contacts.customer, contacts.issue, contacts.mode, contacts.channel, contacts.started)
    change = changed_by(made.world, made.span, made.customers, places, contacts.depth)
    columns: dict[str, pl.Series] = {
        "contact_id": made.contact_ids(rows),
        "customer_id": made.customer_ids(rows),
        "identified": pl.Series(made.customers.identified[contacts.customer]),
        "mode": decode(MODE_NAMES, contacts.mode),
        "issue": made.issues(rows),
        "depth": pl.Series(contacts.depth),
        "opening_mood": pl.Series(contacts.opening_mood),
        "closing_mood": pl.Series(contacts.closing_mood),
        "resolved_probability": pl.Series(contacts.resolved_probability),
        "resolved": pl.Series(contacts.resolved),
        "legs": pl.Series(np.where(contacts.mode == JOINT, 2, 1)),
        "after_broken_promise": pl.Series(contacts.distrustful),
        "asked_for_human": pl.Series(contacts.asked),
        "hung_up": pl.Series(contacts.hung_up & (contacts.mode != JOINT)),
        "stuck": pl.Series(contacts.stuck),
        "promise_broken": pl.Series(contacts.promise_broken),
        "resolved_probability_if_complete": values(resolved_if_complete(made, rows), contacts.mode == JOINT),
        # The last name stands for the code -1 of contacts that no change acts on.
        "changed_by": decode(
            [*(planted.name for planted in made.world.changes), None], change % (len(made.world.changes) + 1)
        ),
    }
    for window, days in enumerate(WINDOWS_DAYS):
        columns[f"p_repeat_issue_{days}d"] = pl.Series(same[window]).set(~has_issue, None)
        columns[f"p_repeat_any_{days}d"] = pl.Series(either[window])
    return pl.DataFrame(columns)


def _changes(made: Operations) -> list[dict[str, object]]:
    """The planted changes, each with the day on which it sets in."""
    return [
        {
            "name": change.name,
            "kind": change.kind,
            "segment": dict(change.segment),
            "from_day": first_day(change, made.span).isoformat(),
            "handle_factor": change.handle_factor,
            "claim_logit": change.claim_logit,
            "resolved_logit": change.resolved_logit,
            "issue_factors": dict(change.issue_factors),
        }
        for change in made.world.changes
    ]


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
