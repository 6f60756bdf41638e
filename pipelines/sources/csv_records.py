"""The one reading of CSV for every format: header, records, and what is wrong with either.

RFC 4180, with the liberties that real exports take: `,`, `;`, tab or `|` between fields, whichever the header uses most;
LF, CR LF and CR, also mixed; a byte-order mark; blank lines, which are no records. A quote opens at the start of a field
alone. A record with too few or too many fields, with text behind a closing quote, too long, or not in the file's encoding is
rejected with its line number. A quote that swallows lines refuses the file: what is lost in it cannot be told.

Two ways that agree: a large file without a fault goes through DuckDB's parser and never passes through Python; any other
is read record by record, in bounded memory. Both are held against an independent count.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import duckdb

from pipelines.sources.counting import CsvCount, count_csv
from pipelines.sources.limits import LONGEST_HEADER_BYTES, LONGEST_RECORD_BYTES, SMALL_FILE_BYTES
from pipelines.sources.lines import lines_of
from pipelines.sources.plain_text import PlainText, advised_encoding, is_utf8
from pipelines.sources.reading import (
    RECORD,
    Reject,
    UncountedRecordsError,
    UnreadableFileError,
    passing_reason,
    refuse_miscount,
)
from pipelines.sources.tables import Sink

_DELIMITERS = (",", ";", "\t", "|")
_BATCH_RECORDS, _BATCH_BYTES = 50_000, 32_000_000
MALFORMED = "malformed_record"


@dataclass(frozen=True)
class CsvFile:
    """A CSV file whose header was read. ``header``: names as they stand; ``starts_at_once``: no blank line above it."""

    text: PlainText
    delimiter: str
    header: tuple[str, ...]
    starts_at_once: bool


@dataclass(frozen=True)
class _Record:
    number: int
    first_line: int
    last_line: int
    raw: bytes
    fault: str = ""


def open_csv(text: PlainText, known: Mapping[str, str] | None = None) -> CsvFile:
    """Read the header. ``known``: how the format calls a column, by header as it stands, for messages alone.

    Raises UnreadableFileError where there is no header, or a quote stands in it where none belongs.
    """
    with text.open() as handle:
        start = handle.read(LONGEST_HEADER_BYTES).removeprefix(b"\xef\xbb\xbf")
    lines = start.splitlines(keepends=True)
    place = next((place for place, line in enumerate(lines) if line.strip(b"\r\n")), None)
    if place is None or not lines[place].strip():
        raise UnreadableFileError("the first line holds no column names")
    line = lines[place].rstrip(b"\r\n")
    if len(line) >= LONGEST_HEADER_BYTES - 2:
        raise UnreadableFileError(f"the header is longer than {LONGEST_HEADER_BYTES:,} bytes")
    bare = re.sub(rb'"[^"]*"', b"", line)
    delimiter = max(_DELIMITERS, key=lambda mark: bare.count(mark.encode()))
    written = line.decode("utf-8", "replace")
    _refuse_stray_quote(written, delimiter, known or {})
    header = tuple(_fields([written], delimiter)[0])
    if not any(cell.strip() for cell in header):
        raise UnreadableFileError("the first line holds no column names")
    return CsvFile(text, delimiter, header, starts_at_once=place == 0)


def _refuse_stray_quote(header: str, delimiter: str, known: Mapping[str, str]) -> None:
    mark = re.escape(delimiter)
    cell = re.compile(rf'(?:"[^"]*+(?:""[^"]*+)*+"|[^"{mark}]*+)(?:{mark}|$)')
    at = column = 0
    while at <= len(header):
        column += 1
        found = cell.match(header, at)
        if found is None:
            name = header[at:].split(delimiter, 1)[0].replace('"', "").strip().lower()
            called = f" ({known[name]})" if name in known else ""
            raise UnreadableFileError(
                f"the header has a quote where none belongs, in column {column}{called}: quotes stand around a whole "
                "name or not at all; correct the header and deliver the file again"
            )
        if found.end() == len(header) and not found.group().endswith(delimiter):
            return
        at = found.end()


def read_csv(
    file: CsvFile, columns: Mapping[str, int], sink: Sink, table: str | None = None
) -> tuple[int, list[Reject]]:
    """Put the records into ``sink``: ``_record`` and, as text, ``columns`` (name → place in the header); blank is null.

    Returns the number of records, rejects included, and the rejects. Raises UnreadableFileError where a quote swallows
    lines, or where the records do not come to the independent count.
    """
    with file.text.open() as handle:
        count = count_csv(handle, file.delimiter)
    if count.open_quote is not None:
        raise UncountedRecordsError(
            f"a quote that opens in line {count.open_quote} is never closed at the end of its field: the lines behind it would be "
            "lost in it; correct it and deliver the file again"
        )
    expected = count.records - 1
    if _may_be_clean(file, count) and _read_clean(file, columns, sink, expected):
        return expected, []
    rejects: list[Reject] = []
    number = _read_exactly(file, columns, sink, rejects, table)
    refuse_miscount(expected, number)
    return number, rejects


def _may_be_clean(file: CsvFile, count: CsvCount) -> bool:
    """Whether the engine may try. It forgives an empty field too many, and quotes inside a field: then the exact way is gone."""
    has_all_fields = count.separators == (len(file.header) - 1) * count.records
    return (
        file.text.path is not None
        and file.text.size > SMALL_FILE_BYTES
        and file.starts_at_once
        and count.is_well_quoted
        and has_all_fields
        and is_utf8(file.text)
    )


def _read_clean(file: CsvFile, columns: Mapping[str, int], sink: Sink, expected: int) -> bool:
    """Every record of a file without a fault; False, and nothing kept, if the engine finds one or other records."""
    names = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(file.header)))
    selected = ", ".join(
        [
            f"row_number() over () as {RECORD}",
            *(f"nullif(c{place}, '') as \"{name}\"" for name, place in columns.items()),
        ]
    )
    select = f"""select {selected} from read_csv($path, auto_detect = false, header = true, delim = $delimiter, quote = '"', escape = '"',
        strict_mode = true, null_padding = false, hive_partitioning = false, compression = 'none', columns = {{{names}}},
        max_line_size = {LONGEST_RECORD_BYTES}, buffer_size = {4 * LONGEST_RECORD_BYTES})"""
    try:
        return sink.take(select, {"path": str(file.text.path), "delimiter": file.delimiter}) == expected
    except duckdb.Error as error:
        if passing_reason(error) is not None or isinstance(error, duckdb.InterruptException | duckdb.FatalException):
            raise
        # Whatever it was, the exact way names it.
        return False


def _read_exactly(
    file: CsvFile, columns: Mapping[str, int], sink: Sink, rejects: list[Reject], table: str | None
) -> int:
    sink.begin(columns)
    number = 0
    misread: list[int] = []
    has_other_letters = False
    width = len(file.header)
    with file.text.open() as handle:
        records = _records(handle, file.delimiter)
        next(records)
        for batch in _batches(records):
            number = batch[-1].number
            texts: list[str] = []
            whole: list[_Record] = []
            for record in batch:
                if record.fault:
                    rejects.append(_rejected(record, record.fault, table))
                    continue
                try:
                    texts.append(record.raw.decode())
                    has_other_letters = has_other_letters or not texts[-1].isascii()
                except UnicodeDecodeError:
                    texts.append(record.raw.decode(errors="surrogateescape"))
                whole.append(record)
            rows: list[list[str]] = []
            numbers: list[int] = []
            for record, text, row in zip(whole, texts, _fields(texts, file.delimiter), strict=True):
                if len(row) != width:
                    rejects.append(_rejected(record, _wrong_width(len(row), width), table))
                elif not text.isascii() and not all(_is_whole(row[place]) for place in columns.values()):
                    # Bytes that are no text in a column that nobody reads harm nothing, and the engine would not see them.
                    misread.append(len(rejects))
                    rejects.append(_rejected(record, "", table))
                else:
                    rows.append(row)
                    numbers.append(record.number)
            sink.add(numbers, {name: [row[place] or None for row in rows] for name, place in columns.items()})
    reason = _not_decoded(file.text, has_other_letters=has_other_letters) if misread else ""
    for index in misread:
        old = rejects[index]
        rejects[index] = Reject(old.record, old.scope, old.rule, f"{reason}; {_REMEDY}", old.path, old.table)
    return number


_REMEDY = "correct it and deliver the record again"


def _rejected(record: _Record, reason: str, table: str | None) -> Reject:
    lines = f"line {record.first_line}"
    if record.last_line > record.first_line:
        reason += f" (it goes on to line {record.last_line})"
    return Reject(record.number, "row", MALFORMED, f"{reason}; {_REMEDY}", path=lines, table=table)


def _wrong_width(found: int, expected: int) -> str:
    if found < expected:
        return f"the line has fewer fields than the header ({found} of {expected})"
    return f"the line has more fields than the header ({found} for {expected}); quote fields that contain the separator"


def _is_whole(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _not_decoded(text: PlainText, *, has_other_letters: bool) -> str:
    if text.encoding != "utf-8":
        return f"the line is not {text.encoding}"
    if has_other_letters:
        return "the line is not UTF-8, as other lines of the file are"
    advised = advised_encoding(text)
    if advised is None:
        return (
            "the line is not UTF-8; convert the file, or set `encoding` on the source to that in which it was written"
        )
    return f'the line is not UTF-8; the whole file can be read with `encoding = "{advised}"` on the source'


def _fields(texts: Iterable[str], delimiter: str) -> list[list[str]]:
    """The fields of each record; the texts are whole records, whose quotes are where they belong."""
    with _unlimited_fields():
        return list(csv.reader(texts, delimiter=delimiter))


@contextmanager
def _unlimited_fields() -> Iterator[None]:
    """The csv module's limit on the length of a field is global: lifted here, and put back."""
    limit = csv.field_size_limit(max(LONGEST_RECORD_BYTES, LONGEST_HEADER_BYTES) + 1)
    try:
        yield
    finally:
        csv.field_size_limit(limit)


