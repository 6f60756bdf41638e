"""Sources of ``format = "mapping"`` in the landing area: the ledger, versions of records, parts, notices."""

from datetime import datetime
from pathlib import Path

import pytest
from builders.landed import Landed, naive_utc

from pipelines.config import ConfigError, load_settings

CALLS = """format = "mapping"
name = "calls"
path = "calls/*"
table = "contacts"
{more}
[sources.columns]
contact_id = "Call ID"
started_at = "Start"
customer_id = "Phone"
queue = "Skill"
"""
HEADER = "Call ID,Start,Phone,Skill\n"


@pytest.fixture
def landed(tmp_path: Path) -> Landed:
    return Landed(tmp_path)


def test_records_that_a_filter_leaves_out_are_a_class_of_the_ledger(landed: Landed) -> None:
    landed.block(CALLS.format(more="filter = \"Skill <> 'test'\""))
    landed.put("calls/a.csv", HEADER + "1,2026-01-05,a,x\n2,2026-01-05,a,test\n3,never,a,x\n1,2026-01-05,a,x\n")
    landed.put("calls/b.csv", HEADER + "1,2026-01-05,a,x\n2,2026-01-05,a,test\n3,never,a,x\n1,2026-01-05,a,x\n")
    landed.night()
    # The second file holds the same bytes: its records are duplicates, but for those that are left out or rejected there too.
    assert landed.ledger() == {"calls/a.csv": (3, 1, 1, 0, 1), "calls/b.csv": (3, 0, 2, 0, 1)}
    assert landed.filtered() == {"calls/a.csv": 1, "calls/b.csv": 1}
    assert [row["contact_id"] for row in landed.surviving()] == ["1"]
    landed.put("calls/a.csv", HEADER + "1,2026-01-05,a,test\n")
    (landed.folder / "calls/b.csv").unlink()
    landed.night()
    rows = landed.query(
        "select file, rows_in, accepted + duplicates + superseded + quarantined + filtered as fates from ingest_ledger"
    )
    assert len(rows) == 3
    assert all(row["rows_in"] == row["fates"] for row in rows)


def test_another_filter_reads_the_files_anew(landed: Landed) -> None:
    landed.block(CALLS.format(more="filter = \"Skill <> 'test'\""))
    landed.put("calls/a.csv", HEADER + "1,2026-01-05,a,x\n2,2026-01-05,a,test\n")
    landed.night()
    landed.blocks = [CALLS.format(more="")]
    landed.night()
    assert [row["contact_id"] for row in landed.surviving()] == ["1", "2"]
    assert landed.filtered() == {"calls/a.csv": 0}


@pytest.mark.parametrize("split", [False, True])
def test_of_records_alike_the_later_counts_wherever_they_stand(landed: Landed, split: bool) -> None:
    landed.block(CALLS.format(more='deduplicate_by = ["Phone", "Start"]\n') + 'updated_at = "Changed"\n')
    header, first, later, other = (
        "Call ID,Start,Phone,Skill,Changed\n", "1,2026-01-05,a,x,2026-01-06\n", "2,2026-01-05,a,y,2026-01-07\n", "3,2026-01-05,b,z,\n",
    )  # fmt: skip
    if split:
        landed.put("calls/a.csv", header + later)
        landed.put("calls/b.csv", header + first + other)
    else:
        landed.put("calls/a.csv", header + first + later + other)
    landed.night()
    assert [row["contact_id"] for row in landed.surviving()] == ["2", "3"]
    assert [sum(fates) for fates in zip(*landed.ledger().values(), strict=True)] == [3, 2, 1, 0, 0]


def test_a_record_alike_that_is_withdrawn_is_no_ghost(landed: Landed) -> None:
    landed.block(
        CALLS.format(more='deduplicate_by = ["Phone"]\ndeleted = "Skill = \'gone\'"') + 'updated_at = "Changed"\n'
    )
    landed.put(
        "calls/a.csv",
        "Call ID,Start,Phone,Skill,Changed\n1,2026-01-05,a,x,2026-01-06\n2,2026-01-05,a,gone,2026-01-08\n",
    )
    landed.night()
    (row,) = landed.surviving()
    assert row["deleted_at"] == datetime(2026, 1, 8, 23, 59, 59, 999999)  # noqa: DTZ001 - naive UTC, as the warehouse has it


