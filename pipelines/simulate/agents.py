"""Who answers: human agents with a first working day. Tenure makes them better (``contacts``)."""

import numpy as np

from pipelines.simulate.arrival_times import DAY, Horizon, Ints

_CONTACTS_PER_AGENT_DAY = 12.0
_FEWEST = 6


def draw_agents(contacts: int, days: int, span: Horizon, rng: np.random.Generator) -> Ints:
    """Epoch second of each agent's first working day, ascending, shape (agents,).

    Enough of them for about half of the contacts; a third joined within the year before the period's end.
    """
    count = max(_FEWEST, round(0.5 * contacts / (days * _CONTACTS_PER_AGENT_DAY)))
    long_ago = span.first - (rng.exponential(2.5 * 365, count) * DAY + 200 * DAY)
    lately = span.first + (rng.random(count) * (365 + days) - 365) * DAY
    joined = np.where(rng.random(count) < 0.33, lately, long_ago)
    joined[0] = span.warm_up - 900 * DAY
    return np.sort(joined.astype(np.int64) // DAY * DAY)
