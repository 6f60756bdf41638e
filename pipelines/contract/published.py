"""The published tables of contacts and what happened after them, and of the data itself; ``evidence`` holds those of statistics."""

from pipelines.contract.analyses import ANALYSIS_TABLES
from pipelines.contract.canonical import SEGMENT_DIMENSIONS
from pipelines.contract.cases import CASE_TABLES
from pipelines.contract.data_tables import DATA_TABLES
from pipelines.contract.handoffs_and_promises import HANDOFF_TABLES
from pipelines.contract.intervals import INTERVAL_TABLES, WEEKLY_DIMENSIONS
from pipelines.contract.published_model import (
    DIMENSIONS,
    SYSTEM,
    PublishedColumn,
    PublishedKind,
    PublishedTable,
    count,
    day,
    flag,
    instant,
    measure,
    score,
    text,
)
from pipelines.contract.segments import SPELT_DIMENSIONS

WINDOWS_DAYS = (1, 7, 30)
#: Rules of case flags, and their numbers.
CASE_RULES = {
    "claimed_resolved_came_back": "D1",
    "fast_but_unhappy": "D2",
    "claimed_resolved_complained": "D3",
    "confident_and_wrong": "D4",
    "promise_broken": "D5",
    "slow_but_good": "D6",
    "handoff_amnesia": "D7",
    "stuck_with_ai": "D8",
}
#: Where a post-call sentiment may come from, the best first. Comparisons are made within one source.
SENTIMENT_SOURCES = ("survey_csat", "survey_verbatim", "closing_turns")
#: Ratings of a survey, from worst to best.
RATINGS = (1, 2, 3, 4, 5)
#: ``too_short``: no turn of three words; ``no_words``: nothing that the model can read.
TRANSCRIPT_SCORINGS = ("scored", "too_short", "unknown_language", "unsupported_language", "no_words")
#: What becomes of a survey response, in words; the first two are about an eligible contact.
SURVEY_FATES = {
    "counted": "counted for a contact",
    "later_response": "about a contact for which an earlier answer counts",
    "unlinked_no_customer": "without a contact or a known customer",
    "unlinked_contact": "of a contact that is not there",
    "unlinked_no_contact": "of a customer without a contact in the seven days before",
    "before_the_end": "given before the contact had ended",
    "not_eligible": "about a contact that is not eligible",
    "unfinished": "without rating, recommendation or words",
}
#: Of these, a finished answer that links to nothing that counts.
UNLINKED_SURVEY_FATES = tuple(fate for fate in SURVEY_FATES if fate not in ("counted", "later_response", "unfinished"))


def _sum(name: str, description: str) -> PublishedColumn:
    return measure(name, description, "M7", unit="-1 to 1 each", nullable=False)


def _sentiment_counts(source: str) -> tuple[PublishedColumn, ...]:
    words = source.replace("_", " ")
    return (
        count(f"sentiment_{source}_n", f"eligible contacts whose post-call sentiment comes from {words}", "M7"),
        _sum(f"sentiment_{source}_sum", "their post-call sentiments, summed"),
        count(
            f"sentiment_{source}_negative",
            "of these, negative: at most -0.25 (a rating of at most 2.5)"
            if source == "survey_csat"
            else "of these, negative: at most -0.25",
            "M7",
        ),
    )


