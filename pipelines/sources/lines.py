"""The lines of a text file, whatever their ends and however long they are."""

from collections.abc import Iterator
from typing import IO

from pipelines.sources.limits import LONGEST_RECORD_BYTES

_CHUNK_BYTES = 1 << 20


def lines_of(handle: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    r"""Each line as (bytes, line end): ``\n``, ``\r\n`` or ``\r``; a byte-order mark is left out.

    A line beyond the bound comes in pieces, each with an empty end but the last. The last line of a file may have none.
    """
    rest = b""
    is_start = True
    while chunk := handle.read(_CHUNK_BYTES):
        if is_start:
            chunk, is_start = chunk.removeprefix(b"\xef\xbb\xbf"), False
        buffer = rest + chunk
        # A carriage return at the very end may be the first half of a line end.
        buffer, held = (buffer[:-1], b"\r") if buffer.endswith(b"\r") else (buffer, b"")
        lines = buffer.splitlines(keepends=True)
        rest = lines.pop() if lines and not lines[-1].endswith((b"\n", b"\r")) else b""
        for line in lines:
            bare = line.rstrip(b"\r\n")
            yield bare, line[len(bare) :]
        if len(rest) > LONGEST_RECORD_BYTES:
            yield rest, b""
            rest = b""
        rest += held
    if rest:
        bare = rest.rstrip(b"\r\n")
        yield bare, rest[len(bare) :]
