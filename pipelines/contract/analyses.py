"""The published tables of statistics: what the counts are worth, each estimate with its interval and its n.

``grouping`` and ``segment`` are JSON objects of dimension → value, ``{}`` for all. Whatever cannot be said is null, with
the reason in ``reason``.
"""

from pipelines.contract.handoffs_and_promises import HANDOFF_ANALYSES
from pipelines.contract.published_model import (
    PublishedColumn,
    PublishedKind,
    PublishedTable,
    count,
    day,
    flag,
    grouping,
    measure,
    share,
    text,
)

LABEL_SOURCES = ("reviewed", "outcome")
#: Reviewed claims by how they came to be reviewed; a row without one is of all reviewed claims.
REVIEW_SAMPLINGS = ("random", "targeted", "unknown")
#: Outcomes of contacts in which the AI's answer stood; a row without it is of all, those handed to a human included,
#: whose outcome is as much the human's.
KEPT = "kept"
MOODS = ("negative", "not_negative", "unknown")
CONFIDENCE_KINDS = ("raw", "recalibrated")
#: What the money of a segment may count.
MONEY_COUNTS = ("repeats", "complaints", "repeats_and_complaints")
VERDICTS = ("diverging", "undervalued", "aligned", "insufficient")
#: Measures of segment divergence, and the unit of each.
DIVERGENCE_MEASURES = {
    "handle_seconds": "seconds",
    "claimed": "share",
    "contained": "share",
    "repeat": "share",
    "false_resolution": "share",
    "complaint": "share",
    "post_call_sentiment": "-1 to 1",
}
VALIDITY_MEASURES = (
    "sensitivity",
    "specificity",
    "false_resolution_rate",
    "fcr_claimed",
    "fcr_outcome",
    "moved_together",
    "handle_time_and_repeat",
    "handle_time_and_outcome",
    "issue_changed",
)
SMALL_SEGMENT_MEASURES = ("repeat_any_30d", "false_resolution", "complaints_per_1000", "negative_survey_csat")


def _bounds(metric: str, unit: str, what: str = "", prefix: str = "") -> tuple[PublishedColumn, PublishedColumn]:
    of = f" of {what}" if what else ""
    return (
        measure(f"{prefix}lower", f"lower bound of the 95% confidence interval{of}", metric, unit=unit),
        measure(f"{prefix}upper", "its upper bound", metric, unit=unit),
    )


def _group_of_claims(*, with_period: bool = True) -> tuple[PublishedColumn, ...]:
    period = (text("period", "local month, such as 2026-11; null for all months together", "M9"),)
    return (
        grouping("M9"),
        text("label_source", "where the verdict comes from", "M9", nullable=False, allowed=LABEL_SOURCES),
        text(
            "review_sampling",
            "which claims: reviewed ones by how they came to be reviewed, outcomes where the AI's answer stood (kept); null for all of the source",
            "M9",
            allowed=(*REVIEW_SAMPLINGS, KEPT),
        ),
        *(period if with_period else ()),
    )


_CLAIM_KEY = ("grouping", "label_source", "review_sampling", "period")

_REPEAT_SURVIVAL = PublishedTable(
    "repeat_survival",
    "Early read: the probability that the customer has come back by each day, from contacts of any age (Kaplan-Meier).",
    ("grouping", "scope", "week", "day"),
    (
        grouping("M4"),
        text("scope", "which next contact counts", "M4", nullable=False, allowed=("any", "same_issue")),
        day("week", "Monday of the ISO week in which the contacts started"),
        PublishedColumn(
            "day", PublishedKind.COUNT, "whole days after the contact", "days", "M4", False, minimum=0, maximum=30
        ),
        count("n", "contacts of the week that have ended by as_of", "M4"),
        count("customers", "their customers", "M4", unit="customers"),
        count("at_risk", "contacts followed up to the day without a repeat before it", "M4"),
        count("events", "of these, repeated on the day", "M4"),
        share("repeat_probability", "probability of a repeat by the day, 1 - S", "M4"),
        *_bounds("M4", "share"),
        share("window_share", "mean share of the 30 days that has passed", "M4", nullable=False),
        flag("is_provisional", "some window is still open", "M4", nullable=False),
        count("mature_n", "contacts whose 30-day window has closed", "M3"),
        count("mature_repeated", "of these, repeated within 30 days", "M2"),
        text("reason", "why there is no probability or no interval", "M4"),
    ),
)

