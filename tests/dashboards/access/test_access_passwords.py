"""Which passwords are refused, and how a person changes their own."""

import json
from pathlib import Path

import pytest
import werkzeug.test
from builders.access import PASSWORD, Browser, Place
from hypothesis import given
from hypothesis import strategies as st

from dashboards.access.accounts import UserBook
from dashboards.access.passwords import fault_of

GOOD = "blue lamp eats granite"


@pytest.mark.parametrize(
    "password",
    [
        "password1234", "Password-2026", "P@ssw0rd!2026", "passwordpassword", "Welcome2026!!", "W3lc0me-2026!", "qwertyuiop12",
        "1q2w3e4r5t6y", "1qaz2wsx3edc", "123456789012", "9876543210987", "iloveyou1234", "letmein12345", "Summer2026!!!", "sommer2026sommer",
        "administrator", "admin123admin", "AfterCall2026", "call-center-2026", "!@#$%^&*()_+", "ILoveYouForever", "Pässwörd 2026", "ｐａｓｓｗｏｒｄ１２３４",
        "dragon.dragon.1", "monday tuesday", "changeme-changeme", "20261231 20261231",
    ],
)  # fmt: skip
def test_common_passwords_are_refused(password: str) -> None:
    said = fault_of(password, "nobody")
    assert said is not None
    assert "tried first" in said
    assert password not in said


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaa",
        "abababababab",
        "xyzxyzxyzxyz",
        "abcabdabcabd",
        "!!!!!!!!!!!!!!!",
        "k7Xk7Xk7Xk7Xk7X",
        "            ",
    ],
)
def test_what_repeats_is_refused(password: str) -> None:
    assert "repeats a few characters" in (fault_of(password, "nobody") or "")


@pytest.mark.parametrize(
    ("password", "name"),
    [
        ("anna likes granite", "anna"), ("granite-ANNA-lamp", "anna"), ("lamp 4nn4 granite", "anna"), ("a.n.n.a granite lamp", "anna"),
        ("lamp änna granite", "anna"), ("granite ada lamp", "ada"), ("berger eats granite", "anna.berger@example.com"),
        ("granite Example lamp", "anna.berger@example.com"), ("annaberger granite", "anna.berger"), ("regreb eats granite", "anna.berger"), ("ＡＮＮＡ eats granite", "anna"),
        ("operator01 eats lamps", "operator01"),
    ],
)  # fmt: skip
def test_a_password_does_not_hold_the_name(password: str, name: str) -> None:
    assert "holds the user's name" in (fault_of(password, name) or "")


@pytest.mark.parametrize(
    "password", [GOOD, PASSWORD, "x9$kP2!mQz7#", "ひらがなのパスワードです", "Tr0ub4dor&3-fences", "qwerty eats a lamp"]
)
def test_other_passwords_are_taken(password: str) -> None:
    assert fault_of(password, "bo@anna.io") is None, "a part of three letters stands in too many words"


@given(st.text(max_size=1100), st.text(max_size=64))
def test_any_text_is_judged(password: str, name: str) -> None:
    said = fault_of(password, name)
    assert (said is None) or said.startswith("the password ")
    if not 12 <= len(password) <= 1024:
        assert said == f"the password has {len(password)} characters; choose one of 12 to 1,024"


# One's own password


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def _change(
    browser: Browser, new: str = GOOD, current: str = PASSWORD, again: str | None = None
) -> werkzeug.test.TestResponse:
    sent = {"current": current, "new": new, "again": new if again is None else again}
    return browser.ask("POST", "/password", data=sent)


def _in(place: Place, name: str = "vera") -> Browser:
    browser = Browser(place.server)
    assert browser.log_in(name).status_code == 303
    return browser


