"""A snapshot of flagged contacts with transcripts and all that belongs to a case, and hostile text wherever text may stand."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from builders import season
from builders.snapshots import kpi_row, publish
from pipelines.contract import CASE_RULES
from pipelines.privacy.pseudonyms import Pseudonymiser
from pipelines.snapshot import Snapshot

KEY = "k" * 40
AS_OF = season.AS_OF
LAST_DAY = AS_OF.date() - timedelta(days=1)
CUSTOMER = Pseudonymiser(KEY).of("customer-4711")
SCRIPT = "<script>document.title='owned'</script>"
#: By what it would do if it were not text.
HOSTILE = {
    "script": SCRIPT,
    "image": "<img src=x onerror=\"document.title='owned'\"><b>bold</b>",
    "formula": '=HYPERLINK("http://evil.example","click")',
    "link": "[click](javascript:document.title='owned') javascript:alert(1)",
    "template": "{{ 7 * 7 }} {% raw %} ${7*7} `x`",
    "right to left": "\u202egnirts\u202c \u0645\u0631\u062d\u0628\u0627 \u2067\u05e9\u05dc\u05d5\u05dd",
    "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f3f4\u200d\u2620\ufe0f",
    "control": "a\x00b\x07c\x1b[31md\x7fe\u0085f\u2028g",
    "lines": "one\n" * 500,
    "combining": "z" + "\u0301" * 3_000,
}
LONG = "word " * 200_000  # a megabyte


def flag(contact: str = "C1", rule: str = "fast_but_unhappy", *, day: date = LAST_DAY, **given: Any) -> dict[str, Any]:
    evidence = given.pop("evidence", {"handle_seconds": 74.0, "csat": 1})
    return {
        "system": "default",
        "contact_id": contact,
        "rule": rule,
        "code": CASE_RULES[rule],
        "severity": 2,
        "known_at": datetime(day.year, day.month, day.day, 9, 5, tzinfo=UTC),
        "day": day,
        "customer_key": CUSTOMER,
        "mode": "ai_primary",
        "queue": "billing",
        "workflow": "disputes",
        "issue": "refund",
        "evidence": json.dumps(evidence),
        "evidence_hash": f"hash-{contact}-{rule}",
    } | given


def outcome(contact: str = "C1", *, day: date = LAST_DAY, **given: Any) -> dict[str, Any]:
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    return {
        "system": "default",
        "contact_id": contact,
        "customer_key": CUSTOMER,
        "day": day,
        "started_at": at,
        "ended_at": at + timedelta(minutes=5),
        "hour_of_day": 9,
        "mode": "ai_primary",
        "queue": "billing",
        "issue": "refund",
        "legs": 1,
        "mature_1d": False,
        "mature_7d": False,
        "mature_30d": False,
        "resolution_scope": "any",
        "resolution_parts": "repeat",
    } | given


def turns(
    texts: Iterable[str], contact: str = "C1", *, leg: str | None = None, day: date = LAST_DAY
) -> list[dict[str, Any]]:
    """Turns of the customer and the AI by turns."""
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    return [
        {
            "system": "default",
            "contact_id": contact,
            "day": day,
            "leg_id": leg or contact,
            "leg_started_at": at,
            "turn_index": index,
            "speaker": "ai" if index % 2 else "customer",
            "offset_seconds": 8.0 * index,
            "language": "en",
            "text": text,
            "sentiment": None if index % 2 else -0.5,
        }
        for index, text in enumerate(texts)
    ]


def claim(
    claim_id: str = "K1", contact: str = "C1", *, day: date = LAST_DAY, **given: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A claim of the review sample: its row of review_sample and that of review_claims."""
    sample = {
        "system": "default",
        "claim_id": claim_id,
        "contact_id": contact,
        "day": day,
        "claim_type": "balance",
        "mode": "ai_primary",
        "workflow": "disputes",
        "stated_confidence": 0.9,
        "inclusion_probability": 0.5,
        "sampling_weight": 2.0,
        "claims_of_day": 2,
        "claims_of_stratum": 1,
    }
    known = {
        "system": "default",
        "claim_id": claim_id,
        "day": day,
        "leg_id": contact,
        "turn_index": 1,
        "claim_type": "Balance",
        "claimed_value": "12.50",
        "stated_confidence": 0.9,
    }
    return sample, known | given


