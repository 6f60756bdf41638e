"""The planted parameters of the simulated carrier: everything that a reader may want to recover is stated here.

Frozen data only: how the parameters act on a customer, a contact or a conversation belongs to the other rooms
of this package. The whole world is written to ``_truth/world.json``. Probabilities of binary events are stated
as logits where several influences add up.
"""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from pipelines.simulate.handoff_parameters import Handoffs, HumanRequests, PromiseParameters, Suggestions

AI, HUMAN, JOINT = 0, 1, 2
"""Codes of the modes; they index ``MODE_NAMES``."""
MODE_NAMES = ("ai_primary", "human_primary", "joint")

VOICE, CHAT, EMAIL = 0, 1, 2
CHANNEL_NAMES = ("voice", "chat", "email")

ENGLISH, SPANISH = 0, 1
LANGUAGE_NAMES = ("en", "es")

CUSTOMER_DIMENSIONS = ("product", "region", "language")
"""Dimensions in which a customer never changes."""
DIMENSIONS = ("mode", "channel", "workflow", "issue", *CUSTOMER_DIMENSIONS)
"""Dimensions that name the segment of a planted change."""


@dataclass(frozen=True)
class Workflow:
    """A business process with its queue; the logits say who serves it before mood and hour have a say."""

    name: str
    queue: str
    ai_logit: float
    handoff_logit: float


@dataclass(frozen=True)
class Issue:
    """A reason for contact and the process behind it.

    An unresolved contact brings the customer back with ``return_probability`` (more where the customer was stuck with
    the AI), after a Weibull delay with scale ``return_scale_days`` and the world's shape, on the clock of the
    customer's habits (``rhythm``).
    ``name`` None is the contact that nobody classified: it repeats like the others, under no issue.
    """

    name: str | None
    workflow: str
    weight: float
    ai_ease: float
    human_ease: float
    return_probability: float
    return_scale_days: float
    length: float
    upset: float
    misunderstandings: float


@dataclass(frozen=True)
class Product:
    """A product, its share of the customers, and the issues that are likelier with it."""

    name: str
    share: float
    likelier: tuple[str, ...]


@dataclass(frozen=True)
class Rhythm:
    """When customers call: factors by weekday (Monday first) and local hours of the habit peaks."""

    weekdays: tuple[float, ...] = (1.25, 1.1, 1.05, 1.05, 1.1, 0.8, 0.65)
    peaks: tuple[float, ...] = (9.5, 12.5, 16.0, 20.5)
    peak_shares: tuple[float, ...] = (0.32, 0.28, 0.26, 0.14)
    peak_hours_wide: float = 2.8
    night: float = 0.06


@dataclass(frozen=True)
class Miscalibration:
    """A group whose stated confidence of resolution is off by more than everybody's.

    ``workflow``, ``ai_model``: name of the group's process and model, None for any. ``bias`` is added to the logit of
    the confidence, on top of ``Claims.confidence_bias``; the biases of all groups that a contact belongs to add up.
    Raises ValueError for a bias that is not finite; whether the names exist is checked by the world.
    """

    workflow: str | None
    ai_model: str | None
    bias: float

    def __post_init__(self) -> None:
        if not math.isfinite(self.bias):
            raise ValueError(f"miscalibration of {self.workflow}, {self.ai_model}: the bias is a finite number")


_MISCALIBRATIONS = (
    Miscalibration("billing", "aria-2.4", 1.0),
    Miscalibration("technical_support", "aria-2.4", 0.4),
    # Outweighs the bias that all claims share: here the AI is better than it says.
    Miscalibration("account", None, -1.3),
)


@dataclass(frozen=True)
class ClaimParameters:
    """What is said about resolution, given the latent truth, and how sure the AI says it is.

    ``confidence_slope`` and ``confidence_bias`` act on the logit of the true probability, for everybody;
    ``miscalibrations`` adds what is planted in groups. Claims about facts know neither.
    """

    claimed_if_resolved: tuple[float, float, float] = (0.97, 0.95, 0.95)
    claimed_if_unresolved: tuple[float, float, float] = (0.66, 0.34, 0.42)
    unknown: float = 0.03
    confidence_slope: float = 0.9
    confidence_bias: float = 0.7
    confidence_noise: float = 0.6
    confidence_handed_off: float = -1.6
    miscalibrations: tuple[Miscalibration, ...] = _MISCALIBRATIONS
    reviewed_at_random: float = 0.08
    reviewer_error: float = 0.02


