"""Trying the sources without keeping anything: a sample of every source is read, typed and judged as a run would.

The same readers, typing and gates as a run, on a warehouse in memory; so it cannot say that all is well where a run would block.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from pipelines.config import Settings
from pipelines.contract.notices import Notice
from pipelines.privacy.pseudonyms import Pseudonymiser
from pipelines.sources.sampling import head_and_tail
from pipelines.warehouse.database import configure
from pipelines.warehouse.derive import derive_logs
from pipelines.warehouse.discover import FoundFile, find_files
from pipelines.warehouse.landing import create_landing
from pipelines.warehouse.load import Loader
from pipelines.warehouse.notices import write_notices
from pipelines.warehouse.resolve_versions import resolve_versions, write_ledger

#: A larger file is tried by its first and last records.
_WHOLE_BYTES = 64_000_000
#: Pseudonyms of a trial are kept nowhere, so any key does.
_TRIAL_KEY = b"a key for pseudonyms that are never kept"


@dataclass
class SourceTrial:
    """What a run would make of one source. ``files`` lie there, ``tried`` were looked at, ``cut`` of them in part."""

    source: str
    files: int
    bytes: int
    tried: int = 0
    cut: int = 0
    records: int = 0
    accepted: int = 0
    quarantined: int = 0
    filtered: int = 0
    bad_values: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)
    faults: list[tuple[str, str, int]] = field(default_factory=list)
    """(rule, column, how often), the most frequent first."""


@dataclass(frozen=True)
class Trial:
    """What a run would find: by source, with the gates that would block it and its warnings."""

    sources: list[SourceTrial]
    notices: list[Notice]


def try_sources(settings: Settings, files_per_source: int) -> Trial:
    """Read up to ``files_per_source`` files of each source, spread over all of them, the first and the last included."""
    listing = find_files(settings)
    by_source: dict[str, list[FoundFile]] = defaultdict(list)
    for file in listing.files:
        by_source[file.source.name].append(file)
    trials = {
        name: SourceTrial(name, len(files), sum(file.bytes for file in files)) for name, files in by_source.items()
    }
    with TemporaryDirectory(prefix="aftercall-") as folder, duckdb.connect() as connection:
        configure(connection, settings.project.memory_limit, settings.project.threads, Path(folder) / "spill")
        tried = []
        for name, files in by_source.items():
            for file in _spread(files, files_per_source):
                sample = _sample(file, Path(folder))
                trials[name].cut += sample is not file
                trials[name].tried += 1
                tried.append(sample)
        create_landing(connection)
        loader = Loader(connection, settings, Pseudonymiser(_TRIAL_KEY), "trial")
        sampled = replace(listing, files=tried)
        summary = loader.load(sampled)
        notices = write_notices(connection, settings, sampled, summary.gone)
        derive_logs(connection, settings, "trial")
        resolve_versions(connection)
        write_ledger(connection)
        _count(connection, trials)
    return Trial([trials[source.name] for source in settings.sources if source.name in trials], notices)


def _spread(files: Sequence[FoundFile], most: int) -> list[FoundFile]:
    """At most ``most`` files at even distances, the first and the last among them."""
    if len(files) <= most:
        return list(files)
    if most == 1:
        return [files[-1]]
    return [files[round(place * (len(files) - 1) / (most - 1))] for place in range(most)]


def _sample(file: FoundFile, folder: Path) -> FoundFile:
    """The file itself, or a small one of its first and last records where it is large and can be cut."""
    if file.bytes <= _WHOLE_BYTES or file.refusal or file.waiting:
        return file
    cut = head_and_tail(file.path, folder)
    if cut is None:
        return file
    state = cut.stat()
    return replace(file, path=cut, bytes=state.st_size, modified_ns=state.st_mtime_ns)


def _count(connection: duckdb.DuckDBPyConnection, trials: dict[str, SourceTrial]) -> None:
    for source, records, accepted, quarantined, filtered, bad in connection.execute(
        """select source, sum(rows_in), sum(accepted + duplicates + superseded), sum(quarantined), sum(filtered), sum(bad_values)
        from ingest_ledger group by source"""
    ).fetchall():
        if source in trials:
            trial = trials[source]
            trial.records, trial.accepted, trial.quarantined, trial.filtered, trial.bad_values = (
                int(records), int(accepted), int(quarantined), int(filtered), int(bad),
            )  # fmt: skip
    for source, file, reason in connection.execute(
        "select source, file, reason from ingest_ledger where reason is not null order by source, file"
    ).fetchall():
        if source in trials:
            trials[source].refused.append((file, reason))
    for source, rule, column, times in connection.execute(
        """select source, rule, coalesce(column_name, ''), count(*) as times from quarantine where scope <> 'file'
        group by all order by times desc, rule, 3"""
    ).fetchall():
        if source in trials:
            trials[source].faults.append((rule, column, int(times)))


def blocking(trial: Trial) -> list[Notice]:
    """What would keep a run from publishing."""
    return [notice for notice in trial.notices if notice.severity == "blocking"]
