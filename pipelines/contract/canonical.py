"""The canonical input tables: what a source must deliver, and what makes a value bad."""

from pipelines.contract.model import CanonicalTable, Column, Kind, Privacy

MODES = ("ai_primary", "human_primary", "joint")
HANDOFF_TRIGGERS = (
    "low_confidence",
    "customer_request",
    "keyword",
    "sentiment",
    "repeated_misunderstanding",
    "regulatory",
    "tool_failure",
    "other",
)
CRM_EVENT_TYPES = (
    "case_opened",
    "case_reopened",
    "case_closed",
    "credit_issued",
    "refund_issued",
    "callback_completed",
    "replacement_sent",
    "plan_changed",
    "payment_received",
    "account_closed",
    "other",
)
SEGMENT_DIMENSIONS = (
    "mode",
    "channel",
    "queue",
    "workflow",
    "issue",
    "product",
    "region",
    "language",
    "ai_model",
)

#: Every canonical table also takes these two: when a record last changed, and when it was withdrawn.
CHANGE_COLUMNS = (
    Column("updated_at", Kind.INSTANT, "when the source last changed the record; the latest version wins"),
    Column("deleted_at", Kind.INSTANT, "when the source withdrew the record; a withdrawn record counts nowhere"),
)

_DAY_SECONDS = 86_400
_YEAR_SECONDS = 366 * _DAY_SECONDS
#: No count has seven digits; a number that has is an identifier in the wrong column.
_LARGEST_COUNT = 999_999

#: Larger amounts are numbers of something else: eight digits before the decimals hold a sum of any currency, and no
#: card, phone or social security number.
LARGEST_AMOUNT = 99_999_999.99


def _text(name: str, description: str, *, required: bool = False, allowed: tuple[str, ...] = ()) -> Column:
    """A name or code; of a fixed list where ``allowed`` says so, else whatever the source delivers, redacted."""
    privacy = Privacy.NONE if allowed else Privacy.LABEL
    return Column(name, Kind.TEXT, description, required=required, allowed=allowed, privacy=privacy)


def _identifier(name: str, description: str, *, required: bool = False, references: str = "") -> Column:
    return Column(
        name,
        Kind.TEXT,
        description,
        required=required,
        references=references,
        privacy=Privacy.IDENTIFIER,
        is_id=True,
    )


def _record_id(name: str, description: str, *, required: bool = False, references: str = "") -> Column:
    """Contact, case and claim ids are published as delivered, so that a reviewer can look them up; unless one is a phone
    number or an e-mail address."""
    return _identifier(name, description, required=required, references=references)


def _customer(
    name: str = "customer_id", description: str = "customer as the source knows them", *, required: bool = False
) -> Column:
    return Column(name, Kind.TEXT, description, required=required, privacy=Privacy.PSEUDONYM, is_id=True)


def _contact_reference(*, required: bool = False) -> Column:
    return _record_id(
        "contact_id", "contact (or leg) it belongs to", required=required, references="contacts.contact_id"
    )


def _free_text(name: str, description: str, *, required: bool = False) -> Column:
    return Column(name, Kind.TEXT, description, required=required, privacy=Privacy.FREE_TEXT)


def _instant(name: str, description: str, *, required: bool = False, not_before: str = "") -> Column:
    return Column(name, Kind.INSTANT, description, required=required, not_before=not_before)


def _seconds(name: str, description: str, maximum: float = _DAY_SECONDS) -> Column:
    return Column(name, Kind.NUMBER, description, minimum=0, maximum=maximum, unit="seconds")


def _share(name: str, description: str, *, required: bool = False) -> Column:
    return Column(name, Kind.NUMBER, description, required=required, minimum=0, maximum=1, unit="probability")


def _count(name: str, description: str) -> Column:
    return Column(name, Kind.INTEGER, description, minimum=0, maximum=_LARGEST_COUNT, unit="count")


def _flag(name: str, description: str) -> Column:
    return Column(name, Kind.BOOLEAN, description)


def _table(name: str, description: str, key: tuple[str, ...], event_time: str, *columns: Column) -> CanonicalTable:
    return CanonicalTable(name, description, key, event_time, (*columns, *CHANGE_COLUMNS))


