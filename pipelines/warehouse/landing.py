"""The landing area of the warehouse: what was read, from which file, and what was rejected.

One ``landing_<table>`` for each canonical table (and one for the events of each log format), holding every version of
every record that was ever accepted for reading: typed, pseudonymised, redacted, immutable but for what ``joins`` brings to it.
``resolve_versions`` decides which version counts.
A file that could not be read for a reason outside its bytes has no entry among the files that were read: it is pending.
"""

import re

import duckdb

from pipelines.contract import CANONICAL_TABLES, CanonicalTable
from pipelines.sources.mapping.joins import joined_table
from pipelines.sources.registry import LOG_READERS

JOINED_TABLES = tuple(joined_table(table) for table in CANONICAL_TABLES.values())

#: Where a landed row comes from. ``_row`` is unique within file and table; ``_record`` counts source records;
#: ``_has_faults`` says that a value of the row was left out, ``_same_as`` which records of a source are one (``deduplicate_by``),
#: ``_join_keys`` what is joined to it; ``_join_fate`` (waiting, withdrawn) why it does not count for that, and null where it does.
ORIGIN_COLUMNS = {
    "_file_id": "INTEGER",
    "_record": "BIGINT",
    "_row": "BIGINT",
    "system": "VARCHAR",
    "_has_faults": "BOOLEAN",
    "_same_as": "VARCHAR",
    "_join_keys": "VARCHAR",
    "_join_fate": "VARCHAR",
}

_META_DDL = """
create table if not exists warehouse_facts (name varchar primary key, value varchar not null);
-- One row a reading: a file and what stood in it. A file is known by its name from the configuration's folder (`file`), so that both
-- may move together; `path` is where it lay when it was read. `content_of` is the reading whose rows stand for this one's, where the
-- same bytes came twice; `arrival` numbers the run that first read those bytes, `first_read_at` is when. `returned`: other bytes stood
-- under this name since these were first read. `replaced_by`: a later reading of the same name that stands for this one, which holds
-- the share `kept_share` of its records. `counts_as_unread`: refused, though it holds records, and not given up by a person.
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
    arrival integer,
    first_read_at timestamp,
    returned boolean,
    replaced_by integer,
    kept_share double,
    unknown_columns varchar[],
    counts_as_unread boolean,
    absent_columns varchar[],
    rows_in bigint not null,
    rows_rejected bigint not null,
    rows_filtered bigint,
    reason varchar,
    run_id varchar not null,
    read_at timestamp not null,
    is_active boolean not null,
    is_present boolean not null
);
-- Files that lie there, or did, and are not read. `state`: unread (a reason outside the bytes: tried again each run), waiting (still
-- being written), odd (no file), forgotten (unread, and given up by a person).
create table if not exists pending_files (
    source varchar not null,
    file varchar not null,
    state varchar not null,
    reason varchar not null,
    bytes bigint not null,
    since timestamp not null
);
create table if not exists landing_rejects (
    file_id integer not null,
    record bigint not null,
    path varchar,
    scope varchar not null,
    table_name varchar,
    column_name varchar,
    rule varchar not null,
    reason varchar not null,
    shape varchar
);
-- Columns of files in which day and month look swapped in a part of the rows, though no value contradicts the order they are read in.
create table if not exists landing_date_doubts (
    file_id integer not null,
    table_name varchar not null,
    column_name varchar not null,
    day_month_order varchar not null,
    rows_sure bigint not null,
    months_sure bigint not null,
    rows_open bigint not null,
    months_open bigint not null
);
create table if not exists ingest_notices (
    severity varchar, kind varchar, source varchar, file varchar, table_name varchar, column_name varchar, rule varchar, count bigint,
    total bigint, share double, allowed double, position varchar, shape varchar, detail varchar
);
-- Versions of records that another version of their key supersedes; whatever is not listed here counts.
drop table if exists landing_losers; -- its name until 0.1.0
create table if not exists superseded_versions (
    table_name varchar not null,
    file_id integer not null,
    row_number bigint not null,
    record bigint not null,
    fate varchar not null
);
create table if not exists ingest_ledger (
    source varchar, system varchar, format varchar, file varchar, sha256 varchar, bytes bigint, delivered_at timestamp, rows_in bigint,
    accepted bigint, duplicates bigint, superseded bigint, quarantined bigint, filtered bigint, bad_values bigint, present boolean, replaced boolean,
    unknown_columns varchar, reason varchar, run_id varchar, read_at timestamp
);
create table if not exists quarantine (
    source varchar, file varchar, sha256 varchar, position varchar, scope varchar, table_name varchar, column_name varchar, rule varchar,
    reason varchar, shape varchar, replaced boolean
);
"""

