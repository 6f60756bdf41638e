"""Raw values → typed ones: what is read, what is a bad value, and what becomes of it."""

import hashlib
import hmac
import io
import math
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from landed import KEY, Landed

from pipelines.contract import CANONICAL_TABLES, Kind

START = "2026-01-05T10:00:00Z"


def _contact(landing: Landed, column: str, value: str) -> Any:
    """The value of ``column`` in a contact that was delivered with ``value``; None where it was left out."""
    return _row(landing, "contacts", {"contact_id": "c", "started_at": START, column: value}).get(column)


def _row(landing: Landed, table: str, values: dict[str, str]) -> dict[str, Any]:
    landing.source("one.csv", table)
    quoted = ('"' + value.replace('"', '""') + '"' for value in values.values())
    landing.put("one.csv", f"{','.join(values)}\n{','.join(quoted)}\n")
    landing.night()
    (row,) = landing.surviving(table)
    return row


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("60", 60),
        (" 60 ", 60),
        ("+60", 60),
        ("60.5", 60.5),
        (".5", 0.5),
        ("6e1", 60),
        ("0,85", 0.85),
        ("0,8", 0.8),
        ("1,2345", 1.2345),
        ("0", 0),
        ("86400", 86_400),
    ],
)
def test_numbers(landing: Landed, written: str, number: float) -> None:
    assert _contact(landing, "handle_seconds", written) == number
    assert landing.quarantine() == []


@pytest.mark.parametrize(
    "written", ["1,234", "1.234,5", "1,234.5", "86400.1", "-0.1", "-1", "NaN", "inf", "-inf", "1e999", "six", "60 s"]
)
def test_bad_numbers_become_null_and_are_listed(landing: Landed, written: str) -> None:
    assert _contact(landing, "handle_seconds", written) is None
    (fault,) = landing.quarantine()
    assert (fault["position"], fault["scope"], fault["column_name"], fault["rule"]) == (
        "1", "value", "handle_seconds", "bad_number",
    )  # fmt: skip
    assert fault["reason"] == (
        f"handle_seconds: {written!r} is not a number at least 0 and at most 86400; the value is left out"
    )
    assert landing.ledger() == {"one.csv": (1, 1, 0, 0, 0)}


@pytest.mark.parametrize(
    ("written", "number"),
    [("4", 4), ("4.0", 4), ("4,0", 4), ("1", 1), ("5", 5), ("0", None), ("6", None), ("4.5", None), ("four", None)],
)
def test_whole_numbers_and_the_ends_of_a_range(landing: Landed, written: str, number: int | None) -> None:
    row = _row(landing, "surveys", {"response_id": "r", "responded_at": START, "csat": written})
    assert row.get("csat") == number
    assert len(landing.quarantine()) == (number is None)


@pytest.mark.parametrize("written", ["0", "1", "1.0", "0.99999"])
def test_a_probability_may_be_its_ends(landing: Landed, written: str) -> None:
    assert _contact(landing, "ai_confidence", written) == float(written)


@pytest.mark.parametrize(
    ("written", "flag"),
    [
        *((word, True) for word in ("true", "TRUE", "t", "Yes", "y", "1", "1.0")),
        *((word, False) for word in ("false", "False", "F", "no", "N", "0", "0.0")),
        *((word, None) for word in ("2", "ja", "maybe", "-1")),
    ],
)
def test_booleans(landing: Landed, written: str, flag: bool | None) -> None:
    assert _contact(landing, "resolved_claimed", written) is flag
    assert [fault["rule"] for fault in landing.quarantine()] == ["bad_boolean"] * (flag is None)


@pytest.mark.parametrize("blank", ["", " ", "\t", "\u00a0", " \n "])
def test_a_blank_is_no_value_and_no_fault(landing: Landed, blank: str) -> None:
    row = _row(
        landing,
        "contacts",
        {
            "contact_id": "c",
            "started_at": START,
            "customer_id": blank,
            "handle_seconds": blank,
            "queue": blank,
            "served": blank,
        },
    )
    assert set(row) == {"system", "contact_id", "started_at"}
    assert landing.quarantine() == []


