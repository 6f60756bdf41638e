"""When the pages may be served, and to whom: whatever else is refused in one message that names the remedy."""

from pathlib import Path

import pytest
from builders.access import ENVIRONMENT, USERS, Place, write_config, write_users

from dashboards.access import AccessError, open_access
from dashboards.access.accounts import add_account, read_accounts, remove_account
from pipelines.config import ConfigError, load_settings

USED = 'users = "users.toml"\n'
PROXIED = '[dashboard.proxy]\naddresses = ["192.0.2.10"]\nuser_header = "X-User"\nroles = { "ada" = "admin" }\n'
ANY = "0.0.0.0"  # noqa: S104  # to be judged


def _refused(folder: Path, dashboard: str, host: str = "127.0.0.1", **environment: str) -> str:
    settings = load_settings(write_config(folder, dashboard))
    with pytest.raises(AccessError) as caught:
        open_access(settings, host, environment=ENVIRONMENT | environment)
    return str(caught.value)


def test_this_machine_needs_no_login(tmp_path: Path) -> None:
    access = open_access(load_settings(write_config(tmp_path, "")), environment={})
    assert access.open_to_all
    assert not access.secure
    assert access.notices == ()


@pytest.mark.parametrize("host", [ANY, "::", "192.0.2.1", "calls.example", ""])
def test_another_address_needs_users_or_a_proxy(tmp_path: Path, host: str) -> None:
    said = _refused(tmp_path, "", host)
    for words in (f"--host {host}", "aftercall user add", "proxy", "docs/access.md"):
        assert words in said


def test_with_users_another_address_is_served(tmp_path: Path) -> None:
    write_users(tmp_path)
    settings = load_settings(write_config(tmp_path, USED))
    access = open_access(settings, "192.0.2.1", environment=ENVIRONMENT)
    assert access.secure
    assert "192.0.2.1" in access.names
    assert any("TLS" in notice for notice in access.notices)
    at_home = open_access(settings, environment=ENVIRONMENT)
    assert at_home.login is not None, "users who are named log in at this machine too"
    assert not at_home.secure
    behind = open_access(load_settings(write_config(tmp_path, PROXIED)), environment=ENVIRONMENT)
    assert (behind.login, behind.secure, behind.open_to_all) == (None, True, False)


@pytest.mark.parametrize(
    ("dashboard", "host", "words"),
    [
        (USED, ANY, ("binds every address", "dashboard.hosts")),
        (USED + "secure_cookies = false\n", "192.0.2.1", ("dashboard.secure_cookies = false", "Remove it")),
        (USED + 'hosts = ["a.example"]\nsecure_cookies = false\n', "127.0.0.1", ("secure_cookies", "TLS")),
        (USED + 'hosts = ["https://a.example"]\n', "127.0.0.1", ("'https://a.example'", "without scheme")),
        (USED + 'hosts = ["a.example:8050"]\n', "127.0.0.1", ("'a.example:8050'", "port")),
        (USED + 'hosts = [""]\n', "127.0.0.1", ("dashboard.hosts: ''",)),
        ('hosts = ["a.example"]\n', "127.0.0.1", ("nobody logs in", "dashboard.users")),
        ('[dashboard.proxy]\naddresses = ["192.0.2.10"]\n', ANY, ("logs nobody in", "user_header")),
        ('[dashboard.proxy]\nuser_header = "X-User"\n', ANY, ("dashboard.proxy.addresses is missing",)),
        (PROXIED.replace('roles = { "ada" = "admin" }\n', ""), "127.0.0.1", ("dashboard.proxy.roles", "a user")),
        (PROXIED + 'secret_header = ""\n', "127.0.0.1", ("secret_header is empty",)),
        ('users = "nowhere.toml"\n', "127.0.0.1", ("nowhere.toml does not exist", "aftercall user add")),
    ],
)
def test_what_does_not_fit_together(tmp_path: Path, dashboard: str, host: str, words: tuple[str, ...]) -> None:
    write_users(tmp_path)
    said = _refused(tmp_path, dashboard, host)
    for word in words:
        assert word in said


def test_secrets_that_are_missing_or_short(tmp_path: Path) -> None:
    write_users(tmp_path)
    said = _refused(tmp_path, PROXIED, AFTERCALL_PROXY_SECRET="hunter2")
    assert "AFTERCALL_PROXY_SECRET" in said
    assert "at least 32 bytes" in said
    assert "hunter2" not in said
    assert "AFTERCALL_PROXY_SECRET" in _refused(tmp_path, PROXIED, AFTERCALL_PROXY_SECRET="")
    said = _refused(tmp_path, USED, AFTERCALL_SESSION_KEY="x" * 31)
    assert "AFTERCALL_SESSION_KEY has only 31 bytes" in said


