"""Columns that come with a type of their own, as Parquet has them: read, or left out with a rule."""

import io
import math
from dataclasses import replace
from datetime import date, time

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders.examples import IS_WIDE
from builders.landed import KEY, Landed, naive_utc
from builders.landed_values import START

from pipelines.contract import CANONICAL_TABLES
from pipelines.privacy import Pseudonymiser
from pipelines.warehouse.bad_values import reason_in_words
from pipelines.warehouse.instants import Zones
from pipelines.warehouse.typing import RawRelation, TypedSelect, TypingRules

_WEEK = [naive_utc("2026-01-05 10:00"), naive_utc("2026-01-06 10:00")]


_NATIVE: dict[str, pa.Array] = {
    "bool": pa.array([True, False]),
    "time": pa.array([time(0, 1, 30), time(0, 2)], pa.time64("us")),
    "date": pa.array([date(2026, 1, 5), date(9999, 12, 31)]),
    "timestamp": pa.array(_WEEK, pa.timestamp("us")),
    "timestamptz": pa.array(_WEEK, pa.timestamp("us", "UTC")),
    "nanoseconds": pa.array(_WEEK, pa.timestamp("ns")),
    "edges": pa.array([2**63 - 1, -(2**63) + 2], pa.int64()).cast(pa.timestamp("us", "UTC")),
    "naive edges": pa.array([2**63 - 1, -(2**63) + 2], pa.int64()).cast(pa.timestamp("us")),
    "milliseconds at the edge": pa.array([2**62, -(2**62)], pa.int64()).cast(pa.timestamp("ms")),
    "interval": pa.array([pa.MonthDayNano([0, 0, 90 * 10**9]), pa.MonthDayNano([1, 0, 0])]),
    "blob": pa.array([b"7", b"\xc3("]),
    "list": pa.array([[1], [2, 3]]),
    "struct": pa.array([{"a": 1}, {"a": 2}]),
    "map": pa.array([[("a", 1)], [("b", 2)]], pa.map_(pa.string(), pa.int64())),
    "category": pa.array(["7", "x"]).dictionary_encode(),
    "null": pa.nulls(2),
    "uint64": pa.array([7, 2**64 - 1], pa.uint64()),
    "double": pa.array([7.0, 1e300]),
    "half": pa.array([7.0, math.inf], pa.float32()),
    "decimal": pa.array([7, 10**30], pa.decimal128(38, 4)),
}


def _different(table: str) -> dict[str, str]:
    """Columns of the table, one of each sort that typing tells apart (``AFTERCALL_TESTS=wide``: every one)."""
    found: dict[object, str] = {}
    for column in CANONICAL_TABLES[table].columns:
        sort = replace(column, name="", description="", unit="", references="")
        found.setdefault(column.name if IS_WIDE or column.required else sort, column.name)
    return dict.fromkeys(found.values(), "v")


@pytest.mark.parametrize("kind", _NATIVE)
@pytest.mark.parametrize("table", ["contacts", "turns", "surveys"])
def test_no_type_of_a_column_ends_in_an_error_of_the_engine(table: str, kind: str) -> None:
    """Columns of the table hold values of that type: they are read, or are bad values with a rule and a shape."""
    contract = CANONICAL_TABLES[table]
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.register("t", pa.table({"v": _NATIVE[kind]}))
        duckdb_type = str(connection.execute("describe t").fetchall()[0][1])
        columns = _different(table)
        raw = RawRelation(contract, "t", columns, dict.fromkeys(columns, duckdb_type), "1", "1", "1")
        rules = TypingRules(
            Zones("UTC", "Europe/Vienna"), {}, ("?",), Pseudonymiser(KEY), latest=naive_utc("2026-01-06")
        )
        typed = TypedSelect(raw, rules)
        good, keys = typed.good_rows("$system"), rules.pseudonymiser.parameters()
        connection.execute(good, {"system": "s", **(keys if "$pseudonym_inner" in good else {})}).fetchall()
        for fault in connection.execute(typed.faults()).pl().iter_rows(named=True):
            reason = reason_in_words(contract.column(fault["column_name"]), fault["rule"], required=False)
            assert reason.startswith(fault["column_name"])
            assert (fault["shape"] is None) == (fault["rule"] == "missing")


@pytest.mark.parametrize(
    ("kind", "column", "values", "rules"),
    [
        ("time", "handle_seconds", [90.0, 120.0], []),
        ("interval", "handle_seconds", [90.0, None], ["out_of_range"]),
        ("bool", "handle_seconds", [None, None], ["not_a_duration"] * 2),
        ("list", "queue", [None, None], ["not_text"] * 2),
        ("list", "case_id", [None, None], ["not_text"] * 2),
        ("blob", "case_id", ["7", None], ["not_text"]),
        ("double", "case_id", ["7", None], ["rounded_id"]),
        ("half", "case_id", ["7", None], ["rounded_id"]),
        ("category", "handle_seconds", [7.0, None], ["not_a_duration"]),
        ("edges", "ended_at", [None, None], ["out_of_range"] * 2),
        ("bool", "ended_at", [None, None], ["not_an_instant"] * 2),
        ("struct", "ended_at", [None, None], ["not_an_instant"] * 2),
        ("date", "agent_started_on", [date(2026, 1, 5), None], ["out_of_range"]),
        ("timestamp", "agent_started_on", [date(2026, 1, 5), date(2026, 1, 6)], []),
        ("null", "handle_seconds", [None, None], []),
    ],
)
def test_native_values_are_read_or_left_out(
    landing: Landed, kind: str, column: str, values: list[object], rules: list[str]
) -> None:
    start = pa.array(["2026-01-01T00:00:00Z"] * 2)
    table = pa.table({"contact_id": pa.array(["a", "b"]), "started_at": start, column: _NATIVE[kind]})
    if kind == "interval":  # Parquet holds no such type as Arrow writes it: DuckDB does
        with duckdb.connect() as connection:
            connection.execute(
                f"copy (select 'a' as contact_id, '2026-01-01T00:00:00Z' as started_at, interval 90 second as {column} union all select 'b', '2026-01-01T00:00:00Z', interval 1 month) to '{landing.folder / 'c.parquet'}'"
            )
    else:
        pq.write_table(table, landing.folder / "c.parquet")
    landing.source("c.parquet").night()
    assert [row.get(column) for row in landing.surviving(columns=f"contact_id, {column}")] == values
    assert [fault["rule"] for fault in landing.quarantine()] == rules


def test_native_parquet_values_meet_the_same_rules(landing: Landed) -> None:
    table = pa.table(
        {
            "response_id": pa.array([7, 8, 9, 10], pa.int64()),
            "responded_at": pa.array([START] * 4).cast(pa.timestamp("us", "UTC")),
            "csat": pa.array([4.0, 4.5, math.nan, math.inf], pa.float32()),
            "nps": pa.array([10, 11, -1, None], pa.int8()),
            "verbatim": pa.array(["fine", "", " ", None]),
        }
    )
    sink = io.BytesIO()
    pq.write_table(table, sink)
    landing.source("surveys.parquet", "surveys").put("surveys.parquet", sink.getvalue())
    landing.night()
    assert landing.surviving("surveys", "response_id, csat, nps, verbatim") == [
        {"response_id": "10"},
        {"response_id": "7", "csat": 4, "nps": 10, "verbatim": "fine"},
        {"response_id": "8", "csat": 4.5},
        {"response_id": "9"},
    ]
    assert len(landing.quarantine()) == 4