#: Readings whose rows count, one row a content: its delivery time is the first, unless the bytes came back after others had stood
#: under their name. `shown_as` is the reading whose line in the ledger carries the rows.
_STANDING = """
create or replace temp view standing_contents as
select
    content_of as file_id,
    coalesce(max(delivered_at) filter (where returned), min(delivered_at)) as delivered_at,
    min(arrival) as arrival,
    min(sha256) as sha256,
    min(file_id) as shown_as
from landing_files
where is_active and replaced_by is null
group by content_of
"""


def record_tables() -> dict[str, CanonicalTable]:
    """All tables that have a landing table: the canonical ones, the event tables of log formats, and what mappings join to records."""
    return {
        **CANONICAL_TABLES,
        **{reader.record_table.name: reader.record_table for reader in LOG_READERS},
        **{table.name: table for table in JOINED_TABLES},
    }


def create_landing(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what is missing of the landing area, columns that an earlier version did not know included. Safe to call on every run."""
    found = _columns_of_tables(connection)
    for name in ("ingest_ledger", "quarantine"):
        # Rebuilt each run, so one of an earlier version may go.
        _drop_where_columns_differ(connection, name, found.get(name, {}))
    connection.execute(_META_DDL)
    wanted = {"landing_files": _LATER_COLUMNS, "landing_rejects": {"shape": "VARCHAR"}}
    for table in record_tables().values():
        columns = {**ORIGIN_COLUMNS, **{column.name: column.kind.duckdb_type for column in table.columns}}
        listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        connection.execute(f"create table if not exists landing_{table.name} ({listed})")
        wanted[f"landing_{table.name}"] = columns
    found = _columns_of_tables(connection)
    for name, columns in wanted.items():
        _add_columns(connection, name, columns, found[name])
    connection.execute(_STANDING)


#: Columns of landing_files that warehouses of earlier versions lack; nullable for their sake.
_LATER_COLUMNS = {
    "arrival": "INTEGER",
    "first_read_at": "TIMESTAMP",
    "returned": "BOOLEAN",
    "replaced_by": "INTEGER",
    "kept_share": "DOUBLE",
    "unknown_columns": "VARCHAR[]",
    "counts_as_unread": "BOOLEAN",
    "absent_columns": "VARCHAR[]",
    "rows_filtered": "BIGINT",
}


def _columns_of_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Table → its columns with their types."""
    columns: dict[str, dict[str, str]] = {}
    for table, name, kind in connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() where not internal order by table_name, column_index"
    ).fetchall():
        columns.setdefault(str(table), {})[str(name)] = str(kind)
    return columns


def _add_columns(
    connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str], found: dict[str, str]
) -> None:
    for name, kind in columns.items():
        if name not in found:
            connection.execute(f"alter table {table} add column {name} {kind}")
        elif found[name] != kind:
            connection.execute(f"alter table {table} alter column {name} type {kind}")


def _drop_where_columns_differ(connection: duckdb.DuckDBPyConnection, table: str, found: dict[str, str]) -> None:
    wanted = re.search(rf"create table if not exists {table} \((.*?)\);", _META_DDL, re.DOTALL)
    if wanted is not None and found and list(found) != [part.split()[0] for part in wanted[1].split(",")]:
        connection.execute(f"drop table {table}")


def next_file_id(connection: duckdb.DuckDBPyConnection) -> int:
    """The id of the next reading: one more than the largest."""
    row = connection.execute("select 1 + coalesce(max(file_id), 0) from landing_files").fetchone()
    return int(row[0]) if row else 1


def read_fact(connection: duckdb.DuckDBPyConnection, name: str) -> str | None:
    """A remembered fact of this warehouse (fingerprints, counters), or None."""
    row = connection.execute("select value from warehouse_facts where name = $name", {"name": name}).fetchone()
    return None if row is None else str(row[0])


def write_fact(connection: duckdb.DuckDBPyConnection, name: str, value: str) -> None:
    connection.execute("insert or replace into warehouse_facts values ($name, $value)", {"name": name, "value": value})


def forget_fact(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    connection.execute("delete from warehouse_facts where name = $name", {"name": name})
