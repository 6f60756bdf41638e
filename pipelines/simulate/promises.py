"""Promises as they are made: what, by when, and what becomes of them.

Drawn with the contact, since a broken promise brings the customer back (``contacts``); what is written of them belongs to
``promise_records``. A contact has one promise at most, made by whoever serves its last leg.
"""

from dataclasses import dataclass

import numpy as np

from pipelines.simulate.arrival_times import Codes, Floats, Ints
from pipelines.simulate.due_dates import DUES, LocalDays, due_instants
from pipelines.simulate.handoff_parameters import PROMISE_KINDS, numbers_of
from pipelines.simulate.handoffs import logistic
from pipelines.simulate.parameters import AI, World

NO_PROMISE = -1
KEPT_ON_TIME, KEPT_LATE, BROKEN = range(3)
FATES = ("kept_on_time", "kept_late", "broken")

#: What fits each kind: units of ``due_dates`` and the fewest of them; each unit is as likely as the others.
_FITTING: dict[str, dict[str, int]] = {
    "credit": {"days": 3, "weekday": 1, "date": 3, "business_days": 2, "weeks": 1},
    "refund": {"days": 5, "weekday": 3, "date": 3, "business_days": 3, "weeks": 1},
    "callback": {"hours": 24, "tomorrow": 1, "days": 2, "weekday": 1, "business_days": 2},
    "replacement": {"days": 2, "weekday": 1, "date": 3, "business_days": 2, "weeks": 1},
}


@dataclass(frozen=True)
class PromisesMade:
    """Promises of contacts, shapes (contacts,); all but ``kind`` are meaningless where nothing is promised.

    ``kind``: position in ``PROMISE_KINDS``, -1 for none. ``due``: position in ``due_dates.DUES``. ``fate``: in ``FATES``.
    """

    kind: Codes
    due: Codes
    due_at: Ints
    fate: Codes


def spoken_at(mode: Ints, human_started: Ints, *, ai_talk: Ints, talk: Ints, hold: Ints) -> Ints:
    """Epoch second at which a contact's promise is spoken: late in its last leg, on the time that the transcript has."""
    length = np.where(mode == AI, ai_talk, talk + hold)
    return np.asarray(human_started + (length * 9) // 10)


def draw_promises(
    world: World, days: LocalDays, made_at: Ints, *, mode: Ints, model: Codes, rng: np.random.Generator
) -> PromisesMade:
    """Who promises what. ``made_at``: when a promise of each contact would be made."""
    says = world.promises
    n = made_at.size
    rows = np.flatnonzero(rng.random(n) < says.share)
    size = rows.size
    shares = np.cumsum([share for _, share in says.kinds])
    kind = np.searchsorted(shares[:-1] / shares[-1], rng.random(size), side="right")
    due = _ways(kind, rng.random(size))
    by_ai = mode[rows] == AI
    weight = np.array(numbers_of(says.broken_logit_model, world.names("ai_model")))[model[rows]]
    logit = np.array([number for _, number in says.broken_logit])[kind] + np.where(
        by_ai, says.broken_logit_ai + weight, 0.0
    )
    broken = rng.random(size) < logistic(logit)
    late = rng.random(size) < says.late
    fate = np.where(broken, BROKEN, np.where(late, KEPT_LATE, KEPT_ON_TIME))
    promised = PromisesMade(
        kind=np.full(n, NO_PROMISE, dtype=np.int8),
        due=np.zeros(n, dtype=np.int8),
        due_at=np.zeros(n, dtype=np.int64),
        fate=np.zeros(n, dtype=np.int8),
    )
    promised.kind[rows] = kind
    promised.due[rows] = due
    promised.due_at[rows] = due_instants(days, made_at[rows], due)
    promised.fate[rows] = fate
    return promised


def _ways(kind: Ints, draw: Floats) -> Codes:
    """A way to say by when that fits each kind, at uniform draws."""
    chosen = np.zeros(kind.size, dtype=np.int8)
    for number, name in enumerate(PROMISE_KINDS):
        fewest = _FITTING[name]
        fitting = [at for at, way in enumerate(DUES) if way.unit in fewest and way.count >= fewest[way.unit]]
        units = [DUES[at].unit for at in fitting]
        weight = np.cumsum([1.0 / units.count(unit) for unit in units])
        own = kind == number
        chosen[own] = np.array(fitting)[np.searchsorted(weight[:-1] / weight[-1], draw[own], side="right")]
    return chosen
