"""The command called in process: how it ended, what it said."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog
from click.testing import CliRunner

from pipelines.cli import main

KEY = "a test key of at least thirty-two bytes"
CONTACTS_SOURCE = """
[[sources]]
format = "canonical"
table = "contacts"
path = "landing/*.csv"
"""


@dataclass(frozen=True)
class Said:
    """How a command ended and what it wrote."""

    code: int
    out: str
    err: str

    def one_message(self) -> str:
        """The single line that a person reads of a refused command."""
        assert "Traceback" not in self.out + self.err
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("aftercall: "), self.err
        return lines[0].removeprefix("aftercall: ")


Command = Callable[..., Said]


def call(*arguments: object) -> Said:
    """`aftercall` with these arguments, in this process."""
    try:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    finally:
        # The command points the log at its own standard error, which is closed by now.
        structlog.reset_defaults()
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Said(result.exit_code, result.stdout, result.stderr)


@dataclass(frozen=True)
class Operation:
    """A simulated operation, what running it printed, and the customers as its sources know them."""

    folder: Path
    config: Path
    ran: Said
    customers: frozenset[str]


PLANTED = ("raw-customer-4711", "anna.muster@example.org", "+1 202 555 0143")
