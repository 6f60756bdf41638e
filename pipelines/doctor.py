"""`aftercall doctor`: what a run would find, without running it."""

import os
import shutil
from dataclasses import dataclass
from typing import Literal

import duckdb

from pipelines.config import ConfigError, Settings, pseudonym_key
from pipelines.contract import CANONICAL_TABLES
from pipelines.scoring.identity import identify_text_model
from pipelines.sources.canonical import CanonicalReader
from pipelines.sources.reading import ReadOptions, UnreadableFileError, UnreadFileError
from pipelines.sources.registry import reader_for
from pipelines.warehouse.database import open_warehouse
from pipelines.warehouse.discover import FoundFile, find_files
from pipelines.warehouse.models import ModelError, all_models

_TRIED_FILES = 3


@dataclass(frozen=True)
class Finding:
    """One line of the examination."""

    level: Literal["ok", "warning", "error"]
    subject: str
    text: str


def examine(settings: Settings) -> list[Finding]:
    """Configuration (already valid), key, engine, SQL models, and the first files of every source."""
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
    findings += _source_findings(settings)
    missing = [table for table in CANONICAL_TABLES if table not in settings.filled_tables]
    if missing:
        findings.append(
            Finding("warning", "tables without a source", f"{', '.join(missing)}: what depends on them is left out")
        )
    return findings


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
            reader.read(file.path, ReadOptions(file.source.table, file.source.regulator, file.source.encoding))
    except (UnreadableFileError, UnreadFileError) as error:
        return str(error)
    return None
