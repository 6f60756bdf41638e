"""The published tables: what a snapshot holds, with the type, unit and metric number of every column."""

from dataclasses import dataclass
from enum import StrEnum

from pipelines.contract.canonical import SEGMENT_DIMENSIONS


class PublishedKind(StrEnum):
    """How a published value is typed in Parquet."""

    TEXT = "text"
    COUNT = "count"
    MEASURE = "measure"
    FLAG = "flag"
    INSTANT = "instant"
    DAY = "day"

    @property
    def duckdb_type(self) -> str:
        return {
            "text": "VARCHAR",
            "count": "BIGINT",
            "measure": "DOUBLE",
            "flag": "BOOLEAN",
            "instant": "TIMESTAMPTZ",
            "day": "DATE",
        }[self.value]


@dataclass(frozen=True)
class PublishedColumn:
    """One column of a published table; ``metric`` cites the definition (``M2``), ``unit`` the unit."""

    name: str
    kind: PublishedKind
    description: str
    unit: str = ""
    metric: str = ""
    nullable: bool = True
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class PublishedTable:
    """One published table. ``partition`` names the day column by which its Parquet files are cut, if any."""

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[PublishedColumn, ...]
    partition: str = ""

    def column(self, name: str) -> PublishedColumn:
        """The column called ``name``; raises KeyError if the table has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def _text(
    name: str, description: str, metric: str = "", *, nullable: bool = True, allowed: tuple[str, ...] = ()
) -> PublishedColumn:
    return PublishedColumn(name, PublishedKind.TEXT, description, metric=metric, nullable=nullable, allowed=allowed)


def _count(
    name: str, description: str, metric: str = "", *, unit: str = "contacts", nullable: bool = False
) -> PublishedColumn:
    return PublishedColumn(name, PublishedKind.COUNT, description, unit, metric, nullable, minimum=0)


def _measure(
    name: str,
    description: str,
    metric: str = "",
    *,
    unit: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
    nullable: bool = True,
) -> PublishedColumn:
    return PublishedColumn(
        name, PublishedKind.MEASURE, description, unit, metric, nullable, minimum=minimum, maximum=maximum
    )


def _flag(name: str, description: str, metric: str = "", *, nullable: bool = True) -> PublishedColumn:
    return PublishedColumn(name, PublishedKind.FLAG, description, metric=metric, nullable=nullable)


def _instant(name: str, description: str, metric: str = "", *, nullable: bool = True) -> PublishedColumn:
    return PublishedColumn(name, PublishedKind.INSTANT, description, "UTC", metric, nullable)


def _day(name: str, description: str, *, nullable: bool = False) -> PublishedColumn:
    return PublishedColumn(name, PublishedKind.DAY, description, "business day", nullable=nullable)


def _score(name: str, description: str) -> PublishedColumn:
    return _measure(name, description, "M7", unit="-1 to 1", minimum=-1, maximum=1)


_SYSTEM = _text("system", "system that scopes the ids", nullable=False)
_DIMENSIONS = tuple(_text(name, f"segment dimension {name.replace('_', ' ')}", "M1") for name in SEGMENT_DIMENSIONS)
WINDOWS_DAYS = (1, 7, 30)
#: Where a post-call sentiment may come from, the best first. Comparisons are made within one source.
SENTIMENT_SOURCES = ("survey_csat", "survey_verbatim", "closing_turns")
#: ``too_short``: no turn of three words; ``no_words``: nothing that the model can read.
TRANSCRIPT_SCORINGS = ("scored", "too_short", "unknown_language", "unsupported_language", "no_words")


def _sum(name: str, description: str) -> PublishedColumn:
    return _measure(name, description, "M7", unit="-1 to 1 each", nullable=False)


def _sentiment_counts(source: str) -> tuple[PublishedColumn, ...]:
    words = source.replace("_", " ")
    return (
        _count(f"sentiment_{source}_n", f"eligible contacts whose post-call sentiment comes from {words}", "M7"),
        _sum(f"sentiment_{source}_sum", "their post-call sentiments, summed"),
        _count(f"sentiment_{source}_negative", "of these, negative: at most -0.25", "M7"),
    )


_CONTACT_OUTCOMES = PublishedTable(
    "contact_outcomes",
    "One row per eligible contact (M1) with what happened after it.",
    ("system", "contact_id"),
    (
        _SYSTEM,
        _text("contact_id", "id of the contact's first leg, as delivered", "M1", nullable=False),
        _text("customer_key", "keyed pseudonym of the customer", "M1", nullable=False),
        _day("day", "local day on which the contact started"),
        _instant("started_at", "earliest start of its legs", "M1", nullable=False),
        _instant("ended_at", "latest end of its legs", "M1", nullable=False),
        PublishedColumn(
            "hour_of_day", PublishedKind.COUNT, "local hour of the start", "hour", "M1", False, minimum=0, maximum=23
        ),
        *_DIMENSIONS,
        _text("agent_id", "last human agent", "M1"),
        _text("case_id", "last CRM case", "M1"),
        _count("legs", "legs of the contact", "M1", unit="legs"),
        _count("transfer_count", "legs − 1 plus recorded external transfers", "M1", unit="transfers"),
        _measure("handle_seconds", "sum of the known legs", "M6", unit="seconds", minimum=0),
        _flag("resolved_claimed", "what the system of record, the agent or the AI said", "M5"),
        _instant("next_contact_at", "start of the customer's next eligible contact within the longest window", "M2"),
        _text("next_contact_id", "id of that contact", "M2"),
        _instant("next_same_issue_at", "likewise, of the next contact with the same issue", "M2"),
        _text("next_same_issue_id", "id of that contact", "M2"),
        *(_flag(f"mature_{w}d", f"the {w}-day window had closed at as_of", "M3", nullable=False) for w in WINDOWS_DAYS),
        *(
            _flag(f"repeat_any_{w}d", f"the customer came back within {w} × 24 h; null until mature", "M2")
            for w in WINDOWS_DAYS
        ),
        *(
            _flag(
                f"repeat_issue_{w}d",
                f"came back with the same issue within {w} × 24 h; null until mature or without an issue",
                "M2",
            )
            for w in WINDOWS_DAYS
        ),
        _flag("complaint_within_30d", "a linked regulator complaint within 30 days; null until mature", "M8"),
        _flag("reopened_within_30d", "the case was reopened within 30 days; null until mature", "M5"),
        _flag("closed_account_within_30d", "the customer closed the account within 30 days; null until mature", "M5"),
        _flag("resolved_outcome", "no repeat, complaint or reopening within 30 days; null until mature + lag", "M5"),
        _text("resolution_scope", "scope of the repeat part", "M5", nullable=False, allowed=("same_issue", "any")),
        _text("resolution_parts", "parts that were used, joined by +", "M5", nullable=False),
        _score("opening_sentiment", "mean score of the first three customer turns of at least three words"),
        _score("closing_sentiment", "mean score of the last three customer turns of at least three words"),
        _score("post_call_sentiment", "rating of the survey, else its words, else the closing turns"),
        _text("sentiment_source", "where the post-call sentiment comes from", "M7", allowed=SENTIMENT_SOURCES),
        _text(
            "transcript_scoring",
            "whether the customer's turns could be scored, or why not; null without any",
            "M7",
            allowed=TRANSCRIPT_SCORINGS,
        ),
        _flag("has_survey", "a survey response counts for the contact; null where no source has surveys", "M7"),
        PublishedColumn("csat", PublishedKind.COUNT, "its rating", "points 1 to 5", "M7", True, minimum=1, maximum=5),
        _measure(
            "ai_confidence",
            "the AI's confidence that it resolved the contact",
            "M9",
            unit="probability",
            minimum=0,
            maximum=1,
        ),
        _flag("contained", "the AI ended it without a human; null where no AI led", "M5"),
        _flag("promise_broken", "a promise made in it was broken (null until promises are matched)", "M12"),
    ),
    partition="day",
)

_KPI_DAILY = PublishedTable(
    "kpi_daily",
    "Additive counts per day and combination of segment dimensions that occurs; rates are computed when read.",
    ("day", *SEGMENT_DIMENSIONS),
    (
        _day("day", "local day of the contact's start, or of the complaint's receipt"),
        *_DIMENSIONS,
        _count("contacts", "all contacts, eligible or not", "M1"),
        _count("served", "contacts that were served", "M1"),
        _count("served_inbound", "served inbound contacts: denominator of identity coverage", "M1"),
        _count("known_customer", "served inbound contacts with a known customer: its numerator", "M1"),
        _count("eligible", "eligible contacts", "M1"),
        _measure(
            "handle_seconds_sum", "handle time of served contacts", "M6", unit="seconds", minimum=0, nullable=False
        ),
        _count("handle_seconds_n", "served contacts with a known handle time", "M6"),
        _count("claimed_n", "eligible contacts with a claim about resolution", "M5"),
        _count("claimed_yes", "of these, claimed resolved", "M5"),
        _count("cohort_n", "eligible contacts with a claim and an outcome", "M5"),
        _count("cohort_claimed_yes", "of these, claimed resolved", "M5"),
        _count("cohort_outcome_yes", "of these, resolved by outcome", "M5"),
        _count("cohort_claimed_yes_outcome_no", "of these, claimed resolved and not so by outcome", "M5"),
        _count("ai_contacts", "eligible contacts that an AI led", "M5"),
        _count("contained", "of these, ended without a human", "M5"),
        _count("contained_outcome_n", "contained contacts with an outcome", "M5"),
        _count("contained_outcome_yes", "of these, resolved by outcome", "M5"),
        *(_count(f"mature_{w}d", f"eligible contacts whose {w}-day window has closed", "M3") for w in WINDOWS_DAYS),
        *(_count(f"mature_with_issue_{w}d", f"of these, with an issue ({w} days)", "M3") for w in WINDOWS_DAYS),
        *(_count(f"repeat_any_{w}d", f"mature contacts with a repeat within {w} days", "M2") for w in WINDOWS_DAYS),
        *(
            _count(f"repeat_issue_{w}d", f"mature contacts with a same-issue repeat within {w} days", "M2")
            for w in WINDOWS_DAYS
        ),
        _count("complaints", "complaints received on the day, linked or not", "M8", unit="complaints"),
        _count("complaints_linked", "of these, linked to an eligible contact", "M8", unit="complaints"),
        _count("closed_account_30d", "mature contacts after which the customer closed the account", "M5"),
        _count("surveys", "eligible contacts with a survey response that counts", "M7"),
        *(column for source in SENTIMENT_SOURCES for column in _sentiment_counts(source)),
        _count("opening_closing_n", "eligible contacts with an opening and a closing sentiment", "M7"),
        _sum("opening_sentiment_sum", "their opening sentiments, summed"),
        _sum("closing_sentiment_sum", "their closing sentiments, summed"),
        _count("transcripts", "eligible contacts with a customer turn", "M7"),
        _count("transcripts_scored", "of these, with a score", "M7"),
        _count("transcripts_too_short", "of these, without a turn of three words", "M7"),
        _count("transcripts_unknown_language", "of these, in a language that could not be told", "M7"),
        _count("transcripts_unsupported_language", "of these, in a language that the model does not know", "M7"),
    ),
    partition="day",
)

_COMPLAINTS = PublishedTable(
    "complaints",
    "One row per regulator complaint, with the contact it links to and why.",
    ("system", "complaint_id"),
    (
        _SYSTEM,
        _text("complaint_id", "the regulator's id", "M8", nullable=False),
        _text("regulator", "who received it", nullable=False),
        _instant("received_at", "when the regulator received it", nullable=False),
        _day("received_day", "local day of receipt"),
        _text("customer_key", "keyed pseudonym of the customer"),
        _text("contact_system", "system of the linked contact", "M8"),
        _text("contact_id", "linked contact; null when unlinked", "M8"),
        _text(
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
        _measure("days_to_complaint", "from the end of the linked contact to receipt", "M8", unit="days"),
        _flag("within_30d", "received within 30 days after the linked contact ended", "M8"),
        _text("company", "company complained about"),
        _text("product", "product concerned"),
        _text("issue", "what it is about"),
        _text("region", "region of the customer"),
        _text("company_response", "how the company answered"),
        _flag("timely", "answered in time", "M8"),
        _flag("disputed", "the customer disputed the answer", "M8"),
        _text("narrative", "the customer's own words, redacted"),
        _score("narrative_sentiment", "score of these words; null where there are none or they cannot be scored"),
    ),
    partition="received_day",
)

_DESIGN_EFFECTS = PublishedTable(
    "design_effects",
    "Design effect of each rate, estimated from customer clusters, overall and within each dimension.",
    ("metric", "dimension"),
    (
        _text("metric", "rate", nullable=False),
        _text("dimension", "segment dimension; 'all' for none", nullable=False),
        _count("n", "contacts in the estimate"),
        _count("clusters", "customers × segments in the estimate", unit="customers"),
        _measure(
            "deff", "variance with clusters ÷ variance without, at least 1", unit="ratio", minimum=1, nullable=False
        ),
    ),
)

_CASE_FLAGS = PublishedTable(
    "case_flags",
    "One row per contact and rule: a case where the numbers and what happened part ways.",
    ("system", "contact_id", "rule"),
    (
        _SYSTEM,
        _text("contact_id", "flagged contact", "M15", nullable=False),
        _text(
            "rule",
            "rule that raised the flag",
            "M15",
            nullable=False,
            allowed=("claimed_resolved_came_back", "fast_but_unhappy", "claimed_resolved_complained"),
        ),
        _text("code", "number of the rule", "M15", nullable=False, allowed=("D1", "D2", "D3")),
        PublishedColumn(
            "severity",
            PublishedKind.COUNT,
            "1 (look when you can) to 3 (look today)",
            "",
            "M15",
            False,
            minimum=1,
            maximum=3,
        ),
        _day("day", "local day on which the contact started"),
        _text("customer_key", "keyed pseudonym of the customer", nullable=False),
        *_DIMENSIONS,
        _text("agent_id", "last human agent", "M1"),
        _text("evidence", "what a person can check, as a JSON object", "M15", nullable=False),
        _text("sentence", "the case in one sentence", "M15", nullable=False),
    ),
    partition="day",
)

_DATA_QUALITY = PublishedTable(
    "data_quality",
    "One row per check of the run that made the snapshot.",
    ("table_name", "check_name"),
    (
        _text("table_name", "table checked", nullable=False),
        _text("check_name", "check", nullable=False),
        _text("severity", "what a failure does", nullable=False, allowed=("blocking", "warning")),
        _flag("passed", "whether it held", nullable=False),
        _text("expected", "what was expected"),
        _text("actual", "what was found"),
        _count("unexpected", "rows that break the rule", unit="rows", nullable=True),
        _text("examples", "up to five keys of such rows, as JSON"),
        _text("run_id", "run that checked", nullable=False),
        _instant("checked_at", "when it checked", nullable=False),
    ),
)

_INGEST_LEDGER = PublishedTable(
    "ingest_ledger",
    "One row per file ever read: what became of each of its source records.",
    ("source", "file", "sha256"),
    (
        _text("source", "source in the configuration", nullable=False),
        _SYSTEM,
        _text("format", "reader", nullable=False),
        _text("file", "path, relative to the configuration where it lies below it", nullable=False),
        _text("sha256", "hash of the file's bytes", nullable=False),
        _count("bytes", "size of the file", unit="bytes"),
        _instant("delivered_at", "delivery time parsed from the path, where configured"),
        _count("rows_in", "source records in the file", unit="records"),
        _count("accepted", "records that are the current winner of their key", unit="records"),
        _count("duplicates", "records identical to an accepted one", unit="records"),
        _count("superseded", "records to which a later version of the same key was preferred", unit="records"),
        _count("quarantined", "records rejected, with a reason in quarantine", unit="records"),
        _count("bad_values", "values of accepted records set to null, with a reason in quarantine", unit="values"),
        _flag("present", "the file still lay there, with this content, when the run looked", nullable=False),
        _text("reason", "why the whole file was refused; null when it was read"),
        _text("run_id", "run that read it", nullable=False),
        _instant("read_at", "when it was read", nullable=False),
    ),
)

_QUARANTINE = PublishedTable(
    "quarantine",
    "Every rejected file, record and value, with the reason in words; nothing is lost silently.",
    (),
    (
        _text("source", "source in the configuration", nullable=False),
        _text("file", "path of the file", nullable=False),
        _text("sha256", "hash of the file's bytes", nullable=False),
        _text("position", "row number from 1 (headers not counted) or JSON path"),
        _text("scope", "what was rejected", nullable=False, allowed=("file", "row", "value")),
        _text("table_name", "canonical table"),
        _text("column_name", "column of a bad value"),
        _text("rule", "rule that it broke", nullable=False),
        _text("reason", "the reason in words, redacted", nullable=False),
    ),
)

#: Published tables by name, in the order in which documentation lists them.
PUBLISHED_TABLES: dict[str, PublishedTable] = {
    table.name: table
    for table in (
        _CONTACT_OUTCOMES,
        _KPI_DAILY,
        _COMPLAINTS,
        _DESIGN_EFFECTS,
        _CASE_FLAGS,
        _DATA_QUALITY,
        _INGEST_LEDGER,
        _QUARANTINE,
    )
}
