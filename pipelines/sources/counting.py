"""How many records a file holds, counted a second time: what a reader read is held against it.

What belongs here: ways of counting that know bytes, quotes and brackets alone. Nothing here is shared with the readers, so
that a fault of a reader, or of an engine below it, cannot hide itself. Texts are UTF-8; line ends are LF, CR LF and CR.

CSV: a quote opens at the start of a field alone, doubled inside it stands for itself, and closes before a separator or a
line end. Chunks in which every quote does are counted by vectors; any other is walked through, byte by byte.
"""

import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

_CHUNK = 1 << 18
_QUOTE, _LF, _CR, _COMMA, _BACKSLASH = 34, 10, 13, 44, 92
_MARK = b"\xef\xbb\xbf"
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_HITS_OBJECT, _HITS_LIST = re.compile(rb'"hits"\s*:\s*\{'), re.compile(rb'"hits"\s*:\s*\[')
_IS_MARK = np.isin(np.arange(256), list(b"[]{},"))
_STEPS = np.zeros(256, np.int8)
_STEPS[list(b"[{")] = 1
_STEPS[list(b"]}")] = -1
_AT_START, _PLAIN, _QUOTED, _CLOSED = range(4)
"""Where a byte can stand: at the start of a field, in a field without quotes, in quotes, behind a closing quote."""


@dataclass(frozen=True)
class CsvCount:
    """What the bytes of a CSV file say. ``records`` does not count blank lines; it does count the header."""

    records: int
    separators: int
    """Separators outside quotes: one less a record than it has fields."""
    is_well_quoted: bool
    """Whether every quote opens at the start of a field and closes at its end."""
    open_quote: int | None
    """Line of a quote that is still open at the end of the file, or that closes on another line, inside a field."""


