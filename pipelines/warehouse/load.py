"""Reading what is new: every unread landing file becomes typed rows, rejects and one ledger entry, in one transaction.

Killed at any point, a file was either read as a whole or not at all. Small files share a transaction. A file that cannot be
read for a reason outside its bytes is pending, not refused: each run tries it again.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import duckdb
import polars as pl
import structlog

from pipelines.config import Settings
from pipelines.privacy.pseudonyms import Pseudonymiser
from pipelines.privacy.redaction import redact
from pipelines.sources.reading import (
    UncountedRecordsError,
    UnreadableFileError,
    UnreadFileError,
    passing_reason,
)
from pipelines.warehouse.discover import FoundFile, Listing, all_sources, reading_of, sha256_of
from pipelines.warehouse.joins import join_sources
from pipelines.warehouse.land import LandedFile, Lander
from pipelines.warehouse.landing import next_file_id, record_tables
from pipelines.warehouse.pending import PendingFile, PendingFiles
from pipelines.warehouse.prepared import ChangedMeanwhileError, Prepared, batches, has_changed, read_file, refusal_of
from pipelines.warehouse.replacements import apply_replacements
from pipelines.warehouse.resolve_versions import DERIVED

log = structlog.get_logger(__name__)

#: What the secret of made ids is the pseudonym of.
_MADE_IDS = "aftercall: ids that are made of the content of records"


@dataclass
class LoadSummary:
    """What one run read. ``changed`` also covers files that a changed configuration switched on or off."""

    files_new: int = 0
    files_refused: int = 0
    files_known: int = 0
    rows_in: int = 0
    changed: bool = False
    refused: list[str] = field(default_factory=list)
    gone: list[tuple[str, str]] = field(default_factory=list)
    """(source, file) of what was read earlier, and has gone since the last run; its records stay."""


@dataclass(frozen=True)
class _FirstReading:
    """Number and instant of the run that first read some bytes, and when they were delivered (naive UTC)."""

    arrival: int
    read_at: datetime
    delivered_at: datetime | None


class Loader:
    """Loads landing files into the warehouse on one connection."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, settings: Settings, pseudonymiser: Pseudonymiser, run_id: str
    ) -> None:
        self.connection = connection
        self.settings = settings
        self.run_id = run_id
        self.now = datetime.now(UTC).replace(tzinfo=None)
        self.lander = Lander(connection, settings, pseudonymiser)
        self.pending = PendingFiles(connection, self.now)
        self._secret = pseudonymiser.of(_MADE_IDS)
        self._arrival = 0
        self._next_id = 0
        self._readings: dict[tuple[str, str], list[tuple[int, str]]] = {}
        self._contents: dict[tuple[str, str, str], int] = {}
        self._stale: dict[tuple[str, str], list[int]] = {}

    def load(
        self,
        listing: Listing,
        progress: Callable[[int, int], None] = lambda *_: None,
        *,
        full_refresh: bool = False,
    ) -> LoadSummary:
        """Read all files that were not read yet, and with ``full_refresh`` those that were refused.

        ``progress`` is called with bytes done and in total.
        """
        summary = LoadSummary()
        self._set_active(summary)
        self._remember()
        total = sum(file.bytes for file in listing.files)
        done = 0
        for batch in batches(self._unread(listing.files, summary, full_refresh=full_refresh)):
            progress(done, total)
            self._load(batch, summary)
            done += sum(file.bytes for file, _ in batch)
        progress(total, total)
        for oddity in listing.oddities:
            state = "unread" if oddity.is_unread else "odd"
            self.pending.add(PendingFile(oddity.source, oddity.file, state, oddity.reason, 0))
        sources = {source.name for source in all_sources(self.settings)}
        summary.changed |= self.pending.save(sources, {(file.source.name, file.file) for file in listing.files})
        self._mark_present(listing.files, summary)
        summary.changed |= apply_replacements(self.connection, self.settings)
        summary.changed |= join_sources(self.connection, self.settings)
        return summary

    def _remember(self) -> None:
        """What earlier runs read, in memory: asked once, not file by file."""
        rows = self.connection.execute(
            """select file_id, source, file, reading, sha256, content_of, reason, coalesce(arrival, 0)
            from landing_files where format <> $derived order by file_id""",
            {"derived": DERIVED},
        ).fetchall()
        self._next_id = next_file_id(self.connection)
        self._arrival = 1 + max((row[7] for row in rows), default=0)
        for file_id, source, file, reading, sha, content_of, reason, _ in rows:
            if reason is None:
                self._readings.setdefault((source, file), []).append((file_id, sha))
                self._stale.setdefault((source, sha), []).append(file_id)
                if file_id == content_of:
                    self._contents[source, reading, sha] = file_id

    def _unread(
        self, files: Sequence[FoundFile], summary: LoadSummary, *, full_refresh: bool
    ) -> Iterator[tuple[FoundFile, str]]:
        """Files that are to be looked at, each with the fingerprint of how its source is read."""
        unknown = self._unknown(files, full_refresh=full_refresh)
        summary.files_known += len(files) - len(unknown)
        for file, reading in unknown:
            if file.waiting is not None:
                self._leave(file, "waiting", file.waiting)
            else:
                yield file, reading

    def has_unread(self, files: Sequence[FoundFile]) -> bool:
        """Whether any of the files is to be looked at."""
        return any(file.waiting is None for file, _ in self._unknown(files, full_refresh=False))

    def _unknown(self, files: Sequence[FoundFile], *, full_refresh: bool) -> list[tuple[FoundFile, str]]:
        """Files that do not lie there as they were read, each with the fingerprint of how its source is read."""
        known = {
            (str(source), str(name), str(reading)): (int(size), int(modified))
            for source, name, reading, size, modified in self.connection.execute(
                """select source, file, reading, bytes, modified_ns from landing_files
                where format <> $derived and (reason is null or not $again) order by file_id""",
                {"derived": DERIVED, "again": full_refresh},
            ).fetchall()
        }
        readings = {source.name: reading_of(self.settings, source) for source in all_sources(self.settings)}
        return [
            (file, readings[file.source.name])
            for file in files
            if known.get((file.source.name, file.file, readings[file.source.name])) != (file.bytes, file.modified_ns)
        ]

    def _leave(self, file: FoundFile, state: str, reason: str) -> None:
        """Leave a file to a later run."""
        self.pending.add(PendingFile(file.source.name, file.file, state, reason, file.bytes))
        log.warning("file_left", file=file.file, source=file.source.name, state=state, reason=reason)

    def _mark_present(self, files: Sequence[FoundFile], summary: LoadSummary) -> None:
        """Tell the files that still lie where they were read, with that content, from those replaced or taken away.

        Shares of rows are judged on what is there now, so that a corrected delivery ends a blocked run.
        """
        here = pl.DataFrame(
            {
                "source": [file.source.name for file in files],
                "file": [file.file for file in files],
                "modified_ns": [file.modified_ns for file in files],
            },
            schema={"source": pl.String, "file": pl.String, "modified_ns": pl.Int64},
        )
        self.connection.register("files_here", here.to_arrow())
        try:
            summary.gone = self.connection.execute(
                """select distinct source, file from landing_files as known
                where is_present and is_active and format <> $derived and reason is null
                    and not exists (select 1 from files_here where files_here.source = known.source and files_here.file = known.file)
                order by all""",
                {"derived": DERIVED},
            ).fetchall()
            self.connection.execute(
                """update landing_files set is_present = file_id in (
                    select max(known.file_id) from landing_files as known
                    inner join files_here on files_here.source = known.source and files_here.file = known.file
                        and files_here.modified_ns = known.modified_ns
                    group by known.source, known.file)
                where format <> $derived""",
                {"derived": DERIVED},
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

    def _load(self, batch: Sequence[tuple[FoundFile, str]], summary: LoadSummary) -> None:
        """Look at the files of a batch, and land them together; where that fails, one by one."""
        prepared: list[Prepared] = []
        here: dict[tuple[str, str, str], int] = {}
        try:
            for file, reading in batch:
                one = self._prepare(file, reading, summary, here)
                if one is not None:
                    prepared.append(one)
            if prepared:
                self._land_together(prepared, summary)
        finally:
            for one in prepared:
                if one.opened is not None and one.opened.temporary:
                    self.connection.execute(f"drop table if exists {one.opened.temporary}")

    def _prepare(
        self, file: FoundFile, reading: str, summary: LoadSummary, here: dict[tuple[str, str, str], int]
    ) -> Prepared | None:
        """The file with what it holds; None if it is known already, or left to a later run."""
        reader = file.source.reader
        try:
            sha = sha256_of(file.path)
        except OSError as error:
            self._leave(file, "unread", passing_reason(error) or f"cannot be opened ({error.strerror or error})")
            return None
        before = self._readings.get((file.source.name, file.file), [])
        if before and before[-1][1] == sha and (file.source.name, reading, sha) in self._contents:
            self.connection.execute(
                "update landing_files set bytes = $bytes, modified_ns = $modified where file_id = $id",
                {"bytes": file.bytes, "modified": file.modified_ns, "id": before[-1][0]},
            )
            summary.files_known += 1
            return None
        one = Prepared(file, reader, reading, sha, self._next_id, refusal=file.refusal)
        self._next_id += 1
        key = (file.source.name, reading, sha)
        one.content_of = here.get(key, self._contents.get(key))
        if one.refusal is None and one.content_of is None:
            try:
                read_file(self.connection, one, self._secret)
            except UnreadFileError as error:
                self._leave(file, "unread", str(error))
                return None
            except UnreadableFileError as error:
                one.refusal = redact(str(error), self.settings.project.phone_region)
                one.holds_records = isinstance(error, UncountedRecordsError)
        if has_changed(file):
            self._leave(file, "waiting", "it changed while it was read")
            return None
        if one.refusal is None:
            here.setdefault(key, one.file_id)
        return one

    def _land_together(self, batch: list[Prepared], summary: LoadSummary) -> None:
        """Land the files of a batch in one transaction, or refuse or leave the one that cannot be landed."""
        try:
            self.connection.execute("begin")
            try:
                rows_in = self._land_batch(batch)
                self.connection.execute("commit")
            except BaseException:
                self.connection.execute("rollback")
                raise
        except duckdb.InterruptException:
            raise
        except (
            duckdb.Error,
            pl.exceptions.PolarsError,
            MemoryError,
            ValueError,
            OverflowError,
            ChangedMeanwhileError,
        ) as error:
            if len(batch) > 1:
                for one in batch:
                    # Whoever stands for others of the same bytes is landed before them, or they would stand for nothing.
                    if one.content_of in {other.file_id for other in batch}:
                        self._load([(one.file, one.reading)], summary)
                    else:
                        self._land_together([one], summary)
                return
            self._give_up(batch[0], error, summary)
            return
        self._count(batch, rows_in, summary)

    def _give_up(self, one: Prepared, error: Exception, summary: LoadSummary) -> None:
        """A file that read well and cannot be landed: left to a later run, or refused."""
        if isinstance(error, ChangedMeanwhileError):
            self._leave(one.file, "waiting", "it changed while it was read")
            return
        refusal = refusal_of(error)
        if isinstance(refusal, UnreadFileError):
            self._leave(one.file, "unread", str(refusal))
            return
        self._land_together([replace(one, read=None, opened=None, content_of=None, refusal=str(refusal))], summary)

    def _count(self, batch: Sequence[Prepared], rows_in: dict[int, int], summary: LoadSummary) -> None:
        summary.changed = True
        for one in batch:
            self.pending.read(one.file.source.name, one.file.file)
            summary.files_new += 1
            summary.rows_in += rows_in[one.file_id]
            source, name = one.file.source.name, one.file.file
            if one.refusal is None:
                self._readings.setdefault((source, name), []).append((one.file_id, one.sha))
                self._contents.setdefault((source, one.reading, one.sha), one.content_of or one.file_id)
            else:
                summary.files_refused += 1
                summary.refused.append(f"{name}: {one.refusal}")
                log.warning("file_refused", file=name, source=source, reason=one.refusal)

    def _land_batch(self, batch: Sequence[Prepared]) -> dict[int, int]:
        """Land rows, rejects and ledger entries inside the open transaction; returns the records of each reading."""
        stale = [
            file_id
            for one in batch
            if one.content_of is None and one.refusal is None
            for file_id in self._stale.get((one.file.source.name, one.sha), [])
            if (one.file.source.name, one.reading, one.sha) not in self._contents
        ]
        first = self._first_readings(stale)
        self._forget(stale)
        self._forget_refusals(batch)
        landed = self.lander.land(
            [
                LandedFile(
                    one.file_id, one.file, one.reader, first[one.file.source.name, one.sha].read_at if (one.file.source.name, one.sha) in first else self.now,
                    one.read, one.opened,
                )
                for one in batch
                if one.read is not None or one.opened is not None
            ]
        )  # fmt: skip
        for one in batch:
            if one.opened is not None and has_changed(one.file):
                raise ChangedMeanwhileError
        counts = dict(landed)
        counts.update(self._counts_of({one.content_of for one in batch if one.content_of} - counts.keys()))
        rows = [self._entry(one, counts, first) for one in batch]
        frame = pl.DataFrame(rows, schema=_ENTRY, orient="row")
        self.connection.register("landing_entries", frame.to_arrow())
        try:
            self.connection.execute("insert into landing_files by name select * from landing_entries")
        finally:
            self.connection.unregister("landing_entries")
        return {one.file_id: counts.get(one.content_of or one.file_id, _NO_RECORDS)[0] for one in batch}

    def _entry(
        self, one: Prepared, counts: dict[int, tuple[int, int, int]], first: dict[tuple[str, str], _FirstReading]
    ) -> dict[str, object]:
        """The line of landing_files."""
        file = one.file
        rows_in, rejected, filtered = (
            counts.get(one.content_of or one.file_id, _NO_RECORDS) if one.refusal is None else _NO_RECORDS
        )
        earlier = first.get((file.source.name, one.sha))
        delivered_at = file.delivered_at
        if earlier is not None and earlier.delivered_at is not None and file.source.delivered_at is None:
            delivered_at = earlier.delivered_at
        absent = one.read.absent if one.read is not None else ()
        unknown = one.read.unknown if one.read is not None else one.opened.unknown if one.opened is not None else ()
        return {
            "file_id": one.file_id, "content_of": one.content_of or one.file_id, "source": file.source.name,
            "reading": one.reading, "system": file.source.system, "format": file.source.format, "primary_table": one.primary,
            "path": os.fsencode(file.path).decode("utf-8", "backslashreplace"), "file": file.file, "sha256": one.sha,
            "bytes": file.bytes, "modified_ns": file.modified_ns, "delivered_at": delivered_at,
            "arrival": earlier.arrival if earlier else self._arrival, "first_read_at": earlier.read_at if earlier else self.now, "returned": self._has_returned(one), "unknown_columns": list(unknown), "counts_as_unread": one.holds_records,
            "absent_columns": list(absent), "rows_in": rows_in, "rows_rejected": rejected, "rows_filtered": filtered, "reason": one.refusal, "run_id": self.run_id,
            "read_at": self.now, "is_active": True, "is_present": True,
        }  # fmt: skip

    def _has_returned(self, one: Prepared) -> bool:
        """Whether other bytes stood under this name since these were first read."""
        if one.content_of is None:
            return False
        before = self._readings.get((one.file.source.name, one.file.file), [])
        return any(file_id > one.content_of and sha != one.sha for file_id, sha in before)

    def _counts_of(self, contents: Iterable[int]) -> dict[int, tuple[int, int, int]]:
        """(records, records rejected, records left out) of readings that stand for the same bytes elsewhere."""
        rows = self.connection.execute(
            "select file_id, rows_in, rows_rejected, coalesce(rows_filtered, 0) from landing_files where list_contains($ids, file_id)",
            {"ids": list(contents)},
        ).fetchall()
        return {
            int(file_id): (int(rows_in), int(rejected), int(filtered)) for file_id, rows_in, rejected, filtered in rows
        }

    def _first_readings(self, stale: Sequence[int]) -> dict[tuple[str, str], _FirstReading]:
        """(source, sha) → when bytes that are read anew under a changed configuration first came."""
        rows = self.connection.execute(
            """select source, sha256, min(coalesce(arrival, 0)), min(coalesce(first_read_at, read_at)),
                coalesce(max(delivered_at) filter (where returned), min(delivered_at))
            from landing_files where list_contains($ids, file_id) group by source, sha256""",
            {"ids": list(stale)},
        ).fetchall()
        return {(str(row[0]), str(row[1])): _FirstReading(*row[2:]) for row in rows}

    def _forget(self, stale: Sequence[int]) -> None:
        """Drop what the same bytes of the same source turned into under an earlier configuration."""
        if not stale:
            return
        ids = {"stale": list(stale)}
        for table in record_tables():
            self.connection.execute(f"delete from landing_{table} where list_contains($stale, _file_id)", ids)
        for table in ("landing_rejects", "landing_date_doubts"):
            self.connection.execute(f"delete from {table} where list_contains($stale, file_id)", ids)
        self.connection.execute("delete from landing_files where list_contains($stale, file_id)", ids)

    def _forget_refusals(self, batch: Sequence[Prepared]) -> None:
        """A file that is looked at again loses its earlier refusal of the same bytes."""
        self.connection.execute(
            """delete from landing_files where reason is not null and (source, file, sha256) in (
                select unnest($sources), unnest($files), unnest($shas))""",
            {
                "sources": [one.file.source.name for one in batch],
                "files": [one.file.file for one in batch],
                "shas": [one.sha for one in batch],
            },
        )


_NO_RECORDS = (0, 0, 0)
_ENTRY = pl.Schema(
    {
        "file_id": pl.Int32(), "content_of": pl.Int32(), "source": pl.String(), "reading": pl.String(), "system": pl.String(),
        "format": pl.String(), "primary_table": pl.String(), "path": pl.String(), "file": pl.String(), "sha256": pl.String(),
        "bytes": pl.Int64(), "modified_ns": pl.Int64(), "delivered_at": pl.Datetime("us"), "arrival": pl.Int32(),
        "first_read_at": pl.Datetime("us"), "returned": pl.Boolean(), "unknown_columns": pl.List(pl.String()),
        "counts_as_unread": pl.Boolean(), "absent_columns": pl.List(pl.String()),
        "rows_in": pl.Int64(), "rows_rejected": pl.Int64(), "rows_filtered": pl.Int64(), "reason": pl.String(), "run_id": pl.String(),
        "read_at": pl.Datetime("us"), "is_active": pl.Boolean(), "is_present": pl.Boolean(),
    }
)  # fmt: skip
