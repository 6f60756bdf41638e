"""The `aftercall` command. Each subcommand says what went wrong in one message and ends with the documented code.

Exit codes: 0 done, 1 checks blocked publication, 2 configuration, input or machine unusable, 3 internal failure, 130 and
143 interrupted. Heavy imports happen inside the subcommands, so that `--help` and a wrong key answer at once.
"""

import pipelines.early_signals  # noqa: F401  (before anything that takes time)

# isort: split
import gc
import logging
import os
import sys
from importlib import resources
from pathlib import Path
from typing import Any

import click
import structlog
from rich.text import Text

from pipelines import __version__
from pipelines.commands.mappings import mapping
from pipelines.commands.sql import sql
from pipelines.commands.users import user
from pipelines.config import ConfigError, Settings, load_settings, pseudonym_key
from pipelines.console import (
    CONTROLS,
    INTERNAL,
    STDERR,
    STDOUT,
    UNUSABLE,
    config_option,
    fail,
    first_line,
    guarded,
    say,
)
from pipelines.file_modes import private_umask
from pipelines.interruption import run_stoppable

_LEVELS = {"ok": "green", "warning": "yellow", "error": "red"}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="aftercall")
@click.option(
    "--log-format", type=click.Choice(["text", "json"]), default="text", help="Format of log lines on standard error."
)
@click.option("--verbose", is_flag=True, help="Log what happens, not only warnings.")
def main(log_format: str, verbose: bool) -> None:
    """Judge customer contacts by what happened after them."""
    private_umask()
    _configure_logging(log_format, logging.INFO if verbose else logging.WARNING)


def _configure_logging(log_format: str, level: int) -> None:
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


@main.command()
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("aftercall.toml"), show_default=True, help="File to write."
)
@guarded
def init(out: Path) -> None:
    """Write a commented configuration for your own data."""
    if out.exists():
        raise ConfigError(f"{out} exists already; remove it or name another file with --out")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(resources.files("pipelines").joinpath("aftercall.toml.template").read_text("utf-8"), "utf-8")
    except OSError as error:
        raise ConfigError(f"--out = {out}: cannot be written: {error.strerror or error}; name another file") from error
    say(
        f"Wrote {out}. Point its sources to your files, set AFTERCALL_PSEUDONYM_KEY, then: aftercall doctor --config {out}"
    )


@main.command()
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder for landing files, configuration and truths."
)
@click.option(
    "--contacts", type=click.IntRange(min=1), default=20_000, show_default=True, help="About how many contacts."
)
@click.option("--days", type=click.IntRange(min=1), default=120, show_default=True, help="Over how many days.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same files.")
@click.option(
    "--transcripts/--no-transcripts", default=True, show_default=True, help="Whether conversations are written."
)
@guarded
def simulate(out: Path, contacts: int, days: int, seed: int, transcripts: bool) -> None:
    """Write a simulated operation: landing files, a configuration, and the planted truths."""
    from pipelines.simulate import simulate as simulated  # noqa: PLC0415

    try:
        summary = simulated(out, contacts=contacts, days=days, seed=seed, transcripts=transcripts)
    except FileExistsError as error:
        raise ConfigError(f"--out = {out}: {error}") from error
    except ValueError as error:
        raise ConfigError(str(error)) from error
    except OSError as error:
        raise ConfigError(
            f"--out = {out}: cannot be written: {error.strerror or error}; name another folder"
        ) from error
    say(
        f"Simulated {summary.contacts:,} contacts over {days} days in {out}. Next: aftercall run --config {out / 'aftercall.toml'}"
    )


