"""Where the index of transcripts lies, and which of its files belong to a snapshot.

The index is derived: ``<data_dir>/transcript_index/<part>-<signature>.sqlite``, one file for each month of transcripts (or
year, or all, as the snapshot holds them), made by the dashboards when somebody searches. The signature is that of the
files of ``transcripts`` and ``case_flags`` which it was made of. Files of a snapshot never change, so an index file is
either exactly what the snapshot says or is not its own, and goes as a whole: nothing that was withdrawn stays in it.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pipelines.snapshot import Manifest, TableFile

#: Characters of a part that name a month: days are put together by months.
_MONTH = len("2026-11")


@dataclass(frozen=True)
class IndexPart:
    """One file of the index: its name, and the files of ``transcripts`` whose words it holds."""

    name: str
    transcripts: tuple[TableFile, ...]


def index_folder(data_dir: Path) -> Path:
    return data_dir / "transcript_index"


def index_parts(manifest: Manifest) -> tuple[IndexPart, ...]:
    """The files of the index of a snapshot, the latest months first."""
    if not {"transcripts", "case_flags"} <= manifest.tables.keys():
        return ()
    parts: dict[str, list[TableFile]] = {}
    for file in manifest.tables["transcripts"].files:
        parts.setdefault(file.part[:_MONTH], []).append(file)
    flags = manifest.tables["case_flags"].files
    return tuple(
        IndexPart(f"{part}-{_signature(files, flags)}.sqlite", tuple(files))
        for part, files in sorted(parts.items(), reverse=True)
    )


def drop_stale_indexes(data_dir: Path, manifest: Manifest) -> None:
    """Remove every file of the index that is not one of this snapshot."""
    kept = {part.name for part in index_parts(manifest)}
    for path in index_folder(data_dir).glob("*"):
        if path.name not in kept:
            path.unlink(missing_ok=True)


def _signature(transcripts: list[TableFile], flags: tuple[TableFile, ...]) -> str:
    """Of the files that the words come from, and of those that say which contacts of their days are flagged."""
    of_these_days = [file for file in flags if any(_share_a_day(file, words) for words in transcripts)]
    names = sorted(file.path for file in (*transcripts, *of_these_days))
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]


def _share_a_day(one: TableFile, other: TableFile) -> bool:
    if one.days is None or other.days is None:
        return True
    return one.days[0] <= other.days[1] and other.days[0] <= one.days[1]
