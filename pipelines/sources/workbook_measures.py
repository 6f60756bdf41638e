"""How much memory a part of a workbook would make the library ask for, measured on its bytes before the library sees them.

The library reserves memory by what a part says of itself: the last column and row of its cells, and the number of shared texts.
Memory that there is not ends the process, so all of it is measured first, in cells and rows that do not say where they are as well.
"""

import re

from pipelines.sources.limits import MOST_CELLS
from pipelines.sources.reading import UnreadableFileError
from pipelines.sources.unpacking import CHUNK_BYTES

_OVERLAP = 256
_DTD = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_CELL = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]+)\d")
_CELL_TAG = re.compile(rb"<(?:\w+:)?c[\s/>]")
_PLACED_CELL = re.compile(rb"<(?:\w+:)?c\s+r\s*=\s*[\"'][A-Za-z]+\d")
_ROW = re.compile(rb"<(?:\w+:)?row[\s>/]")
_PLACED_ROW = re.compile(rb"<(?:\w+:)?row\s+r\s*=\s*[\"']\d")
#: Digits of the number of a row. Up to a million they are bound enough; from there on the number is read.
_ROW_DIGITS = {digits: re.compile(rb"\sr\s*=\s*[\"'][A-Za-z]*\d{%d}" % digits) for digits in range(6, 0, -1)}
_LONG_ROW = re.compile(rb"\sr\s*=\s*[\"'][A-Za-z]*(\d{7,40})")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref\s*=\s*[\"']([A-Za-z]{1,3})(\d{1,7}):([A-Za-z]{1,3})(\d{1,7})")
_UNIQUE = re.compile(rb"\suniqueCount\s*=\s*[\"']\s*\+?0*(\d{1,40})")
#: The shortest shared text is ``<si/>``.
_SHORTEST_TEXT_BYTES = 5


def column_number(letters: str) -> int:
    """The number of a column by its letters, from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


class Measuring:
    """How far the cells of a part reach, and what no part may hold."""

    def __init__(self) -> None:
        self.columns: set[str] = set()
        self.height = 0
        self.merged: list[tuple[str, int, str, int]] = []
        self._rest = b""
        self._size = 0
        self._texts = 0
        self._rows_without_place = 0
        self._row_without_places = 0
        self._most_without_place = 0

    def add(self, chunk: bytes) -> None:
        """Measure the next bytes, up to the last tag that begins in them: what follows may go on in those that come."""
        self._size += len(chunk)
        text = self._rest + chunk
        cut = text.rfind(b"<")
        if cut < 0 or len(text) - cut > CHUNK_BYTES:
            cut = max(0, len(text) - _OVERLAP)
        self._rest = text[cut:]
        self._measure(text[:cut])

    def finish(self) -> None:
        """Measure what is left. Raises UnreadableFileError for a part that would ask for more memory than a sheet may."""
        self._measure(self._rest)
        self._rest = b""
        if self._texts > min(self._size // _SHORTEST_TEXT_BYTES + 1, MOST_CELLS):
            raise UnreadableFileError(
                f"the workbook states {self._texts:,} shared texts and has room for fewer; save it again in a spreadsheet program"
            )
        last = max((column_number(name) for name in self.columns), default=0)
        width = 1 + last - self.first_column
        if self._most_without_place:
            # At worst they all come behind the last place that is named, and begin in the first column.
            width = 1 + last + self._most_without_place
        height = self.height + self._rows_without_place
        if width * height > MOST_CELLS:
            raise UnreadableFileError(
                f"the cells of a sheet span {width:,} columns and up to {height:,} rows, more than are read; "
                "remove cells that lie far out, or deliver it as CSV"
            )

    @property
    def first_column(self) -> int:
        return min((column_number(name) for name in self.columns), default=0)

    def _measure(self, text: bytes) -> None:
        if b"<!" in text and _DTD.search(text):
            raise UnreadableFileError("the workbook declares entities, which no spreadsheet needs; deliver it again")
        if b"uniqueCount" in text:
            self._texts = max([self._texts, *(int(number) for number in _UNIQUE.findall(text))])
        self.columns.update(name.decode().upper() for name in set(_CELL.findall(text)))
        self._measure_without_places(text)
        self.height = max([self.height, *(int(number) for number in set(_LONG_ROW.findall(text)))])
        for digits, pattern in _ROW_DIGITS.items():
            if 10**digits <= self.height:
                break
            if pattern.search(text):
                self.height = 10**digits
                break
        if b"mergeCell" in text:
            found = ((a.decode().upper(), int(b), c.decode().upper(), int(d)) for a, b, c, d in _MERGED.findall(text))
            self.merged += [each for each in found if each not in self.merged[-2:]]

    def _measure_without_places(self, text: bytes) -> None:
        """Cells and rows that do not say where they are come behind the one before."""
        rows = len(_ROW.findall(text))
        if rows:
            self.height = max(self.height, 1)
            self._rows_without_place += rows - len(_PLACED_ROW.findall(text))
        if len(_CELL_TAG.findall(text)) == len(_PLACED_CELL.findall(text)):
            return
        for place, row in enumerate(_ROW.split(text)):
            cells = len(_CELL_TAG.findall(row))
            self._row_without_places = cells + (0 if place else self._row_without_places)
            self._most_without_place = max(self._most_without_place, self._row_without_places)
