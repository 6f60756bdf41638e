"""How a published table is cut into files, and writing them in bounded memory.

The parts of a table are the finest of days, months, years and the whole that hold ``ROWS_PER_PART`` rows on average, so
that a long thin history has few files and a busy one is read by the day. A table that grows across a boundary gets new parts.
"""

import re
from enum import StrEnum
from pathlib import Path

import duckdb
import polars as pl

from pipelines.contract import PublishedTable
from pipelines.contract.data_tables import DATA_TABLES
from pipelines.contract.published_model import PublishedKind
from pipelines.privacy.redaction import redact
from pipelines.snapshot import WHOLE

#: Rows that a part holds on average, at least; fewer make too many files, each with its own cost for writer and readers.
ROWS_PER_PART = 10_000
#: Parts that one COPY writes at most. Each holds a buffer of every column for each thread until it is flushed.
_MOST_AT_ONCE = 64
_VECTOR_ROWS, _CELL_BYTES, _SHARE_OF_MEMORY = 2_048, 16, 8
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "KI": 2**10, "MI": 2**20, "GI": 2**30, "TI": 2**40}


class Granularity(StrEnum):
    """What one part of a table holds; the value is the pattern of its name."""

    DAY = "%Y-%m-%d"
    MONTH = "%Y-%m"
    YEAR = "%Y"
    WHOLE = WHOLE


def granularity_of(connection: duckdb.DuckDBPyConnection, table: PublishedTable) -> Granularity:
    """The finest granularity at which the parts of ``table`` hold ``ROWS_PER_PART`` rows on average."""
    if not table.partition:
        return Granularity.WHOLE
    finer = (Granularity.DAY, Granularity.MONTH, Granularity.YEAR)
    counted = ", ".join(f"count(distinct strftime(day, '{each}'))" for each in finer)
    found = connection.execute(
        f"""select coalesce(sum(row_count), 0), {counted}
        from (select cast({table.partition} as date) as day, count(*) as row_count from {table.name} group by all)"""
    ).fetchone() or (0, 0, 0, 0)
    for granularity, parts in zip(finer, found[1:], strict=True):
        if parts and found[0] >= ROWS_PER_PART * parts:
            return granularity
    return Granularity.WHOLE


def part_expression(table: PublishedTable, granularity: Granularity) -> str:
    """SQL that names the part of a row. A row without a day, or of a year that no date can write, is in the part ``all``."""
    if granularity is Granularity.WHOLE:
        return f"'{WHOLE}'"
    day = f"cast({table.partition} as date)"
    return f"case when year({day}) between 1 and 9999 then strftime({day}, '{granularity}') else '{WHOLE}' end"


def write_shown_files(connection: duckdb.DuckDBPyConnection, region: str) -> None:
    """Names of landing files that hold an identifier, as published tables may show them, into ``shown_files``."""
    tables = [name for name, table in DATA_TABLES.items() if "file" in table.column_names]
    distinct = " union ".join(f"select file from {name} where file is not null" for name in tables)
    names = connection.execute(distinct).pl()["file"].to_list()
    shown = [(name, redacted) for name in names if (redacted := redact(name, region)) != name]
    frame = pl.DataFrame(shown, schema={"file": pl.String, "shown": pl.String}, orient="row")
    connection.register("shown_frame", frame.to_arrow())
    connection.execute("create or replace temp table shown_files as select * from shown_frame")
    connection.unregister("shown_frame")


def published_select(table: PublishedTable) -> str:
    """SELECT of a warehouse table in published order and types; warehouse instants are naive UTC.

    Names of landing files are shown as ``shown_files`` has them (:func:`write_shown_files`).
    """
    columns = []
    for column in table.columns:
        if column.name == "file" and table.name in DATA_TABLES:
            columns.append(
                f"coalesce((select shown from shown_files where shown_files.file = {table.name}.file), cast(file as varchar)) as file"
            )
        elif column.kind is PublishedKind.INSTANT:
            columns.append(f"timezone('UTC', cast({column.name} as timestamp)) as {column.name}")
        else:
            columns.append(f"cast({column.name} as {column.kind.duckdb_type}) as {column.name}")
    return f"select {', '.join(columns)} from {table.name}"


def write_parts(
    connection: duckdb.DuckDBPyConnection,
    table: PublishedTable,
    granularity: Granularity,
    names: list[str],
    staging: Path,
) -> dict[str, list[Path]]:
    """Write the parts ``names`` of ``table`` below ``staging``; part → its files.

    Few parts are written at once, whatever their number: a COPY that cuts into thousands holds a buffer for each of them.
    """
    select, part = published_select(table), part_expression(table, granularity)
    written: dict[str, list[Path]] = {}
    at_once = _parts_at_once(connection, len(table.columns))
    for start in range(0, len(names), at_once):
        batch = names[start : start + at_once]
        target = staging / str(start)
        if len(batch) == 1:
            path = target.with_suffix(".parquet")
            _copy(connection, f"select * from ({select}) where {part} = '{batch[0]}'", path)
            written[batch[0]] = [path]
            continue
        listed = ", ".join(f"'{name}'" for name in batch)
        chosen = f"select *, {part} as __part from ({select}) where {part} in ({listed})"
        _copy(connection, chosen, target, ", partition_by (__part)")
        for name in batch:
            written[name] = sorted((target / f"__part={name}").glob("*.parquet"))
    return written


def write_empty(connection: duckdb.DuckDBPyConnection, table: PublishedTable, staging: Path) -> Path:
    """A file with the columns of ``table`` and no row."""
    path = staging / "empty.parquet"
    _copy(connection, f"select * from ({published_select(table)}) where false", path)
    return path


def _copy(connection: duckdb.DuckDBPyConnection, select: str, target: Path, options: str = "") -> None:
    place = str(target).replace("'", "''")
    connection.execute(f"copy ({select}) to '{place}' (format parquet, compression zstd{options})")


def _parts_at_once(connection: duckdb.DuckDBPyConnection, columns: int) -> int:
    limit, threads = connection.execute(
        "select current_setting('memory_limit'), current_setting('threads')"
    ).fetchone() or ("", 1)
    one_part = _VECTOR_ROWS * _CELL_BYTES * columns * max(1, int(threads))
    return max(1, min(_MOST_AT_ONCE, bytes_of(str(limit)) // _SHARE_OF_MEMORY // one_part))


def bytes_of(size: str) -> int:
    """Bytes of a size such as ``2GB`` or ``1.8 GiB``; 0 where it is none."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?I?)B(?:YTES)?\s*", size.upper())
    return int(float(found[1]) * _UNITS.get(found[2], 0)) if found else 0
