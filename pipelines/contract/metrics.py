"""Metric definitions in short words, by number. The page shows them where the figure stands."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Definition:
    number: str
    name: str
    text: str


DEFINITIONS: tuple[Definition, ...] = (
    Definition(
        "M1",
        "Eligible contact",
        "All legs of one conversation count as one contact. A contact is eligible if it is inbound, was served, and its "
        "customer is known. An id (a phone, an e-mail) that a source of identities assigns to exactly one customer counts "
        "as that customer, in one step; an id of several customers is not joined. Identity coverage is the share of served "
        "inbound contacts with a known customer: without it, a repeat contact cannot be detected.",
    ),
    Definition(
        "M2",
        "Repeat contact",
        "The same customer starts another eligible contact within 1, 7 or 30 days after this one ended. Any issue and same "
        "issue are always shown together, because recoding the issue can hide a repeat.",
    ),
    Definition(
        "M3",
        "Mature",
        "A contact is judged only once its window has closed: until 30 days have passed, the customer may still come back. "
        "A rate is taken over one cohort: mature contacts that were repeated, divided by all mature contacts.",
    ),
    Definition(
        "M4",
        "Early read",
        "How many customers have come back by each day, from contacts of any age: a contact that is five days old counts "
        "for five days (Kaplan-Meier, with an interval that allows for several contacts of one customer). A week is shown "
        "up to the last day for which enough of its contacts have been followed (a day that fewer than ten have reached "
        "without a repeat has no value), and is provisional until every window has closed; then it equals the rate of "
        "repeat contacts.",
    ),
    Definition(
        "M5",
        "First-contact resolution, claimed and judged by outcomes",
        "Claimed: the system, the agent or the AI recorded the contact as resolved. Judged by outcomes: no repeat contact "
        "(same issue, or any where the contact has no issue), no linked complaint and no reopened case within 30 days. "
        "Both are taken over the same contacts: those with a claim and a known outcome. The gap is claimed minus outcome. "
        "A false resolution is a claimed resolution that the outcome contradicts. Containment is the share of AI-led "
        "and joint contacts in which no human took part.",
    ),
    Definition(
        "M6",
        "Average handle time",
        "Mean of talk, hold and wrap-up time over served contacts with a known handle time; coverage says how many those "
        "are. Median and 90th percentile (nearest rank) are over eligible contacts.",
    ),
    Definition(
        "M7",
        "Sentiment",
        "A text model scores each turn of the customer from -1 (negative) to 1 (positive). Of the turns with at least three "
        "words and a score, opening sentiment is the mean of the first half and closing sentiment that of the last half, "
        "of at most three turns each; the two never share a turn, and a single turn counts as closing. Post-call sentiment "
        "is the survey rating (1 to 5, put on the same scale), else the words of the survey, else the closing turns; "
        "sources are never mixed in a comparison. A survey belongs to the contact it names, else to the customer's latest "
        "contact that ended in the seven days before it; of several answers about a contact the first counts. Clocks "
        "differ, so an answer up to surveys.early_seconds (by default 300) before the recorded end counts as after it. "
        "Answers that cannot be linked are counted by reason. -0.25 or below counts as negative. The response rate and the "
        "share of conversations that were scored are shown beside it; a conversation in a language that the model does not "
        "support is counted as unscored, never guessed. Words are a weak proxy for satisfaction (rank correlation .2 to .5 "
        "with customers' ratings). The customer-rating scale maps words to ratings: where enough contacts with scored words "
        "were also rated, it is learned from the earlier ones and judged on the later ones.",
    ),
    Definition(
        "M8",
        "Regulator complaints",
        "Complaints received in the period per 1,000 eligible contacts of the period, linked to a contact or not, with "
        "an exact Poisson interval. In a cut by mode only complaints linked to a contact can be counted.",
    ),
    Definition(
        "M9",
        "Calibration of AI confidence",
        "Whether the AI is right as often as it says. Claims are judged by reviewers or by outcomes; the two are never "
        "mixed. Bias is mean stated confidence minus the share right: above 0 is overconfident. The reliability diagram "
        "shows the share right at each stated confidence (isotonic regression) with a 90% bootstrap band, and around the "
        "diagonal the 90% band in which the curve of a calibrated model would lie, where the claims of one customer go right "
        "or wrong together as much as they do here. A group is called over- or underconfident only if its bias is "
        "significant among all groups that were judged (Benjamini-Hochberg q at most 0.05). The calibration error of a "
        "calibrated model is above 0, too; what 95% of such models would show at most stands beside it. Recalibration is a "
        "map from stated to calibrated confidence, fitted on earlier claims and judged on later ones, as a whole and month "
        "by month; it is withdrawn from the first month whose gain is significantly below 0.",
    ),
    Definition(
        "M10",
        "Escalation policy",
        "The confidence from which the AI should keep a contact rather than hand it over, given what a wrong answer and a "
        "handoff cost (configured, by workflow and opening mood). The threshold is chosen on an earlier period and judged "
        "on a later one. Excess cost is what the policy in force cost beyond it; the threshold is recommended only where "
        "this is significantly above 0. Otherwise no difference can be told, or the policy in force is the cheapest that can "
        "be judged. A claim that was handed off has no outcome of the AI's own: a threshold is judged where 30 reviewed "
        "claims reach, or where claims without a label are at most a tenth of those that it would keep, between bounds for "
        "all of them right and all of them wrong.",
    ),
    Definition(
        "M11",
        "Handoff quality",
        "Whether the agent receives what they need together with the customer: a summary, the transcript, results of "
        "tools, and an honest account of what was tried and why it stopped. A handoff is complete if every recorded part "
        "arrived. The customer had to repeat themselves if that was recorded, or else if the words after the handoff show "
        "it. Time to a human runs from the handoff until somebody takes over. What followed is compared at the same mix of "
        "issues.",
    ),
    Definition(
        "M12",
        "Promises",
        "Promises made to a customer, recorded by a system or only spoken, matched to the event that keeps them. Shares "
        "are of promises with a known result: kept on time, kept late, or broken once the due date and the grace period "
        "have passed. Pending promises are not due yet; for unverifiable ones no event is recorded that could keep them. "
        "Both are counted and are part of no share.",
    ),
    Definition(
        "M13",
        "Reliance on suggestions",
        "How many of the wrong suggestions agents accept, and how many of the right ones they reject, by the agent's "
        "tenure. Only suggestions that were judged and answered count. Intervals allow for several suggestions of one "
        "agent.",
    ),
    Definition(
        "M14",
        "Mode mix",
        "Who led the served inbound contacts: AI-led, human-led, or joint. Outcomes by mode are shown as they are and "
        "standardised to the mix of issues that the modes share, because the AI gets easier issues; the share covered says "
        "how many contacts have such an issue.",
    ),
    Definition(
        "M15",
        "Case flags",
        "Single contacts in which the usual figures and what followed contradict each other. D1: claimed resolved, and the "
        "customer came back with the same issue. D2: in the fastest quarter of similar contacts of the 28 days before, and "
        "the customer was unhappy. D3: claimed resolved, and a complaint followed. D4: the AI was confident (at least 0.8) "
        "and kept the contact, and the outcome says no: a silent failure. D5: a promise was broken. D6: in the slowest "
        "tenth of similar contacts of the 28 days before, yet resolved, and the customer is not known to be unhappy. D7: "
        "after a handoff the customer had to start again. D8: the customer was stuck with the AI. Severity runs from 1 to "
        "3. To look at today: flags without a verdict that became known in the last seven days (by the records, not by the "
        "run), the most severe first, then the oldest, at most 200; other flags without a verdict are the backlog.",
    ),
    Definition(
        "M16",
        "Segment divergence",
        "A segment diverges when a usual figure (handle time, claimed resolution, containment) improves while an outcome "
        "(repeat contacts, false resolutions, complaints, sentiment) worsens, compared with the weeks before at the same "
        "mix of issues, statistically significant over all segments (q at most .05) and by more than a least effect. "
        "Undervalued is the reverse. A wide segment that a narrower one explains is listed under it. Where an issue's share of "
        "the contacts moved by more than half of itself and two points (configurable), the verdict is tested again without the "
        "issues that gained or lost; one that does not survive is sensitive to issue coding and does not count. With each "
        "segment stands the smallest change that would be found in 8 of 10 cases. Divergence says what changed, not why.",
    ),
    Definition(
        "M17",
        "Proxy validity",
        "The claim of resolution read as a test of the outcome, month by month. Sensitivity: share of resolved contacts "
        "that were claimed. Specificity: share of unresolved contacts that were not claimed. False-resolution rate: share "
        "of claimed contacts that were not resolved. A line that worsens is the first sign that the KPI has stopped meaning "
        "what it says.",
    ),
    Definition(
        "M18",
        "Small segments",
        "Rates of agents and small queues are drawn towards what is usual for groups of their kind and size, the more so "
        "the fewer contacts they rest on (hierarchical Bayes, beta-binomial), so that nobody tops a ranking by chance. Only "
        "these estimates are compared.",
    ),
    Definition(
        "M19",
        "Stuck with the AI",
        "Failed containment: contacts led by the AI alone in which the customer asked for a human and got none, hung up "
        "unresolved, or was misunderstood three times or more. They look contained. The share is of contacts in which any "
        "of this can be seen. Hanging up counts only where the record says that nothing was resolved; since that claim is "
        "itself in doubt, the share that hung up whatever was claimed is shown beside it.",
    ),
    Definition(
        "Interval",
        "95% confidence interval",
        "The range in which the rate plausibly lies given how few contacts it rests on, widened because contacts of one "
        "customer resemble each other: the more of them one customer makes, the wider (Wilson interval on n divided by the "
        "design effect of this very week and group, Student's t). Below the minimum number of contacts a rate is not shown.",
    ),
)


def definition(number: str) -> Definition:
    """The definition with this number; raises KeyError if there is none."""
    for entry in DEFINITIONS:
        if entry.number == number:
            return entry
    raise KeyError(number)
