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
        "customer is known. Identity coverage is the share of served inbound contacts with a known customer: nobody "
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
        "A text model scores each thing that the customer said, from -1 (negative) to 1 (positive). Opening and closing "
        "are the means of the first and the last three customer turns of at least three words. Post-call sentiment is "
        "the survey's rating (1 to 5 put on the same scale), else the survey's words, else the closing turns; sources "
        "are never mixed in a comparison. At most -0.25 counts as negative. The response rate and the share of "
        "conversations that could be scored stand beside it; a language that the model does not know is counted, never "
        "guessed. Words are a weak proxy for satisfaction (rank correlation .2 to .5 with people's ratings).",
    ),
    Definition(
        "M8",
        "Regulator complaints",
        "Complaints received in the period per 1,000 eligible contacts of the period, linked to a contact or not, with "
        "an exact Poisson interval. In a cut by mode only complaints linked to a contact can be counted.",
    ),
    Definition(
        "M15",
        "Case flags",
        "Single contacts where the numbers and what happened part ways. D1: claimed resolved, the customer came back "
        "with the same issue. D2: handled as fast as the fastest quarter of its kind in the 28 days before, and the "
        "customer left unhappy. D3: claimed resolved, a complaint followed. Severity 3 means look today.",
    ),
    Definition(
        "Interval",
        "95 % interval",
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
