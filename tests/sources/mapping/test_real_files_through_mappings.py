"""Real exports that no reader knows, by declaration alone: the counts are those of an independent reading, and the ledger balances."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from builders.landed import Landed


def _csv(text: str, *, delimiter: str = ",", skip: int = 1) -> int:
    return sum(1 for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row) - skip


def _lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.strip()]


@dataclass(frozen=True)
class Export:
    """A file, its mapping, and what an independent reading finds: records, and rows by table where they are more."""

    file: str
    block: str
    records: Callable[[str], int]
    rows: dict[str, Callable[[str], int]] = field(default_factory=dict)
    encoding: str = "utf-8"
    filtered: int = 0
    quarantined: int = 0


EXPORTS = (
    Export(
        "consumidor-gov-br/finalizadas-sample-latin1.csv",
        """table = "complaints"
encoding = "latin-1"
id = "hash"
rows = ""
[sources.columns]
regulator = { constant = "Consumidor.gov.br" }
received_at = "Data Finalização"
company = "Nome Fantasia"
product = "Área"
issue = "Problema"
region = "UF"
timely = "Respondida"
[sources.values.timely]
map = { S = true, N = false }
""",
        lambda text: _csv(text, delimiter=";"),
        encoding="latin-1",
    ),
    Export(
        "freshdesk/freshdesk_tickets.csv",
        """table = "crm_events"
[sources.columns]
event_id = { template = "{Ticket ID}-opened" }
event_type = { constant = "case_opened" }
occurred_at = "Created time"
case_id = "Ticket ID"
customer_id = { coalesce = ["Contact ID", "Email"] }
issue = "Type"
""",
        _csv,
    ),
    Export(
        "asterisk-cdr/freepbx-cdr-report-no-header.csv",
        """table = "contacts"
header = ["calldate", "clid", "src", "dst", "dcontext", "channel", "dstchannel", "lastapp", "lastdata", "duration", "billsec",
    "disposition", "amaflags", "accountcode", "uniqueid", "userfield", "did", "recordingfile", "cnum", "cnam", "outbound_cnum",
    "outbound_cnam", "dst_cnam", "sequence", "rest"]
filter = "disposition <> 'BUSY'"
[sources.columns]
contact_id = "uniqueid"
started_at = "calldate"
talk_seconds = "billsec"
customer_id = "src"
channel = { constant = "voice" }
served = { sql = "disposition = 'ANSWERED'" }
disconnect_reason = "disposition"
[sources.dates.started_at]
format = "%d/%m/%Y %H:%M:%S"
zone = "Europe/Lisbon"
""",
        lambda text: _csv(text, skip=0),
        filtered=1,
    ),
    Export(
        "asterisk-queue-log/queue_log.csv",
        """table = "handoffs"
filter = "event in ('BLINDTRANSFER', 'ATTENDEDTRANSFER', 'TRANSFER')"
[sources.columns]
handoff_id = "uid"
contact_id = "callid"
occurred_at = "time"
from_party = { constant = "agent" }
""",
        _csv,
        {
            "handoffs": lambda text: sum(
                row["event"] in ("BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER")
                for row in csv.DictReader(io.StringIO(text))
            )
        },
        filtered=-1,
    ),
    Export(
        "qualtrics-csv/sample.csv",
        """table = "surveys"
filter = "try_cast(Progress as int) = 100"
[sources.columns]
response_id = "ResponseId"
responded_at = "RecordedDate"
verbatim = "Q2"
language = "UserLanguage"
""",
        _csv,
        {"surveys": lambda _: 1},
        filtered=2,
    ),
    Export(
        "typeform/responses.jsonl",
        """table = "surveys"
[sources.columns]
response_id = "token"
responded_at = "submitted_at"
csat = "answers[2].number"
""",
        lambda text: len(_lines(text)),
    ),
    Export(
        "genesys-conversation-detail/conversation1.json",
        """table = "contacts"
rows = "participants[*].sessions[*]"
[sources.columns]
contact_id = "sessionId"
root_contact_id = "$.conversationId"
started_at = "segments[0].segmentStart"
channel = "mediaType"
direction = "$.originatingDirection"
agent_id = { sql = "case when participants.purpose = 'agent' then participants.userId end" }
""",
        lambda text: sum(len(each["sessions"]) for each in json.loads(text)["participants"]),
    ),
    Export(
        "zendesk-chat/chats.jsonl",
        """table = "contacts"
