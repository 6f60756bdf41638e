"""What a stranger meets first fits together: versions of Python, continuous integration, licences, lock files, image."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PYTHONS = [each.rsplit(" ", 1)[1] for each in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", each)]


def _text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def test_the_pythons_are_the_same_everywhere() -> None:
    assert PYTHONS == ["3.11", "3.12", "3.13", "3.14"]
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"
    matrix = re.search(r"python: \[(.*)\]", _text(".github/workflows/ci.yml"))
    assert matrix
    assert re.findall(r"[\d.]+", matrix[1]) == PYTHONS
    bounds = re.search(r"\((3, \d+)\) <= sys.version_info\[:2\] <= \((3, \d+)\)", _text(".ci/find-python"))
    assert bounds
    assert [each.replace(", ", ".") for each in bounds.groups()] == [PYTHONS[0], PYTHONS[-1]]
    assert set(re.findall(r"python(3\.\d+)", re.search(r'names="(.*)"', _text(".ci/find-python"))[1])) == set(PYTHONS)  # type: ignore[index]


def test_actions_are_pinned_by_their_commit() -> None:
    used = re.findall(r"uses: (\S+)(.*)", _text(".github/workflows/ci.yml"))
    assert used
    loose = [action for action, version in used if not re.search(r"@[0-9a-f]{40}$", action) or "# v" not in version]
    assert loose == []


def test_ci_runs_what_anybody_can_run() -> None:
    commands = re.findall(r"- run: (\S+)(?: (\S+))?", _text(".github/workflows/ci.yml"))
    targets = {target for command, target in commands if command == "make"}
    assert (".ci/run", "") in commands
    assert {f"{target}:" for target in targets} <= {line.split(" ")[0] for line in _text("Makefile").splitlines()}


@pytest.mark.parametrize("command", ["find-python", "install-browser"])
def test_scripts_are_plain_sh(command: str) -> None:
    """macOS and Debian have other shells behind /bin/sh; dash takes what all of them take."""
    script = ROOT / ".ci" / command
    assert script.read_text("utf-8").startswith("#!/bin/sh\n")
    subprocess.run(["/bin/sh", "-n", str(script)], check=True)


def test_no_tools_that_macos_has_otherwise() -> None:
    gnu_only = r"sed -i|readlink -f|\bnproc\b|date -d|grep -P|xargs -r|stat -c|cp --|realpath"
    for name in ("Makefile", ".ci/run", ".ci/find-python", ".ci/install-browser"):
        assert re.findall(gnu_only, _text(name)) == [], name


def test_the_image_gets_what_it_copies() -> None:
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.*) \S+$", _text("Dockerfile"), re.MULTILINE)
        for source in line.split()
    }
    let_through = {line[1:] for line in _text(".dockerignore").splitlines() if line.startswith("!")}
    assert copied == let_through
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert re.search(r"^USER aftercall$", _text("Dockerfile"), re.MULTILINE)


def test_the_lock_of_the_image_is_the_part_of_the_tests_that_an_installation_needs() -> None:
    def locked(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([a-z0-9.-]+)(?:\[[a-z,]+\])?==(\S+)", _text(name), re.MULTILINE))

    installed, tested = locked("requirements-run.lock"), locked("requirements.lock")
    assert installed.items() <= tested.items()
    assert {"pytest", "statsmodels", "ruff", "hypothesis"} & set(installed) == set()


def test_the_notice_names_what_the_model_cards_name() -> None:
    notice = " ".join(_text("NOTICE").split())
    for card in sorted(ROOT.glob("pipelines/scoring/*/MODEL_CARD.md")):
        origins = re.findall(r"sentence-transformers/\S+|GoEmotions|Amazon review snippets", card.read_text("utf-8"))
        assert origins, card
        assert [origin for origin in origins if origin not in notice] == []
    assert "Apache License" in _text("LICENSE")
    assert "Version 2.0, January 2004" in _text("LICENSE")