@pytest.mark.parametrize(
    ("dashboard", "words"),
    [
        ('[dashboard.proxy]\naddresses = ["0.0.0.0/0"]\n', ("dashboard.proxy.addresses", "every address")),
        ('[dashboard.proxy]\naddresses = ["proxy"]\n', ("dashboard.proxy.addresses[0] = 'proxy'",)),
        ('[dashboard.proxy]\nuser_header = "X_User:"\n', ("dashboard.proxy.user_header = 'X_User:'",)),
        ('[dashboard.proxy]\nroles = { "a" = "king" }\n', ("dashboard.proxy.roles.a = 'king'", "'admin'")),
        ("idle_minutes = 0\n", ("dashboard.idle_minutes = 0",)),
        ("session_hours = 1000\n", ("dashboard.session_hours = 1000",)),
        ("password = 'x'\n", ("dashboard.password is not a known key",)),
    ],
)
def test_settings_that_are_refused_when_they_are_read(tmp_path: Path, dashboard: str, words: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(write_config(tmp_path, dashboard))
    for word in words:
        assert word in str(caught.value)


HASH = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$" + "A" * 43
ENTRY = f'role = "viewer"\npassword = "{HASH}"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ("names nobody", "aftercall user add")),
        ("users = 1\n", ("users is no table",)),
        ("[users.ada\n", ("not valid TOML",)),
        ("[user.ada]\n" + ENTRY, ("user is not a known key",)),
        ("[users]\nada = 'x'\n", ("users.ada is no table",)),
        ('[users."Ada B"]\n' + ENTRY, ("users.Ada B", "not a name")),
        ('[users."a,b"]\n' + ENTRY, ("not a name",)),
        ("[users.ada]\nrole = 'viewer'\n", ("users.ada.password is missing", "--replace")),
        ("[users.ada]\n" + ENTRY.replace("viewer", "king"), ("users.ada.role = 'king'", "viewer, analyst, admin")),
        ("[users.ada]\nmail = 'x'\n" + ENTRY, ("users.ada.mail is not a known key",)),
        ("[users.ada]\nrole = 'viewer'\npassword = 'hunter2hunter2'\n", ("users.ada.password is no argon2id hash",)),
        ("[users.ada]\n" + ENTRY.replace("argon2id", "argon2i"), ("users.ada.password is no argon2id hash",)),
        ("[users.ada]\nrole = 'viewer'\npassword = 7\n", ("users.ada.password is no argon2id hash",)),
    ],
)
def test_bad_content_of_the_users_file(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    path = tmp_path / "users.toml"
    path.touch(0o600)
    path.write_text(text)
    said = _refused(tmp_path, USED)
    for word in (str(path), *words):
        assert word in said
    assert "hunter2" not in said


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_users_file_that_others_may_open(tmp_path: Path, mode: int) -> None:
    write_users(tmp_path).chmod(mode)
    said = _refused(tmp_path, USED)
    assert f"{mode:04o}" in said
    assert f"chmod 600 {tmp_path / 'users.toml'}" in said


def test_users_come_and_go(tmp_path: Path) -> None:
    path = write_users(tmp_path)
    assert {each.name: each.role for each in read_accounts(path).values()} == USERS
    good = "blue lamp eats granite"
    add_account(path, "Bob.O-1@x", "viewer", good)
    assert read_accounts(path)["bob.o-1@x"].role == "viewer"
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(AccessError, match="already; --replace"):
        add_account(path, "BOB.o-1@x", "admin", good)
    add_account(path, " BOB.ｏ-1@x\u00a0", "admin", good, change=True)
    assert read_accounts(path)["bob.o-1@x"].role == "admin"
    remove_account(path, "Bob.O-1@x")
    with pytest.raises(AccessError, match="is no user"):
        remove_account(path, "bob.o-1@x")
    assert {each.name: each.role for each in read_accounts(path).values()} == USERS
    for name in ("", " ", "a b", "../x", 'a"\n[users.eve', "é", "x" * 65, "bob" + " " * 300, "\ufdfa" * 20):
        with pytest.raises(AccessError, match="is not a name"):
            add_account(path, name, "viewer", good)
    for password in ("", "p" * 11, "p" * 1025):
        with pytest.raises(AccessError, match=f"has {len(password)} characters"):
            add_account(path, "eve", "viewer", password)
    assert [each.name for each in tmp_path.iterdir()] == ["users.toml"], "nothing half written is left"


def test_letters_written_in_two_ways_are_one_password(tmp_path: Path) -> None:
    place = Place(tmp_path)
    add_account(tmp_path / "users.toml", "tom", "viewer", "Zoe\u0308 has a dog")
    assert place.access.login is not None
    assert place.access.login.book is not None
    assert place.access.login.book.check("tom", "Zo\u00eb has a dog")
