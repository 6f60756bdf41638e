"""Files changed under their name: which earlier readings no longer count.

By default the latest reading of a name stands for the earlier ones; with ``rewritten = "add"`` all of them count. Nothing is
deleted: a source that is set to "add" later has its earlier readings back.
"""

import duckdb

from pipelines.config import Settings
from pipelines.warehouse.discover import all_sources
from pipelines.warehouse.landing import record_tables


def apply_replacements(connection: duckdb.DuckDBPyConnection, settings: Settings) -> bool:
    """Set ``replaced_by`` and ``kept_share`` of all readings; returns whether any changed."""
    adding = [source.name for source in all_sources(settings) if source.rewritten == "add"]
    connection.execute(
        """create or replace temp table latest_readings as
        select
            file_id,
            lag(content_of) over (partition by source, file order by file_id) as content_before,
            content_of,
            primary_table,
            nullif(max(file_id) over (partition by source, file), file_id) as later,
            kept_share,
            list_contains($adding, source) as adds
        from landing_files
        where reason is null and file <> ''""",
        {"adding": adding},
    )
    changed = connection.execute(
        """update landing_files as known set replaced_by = case when latest.adds then null else latest.later end
        from latest_readings as latest
        where latest.file_id = known.file_id
            and known.replaced_by is distinct from case when latest.adds then null else latest.later end
        returning known.file_id"""
    ).fetchall()
    _measure_kept(connection)
    connection.execute("drop table latest_readings")
    return bool(changed)


def _measure_kept(connection: duckdb.DuckDBPyConnection) -> None:
    """For each reading that another stood before under its name: the share of that one's keys which it still holds."""
    tables = record_tables()
    waiting = connection.execute(
        "select distinct primary_table from latest_readings where content_before is not null and kept_share is null"
    ).fetchall()
    for (name,) in waiting:
        key = ", ".join(tables[name].key)
        connection.execute(
            f"""update landing_files as known set kept_share = kept.share
            from (
                with pairs as (
                    select file_id, content_before, content_of from latest_readings
                    where content_before is not null and kept_share is null and primary_table = $table
                ),
                had as (
                    select distinct pairs.file_id, {key} from pairs inner join landing_{name} as landed on landed._file_id = pairs.content_before
                ),
                has as (
                    select distinct pairs.file_id, {key}, true as is_kept from pairs inner join landing_{name} as landed on landed._file_id = pairs.content_of
                ),
                counted as (
                    select had.file_id, avg(case when has.is_kept then 1.0 else 0.0 end) as share
                    from had left join has using (file_id, {key}) group by had.file_id
                )
                select pairs.file_id, coalesce(counted.share, 1.0) as share from pairs left join counted using (file_id)
            ) as kept
            where kept.file_id = known.file_id""",
            {"table": name},
        )