def test_allowed_values_in_any_case_and_no_others(landing: Landed) -> None:
    landing.source("contacts.csv")
    landing.put(
        "contacts.csv",
        f"contact_id,started_at,direction,mode\na,{START}, InBound ,AI_PRIMARY\nb,{START},sideways,joint\n",
    )
    landing.night()
    assert landing.surviving(columns="contact_id, direction, mode") == [
        {"contact_id": "a", "direction": "inbound", "mode": "ai_primary"},
        {"contact_id": "b", "mode": "joint"},
    ]
    assert [fault["reason"] for fault in landing.quarantine()] == [
        "direction: 'sideways' is not one of inbound, outbound, callback; the value is left out"
    ]


@pytest.mark.parametrize("table", CANONICAL_TABLES)
def test_each_required_column_that_is_empty_quarantines_its_record(landing: Landed, table: str) -> None:
    contract = CANONICAL_TABLES[table]
    samples = {column.name: _sample(column.kind, column.allowed) for column in contract.required}
    lines = [",".join(samples), ",".join(samples.values())]
    for column in contract.required:
        key = {name: f"{samples[name]}9" for name in contract.key}
        lines.append(",".join({**samples, **key, column.name: ""}.values()))
    landing.source("some.csv", table).put("some.csv", "\n".join(lines))
    landing.night()
    required = len(contract.required)
    assert landing.ledger() == {"some.csv": (required + 1, 1, 0, 0, required)}
    found = [(int(fault["position"]), fault["scope"], fault["rule"], fault["reason"]) for fault in landing.quarantine()]
    assert sorted(found) == [
        (position, "row", "missing", f"{column.name} is required and empty; the record is quarantined")
        for position, column in enumerate(contract.required, 2)
    ]


def _sample(kind: Kind, allowed: tuple[str, ...]) -> str:
    if allowed:
        return allowed[0]
    return {Kind.INSTANT: START, Kind.INTEGER: "1", Kind.NUMBER: "1", Kind.BOOLEAN: "true"}.get(kind, "a")


def test_a_bad_value_of_a_required_column_quarantines_the_record_and_names_it_once(landing: Landed) -> None:
    landing.source("claims.csv", "ai_claims")
    header = "claim_id,contact_id,claim_type,stated_confidence,verified_correct\n"
    landing.put("claims.csv", f"{header}q1,c,balance,1.5,perhaps\nq2,c,balance,0.5,perhaps\n")
    landing.night()
    assert landing.ledger() == {"claims.csv": (2, 1, 0, 0, 1)}
    assert [(fault["position"], fault["scope"], fault["reason"]) for fault in landing.quarantine()] == [
        ("1", "row", "stated_confidence: '1.5' is not a number at least 0 and at most 1; the record is quarantined"),
        ("2", "value", "verified_correct: 'perhaps' is not true or false; the value is left out"),
    ]
    assert landing.query("select bad_values from ingest_ledger") == [{"bad_values": 1}]


def test_a_withdrawn_record_needs_no_more_than_its_key(landing: Landed) -> None:
    landing.source("*.csv", "turns")
    landing.put("all.csv", "contact_id,turn_index,speaker,text\nc,0,customer,Hello\nc,1,ai,Hi\n")
    landing.put(
        "gone.csv", f"contact_id,turn_index,deleted_at,updated_at\nc,1,{START},{START}\nc,,{START},{START}\nc,2,,\n"
    )
    landing.night()
    assert landing.ledger() == {"all.csv": (2, 1, 0, 1, 0), "gone.csv": (3, 1, 0, 0, 2)}
    assert landing.query("select turn_index from landing_turns where deleted_at is not null") == [{"turn_index": 1}]
    assert {fault["column_name"] for fault in landing.quarantine()} <= {"turn_index", "speaker", "text"}


