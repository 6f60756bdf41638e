"""Names of a mapping that a file does not have: the message says what stands there, by the kind of file."""

import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from builders.mapped import read, rows
from builders.workbooks import workbook

from pipelines.sources.limits import SMALL_FILE_BYTES
from pipelines.sources.reading import UnreadableFileError

XML = """<export><header><made>x</made></header><complaint id="1"><at>2026-01-05</at><party><ref>7</ref></party></complaint>
<complaint id="2"><at>2026-01-06</at><note/></complaint></export>"""
CALLS = {"calls": [{"id": 7, "legs": [{"no": 1, "at": "2026-01-05", "agent": {"id": None}}], "43660000000": 1}]}


def _block(rows_path: str, **columns: str) -> str:
    listed = {"contact_id": "no", "started_at": "at", **columns}
    said = "\n".join(f"{name} = {json.dumps(field)}" for name, field in listed.items())
    return f'table = "contacts"\nrows = "{rows_path}"\n[sources.columns]\n{said}\n'


@pytest.mark.parametrize(
    ("rows_path", "said"),
    [
        ("export/complaints", "no element that rows = 'export/complaints' leads to; in place of 'complaints' the file has complaint, header; correct"),
        ("complaint[*]", "in place of 'complaint' the file has export; correct `rows` of the mapping (element names from the root with /"),
        ("export/cases/complaint", "in place of 'cases' the file has complaint, header; correct"),
    ],
)  # fmt: skip
def test_rows_that_lead_to_no_element(tmp_path: Path, rows_path: str, said: str) -> None:
    with pytest.raises(UnreadableFileError) as raised:
        read(tmp_path / "a.xml", XML, _block(rows_path, contact_id="@id"))
    assert said in str(raised.value)


@pytest.mark.parametrize("content", ["<export/>", "<export><header><made>x</made></header></export>"])
def test_an_export_without_a_record_is_no_misspelling(tmp_path: Path, content: str) -> None:
    reading = read(tmp_path / "a.xml", content, _block("export/complaint"))
    assert (reading.rows_in, reading.absent) == (0, ())


@pytest.mark.parametrize(
    ("rows_path", "content", "said"),
    [
        ("cals[*].legs[*]", CALLS, "no document has the list that rows = 'cals[*].legs[*]' leads to; in place of 'cals' the file has calls; correct"),
        ("calls[*].parts[*]", CALLS, "in place of 'parts' the file has legs, id; correct `rows` of the mapping (each list by its key and [*]"),
        ("calls/leg", CALLS, "in place of 'leg' the file has legs, id; correct"),
    ],
)  # fmt: skip
def test_rows_that_lead_to_no_list(tmp_path: Path, rows_path: str, content: dict[str, Any], said: str) -> None:
    for name, text in (("a.json", json.dumps(content)), ("a.jsonl", f"{json.dumps(content)}\n{json.dumps(content)}\n")):
        with pytest.raises(UnreadableFileError) as raised:
            read(tmp_path / name, text, _block(rows_path))
        assert said in str(raised.value)
        assert "43660000000" not in str(raised.value)


def test_calls_without_legs_are_no_misspelling(tmp_path: Path) -> None:
    assert read(tmp_path / "a.json", {"calls": [{"id": 7}]}, _block("calls[*].legs[*]")).rows_in == 0


def test_a_field_that_no_element_has_is_told(tmp_path: Path) -> None:
    block = _block("export/complaint", contact_id="@id", customer_id="party/reff", queue="party/ref", issue="note")
    reading = read(tmp_path / "a.xml", XML, block)
    assert [row.get("queue") for row in rows(reading)] == ["7", None]
    assert reading.absent == ("$.party/reff",)


