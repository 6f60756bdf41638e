"""Every statistic of a night on simulated contacts, as shares of that night, and the night's memory.

The operation has half a year, claims, handoffs and promises, but no transcripts. Simulation and night run in processes of
their own, so that the peak memory is the night's. Usage: python -m benchmarks.statistics_stage [contacts] [folder].
"""

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.product_night import measured_night
from benchmarks.results import Figure, in_own_process, report
from pipelines.config import load_settings
from pipelines.simulate import simulate

WORK = Path(__file__).resolve().parent / "work"


def simulated(contacts: int, work: Path) -> Path:
    """An operation of half a year without transcripts, made once; its configuration."""
    folder = work / f"simulated-{contacts}"
    if not (folder / "aftercall.toml").exists():
        simulate(folder, contacts=contacts, days=180, seed=1, transcripts=False)
    return folder / "aftercall.toml"


def figures(run: dict[str, Any]) -> list[Figure]:
    """Seconds and share of each statistic, of what ``measured_night`` found."""
    total = sum(run["statistics"].values())
    return [
        Figure("whole night", run["seconds"], "s"),
        Figure("peak memory of the night", run["peak_mb"], "MB", "under 2,000"),
        Figure("statistics, share of the night", 100 * total / run["seconds"], "%"),
        Figure("statistics", total, "s"),
        *(Figure(f"– {name}", seconds, "s") for name, seconds in run["statistics"].items()),
    ]


def main() -> None:
    """Simulate, run the night, report."""
    if sys.argv[1:2] == ["--simulate"]:
        print(json.dumps({"config": str(simulated(int(sys.argv[2]), Path(sys.argv[3])))}))
        return
    if sys.argv[1:2] == ["--night"]:
        print(json.dumps(measured_night(load_settings(Path(sys.argv[2])), full_refresh=True)))
        return
    contacts = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    work = Path(sys.argv[2]) if len(sys.argv) > 2 else WORK
    # In a process of its own, too: a child's peak memory is never told below what its parent held.
    config = in_own_process("benchmarks.statistics_stage", "--simulate", contacts, work)["config"]
    run = in_own_process("benchmarks.statistics_stage", "--night", config)
    report("statistics_stage", f"{contacts:,} simulated contacts of 180 days", figures(run))


if __name__ == "__main__":
    main()
