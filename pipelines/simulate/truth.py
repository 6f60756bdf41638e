"""The true probability that a contact's customer comes back, in closed form.

For a contact c of a customer with habit clock R, the window w runs from c's end e to e + w × 24 h. Given everything
that has happened up to e, resolution of every contact and the fate of every promise included, independent sources can
bring the customer's next contact (M2), and the first of them to arrive is the repeat:

1. c itself, if unresolved: a_c · F_i(R(e+w) − R(e)), with a_c the issue's return probability, higher where the customer
   was stuck with the AI, and F_i the issue's delay. And, resolved or not, if a promise made in c will be broken that is
   due at d: q · G(R(e+w) − R(d)), with G its delay. So c has brought nobody back by t with probability
   S_c(t) = (1 − a_c · F_i(R(t) − R(e))) · (1 − q · G(R(t) − R(d))), factors that do not apply left out.
2. A new occasion, a Poisson process from c's start s on (a contact may start while c runs):
   1 − exp(−λ · (R(e+w) − R(s))). For the same issue λ is multiplied by the issue's share among the customer's new
   occasions. A planted mix change moves that share at an instant T: the exposure is split there, at each T of several,
   into λ · Σ_k share_k · (R(b_k) − R(a_k)) over the eras k, [a_k, b_k] being the part of [s, e+w] in era k, if any.
3. Each earlier contact b of the customer that is unresolved or broke a promise, and has brought nobody back before s:
   the chance that it still does inside the window is 1 − S_b(e+w) / S_b(s); it counts for the same issue where b has
   c's issue. A contact brings its customer back once: what else was still to come of it is then off.
4. Nothing else: contacts that the company starts, that nobody serves, that are withdrawn, or whose customer is
   unknown are not eligible (M1), and returns never depend on them.

What distrust does at the next contact, and changes of conduct, leave this form as it is: they act on whether c and b are
resolved and when they end, and both are given. A mix change leaves P(any) as it is.

P(any) and P(same) are one minus the product of the survivals. The window is whole even where it reaches past the
period's end; there, not everything that it promises has been written. A contact without an issue has no
same-issue probability. It is the customer who returns: unknown customers return as well, but nobody can see it.
"""

from dataclasses import dataclass

import numpy as np

from pipelines.simulate.arrival_times import DAY, Flags, Floats, Ints
from pipelines.simulate.changes import issue_eras
from pipelines.simulate.contacts import (
    Contacts,
    Setting,
    broken_promise_distribution,
    return_chance,
    return_distribution,
)
from pipelines.simulate.due_dates import LONGEST_DAYS
from pipelines.simulate.parameters import World

WINDOWS_DAYS = (1, 7, 30)


def repeat_probabilities(setting: Setting, contacts: Contacts) -> tuple[Floats, Floats]:
    """P(same issue) and P(any issue), each of shape (windows, contacts), for the windows of 1, 7 and 30 days.

    ``contacts`` must hold all contacts of their customers, the warm-up's included, ordered by (customer, started).
    """
    customers, clock = setting.customers, setting.clock
    habit = customers.habit[contacts.customer]
    at_start = clock.elapsed(habit, contacts.started)
    at_end = clock.elapsed(habit, contacts.ended)
    window_end = np.stack([clock.elapsed(habit, contacts.ended + days * DAY) for days in WINDOWS_DAYS])
    rate = customers.rate[contacts.customer]
    own = _Awaited.of(setting, contacts, at_end)

    log_own = np.stack([own.log_still_away(end) for end in window_end])
    exposure = rate * (window_end - at_start)
    log_any = log_own - exposure
    log_same = log_own - rate * _time_on_issue(setting, contacts, habit, at_start, window_end)

    # Source 3: look back one contact of the customer at a time until none is young enough to be awaited.
    rows, lag = np.arange(len(contacts)), 0
    longest = setting.world.return_limit_days + LONGEST_DAYS + 3.0
    while rows.size:
        lag += 1
        rows = rows[rows >= lag]
        young = (contacts.customer[rows] == contacts.customer[rows - lag]) & (
            at_start[rows] - at_start[rows - lag] < longest
        )
        rows = rows[young]
        now = rows[_is_awaited(contacts, rows, lag)]
        earlier = own.take(now - lag)
        already = earlier.log_still_away(at_start[now])
        same_issue = contacts.issue[now - lag] == contacts.issue[now]
        for window, end in enumerate(window_end):
            still = earlier.log_still_away(end[now]) - already
            log_any[window, now] += still
            log_same[window, now] += np.where(same_issue, still, 0.0)
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


@dataclass(frozen=True)
class _Awaited:
    """What may still come of contacts, on the clock of habits. Shapes (contacts,).

    ``chance``: that being unresolved brings the customer back, from ``ended`` on; ``promise_chance``: that a broken
    promise does, from ``due`` on. Zero where there is nothing to come.
    """

    world: World
    issue: Ints
    chance: Floats
    ended: Floats
    promise_chance: Floats
    due: Floats

    @classmethod
    def of(cls, setting: Setting, contacts: Contacts, at_end: Floats) -> "_Awaited":
        world, habit = setting.world, setting.customers.habit[contacts.customer]
        return cls(
            world=world,
            issue=contacts.issue,
            chance=np.where(contacts.resolved, 0.0, return_chance(world, contacts.issue, contacts.stuck)),
            ended=at_end,
            promise_chance=np.where(contacts.promise_broken, world.promises.return_probability, 0.0),
            due=setting.clock.elapsed(habit, contacts.promise_due_at),
        )

    def take(self, rows: Ints) -> "_Awaited":
        return _Awaited(
            self.world,
            self.issue[rows],
            self.chance[rows],
            self.ended[rows],
            self.promise_chance[rows],
            self.due[rows],
        )

    def log_still_away(self, at: Floats) -> Floats:
        """Log of the probability that the contact has brought nobody back by ``at``."""
        unresolved = self.chance * return_distribution(self.world, self.issue, at - self.ended)
        log_away = np.log1p(-unresolved)
        # One contact in fifty breaks a promise.
        broken = np.flatnonzero(self.promise_chance)
        delays = broken_promise_distribution(self.world, at[broken] - self.due[broken])
        log_away[broken] += np.log1p(-self.promise_chance[broken] * delays)
        return log_away


def _is_awaited(contacts: Contacts, rows: Ints, lag: int) -> Flags:
    """Whether something may still come of the contact ``lag`` before each row, which had brought nobody back by then.

    The row's contact may itself be that return: then nothing more is awaited.
    """
    earlier = rows - lag
    something = ~contacts.resolved[earlier] | contacts.promise_broken[earlier]
    return np.asarray(something & (contacts.returns_at[earlier] > contacts.started[rows]))
