"""`aftercall doctor`: what a run would find, without running it."""

import os
import shutil
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import duckdb

from pipelines.config import ConfigError, Settings, pseudonym_key
from pipelines.contract import CANONICAL_TABLES
from pipelines.file_modes import wider_paths
from pipelines.scoring.identity import identify_text_model
from pipelines.snapshot import SnapshotStore
from pipelines.snapshot_integrity import current_damage, kept_damage
from pipelines.sources.canonical import CanonicalReader
from pipelines.sources.reading import ReadOptions, UnreadableFileError
from pipelines.sources.registry import reader_for
from pipelines.warehouse.database import open_warehouse
from pipelines.warehouse.discover import FoundFile, find_files
from pipelines.warehouse.models import ModelError, all_models

_TRIED_FILES = 3
_MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Finding:
    """One line of the examination."""

    level: Literal["ok", "warning", "error"]
    subject: str
    text: str


def examine(settings: Settings, *, deep: bool = False) -> list[Finding]:
    """Configuration (already valid), key, engine, SQL models, published files, and the first files of every source.

    ``deep``: the bytes of all published files are compared with their checksums, not only their sizes.
    """
    findings = [
        Finding(
            "ok",
            "configuration",
            f"{settings.config_path}: {len(settings.sources)} sources, days cut in {settings.project.time_zone}",
        )
    ]
    try:
        pseudonym_key()
        findings.append(Finding("ok", "AFTERCALL_PSEUDONYM_KEY", "is set and long enough"))
    except ConfigError as error:
        findings.append(Finding("error", "AFTERCALL_PSEUDONYM_KEY", str(error)))
    try:
        with open_warehouse(settings):
            free = shutil.disk_usage(settings.data_dir).free / 1e9
            findings.append(
                Finding(
                    "ok",
                    "engine",
                    f"DuckDB {duckdb.__version__}, {settings.project.memory_limit} memory, {settings.project.threads} threads, {free:.0f} GB free in {settings.data_dir}",
                )
            )
    except ConfigError as error:
        findings.append(Finding("error", "engine", str(error)))
    try:
        findings.append(Finding("ok", "models", f"{len(all_models())} SQL models"))
    except ModelError as error:
        findings.append(Finding("error", "models", str(error)))
    try:
        model = identify_text_model(settings.text_model, settings.sentiment.languages)
        name = model.setting or "the embedded one"
        findings.append(Finding("ok", "text model", f"{name}, for {', '.join(sorted(model.languages))}"))
    except ConfigError as error:
        findings.append(Finding("error", "text model", str(error)))
    findings.append(Finding("ok", "costs", _costs(settings)))
    findings += _snapshot_findings(settings, deep=deep)
    findings += _mode_findings(settings)
    findings += _source_findings(settings)
    missing = [table for table in CANONICAL_TABLES if table not in settings.filled_tables]
    if missing:
        findings.append(
            Finding("warning", "tables without a source", f"{', '.join(missing)}: what depends on them is left out")
        )
    return findings


def _snapshot_findings(settings: Settings, *, deep: bool) -> list[Finding]:
    """Whether the published files are what was published. A night repairs what the current snapshot holds."""
    store = SnapshotStore(settings.data_dir)
    kept = store.manifest_ids()
    if not kept and not store.current_path.exists():
        return []
    repair = "`aftercall run --full-refresh` writes it again"
    findings = [
        Finding("warning", "snapshots", f"{damage}; {repair}") for damage in current_damage(store, None, checksums=deep)
    ]
    named = store.named_id()
    for snapshot_id, damages in kept_damage(store, checksums=deep).items():
        if snapshot_id != named:
            text = f"the earlier snapshot {snapshot_id}: {len(damages)} damaged, first {damages[0]}; it is passed over, and goes with time"
            findings.append(Finding("warning", "snapshots", text))
    how = "sizes and checksums" if deep else "sizes (checksums: --deep)"
    return findings or [Finding("ok", "snapshots", f"{len(kept)} kept, {how} of all files are right")]


def _mode_findings(settings: Settings) -> list[Finding]:
    """Files and folders that other accounts may open, though the configuration does not say so."""
    if not settings.data_dir.is_dir():
        return []
    wider = list(islice(wider_paths(settings.data_dir, settings.project.snapshot_mode), _MOST_COUNTED))
    if not wider:
        return []
    first = wider[0]
    count = f"{len(wider)}{' or more' if len(wider) == _MOST_COUNTED else ''}"
    text = (
        f"{count} file(s) or folder(s) are open to other accounts, first {first.path} "
        f"(mode {first.mode:04o}, meant {first.allowed:04o}); run `chmod -R go-rwx {settings.data_dir}`"
    )
    return [Finding("warning", "data_dir", text)]


def _costs(settings: Settings) -> str:
    """What the run can put into money, and what it cannot."""
    costs = settings.costs
    priced = [
        name
        for name, price in (("repeats", costs.repeat_contact), ("complaints", costs.complaint))
        if price is not None
    ]
    judged = costs.wrong_answer is not None or bool(costs.escalation)
    policy = (
        "the escalation policy is judged"
        if judged
        else "the escalation policy is not judged (costs.wrong_answer and costs.handoff)"
    )
    money = (
        f"divergence counts {' and '.join(priced)}"
        if priced
        else "divergence carries no money (costs.repeat_contact, costs.complaint)"
    )
    return f"in {settings.project.currency}: {policy}, {money}"


def _source_findings(settings: Settings) -> list[Finding]:
    found, empty = find_files(settings)
    findings = [Finding("warning", f"source {name}", "its path matches no file") for name in empty]
    for source in settings.sources:
        files = [file for file in found if file.source.name == source.name]
        if not files:
            continue
        size = sum(file.bytes for file in files) / 1e6
        reasons = [(file, reason) for file in files[:_TRIED_FILES] if (reason := _refusal(file)) is not None]
        findings.append(
            Finding(
                "ok",
                f"source {source.name}",
                f"{len(files)} files, {size:,.1f} MB, read as {source.format}{' ' + source.table if source.table else ''}",
            )
        )
        findings += [
            Finding("warning", f"source {source.name}", f"{file.file} would be refused: {reason}")
            for file, reason in reasons
        ]
    if not found:
        findings.append(Finding("error", "sources", "no source points to any file; correct the paths or deliver files"))
    return findings


def _refusal(file: FoundFile) -> str | None:
    """Why a file would be refused as a whole; None if it can be read."""
    if file.refusal is not None:
        return file.refusal
    if not os.access(file.path, os.R_OK):
        return "it cannot be opened by this user"
    reader = reader_for(file.source.format, file.source.table)
    try:
        if isinstance(reader, CanonicalReader):
            with duckdb.connect() as connection:
                reader.open(connection, file.path, "tried", file.source.encoding)
        else:
            reader.read(file.path, ReadOptions(table=file.source.table, regulator=file.source.regulator))
    except UnreadableFileError as error:
        return str(error)
    return None