def _batches(records: Iterator[_Record]) -> Iterator[Sequence[_Record]]:
    batch: list[_Record] = []
    size = 0
    for record in records:
        batch.append(record)
        size += len(record.raw)
        if len(batch) >= _BATCH_RECORDS or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


_START, _PLAIN, _QUOTED, _CLOSED = range(4)


class _Quotes:
    """Where in a record the reading stands, as far as quotes decide it."""

    def __init__(self, delimiter: str) -> None:
        self.delimiter = delimiter.encode()
        mark = re.escape(self.delimiter)
        field = rb'(?:"[^"]*+(?:""[^"]*+)*+"|[^"' + mark + rb"]*+)"
        self.whole_line = re.compile(field + rb"(?:" + mark + field + rb")*+")
        self.reset()

    def reset(self) -> None:
        self.state, self.has_text_behind, self.crossed_line, self.swallows_lines = _START, False, False, False

    def read(self, piece: bytes) -> None:
        """Go on over a piece of a line, without its line end."""
        if self.state == _START and self.whole_line.fullmatch(piece):
            # How the line ends matters no more: its quotes are closed.
            self.state = (
                _PLAIN if not piece.endswith((self.delimiter, b'"')) else _CLOSED if piece.endswith(b'"') else _START
            )
            return
        at, size = 0, len(piece)
        while at < size:
            if self.state == _QUOTED:
                at = piece.find(b'"', at) + 1
                if not at:
                    return
                self.state = _CLOSED
            elif self.state == _PLAIN:
                at = piece.find(self.delimiter, at) + 1
                if not at:
                    return
                self.state = _START
            else:
                mark = piece[at : at + 1]
                if mark == b'"':
                    self.crossed_line = self.crossed_line and self.state == _CLOSED
                    self.state = _QUOTED
                elif mark == self.delimiter:
                    self.state = _START
                else:
                    if self.state == _CLOSED:
                        self.has_text_behind = True
                        self.swallows_lines = self.swallows_lines or self.crossed_line
                    self.state = _PLAIN
                at += 1

    def end_line(self) -> bool:
        """A line ends; whether the record does."""
        if self.state == _QUOTED:
            self.crossed_line = True
            return False
        return True


