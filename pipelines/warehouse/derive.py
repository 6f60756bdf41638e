"""Canonical rows of log formats: the surviving events of all files together make contacts, CRM events and handoffs."""

from datetime import UTC, datetime

import duckdb

from pipelines.config import Settings
from pipelines.config.sources import Source
from pipelines.contract import CANONICAL_TABLES
from pipelines.sources.reading import LogReader
from pipelines.warehouse.landing import next_file_id
from pipelines.warehouse.resolve_versions import DERIVED, resolve_event_versions


def derive_logs(connection: duckdb.DuckDBPyConnection, settings: Settings, run_id: str) -> None:
    """Turn the surviving events of log formats into canonical rows; whatever was derived before is replaced."""
    resolve_event_versions(connection)
    for source in settings.sources:
        reader = source.reader
        if isinstance(reader, LogReader):
            _derive(connection, source, reader, run_id)


def _derive(connection: duckdb.DuckDBPyConnection, source: Source, reader: LogReader, run_id: str) -> None:
    event_table = reader.record_table.name
    columns = ", ".join(reader.record_table.column_names)
    withdrawn = "landed.deleted_at is null and " if "deleted_at" in reader.record_table.column_names else ""
    events = connection.execute(
        f"""select {columns} from landing_{event_table} as landed
        where {withdrawn}landed._file_id in (select file_id from landing_files where source = $source and is_active)
            and not exists (select 1 from superseded_versions as lost
                where lost.table_name = '{event_table}' and lost.file_id = landed._file_id and lost.row_number = landed._row)""",
        {"source": source.name},
    ).pl()
    file_id = next_file_id(connection)
    connection.execute("begin")
    old = [
        int(row[0])
        for row in connection.execute(
            "select file_id from landing_files where source = $source and format = $derived",
            {"source": source.name, "derived": DERIVED},
        ).fetchall()
    ]
    for table in reader.fills:
        connection.execute(f"delete from landing_{table} where list_contains($old, _file_id)", {"old": old})
    connection.execute("delete from landing_files where list_contains($old, file_id)", {"old": old})
    for table, frame in reader.derive(events).items():
        connection.register("derived_frame", frame.with_row_index("_row", offset=1).to_arrow())
        chosen = [name for name in CANONICAL_TABLES[table].column_names if name in frame.columns]
        names = ", ".join(chosen)
        connection.execute(
            f"insert into landing_{table} (_file_id, _record, _row, system, {names}) select {file_id}, _row, _row, $system, {names} from derived_frame",
            {"system": source.system},
        )
        connection.unregister("derived_frame")
    entry = {
        "file_id": file_id, "content_of": file_id, "source": source.name, "reading": "", "system": source.system, "format": DERIVED,
        "primary_table": reader.fills[0], "path": "", "file": "", "sha256": "", "bytes": 0, "modified_ns": 0,
        "rows_in": 0, "rows_rejected": 0, "run_id": run_id, "read_at": datetime.now(UTC).replace(tzinfo=None), "is_active": True, "is_present": True,
    }  # fmt: skip
    connection.execute(
        f"insert into landing_files ({', '.join(entry)}) values ({', '.join(f'${name}' for name in entry)})", entry
    )
    connection.execute("commit")