[sources.columns]
contact_id = "id"
started_at = "timestamp"
updated_at = "update_timestamp"
channel = { constant = "chat" }
served = { sql = "type <> 'offline_msg'" }
customer_id = { coalesce = ["visitor.email", "visitor.id"] }
""",
        lambda text: len(_lines(text)),
    ),
    Export(
        "vapi/calls-list.json",
        """[[sources.tables]]
table = "contacts"
[sources.tables.columns]
contact_id = "id"
started_at = "startedAt"
ended_at = "endedAt"
mode = { constant = "ai_primary" }
disconnect_reason = "endedReason"
customer_id = "customer.number"
[[sources.tables]]
table = "turns"
rows = "messages[*]"
[sources.tables.columns]
contact_id = "$.id"
turn_index = "_index"
speaker = "role"
text = "message"
offset_seconds = "secondsFromStart"
duration_seconds = "duration"
[sources.tables.values.speaker]
map = { user = "customer", bot = "ai", system = "system" }
[sources.tables.durations]
duration_seconds = "milliseconds"
""",
        lambda text: len(json.loads(text)),
        {
            "turns": lambda text: sum(
                bool(message["message"].strip()) for call in json.loads(text) for message in call["messages"]
            )
        },
    ),
    Export(
        "intercom-api/conversations-list.json",
        """table = "contacts"
rows = "conversations[*]"
[sources.columns]
contact_id = "id"
started_at = "created_at"
updated_at = "updated_at"
customer_id = "contacts.contacts[0].id"
agent_id = "admin_assignee_id"
mode = { sql = "case when ai_agent_participated = 'true' then 'joint' else 'human_primary' end" }
""",
        lambda text: len(json.loads(text)["conversations"]),
    ),
    Export(
        "zendesk-api/satisfaction_ratings.json",
        """table = "surveys"
rows = "satisfaction_ratings[*]"
filter = "score <> 'offered'"
[sources.columns]
response_id = "id"
responded_at = "created_at"
customer_id = "requester_id"
csat = "score"
verbatim = "comment"
[sources.values.csat]
map = { good = 5, bad = 1 }
""",
        lambda text: len(json.loads(text)["satisfaction_ratings"]),
    ),
    Export(
        "twilio-api/calls-page1.json",
        """table = "contacts"
rows = "calls[*]"
[sources.columns]
contact_id = { template = "{sid}-{_index}" }
started_at = "start_time"
talk_seconds = "duration"
customer_id = "from"
direction = "direction"
[sources.values.direction]
map = { inbound = "inbound", "outbound-api" = "outbound", "outbound-dial" = "outbound" }
""",
        lambda text: len(json.loads(text)["calls"]),
    ),
    Export(
        "ringcentral/call-log-list.json",
        """table = "contacts"
rows = "records[*]"
[sources.columns]
contact_id = "id"
root_contact_id = "sessionId"
started_at = "startTime"
talk_seconds = "durationMs"
customer_id = { sql = 'case when direction = \\'Inbound\\' then "from.phoneNumber" else "to.phoneNumber" end' }
direction = { sql = "lower(direction)" }
[sources.durations]
talk_seconds = "milliseconds"
""".replace("'case", '"""case')
        .replace("end' }", 'end""" }')
        .replace("\\'", "'"),
        lambda text: len(json.loads(text)["records"]),
    ),
    Export(
        "amazon-connect-ctr/ctr-one-record.ndjson",
        """table = "contacts"
[sources.columns]
contact_id = "ContactId"
root_contact_id = { coalesce = ["InitialContactId", "ContactId"] }
started_at = "InitiationTimestamp"
ended_at = "DisconnectTimestamp"
handle_seconds = { sql = "Agent.AgentInteractionDuration + Agent.CustomerHoldDuration + Agent.AfterContactWorkDuration" }
queue = "Queue.Name"
customer_id = "CustomerEndpoint.Address"
updated_at = "LastUpdateTimestamp"
""",
        lambda text: len(_lines(text)),
    ),
    Export(
        "zammad/tickets.json",
        """table = "crm_events"
[sources.columns]
event_id = { template = "{id}-opened" }
event_type = { constant = "case_opened" }
occurred_at = "created_at"
case_id = "number"
customer_id = "customer_id"
""",
        lambda text: len(json.loads(text)),
    ),
    Export(
        "salesforce-case/Case.csv",
        """table = "complaints"
[sources.columns]
complaint_id = "Guid"
regulator = { constant = "none" }
received_at = { constant = "2026-01-05" }
product = "Product__c"
issue = "Reason"
narrative = "Description"
[sources.values.narrative]
null = ["#N/A"]
rest = "keep"
""",
        _csv,
    ),
)