@pytest.mark.parametrize("is_large", [False, True])
def test_a_field_that_no_object_has_is_told_in_files_of_any_size(tmp_path: Path, is_large: bool) -> None:
    """What is null everywhere has its name right."""
    call = {"no": 1, "at": "2026-01-05", "agent": {"id": None}, "text": "x" * 1_000}
    number = SMALL_FILE_BYTES // 1_000 + 1 if is_large else 1
    block = _block("calls[*]", agent_id="agent.id", queue="agent.skil")
    assert read(tmp_path / "a.json", {"calls": [call] * number}, block).absent == ("$.agent.skil",)


@pytest.mark.parametrize("number", [1, SMALL_FILE_BYTES // 1_000 + 1])
def test_a_list_of_parts_that_no_record_has_is_told(tmp_path: Path, number: int) -> None:
    call = {"no": 1, "at": "2026-01-05", "messages": [{"body": "x" * 1_000}]}
    block = """[[sources.tables]]
table = "contacts"
columns = { contact_id = "no", started_at = "at" }
[[sources.tables]]
table = "turns"
rows = "mesages[*]"
columns = { contact_id = "$.no", turn_index = "_index", speaker = { constant = "ai" }, text = "body" }
"""
    assert read(tmp_path / "a.json", [call] * number, block).absent == ("$.mesages[*]",)


def test_records_without_any_of_the_fields_are_told_with_what_they_have(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"\('NO', 'AT'\); a record has no, at, agent; correct `columns`"):
        read(tmp_path / "a.json", CALLS, _block("calls[*].legs[*]", contact_id="NO", started_at="AT"))


def test_what_a_workbook_does_not_have(tmp_path: Path) -> None:
    content = workbook({"Calls": [["no", "at"], ["1", "2026-01-05"]]})
    for more, said in (
        ("sheet = 3", r"sheet = 3, and the workbook has 1 \(Calls\); correct `sheet`"),
        ("header_row = 9", "row 9 of the sheet names no column, and the first one that is not empty is row 1; correct header_row"),
        ('header = ["id", "at"]', "columns.contact_id of the mapping reads 'no', which `header` does not name; add it there"),
    ):  # fmt: skip
        with pytest.raises(UnreadableFileError, match=said):
            read(tmp_path / "a.xlsx", content, f"{more}\n{_block('')}")


def test_a_join_key_that_one_side_calls_otherwise(tmp_path: Path) -> None:
    block = _block("", issue="t.Topic") + '[sources.join.t]\npath = "x/*"\non = "Number"\n'
    with pytest.raises(UnreadableFileError, match=r'call it differently write on = \{ own = "theirs" \}'):
        read(tmp_path / "a.csv", "no,at,ticket\n1,2026-01-05,7\n", block)


def _file_of_a_table(kind: str, path: Path) -> bytes:
    if kind == "csv":
        return b"no,at\n1,2026-01-05\n"
    if kind == "parquet":
        held = io.BytesIO()
        pl.DataFrame({"no": ["1"], "at": ["2026-01-05"]}).write_parquet(held)
        return held.getvalue()
    if kind == "xlsx":
        return workbook({"Calls": [["no", "at"], ["1", "2026-01-05"]]})
    statements = ('create table calls (no varchar, "at" varchar)', "insert into calls values ('1', '2026-01-05')")
    if kind == "sqlite":
        with closing(sqlite3.connect(path)) as lite:
            for statement in statements:
                lite.execute(statement)
            lite.commit()
    else:
        with duckdb.connect(str(path)) as connection:
            for statement in statements:
                connection.execute(statement)
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx", "sqlite", "duckdb"])
def test_names_that_a_table_does_not_have(tmp_path: Path, kind: str) -> None:
    content = _file_of_a_table(kind, tmp_path / "made")
    assert read(tmp_path / f"a.{kind}", content, _block("", queue="Skill")).absent == ("Skill",)
    with pytest.raises(UnreadableFileError, match="reads 'att', which the file does not have; it has at, no; correct"):
        read(tmp_path / f"a.{kind}", content, _block("", started_at="att"))
    with pytest.raises(UnreadableFileError, match="leads into nested files, and this one is a table; remove it"):
        read(tmp_path / f"a.{kind}", content, _block("calls[*]"))
