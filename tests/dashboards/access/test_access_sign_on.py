"""Single sign-on against a real provider on loopback: who gets in, and everything by which nobody does."""

import json
import logging
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import werkzeug.test
from builders.access import ENVIRONMENT, PASSWORD, Browser, Place, write_config, write_users
from builders.provider import CLIENT_SECRET, Provider, key, oidc_settings, providing, unsigned
from joserfc import jwt
from joserfc.jwk import OctKey

from dashboards.access import AccessError, open_access
from pipelines.config import ConfigError, load_settings

OIDC_ENVIRONMENT = ENVIRONMENT | {"AFTERCALL_OIDC_SECRET": CLIENT_SECRET}
BESIDE_USERS = 'users = "users.toml"\n'


class _Clock:
    now = 1_800_000_000.0


@pytest.fixture
def provider() -> Iterator[Provider]:
    with providing(lambda: _Clock.now) as provider:
        yield provider


@pytest.fixture
def place(tmp_path: Path, provider: Provider) -> Place:
    return _place(tmp_path, provider)


def _place(folder: Path, provider: Provider, beside: str = BESIDE_USERS, **more: str) -> Place:
    place = Place(folder, dashboard=beside + oidc_settings(provider.issuer, **more), environment=dict(OIDC_ENVIRONMENT))
    provider.clock = lambda: place.now
    return place


def _leave(browser: Browser, target: str = "") -> str:
    """The address at the provider to which the login leads."""
    answer = browser.get(f"/login/sso{f'?next={target}' if target else ''}")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.headers["Location"]


def _at_the_provider(address: str) -> str:
    """Path and query with which the provider sends the browser back."""
    back = urlsplit(requests.get(address, allow_redirects=False, timeout=10).headers["Location"])
    assert (back.netloc, back.path) == ("127.0.0.1:8050", "/login/callback")
    return f"{back.path}?{back.query}"


def _come_back(browser: Browser, address: str) -> werkzeug.test.TestResponse:
    """As a browser comes from a page of another site."""
    return browser.get(address, {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})


def _sign_on(browser: Browser, target: str = "") -> werkzeug.test.TestResponse:
    return _come_back(browser, _at_the_provider(_leave(browser, target)))


def _is_in(browser: Browser) -> bool:
    return browser.get("/_dash-layout").status_code == 200


def _last(place: Place) -> tuple[str, str, str, dict[str, Any]]:
    entry = place.log()[-1]
    return entry.action, entry.name, entry.role, dict(entry.facts)


def test_in_and_out(place: Place) -> None:
    browser = Browser(place.server)
    assert 'href="/login/sso?next=/cases"' in browser.get("/login?next=/cases").get_data(as_text=True)
    answer = _sign_on(browser, "/cases?queue=care")
    said = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'url=/cases?queue=care"' in said, "over a page of ours, or the browser would hold the new cookie back"
    assert _last(place) == ("login", "olga", "analyst", {"via": "single sign-on", "subject": "u-1"})
    assert browser.get("/cases").status_code == 200
    assert browser.get("/audit").status_code == 403
    drawn = json.dumps(browser.get("/_dash-layout").get_json(), ensure_ascii=False)
    assert "olga · analyst" in drawn
    assert "/password" not in drawn, "the provider keeps the password"
    assert browser.get("/password").status_code == 403
    copied = browser.cookie
    browser.log_out()
    assert _last(place)[:3] == ("logout", "olga", "analyst")
    assert not _is_in(browser)
    thief = Browser(place.server)
    thief.client.set_cookie("aftercall", copied or "", domain="127.0.0.1")
    assert not _is_in(thief)
    assert Browser(place.server).log_in("anna").status_code == 303, "users with a password log in beside it"


