"""Format ``mapping``: files that the configuration says how to read.

One file may fill several tables; the rows of the first are the records that the ledger counts, and rows of the others live
and die with them. See docs/mapping.md for what can be declared.
"""

import hashlib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.sources.mapping.declaration import MAPPING_FORMAT, Declaration, JoinedSide
from pipelines.sources.mapping.evaluate import IdMaking, TableEvaluation, kept_with
from pipelines.sources.mapping.joins import JOIN_KEY, joined_table, lacking
from pipelines.sources.mapping.records import open_records
from pipelines.sources.mapping.references import MADE_ID
from pipelines.sources.mapping.rows import MappedRecords
from pipelines.sources.reading import JOIN_KEYS, NESTED, RECORD, Reading, ReadOptions, reading_errors


class MappingReader:
    """Reader of one declaration."""

    format = MAPPING_FORMAT
    date_order = ""

    def __init__(self, declaration: Declaration) -> None:
        first, *others = declaration.tables
        self.declaration = declaration.model_copy(update={"tables": (first.own, *others)})
        self.fills: tuple[str, ...] = tuple(table.table for table in declaration.tables)
        self.landing_tables = {table.table: table.canonical for table in declaration.tables}
        if first.join:
            self.landing_tables[first.table] = lacking(first.canonical, first.joined_columns)
        self._selects: dict[tuple[object, ...], str] = {}

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """The file's rows as columns of the declared tables.

        Raises:
            UnreadableFileError: it is no table and no JSON, lacks a field that a needed column is made of, holds nothing that the
                mapping reads, or its records do not come to the independent count.
            UnreadFileError: something else was in the way.
        """
        with reading_errors(), open_records(path, options.encoding, self.declaration) as records:
            return self._evaluated(records, IdMaking(cache(lambda: _sha256(path)), options.secret))

    def _evaluated(self, records: MappedRecords, making: IdMaking) -> Reading:
        tables: dict[str, pl.DataFrame] = {}
        rejects = list(records.rejects)
        filtered = 0
        made_ids: pl.DataFrame | None = None
        for number, (table, rows) in enumerate(zip(self.declaration.tables, records.rows, strict=True)):
            evaluation = TableEvaluation(records, rows, table, making, self._selects, is_part=bool(number))
            uses_id = any(reference == MADE_ID for _, reference in table.references())
            found = evaluation.evaluated(made_ids if uses_id else None)
            if number:
                first = tables[self.declaration.tables[0].table]
                found.frame = kept_with(found.frame, first)
                kept = set(first.get_column(RECORD)) if found.rejects else set()
                found.rejects = [reject for reject in found.rejects if reject.record in kept]
            else:
                filtered = found.filtered
                made_ids = (
                    found.frame.select(RECORD, pl.col(table.canonical.key[0]).alias(MADE_ID)) if table.id else None
                )
            tables[table.table] = found.frame
            rejects += found.rejects
        rejects.sort(key=lambda reject: reject.record)
        absent = {reference for rows in records.rows for reference in rows.absent}
        absent |= {NESTED + reference for reference in records.missed}
        return Reading(records.rows_in, tables, tuple(rejects), filtered=filtered, absent=tuple(sorted(absent)))


class JoinedReader(MappingReader):
    """Reader of the files of one join. It fills no table by itself: what it reads waits for the records that it is joined to."""

    def __init__(self, side: JoinedSide, **layout: Any) -> None:
        # The side was checked as a part of its table.
        super().__init__(Declaration.model_construct(tables=(side,), **layout))
        self.fills = ()
        needed = frozenset(side.columns) & {column.name for column in side.canonical.required}
        table = joined_table(side.canonical, needed)
        self.landing_tables = {table.name: table}

    def read(self, path: Path, options: ReadOptions) -> Reading:
        reading = super().read(path, options)
        (table,) = self.landing_tables
        (frame,) = reading.tables.values()
        # A record without a key is quarantined for it.
        keyed = frame.rename({JOIN_KEYS: JOIN_KEY}).with_columns(pl.col(JOIN_KEY).replace("", None))
        return replace(reading, tables={table: keyed})


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
