"""A text file as it really arrives → the same text in plain UTF-8: in memory where it is small, else as a file.

What belongs here: compression (through ``unpacking``), character encodings, byte-order marks, files that are no text,
and a path that an engine cannot take for a pattern. What the text says belongs to the modules of the formats.
"""

import codecs
import io
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO

from pipelines.sources.limits import SMALL_FILE_BYTES
from pipelines.sources.reading import UnreadableFileError
from pipelines.sources.unpacking import CHUNK_BYTES, packing_of, unpacked

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Windows-1252, its five unassigned bytes as replacement characters: what exports said to be UTF-8 mostly are.
FALLBACK_ENCODING = "cp1252"
_UNASSIGNED_IN_1252 = b"\x81\x8d\x8f\x90\x9d"
_SAMPLE_BYTES = 1 << 16
_MOST_IN_MEMORY_BYTES = 4 * SMALL_FILE_BYTES
_LONGEST_MARK = 4
#: Stands for bytes that are none of the encoding. Half a surrogate pair is no UTF-8, so the record it stands in is
#: rejected like any other that is not.
_UNDECODABLE = "\udfff"
_MARKED = "aftercall-undecodable"

codecs.register_error(_MARKED, lambda error: (_UNDECODABLE, getattr(error, "end", 0)))


@dataclass(frozen=True)
class PlainText:
    """UTF-8 text, perhaps with a byte-order mark: ``data``, or where it is large the file at ``path``.

    ``encoding`` is that of the file as delivered. ``path`` is a private name that no engine takes for a pattern.
    """

    encoding: str
    data: bytes | None = None
    path: Path | None = None

    def open(self) -> IO[bytes]:
        """The bytes, from the start."""
        if self.data is not None:
            return io.BytesIO(self.data)
        if self.path is None:
            raise ValueError("a text has data or a path")
        return self.path.open("rb")

    @property
    def size(self) -> int:
        return len(self.data) if self.data is not None else self.path.stat().st_size if self.path else 0

    def start(self, characters: int) -> str:
        """The first characters, without a byte-order mark; what is not UTF-8 as replacement characters."""
        with self.open() as handle:
            return handle.read(4 * characters).decode("utf-8", "replace").lstrip("\ufeff")[:characters]


@contextmanager
def engine_path(path: Path) -> Iterator[Path]:
    """Another name of exactly this file, in a private folder: an engine takes ``export[1].csv`` or ``*.csv`` for a pattern."""
    with tempfile.TemporaryDirectory(prefix="aftercall-") as folder:
        link = Path(folder) / "file"
        link.symlink_to(path.resolve())
        yield link


@contextmanager
def plain_text(path: Path, encoding: str = "utf-8", *, fallback: str | None = None) -> Iterator[PlainText]:
    """The text of a file in UTF-8; a byte-order mark overrules ``encoding``.

    ``fallback``: encoding of a file that was said to be UTF-8 and is not; without one its bytes stay as they are.
    Raises UnreadableFileError for an empty, binary, truncated or damaged file; errors of the system pass through.
    """
    with path.open("rb") as handle:
        start = handle.read(8)
        if not start:
            raise UnreadableFileError("the file is empty (0 bytes); deliver it again")
    said = codecs.lookup(encoding).name
    said = "utf-8" if said == "utf-8-sig" else said
    with ExitStack() as scratch:
        text = _in_utf8(path, packing_of(start), said, scratch)
        if text.encoding == said == "utf-8" and fallback and not is_utf8(text):
            text = _kept(_decoded(_chunks(text), fallback, "replace"), fallback, scratch)
        _refuse_binary(text)
        yield text


def advised_encoding(text: PlainText) -> str | None:
    """The encoding to configure for a file that is not UTF-8, if the whole of it can be read in one; None if unknown."""
    if text.encoding != "utf-8" or any(byte in chunk for chunk in _chunks(text) for byte in _unassigned()):
        return None
    return FALLBACK_ENCODING


def _unassigned() -> tuple[bytes, ...]:
    return tuple(bytes([byte]) for byte in _UNASSIGNED_IN_1252)


def _in_utf8(path: Path, packing: str, said: str, scratch: ExitStack) -> PlainText:
    chunks = unpacked(path, packing)
    first = next(chunks, b"")
    while len(first) < _LONGEST_MARK and (more := next(chunks, b"")):
        first += more
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if first.startswith(mark)), said)
    everything = chain((first,), chunks)
    if encoding != "utf-8":
        return _kept(_decoded(everything, encoding, _MARKED), encoding, scratch)
    if packing or path.stat().st_size <= SMALL_FILE_BYTES:
        return _kept(everything, encoding, scratch)
    return PlainText(encoding, path=scratch.enter_context(engine_path(path)))


def _kept(chunks: Iterable[bytes], encoding: str, scratch: ExitStack) -> PlainText:
    """In memory what is small, else in a file of its own that goes when it was read."""
    waiting: list[bytes] = []
    size = 0
    remaining = iter(chunks)
    for chunk in remaining:
        waiting.append(chunk)
        size += len(chunk)
        if size > _MOST_IN_MEMORY_BYTES:
            break
    else:
        return PlainText(encoding, data=b"".join(waiting))
    target = Path(scratch.enter_context(tempfile.TemporaryDirectory(prefix="aftercall-"))) / "plain"
    with target.open("wb") as file:
        file.writelines(waiting)
        waiting.clear()
        file.writelines(remaining)
    return PlainText(encoding, path=target)


def _decoded(chunks: Iterable[bytes], encoding: str, errors: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    is_start = True
    for chunk in chain(chunks, (None,)):
        text = decoder.decode(chunk) if chunk is not None else decoder.decode(b"", final=True)
        if text:
            yield (text.removeprefix("\ufeff") if is_start else text).encode("utf-8", "surrogatepass")
            is_start = False


def _chunks(text: PlainText) -> Iterator[bytes]:
    with text.open() as handle:
        yield from iter(lambda: handle.read(CHUNK_BYTES), b"")


def is_utf8(text: PlainText) -> bool:
    """Whether all of it can be decoded. The engine must not see any other text: it may fail for good on it."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in _chunks(text):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_binary(text: PlainText) -> None:
    with text.open() as handle:
        sample = handle.read(_SAMPLE_BYTES) or b" "
    # A byte of zero further down is a fault of the record in which it stands.
    if b"\x00" not in sample.splitlines()[0]:
        return
    # Every second byte of Western text in UTF-16 is zero; without a mark nothing but that tells it.
    for name in ("utf-16-le", "utf-16-be"):
        as_text = sample[: len(sample) // 2 * 2].decode(name, "replace")
        if 2 * sum(" " <= character <= "~" for character in as_text) > len(as_text):
            raise UnreadableFileError(f'the text is not UTF-8; set encoding = "{name}" on the source')
    raise UnreadableFileError("a binary file, not text")
