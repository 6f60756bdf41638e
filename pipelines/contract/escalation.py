"""The published tables of the escalation policy (M10): what a threshold costs, and what is recommended."""

from pipelines.contract.published_model import PublishedColumn, PublishedTable, bounds, count, measure, share, text

MOODS = ("negative", "not_negative", "unknown")
CONFIDENCE_KINDS = ("raw", "recalibrated")
#: What the threshold that an earlier period chose comes to on a later one; only ``costs_less`` recommends it.
POLICY_VERDICTS = ("costs_less", "no_difference", "in_force_cheapest")

_POLICY_KEY = ("workflow", "mood", "confidence_kind")


def _policy_group() -> tuple[PublishedColumn, ...]:
    return (
        text("workflow", "workflow", "M10"),
        text("mood", "whether the customer opened at or below -0.25", "M10", nullable=False, allowed=MOODS),
        text("confidence_kind", "as stated, or recalibrated", "M10", nullable=False, allowed=CONFIDENCE_KINDS),
    )


ESCALATION_COST = PublishedTable(
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
        measure("lower", "95% confidence interval by customer, from all unlabelled handed-off claims right", "M10", unit="currency"),
        measure("upper", "its upper bound, to all of them wrong", "M10", unit="currency"),
        measure("if_right", "the cost if all kept claims that were handed off and have no label were right", "M10", unit="currency"),
        measure("if_wrong", "the same if all of them were wrong", "M10", unit="currency"),
        measure("kept", "claims kept, per 1,000", "M10", unit="claims", minimum=0),
        measure("kept_wrong", "of these, wrong", "M10", unit="claims", minimum=0),
        measure("handed_off", "claims handed off, per 1,000", "M10", unit="claims", minimum=0),
    ),
)  # fmt: skip

ESCALATION_POLICY = PublishedTable(
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
        text("verdict", "what it comes to: costs less than the policy in force, no difference can be told, or the policy in force is the cheapest that can be judged", "M10", allowed=POLICY_VERDICTS),
        measure("recommended_threshold", "the threshold where it costs significantly less than the policy in force, else null", "M10"),
        measure("cost", "its cost per 1,000 later claims", "M10", unit="currency"),
        *bounds("M10", "currency", "that cost", "cost_"),
        count("unlabelled", "claims that it would keep, that were handed off and have no label", "M10", unit="claims", nullable=True),
        measure("cost_if_right", "that cost if all of these were right", "M10", unit="currency"),
        measure("cost_if_wrong", "that cost if all of them were wrong", "M10", unit="currency"),
        measure("in_force", "cost of the policy in force, per 1,000 later claims", "M10", unit="currency"),
        *bounds("M10", "currency", "that cost", "in_force_"),
        measure("in_force_kept", "claims that the policy in force kept, per 1,000", "M10", unit="claims", minimum=0),
        measure("in_force_kept_wrong", "of these, wrong", "M10", unit="claims", minimum=0),
        measure("regret", "excess cost: cost of the policy in force - cost at the threshold, per 1,000", "M10", unit="currency"),
        *bounds("M10", "currency", "the excess cost", "regret_"),
        measure("regret_total", "excess cost of all later claims together", "M10", unit="currency"),
        text("recalibration_withdrawn_since", "month since which recalibration has made confidences worse; then there is no policy on them", "M10"),
        count("handoffs", "handoffs of the later period", "M10", unit="handoffs"),
        count("too_late", "of these, after 3 misunderstandings or after sentiment turned negative", "M10", unit="handoffs"),
        count("too_eager", "of these, with a recalibrated P(correct) above the recommended threshold (the closed form where none is recommended on that scale)", "M10", unit="handoffs"),
        count("undecided", "of these, without a P(correct) or an optimum to compare", "M10", unit="handoffs"),
        text("reason", "why the curve stops, or why there is no verdict", "M10"),
    ),
)  # fmt: skip