_CALIBRATION_SUMMARY = PublishedTable(
    "calibration_summary",
    "How the AI's stated confidence compares with how often it was right, by group and month.",
    _CLAIM_KEY,
    (
        *_group_of_claims(),
        flag("is_headline", "the row to quote for its grouping, source and period", "M9", nullable=False),
        count("n", "claims that can be judged", "M9", unit="claims"),
        count("refused", "claims that cannot, such as a draw or no confidence", "M9", unit="claims"),
        text("refused_reasons", "why, as a JSON object of reason and claims", "M9"),
        share("mean_confidence", "mean stated confidence", "M9"),
        share("accuracy", "share of right claims", "M9"),
        share("brier", "Brier score = miscalibration - discrimination + uncertainty", "M9"),
        measure("miscalibration", "CORP: what recalibration would gain", "M9"),
        measure("discrimination", "CORP: what the confidence tells of right and wrong", "M9"),
        measure("uncertainty", "CORP: Brier score of the accuracy itself", "M9"),
        measure("log_loss", "mean logarithmic loss", "M9", unit="nats", minimum=0),
        share("ece_debiased", "debiased L2 calibration error over 15 equal-mass bins", "M9"),
        share("ece_null", "what a calibrated AI with these claims and customers would have on average", "M9"),
        share("ece_null_upper", "what 95% of such AIs would have at most", "M9"),
        measure("bias", "mean confidence - accuracy; above 0 is overconfident", "M9", unit="share"),
        *_bounds("M9", "share", "the bias"),
        share("p_value", "two-sided p of no bias", "M9"),
        share("q_value", "its Benjamini-Hochberg q among the groups of the period and label source", "M9"),
        share("stated", "mean confidence of the claims around the median", "M9"),
        share("stated_from", "least confidence among them", "M9"),
        share("stated_to", "greatest confidence among them", "M9"),
        count("stated_n", "claims among them", "M9", unit="claims", nullable=True),
        share("stated_accuracy", "share of them that is right", "M9"),
        *(share(f"stated_{end}", f"{end} bound of that share", "M9") for end in ("lower", "upper")),
        text("previous_period", "month that the drift is measured from", "M9"),
        measure("drift", "bias - bias of that month", "M9", unit="share"),
        *_bounds("M9", "share", "the drift", "drift_"),
        share("drift_p", "two-sided p of no drift", "M9"),
        share("drift_q", "its Benjamini-Hochberg q among the groups of the month and label source", "M9"),
        text("reason", "why there are no scores, or no interval", "M9"),
    ),
)

_CALIBRATION_CURVE = PublishedTable(
    "calibration_curve",
    "Reliability diagram: isotonic curve with a bootstrap band around it and a consistency band around the diagonal.",
    (*_CLAIM_KEY, "confidence"),
    (
        *_group_of_claims(),
        share("confidence", "stated confidence", "M9", nullable=False),
        share("estimate", "share of right claims at it (isotonic)", "M9", nullable=False),
        share("lower", "90% bootstrap band around the curve (descriptive)", "M9"),
        share("upper", "its upper edge", "M9"),
        share("consistency_lower", "90% band in which a calibrated model's curve lies", "M9"),
        share("consistency_upper", "its upper edge", "M9"),
    ),
)

_CONFIDENCE_HISTOGRAM = PublishedTable(
    "confidence_histogram",
    "Stated confidences in twenty bars, beneath the reliability diagram.",
    (*_CLAIM_KEY, "bar_from"),
    (
        *_group_of_claims(),
        share("bar_from", "lower end of the bar, included", "M9", nullable=False),
        share("bar_to", "upper end; included in the last bar only", "M9", nullable=False),
        count("claims", "claims in the bar", "M9", unit="claims"),
    ),
)