def test_everybody_changes_their_own(place: Place) -> None:
    browser, elsewhere, other = _in(place), _in(place), _in(place, "anna")
    assert '"href": "/password"' in json.dumps(browser.get("/_dash-layout").get_json())
    said = browser.get("/password").get_data(as_text=True)
    assert "Present password of vera" in said
    before = browser.cookie
    answer = _change(browser)
    assert answer.status_code == 200
    assert "Your password is changed" in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    assert browser.cookie not in (None, before), "under a new id"
    assert browser.get("/_dash-layout").status_code == 200, "this one goes on"
    assert elsewhere.get("/_dash-layout").status_code == 401, "sessions elsewhere have ended"
    assert other.get("/_dash-layout").status_code == 200, "those of others have not"
    thief = Browser(place.server)
    thief.client.set_cookie("aftercall", before or "", domain="127.0.0.1")
    assert thief.get("/_dash-layout").status_code == 401
    assert [(entry.action, entry.name) for entry in place.log()[-1:]] == [("password changed", "vera")]
    assert Browser(place.server).log_in("vera").status_code == 401
    assert Browser(place.server).log_in("vera", GOOD).status_code == 303
    users = (place.folder / "users.toml").read_text()
    assert GOOD not in users
    assert (place.folder / "users.toml").stat().st_mode & 0o777 == 0o600
    account = UserBook(place.folder / "users.toml").account("vera")
    assert account is not None
    assert account.role == "viewer", "nobody's role changes by it"


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({"current": "not my password"}, 400, "not your present password"),
        ({"current": ""}, 400, "not your present password"),
        ({"again": GOOD + "x"}, 400, "not repeated alike"),
        ({"new": PASSWORD}, 400, "the password that you have"),
        ({"new": "short"}, 400, "The password has 5 characters"),
        ({"new": "Welcome-2026!"}, 400, "tried first"),
        ({"new": "vera eats granite"}, 400, "holds the user"),
        ({"new": "x" * 2000}, 400, "has 2000 characters"),
        ({"new": "x" * 20_000}, 413, ""),
    ],
)
def test_what_is_refused_changes_nothing(given: dict[str, str], status: int, words: str, place: Place) -> None:
    browser = _in(place)
    answer = _change(browser, **given)
    assert answer.status_code == status
    assert words.replace("'", "&#39;") in answer.get_data(as_text=True)
    assert all(not value or value not in answer.get_data(as_text=True) for value in given.values())
    assert Browser(place.server).log_in("vera").status_code == 303
    assert browser.get("/_dash-layout").status_code == 200


def test_a_stolen_session_cannot_try_passwords(place: Place) -> None:
    """The tries count with those of the login."""
    browser = _in(place)
    assert [_change(browser, current=f"guess {n}").status_code for n in range(12)] == [400] * 10 + [429] * 2
    assert _change(browser).status_code == 429, "the right one has to wait as well"
    assert Browser(place.server, peer="203.0.113.5").log_in("vera").status_code == 429
    assert [entry.action for entry in place.log()].count("password refused") == 10


def test_strangers_and_other_websites_change_nothing(place: Place) -> None:
    assert _change(Browser(place.server)).status_code == 401
    browser = _in(place)
    forged: dict[str, str | None] = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    sent = {"current": PASSWORD, "new": GOOD, "again": GOOD}
    assert browser.ask("POST", "/password", forged, data=sent).status_code == 403
    assert browser.get(f"/password?current={PASSWORD}&new={GOOD}&again={GOOD}").status_code == 200
    assert Browser(place.server).log_in("vera").status_code == 303


def test_what_cannot_be_logged_or_kept_does_not_happen(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = _in(place)
    place.server.config["PROPAGATE_EXCEPTIONS"] = False

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    before = (place.folder / "users.toml").read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr(place.access.audit, "write", full)
        assert _change(browser).status_code == 500
    assert (place.folder / "users.toml").read_bytes() == before
    with monkeypatch.context() as patched:
        patched.setattr("dashboards.access.private_files.replace", full)
        answer = _change(browser)
    assert answer.status_code == 500
    assert "Traceback" not in answer.get_data(as_text=True)
    assert (place.folder / "users.toml").read_bytes() == before
    assert Browser(place.server).log_in("vera").status_code == 303


def test_a_password_given_anew_meanwhile_stands(place: Place) -> None:
    """An administrator's change between the page and the button: the session has ended, and nothing is overwritten."""
    browser = _in(place)
    path = place.folder / "users.toml"
    path.write_text(path.read_text().replace('role = "viewer"', 'role = "analyst"'), "utf-8")
    assert _change(browser).status_code == 401
    assert 'role = "analyst"' in path.read_text()


def test_where_nobody_logs_in_there_is_no_password(tmp_path: Path) -> None:
    from dashboards.app import create_app  # noqa: PLC0415

    browser = Browser(create_app(tmp_path).server)
    assert browser.get("/password").status_code == 404