_CONTACT_OUTCOMES = PublishedTable(
    "contact_outcomes",
    "One row per eligible contact (M1) with what happened after it.",
    ("system", "contact_id"),
    (
        SYSTEM,
        text("contact_id", "id of the contact's first leg, as delivered", "M1", nullable=False),
        text("customer_key", "keyed pseudonym of the customer", "M1", nullable=False),
        day("day", "local day on which the contact started"),
        instant("started_at", "earliest start of its legs", "M1", nullable=False),
        instant("ended_at", "latest end of its legs", "M1", nullable=False),
        PublishedColumn(
            "hour_of_day", PublishedKind.COUNT, "local hour of the start", "hour", "M1", False, minimum=0, maximum=23
        ),
        *DIMENSIONS,
        text("agent_id", "last human agent", "M1"),
        text("case_id", "last CRM case", "M1"),
        count("legs", "legs of the contact", "M1", unit="legs"),
        count("transfer_count", "legs − 1 plus recorded external transfers", "M1", unit="transfers"),
        measure("handle_seconds", "sum of the known legs", "M6", unit="seconds", minimum=0),
        flag("resolved_claimed", "what the system of record, the agent or the AI said", "M5"),
        instant("next_contact_at", "start of the customer's next eligible contact within the longest window", "M2"),
        text("next_contact_id", "id of that contact", "M2"),
        text("next_contact_issue", "its issue, which another than this one's hides from same-issue repeats", "M2, M17"),
        instant("next_same_issue_at", "likewise, of the next contact with the same issue", "M2"),
        text("next_same_issue_id", "id of that contact", "M2"),
        *(flag(f"mature_{w}d", f"the {w}-day window had closed at as_of", "M3", nullable=False) for w in WINDOWS_DAYS),
        *(
            flag(f"repeat_any_{w}d", f"the customer came back within {w} × 24 h; null until mature", "M2")
            for w in WINDOWS_DAYS
        ),
        *(
            flag(
                f"repeat_issue_{w}d",
                f"came back with the same issue within {w} × 24 h; null until mature or without an issue",
                "M2",
            )
            for w in WINDOWS_DAYS
        ),
        flag("complaint_within_30d", "a linked regulator complaint within 30 days; null until mature", "M8"),
        flag("reopened_within_30d", "the case was reopened within 30 days; null until mature", "M5"),
        flag("closed_account_within_30d", "the customer closed the account within 30 days; null until mature", "M5"),
        flag("resolved_outcome", "no repeat, complaint or reopening within 30 days; null until mature + lag", "M5"),
        text("resolution_scope", "scope of the repeat part", "M5", nullable=False, allowed=("same_issue", "any")),
        text("resolution_parts", "parts that were used, joined by +", "M5", nullable=False),
        score(
            "opening_sentiment",
            "mean score of the first min(3, k // 2) of the customer's k scored turns of at least three words; null with k = 1",
        ),
        score(
            "closing_sentiment",
            "mean score of the last min(3, k - k // 2) of them: no turn is both opening and closing",
        ),
        score("closing_sentiment_calibrated", "closing sentiment on the customer-rating scale: 2 P(high rating) - 1"),
        score("post_call_sentiment", "rating of the survey, else its words, else the closing turns"),
        text("sentiment_source", "where the post-call sentiment comes from", "M7", allowed=SENTIMENT_SOURCES),
        text(
            "transcript_scoring",
            "whether the customer's turns could be scored, or why not; null without any",
            "M7",
            allowed=TRANSCRIPT_SCORINGS,
        ),
        flag("has_survey", "a survey response counts for the contact; null where no source has surveys", "M7"),
        measure(
            "csat",
            "its rating, unrounded where the source has another scale",
            "M7",
            unit="points 1 to 5",
            minimum=1,
            maximum=5,
        ),
        text("survey_words", "the customer's own words in that response, redacted; null where there are none", "M7"),
        measure(
            "ai_confidence",
            "the AI's confidence that it resolved the contact",
            "M9",
            unit="probability",
            minimum=0,
            maximum=1,
        ),
        flag("contained", "the AI ended it without a human; null where no AI led", "M5"),
        flag(
            "promise_broken",
            "a promise made in it was broken; null where none was made, or none can be judged yet",
            "M12",
        ),
    ),
    partition="day",
)