def test_the_cookies(place: Place, tmp_path: Path, provider: Provider) -> None:
    browser = Browser(place.server)
    begun = browser.get("/login/sso").headers["Set-Cookie"]
    assert re.search(r"^aftercall-sso=.*; Max-Age=600; HttpOnly; Path=/; SameSite=Lax$", begun)
    back = _sign_on(browser).headers.getlist("Set-Cookie")
    (session,) = [each for each in back if each.startswith("aftercall=")]
    assert re.search(r"; HttpOnly; Path=/; SameSite=Strict$", session)
    (gone,) = [each for each in back if each.startswith("aftercall-sso=;")]
    assert "Max-Age=0" in gone
    (tmp_path / "secure").mkdir()
    secure = _place(tmp_path / "secure", provider, BESIDE_USERS + 'hosts = ["calls.example"]\n')
    answer = Browser(secure.server, host="calls.example", scheme="https").get("/login/sso")
    assert re.search(r"^__Host-aftercall-sso=.*; Secure; HttpOnly; Path=/; SameSite=Lax$", answer.headers["Set-Cookie"])
    sent_back_to = parse_qs(urlsplit(answer.headers["Location"]).query)["redirect_uri"]
    assert sent_back_to == ["https://calls.example/login/callback"]


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["quality"], "analyst"), (["management", "quality"], "analyst"), (["operations", "management"], "admin"),
        ("management", "viewer"), (["management", 7, None, {"quality": 1}], "viewer"),
    ],
)  # fmt: skip
def test_roles_go_by_groups(groups: Any, role: str, place: Place, provider: Provider) -> None:
    provider.person["groups"] = groups
    _sign_on(Browser(place.server))
    assert _last(place)[2] == role


@pytest.mark.parametrize(
    "groups",
    [
        [],
        None,
        ["Quality"],
        ["quality "],
        ["others"],
        "quality,management",
        {"quality": True},
        [["quality"]],
        7,
        "",
        ["analyst"],
    ],
)
def test_without_a_group_there_is_no_access(groups: Any, place: Place, provider: Provider) -> None:
    provider.person["groups"] = groups
    browser = Browser(place.server)
    answer = _sign_on(browser)
    assert answer.status_code == 403
    assert "none of your groups has a role here" in answer.get_data(as_text=True)
    assert not _is_in(browser)
    assert _last(place) == ("login refused", "", "", {"via": "single sign-on", "tried": "olga"})


@pytest.mark.parametrize("name", [None, "", 7, ["olga"], "olga,ada", "<b>", "x" * 200, "olga\n", "o l g a", "\x00"])
def test_who_has_no_usable_name_has_no_access(name: Any, place: Place, provider: Provider) -> None:
    provider.person["preferred_username"] = name
    browser = Browser(place.server)
    # Blanks at an end are no part of a name.
    assert _sign_on(browser).status_code == (200 if name == "olga\n" else 403)
    assert _is_in(browser) is (name == "olga\n")


def test_other_claims_where_they_are_configured(tmp_path: Path, provider: Provider) -> None:
    place = _place(
        tmp_path,
        provider,
        name_claim='"email"',
        groups_claim='"https://id.example/groups"',
        scopes='["openid", "email"]',
    )
    provider.person |= {"email": "Olga.P@Example.org", "https://id.example/groups": ["operations"]}
    browser = Browser(place.server)
    assert "scope=openid+email" in _leave(browser)
    _sign_on(browser)
    assert _last(place)[1:3] == ("olga.p@example.org", "admin")


def test_a_changed_group_counts_from_the_next_login(place: Place, provider: Provider) -> None:
    browser = Browser(place.server)
    _sign_on(browser)
    provider.person["groups"] = ["management"]
    assert browser.get("/cases").status_code == 200
    browser.log_out()
    _sign_on(browser)
    assert browser.get("/cases").status_code == 403
    provider.person["groups"] = []
    browser.log_out()
    _sign_on(browser)
    assert not _is_in(browser)


def test_a_role_taken_from_a_group_ends_with_the_next_start(place: Place, provider: Provider) -> None:
    browser = Browser(place.server)
    _sign_on(browser)
    cookie = browser.cookie or ""

    def after(roles: str, **more: str) -> int:
        place.dashboard = BESIDE_USERS + oidc_settings(provider.issuer, roles=roles, **more)
        place.restart()
        late = Browser(place.server)
        late.client.set_cookie("aftercall", cookie, domain="127.0.0.1")
        return late.get("/cases").status_code

    assert after('{ quality = "analyst" }') == 200, "sessions outlive a restart"
    assert after('{ quality = "viewer" }') == 403
    assert after('{ others = "analyst" }') == 302
    assert after('{ quality = "analyst" }', client_id='"another"') == 302
    place.dashboard = BESIDE_USERS
    place.restart()
    late = Browser(place.server)
    late.client.set_cookie("aftercall", cookie, domain="127.0.0.1")
    assert not _is_in(late), "without single sign-on nobody is in by it"


