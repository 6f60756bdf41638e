"""What happens in contacts, generation by generation: first occasions, then the returns that unresolved ones bring.

Everything is drawn from the state that a contact has when it starts; the truth about its repeats
(``truth``) follows from that state in closed form. How a contact looks in an export belongs to ``legs``.
"""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from pipelines.simulate.arrival_times import DAY, Clock, Codes, Flags, Floats, Horizon, Ints
from pipelines.simulate.changes import Conduct, Places, conduct, issue_eras
from pipelines.simulate.customers import Customers, pick
from pipelines.simulate.due_dates import local_days
from pipelines.simulate.handoffs import Scene, draw_handoffs, hangs_up, logistic, stuck_with_ai
from pipelines.simulate.parameters import AI, EMAIL, HUMAN, JOINT, VOICE, World
from pipelines.simulate.promises import BROKEN, NO_PROMISE, PromisesMade, draw_promises, spoken_at

NEVER = np.iinfo(np.int64).max
"""The return of a customer who does not come back."""


@dataclass(frozen=True)
class Setting:
    """Where it all happens. ``agent_starts``: epoch second of each agent's first day, ascending."""

    world: World
    span: Horizon
    clock: Clock
    customers: Customers
    agent_starts: Ints


@dataclass(frozen=True)
class Arrivals:
    """Customers who make contact, before anything has happened. Shapes (contacts,)."""

    customer: Ints
    issue: Ints
    started: Ints
    chain: Ints
    """Number of the first occasion from which it descends."""
    depth: Ints
    """Returns before it, for the same occasion."""
    distrustful: Flags
    """The contact that brought the customer back made a promise, and it was broken by then."""


