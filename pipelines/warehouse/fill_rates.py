"""How much of each column a source fills, week by week: one pass over the landed rows that count.

A column that a source stops delivering fails no check and moves figures; here its share falls.
"""

import duckdb

from pipelines.contract import CANONICAL_TABLES, CHANGE_COLUMNS
from pipelines.contract.model import CanonicalTable

#: Weeks of the history that are kept, the latest of each table last.
WEEKS = 26

FILL_RATES_DDL = """
create or replace table fill_rates (
    source varchar, table_name varchar, column_name varchar, week date, records bigint, filled bigint
)"""


def write_fill_rates(connection: duckdb.DuckDBPyConnection, tables: frozenset[str], time_zone: str) -> None:
    """Write the table ``fill_rates`` anew from the landing tables of ``tables``; weeks are those of ``time_zone``."""
    connection.execute(FILL_RATES_DDL)
    selects = [_select(CANONICAL_TABLES[name]) for name in sorted(tables & CANONICAL_TABLES.keys())]
    if selects:
        counted = "\nunion all\n".join(selects)
        connection.execute(f"insert into fill_rates {counted}", {"zone": time_zone})


def _select(table: CanonicalTable) -> str:
    """Rows of one table: a column that a source has never filled in these weeks is left out.

    Records without a time of their own belong to the week in which they were delivered.
    """
    changes = {column.name for column in CHANGE_COLUMNS}
    columns = [name for name in table.column_names if name not in changes and name not in table.key]
    moment = f"coalesce(landed.{table.event_time}, file.delivered_at)" if table.event_time else "file.delivered_at"
    counts = ", ".join(f"count(landed.{name}) as {name}" for name in columns)
    names = ", ".join(columns)
    return f"""select source, table_name, column_name, week, records, filled from (
        select *, max(filled) over (partition by source, column_name) as most from (
            unpivot (
                select file.source, '{table.name}' as table_name,
                    cast(date_trunc('week', timezone($zone, timezone('UTC', {moment}))) as date) as week,
                    count(*) as records, {counts}
                from landing_{table.name} as landed
                inner join landing_files as file on file.file_id = landed._file_id
                where landed.deleted_at is null
                    and not exists (
                        select 1 from superseded_versions as lost
                        where lost.table_name = '{table.name}' and lost.file_id = landed._file_id
                            and lost.row_number = landed._row
                    )
                group by file.source, week
                qualify dense_rank() over (order by week desc) <= {WEEKS}
            ) on {names} into name column_name value filled
        )
    ) where most > 0"""
