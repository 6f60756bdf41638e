"""Who may read the files that the product makes: nobody but the account that runs it.

One mechanism: every entry point (command line, Dagster's definitions and runs, dashboards) calls ``private_umask``, so
that whatever a library writes is private, too; files and folders of ours are opened with their mode besides.
``[project] file_mode`` opens the published snapshot, and nothing else, to a group.
"""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OWNER_FILE, OWNER_FOLDER = 0o600, 0o700


def private_umask() -> None:
    """From here on this process, and what it starts, makes files for its own account alone."""
    os.umask(0o077)


def private_folder(folder: Path) -> None:
    """Make ``folder`` and what is missing above it, all of it private; one that is there stays as it is."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(mode=OWNER_FOLDER, exist_ok=True)


def folder_mode(file_mode: int) -> int:
    """The mode of a folder of such files: who may read a file may also enter and list its folder."""
    return file_mode | OWNER_FOLDER | (file_mode & 0o444) >> 2


def set_mode(path: Path, mode: int) -> None:
    """Give ``path`` this mode where it has another; a file of another account stays as it is."""
    if stat.S_IMODE(path.stat().st_mode) != mode and path.stat().st_uid == os.geteuid():
        path.chmod(mode)


@dataclass(frozen=True)
class WiderPath:
    """A file or folder that more accounts may read or write than the configuration says."""

    path: Path
    mode: int
    allowed: int


def wider_paths(data_dir: Path, file_mode: int) -> Iterator[WiderPath]:
    """Files and folders below ``data_dir``, and itself, that are open wider than they should be. Links are not followed."""
    snapshots = data_dir / "snapshots"
    for folder, folders, files in os.walk(data_dir):
        for name in [".", *files, *(each for each in folders if (Path(folder) / each).is_symlink())]:
            path = Path(folder) if name == "." else Path(folder) / name
            state = path.lstat()
            if stat.S_ISLNK(state.st_mode):
                continue
            is_folder, mode = stat.S_ISDIR(state.st_mode), stat.S_IMODE(state.st_mode)
            shared = file_mode if path.is_relative_to(snapshots) else OWNER_FILE
            allowed = folder_mode(shared) if is_folder else shared
            if path == data_dir:
                allowed = passage_mode(file_mode)
            if mode & ~allowed:
                yield WiderPath(path, mode, allowed)


def passage_mode(file_mode: int) -> int:
    """The mode of the folder above the snapshots: whoever may read these may pass through it, not list it."""
    return OWNER_FOLDER | (folder_mode(file_mode) & 0o011)