def test_sessions_end_as_those_of_passwords_do(place: Place) -> None:
    browser = Browser(place.server)
    _sign_on(browser)
    place.now += 29 * 60
    assert _is_in(browser)
    place.now += 30 * 60
    assert not _is_in(browser)
    _sign_on(browser)
    for _ in range(25):
        place.now += 1799
        _is_in(browser)
    assert not _is_in(browser)


def test_a_user_of_that_name_is_not_impersonated(place: Place, provider: Provider) -> None:
    """Who may choose their name at the provider could otherwise stand in the audit log as somebody else."""
    for name in ("ada", " ＡDA "):
        provider.person["preferred_username"] = name
        browser = Browser(place.server)
        answer = _sign_on(browser)
        assert answer.status_code == 403
        assert "that of a user who has a password here" in answer.get_data(as_text=True)
        assert not _is_in(browser)


# What is wrong with the way back


def _refused(place: Place, browser: Browser, answer: werkzeug.test.TestResponse, status: int, words: str) -> None:
    assert answer.status_code == status
    assert words in answer.get_data(as_text=True)
    assert not _is_in(browser)
    assert "login" not in {entry.action for entry in place.log()}


def test_another_state_or_none(place: Place, provider: Provider) -> None:
    for change in (
        lambda q: re.sub(r"state=[^&]+", "state=wrong", q),
        lambda q: re.sub(r"&state=[^&]+", "", q),
        lambda q: q[:-40],
    ):
        browser = Browser(place.server)
        back = _at_the_provider(_leave(browser))
        _refused(place, browser, _come_back(browser, change(back)), 400, "cannot be completed")
    assert "/token" not in provider.asked


def test_a_login_that_another_browser_began(place: Place, provider: Provider) -> None:
    """Nobody is logged in under another's name by a link with the other's code."""
    attacker, victim = Browser(place.server), Browser(place.server)
    back = _at_the_provider(_leave(attacker))
    _refused(place, victim, _come_back(victim, back), 400, "not begun in this browser")
    _leave(victim)
    _refused(place, victim, _come_back(victim, back), 400, "not begun in this browser")
    assert "/token" not in provider.asked


def test_a_login_is_good_once_and_for_ten_minutes(place: Place, provider: Provider) -> None:
    browser = Browser(place.server)
    back = _at_the_provider(_leave(browser))
    kept = browser.client.get_cookie("aftercall-sso", domain="127.0.0.1")
    assert kept is not None
    assert _come_back(browser, back).status_code == 200
    asked = provider.asked.count("/token")
    thief = Browser(place.server)
    thief.client.set_cookie("aftercall-sso", kept.value, domain="127.0.0.1")
    assert _come_back(thief, back).status_code == 400, "with cookie, state and code of a login that is done"
    place.restart()
    thief = Browser(place.server)
    thief.client.set_cookie("aftercall-sso", kept.value, domain="127.0.0.1")
    assert _come_back(thief, back).status_code == 400, "also after a restart"
    assert provider.asked.count("/token") == asked
    late = Browser(place.server)
    back = _at_the_provider(_leave(late))
    place.now += 601
    assert _come_back(late, back).status_code == 400


def test_a_replayed_code(place: Place, provider: Provider) -> None:
    """A code that was used before, in a login begun anew: the provider refuses it."""
    browser = Browser(place.server)
    spent = parse_qs(urlsplit(_at_the_provider(_leave(browser))).query)["code"][0]
    requests.post(f"{provider.issuer}/token", data={"code": spent}, timeout=10)
    back = re.sub(r"code=[^&]+", f"code={spent}", _at_the_provider(_leave(browser)))
    _refused(place, browser, _come_back(browser, back), 401, "could not be verified")


def test_a_code_of_another_login(place: Place) -> None:
    """A stolen code in a login of one's own: its verifier is another's."""
    attacker, victim = Browser(place.server), Browser(place.server)
    stolen = parse_qs(urlsplit(_at_the_provider(_leave(victim))).query)["code"][0]
    back = re.sub(r"code=[^&]+", f"code={stolen}", _at_the_provider(_leave(attacker)))
    _refused(place, attacker, _come_back(attacker, back), 401, "could not be verified")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (("&iss=", "&iss=https://evil.example/"), 401),
        (("code=", "code=&x="), 401),
        (("code=", "code=" + "x" * 5000), 401),
        (("code=", "error=access_denied&error_description=<b>call+0190</b>&code="), 401),
    ],
)
def test_other_answers_in_the_address(change: tuple[str, str], status: int, place: Place, provider: Provider) -> None:
    browser = Browser(place.server)
    answer = _come_back(browser, _at_the_provider(_leave(browser)).replace(*change))
    _refused(place, browser, answer, status, "did not let you in")
    assert "0190" not in answer.get_data(as_text=True), "nobody puts words into our pages"
    assert "/token" not in provider.asked


