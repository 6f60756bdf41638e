"""The `aftercall` command. Each subcommand says what went wrong in one message and ends with the documented code.

Exit codes: 0 done, 1 checks blocked publication, 2 configuration, input or machine unusable, 3 internal failure, 130 and
143 interrupted. Heavy imports happen inside the subcommands, so that `--help` and a wrong key answer at once.
"""

import pipelines.early_signals  # noqa: F401  (before anything that takes time)

# isort: split
import getpass
import logging
import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps
from importlib import resources
from pathlib import Path
from typing import Any, Literal, NoReturn, get_args

import click
import structlog
from rich.console import Console
from rich.text import Text

from pipelines import __version__
from pipelines.config import ConfigError, Role, Settings, load_settings, pseudonym_key
from pipelines.file_modes import private_umask
from pipelines.interruption import Interrupted, raising, stop_code

BLOCKED, UNUSABLE, INTERNAL = 1, 2, 3
_INTERRUPTED, _INTERRUPTED_TEXT = 130, "interrupted; nothing was published; run again"
# Names of files and sources, and messages that hold them, are text: neither console reads markup or emoji in any of it.
_out = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
_err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)
_LEVELS = {"ok": "green", "warning": "yellow", "error": "red"}
#: What a terminal would obey, were it to stand in the name of a file; line breaks and tabs apart.
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(9), *range(11, 32), *range(127, 160))}


def _say(text: str, console: Console = _out) -> None:
    """Print ``text`` as it stands."""
    console.print(text.translate(_CONTROLS))


def _fail(message: str, code: int) -> NoReturn:
    _say(f"aftercall: {message}", _err)
    sys.exit(code)


def _guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Known errors end with their message and code 2; anything else is logged and ends with code 3."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        from pipelines.failures import machine_reason  # noqa: PLC0415
        from pipelines.snapshot import SnapshotError  # noqa: PLC0415

        try:
            with raising():
                command(*args, **kwargs)
        except (ConfigError, SnapshotError) as error:
            _fail(str(error), UNUSABLE)
        except KeyboardInterrupt as error:
            code = error.exit_code if isinstance(error, Interrupted) else stop_code() or _INTERRUPTED
            _fail(_INTERRUPTED_TEXT, code)
        except click.exceptions.ClickException:
            raise
        except Exception as error:  # the last line of defence: people get a message, the log gets the traceback
            if stop_code() is not None:
                # What was broken off says so in words of its own.
                _fail(_INTERRUPTED_TEXT, stop_code() or _INTERRUPTED)
            if os.environ.get("AFTERCALL_DEBUG"):
                raise
            reason = machine_reason(error)
            if reason is not None:
                _fail(reason, UNUSABLE)
            _fail(
                f"internal failure: {type(error).__name__}: {_first_line(error)}; set AFTERCALL_DEBUG=1 for the traceback, and please report it",
                INTERNAL,
            )

    return run


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [""])[0]