def _records(handle: IO[bytes], delimiter: str) -> Iterator[_Record]:
    """Every record, the header as number 0; of one that is too long only its place is kept."""
    quotes = _Quotes(delimiter)
    number = 0
    line = first_line = 1
    pieces: list[bytes] = []
    size = 0
    for piece, end in lines_of(handle):
        if end and not pieces and not size and b'"' not in piece:
            if piece and len(piece) <= LONGEST_RECORD_BYTES:
                yield _Record(number, line, line, piece)
                number += 1
                line += 1
                first_line = line
                continue
            if not piece:
                line += 1
                first_line = line
                continue
        quotes.read(piece)
        size += len(piece) + len(end)
        if size <= LONGEST_RECORD_BYTES:
            pieces += [piece, end]
        else:
            pieces.clear()
        if not end:
            continue
        if quotes.end_line():
            yield _finished(number, (first_line, line), pieces, size, quotes)
            number += 1
            pieces, size, first_line = [], 0, line + 1
            quotes.reset()
        line += 1
    if size:
        if quotes.state == _QUOTED:
            raise UncountedRecordsError(f"a quote that opens in the record of line {first_line} is never closed")
        yield _finished(number, (first_line, line), pieces, size, quotes)


def _finished(number: int, lines: tuple[int, int], pieces: list[bytes], size: int, quotes: _Quotes) -> _Record:
    first, last = lines
    if quotes.swallows_lines:
        raise UncountedRecordsError(f"a quote in the record of line {first} closes on another line, inside a field")
    if size > LONGEST_RECORD_BYTES:
        return _Record(number, first, last, b"", f"the line is longer than {LONGEST_RECORD_BYTES:,} bytes")
    fault = (
        "a quoted field goes on behind its closing quote; double the quotes inside it" if quotes.has_text_behind else ""
    )
    return _Record(number, first, last, b"".join(pieces).removesuffix(b"\n").removesuffix(b"\r"), fault)