def test_marks_and_made_ids_tell_nothing_of_the_customer(landed: Landed) -> None:
    landed.block(CALLS.format(more='deduplicate_by = ["Phone"]'))
    landed.block(CALLS.format(more='id = "hash"').replace('contact_id = "Call ID"\n', "").replace('"calls"', '"more"'))
    landed.put("calls/a.csv", HEADER + "1,2026-01-05,+4366412345678,x\n")
    landed.night()
    held = landed.query("select * from landing_contacts")
    assert len(held) == 2
    assert not any("66412345678" in str(value) for row in held for value in row.values())
    assert all(len(mark) == 32 for row in held if (mark := row["_same_as"]))


DIALOGS = """format = "mapping"
name = "dialogs"
path = "dialogs/*.json"
[[sources.tables]]
table = "contacts"
rows = "items[*]"
columns = { contact_id = "id", started_at = "at" }
[[sources.tables]]
table = "turns"
rows = "items[*].messages[*]"
columns = { contact_id = "items.id", turn_index = "_index", speaker = "from", text = "body" }
values = { speaker = { map = { user = "customer", bot = "ai" } } }
"""


def test_parts_live_and_die_with_their_record(landed: Landed) -> None:
    landed.block(DIALOGS)
    landed.put(
        "dialogs/a.json",
        '{"items": [{"id": 1, "at": "2026-01-05T10:00:00Z", "messages": [{"from": "user", "body": "hello"}, {"from": "robot", "body": "hi"}]},'
        '{"id": 2, "at": "soon", "messages": [{"from": "user", "body": "lost with it"}]}]}',
    )
    landed.night()
    assert landed.ledger() == {"dialogs/a.json": (2, 1, 0, 0, 1)}
    assert [(row["contact_id"], row["turn_index"], row["text"]) for row in landed.surviving("turns")] == [
        ("1", 0, "hello")
    ]
    faults = [(row["position"], row["scope"], row["rule"]) for row in landed.quarantine()]
    assert faults == [("$.items[0].messages[1]", "value", "not_in_values"), ("$.items[1]", "row", "not_an_instant")]


def test_what_a_run_says_of_a_mapping(landed: Landed) -> None:
    landed.block(CALLS.format(more='id = "row"').replace('contact_id = "Call ID"\n', ""))
    landed.put("calls/a.csv", "Start,Phone\n2026-01-05,a\n")
    landed.night()
    assert landed.notices == [
        "source calls: calls/a.csv has no column Skill, which the mapping reads; what is made of it alone is unknown for these records",
        (
            'source calls: id = "row" gives records of contacts ids by their place in a file: one that comes in two files counts twice. '
            'Name a column that holds an id, or write id = "hash"'
        ),
    ]


def test_a_field_that_one_file_of_several_lacks_is_no_misspelling(landed: Landed) -> None:
    landed.block(CALLS.format(more=""))
    landed.put("calls/a.jsonl", '{"Call ID": 1, "Start": "2026-01-05", "Phone": "a"}\n')
    landed.put("calls/b.jsonl", '{"Call ID": 2, "Start": "2026-01-05", "Phone": "a"}\n')
    landed.night()
    (told,) = landed.notices
    assert told == (
        "source calls: no record of 2 files has Skill, which the mapping reads; what is made of it alone is unknown for these records. "
        "Correct the name in the mapping if it is misspelt"
    )
    landed.put("calls/c.jsonl", '{"Call ID": 3, "Start": "2026-01-05", "Phone": "a", "Skill": "x"}\n')
    landed.night()
    assert landed.notices == []


def test_ids_that_two_sources_share_are_told_until_somebody_says_whose_they_are(landed: Landed) -> None:
    other = CALLS.replace('"calls"', '"more"').replace("calls/*", "more/*")
    landed.block(CALLS.format(more="")).block(other.format(more=""))
    landed.put("calls/a.csv", HEADER + "1,2026-01-05,a,x\n2,2026-01-05,a,x\n")
    landed.put("more/a.csv", HEADER + "1,2026-01-06,b,y\n3,2026-01-06,b,y\n")
    landed.night()
    (told,) = landed.notices
    assert told.startswith("source calls: 1 ids of contacts stand in source more as well")
    landed.blocks = [block.format(more='system = "default"') for block in (CALLS, other)]
    landed.night()
    assert landed.notices == []


