"""Finding landing files: what the configuration points to, and what of it was not read yet."""

import glob
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipelines.config import CANONICAL_FORMAT, Settings, Source
from pipelines.contract.reviews import REVIEW_TABLES, review_folder, reviewed_systems

#: Raise it when reading or typing changes, so that files are read again under the new rules.
READING_VERSION = 2
_CHUNK = 1 << 22


@dataclass(frozen=True)
class FoundFile:
    """A landing file that a source points to. ``refusal`` says why it cannot even be tried."""

    source: Source
    path: Path
    file: str
    bytes: int
    modified_ns: int
    delivered_at: datetime | None = None
    refusal: str | None = None


def reading_of(settings: Settings, source: Source) -> str:
    """Fingerprint of everything that decides what a file of this source turns into."""
    parts = (
        READING_VERSION,
        source.format,
        source.table,
        source.system,
        source.time_zone or settings.project.time_zone,
        settings.project.time_zone,
        source.date_order,
        source.date_format,
        source.phone_columns,
        source.rating_scale,
        source.delivered_at,
        source.encoding,
        source.regulator,
        settings.project.phone_region,
        settings.metrics.customer_sentinels,
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def review_sources(settings: Settings) -> tuple[Source, ...]:
    """Sources that no configuration names: what reviewers recorded on the pages, by table and system.

    They are read like any other. Nothing expects them to deliver: they are neither late nor empty.
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
        )  # type: ignore[call-arg]
        for table in REVIEW_TABLES
        for system in reviewed_systems(settings.data_dir, table)
    )


def all_sources(settings: Settings) -> tuple[Source, ...]:
    """The configured sources, then those of reviews."""
    return (*settings.sources, *review_sources(settings))


def find_files(settings: Settings) -> tuple[list[FoundFile], list[str]]:
    """All landing files, by source then path; and the names of configured sources that point to no file at all."""
    found: list[FoundFile] = []
    empty: list[str] = []
    for source in all_sources(settings):
        pattern = str(settings.base_dir / Path(source.path).expanduser())
        # Path.glob refuses absolute patterns, which a configuration may well name.
        names = glob.glob(pattern, recursive=True)  # noqa: PTH207
        paths = sorted(path for path in map(Path, names) if path.is_file())
        if not paths and source in settings.sources:
            empty.append(source.name)
        found += [_described(settings, source, path) for path in paths]
    return found, empty


def _described(settings: Settings, source: Source, path: Path) -> FoundFile:
    state = path.stat()
    try:
        file = str(path.relative_to(settings.base_dir))
    except ValueError:
        file = str(path)
    delivered_at, refusal = _delivery(settings, source, file)
    return FoundFile(source, path, file, state.st_size, state.st_mtime_ns, delivered_at, refusal)


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
