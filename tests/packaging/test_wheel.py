"""The wheel holds all that the checkout does, and a night runs from it in an empty folder."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.warehouse import models
from pipelines.warehouse.models import ModelError, all_models

ROOT = Path(__file__).resolve().parents[2]
#: Folder of the checkout → where its files stand in the wheel.
INSTALLED = {"pipelines": "pipelines", "dashboards": "dashboards", "sql": "pipelines/sql"}
#: A night and what is around it, without four times the imports; then where its models stand.
_IN_ONE_PROCESS = """
from pipelines.cli import main
from pipelines.warehouse.models import SQL_DIR
config = ["--config", "operation/aftercall.toml"]
main(["simulate", "--out", "operation", "--contacts", "300", "--days", "60"], standalone_mode=False)
main(["run", *config], standalone_mode=False)
main(["export", *config, "--out", "exported", "--tables", "contact_outcomes"], standalone_mode=False)
print(SQL_DIR)
"""


def _files(folder: str) -> list[Path]:
    return [path for path in (ROOT / folder).rglob("*") if path.is_file() and path.suffix != ".pyc"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy: setuptools leaves its build folder beside the sources, and would pack what stands there from before."""
    sources = tmp_path_factory.mktemp("sources")
    for folder in INSTALLED:
        shutil.copytree(ROOT / folder, sources / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, sources)
    target = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(target)]
    subprocess.run([*build, str(sources)], check=True, capture_output=True)
    (built,) = target.glob("*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    expected = {
        f"{place}/{path.relative_to(ROOT / folder).as_posix()}"
        for folder, place in INSTALLED.items()
        for path in _files(folder)
    }
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        licences = {Path(name).name for name in archive.namelist() if ".dist-info/licenses/" in name}
    assert held == expected
    assert licences == {"LICENSE", "NOTICE"}


def test_a_night_runs_from_the_wheel_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    """The dependencies are those of this environment, reached by a path file; its own ``aftercall`` is not."""
    home = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    places = sysconfig.get_paths("venv", vars={"base": str(home), "platbase": str(home)})
    Path(places["purelib"], "dependencies.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n", "utf-8")
    folder = tmp_path / "empty"
    folder.mkdir()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["AFTERCALL_PSEUDONYM_KEY"] = "k" * 48

    def said(*command: str) -> str:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert Path(said(str(python), "-c", _IN_ONE_PROCESS).splitlines()[-1]).is_relative_to(home)
    doctor = said(str(home / "bin" / "aftercall"), "doctor", "--config", "operation/aftercall.toml")
    assert f"{len(all_models())} SQL models" in doctor
    assert pq.read_metadata(folder / "exported" / "contact_outcomes.parquet").num_rows > 100


def test_a_layer_without_models_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A night without models would publish nothing, and say nothing of it."""
    shutil.copytree(models.SQL_DIR, tmp_path / "sql")
    shutil.rmtree(tmp_path / "sql" / "marts")
    monkeypatch.setattr(models, "SQL_DIR", tmp_path / "sql")
    with pytest.raises(ModelError, match=r"sql/marts: holds no \.sql file; install aftercall again"):
        all_models.__wrapped__()
