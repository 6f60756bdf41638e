"""The published tables of handoffs and promises: what passes between AI and humans, with suggestions, modes and failed containment.

``HANDOFF_TABLES`` are rows of what happened; ``HANDOFF_ANALYSES`` is what they add up to, in one shape: a measure of a
``grouping`` (JSON object of dimension → value, ``{}`` for all) with numerator, n, interval, or the reason why not.
"""

from pipelines.contract.canonical import HANDOFF_TRIGGERS, MODES
from pipelines.contract.published_model import (
    DIMENSIONS,
    SYSTEM,
    PublishedColumn,
    PublishedKind,
    PublishedTable,
    count,
    day,
    flag,
    grouping,
    instant,
    measure,
    share,
    text,
)

HANDOFF_PARTS = ("summary", "transcript", "tool_results", "attempt_account")
PROMISE_STATUSES = ("kept_on_time", "kept_late", "broken", "pending", "unverifiable")
#: Tenure of an agent in months when the suggestion was offered.
TENURES = ("0-3", "3-12", "12+", "unknown")
RELIANCE_MEASURES = ("accepted_wrong", "rejected_right")
STUCK_SIGNS = ("asked_for_human", "hung_up_unresolved", "was_misunderstood")
#: What is compared after a handoff, a promise, a suggestion, a contact; and the unit of each.
OUTCOME_MEASURES = {
    "repeat_any_30d": "share",
    "repeat_issue_30d": "share",
    "unresolved": "share",
    "false_resolution": "share",
    "complaint_30d": "share",
    "closed_account_30d": "share",
    "survey_sentiment": "-1 to 1",
    "closing_sentiment": "-1 to 1",
    "customer_repeated": "share",
    "next_asked_for_human": "share",
    "next_led_by_human": "share",
    "handle_seconds": "seconds",
    "claimed": "share",
}
COMPARED = ("handoff", "promise", "suggestion", "stuck")


def _hour() -> PublishedColumn:
    return PublishedColumn(
        "hour_of_day", PublishedKind.COUNT, "local hour of the start", "hour", "M1", True, minimum=0, maximum=23
    )


def _rates(name: str, description: str, metric: str, measures: tuple[str, ...], rows: str) -> PublishedTable:
    """A table of measures by group, all of one shape."""
    return PublishedTable(
        name,
        description,
        ("grouping", "measure"),
        (
            grouping(metric),
            text("measure", "what is measured", metric, nullable=False, allowed=measures),
            count(
                "numerator", f"{rows} that count; null where the value is no share", metric, unit=rows, nullable=True
            ),
            count("n", f"{rows} of which it is known", metric, unit=rows),
            measure("value", "share, or seconds where the measure says so", metric, minimum=0),
            measure("lower", "lower bound of its 95% confidence interval, customers clustered", metric, minimum=0),
            measure("upper", "its upper bound", metric, minimum=0),
            measure(
                "deff",
                "design effect of the interval, its small-sample factor within; null where the value is no share",
                metric,
                unit="ratio",
                minimum=1,
            ),
            text("reason", "why there is no value, or no interval", metric),
        ),
    )