@pytest.mark.parametrize("export", EXPORTS, ids=lambda export: export.file)
def test_a_real_export_needs_no_script(tmp_path: Path, fixtures_dir: Path, export: Export) -> None:
    content = (fixtures_dir / export.file).read_bytes()
    landed = Landed(tmp_path)
    landed.put(f"in/{Path(export.file).name}", content)
    landed.block(f'format = "mapping"\nname = "s"\npath = "in/*"\n{export.block}')
    landed.night()
    text = content.decode(export.encoding).removeprefix("\ufeff")
    (ledger,) = landed.query("select * from ingest_ledger")
    assert ledger["reason"] is None
    records = export.records(text)
    assert ledger["rows_in"] == records
    primary = landed.settings().sources[0].reader.fills[0]
    expected = {primary: lambda _: records - ledger["filtered"] - export.quarantined, **export.rows}
    for table, count in expected.items():
        assert len(landed.surviving(table)) == count(text), landed.quarantine()
    assert ledger["quarantined"] == export.quarantined, landed.quarantine()
    assert ledger["filtered"] == (export.filtered if export.filtered >= 0 else records - ledger["accepted"])
    assert [row for row in landed.quarantine() if row["scope"] == "row"] == []


def test_values_of_real_exports(tmp_path: Path, fixtures_dir: Path) -> None:
    """A few values by hand: handle time of Connect, an instant of Lisbon, the scale of Zendesk's verdicts."""
    landed = Landed(tmp_path)
    for export in EXPORTS:
        name = Path(export.file).name
        if name in ("ctr-one-record.ndjson", "freepbx-cdr-report-no-header.csv", "satisfaction_ratings.json"):
            landed.put(f"in/{name}", (fixtures_dir / export.file).read_bytes())
            landed.block(
                f'format = "mapping"\nname = "{name}"\nsystem = "{name[:3]}"\npath = "in/{name}"\n{export.block}'
            )
    landed.night()
    (connect,) = landed.query("select handle_seconds from landing_contacts where system = 'ctr'")
    assert connect["handle_seconds"] == 65.0
    (call,) = landed.query(
        "select cast(started_at as varchar) as started_at, served from landing_contacts where contact_id = '1504282325.10'"
    )
    assert call == {"started_at": "2017-09-01 16:12:05", "served": False}
    (rating,) = landed.query("select csat from landing_surveys")
    assert rating == {"csat": 5.0}


def test_tickets_and_their_policies_that_an_export_spreads_over_two_files(tmp_path: Path, fixtures_dir: Path) -> None:
    """Zendesk's warehouse tables: the policies come a night before the tickets, and one of them a night later."""
    landed = Landed(tmp_path).block(
        """format = "mapping"
name = "tickets"
path = "tickets.csv"
table = "contacts"
[sources.join.policy]
path = "policies*.csv"
on = { id = "ticket_id" }
updated_at = "policy_applied_at"
[sources.columns]
contact_id = "id"
started_at = "created_at"
customer_id = "requester_id"
updated_at = "updated_at"
workflow = "policy.sla_policy_id"
"""
    )
    seeds = fixtures_dir / "zendesk-fivetran-seeds"
    tickets = (seeds / "ticket_data.csv").read_text("utf-8")
    header, first, *others = (seeds / "ticket_sla_policy_data.csv").read_text("utf-8").splitlines(keepends=True)
    landed.put("policies.csv", header + "".join(others))
    landed.night()
    landed.put("tickets.csv", tickets)
    landed.night()
    known = [row["ticket_id"] for row in csv.DictReader([header, *others])]
    (late,) = csv.DictReader([header, first])
    expected = {row["id"] for row in csv.DictReader(io.StringIO(tickets))}
    assert late["ticket_id"] not in known
    assert {row["contact_id"] for row in landed.surviving()} == expected & set(known)
    assert [notice for notice in landed.notices if "1 of 10 records of contacts wait" in notice]
    landed.put("policies_2.csv", header + first)
    landed.night()
    assert {row["contact_id"]: row["workflow"] for row in landed.surviving()}[late["ticket_id"]] == late[
        "sla_policy_id"
    ]
    assert {row["contact_id"] for row in landed.surviving()} == expected
    assert sum(counts[0] for counts in landed.ledger().values()) == len(expected) + len(others) + 1
