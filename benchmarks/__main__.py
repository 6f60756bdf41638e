"""`make bench`: every benchmark in a process of its own, its tables, and docs/benchmarks.md with figure, date and machine.

    python -m benchmarks [--size full|small] [--only NAME]... [--out docs/benchmarks.md]

Sections of benchmarks that were not run stay as they are, each with the date and machine of its own.
"""

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from benchmarks.results import KEY, RESULTS_VARIABLE, Figure

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
#: Benchmark → its arguments at full size, and at a size that two cores manage in minutes.
SIZES = {
    "nightly": (("1000000", "1"), ("10000", "1")),
    "statistics_stage": (("1000000",), ("20000",)),
    "calibration": (("1000000", "50", "10"), ("100000", "10", "3")),
    "divergence": (("1000000",), ("100000",)),
    "divergence_power": (("40",), ("5",)),
    "extraction": (("--turns", "1000000"), ("--turns", "20000")),
    "similarity": (("--handoffs", "100000"), ("--handoffs", "5000", "--texts", "320")),
    "sentiment": (("--texts", "1600"), ("--texts", "320")),
    "mapping": (("--records", "1000000"), ("--records", "50000", "--files", "500", "--rounds", "1")),
    "dashboards": (("10000000",), ("200000",)),
}
_HEAD = """# Benchmarks

Written by `make bench` (`make bench SIZE=small` takes minutes). Ratios come from one run on one machine, so they compare;
seconds are of the machine named beside them, with whatever else it had to do. An aim is what the project wants of a
figure at full size; nothing fails when it is missed. At a small size a good part of any time is start-up.
"""


def machine() -> str:
    """This machine by what matters for a time: cores, memory, system and Python; never by its name."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1024**3
    return f"{os.cpu_count()} cores, {memory:.0f} GB memory, {platform.system()}, Python {platform.python_version()}"


def section(result: dict[str, Any], day: str) -> str:
    """One benchmark's part of the document."""
    figures = [Figure(**figure) for figure in result["figures"]]
    rows = "\n".join(f"| {figure.what} | {figure.text} | {figure.aim or '–'} |" for figure in figures)
    return f"{result['size']}. {day}; {machine()}.\n\n| figure | value | aim |\n| --- | --- | --- |\n{rows}\n"


def updated(document: str, sections: dict[str, str]) -> str:
    """``document`` with these sections in the place of those of the same name; new ones follow in the order of SIZES."""
    held = dict(part.split("\n\n", 1) for part in document.split("\n## ")[1:])
    held |= sections
    order = [*(name for name in SIZES if name in held), *(name for name in held if name not in SIZES)]
    return _HEAD + "".join(f"\n## {name}\n\n{held[name].strip()}\n" for name in order)


@click.command(help=__doc__)
@click.option("--size", type=click.Choice(["full", "small"]), default="full", show_default=True)
@click.option("--only", type=click.Choice(list(SIZES)), multiple=True, help="This benchmark alone; may be repeated.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=DOCUMENT, show_default="docs")
def main(size: str, only: tuple[str, ...], out: Path) -> None:
    """Run them one after the other; what has run is written even if a later one fails."""
    for name in only or tuple(SIZES):
        with TemporaryDirectory() as folder:
            results = Path(folder) / "results.jsonl"
            environment = {**os.environ, RESULTS_VARIABLE: str(results), "AFTERCALL_PSEUDONYM_KEY": KEY}
            command = [sys.executable, "-m", f"benchmarks.{name}", *SIZES[name][size == "small"]]
            subprocess.run(command, env=environment, check=True)
            result = json.loads(results.read_text("utf-8"))
        written = out.read_text("utf-8") if out.exists() else _HEAD
        out.write_text(updated(written, {name: section(result, f"{datetime.now(UTC):%Y-%m-%d}")}), "utf-8")


if __name__ == "__main__":
    main()
