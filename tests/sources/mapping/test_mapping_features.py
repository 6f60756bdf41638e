"""Every part of a mapping by a file small enough to read the rows off it."""

import gzip
from pathlib import Path

import polars as pl
import pytest
from builders.mapped import accounted, declared, read, rows

from pipelines.sources.mapping.joins import Join
from pipelines.sources.mapping.reader import MappingReader
from pipelines.sources.reading import DEDUPLICATION, PATH, RECORD, ReadOptions, UnreadableFileError

BASE = """table = "contacts"
[sources.columns]
contact_id = "Call ID"
started_at = "Start"
"""
START = "2026-01-05T10:00:00Z"


def _one(tmp_path: Path, header: str, line: str, more: str, name: str = "a.csv") -> dict[str, object]:
    """The one row of a CSV file that has Call ID and Start besides."""
    reading = read(tmp_path / name, f"Call ID,Start,{header}\n7,{START},{line}\n", BASE + more)
    (row,) = rows(reading)
    assert (row.pop("contact_id"), row.pop("started_at")) == ("7", START)
    return row


@pytest.mark.parametrize(
    ("rule", "line", "expected"),
    [
        ('queue = "Skill"', "billing,x,", {"queue": "billing"}),
        ('queue = "skill "', "billing,x,", {"queue": "billing"}),
        ('queue = { constant = "voice" }', ",,", {"queue": "voice"}),
        ("served = { constant = true }", ",,", {"served": "true"}),
        ('queue = { template = "{Site}-{Skill}" }', "billing,vie,", {"queue": "vie-billing"}),
        ('queue = { template = "{Site}-{Skill}" }', "billing,,", {}),
        ('queue = { template = "{{{Site}}}" }', ",vie,", {"queue": "{vie}"}),
        ('queue = { coalesce = ["Site", "Skill"] }', "billing,  ,", {"queue": "billing"}),
        ("queue = { sql = \"upper(Skill) || '/' || coalesce(Site, '-')\" }", "a,,", {"queue": "A/-"}),
        ('handle_seconds = { sql = "Skill + Site" }', "30,12.5,", {"handle_seconds": "42.5"}),
        ('served = { sql = "Skill > 5" }', "30,,", {"served": "true"}),
        ('served = { sql = "Skill > 5" }', ",,", {}),
        ("queue = { sql = \"case when Site in ('vie', 'graz') then 'at' end\" }", ",graz,", {"queue": "at"}),
        ("queue = { sql = \"regexp_extract(Skill, '([a-z]+)-', 1)\" }", "ab-1,,", {"queue": "ab"}),
        (
            "handle_seconds = { sql = \"date_diff('second', cast(Skill as timestamp), cast(Site as timestamp))\" }",
            "2026-01-05 10:00:00,2026-01-05 10:02:05,",
            {"handle_seconds": "125"},
        ),
        ('queue = "Extra.team.name"', ',,"{""team"": {""name"": ""north""}}"', {"queue": "north"}),
        ('queue = "Extra.team[1]"', ',,"{""team"": [1, ""b""]}"', {"queue": "b"}),
        ('queue = "Extra.team"', ",,not json", {}),
    ],
)
def test_where_a_column_comes_from(tmp_path: Path, rule: str, line: str, expected: dict[str, object]) -> None:
    assert _one(tmp_path, "Skill,Site,Extra", line, rule) == expected


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ('map = { Phone = "voice", "E-Mail" = "email" }', "phone ", "voice"),
        ('map = { Phone = "voice" }\ndefault = "other"', "fax", "other"),
        ('map = { Phone = "voice" }\ndefault = "other"', "", None),
        ('map = { Phone = "voice", "" = "unknown" }', "", "unknown"),
        ('map = { Phone = "voice" }\nrest = "keep"', "fax", "fax"),
        ('map = { Phone = "voice" }\nrest = "null"', "fax", None),
        ('null = ["N/A"]\nrest = "keep"', "n/a", None),
        ('map = { "it\'s" = "o\'k" }', "it's", "o'k"),
        ("map = { a = true }", "A", "true"),
    ],
)
def test_what_values_mean(tmp_path: Path, rule: str, value: str, expected: str | None) -> None:
    row = _one(tmp_path, "Kind", value, f'channel = "Kind"\n[sources.values.channel]\n{rule}\n')
    assert row.get("channel") == expected


