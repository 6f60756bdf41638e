"""Tables of the warehouse as frames and back, for the steps that are no SQL."""

from collections.abc import Sequence

import duckdb
import polars as pl

from pipelines.contract import ANALYSIS_TABLES

#: Tables that steps make from frames, and SQL models read.
_STEP_TABLES = """
create table if not exists promise_matches (
    system varchar, promise_id varchar, event_system varchar, event_id varchar, event_type varchar, fulfilled_at timestamp
);
create table if not exists handoff_similarities (
    system varchar, handoff_id varchar, similarity double, before_hash varchar, after_hash varchar,
    compared_before bigint, compared_after bigint, is_restated boolean
)"""


def create_analysis_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """The tables of statistics, empty, where a run has not made them yet: SQL models may read them before."""
    for table in ANALYSIS_TABLES.values():
        columns = ", ".join(f"{column.name} {column.kind.duckdb_type}" for column in table.columns)
        connection.execute(f"create table if not exists {table.name} ({columns})")
    connection.execute(_STEP_TABLES)


def read_table(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str] = (), *, order: str
) -> pl.DataFrame:
    """``columns`` of ``table`` (none given: all), sorted by ``order``, so that sums of floats come out to the last bit."""
    return connection.execute(f"select {', '.join(columns) or '*'} from {table} order by {order}").pl()


def replace_table(connection: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> int:
    """Make ``frame`` the whole content of ``table``; returns its rows."""
    connection.register("frame_to_keep", frame.to_arrow())
    try:
        connection.execute(f"create or replace table {table} as select * from frame_to_keep")
    finally:
        connection.unregister("frame_to_keep")
    return frame.height