_KPI_DAILY = PublishedTable(
    "kpi_daily",
    "Additive counts per day and combination of segment dimensions that occurs; rates are computed when read.",
    ("day", *SEGMENT_DIMENSIONS),
    (
        day("day", "local day of the contact's start, or of the complaint's receipt"),
        *DIMENSIONS,
        count("contacts", "all contacts, eligible or not", "M1"),
        count("served", "contacts that were served", "M1"),
        count("served_inbound", "served inbound contacts: denominator of identity coverage", "M1"),
        count("known_customer", "served inbound contacts with a known customer: its numerator", "M1"),
        count("eligible", "eligible contacts", "M1"),
        measure(
            "handle_seconds_sum", "handle time of served contacts", "M6", unit="seconds", minimum=0, nullable=False
        ),
        count("handle_seconds_n", "served contacts with a known handle time", "M6"),
        count("claimed_n", "eligible contacts with a claim about resolution", "M5"),
        count("claimed_yes", "of these, claimed resolved", "M5"),
        count("cohort_n", "eligible contacts with a claim and an outcome", "M5"),
        count("cohort_claimed_yes", "of these, claimed resolved", "M5"),
        count("cohort_outcome_yes", "of these, resolved by outcome", "M5"),
        count("cohort_claimed_yes_outcome_no", "of these, claimed resolved and not so by outcome", "M5"),
        count("ai_contacts", "eligible contacts that an AI led", "M5"),
        count("contained", "of these, ended without a human", "M5"),
        count("contained_outcome_n", "contained contacts with an outcome", "M5"),
        count("contained_outcome_yes", "of these, resolved by outcome", "M5"),
        *(count(f"mature_{w}d", f"eligible contacts whose {w}-day window has closed", "M3") for w in WINDOWS_DAYS),
        *(count(f"mature_with_issue_{w}d", f"of these, with an issue ({w} days)", "M3") for w in WINDOWS_DAYS),
        *(count(f"repeat_any_{w}d", f"mature contacts with a repeat within {w} days", "M2") for w in WINDOWS_DAYS),
        *(
            count(f"repeat_issue_{w}d", f"mature contacts with a same-issue repeat within {w} days", "M2")
            for w in WINDOWS_DAYS
        ),
        count("complaints", "complaints received on the day, linked or not", "M8", unit="complaints"),
        count("complaints_linked", "of these, linked to an eligible contact", "M8", unit="complaints"),
        count("closed_account_30d", "mature contacts after which the customer closed the account", "M5"),
        count("surveys", "eligible contacts with a survey response that counts", "M7"),
        *(column for source in SENTIMENT_SOURCES for column in _sentiment_counts(source)),
        count("opening_closing_n", "eligible contacts with an opening and a closing sentiment", "M7"),
        _sum("opening_sentiment_sum", "their opening sentiments, summed"),
        _sum("closing_sentiment_sum", "their closing sentiments, summed"),
        count("transcripts", "eligible contacts with a customer turn", "M7"),
        count("transcripts_scored", "of these, with a score", "M7"),
        count("transcripts_too_short", "of these, without a turn of three words", "M7"),
        count("transcripts_unknown_language", "of these, in a language that could not be told", "M7"),
        count("transcripts_unsupported_language", "of these, in a language that the model does not know", "M7"),
    ),
    partition="day",
)

_KPI_WEEKLY = PublishedTable(
    "kpi_weekly",
    "The counts of kpi_daily by ISO week and the dimensions by which the dashboards filter.",
    ("week", *WEEKLY_DIMENSIONS),
    (
        day("week", "Monday of the ISO week of the contact's start, or of the complaint's receipt"),
        *(column for column in DIMENSIONS if column.name in WEEKLY_DIMENSIONS),
        *(column for column in _KPI_DAILY.columns if column.kind in (PublishedKind.COUNT, PublishedKind.MEASURE)),
    ),
    partition="week",
)

_COMPLAINTS = PublishedTable(
    "complaints",
    "One row per regulator complaint, with the contact it links to and why.",
    ("system", "complaint_id"),
    (
        SYSTEM,
        text("complaint_id", "the regulator's id", "M8", nullable=False),
        text("regulator", "who received it", nullable=False),
        instant("received_at", "when the regulator received it", nullable=False),
        day("received_day", "local day of receipt"),
        text("customer_key", "keyed pseudonym of the customer"),
        text("contact_system", "system of the linked contact", "M8"),
        text("contact_id", "linked contact; null when unlinked", "M8"),
        text(
            "link_rule",
            "why it links, or why it does not",
            "M8",
            nullable=False,
            allowed=(
                "contact_id",
                "same_issue",
                "same_product",
                "any",
                "unlinked_contact",
                "unlinked_no_customer",
                "unlinked_no_contact",
            ),
        ),
        measure("days_to_complaint", "from the end of the linked contact to receipt", "M8", unit="days"),
        flag("within_30d", "received within 30 days after the linked contact ended", "M8"),
        text("company", "company complained about"),
        text("product", "product concerned"),
        text("issue", "what it is about"),
        text("region", "region of the customer"),
        text("company_response", "how the company answered"),
        flag("timely", "answered in time", "M8"),
        flag("disputed", "the customer disputed the answer", "M8"),
        text("narrative", "the customer's own words, redacted"),
        score("narrative_sentiment", "score of these words; null where there are none or they cannot be scored"),
    ),
    partition="received_day",
)

_CASE_FLAGS = PublishedTable(
    "case_flags",
    "One row per contact and rule: a case where the numbers and what happened part ways.",
    ("system", "contact_id", "rule"),
    (
        SYSTEM,
        text("contact_id", "flagged contact", "M15", nullable=False),
        text(
            "rule",
            "rule that raised the flag",
            "M15",
            nullable=False,
            allowed=tuple(CASE_RULES),
        ),
        text("code", "number of the rule", "M15", nullable=False, allowed=tuple(CASE_RULES.values())),
        PublishedColumn(
            "severity",
            PublishedKind.COUNT,
            "1 (lowest) to 3 (highest)",
            "",
            "M15",
            False,
            minimum=1,
            maximum=3,
        ),
        instant(
            "known_at",
            "when the last of the facts that raise the flag was known, by the records",
            "M15",
            nullable=False,
        ),
        day("day", "local day on which the contact started"),
        text("customer_key", "keyed pseudonym of the customer", nullable=False),
        *DIMENSIONS,
        text("agent_id", "last human agent", "M1"),
        text("evidence", "what a person can check, as a JSON object", "M15", nullable=False),
        text(
            "evidence_hash", "hash of the evidence, for a verdict to name what it was given on", "M15", nullable=False
        ),
    ),
    partition="day",
)

