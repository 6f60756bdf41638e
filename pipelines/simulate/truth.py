"""The true probability that a contact's customer comes back, in closed form.

For a contact c of a customer with habit clock R, the window w runs from c's end e to e + w × 24 h. Given everything
that has happened up to e, resolution of every contact included, four independent sources can bring
the customer's next contact (M2), and the first of them to arrive is the repeat:

1. c itself, if unresolved: a_i · F_i(R(e+w) − R(e)), with a_i the issue's return probability and F_i its delay.
2. A new occasion, a Poisson process from c's start s on (a contact may start while c runs):
   1 − exp(−λ · (R(e+w) − R(s))). For the same issue λ is multiplied by the issue's share among the customer's new
   occasions. A planted mix change moves that share at an instant T: the exposure is split there, at each T of several,
   into λ · Σ_k share_k · (R(b_k) − R(a_k)) over the eras k, [a_k, b_k] being the part of [s, e+w] in era k, if any.
3. Each earlier contact b of the customer that is unresolved and has brought nobody back before s. With age
   x = R(s) − R(e_b), the chance that it still does inside the window is
   (a·F(R(e+w) − R(e_b)) − a·F(x)) / (1 − a·F(x)); it counts for the same issue where b has c's issue.
4. Nothing else: contacts that the company starts, that nobody serves, that are withdrawn, or whose customer is
   unknown are not eligible (M1), and returns never depend on them.

Changes of conduct leave this form as it is: they act on whether c and b are resolved and when they end, and both are
given. A mix change leaves P(any) as it is.

P(any) and P(same) are one minus the product of the survivals. The window is whole even where it reaches past the
period's end; there, not everything that it promises has been written. A contact without an issue has no
same-issue probability. It is the customer who returns: unknown customers return as well, but nobody can see it.
"""

import numpy as np

from pipelines.simulate.changes import issue_eras
from pipelines.simulate.contacts import Contacts, Setting, return_distribution
from pipelines.simulate.rhythm import DAY, Flags, Floats, Ints

WINDOWS_DAYS = (1, 7, 30)


def repeat_probabilities(setting: Setting, contacts: Contacts) -> tuple[Floats, Floats]:
    """P(same issue) and P(any issue), each of shape (windows, contacts), for the windows of 1, 7 and 30 days.

    ``contacts`` must hold all contacts of their customers, the warm-up's included, ordered by (customer, started).
    """
    world, customers, clock = setting.world, setting.customers, setting.clock
    habit = customers.habit[contacts.customer]
    at_start = clock.elapsed(habit, contacts.started)
    at_end = clock.elapsed(habit, contacts.ended)
    window_end = np.stack([clock.elapsed(habit, contacts.ended + days * DAY) for days in WINDOWS_DAYS])
    chance = np.array([issue.return_probability for issue in world.issues])[contacts.issue]
    rate = customers.rate[contacts.customer]

    log_own = np.stack(
        [
            np.log1p(
                -np.where(contacts.resolved, 0.0, chance * return_distribution(world, contacts.issue, end - at_end))
            )
            for end in window_end
        ]
    )
    exposure = rate * (window_end - at_start)
    log_any = log_own - exposure
    log_same = log_own - rate * _time_on_issue(setting, contacts, habit, at_start, window_end)

    # Source 3: look back one contact of the customer at a time until none is young enough to be awaited.
    rows, lag = np.arange(len(contacts)), 0
    while rows.size:
        lag += 1
        rows = rows[rows >= lag]
        young = (contacts.customer[rows] == contacts.customer[rows - lag]) & (
            at_start[rows] - at_start[rows - lag] < world.return_limit_days + 1.0
        )
        rows = rows[young]
        awaited = _awaited(contacts, rows, lag)
        now, earlier = rows[awaited], rows[awaited] - lag
        issue = contacts.issue[earlier]
        already = chance[earlier] * return_distribution(world, issue, at_start[now] - at_end[earlier])
        for window, end in enumerate(window_end):
            by_then = chance[earlier] * return_distribution(world, issue, end[now] - at_end[earlier])
            still = np.log1p(-(by_then - already) / (1.0 - already))
            log_any[window, now] += still
            log_same[window, now] += np.where(issue == contacts.issue[now], still, 0.0)
    return -np.expm1(log_same), -np.expm1(log_any)


def _time_on_issue(setting: Setting, contacts: Contacts, habit: Ints, at_start: Floats, window_end: Floats) -> Floats:
    """Time from each contact's start to each window's end, weighed with its issue's share of the new occasions then.

    On the clock of habits, in days; shape (windows, contacts).
    """
    eras = issue_eras(setting.world, setting.span, setting.customers)
    kind = eras.kind[contacts.customer]
    weighed = np.zeros_like(window_end)
    begin = np.broadcast_to(at_start, window_end.shape)
    for era, shares in enumerate(eras.shares):
        if era < eras.onsets.size:
            onset = setting.clock.elapsed(habit, np.full(len(contacts), eras.onsets[era]))
            # An era that is over before the contact, or not yet come at the window's end, has no length.
            end = np.clip(onset, at_start, window_end)
        else:
            end = window_end
        weighed += shares[kind, contacts.issue] * (end - begin)
        begin = end
    return weighed


def _awaited(contacts: Contacts, rows: Ints, lag: int) -> Flags:
    """Whether the contact ``lag`` before each row is unresolved and had brought nobody back before the row's began.

    The row's contact may itself be that return: then nothing more is awaited.
    """
    earlier = rows - lag
    return np.asarray(~contacts.resolved[earlier] & (contacts.returns_at[earlier] > contacts.started[rows]))
