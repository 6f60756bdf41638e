"""What a benchmark found: figures with unit and aim, printed as a table, and passed on to `python -m benchmarks`."""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

#: Names the file to which figures are appended, one JSON object a line.
RESULTS_VARIABLE = "AFTERCALL_BENCHMARK_RESULTS"
#: Any key does: the landing files are made up.
KEY = "benchmark-key-benchmark-key-benchmark-key"


@dataclass(frozen=True)
class Figure:
    """One measured number. ``unit``: "s", "MB", "times", …; ``aim``: in words, empty where there is none."""

    what: str
    value: float
    unit: str
    aim: str = ""

    @property
    def text(self) -> str:
        """The number as people read it: three significant digits, whole where it is large."""
        number = f"{self.value:,.0f}" if abs(self.value) >= 100 else f"{self.value:.3g}"
        return f"{number}%" if self.unit == "%" else f"{number} {self.unit}".strip()


def report(benchmark: str, size: str, figures: Sequence[Figure]) -> None:
    """Print the figures, and pass them on where ``RESULTS_VARIABLE`` says."""
    table = Table(title=f"{benchmark}: {size}", title_justify="left")
    for heading in ("figure", "value", "aim"):
        table.add_column(heading)
    for figure in figures:
        table.add_row(figure.what, figure.text, figure.aim)
    Console(width=160).print(table)
    if target := os.environ.get(RESULTS_VARIABLE):
        line = {"benchmark": benchmark, "size": size, "figures": [asdict(figure) for figure in figures]}
        with Path(target).open("a", encoding="utf-8") as results:
            results.write(json.dumps(line) + "\n")


def peak_mb() -> float:
    """The most memory that this process has held, in MB."""
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Bytes on macOS, kilobytes elsewhere.
    return held / 1024**2 if sys.platform == "darwin" else held / 1024


def in_own_process(module: str, *arguments: object) -> dict[str, Any]:
    """What ``python -m module arguments`` prints on its last line, as JSON: its peak memory is then its own.

    Raises:
        SystemExit: it failed; the message holds the end of what it wrote.
    """
    command = [sys.executable, "-m", module, *map(str, arguments)]
    environment = {**os.environ, "AFTERCALL_PSEUDONYM_KEY": KEY}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[1:])} failed:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
