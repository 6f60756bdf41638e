"""Spellings of segment values and the key of each, as a table that the staging models join.

The key is made here and not in SQL: case folding and normal forms differ from engine to engine.
"""

import duckdb
import polars as pl

from pipelines.contract.segments import SPELT_COLUMNS, segment_key

SEGMENT_SPELLINGS_DDL = "create table if not exists segment_spellings (spelling varchar not null, key varchar not null)"


def write_segment_spellings(connection: duckdb.DuckDBPyConnection) -> int:
    """Every landed spelling that is not its own key, with its key; returns how many there are."""
    distinct = " union ".join(
        f"select {column} as spelling from landing_{table} where {column} is not null"
        for table, columns in SPELT_COLUMNS.items()
        for column in columns
    )
    spellings = connection.execute(f"{distinct} order by spelling").pl()["spelling"]
    keys = [(spelling, segment_key(spelling)) for spelling in spellings]
    differing = pl.DataFrame(
        [pair for pair in keys if pair[0] != pair[1]],
        schema={"spelling": pl.String, "key": pl.String},
        orient="row",
    )
    connection.register("spellings_to_keep", differing.to_arrow())
    try:
        connection.execute("create or replace table segment_spellings as select spelling, key from spellings_to_keep")
    finally:
        connection.unregister("spellings_to_keep")
    return differing.height