@dataclass
class _Csv:
    """The state of counting between chunks."""

    separator: int
    state: int = _AT_START
    offset: int = 0
    records: int = 0
    separators: int = 0
    line_has_bytes: bool = False
    is_well_quoted: bool = True
    opened_at: int = 0
    crossed_line: bool = False
    runs_on_from: int | None = None

    def add(self, chunk: bytes) -> None:
        if self.state in (_AT_START, _PLAIN) and b'"' not in chunk:
            self._add_unquoted(chunk)
        elif not self._add_quoted(np.frombuffer(chunk, np.uint8)):
            self.is_well_quoted = False
            self._walk(chunk)
        self.offset += len(chunk)

    def _add_unquoted(self, chunk: bytes) -> None:
        array = np.frombuffer(chunk, np.uint8)
        self.separators += int(np.count_nonzero(array == self.separator))
        self._add_ends((array == _LF) | (array == _CR) if b"\r" in chunk else array == _LF)
        self.state = _AT_START if chunk[-1] in (self.separator, _LF, _CR) else _PLAIN

    def _add_ends(self, ends: npt.NDArray[np.bool_]) -> None:
        """Count the records that end at these bytes: an end right behind another one ends a blank line."""
        before = np.empty_like(ends)
        before[0] = not self.line_has_bytes
        before[1:] = ends[:-1]
        self.records += int(np.count_nonzero(ends & ~before))
        self.line_has_bytes = not ends[-1]

    def _add_quoted(self, array: npt.NDArray[np.uint8]) -> bool:
        """Count a chunk in which all quotes are where they belong; False, and nothing counted, if one is not."""
        quotes = array == _QUOTE
        places = np.flatnonzero(quotes)
        was_open = int(self.state == _QUOTED)
        ends = (array == _LF) | (array == _CR)
        separators = array == self.separator
        limits = ends | separators
        # By turns a quote opens and closes; of a doubled one the first closes and the second opens again.
        opening, closing = places[was_open::2], places[1 - was_open :: 2]
        in_front = limits | quotes
        if opening.size:
            inner = opening[1:] if opening[0] == 0 else opening
            if not in_front[inner - 1].all() or (opening[0] == 0 and self.state == _PLAIN):
                return False
        inside_end = closing[:-1] if closing.size and closing[-1] == array.size - 1 else closing
        if not in_front[inside_end + 1].all() or (self.state == _CLOSED and not in_front[0]):
            return False
        inside = _inside(places, array.size, was_open=bool(was_open))
        self.separators += int(np.count_nonzero(separators & ~inside))
        self._add_ends(ends & ~inside)
        self._remember_opening(quotes, opening, ends)
        last = int(array[-1])
        if inside[-1]:
            self.state = _QUOTED
        elif last == _QUOTE:
            self.state = _CLOSED
        else:
            self.state = _AT_START if limits[-1] else _PLAIN
        return True

    def _remember_opening(
        self, quotes: npt.NDArray[np.bool_], opening: npt.NDArray[np.int64], ends: npt.NDArray[np.bool_]
    ) -> None:
        """Where the field in quotes began that the chunk may end in, and whether it goes over a line end."""
        in_front = np.empty(opening.size, np.bool_)
        if opening.size:
            in_front = quotes[opening - 1]
            if opening[0] == 0:
                in_front[0] = self.state == _CLOSED
        new = opening[~in_front]
        if new.size:
            self.opened_at = self.offset + int(new[-1])
            self.crossed_line = bool(ends[new[-1] :].any())
        else:
            self.crossed_line |= bool(ends.any())

    def _walk(self, chunk: bytes) -> None:
        """The same, a byte at a time: the exact rules, for chunks with quotes where none belongs."""
        place, size = 0, len(chunk)
        stop = re.compile(b"[" + re.escape(bytes([self.separator])) + b"\r\n]")
        while place < size:
            place = self._skip_unquoted_lines(chunk, place)
            if place == size:
                return
            byte = chunk[place]
            if self.state == _QUOTED:
                at = chunk.find(b'"', place)
                until = size if at < 0 else at
                self.crossed_line |= b"\n" in chunk[place:until] or b"\r" in chunk[place:until]
                self.line_has_bytes = True
                if at < 0:
                    return
                self.state, place = _CLOSED, at + 1
            elif self.state == _CLOSED and byte == _QUOTE:
                self.state, place = _QUOTED, place + 1
            elif byte == self.separator:
                self.separators += 1
                self.state, place, self.line_has_bytes = _AT_START, place + 1, True
            elif byte in (_LF, _CR):
                self.records += self.line_has_bytes
                self.state, place, self.line_has_bytes = _AT_START, place + 1, False
            elif self.state == _AT_START and byte == _QUOTE:
                self.opened_at, self.crossed_line = self.offset + place, False
                self.state, place, self.line_has_bytes = _QUOTED, place + 1, True
            else:
                if self.state == _CLOSED and self.crossed_line and self.runs_on_from is None:
                    self.runs_on_from = self.opened_at
                found = stop.search(chunk, place)
                self.state, self.line_has_bytes = _PLAIN, True
                place = found.start() if found else size

    def _skip_unquoted_lines(self, chunk: bytes, place: int) -> int:
        """Count the whole lines up to the next quote at once; returns where to go on."""
        if self.state in (_QUOTED, _CLOSED):
            return place
        quote = chunk.find(b'"', place)
        end = len(chunk) if quote < 0 else max(chunk.rfind(b"\n", place, quote), chunk.rfind(b"\r", place, quote)) + 1
        if end > place:
            self._add_unquoted(chunk[place:end])
        return max(end, place)


def _inside(quotes: npt.NDArray[np.int64], size: int, *, was_open: bool) -> npt.NDArray[np.bool_]:
    """Of each byte of a chunk whether it stands between quotes; a quote that opens does, one that closes does not."""
    turns = (np.arange(quotes.size + 1) & 1).astype(bool)
    return np.repeat(turns ^ was_open, np.diff(quotes, prepend=0, append=size))


def count_csv(file: IO[bytes], separator: str) -> CsvCount:
    """Count the records of a CSV file, its header included."""
    counting = _Csv(ord(separator))
    start = True
    while chunk := file.read(_CHUNK):
        if start and (bare := chunk.removeprefix(_MARK)) is not chunk:
            counting.offset, chunk = len(chunk) - len(bare), bare
        start = False
        if chunk:
            counting.add(chunk)
    opened = counting.opened_at if counting.state == _QUOTED else counting.runs_on_from
    if counting.runs_on_from is not None and opened is not None:
        opened = min(opened, counting.runs_on_from)
    return CsvCount(
        records=counting.records + counting.line_has_bytes,
        separators=counting.separators,
        is_well_quoted=counting.is_well_quoted and opened is None,
        open_quote=None if opened is None else _line_at(file, opened),
    )