_HANDOFF_QUALITY = PublishedTable(
    "handoff_quality",
    "One row per handoff from an AI to a person: what reached the human, how long it took, whether the customer had to start again.",
    ("system", "handoff_id"),
    (
        SYSTEM,
        text("handoff_id", "the handoff's own id", "M11", nullable=False),
        text("contact_id", "contact that changed hands", "M11", nullable=False),
        text("customer_key", "keyed pseudonym of the customer"),
        day("day", "local day on which the contact started"),
        instant("occurred_at", "when it changed hands", "M11", nullable=False),
        _hour(),
        *DIMENSIONS,
        text("agent_id", "last human agent of the contact", "M1"),
        text("trigger", "why it was handed over", "M11", allowed=HANDOFF_TRIGGERS),
        share("ai_confidence", "the AI's confidence at the handoff", "M11"),
        count("misunderstandings", "misunderstandings before it", "M11", unit="count", nullable=True),
        *(flag(f"has_{part}", f"the {part.replace('_', ' ')} reached the human; null where not recorded", "M11") for part in HANDOFF_PARTS),
        PublishedColumn("parts_recorded", PublishedKind.COUNT, "parts of which it is recorded whether they arrived", "parts", "M11", False, minimum=0, maximum=4),
        share("completeness", "share of the recorded parts that reached the human; null where none is recorded", "M11"),
        text("missing_parts", "parts recorded as missing, joined by a comma; '' for none", "M11"),
        measure("seconds_to_human", "from the handoff until somebody took over", "M11", unit="seconds", minimum=0),
        text("seconds_to_human_basis", "where that comes from", "M11", allowed=("recorded", "next_leg")),
        flag("repeated_recorded", "the customer had to say it again, as recorded", "M11"),
        flag("repeated_detected", "the same as found in the words; null without words on both sides", "M11"),
        flag("customer_repeated", "as recorded, else as detected", "M11"),
        text("repeated_basis", "where that comes from", "M11", allowed=("recorded", "words", "similarity", "nothing_found")),
        measure("similarity", "likeness of what the customer said before and after, as the encoder sees it", "M11", unit="cosine", minimum=-1.001, maximum=1.001),
        text("said_again_in", "leg in which the customer says that they say it again", "M11"),
        count("said_again_at_turn", "its turn", "M11", unit="turn", nullable=True),
    ),
    partition="day",
)  # fmt: skip

_COMMITMENTS = PublishedTable(
    "commitments",
    "One row per promise made to a customer, recorded or found in the words, with what became of it and what the customer did next.",
    ("system", "commitment_id"),
    (
        SYSTEM,
        text("commitment_id", "the promise's own id; of one only spoken: text, leg, turn, place", "M12", nullable=False),
        text("contact_id", "contact in which it was made", "M12", nullable=False),
        text("customer_key", "keyed pseudonym of the customer"),
        day("day", "local day on which the contact started"),
        _hour(),
        *DIMENSIONS,
        text("agent_id", "last human agent of the contact", "M1"),
        text("source", "recorded by a system, or only spoken", "M12", nullable=False, allowed=("recorded", "spoken")),
        text("made_by", "who made it: ai, agent, …", "M12"),
        text("kind", "what was promised", "M12", nullable=False),
        measure("amount", "amount promised", "M12", unit="currency", minimum=0),
        text("currency", "ISO 4217 code", "M12"),
        instant("made_at", "when it was made", "M12", nullable=False),
        instant("due_at", "when it fell due", "M12", nullable=False),
        flag("is_due_by_default", "no date was given, so the configured one goes", "M12", nullable=False),
        flag("said_as_done", "it was said to be done already", "M12", nullable=False),
        text("status", "what became of it by as_of", "M12", nullable=False, allowed=PROMISE_STATUSES),
        text("unverifiable_reason", "why nothing can tell", "M12", allowed=("no_crm_events", "kind_without_event", "no_customer")),
        text("match_rule", "how the event that kept it was found", "M12", allowed=("commitment_id", "customer_kind_amount")),
        text("event_system", "system of that event", "M12"),
        text("event_id", "the event", "M12"),
        text("fulfilled_by", "its type", "M12"),
        instant("fulfilled_at", "when it was kept", "M12"),
        text("leg_id", "leg in which it was made", "M12"),
        count("turn_index", "turn in which it was spoken", "M12", unit="turn", nullable=True),
        text("quote", "the words used, redacted", "M12"),
        text("next_contact_id", "the customer's next contact within 30 days", "M2"),
        instant("next_contact_at", "its start", "M2"),
        text("next_mode", "who led it", "M12", allowed=MODES),
        flag("next_asked_for_human", "the customer asked for a human there; null where one led it, or nothing tells", "M12"),
    ),
    partition="day",
)  # fmt: skip

