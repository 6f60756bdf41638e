"""How often something may be tried: a bound per name that needs the same little space however many names are tried.

The generic cell rate algorithm: for each name one instant is kept, at which the tries so far would be due if they had
come at the allowed pace. Names share 65,536 places by a keyed hash that nobody outside can foresee, so the space is
fixed, nothing is ever forgotten to make room, and two names that meet in one place only make the bound stricter.

The places stand in a file of half a megabyte, so that a restart forgives nothing and several processes over one data
directory count together. It is made as a whole and then changed eight bytes at a time, under a lock.
"""

import fcntl
import hashlib
import logging
import math
import os
import secrets
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from dashboards.access import private_files

_LOG = logging.getLogger(__name__)

_PLACES = 1 << 16
_MAGIC = b"aftercall limit\n"
_KEY_BYTES = 16
_HEADER_BYTES = len(_MAGIC) + _KEY_BYTES
FILE_BYTES = _HEADER_BYTES + 8 * _PLACES


class RateLimit:
    """At most ``burst`` tries at once, and one more every ``seconds_each`` seconds."""

    def __init__(self, burst: int, seconds_each: float, path: Path | None = None) -> None:
        """``path``: the file in which tries are kept; without one they are forgotten with the process.

        Raises:
            OSError: the file cannot be read and written.
        """
        self._each = seconds_each
        self._ahead = (burst - 1) * seconds_each
        self._file = _temporary() if path is None else _opened(path)
        self._key = os.pread(self._file.fileno(), _KEY_BYTES, len(_MAGIC))
        self._lock = threading.Lock()

    def wait(self, name: str, now: float) -> float:
        """Count a try of ``name`` at ``now`` (seconds since 1970) and return 0, or the seconds until one is allowed, uncounted.

        Raises OSError if the try cannot be kept.
        """
        with self._place(name) as (due_before, keep):
            # Not further ahead than tries can bring it: a clock that was put back, or a damaged file, locks nobody out.
            due = max(min(due_before, now + self._ahead + self._each), now)
            excess = due - now - self._ahead
            if excess > 0:
                return excess
            keep(due + self._each)
            return 0.0

    def give_back(self, name: str) -> None:
        """A counted try was a rightful one and does not count. Raises OSError."""
        with self._place(name) as (due, keep):
            keep(due - self._each)

    @contextmanager
    def _place(self, name: str) -> "Iterator[tuple[float, _Keep]]":
        """The instant kept for ``name`` and a way to keep another, while nobody else may look at the places."""
        digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), key=self._key, digest_size=4).digest()
        offset = _HEADER_BYTES + 8 * (int.from_bytes(digest, "big") % _PLACES)
        handle = self._file.fileno()
        with self._lock:
            fcntl.flock(handle, fcntl.LOCK_EX)
            try:
                found = os.pread(handle, 8, offset)
                due = struct.unpack("<d", found)[0] if len(found) == 8 else 0.0
                yield (0.0 if math.isnan(due) else due), _Keep(handle, offset)
            finally:
                fcntl.flock(handle, fcntl.LOCK_UN)


class _Keep:
    """Writes the instant of one place."""

    def __init__(self, handle: int, offset: int) -> None:
        self._handle, self._offset = handle, offset

    def __call__(self, due: float) -> None:
        if os.pwrite(self._handle, struct.pack("<d", due), self._offset) != 8:
            raise OSError("how often something was tried could not be written; is the disk full?")


def _begun(folder: Path | None) -> tuple[int, Path]:
    """A file without tries, in ``folder`` or where such files lie; its handle and its name."""
    handle, name = tempfile.mkstemp(dir=folder, prefix=".tries-")
    os.write(handle, _MAGIC + secrets.token_bytes(_KEY_BYTES))
    os.ftruncate(handle, FILE_BYTES)
    return handle, Path(name)


def _temporary() -> BinaryIO:
    handle, path = _begun(None)
    path.unlink()
    return os.fdopen(handle, "r+b", buffering=0)


def _opened(path: Path) -> BinaryIO:
    with private_files.locked(path.parent):
        if path.is_symlink() or (path.exists() and not _is_whole(path)):
            _LOG.warning("%s was damaged and is begun anew: tries so far are forgotten", path)
            path.unlink()
        if not path.exists():
            handle, made = _begun(path.parent)
            made.replace(path)
        else:
            handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
            os.fchmod(handle, 0o600)
        return os.fdopen(handle, "r+b", buffering=0)


def _is_whole(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(_MAGIC)) == _MAGIC and path.stat().st_size == FILE_BYTES
