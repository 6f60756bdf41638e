"""Rows of text that the files of a mapping become, as relations of the engine."""

from contextlib import ExitStack
from dataclasses import dataclass

import duckdb
import polars as pl

from pipelines.sources.mapping.declaration import MappedTable
from pipelines.sources.mapping.references import INDEX, MADE_ID
from pipelines.sources.reading import PATH, Reject

TABLE = "mapped_table"
"""Relation of the rows of a table: its columns are ``c`` and their place in the header."""


@dataclass(frozen=True)
class MappedRows:
    """The rows of one table: ``relation`` stands in a FROM clause, ``fields`` maps each reference to SQL over it (text).

    ``absent``: references for which the file has no column.
    """

    relation: str
    fields: dict[str, str]
    absent: frozenset[str] = frozenset()


@dataclass(frozen=True)
class MappedRecords:
    """What a file holds: ``rows_in`` records, those of ``rejects`` included, and rows by table of the declaration."""

    connection: duckdb.DuckDBPyConnection
    rows_in: int
    rejects: tuple[Reject, ...]
    rows: tuple[MappedRows, ...]
    missed: tuple[str, ...] = ()
    """Fields and lists of nested files that no record has."""


def needed_references(table: MappedTable) -> tuple[str, ...]:
    """The fields of the file that a table reads, each once."""
    names = dict.fromkeys(reference for _, reference in table.references())
    return tuple(name for name in names if name not in (INDEX, MADE_ID))


def register_rows(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame, scratch: ExitStack) -> None:
    connection.register(name, frame.to_arrow())
    scratch.callback(connection.unregister, name)


def has_path(rows: MappedRows) -> bool:
    """Whether the rows stand in nested files, which say by a path where."""
    return rows.relation != TABLE


def path_column(rows: MappedRows) -> str:
    """SQL of the JSON path of a row, null in tables."""
    return PATH if has_path(rows) else "cast(null as varchar)"