def test_a_filter_that_leaves_nothing_blocks(landed: Landed) -> None:
    """Else a misspelt name would publish empty pages over good ones."""
    landed.block(CALLS.format(more="filter = \"Skill = 'tset'\""))
    landed.put("calls/a.csv", HEADER + "1,2026-01-05,a,test\n2,2026-01-05,a,test\n")
    landed.night()
    assert landed.notices == [
        "source calls: its filter leaves out all 2 records; check the names of its fields and its values, or remove the source"
    ]
    assert landed.query("select severity from ingest_notices") == [{"severity": "blocking"}]


def test_zones_units_and_ratings_pass_through_typing(landed: Landed) -> None:
    landed.block(
        """format = "mapping"
path = "s.csv"
table = "surveys"
rating_scale = [1, 10]
time_zone = "Europe/Vienna"
[sources.columns]
response_id = "id"
responded_at = { date_and_time = ["d", "t"] }
csat = "score"
[sources.dates.responded_at]
format = "%d.%m.%Y %H:%M"
"""
    )
    landed.put("s.csv", "id;d;t;score\n1;03.07.2026;09:05;10\n")
    landed.night()
    (row,) = landed.surviving("surveys")
    assert (row["csat"], row["responded_at"]) == (5.0, naive_utc("2026-07-03 07:05:00"))


MINIMAL = """[project]
data_dir = "data"
[[sources]]
format = "mapping"
path = "a.csv"
table = "contacts"
"""


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ('[sources.columns]\nstarted_at = "S"', "columns.contact_id is missing, by which a record of contacts is known; add it (or id ="),
        ('[sources.columns]\ncontact_id = "I"', "columns.started_at is missing, which contacts needs"),
        ('[sources.columns]\ncontact_id = "I"\nstarted_at = "S"\ncustmer_id = "C"', "columns.custmer_id is no column of contacts; did you mean customer_id?"),
        ('[sources.columns]\ncontact_id = "I"\nstarted_at = { sql = "now()" }', "columns.started_at calls now"),
        ('[sources.columns]\ncontact_id = "I"\nstarted_at = { sql = "(select S from t)" }', "columns.started_at holds a SELECT"),
        ('[sources.columns]\ncontact_id = "I"\nstarted_at = { sql = "S +" }', "columns.started_at is no SQL expression"),
        ('[sources.columns]\ncontact_id = "I"\nstarted_at = { sql = "regexp_extract(S, \'(\')" }', "columns.started_at cannot be computed: Invalid Input Error: missing ): ("),
        ('[sources.columns]\ncontact_id = "I"\nstarted_at = 5', 'is neither a field\'s name nor a rule; write "Name"'),
        ('[sources.columns]\ncontact_id = "I"\nstarted_at = { sql = "upper(S, S, S)" }', "columns.started_at is no SQL expression"),
        ('[sources.columns]\ncontact_id = "I"\nstarted_at = { sql = "S", constant = "x" }', "says 2 things"),
        ('[sources.columns]\ncontact_id = "I"\nstarted_at = { template = "{S" }', "columns.started_at has a brace"),
        ('filter = "read_text(\'/etc/passwd\') is null"\n[sources.columns]\ncontact_id = "I"\nstarted_at = "S"', "filter calls read_text"),
        ('rows = "calls"\n[sources.columns]\ncontact_id = "I"\nstarted_at = "S"', "'calls' does not end in a list; write calls[*] for JSON; for XML write the element names from the root with / between them, such as export/calls"),
        ('id = "hash"\n[sources.columns]\ncontact_id = "I"\nstarted_at = "S"', "which columns.contact_id names as well"),
        ('deleted = "x = 1"\n[sources.columns]\ncontact_id = "I"\nstarted_at = "S"\n[sources.durations]\nstarted_at = "minutes"', "durations.started_at is no duration"),
        ('[sources.columns]\ncontact_id = "I"\nstarted_at = "S"\n[sources.dates.started_at]\nformat = "%Q"', "holds %Q"),
        ('[sources.columns]\ncontact_id = "I"\nstarted_at = "S"\n[sources.dates.started_at]\nformat = "%Y-%m-%d %H"\nzone = "Mars"', "is no time zone"),
        ('[sources.columns]\ncontact_id = "I"\nstarted_at = "S"\n[sources.values.queue]\nmap = { a = "b" }', "values.queue says how a column is read that columns does not name"),
        ('[sources.columns]\ncontact_id = "I"\nstarted_at = { sql = "case when S = \'a\' then cast(S as date) else true end" }', "columns.started_at cannot be computed"),
        ('columns = {}', "columns.contact_id is missing"),
        ('filter = "I"\n[sources.columns]\ncontact_id = "I"\nstarted_at = "S"', "filter is no condition"),
        ('[[sources.tables]]\ntable = "surveys"\ncolumns = { response_id = "I", responded_at = "S" }', "table belongs into the first [[sources.tables]]"),
    ],
)  # fmt: skip
def test_a_mapping_at_fault_is_told_by_its_key_and_line(tmp_path: Path, block: str, message: str) -> None:
    path = tmp_path / "aftercall.toml"
    path.write_text(MINIMAL + block, "utf-8")
    with pytest.raises(ConfigError) as raised:
        load_settings(path)
    assert message in str(raised.value)
    assert f"{path}, line " in str(raised.value)
    assert " more)" not in str(raised.value), "it is the only fault"
    assert "<class" not in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('queue = "Q"', 'custmer_id = "Q"'),
        ("Q > 'a'", "now() > 'a'"),
        ('"S"', '{ sql = "S +" }'),
        ("minutes", "fortnights"),
        ("%Y-%m-%d", "%Q"),
        ('"speaker"', '"speeker"'),
        ("turns", "turms"),
    ],
)
def test_the_line_of_a_fault(tmp_path: Path, old: str, new: str) -> None:
    whole = """[project]
data_dir = "data"
[[sources]]
format = "mapping"
path = "a.csv"
[[sources.tables]]
table = "contacts"
filter = "Q > 'a'"
[sources.tables.columns]
contact_id = "I"
started_at = "S"
queue = "Q"
handle_seconds = "H"
[sources.tables.dates.started_at]
format = "%Y-%m-%d"
# handle_seconds = "hours"

[sources.tables.durations]
handle_seconds = "minutes"
[[sources.tables]]
table = "turns"
columns = { contact_id = "I", turn_index = "N", "speaker" = "W", text = "T" }
"""
    path = tmp_path / "aftercall.toml"
    path.write_text(whole, "utf-8")
    load_settings(path)
    path.write_text(whole.replace(old, new), "utf-8")
    with pytest.raises(ConfigError) as raised:
        load_settings(path)
    found = str(raised.value).split("line ", 1)[1].split(":")[0]
    assert whole.replace(old, new).splitlines()[int(found) - 1].count(new), str(raised.value)


