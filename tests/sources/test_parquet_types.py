"""Parquet columns of every type: what typing gets of them, and that no type stops a night."""

import datetime as dt
import decimal
import os
import random
import uuid
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders.canonical_files import read_large, read_small

from pipelines.sources.canonical import CanonicalReader
from pipelines.sources.cfpb import CfpbReader
from pipelines.sources.reading import ReadOptions

_STARTED = dt.datetime(2026, 1, 5, 10)  # noqa: DTZ001 - a naive column
#: Column of the contract → values as Arrow holds them, and what typing gets.
TYPES: dict[str, tuple[str, pa.Array, list[object]]] = {
    "time": ("handle_seconds", pa.array([dt.time(0, 1, 30), None]), [dt.time(0, 1, 30), None]),
    "duration": ("handle_seconds", pa.array([dt.timedelta(seconds=90), None]), [90.0, None]),
    "date": ("handle_seconds", pa.array([dt.date(2026, 1, 5), None]), ["2026-01-05", None]),
    "instant": ("handle_seconds", pa.array([_STARTED, None]), ["2026-01-05 10:00:00", None]),
    "boolean": ("handle_seconds", pa.array([True, None]), [True, None]),
    "boolean as such": ("served", pa.array([True, None]), [True, None]),
    "list": ("handle_seconds", pa.array([[1, None], None]), [[1, None], None]),
    "struct": ("queue", pa.array([{"a": 1, "b": None}, None]), [{"a": 1, "b": None}, None]),
    "bytes that are text": ("queue", pa.array(["ü1".encode(), None], pa.binary()), ["ü1".encode(), None]),
    "bytes that are a number": ("handle_seconds", pa.array([b"61", b"\xff"], pa.binary()), [b"61", b"\xff"]),
    "dictionary": ("queue", pa.array(["q", None]).dictionary_encode(), ["q", None]),
    "decimal": ("handle_seconds", pa.array([decimal.Decimal("1.50"), None]), [decimal.Decimal("1.50"), None]),
    "large integer": ("queue", pa.array([2**64 - 1, None], pa.uint64()), [2**64 - 1, None]),
    "nulls": ("queue", pa.array([None, None]), [None, None]),
    "instant near the end": (
        "ended_at",
        pa.array([2**63 - 2, None], pa.int64()).cast(pa.timestamp("us")),
        [dt.datetime(9999, 12, 31), None],  # noqa: DTZ001
    ),
    "instant near the start": (
        "ended_at",
        pa.array([-(2**63) + 2, None], pa.int64()).cast(pa.timestamp("us")),
        [dt.datetime(1, 1, 1), None],  # noqa: DTZ001
    ),
    "instant near the end as text": (
        "queue",
        pa.array([2**63 - 2, None], pa.int64()).cast(pa.timestamp("us")),
        ["9999-12-31 00:00:00", None],
    ),
    "instant in milliseconds near the end": (
        "ended_at",
        pa.array([2**63 - 2, None], pa.int64()).cast(pa.timestamp("ms")),
        [dt.datetime(9999, 12, 31), None],  # noqa: DTZ001
    ),
    "half floats": ("handle_seconds", pa.array([1.5, None], pa.float32()).cast(pa.float16()), [1.5, None]),
    "long decimal": ("queue", pa.array([decimal.Decimal("1.50"), None], pa.decimal256(50, 2)), ["1.50", None]),
    "date near the end": ("agent_started_on", pa.array([2**31 - 5, None], pa.int32()).cast(pa.date32()), [dt.date(9999, 12, 31), None]),
}  # fmt: skip


def _written(path: Path, columns: dict[str, Any]) -> Path:
    pq.write_table(pa.table({"contact_id": ["a", "b"], "started_at": [_STARTED, _STARTED], **columns}), path)
    return path


@pytest.mark.parametrize("name", TYPES)
def test_a_column_of_any_type(tmp_path: Path, name: str) -> None:
    column, values, expected = TYPES[name]
    path = _written(tmp_path / "a[1].parquet", {column: values})
    small, large = read_small(path), read_large(path)
    assert small.is_balanced
    place = 3 if column != "served" else -1
    assert [row[place] for row in small.rows] == expected
    assert [row[place] for row in large.rows] == expected


