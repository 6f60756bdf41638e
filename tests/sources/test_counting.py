"""The independent count, by hand and against a reading of one character at a time."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.sources import counting
from pipelines.sources.counting import CsvCount, count_answer, count_csv, count_lines, count_list


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # records (header included), separators, all quotes in place, line of a quote that swallows lines
        ("a,b\n1,2\n", CsvCount(2, 2, True, None)),
        ("a,b\r\n1,2\r\n\r\n3,4", CsvCount(3, 3, True, None)),
        ("\ufeffa,b\r1,2\r", CsvCount(2, 2, True, None)),
        ('a,b\n"1,\n\n2",3\n', CsvCount(2, 2, True, None)),
        ('a,b\n"1""",""\n', CsvCount(2, 2, True, None)),
        ('a,b\n1"x,2\n', CsvCount(2, 2, False, None)),
        ('a,b\n"1"x,2\n', CsvCount(2, 2, False, None)),
        ('a,b\n1,"2\n3,4\n', CsvCount(2, 2, False, 2)),
        ('a,b\n1,2\n"3,4\n5,"6\n', CsvCount(3, 2, False, 3)),
        ("", CsvCount(0, 0, True, None)),
    ],
)
def test_csv_by_hand(text: str, expected: CsvCount) -> None:
    assert count_csv(io.BytesIO(text.encode()), ",") == expected


def _slowly(text: str) -> tuple[int, int, bool, bool]:
    """The same by one state machine over characters: records, separators, quotes in place, a quote swallows lines."""
    state, records, separators, has_text, crossed = "start", 0, 0, False, False
    is_well_quoted, swallows = True, False
    for mark in text:
        if state == "quoted":
            state = "closed" if mark == '"' else state
            crossed = crossed or mark in "\r\n"
            has_text = True
        elif state == "closed" and mark == '"':
            state = "quoted"
        elif mark == ",":
            separators, state, has_text = separators + 1, "start", True
        elif mark in "\r\n":
            records, state, has_text = records + has_text, "start", False
        elif state == "start" and mark == '"':
            state, crossed, has_text = "quoted", False, True
        else:
            is_well_quoted = is_well_quoted and state != "closed" and mark != '"'
            swallows = swallows or (state == "closed" and crossed)
            state, has_text = "plain", True
    swallows = swallows or state == "quoted"
    return records + has_text, separators, is_well_quoted and not swallows, swallows


@settings(max_examples=400, deadline=None)
@given(text=st.text('a",\n\r', max_size=24), chunk=st.integers(1, 30))
def test_csv_against_one_character_at_a_time(text: str, chunk: int) -> None:
    count = _in_chunks(chunk, lambda: count_csv(io.BytesIO(text.encode()), ","))
    found = (count.records, count.separators, count.is_well_quoted, count.open_quote is not None)
    assert found == _slowly(text)


def _in_chunks(chunk: int, count: Callable[[], Any]) -> Any:
    before, counting._CHUNK = counting._CHUNK, chunk
    try:
        return count()
    finally:
        counting._CHUNK = before


@settings(max_examples=200, deadline=None)
@given(text=st.text("a \n\r\t", max_size=24), chunk=st.integers(1, 30))
def test_lines_that_are_not_blank(text: str, chunk: int) -> None:
    expected = sum(bool(line.strip()) for line in text.encode().splitlines())
    assert _in_chunks(chunk, lambda: count_lines(io.BytesIO(text.encode()))) == expected


_JSON = st.recursive(
    st.one_of(st.none(), st.integers(), st.text('a,]}{["\\é', max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "hits", "]"]), inner, max_size=3)
    ),
    max_leaves=10,
)


@settings(max_examples=300, deadline=None)
@given(entries=st.lists(_JSON, max_size=5), other=_JSON, indent=st.sampled_from([None, 1]), chunk=st.integers(1, 40))
def test_lists_and_answers(entries: list[object], other: object, indent: int | None, chunk: int) -> None:
    listed = json.dumps(entries, indent=indent).encode()
    answer = json.dumps({"took": other, "hits": {"total": other, "hits": entries}}, indent=indent).encode()
    assert _in_chunks(chunk, lambda: count_list(io.BytesIO(listed))) == len(entries)
    assert _in_chunks(chunk, lambda: count_answer(answer)) == len(entries)