def test_a_value_that_no_map_lists_is_left_out_and_told_without_it(tmp_path: Path) -> None:
    block = BASE + 'channel = "Kind"\n[sources.values.channel]\nmap = { phone = "voice" }\n'
    reading = read(tmp_path / "a.csv", f"Call ID,Start,Kind\n1,{START},phone\n2,{START},secret word\n", block)
    assert [row.get("channel") for row in rows(reading)] == ["voice", None]
    (reject,) = reading.rejects
    assert (reject.record, reject.scope, reject.rule, reject.table, reject.column) == (
        2, "value", "not_in_values", "contacts", "channel",
    )  # fmt: skip
    assert "values.channel" in reject.reason
    assert "secret" not in reject.reason
    assert accounted(reading)


def test_a_required_column_that_cannot_be_computed_rejects_its_record(tmp_path: Path) -> None:
    block = 'table = "contacts"\n[sources.columns]\ncontact_id = "Id"\nstarted_at = { sql = "cast(T as timestamp)" }\n'
    reading = read(tmp_path / "a.csv", "Id,T\n1,2026-01-05 10:00\n2,never\n3,\n", block)
    assert rows(reading) == [{"contact_id": "1", "started_at": "2026-01-05 10:00:00"}, {"contact_id": "3"}]
    (reject,) = reading.rejects
    assert (reject.record, reject.scope, reject.rule) == (2, "row", "expression_failed")
    assert "never" not in reject.reason
    assert accounted(reading)


def test_records_that_a_filter_leaves_out_are_counted(tmp_path: Path) -> None:
    block = "filter = \"Status <> 'test' and Talk >= 10\"\n" + BASE
    lines = f"Call ID,Start,Status,Talk\n1,{START},done,10\n2,{START},test,99\n3,{START},,12\n4,{START},done,9\n5,{START},done,x\n"
    reading = read(tmp_path / "a.csv", lines, block)
    assert [row["contact_id"] for row in rows(reading)] == ["1"]
    # 2 and 4 do not fulfil it, 3 leaves it open, of 5 it cannot be said.
    assert reading.filtered == 3
    assert [(reject.record, reject.scope, reject.rule) for reject in reading.rejects] == [
        (5, "row", "expression_failed")
    ]
    assert reading.rows_in == 5
    assert accounted(reading)


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ('format = "%d/%m/%Y %H:%M"', "03/04/2026 09:05", "2026-04-03T09:05:00.000000"),
        ('format = "%d/%m/%Y %H:%M"\nzone = "America/New_York"', "03/04/2026 09:05", "2026-04-03T13:05:00.000000Z"),
        ('format = ["%Y-%m-%d", "%d.%m.%y"]', "03.04.26", "2026-04-03"),
        ('format = "%d/%m/%Y %H:%M %z"', "03/04/2026 09:05 +02:00", "2026-04-03T07:05:00.000000Z"),
        ('format = "%d/%m/%Y %I:%M %p"', "03/04/2026 09:05 PM", "2026-04-03T21:05:00.000000"),
    ],
)
def test_how_dates_are_written(tmp_path: Path, rule: str, value: str, expected: str) -> None:
    row = _one(tmp_path, "End", value, f'ended_at = "End"\n[sources.dates.ended_at]\n{rule}\n')
    assert row == {"ended_at": expected}


