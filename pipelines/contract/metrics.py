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
        "All legs of one conversation count as one contact. Eligible are inbound contacts that were served and whose "
        "customer is known. Where a source of identities says so, an id that names exactly one customer (a phone, an "
        "e-mail) counts as that customer, in one step; one that names several joins nobody. Identity coverage is the share of served inbound contacts with a known customer: nobody "
        "can be seen coming back who was never recognised.",
    ),
    Definition(
        "M2",
        "Repeat contact",
        "The same customer starts another eligible contact within 1, 7 or 30 days of the end of this one. Any issue "
        "always stands beside same issue, because recoding the issue can hide a repeat.",
    ),
    Definition(
        "M3",
        "Mature",
        "A contact is judged only when its window has closed: until 30 days have passed, nobody knows whether the "
        "customer stays away. Rates use one cohort above and below the line: repeated and mature, over mature.",
    ),
    Definition(
        "M4",
        "Early read",
        "How many customers have come back by each day, from contacts of any age: a contact that is five days old speaks "
        "of five days (Kaplan-Meier, with an interval that knows that customers repeat). A week is shown up to the last "
        "day to which enough of its contacts have been followed, never beyond, and is provisional until every window has "
        "closed; then it equals the plain rate.",
    ),
    Definition(
        "M5",
        "First-contact resolution, claimed and from outcomes",
        "Claimed: what the system, the agent or the AI said. From outcomes: no repeat (same issue, or any where the "
        "contact has no issue), no linked complaint and no reopened case within 30 days. Both are taken over the same "
        "contacts: those with a claim whose outcome is known. The gap is claimed minus outcome; false resolution is "
        "the share of claimed resolutions that did not hold. Containment is the share of AI-led contacts that ended "
        "without a human.",
    ),
    Definition(
        "M6",
        "Average handle time",
        "Mean of talk, hold and wrap-up time over served contacts whose handle time is known; coverage says how many "
        "those are. Median and 90th percentile (nearest rank) are over eligible contacts.",
    ),
    Definition(
        "M7",
        "Sentiment",
        "A text model scores each thing that the customer said, from -1 (negative) to 1 (positive). Of "
        "the customer's turns that have at least three words and a score, the opening is the mean of the first half and the "
        "closing that of the last half, of three turns at most each; they never share a turn, and with one turn there is a "
        "closing only. Post-call sentiment is "
        "the survey's rating (1 to 5 put on the same scale), else the survey's words, else the closing turns; sources "
        "are never mixed in a comparison. A survey is about the contact that it names, else about the customer's latest "
        "contact that ended in the seven days before; of several answers about a contact the first counts. Clocks differ, so "
        "an answer up to surveys.early_seconds (by default 300) before the recorded end counts as after it, and an earlier one "
        "does not. Answers that link to nothing are counted by reason. At most -0.25 counts as negative. The response rate and the share of "
        "conversations that could be scored stand beside it; a language that the model does not know is counted, never "
        "guessed. Words are a weak proxy for satisfaction (rank correlation .2 to .5 with people's ratings). In the client's "
        "own terms: where enough contacts with scored words were also rated, a layer learns from earlier ones which words "
        "go with low and high ratings here, and is judged on later ones.",
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
        "Whether the AI is right as often as it says. Claims are judged by people who reviewed them, or by what happened "
        "afterwards; the two are never mixed. Bias is mean stated confidence minus the share right: above 0 is "
        "overconfident. The diagram shows the share right at each stated confidence (isotonic) with a 90% bootstrap band "
        "that describes it, and around the diagonal the 90% band in which a calibrated model's curve would lie.",
    ),
    Definition(
        "M10",
        "Escalation policy",
        "From which confidence upwards the AI should keep a contact rather than hand it over, given what a wrong answer "
        "and a handoff cost (configured, by workflow and opening mood). The threshold is chosen on an earlier period and "
        "judged on a later one. Regret is what the policy in force cost beyond it. A handed-off claim has no outcome of "
        "the AI's own, so the curve stops where no reviewed label tells.",
    ),
    Definition(
        "M11",
        "Handoff quality",
        "Whether what the person needs arrives with the customer: a summary, the transcript, results of tools, an honest "
        "account of what was tried and why it stopped. Complete is a handoff of which every recorded part arrived. The "
        "customer had to say it again where that was recorded, else where the words after the handoff show it. Time to a "
        "person runs from the handoff until somebody took over. What followed is compared at the same mix of issues.",
    ),
    Definition(
        "M12",
        "Promises",
        "Promises made to a customer, recorded by a system or only spoken, matched to the event that keeps them. Shares "
        "are of promises whose fate is known: kept on time, kept late, or broken when the due date and its grace have "
        "passed. Pending ones are not due yet; unverifiable ones leave no event that could tell. Both are counted and in "
        "no share.",
    ),
    Definition(
        "M13",
        "Reliance on suggestions",
        "How often agents take suggestions that are wrong, of the wrong ones, and turn down right ones, of the right "
        "ones; only suggestions that were judged and answered count. By how long the agent has been there. Intervals know "
        "that suggestions of one agent resemble each other.",
    ),
    Definition(
        "M14",
        "Mode mix",
        "Who led the served inbound contacts: the AI first, a human first, or one after the other. Outcomes by mode are "
        "shown as they are and standardised to the mix of issues that the modes share, because the AI gets easier issues; "
        "the share covered says how many contacts have such an issue.",
    ),
    Definition(
        "M15",
        "Case flags",
        "Single contacts where the numbers and what happened part ways. D1: claimed resolved, the customer came back "
        "with the same issue. D2: handled as fast as the fastest quarter of its kind in the 28 days before, and the "
        "customer left unhappy. D3: claimed resolved, a complaint followed. D4: the AI was confident (at least 0.8), kept "
        "the contact, and it did not hold: nobody noticed. D6: as slow as the slowest tenth of its kind in the 28 days "
        "before, yet it held, and the customer is not known to be unhappy. Severity runs from 1 to 3. To look at "
        "today are flags without a verdict that became known in the last seven days (by the records, not by the run), the "
        "most severe and then the oldest first, at most 200; the others without a verdict are the backlog.",
    ),
    Definition(
        "M16",
        "Segment divergence",
        "A segment diverges when a usual figure (handle time, claimed resolution, containment) improves while an outcome "
        "(repeats, false resolutions, complaints, sentiment) worsens, against the weeks before and at the same mix of "
        "issues, beyond chance over all segments (q at most .05) and by more than a least effect. Undervalued is the "
        "reverse. A wide segment that a narrower one explains is folded into it. The word says what moved, never why.",
    ),
    Definition(
        "M17",
        "Proxy validity",
        "The claim of resolution read as a test for the outcome, month by month. Sensitivity: share claimed of what held. "
        "Specificity: share not claimed of what did not hold. False-resolution rate: share of claimed ones that did not "
        "hold. A line that worsens is the first sign that the KPI has stopped meaning what it says.",
    ),
    Definition(
        "M18",
        "Small segments",
        "Rates of agents and small queues are drawn towards what is usual for their kind, the more so the fewer contacts "
        "they rest on (beta-binomial), so that nobody tops a ranking by chance. Only shrunk values are compared.",
    ),
    Definition(
        "M19",
        "Stuck with the AI",
        "Contacts that the AI led alone in which the customer asked for a human and got none, hung up unresolved, or was "
        "misunderstood three times or more. They count as contained. The share is of contacts in which any of this can be "
        "seen. Hanging up counts only where the record says that nothing was resolved; since that claim is what is in doubt, "
        "the share that hung up whatever was claimed stands beside it.",
    ),
    Definition(
        "Interval",
        "95% confidence interval",
        "The range in which the rate plausibly lies given how few contacts it rests on, widened because contacts of "
        "one customer resemble each other (Wilson on n ÷ design effect). Below the minimum number of contacts a rate "
        "is not shown.",
    ),
)


def definition(number: str) -> Definition:
    """The definition with this number; raises KeyError if there is none."""
    for entry in DEFINITIONS:
        if entry.number == number:
            return entry
    raise KeyError(number)
