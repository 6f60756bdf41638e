"""Faults of the machine, not of the program: one message with what, where and remedy.

A full disk, too little memory, a folder that cannot be written and too many open files reach us as errors of Python, of
the engine, of Arrow or of Polars, and wrapped by the orchestrator; each library has words of its own for the same thing.
"""

import errno
import os
import re
import resource
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

#: Name of a class and text of an error.
Told = tuple[str, str]

_ERRNO = re.compile(r"\[Errno (\d+)\]|\(os error (\d+)\)|errno[: =]+(\d+)", re.IGNORECASE)
_QUOTED_PATH = re.compile(r"""["'](/[^"'\n]+)["']""")
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_MEMORY = frozenset({errno.ENOMEM})
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_OPEN_FILES = frozenset({errno.EMFILE, errno.ENFILE})
_DEVICE = frozenset({errno.EIO})
_FILE_SIZE = frozenset({errno.EFBIG})
_WORDS: tuple[tuple[str, frozenset[int]], ...] = (
    (r"no space left on device|disk quota exceeded|database or disk is full|max_temp_directory_size", _DISK_FULL),
    (r"too many open files", _OPEN_FILES),
    (r"read-only file ?system|permission denied|attempt to write a readonly database", _READ_ONLY),
    (r"input/output error", _DEVICE),
    (r"file too large", _FILE_SIZE),
    (r"out of memory|cannot allocate memory|unable to allocate|bad_?alloc|can't start new thread", _MEMORY),
)
#: Classes that are told by their name, however their text goes.
_MEMORY_CLASSES = frozenset({"MemoryError", "_ArrayMemoryError", "ArrowMemoryError", "OutOfMemoryException"})
#: Only errors of these classes are read for words: a record or a rule may well speak of a denied permission.
_TELLING = re.compile(r"(OSError|IOError|IOException|FatalException|TransactionException|PermissionError|MemoryError|OutOfMemoryException|OperationalError|ComputeError|RuntimeError|RuntimeException|Fail|Error)$")  # fmt: skip
_NEVER = frozenset({"ConfigError", "Failure", "SnapshotError", "AssertionError", "ValueError", "KeyError", "TypeError"})


def machine_reason(error: BaseException, *, memory_limit: str = "", folder: Path | None = None) -> str | None:
    """What of the machine stood in the way, and the remedy; None where the machine is not at fault.

    The causes of ``error`` are looked at, too. ``memory_limit``: the engine's in force; ``folder``: where files were being
    written, for messages of errors that do not say.
    """
    return machine_reason_of(_chain(error), memory_limit=memory_limit, folder=folder)


def machine_reason_of(told: Iterable[Told], *, memory_limit: str = "", folder: Path | None = None) -> str | None:
    """As ``machine_reason``, of errors that are known by name and text alone, the outermost first."""
    for name, text in reversed(list(told)):
        kind = _kind(name, text)
        if kind:
            return _message(kind, name, text, memory_limit, folder)
    return None


def _chain(error: BaseException | None) -> Iterator[Told]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        text = str(error)
        number = getattr(error, "errno", None)
        if isinstance(error, OSError) and number is not None and not _ERRNO.search(text):
            text = f"[Errno {number}] {text}"
        yield type(error).__name__, text
        error = error.__cause__ or error.__context__


def _kind(name: str, text: str) -> frozenset[int]:
    if name in _MEMORY_CLASSES:
        # The engine says that its temporary files have no room, too, in the words of memory.
        return _DISK_FULL if re.search(r"max_temp_directory_size|no space left", text, re.IGNORECASE) else _MEMORY
    if name in _NEVER or not _TELLING.search(name):
        return frozenset()
    first = _ERRNO.search(text)
    if first is not None:
        number = int(next(group for group in first.groups() if group))
        for numbers in (_DISK_FULL, _MEMORY, _READ_ONLY, _OPEN_FILES, _DEVICE, _FILE_SIZE):
            if number in numbers:
                return numbers
    return next((numbers for words, numbers in _WORDS if re.search(words, text, re.IGNORECASE)), frozenset())


def _message(kind: frozenset[int], name: str, text: str, memory_limit: str, folder: Path | None) -> str:
    named = _QUOTED_PATH.search(text)
    path = Path(named[1]) if named else folder
    where = f" at {path}" if path else ""
    if kind is _MEMORY:
        return _memory_message(name, memory_limit)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    said = {
        _DISK_FULL: f"the disk is full{where}{_free(path)}; make room there, or name a project.data_dir on a larger disk",
        _OPEN_FILES: f"too many open files (this account may open {limit:,}); allow more with `ulimit -n {max(4096, 2 * limit)}`",
        _READ_ONLY: f"access is denied{where} (read-only, or of another account); give the account with id {os.geteuid()} the right to read and write there, or name another folder",
        _DEVICE: f"the device reported an input/output error{where}; check the disk",
        _FILE_SIZE: f"a file{where} would become larger than this account may write; allow more with `ulimit -f unlimited`, or name a project.data_dir on another disk",
    }
    return f"{said[kind]}, and run again"


def _memory_message(name: str, memory_limit: str) -> str:
    if name == "OutOfMemoryException" and memory_limit:
        return (
            f"memory ran out under memory_limit = {memory_limit!r}: set memory_limit to at least {doubled(memory_limit)!r} "
            "in [project], or fewer threads, and run again"
        )
    lower = f", or set memory_limit (now {memory_limit!r}) and threads in [project] lower" if memory_limit else ""
    return f"the machine gave this process no more memory: give it more (`ulimit -v`, its container's limit){lower}, and run again"


def doubled(size: str) -> str:
    """Twice a size such as ``512MB``, in the same unit."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(\w+)\s*", size)
    return f"{2 * float(found[1]):g}{found[2]}" if found else size


def _free(path: Path | None) -> str:
    while path is not None and not path.exists() and path != path.parent:
        path = path.parent
    try:
        return f" ({shutil.disk_usage(path).free / 1e6:,.0f} MB free)" if path is not None else ""
    except OSError:
        return ""
