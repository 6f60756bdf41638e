"""Reading what is new: every unread landing file becomes typed rows, rejects and one ledger entry, in one transaction.

Killed at any point, a file was either read as a whole or not at all.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import duckdb
import polars as pl
import structlog

from pipelines.config import Settings
from pipelines.contract import CANONICAL_TABLES, Kind, Privacy, Table
from pipelines.privacy.pseudonyms import Pseudonymiser
from pipelines.privacy.redaction import candidate_sql, redact, redact_many
from pipelines.sources.canonical import CanonicalReader, OpenedFile, damage_of
from pipelines.sources.reading import PATH, RECORD, LogReader, Reader, ReadOptions, UnreadableFileError
from pipelines.sources.registry import reader_for
from pipelines.warehouse.discover import FoundFile, all_sources, reading_of, sha256_of
from pipelines.warehouse.instants import Zones, settle_orders
from pipelines.warehouse.landing import record_tables
from pipelines.warehouse.people import map_people
from pipelines.warehouse.rejects import Rejects
from pipelines.warehouse.settle import DERIVED, settle_events
from pipelines.warehouse.typing import RawRelation, TypedSelect, TypingRules

log = structlog.get_logger(__name__)


@dataclass
class LoadSummary:
    """What one night read. ``changed`` also covers files that a changed configuration switched on or off."""

    files_new: int = 0
    files_refused: int = 0
    files_known: int = 0
    rows_in: int = 0
    changed: bool = False
    log_changed: bool = False
    refused: list[str] = field(default_factory=list)


class Loader:
    """Loads landing files into the warehouse on one connection."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, settings: Settings, pseudonymiser: Pseudonymiser, run_id: str
    ) -> None:
        self.connection = connection
        self.settings = settings
        self.pseudonymiser = pseudonymiser
        self.region = settings.project.phone_region
        self.rejects = Rejects(connection, self.region)
        self.run_id = run_id

    def load(self, found: list[FoundFile], progress: Callable[[int, int], None] = lambda *_: None) -> LoadSummary:
        """Read all files that were not read yet. ``progress`` is called with bytes done and in total."""
        summary = LoadSummary()
        self._set_active(summary)
        total = sum(file.bytes for file in found)
        done = 0
        known = {
            (str(source), str(name), str(reading)): (int(size), int(modified), str(sha))
            for source, name, reading, size, modified, sha in self.connection.execute(
                "select source, file, reading, bytes, modified_ns, sha256 from landing_files where format <> $derived order by file_id",
                {"derived": DERIVED},
            ).fetchall()
        }
        for file in found:
            reading = reading_of(self.settings, file.source)
            seen = known.get((file.source.name, file.file, reading))
            if seen is not None and seen[:2] == (file.bytes, file.modified_ns):
                summary.files_known += 1
            else:
                self._load_if_new(file, reading, summary)
            done += file.bytes
            progress(done, total)
        self._mark_present(found)
        return summary

    def _mark_present(self, found: list[FoundFile]) -> None:
        """Tell the files that still lie where they were read, with that content, from those replaced or taken away.

        The share of quarantined rows is judged on what is there now, so that a corrected delivery ends a blocked night.
        """
        here = pl.DataFrame(
            {
                "source": [file.source.name for file in found],
                "file": [file.file for file in found],
                "modified_ns": [file.modified_ns for file in found],
            },
            schema={"source": pl.String, "file": pl.String, "modified_ns": pl.Int64},
        )
        self.connection.register("files_here", here.to_arrow())
        try:
            self.connection.execute(
                """update landing_files set is_present = file_id in (
                    select max(known.file_id) from landing_files as known
                    inner join files_here on files_here.source = known.source and files_here.file = known.file
                        and files_here.modified_ns = known.modified_ns
                    group by known.source, known.file)"""
            )
        finally:
            self.connection.unregister("files_here")

    def _set_active(self, summary: LoadSummary) -> None:
        """Only sources that the configuration names, and those of reviews, count; files of others are kept, and stay silent."""
        names = [source.name for source in all_sources(self.settings)]
        changed = self.connection.execute(
            """update landing_files set is_active = list_contains($names, source)
            where is_active <> list_contains($names, source) returning format""",
            {"names": names},
        ).fetchall()
        summary.changed |= bool(changed)

    def _load_if_new(self, file: FoundFile, reading: str, summary: LoadSummary) -> None:
        try:
            sha = sha256_of(file.path)
        except OSError as error:
            sha = ""
            file = replace(file, refusal=f"cannot be opened: {error.strerror or error}")
        same = self.connection.execute(
            """select file_id from landing_files where source = $source and file = $file and reading = $reading and sha256 = $sha""",
            {"source": file.source.name, "file": file.file, "reading": reading, "sha": sha},
        ).fetchone()
        if same is not None:
            self.connection.execute(
                "update landing_files set bytes = $bytes, modified_ns = $modified where file_id = $id",
                {"bytes": file.bytes, "modified": file.modified_ns, "id": same[0]},
            )
            summary.files_known += 1
            return
        summary.changed = True
        reader = reader_for(file.source.format, file.source.table)
        summary.log_changed |= isinstance(reader, LogReader)
        reason, rows_in = self._load_at_once(file, reader, reading, sha)
        summary.files_new += 1
        summary.rows_in += rows_in
        if reason is not None:
            summary.files_refused += 1
            summary.refused.append(f"{file.file}: {reason}")
            log.warning("file_refused", file=file.file, source=file.source.name, reason=reason)

    def _load_at_once(self, file: FoundFile, reader: Reader, reading: str, sha: str) -> tuple[str | None, int]:
        """Read one file in one transaction, or refuse it in one; returns (why it was refused, its records)."""
        file_id = self._next_id()
        name = f"raw_{file_id}"
        opened: OpenedFile | None = None
        try:
            if isinstance(reader, CanonicalReader) and file.refusal is None and not self._content(file, reading, sha):
                # Before the transaction: an error of the engine, which refuses the file, would end it.
                try:
                    opened = reader.open(self.connection, file.path, name, file.source.encoding)
                except UnreadableFileError as error:
                    file = replace(file, refusal=redact(str(error), self.region))
            self.connection.execute("begin")
            try:
                self._forget_other_readings(file, reading, sha)
                result = self._load_file(file, reader, reading, sha, file_id=file_id, opened=opened)
                self.connection.execute("commit")
            except BaseException as error:
                self.connection.execute("rollback")
                damage = damage_of(self.connection, opened) if opened and isinstance(error, duckdb.Error) else None
                if damage is None:
                    raise
            else:
                return result
        finally:
            for temporary in (name, f"{name}_lines", f"{name}_errors", f"{name}_scans"):
                self.connection.execute(f"drop table if exists {temporary}")
        return self._load_at_once(replace(file, refusal=damage), reader, reading, sha)

    def _forget_other_readings(self, file: FoundFile, reading: str, sha: str) -> None:
        """Drop what the same bytes of the same source turned into under an earlier configuration."""
        stale = [
            int(row[0])
            for row in self.connection.execute(
                "select file_id from landing_files where source = $source and reading <> $reading and sha256 = $sha",
                {"source": file.source.name, "reading": reading, "sha": sha},
            ).fetchall()
        ]
        if not stale:
            return
        for table in record_tables():
            self.connection.execute(
                f"delete from landing_{table} where list_contains($stale, _file_id)", {"stale": stale}
            )
        self.connection.execute("delete from landing_rejects where list_contains($stale, file_id)", {"stale": stale})
        self.connection.execute("delete from landing_files where list_contains($stale, file_id)", {"stale": stale})

    def _content(self, file: FoundFile, reading: str, sha: str) -> tuple[int, int, int] | None:
        """(file_id, records, records rejected) of the file that the same bytes were read from, if any was.

        A refusal is never taken over: it may be the path that was at fault.
        """
        row = self.connection.execute(
            """select file_id, rows_in, rows_rejected from landing_files
            where source = $source and reading = $reading and sha256 = $sha and file_id = content_of and reason is null""",
            {"source": file.source.name, "reading": reading, "sha": sha},
        ).fetchone()
        return None if row is None else (int(row[0]), int(row[1]), int(row[2]))

    def _load_file(
        self, file: FoundFile, reader: Reader, reading: str, sha: str, *, file_id: int, opened: OpenedFile | None
    ) -> tuple[str | None, int]:
        """Read one file inside the open transaction; returns (why it was refused, its records)."""
        content = self._content(file, reading, sha)
        primary = reader.record_table.name if isinstance(reader, LogReader) else reader.fills[0]
        reason = file.refusal
        if content is not None and reason is None:
            content_id, rows_in, rejected = content
        else:
            content_id = file_id
            rows_in = rejected = 0
            if reason is None:
                try:
                    rows_in, rejected = self._read(file, reader, file_id, opened)
                except UnreadableFileError as error:
                    reason = redact(str(error), self.region)
        self.connection.execute(
            """insert into landing_files values ($file_id, $content_of, $source, $reading, $system, $format, $primary, $path, $file, $sha,
                $bytes, $modified, $delivered, $rows_in, $rejected, $reason, $run_id, $read_at, true, true)""",
            {
                "file_id": file_id, "content_of": content_id, "source": file.source.name, "reading": reading, "system": file.source.system,
                "format": file.source.format, "primary": primary, "path": str(file.path), "file": file.file, "sha": sha, "bytes": file.bytes,
                "modified": file.modified_ns, "delivered": file.delivered_at, "rows_in": rows_in, "rejected": rejected, "reason": reason,
                "run_id": self.run_id, "read_at": datetime.now(UTC).replace(tzinfo=None),
            },
        )  # fmt: skip
        return reason, rows_in

    def _read(self, file: FoundFile, reader: Reader, file_id: int, opened: OpenedFile | None) -> tuple[int, int]:
        """Land the rows of one file; returns (source records, records rejected)."""
        if isinstance(reader, CanonicalReader) and opened is not None:
            raw = RawRelation(
                reader.table, opened.relation, opened.columns, opened.types, opened.record, opened.record, str(file_id)
            )
            landed = self._land(raw, file, reader, file_id, rows=opened.rows_in - len(opened.rejects))
            self.rejects.keep(opened.rejects, file_id)
            return opened.rows_in, opened.rows_in - landed
        options = ReadOptions(table=file.source.table, regulator=file.source.regulator)
        read = reader.read(file.path, options)
        tables = {reader.record_table.name: reader.record_table} if isinstance(reader, LogReader) else CANONICAL_TABLES
        ordered = (
            [reader.record_table.name]
            if isinstance(reader, LogReader)
            else [name for name in reader.fills if name in read.tables]
        )
        for name in ordered:
            self._land_frame(tables[name], read.tables[name], file, reader, file_id, is_part=name != ordered[0])
        self.rejects.keep(read.rejects, file_id)
        return read.rows_in, read.rows_in - self._landed(ordered[0] if ordered else reader.fills[0], file_id)

    def _land_frame(
        self, table: Table, frame: pl.DataFrame, file: FoundFile, reader: Reader, file_id: int, *, is_part: bool
    ) -> None:
        name = f"frame_{table.name}"
        frame = frame.with_row_index("_row", offset=1)
        self.connection.register(name, frame.to_arrow())
        try:
            described = self.connection.execute(f"describe select * from {name}").fetchall()
            types = {str(row[0]): str(row[1]) for row in described}
            columns = {column.name: column.name for column in table.columns if column.name in types}
            raw = RawRelation(
                table, name, columns, {column: types[column] for column in columns}, f"cast({RECORD} as bigint)", "cast(_row as bigint)", str(file_id),
                f"cast({PATH} as varchar)" if PATH in types else "null::varchar",
            )  # fmt: skip
            self._land(raw, file, reader, file_id, rows=frame.height, is_part=is_part)
        finally:
            self.connection.unregister(name)
        if is_part:
            # A record whose main row was rejected is rejected as a whole.
            primary = reader.fills[0]
            self.connection.execute(
                f"delete from landing_{table.name} where _file_id = {file_id} and _record not in (select _record from landing_{primary} where _file_id = {file_id})"
            )

    def _land(
        self, raw: RawRelation, file: FoundFile, reader: Reader, file_id: int, *, rows: int, is_part: bool = False
    ) -> int:
        """Land the good rows of one raw relation of ``rows`` rows and list the faults of the others; returns the rows landed."""
        zones = Zones(file.source.time_zone or self.settings.project.time_zone, self.settings.project.time_zone)
        dated = {
            column.name: raw.columns[column.name]
            for column in raw.table.columns
            if column.name in raw.columns and column.kind in {Kind.INSTANT, Kind.DATE} and raw.is_text(column.name)
        }
        orders = settle_orders(
            self.connection,
            raw.relation,
            dated,
            file=raw.file,
            configured=file.source.date_order,
            prescribed=reader.date_order,
            key=raw.columns.get(raw.table.key[0]),
            formats=file.source.date_format,
        )
        redactions = self._redactions(raw)
        people = map_people(self.connection, raw, self.region, file.source.phone_columns)
        rules = TypingRules(
            zones,
            orders,
            self.settings.metrics.customer_sentinels,
            self.pseudonymiser,
            redactions,
            people,
            latest=datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1),
            date_formats=file.source.date_format,
            rating_scale=file.source.rating_scale,
        )
        typed = TypedSelect(raw, rules)
        keys = self.pseudonymiser.parameters() if "$pseudonym_inner" in typed.good_rows("$system") else {}
        names = ", ".join(["_file_id", "_record", "_row", "system", "_has_faults", *raw.table.column_names])
        row = self.connection.execute(
            f"insert into landing_{raw.table.name} ({names}) select {names} from ({typed.good_rows('$system')})",
            {"system": file.source.system, **keys},
        ).fetchone()
        landed = int(row[0]) if row else 0
        flagged = self.connection.execute(
            f"select count(*) from landing_{raw.table.name} where _file_id = {file_id} and _has_faults"
        ).fetchone()
        # The second pass over the file is made only where the first one left something out.
        if landed < rows or (flagged and flagged[0]):
            self.rejects.keep_faults(raw, typed, is_part=is_part)
        for table in (*redactions.values(), *people.values()):
            self.connection.execute(f"drop table {table}")
        return landed

    def _redactions(self, raw: RawRelation) -> dict[str, str]:
        """For each free-text column, a temp table of the texts that redaction changes."""
        made: dict[str, str] = {}
        for column in raw.table.columns:
            if column.privacy is not Privacy.FREE_TEXT or column.name not in raw.columns:
                continue
            expression = f"cast({raw.columns[column.name]} as varchar)"
            candidates = self.connection.execute(
                f"select distinct {expression} as text from {raw.relation} where {candidate_sql(expression)}"
            ).pl()
            if candidates.is_empty():
                continue
            changed = candidates.with_columns(redacted=redact_many(candidates["text"], self.region)).filter(
                pl.col("text") != pl.col("redacted")
            )
            name = f"redacted_{column.name}"
            self.connection.register("redacted_frame", changed.to_arrow())
            self.connection.execute(f"create or replace temp table {name} as select * from redacted_frame")
            self.connection.unregister("redacted_frame")
            made[column.name] = name
        return made

    def _landed(self, table: str, file_id: int) -> int:
        row = self.connection.execute(
            f"select count(distinct _record) from landing_{table} where _file_id = {file_id}"
        ).fetchone()
        return int(row[0]) if row else 0

    def _next_id(self) -> int:
        # What nextval gave outside a transaction that writes is lost when the process is killed, and given again.
        row = self.connection.execute(
            "select greatest(nextval('file_ids'), 1 + (select coalesce(max(file_id), 0) from landing_files))"
        ).fetchone()
        if row is None:
            raise RuntimeError("the warehouse gave no file id")
        return int(row[0])

    def derive_logs(self) -> None:
        """Turn the surviving events of log formats into canonical rows; whatever was derived before is replaced."""
        settle_events(self.connection)
        for source in self.settings.sources:
            reader = reader_for(source.format, source.table)
            if isinstance(reader, LogReader):
                self._derive(source.name, source.system, reader)

    def _derive(self, source: str, system: str, reader: LogReader) -> None:
        event_table = reader.record_table.name
        columns = ", ".join(reader.record_table.column_names)
        withdrawn = "landed.deleted_at is null and " if "deleted_at" in reader.record_table.column_names else ""
        events = self.connection.execute(
            f"""select {columns} from landing_{event_table} as landed
            where {withdrawn}landed._file_id in (select file_id from landing_files where source = $source and is_active)
                and not exists (select 1 from landing_losers as lost
                    where lost.table_name = '{event_table}' and lost.file_id = landed._file_id and lost.row_number = landed._row)""",
            {"source": source},
        ).pl()
        file_id = self._next_id()
        self.connection.execute("begin")
        old = [
            int(row[0])
            for row in self.connection.execute(
                "select file_id from landing_files where source = $source and format = $derived",
                {"source": source, "derived": DERIVED},
            ).fetchall()
        ]
        for table in reader.fills:
            self.connection.execute(f"delete from landing_{table} where list_contains($old, _file_id)", {"old": old})
        self.connection.execute("delete from landing_files where list_contains($old, file_id)", {"old": old})
        for table, frame in reader.derive(events).items():
            self.connection.register("derived_frame", frame.with_row_index("_row", offset=1).to_arrow())
            chosen = [name for name in CANONICAL_TABLES[table].column_names if name in frame.columns]
            names = ", ".join(chosen)
            self.connection.execute(
                f"insert into landing_{table} (_file_id, _record, _row, system, {names}) select {file_id}, _row, _row, $system, {names} from derived_frame",
                {"system": system},
            )
            self.connection.unregister("derived_frame")
        self.connection.execute(
            """insert into landing_files values ($id, $id, $source, '', $system, $derived, $primary, '', '', '', 0, 0, null, 0, 0, null, $run_id, $read_at, true, true)""",
            {
                "id": file_id,
                "source": source,
                "system": system,
                "derived": DERIVED,
                "primary": reader.fills[0],
                "run_id": self.run_id,
                "read_at": datetime.now(UTC).replace(tzinfo=None),
            },
        )
        self.connection.execute("commit")