def test_a_date_that_no_pattern_fits_is_left_out_and_told(tmp_path: Path) -> None:
    block = BASE + '[sources.dates.started_at]\nformat = "%d/%m/%Y"\n'
    reading = read(tmp_path / "a.csv", "Call ID,Start\n1,03/04/2026\n2,2026-04-03\n", block)
    assert rows(reading) == [{"contact_id": "1", "started_at": "2026-04-03"}]
    assert [(reject.record, reject.scope, reject.rule) for reject in reading.rejects] == [
        (2, "row", "not_in_date_format")
    ]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("03/04/2026,09:05:07", "03/04/2026 09:05:07"),
        ("2026-04-03 00:00:00,1899-12-30 09:05:07", "2026-04-03 09:05:07"),
        ("2026-04-03,", "2026-04-03"),
        (",09:05:07", None),
    ],
)
def test_date_and_time_are_joined(tmp_path: Path, line: str, expected: str | None) -> None:
    row = _one(tmp_path, "D,T", line, 'ended_at = { date_and_time = ["D", "T"] }')
    assert row.get("ended_at") == expected


@pytest.mark.parametrize(
    ("unit", "value", "expected"),
    [
        ("minutes", "1.5", "90.0"), ("minutes", "1,5", "90.0"), ("milliseconds", "1500", "1.5"), ("hours", "2", "7200.0"),
        ("hh:mm", "01:30", "5400"), ("hh:mm:ss", "00:01:30", "00:01:30"), ("minutes", "00:01:30", "00:01:30"),
        ("minutes", "1,234", "1,234"), ("minutes", "soon", "soon"),
    ],
)  # fmt: skip
def test_units_of_durations(tmp_path: Path, unit: str, value: str, expected: str) -> None:
    row = _one(tmp_path, "D", f'"{value}"', f'handle_seconds = "D"\n[sources.durations]\nhandle_seconds = "{unit}"\n')
    assert row == {"handle_seconds": expected}


def test_ids_by_place_differ_between_files_and_those_of_content_do_not(tmp_path: Path) -> None:
    lines = f"Start,Who\n{START},a\n{START},b\n{START},a\n"
    block = 'table = "contacts"\nid = "{}"\n[sources.columns]\nstarted_at = "Start"\nqueue = "Who"\n'

    def ids(text: str, how: str) -> list[str]:
        return [row["contact_id"] for row in rows(read(tmp_path / "a.csv", text, block.replace("{}", how)))]

    by_row, longer = ids(lines, "row"), ids(lines + f"{START},c\n", "row")
    assert len(set(by_row)) == 3
    assert not set(by_row) & set(longer)
    assert [each.rsplit("-", 1)[1] for each in by_row] == ["1", "2", "3"]
    by_content = ids(lines, "hash")
    assert by_content[2] == f"{by_content[0]}-2", "the second of its kind in the file"
    assert by_content[1] not in {by_content[0], by_content[2]}
    assert ids(lines + f"{START},c\n", "hash")[:3] == by_content
    assert ids(f"Who,Start\nb,{START}\n", "hash") == [by_content[1]]
    both = ids(lines, 'hash"\ndeduplicate_by = ["Who"]\nfilter = "true')
    assert both[2] == both[0], "what is one record has one id"
    reader = MappingReader(declared(block.replace("{}", "hash")))
    (tmp_path / "a.csv").write_text(lines)
    other = reader.read(tmp_path / "a.csv", ReadOptions(secret="another secret"))
    assert not {row["contact_id"] for row in rows(other)} & set(by_content), "nobody can make them without the secret"


def test_withdrawn_records_carry_when(tmp_path: Path) -> None:
    block = "deleted = \"State = 'deleted'\"\n" + BASE + 'updated_at = "Changed"\n'
    lines = (
        f"Call ID,Start,State,Changed\n1,{START},open,2026-01-06\n2,{START},deleted,2026-01-07\n3,{START},deleted,\n"
    )
    found = [row.get("deleted_at") for row in rows(read(tmp_path / "a.csv", lines, block))]
    assert found == [None, "2026-01-07", START]