_RECALIBRATION = PublishedTable(
    "recalibration",
    "From stated to calibrated confidence: the better of two maps fitted earlier and judged later; linear between rows.",
    ("grouping", "label_source", "review_sampling", "stated"),
    (
        *_group_of_claims(with_period=False),
        share("stated", "stated confidence; null where there is no map", "M9"),
        share("calibrated", "calibrated confidence", "M9"),
        text("kind", "which map", "M9", allowed=("isotonic", "logistic")),
        count("fitted_on", "claims of the earlier period", "M9", unit="claims"),
        count("judged_on", "claims of the later period", "M9", unit="claims"),
        measure("gain", "Brier score of the stated - of the calibrated confidence, later claims", "M9"),
        *_bounds("M9", ""),
        measure("other_gain", "gain of the map that was not chosen", "M9"),
        share("typical_stated", "median stated confidence of the later claims", "M9"),
        share("typical_calibrated", "calibrated confidence there", "M9"),
        flag("helps", "the gain is statistically significant (its interval lies above 0)", "M9"),
        text("reason", "why there is no map", "M9"),
    ),
)

_POLICY_KEY = ("workflow", "mood", "confidence_kind")


def _policy_group() -> tuple[PublishedColumn, ...]:
    return (
        text("workflow", "workflow", "M10"),
        text("mood", "whether the customer opened at or below -0.25", "M10", nullable=False, allowed=MOODS),
        text("confidence_kind", "as stated, or recalibrated", "M10", nullable=False, allowed=CONFIDENCE_KINDS),
    )


_ESCALATION_COST = PublishedTable(
    "escalation_cost",
    "What it costs to keep the AI's answers from a confidence upwards, on the later period, per 1,000 claims.",
    (*_POLICY_KEY, "threshold"),
    (
        *_policy_group(),
        measure(
            "threshold",
            "claims at or above it are kept; 1.01 hands all off",
            "M10",
            minimum=0,
            maximum=1.01,
            nullable=False,
        ),
        measure("cost", "cost per 1,000 claims; null where no label tells", "M10", unit="currency", minimum=0),
        measure("lower", "95% bootstrap band, customers resampled", "M10", unit="currency"),
        measure("upper", "its upper edge", "M10", unit="currency"),
        measure("kept", "claims kept, per 1,000", "M10", unit="claims", minimum=0),
        measure("kept_wrong", "of these, wrong", "M10", unit="claims", minimum=0),
        measure("handed_off", "claims handed off, per 1,000", "M10", unit="claims", minimum=0),
    ),
)

_ESCALATION_POLICY = PublishedTable(
    "escalation_policy",
    "The threshold that an earlier period recommends, judged on a later one and compared with the policy in force.",
    _POLICY_KEY,
    (
        *_policy_group(),
        text("earlier", "days on which the threshold was chosen, such as 2026-06-01/2026-07-15", "M10"),
        text("later", "days on which it was judged", "M10"),
        count("claims", "claims of the later period", "M10", unit="claims"),
        count("labelled", "of these, with a label", "M10", unit="claims"),
        count("handed_off", "of these, handed to a human", "M10", unit="claims"),
        measure("cost_wrong", "configured cost of a wrong answer", "M10", unit="currency"),
        measure("cost_handoff", "configured cost of a handoff", "M10", unit="currency"),
        share("human_wrong_share", "share that a human gets wrong too", "M10"),
        share("closed_form_threshold", "keep from this P(correct) upwards, by the costs alone", "M10"),
        measure("stops_at", "lowest threshold whose cost is known", "M10"),
        measure("threshold", "threshold of least cost in the earlier period, of those that labels reach in both", "M10"),
        measure("cost", "its cost per 1,000 later claims", "M10", unit="currency"),
        *_bounds("M10", "currency", "that cost", "cost_"),
        measure("in_force", "cost of the policy in force, per 1,000 later claims", "M10", unit="currency"),
        *_bounds("M10", "currency", "that cost", "in_force_"),
        measure("regret", "excess cost: cost of the policy in force - cost at the threshold, per 1,000", "M10", unit="currency"),
        *_bounds("M10", "currency", "the excess cost", "regret_"),
        measure("regret_total", "excess cost of all later claims together", "M10", unit="currency"),
        count("handoffs", "handoffs of the later period", "M10", unit="handoffs"),
        count("too_late", "of these, after 3 misunderstandings or after sentiment turned negative", "M10", unit="handoffs"),
        count("too_eager", "of these, with a recalibrated P(correct) above the optimum (the closed form where none is known on that scale)", "M10", unit="handoffs"),
        count("undecided", "of these, without a P(correct) or an optimum to compare", "M10", unit="handoffs"),
        text("reason", "why the curve stops, or why there is no verdict", "M10"),
    ),
)  # fmt: skip

