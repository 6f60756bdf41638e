"""`aftercall user` and `aftercall dashboard` as people type them: what they say, and that no password is ever said."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import structlog
from builders.access import PASSWORD, write_config, write_users
from click.testing import CliRunner, Result

from dashboards.access import read_audit
from dashboards.access.accounts import UserBook, read_accounts
from pipelines.cli import main

REPOSITORY = Path(__file__).parents[3]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_config(tmp_path)


def _call(*arguments: object, said: str = "") -> Result:
    try:
        return CliRunner().invoke(main, [str(argument) for argument in arguments], input=said)
    finally:
        # The command points the log at its own standard error, which is closed by now.
        structlog.reset_defaults()


def _one_message(result: Result) -> str:
    assert result.exit_code == 2, result.output
    assert PASSWORD not in result.output
    (line,) = result.stderr.strip().splitlines()
    return line


def test_users_from_the_command_line(config: Path) -> None:
    added = _call(
        "user", "add", "Anna", "--role", "analyst", "--config", config, "--password-stdin", said=PASSWORD + "\n"
    )
    assert added.exit_code == 0, added.output
    assert PASSWORD not in added.output
    path = config.with_name("users.toml")
    assert path.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in path.read_text()
    assert UserBook(path).check("anna", PASSWORD)
    again = _call("user", "add", "anna", "--role", "admin", "--config", config, "--password-stdin", said=PASSWORD)
    assert "already; --replace" in _one_message(again)
    changed = _call(
        "user", "add", "anna", "--role", "admin", "--replace", "--config", config, "--password-stdin", said="another " + PASSWORD
    )  # fmt: skip
    assert changed.exit_code == 0
    assert _call("user", "list", "--config", config).stdout == "anna: admin\n"
    assert _call("user", "remove", "anna", "--config", config).exit_code == 0
    assert "is no user" in _one_message(_call("user", "remove", "anna", "--config", config))
    log = read_audit(config.parent / "data")
    assert [(entry.action, entry.facts["user"], entry.facts["new_role"]) for entry in reversed(log)] == [
        ("user added", "anna", "analyst"),
        ("user changed", "anna", "admin"),
        ("user removed", "anna", None),
    ]
    assert all(entry.name and entry.role == "command line" for entry in log)


def test_what_is_refused(config: Path, tmp_path: Path) -> None:
    short = _call("user", "add", "anna", "--role", "viewer", "--config", config, "--password-stdin", said="short\n")
    assert "has 5 characters" in _one_message(short)
    assert "short" not in short.output
    nobody_to_ask = _call("user", "add", "anna", "--role", "viewer", "--config", config)
    assert "--password-stdin" in _one_message(nobody_to_ask)
    assert _call("user", "add", "anna", "--role", "king", "--config", config).exit_code == 2
    assert not config.with_name("users.toml").exists()
    without = write_config(tmp_path, "")
    for command in (("list",), ("remove", "anna"), ("add", "anna", "--role", "viewer", "--password-stdin")):
        assert "dashboard.users is not set" in _one_message(_call("user", *command, "--config", without))
    write_users(tmp_path).chmod(0o644)
    assert "chmod 600" in _one_message(_call("user", "list", "--config", write_config(tmp_path)))


def test_the_password_is_asked_for_without_echo(config: Path) -> None:
    """At a terminal of its own: whatever appears on it is read here."""
    outside, inside = pty.openpty()
    command = [sys.executable, "-m", "pipelines.cli", "user", "add", "ada", "--role", "admin", "--config", str(config)]
    process = subprocess.Popen(
        command, stdin=inside, stdout=inside, stderr=inside, cwd=REPOSITORY, start_new_session=True
    )
    os.close(inside)
    shown = b""
    try:
        for prompt in (b"Password", b"Repeat"):
            while prompt not in shown:
                shown += os.read(outside, 1000)
            os.write(outside, PASSWORD.encode() + b"\n")
        while b"in " + str(config.parent).encode() not in shown:
            shown += os.read(outside, 1000)
    finally:
        process.wait(60)
        os.close(outside)
    assert process.returncode == 0
    assert PASSWORD.encode() not in shown
    assert read_accounts(config.with_name("users.toml"))["ada"].role == "admin"


def test_the_dashboard_says_whom_it_is_open_to(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[tuple[object, ...]] = []
    monkeypatch.setattr("dashboards.app.serve", lambda *given: served.append(given))
    monkeypatch.delenv("AFTERCALL_SESSION_KEY", raising=False)
    missing = _call("dashboard", "--config", config)
    assert "does not exist; write it with `aftercall user add`" in _one_message(missing)
    write_users(config.parent)
    far = _call("dashboard", "--config", config, "--host", "192.0.2.1")
    assert far.exit_code == 0
    assert "TLS" in far.stderr
    assert "AFTERCALL_SESSION_KEY is not set" in far.stderr
    write_config(config.parent, "")
    near = _call("dashboard", "--config", config)
    assert (near.exit_code, near.stderr) == (0, "")
    refused = _one_message(_call("dashboard", "--config", config, "--host", "192.0.2.1"))
    assert "--host 192.0.2.1: there is no login yet" in refused
    assert len(served) == 2
