"""Parquet → columns that typing can take, whatever types they have.

Arrow reads the bytes and checks every value; the engine gets what is sound. (Its own reader of Parquet can bring the whole
process down on a damaged file, and with it the run.) Columns of the canonical format keep their types as far as engine and
frames both know them, and typing makes of them what it can: bytes are text where they are UTF-8, a list is a bad value.
Formats that are read as text get text. So no type of a column can stop a run.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.contract import Kind
from pipelines.sources.reading import RECORD, UnreadableFileError, passing_reason

_MAGIC, _ENCRYPTED = b"PAR1", b"PARE"
_NUMBERS = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "FLOAT", "DOUBLE", "DECIMAL",
)  # fmt: skip
_NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")
_INSTANTS = ("TIMESTAMP", "DATE")
#: Ends of the calendar; instants beyond are moved there, where the plausible ones have long ended.
_FIRST, _LAST = "0001-01-01", "9999-12-31"
_BATCH_ROWS = 16_384
_ROWS = "rows_of_parquet"


@dataclass(frozen=True)
class ParquetFile:
    """A Parquet file whose footer was read: the names of its columns as they stand, and its rows as the footer has them."""

    file: pq.ParquetFile
    header: tuple[str, ...]
    rows: int


@dataclass
class ParquetColumns:
    """Some columns of a Parquet file on their way into the engine, once.

    ``chosen``: name that a column gets → its place in the header and the kind that it is read as. ``select`` gives
    ``_record`` and these columns, ``types`` are their DuckDB types.
    """

    parquet: ParquetFile
    chosen: Mapping[str, tuple[int, Kind]]
    as_text: bool = False
    select: str = ""
    types: dict[str, str] = field(default_factory=dict)
    failure: Exception | None = None

    def register(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let ``select`` be run on ``connection``."""
        schema = self.parquet.file.schema_arrow
        empty = pa.RecordBatch.from_arrays(
            [self._sound(pa.array([], schema.field(place).type), place) for place, _ in self.chosen.values()],
            names=list(self.chosen),
        )
        connection.register(_ROWS, pa.Table.from_batches([empty]))
        described = {str(row[0]): str(row[1]) for row in connection.execute(f"describe {_ROWS}").fetchall()}
        readable = {
            name: (text_of(name, described[name]), "VARCHAR")
            if self.as_text
            else _readable(name, described[name], kind)
            for name, (_, kind) in self.chosen.items()
        }
        self.types = {name: kind for name, (_, kind) in readable.items()}
        listed = [f'{expression} as "{name}"' for name, (expression, _) in readable.items()]
        self.select = f"select {', '.join([f'row_number() over () as {RECORD}', *listed])} from {_ROWS}"
        connection.register(_ROWS, pa.RecordBatchReader.from_batches(empty.schema, self._batches()))

    def release(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Forget the columns; raises what went wrong while they were read, of which an engine only tells that it did."""
        connection.unregister(_ROWS)
        if self.failure is not None:
            raise self.failure

    def _batches(self) -> Iterator[pa.RecordBatch]:
        names = [self.parquet.header[place] for place, _ in self.chosen.values()]
        try:
            for batch in self.parquet.file.iter_batches(_BATCH_ROWS, columns=names):
                batch.validate(full=True)
                arrays = [
                    self._sound(batch.column(self.parquet.header[place]), place) for place, _ in self.chosen.values()
                ]
                yield pa.RecordBatch.from_arrays(arrays, names=list(self.chosen))
        except Exception as error:
            self.failure = error
            raise

    def _sound(self, values: pa.Array, place: int) -> pa.Array:
        """Values of a type that the engine knows."""
        if isinstance(values, pa.DictionaryArray):
            values = values.dictionary_decode()
        if isinstance(values, pa.ExtensionArray) and values.type.extension_name != "arrow.uuid":
            values = values.storage
        if pa.types.is_float16(values.type):
            return values.cast(pa.float32())
        if pa.types.is_decimal256(values.type):
            return values.cast(pa.string())
        if pa.types.is_fixed_size_binary(values.type):
            return _seconds(values) if self._is_interval(place) else values.cast(pa.binary())
        return values

    def _is_interval(self, place: int) -> bool:
        schema = self.parquet.file.schema
        paths = {schema.column(leaf).path: schema.column(leaf) for leaf in range(len(schema))}
        leaf = paths.get(self.parquet.header[place])
        return leaf is not None and leaf.converted_type == "INTERVAL"


def is_parquet(start: bytes) -> bool:
    """Whether a file that starts with these bytes is Parquet, encrypted or not."""
    return start[:4] in (_MAGIC, _ENCRYPTED)


def open_parquet(path: Path) -> ParquetFile:
    """Read the footer. Raises UnreadableFileError where it is damaged or encrypted."""
    with path.open("rb") as handle:
        if handle.read(4) == _ENCRYPTED:
            raise UnreadableFileError("the Parquet file is encrypted; deliver it without encryption")
    try:
        file = pq.ParquetFile(_openable(path), page_checksum_verification=True)
        return ParquetFile(file, tuple(file.schema_arrow.names), int(file.metadata.num_rows))
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if passing_reason(error) is not None:
            raise
        raise UnreadableFileError(
            "the Parquet file cannot be read: its footer is missing, damaged or encrypted; it may be truncated"
        ) from error


def _openable(path: Path) -> Path | IO[bytes]:
    """Arrow takes no name that is not UTF-8."""
    return path if os.fsencode(path) == str(path).encode(errors="replace") else path.open("rb")


def _seconds(intervals: pa.Array) -> pa.Array:
    """Parquet's INTERVAL (months, days, milliseconds) in seconds, with months of 30 days."""
    parts = np.frombuffer(b"".join(value or bytes(12) for value in intervals.to_pylist()), "<u4").reshape(-1, 3)
    seconds = (parts[:, 0] * 30.0 + parts[:, 1]) * 86_400.0 + parts[:, 2] / 1_000.0
    return pc.if_else(intervals.is_null(), pa.scalar(None, pa.float64()), pa.array(seconds))


def _is_nested(found: str) -> bool:
    return found.endswith("]") or found.startswith(_NESTED)


def _readable(column: str, found: str, kind: Kind) -> tuple[str, str]:
    """(expression, its DuckDB type) of a column of type ``found`` that is read as ``kind``."""
    name = f'"{column}"'
    if _is_nested(found) or found.startswith(_NUMBERS) or found in ("BLOB", "BOOLEAN", "TIME"):
        return name, found
    if found == "INTERVAL":
        # A frame cannot hold it.
        return f"epoch({name})", "DOUBLE"
    if found.startswith(_INSTANTS):
        return _instant(name, found, kind)
    return f"try_cast({name} as varchar)", "VARCHAR"


def text_of(column: str, found: str) -> str:
    """SQL of a column of type ``found`` as the text that a CSV file would hold; bytes that are no UTF-8 are nothing."""
    name = f'"{column}"'
    text = f"try_cast({name} as varchar)"
    if found == "BLOB":
        text = f"try(decode({name}))"
    elif _is_nested(found):
        text = f"coalesce(try(cast(to_json({name}) as varchar)), {text})"
    elif found.startswith(_INSTANTS):
        instant, _ = _instant(name, found, Kind.TEXT)
        # Beyond the calendar as it stands, a text that typing lists as a bad value.
        zone = " 00:00:00+00" if "ZONE" in found else ""
        inside = f"{name} between cast('{_FIRST}{zone}' as {found}) and cast('{_LAST}{zone}' as {found})"
        text = instant if found == "TIMESTAMP_NS" else f"case when {inside} then {instant} else {text} end"
    return text


def _instant(name: str, found: str, kind: Kind) -> tuple[str, str]:
    plain = found if found in ("DATE", "TIMESTAMP WITH TIME ZONE") else "TIMESTAMP"
    zone = " 00:00:00+00" if "ZONE" in found else ""
    # Compared as the type that it is: the plain one may not hold what lies far out.
    expression = f"""case when {name} > cast('{_LAST}{zone}' as {found}) then cast('{_LAST}{zone}' as {plain})
        when {name} < cast('{_FIRST}{zone}' as {found}) then cast('{_FIRST}{zone}' as {plain})
        else cast({name} as {plain}) end"""
    if found == "TIMESTAMP_NS":
        # All that it can hold lies inside the calendar.
        expression = f"cast({name} as timestamp)"
    if kind in (Kind.INSTANT, Kind.DATE):
        return expression, plain
    return f"cast({expression} as varchar)", "VARCHAR"
