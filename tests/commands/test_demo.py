"""`aftercall dashboard --demo`: what it serves, what it makes, and that nobody else may reach it."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from builders.command_line import Command, Operation

from pipelines.commands import demo


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """What the server was started with, in place of serving; the account's cache and the working folder are empty."""
    started: list[Any] = []
    monkeypatch.setattr("dashboards.app.serve", lambda *given: started.append(given))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return started


def test_a_demo_is_for_this_machine_and_of_nothing_else(
    aftercall: Command, served: list[Any], valid_config: Path
) -> None:
    refused = aftercall("dashboard", "--demo", "--host", "192.0.2.1")
    assert refused.code == 2
    assert "--demo serves this machine alone" in refused.one_message()
    assert aftercall("dashboard", "--demo", "--config", valid_config).code == 2
    assert aftercall("dashboard").code == 2
    assert not served
    assert not demo.demo_folder().exists()


def test_what_make_run_built_is_served_at_once(
    aftercall: Command, served: list[Any], operation: Operation, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sample").symlink_to(operation.folder)
    said = aftercall("dashboard", "--demo")
    assert said.code == 0, said.err
    assert "Demo: the simulated operation in data/sample" in said.err
    ((data_dir, host, _, access, _),) = served
    assert data_dir.resolve() == (operation.folder / "data").resolve()
    assert host == "127.0.0.1"
    assert access.open_to_all


def test_without_one_it_is_made_once_and_as_a_whole(
    aftercall: Command, served: list[Any], operation: Operation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_: Path) -> None:
        raise demo.ConfigError("the run of the demo ended with code 1; what it said stands above")

    monkeypatch.setattr(demo, "CONTACTS", 5)
    monkeypatch.setattr(demo, "_run", failing)
    broken = aftercall("dashboard", "--demo")
    assert broken.code == 2
    assert "ended with code 1" in broken.err
    assert not list(demo.demo_folder().parent.iterdir()), "no half demo is left"

    def ran(config: Path) -> None:
        shutil.copytree(operation.folder / "data" / "snapshots", config.parent / "data" / "snapshots")

    monkeypatch.setattr(demo, "_run", ran)
    assert "simulating 5 contacts" in aftercall("dashboard", "--demo").err
    monkeypatch.setattr(demo, "_run", failing)
    again = aftercall("dashboard", "--demo")
    assert again.code == 0
    assert "simulating" not in again.err
    assert [given[0] for given in served] == [demo.demo_folder() / "data"] * 2
