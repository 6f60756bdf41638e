"""`aftercall doctor`: what a run would find, without running it."""

import shutil
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import duckdb

from pipelines.commands.trial_reading import SourceTrial, try_sources
from pipelines.config import ConfigError, Settings, pseudonym_key
from pipelines.contract import CANONICAL_TABLES
from pipelines.contract.notices import Notice
from pipelines.file_modes import wider_paths
from pipelines.scoring.identity import identify_text_model
from pipelines.snapshot import SnapshotStore
from pipelines.snapshot_integrity import current_damage, kept_damage
from pipelines.warehouse.database import open_warehouse
from pipelines.warehouse.models import ModelError, all_models

_LISTED = 10
_MOST_COUNTED = 10_000


@dataclass(frozen=True)
class DoctorLine:
    """One line of the examination."""

    level: Literal["ok", "warning", "error"]
    subject: str
    text: str


def examine(settings: Settings, *, deep: bool = False, files: int = 20) -> list[DoctorLine]:
    """Configuration (already valid), key, engine, SQL models, published files, and up to ``files`` files of every source.

    The files of sources are read and typed as a run would. ``deep``: the bytes of all published files are compared with
    their checksums, not only their sizes.
    """
    findings = [
        DoctorLine(
            "ok",
            "configuration",
            f"{settings.config_path}: {len(settings.sources)} sources, days cut in {settings.project.time_zone}",
        )
    ]
    try:
        pseudonym_key()
        findings.append(DoctorLine("ok", "AFTERCALL_PSEUDONYM_KEY", "is set and long enough"))
    except ConfigError as error:
        findings.append(DoctorLine("error", "AFTERCALL_PSEUDONYM_KEY", str(error)))
    try:
        with open_warehouse(settings):
            free = shutil.disk_usage(settings.data_dir).free / 1e9
            findings.append(
                DoctorLine(
                    "ok",
                    "engine",
                    f"DuckDB {duckdb.__version__}, {settings.project.memory_limit} memory, {settings.project.threads} threads, {free:.0f} GB free in {settings.data_dir}",
                )
            )
    except ConfigError as error:
        findings.append(DoctorLine("error", "engine", str(error)))
    try:
        findings.append(DoctorLine("ok", "models", f"{len(all_models())} SQL models"))
    except ModelError as error:
        findings.append(DoctorLine("error", "models", str(error)))
    try:
        model = identify_text_model(settings.text_model, settings.sentiment.languages)
        name = model.setting or "the embedded one"
        findings.append(DoctorLine("ok", "text model", f"{name}, for {', '.join(sorted(model.languages))}"))
    except ConfigError as error:
        findings.append(DoctorLine("error", "text model", str(error)))
    findings.append(DoctorLine("ok", "costs", _costs(settings)))
    findings += _snapshot_findings(settings, deep=deep)
    findings += _mode_findings(settings)
    findings += _source_findings(settings, files)
    missing = [table for table in CANONICAL_TABLES if table not in settings.filled_tables]
    if missing:
        findings.append(
            DoctorLine("warning", "tables without a source", f"{', '.join(missing)}: what depends on them is left out")
        )
    return findings


def _snapshot_findings(settings: Settings, *, deep: bool) -> list[DoctorLine]:
    """Whether the published files are what was published. A run repairs what the current snapshot holds."""
    store = SnapshotStore(settings.data_dir)
    kept = store.manifest_ids()
    if not kept and not store.current_path.exists():
        return []
    repair = "`aftercall run --full-refresh` writes it again"
    findings = [
        DoctorLine("warning", "snapshots", f"{damage}; {repair}")
        for damage in current_damage(store, None, checksums=deep)
    ]
    named = store.named_id()
    for snapshot_id, damages in kept_damage(store, checksums=deep).items():
        if snapshot_id != named:
            text = f"the earlier snapshot {snapshot_id}: {len(damages)} damaged, first {damages[0]}; it is passed over, and goes with time"
            findings.append(DoctorLine("warning", "snapshots", text))
    how = "sizes and checksums" if deep else "sizes (checksums: --deep)"
    return findings or [DoctorLine("ok", "snapshots", f"{len(kept)} kept, {how} of all files are right")]


def _mode_findings(settings: Settings) -> list[DoctorLine]:
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
    return [DoctorLine("warning", "data_dir", text)]


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


def _source_findings(settings: Settings, files: int) -> list[DoctorLine]:
    trial = try_sources(settings, files)
    findings: list[DoctorLine] = []
    for source in trial.sources:
        findings += _trial_findings(settings, source)
    findings += [
        DoctorLine("error" if notice.severity == "blocking" else "warning", *_subject(notice))
        for notice in trial.notices
    ]
    if not trial.sources:
        findings.append(
            DoctorLine("error", "sources", "no source points to any file; correct the paths or deliver files")
        )
    elif all(source.tried == len(source.refused) for source in trial.sources):
        findings.append(DoctorLine("error", "sources", "no file that was looked at can be read; a run would stop here"))
    return findings


def _subject(notice: Notice) -> tuple[str, str]:
    subject, _, text = str(notice).partition(": ")
    blocks = "would keep a run from publishing: " if notice.severity == "blocking" else ""
    return subject, blocks + text


def _trial_findings(settings: Settings, trial: SourceTrial) -> list[DoctorLine]:
    """What lies there, and what a run would make of the files that were looked at."""
    source = next(source for source in settings.sources if source.name == trial.source)
    subject = f"source {trial.source}"
    looked = "" if trial.tried == trial.files else f"; looked at {trial.tried:,} of them"
    if trial.cut:
        looked += f", {trial.cut:,} of these by their first and last records"
    kind = f"{source.format}{' ' + source.table if source.table else ''}"
    left_out = f", {trial.filtered:,} left out by filter" if trial.filtered else ""
    left_out += f", {trial.bad_values:,} values left out" if trial.bad_values else ""
    findings = [
        DoctorLine(
            "warning" if trial.quarantined or trial.bad_values or trial.refused else "ok",
            subject,
            f"{trial.files:,} files, {trial.bytes / 1e6:,.1f} MB, read as {kind}{looked}: {trial.records:,} records, "
            f"{trial.accepted:,} accepted, {trial.quarantined:,} quarantined{left_out}",
        )
    ]
    findings += [
        DoctorLine("warning", subject, f"{file} would be refused: {reason}") for file, reason in trial.refused[:_LISTED]
    ]
    if len(trial.refused) > _LISTED:
        findings.append(DoctorLine("warning", subject, f"… and {len(trial.refused) - _LISTED:,} more files refused"))
    findings += [
        DoctorLine(
            "warning", subject, f"{times:,} × {rule.replace('_', ' ')}{f' in column {column}' if column else ''}"
        )
        for rule, column, times in trial.faults[:_LISTED]
    ]
    return findings