def test_records_alike_are_marked_alike(tmp_path: Path) -> None:
    block = 'deduplicate_by = ["Phone", "Start"]\n' + BASE
    lines = f"Call ID,Start,Phone\n1,{START},a\n2,{START},a\n3,{START},b\n4,,\n"
    marks = read(tmp_path / "a.csv", lines, block).tables["contacts"][DEDUPLICATION].to_list()
    assert marks[0] == marks[1]
    assert marks[2] not in {marks[0], None}
    assert marks[3] is None
    assert marks[0] != "a"


def test_names_for_tables_without_a_header(tmp_path: Path) -> None:
    block = 'header = ["id", "when", "q"]\ntable = "contacts"\n[sources.columns]\ncontact_id = "id"\nstarted_at = "when"\nqueue = "q"\n'
    reading = read(tmp_path / "a.csv", "\ufeff1|2026-01-05|a,b\n2|2026-01-06|c\n", block)
    assert rows(reading) == [
        {"contact_id": "1", "started_at": "2026-01-05", "queue": "a,b"},
        {"contact_id": "2", "started_at": "2026-01-06", "queue": "c"},
    ]
    short = read(tmp_path / "a.csv", "1|2026-01-05|a\n2|2026-01-06\n", block)
    assert [reject.record for reject in short.rejects] == [2]


def test_parquet_is_read_as_the_text_that_csv_would_hold(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"Call ID": [1, 2], "Start": [START, START], "Talk": [1.5, None]}).write_parquet(path)
    reading = read(path, path.read_bytes(), BASE + 'handle_seconds = { sql = "Talk * 60" }\n')
    assert [(row["contact_id"], row.get("handle_seconds")) for row in rows(reading)] == [("1", "90.0"), ("2", None)]


NESTED = {
    "exported": "2026-02-01",
    "calls": [
        {"id": 1, "at": START, "legs": [{"agent": {"id": "x"}, "q": "a", "words": [{"s": "C", "t": "hello"}, {"s": "A", "t": "hi"}]}]},
        {"id": 2, "at": START, "legs": [{"q": "b"}, {"agent": None, "q": "c", "words": [{"s": "C", "t": "lost"}]}]},
        {"id": 3, "at": START, "legs": None},
    ],
}  # fmt: skip


def test_rows_of_nested_files_reach_what_they_stand_in(tmp_path: Path) -> None:
    block = """rows = "calls[*].legs[*]"
table = "contacts"
[sources.columns]
contact_id = { template = "{calls.id}-{_index}" }
root_contact_id = "calls.id"
started_at = "calls.at"
queue = "q"
agent_id = "agent.id"
updated_at = "$.exported"
"""
    reading = read(tmp_path / "a.json", NESTED, block)
    base = {"started_at": START, "updated_at": "2026-02-01"}
    assert rows(reading) == [
        {"contact_id": "1-0", "root_contact_id": "1", "queue": "a", "agent_id": "x", **base},
        {"contact_id": "2-0", "root_contact_id": "2", "queue": "b", **base},
        {"contact_id": "2-1", "root_contact_id": "2", "queue": "c", **base},
    ]
    assert reading.rows_in == 3
    assert reading.tables["contacts"][PATH].to_list() == [
        "$.calls[0].legs[0]",
        "$.calls[1].legs[0]",
        "$.calls[1].legs[1]",
    ]


