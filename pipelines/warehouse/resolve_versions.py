"""Which version of a record counts, and the ledger that proves nothing was lost.

The winner of a key is the greatest (updated_at, nulls lowest; delivery time; arrival: the run that first read the bytes,
within it the later position; sha256 of the canonical record among true ties). Of identical records the least (file sha256,
position) is accepted and the others are duplicates; every other version is superseded, and so is every record of a reading
that a later one of the same name replaced. Records of other keys that their source says are one go by the same order. Only keys that occur more than once are looked at closely, so a clean run
costs one grouping.
"""

import duckdb

from pipelines.contract import CANONICAL_TABLES, CanonicalTable
from pipelines.sources.registry import LOG_READERS

#: Formats whose rows are derived from events; they are not files, so the ledger leaves them out.
DERIVED = "derived"


def resolve_versions(connection: duckdb.DuckDBPyConnection) -> None:
    """Recompute ``superseded_versions`` for all canonical tables (event tables are resolved by ``resolve_event_versions``)."""
    resolve_tables(connection, list(CANONICAL_TABLES.values()))


def resolve_event_versions(connection: duckdb.DuckDBPyConnection) -> None:
    """Recompute ``superseded_versions`` for the event tables of log formats, before anything is derived from them."""
    resolve_tables(connection, [reader.record_table for reader in LOG_READERS])


def resolve_tables(connection: duckdb.DuckDBPyConnection, tables: list[CanonicalTable]) -> None:
    """Recompute ``superseded_versions`` for some tables."""
    primaries = {
        str(row[0]) for row in connection.execute("select distinct primary_table from landing_files").fetchall()
    }
    connection.execute("begin")
    for table in sorted(tables, key=lambda table: table.name not in primaries or table.name != "contacts"):
        _resolve_table(connection, table)
    connection.execute("commit")


def _resolve_table(connection: duckdb.DuckDBPyConnection, table: CanonicalTable) -> None:
    name = table.name
    key = ", ".join(("system", *table.key))
    parameters = {"table": name}
    connection.execute("delete from superseded_versions where table_name = $table", parameters)
    if connection.execute(f"select 1 from landing_{name} limit 1").fetchone() is None:
        return
    # Rows of sources that the configuration no longer names, and of readings that were replaced, count nowhere, but are kept.
    connection.execute(
        f"""insert into superseded_versions
        select $table, landed._file_id, landed._row, landed._record, 'inactive'
        from landing_{name} as landed
        where landed._file_id not in (select file_id from standing_contents)""",
        parameters,
    )
    # Parts of a bundle (the turns of a conversation) share the fate of its main row.
    connection.execute(
        f"""insert into superseded_versions
        select $table, landed._file_id, landed._row, landed._record, 'part'
        from landing_{name} as landed
        inner join landing_files as file on file.file_id = landed._file_id
        inner join superseded_versions as lost
            on lost.table_name = file.primary_table and lost.file_id = landed._file_id and lost.record = landed._record
        where file.primary_table <> $table and lost.fate <> 'inactive'""",
        parameters,
    )
    columns = ", ".join(f"coalesce(cast({column.name} as varchar), chr(0))" for column in table.columns)
    # Two statements: the first reads the keys alone, and on a clean run the second finds nothing to do.
    candidates = f"""landing_{name} as landed anti join
        (select file_id, row_number from superseded_versions where table_name = $table) as lost
        on lost.file_id = landed._file_id and lost.row_number = landed._row"""
    connection.execute(
        f"create or replace temp table repeated_keys as select {key} from {candidates} group by {key} having count(*) > 1",
        parameters,
    )
    connection.execute(
        f"""create or replace temp table repeated as
        select landed.*, sha256(concat_ws(chr(31), system, {columns})) as record_sha
        from {candidates} semi join repeated_keys using ({key})""",
        parameters,
    )
    connection.execute(
        f"""insert into superseded_versions
        with ranked as (
            select
                {key}, _file_id, _row, _record, record_sha,
                first_value(record_sha) over (
                    partition by {key}
                    order by updated_at desc nulls last, contents.delivered_at desc nulls last, contents.arrival desc nulls last,
                        _row desc, record_sha desc
                ) as winner_sha,
                row_number() over (partition by {key}, record_sha order by contents.sha256, _row, _file_id) as copy
            from repeated left join standing_contents as contents on contents.file_id = repeated._file_id
        )
        select $table, _file_id, _row, _record, case when record_sha = winner_sha then 'duplicate' else 'superseded' end
        from ranked
        where record_sha <> winner_sha or copy > 1""",
        parameters,
    )
    connection.execute("drop table repeated")
    connection.execute("drop table repeated_keys")
    _resolve_alike(connection, table)
    # The version that counts may lack what is joined to it; an earlier one does not count in its place.
    connection.execute(
        f"""insert into superseded_versions
        select $table, landed._file_id, landed._row, landed._record, landed._join_fate
        from landing_{name} as landed
        where landed._join_fate is not null and not exists (select 1 from superseded_versions as lost
            where lost.table_name = $table and lost.file_id = landed._file_id and lost.row_number = landed._row)""",
        parameters,
    )


