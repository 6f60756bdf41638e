"""Delimited text as it really arrives → one frame of text columns, numbered by record.

What every CSV format shares stands here: compression, encodings, the header, rows that are broken. What the
columns mean belongs to the module of the format.

A clean file goes through DuckDB's parallel reader. A file that DuckDB finds a fault in is read again with the
standard library's parser, record by record, which is slow and names each broken record.
"""

import codecs
import csv
import io
import re
import shutil
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import duckdb
import polars as pl
import pyarrow as pa

from pipelines.sources.reading import RECORD, Reject, UnreadableFileError

_CHUNK_BYTES = 1 << 22
_CHUNK_ROWS = 50_000
_HEADER_BYTES = 1 << 20
_DELIMITERS = (",", ";", "\t", "|")
_FIRST_BYTES = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bz2"}
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Fallback for bytes that are not UTF-8: Windows-1252, its five unassigned bytes as replacement characters.
_FALLBACK_ENCODING = "cp1252"


@dataclass(frozen=True)
class Delimited:
    """``frame``: String columns under normalised header names (see :func:`column_name`) and ``_record``."""

    rows_in: int
    frame: pl.DataFrame
    rejects: tuple[Reject, ...]


def column_name(header: str) -> str:
    """A header in lower snake case: ``Consumer disputed?`` → ``consumer_disputed``."""
    return re.sub(r"[^0-9a-z]+", "_", header.strip().lower()).strip("_")


@contextmanager
def utf8_copy(path: Path) -> Iterator[Path]:
    """A path to the same text in plain UTF-8 without a byte-order mark: the file itself where it is that already.

    Undoes gzip, zstd, bzip2 and one-member zip; text that is not UTF-8 is read as Windows-1252, and UTF-16 where
    a byte-order mark says so. Raises UnreadableFileError for a file that is missing, empty, binary or truncated.
    """
    with tempfile.TemporaryDirectory(prefix="aftercall-") as folder:
        try:
            plain = _decompressed(path, Path(folder) / "plain")
            yield _as_utf8(plain, Path(folder) / "utf8")
        except (OSError, zipfile.BadZipFile, EOFError) as error:
            raise UnreadableFileError(f"the file cannot be opened or is truncated ({type(error).__name__})") from error


def open_text(path: Path) -> IO[str]:
    """A file that :func:`utf8_copy` yielded, as text with its line ends as they stand."""
    return path.open("r", encoding="utf-8", newline="")


def read_delimited(path: Path, required: Sequence[tuple[str, ...]]) -> Delimited:
    """Read a CSV file with a header, all values as text, a blank value as null.

    ``required``: for each required column the names it may have (normalised). Raises UnreadableFileError if one
    has none of its names. A record with more or fewer fields than the header is rejected; blank lines are no records.
    """
    with utf8_copy(path) as text:
        delimiter, columns = _header(text)
        missing = [names for names in required if not set(names) & set(columns)]
        if missing:
            wanted = "; ".join(" or ".join(names) for names in missing)
            raise UnreadableFileError(f"required column absent: {wanted}")
        doubled = sorted(name for name, times in Counter(columns).items() if times > 1)
        if doubled:
            raise UnreadableFileError(f"the header names a column twice: {', '.join(doubled)}")
        try:
            frame = _read_clean(text, delimiter, columns)
        except duckdb.Error:
            return _read_faulty(text, delimiter, columns)
    frame = frame.with_columns(pl.int_range(1, frame.height + 1, dtype=pl.Int64).alias(RECORD))
    return Delimited(frame.height, frame, ())


def _decompressed(path: Path, target: Path) -> Path:
    with path.open("rb") as file:
        start = file.read(8)
    if not start:
        raise UnreadableFileError("the file is empty")
    if start.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) != 1:
                raise UnreadableFileError(f"a zip archive of {len(members)} files; one is expected")
            if members[0].flag_bits & 1:
                raise UnreadableFileError("the zip archive is encrypted")
            with archive.open(members[0]) as packed, target.open("wb") as plain:
                shutil.copyfileobj(packed, plain, _CHUNK_BYTES)
        return target
    for magic, compression in _FIRST_BYTES.items():
        if start.startswith(magic):
            # The pyarrow stream reads gzip, zstd and bzip2 alike, and raises OSError where one ends early.
            with (
                pa.OSFile(str(path)) as raw,
                pa.CompressedInputStream(raw, compression) as packed,
                target.open("wb") as plain,
            ):
                while chunk := packed.read(_CHUNK_BYTES):
                    plain.write(chunk)
            if target.stat().st_size == 0:
                raise UnreadableFileError("the compressed file is empty or truncated")
            return target
    return path


