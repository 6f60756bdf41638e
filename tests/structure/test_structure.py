"""The laws of the project's structure: who imports whom, how large a file is, what is cited, what never stands in a file."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.contract.metrics import DEFINITIONS

ROOT = Path(__file__).resolve().parents[2]

#: What dashboards and report may know of the pipeline: never the warehouse.
READ_BY_DASHBOARDS = (
    "pipelines.snapshot",
    "pipelines.statistics",
    "pipelines.privacy",
    "pipelines.config",
    "pipelines.contract",
)

#: Rooms of the dashboards, lowest first → the rooms that each may know. No arrow runs back up.
ROOMS: dict[str, tuple[str, ...]] = {
    "wording": (),
    "access": ("wording",),
    "figures": ("wording",),
    "snapshot": ("wording",),
    "results": ("snapshot", "wording"),
    "findings": ("results", "snapshot", "wording"),
    "casebook": ("access", "results", "snapshot", "wording"),
    "panels": ("figures", "findings", "results", "snapshot", "wording"),
}
ROOMS["components"] = (*ROOMS["panels"], "panels", "casebook", "access")
ROOMS["report"] = (*ROOMS["panels"], "panels")
ROOMS["pages"] = (*ROOMS["components"], "components", "report")
ROOMS["app"] = (*ROOMS["pages"], "pages")

#: Folder or module → what it may import of this project, besides itself. The longest prefix that fits a module applies.
MAY_IMPORT = {
    "pipelines": (),
    "pipelines.contract": (),
    "pipelines.statistics": ("pipelines.contract",),
    "pipelines.analyses": ("pipelines.config", "pipelines.config.costs", "pipelines.contract", "pipelines.statistics"),
    "pipelines.sources": ("pipelines.contract",),
    "pipelines.privacy": ("pipelines.contract",),
    "pipelines.scoring": ("pipelines.config", "pipelines.contract"),
    "pipelines.extraction": ("pipelines.config", "pipelines.contract"),
    "pipelines.simulate": ("pipelines.contract", "pipelines.config"),
    # The configuration asks the registry which formats there are, and what they fill; a mapping is declared in it.
    "pipelines.config": (
        "pipelines.contract",
        "pipelines.sources.mapping.declaration",
        "pipelines.sources.mapping.joins",
        "pipelines.sources.mapping.layout",
        "pipelines.sources.reading",
        "pipelines.sources.registry",
    ),
    "pipelines.early_signals": (),
    "pipelines.failures": (),
    "pipelines.file_modes": (),
    "pipelines.interruption": (),
    "pipelines.snapshot": ("pipelines.contract", "pipelines.file_modes"),
    "pipelines.snapshot_integrity": ("pipelines.file_modes", "pipelines.snapshot"),
    "pipelines.warehouse": (
        "pipelines",
        "pipelines.config",
        "pipelines.contract",
        "pipelines.extraction",
        "pipelines.failures",
        "pipelines.file_modes",
        "pipelines.interruption",
        "pipelines.privacy",
        "pipelines.scoring",
        "pipelines.snapshot",
        "pipelines.snapshot_integrity",
        "pipelines.sources",
    ),
    "pipelines.lineage": ("pipelines.warehouse.models",),
    "pipelines.lineage_parsing": ("pipelines.lineage", "pipelines.warehouse.models"),
    "pipelines.quality": (
        "pipelines.config",
        "pipelines.contract",
        "pipelines.warehouse.models",
        "pipelines.warehouse.parsed_sql",
    ),
    "pipelines.run_context": (
        "pipelines",
        "pipelines.config",
        "pipelines.contract",
        "pipelines.extraction",
        "pipelines.privacy",
        "pipelines.quality",
        "pipelines.scoring",
        "pipelines.snapshot",
        "pipelines.snapshot_integrity",
        "pipelines.warehouse",
    ),
    "pipelines.run_status": (
        "pipelines.config",
        "pipelines.interruption",
        "pipelines.run_context",
        "pipelines.snapshot",
        "pipelines.snapshot_integrity",
        "pipelines.warehouse",
    ),
    "pipelines.arrivals": ("pipelines.contract", "pipelines.run_context", "pipelines.warehouse"),
    "pipelines.console": ("pipelines.config", "pipelines.failures", "pipelines.interruption", "pipelines.snapshot"),
    "dashboards": (),
    **{
        f"dashboards.{room}": (*(f"dashboards.{below}" for below in rooms), *READ_BY_DASHBOARDS)
        for room, rooms in ROOMS.items()
    },
}
#: These tie everything together.
MAY_IMPORT_ALL = (
    "pipelines.defs",
    "pipelines.definitions",
    "pipelines.commands",
    "pipelines.cli",
    "pipelines.documentation",
)

_METRICS = {definition.number for definition in DEFINITIONS}
_LONGEST = 450
#: File → why it may be longer.
LONGER_FILES: dict[str, str] = {}


def _modules() -> Iterator[tuple[str, Path]]:
    for folder in ("pipelines", "dashboards"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


MODULES = dict(_modules())


def _imported(module: str, path: Path) -> Iterator[str]:
    """Modules of this project that a file imports, those inside functions included."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if _is_ours(alias.name))
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level:
                package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
                source = ".".join([*package[: len(package) - node.level + 1], *([source] if source else [])])
            if _is_ours(source):
                yield from (f"{source}.{a.name}" if f"{source}.{a.name}" in MODULES else source for a in node.names)