def _expired(_: Any, claims: dict[str, Any]) -> None:
    claims["exp"] = claims["iat"] - 61


def _of(**changed: Any) -> Any:
    def change(_: Any, claims: dict[str, Any]) -> None:
        claims |= changed
        for name in [name for name, value in claims.items() if value == "GONE"]:
            del claims[name]

    return change


def _by_another_key(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return jwt.encode(header, claims, key(header["kid"]), algorithms=["RS256"])


def _by_the_secret(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return jwt.encode(header | {"alg": "HS256"}, claims, OctKey.import_key(CLIENT_SECRET), algorithms=["HS256"])


def _with_a_key_of_its_own(header: dict[str, Any], claims: dict[str, Any]) -> str:
    own = key("own")
    brought = {"alg": "RS256", "jwk": own.as_dict(private=False)}
    return jwt.encode(brought, claims, own, algorithms=["RS256"])


def _altered(header: dict[str, Any], claims: dict[str, Any]) -> str:
    good = unsigned(header, claims, b"x" * 256).split(".")
    return ".".join((good[0], unsigned({}, claims | {"groups": ["operations"]}).split(".")[1], good[2]))


WRONG_TOKENS: dict[str, Any] = {
    "nonce": _of(nonce="another"), "no nonce": _of(nonce="GONE"), "audience": _of(aud="another"), "no audience": _of(aud="GONE"),
    "audiences without ours": _of(aud=["another", "third"]), "several audiences, made for another": _of(aud=["aftercall", "b"], azp="b"),
    "several audiences, made for nobody": _of(aud=["aftercall", "b"]), "issuer": _of(iss="https://evil.example"), "no issuer": _of(iss="GONE"),
    "expired": _expired, "no expiry": _of(exp="GONE"), "expiry is text": _of(exp="never"), "issued in the future": _of(iat=1_900_000_000),
    "not yet good": _of(nbf=1_900_000_000), "no subject": _of(sub="GONE"), "subject is none": _of(sub=""), "subject is a number": _of(sub=7),
    "of another access token": _of(at_hash="AAAAAAAAAAAAAAAAAAAAAA"), "another key under the same name": _by_another_key,
    "shared secret": _by_the_secret, "a key that it brings along": _with_a_key_of_its_own, "altered": _altered,
    "alg none": lambda _, claims: unsigned({"alg": "none"}, claims),
    "alg none with the key's name": lambda header, claims: unsigned(header | {"alg": "none"}, claims),
    "alg None": lambda header, claims: unsigned(header | {"alg": "None"}, claims), "no alg": lambda _, claims: unsigned({}, claims),
    "no signature": unsigned, "no token": lambda *_: "x", "claims are a list": lambda header, _: unsigned(header, []),  # type: ignore[arg-type]
    "critical": lambda header, claims: unsigned(header | {"crit": ["x"], "x": 1}, claims, b"x" * 256),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG_TOKENS)
def test_a_token_that_does_not_hold(
    what: str, place: Place, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    provider.change = WRONG_TOKENS[what]
    browser = Browser(place.server)
    answer = _sign_on(browser)
    _refused(place, browser, answer, 401, "could not be verified")
    assert "Set-Cookie" not in answer.headers or "aftercall=" not in str(answer.headers)
    assert _last(place)[0] == "login failed"
    (said,) = [record.getMessage() for record in caplog.records if record.name == "dashboards.access.single_sign_on"]
    assert "a login was refused" in said
    assert "olga" not in said.lower()
    provider.change = None
    assert _sign_on(browser).status_code == 200, "and then it works"


def test_an_unknown_key_and_one_that_is_new(place: Place, provider: Provider) -> None:
    _sign_on(Browser(place.server))
    provider.signs_with = key("second")
    browser = Browser(place.server)
    _refused_now = _sign_on(browser)
    assert _refused_now.status_code == 401
    assert not _is_in(browser)
    provider.keys = [*provider.keys, provider.signs_with]
    place.now += 11
    assert _sign_on(browser).status_code == 200, "the keys are asked for anew"
    assert _is_in(browser)
    asked = provider.asked.count("/keys")
    for _ in range(3):
        _sign_on(Browser(place.server))
    assert provider.asked.count("/keys") == asked, "and not for every login"


def test_keys_that_cannot_be_used_are_left_out(
    place: Place, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = provider.keys[0].as_dict(private=False)
    odd = [
        7,
        {},
        {"kty": "RSA"},
        {"kty": "XYZ", "kid": "a"},
        {"kty": "oct", "k": "AAAA", "kid": "first"},
        real | {"use": "enc", "kid": "b"},
    ]
    provider.server.view_functions["keys"] = lambda: {"keys": [*odd, real]}
    browser = Browser(place.server)
    assert _sign_on(browser).status_code == 200
    assert _is_in(browser)


# The provider does not answer


@pytest.fixture
def down(tmp_path: Path) -> Place:
    with providing(lambda: _Clock.now) as gone:
        pass
    return _place(tmp_path, gone)


def test_the_provider_is_down(down: Place, caplog: pytest.LogCaptureFixture) -> None:
    """One clear message, for who comes next without waiting, and passwords work on."""
    browser = Browser(down.server)
    for _ in range(3):
        answer = browser.get("/login/sso")
        assert answer.status_code == 503
        assert "The identity provider cannot be reached" in answer.get_data(as_text=True)
        assert "Traceback" not in answer.get_data(as_text=True)
    (said,) = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert "/.well-known/openid-configuration gave no answer (ConnectionError)" in said
    assert browser.log_in("anna").status_code == 303


def test_the_provider_goes_down_meanwhile_and_comes_back(place: Place, provider: Provider) -> None:
    browser = Browser(place.server)
    back = _at_the_provider(_leave(browser))
    provider.status = 502
    answer = _come_back(browser, back)
    assert answer.status_code == 503
    assert "cannot be reached" in answer.get_data(as_text=True)
    provider.status = 200
    place.now += 11
    assert _sign_on(browser).status_code == 200


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"issuer": "https://evil.example"}, "another issuer"),
        ({"token_endpoint": None}, "token_endpoint"),
        ({"token_endpoint": "http://id.example/token"}, "token_endpoint"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint"),
        ({"jwks_uri": "https://a@b.example/"}, "jwks_uri"),
    ],
)
def test_a_discovery_document_that_cannot_be_used(
    said: dict[str, Any], words: str, place: Place, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    provider.discovery = said
    assert Browser(place.server).get("/login/sso").status_code == 503
    assert words in caplog.text


@pytest.mark.parametrize("content", ["", "{", "[]", "<html>", "[" * 100_000, "x" * 2_000_000])
def test_no_discovery_document_at_all(content: str, place: Place, provider: Provider) -> None:
    provider.server.view_functions["configuration"] = lambda: content
    assert Browser(place.server).get("/login/sso").status_code == 503


def test_a_token_answer_that_is_none(place: Place, provider: Provider) -> None:
    answers: list[tuple[Any, int]] = [
        ("", 503),
        ("[]", 503),
        ("{}", 401),
        ({"id_token": 7}, 401),
        ({"error": ["x"]}, 401),
    ]
    for content, status in answers:
        provider.server.view_functions["token"] = lambda content=content: content
        browser = Browser(place.server)
        assert _sign_on(browser).status_code == status, content
        assert not _is_in(browser)


def test_a_provider_that_hangs_is_not_waited_for_by_everybody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.access.identity_provider._TIMEOUT", (0.3, 0.3))
    with providing(lambda: _Clock.now) as slow:
        asked: list[int] = []
        slow.server.view_functions["configuration"] = lambda: asked.append(1) or time.sleep(1) or {}
        place = _place(tmp_path, slow)
        codes = [Browser(place.server).get("/login/sso").status_code for _ in range(10)]
        assert codes == [503] * 10
        assert len(asked) == 1, "one waited, the others were told"


def test_tries_to_come_back_are_bounded(place: Place, provider: Provider) -> None:
    codes = [
        _come_back(Browser(place.server, peer="203.0.113.9"), "/login/callback?state=x&code=y").status_code
        for _ in range(30)
    ]
    assert codes == [400] * 20 + [429] * 10
    assert "/token" not in provider.asked
    for _ in range(25):
        assert _sign_on(Browser(place.server, peer="203.0.113.10")).status_code == 200, (
            "those that succeed do not count"
        )


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/login/sso",
        "/logout",
        "///x",
    ],
)
def test_nobody_is_sent_elsewhere_after_it(target: str, place: Place) -> None:
    browser = Browser(place.server)
    answer = browser.ask("GET", "/login/sso", query_string={"next": target})
    back = _come_back(browser, _at_the_provider(answer.headers["Location"])).get_data(as_text=True)
    assert 'content="0; url=/"' in back
    assert "evil" not in back
    assert browser.ask("GET", "/login/sso", query_string={"next": target}).headers["Location"] == "/", "already in"