@dataclass(frozen=True)
class Aftermath:
    """Rates of what follows a contact, besides the customer's return."""

    survey_invited: float = 0.35
    survey_logit: float = -1.9
    survey_strength: float = 0.55
    complaint_if_resolved: float = 0.0005
    complaint_if_unresolved: float = 0.008
    complaint_days: float = 9.0
    complaints_without_customer: float = 0.0004
    closed_if_resolved: float = 0.001
    closed_if_unresolved: float = 0.01
    case_share: float = 0.45
    reopened_without_contact: float = 0.05


@dataclass(frozen=True)
class Disorder:
    """How untidily records are delivered."""

    late: float = 0.012
    redelivered: float = 0.006
    corrected: float = 0.01
    bad: float = 0.0006
    missing_end: float = 0.004
    missing_handle: float = 0.02
    unserved: float = 0.025
    callbacks: float = 0.015
    logged_twice: float = 0.003


ChangeKind = Literal["diverging", "undervalued", "mix"]


@dataclass(frozen=True)
class PlantedChange:
    """Something that is different in one segment from one day on, and what a reader should find there (M16).

    ``kind`` diverging: proxies improve while outcomes worsen; undervalued: the reverse; mix: only the reasons for
    contact shift. ``segment``: (dimension, value) pairs, of ``DIMENSIONS``, all of which a contact must have; for a
    mix of ``CUSTOMER_DIMENSIONS``, since an occasion has no other before it becomes a contact.

    The change holds for what starts at or after the local midnight that begins the day ``days_before_end`` days
    before the last one. 57 is the first of the last 28 days whose 30-day windows are closed when as_of is the
    midnight after the last day.

    - ``handle_factor`` multiplies what the AI and people spend on a contact: AI talk, talk, hold, wrap.
    - ``resolved_logit`` is added to the logit of being resolved; the AI's confidence follows, as it follows every
      influence on resolution: what is planted in calibration is ``Claims.miscalibrations`` alone.
    - ``claim_logit`` is added to the logit of claiming it resolved, given whether it is.
    - ``issue_factors``: (issue, factor) pairs; the weights of these issues among new occasions are multiplied. How
      many occasions there are stays as it was.

    Where changes overlap, factors multiply and logits add up. Raises ValueError for what contradicts itself; whether
    the names exist is checked by the world.
    """

    name: str
    kind: ChangeKind
    segment: tuple[tuple[str, str], ...]
    days_before_end: int = 57
    handle_factor: float = 1.0
    claim_logit: float = 0.0
    resolved_logit: float = 0.0
    issue_factors: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        where = f"change {self.name!r}"
        if self.kind not in get_args(ChangeKind):
            raise ValueError(f"{where}: kind is one of {', '.join(get_args(ChangeKind))}, not {self.kind!r}")
        dimensions = [dimension for dimension, _ in self.segment]
        allowed = CUSTOMER_DIMENSIONS if self.kind == "mix" else DIMENSIONS
        if not dimensions or len(set(dimensions)) < len(dimensions):
            raise ValueError(f"{where}: a segment has at least one dimension, and each of them once")
        if not set(dimensions) <= set(allowed):
            raise ValueError(f"{where}: the segment of a {self.kind} change is made of {', '.join(allowed)}")
        if self.days_before_end < 0:
            raise ValueError(f"{where}: days_before_end is at least 0, not {self.days_before_end}")
        factors = [self.handle_factor, *(factor for _, factor in self.issue_factors)]
        if not all(math.isfinite(factor) and factor > 0 for factor in factors):
            raise ValueError(f"{where}: factors are positive numbers")
        if not (math.isfinite(self.claim_logit) and math.isfinite(self.resolved_logit)):
            raise ValueError(f"{where}: logits are finite numbers")
        conduct = (self.handle_factor, self.claim_logit, self.resolved_logit) != (1.0, 0.0, 0.0)
        if conduct == (self.kind == "mix") or bool(self.issue_factors) != (self.kind == "mix"):
            raise ValueError(f"{where}: issue_factors, and nothing else, make a mix change; no other kind has them")
        issues = [issue for issue, _ in self.issue_factors]
        if len(set(issues)) < len(issues):
            raise ValueError(f"{where}: each issue has one factor")


