"""`make` takes the first Python that runs, is in range and makes environments, and says what to install otherwise."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / ".ci" / "find-python"


def _program(folder: Path, name: str, text: str) -> None:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    program.chmod(0o755)


def _find(*folders: Path, python: str = "") -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.pathsep.join(map(str, folders)), "PYTHON": python}
    return subprocess.run(["/bin/sh", str(SCRIPT)], env=environment, capture_output=True, text=True, check=False)


def test_a_name_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    """The shim of a version manager stands on the path and ends with 127."""
    _program(tmp_path / "shims", "python3", "echo 'python3: command not found' >&2; exit 127")
    _program(tmp_path / "shims", "python3.12", f'exec "{sys.executable}" "$@"')
    found = _find(tmp_path / "shims")
    assert (found.returncode, found.stdout) == (0, "python3.12\n")


def test_a_python_that_is_too_old_is_passed_over(tmp_path: Path) -> None:
    old = f'exec "{sys.executable}" -c "import sys; sys.version_info = (3, 10, 9); exec(sys.argv[1])" "$2"'
    _program(tmp_path / "old", "python3", old)
    found = _find(tmp_path / "old")
    assert found.returncode == 2
    assert "needs Python 3.11 to 3.14" in found.stderr
    named = _find(tmp_path / "old", python="python3")
    assert (named.returncode, named.stderr) == (2, "PYTHON=python3 does not run, or is not 3.11 to 3.14\n")


def test_without_venv_the_package_is_named(tmp_path: Path) -> None:
    """Debian ships ensurepip apart from Python."""
    without = 'case "$2" in *ensurepip*) exit 1;; esac; exec "' + sys.executable + '" "$@"'
    _program(tmp_path / "debian", "python3", without)
    found = _find(tmp_path / "debian")
    assert found.returncode == 2
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"apt-get install python3-venv, or python{version}-venv" in found.stderr
    _program(tmp_path / "debian", "python3.12", f'exec "{sys.executable}" "$@"')
    assert _find(tmp_path / "debian").stdout == "python3.12\n"
