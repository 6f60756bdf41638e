"""What a run has to say of its input: gates that keep it from publishing, and warnings. Fields; the words stand in ``contract.notices``.

Rebuilt each run from what lies there now, so that a corrected, replaced or removed delivery ends a blocked run.
"""

from collections import defaultdict
from collections.abc import Sequence

import duckdb
import polars as pl

from pipelines.config import Settings
from pipelines.contract.notices import Notice, NoticeKind
from pipelines.sources.column_names import nearest_name
from pipelines.sources.reading import NESTED
from pipelines.warehouse.discover import Listing
from pipelines.warehouse.landing import record_tables

#: From so many values on the share of bad values in a column says something.
_MIN_VALUES = 20

#: Readings whose share of bad records and values counts: those that lie there now, and that no later one replaced.
_PRESENT = "is_active and is_present and replaced_by is null and format <> 'derived'"


def write_notices(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    listing: Listing,
    gone: Sequence[tuple[str, str]],
) -> list[Notice]:
    """Rebuild ``ingest_notices``; returns them, those that block first.

    Args:
        listing: what lay there when the run looked.
        gone: (source, file) of what was read earlier and went since the last run.
    """
    notices = [
        *_quarantined(connection, settings),
        *_bad_values(connection, settings),
        *_unread(connection, settings),
        *_replaced(connection, settings),
        *_all_filtered(connection),
        *_pending(connection),
        *_gone(listing, gone),
        *_unknown_columns(connection),
        *_absent_columns(connection),
        *_swapped_dates(connection),
        *_row_ids(settings),
        *_shared_ids(connection, settings),
        *_unmatched(connection, settings),
    ]
    rows = [notice.fields() for notice in notices]
    frame = pl.DataFrame(rows, schema=Notice.schema(), orient="row")
    connection.register("notices_frame", frame.to_arrow())
    try:
        connection.execute("delete from ingest_notices")
        connection.execute("insert into ingest_notices by name select * from notices_frame")
    finally:
        connection.unregister("notices_frame")
    return notices


def read_notices(connection: duckdb.DuckDBPyConnection) -> list[Notice]:
    """What the last run said of its input."""
    return Notice.from_rows(connection.execute("select * from ingest_notices").pl())


