"""What all subcommands share: printing text as it stands, and ending with the documented code and one message."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console

from pipelines.config import ConfigError
from pipelines.interruption import Interrupted, raising, stop_code

BLOCKED, UNUSABLE, INTERNAL = 1, 2, 3
_INTERRUPTED, _INTERRUPTED_TEXT = 130, "interrupted; nothing was published; run again"
# Names of files and sources, and messages that hold them, are text: neither console reads markup or emoji in any of it.
STDOUT = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
STDERR = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)
#: What a terminal would obey, were it to stand in the name of a file; line breaks and tabs apart.
CONTROLS = {code: f"\\x{code:02x}" for code in (*range(9), *range(11, 32), *range(127, 160))}


def say(text: str, console: Console = STDOUT) -> None:
    """Print ``text`` as it stands."""
    console.print(text.translate(CONTROLS))


def fail(message: str, code: int) -> NoReturn:
    say(f"aftercall: {message}", STDERR)
    sys.exit(code)


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Known errors end with their message and code 2; anything else is logged and ends with code 3."""
    return _guarded(command, _INTERRUPTED_TEXT)


def guarded_reader(command: Callable[..., None]) -> Callable[..., None]:
    """As ``guarded``, of a command that publishes nothing whether it is interrupted or not."""
    return _guarded(command, "interrupted; the answer is not whole")


def _guarded(command: Callable[..., None], interrupted: str) -> Callable[..., None]:
    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        from pipelines.failures import machine_reason  # noqa: PLC0415
        from pipelines.snapshot import SnapshotError  # noqa: PLC0415

        try:
            with raising():
                command(*args, **kwargs)
        except (ConfigError, SnapshotError) as error:
            fail(str(error), UNUSABLE)
        except KeyboardInterrupt as error:
            code = error.exit_code if isinstance(error, Interrupted) else stop_code() or _INTERRUPTED
            fail(interrupted, code)
        except click.exceptions.ClickException:
            raise
        except Exception as error:  # the last line of defence: people get a message, the log gets the traceback
            if stop_code() is not None:
                # What was broken off says so in words of its own.
                fail(interrupted, stop_code() or _INTERRUPTED)
            if os.environ.get("AFTERCALL_DEBUG"):
                raise
            reason = machine_reason(error)
            if reason is not None:
                fail(reason, UNUSABLE)
            fail(
                f"internal failure: {type(error).__name__}: {first_line(error)}; set AFTERCALL_DEBUG=1 for the traceback, and please report it",
                INTERNAL,
            )

    return run


def first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [""])[0]


config_option = click.option(
    "--config", "config", type=click.Path(path_type=Path), required=True, help="Configuration file (TOML)."
)