@main.command()
@config_option
@click.option(
    "--as-of",
    "as_of",
    help="Date (its business day's end) or instant; default: the first midnight after the latest contact.",
)
@click.option(
    "--full-refresh", is_flag=True, help="Recompute all tables even if nothing is new, and read refused files again."
)
@click.option(
    "--forget", multiple=True, metavar="FILE", help="An unread file that will never come, as listed; may be repeated."
)
@guarded
def run(
    config: Path,
    as_of: str | None,
    full_refresh: bool,
    forget: tuple[str, ...],
) -> None:
    """Run the nightly job: read what is new, compute, check, publish."""
    # What is imported lives as long as the process; looking through it for garbage at every 700th object is a fifth of a small run.
    gc.set_threshold(100_000, 50, 100)
    from pipelines.commands.run_nightly import run_nightly  # noqa: PLC0415

    settings = load_settings(config)
    pseudonym_key()
    outcome = run_nightly(
        settings,
        as_of=as_of or "",
        full_refresh=full_refresh,
        console=STDERR,
        forget=forget,
    )
    for line in outcome.lines():
        say(line)
    if outcome.outcome == "interrupted":
        # Nobody waits for what libraries tidy up at their leisure, nor for work that did not stop in time: it is left as a
        # kill would leave it, from which the next run recovers.
        say(f"aftercall: {outcome.message}", STDERR)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(outcome.exit_code)
    if outcome.exit_code:
        fail(outcome.message, outcome.exit_code)


@main.command()
@config_option
@click.option("--deep", is_flag=True, help="Also compare the checksum of every published file.")
@click.option(
    "--files", type=click.IntRange(min=1), default=20, show_default=True, help="How many files of a source are tried."
)
@guarded
def doctor(config: Path, deep: bool, files: int) -> None:
    """Validate configuration, sources and engine; say what a run would read."""
    from pipelines.commands.doctor import examine  # noqa: PLC0415

    findings = examine(load_settings(config), deep=deep, files=files)
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        line = Text().append(f"{finding.level:<9}", _LEVELS[finding.level])
        STDOUT.print(line.append(f"{finding.subject:<{width}}  {finding.text}".translate(CONTROLS)))
    errors = [finding for finding in findings if finding.level == "error"]
    if errors:
        fail(f"{len(errors)} problem(s), first: {errors[0].subject}: {errors[0].text}", UNUSABLE)


@main.command()
@config_option
@click.option("--source", default="", help="Only what this source delivered.")
@click.option("--rule", default="", help="Only what broke this rule.")
@click.option(
    "--limit", type=click.IntRange(min=1), help="How many rejects are listed; default: 20, and all with --out."
)
@click.option("--out", type=click.Path(path_type=Path), help="Write them to a .csv, .jsonl or .parquet file instead.")
@guarded
def quarantine(config: Path, source: str, rule: str, limit: int | None, out: Path | None) -> None:
    """List what was rejected and why; no value is shown, only its shape."""
    from pipelines.commands.quarantine import export_quarantine, read_quarantine  # noqa: PLC0415

    everything = 2**62
    found = read_quarantine(load_settings(config), source=source, rule=rule, limit=limit or (everything if out else 20))
    if out is not None:
        export_quarantine(found.rows, out)
        say(f"{found.rows.height:,} of {found.total:,} rejects → {out}")
        return
    if not found.total:
        say("Nothing is in quarantine.")
        return
    for name, scope, column, broken, times in found.counts.iter_rows():
        where = f", column {column}" if column else ""
        say(f"{times:>9,}  {name}: {scope}{where}, {broken}")
    say("")
    for row in found.rows.iter_rows(named=True):
        place = f", row {row['position']}" if row["position"] else ""
        shape = f" ({row['shape']})" if row["shape"] else ""
        say(f"{row['file']}{place}: {row['reason']}{shape}")
    if found.total > found.rows.height:
        say(f"… and {found.total - found.rows.height:,} more: --limit, --source, --rule, or --out FILE.csv for all")


@main.command()
@config_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet", "csv", "duckdb"]),
    default="parquet",
    show_default=True,
    help="A Parquet or CSV file for each table, or one DuckDB file.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Folder to write; it must not hold anything."
)
@click.option("--tables", help="Comma-separated names; default: all (`aftercall sql --tables` lists them).")
@click.option("--force", is_flag=True, help="Replace an earlier export in that folder.")
@guarded
def export(config: Path, form: str, out: Path, tables: str | None, force: bool) -> None:
    """Write the published tables into a folder, with a manifest: as a whole or not at all."""
    import duckdb  # noqa: PLC0415

    from pipelines.commands.export import MANIFEST, ExportFormat, export_snapshot  # noqa: PLC0415
    from pipelines.snapshot import SnapshotStore  # noqa: PLC0415

    settings = load_settings(config)
    store, limit = SnapshotStore(settings.data_dir), settings.project.memory_limit
    try:
        made = run_stoppable(
            lambda: export_snapshot(store, tables, out, ExportFormat(form), force=force, memory_limit=limit)
        )
    except (OSError, duckdb.IOException) as error:
        reason = getattr(error, "strerror", None) or first_line(error)
        raise ConfigError(f"--out = {out}: cannot be written: {reason}; name another folder") from error
    if made.notice:
        say(made.notice, STDERR)
    for table in made.tables:
        say(f"{table.name}: {table.rows:,} rows → {out / table.file}")
    say(f"{len(made.tables)} tables of snapshot {made.snapshot_id} in {out}; {out / MANIFEST} has rows and checksums")


