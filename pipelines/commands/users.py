"""`aftercall user`: who may log in to the dashboards."""

import getpass
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

import click

from pipelines.config import ConfigError, Settings, load_settings
from pipelines.config.access import Role
from pipelines.console import config_option, guarded, say


@click.group()
def user() -> None:
    """Who may log in to the dashboards."""


_name_argument = click.argument("name", metavar="NAME")


@user.command("add")
@_name_argument
@config_option
@click.option("--role", type=click.Choice(get_args(Role)), required=True, help="What the user may see.")
@click.option("--replace", is_flag=True, help="Give an existing user this role and a new password.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@guarded
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
    say(f"{name}: {role}, in {path}. A running dashboard knows already.")


@user.command("remove")
@_name_argument
@config_option
@guarded
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
    say(f"{name} is no user any more; their sessions have ended.")


@user.command("list")
@config_option
@guarded
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
        say(f"{account.name}: {account.role}")


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
    from dashboards.access.names import canonical  # noqa: PLC0415

    try:
        asking = getpass.getuser()
    except (KeyError, OSError):
        asking = str(os.getuid())
    AuditLog(settings.data_dir).write(
        action, datetime.now(UTC), asking, "command line", "", user=canonical(name), new_role=role
    )