_CHANGES = (
    PlantedChange(
        "billing_ai_rushed",
        "diverging",
        (("workflow", "billing"), ("mode", "ai_primary")),
        handle_factor=0.72,
        claim_logit=1.2,
        resolved_logit=-1.1,
    ),
    PlantedChange(
        "technical_support_people_thorough",
        "undervalued",
        (("workflow", "technical_support"), ("mode", "human_primary")),
        handle_factor=1.3,
        claim_logit=-2.0,
        resolved_logit=1.1,
    ),
    # Towards issues that are short and bring customers back: without strata of issues it looks like divergence.
    PlantedChange(
        "pacific_issue_mix",
        "mix",
        (("region", "pacific"),),
        issue_factors=(
            ("refund_status", 5.0),
            ("outage", 3.0),
            ("plan_change", 0.3),
            ("slow_internet", 0.2),
            ("device_setup", 0.2),
        ),
    ),
)

_WORKFLOWS = (
    Workflow("billing", "billing", 0.2, -0.9),
    Workflow("technical_support", "tech", 0.0, -0.6),
    Workflow("onboarding", "activation", 0.7, -1.2),
    Workflow("sales_service", "sales", -0.3, -0.9),
    Workflow("retention", "retention", -1.6, 0.0),
    Workflow("account", "account", 1.5, -1.6),
)

_ISSUES = (
    Issue("billing_dispute", "billing", 1.5, 0.0, 0.9, 0.72, 4.0, 1.2, 0.5, 0.5),
    Issue("refund_status", "billing", 0.9, 0.4, 0.7, 0.78, 3.0, 0.8, 0.4, 0.3),
    Issue("roaming_charges", "billing", 0.6, 0.1, 1.0, 0.62, 5.0, 1.0, 0.5, 0.4),
    Issue("outage", "technical_support", 1.1, 0.3, 0.6, 0.8, 1.2, 0.9, 0.6, 0.3),
    Issue("slow_internet", "technical_support", 1.2, -0.3, 0.5, 0.7, 3.0, 1.4, 0.4, 0.6),
    Issue("device_setup", "technical_support", 0.9, 0.5, 1.3, 0.66, 1.6, 1.3, 0.0, 0.5),
    Issue("sim_activation", "onboarding", 0.7, 1.1, 1.5, 0.75, 1.0, 0.8, 0.0, 0.3),
    Issue("plan_change", "sales_service", 1.0, 0.9, 1.5, 0.5, 6.0, 1.0, -0.2, 0.3),
    Issue("cancel_service", "retention", 0.6, -0.6, 0.8, 0.68, 4.5, 1.1, 0.6, 0.5),
    Issue("password_reset", "account", 1.3, 1.8, 2.0, 0.7, 0.7, 0.5, -0.1, 0.2),
    Issue(None, "account", 0.25, 0.4, 1.0, 0.55, 3.0, 0.9, 0.1, 0.5),
)

_PRODUCTS = (
    Product("mobile", 0.45, ("roaming_charges", "sim_activation", "plan_change")),
    Product("home_internet", 0.32, ("outage", "slow_internet")),
    Product("tv", 0.13, ("outage", "billing_dispute", "cancel_service")),
    Product("device_insurance", 0.1, ("refund_status", "device_setup")),
)

_HANDOFFS, _REQUESTS, _PROMISES, _SUGGESTIONS = Handoffs(), HumanRequests(), PromiseParameters(), Suggestions()