_TABLES = (
    _table(
        "contacts",
        "One row per contact leg: a call, chat or message thread between a customer and the company.",
        ("contact_id",),
        "started_at",
        _record_id("contact_id", "the leg's own id", required=True),
        _record_id("root_contact_id", "id of the first leg, shared by all legs of a contact (M1)"),
        _customer(),
        _text("channel", "voice, chat, email, …"),
        _text("direction", "who started it; absent means inbound", allowed=("inbound", "outbound", "callback")),
        _instant("started_at", "start of the leg", required=True),
        _instant("ended_at", "end of the leg", not_before="started_at"),
        _seconds("handle_seconds", "talk + hold + wrap (M6)"),
        _seconds("talk_seconds", "time in conversation"),
        _seconds("hold_seconds", "time on hold"),
        _seconds("wrap_seconds", "after-call work"),
        _text("mode", "who leads the contact", allowed=MODES),
        _text("queue", "queue that served it"),
        _text("workflow", "business process, e.g. billing_dispute"),
        _text("issue", "reason for contact"),
        _text("product", "product concerned"),
        _text("region", "region of the customer"),
        _text("language", "language of the contact"),
        _identifier("agent_id", "human agent on the leg"),
        Column("agent_started_on", Kind.DATE, "first working day of the agent (tenure)"),
        _text("ai_model", "model (and version) that took part"),
        _share("ai_confidence", "the AI's own confidence that it resolved the contact"),
        _flag("resolved_claimed", "what the system of record, the agent or the AI said (M5)"),
        _flag(
            "served", "whether anybody or anything served the customer; absent: see metrics.unserved_disconnect_reasons"
        ),
        _text("disconnect_reason", "why the leg ended"),
        _count("misunderstandings", "times the AI failed to understand"),
        _record_id("case_id", "CRM case the contact belongs to"),
        _count("external_transfers", "transfers to parties that leave no leg of their own (M1)"),
    ),
    _table(
        "turns",
        "One row per utterance of a transcript.",
        ("contact_id", "turn_index"),
        "",
        _contact_reference(required=True),
        Column(
            "turn_index",
            Kind.INTEGER,
            "position in the conversation",
            required=True,
            minimum=0,
            maximum=_LARGEST_COUNT,
            unit="count",
        ),
        _text("speaker", "who spoke", required=True, allowed=("customer", "ai", "agent", "system")),
        _seconds("offset_seconds", "start of the turn after the start of the contact", _YEAR_SECONDS),
        _seconds("duration_seconds", "length of the turn", _YEAR_SECONDS),
        _free_text("text", "what was said", required=True),
        _share("asr_confidence", "confidence of the speech recogniser"),
        _text("language", "language of the turn"),
    ),
    _table(
        "ai_claims",
        "One row per statement that an AI made with a stated confidence (M9).",
        ("claim_id",),
        "",
        _record_id("claim_id", "the claim's own id", required=True),
        _contact_reference(required=True),
        _count("turn_index", "turn in which the claim was made"),
        _text("claim_type", "e.g. resolution, balance, eligibility", required=True),
        _free_text("claimed_value", "what was claimed"),
        _share("stated_confidence", "the AI's confidence in the claim", required=True),
        _flag("verified_correct", "a reviewer's verdict"),
        _identifier("verified_by", "who gave the verdict"),
        _instant("verified_at", "when the verdict was given"),
        _text("review_sampling", "how the claim came to be reviewed", allowed=("random", "targeted")),
        _flag("verified_blind", "the AI's confidence was withheld until the verdict"),
    ),
    _table(
        "suggestions",
        "One row per suggestion that an AI assistant made to a human agent (M13).",
        ("suggestion_id",),
        "offered_at",
        _record_id("suggestion_id", "the suggestion's own id", required=True),
        _contact_reference(required=True),
        _identifier("agent_id", "agent who saw it"),
        _instant("offered_at", "when it was shown"),
        _flag("accepted", "whether the agent took it"),
        _flag("correct", "whether it was right, where somebody judged it"),
    ),
    _table(
        "handoffs",
        "One row per transfer of a running contact from one party to another (M11).",
        ("handoff_id",),
        "occurred_at",
        _record_id("handoff_id", "the handoff's own id", required=True),
        _contact_reference(required=True),
        _instant("occurred_at", "when the contact changed hands", required=True),
        _text("from_party", "ai, agent, team, …"),
        _text("to_party", "ai, agent, team, …"),
        _text("trigger", "why it was handed over", allowed=HANDOFF_TRIGGERS),
        _share("ai_confidence", "the AI's confidence at the handoff"),
        _flag("has_summary", "a structured summary reached the human"),
        _flag("has_transcript", "the transcript reached the human"),
        _flag("has_tool_results", "tool calls with their results reached the human"),
        _flag("has_attempt_account", "an honest account of what was tried reached the human"),
        _seconds("wait_seconds", "time until somebody took over", _YEAR_SECONDS),
        _count("misunderstandings", "misunderstandings before the handoff"),
        _flag("customer_repeated", "the customer had to say it again"),
    ),
    _table(
        "commitments",
        "One row per promise made to a customer (M12).",
        ("commitment_id",),
        "made_at",
        _record_id("commitment_id", "the promise's own id", required=True),
        _contact_reference(required=True),
        _text("made_by", "ai, agent, …"),
        _text("kind", "credit, refund, callback, replacement, …", required=True),
        Column("amount", Kind.NUMBER, "amount promised", minimum=0, maximum=LARGEST_AMOUNT, unit="currency"),
        _text("currency", "ISO 4217 code"),
        _instant("made_at", "when it was made"),
        _instant("due_at", "when it falls due"),
        _free_text("text", "the words used"),
    ),
    _table(
        "crm_events",
        "One row per thing that happened to a customer or a case in the CRM.",
        ("event_id",),
        "occurred_at",
        _record_id("event_id", "the event's own id", required=True),
        _text("event_type", "what happened", required=True, allowed=CRM_EVENT_TYPES),
        _instant("occurred_at", "when it happened", required=True),
        _customer(),
        _contact_reference(),
        _record_id("case_id", "case concerned"),
        _record_id("commitment_id", "promise that it fulfils", references="commitments.commitment_id"),
        _text("issue", "reason"),
        Column("amount", Kind.NUMBER, "amount moved", minimum=-LARGEST_AMOUNT, maximum=LARGEST_AMOUNT, unit="currency"),
        _text("currency", "ISO 4217 code"),
    ),
    _table(
        "surveys",
        "One row per survey response (M7).",
        ("response_id",),
        "responded_at",
        _record_id("response_id", "the response's own id", required=True),
        _instant("responded_at", "when the customer answered", required=True),
        _contact_reference(),
        _customer(),
        Column(
            "csat",
            Kind.NUMBER,
            "satisfaction, 1 (worst) to 5; a source with another scale states it as `rating_scale`",
            minimum=1,
            maximum=5,
            unit="points",
            is_rating=True,
        ),
        Column("nps", Kind.INTEGER, "likelihood to recommend, 0 to 10", minimum=0, maximum=10, unit="points"),
        _free_text("verbatim", "the customer's own words"),
        _text("language", "language of the verbatim"),
    ),
    _table(
        "complaints",
        "One row per complaint to a regulator (M8).",
        ("complaint_id",),
        "received_at",
        _record_id("complaint_id", "the regulator's id", required=True),
        _text("regulator", "who received it", required=True),
        _instant("received_at", "when the regulator received it", required=True),
        _customer(),
        _contact_reference(),
        _text("company", "company complained about"),
        _text("product", "product concerned"),
        _text("issue", "what it is about"),
        _free_text("narrative", "the customer's own words"),
        _text("company_response", "how the company answered"),
        _flag("timely", "answered in time"),
        _flag("disputed", "the customer disputed the answer"),
        _text("region", "region of the customer"),
    ),
    _table(
        "identities",
        "One row per further id of a customer, which joins the ids of one person (M1).",
        ("customer_id", "alias"),
        "",
        _customer(description="the customer, by the id that stands for all others", required=True),
        _customer("alias", "another id of the same person: client number, phone, e-mail, …", required=True),
        _text("kind", "what the alias is: client_number, phone, email, …"),
    ),
    _table(
        "dispositions",
        "One row per verdict of a reviewer on a case flag (M15).",
        ("disposition_id",),
        "decided_at",
        _record_id("disposition_id", "the disposition's own id", required=True),
        _contact_reference(required=True),
        _text("rule", "rule that raised the flag", required=True),
        _text("verdict", "what the reviewer found", required=True, allowed=("confirmed", "explained", "dismissed")),
        _free_text("reason", "why"),
        _identifier("decided_by", "who decided"),
        _instant("decided_at", "when", required=True),
        _text("evidence_hash", "evidence_hash of the flag as the reviewer saw it (case_flags)"),
        _flag("given_blind", "the flag's wording and the AI's confidence were withheld until the verdict"),
    ),
)

#: Canonical tables by name, in the order in which documentation lists them.
CANONICAL_TABLES: dict[str, CanonicalTable] = {table.name: table for table in _TABLES}