_MODE_MIX = PublishedTable(
    "mode_mix",
    "Who led the served inbound contacts: counts by day, hour, workflow and mode, which add up.",
    ("day", "hour_of_day", "workflow", "mode"),
    (
        day("day", "local day on which the contacts started"),
        _hour(),
        text("workflow", "workflow", "M14"),
        text("mode", "who led them; null where nothing tells", "M14", allowed=MODES),
        count("contacts", "contacts", "M14"),
        count("eligible", "of these, eligible", "M1"),
    ),
    partition="day",
)

_REVIEW_SAMPLE = PublishedTable(
    "review_sample",
    "The AI's claims drawn for review: of every day a stratified random sample with its sampling weights.",
    ("system", "claim_id"),
    (
        SYSTEM,
        text("claim_id", "claim to review", "M9", nullable=False),
        text("contact_id", "contact in which it was made", "M9", nullable=False),
        day("day", "local day on which the contact started"),
        text("claim_type", "what it is about", "M9", nullable=False),
        *DIMENSIONS,
        count("turn_index", "turn in which it was made", "M9", unit="turn", nullable=True),
        share("stated_confidence", "the AI's confidence in it", "M9", nullable=False),
        share("inclusion_probability", "probability with which it was drawn", "M9", nullable=False),
        measure("sampling_weight", "claims that it stands for: 1 / that probability", "M9", unit="claims", minimum=1, nullable=False),
        count("claims_of_day", "claims of the day", "M9", unit="claims"),
        count("claims_of_stratum", "of these, of its claim type, model and workflow", "M9", unit="claims"),
        flag("verified_correct", "a reviewer's verdict, where there is one by now", "M9"),
        text("review_sampling", "how it came to be reviewed, as recorded with the verdict", "M9"),
    ),
    partition="day",
)  # fmt: skip

_DISPOSITIONS = PublishedTable(
    "dispositions",
    "One row per verdict of a reviewer on a case flag, and whether the flag still stands as it was judged.",
    ("system", "disposition_id"),
    (
        SYSTEM,
        text("disposition_id", "the verdict's own id", "M15", nullable=False),
        text("contact_id", "flagged contact", "M15", nullable=False),
        text("rule", "rule that raised the flag", "M15", nullable=False),
        text("code", "number of the rule", "M15"),
        day("day", "local day on which the contact started", nullable=True),
        text("mode", "who led it", "M15", allowed=MODES),
        text("verdict", "what the reviewer found", "M15", nullable=False, allowed=("confirmed", "explained", "dismissed")),
        text("reason", "why, redacted"),
        text("decided_by", "who decided"),
        instant("decided_at", "when", "M15", nullable=False),
        flag("given_blind", "the flag's wording and the AI's confidence were withheld until then", "M15"),
        flag("is_latest", "the latest verdict on its flag", "M15", nullable=False),
        text("stale_reason", "why it no longer speaks of the flag as it stands", "M15", allowed=("unknown_contact", "no_longer_flagged", "evidence_changed", "contact_changed")),
    ),
)  # fmt: skip

HANDOFF_MEASURES = (
    "complete",
    *(f"{part}_arrived" for part in HANDOFF_PARTS),
    "customer_repeated",
    "median_seconds_to_human",
    "p90_seconds_to_human",
    "detected_of_recorded_yes",
    "recorded_of_detected_yes",
)
_HANDOFF_RATES = _rates(
    "handoff_rates",
    "How complete handoffs are, how often customers start again, and how long they wait, by group and trigger.",
    "M11",
    HANDOFF_MEASURES,
    "handoffs",
)
_PROMISE_RATES = _rates(
    "promise_rates",
    "Promises kept on time, late, and broken, of those whose fate is known, by group, maker and kind; and of all those that nothing can verify.",
    "M12",
    ("kept_on_time", "kept_late", "broken", "unverifiable"),
    "promises",
)
_STUCK = _rates(
    "stuck",
    "Failed containment: contacts that an AI led alone in which the customer was stuck with it, although they look contained.",
    "M19",
    ("stuck", *STUCK_SIGNS, "hung_up", "observable"),
    "contacts",
)