@dataclass(frozen=True)
class Contacts:
    """Contacts (M1: all legs as one) with everything latent. Shapes (contacts,); instants in epoch seconds."""

    customer: Ints
    issue: Ints
    started: Ints
    chain: Ints
    depth: Ints
    distrustful: Flags
    channel: Ints
    mode: Ints
    agent: Ints
    """Position among the agents; meaningless where no human takes part."""
    model: Codes
    opening_mood: Floats
    closing_mood: Floats
    misunderstandings: Ints
    resolved_probability: Floats
    resolved: Flags
    claimed: Ints
    """1 claimed resolved, 0 claimed not, -1 nothing said."""
    confidence: Floats
    """The AI's own; meaningless where no AI takes part."""
    ai_ended: Ints
    human_started: Ints
    ended: Ints
    ai_talk: Ints
    talk: Ints
    hold: Ints
    wrap: Ints
    parts: Codes
    """What reached the human at the handoff, as ``handoffs.ContactHandoffs`` says; so the next four."""
    trigger: Codes
    repeated: Flags
    asked: Flags
    suggestions: Codes
    hung_up: Flags
    stuck: Flags
    """Stuck with the AI (M19)."""
    promise: Codes
    """What is promised, as ``promises.Promised`` says; so the next three."""
    promise_due: Codes
    promise_due_at: Ints
    promise_fate: Codes
    returns_at: Ints
    """When the customer comes back because of this contact; NEVER where they do not."""

    def __len__(self) -> int:
        return self.started.size

    @property
    def promise_broken(self) -> Flags:
        """Whether a promise is made that will not be kept."""
        return np.asarray((self.promise != NO_PROMISE) & (self.promise_fate == BROKEN))

    def take(self, rows: npt.NDArray[np.generic]) -> "Contacts":
        """The contacts at ``rows`` (positions or a mask), in that order."""
        return Contacts(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def join(batches: list[Contacts]) -> Contacts:
    """All batches as one."""
    return Contacts(
        **{field.name: np.concatenate([getattr(batch, field.name) for batch in batches]) for field in fields(Contacts)}
    )


def return_chance(world: World, issue: Ints, stuck: Flags) -> Floats:
    """Probability that an unresolved contact brings its customer back at some time; shape (contacts,)."""
    chance = np.array([kind.return_probability for kind in world.issues])[issue]
    likelier = np.exp(world.requests.return_logit_stuck)
    return np.where(stuck, chance * likelier / (1.0 - chance + chance * likelier), chance)


def return_distribution(world: World, issue: Ints, days: Floats) -> Floats:
    """P(delay <= days | an unresolved contact brings the customer back); days on the clock of habits."""
    return _within(world, np.array([kind.return_scale_days for kind in world.issues])[issue], days)


def broken_promise_distribution(world: World, days: Floats) -> Floats:
    """P(delay <= days after the due instant | a broken promise brings the customer back); on the clock of habits."""
    return _within(world, world.promises.return_scale_days, days)


def _within(world: World, scale: Floats | float, days: Floats) -> Floats:
    """Weibull distribution of delays, truncated at the world's limit."""
    inside = np.clip(days, 0.0, world.return_limit_days)
    reached = -np.expm1(-((inside / scale) ** world.return_shape))
    return np.asarray(reached / -np.expm1(-((world.return_limit_days / scale) ** world.return_shape)))


def _draw_delay(world: World, scale: Floats | float, draw: Floats) -> Floats:
    """Inverse of ``_within`` at uniform draws."""
    limit = -np.expm1(-((world.return_limit_days / scale) ** world.return_shape))
    return np.asarray(scale * (-np.log1p(-draw * limit)) ** (1.0 / world.return_shape))


def simulate_contacts(setting: Setting, rng: np.random.Generator, handoffs: np.random.Generator) -> Contacts:
    """All contacts from the start of the warm-up to the end of the period, in order of generation.

    ``handoffs``: the random stream of what happens between AI and people, promises included.
    """
    arrivals = _first_occasions(setting, rng)
    generations = [_hold(setting, arrivals, rng, handoffs)]
    while generations[-1].started.size:
        back = generations[-1].take(generations[-1].returns_at < setting.span.last)
        arrivals = Arrivals(
            customer=back.customer,
            issue=back.issue,
            started=back.returns_at,
            chain=back.chain,
            depth=back.depth + 1,
            distrustful=back.promise_broken & (back.returns_at > back.promise_due_at),
        )
        generations.append(_hold(setting, arrivals, rng, handoffs))
    return join(generations)


def _first_occasions(setting: Setting, rng: np.random.Generator) -> Arrivals:
    """New occasions: a Poisson process per customer on the clock of habits."""
    customers, clock = setting.customers, setting.clock
    everyone = np.arange(len(customers))
    whole = clock.elapsed(customers.habit, np.full(len(customers), setting.span.last))
    customer = np.repeat(everyone, rng.poisson(customers.rate * whole))
    moment = clock.instant(customers.habit[customer], rng.random(customer.size) * whole[customer])
    started = moment.astype(np.int64)
    cumulative = np.cumsum(issue_eras(setting.world, setting.span, customers).at(customer, started), axis=1)
    cumulative[:, -1] = 1.0
    issue = (rng.random(customer.size)[:, None] >= cumulative).sum(axis=1)
    return Arrivals(
        customer=customer,
        issue=issue.astype(np.int64),
        started=started,
        chain=np.arange(customer.size),
        depth=np.zeros(customer.size, dtype=np.int64),
        distrustful=np.zeros(customer.size, dtype=bool),
    )


def _hold(setting: Setting, who: Arrivals, rng: np.random.Generator, handoffs: np.random.Generator) -> Contacts:
    """Hold one generation of contacts: who serves, how long it takes, whether it helps, whether they return."""
    world, customers, span, clock = setting.world, setting.customers, setting.span, setting.clock
    n = who.started.size
    channel = np.where(
        rng.random(n) < world.preferred_channel, customers.channel[who.customer], pick(rng, world.channel_shares, n)
    )
    upset = np.array([kind.upset for kind in world.issues])[who.issue]
    mood = (
        customers.temper[who.customer] - upset + world.mood_per_repeat * who.depth + rng.normal(0.0, world.mood_sd, n)
    )
    mode = _blend(world, clock, who, mood, rng)
    has_ai, has_human = mode != HUMAN, mode != AI
    changed = conduct(world, span, customers, Places(who.customer, who.issue, mode, channel, who.started))
    # Lines cannot be misheard in writing as easily as on the phone.
    trouble = np.array([kind.misunderstandings for kind in world.issues])[who.issue]
    heard = trouble * np.where(mode == JOINT, 1.8, 1.0) * np.where(channel == VOICE, 1.2, 0.6)
    misunderstandings = np.where(has_ai, np.minimum(rng.poisson(heard), 5), 0)

    on_board = np.maximum(np.searchsorted(setting.agent_starts, who.started, side="right"), 1)
    agent = (rng.random(n) * on_board).astype(np.int64)
    tenure = np.maximum(who.started - setting.agent_starts[agent], 0).astype(np.float64)
    ease = np.where(
        has_human,
        np.array([kind.human_ease for kind in world.issues])[who.issue]
        + world.resolved_logit_tenure * (np.minimum(tenure / (365 * DAY), 1.0) - 1.0),
        np.array([kind.ai_ease for kind in world.issues])[who.issue],
    )
    progress = (who.started - span.first) / (span.last - span.first)
    model = (handoffs.random(n) < np.where(progress < world.new_model_from, 0.05, 0.9)).astype(np.int8)
    workflow = np.array(world.issue_workflows())[who.issue]
    scene = Scene(mode, workflow, model, mood, misunderstandings, who.distrustful, tenure)
    between = draw_handoffs(world, scene, handoffs)
    chance = logistic(
        ease
        + world.resolved_logit_mood * mood
        + world.resolved_logit_repeat * who.depth
        + world.resolved_logit_misunderstanding * misunderstandings
        + changed.resolved_logit
        + between.resolved_logit
    )
    resolved = rng.random(n) < chance
    sureness, claimed = _say(world, mode, chance, resolved, changed=changed, rng=rng)
    spoken = _durations(world, who, mode, channel, changed=changed, rng=rng)
    closing = (
        mood
        + np.where(resolved, 0.75, -0.6)
        - 0.25 * misunderstandings
        + between.closing_mood
        + rng.normal(0.0, 0.4, n)
    )

    alone = mode == AI
    hung_up = hangs_up(world, resolved, alone & between.asked, handoffs)
    stuck = stuck_with_ai(
        alone=alone, asked=between.asked, left_unresolved=hung_up & ~resolved, misunderstandings=misunderstandings
    )
    made_at = spoken_at(mode, spoken.human_started, ai_talk=spoken.ai_talk, talk=spoken.talk, hold=spoken.hold)
    promised = draw_promises(world, local_days(span), made_at, mode=mode, model=model, rng=handoffs)
    returns_at = np.minimum(
        _return_of_unresolved(setting, who, ~resolved, stuck, ended=spoken.ended, rng=rng),
        _return_for_broken_promise(setting, who, promised, handoffs),
    )
    return Contacts(
        customer=who.customer,
        issue=who.issue,
        started=who.started,
        chain=who.chain,
        depth=who.depth,
        distrustful=who.distrustful,
        channel=channel,
        mode=mode,
        agent=agent,
        model=model,
        opening_mood=mood,
        closing_mood=closing,
        misunderstandings=misunderstandings,
        resolved_probability=chance,
        resolved=resolved,
        claimed=claimed,
        confidence=np.round(logistic(sureness + _miscalibration(world, who.issue, model)), 3),
        ai_ended=spoken.ai_ended,
        human_started=spoken.human_started,
        ended=spoken.ended,
        ai_talk=spoken.ai_talk,
        talk=spoken.talk,
        hold=spoken.hold,
        wrap=spoken.wrap,
        parts=between.parts,
        trigger=between.trigger,
        repeated=between.repeated,
        asked=between.asked,
        suggestions=between.suggestions,
        hung_up=hung_up,
        stuck=stuck,
        promise=promised.kind,
        promise_due=promised.due,
        promise_due_at=promised.due_at,
        promise_fate=promised.fate,
        returns_at=returns_at,
    )


def _return_of_unresolved(
    setting: Setting, who: Arrivals, unresolved: Flags, stuck: Flags, *, ended: Ints, rng: np.random.Generator
) -> Ints:
    """When customers whose contact was not resolved come back for it; NEVER where they do not."""
    world, clock = setting.world, setting.clock
    habit = setting.customers.habit[who.customer]
    returns = unresolved & (rng.random(ended.size) < return_chance(world, who.issue, stuck))
    scale = np.array([kind.return_scale_days for kind in world.issues])[who.issue]
    back = clock.elapsed(habit, ended) + _draw_delay(world, scale, rng.random(ended.size))
    return np.where(returns, np.ceil(clock.instant(habit, back)).astype(np.int64), NEVER)


def _return_for_broken_promise(
    setting: Setting, who: Arrivals, promised: PromisesMade, rng: np.random.Generator
) -> Ints:
    """When customers to whom a promise was broken come back for it; NEVER where they do not."""
    world, clock = setting.world, setting.clock
    broken = np.flatnonzero((promised.kind != NO_PROMISE) & (promised.fate == BROKEN))
    rows = broken[rng.random(broken.size) < world.promises.return_probability]
    habit = setting.customers.habit[who.customer[rows]]
    delay = _draw_delay(world, world.promises.return_scale_days, rng.random(rows.size))
    back = clock.elapsed(habit, promised.due_at[rows]) + delay
    returns_at = np.full(promised.kind.size, NEVER)
    returns_at[rows] = np.ceil(clock.instant(habit, back)).astype(np.int64)
    return returns_at


def _blend(world: World, clock: Clock, who: Arrivals, mood: Floats, rng: np.random.Generator) -> Ints:
    """Mode of each contact: workflow, mood, hour, earlier attempts and distrust decide who starts and who ends it."""
    workflow = np.array(world.issue_workflows())[who.issue]
    hour = clock.hour_of_day(who.started)
    night = (hour < 8) | (hour >= 20)
    to_ai = (
        np.array([process.ai_logit for process in world.workflows])[workflow]
        + world.ai_logit_mood * mood
        + world.ai_logit_night * night
        + world.ai_logit_repeat * who.depth
        + world.promises.ai_logit_distrust * who.distrustful
    )
    onward = (
        np.array([process.handoff_logit for process in world.workflows])[workflow]
        - 0.6 * mood
        - 0.8 * night
        + world.promises.handoff_logit_distrust * who.distrustful
    )
    starts_with_ai = rng.random(mood.size) < logistic(to_ai)
    handed_off = rng.random(mood.size) < logistic(onward)
    return np.where(starts_with_ai, np.where(handed_off, JOINT, AI), HUMAN).astype(np.int64)


def _say(
    world: World, mode: Ints, chance: Floats, resolved: Flags, *, changed: Conduct, rng: np.random.Generator
) -> tuple[Floats, Ints]:
    """Logit of the AI's confidence, before what is planted in groups, and what is claimed about resolution.

    The AI claims too much more often than people.
    """
    says = world.claims
    logit = (
        says.confidence_slope * np.log(chance / (1.0 - chance))
        + says.confidence_bias
        + np.where(mode == JOINT, says.confidence_handed_off, 0.0)
        + rng.normal(0.0, says.confidence_noise, mode.size)
    )
    claim = np.where(resolved, np.array(says.claimed_if_resolved)[mode], np.array(says.claimed_if_unresolved)[mode])
    # A shift of the logit, written in odds: a claim that is certain stays certain.
    claim = claim / (claim + (1.0 - claim) * np.exp(-changed.claim_logit))
    claimed = (rng.random(mode.size) < claim).astype(np.int64)
    return logit, np.where(rng.random(mode.size) < says.unknown, -1, claimed)


def _miscalibration(world: World, issue: Ints, model: Codes) -> Floats:
    """What the planted groups add to the logit of the confidence."""
    workflow = np.array(world.issue_workflows())[issue]
    bias = np.zeros(issue.size)
    for group in world.claims.miscalibrations:
        inside = np.ones(issue.size, dtype=bool)
        if group.workflow is not None:
            inside &= workflow == world.names("workflow").index(group.workflow)
        if group.ai_model is not None:
            inside &= model == world.ai_models.index(group.ai_model)
        bias[inside] += group.bias
    return bias


@dataclass(frozen=True)
class _Spoken:
    """How a contact's time is spent, in seconds and epoch seconds."""

    ai_talk: Ints
    talk: Ints
    hold: Ints
    wrap: Ints
    ai_ended: Ints
    human_started: Ints
    ended: Ints


def _durations(
    world: World, who: Arrivals, mode: Ints, channel: Ints, *, changed: Conduct, rng: np.random.Generator
) -> _Spoken:
    """Lognormal handle times by issue and mode; a written thread lasts longer than the work that goes into it.

    A change acts on the work alone, not on the wait; every instant follows from the durations.
    """
    n = mode.size
    length = np.array([kind.length for kind in world.issues])[who.issue]
    factor = changed.handle_factor

    def seconds(median: float, spread: float) -> Floats:
        return np.asarray(median * np.exp(rng.normal(0.0, spread, n)))

    ai_talk = np.where(mode == HUMAN, 0, factor * np.minimum(15 + length * seconds(110, 0.5), 3_600)).astype(np.int64)
    talk = np.where(mode == AI, 0, factor * np.minimum(30 + length * seconds(300, 0.55), 10_800)).astype(np.int64)
    on_hold = (rng.random(n) < 0.3) & (mode != AI) & (channel != EMAIL)
    hold = np.where(on_hold, factor * np.minimum(seconds(70, 0.7), 3_600), 0).astype(np.int64)
    wrap = np.where(mode == AI, 0, factor * np.minimum(seconds(45, 0.7), 3_600)).astype(np.int64)
    wait = np.minimum(seconds(40, 1.0), 3_600).astype(np.int64)
    drawn_out = np.array([1.0, 1.7, 8.0])[channel]
    ai_ended = who.started + (ai_talk * np.where(channel == EMAIL, 2.0, 1.0)).astype(np.int64)
    human_started = np.where(mode == JOINT, ai_ended + wait, who.started)
    waiting = np.where(mode == HUMAN, wait, 0)
    human_ended = human_started + waiting + (talk * drawn_out).astype(np.int64) + hold
    return _Spoken(ai_talk, talk, hold, wrap, ai_ended, human_started, np.where(mode == AI, ai_ended, human_ended))