def _as_utf8(path: Path, target: Path) -> Path:
    with path.open("rb") as file:
        start = file.read(1 << 16)
    for mark, encoding in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return _transcoded(path, target, encoding)
    if b"\x00" in start:
        raise UnreadableFileError("a binary file, not text")
    if _is_utf8(path):
        return path
    return _transcoded(path, target, _FALLBACK_ENCODING)


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK_BYTES):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _transcoded(path: Path, target: Path, encoding: str) -> Path:
    with (
        path.open("r", encoding=encoding, errors="replace", newline="") as source,
        target.open("w", encoding="utf-8", newline="") as copy,
    ):
        shutil.copyfileobj(source, copy, _CHUNK_BYTES)
    return target


def _header(path: Path) -> tuple[str, list[str]]:
    """The delimiter and the normalised names of the columns."""
    with open_text(path) as file:
        start = io.StringIO(file.read(_HEADER_BYTES), newline="")
    first_line = next((line for line in start if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first_line.count)
    start.seek(0)
    with _unlimited_fields():
        names = next((row for row in csv.reader(start, delimiter=delimiter) if any(row)), [])
    if not names:
        raise UnreadableFileError("the file has no header")
    return delimiter, [column_name(name) or f"column_{place}" for place, name in enumerate(names, 1)]


def _read_clean(path: Path, delimiter: str, columns: list[str]) -> pl.DataFrame:
    """Every record of a file without a fault. Raises duckdb.Error at the first one."""
    with duckdb.connect() as connection:
        return connection.execute(
            """
            select * from read_csv(
              $path, header = true, delim = $delimiter, quote = '"', escape = '"', auto_detect = false,
              strict_mode = true, null_padding = false, columns = $columns
            )
            """,
            {"path": str(path), "delimiter": delimiter, "columns": dict.fromkeys(columns, "VARCHAR")},
        ).pl()


def _read_faulty(path: Path, delimiter: str, columns: list[str]) -> Delimited:
    """Every record with as many fields as the header; the others rejected one by one."""
    parts: list[pl.DataFrame] = []
    rejects: list[Reject] = []
    rows: list[Sequence[str | int]] = []
    schema: dict[str, pl.DataType] = {RECORD: pl.Int64(), **{name: pl.String() for name in columns}}
    number = 0
    with open_text(path) as file, _unlimited_fields():
        records = _records(file, delimiter)
        next(records)
        for number, (row, lines) in enumerate(records, 1):
            if lines and _runs_on(lines, delimiter):
                rejects.append(_unclosed_quote(number, len(lines)))
            elif len(row) == len(columns):
                rows.append((number, *row))
            else:
                rejects.append(_wrong_width(number, len(row), len(columns)))
            if len(rows) >= _CHUNK_ROWS:
                parts.append(pl.DataFrame(rows, schema=schema, orient="row"))
                rows = []
    parts.append(pl.DataFrame(rows, schema=schema, orient="row"))
    frame = pl.concat(parts).with_columns(pl.col(name).replace("", None) for name in columns)
    return Delimited(number, frame, tuple(rejects))


def _records(file: IO[str], delimiter: str) -> Iterator[tuple[list[str], list[str]]]:
    """Each record that is not blank; with the last one its lines, for only there can a quote stay open."""
    lines: list[str] = []

    def remembered() -> Iterator[str]:
        for line in file:
            lines.append(line)
            yield line

    waiting: list[str] = []
    for row in csv.reader(remembered(), delimiter=delimiter):
        if waiting:
            yield waiting, []
        waiting, last_lines = row, lines.copy()
        lines.clear()
    if waiting:
        yield waiting, last_lines


def _runs_on(lines: list[str], delimiter: str) -> bool:
    try:
        for _ in csv.reader(lines, delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False


def _unclosed_quote(number: int, lines: int) -> Reject:
    reason = f"a quote is opened and never closed: the record runs on over {lines} lines to the end of the file"
    return Reject(number, "row", "unclosed_quote", reason)


def _wrong_width(number: int, found: int, expected: int) -> Reject:
    return Reject(number, "row", "wrong_number_of_fields", f"the record has {found} fields, the header {expected}")


@contextmanager
def _unlimited_fields() -> Iterator[None]:
    """The csv module's limit on the length of a field is global: lifted here, and put back."""
    limit = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(limit)
