"""Plain names of statistical terms, as pages say them, each with the term itself and what it means.

Pages show the plain name; the term stands in its tooltip, and both in the glossary. Metrics are in ``metrics``.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """``key`` names it in addresses; ``plain`` is what pages say, ``term`` what statisticians do (empty: the same)."""

    key: str
    plain: str
    term: str
    text: str


TERMS: tuple[Term, ...] = (
    Term(
        "false-alarm-rate",
        "False-alarm rate",
        "q value (Benjamini-Hochberg)",
        "Of all findings with evidence at least this strong, the share that would be expected to be false alarms if nothing "
        "had changed. A finding counts as statistically significant at 5% or less.",
    ),
    Term(
        "prediction-error",
        "Prediction error",
        "Brier score",
        "Mean squared difference between what was stated (0 to 1) and what turned out (0 or 1): 0 is perfect; always saying 50% "
        "gives 0.25. A gain is by how much it falls.",
    ),
    Term(
        "calibration-error",
        "Calibration error",
        "Debiased L2 expected calibration error (ECE)",
        "How far stated confidence and the share of right answers lie apart, over 15 groups of claims of equal size. A perfectly "
        "calibrated AI has one above 0, too, by chance: the number in brackets says up to where.",
    ),
    Term(
        "estimate",
        "Estimate",
        "Shrunk estimate (empirical Bayes)",
        "The rate of a small group, drawn towards what is usual for its kind, the more the fewer contacts it rests on: so that "
        "nobody tops a ranking by chance.",
    ),
    Term(
        "excess-cost",
        "Excess cost",
        "Regret",
        "What the escalation policy in force costs above the best threshold that can be judged.",
    ),
    Term(
        "bias",
        "Bias",
        "Mean confidence less accuracy",
        "By how many points the AI states more (overconfident) or less (underconfident) than it is right.",
    ),
    Term(
        "ranking",
        "Ranks a high rating above a low one",
        "AUC",
        "How often, of one customer who rated high and one who rated low, the score puts the first above the second. 50% is a coin.",
    ),
    Term(
        "significant",
        "Statistically significant",
        "",
        "More than chance would explain: the false-alarm rate over everything that was tested together is at most 5%.",
    ),
    Term(
        "chance",
        "May be chance",
        "95% confidence interval of the difference includes 0",
        "The change on the week before is no larger than what comes and goes by itself.",
    ),
    Term(
        "diverging",
        "Diverging, undervalued",
        "",
        "Diverging: reported figures improved while outcomes worsened. Undervalued: the reverse. Both say what changed, not why.",
    ),
    Term(
        "provisional",
        "Provisional",
        "",
        "Some follow-up windows are still open: customers may yet come back or complain, and the figure will change.",
    ),
    Term(
        "mode",
        "AI-led, human-led, joint",
        "Mode",
        "Who led the contact: the AI from start to end or until it handed over, a human, or both with the AI suggesting.",
    ),
    Term(
        "handoff",
        "Handoff",
        "",
        "The AI gives the contact to a human. Complete: summary, transcript, tool calls and an honest account of what was tried all "
        "arrived.",
    ),
    Term(
        "containment",
        "Containment",
        "",
        "The contact ended without a human. Failed containment looks the same and is not: the customer was stuck with the AI.",
    ),
    Term(
        "baseline",
        "Baseline and current period",
        "",
        "What a change is a change from: by default the 12 weeks before the 28 days whose windows have closed last.",
    ),
    Term(
        "quarantined",
        "Quarantined, rejected, superseded",
        "",
        "A record with a fault is quarantined with its reason and counted, never dropped silently. A superseded one has a newer "
        "version.",
    ),
    Term(
        "snapshot",
        "Snapshot",
        "",
        "What one nightly run published, as of one instant. All pages and the report are drawn from it.",
    ),
    Term(
        "customer-rating-scale",
        "Customer-rating scale",
        "Logistic layer on CSAT",
        "The score of customers' words, turned into the chance of a high rating, as this operation's own ratings say.",
    ),
)

#: Plain name → term.
BY_PLAIN: dict[str, Term] = {term.plain: term for term in TERMS}
