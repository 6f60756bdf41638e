"""The configuration: what is read from it, and a message for every fault that names file, key, value and remedy."""

from pathlib import Path

import pytest

from pipelines.config import PSEUDONYM_KEY_VARIABLE, ConfigError, load_settings, pseudonym_key

PROJECT = '[project]\ndata_dir = "data"\n'
CONTACTS = '[[sources]]\nformat = "canonical"\ntable = "contacts"\npath = "contacts/*.csv"\n'


def _write(folder: Path, text: str) -> Path:
    path = folder / "aftercall.toml"
    path.write_text(text, "utf-8")
    return path


def _refused(folder: Path, text: str) -> str:
    path = _write(folder, text)
    with pytest.raises(ConfigError) as caught:
        load_settings(path)
    message = str(caught.value)
    assert str(path) in message
    return message


def test_the_smallest_configuration_and_its_defaults(tmp_path: Path) -> None:
    settings = load_settings(_write(tmp_path, PROJECT + CONTACTS))
    assert settings.data_dir == tmp_path / "data"
    assert settings.base_dir == tmp_path
    assert (settings.project.time_zone, settings.project.keep_snapshots, settings.metrics.min_n) == ("UTC", 8, 30)
    (source,) = settings.sources
    assert (source.name, source.system, source.time_zone, source.date_order) == ("contacts", "default", None, None)
    assert settings.filled_tables == {"contacts"}


def test_relative_paths_start_at_the_file_wherever_the_process_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site").mkdir()
    _write(tmp_path / "site", PROJECT.replace('"data"', '"../elsewhere/./data"') + CONTACTS)
    monkeypatch.chdir(tmp_path)
    assert load_settings(Path("site/aftercall.toml")).data_dir == tmp_path / "elsewhere" / "data"
    _write(tmp_path / "site", PROJECT.replace('"data"', f'"{tmp_path}/absolute"') + CONTACTS)
    assert load_settings(Path("site/aftercall.toml")).data_dir == tmp_path / "absolute"


def test_sources_without_a_name_get_one_each(tmp_path: Path) -> None:
    eu = CONTACTS + 'system = "eu"\n'
    vcon = '[[sources]]\nformat = "vcon"\npath = "v/*.json"\n'
    settings = load_settings(_write(tmp_path, PROJECT + CONTACTS + CONTACTS + eu + vcon))
    assert [source.name for source in settings.sources] == ["contacts", "contacts-2", "eu-contacts", "vcon"]
    assert {"contacts", "turns"} <= settings.filled_tables


