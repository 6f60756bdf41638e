"""Single sign-on against a provider that misbehaves, and answers that are forged: everything by which nobody gets in."""

import logging
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from builders.access import Browser, Place
from builders.provider import CLIENT_SECRET, Provider, key, providing, unsigned
from builders.sign_on import (
    Clock,
    assert_refused,
    back_from_the_provider,
    come_back,
    is_in,
    last_entry,
    leave,
    place_at,
    sign_on,
)
from joserfc import jwt
from joserfc.jwk import OctKey


def test_another_state_or_none(place: Place, provider: Provider) -> None:
    for change in (
        lambda q: re.sub(r"state=[^&]+", "state=wrong", q),
        lambda q: re.sub(r"&state=[^&]+", "", q),
        lambda q: q[:-40],
    ):
        browser = Browser(place.server)
        back = back_from_the_provider(leave(browser))
        assert_refused(place, browser, come_back(browser, change(back)), 400, "cannot be completed")
    assert "/token" not in provider.asked


def test_a_login_that_another_browser_began(place: Place, provider: Provider) -> None:
    """Nobody is logged in under another's name by a link with the other's code."""
    attacker, victim = Browser(place.server), Browser(place.server)
    back = back_from_the_provider(leave(attacker))
    assert_refused(place, victim, come_back(victim, back), 400, "not begun in this browser")
    leave(victim)
    assert_refused(place, victim, come_back(victim, back), 400, "not begun in this browser")
    assert "/token" not in provider.asked


def test_a_login_is_good_once_and_for_ten_minutes(place: Place, provider: Provider) -> None:
    browser = Browser(place.server)
    back = back_from_the_provider(leave(browser))
    kept = browser.client.get_cookie("aftercall-sso", domain="127.0.0.1")
    assert kept is not None
    assert come_back(browser, back).status_code == 200
    asked = provider.asked.count("/token")
    thief = Browser(place.server)
    thief.client.set_cookie("aftercall-sso", kept.value, domain="127.0.0.1")
    assert come_back(thief, back).status_code == 400, "with cookie, state and code of a login that is done"
    place.restart()
    thief = Browser(place.server)
    thief.client.set_cookie("aftercall-sso", kept.value, domain="127.0.0.1")
    assert come_back(thief, back).status_code == 400, "also after a restart"
    assert provider.asked.count("/token") == asked
    late = Browser(place.server)
    back = back_from_the_provider(leave(late))
    place.now += 601
    assert come_back(late, back).status_code == 400


def test_a_replayed_code(place: Place, provider: Provider) -> None:
    """A code that was used before, in a login begun anew: the provider refuses it."""
    browser = Browser(place.server)
    spent = parse_qs(urlsplit(back_from_the_provider(leave(browser))).query)["code"][0]
    requests.post(f"{provider.issuer}/token", data={"code": spent}, timeout=10)
    back = re.sub(r"code=[^&]+", f"code={spent}", back_from_the_provider(leave(browser)))
    assert_refused(place, browser, come_back(browser, back), 401, "could not be verified")


def test_a_code_of_another_login(place: Place) -> None:
    """A stolen code in a login of one's own: its verifier is another's."""
    attacker, victim = Browser(place.server), Browser(place.server)
    stolen = parse_qs(urlsplit(back_from_the_provider(leave(victim))).query)["code"][0]
    back = re.sub(r"code=[^&]+", f"code={stolen}", back_from_the_provider(leave(attacker)))
    assert_refused(place, attacker, come_back(attacker, back), 401, "could not be verified")


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
    answer = come_back(browser, back_from_the_provider(leave(browser)).replace(*change))
    assert_refused(place, browser, answer, status, "did not let you in")
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
    answer = sign_on(browser)
    assert_refused(place, browser, answer, 401, "could not be verified")
    assert "Set-Cookie" not in answer.headers or "aftercall=" not in str(answer.headers)
    assert last_entry(place)[0] == "login failed"
    (said,) = [record.getMessage() for record in caplog.records if record.name == "dashboards.access.single_sign_on"]
    assert "a login was refused" in said
    assert "olga" not in said.lower()
    provider.change = None
    assert sign_on(browser).status_code == 200, "and then it works"


def test_an_unknown_key_and_one_that_is_new(place: Place, provider: Provider) -> None:
    sign_on(Browser(place.server))
    provider.signs_with = key("second")
    browser = Browser(place.server)
    _refused_now = sign_on(browser)
    assert _refused_now.status_code == 401
    assert not is_in(browser)
    provider.keys = [*provider.keys, provider.signs_with]
    place.now += 11
    assert sign_on(browser).status_code == 200, "the keys are asked for anew"
    assert is_in(browser)
    asked = provider.asked.count("/keys")
    for _ in range(3):
        sign_on(Browser(place.server))
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
    assert sign_on(browser).status_code == 200
    assert is_in(browser)


# The provider does not answer


@pytest.fixture
def down(tmp_path: Path) -> Place:
    with providing(lambda: Clock.now) as gone:
        pass
    return place_at(tmp_path, gone)


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
    back = back_from_the_provider(leave(browser))
    provider.status = 502
    answer = come_back(browser, back)
    assert answer.status_code == 503
    assert "cannot be reached" in answer.get_data(as_text=True)
    provider.status = 200
    place.now += 11
    assert sign_on(browser).status_code == 200


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
        assert sign_on(browser).status_code == status, content
        assert not is_in(browser)


def test_a_provider_that_hangs_is_not_waited_for_by_everybody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.access.identity_provider._TIMEOUT", (0.3, 0.3))
    with providing(lambda: Clock.now) as slow:
        asked: list[int] = []
        slow.server.view_functions["configuration"] = lambda: asked.append(1) or time.sleep(1) or {}
        place = place_at(tmp_path, slow)
        codes = [Browser(place.server).get("/login/sso").status_code for _ in range(10)]
        assert codes == [503] * 10
        assert len(asked) == 1, "one waited, the others were told"


def test_a_forged_begin_cookie_is_worth_nothing(place: Place, provider: Provider) -> None:
    for forged in ("", "x", "a.b.c", "W10.x", "é", "x" * 4000):
        browser = Browser(place.server)
        browser.client.set_cookie("aftercall-sso", forged, domain="127.0.0.1")
        assert come_back(browser, "/login/callback?state=&code=y").status_code == 400
    # The cookie of a session is no begun login, nor the other way round.
    browser = Browser(place.server)
    browser.log_in("anna")
    browser.client.set_cookie("aftercall-sso", browser.cookie or "", domain="127.0.0.1")
    assert come_back(browser, "/login/callback?state=&code=y").status_code == 400
    other = Browser(place.server)
    leave(other)
    begun = other.client.get_cookie("aftercall-sso", domain="127.0.0.1")
    assert begun is not None
    other.client.set_cookie("aftercall", begun.value, domain="127.0.0.1")
    assert not is_in(other)
