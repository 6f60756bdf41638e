"""Whatever is wrong with the configuration: exit 2, and one message that names file, key, value and remedy."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from builders.command_line import CONTACTS_SOURCE, Command

PROJECT = '[project]\ndata_dir = "data"\n'
COMMANDS = ("run", "doctor", "report", "dashboard")

FAULTS = {
    "bad TOML": ("[project\n", ("not valid TOML", "line 1")),
    "no project": (CONTACTS_SOURCE, ("project is missing",)),
    "no sources": (PROJECT, ("sources is missing",)),
    "empty sources": ("sources = []\n" + PROJECT, ("sources", "at least 1")),
    "sources no list": ('sources = "contacts"\n' + PROJECT, ("sources = 'contacts'",)),
    "source no table": ("sources = [1]\n" + PROJECT, ("sources[0]",)),
    "no data_dir": ("[project]\n" + CONTACTS_SOURCE, ("project.data_dir is missing",)),
    "unknown key": (PROJECT + 'datadir = "x"\n' + CONTACTS_SOURCE, ("project.datadir", "not a known key")),
    "unknown section": (PROJECT + CONTACTS_SOURCE + "[metric]\nmin_n = 3\n", ("metric", "not a known key")),
    "config_path": ('config_path = "x"\n' + PROJECT + CONTACTS_SOURCE, ("config_path", "remove")),
    "bad value": (PROJECT + CONTACTS_SOURCE + "[metrics]\nmin_n = 0\n", ("metrics.min_n = 0", "greater than")),
    "bad kind": (PROJECT + CONTACTS_SOURCE + '[metrics]\nmin_n = "few"\n', ("metrics.min_n = 'few'",)),
    "two faults": (PROJECT + 'x = 1\ncurrency = "usd"\n' + CONTACTS_SOURCE, ("project.currency = 'usd'", "1 more")),
    "bad memory": (PROJECT + 'memory_limit = "lots"\n' + CONTACTS_SOURCE, ("memory_limit = 'lots'", "'4GB'")),
    "bad zone": (PROJECT + 'time_zone = "Mars/Olympus"\n' + CONTACTS_SOURCE, ("'Mars/Olympus'", "Europe/Vienna")),
    "bad source zone": (PROJECT + CONTACTS_SOURCE + 'time_zone = "CEST5"\n', ("sources[0].time_zone = 'CEST5'",)),
    "bad hour": (PROJECT + 'nightly_at = "24:00"\n' + CONTACTS_SOURCE, ("nightly_at = '24:00'",)),
    "bad pattern": (PROJECT + CONTACTS_SOURCE + 'delivered_at = "("\n', ("delivered_at = '('", "regular expression")),
    "no group": (PROJECT + CONTACTS_SOURCE + 'delivered_at = "x"\n', ("delivered_at = 'x'", "(?P<delivered>")),
    "late after true": (
        PROJECT + CONTACTS_SOURCE + "late_after_hours = true\n",
        ("sources[0].late_after_hours", "number of hours"),
    ),
    "port beyond": (
        PROJECT + CONTACTS_SOURCE + '[report]\ndashboards = "https://x:99999"\n',
        ("report.dashboards", "65535"),
    ),
    "unknown format": (
        PROJECT + '[[sources]]\nformat = "pigeon"\npath = "*"\n',
        ("format = 'pigeon'", "servicenow_incident"),
    ),
    "misspelt format": (PROJECT + CONTACTS_SOURCE.replace("canonical", "canonicl"), ("format = 'canonicl'", "cfpb")),
    "unknown table": (PROJECT + CONTACTS_SOURCE.replace('"contacts"', '"calls"'), ("table = 'calls'", "crm_events")),
    "table of a format": (
        PROJECT + '[[sources]]\nformat = "vcon"\ntable = "turns"\npath = "*"\n',
        ("table = 'turns'", "remove it"),
    ),
    "same names": (
        PROJECT + 2 * (CONTACTS_SOURCE + 'name = "calls"\n'),
        ("'calls' names two sources", "its own name"),
    ),
}


@pytest.mark.parametrize(("text", "words"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_one_message(
    text: str, words: tuple[str, ...], aftercall: Command, configured: Callable[[str], Path], tmp_path: Path
) -> None:
    path = configured(text)
    said = aftercall("run", "--config", path)
    assert said.code == 2
    message = said.one_message()
    for word in (str(path), *words):
        assert word in message
    assert not (tmp_path / "data").exists(), "a refused configuration leaves nothing behind"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_refuses_a_missing_configuration(command: str, aftercall: Command, tmp_path: Path) -> None:
    said = aftercall(command, "--config", tmp_path / "nowhere.toml")
    assert said.code == 2
    message = said.one_message()
    assert str(tmp_path / "nowhere.toml") in message
    assert "aftercall init" in message


def test_a_folder_is_no_configuration(aftercall: Command, tmp_path: Path) -> None:
    said = aftercall("run", "--config", tmp_path)
    assert said.code == 2
    assert str(tmp_path) in said.one_message()


def test_bytes_are_no_configuration(aftercall: Command, tmp_path: Path) -> None:
    path = tmp_path / "aftercall.toml"
    path.write_bytes(b"\xff\xfe\x00")
    said = aftercall("run", "--config", path)
    assert said.code == 2
    assert str(path) in said.one_message()


def test_sources_without_a_name_get_different_ones(configured: Callable[[str], Path]) -> None:
    from pipelines.config import load_settings  # noqa: PLC0415

    settings = load_settings(configured(PROJECT + 3 * CONTACTS_SOURCE))
    assert [source.name for source in settings.sources] == ["contacts", "contacts-2", "contacts-3"]


@pytest.mark.parametrize(("key", "words"), [(None, "is not set"), ("", "is not set"), ("x" * 31, "only 31 bytes")])
def test_a_run_needs_a_key(
    key: str | None, words: str, aftercall: Command, valid_config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if key is None:
        monkeypatch.delenv("AFTERCALL_PSEUDONYM_KEY")
    else:
        monkeypatch.setenv("AFTERCALL_PSEUDONYM_KEY", key)
    said = aftercall("run", "--config", valid_config)
    assert said.code == 2
    message = said.one_message()
    assert "AFTERCALL_PSEUDONYM_KEY" in message
    assert words in message
    assert "32 bytes" in message


def test_any_string_of_32_bytes_is_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.config import pseudonym_key  # noqa: PLC0415

    monkeypatch.setitem(os.environb, b"AFTERCALL_PSEUDONYM_KEY", b"\xff\x80" * 16)
    assert pseudonym_key() == b"\xff\x80" * 16
    monkeypatch.setenv("AFTERCALL_PSEUDONYM_KEY", "ß" * 16)
    assert len(pseudonym_key()) == 32
