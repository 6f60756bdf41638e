"""Every example of docs/mapping.md is read, and gives the rows that stand below it."""

import re
from pathlib import Path

import pytest
from builders.landed import Landed
from builders.mapped import accounted, read, rows

from pipelines.config.sources import Source
from pipelines.sources.mapping.expressions import FUNCTIONS

_PAGE = (Path(__file__).parents[3] / "docs" / "mapping.md").read_text("utf-8")
_BLOCK = r"((?:(?!```)[\s\S])*)```\n\n"
_EXAMPLE = re.compile(rf"```(csv|json|jsonl)\n{_BLOCK}```toml\n{_BLOCK}((?:\|.*\n|\n(?=\|))+)")
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
    assert len(_EXAMPLES) + 1 == _PAGE.count("```toml") == 10


def test_the_page_names_every_key_and_function() -> None:
    own = {
        "header",
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
