"""Every example of docs/mapping.md is read, and gives the rows that stand below it."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from builders.landed import Landed
from builders.mapped import accounted, read, rows
from builders.workbooks import Row, workbook

from pipelines.config.sources import Source
from pipelines.sources.mapping.expressions import FUNCTIONS
from pipelines.sources.mapping.layout import LAYOUT_KEYS

_PAGE = (Path(__file__).parents[3] / "docs" / "mapping.md").read_text("utf-8")
_BLOCK = r"((?:(?!```)[\s\S])*)```\n\n"
_EXAMPLE = re.compile(rf"```(csv|json|jsonl|xml)\n{_BLOCK}```toml\n{_BLOCK}((?:\|.*\n|\n(?=\|))+)")
_JOIN = re.compile(rf"```csv\n{_BLOCK}```csv\n{_BLOCK}```toml\n{_BLOCK}((?:\|.*\n)+)")
_EXAMPLES = [found.groups() for found in _EXAMPLE.finditer(_JOIN.sub("", _PAGE))]


def _table(lines: list[str]) -> list[dict[str, str]]:
    names, _, *body = ([cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines)
    return [{name: cell for name, cell in zip(names, cells, strict=True) if cell} for cells in body]


@pytest.mark.parametrize(
    ("suffix", "content", "block", "tables"), _EXAMPLES, ids=[block.split("\n")[1] for _, _, block, _ in _EXAMPLES]
)
def test_an_example(tmp_path: Path, suffix: str, content: str, block: str, tables: str) -> None:
    reading = read(tmp_path / f"a.{suffix}", content, block)
    expected = [_table(table.splitlines()) for table in tables.strip().split("\n\n")]
    assert [rows(reading, name) for name in reading.tables] == expected
    assert reading.rejects == ()
    assert accounted(reading)


def test_the_example_of_a_join(tmp_path: Path) -> None:
    ((own, joined, block, table),) = _JOIN.findall(_PAGE)
    landed = Landed(tmp_path).block(f'format = "mapping"\npath = "own/*"\n{block}')
    landed.put("own/a.csv", own)
    landed.put("joined/a.csv", joined)
    landed.night()
    expected = _table(table.splitlines())
    found = [{name: str(row[name]) for name in expected[0]} for row in landed.surviving()]
    assert found == expected


def test_every_code_block_is_an_example() -> None:
    # One of them is the join's, two are read from files that are no text.
    assert len(_EXAMPLES) + 3 == _PAGE.count("```toml") == 13


def test_the_examples_of_files_that_are_no_text(tmp_path: Path) -> None:
    of_workbook, of_database = (found for found in re.findall(rf"```toml\n{_BLOCK}", _PAGE) if found.startswith("# a "))
    sheets: dict[str, list[Row]] = {
        "Calls": [["Report"], [], ["Call ID", "Start"], ["1", "2026-01-05"]],
        "Notes": [["x"]],
    }
    assert rows(read(tmp_path / "a.xlsx", workbook(sheets), of_workbook)) == [
        {"contact_id": "1", "started_at": "2026-01-05"}
    ]
    with closing(sqlite3.connect(tmp_path / "made.db")) as connection:
        connection.execute('create table calls as select 1 as "call id", 2 as at')
        connection.execute("create table notes (a)")
        connection.commit()
    content = (tmp_path / "made.db").read_bytes()
    assert rows(read(tmp_path / "a.db", content, of_database)) == [{"contact_id": "1", "started_at": "2"}]


def test_the_page_names_every_key_and_function() -> None:
    own = {
        *LAYOUT_KEYS,
        "rows",
        "columns",
        "values",
        "filter",
        "dates",
        "durations",
        "id",
        "deleted",
        "deduplicate_by",
        "join",
        "tables",
    }
    assert own < set(Source.model_fields)
    assert {key for key in own if not re.search(rf"\b{key}\b", _PAGE)} == set()
    listed = re.search(r"these functions: (.*?)\.\n", _PAGE, re.DOTALL)
    assert listed is not None
    assert tuple(listed[1].replace("\n", " ").split(", ")) == FUNCTIONS