def test_one_file_fills_several_tables(tmp_path: Path) -> None:
    block = """[[sources.tables]]
table = "contacts"
rows = "calls[*]"
filter = "id <> 2"
columns = { contact_id = "id", started_at = "at", queue = "legs[0].q" }
[[sources.tables]]
table = "turns"
rows = "calls[*].legs[*].words[*]"
columns = { contact_id = "calls.id", turn_index = "_index", speaker = "s", text = "t" }
values = { speaker = { map = { c = "customer", a = "agent" } } }
"""
    reading = read(tmp_path / "a.json", NESTED, block)
    assert [(row["contact_id"], row.get("queue")) for row in rows(reading)] == [("1", "a"), ("3", None)]
    assert rows(reading, "turns") == [
        {"contact_id": "1", "turn_index": "0", "speaker": "customer", "text": "hello"},
        {"contact_id": "1", "turn_index": "1", "speaker": "agent", "text": "hi"},
    ]
    assert reading.tables["turns"][RECORD].to_list() == [1, 1]
    assert (reading.rows_in, reading.filtered) == (3, 1)


def test_further_tables_may_name_the_id_that_the_first_one_makes(tmp_path: Path) -> None:
    block = """[[sources.tables]]
table = "contacts"
id = "hash"
columns = { started_at = "at" }
[[sources.tables]]
table = "surveys"
id = "hash"
filter = "score is not null"
columns = { contact_id = "_id", responded_at = "at", csat = "score" }
"""
    lines = f'{{"at": "{START}", "score": 4}}\n{{"at": "2026-01-06", "score": null}}\n'
    reading = read(tmp_path / "a.jsonl", lines, block)
    first, second = rows(reading)
    assert first["contact_id"] != second["contact_id"]
    (answer,) = rows(reading, "surveys")
    assert (answer["contact_id"], answer["csat"]) == (first["contact_id"], "4")
    assert reading.filtered == 0


@pytest.mark.parametrize("content", [[{"id": 1, "at": START}, {"id": 2, "at": START}], {"id": 1, "at": START}])
def test_lists_lines_and_single_objects_are_documents(
    tmp_path: Path, content: list[object] | dict[str, object]
) -> None:
    block = 'table = "contacts"\n[sources.columns]\ncontact_id = "id"\nstarted_at = "at"\n'
    reading = read(tmp_path / "a.json", content, block)
    assert [row["contact_id"] for row in rows(reading)] == (["1", "2"] if isinstance(content, list) else ["1"])


def test_what_is_no_row_is_named_with_its_place(tmp_path: Path) -> None:
    block = 'rows = "legs[*]"\ntable = "contacts"\n[sources.columns]\ncontact_id = "id"\nstarted_at = "at"\n'
    lines = f'{{"legs": [{{"id": 1, "at": "{START}"}}, 5]}}\n{{"legs": "none"}}\n[]\n{{"legs": [\n{{}}\n'
    reading = read(tmp_path / "a.jsonl", lines, block)
    assert [(reject.record, reject.path) for reject in reading.rejects] == [
        (2, "$.legs[1] (document 1)"), (3, "$.legs (document 2)"), (4, None), (5, None),
    ]  # fmt: skip
    assert reading.rows_in == 5
    assert accounted(reading)


@pytest.mark.parametrize("packed", [False, True])
def test_large_tables_go_through_the_engine_and_give_the_same(tmp_path: Path, packed: bool) -> None:
    block = """table = "contacts"
id = "hash"
filter = "id <> 7"
deduplicate_by = ["at", "k"]
[sources.columns]
started_at = "at"
queue = { sql = "cast(id as int) % 5" }
issue = "k"
[sources.values.queue]
map = { 0 = "none" }
rest = "keep"
"""
    lines = [f'{number},2026-01-0{number % 9 + 1},"{number}{"x" * 90}"' for number in range(12_000)]
    text = "\n".join(["id,at,k", *lines]).encode()
    large = read(tmp_path / "a.csv", gzip.compress(text, 1) if packed else text, block)
    small = read(tmp_path / "b.csv", "\n".join(["id,at,k", *lines[:100]]), block)
    assert (large.rows_in, large.filtered) == (12_000, 1)
    assert large.tables["contacts"].head(99).equals(small.tables["contacts"])
    assert accounted(large)