_config_option = click.option(
    "--config", "config", type=click.Path(path_type=Path), required=True, help="Configuration file (TOML)."
)


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
@_guarded
def init(out: Path) -> None:
    """Write a commented configuration for your own data."""
    if out.exists():
        raise ConfigError(f"{out} exists already; remove it or name another file with --out")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(resources.files("pipelines").joinpath("aftercall.toml.template").read_text("utf-8"), "utf-8")
    except OSError as error:
        raise ConfigError(f"--out = {out}: cannot be written: {error.strerror or error}; name another file") from error
    _say(
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
@_guarded
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
    _say(
        f"Simulated {summary.contacts:,} contacts over {days} days in {out}. Next: aftercall run --config {out / 'aftercall.toml'}"
    )


@main.command()
@_config_option
@click.option(
    "--as-of",
    "as_of",
    help="Date (its business day's end) or instant; default: the first midnight after the latest contact.",
)
@click.option("--from", "from_day", type=click.DateTime(["%Y-%m-%d"]), help="First day to recompute; goes with --to.")
@click.option("--to", "to_day", type=click.DateTime(["%Y-%m-%d"]), help="Last day to recompute; goes with --from.")
@click.option("--full-refresh", is_flag=True, help="Recompute all tables even if nothing is new.")
@_guarded
def run(config: Path, as_of: str | None, from_day: date | None, to_day: date | None, full_refresh: bool) -> None:
    """Run the nightly job: read what is new, compute, check, publish."""
    from pipelines.nightly import run_nightly  # noqa: PLC0415

    settings = load_settings(config)
    pseudonym_key()
    if (from_day is None) != (to_day is None):
        raise ConfigError("--from and --to go together; give both days or neither")
    if from_day is not None and to_day is not None and from_day > to_day:
        raise ConfigError(f"--from = {from_day:%Y-%m-%d} lies after --to = {to_day:%Y-%m-%d}; swap them")
    days = (f"{from_day:%Y-%m-%d}" if from_day else "", f"{to_day:%Y-%m-%d}" if to_day else "")
    outcome = run_nightly(
        settings, as_of=as_of or "", from_day=days[0], to_day=days[1], full_refresh=full_refresh, console=_err
    )
    for line in outcome.lines():
        _say(line)
    if outcome.outcome == "interrupted":
        # Nobody waits for what libraries tidy up at their leisure, nor for work that did not stop in time: it is left as a
        # kill would leave it, from which the next run recovers.
        _say(f"aftercall: {outcome.message}", _err)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(outcome.exit_code)
    if outcome.exit_code:
        _fail(outcome.message, outcome.exit_code)


@main.command()
@_config_option
@click.option("--deep", is_flag=True, help="Also compare the checksum of every published file.")
@_guarded
def doctor(config: Path, deep: bool) -> None:
    """Validate configuration, sources and engine; say what a run would read."""
    from pipelines.doctor import examine  # noqa: PLC0415

    findings = examine(load_settings(config), deep=deep)
    width = max(len(finding.subject) for finding in findings)
    for finding in findings:
        line = Text().append(f"{finding.level:<9}", _LEVELS[finding.level])
        _out.print(line.append(f"{finding.subject:<{width}}  {finding.text}".translate(_CONTROLS)))
    errors = [finding for finding in findings if finding.level == "error"]
    if errors:
        _fail(f"{len(errors)} problem(s), first: {errors[0].subject}: {errors[0].text}", UNUSABLE)


@main.command()
@_config_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the Parquet files.")
@click.option("--tables", help="Comma-separated names; default: all.")
@_guarded
def export(config: Path, out: Path, tables: str | None) -> None:
    """Write the current snapshot as one Parquet file a table."""
    import duckdb  # noqa: PLC0415

    from pipelines.contract import PUBLISHED_TABLES  # noqa: PLC0415
    from pipelines.snapshot import SnapshotStore  # noqa: PLC0415
    from pipelines.warehouse.publication import export_snapshot  # noqa: PLC0415

    names = [name.strip() for name in tables.split(",") if name.strip()] if tables else list(PUBLISHED_TABLES)
    if not names:
        raise ConfigError(f"--tables = {tables!r} names no table; write one of {', '.join(PUBLISHED_TABLES)}")
    unknown = [name for name in names if name not in PUBLISHED_TABLES]
    if unknown:
        raise ConfigError(
            f"--tables = {unknown[0]!r} is not a published table; write one of {', '.join(PUBLISHED_TABLES)}"
        )
    try:
        written, notice = export_snapshot(SnapshotStore(load_settings(config).data_dir), names, out)
    except (OSError, duckdb.IOException) as error:
        reason = getattr(error, "strerror", None) or _first_line(error)
        raise ConfigError(f"--out = {out}: cannot be written: {reason}; name another folder") from error
    if notice:
        _say(notice, _err)
    for name, path, rows in written:
        _say(f"{name}: {rows:,} rows → {path}")


@main.command()
@_config_option
@click.option("--week", help="ISO week such as 2026-W47; default: the latest complete one.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder; default: reports below data_dir.")
@click.option("--pdf/--no-pdf", default=None, help="Also print it; default: where a Chromium is found.")
@click.option(
    "--email", "recipients", multiple=True, metavar="ADDRESS", help="Mail it, as [email] says; may be repeated."
)
@_guarded
def report(config: Path, week: str | None, out: Path | None, pdf: bool | None, recipients: tuple[str, ...]) -> None:
    """Write the weekly report from the current snapshot; print and mail it where asked."""
    from dashboards.report import DeliveryError, MailError, PrintingError, ReportError, publish_report  # noqa: PLC0415
    from pipelines.snapshot import SnapshotStore  # noqa: PLC0415

    settings = load_settings(config)
    out = out or settings.data_dir / "reports"
    try:
        made = publish_report(
            SnapshotStore(settings.data_dir), week, out, settings=settings, pdf=pdf, recipients=recipients
        )
    except (ReportError, MailError) as error:
        raise ConfigError(str(error)) from error
    except (DeliveryError, PrintingError) as error:
        _fail(str(error), INTERNAL)
    except OSError as error:
        raise ConfigError(
            f"--out = {out}: cannot be written: {error.strerror or error}; name another folder"
        ) from error
    for line in made.said:
        _say(line)


@main.command()
@_config_option
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to bind; any but loopback needs users or a trusted proxy in the configuration.",
)
@click.option("--port", type=click.IntRange(1, 65535), default=8050, show_default=True)
@_guarded
def dashboard(config: Path, host: str, port: int) -> None:
    """Serve the dashboards from the current snapshot."""
    from dashboards.access import AccessError, open_access  # noqa: PLC0415
    from dashboards.app import serve  # noqa: PLC0415

    settings = load_settings(config)
    try:
        access = open_access(settings, host)
        for notice in access.notices:
            _say(notice, _err)
        _say(f"Dashboards on http://{host}:{port}/ (Ctrl-C ends them)")
        serve(settings.data_dir, host, port, access)
    except AccessError as error:
        raise ConfigError(str(error)) from error
    except OSError as error:
        raise ConfigError(f"--port = {port}: cannot be bound: {error.strerror or error}; name another port") from error


