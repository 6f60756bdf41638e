"""The landing area of the warehouse: what was read, from which file, and what was rejected.

One ``landing_<table>`` for each canonical table (and one for the events of each log format), holding every version of
every record that was ever accepted for reading: typed, pseudonymised, redacted, immutable. ``settle`` decides which version counts.
"""

import duckdb

from pipelines.contract import CANONICAL_TABLES, Table
from pipelines.sources.registry import LOG_READERS

#: Where a landed row comes from. ``_row`` is unique within file and table; ``_record`` counts source records;
#: ``_has_faults`` says that a value of the row was left out.
ORIGIN_COLUMNS = {
    "_file_id": "INTEGER",
    "_record": "BIGINT",
    "_row": "BIGINT",
    "system": "VARCHAR",
    "_has_faults": "BOOLEAN",
}

_META_DDL = """
create sequence if not exists file_ids;
create table if not exists warehouse_facts (name varchar primary key, value varchar not null);
-- One row a file and content. A file is known by its name from the configuration's folder (`file`), so that both may move
-- together; `path` is where it lay when it was read. `content_of` is the file whose rows stand for this one's, where the same bytes came twice.
create table if not exists landing_files (
    file_id integer primary key,
    content_of integer not null,
    source varchar not null,
    reading varchar not null,
    system varchar not null,
    format varchar not null,
    primary_table varchar not null,
    path varchar not null,
    file varchar not null,
    sha256 varchar not null,
    bytes bigint not null,
    modified_ns bigint not null,
    delivered_at timestamp,
    rows_in bigint not null,
    rows_rejected bigint not null,
    reason varchar,
    run_id varchar not null,
    read_at timestamp not null,
    is_active boolean not null,
    is_present boolean not null
);
create table if not exists landing_rejects (
    file_id integer not null,
    record bigint not null,
    path varchar,
    scope varchar not null,
    table_name varchar,
    column_name varchar,
    rule varchar not null,
    shape varchar,
    reason varchar not null
);
-- Rows that lost to another version of their key; whoever is not listed here counts.
create table if not exists landing_losers (
    table_name varchar not null,
    file_id integer not null,
    row_number bigint not null,
    record bigint not null,
    fate varchar not null
);
create table if not exists ingest_ledger (
    source varchar, system varchar, format varchar, file varchar, sha256 varchar, bytes bigint, delivered_at timestamp, rows_in bigint,
    accepted bigint, duplicates bigint, superseded bigint, quarantined bigint, bad_values bigint, present boolean, reason varchar, run_id varchar, read_at timestamp
);
create table if not exists quarantine (
    source varchar, file varchar, sha256 varchar, position varchar, scope varchar, table_name varchar, column_name varchar, rule varchar, reason varchar
);
"""


def record_tables() -> dict[str, Table]:
    """All tables that have a landing table: the canonical ones and the event tables of log formats."""
    return {**CANONICAL_TABLES, **{reader.record_table.name: reader.record_table for reader in LOG_READERS}}


def create_landing(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what is missing of the landing area. Safe to call on every run."""
    connection.execute(_META_DDL)
    for table in record_tables().values():
        columns = ", ".join(
            [f"{name} {kind}" for name, kind in ORIGIN_COLUMNS.items()]
            + [f"{column.name} {column.kind.duckdb_type}" for column in table.columns]
        )
        connection.execute(f"create table if not exists landing_{table.name} ({columns})")


def read_fact(connection: duckdb.DuckDBPyConnection, name: str) -> str | None:
    """A remembered fact of this warehouse (fingerprints, counters), or None."""
    row = connection.execute("select value from warehouse_facts where name = $name", {"name": name}).fetchone()
    return None if row is None else str(row[0])


def write_fact(connection: duckdb.DuckDBPyConnection, name: str, value: str) -> None:
    connection.execute("insert or replace into warehouse_facts values ($name, $value)", {"name": name, "value": value})


def forget_fact(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    connection.execute("delete from warehouse_facts where name = $name", {"name": name})
