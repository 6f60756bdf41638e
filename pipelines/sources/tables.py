"""Where records go while they are read: a frame, or a temp table of the engine for what is large."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import duckdb
import polars as pl

from pipelines.sources.parquet_records import ParquetColumns
from pipelines.sources.reading import RECORD


class Sink(Protocol):
    """Takes the records of one file: from a SELECT of the engine, or in batches."""

    def take(self, select: str, parameters: Mapping[str, object]) -> int:
        """Keep what ``select`` gives, in its order, instead of anything before; returns the number of rows."""
        ...

    def begin(self, columns: Iterable[str]) -> None:
        """Forget everything; ``_record`` and text columns of these names follow in batches."""
        ...

    def add(self, numbers: Sequence[int], values: Mapping[str, Sequence[str | None]]) -> None:
        """Keep a batch: the number of each record and its values by column."""
        ...


def _schema(columns: Iterable[str]) -> dict[str, pl.DataType]:
    return {RECORD: pl.Int64(), **{name: pl.String() for name in columns}}


class FrameSink:
    """Into ``frame``."""

    def __init__(self) -> None:
        self._parts: list[pl.DataFrame] = []
        self._columns: tuple[str, ...] = ()

    @property
    def frame(self) -> pl.DataFrame:
        return self._parts[0] if len(self._parts) == 1 else pl.concat(self._parts)

    def take(self, select: str, parameters: Mapping[str, object]) -> int:
        with duckdb.connect() as connection:
            connection.execute("set preserve_insertion_order = true")
            self._parts = [connection.execute(select, dict(parameters)).pl()]
        return self._parts[0].height

    def take_frame(self, frame: pl.DataFrame) -> None:
        """Keep this frame instead of anything before."""
        self._parts = [frame]

    def begin(self, columns: Iterable[str]) -> None:
        self._columns = tuple(columns)
        self._parts = []
        self.add([], {name: [] for name in self._columns})

    def add(self, numbers: Sequence[int], values: Mapping[str, Sequence[str | None]]) -> None:
        if self._parts and not self._parts[0].height:
            self._parts = []
        if numbers or not self._parts:
            self._parts.append(pl.DataFrame({RECORD: numbers, **values}, schema=_schema(self._columns)))


class TableSink:
    """Into the temp table ``name`` of ``connection``."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        self.connection = connection
        self.name = name

    def take(self, select: str, parameters: Mapping[str, object]) -> int:
        # Kept order, so that the number of a record is its place in the file.
        self.connection.execute("set preserve_insertion_order = true")
        try:
            self.connection.execute(f"create or replace temp table {self.name} as {select}", dict(parameters))
        finally:
            self.connection.execute("set preserve_insertion_order = false")
        row = self.connection.execute(f"select count(*) from {self.name}").fetchone()
        return int(row[0]) if row else 0

    def take_parquet(self, columns: ParquetColumns) -> int:
        """Keep these columns instead of anything before; returns the number of rows."""
        columns.register(self.connection)
        try:
            return self.take(columns.select, {})
        finally:
            columns.release(self.connection)

    def begin(self, columns: Iterable[str]) -> None:
        listed = ", ".join([f"{RECORD} bigint", *(f'"{name}" varchar' for name in columns)])
        self.connection.execute(f"create or replace temp table {self.name} ({listed})")

    def add(self, numbers: Sequence[int], values: Mapping[str, Sequence[str | None]]) -> None:
        if not numbers:
            return
        self.add_frame(pl.DataFrame({RECORD: numbers, **values}, schema=_schema(values)))

    def add_frame(self, frame: pl.DataFrame) -> None:
        """Keep a batch: ``_record`` and the columns."""
        self.connection.register("batch_of_records", frame.to_arrow())
        try:
            self.connection.execute(f"insert into {self.name} by name select * from batch_of_records")
        finally:
            self.connection.unregister("batch_of_records")


_LOCAL = threading.local()


def local_engine() -> duckdb.DuckDBPyConnection:
    """An engine for small files, one a thread: opening one for each file would cost more than reading it."""
    connection: duckdb.DuckDBPyConnection | None = getattr(_LOCAL, "connection", None)
    if connection is None:
        connection = duckdb.connect(config={"threads": 1})
        connection.execute("set timezone = 'UTC'")
        _LOCAL.connection = connection
    return connection


def parquet_frame(columns: ParquetColumns) -> pl.DataFrame:
    """``_record`` and these columns as a frame, for a small file."""
    connection = local_engine()
    try:
        columns.register(connection)
        try:
            return connection.execute(columns.select).pl()
        finally:
            columns.release(connection)
    except (duckdb.InternalException, duckdb.FatalException):
        forget_local_engine()
        raise


def forget_local_engine() -> None:
    """After an error that no engine lives through; the next use opens another."""
    _LOCAL.connection = None