@main.command()
@config_option
@click.option("--week", help="ISO week such as 2026-W47; default: the latest complete one.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder; default: reports below data_dir.")
@click.option("--pdf/--no-pdf", default=None, help="Also print it; default: where a Chromium is found.")
@click.option(
    "--email", "recipients", multiple=True, metavar="ADDRESS", help="Mail it, as [email] says; may be repeated."
)
@click.option("--subscriptions", is_flag=True, help="Mail what [[subscriptions]] ask for.")
@guarded
def report(
    config: Path,
    week: str | None,
    *,
    out: Path | None,
    pdf: bool | None,
    recipients: tuple[str, ...],
    subscriptions: bool,
) -> None:
    """Write the weekly report from the current snapshot; print and mail it where asked."""
    from dashboards.report import DeliveryError, MailError, PrintingError, ReportError, publish_report  # noqa: PLC0415
    from pipelines.snapshot import SnapshotStore  # noqa: PLC0415

    settings = load_settings(config)
    out = out or settings.data_dir / "reports"
    try:
        made = publish_report(
            SnapshotStore(settings.data_dir),
            week,
            out,
            settings=settings,
            pdf=pdf,
            recipients=recipients,
            subscriptions=settings.subscriptions if subscriptions else (),
        )
    except (ReportError, MailError) as error:
        raise ConfigError(str(error)) from error
    except (DeliveryError, PrintingError) as error:
        fail(str(error), INTERNAL)
    except OSError as error:
        raise ConfigError(
            f"--out = {out}: cannot be written: {error.strerror or error}; name another folder"
        ) from error
    for line in made.said:
        say(line)


@main.command()
@click.option("--config", type=click.Path(path_type=Path), help="Configuration file (TOML).")
@click.option(
    "--demo", is_flag=True, help="Serve a simulated operation instead: that of `make run`, or one made in a minute."
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to bind; any but loopback needs users or a trusted proxy in the configuration.",
)
@click.option("--port", type=click.IntRange(1, 65535), default=8050, show_default=True)
@guarded
def dashboard(config: Path | None, demo: bool, host: str, port: int) -> None:
    """Serve the dashboards from the current snapshot; with --demo those of a simulated operation, on this machine alone."""
    from dashboards.access import AccessError, open_access  # noqa: PLC0415
    from dashboards.access.same_origin import is_loopback  # noqa: PLC0415

    if (config is None) == (not demo):
        raise click.UsageError("Write --config FILE, or --demo for a simulated operation.")
    if demo and not is_loopback(host):
        raise ConfigError(f"--host {host}: --demo serves this machine alone, without login; use --host 127.0.0.1")
    try:
        settings = _demo_settings() if config is None else load_settings(config)
        access = open_access(settings, host)
        from dashboards.app import serve  # noqa: PLC0415

        for notice in access.notices:
            say(notice, STDERR)
        say(f"Dashboards on http://{host}:{port}/ (Ctrl-C ends them)")
        serve(settings.data_dir, host, port, access, settings.quality.stale_run_hours)
    except AccessError as error:
        raise ConfigError(str(error)) from error
    except OSError as error:
        raise ConfigError(f"--port = {port}: cannot be bound: {error.strerror or error}; name another port") from error


def _demo_settings() -> Settings:
    from pipelines.commands.demo import demo_settings  # noqa: PLC0415

    return demo_settings(lambda text: say(text, STDERR))


main.add_command(user)
main.add_command(mapping)
main.add_command(sql)


if __name__ == "__main__":
    main()