def test_a_forged_begin_cookie_is_worth_nothing(place: Place, provider: Provider) -> None:
    for forged in ("", "x", "a.b.c", "W10.x", "é", "x" * 4000):
        browser = Browser(place.server)
        browser.client.set_cookie("aftercall-sso", forged, domain="127.0.0.1")
        assert _come_back(browser, "/login/callback?state=&code=y").status_code == 400
    # The cookie of a session is no begun login, nor the other way round.
    browser = Browser(place.server)
    browser.log_in("anna")
    browser.client.set_cookie("aftercall-sso", browser.cookie or "", domain="127.0.0.1")
    assert _come_back(browser, "/login/callback?state=&code=y").status_code == 400
    other = Browser(place.server)
    _leave(other)
    begun = other.client.get_cookie("aftercall-sso", domain="127.0.0.1")
    assert begun is not None
    other.client.set_cookie("aftercall", begun.value, domain="127.0.0.1")
    assert not _is_in(other)


def test_without_local_users(tmp_path: Path, provider: Provider) -> None:
    place = _place(tmp_path, provider, "")
    browser = Browser(place.server)
    said = browser.get("/login").get_data(as_text=True)
    assert "Log in with single sign-on" in said
    assert 'type="password"' not in said
    assert browser.log_in("anna").status_code == 404
    assert browser.get("/password").status_code == 302
    assert _sign_on(browser).status_code == 200
    assert browser.get("/password").status_code == 403