def test_columns_may_be_called_anything(tmp_path: Path) -> None:
    block = """table = "contacts"
[sources.columns]
contact_id = "No."
started_at = "Time [s]"
queue = 'a"b'
issue = "$x"
region = "_f0"
product = { sql = '"Time [s]" || "_f0"' }
"""
    reading = read(tmp_path / "a.csv", 'No.,Time [s],"a""b",$x,_f0\n1,2026-01-05,q,d,f\n', block)
    assert rows(reading) == [
        {
            "contact_id": "1",
            "started_at": "2026-01-05",
            "queue": "q",
            "issue": "d",
            "region": "f",
            "product": "2026-01-05f",
        }
    ]
    with pytest.raises(UnreadableFileError, match="by a name that is no path"):
        read(tmp_path / "a.json", [{"No.": 1}], block)


def test_text_of_a_mapping_is_never_sql(tmp_path: Path) -> None:
    block = (
        BASE
        + """queue = { constant = "a'; drop table x; -- {0} $secret" }
issue = { template = "{{x}} ' {Start} $sha" }
region = { sql = "'\\"_f0\\"' || Start" }
"""
    )
    (row,) = rows(read(tmp_path / "a.csv", "Call ID,Start\n1,now\n", block.replace("\\\\", "\\")))
    assert (row["queue"], row["issue"], row["region"]) == (
        "a'; drop table x; -- {0} $secret",
        "{x} ' now $sha",
        '"_f0"now',
    )


# ---------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Id,Start\n1,x\n", "columns.contact_id of the mapping reads 'Call ID', which the file does not have; it has Id, start"),
        ("Call ID,call id,Start\n1,2,x\n", None),
        ("Call ID,Call ID,Start\n1,2,x\n", "the header names twice .columns 1 and 2."),
        ('[{"a": 1}]', "no record has any of the fields that the mapping reads .'Call ID', 'Start'."),
        ("", "empty"),
    ],
)  # fmt: skip
def test_a_file_that_the_mapping_is_not_for_is_refused(tmp_path: Path, content: str, message: str | None) -> None:
    if message is None:
        assert [row["contact_id"] for row in rows(read(tmp_path / "a.csv", content, BASE))] == ["1"]
        return
    with pytest.raises(UnreadableFileError, match=message):
        read(tmp_path / "a.csv", content, BASE)


def test_a_column_that_is_not_needed_may_be_absent_and_is_told(tmp_path: Path) -> None:
    reading = read(tmp_path / "a.csv", f"Call ID,Start\n1,{START}\n", BASE + 'queue = "Skill"\n')
    assert rows(reading) == [{"contact_id": "1", "started_at": START}]
    assert reading.absent == ("Skill",)


def test_a_list_that_no_document_has_refuses_the_file(tmp_path: Path) -> None:
    block = 'rows = "calls[*]"\ntable = "contacts"\n[sources.columns]\ncontact_id = "id"\nstarted_at = "at"\n'
    assert read(tmp_path / "a.json", {"calls": []}, block).rows_in == 0
    assert read(tmp_path / "a.json", [], block).rows_in == 0
    with pytest.raises(UnreadableFileError, match=r"no document has the list that rows = 'calls\[\*\]' leads to"):
        read(tmp_path / "a.json", {"cals": [{"id": 1, "at": START}]}, block)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("path", "", "names no file"),
        ("path", "a\0b", "names no file"),
        ("on", "", "names no field"),
        ("on", "ticket.", "names no field"),
        ("on", {"ticket": ""}, "names no field"),
        ("updated_at", "", "names no field"),
        ("header_row", True, "is no row"),
        ("sheet", True, "is no sheet"),
    ],
)
def test_a_join_without_files_or_fields_is_refused(key: str, value: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Join.model_validate({"path": "x.csv", "on": "id", key: value})