def _resolve_alike(connection: duckdb.DuckDBPyConnection, table: CanonicalTable) -> None:
    """Of records that their source says are one (``deduplicate_by``), whatever their keys, the winner counts; others are duplicates."""
    key = ", ".join(table.key)
    if connection.execute(f"select 1 from landing_{table.name} where _same_as is not null limit 1").fetchone() is None:
        return
    connection.execute(
        f"""insert into superseded_versions
        with alike as (
            select landed._file_id, landed._row, landed._record, file.source, landed._same_as, landed.updated_at, {key}
            from landing_{table.name} as landed
            inner join landing_files as file on file.file_id = landed._file_id
            where landed._same_as is not null and not exists (select 1 from superseded_versions as lost
                where lost.table_name = $table and lost.file_id = landed._file_id and lost.row_number = landed._row)
        )
        select $table, _file_id, _row, _record, 'duplicate' from alike
        left join standing_contents as contents on contents.file_id = alike._file_id
        qualify row_number() over (
            partition by source, _same_as
            order by alike.updated_at desc nulls last, contents.delivered_at desc nulls last, contents.arrival desc nulls last, _row desc, {key}
        ) > 1""",
        {"table": table.name},
    )


def write_ledger(connection: duckdb.DuckDBPyConnection) -> None:
    """Rebuild ``ingest_ledger`` and ``quarantine`` from the landing area and the current winners."""
    connection.execute("begin")
    connection.execute("delete from ingest_ledger")
    # Accepted records are counted where they lie, never inferred from the others: only so can the balance be checked.
    connection.execute("create or replace temp table landed_records (file_id integer, records bigint)")
    primaries = connection.execute("select distinct primary_table from landing_files where reason is null").fetchall()
    for (primary,) in primaries:
        connection.execute(
            f"""insert into landed_records
            select landed._file_id, count(distinct landed._record)
            from landing_{primary} as landed
            inner join landing_files as file on file.file_id = landed._file_id
            where file.primary_table = $primary
            group by landed._file_id""",
            {"primary": primary},
        )
    # Of readings of the same bytes one carries their records: the first that stands, else the first of all.
    connection.execute(
        """insert into ingest_ledger by name
        with shown as (
            select file.*, coalesce(contents.shown_as, min(file.file_id) over (partition by file.content_of)) = file.file_id as carries,
                contents.file_id is not null and file.replaced_by is null as stands
            from landing_files as file
            left join standing_contents as contents on contents.file_id = file.content_of
            where file.is_active and file.format <> $derived
        ),
        losses as (
            select lost.file_id,
                count(*) filter (where lost.fate = 'duplicate') as duplicates,
                count(*) filter (where lost.fate = 'superseded') as superseded
            from superseded_versions as lost
            inner join landing_files as file on file.file_id = lost.file_id and file.primary_table = lost.table_name
            group by lost.file_id
        ),
        bad as (
            select file_id, count(*) as bad_values from landing_rejects where scope = 'value' group by file_id
        )
        select
            file.source, file.system, file.format, file.file, file.sha256, file.bytes, file.delivered_at, file.rows_in,
            case when file.carries and file.stands
                then coalesce(landed.records, 0) - coalesce(losses.duplicates, 0) - coalesce(losses.superseded, 0) else 0 end as accepted,
            case when not file.stands then 0 when file.carries then coalesce(losses.duplicates, 0)
                else file.rows_in - file.rows_rejected - coalesce(file.rows_filtered, 0) end as duplicates,
            case when not file.stands then case when file.carries then coalesce(landed.records, 0)
                    else file.rows_in - file.rows_rejected - coalesce(file.rows_filtered, 0) end
                when file.carries then coalesce(losses.superseded, 0) else 0 end as superseded,
            file.rows_rejected as quarantined,
            coalesce(file.rows_filtered, 0) as filtered,
            coalesce(bad.bad_values, 0) as bad_values,
            file.is_present as present,
            file.replaced_by is not null as replaced,
            nullif(array_to_string(file.unknown_columns, ', '), '') as unknown_columns,
            file.reason, file.run_id, file.read_at
        from shown as file
        left join losses on losses.file_id = file.content_of
        left join landed_records as landed on landed.file_id = file.content_of
        left join bad on bad.file_id = file.content_of""",
        {"derived": DERIVED},
    )
    connection.execute("delete from quarantine")
    connection.execute(
        """insert into quarantine by name
        select file.source, file.file, file.sha256, coalesce(reject.path, cast(nullif(reject.record, 0) as varchar)) as position,
            reject.scope, reject.table_name, reject.column_name, reject.rule, reject.reason, reject.shape,
            file.replaced_by is not null as replaced
        from landing_rejects as reject
        inner join landing_files as file on file.content_of = reject.file_id
        where file.is_active
        union all by name
        select source, file, sha256, 'file' as scope, primary_table as table_name, 'unreadable_file' as rule, reason, false as replaced
        from landing_files where is_active and reason is not null"""
    )
    connection.execute("commit")