_SUGGESTION_RELIANCE = PublishedTable(
    "suggestion_reliance",
    "How often agents took suggestions that were wrong, and turned down right ones, by tenure.",
    ("grouping", "tenure", "measure"),
    (
        grouping("M13"),
        text("tenure", "months since the agent began; null for all", "M13", allowed=TENURES),
        text("measure", "accepted & wrong / wrong, or rejected & right / right", "M13", nullable=False, allowed=RELIANCE_MEASURES),
        count("numerator", "suggestions that count", "M13", unit="suggestions"),
        count("n", "wrong (right) suggestions that were judged and answered", "M13", unit="suggestions"),
        share("value", "share", "M13"),
        share("lower", "lower bound of its 95% confidence interval, agents clustered", "M13"),
        share("upper", "its upper bound", "M13"),
        measure("deff", "design effect of the interval, its small-sample factor within", "M13", unit="ratio", minimum=1),
        measure("difference", "value - that of agents with 12 months and more", "M13", unit="share"),
        measure("difference_lower", "lower bound of its 95% confidence interval", "M13", unit="share"),
        measure("difference_upper", "its upper bound", "M13", unit="share"),
        share("difference_q", "its Benjamini-Hochberg q over the rows of the table", "M13"),
        text("reason", "why there is no value", "M13"),
    ),
)  # fmt: skip

_OUTCOMES_COMPARED = PublishedTable(
    "outcomes_compared",
    "What followed a handoff, promise, suggestion or contact, by what happened in it, adjusted for the issue.",
    ("subject", "factor", "level", "measure"),
    (
        text("subject", "what is compared", "M11, M12, M13, M19", nullable=False, allowed=COMPARED),
        text("factor", "by what", "M11, M12, M13, M19", nullable=False),
        text("level", "its value", "M11, M12, M13, M19", nullable=False),
        text("reference", "value that it is compared with", "M11, M12, M13, M19", nullable=False),
        text("measure", "outcome", "M11, M12, M13, M19", nullable=False, allowed=tuple(OUTCOME_MEASURES)),
        text("unit", "unit of the outcome", nullable=False),
        count("n", "rows of the level with the outcome", "M11, M12, M13, M19", unit="rows"),
        count("n_reference", "the same of the reference", "M11, M12, M13, M19", unit="rows"),
        count("customers", "customers of both", "M11, M12, M13, M19", unit="customers"),
        measure("value", "mean of the level as it is", "M11, M12, M13, M19"),
        measure("reference_value", "mean of the reference as it is", "M11, M12, M13, M19"),
        measure("adjusted", "mean of the level at the common mix of issues", "M11, M12, M13, M19"),
        measure("reference_adjusted", "the same of the reference", "M11, M12, M13, M19"),
        measure("difference", "adjusted - reference_adjusted", "M11, M12, M13, M19"),
        measure("lower", "lower bound of its 95% confidence interval, customers clustered", "M11, M12, M13, M19"),
        measure("upper", "its upper bound", "M11, M12, M13, M19"),
        share("covered", "share of the rows under issues that both have", "M11, M12, M13, M19"),
        share("p", "two-sided p of no difference", "M11, M12, M13, M19"),
        share("q", "its Benjamini-Hochberg q over the rows of the subject", "M11, M12, M13, M19"),
        text("reason", "why there is no difference", "M11, M12, M13, M19"),
    ),
)  # fmt: skip

