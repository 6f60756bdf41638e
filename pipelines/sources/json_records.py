"""JSON files of many records → one frame of text columns, numbered by record.

What belongs here: the ways in which records are laid out in a JSON file (a line each, a list, a search answer) and
the lines that are broken. What the keys mean belongs to the module of the format.

Clean lines and clean lists go through DuckDB's parallel reader. A file that DuckDB finds a fault in is read again
with the standard library, which is slower and names each broken record.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from pathlib import Path

import duckdb
import polars as pl

from pipelines.sources.delimited import open_text
from pipelines.sources.reading import PATH, RECORD, Reject, UnreadableFileError

_CHUNK_ROWS = 50_000
_BIGGEST_RECORD = 1 << 26
_FIRST_CHARACTERS = 1 << 16


class _Layout(Enum):
    LIST = "array"
    LINES = "newline_delimited"
    OBJECT = "object"


@dataclass(frozen=True)
class BrokenJson:
    """Stands for a text that is no JSON."""


@dataclass(frozen=True)
class JsonRecords:
    """``frame``: a String column per key asked for, ``_record``, and ``_path`` (null where records are lines)."""

    rows_in: int
    frame: pl.DataFrame
    rejects: tuple[Reject, ...]


def looks_like_json(path: Path) -> bool:
    """Whether the first character that is not white space opens a JSON object or list."""
    return _start(path)[:1] in ("{", "[")


def read_json_records(path: Path, keys: Sequence[str], wrapper: str) -> JsonRecords:
    """The values of ``keys`` in each record, as text; absent, null and blank are null.

    ``wrapper``: key of an object inside a record in which the keys may stand as well; what stands there comes first.
    Raises UnreadableFileError where a list or a search answer cannot be parsed; of lines, a broken one is rejected.
    """
    layout = _layout(path)
    if layout is not _Layout.OBJECT:
        try:
            frame = _read_clean(path, keys, wrapper, layout)
        except duckdb.Error:
            pass
        else:
            number = pl.int_range(1, frame.height + 1, dtype=pl.Int64)
            place = pl.format("$[{}]", number - 1) if layout is _Layout.LIST else pl.lit(None, pl.String)
            return JsonRecords(frame.height, frame.with_columns(number.alias(RECORD), place.alias(PATH)), ())
    return _read_one_by_one(_records(path, layout), keys, wrapper)


def _start(path: Path) -> str:
    with open_text(path) as file:
        return file.read(_FIRST_CHARACTERS).lstrip()


def _layout(path: Path) -> _Layout:
    if _start(path).startswith("["):
        return _Layout.LIST
    with open_text(path) as file:
        lines = list(islice((line for line in file if line.strip()), 2))
    first = parsed_json(lines[0])
    if len(lines) == 1:
        return _Layout.OBJECT
    if isinstance(first, BrokenJson) and not lines[1].startswith("{"):
        return _Layout.OBJECT
    return _Layout.LINES


def parsed_json(text: str) -> object:
    """The value of a JSON text, or BrokenJson. Half a surrogate pair, which no UTF-8 can hold, becomes ``?``."""
    try:
        value: object = json.loads(text)
        if "\\ud" in text.lower():
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return BrokenJson()
    return value


def _read_clean(path: Path, keys: Sequence[str], wrapper: str, layout: _Layout) -> pl.DataFrame:
    """Every record of a file without a fault. Raises duckdb.Error at the first one."""
    inner = ", ".join(f'"{key}" VARCHAR' for key in keys)
    values = ", ".join(f"""nullif(trim(coalesce("{wrapper}"."{key}", "{key}")), '') as "{key}\"""" for key in keys)
    with duckdb.connect() as connection:
        return connection.execute(
            f"""
            select {values}
            from read_json($path, format = $format, columns = $columns, maximum_object_size = $biggest)
            """,
            {
                "path": str(path),
                "format": layout.value,
                "columns": {**dict.fromkeys(keys, "VARCHAR"), wrapper: f"STRUCT({inner})"},
                "biggest": _BIGGEST_RECORD,
            },
        ).pl()


def _records(path: Path, layout: _Layout) -> Iterator[tuple[str | None, object]]:
    """Place and value of each record."""
    with open_text(path) as file:
        if layout is _Layout.LINES:
            yield from ((None, parsed_json(line)) for line in file if line.strip())
            return
        whole = parsed_json(file.read())
    if isinstance(whole, BrokenJson):
        raise UnreadableFileError("the JSON is malformed or truncated")
    place = "$"
    if isinstance(whole, dict) and isinstance(hits := whole.get("hits"), Mapping):
        whole, place = hits.get("hits", []), "$.hits.hits"
    if isinstance(whole, list):
        yield from ((f"{place}[{index}]", record) for index, record in enumerate(whole))
    else:
        yield place, whole


def _read_one_by_one(records: Iterable[tuple[str | None, object]], keys: Sequence[str], wrapper: str) -> JsonRecords:
    schema: dict[str, pl.DataType] = {**{key: pl.String() for key in keys}, RECORD: pl.Int64(), PATH: pl.String()}
    parts: list[pl.DataFrame] = []
    rows: list[tuple[object, ...]] = []
    rejects: list[Reject] = []
    number = 0
    for number, (place, record) in enumerate(records, 1):
        if isinstance(record, dict):
            inner = record.get(wrapper)
            inner = inner if isinstance(inner, dict) else {}
            rows.append((*(_text(inner.get(key), record.get(key)) for key in keys), number, place))
        else:
            reason = "is not valid JSON" if isinstance(record, BrokenJson) else "is not a JSON object"
            rejects.append(Reject(number, "row", "malformed_json", f"the record {reason}", place))
        if len(rows) >= _CHUNK_ROWS:
            parts.append(pl.DataFrame(rows, schema=schema, orient="row"))
            rows = []
    parts.append(pl.DataFrame(rows, schema=schema, orient="row"))
    return JsonRecords(number, pl.concat(parts), tuple(rejects))


def _text(*values: object) -> str | None:
    """The first value that is not null, as text; null where that is blank."""
    value = next((value for value in values if value is not None), None)
    if value is None:
        return None
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.strip() or None