_IDENTITY_LINKS = PublishedTable(
    "identity_links",
    "One row per kind of alias in `identities`: how many join ids of one person, and how many contacts they join.",
    ("kind",),
    (
        text(
            "kind", "kind of the alias as delivered, in lower case; unknown where none is given", "M1", nullable=False
        ),
        count("aliases", "ids that are named as aliases", "M1", unit="ids"),
        count("ambiguous", "of these, naming several customers: they join nobody", "M1", unit="ids"),
        count(
            "chained", "of these, of a customer who is an alias, too: joined one step and no further", "M1", unit="ids"
        ),
        count("used", "of these, the id of a contact's customer", "M1", unit="ids"),
        count("contacts", "contacts whose customer is known by such an alias", "M1"),
        count("served_inbound", "of these, served and inbound: within the numerator of identity coverage", "M1"),
    ),
)

_CUSTOMER_ALIASES = PublishedTable(
    "customer_aliases",
    "One row per alias of a customer with an eligible contact: by which other ids a customer is found.",
    ("alias_key",),
    (
        text("alias_key", "keyed pseudonym of the alias", "M1", nullable=False),
        text("customer_key", "keyed pseudonym of the customer for whom it stands", "M1", nullable=False),
    ),
)

_SURVEY_ANSWERS = PublishedTable(
    "survey_answers",
    "One row per fate of survey responses: how many count for a contact, and why the others do not.",
    ("fate",),
    (
        text("fate", "what became of them", "M7", nullable=False, allowed=tuple(SURVEY_FATES)),
        flag("is_linked", "they are about an eligible contact", "M7", nullable=False),
        count("responses", "responses", "M7", unit="responses"),
    ),
)

_SURVEY_WEEKS = PublishedTable(
    "survey_weeks",
    "One row per week of survey answers, whether or not they are about a contact that is known.",
    ("week",),
    (
        day("week", "Monday of the ISO week of the answer"),
        count("responses", "answers with a rating, a recommendation or words", "M7", unit="answers"),
        count("linked", "of these, about a contact that is known", "M7", unit="answers"),
        count("rated", "of these, with a rating", "M7", unit="answers"),
        measure("rating_sum", "their ratings, summed", "M7", unit="points", nullable=False, minimum=0),
        *(
            count(f"rated_{n}", f"of these, rated {n} (to the nearest whole point)", "M7", unit="answers")
            for n in RATINGS
        ),
        count("recommended", "answers with a likelihood to recommend", "M7", unit="answers"),
        count("promoters", "of these, 9 or 10 of 10", "M7", unit="answers"),
        count("detractors", "of these, 6 or less", "M7", unit="answers"),
        count("with_words", "answers in the customer's own words", "M7", unit="answers"),
    ),
)

_SEGMENT_LABELS = PublishedTable(
    "segment_labels",
    "One row per value of a segment dimension: how the key that stands in all tables is shown to people.",
    ("dimension", "key"),
    (
        text("dimension", "segment dimension", nullable=False, allowed=SPELT_DIMENSIONS),
        text("key", "the value without differences of letter case and blanks", nullable=False),
        text(
            "label", "its most frequent spelling among the records that count; of equal ones the least", nullable=False
        ),
    ),
)

#: Published tables by name, in the order in which documentation lists them.
PUBLISHED_TABLES: dict[str, PublishedTable] = {
    table.name: table
    for table in (
        _CONTACT_OUTCOMES,
        _KPI_DAILY,
        _KPI_WEEKLY,
        _COMPLAINTS,
        _SEGMENT_LABELS,
        _SURVEY_WEEKS,
        *INTERVAL_TABLES.values(),
        _CASE_FLAGS,
        _IDENTITY_LINKS,
        _CUSTOMER_ALIASES,
        _SURVEY_ANSWERS,
        *HANDOFF_TABLES.values(),
        *CASE_TABLES.values(),
        *ANALYSIS_TABLES.values(),
        *DATA_TABLES.values(),
    )
}
