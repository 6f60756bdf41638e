"""Single sign-on against a real provider on loopback: who gets in, with which role, and for how long."""

import json
import logging
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from builders.access import ENVIRONMENT, PASSWORD, Browser, Place, write_config, write_users
from builders.provider import CLIENT_SECRET, Provider, oidc_settings
from builders.sign_on import (
    BESIDE_USERS,
    OIDC_ENVIRONMENT,
    back_from_the_provider,
    come_back,
    is_in,
    last_entry,
    leave,
    place_at,
    sign_on,
)

from dashboards.access import AccessError, open_access
from pipelines.config import ConfigError, load_settings


def test_in_and_out(place: Place) -> None:
    browser = Browser(place.server)
    assert 'href="/login/sso?next=/cases"' in browser.get("/login?next=/cases").get_data(as_text=True)
    answer = sign_on(browser, "/cases?queue=care")
    said = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'url=/cases?queue=care"' in said, "over a page of ours, or the browser would hold the new cookie back"
    assert last_entry(place) == ("login", "olga", "analyst", {"via": "single sign-on", "subject": "u-1"})
    assert browser.get("/cases").status_code == 200
    assert browser.get("/audit").status_code == 403
    drawn = json.dumps(browser.get("/_dash-layout").get_json(), ensure_ascii=False)
    assert "olga · analyst" in drawn
    assert "/password" not in drawn, "the provider keeps the password"
    assert browser.get("/password").status_code == 403
    copied = browser.cookie
    browser.log_out()
    assert last_entry(place)[:3] == ("logout", "olga", "analyst")
    assert not is_in(browser)
    thief = Browser(place.server)
    thief.client.set_cookie("aftercall", copied or "", domain="127.0.0.1")
    assert not is_in(thief)
    assert Browser(place.server).log_in("anna").status_code == 303, "users with a password log in beside it"


def test_the_cookies(place: Place, tmp_path: Path, provider: Provider) -> None:
    browser = Browser(place.server)
    begun = browser.get("/login/sso").headers["Set-Cookie"]
    assert re.search(r"^aftercall-sso=.*; Max-Age=600; HttpOnly; Path=/; SameSite=Lax$", begun)
    back = sign_on(browser).headers.getlist("Set-Cookie")
    (session,) = [each for each in back if each.startswith("aftercall=")]
    assert re.search(r"; HttpOnly; Path=/; SameSite=Strict$", session)
    (gone,) = [each for each in back if each.startswith("aftercall-sso=;")]
    assert "Max-Age=0" in gone
    (tmp_path / "secure").mkdir()
    secure = place_at(tmp_path / "secure", provider, BESIDE_USERS + 'hosts = ["calls.example"]\n')
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
    sign_on(Browser(place.server))
    assert last_entry(place)[2] == role


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
    answer = sign_on(browser)
    assert answer.status_code == 403
    assert "none of your groups has a role here" in answer.get_data(as_text=True)
    assert not is_in(browser)
    assert last_entry(place) == ("login refused", "", "", {"via": "single sign-on", "tried": "olga"})


@pytest.mark.parametrize("name", [None, "", 7, ["olga"], "olga,ada", "<b>", "x" * 200, "olga\n", "o l g a", "\x00"])
def test_who_has_no_usable_name_has_no_access(name: Any, place: Place, provider: Provider) -> None:
    provider.person["preferred_username"] = name
    browser = Browser(place.server)
    # Blanks at an end are no part of a name.
    assert sign_on(browser).status_code == (200 if name == "olga\n" else 403)
    assert is_in(browser) is (name == "olga\n")


def test_other_claims_where_they_are_configured(tmp_path: Path, provider: Provider) -> None:
    place = place_at(
        tmp_path,
        provider,
        name_claim='"email"',
        groups_claim='"https://id.example/groups"',
        scopes='["openid", "email"]',
    )
    provider.person |= {"email": "Olga.P@Example.org", "https://id.example/groups": ["operations"]}
    browser = Browser(place.server)
    assert "scope=openid+email" in leave(browser)
    sign_on(browser)
    assert last_entry(place)[1:3] == ("olga.p@example.org", "admin")


def test_a_changed_group_counts_from_the_next_login(place: Place, provider: Provider) -> None:
    browser = Browser(place.server)
    sign_on(browser)
    provider.person["groups"] = ["management"]
    assert browser.get("/cases").status_code == 200
    browser.log_out()
    sign_on(browser)
    assert browser.get("/cases").status_code == 403
    provider.person["groups"] = []
    browser.log_out()
    sign_on(browser)
    assert not is_in(browser)


def test_a_role_taken_from_a_group_ends_with_the_next_start(place: Place, provider: Provider) -> None:
    browser = Browser(place.server)
    sign_on(browser)
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
    assert not is_in(late), "without single sign-on nobody is in by it"


def test_sessions_end_as_those_of_passwords_do(place: Place) -> None:
    browser = Browser(place.server)
    sign_on(browser)
    place.now += 29 * 60
    assert is_in(browser)
    place.now += 30 * 60
    assert not is_in(browser)
    sign_on(browser)
    for _ in range(25):
        place.now += 1799
        is_in(browser)
    assert not is_in(browser)


def test_a_user_of_that_name_is_not_impersonated(place: Place, provider: Provider) -> None:
    """Who may choose their name at the provider could otherwise stand in the audit log as somebody else."""
    for name in ("ada", " ＡDA "):
        provider.person["preferred_username"] = name
        browser = Browser(place.server)
        answer = sign_on(browser)
        assert answer.status_code == 403
        assert "that of a user who has a password here" in answer.get_data(as_text=True)
        assert not is_in(browser)


# What is wrong with the way back


def test_tries_to_come_back_are_bounded(place: Place, provider: Provider) -> None:
    codes = [
        come_back(Browser(place.server, peer="203.0.113.9"), "/login/callback?state=x&code=y").status_code
        for _ in range(30)
    ]
    assert codes == [400] * 20 + [429] * 10
    assert "/token" not in provider.asked
    for _ in range(25):
        assert sign_on(Browser(place.server, peer="203.0.113.10")).status_code == 200, "those that succeed do not count"


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
    back = come_back(browser, back_from_the_provider(answer.headers["Location"])).get_data(as_text=True)
    assert 'content="0; url=/"' in back
    assert "evil" not in back
    assert browser.ask("GET", "/login/sso", query_string={"next": target}).headers["Location"] == "/", "already in"


def test_without_local_users(tmp_path: Path, provider: Provider) -> None:
    place = place_at(tmp_path, provider, "")
    browser = Browser(place.server)
    said = browser.get("/login").get_data(as_text=True)
    assert "Log in with single sign-on" in said
    assert 'type="password"' not in said
    assert browser.log_in("anna").status_code == 404
    assert browser.get("/password").status_code == 302
    assert sign_on(browser).status_code == 200
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
    back = back_from_the_provider(leave(browser))
    come_back(browser, back)
    asked = parse_qs(urlsplit(back).query)
    for secret in (CLIENT_SECRET, asked["code"][0], asked["state"][0], PASSWORD):
        assert secret not in "\n".join(
            r.getMessage() for r in caplog.records if r.name.startswith(("dashboards", "authlib"))
        )
