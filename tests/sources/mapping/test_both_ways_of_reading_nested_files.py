"""The engine's columns and the walk through documents give the same rows, or the engine leaves the file to the walk."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from builders.examples import examples
from builders.mapped import declared
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.sources.json_records import JsonLayout, layout_of
from pipelines.sources.mapping.documents import DocumentWalk, RowsWanted
from pipelines.sources.mapping.nested_columns import NestedColumns
from pipelines.sources.mapping.rows import needed_references
from pipelines.sources.plain_text import PlainText
from pipelines.sources.reading import UnreadableFileError
from pipelines.sources.tables import local_engine

DECLARED = declared(
    """[[sources.tables]]
table = "contacts"
rows = "calls[*]"
columns = { contact_id = "id", started_at = "$.at", queue = "legs[0].q", agent_id = "calls.who.id", issue = "who", region = "tags[1]", product = "legs[1].q" }
[[sources.tables]]
table = "turns"
rows = "calls[*].legs[*].parts[*]"
columns = { contact_id = "calls.id", turn_index = "_index", speaker = "legs.q", text = "t.x", language = "$.lang" }
"""
)
WANTED = [RowsWanted.of(table, needed_references(table)) for table in DECLARED.tables]

_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["", "a", " b", "é", 'q"', "1.50", 1.5, -7.25, 12345678901234567890]))  # fmt: skip
_PARTS = st.lists(st.one_of(st.fixed_dictionaries({}, optional={"t": st.one_of(_SCALARS, st.fixed_dictionaries({"x": _SCALARS}))}), st.none()), max_size=2)  # fmt: skip
_LEGS = st.lists(st.fixed_dictionaries({}, optional={"q": _SCALARS, "parts": st.one_of(_PARTS, st.none(), st.just({}))}), max_size=2)  # fmt: skip
_CALLS = st.lists(
    st.fixed_dictionaries(
        {"id": _SCALARS},
        optional={"who": st.one_of(_SCALARS, st.fixed_dictionaries({"id": _SCALARS})), "legs": st.one_of(_LEGS, st.just("x")), "tags": st.lists(_SCALARS, max_size=2)},
    ),
    max_size=3,
)  # fmt: skip
_DOCUMENTS = st.lists(st.fixed_dictionaries({}, optional={"at": _SCALARS, "lang": _SCALARS, "calls": st.one_of(_CALLS, st.none())}), min_size=1, max_size=3)  # fmt: skip
#: Without control characters: in the JSON text of a whole object the two spell their escapes in two ways.
_TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=3)
#: Without anything that the engine's columns cannot hold.
_CLEAN = st.lists(
    st.fixed_dictionaries(
        {"at": _TEXTS, "calls": st.lists(
            st.fixed_dictionaries({"id": st.integers()}, optional={
                "who": st.fixed_dictionaries({}, optional={"id": _TEXTS}), "tags": st.lists(_TEXTS, max_size=3),
                "legs": st.lists(st.fixed_dictionaries({}, optional={"q": _TEXTS, "parts": st.lists(
                    st.fixed_dictionaries({"t": st.fixed_dictionaries({}, optional={"x": _TEXTS})}), max_size=2)}), max_size=2),
            }), min_size=1, max_size=2)}
    ),
    min_size=1, max_size=3,
)  # fmt: skip


def _walked(text: PlainText, layout: JsonLayout) -> tuple[int, list[list[tuple[Any, ...]]], bool]:
    walk = DocumentWalk(WANTED)
    frames = walk.take(text, layout)
    return walk.rows_in, [frame.rows() for frame in frames], bool(walk.rejects)


def _by_engine(text: PlainText, layout: JsonLayout, documents: int) -> tuple[int, list[list[tuple[Any, ...]]]] | None:
    columns = NestedColumns(local_engine(), WANTED)
    if not columns.take(text, layout, documents):
        return None
    return columns.rows_in, [
        columns.connection.execute(f"select * from {relation} order by all").fetchall()
        for relation in columns.relations
    ]


def _write(path: Path, documents: Sequence[dict[str, Any] | None], layout: str) -> PlainText:
    if layout == "lines":
        content = "\n".join(json.dumps(document, ensure_ascii=False) for document in documents)
    else:
        content = json.dumps(documents if layout == "list" else documents[0], indent=1, ensure_ascii=False)
    path.write_text(content, "utf-8")
    return PlainText("utf-8", path=path)


@pytest.mark.parametrize("layout", ["lines", "list", "object"])
@settings(max_examples=examples(25, 300), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents=st.one_of(_DOCUMENTS, _CLEAN, _CLEAN.map(lambda documents: [*documents, None])))
def test_both_ways_agree(tmp_path: Path, documents: list[dict[str, Any] | None], layout: str) -> None:
    text = _write(tmp_path / "a.json", documents, layout)
    found = layout_of(text)
    rows_in, walked, has_rejects = _walked(text, found)
    engine = _by_engine(text, found, 1 if layout == "object" else len(documents))
    if engine is None:
        return
    assert not has_rejects, "the engine leaves files with a fault to the walk"
    assert engine == (rows_in, [sorted(rows, key=_sortable) for rows in walked])


def _sortable(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple((value is None, value) for value in row)


@pytest.mark.parametrize("layout", ["lines", "list", "object"])
def test_a_file_without_a_fault_goes_through_the_engine(tmp_path: Path, layout: str) -> None:
    call = {
        "id": 7,
        "who": {"id": "a"},
        "tags": ["x", "y"],
        "legs": [{"q": "c", "parts": [{"t": {"x": "hello"}}, {"t": {"x": "bye"}}]}],
    }
    text = _write(tmp_path / "a.json", [{"at": "2026", "lang": "en", "calls": [call, call]}] * 2, layout)
    found = layout_of(text)
    documents = 1 if layout == "object" else 2
    engine = _by_engine(text, found, documents)
    assert engine is not None
    rows_in, walked, _ = _walked(text, found)
    assert engine == (rows_in, [sorted(rows) for rows in walked])
    assert rows_in == 2 * documents
    start = {"lines": "$.calls[0]", "list": "$[0].calls[0]", "object": "$.calls[0]"}[layout]
    assert engine[1][0][0][1].startswith(start)


@pytest.mark.parametrize("fault", ['{"calls": "x"}', '{"calls": [5]}', '{"calls": [null]}', '{"calls": [{"legs": [{"parts": [null]}]}]}', "[1]", "null", "{", '{"calls": [{"id": 1,}]}', ""])  # fmt: skip
def test_a_file_with_a_fault_is_walked_through(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"calls": [{"id": 1}]}\n{"calls": [{"id": 2}]}\n' + fault)
    text = PlainText("utf-8", path=path)
    engine = _by_engine(text, JsonLayout.LINES, 2 + bool(fault))
    assert (engine is None) == bool(fault)
    rows_in, _, has_rejects = _walked(text, JsonLayout.LINES)
    assert has_rejects == bool(fault)
    assert rows_in == 2 + bool(fault)


@pytest.mark.parametrize("number", ["0.00001", "-0.00002", "1.5e-7", "1E5", "1e16", "1e+20", "1e30", "123456789012345678.5", "1e400", "12345678901234567.0e1"])  # fmt: skip
def test_numbers_that_the_engine_writes_otherwise_are_walked_through(tmp_path: Path, number: str) -> None:
    """Ids are made of these texts: the same number in a small and in a large file is one id."""
    path = tmp_path / "a.json"
    path.write_text(f'[{{"at": "2026", "calls": [{{"id": {number}}}]}},\n {{"calls": [{{"id" : [ {number} ]}}]}}]')
    assert _by_engine(PlainText("utf-8", path=path), JsonLayout.LIST, 2) is None


@pytest.mark.parametrize(
    "number", ["0.001", "123456789012345", "1234567890123456789012", "-7.25", "0.5", "99999999.125"]
)
def test_ordinary_numbers_go_through_the_engine_and_are_the_same(tmp_path: Path, number: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(
        f'[{{"at": "a1e5-0e7", "calls": [{{"id": {number}, "who": "0.00001", "legs": [{{"q": "1e5"}}]}}]}}]'
    )
    text = PlainText("utf-8", path=path)
    rows_in, walked, _ = _walked(text, JsonLayout.LIST)
    assert _by_engine(text, JsonLayout.LIST, 1) == (rows_in, [sorted(rows) for rows in walked])


def test_a_truncated_list_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"calls": [{"id": 1}]}, {"calls"')
    text = PlainText("utf-8", path=path)
    assert _by_engine(text, JsonLayout.LIST, 2) is None
    with pytest.raises(UnreadableFileError, match="truncated"):
        _walked(text, JsonLayout.LIST)
