"""XML files: elements on a path → the rows of each table of a mapping, read as a stream.

An element becomes what ``documents`` walks through: attributes under ``@name``, children under their names (without prefix) as
lists, its text under ``#text``. Only the record that is being read is held; of the elements above it what stands in front of it.
Nothing is resolved: a file with a document type declaration, where entities are declared, is refused at its first word of it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat

import polars as pl

from pipelines.sources.json_text import text_of_value
from pipelines.sources.limits import DEEPEST_NESTING, LONGEST_RECORD_BYTES
from pipelines.sources.mapping.documents import DocumentWalk, Row, RowsWanted
from pipelines.sources.plain_text import PlainText
from pipelines.sources.reading import Reject, UncountedRecordsError, UnreadableFileError
from pipelines.sources.unpacking import CHUNK_BYTES

_START = re.compile(r"\s*<(\?xml|[A-Za-z_!])")
_TEXT = "#text"
_INVALID_TOKEN = expat.errors.codes[expat.errors.XML_ERROR_INVALID_TOKEN]
_ENCODING_FAULTS = frozenset(
    expat.errors.codes[fault]
    for fault in (expat.errors.XML_ERROR_UNKNOWN_ENCODING, expat.errors.XML_ERROR_INCORRECT_ENCODING)
)
_ENCODING_ADVICE = (
    "its first line names an encoding that is unknown, not supported, or not the file's; set `encoding` on the source, "
    "or deliver it in UTF-8"
)
_MALFORMED = "malformed_record"


def looks_like_xml(text: PlainText) -> bool:
    """Whether a text begins as an XML document does."""
    return _START.match(text.start(64)) is not None


@dataclass
class _Open:
    """An element that is not closed yet. ``children``: how many of each name came so far; ``pieces``: texts, and those of children."""

    name: str
    value: dict[str, object]
    pieces: list[object] = field(default_factory=list)
    has_text: bool = False
    children: dict[str, int] = field(default_factory=dict)
    index: int = 0


class XmlWalk(DocumentWalk):
    """Goes through one document, record by record."""

    def __init__(self, wanted: Sequence[RowsWanted]) -> None:
        super().__init__(wanted)
        self._keys = tuple(level.name for level in wanted[0].levels)
        self._open: list[_Open] = [_Open("", {})]
        # Of the elements above the records: the children that a field leads into.
        read = (
            place for one in wanted for place in one.places.values() if place.level < len(self._keys) and place.steps
        )
        self._read_above = {(place.level, str(place.steps[0])) for place in read}
        self._matched = 0
        """Elements that are open on the way to the records, from the root."""
        self._size = 0
        self._is_too_long = False

    def take_xml(self, text: PlainText) -> list[pl.DataFrame]:
        """The rows of each table.

        Raises UnreadableFileError where it is not well-formed, or declares a document type.
        """
        # What was decoded before is UTF-8, whatever its first line says.
        parser = expat.ParserCreate(None if text.encoding == "utf-8" else "utf-8")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.EntityDeclHandler = _refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        fed = 0
        try:
            with text.open() as handle:
                while chunk := handle.read(CHUNK_BYTES):
                    parser.Parse(chunk, False)
                    fed += len(chunk)
                    if fed - parser.CurrentByteIndex > 2 * LONGEST_RECORD_BYTES:
                        raise UnreadableFileError(
                            f"a tag is longer than {LONGEST_RECORD_BYTES:,} bytes; deliver the file again"
                        )
                    self.flush_full()
                parser.Parse(b"", True)
        except expat.ExpatError as error:
            cause = "it may be truncated: deliver it again"
            if error.code == _INVALID_TOKEN:
                cause = "set `encoding` on the source if its first line does not name the one that it is in, else deliver it again"
            if error.code in _ENCODING_FAULTS:
                cause = _ENCODING_ADVICE
            words = f"the XML is not well-formed at line {error.lineno:,} ({expat.ErrorString(error.code)}); {cause}"
            raise (UncountedRecordsError if self.rows_in else UnreadableFileError)(words) from error
        except (LookupError, ValueError) as error:
            # The parser asks Python for the encoding that the first line names; of several bytes a character it takes none.
            raise UnreadableFileError(f"the XML cannot be decoded; {_ENCODING_ADVICE}") from error
        if not self.has_list and self._keys[0] not in self._open[0].children:
            self.broken.take(0, dict.fromkeys(self._open[0].children, False))
        self.documents = 1
        return self.flushed()

    def value_of(self, element: object, steps: Iterable[str | int]) -> str | None:
        """The text of a field; of children of one name all, as a list, and on the way to a field the first."""
        found: object = element
        for step in steps:
            if isinstance(step, int):
                found = found[step] if isinstance(found, list) and step < len(found) else None
            else:
                found = found[0] if isinstance(found, list) and found else found
                found = found.get(step) if isinstance(found, dict) else None
        if isinstance(found, list) and len(found) == 1:
            found = found[0]
        if isinstance(found, dict) and (_TEXT in found or all(name.startswith("@") for name in found)):
            found = found.get(_TEXT)
        return text_of_value(_plain(found)) or None

    def stands(self, element: object, steps: tuple[str | int, ...]) -> bool:
        """Whether an element has a field, be it empty; text and a further one of its name it need not have."""
        while steps and (isinstance(steps[-1], int) or steps[-1] == _TEXT):
            steps = steps[:-1]
        for step in steps:
            element = element[0] if isinstance(element, list) and element and isinstance(step, str) else element
            if isinstance(step, int):
                element = element[step] if isinstance(element, list) and step < len(element) else None
            elif not isinstance(element, dict) or step not in element:
                return False
            else:
                element = element[step]
        return True

    # ------------------------------------------------------------------ what the parser tells

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        depth = len(self._open)
        if depth > DEEPEST_NESTING:
            raise UnreadableFileError(f"elements are nested deeper than {DEEPEST_NESTING} levels")
        above = self._open[-1]
        is_on_the_way = self._matched == depth - 1 and depth <= len(self._keys) and local == self._keys[depth - 1]
        value: dict[str, object] = {
            f"@{each.rpartition(':')[2]}": said for each, said in attributes.items() if not each.startswith("xmlns")
        }
        opened = _Open(local, value, index=above.children.get(local, 0))
        above.children[local] = opened.index + 1
        if is_on_the_way:
            self._matched = depth
            if depth == len(self._keys):
                self.has_list = True
                self._size, self._is_too_long = 0, False
        self._count(sum(len(each) + len(said) for each, said in attributes.items()) + len(local))
        self._open.append(opened)

    def _characters(self, text: str) -> None:
        self._count(len(text))
        if not self._is_too_long:
            self._open[-1].pieces.append(text)
            self._open[-1].has_text = self._open[-1].has_text or not text.isspace()

    def _count(self, size: int) -> None:
        self._size += size
        self._is_too_long = self._size > LONGEST_RECORD_BYTES

    def _end(self, _: str) -> None:
        depth = len(self._open) - 1
        closed = self._open.pop()
        is_on_the_way = self._matched == depth < len(self._keys)
        if not self.has_list and is_on_the_way and self._keys[depth] not in closed.children:
            self.broken.take(depth, {name: number > 1 for name, number in closed.children.items()})
        if self._is_too_long:
            # What is left out of a record makes it none; above the records it is left out of what they may read.
            closed.value, closed.pieces, closed.has_text = {}, [], False
        if closed.has_text:
            # Words with others inside of them, as in `no <b>answer</b>`, are one text.
            text = "".join(_flat(closed.pieces)).strip()
            if closed.children:
                self._count(len(text))
            closed.value[_TEXT] = text
        if self._matched == depth == len(self._keys):
            self._record(closed)
        elif self._matched != depth and not self._is_too_long:
            is_above = self._matched == depth - 1 < len(self._keys)
            if not is_above:
                self._open[-1].pieces.append(closed.pieces)
            if not is_above or (depth - 1, closed.name) in self._read_above:
                children = self._open[-1].value.setdefault(closed.name, [])
                if isinstance(children, list):
                    children.append(closed.value)
        if self._matched == depth:
            self._matched = depth - 1
            self._size, self._is_too_long = 0, False

    def _record(self, record: _Open) -> None:
        opened = [*self._open[1:], record]
        path = "".join(f"/{each.name}[{each.index + 1}]" for each in opened)
        if self._is_too_long:
            self.rows_in += 1
            self.rejects.append(
                Reject(
                    self.rows_in, "row", _MALFORMED, f"the record is longer than {LONGEST_RECORD_BYTES:,} bytes", path
                )
            )
            return
        self.take_record(Row((None, *(each.value for each in opened)), record.index, path))


def _refuse_doctype(*_: object) -> None:
    raise UnreadableFileError(
        "the XML declares a document type, where entities may be declared; such files are not read: deliver it without <!DOCTYPE …>"
    )


def _flat(pieces: list[object]) -> Iterator[str]:
    for piece in pieces:
        if isinstance(piece, list):
            yield from _flat(piece)
        else:
            yield str(piece)


def _plain(value: object) -> object:
    """What is no single text, as JSON has it: an only child is no list."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        if set(value) == {_TEXT}:
            return value[_TEXT]
        return {
            name: _plain(each[0]) if isinstance(each, list) and len(each) == 1 else _plain(each)
            for name, each in value.items()
        }
    return value
