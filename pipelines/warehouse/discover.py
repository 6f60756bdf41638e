"""Finding landing files: what the configuration points to, and what stands in a file's place that is none.

Only ``[[sources]].path`` is a pattern. The folder of the configuration, and every name that is found, are plain text.
"""

import fnmatch
import glob
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines.config import Settings
from pipelines.config.sources import CANONICAL_FORMAT, OF_ONE_TABLE, Source
from pipelines.contract.reviews import REVIEW_TABLES, review_folder, reviewed_systems
from pipelines.sources.mapping.declaration import MAPPING_FORMAT
from pipelines.sources.mapping.layout import LAYOUT_KEYS

#: Raise it when reading or typing changes, so that files are read again under the new rules.
READING_VERSION = 2
_CHUNK = 1 << 22
#: Endings that writers give to a file which they have not finished.
UNFINISHED_SUFFIXES = (".part", ".partial", ".tmp", ".crdownload", ".download", ".filepart")


_UNLISTED = "a folder that cannot be listed"
_LEADS_BACK = "a link to a folder that it lies in itself; it is not followed"
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC


@dataclass(frozen=True)
class FoundFile:
    """A landing file that a source points to.

    ``delivered_at`` (naive UTC) is what the path states where that is configured, else the file's modification time.
    ``refusal`` says why its bytes need not even be looked at; ``waiting`` why it is left to a later run.
    """

    source: Source
    path: Path
    file: str
    bytes: int
    modified_ns: int
    delivered_at: datetime
    refusal: str | None = None
    waiting: str | None = None


@dataclass(frozen=True)
class Oddity:
    """Something that a pattern names and that is no file: a folder, a pipe, a link that leads nowhere or back."""

    source: str
    file: str
    reason: str
    is_unread: bool = False
    """Whether files may lie behind it that a later run can read: a folder that cannot be listed now."""


@dataclass(frozen=True)
class Listing:
    """What lies there: files by source then path, configured sources without any, and what is no file."""

    files: list[FoundFile] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    gone_folders: dict[str, str] = field(default_factory=dict)
    """Source → the folder of its path that does not exist."""
    oddities: list[Oddity] = field(default_factory=list)


