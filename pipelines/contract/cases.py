"""The published tables that show one case in full: what was said, what the CRM knows, and the claims that are to be reviewed."""

from pipelines.contract.canonical import CRM_EVENT_TYPES
from pipelines.contract.published_model import (
    SYSTEM,
    PublishedTable,
    count,
    day,
    flag,
    instant,
    measure,
    score,
    text,
)

_TRANSCRIPTS = PublishedTable(
    "transcripts",
    "One row per turn of the transcript of an eligible contact (M1), redacted, with the sentiment of what the customer said.",
    ("system", "leg_id", "turn_index"),
    (
        SYSTEM,
        text("contact_id", "contact in which it was said", "M1", nullable=False),
        day("day", "local day on which the contact started"),
        text("leg_id", "leg in which it was said, as delivered", "M1", nullable=False),
        instant("leg_started_at", "start of that leg", "M1"),
        count("turn_index", "position in the leg", unit="turn"),
        text("speaker", "who spoke", nullable=False, allowed=("customer", "ai", "agent", "system")),
        measure("offset_seconds", "start of the turn after the start of the leg", unit="seconds", minimum=0),
        text("language", "language of the turn, where it is known", "M7"),
        text("text", "what was said, redacted", nullable=False),
        score("sentiment", "score of what the customer said; null where another spoke or the words cannot be scored"),
    ),
    partition="day",
)

_CRM_TIMELINE = PublishedTable(
    "crm_timeline",
    "One row per thing that happened to a customer or a case in the CRM.",
    ("system", "event_id"),
    (
        SYSTEM,
        text("event_id", "the event's own id", nullable=False),
        text("event_type", "what happened", nullable=False, allowed=CRM_EVENT_TYPES),
        instant("occurred_at", "when it happened", nullable=False),
        day("occurred_day", "local day on which it happened"),
        text("customer_key", "keyed pseudonym of the customer"),
        text("contact_id", "contact that it belongs to", "M1"),
        text("case_id", "case concerned"),
        text("commitment_id", "promise that it fulfils", "M12"),
        text("issue", "reason"),
        measure("amount", "amount moved", unit="currency"),
        text("currency", "ISO 4217 code"),
    ),
    partition="occurred_day",
)

_REVIEW_CLAIMS = PublishedTable(
    "review_claims",
    "The claims of the review sample as they were delivered, so that a verdict can carry along all that was known of one.",
    ("system", "claim_id"),
    (
        SYSTEM,
        text("claim_id", "claim to review", "M9", nullable=False),
        day("day", "local day on which its contact started"),
        text("leg_id", "contact or leg that it names", "M9", nullable=False),
        count("turn_index", "turn in which it was made", "M9", unit="turn", nullable=True),
        text("claim_type", "what it is about", "M9", nullable=False),
        text("claimed_value", "what was claimed, redacted"),
        measure("stated_confidence", "the AI's confidence in it", "M9", unit="share", minimum=0, maximum=1, nullable=False),
        flag("verified_correct", "a reviewer's verdict, where there is one by now", "M9"),
        text("verified_by", "who gave it"),
        instant("verified_at", "when it was given"),
        flag("verified_blind", "the AI's confidence was withheld until then"),
        instant("updated_at", "when the version that counts was last changed"),
    ),
    partition="day",
)  # fmt: skip

#: Rows of single cases, made by SQL models of these names.
CASE_TABLES: dict[str, PublishedTable] = {table.name: table for table in (_TRANSCRIPTS, _CRM_TIMELINE, _REVIEW_CLAIMS)}
