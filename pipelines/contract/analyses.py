"""The published tables of statistics: what the counts are worth, each estimate with its interval and its n.

``grouping`` and ``segment`` are JSON objects of dimension → value, ``{}`` for all. Whatever cannot be said is null, with
the reason in ``reason``.
"""

from pipelines.contract.escalation import ESCALATION_COST, ESCALATION_POLICY
from pipelines.contract.handoffs_and_promises import HANDOFF_ANALYSES
from pipelines.contract.published_model import (
    PublishedColumn,
    PublishedKind,
    PublishedTable,
    bounds,
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
        *bounds("M4", "share"),
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
        *bounds("M9", "share", "the bias"),
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
        *bounds("M9", "share", "the drift", "drift_"),
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
        *bounds("M9", ""),
        measure("other_gain", "gain of the map that was not chosen", "M9"),
        share("typical_stated", "median stated confidence of the later claims", "M9"),
        share("typical_calibrated", "calibrated confidence there", "M9"),
        flag("helps", "the gain is statistically significant (its interval lies above 0) and the map is not withdrawn", "M9"),
        text("withdrawn_since", "month since which the map has made confidences worse (recalibration_by_month); null while it holds", "M9"),
        text("reason", "why there is no map", "M9"),
    ),
)  # fmt: skip

_RECALIBRATION_BY_MONTH = PublishedTable(
    "recalibration_by_month",
    "What each map of `recalibration` was worth in each month of the later period; it is withdrawn when it does harm.",
    ("grouping", "label_source", "review_sampling", "period"),
    (
        *_group_of_claims(with_period=False),
        text("period", "local month, such as 2026-11", "M9", nullable=False),
        count("months", "months judged together: this one and those before it that it takes for 100 claims", "M9", unit="months"),
        count("n", "claims of these months", "M9", unit="claims"),
        measure("gain", "Brier score of the stated - of the calibrated confidence", "M9"),
        *bounds("M9", ""),
        text("reason", "why there is no gain, or no interval", "M9"),
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
        *bounds("M7", ""),
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
        *bounds("M16", unit, "the change", f"{name}_"),
        share(f"{name}_p_rise", "one-sided p of a rise", "M16"),
        share(f"{name}_p_fall", "one-sided p of a fall", "M16"),
        measure(f"{name}_detectable", "smallest change for the better (a proxy) or worse (an outcome) that, with one of the other kind, would be found in 8 of 10 cases if this segment alone diverged; null where none would", "M16", unit=unit, minimum=0),
    )  # fmt: skip


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
        flag("is_sensitive_to_issue_coding", "the verdict does not survive without the issues whose share of the contacts moved; it leaves the headline. Null without a verdict", "M16"),
        text("moved_issues", "these issues, as a JSON list (null in it: no issue recorded); null where the verdict was not tested again", "M16"),
        text("cause_segment", "narrowest nested segment that explains it", "M16"),
        text("within_segment", "segment of one dimension whose verdict this one only repeats", "M16"),
        *(share(f"{of}_{question}", f"{of} of {question}", "M16") for question in ("diverging", "undervalued") for of in "pq"),
        *(column for name, unit in DIVERGENCE_MEASURES.items() for column in _change_columns(name, unit)),
        measure("excess_repeats", "change of the repeat rate times the contacts of the period that it is over", "M16", unit="contacts"),
        measure("excess_complaints", "the same of complaints", "M16", unit="complaints"),
        measure("money", "what these cost, where costs are configured; above 0 is lost", "M16", unit="currency"),
        *bounds("M16", "currency", "the money", "money_"),
        text("money_counts", "what the money counts: that has a price, and contacts enough to compare", "M16", allowed=MONEY_COUNTS),
        text("reason", "why nothing can be said", "M16"),
    ),
)  # fmt: skip

_SEGMENT_WORDS = PublishedTable(
    "segment_words",
    "Words that became significantly more frequent when customers of a diverging segment came back, from redacted texts.",
    ("segment", "word"),
    (
        text("segment", "JSON object of dimension and value", "M16", nullable=False),
        text("word", "the word in small letters; at least 10 customers of the period said it", "M16", nullable=False),
        count("customers_period", "customers who said it when they came back after a contact of the period", "M16", unit="customers"),
        count("speakers_period", "customers who came back then and said anything", "M16", unit="customers"),
        count("customers_baseline", "customers who said it when they came back after a contact of the baseline", "M16", unit="customers"),
        count("speakers_baseline", "customers who came back then and said anything", "M16", unit="customers"),
        measure("log_odds", "log-odds ratio of period to baseline, with an informative Dirichlet prior", "M16", nullable=False),
        measure("z", "the same in standard errors", "M16", nullable=False),
        share("q", "its Benjamini-Hochberg q over the words of the segment that are frequent enough", "M16", nullable=False),
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
        *bounds("M17", ""),
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
        _RECALIBRATION_BY_MONTH,
        ESCALATION_COST,
        ESCALATION_POLICY,
        _CLIENT_TERMS,
        _CLIENT_TERMS_CURVE,
        _SEGMENT_DIVERGENCE,
        _SEGMENT_WORDS,
        _PROXY_VALIDITY,
        _SMALL_SEGMENTS,
        *HANDOFF_ANALYSES.values(),
    )
}