@main.group()
def user() -> None:
    """Who may log in to the dashboards."""


_name_argument = click.argument("name", metavar="NAME")


@user.command("add")
@_name_argument
@_config_option
@click.option("--role", type=click.Choice(get_args(Role)), required=True, help="What the user may see.")
@click.option("--replace", is_flag=True, help="Give an existing user this role and a new password.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@_guarded
def add_user(name: str, config: Path, role: Role, replace: bool, password_stdin: bool) -> None:
    """Add a user. The password is asked for and not shown; it never stands on the command line."""
    from dashboards.access import AccessError  # noqa: PLC0415
    from dashboards.access.accounts import add_account  # noqa: PLC0415

    settings, path = _users_of(config)
    try:
        add_account(path, name, role, _password(from_stdin=password_stdin), change=replace)
        _audit_users(settings, "user changed" if replace else "user added", name, role)
    except AccessError as error:
        raise ConfigError(str(error)) from error
    except OSError as error:
        raise ConfigError(f"dashboard.users = {path}: cannot be written: {error.strerror or error}") from error
    _say(f"{name}: {role}, in {path}. A running dashboard knows already.")


@user.command("remove")
@_name_argument
@_config_option
@_guarded
def remove_user(name: str, config: Path) -> None:
    """Remove a user and end their sessions."""
    from dashboards.access import AccessError  # noqa: PLC0415
    from dashboards.access.accounts import remove_account  # noqa: PLC0415

    settings, path = _users_of(config)
    try:
        remove_account(path, name)
        _audit_users(settings, "user removed", name, None)
    except AccessError as error:
        raise ConfigError(str(error)) from error
    except OSError as error:
        raise ConfigError(f"dashboard.users = {path}: cannot be written: {error.strerror or error}") from error
    _say(f"{name} is no user any more; their sessions have ended.")


@user.command("list")
@_config_option
@_guarded
def list_users(config: Path) -> None:
    """Show users and their roles."""
    from dashboards.access import AccessError  # noqa: PLC0415
    from dashboards.access.accounts import read_accounts  # noqa: PLC0415

    _, path = _users_of(config)
    try:
        accounts = read_accounts(path)
    except AccessError as error:
        raise ConfigError(str(error)) from error
    for _, account in sorted(accounts.items()):
        _say(f"{account.name}: {account.role}")


def _users_of(config: Path) -> tuple[Settings, Path]:
    settings = load_settings(config)
    if settings.users_file is None:
        raise ConfigError(f'{config}: dashboard.users is not set; write users = "users.toml" under [dashboard]')
    return settings, settings.users_file


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise ConfigError("there is no terminal to ask for the password at; pipe it in with --password-stdin")
    entered: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return entered


def _audit_users(
    settings: Settings, action: Literal["user added", "user changed", "user removed"], name: str, role: Role | None
) -> None:
    """Who changed whom; the one who asks is the account that runs the command."""
    from dashboards.access import AuditLog  # noqa: PLC0415

    try:
        asking = getpass.getuser()
    except (KeyError, OSError):
        asking = str(os.getuid())
    AuditLog(settings.data_dir).write(
        action, datetime.now(UTC), asking, "command line", "", user=name.lower(), new_role=role
    )


if __name__ == "__main__":
    main()
