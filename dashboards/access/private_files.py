"""Files that nobody but the server's own account may read: written whole or line by line, under a lock of the folder."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_ONLY_OWNER = 0o600


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of ``folder`` against other threads and processes that ask for it; the folder is made if missing."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def replace(path: Path, content: bytes) -> None:
    """Put ``content`` at ``path`` as a whole: readers find the old file or the new one, never half of either."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def append(path: Path, line: bytes) -> int:
    """Append ``line`` as a whole or not at all and give the file's size afterwards, in bytes. A link is not followed.

    The caller holds the lock of the folder. Raises OSError.
    """
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _ONLY_OWNER)
    try:
        before = os.fstat(handle).st_size
        if os.write(handle, line) != len(line):
            os.ftruncate(handle, before)
            raise OSError(f"{path} could not be written in full; is the disk full?")
        return os.fstat(handle).st_size
    finally:
        os.close(handle)
