"""Parquet → columns that typing can take, whatever types they have.

Each column comes as it is where the kind that it is read as can hold it (numbers, booleans, dates, instants), else as text:
bytes that are UTF-8 as that text, times as ``HH:MM:SS``, lists and structures as JSON. So no type of a column can stop a
night; a value that means nothing in its place is listed like any other bad value.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.contract import Kind
from pipelines.sources.column_names import checked_names
from pipelines.sources.counting import count_parquet
from pipelines.sources.reading import RECORD, Reject, UnreadableFileError, passing_reason

MAGIC, _ENCRYPTED = b"PAR1", b"PARE"
_NUMBERS = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "FLOAT", "DOUBLE", "DECIMAL",
)  # fmt: skip
_NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")
_INSTANTS = ("TIMESTAMP", "DATE")
#: Ends of the calendar; instants beyond are moved there, where the plausible ones have long ended.
_FIRST, _LAST = "0001-01-01", "9999-12-31"
_MOST_UNDECODABLE = 1_000
_UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


@dataclass(frozen=True)
class ParquetFile:
    """A Parquet file whose footer was read: DuckDB ``types`` by place, ``durations``: place → units in a second."""

    path: Path
    header: tuple[str, ...]
    columns: tuple[str, ...]
    types: tuple[str, ...]
    durations: Mapping[int, int]
    rows: int


def is_parquet(start: bytes) -> bool:
    """Whether a file that starts with these bytes is Parquet, encrypted or not."""
    return start[:4] in (MAGIC, _ENCRYPTED)


def open_parquet(connection: duckdb.DuckDBPyConnection, path: Path) -> ParquetFile:
    """Read the footer. ``path`` must hold nothing that the engine takes for a pattern.

    Raises UnreadableFileError where it is damaged or encrypted.
    """
    with path.open("rb") as handle:
        if handle.read(4) == _ENCRYPTED:
            raise UnreadableFileError("the Parquet file is encrypted; deliver it without encryption")
    try:
        rows = count_parquet(path)
        described = connection.execute(f"describe select * from {_relation(path)}").fetchall()
    except (pa.ArrowException, OSError, duckdb.InvalidInputException) as error:
        if passing_reason(error) is not None:
            raise
        raise UnreadableFileError(
            "the Parquet file cannot be read: its footer is missing, damaged or encrypted; it may be truncated"
        ) from error
    columns = tuple(str(row[0]) for row in described)
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, NotImplementedError, OSError):
        schema = None
    # DuckDB renames columns that differ in letter case alone; the names as delivered are Arrow's.
    if schema is not None and len(schema.names) == len(columns):
        durations = {place: _UNITS[kind.unit] for place, kind in enumerate(schema.types) if pa.types.is_duration(kind)}
        return ParquetFile(path, tuple(schema.names), columns, tuple(str(row[1]) for row in described), durations, rows)
    return ParquetFile(path, columns, columns, tuple(str(row[1]) for row in described), {}, rows)


def columns_of(file: ParquetFile, known: Iterable[str], fold: Callable[[str], str]) -> dict[str, int]:
    """Folded name → place. Raises UnreadableFileError for a column named twice."""
    return checked_names(file.header, known, fold)


def select_of(file: ParquetFile, columns: Mapping[str, tuple[int, Kind]]) -> tuple[str, dict[str, str]]:
    """(SELECT of ``_record`` and the columns (name → place and kind), DuckDB type by name)."""
    chosen = {name: _readable(file, place, kind) for name, (place, kind) in columns.items()}
    listed = ", ".join(
        [
            f"row_number() over () as {RECORD}",
            *(f"{expression} as {_identifier(name)}" for name, (expression, _) in chosen.items()),
        ]
    )
    return f"select {listed} from {_relation(file.path)}", {name: kind for name, (_, kind) in chosen.items()}


def undecodable(
    connection: duckdb.DuckDBPyConnection, file: ParquetFile, columns: Mapping[str, tuple[int, Kind]], table: str
) -> list[Reject]:
    """The values of text columns that are bytes and no UTF-8: left out, each with its record.

    Raises UnreadableFileError where they are many: the column is no text.
    """
    rejects: list[Reject] = []
    for name, (place, kind) in columns.items():
        if file.types[place] != "BLOB" or kind is not Kind.TEXT:
            continue
        column = _identifier(file.columns[place])
        found = connection.execute(
            f"""select {RECORD} from (select row_number() over () as {RECORD}, {column} is not null and try(decode({column})) is null as is_bad
            from {_relation(file.path)}) where is_bad limit {_MOST_UNDECODABLE + 1}"""
        ).fetchall()
        if len(found) > _MOST_UNDECODABLE:
            raise UnreadableFileError(
                f"column {name}: more than {_MOST_UNDECODABLE:,} values are bytes that are not UTF-8 text; write the column as text"
            )
        reason = f"{name}: the value is bytes that are not UTF-8 text; the value is left out"
        rejects += [Reject(int(record), "value", "bad_text", reason, table=table, column=name) for (record,) in found]
    return rejects


def text_select_of(file: ParquetFile, columns: Mapping[str, int]) -> str:
    """SELECT of ``_record`` and the columns (name → place), each as text."""
    chosen = [
        f"nullif(cast({_readable(file, place, Kind.TEXT)[0]} as varchar), '') as {_identifier(name)}"
        for name, place in columns.items()
    ]
    return f"select {', '.join([f'row_number() over () as {RECORD}', *chosen])} from {_relation(file.path)}"


def _readable(file: ParquetFile, place: int, kind: Kind) -> tuple[str, str]:
    """(expression, its DuckDB type) of a column that is read as ``kind``."""
    name, found = _identifier(file.columns[place]), file.types[place]
    if place in file.durations:
        # Written by Arrow as a count of its unit.
        seconds = f"cast({name} as double) / {file.durations[place]}"
        return (
            (seconds, "DOUBLE") if kind in (Kind.NUMBER, Kind.INTEGER) else (f"cast({seconds} as varchar)", "VARCHAR")
        )
    text = f"try_cast({name} as varchar)"
    if found == "BLOB":
        # What is no UTF-8 stays visibly bytes where that is a bad value; of text it is told by undecodable().
        text = (
            f"try(decode({name}))" if kind is Kind.TEXT else f"coalesce(try(decode({name})), cast({name} as varchar))"
        )
    elif found.endswith("]") or found.startswith(_NESTED):
        text = f"coalesce(try(cast(to_json({name}) as varchar)), {text})"
    elif found.startswith(_NUMBERS) or (found == "BOOLEAN" and kind is Kind.BOOLEAN):
        return name, found
    elif found == "INTERVAL" and kind in (Kind.NUMBER, Kind.INTEGER):
        has_months = f"datepart('year', {name}) <> 0 or datepart('month', {name}) <> 0"
        return f"case when {has_months} then 'nan'::double else epoch({name}) end", "DOUBLE"
    elif found.startswith(_INSTANTS):
        return _instant(name, found, kind)
    return text, "VARCHAR"


def _instant(name: str, found: str, kind: Kind) -> tuple[str, str]:
    plain = found if found in ("DATE", "TIMESTAMP WITH TIME ZONE") else "TIMESTAMP"
    value = name if plain == found else f"cast({name} as timestamp)"
    first, last = (f"cast('{day}{' 00:00:00+00' if 'ZONE' in plain else ''}' as {plain})" for day in (_FIRST, _LAST))
    bounded = f"greatest(least({value}, {last}), {first})"
    # greatest and least look past a null.
    expression = f"case when {name} is not null then {bounded} end"
    if kind in (Kind.INSTANT, Kind.DATE):
        return expression, plain
    return f"cast({expression} as varchar)", "VARCHAR"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _relation(path: Path) -> str:
    return f"read_parquet('{path}', hive_partitioning = false)"
