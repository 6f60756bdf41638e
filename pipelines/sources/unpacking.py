"""A compressed file as a stream of its plain bytes, within bounds: gzip, zstd, bzip2, and zip with one member."""

import bz2
import gzip
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, cast

from pipelines.sources.limits import LARGEST_RATIO, MOST_UNPACKED_BYTES, RATIO_APPLIES_FROM_BYTES
from pipelines.sources.reading import UnreadableFileError, passing_reason

CHUNK_BYTES = 1 << 20
#: Endings that say how a file is packed, not what it holds.
PACKED_SUFFIXES = frozenset({".gz", ".zst", ".bz2", ".zip"})
_FIRST_BYTES = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
}


def packing_of(start: bytes) -> str:
    """How a file that starts with these bytes is compressed; "" if it is not."""
    return next((name for magic, name in _FIRST_BYTES.items() if start.startswith(magic)), "")


def content_suffix(path: Path) -> str:
    """The ending that says what a file holds, in lower case: ``.csv`` of ``a.csv.gz``, of a zip alone that of its member."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    plain = [suffix for suffix in suffixes if suffix not in PACKED_SUFFIXES]
    if not plain and suffixes[-1:] == [".zip"] and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return Path(archive.namelist()[0]).suffix.lower() if archive.namelist() else ""
    return plain[-1] if plain else ""


def unpacked(path: Path, packing: str) -> Iterator[bytes]:
    """The plain bytes of a file, in chunks.

    Raises UnreadableFileError where the stream is damaged, ends early, is encrypted, or grows beyond the bounds.
    """
    packed_bytes = max(1, path.stat().st_size)
    total = 0
    with ExitStack() as stack:
        try:
            stream = _opened(stack, path, packing)
            while chunk := stream.read(CHUNK_BYTES):
                total += len(chunk)
                _refuse_beyond_bounds(total, packed_bytes, packing)
                yield chunk
        except (OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
            if passing_reason(error) is not None or not packing:
                raise
            raise UnreadableFileError(f"the {packing} stream is truncated or damaged; deliver it again") from error
        except Exception as error:
            # zlib.error has no base of its own but Exception.
            if type(error).__module__ != "zlib":
                raise
            raise UnreadableFileError(f"the {packing} stream is damaged; deliver it again") from error
    if packing and not total:
        raise UnreadableFileError("the compressed file is empty or truncated; deliver it again")


def _opened(stack: ExitStack, path: Path, packing: str) -> IO[bytes]:
    match packing:
        case "gzip":
            return cast("IO[bytes]", stack.enter_context(gzip.open(path, "rb")))
        case "bzip2":
            return cast("IO[bytes]", stack.enter_context(bz2.open(path, "rb")))
        case "zstd":
            import pyarrow as pa  # noqa: PLC0415  (only for zstd: Python 3.11 has no reader of its own)

            raw = stack.enter_context(pa.PythonFile(stack.enter_context(path.open("rb"))))
            return cast("IO[bytes]", stack.enter_context(pa.CompressedInputStream(raw, "zstd")))
        case "zip":
            return _only_member(stack, path)
        case _:
            return stack.enter_context(path.open("rb"))


def _only_member(stack: ExitStack, path: Path) -> IO[bytes]:
    archive = stack.enter_context(zipfile.ZipFile(path))
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) != 1:
        raise UnreadableFileError(f"a zip archive of {len(members)} files; one is expected")
    if members[0].flag_bits & 1:
        raise UnreadableFileError("the zip archive is encrypted; deliver it without a password")
    return stack.enter_context(archive.open(members[0]))


def _refuse_beyond_bounds(unpacked_bytes: int, packed_bytes: int, packing: str) -> None:
    if not packing:
        return
    if unpacked_bytes > MOST_UNPACKED_BYTES:
        raise UnreadableFileError(f"it unpacks to more than {MOST_UNPACKED_BYTES:,} bytes; deliver it in parts")
    if unpacked_bytes > RATIO_APPLIES_FROM_BYTES and unpacked_bytes > LARGEST_RATIO * packed_bytes:
        raise UnreadableFileError(
            f"it unpacks to more than {LARGEST_RATIO} times its size; deliver it uncompressed if that is meant"
        )
