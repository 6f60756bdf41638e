"""How planted changes act: whom they reach, from when, and what they do there.

The changes themselves are stated in ``world``. Those of conduct (diverging, undervalued) act on contacts by the segment
and the start of each; a mix change acts on the reasons of new occasions, by the customer and the instant.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from pipelines.simulate.arrival_times import Flags, Floats, Horizon, Ints, midnight
from pipelines.simulate.customers import Customers, issue_shares
from pipelines.simulate.parameters import PlantedChange, World


def first_day(change: PlantedChange, span: Horizon) -> date:
    """The local day with whose beginning the change sets in; it may lie before the period."""
    return span.last_day - timedelta(days=change.days_before_end)


def onset(change: PlantedChange, span: Horizon) -> int:
    """Epoch second at which the change sets in."""
    return midnight(first_day(change, span), span.zone)


def changes_of_conduct(world: World) -> tuple[PlantedChange, ...]:
    """The changes in how contacts go."""
    return tuple(change for change in world.changes if change.kind != "mix")


def changes_of_mix(world: World) -> tuple[PlantedChange, ...]:
    """The changes in why customers make contact."""
    return tuple(change for change in world.changes if change.kind == "mix")


@dataclass(frozen=True)
class Places:
    """Where contacts stand in the dimensions of segments: codes of shape (contacts,); ``started`` in epoch seconds."""

    customer: Ints
    issue: Ints
    mode: Ints
    channel: Ints
    started: Ints


def reached(change: PlantedChange, world: World, span: Horizon, customers: Customers, places: Places) -> Flags:
    """Which contacts are in the change's segment and start at or after its onset. Shape (contacts,)."""
    codes = {
        "mode": places.mode,
        "channel": places.channel,
        "workflow": np.array(world.issue_workflows())[places.issue],
        "issue": places.issue,
        "product": customers.product[places.customer],
        "region": customers.region[places.customer],
        "language": customers.language[places.customer],
    }
    inside = places.started >= onset(change, span)
    for dimension, value in change.segment:
        inside = inside & (codes[dimension] == world.names(dimension).index(value))
    return np.asarray(inside)


@dataclass(frozen=True)
class Conduct:
    """What changes do to contacts. Shapes (contacts,): a factor of 1 and logits of 0 where nothing has changed."""

    handle_factor: Floats
    claim_logit: Floats
    resolved_logit: Floats


def conduct(world: World, span: Horizon, customers: Customers, places: Places) -> Conduct:
    """All changes of conduct together: factors multiply, logits add up."""
    size = places.started.size
    handle, claim, resolved = np.ones(size), np.zeros(size), np.zeros(size)
    for change in changes_of_conduct(world):
        inside = reached(change, world, span, customers, places)
        handle[inside] *= change.handle_factor
        claim[inside] += change.claim_logit
        resolved[inside] += change.resolved_logit
    return Conduct(handle, claim, resolved)


def changed_by(world: World, span: Horizon, customers: Customers, places: Places, depth: Ints) -> Ints:
    """Position of the change that acts on each contact, -1 where none does. Shape (contacts,).

    A change of conduct goes before a mix change, which acts on new occasions (``depth`` 0) alone: what they are about.
    Of several of a sort it is the first.
    """
    position = np.full(places.started.size, -1)
    for change in (*changes_of_conduct(world), *changes_of_mix(world)):
        inside = (position < 0) & reached(change, world, span, customers, places)
        if change.kind == "mix":
            inside &= depth == 0
        position[inside] = world.changes.index(change)
    return position


@dataclass(frozen=True)
class IssueEras:
    """How new occasions split into issues, era by era; between two onsets of mix changes nothing shifts.

    ``onsets``: epoch seconds at which the next era begins, ascending, shape (eras - 1,). ``shares``: shape (eras, kinds,
    issues). ``kind``: kind of each customer, shape (customers,).
    """

    onsets: Ints
    shares: Floats
    kind: Ints

    def at(self, customer: Ints, started: Ints) -> Floats:
        """Shares of the issues for a new occasion of each customer at each instant. Shape (occasions, issues)."""
        return np.asarray(self.shares[self.era(started), self.kind[customer]])

    def era(self, started: Ints) -> Ints:
        """Era of each instant."""
        return np.searchsorted(self.onsets, started, side="right").astype(np.int64)


def issue_eras(world: World, span: Horizon, customers: Customers) -> IssueEras:
    """The shares of every era, for every kind of customer: a product, and the mix changes whose segment they are in."""
    changes = changes_of_mix(world)
    onsets = np.unique(np.array([onset(change, span) for change in changes], dtype=np.int64))
    own = {"product": customers.product, "region": customers.region, "language": customers.language}
    member = np.zeros((len(customers), len(changes)), dtype=bool)
    for number, change in enumerate(changes):
        inside = [own[dimension] == world.names(dimension).index(value) for dimension, value in change.segment]
        member[:, number] = np.logical_and.reduce(inside)
    kinds, kind = np.unique(np.column_stack([customers.product, member]), axis=0, return_inverse=True)
    base = issue_shares(world)
    shares = np.empty((onsets.size + 1, len(kinds), base.shape[1]))
    for era in range(onsets.size + 1):
        for number, (product, *belongs) in enumerate(kinds):
            factor = np.ones(base.shape[1])
            for change, inside in zip(changes, belongs, strict=True):
                if inside and np.searchsorted(onsets, onset(change, span)) < era:
                    for issue, times in change.issue_factors:
                        factor[world.names("issue").index(issue)] *= times
            shifted = base[product] * factor
            shares[era, number] = shifted / shifted.sum()
    return IssueEras(onsets, shares, kind.reshape(-1).astype(np.int64))
