"""Landing what readers found: raw rows of one or many files are typed together and inserted, their faults listed.

Works inside the caller's transaction. Files of one source whose raw columns are alike go through one statement, so that ten
thousand tiny files cost about what one file of their rows does.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb
import polars as pl

from pipelines.config import Settings
from pipelines.contract import CanonicalTable, Kind
from pipelines.privacy.pseudonyms import Pseudonymiser
from pipelines.sources.canonical import CanonicalReader, OpenedFile
from pipelines.sources.reading import DEDUPLICATION, JOIN_KEYS, PATH, RECORD, Reader, Reading
from pipelines.sources.registry import landing_tables
from pipelines.warehouse.database import filters_in_place
from pipelines.warehouse.discover import FoundFile
from pipelines.warehouse.instants import Order, Zones, decide_orders, suspicious_orders
from pipelines.warehouse.people import map_people
from pipelines.warehouse.redactions import map_redactions
from pipelines.warehouse.rejects import Rejects
from pipelines.warehouse.typing import RawRelation, TypedSelect, TypingRules

_FILE = "_file_id"
#: Clocks of sources may run ahead by so much; a later record lies in the future.
_AHEAD = timedelta(days=1)


@dataclass(frozen=True)
class LandedFile:
    """One file that was read: as frames (``read``), or opened in DuckDB (``opened``). ``first_read_at`` is naive UTC."""

    file_id: int
    file: FoundFile
    reader: Reader
    first_read_at: datetime
    read: Reading | None
    opened: OpenedFile | None


class Lander:
    """Types and inserts on one connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, settings: Settings, pseudonymiser: Pseudonymiser) -> None:
        self.connection = connection
        self.settings = settings
        self.pseudonymiser = pseudonymiser
        self.region = settings.project.phone_region
        self.rejects = Rejects(connection, self.region)

    def land(self, files: Sequence[LandedFile]) -> dict[int, tuple[int, int, int]]:
        """Land files of one source; returns file id → (source records, records rejected, records that the source leaves out)."""
        if not files:
            return {}
        for one in files:
            if one.opened is not None:
                self._land_opened(one, one.opened)
                self.rejects.keep(one.opened.rejects, one.file_id)
        read = [one for one in files if one.read is not None]
        tables = landing_tables(files[0].reader)
        primary = next(iter(tables))
        for name, table in tables.items():
            self._land_frames(table, read, is_part=name != primary, primary=primary)
        for one in read:
            if one.read is not None:
                self.rejects.keep(one.read.rejects, one.file_id)
        ids = [one.file_id for one in files]
        landed = dict(
            self.connection.execute(
                f"select _file_id, count(distinct _record) from landing_{primary} where list_contains($ids, _file_id) group by _file_id",
                {"ids": ids},
            ).fetchall()
        )
        counts = {}
        for one in files:
            rows_in = one.read.rows_in if one.read is not None else one.opened.rows_in if one.opened is not None else 0
            filtered = one.read.filtered if one.read is not None else 0
            counts[one.file_id] = (rows_in, rows_in - filtered - int(landed.get(one.file_id, 0)), filtered)
        return counts

    def _land_opened(self, one: LandedFile, opened: OpenedFile) -> None:
        reader = one.reader
        if not isinstance(reader, CanonicalReader):
            raise TypeError(f"files of format {reader.format} are not opened")
        raw = RawRelation(
            reader.table, opened.relation, opened.columns, opened.types, opened.record, opened.record, file=str(one.file_id)
        )  # fmt: skip
        self._land(raw, [one], rows=opened.rows_in - sum(reject.scope == "row" for reject in opened.rejects))

    def _land_frames(self, table: CanonicalTable, files: Sequence[LandedFile], *, is_part: bool, primary: str) -> None:
        """Land the rows that files have for one table, files whose columns are alike together."""
        alike: dict[tuple[object, ...], list[tuple[LandedFile, pl.DataFrame]]] = defaultdict(list)
        for one in files:
            frame = one.read.tables.get(table.name) if one.read is not None else None
            if frame is None or frame.is_empty():
                continue
            framed = frame.select(
                pl.lit(one.file_id, pl.Int32).alias(_FILE), pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("_row"), pl.all()
            )  # fmt: skip
            columns = tuple(sorted((name, str(kind)) for name, kind in framed.schema.items()))
            alike[columns, one.first_read_at].append((one, framed))
        for together in alike.values():
            first = together[0][1]
            frame = pl.concat([framed.select(first.columns) for _, framed in together])
            self._land_frame(table, frame, [one for one, _ in together], is_part=is_part)
        if is_part and alike:
            # A record whose main row was rejected is rejected as a whole.
            self.connection.execute(
                f"""delete from landing_{table.name} as part where list_contains($ids, _file_id) and not exists (
                    select 1 from landing_{primary} as main where main._file_id = part._file_id and main._record = part._record)""",
                {"ids": [one.file_id for one in files]},
            )

    def _land_frame(
        self, table: CanonicalTable, frame: pl.DataFrame, files: Sequence[LandedFile], *, is_part: bool
    ) -> None:
        name = f"frame_{table.name}"
        self.connection.register(name, frame.to_arrow())
        try:
            described = self.connection.execute(f"describe select * from {name}").fetchall()
            types = {str(row[0]): str(row[1]) for row in described}
            columns = {column.name: column.name for column in table.columns if column.name in types}
            raw = RawRelation(
                table, name, columns, {column: types[column] for column in columns}, f"cast({RECORD} as bigint)", "cast(_row as bigint)",
                file=_FILE, path=f"cast({PATH} as varchar)" if PATH in types else "null::varchar",
                same_as=DEDUPLICATION if DEDUPLICATION in types else "null::varchar",
                join_keys=JOIN_KEYS if JOIN_KEYS in types else "null::varchar",
            )  # fmt: skip
            self._land(raw, files, rows=frame.height, is_part=is_part)
        finally:
            self.connection.unregister(name)

    def _land(self, raw: RawRelation, files: Sequence[LandedFile], *, rows: int, is_part: bool = False) -> None:
        """Land the good rows of one raw relation of ``rows`` rows and list the faults of the others."""
        source = files[0].file.source
        zones = Zones(source.time_zone or self.settings.project.time_zone, self.settings.project.time_zone)
        dated = {
            column.name: raw.columns[column.name]
            for column in raw.table.columns
            if column.name in raw.columns and column.kind in {Kind.INSTANT, Kind.DATE} and raw.is_text(column.name)
        }
        orders = decide_orders(
            self.connection,
            raw.relation,
            dated,
            file=raw.file,
            configured=source.date_order,
            prescribed=files[0].reader.date_order,
            key=raw.columns.get(raw.table.key[0]),
            formats=source.date_format,
        )
        self._note_doubts(
            raw, {name: dated[name] for name, order in orders.items() if order.everywhere or order.by_file}, orders
        )
        redactions = map_redactions(self.connection, raw, self.region)
        people = map_people(self.connection, raw, self.region, source.phone_columns)
        rules = TypingRules(
            zones,
            orders,
            self.settings.metrics.customer_sentinels,
            self.pseudonymiser,
            redactions,
            people,
            latest=files[0].first_read_at + _AHEAD,
            date_formats=source.date_format,
            rating_scale=source.rating_scale,
        )
        typed = TypedSelect(raw, rules)
        selected = typed.good_rows("$system")
        keys = self.pseudonymiser.parameters() if "$pseudonym_inner" in selected else {}
        names = ", ".join(
            [_FILE, "_record", "_row", "system", "_has_faults", DEDUPLICATION, JOIN_KEYS, *raw.table.column_names]
        )
        with filters_in_place(self.connection):
            row = self.connection.execute(
                f"insert into landing_{raw.table.name} ({names}) select {names} from ({selected})",
                {"system": source.system, **keys},
            ).fetchone()
        landed = int(row[0]) if row else 0
        flagged = self.connection.execute(
            f"select count(*) from landing_{raw.table.name} where list_contains($ids, _file_id) and _has_faults",
            {"ids": [one.file_id for one in files]},
        ).fetchone()
        # The second pass over the rows is made only where the first one left something out.
        if landed < rows or (flagged and flagged[0]):
            with filters_in_place(self.connection):
                self.rejects.keep_faults(raw, typed, is_part=is_part)
        for table in (*redactions.values(), *people.values()):
            self.connection.execute(f"drop table {table}")

    def _note_doubts(self, raw: RawRelation, dated: dict[str, str], orders: dict[str, Order]) -> None:
        """Remember the files in which day and month look swapped in a part of the rows."""
        doubts = suspicious_orders(self.connection, raw.relation, dated, file=raw.file, orders=orders) if dated else []
        for doubt in doubts:
            self.connection.execute(
                "insert into landing_date_doubts values ($file_id, $table, $column, $order, $sure, $sure_months, $open, $open_months)",
                {
                    "file_id": doubt.file_id, "table": raw.table.name, "column": doubt.column, "order": doubt.order,
                    "sure": doubt.rows_unambiguous, "sure_months": doubt.months_unambiguous,
                    "open": doubt.rows_ambiguous, "open_months": doubt.months_ambiguous,
                },
            )  # fmt: skip