_CLIENT_TERMS = PublishedTable(
    "client_terms",
    "Closing words on the customer-rating scale: a logistic model from the text model's probabilities to low or high ratings.",
    (),
    (
        count("contacts", "contacts with scored closing turns and a later rating", "M7"),
        count("fitted_on", "earlier ones on which the scale was fitted", "M7"),
        count("judged_on", "later ones on which it was judged", "M7"),
        measure("intercept", "of the scale", "M7"),
        measure("negative", "coefficient of P(negative)", "M7"),
        measure("neutral", "coefficient of P(neutral)", "M7"),
        measure("positive", "coefficient of P(positive)", "M7"),
        share("auc", "how often the scale ranks a high rating above a low one", "M7"),
        share("auc_raw", "the same of the raw score", "M7"),
        share("brier", "Brier score of the scale on later contacts", "M7"),
        share("brier_raw", "the same of the raw score read as a probability", "M7"),
        share("brier_base", "the same of the earlier share of high ratings", "M7"),
        measure("gain", "raw - scale", "M7"),
        *_bounds("M7", ""),
        measure("bias", "mean predicted - share of high ratings", "M7", unit="share"),
        text("reason", "why there is no scale", "M7"),
    ),
)

_CLIENT_TERMS_CURVE = PublishedTable(
    "client_terms_curve",
    "Reliability of the customer-rating scale on later contacts.",
    ("confidence",),
    (
        share("confidence", "predicted P(high rating)", "M7", nullable=False),
        share("estimate", "share of high ratings at it (isotonic)", "M7", nullable=False),
        share("lower", "90% bootstrap band around the curve (descriptive)", "M7"),
        share("upper", "its upper edge", "M7"),
        share("consistency_lower", "90% band in which a calibrated scale's curve lies", "M7"),
        share("consistency_upper", "its upper edge", "M7"),
    ),
)


def _change_columns(name: str, unit: str) -> tuple[PublishedColumn, ...]:
    words = name.replace("_", " ")
    return (
        count(f"{name}_n_baseline", f"contacts of the baseline with {words}, under issues of both", "M16"),
        count(f"{name}_n_period", "the same of the period", "M16"),
        share(f"{name}_covered", "their share of the contacts with it", "M16"),
        measure(f"{name}_baseline", f"{words} in the baseline at the common mix of issues", "M16", unit=unit),
        measure(f"{name}_period", "the same in the period", "M16", unit=unit),
        measure(f"{name}_change", "period - baseline", "M16", unit=unit),
        *_bounds("M16", unit, "the change", f"{name}_"),
        share(f"{name}_p_rise", "one-sided p of a rise", "M16"),
        share(f"{name}_p_fall", "one-sided p of a fall", "M16"),
    )


_SEGMENT_DIVERGENCE = PublishedTable(
    "segment_divergence",
    "Where the proxies improve while the outcomes worsen, or the reverse: every segment of one and two dimensions.",
    ("segment",),
    (
        text("segment", "JSON object of dimension and value", "M16", nullable=False),
        text("same_as", "other names of the same contacts, as a JSON list", "M16"),
        text("period", "days compared, such as 2026-08-04/2026-08-31", "M16", nullable=False),
        text("baseline", "days compared with, from the first one that holds contacts", "M16", nullable=False),
        count("baseline_days", "days that it would have with data enough", "M16", unit="days"),
        count("baseline_days_with_data", "of these, days that hold contacts", "M16", unit="days"),
        count("contacts_baseline", "contacts whose windows have closed", "M16"),
        count("contacts_period", "the same of the period", "M16"),
        count("customers", "customers with a contact in the period", "M16", unit="customers"),
        text("verdict", "what the two together say", "M16", nullable=False, allowed=VERDICTS),
        share("p", "p of the verdict, else the smaller of the two below", "M16"),
        share("q", "its Benjamini-Hochberg q over all segments", "M16"),
        text("lead_proxy", "proxy that carries the verdict", "M16", allowed=tuple(DIVERGENCE_MEASURES)),
        text("lead_outcome", "outcome that carries it", "M16", allowed=tuple(DIVERGENCE_MEASURES)),
        text("cause_segment", "narrowest nested segment that explains it", "M16"),
        text("within_segment", "segment of one dimension whose verdict this one only repeats", "M16"),
        *(share(f"{of}_{question}", f"{of} of {question}", "M16") for question in ("diverging", "undervalued") for of in "pq"),
        *(column for name, unit in DIVERGENCE_MEASURES.items() for column in _change_columns(name, unit)),
        measure("excess_repeats", "change of the repeat rate times the contacts of the period that it is over", "M16", unit="contacts"),
        measure("excess_complaints", "the same of complaints", "M16", unit="complaints"),
        measure("money", "what these cost, where costs are configured; above 0 is lost", "M16", unit="currency"),
        *_bounds("M16", "currency", "the money", "money_"),
        text("money_counts", "what the money counts: that has a price, and contacts enough to compare", "M16", allowed=MONEY_COUNTS),
        text("reason", "why nothing can be said", "M16"),
    ),
)  # fmt: skip

