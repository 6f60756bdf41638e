"""One whole night on files in which answers link to nothing, clocks differ, and one person goes by two ids."""

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
from builders.command_line import Command

CONFIG = """
[project]
data_dir = "data"

[[sources]]
name = "calls"
format = "canonical"
table = "contacts"
path = "in/contacts.csv"

[[sources]]
name = "asked"
format = "canonical"
table = "surveys"
path = "in/surveys.csv"

[[sources]]
name = "crm ids"
format = "canonical"
table = "identities"
path = "in/identities.csv"
"""
FILES = {
    "contacts": """contact_id,customer_id,started_at,ended_at
1,client 7,2024-01-01T10:00:00Z,2024-01-01T10:05:00Z
2,+49 30 901820,2024-01-04T10:00:00Z,2024-01-04T10:05:00Z
3,client 8,2024-01-06T10:00:00Z,2024-01-06T10:05:00Z
""",
    "surveys": """response_id,contact_id,customer_id,responded_at,csat
seconds before the end,1,,2024-01-01T10:04:58Z,1
of the alias,,client 7,2024-01-04T12:00:00Z,5
nobody's,,,2024-01-02T10:00:00Z,5
nobody's either,,N/A,2024-01-03,1
""",
    "identities": """customer_id,alias,kind
client 7,+49 30 901820,phone
client 7,shared@example.org,email
client 8,shared@example.org,email
""",
}


def test_answers_and_aliases_are_counted_said_and_kept_private(
    aftercall: Command, configured: Callable[[str], Path], tmp_path: Path
) -> None:
    config = configured(CONFIG)
    (tmp_path / "in").mkdir()
    for name, content in FILES.items():
        (tmp_path / "in" / f"{name}.csv").write_text(content, "utf-8")
    ran = aftercall("run", "--config", config, "--as-of", "2024-06-01")
    assert ran.code == 0, ran.err
    said = " ".join(ran.out.split())
    assert "1 joined by an alias, 1 alias names several customers" in said
    assert "2 of 4 survey answers link to nothing that counts: 2 without a contact or a known customer" in said

    assert aftercall("export", "--config", config, "--out", tmp_path / "out").code == 0
    tables = {path.stem: pl.read_parquet(path) for path in (tmp_path / "out").glob("*.parquet")}
    outcomes = {row["contact_id"]: row for row in tables["contact_outcomes"].to_dicts()}
    assert {name: (row["csat"], row["repeat_any_7d"]) for name, row in outcomes.items()} == {
        "1": (1, True),
        "2": (5, False),
        "3": (None, False),
    }
    assert outcomes["1"]["customer_key"] == outcomes["2"]["customer_key"] != outcomes["3"]["customer_key"]
    assert dict(tables["survey_answers"].select("fate", "responses").iter_rows()) == {
        "counted": 2,
        "unlinked_no_customer": 2,
    }
    assert {row.pop("kind"): row for row in tables["identity_links"].to_dicts()} == {
        "phone": {"aliases": 1, "ambiguous": 0, "chained": 0, "used": 1, "contacts": 1, "served_inbound": 1},
        "email": {"aliases": 1, "ambiguous": 1, "chained": 0, "used": 0, "contacts": 0, "served_inbound": 0},
    }
    warned = {row["check_name"]: row for row in tables["data_quality"].filter(~pl.col("passed")).to_dicts()}
    assert warned["answers_linked"]["severity"] == "warning"
    assert warned["answers_linked"]["actual"] == "2 of 4 survey answers are without a contact or a known customer"
    assert json.loads(warned["answers_linked"]["examples"])[0]["responses"] == 2
    assert "customers_met_elsewhere" not in warned
    for frame in tables.values():
        assert "901820" not in frame.write_json()
        assert "shared@" not in frame.write_json()
