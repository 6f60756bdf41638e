"""JSON files of many records → one frame of text columns, numbered by record.

What belongs here: the ways in which records are laid out in a JSON file (a line each, a list, a search answer) and
the lines that are broken. What the keys mean belongs to the module of the format.

Clean lines and clean lists go through DuckDB's parallel reader. A file that DuckDB finds a fault in is read again
with the standard library, which is slower and names each broken record.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import islice

import duckdb
import polars as pl

from pipelines.sources.counting import count_answer, count_lines, count_list
from pipelines.sources.json_text import BrokenJson, parsed_json, text_of_value
from pipelines.sources.limits import LARGEST_DOCUMENT_BYTES, LONGEST_RECORD_BYTES
from pipelines.sources.lines import lines_of
from pipelines.sources.plain_text import PlainText, is_utf8
from pipelines.sources.reading import PATH, RECORD, Reject, UnreadableFileError, passing_reason, refuse_miscount

_CHUNK_ROWS = 50_000
_FIRST_CHARACTERS = 1 << 16


class JsonLayout(Enum):
    """How records stand in a file."""

    LIST = "array"
    LINES = "newline_delimited"
    OBJECT = "object"


@dataclass(frozen=True)
class JsonRecords:
    """``frame``: a String column per key asked for, ``_record``, and ``_path`` (null where records are lines)."""

    rows_in: int
    frame: pl.DataFrame
    rejects: tuple[Reject, ...]


def looks_like_json(text: PlainText) -> bool:
    """Whether the first character that is not white space opens a JSON object or list."""
    return text.start(_FIRST_CHARACTERS).lstrip()[:1] in ("{", "[")


def read_json_records(text: PlainText, keys: Sequence[str], wrapper: str) -> JsonRecords:
    """The values of ``keys`` in each record, as text; absent, null and blank are null.

    ``wrapper``: key of an object inside a record in which the keys may stand as well; what stands there comes first.
    Raises UnreadableFileError where a list or a search answer cannot be parsed, or where the records do not come to the
    independent count; of lines, a broken one is rejected.
    """
    layout = layout_of(text)
    expected = _counted(text, layout)
    if layout is not JsonLayout.OBJECT and text.path is not None and is_utf8(text):
        frame = _read_clean(text, keys, wrapper, layout)
        if frame is not None and frame.height == expected:
            number = pl.int_range(1, frame.height + 1, dtype=pl.Int64)
            place = pl.format("$[{}]", number - 1) if layout is JsonLayout.LIST else pl.lit(None, pl.String)
            return JsonRecords(frame.height, frame.with_columns(number.alias(RECORD), place.alias(PATH)), ())
    read = _read_one_by_one(documents_of(text, layout, hits=True), keys, wrapper)
    refuse_miscount(expected, read.rows_in)
    return read


def _counted(text: PlainText, layout: JsonLayout) -> int:
    with text.open() as handle:
        if layout is JsonLayout.LINES:
            return count_lines(handle)
        return count_list(handle) if layout is JsonLayout.LIST else count_answer(whole_document(text))


def whole_document(text: PlainText) -> bytes:
    """All bytes of a text that must be parsed as one. Raises UnreadableFileError beyond the bound."""
    if text.size > LARGEST_DOCUMENT_BYTES:
        raise UnreadableFileError(
            f"one JSON document of more than {LARGEST_DOCUMENT_BYTES:,} bytes; deliver one record a line"
        )
    with text.open() as handle:
        return handle.read().removeprefix(b"\xef\xbb\xbf")


def layout_of(text: PlainText) -> JsonLayout:
    """A list, a line each, or one object, as the first lines tell."""
    if text.start(_FIRST_CHARACTERS).lstrip().startswith("["):
        return JsonLayout.LIST
    with text.open() as handle:
        lines = list(islice((piece for piece, _ in lines_of(handle) if piece.strip()), 2))
    if len(lines) == 1:
        return JsonLayout.OBJECT
    first = parsed_json(lines[0].decode("utf-8", "replace"))
    if isinstance(first, BrokenJson) and not lines[1].startswith(b"{"):
        return JsonLayout.OBJECT
    return JsonLayout.LINES


def _read_clean(text: PlainText, keys: Sequence[str], wrapper: str, layout: JsonLayout) -> pl.DataFrame | None:
    """Every record of a file without a fault, through the engine; None if it finds one."""
    inner = ", ".join(f'"{key}" VARCHAR' for key in keys)
    values = ", ".join(f"""nullif(trim(coalesce("{wrapper}"."{key}", "{key}")), '') as "{key}\"""" for key in keys)
    try:
        with duckdb.connect() as connection:
            return connection.execute(
                f"""
                select {values}
                from read_json($path, format = $format, columns = $columns, maximum_object_size = $biggest,
                    compression = 'uncompressed', hive_partitioning = false)
                """,
                {
                    "path": str(text.path),
                    "format": layout.value,
                    "columns": {**dict.fromkeys(keys, "VARCHAR"), wrapper: f"STRUCT({inner})"},
                    "biggest": LONGEST_RECORD_BYTES,
                },
            ).pl()
    except duckdb.Error as error:
        if passing_reason(error) is not None or isinstance(error, duckdb.InterruptException | duckdb.FatalException):
            raise
        return None


def documents_of(text: PlainText, layout: JsonLayout, *, hits: bool) -> Iterator[tuple[str | None, object]]:
    """Place and value of each record. ``hits``: whether those of a search answer stand for the answer."""
    if layout is JsonLayout.LINES:
        yield from _lines(text)
        return
    whole = parsed_json(whole_document(text).decode("utf-8", "replace"))
    if isinstance(whole, BrokenJson):
        raise UnreadableFileError("the JSON is malformed or truncated")
    place = "$"
    if hits and isinstance(whole, dict) and isinstance(answer := whole.get("hits"), Mapping):
        whole, place = answer.get("hits", []), "$.hits.hits"
    if isinstance(whole, list):
        yield from ((f"{place}[{index}]", record) for index, record in enumerate(whole))
    else:
        yield place, whole


def _lines(text: PlainText) -> Iterator[tuple[str | None, object]]:
    pieces: list[bytes] = []
    size = 0
    has_content = False

    def value() -> object:
        if size > LONGEST_RECORD_BYTES:
            return BrokenJson(f"is longer than {LONGEST_RECORD_BYTES:,} bytes")
        try:
            return parsed_json(b"".join(pieces).decode())
        except UnicodeDecodeError:
            return BrokenJson(f"is not {text.encoding}")

    with text.open() as handle:
        for piece, end in lines_of(handle):
            size += len(piece)
            has_content = has_content or bool(piece.strip())
            if size <= LONGEST_RECORD_BYTES:
                pieces.append(piece)
            else:
                pieces.clear()
            if end:
                if has_content:
                    yield None, value()
                pieces, size, has_content = [], 0, False
        if has_content:
            yield None, value()


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
            reason = record.reason if isinstance(record, BrokenJson) else "is not a JSON object"
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
    return (text_of_value(value) or "").strip() or None
