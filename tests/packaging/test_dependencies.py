"""What the packages import is declared, and what is declared is imported or says why not."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
OURS = {"pipelines", "dashboards", "benchmarks", "tests", *(path.name for path in (ROOT / "tests").iterdir())}
#: Declared though no file of the packages imports it → why.
NOT_IMPORTED = {
    "dagster-webserver": "`dagster dev` and the web server of operations.md",
    "tzdata": "zoneinfo reads it where the system has no time zones",
}
_INSTALLED = packages_distributions()
#: Import → package, where the package is not installed: the extra `torch` is in no environment of the tests.
_EXTRA_IMPORTS = {"onnx": "onnx", "torch": "torch", "vaderSentiment": "vadersentiment"}


def _name(requirement: str) -> str:
    return re.split(r"[\s<>=!~;\[]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def _declared(*extras: str) -> set[str]:
    lists = [PROJECT["dependencies"], *(PROJECT["optional-dependencies"][extra] for extra in extras)]
    return {_name(requirement) for declared in lists for requirement in declared}


def _imports(*folders: str) -> Iterator[tuple[str, str]]:
    """(top-level package, file) of every import of something that is neither ours nor Python's."""
    for path in sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                names = [node.module]
            for name in names:
                top = name.split(".")[0]
                if top not in sys.stdlib_module_names | OURS:
                    yield top, str(path.relative_to(ROOT))


def _distributions(top: str) -> set[str]:
    """The packages of the index that bring this import; several where they share a name."""
    found = {_name(each) for each in _INSTALLED.get(top, [])}
    return found or {_EXTRA_IMPORTS.get(top, top)}


def _undeclared(declared: set[str], *folders: str) -> list[str]:
    return [f"{file} imports {top}" for top, file in _imports(*folders) if not _distributions(top) & declared]


def test_what_the_packages_import_is_declared() -> None:
    assert _undeclared(_declared("oidc", "torch"), "pipelines", "dashboards") == []


def test_what_tests_and_benchmarks_import_is_declared() -> None:
    assert _undeclared(_declared("oidc", "torch", "dev"), "tests", "benchmarks") == []


def test_what_is_declared_is_imported() -> None:
    imported = set().union(*(_distributions(top) for top, _ in _imports("pipelines", "dashboards")))
    assert _declared("oidc", "torch") - imported <= set(NOT_IMPORTED)


def test_the_lock_holds_every_dependency() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    locked = {_name(line) for line in lock.splitlines() if re.match(r"[a-z0-9]", line)}
    assert _declared("oidc", "dev") - {PROJECT["name"]} - locked == set()
