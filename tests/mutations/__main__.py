"""``python -m tests.mutations``: makes one fault after the other in a copy of the repository and says whether its tests find it.

    python -m tests.mutations                      all of them
    python -m tests.mutations --only statistics    those whose name or file holds the word
    python -m tests.mutations --at <commit>        in the code and with the tests of an earlier commit

A fault is caught when its tests fail, and by failing tests alone: tests that cannot be collected, or that run too long, say
nothing. Ends with 1 where one is missed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mutations.faults import MUTATIONS
from mutations.mutation import ROOT, Mutation

#: How pytest ends: all passed, some failed.
_PASSED, _FAILED = 0, 1


def copied(commit: str, folder: Path) -> None:
    """The files of ``commit``, or the tracked ones as they lie there now."""
    if commit:
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
    else:
        names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
        packed = ["tar", "--create", "--null", "--ignore-failed-read", "--files-from=-"]
        archive = subprocess.run(packed, cwd=ROOT, input=names, capture_output=True, check=True).stdout
    subprocess.run(["tar", "--extract", "--directory", str(folder)], input=archive, check=True)


def fate(mutation: Mutation, folder: Path, patience: float) -> str:
    """caught, missed, or why nothing can be said."""
    path = folder / mutation.file
    tests = [test for test in mutation.tests if not test.startswith("tests/") or (folder / test).exists()]
    if not any(test.startswith("tests/") for test in tests):
        return "no test"
    try:
        faulty, right = mutation.applied(folder), path.read_text("utf-8")
    except (OSError, ValueError):
        return "does not apply"
    # No compiled module of the text before may stand in for it: two texts of a second may have one size.
    environment = os.environ | {
        "PYTHONPATH": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AFTERCALL_TESTS": "unshrunk",
    }
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "-p", "no:cacheprovider", *tests]
    path.write_text(faulty, "utf-8")
    try:
        ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=patience, check=False)
    except subprocess.TimeoutExpired:
        return "too long"
    finally:
        path.write_text(right, "utf-8")
    return {_PASSED: "missed", _FAILED: "caught"}.get(ended.returncode, f"pytest ended with {ended.returncode}")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutations", description="Do the tests find deliberate faults?"
    )
    parser.add_argument("--only", default="", help="faults whose name or file holds this")
    parser.add_argument("--at", default="", help="a commit; else the files as they lie here")
    parser.add_argument("--patience", type=float, default=600, help="seconds that the tests of a fault may take")
    asked = parser.parse_args()
    chosen = [each for each in MUTATIONS if asked.only in each.name or asked.only in each.file]
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        copied(asked.at, Path(name))
        for mutation in chosen:
            begun = time.monotonic()
            said = fate(mutation, Path(name), asked.patience)
            found[said] += 1
            print(f"{said:8} {time.monotonic() - begun:6.1f} s  {mutation.file}: {mutation.name}", flush=True)  # noqa: T201
    print(", ".join(f"{number} {said}" for said, number in found.most_common()) or "no such fault")  # noqa: T201
    return 0 if set(found) <= {"caught"} else 1


if __name__ == "__main__":
    sys.exit(main())