def test_an_end_before_the_start_is_left_out_and_the_same_instant_is_not(landing: Landed) -> None:
    landing.source("contacts.csv")
    landing.put("contacts.csv", f"contact_id,started_at,ended_at\na,{START},2026-01-05T09:59:59Z\nb,{START},{START}\n")
    landing.night()
    assert [row["contact_id"] for row in landing.surviving() if "ended_at" in row] == ["b"]
    (fault,) = landing.quarantine()
    assert "or lies before started_at" in fault["reason"]


@pytest.mark.parametrize("sentinel", ["?", "0", "N/A", "n/a", " Unknown ", "ANONYMOUS", "null", "None"])
def test_sentinels_mean_that_nobody_knows_the_customer(landing: Landed, sentinel: str) -> None:
    assert _contact(landing, "customer_id", sentinel) is None
    assert landing.quarantine() == []


def test_sentinels_of_the_configuration_replace_the_default(landing: Landed) -> None:
    landing.source("contacts.csv")
    landing.put("contacts.csv", f"contact_id,started_at,customer_id\na,{START},house\nb,{START},n/a\n")
    landing.metrics["customer_sentinels"] = ["House"]
    landing.night()
    assert [row["contact_id"] for row in landing.surviving() if "customer_id" in row] == ["b"]


def test_customers_are_their_keyed_hash(landing: Landed) -> None:
    expected = hmac.new(KEY.encode(), b"Cust-7", hashlib.sha256).hexdigest()
    assert _contact(landing, "customer_id", " Cust-7 ") == expected


@pytest.mark.parametrize("agent", ["lou@shop.example", "+1 202 555 0147", "sip:lou@pbx.example"])
def test_an_agent_id_that_is_a_person_becomes_a_pseudonym(landing: Landed, agent: str) -> None:
    assert _contact(landing, "agent_id", agent) == hmac.new(KEY.encode(), agent.encode(), hashlib.sha256).hexdigest()


def test_an_agents_staff_number_stays(landing: Landed) -> None:
    assert _contact(landing, "agent_id", "agent-0147") == "agent-0147"


def test_texts_are_redacted_and_otherwise_untouched(landing: Landed) -> None:
    text = '  Mail anna.lee@example.com, card 4111 1111 1111 1111,\ncall 202-555-0147 =HYPERLINK("x") <b>  '
    row = _row(landing, "turns", {"contact_id": "c", "turn_index": "0", "speaker": "Customer", "text": text})
    assert row["text"] == '  Mail [email], card [card],\ncall [phone] =HYPERLINK("x") <b>  '
    assert row["speaker"] == "customer"


def test_identifiers_stay_text(landing: Landed) -> None:
    row = _row(landing, "contacts", {"contact_id": "00123", "started_at": START, "region": "02134"})
    assert (row["contact_id"], row["region"]) == ("00123", "02134")


def test_native_parquet_values_meet_the_same_rules(landing: Landed) -> None:
    table = pa.table(
        {
            "response_id": pa.array([7, 8, 9, 10], pa.int64()),
            "responded_at": pa.array([START] * 4).cast(pa.timestamp("us", "UTC")),
            "csat": pa.array([4.0, 4.5, math.nan, math.inf], pa.float32()),
            "nps": pa.array([10, 11, -1, None], pa.int8()),
            "verbatim": pa.array(["fine", "", " ", None]),
        }
    )
    sink = io.BytesIO()
    pq.write_table(table, sink)
    landing.source("surveys.parquet", "surveys").put("surveys.parquet", sink.getvalue())
    landing.night()
    assert landing.surviving("surveys", "response_id, csat, nps, verbatim") == [
        {"response_id": "10"},
        {"response_id": "7", "csat": 4, "nps": 10, "verbatim": "fine"},
        {"response_id": "8"},
        {"response_id": "9"},
    ]
    assert len(landing.quarantine()) == 5