_MODE_OUTCOMES = PublishedTable(
    "mode_outcomes",
    "Outcomes by mode: as they are, and standardised to the mix of issues that the modes share.",
    ("grouping", "mode", "measure"),
    (
        grouping("M14"),
        text("mode", "who led the contacts", "M14", nullable=False, allowed=MODES),
        text("measure", "outcome", "M14", nullable=False, allowed=tuple(OUTCOME_MEASURES)),
        text("unit", "unit of the outcome", nullable=False),
        count("n", "contacts with the outcome", "M14"),
        count("customers", "their customers", "M14", unit="customers"),
        measure("value", "mean as it is", "M14"),
        measure("lower", "lower bound of its 95% confidence interval, customers clustered", "M14"),
        measure("upper", "its upper bound", "M14"),
        measure("standardised", "mean at the common mix of issues", "M14"),
        measure("standardised_lower", "lower bound of its 95% confidence interval", "M14"),
        measure("standardised_upper", "its upper bound", "M14"),
        share("covered", "share of the contacts of all modes under issues that all modes have", "M14"),
        count("issues", "such issues; null where nothing was standardised", "M14", unit="issues", nullable=True),
        text("reason", "why it is not standardised", "M14"),
    ),
)  # fmt: skip

_FLAG_PRECISION = PublishedTable(
    "flag_precision",
    "What reviewers found of the flags of each rule, stale verdicts left out.",
    ("rule", "grouping"),
    (
        text("rule", "rule", "M15", nullable=False),
        grouping("M15"),
        count("flags", "flags that stand", "M15", unit="flags"),
        count("judged", "of these, with a verdict that is not stale (the latest)", "M15", unit="flags"),
        count("confirmed", "of these, confirmed", "M15", unit="flags"),
        count("explained", "true, but for a good reason", "M15", unit="flags"),
        count("dismissed", "wrong", "M15", unit="flags"),
        count("stale", "latest verdicts that are stale", "M15", unit="verdicts"),
        share("precision", "confirmed / judged", "M15"),
        share("lower", "lower bound of its 95% confidence interval", "M15"),
        share("upper", "its upper bound", "M15"),
        share("true_share", "(confirmed + explained) / judged", "M15"),
        text("reason", "why there is no precision", "M15"),
    ),
)

_REVIEW_ACCURACY = PublishedTable(
    "review_accuracy",
    "How often the AI is right, estimated for all its claims from the reviewed part of the random sample, by its weights.",
    ("grouping", "period"),
    (
        grouping("M9"),
        text("period", "local month; null for all months together", "M9"),
        count("claims", "claims of the AI", "M9", unit="claims"),
        count("drawn", "of these, drawn", "M9", unit="claims"),
        count("reviewed", "of these, with a verdict", "M9", unit="claims"),
        share("mean_confidence", "mean stated confidence of the drawn claims, weighted: that of all claims", "M9"),
        share("accuracy", "share of right claims, weighted", "M9"),
        share("lower", "lower bound of its 95% confidence interval", "M9"),
        share("upper", "its upper bound", "M9"),
        measure("bias", "mean confidence - accuracy, both of the reviewed claims", "M9", unit="share"),
        text("reason", "why there is no accuracy", "M9"),
    ),
)

#: Rows of handoffs, promises and suggestions, made by SQL models of these names.
HANDOFF_TABLES: dict[str, PublishedTable] = {
    table.name: table for table in (_HANDOFF_QUALITY, _COMMITMENTS, _MODE_MIX, _DISPOSITIONS, _REVIEW_SAMPLE)
}
#: What these add up to.
HANDOFF_ANALYSES: dict[str, PublishedTable] = {
    table.name: table
    for table in (
        _HANDOFF_RATES,
        _PROMISE_RATES,
        _SUGGESTION_RELIANCE,
        _STUCK,
        _MODE_OUTCOMES,
        _OUTCOMES_COMPARED,
        _FLAG_PRECISION,
        _REVIEW_ACCURACY,
    )
}