def handoff(**given: Any) -> dict[str, Any]:
    return {
        "system": "default",
        "handoff_id": "H1",
        "contact_id": "C1",
        "customer_key": CUSTOMER,
        "day": LAST_DAY,
        "occurred_at": datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, 9, 2, tzinfo=UTC),
        "trigger": "customer_request",
        "has_summary": True,
        "has_transcript": False,
        "parts_recorded": 2,
        "customer_repeated": True,
        "repeated_basis": "words",
        "said_again_in": "C1",
        "said_again_at_turn": 2,
    } | given


def promise(**given: Any) -> dict[str, Any]:
    at = datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, 9, 3, tzinfo=UTC)
    return {
        "system": "default",
        "commitment_id": "P1",
        "contact_id": "C1",
        "customer_key": CUSTOMER,
        "day": LAST_DAY,
        "source": "spoken",
        "made_by": "ai",
        "kind": "refund",
        "amount": 25.0,
        "currency": "INR",
        "made_at": at,
        "due_at": at + timedelta(hours=2),
        "is_due_by_default": True,
        "said_as_done": False,
        "status": "broken",
        "leg_id": "C1",
        "turn_index": 3,
        "quote": "You will get your money back.",
    } | given


def event(event_id: str = "E1", **given: Any) -> dict[str, Any]:
    return {
        "system": "default",
        "event_id": event_id,
        "event_type": "case_opened",
        "occurred_at": datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, 9, 4, tzinfo=UTC),
        "occurred_day": LAST_DAY,
        "customer_key": CUSTOMER,
        "issue": "refund",
    } | given


def complaint(**given: Any) -> dict[str, Any]:
    return {
        "system": "default",
        "complaint_id": "R1",
        "regulator": "CFPB",
        "received_at": datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, 18, tzinfo=UTC),
        "received_day": LAST_DAY,
        "customer_key": CUSTOMER,
        "contact_system": "default",
        "contact_id": "C1",
        "link_rule": "same_issue",
        "narrative": "They said that it was done.",
    } | given


def case_tables(
    texts: Iterable[str] = ("It is wrong.", "I will refund it.", "As I said.", "You will get it."),
) -> dict[str, Any]:
    """One case, C1, with something of everything."""
    sample, known = claim()
    return {
        "kpi_daily": [kpi_row(LAST_DAY, queue="billing", workflow="disputes", issue="refund")],
        "case_flags": [flag()],
        "contact_outcomes": [
            outcome(has_survey=True, csat=2, survey_words="Nobody called me back."),
            outcome("C0", day=LAST_DAY - timedelta(days=3)),
            outcome("C2", day=LAST_DAY, issue="other", started_at=datetime(2026, 1, 1, tzinfo=UTC)),
        ],
        "transcripts": turns(texts),
        "review_sample": [sample],
        "review_claims": [known],
        "handoff_quality": [handoff()],
        "commitments": [promise()],
        "crm_timeline": [event()],
        "customer_aliases": [{"alias_key": Pseudonymiser(KEY).of("phone of customer-4711"), "customer_key": CUSTOMER}],
        "complaints": [complaint()],
    }


def hostile_tables(text: str) -> dict[str, Any]:
    """The case with ``text`` as everything that anybody said, wrote or named."""
    sample, known = claim(claimed_value=text, claim_type=text, leg_id=text)
    named = {"mode": text, "queue": text, "workflow": text, "issue": text}
    return {
        "kpi_daily": [kpi_row(LAST_DAY, text, queue=text, workflow=text, issue=text)],
        "case_flags": [flag(text, evidence={"issue": text, text: text, "csat": text}, **named)],
        "contact_outcomes": [
            outcome(text, agent_id=text, case_id=text, product=text, language=text, survey_words=text, **named)
        ],
        "transcripts": turns([text, text, text, text], text),
        "review_sample": [sample | {"contact_id": text, "claim_type": text, **named}],
        "review_claims": [known],
        "handoff_quality": [handoff(contact_id=text, said_again_in=text)],
        "commitments": [promise(contact_id=text, kind=text, made_by=text, currency=text, quote=text, leg_id=text)],
        "crm_timeline": [event(issue=text, case_id=text)],
        "complaints": [complaint(contact_id=text, regulator=text, issue=text, narrative=text, company_response=text)],
    }


def published(data_dir: Path, tables: dict[str, Any] | None = None, **given: Any) -> Snapshot:
    return publish(data_dir, case_tables() if tables is None else tables, as_of=AS_OF, **given)
