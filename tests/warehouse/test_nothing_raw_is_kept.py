"""The raw value never reaches the warehouse: neither a column of any table nor a byte of its file holds it."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from builders.landed import KEY, Landed

SECRETS = (
    "kunde-4711-geheim",
    "anna.lee@example.com",
    "lou@shop.example",
    "4111 1111 1111 1111",
    "4111111111111111",
    "202-555-0147",
    "+12025550147",
    "5550199",
    "olivia-secret",
    KEY,
)
START = "2026-01-05T10:00:00Z"


def _deliver(landing: Landed) -> None:
    landing.source("contacts.*", "contacts", name="contacts")
    landing.source("turns.jsonl", "turns").source("surveys.parquet", "surveys").source("headerless.csv", "crm_events")
    landing.source("case.json", format="vcon")
    header = "contact_id,started_at,customer_id,agent_id,handle_seconds,direction,queue\n"
    landing.put(
        "contacts.csv",
        header
        + f"c1,{START},kunde-4711-geheim,lou@shop.example,60,inbound,q\n"
        + f"c2,{START},+12025550147,agent 7,card 4111 1111 1111 1111,anna.lee@example.com,q\n"
        # A bad value so long that a cut would leave a part of what has to go.
        + f"c3,{START},anna.lee@example.com,a,{'x' * 45} anna.lee@example.com,call 202-555-0147 now,q\n"
        # Rejected records: without a start, with a broken line, with a bad date that is an address.
        + "c4,,kunde-4711-geheim,lou@shop.example,60,inbound,q\n"
        + f"c5,{START},kunde-4711-geheim,lou@shop.example\n"
        + "c6,anna.lee@example.com,kunde-4711-geheim,,60,inbound,q\n",
    )
    turns = [
        {"contact_id": "c1", "turn_index": 0, "speaker": "customer", "text": "I am anna.lee@example.com, 202-555-0147"},
        {"contact_id": "c1", "turn_index": "+12025550147?", "speaker": "customer", "text": "4111 1111 1111 1111"},
        {"contact_id": "c1", "turn_index": 2, "speaker": "lou@shop.example", "text": "4111111111111111"},
    ]
    broken = '{"contact_id": "c1", "text": "kunde-4711-geheim anna.lee@example.com'
    landing.put("turns.jsonl", "\n".join([*map(json.dumps, turns), broken]))
    survey = {
        "response_id": ["r"],
        "responded_at": [START],
        "customer_id": ["kunde-4711-geheim"],
        "verbatim": ["+12025550147"],
    }
    pq.write_table(pa.table(survey), landing.folder / "surveys.parquet")
    landing.put("headerless.csv", f"e1,case_opened,{START},kunde-4711-geheim\ne2,case_opened,{START},x\n")
    parties = [
        {"mailto": "lou@shop.example", "name": "olivia-secret", "meta": {"role": "agent"}},
        {"tel": "+12025550147", "name": "olivia-secret", "meta": {"role": "customer"}},
    ]
    dialog = [{"type": "recording", "start": START, "duration": 60, "parties": [1, 0]}]
    landing.put("case.json", json.dumps({"uuid": "u", "parties": parties, "dialog": dialog}))


def _all_text(landing: Landed) -> str:
    tables = [row["name"] for row in landing.query("select distinct table_name as name from duckdb_tables()")]
    assert len(tables) > 10
    return "\n".join(str(landing.connection.execute(f"from {table}").fetchall()) for table in tables)


def test_no_raw_value_stands_in_any_table_or_byte_of_the_warehouse(tmp_path: Path) -> None:
    database = tmp_path / "warehouse.duckdb"
    landing = Landed(tmp_path / "landing", str(database))
    landing.folder.mkdir(exist_ok=True)
    _deliver(landing)
    landing.night()
    ledger = landing.ledger()
    assert ledger["contacts.csv"] == (6, 3, 0, 0, 3)
    assert ledger["turns.jsonl"] == (4, 1, 0, 0, 3)
    assert ledger["surveys.parquet"] == ledger["case.json"] == (1, 1, 0, 0, 0)
    assert list(landing.refusals()) == ["headerless.csv"]
    assert "I am [email], [phone]" in _all_text(landing)
    found = [secret for secret in SECRETS if secret in _all_text(landing)]
    landing.connection.execute("force checkpoint")
    landing.connection.close()
    content = b"".join(path.read_bytes() for path in tmp_path.glob("warehouse.duckdb*"))
    assert b"landing_contacts" in content, "the file is not compressed beyond a search"
    in_bytes = [secret for secret in SECRETS if secret.encode() in content]
    parts = [part for part in ("anna.lee@", "geheim", "555-0147", "4111 1111") if part.encode() in content]
    assert (found, in_bytes, parts) == ([], [], [])
