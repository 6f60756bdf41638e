"""The planted parameters of the simulated carrier: everything that a reader may want to recover is stated here.

Frozen data only: how the parameters act on a customer, a contact or a conversation belongs to the other rooms
of this package. The whole world is written to ``_truth/world.json``. Probabilities of binary events are stated
as logits where several influences add up.
"""

from dataclasses import dataclass

AI, HUMAN, JOINT = 0, 1, 2
"""Codes of the modes; they index ``MODE_NAMES``."""
MODE_NAMES = ("ai_primary", "human_primary", "joint")

VOICE, CHAT, EMAIL = 0, 1, 2
CHANNEL_NAMES = ("voice", "chat", "email")


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

    An unresolved contact brings the customer back with ``return_probability``, after a Weibull delay with scale
    ``return_scale_days`` and the world's shape, on the clock of the customer's habits (``rhythm``).
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
class Claims:
    """What is said about resolution, given the latent truth, and how sure the AI says it is.

    ``confidence_slope`` and ``confidence_bias`` act on the logit of the true probability: one bias for all for
    now; miscalibration planted by group has its place here.
    """

    claimed_if_resolved: tuple[float, float, float] = (0.97, 0.95, 0.95)
    claimed_if_unresolved: tuple[float, float, float] = (0.66, 0.34, 0.42)
    unknown: float = 0.03
    confidence_slope: float = 0.9
    confidence_bias: float = 0.7
    confidence_noise: float = 0.6
    confidence_handed_off: float = -1.6
    reviewed_at_random: float = 0.05
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
    promises: float = 0.14
    kept_on_time: float = 0.78
    kept_late: float = 0.1


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


@dataclass(frozen=True)
class World:
    """The simulated carrier. Segments whose proxies improve while outcomes worsen will be stated here as well."""

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
    claims: Claims = Claims()
    aftermath: Aftermath = Aftermath()
    disorder: Disorder = Disorder()
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

    def workflow_of(self, issue: int) -> int:
        """Position of an issue's workflow."""
        return [workflow.name for workflow in self.workflows].index(self.issues[issue].workflow)