def reading_of(settings: Settings, source: Source) -> str:
    """Fingerprint of everything that decides what a file of this source turns into."""
    # Keys that only mappings have must not make files of other formats be read again.
    unsaid = () if source.format == MAPPING_FORMAT else ("tables", *LAYOUT_KEYS, *OF_ONE_TABLE)
    parts = (
        READING_VERSION,
        source.model_dump(exclude={"name", "path", "rewritten", *unsaid}),
        source.time_zone or settings.project.time_zone,
        settings.project.time_zone,
        settings.project.phone_region,
        settings.metrics.customer_sentinels,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def review_sources(settings: Settings) -> tuple[Source, ...]:
    """Sources that no configuration names: what reviewers recorded on the pages, by table and system.

    They are read like any other. Nothing expects them to deliver: they are neither late nor empty. Their files of a
    day only grow, so a new reading stands for the earlier one.
    """
    return tuple(
        Source(
            name=f"reviews/{table}/{system}",
            format=CANONICAL_FORMAT,
            table=table,
            # What stands between brackets would be a pattern.
            path=glob.escape(str(review_folder(settings.data_dir, table, system))) + "/*.jsonl",
            system=system,
            time_zone="UTC",
            rewritten="replace",
        )  # type: ignore[call-arg]
        for table in REVIEW_TABLES
        for system in reviewed_systems(settings.data_dir, table)
    )


def all_sources(settings: Settings) -> tuple[Source, ...]:
    """The configured sources, then those of reviews."""
    return (*settings.sources, *review_sources(settings))


def find_files(settings: Settings, now: datetime | None = None) -> Listing:
    """All landing files as they lie there at ``now`` (aware; default: this moment)."""
    listing = Listing()
    now = now or datetime.now(UTC)
    for source in all_sources(settings):
        paths, odd = _matches(settings, source)
        found = [_described(settings, source, path, now) for path in paths]
        listing.files.extend(found)
        listing.oddities.extend(odd)
        if not found and source in settings.sources:
            listing.empty.append(source.name)
            folder = _fixed_folder(settings, source)
            if not folder.is_dir():
                listing.gone_folders[source.name] = name_of(settings, str(folder))
    return listing


def name_of(settings: Settings, path: str) -> str:
    """A file's name as the ledger knows it: from the folder of the configuration, so that both may move together."""
    name = str(Path(path).relative_to(settings.base_dir)) if Path(path).is_relative_to(settings.base_dir) else path
    # A name may hold bytes that are no UTF-8; the warehouse cannot.
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _split(settings: Settings, source: Source) -> tuple[Path, list[str]]:
    """The folder in which a source's pattern begins, as plain text, and the parts of the pattern below it."""
    given = Path(source.path).expanduser()
    parts = list(given.parts)
    start = settings.base_dir
    if given.is_absolute():
        start = Path(parts.pop(0))
    while len(parts) > 1 and not glob.has_magic(parts[0]):
        start /= parts.pop(0)
    return start, parts


def _fixed_folder(settings: Settings, source: Source) -> Path:
    """The deepest folder that a source's path names without a pattern."""
    return _split(settings, source)[0]


def _matches(settings: Settings, source: Source) -> tuple[list[str], list[Oddity]]:
    """Paths of files that a source's pattern names, sorted; and what is no file."""

    def odd(path: str, reason: str, *, is_unread: bool = False) -> Oddity:
        return Oddity(source.name, name_of(settings, path), reason, is_unread)

    literal = settings.base_dir / Path(source.path).expanduser()
    if os.path.lexists(literal):
        # A file that is called just so is meant, whatever brackets are in its name.
        reason = _no_file(str(literal), by_name=True)
        return ([], [odd(str(literal), reason)]) if reason else ([str(literal)], [])
    start, parts = _split(settings, source)
    files: dict[str, None] = {}
    oddities: dict[str, Oddity] = {}
    by_name = "." in parts[-1].strip("*")
    for path, problem in _walk(str(start), parts, frozenset()):
        if problem is not None:
            unlisted = problem.startswith(_UNLISTED)
            oddities[path] = odd(path, problem, is_unread=unlisted)
            continue
        reason = _no_file(path, by_name=by_name)
        if reason is None:
            files[path] = None
        elif reason:
            oddities[path] = odd(path, reason)
    return sorted(files), [oddities[path] for path in sorted(oddities)]


def _walk(folder: str, parts: list[str], above: frozenset[tuple[int, int]]) -> Iterator[tuple[str, str | None]]:
    """(path, None) of everything below ``folder`` that matches ``parts``, and (path, problem) of folders not gone into.

    ``above`` holds device and number of the folders on the way, so that a link into one of them is not followed.
    """
    part, rest = parts[0], parts[1:]
    try:
        state = Path(folder).stat()
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        yield folder, f"{_UNLISTED}: {error.strerror or error}"
        return
    here = above | {(state.st_dev, state.st_ino)}
    spans_folders = part == "**"
    if spans_folders and rest:
        yield from _walk(folder, rest, above)
    for entry in entries:
        if entry.name.startswith(".") and not part.startswith("."):
            continue
        if spans_folders:
            if _is_dir(entry):
                yield from _into(entry, parts, here)
            elif not rest:
                yield entry.path, None
        elif fnmatch.fnmatchcase(entry.name, part):
            if not rest:
                yield entry.path, None
            elif _is_dir(entry):
                yield from _into(entry, rest, here)


def _into(
    entry: os.DirEntry[str], parts: list[str], above: frozenset[tuple[int, int]]
) -> Iterator[tuple[str, str | None]]:
    """What matches below a folder, unless it is a link to one that it lies in itself."""
    if _leads_back(entry, above):
        yield entry.path, _LEADS_BACK
    else:
        yield from _walk(entry.path, parts, above)


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _leads_back(entry: os.DirEntry[str], above: frozenset[tuple[int, int]]) -> bool:
    if not entry.is_symlink():
        return False
    state = entry.stat()
    return (state.st_dev, state.st_ino) in above


def _no_file(path: str, *, by_name: bool) -> str | None:
    """Why a path that a pattern names is no file to read; "" where that needs no word, None for a file."""
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return "a link to a file that does not exist" if Path(path).is_symlink() else ""
    if stat.S_ISREG(mode):
        return None
    if stat.S_ISDIR(mode):
        return "a folder where a file is expected" if by_name else ""
    kinds = {stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}
    return f"{kinds.get(stat.S_IFMT(mode), 'a device')}, not a file"


def _described(settings: Settings, source: Source, path: str, now: datetime) -> FoundFile:
    file = name_of(settings, path)
    try:
        state = Path(path).stat()
    except OSError:
        # Gone since it was listed: reading it will say so.
        return FoundFile(source, Path(path), file, 0, 0, _EPOCH)
    delivered_at, refusal = _delivery(settings, source, file)
    waiting = None
    if path.lower().endswith(UNFINISHED_SUFFIXES):
        waiting = "its name says that it is still being written"
    elif now.timestamp() - state.st_mtime < settings.ingest.quiet_seconds:
        waiting = f"it changed less than {settings.ingest.quiet_seconds:g} s ago (ingest.quiet_seconds)"
    return FoundFile(
        source,
        Path(path),
        file,
        state.st_size,
        state.st_mtime_ns,
        delivered_at or _moment(state.st_mtime_ns),
        refusal,
        waiting,
    )


def _moment(nanoseconds: int) -> datetime:
    """A file's time as naive UTC; a time that no calendar holds is that of the beginning."""
    try:
        return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return _EPOCH


def _delivery(settings: Settings, source: Source, file: str) -> tuple[datetime | None, str | None]:
    """Delivery time that the path states, as naive UTC, and why it cannot be told."""
    if source.delivered_at is None:
        return None, None
    match = re.search(source.delivered_at, file)
    if match is None:
        return (
            None,
            f"the path does not match delivered_at = {source.delivered_at!r}; correct the pattern or rename the file",
        )
    written = match["delivered"]
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        return (
            None,
            f"delivery time {written!r} in the path is no ISO date or instant; correct delivered_at or rename the file",
        )
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=settings.project.zone)
    return moment.astimezone(UTC).replace(tzinfo=None), None


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
