"""Fields of joined files, brought to the landed records that they belong to.

What belongs here: the join itself, made anew in each run from what stands now, so that it does not matter which file came first,
or on which night. A record whose joined one is not there yet waits (or is kept without its fields, where the mapping says so);
one whose joined one was withdrawn is withdrawn. ``resolve_versions`` leaves both out.
"""

import duckdb

from pipelines.config import Settings
from pipelines.config.sources import Source
from pipelines.contract import CanonicalTable
from pipelines.sources.mapping.declaration import MappedTable
from pipelines.sources.mapping.joins import joined_name
from pipelines.warehouse.landing import JOINED_TABLES
from pipelines.warehouse.resolve_versions import resolve_tables

WAITING, WITHDRAWN = "waiting", "withdrawn"
"""Fates of records for their joined ones."""


def join_sources(connection: duckdb.DuckDBPyConnection, settings: Settings) -> bool:
    """Bring what is joined to the records of every source; returns whether any record changed."""
    tables = [
        (source, source.mapping.tables[0])
        for source in settings.sources
        if source.mapping is not None and source.mapping.tables[0].join
    ]
    if not tables:
        return False
    names = {joined_name(table.table) for _, table in tables}
    resolve_tables(connection, [table for table in JOINED_TABLES if table.name in names])
    changed = [_join(connection, source, table) for source, table in tables]
    return any(changed)


def _join(connection: duckdb.DuckDBPyConnection, source: Source, table: MappedTable) -> bool:
    columns: dict[str, str] = {}
    joins, waiting, withdrawn = [], [], []
    parameters: dict[str, object] = {"source": source.name}
    for number, (name, join) in enumerate(table.join.items()):
        alias = f"j{number}"
        parameters[alias] = f"{source.name}/{name}"
        brought = [column for column in table.columns if table.sides_of(column) == {name}]
        columns |= {column: f"{alias}.{column}" for column in brought}
        # A record is kept as if a joined one that was withdrawn had never been.
        there = "" if join.unmatched == "wait" else " and landed.deleted_at is null"
        joins.append(
            f"""left join (
                select landed.* from landing_{joined_name(table.table)} as landed
                inner join standing_contents as contents on contents.file_id = landed._file_id
                inner join landing_files as file on file.file_id = landed._file_id and file.source = ${alias}
                where not exists (select 1 from superseded_versions as lost
                    where lost.table_name = '{joined_name(table.table)}' and lost.file_id = landed._file_id and lost.row_number = landed._row){there}
            ) as {alias} on {alias}.join_key = nullif(split_part(main._join_keys, ',', {number + 1}), '')"""
        )
        if join.unmatched == "wait":
            waiting.append(f"{alias}.join_key is null")
            withdrawn.append(f"{alias}.deleted_at is not null")
    # A record that its own file withdraws needs nothing else.
    is_own = "false" if "deleted_at" in columns else "main.deleted_at is not null"
    fate = f"""case when {is_own} then null when {" or ".join(waiting) or "false"} then '{WAITING}'
        when {" or ".join(withdrawn) or "false"} then '{WITHDRAWN}' end"""
    found = {name: _in_order(table.canonical, columns, name) for name in columns} | {"_join_fate": fate}
    changed = connection.execute(
        f"""update landing_{table.table} as landed set {", ".join(f"{name} = found.{name}" for name in found)}
        from (
            select main._file_id, main._row, {", ".join(f"{sql} as {name}" for name, sql in found.items())}
            from landing_{table.table} as main
            {" ".join(joins)}
            where main._file_id in (select file_id from landing_files where source = $source)
        ) as found
        where found._file_id = landed._file_id and found._row = landed._row
            and ({" or ".join(f"landed.{name} is distinct from found.{name}" for name in found)})""",
        parameters,
    ).fetchone()
    return bool(changed and changed[0])


def _in_order(table: CanonicalTable, columns: dict[str, str], name: str) -> str:
    """The value of a joined column, null where it lies before an instant that it may not precede."""
    earlier = table.column(name).not_before
    if not earlier:
        return columns[name]
    return f"case when {columns[name]} < {columns.get(earlier, f'main.{earlier}')} then null else {columns[name]} end"