def test_keys_of_mappings_go_with_mappings_alone(tmp_path: Path) -> None:
    path = tmp_path / "aftercall.toml"
    path.write_text(MINIMAL.replace('"mapping"', '"canonical"') + 'filter = "a = 1"', "utf-8")
    with pytest.raises(ConfigError, match="filter goes with format = 'mapping'"):
        load_settings(path)


def test_contacts_stand_in_front_of_what_is_part_of_them(tmp_path: Path) -> None:
    path = tmp_path / "aftercall.toml"
    path.write_text(
        """[project]
data_dir = "data"
[[sources]]
format = "mapping"
path = "a.json"
[[sources.tables]]
table = "surveys"
columns = { response_id = "id", responded_at = "at" }
[[sources.tables]]
table = "contacts"
columns = { contact_id = "id", started_at = "at" }
""",
        "utf-8",
    )
    with pytest.raises(ConfigError, match=r"line 10: .*'contacts' cannot be a part of surveys; put it first"):
        load_settings(path)


def test_parts_of_an_older_version_do_not_outlive_it(landed: Landed) -> None:
    landed.block(DIALOGS.replace('started_at = "at"', 'started_at = "at", updated_at = "changed"'))
    base = '{"items": [{"id": 1, "at": "2026-01-05T10:00:00Z", "changed": "2026-01-0%d", "messages": [%s]}]}'
    landed.put(
        "dialogs/a.json", base % (6, '{"from": "user", "body": "hello"}, {"from": "user", "body": "taken back"}')
    )
    landed.put("dialogs/b.json", base % (7, '{"from": "user", "body": "hello"}'))
    landed.night()
    assert [row["text"] for row in landed.surviving("turns")] == ["hello"]
    assert landed.ledger() == {"dialogs/a.json": (1, 0, 0, 1, 0), "dialogs/b.json": (1, 1, 0, 0, 0)}
