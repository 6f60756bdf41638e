"""Names of files and sources are text on the command line: no markup, no emoji, no commands to the terminal."""

from collections.abc import Callable
from pathlib import Path

import pytest
from builders.command_line import Command

CONFIG = """
[project]
data_dir = "data"

[[sources]]
name = 'crm [/old] :smile: [bold red]'
format = "canonical"
table = "contacts"
path = "landing/*.csv"

[[sources]]
name = "a \\u001b[2J screen"
format = "canonical"
table = "complaints"
path = "nothing [here]/*.csv"
"""
HEADER = "contact_id,customer_id,started_at\n"


@pytest.fixture
def named_oddly(configured: Callable[[str], Path], tmp_path: Path) -> Path:
    path = configured(CONFIG)
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "c [final] [link=x].csv").write_text("id\n1\n")
    (tmp_path / "landing" / "good.csv").write_text(HEADER + "a,ann,2026-03-02T10:00:00Z\n")
    return path


def test_doctor_names_sources_and_files_as_written(aftercall: Command, named_oddly: Path) -> None:
    said = aftercall("doctor", "--config", named_oddly)
    assert said.code == 0, said.err
    lines = [line for line in said.out.splitlines() if "source crm [/old] :smile: [bold red]" in line]
    assert [line.split()[0] for line in lines] == ["warning", "warning"], (
        "one finding of the source, one of its bad file"
    )
    assert "landing/c [final] [link=x].csv would be refused" in lines[1]
    assert "\x1b" not in said.out, "a name gives no command to the terminal"
    assert r"source a \x1b[2J screen" in said.out


def test_messages_name_files_as_written(aftercall: Command, named_oddly: Path) -> None:
    (named_oddly.parent / "landing" / "good.csv").unlink()
    said = aftercall("run", "--config", named_oddly)
    assert said.code == 2
    last = said.err.strip().splitlines()[-1]
    assert last.startswith("aftercall: no source could be read at all: landing/c [final] [link=x].csv: ")
    assert "landing/c [final] [link=x].csv" in said.out


@pytest.mark.parametrize("folder", ["[/]", "ops [prod]", ":warning:"])
def test_paths_of_configurations_are_text(folder: str, aftercall: Command, tmp_path: Path) -> None:
    missing = tmp_path / folder / "aftercall.toml"
    assert str(missing) in aftercall("run", "--config", missing).one_message()
    assert f"Wrote {missing}. " in aftercall("init", "--out", missing).out
