"""Pattern files: what is wrong with one is told with file, key and remedy; another language needs no code."""

import re
from pathlib import Path

import pytest

from pipelines.config import ConfigError
from pipelines.extraction import find, load_patterns
from pipelines.extraction.languages import SHIPPED

SPANISH = (SHIPPED / "es.toml").read_text("utf-8")


def written(folder: Path, text: str, name: str = "es.toml") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, "utf-8")
    return folder


def test_shipped_languages() -> None:
    assert load_patterns(None).languages == {"en", "es"}


def test_a_file_dropped_into_a_folder_is_a_language(tmp_path: Path) -> None:
    folder = written(tmp_path / "patterns", SPANISH.replace('language = "es"', 'language = "gl"'), "gl.toml")
    patterns = load_patterns(folder)
    assert patterns.languages == {"en", "es", "gl"}
    assert find(patterns, "gl", "server", ["Le abonaremos 20 euros."])["kind"].to_list() == ["credit"]


def test_a_file_of_ones_own_replaces_the_shipped_one(tmp_path: Path) -> None:
    folder = written(tmp_path / "patterns", SPANISH.replace('"abono", ', ""))
    text = ["Recibirá un abono."]
    assert len(find(load_patterns(None), "es", "server", text)) == 1
    assert find(load_patterns(folder), "es", "server", text).is_empty()


def test_the_fingerprint_follows_the_content(tmp_path: Path) -> None:
    same = load_patterns(written(tmp_path / "same", SPANISH)).fingerprint
    other = load_patterns(written(tmp_path / "other", SPANISH + "\n# reviewed again\n")).fingerprint
    assert same == load_patterns(None).fingerprint
    assert same != other
    assert re.fullmatch("[0-9a-f]{64}", same)


FAULTS = {
    "no TOML": (lambda text: text.replace("[words]", "[words"), "is not valid TOML"),
    "missing": (lambda text: text.replace("reviewed_on = ", "# reviewed_on = "), r"reviewed_on is missing; add it"),
    "unknown": (lambda text: text.replace("longest_gap", "longest_gapp"), r"longest_gapp is not a known key; remove it"),
    "out of range": (lambda text: text.replace("longest_gap = 6", "longest_gap = 60"), r"longest_gap = 60: .*; correct it"),
    "empty list": (lambda text: re.sub(r"^visit = \[.*\]$", "visit = []", text, flags=re.MULTILINE), "'visit' is empty; fill it or remove it"),
    "no such verb": (lambda text: text.replace('acts = ["refund"]', 'acts = ["refnd"]'), r"promises.refund.acts names 'refnd'.*add it there"),
    "no such list": (lambda text: text.replace("{human_verb} con", "{human_vrb} con"), "'human_vrb', which is nowhere; add it to"),
    "no reference": (lambda text: text.replace("{human_verb} con", "{Human} con"), "'{Human}' is no reference; write"),
    "a gap at the end": (lambda text: text.replace('"cuantas veces"', '"cuantas veces ..."'), "begins or ends with a gap"),
    "read as another word": (lambda text: text + "\n[clauses.read_as]\n\"a b\" = \"c\"\n", "'a b' is read as 'c', which is no word of it"),
    "two meanings of a time": (lambda text: text.replace('words = ["mañana"], count = 1, unit = "day"', 'words = ["mañana"], count = 1, unit = "day", end_of = "day"'), "needs either count and unit, or end_of"),
    "another language": (lambda text: text.replace('language = "es"', 'language = "pt"'), "call the file pt.toml"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_name_file_key_and_remedy(fault: str, tmp_path: Path) -> None:
    spoil, message = FAULTS[fault]
    text = spoil(SPANISH)
    assert text != SPANISH
    folder = written(tmp_path / "patterns", text)
    with pytest.raises(ConfigError, match=message) as raised:
        load_patterns(folder)
    assert str(folder / "es.toml") in str(raised.value)


def test_a_folder_without_patterns_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"holds no \*\.toml; copy en.toml"):
        load_patterns(tmp_path)


def test_no_shipped_list_is_unused() -> None:
    """A list that no template names is a word that a reviewer reads for nothing."""
    for path in SHIPPED.glob("*.toml"):
        text = path.read_text("utf-8")
        words = text[text.index("[words]") : text.index("[things]")]
        for name in re.findall(r"^(\w+) = \[", words, re.MULTILINE):
            assert re.search(r"\{" + name + r"\??\}", text), f"{path.name}: {name}"