def _quarantined(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[Notice]:
    """Sources with too many quarantined records, each with its most frequent reason."""
    quality = settings.quality
    rows = connection.execute(
        f"""with shares as (
            select source, sum(rows_in) as total, sum(rows_rejected) as bad from landing_files
            where {_PRESENT} and file_id = content_of group by source
            having sum(rows_in) >= $min_rows and sum(rows_rejected) > $share * sum(rows_in)
        ),
        reasons as (
            select file.source, reject.table_name, reject.column_name, reject.rule, count(*) as records,
                min_by({{'file': file.file, 'place': coalesce(reject.path, cast(nullif(reject.record, 0) as varchar)), 'shape': reject.shape}},
                    (file.file, reject.record)) as example
            from landing_rejects as reject
            inner join landing_files as file on file.file_id = reject.file_id and {_PRESENT}
            where reject.scope = 'row'
            group by all
        )
        select shares.source, shares.bad, shares.total, reasons.table_name, reasons.column_name, reasons.rule, reasons.records,
            reasons.example.file, reasons.example.place, reasons.example.shape
        from shares left join reasons using (source)
        qualify row_number() over (partition by shares.source order by reasons.records desc, reasons.rule, reasons.column_name) = 1
        order by shares.source""",
        {"min_rows": quality.min_rows, "share": quality.max_quarantined_share},
    ).fetchall()
    return [
        Notice(
            NoticeKind.QUARANTINED_SHARE, source=source, count=int(bad), total=int(total), share=bad / total,
            allowed=quality.max_quarantined_share, table_name=table, column_name=column, rule=rule, file=file,
            position=position, shape=shape,
        )
        for source, bad, total, table, column, rule, _, file, position, shape in rows
    ]  # fmt: skip


def _bad_values(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[Notice]:
    """Columns of a source in which too many of the values that are not null were left out."""
    limit = settings.quality.max_bad_value_share
    bad = connection.execute(
        f"""with faults as (
            select file.source, reject.table_name, reject.column_name, reject.rule, count(*) as bad,
                min_by({{'file': file.file, 'place': coalesce(reject.path, cast(nullif(reject.record, 0) as varchar)), 'shape': reject.shape}},
                    (file.file, reject.record)) as example
            from landing_rejects as reject
            inner join landing_files as file on file.file_id = reject.file_id and {_PRESENT}
            where reject.scope = 'value' and reject.column_name is not null and reject.rule <> 'missing'
            group by all
        )
        select source, table_name, column_name, sum(bad), max_by(rule, (bad, rule)),
            max_by(example, (bad, rule)).file, max_by(example, (bad, rule)).place, max_by(example, (bad, rule)).shape
        from faults group by source, table_name, column_name order by all"""
    ).fetchall()
    columns: dict[str, set[str]] = defaultdict(set)
    for row in bad:
        if row[1] in record_tables():
            columns[row[1]].add(row[2])
    good: dict[tuple[str, str, str], int] = {}
    for table, names in columns.items():
        known = [name for name in sorted(names) if name in record_tables()[table].column_names]
        if not known:
            continue
        counted = connection.execute(
            f"""select file.source, {", ".join(f"count(landed.{name})" for name in known)}
            from landing_{table} as landed inner join landing_files as file on file.file_id = landed._file_id and {_PRESENT}
            group by file.source"""
        ).fetchall()
        for source, *counts in counted:
            good.update({(source, table, name): int(n) for name, n in zip(known, counts, strict=True)})
    notices = []
    for source, table, column, count, rule, file, position, shape in bad:
        total = int(count) + good.get((source, table, column), 0)
        if total >= _MIN_VALUES and count > limit * total:
            notices.append(
                Notice(
                    NoticeKind.BAD_VALUE_SHARE, source=source, count=int(count), total=total, share=count / total, allowed=limit,
                    table_name=table, column_name=column, rule=rule, file=file, position=position, shape=shape,
                )
            )  # fmt: skip
    return notices


def _unread(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[Notice]:
    """Sources of which too large a share, in bytes or in files, is not read yet."""
    limit = settings.quality.max_unread_share
    rows = connection.execute(
        f"""with unread as (
            select source, file, bytes, reason from pending_files where state = 'unread'
            union all
            select source, file, bytes, reason from landing_files where {_PRESENT} and counts_as_unread
        ),
        pending as (
            select source, count(*) as files, sum(bytes) as bytes, min(file) as file, min_by(reason, file) as reason
            from unread group by source
        ),
        there as (
            select source, count(*) as files, sum(bytes) as bytes from landing_files
            where {_PRESENT} and not coalesce(counts_as_unread, false) group by source
        )
        select pending.source, pending.files, pending.files + coalesce(there.files, 0),
            greatest(
                pending.files / (pending.files + coalesce(there.files, 0)),
                coalesce(pending.bytes / nullif(pending.bytes + coalesce(there.bytes, 0), 0), 0)),
            pending.file, pending.reason, there.files is null
        from pending left join there using (source) order by pending.source"""
    ).fetchall()
    return [
        Notice(
            NoticeKind.UNREAD_SHARE, source=source, count=int(files), total=int(total), share=float(share), allowed=limit, file=file, detail=reason
        )
        for source, files, total, share, file, reason, is_whole in rows
        if is_whole or share > limit
    ]  # fmt: skip


def _replaced(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[Notice]:
    """Files whose new content lacks most of the earlier records, where nobody said what that means."""
    unsaid = [source.name for source in settings.sources if source.rewritten is None]
    rows = connection.execute(
        """select source, file, kept_share from landing_files
        where is_active and is_present and kept_share < 0.5 and list_contains($unsaid, source) order by all""",
        {"unsaid": unsaid},
    ).fetchall()
    return [
        Notice(NoticeKind.REPLACED, source=source, file=file, share=float(share), allowed=0.5)
        for source, file, share in rows
    ]


def _pending(connection: duckdb.DuckDBPyConnection) -> list[Notice]:
    kinds = {"unread": NoticeKind.UNREAD, "waiting": NoticeKind.WAITING, "odd": NoticeKind.NO_FILE}
    rows = connection.execute(
        "select source, file, state, reason, bytes from pending_files where state <> 'forgotten' order by source, state, file"
    ).fetchall()
    return [
        Notice(kinds[state], source=source, file=file, detail=reason, total=int(size))
        for source, file, state, reason, size in rows
    ]


def _gone(listing: Listing, gone: Sequence[tuple[str, str]]) -> list[Notice]:
    notices = [
        Notice(NoticeKind.NO_FOLDER, source=source, file=folder)
        if (folder := listing.gone_folders.get(source))
        else Notice(NoticeKind.NO_FILES, source=source)
        for source in listing.empty
    ]
    files = [(source, file) for source, file in gone if source not in listing.gone_folders]
    return notices + [Notice(NoticeKind.GONE, source=source, file=file) for source, file in files]


def _unknown_columns(connection: duckdb.DuckDBPyConnection) -> list[Notice]:
    """Columns that are not read, each with the nearest name that would be."""
    rows = connection.execute(
        f"""select source, primary_table, name, count(*), min(file) from (
            select source, primary_table, file, unnest(unknown_columns) as name from landing_files where {_PRESENT})
        group by source, primary_table, name order by source, name"""
    ).fetchall()
    return [
        Notice(
            NoticeKind.UNKNOWN_COLUMN, source=source, table_name=table, column_name=name, count=int(files), file=file,
            detail=nearest_name(name, record_tables()[table].column_names) or "",
        )
        for source, table, name, files, file in rows
    ]  # fmt: skip


def _absent_columns(connection: duckdb.DuckDBPyConnection) -> list[Notice]:
    """Columns that a mapping reads and files do not have; fields of nested files only where none of the source has them."""
    rows = connection.execute(
        f"""select source, name, count(*), min(file) from (
            select source, file, unnest(absent_columns) as name from landing_files where {_PRESENT})
        inner join (
            select source, count(*) filter (rows_in > 0 and file_id = content_of) as filled_files
            from landing_files where {_PRESENT} group by source) using (source)
        group by source, name, filled_files
        having not starts_with(name, $nested) or count(*) >= filled_files
        order by source, name""",
        {"nested": NESTED},
    ).fetchall()
    return [
        Notice(
            NoticeKind.ABSENT_COLUMN, source=source, column_name=name.removeprefix(NESTED), count=int(files), file=file,
            detail="field" if name.startswith(NESTED) else None,
        )
        for source, name, files, file in rows
    ]  # fmt: skip


def _all_filtered(connection: duckdb.DuckDBPyConnection) -> list[Notice]:
    """Sources of whose records none is left: more often a name that was misspelt than what somebody wants."""
    rows = connection.execute(
        f"""select source, sum(rows_in) from landing_files where {_PRESENT} and file_id = content_of
        group by source having sum(rows_in) > 0 and sum(rows_filtered) = sum(rows_in) order by source"""
    ).fetchall()
    return [Notice(NoticeKind.ALL_FILTERED, source=source, total=int(total)) for source, total in rows]


def _row_ids(settings: Settings) -> list[Notice]:
    """Mappings whose records are known by their place alone."""
    return [
        Notice(NoticeKind.ROW_IDS, source=source.name, table_name=table.table)
        for source in settings.sources
        if source.mapping is not None
        for table in source.mapping.tables
        if table.id == "row"
    ]


def _shared_ids(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[Notice]:
    """Mappings that fill one table with the same ids, where nobody said that their ids are of one system."""
    unsaid: dict[str, list[str]] = defaultdict(list)
    for source in settings.sources:
        if source.mapping is not None and "system" not in source.model_fields_set:
            unsaid[source.mapping.tables[0].table].append(source.name)
    notices = []
    for name, sources in unsaid.items():
        if len(sources) < 2:
            continue
        key = ", ".join(f"landed.{column}" for column in record_tables()[name].key)
        rows = connection.execute(
            f"""select first, last, count(*) from (
                select min(file.source) as first, max(file.source) as last from landing_{name} as landed
                inner join standing_contents as contents on contents.file_id = landed._file_id
                inner join landing_files as file on file.file_id = landed._file_id and list_contains($sources, file.source)
                group by {key} having count(distinct file.source) > 1)
            group by all order by all""",
            {"sources": sources},
        ).fetchall()
        notices += [
            Notice(NoticeKind.SHARED_IDS, source=first, table_name=name, count=int(count), detail=last)
            for first, last, count in rows
        ]
    return notices


def _unmatched(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[Notice]:
    """Records that wait for the one that is joined to them."""
    notices = []
    for source in settings.sources:
        if source.mapping is None or not source.mapping.tables[0].join:
            continue
        table = source.mapping.tables[0].canonical
        row = connection.execute(
            f"""select count(*) filter (where waits), count(*) from (
                select bool_and(coalesce(landed._join_fate = 'waiting', false)) as waits from landing_{table.name} as landed
                where landed._file_id in (
                    select contents.file_id from standing_contents as contents
                    inner join landing_files as file on file.file_id = contents.file_id and file.source = $source)
                group by {", ".join(f"landed.{name}" for name in table.key)})""",
            {"source": source.name},
        ).fetchone()
        if row is not None and row[0]:
            names = ", ".join(f"{source.name}/{name}" for name in source.mapping.tables[0].join)
            notices.append(
                Notice(NoticeKind.UNMATCHED, source=source.name, table_name=table.name, count=int(row[0]), total=int(row[1]), detail=names)
            )  # fmt: skip
    return notices


def _swapped_dates(connection: duckdb.DuckDBPyConnection) -> list[Notice]:
    rows = connection.execute(
        f"""select file.source, file.file, doubt.table_name, doubt.column_name, doubt.day_month_order, doubt.rows_sure, doubt.months_sure,
            doubt.rows_open, doubt.months_open
        from landing_date_doubts as doubt inner join landing_files as file on file.file_id = doubt.file_id and {_PRESENT}
        order by file.source, file.file, doubt.column_name"""
    ).fetchall()
    return [
        Notice(
            NoticeKind.SWAPPED_DATES, source=source, file=file, table_name=table, column_name=column, rule=order, count=int(rows_open),
            total=int(rows_open) + int(rows_sure),
            detail=f"{rows_sure:,} dates that are clear fill {months_sure:,} months, {rows_open:,} that could be read either way "
            f"spread over {months_open:,}",
        )
        for source, file, table, column, order, rows_sure, months_sure, rows_open, months_open in rows
    ]  # fmt: skip