def test_settings_that_do_not_fit(tmp_path: Path) -> None:
    write_users(tmp_path)

    def refused(section: str, **environment: str) -> str:
        with pytest.raises((AccessError, ConfigError)) as caught:
            open_access(load_settings(write_config(tmp_path, section)), environment=ENVIRONMENT | environment)
        return str(caught.value)

    good = oidc_settings("https://id.example")
    assert "AFTERCALL_OIDC_SECRET" in refused(good)
    assert "dashboard.oidc.issuer = 'http://id.example': is not an https address" in refused(
        oidc_settings("http://id.example")
    )
    for odd in ("id.example", "https://", "https://a@id.example", "https://id.example#x", "ftp://id.example"):
        assert "is not an https address" in refused(oidc_settings(odd))
    assert "client_id is missing" in refused(oidc_settings("https://id.example", client_id='""'))
    assert "roles is empty" in refused(oidc_settings("https://id.example", roles="{}"))
    assert "'king'" in refused(oidc_settings("https://id.example", roles='{ a = "king" }'))
    assert 'lacks "openid"' in refused(oidc_settings("https://id.example", scopes='["profile"]'))
    assert "issuer is missing" in refused(oidc_settings(""))
    assert "secret is not a known key" in refused(good + 'secret = "x"\n')


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "authlib", None)
    for name in [
        name for name in sys.modules if name.startswith("authlib.") or name == "dashboards.access.identity_provider"
    ]:
        monkeypatch.delitem(sys.modules, name)
    settings = load_settings(write_config(tmp_path, oidc_settings("https://id.example")))
    with pytest.raises(AccessError, match=r"pip install 'aftercall\[oidc\]'"):
        open_access(settings, environment=OIDC_ENVIRONMENT)


def test_the_password_is_not_among_what_is_logged(
    place: Place, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    browser = Browser(place.server)
    back = _at_the_provider(_leave(browser))
    _come_back(browser, back)
    asked = parse_qs(urlsplit(back).query)
    for secret in (CLIENT_SECRET, asked["code"][0], asked["state"][0], PASSWORD):
        assert secret not in "\n".join(
            r.getMessage() for r in caplog.records if r.name.startswith(("dashboards", "authlib"))
        )
