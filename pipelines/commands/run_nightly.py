"""Running the nightly job in process: the command line's way to the same Dagster job that the schedule starts."""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import polars as pl
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from pipelines.commands.run_summary import headline_figures
from pipelines.config import ConfigError, Settings
from pipelines.contract.notices import Notice, listed
from pipelines.defs import build_defs
from pipelines.defs.run import RunResource
from pipelines.defs.status import INTERRUPTED
from pipelines.failures import machine_reason, machine_reason_of
from pipelines.file_modes import private_folder
from pipelines.interruption import Interrupted, go_on, run_stoppable
from pipelines.privacy.redaction import redact
from pipelines.run_context import listener, parse_as_of
from pipelines.scoring.identity import identify_text_model
from pipelines.snapshot import LedgerTotals, Manifest, RunStatus, SnapshotError, SnapshotStore
from pipelines.warehouse.database import count_rows, open_warehouse, table_exists, warehouse_path
from pipelines.warehouse.discover import find_files
from pipelines.warehouse.landing import create_landing
from pipelines.warehouse.notices import read_notices
from pipelines.warehouse.publication import ledger_totals

PUBLISHED, BLOCKED, UNUSABLE, INTERNAL = 0, 1, 2, 3
_QUIET_LOGS = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass
class NightlyOutcome:
    """How a run ended, and what a person wants to read of it."""

    exit_code: int
    outcome: str
    message: str
    settings: Settings
    manifest: Manifest | None = None
    ledger: LedgerTotals | None = None
    refused: list[tuple[str, str]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    seconds: float = 0.0
    step_seconds: dict[str, float] = field(default_factory=dict)

    @staticmethod
    def _figures(store: SnapshotStore, manifest: Manifest) -> list[tuple[str, str]]:
        try:
            return headline_figures(store.open(manifest.snapshot_id))
        except (SnapshotError, pl.exceptions.PolarsError, OSError) as error:
            # What was published is published; a file that was damaged since is found by its checksum.
            reason = (str(error).strip().splitlines() or [""])[0]
            return [("figures", f"cannot be read: {reason}; run `aftercall run --full-refresh`")]

    def lines(self) -> list[str]:
        """The closing summary; it is plain text, so that it reads the same in a log file."""
        store = SnapshotStore(self.settings.data_dir)
        titles = {
            "published": "Published",
            "unchanged": "Nothing new; the published snapshot stands",
            "blocked": "Not published",
            "failed": "Failed",
            "interrupted": "Interrupted",
        }
        lines = [f"{titles[self.outcome]} after {self.seconds:.1f} s"]
        if self.ledger is not None:
            totals = self.ledger
            lines.append(
                f"  rows in      {totals.rows_in:,} from {totals.files:,} files: accepted {totals.accepted:,}, duplicates {totals.duplicates:,}, "
                f"superseded {totals.superseded:,}, quarantined {totals.quarantined:,}"
                + (f", filtered {totals.filtered:,}" if totals.filtered else "")
            )
            if totals.refused_files:
                lines.append(f"  refused      {totals.refused_files} file(s) could not be read:")
                lines += [f"                 {file}: {reason}" for file, reason in self.refused[:10]]
                lines += (
                    [f"                 … and {totals.refused_files - 10} more (table ingest_ledger)"]
                    if totals.refused_files > 10
                    else []
                )
        said = listed(self.notices)
        if said:
            lines += [f"  input        {said[0]}", *(f"               {sentence}" for sentence in said[1:])]
        if self.manifest is not None:
            lines.append(
                f"  as of        {self.manifest.as_of.astimezone(self.settings.project.zone):%Y-%m-%d %H:%M %Z}"
            )
            lines += [f"  {label:<12} {text}" for label, text in self._figures(store, self.manifest)]
            checks = self.manifest.checks
            lines.append(f"  checks       {checks.passed} passed, {checks.warnings} warnings")
            if self.outcome == "published":
                lines += [f"  repaired     {damage}" for damage in self.manifest.repaired]
            lines.append(f"  snapshot     {store.manifests_dir / (self.manifest.snapshot_id + '.json')}")
        reports = sorted((self.settings.data_dir / "reports").glob("aftercall-*.html"))
        where = str(reports[-1]) if reports else f"none yet: aftercall report --config {self.settings.config_path}"
        lines.append(f"  report       {where}")
        return lines


@dataclass
class _Begun:
    """What is known of a run when it is stopped. ``started`` is None until it has told its status."""

    before: str | None = None
    started: datetime | None = None


def run_nightly(
    settings: Settings,
    *,
    as_of: str,
    full_refresh: bool,
    console: Console,
    forget: tuple[str, ...] = (),
) -> NightlyOutcome:
    """Run the job ``nightly`` in this process and record how it went in ``status.json``.

    SIGINT and SIGTERM stop it within seconds: the outcome is then ``interrupted``, with exit code 130 or 143.

    Raises:
        ConfigError: the warehouse cannot be opened, or no source can be read at all.
    """
    begun = _Begun()
    resource = RunResource(
        config_path=str(settings.config_path),
        as_of=as_of,
        full_refresh=full_refresh,
        forget=list(forget),
    )
    try:
        return run_stoppable(lambda: _run(settings, resource, console, begun))
    except Interrupted as interruption:
        return _interrupted(settings, begun, interruption)


def _run(settings: Settings, resource: RunResource, console: Console, begun: _Begun) -> NightlyOutcome:
    if resource.as_of:
        parse_as_of(resource.as_of, settings.project.zone)
    # A model that cannot be had is told before anything is read.
    identify_text_model(settings.text_model, settings.sentiment.languages)
    started = datetime.now(UTC)
    store = SnapshotStore(settings.data_dir)
    _refuse_empty(settings)
    # Held and given back: another run, or a folder that cannot be written, is told before anything starts.
    with open_warehouse(settings):
        begun.before, begun.started = store.current_id(), started
        store.write_status(RunStatus(outcome="running", run_id="", started_at=started, snapshot_id=begun.before))
    with _quiet(), _progress(console), _instance() as instance:
        job = build_defs({"run": resource}).resolve_job_def("nightly")
        result = job.execute_in_process(instance=instance, raise_on_error=False, run_config=_QUIET_LOGS)
    # What the job makes of being broken off is not how the run went.
    go_on()
    finished = datetime.now(UTC)
    try:
        outcome = _judge(settings, store, result)
    except Exception as error:
        reason = machine_reason(error, memory_limit=settings.project.memory_limit, folder=settings.data_dir)
        text = f"the run ended, and how could not be told: {reason or type(error).__name__}"
        store.write_status(
            RunStatus(outcome="failed", run_id=result.run_id, started_at=started, finished_at=finished, message=text)
        )
        if reason is not None:
            raise ConfigError(reason) from error
        raise
    outcome.seconds = (finished - started).total_seconds()
    outcome.step_seconds = _step_seconds(result)
    store.write_status(
        RunStatus(
            outcome=outcome.outcome,  # type: ignore[arg-type]
            run_id=result.run_id,
            started_at=started,
            finished_at=finished,
            as_of=outcome.manifest.as_of if outcome.manifest else None,
            snapshot_id=store.current_id(),
            # Pages show it; there, names of files stand redacted.
            message=redact(outcome.message, settings.project.phone_region),
            failed_checks=tuple(_failed_checks(result)) if outcome.outcome == "blocked" else (),
            ledger=outcome.ledger,
        )
    )
    return outcome


def _interrupted(settings: Settings, begun: _Begun, interruption: Interrupted) -> NightlyOutcome:
    """How a run that was stopped went: whether it had published is told by the snapshots, not by the run."""
    store = SnapshotStore(settings.data_dir)
    finished = datetime.now(UTC)
    current = store.current_id() if begun.started is not None else begun.before
    published = current is not None and current != begun.before
    message = f"interrupted; snapshot {current} had been published already" if published else INTERRUPTED
    manifest = store.read_manifest(current) if published and current is not None else None
    if begun.started is not None:
        store.write_status(
            RunStatus(
                outcome="published" if published else "failed",
                run_id=manifest.run_id if manifest else "",
                started_at=begun.started,
                finished_at=finished,
                as_of=manifest.as_of if manifest else None,
                snapshot_id=current,
                message=message,
                ledger=manifest.ledger if manifest else None,
            )
        )
    return NightlyOutcome(
        interruption.exit_code,
        "interrupted",
        message,
        settings,
        manifest,
        seconds=(finished - (begun.started or finished)).total_seconds(),
    )


def _refuse_empty(settings: Settings) -> None:
    """A run in which no source points to any file, and none ever did, has nothing to say."""
    listing = find_files(settings)
    if listing.files or any(oddity.is_unread for oddity in listing.oddities) or _has_read_files(settings):
        return
    source = next(source for source in settings.sources if source.name == listing.empty[0])
    raise ConfigError(
        f"{settings.config_path}: sources[{source.name}].path = {source.path!r} matches no file, and no other source does; correct the paths or deliver files"
    )


def _has_read_files(settings: Settings) -> bool:
    """Whether an earlier run read any file; a warehouse alone says nothing, for the doctor opens one too."""
    if not warehouse_path(settings).exists():
        return False
    with open_warehouse(settings) as connection:
        return table_exists(connection, "landing_files") and count_rows(connection, "landing_files") > 0


def _judge(settings: Settings, store: SnapshotStore, result: dg.ExecuteInProcessResult) -> NightlyOutcome:
    with open_warehouse(settings) as connection:
        # A run that failed before its first step may leave no tables at all.
        create_landing(connection)
        ledger = ledger_totals(connection)
        refused = [
            (str(file), str(reason))
            for file, reason in connection.execute(
                "select file, reason from ingest_ledger where reason is not null order by file"
            ).fetchall()
        ]
        notices = read_notices(connection)
    failed = _failed_checks(result)
    common: dict[str, Any] = {"settings": settings, "ledger": ledger, "refused": refused, "notices": notices}
    if ledger.files == ledger.refused_files and (refused or notices):
        first = f"{refused[0][0]}: {refused[0][1]}" if refused else str(notices[0])
        return NightlyOutcome(UNUSABLE, "failed", f"no source could be read at all: {first}", **common)
    if failed:
        # A gate of the input says which source, column and rule, and what to do; other checks say their name.
        gates = [str(notice) for notice in notices if notice.severity == "blocking"]
        why = "; ".join([*gates, *(check for check in failed if not check.startswith("ingest_ledger.input_gates"))][:3])
        return NightlyOutcome(
            BLOCKED, "blocked", f"checks blocked publication, the earlier snapshot stands: {why}", **common
        )
    failure = _failure(result)
    if failure is not None:
        code, said = _judge_failure(settings, result, failure)
        return NightlyOutcome(code, "failed", said, **common)
    try:
        manifest = store.current().manifest
    except SnapshotError:
        return NightlyOutcome(INTERNAL, "failed", "the run ended without a failure, but published nothing", **common)
    published = manifest.run_id == result.run_id
    return NightlyOutcome(PUBLISHED, "published" if published else "unchanged", "", manifest=manifest, **common)


def _judge_failure(
    settings: Settings, result: dg.ExecuteInProcessResult, failure: tuple[str, str, str, str]
) -> tuple[int, str]:
    """Exit code and message of a run whose step failed: the configuration's fault, the machine's, or ours."""
    step, name, text, trace = failure
    if name in {"ConfigError", "Failure"}:
        return UNUSABLE, text
    reason = machine_reason_of(_told(result), memory_limit=settings.project.memory_limit, folder=settings.data_dir)
    if reason is not None:
        return UNUSABLE, f"step {step}: {reason}; the earlier snapshot stands"
    path = settings.data_dir / "logs" / f"failure-{result.run_id[:8]}.log"
    private_folder(path.parent)
    path.write_text(trace, "utf-8")
    return (
        INTERNAL,
        f"internal failure in step {step}: {text}; the earlier snapshot stands, the traceback is in {path}",
    )


def _step_seconds(result: dg.ExecuteInProcessResult) -> dict[str, float]:
    """Seconds of every step that ran to its end."""
    return {
        event.step_key: event.step_success_data.duration_ms / 1000
        for event in result.all_events
        if event.is_step_success and event.step_key
    }


def _failed_checks(result: dg.ExecuteInProcessResult) -> list[str]:
    """Blocking checks that failed, as `table.group (what failed)`."""
    return [
        f"{evaluation.asset_key.to_user_string()}.{evaluation.check_name} ({evaluation.description or 'failed'})"
        for evaluation in result.get_asset_check_evaluations()
        if not evaluation.passed and evaluation.blocking
    ]


def _failure(result: dg.ExecuteInProcessResult) -> tuple[str, str, str, str] | None:
    """(step, error class, message, traceback) of the first failure, unwrapped from Dagster's own errors; None if none failed."""
    for event in result.all_events:
        if event.is_step_failure or event.is_failure:
            error = getattr(event.event_specific_data, "error", None)
            data = event.event_specific_data
            failure = getattr(data, "user_failure_data", None)
            if failure is not None and failure.description:
                return event.step_key or "start", "Failure", failure.description, ""
            if error is None:
                continue
            inner = error
            while inner.cause is not None and inner.cls_name not in {"ConfigError", "Failure"}:
                inner = inner.cause
            name = inner.cls_name or "Error"
            # Dagster writes the message as `module.Class: text`.
            message = (inner.message.strip().splitlines() or [""])[0]
            text = re.sub(rf"^(?:\w+\.)*{re.escape(name)}: ", "", message)
            return (event.step_key or "start", name, text, error.to_string())
    return None if result.success else ("run", "Error", "the run failed without saying why", "")


def _told(result: dg.ExecuteInProcessResult) -> list[tuple[str, str]]:
    """(class, text) of the errors behind the first failure, the outermost first."""
    for event in result.all_events:
        error = getattr(event.event_specific_data, "error", None) if event.is_step_failure or event.is_failure else None
        told: list[tuple[str, str]] = []
        while error is not None:
            told.append((error.cls_name or "Error", error.message))
            error = error.cause or error.context
        if told:
            return told
    return []


@contextmanager
def _instance() -> Iterator[dg.DagsterInstance]:
    """The instance of DAGSTER_HOME, so that runs show in the web UI; without one, a throw-away."""
    if os.environ.get("DAGSTER_HOME"):
        with dg.DagsterInstance.get() as instance:
            yield instance
    else:
        with dg.DagsterInstance.ephemeral() as instance:
            _forget_events(instance)
            yield instance


def _forget_events(instance: dg.DagsterInstance) -> None:
    """Keep no events in an instance that ends with the run: the result holds all of them, and an index of a thousand costs
    a small run a fifth of its time."""
    for method, answer in (("store_event", None), ("get_asset_records", ())):
        setattr(instance.event_log_storage, method, lambda *_, answer=answer: answer)


@contextmanager
def _quiet() -> Iterator[None]:
    """Dagster and Great Expectations log every step, and SQLAlchemy what an interruption breaks off; here the progress bar says it."""
    # Dagster sets the level of "dagster" itself, so what it logs from its core is silenced by name.
    names = ("dagster", "dagster._core", "great_expectations", "sqlalchemy", "root")
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


@contextmanager
def _progress(console: Console) -> Iterator[None]:
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[share]}", markup=False),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as progress:
        task: TaskID = progress.add_task("starting", total=None, share="")

        def show(what: str, share: float | None) -> None:
            progress.update(
                task,
                description=what,
                total=None if share is None else 1.0,
                completed=share or 0.0,
                share="" if share is None else f"{share:.0%}",
            )

        token = listener.set(show)
        try:
            yield
        finally:
            listener.reset(token)