@dataclass(frozen=True)
class World:
    """The simulated carrier. ``changes``: what is planted for segment divergence; () for a carrier that stays the same.

    Raises ValueError where something planted names what this carrier does not have.
    """

    company: str = "Simulated carrier"
    currency: str = "USD"
    workflows: tuple[Workflow, ...] = _WORKFLOWS
    issues: tuple[Issue, ...] = _ISSUES
    products: tuple[Product, ...] = _PRODUCTS
    regions: tuple[str, ...] = ("northeast", "southeast", "midwest", "southwest", "mountain", "pacific")
    region_shares: tuple[float, ...] = (0.24, 0.22, 0.19, 0.14, 0.07, 0.14)
    spanish_by_region: tuple[float, ...] = (0.06, 0.1, 0.03, 0.18, 0.06, 0.14)
    ai_models: tuple[str, ...] = ("aria-2.3", "aria-2.4")
    new_model_from: float = 0.55
    """Share of the period after which the newer model takes over most contacts."""
    rhythm: Rhythm = Rhythm()
    claims: ClaimParameters = ClaimParameters()
    handoffs: Handoffs = _HANDOFFS
    requests: HumanRequests = _REQUESTS
    promises: PromiseParameters = _PROMISES
    suggestions: Suggestions = _SUGGESTIONS
    aftermath: Aftermath = Aftermath()
    disorder: Disorder = Disorder()
    changes: tuple[PlantedChange, ...] = _CHANGES
    warm_up_days: int = 14
    """Days simulated before the first one written, so that repeats are in balance from the start."""
    occasions_per_day: float = 1 / 150
    """Mean rate at which a customer has a new reason to make contact."""
    propensity_shape: float = 1.5
    """Gamma shape of the customers' rates: smaller means fewer customers bring more of the contacts."""
    unknown_customers: float = 0.04
    """Share of the customers that nobody ever identifies: all their contacts lack a customer id."""
    return_shape: float = 0.9
    """Weibull shape of the delay of a return."""
    return_limit_days: float = 45.0
    """Delays are truncated here, on the clock of habits."""
    preferred_channel: float = 0.8
    channel_shares: tuple[float, float, float] = (0.55, 0.33, 0.12)
    mood_sd: float = 0.7
    mood_per_repeat: float = -0.45
    ai_logit_mood: float = 0.35
    ai_logit_night: float = 1.6
    ai_logit_repeat: float = -0.35
    resolved_logit_mood: float = 0.15
    resolved_logit_repeat: float = 0.15
    resolved_logit_misunderstanding: float = -0.35
    resolved_logit_tenure: float = 0.35
    """For an agent of a year or more; in proportion below it."""

    def __post_init__(self) -> None:
        names = [change.name for change in self.changes]
        if len(set(names)) < len(names):
            raise ValueError("changes: each has a name of its own")
        for change in self.changes:
            issues = [("issue", issue) for issue, _ in change.issue_factors]
            for dimension, value in (*change.segment, *issues):
                self._check_name(f"change {change.name!r}", dimension, value)
        for group in self.claims.miscalibrations:
            for dimension, name in (("workflow", group.workflow), ("ai_model", group.ai_model)):
                if name is not None:
                    self._check_name("miscalibration", dimension, name)
        for name, _ in self.handoffs.present_logit_workflow:
            self._check_name("handoffs", "workflow", name)
        for name, _ in self.handoffs.present_logit_model:
            self._check_name("handoffs", "ai_model", name)
        for name, _ in self.promises.broken_logit_model:
            self._check_name("promises", "ai_model", name)

    def _check_name(self, where: str, dimension: str, value: str) -> None:
        known = self.names(dimension)
        if value not in known:
            choice = ", ".join(name for name in known if name is not None)
            raise ValueError(f"{where}: {dimension} {value!r} is unknown; there is {choice}")

    def names(self, dimension: str) -> tuple[str | None, ...]:
        """Names of a dimension's values in the order of their codes. Raises KeyError for an unknown dimension."""
        known: dict[str, tuple[str | None, ...]] = {
            "mode": MODE_NAMES,
            "channel": CHANNEL_NAMES,
            "workflow": tuple(workflow.name for workflow in self.workflows),
            "issue": tuple(issue.name for issue in self.issues),
            "product": tuple(product.name for product in self.products),
            "region": self.regions,
            "language": LANGUAGE_NAMES,
            "ai_model": self.ai_models,
        }
        return known[dimension]

    def issue_workflows(self) -> tuple[int, ...]:
        """Position of each issue's workflow."""
        names = [workflow.name for workflow in self.workflows]
        return tuple(names.index(issue.workflow) for issue in self.issues)