def test_types_that_only_the_engine_writes(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    key = uuid.uuid4()
    with duckdb.connect() as connection:
        connection.execute(
            f"""copy (select 'a' as contact_id, timestamp '2026-01-05 10:00:00' as started_at, interval '90 seconds' as handle_seconds,
            interval '2 months' as talk_seconds, uuid '{key}' as queue, timetz '00:01:30+00' as hold_seconds, bitstring '101' as region) to '{path}'"""
        )
    frame = CanonicalReader("contacts").read(path, ReadOptions()).tables["contacts"]
    (row,) = frame.to_dicts()
    assert (row["handle_seconds"], str(row["talk_seconds"]), row["queue"], row["region"]) == (
        90.0,
        # A month counts as 30 days: far beyond what a duration of a contact may be, so typing leaves it out.
        "5184000.0",
        str(key),
        "101",
    )
    assert str(row["hold_seconds"]).startswith("00:01:30")


def test_formats_that_are_read_as_text_get_text(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    columns = {
        "Complaint ID": pa.array(["ü1".encode(), b"\xff"], pa.binary()),
        "Date received": pa.array([dt.date(2026, 1, 5), None]),
        "Company": pa.array([["a", None], None]),
        "Timely response?": pa.array([True, False]),
    }
    pq.write_table(pa.table(columns), path)
    rows = CfpbReader().read(path, ReadOptions()).tables["complaints"].to_dicts()
    assert [(row["complaint_id"], row["received_at"], row["company"], row["timely"]) for row in rows] == [
        ("ü1", "2026-01-05", '["a",null]', "true"),
        (None, None, None, "false"),
    ]


def test_an_instant_that_the_engine_cannot_hold_refuses_the_file(tmp_path: Path) -> None:
    ended = pa.array([2**62, None], pa.int64()).cast(pa.timestamp("ms", "UTC"))
    path = _written(tmp_path / "a.parquet", {"ended_at": ended})
    assert "cannot be read" in read_small(path).refusal
    assert "cannot be read" in read_large(path).refusal


def test_a_damaged_file_is_refused_and_never_brings_the_process_down(tmp_path: Path) -> None:
    # The engine's own reader of Parquet crashed on one in some thousand of such files.
    chance = random.Random(3)  # noqa: S311 - the same damage in every run
    path = _written(tmp_path / "a.parquet", {column: values for column, values, _ in TYPES.values()})
    original = path.read_bytes()
    outcomes = set()
    for _ in range(150):
        damaged = bytearray(original)
        for _ in range(chance.randrange(1, 4)):
            damaged[chance.randrange(4, len(original))] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        read = read_small(path)
        assert read.refusal or read.is_balanced
        outcomes.add(bool(read.refusal))
    assert outcomes == {True, False}


def test_rows_of_several_batches_keep_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(
        pa.table({"contact_id": range(1, 100_001), "started_at": [_STARTED] * 100_000}), path, row_group_size=7_000
    )
    for read in (read_small(path), read_large(path)):
        assert read.rows_in == 100_000
        assert all(row[0] == row[1] for row in read.rows)


@pytest.mark.parametrize("suffix", [b".parquet", b".csv", b".csv.zst", b".jsonl"])
def test_a_name_that_is_no_utf_8(tmp_path: Path, suffix: bytes) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9" + suffix))
    csv = b"contact_id,started_at\na,s\n"
    if suffix == b".parquet":
        _written(tmp_path / "a.parquet", {}).rename(path)
    else:
        content = {b".csv": csv, b".csv.zst": pa.compress(csv, "zstd", asbytes=True)}
        path.write_bytes(content.get(suffix, b'{"contact_id": "a", "started_at": "s"}'))
    assert read_small(path).rows[0][1] == "a"
    assert read_large(path).rows[0][1] == "a"


def test_columns_that_differ_in_letter_case_alone_are_named(tmp_path: Path) -> None:
    path = _written(tmp_path / "a.parquet", {"queue": ["a", "b"], "Queue": ["c", "d"], "queue_2": ["e", "f"]})
    assert "'queue' (column 3) and 'Queue' (column 4)" in read_small(path).refusal
