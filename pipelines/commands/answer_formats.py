"""Rows of an answer as a table on the screen, CSV, JSON or Parquet; a file is there as a whole or not at all."""

import json
import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

import polars as pl
import polars.selectors as cs
import pyarrow as pa
import pyarrow.parquet as pq

from dashboards.access.exports import safe_cell, safe_cells
from pipelines.commands.published_sql import Answer
from pipelines.file_modes import OWNER_FILE, private_folder

#: Characters of a cell on the screen; longer ones are cut, which a file never does.
CELL = 60


def limited(answer: Answer, limit: int | None) -> Answer:
    """The first ``limit`` rows; None: all of them."""
    if limit is None:
        return answer

    def first() -> Iterator[pa.RecordBatch]:
        left = limit
        for batch in answer.batches:
            yield batch.slice(0, left)
            left -= min(left, batch.num_rows)
            if not left:
                return

    return Answer(answer.schema, first(), answer.notice)


def write_csv(answer: Answer, handle: TextIO) -> int:
    """Texts in quotes, guarded against formulas; null is empty; instants are UTC. Gives the number of rows."""
    names = [str(safe_cell(name)) for name in answer.schema.names]
    handle.write(",".join('"' + name.replace('"', '""') + '"' for name in names) + "\n")
    rows = 0
    for frame in _frames(answer):
        flat = frame.with_columns(
            pl.col(name).map_elements(_as_json, return_dtype=pl.String)
            for name, kind in frame.schema.items()
            if kind.is_nested()
        )
        # An enum holds texts as well.
        flat = flat.with_columns(cs.by_dtype(pl.Categorical, pl.Enum).cast(pl.String))
        flat = flat.with_columns(safe_cells(cs.string()))
        text = flat.write_csv(include_header=False, quote_style="non_numeric", datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ")
        handle.write(text)
        rows += frame.height
    return rows


def write_json(answer: Answer, handle: TextIO) -> int:
    """An array of objects, one a line; instants are ISO 8601 in UTC, what is no number is null. Gives the number of rows."""
    handle.write("[")
    rows = 0
    for frame in _frames(answer):
        for row in frame.iter_rows(named=True):
            handle.write(("\n" if rows == 0 else ",\n") + _as_json(row))
            rows += 1
    handle.write("\n]\n" if rows else "]\n")
    return rows


def write_parquet(answer: Answer, path: Path) -> int:
    """One file, in the types of the answer. Gives the number of rows."""
    rows = 0
    with pq.ParquetWriter(path, answer.schema, compression="zstd") as writer:
        for batch in answer.batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def table_lines(answer: Answer, limit: int) -> tuple[list[str], bool]:
    """The first ``limit`` rows with their headers in aligned columns; and whether there are more."""
    rows: list[tuple[Any, ...]] = []
    for frame in _frames(limited(answer, limit + 1)):
        rows += frame.rows()
    return aligned(answer.schema.names, rows[:limit]), len(rows) > limit


def aligned(headers: Sequence[str], rows: Sequence[Sequence[Any]], widest: int = CELL) -> list[str]:
    """Headers, a line, and rows; numbers stand to the right. A cell is at most ``widest`` characters; 0: as long as it is."""
    cells = [[_cell(value, widest) for value in row] for row in rows]
    titles = [_cell(header, widest) for header in headers]
    widths = [
        max(len(title), *(len(row[at]) for row in cells)) if cells else len(title) for at, title in enumerate(titles)
    ]
    right = [any(_is_number(row[at]) for row in rows) for at in range(len(titles))]

    def line(row: Sequence[str]) -> str:
        placed = (
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(row, widths, right, strict=True)
        )
        return "  ".join(placed).rstrip()

    return [line(titles), "  ".join("─" * width for width in widths), *(line(row) for row in cells)]


def to_file(path: Path, write: Callable[[Path], int]) -> int:
    """Let ``write`` fill a private file that takes the place of ``path`` once it is whole. Gives what ``write`` gives."""
    private_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.touch(OWNER_FILE)
        rows = write(temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return rows


@contextmanager
def text_file(path: Path) -> Iterator[TextIO]:
    """``path`` to write text to, line ends as they are."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        yield handle


def _frames(answer: Answer) -> Iterator[pl.DataFrame]:
    for batch in answer.batches:
        frame = pl.from_arrow(pa.Table.from_batches([batch], answer.schema))
        # from_arrow gives a series for some other inputs; for a table always a frame.
        if isinstance(frame, pl.DataFrame) and frame.height:
            yield frame.with_columns(cs.datetime().dt.cast_time_unit("us"))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _cell(value: Any, widest: int) -> str:
    plain = _plain(value)
    if plain is None:
        return ""
    text = plain if isinstance(plain, str) else f"{plain:.6g}" if isinstance(plain, float) else _as_json(plain)
    text = " ".join(text.split())
    return text if not widest or len(text) <= widest else f"{text[: widest - 1]}…"


def _as_json(value: Any) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    """``value`` in what JSON has."""
    plain: Any = value
    match value:
        case float():
            plain = value if math.isfinite(value) else None
        case Decimal():
            plain = int(value) if value == value.to_integral_value() else float(value)
        case datetime():
            aware = value if value.tzinfo else value.replace(tzinfo=UTC)
            plain = aware.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            plain = value.isoformat()
        case dict():
            plain = {str(key): _plain(each) for key, each in value.items()}
        case list() | tuple() | pl.Series():
            plain = [_plain(each) for each in value]
        case None | bool() | int() | str():
            pass
        case _:
            plain = str(value)
    return plain