_PROXY_VALIDITY = PublishedTable(
    "proxy_validity",
    "Whether a claim of resolution, and a short handle time, still mean what they say: by month, and as a line over months.",
    ("segment", "measure", "period"),
    (
        text("segment", "JSON object of dimension and value; {} for all", "M17", nullable=False),
        text("measure", "what is measured", "M17", nullable=False, allowed=VALIDITY_MEASURES),
        text("period", "local month; null for the line over all months (value: slope a month)", "M17"),
        text("baseline", "month before, where a change is measured", "M17"),
        count("numerator", "contacts (or segments) that count", "M17", nullable=True),
        count("denominator", "contacts (segments, months) looked at", "M17", nullable=True),
        measure("value", "share, rank correlation, or slope", "M17"),
        *_bounds("M17", ""),
        share("p", "two-sided p, where there is a test", "M17"),
        share("q", "its Benjamini-Hochberg q over the lines of a measure", "M17"),
        text("reason", "why there is no value", "M17"),
    ),
)

_SMALL_SEGMENTS = PublishedTable(
    "small_segments",
    "Rates of agents and queues: raw, shrunk towards their kind, and with n. Rankings use the shrunk value.",
    ("kind", "name", "measure"),
    (
        text("kind", "kind of group", "M18", nullable=False, allowed=("agent_id", "queue")),
        text("name", "the group", "M18", nullable=False),
        text("measure", "rate", "M18", nullable=False, allowed=SMALL_SEGMENT_MEASURES),
        text("period", "days looked at", "M18", nullable=False),
        count("numerator", "contacts that count", "M18"),
        count("n", "contacts looked at", "M18"),
        measure("raw", "rate as counted (complaints per 1,000)", "M18", minimum=0),
        measure("shrunk", "posterior mean", "M18", minimum=0),
        measure("lower", "lower bound of its 95% posterior interval", "M18", minimum=0),
        measure("upper", "its upper bound", "M18", minimum=0),
        share("weight", "share of the group's own data in it", "M18"),
        count("rank", "1 is the highest shrunk rate; equal values share a rank", "M18", unit="", nullable=True),
        count("groups", "groups of the kind with contacts", "M18", unit="groups"),
        measure("prior_mean", "what a group of average size of the kind usually does", "M18", minimum=0),
        measure(
            "prior_slope", "what a unit of log n adds to its log-odds (log, for complaints)", "M18", unit="log-odds"
        ),
        measure(
            "prior_concentration",
            "how much that counts, in contacts / design effect",
            "M18",
            unit="contacts",
            minimum=0,
        ),
        text("reason", "why there is no rate, or why it is not shrunk", "M18"),
    ),
)

#: Tables of statistics by name, in the order in which documentation lists them.
ANALYSIS_TABLES: dict[str, PublishedTable] = {
    table.name: table
    for table in (
        _REPEAT_SURVIVAL,
        _CALIBRATION_SUMMARY,
        _CALIBRATION_CURVE,
        _CONFIDENCE_HISTOGRAM,
        _RECALIBRATION,
        _ESCALATION_COST,
        _ESCALATION_POLICY,
        _CLIENT_TERMS,
        _CLIENT_TERMS_CURVE,
        _SEGMENT_DIVERGENCE,
        _PROXY_VALIDITY,
        _SMALL_SEGMENTS,
        *HANDOFF_ANALYSES.values(),
    )
}