def _is_ours(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in {"pipelines", "dashboards", "tests", "benchmarks"}


def _within(name: str, place: str) -> bool:
    # The bare package stands for its version alone.
    return name == place or (place not in {"pipelines", "dashboards"} and name.startswith(f"{place}."))


@pytest.mark.parametrize("module", [name for name in MODULES if not name.startswith(MAY_IMPORT_ALL)])
def test_arrows_between_folders(module: str) -> None:
    place = max((p for p in MAY_IMPORT if module == p or module.startswith(f"{p}.")), key=len)
    assert place not in {"pipelines", "dashboards"} or module == place, (
        f"{module}: say in MAY_IMPORT what it may import"
    )
    allowed = (place, *MAY_IMPORT[place])
    foreign = {name for name in _imported(module, MODULES[module]) if not any(_within(name, p) for p in allowed)}
    assert not foreign, f"{module} may import only {', '.join(allowed)}"


def test_no_page_imports_another() -> None:
    """What two pages need lives in ``panels``, ``results`` or ``findings``; pages of a snapshot without contacts stand in for others."""
    across = [
        f"{module} imports {name}"
        for module, path in MODULES.items()
        if module.startswith("dashboards.pages.")
        for name in _imported(module, path)
        if name.startswith("dashboards.pages.") and name.split(".")[2] not in {module.split(".")[2], "without_contacts"}
    ]
    assert not across


def test_class_names_are_unique() -> None:
    places: dict[str, list[str]] = {}
    for module, path in MODULES.items():
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(module)
    assert not {name: modules for name, modules in places.items() if len(modules) > 1 and not name.startswith("_")}


def test_nothing_imports_what_ties_all_together() -> None:
    """Only those that tie may: else an arrow would run back."""
    for module, path in MODULES.items():
        back = {name for name in _imported(module, path) if name.startswith(MAY_IMPORT_ALL)}
        assert not back or module.startswith(MAY_IMPORT_ALL), f"{module} imports {back}"


def test_statistics_know_no_files_and_no_engine() -> None:
    for module, path in MODULES.items():
        if module.startswith("pipelines.statistics"):
            roots = {
                name.split(".")[0]
                for node in ast.walk(ast.parse(path.read_text("utf-8")))
                for name in (
                    [alias.name for alias in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else []
                )
            }
            assert not roots & {"dagster", "duckdb", "plotly", "dash", "pathlib", "sqlglot", "os"}, module


def test_files_stay_readable() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in MODULES.values()}
    too_long = {path for path, lines in lengths.items() if lines > _LONGEST}
    assert too_long <= set(LONGER_FILES), "a file this long wants two rooms"
    assert set(LONGER_FILES) <= set(lengths), "an exception for a file that is gone"


def test_no_room_without_a_name() -> None:
    vague = {"utils", "util", "helpers", "common", "manager", "misc"}
    assert not [module for module in MODULES if set(module.split(".")) & vague]


_MODEL_FILES = sorted(path for path in (ROOT / "sql").glob("*/*.sql") if path.parent.name != "checks")


@pytest.mark.parametrize("path", _MODEL_FILES, ids=lambda path: path.stem)
def test_cited_metrics_exist(path: Path) -> None:
    header = " ".join(line for line in path.read_text("utf-8").splitlines() if line.startswith("--"))
    cited = re.search(r"Metrics: (.*?)\. Refresh:", header)
    assert cited, "the header cites metrics and says how the table is refreshed"
    numbers = [int(number) for number in re.findall(r"\bM(\d+)\b", header)]
    assert {f"M{number}" for number in numbers} <= _METRICS
    assert re.search(r"\bM\d+\b", cited[1]) or "intervals" in cited[1], "a metric, or the conventions of intervals"
    rules = re.findall(r"\bD(\d+)\b", header)
    assert all(1 <= int(rule) <= 8 for rule in rules)


def test_cited_metrics_exist_in_code() -> None:
    for module, path in MODULES.items():
        numbers = [int(number) for number in re.findall(r"\bM(\d{1,2})\b", path.read_text("utf-8"))]
        assert {f"M{number}" for number in numbers} <= _METRICS, module


def _tracked() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: which files are tracked cannot be told")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    return [ROOT / name for name in listed.decode().split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_this_machine_or_an_index() -> None:
    patterns = {
        "a path of one machine": re.compile(r"(?<![\w.])/" + r"work/|/home/\w+/|/Users/\w+/"),
        "an index": re.compile(
            r"--(extra-)?index-url|--find-links|https?://[^\s\"']*/simple\b|(index|extra)[-_]url\s*="
        ),
    }
    found = []
    for path in _tracked():
        content = path.read_bytes()
        if b"\0" in content[:8000]:
            continue
        text = content.decode("utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {what}" for what, pattern in patterns.items() if pattern.search(text)]
    own = str(Path(__file__).relative_to(ROOT))
    assert [entry for entry in found if not entry.startswith(own)] == []


def test_nothing_that_a_run_makes_is_tracked() -> None:
    tracked = [path.relative_to(ROOT) for path in _tracked()]
    assert not [path for path in tracked if path.suffix in {".duckdb", ".parquet", ".pyc"} or path.name == ".env"]
    assert not [path for path in tracked if path.parts[0] == "data" and path.name != "README.md"]


def test_generated_documents_are_up_to_date() -> None:
    from pipelines.documentation import render  # noqa: PLC0415

    rendered = render()
    assert {path.name for path in rendered} >= {"data-contract.md", "metrics.md"}
    stale = [path for path, text in rendered.items() if (ROOT / path).read_text("utf-8") != text]
    assert not stale, "run `make docs`"