def _line_at(file: IO[bytes], offset: int) -> int:
    """Number of the line, from 1, in which the byte at ``offset`` stands."""
    file.seek(0)
    line, left, last = 1, offset, b""
    while left and (chunk := file.read(min(left, _CHUNK))):
        left -= len(chunk)
        line += chunk.count(b"\n") + chunk.count(b"\r") - (last + chunk).count(b"\r\n")
        last = chunk[-1:]
    return line


def count_lines(file: IO[bytes]) -> int:
    """Lines that are not blank."""
    records, has_content, start = 0, False, True
    while chunk := file.read(_CHUNK):
        if start:
            chunk, start = chunk.removeprefix(_MARK), False
            if not chunk:
                continue
        filled = [bool(line.strip()) for line in chunk.splitlines()]
        filled[0] |= has_content
        has_content = False if chunk.endswith((b"\n", b"\r")) else filled.pop()
        records += sum(filled)
    return records + has_content


def count_list(file: IO[bytes]) -> int:
    """Entries of the first JSON list that opens in the file."""
    depth = commas = 0
    inside = has_entry = False
    held = b""
    while chunk := file.read(_CHUNK):
        chunk = held + chunk
        # A backslash takes the byte behind it, which may be the first one of the next chunk.
        run = len(chunk) - len(chunk.rstrip(b"\\"))
        chunk, held = (chunk[:-1], chunk[-1:]) if run % 2 else (chunk, b"")
        if not chunk:
            continue
        array = np.frombuffer(chunk, np.uint8)
        quotes = _bare_quotes(array)
        within = _inside(quotes, array.size, was_open=inside)
        places = np.flatnonzero(_IS_MARK[array] & ~within)
        marks = array[places]
        depths = np.cumsum(_STEPS[marks], dtype=np.int64) + depth
        ended = np.flatnonzero((depths == 0) & (_STEPS[marks] < 0))
        last = int(ended[0]) if ended.size else marks.size
        commas += int(np.count_nonzero((marks[:last] == _COMMA) & (depths[:last] == 1)))
        if not has_entry:
            start = 0 if depth else int(places[0]) + 1 if places.size else len(chunk)
            has_entry = bool(chunk[start : int(places[last]) if last < places.size else len(chunk)].strip())
        if ended.size:
            break
        depth = int(depths[-1]) if depths.size else depth
        inside = bool(within[-1])
    return commas + has_entry


def _bare_quotes(array: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Places of the quotes that no backslash takes: one behind a run of backslashes of odd length is text."""
    quotes = array == _QUOTE
    slashes = np.flatnonzero(array == _BACKSLASH)
    if slashes.size:
        starts = np.flatnonzero(np.diff(slashes, prepend=-2) > 1)
        lengths = np.diff(starts, append=slashes.size)
        behind = slashes[starts + lengths - 1][lengths % 2 == 1] + 1
        quotes[behind[behind < array.size]] = False
    return np.flatnonzero(quotes)


def count_answer(document: bytes) -> int:
    """Entries of ``hits.hits`` of a search answer; 1 for an object that has no such list: it is a record itself."""
    for outer in _HITS_OBJECT.finditer(document):
        if _depth(document[: outer.start()]) == 1:
            answer = document[outer.end() - 1 :]
            for inner in _HITS_LIST.finditer(answer):
                if _depth(answer[: inner.start()]) == 1:
                    return count_list(io.BytesIO(answer[inner.end() - 1 :]))
    return 1


def _depth(start: bytes) -> int:
    bare = _STRING.sub(b"", start)
    return sum(bare.count(mark) for mark in (b"{", b"[")) - sum(bare.count(mark) for mark in (b"}", b"]"))


def count_parquet(path: Path) -> int:
    """Rows as the footer of a Parquet file tells them."""
    with path.open("rb") as file:
        return int(pq.read_metadata(file).num_rows)