@pytest.mark.parametrize(
    ("text", "words"),
    [
        # key, value and remedy, in this order.
        (PROJECT + 'file_mode = "0666"\n' + CONTACTS, ("project.file_mode", "'0666'", "write '0600', '0640'")),
        (PROJECT + 'file_mode = "700"\n' + CONTACTS, ("project.file_mode", "'700'", "write '0600', '0640'")),
        ("", ["project", "is missing", "add it"]),
        ("[project]\n" + CONTACTS, ["project.data_dir", "is missing", "add it"]),
        (PROJECT, ["sources", "is missing", "add it"]),
        ("sources = []\n" + PROJECT, ["sources", "at least 1"]),
        (PROJECT + 'colour = "red"\n' + CONTACTS, ["project.colour", "not a known key", "remove it or check its spelling"]),
        (PROJECT + 'time_zone = "Vienna"\n' + CONTACTS, ["project.time_zone", "'Vienna'", "write one such as 'Europe/Vienna'"]),
        (PROJECT + 'memory_limit = "lots"\n' + CONTACTS, ["project.memory_limit", "'lots'", "write one such as '4GB'"]),
        (PROJECT + 'currency = "Euro"\n' + CONTACTS, ["project.currency", "'Euro'", "[A-Z]{3}"]),
        (PROJECT + 'nightly_at = "25:00"\n' + CONTACTS, ["project.nightly_at", "'25:00'"]),
        (PROJECT + "keep_snapshots = 0\n" + CONTACTS, ["project.keep_snapshots", "0", "greater than or equal to 1"]),
        (PROJECT + 'threads = "many"\n' + CONTACTS, ["project.threads", "'many'", "integer"]),
        (PROJECT + "[metrics]\nlag_days = -1\n" + CONTACTS, ["metrics.lag_days", "-1", "greater than or equal to 0"]),
        (PROJECT + "[quality]\nmax_quarantined_share = 5\n" + CONTACTS, ["quality.max_quarantined_share", "5", "less than or equal to 1"]),
        (PROJECT + '[[sources]]\nformat = "canonical"\npath = "x"\n', ["sources[0]", "table = ''", "write one of contacts,"]),
        (PROJECT + CONTACTS.replace('"contacts"', '"contact"'), ["sources[0]", "table = 'contact'", "write one of contacts,"]),
        (PROJECT + CONTACTS.replace("canonical", "vcon"), ["sources[0]", "table = 'contacts'", "remove it"]),
        (PROJECT + '[[sources]]\nformat = "excel"\npath = "x"\n', [".format", "'excel'", "write one of canonical,"]),
        (PROJECT + CONTACTS.replace('path = "contacts/*.csv"', ""), ["sources[0].path", "is missing", "add it"]),
        (PROJECT + CONTACTS + 'time_zone = "CEST"\n', ["sources[0].time_zone", "'CEST'", "write one such as"]),
        (PROJECT + CONTACTS + 'date_format = "%d.%m.%Q"\n', ["sources[0].date_format", "%Q", "%d.%m.%Y"]),
        (PROJECT + CONTACTS + 'date_format = ["%d.%m.%Y", "%H:%M"]\n', ["'%H:%M' names no day"]),
        (PROJECT + CONTACTS + 'phone_columns = ["queue"]\n', ["'queue'", "agent_id, case_id"]),
        (PROJECT + CONTACTS + "rating_scale = [10, 1]\n", ["sources[0].rating_scale", "[1, 10]"]),
        (PROJECT + CONTACTS + "rating_scale = [5, 5]\n", ["sources[0].rating_scale", "[1, 10]"]),
        (PROJECT + CONTACTS + "rating_scale = [1, inf]\n", ["sources[0].rating_scale", "[1, 10]"]),
        (PROJECT + "[quality]\nmax_bad_value_share = 5\n" + CONTACTS, ["quality.max_bad_value_share", "5"]),
        (PROJECT + CONTACTS + 'date_order = "ymd"\n', ["sources[0].date_order", "'ymd'", "'dmy' or 'mdy'"]),
        (PROJECT + CONTACTS + 'encoding = "ebcdic"\n', ["sources[0].encoding", "'ebcdic'", "'utf-8'"]),
        (PROJECT + CONTACTS + 'delivered_at = "(("\n', ["sources[0].delivered_at", "'(('", "not a regular expression"]),
        (PROJECT + CONTACTS + 'delivered_at = "x"\n', ["sources[0].delivered_at", "'x'", "(?P<delivered>…)"]),
        (PROJECT + CONTACTS + 'system = ""\n', ["sources[0].system", "''", "at least 1"]),
        (PROJECT + (CONTACTS + 'name = "a"\n') * 2, ["sources.name", "'a'", "give each [[sources]] its own name"]),
        ('config_path = "x"\n' + PROJECT + CONTACTS, ["config_path", "remove it"]),
        ("[project\n", ["not valid TOML"]),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_key_its_value_and_the_remedy(tmp_path: Path, text: str, words: list[str]) -> None:
    # The folder's name is chance, and may hold a digit that a word looks for.
    message = _refused(tmp_path, text).replace(str(tmp_path), "")
    places = [message.find(word) for word in words]
    assert -1 not in places, message
    assert places == sorted(places), message


def test_of_several_faults_the_first_is_told_and_the_others_counted(tmp_path: Path) -> None:
    message = _refused(tmp_path, PROJECT + 'a = 1\nb = 2\ntime_zone = "x"\n' + CONTACTS)
    assert message.endswith("(and 2 more)")


def test_a_file_that_is_not_there_or_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml does not exist; write one with `aftercall init`"):
        load_settings(tmp_path / "nowhere.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path)
    path = tmp_path / "latin.toml"
    path.write_bytes(b'[project]\nname = "caf\xe9"\n')
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(path)


def test_the_key_of_the_pseudonyms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PSEUDONYM_KEY_VARIABLE, "x" * 32)
    assert pseudonym_key() == b"x" * 32
    monkeypatch.setenv(PSEUDONYM_KEY_VARIABLE, "secret" * 5)
    with pytest.raises(
        ConfigError, match=r"AFTERCALL_PSEUDONYM_KEY has only 30 bytes; set it to .* 32 bytes"
    ) as caught:
        pseudonym_key()
    assert "secretsecret" not in str(caught.value)
    monkeypatch.setenv(PSEUDONYM_KEY_VARIABLE, "ключ" * 4)
    assert len(pseudonym_key()) == 32, "bytes count, not letters"
    monkeypatch.delenv(PSEUDONYM_KEY_VARIABLE)
    with pytest.raises(ConfigError, match=r"AFTERCALL_PSEUDONYM_KEY is not set; set it to"):
        pseudonym_key()


def test_what_a_source_says_of_its_values(tmp_path: Path) -> None:
    path = tmp_path / "aftercall.toml"
    keys = 'date_format = "%d.%m.%Y"\nphone_columns = ["customer_id"]\nrating_scale = [1, 10]\n'
    path.write_text(PROJECT + CONTACTS + keys, "utf-8")
    (source,) = load_settings(path).sources
    assert (source.date_format, source.phone_columns, source.rating_scale) == (
        ("%d.%m.%Y",),
        ("customer_id",),
        (1.0, 10.0),
    )
