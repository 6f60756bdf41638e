"""Running the nightly job in process: the command line's way to the same Dagster job that the schedule starts.

Dagster and what checks tables are imported once there is something for them to do: they take longer than a run without news.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import duckdb
import polars as pl
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from pipelines.arrivals import is_without_news
from pipelines.commands.job_end import FailedStep, JobEnd
from pipelines.commands.loading_ahead import load_ahead
from pipelines.commands.run_summary import headline_figures
from pipelines.config import ConfigError, Settings, pseudonym_key
from pipelines.contract.notices import Notice, listed
from pipelines.failures import machine_reason, machine_reason_of
from pipelines.file_modes import private_folder
from pipelines.interruption import Interrupted, go_on, run_stoppable
from pipelines.privacy.redaction import redact
from pipelines.run_context import RunOptions, listener, parse_as_of
from pipelines.run_status import INTERRUPTED, begin_run
from pipelines.scoring.identity import identify_text_model
from pipelines.snapshot import LedgerTotals, Manifest, RunStatus, SnapshotError, SnapshotStore
from pipelines.warehouse.database import count_rows, open_warehouse, table_exists, warehouse_path
from pipelines.warehouse.discover import find_files
from pipelines.warehouse.landing import create_landing
from pipelines.warehouse.notices import read_notices
from pipelines.warehouse.publication import ledger_totals

PUBLISHED, BLOCKED, UNUSABLE, INTERNAL = 0, 1, 2, 3


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
            if totals.bad_values:
                lines.append(
                    f"  values       {totals.bad_values:,} left out of accepted records; `aftercall quarantine` lists them"
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
    options = RunOptions(as_of or None, full_refresh, tuple(forget))
    try:
        return run_stoppable(lambda: _run(settings, options, console, begun))
    except Interrupted as interruption:
        return _interrupted(settings, begun, interruption)


def _run(settings: Settings, options: RunOptions, console: Console, begun: _Begun) -> NightlyOutcome:
    if options.as_of:
        parse_as_of(options.as_of, settings.project.zone)
    # A model that cannot be had is told before anything is read.
    identify_text_model(settings.text_model, settings.sentiment.languages)
    started = datetime.now(UTC)
    run_id = str(uuid.uuid4())
    store = SnapshotStore(settings.data_dir)
    _refuse_empty(settings)
    # Another run, or a folder that cannot be written, is told before anything starts.
    with open_warehouse(settings) as connection:
        begun.before, begun.started = store.current_id(), started
        store.write_status(RunStatus(outcome="running", run_id="", started_at=started, snapshot_id=begun.before))
        with ExitStack() as stack:
            stack.enter_context(_progress(console))
            end = _end_of_run(stack, connection, settings, options, run_id)
            # What the job makes of being broken off is not how the run went.
            go_on()
            finished = datetime.now(UTC)
            try:
                outcome = _judge(settings, store, connection, run_id, end)
            except Exception as error:
                reason = machine_reason(error, memory_limit=settings.project.memory_limit, folder=settings.data_dir)
                text = f"the run ended, and how could not be told: {reason or type(error).__name__}"
                store.write_status(
                    RunStatus(outcome="failed", run_id=run_id, started_at=started, finished_at=finished, message=text)
                )
                if reason is not None:
                    raise ConfigError(reason) from error
                raise
            outcome.seconds = (finished - started).total_seconds()
            outcome.step_seconds = end.step_seconds
            store.write_status(
                RunStatus(
                    outcome=outcome.outcome,  # type: ignore[arg-type]
                    run_id=run_id,
                    started_at=started,
                    finished_at=finished,
                    as_of=outcome.manifest.as_of if outcome.manifest else None,
                    snapshot_id=store.current_id(),
                    # Pages show it; there, names of files stand redacted.
                    message=redact(outcome.message, settings.project.phone_region),
                    failed_checks=end.failed_checks if outcome.outcome == "blocked" else (),
                    ledger=outcome.ledger,
                )
            )
    return outcome


def _end_of_run(
    stack: ExitStack, connection: duckdb.DuckDBPyConnection, settings: Settings, options: RunOptions, run_id: str
) -> JobEnd:
    """Begin a run, which ends with ``stack``, and do what there is to do: without news nothing, and Dagster is not even imported."""
    try:
        run = stack.enter_context(begin_run(connection, settings, pseudonym_key(), options, run_id))
    except Exception as error:
        go_on()
        return JobEnd(failed=FailedStep.at_start(error))
    try:
        # Behind the web UI a run without news is a run, too.
        if not os.environ.get("DAGSTER_HOME") and is_without_news(run):
            return JobEnd()
    except ConfigError as error:
        return JobEnd(failed=FailedStep.at_start(error))
    except Exception:
        # The first step meets it again, and is tried twice.
        go_on()
        _roll_back(connection)
    load_ahead()
    from pipelines.commands.nightly_job import run_job  # noqa: PLC0415

    return run_job(run)


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


def _judge(
    settings: Settings, store: SnapshotStore, connection: duckdb.DuckDBPyConnection, run_id: str, end: JobEnd
) -> NightlyOutcome:
    _roll_back(connection)
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
    common: dict[str, Any] = {"settings": settings, "ledger": ledger, "refused": refused, "notices": notices}
    if ledger.files == ledger.refused_files and (refused or notices):
        first = f"{refused[0][0]}: {refused[0][1]}" if refused else str(notices[0])
        return NightlyOutcome(UNUSABLE, "failed", f"no source could be read at all: {first}", **common)
    if end.failed_checks:
        # A gate of the input says which source, column and rule, and what to do; other checks say their name.
        gates = [str(notice) for notice in notices if notice.severity == "blocking"]
        others = (check for check in end.failed_checks if not check.startswith("ingest_ledger.input_gates"))
        why = "; ".join([*gates, *others][:3])
        return NightlyOutcome(
            BLOCKED, "blocked", f"checks blocked publication, the earlier snapshot stands: {why}", **common
        )
    if end.failed is not None:
        code, said = _judge_failure(settings, run_id, end.failed)
        return NightlyOutcome(code, "failed", said, **common)
    try:
        manifest = store.current().manifest
    except SnapshotError:
        return NightlyOutcome(INTERNAL, "failed", "the run ended without a failure, but published nothing", **common)
    published = manifest.run_id == run_id
    return NightlyOutcome(PUBLISHED, "published" if published else "unchanged", "", manifest=manifest, **common)


def _roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    """End the transaction that a failure may have left open."""
    with suppress(duckdb.TransactionException):
        connection.execute("rollback")


def _judge_failure(settings: Settings, run_id: str, failed: FailedStep) -> tuple[int, str]:
    """Exit code and message of a run whose step failed: the configuration's fault, the machine's, or ours."""
    if failed.error in {"ConfigError", "Failure"}:
        return UNUSABLE, failed.text
    reason = machine_reason_of(failed.told, memory_limit=settings.project.memory_limit, folder=settings.data_dir)
    if reason is not None:
        return UNUSABLE, f"step {failed.step}: {reason}; the earlier snapshot stands"
    path = settings.data_dir / "logs" / f"failure-{run_id[:8]}.log"
    private_folder(path.parent)
    path.write_text(failed.trace, "utf-8")
    return (
        INTERNAL,
        f"internal failure in step {failed.step}: {failed.text}; the earlier snapshot stands, the traceback is in {path}",
    )


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
