"""A proxy in front: its headers are believed from its addresses and with its secret, and never otherwise."""

import ipaddress
from pathlib import Path

import pytest
from builders.access import PROXY_SECRET, Browser, Place
from werkzeug.datastructures import Headers

from dashboards.access.proxy import TrustedProxy

PROXY, STRANGER = "192.0.2.10", "203.0.113.5"
BEHIND = """hosts = ["calls.example"]
[dashboard.proxy]
addresses = ["192.0.2.8/29", "2001:db8::8"]
user_header = "X-Remote-User"
role_header = "X-Remote-Groups"
roles = { "Quality" = "analyst", "staff" = "viewer", "it" = "admin" }
"""
SECRET = {"X-Aftercall-Secret": PROXY_SECRET}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, dashboard=BEHIND, host="0.0.0.0")  # noqa: S104  # behind a proxy


def _told(user: str = "Anna", groups: str = "staff, quality", **more: str) -> dict[str, str | None]:
    return {"X-Remote-User": user, "X-Remote-Groups": groups, **SECRET, **more}


def _proxied(place: Place, peer: str = PROXY) -> Browser:
    return Browser(place.server, host="calls.example", scheme="https", peer=peer)


def test_the_proxy_says_who_it_is(place: Place) -> None:
    browser = _proxied(place)
    assert browser.get("/cases", _told()).status_code == 200
    assert browser.get("/audit", _told()).status_code == 403
    assert browser.get("/audit", _told(groups="quality,it")).status_code == 200
    assert browser.get("/cases", _told(groups="staff")).status_code == 403
    assert browser.draw("/", headers=_told()).status_code == 200
    denied = place.log()[0]
    assert (denied.action, denied.name, denied.role, denied.address) == ("denied", "anna", "analyst", PROXY)
    for groups in ("", "others", "Quality team", "admin"):
        answer = browser.get("/", _told(groups=groups))
        assert answer.status_code == 401, groups
        assert "through the proxy" in answer.get_data(as_text=True)
    for user in ("", "anna,ada", "anna ada", "<b>", "x" * 200, "ännä"):
        assert browser.get("/", _told(user=user)).status_code == 401, user


@pytest.mark.parametrize(
    ("peer", "secret"),
    [
        (STRANGER, PROXY_SECRET), ("127.0.0.1", PROXY_SECRET), ("192.0.2.16", PROXY_SECRET), ("::ffff:203.0.113.5", PROXY_SECRET),
        ("2001:db8::9", PROXY_SECRET), ("", PROXY_SECRET), ("unix:", PROXY_SECRET),
        (PROXY, None), (PROXY, ""), (PROXY, PROXY_SECRET + "x"), (PROXY, PROXY_SECRET[:-1]), (PROXY, f"{PROXY_SECRET},x"),
    ],
)  # fmt: skip
def test_nobody_else_is_believed(place: Place, peer: str, secret: str | None) -> None:
    browser = _proxied(place, peer)
    headers = _told(**{"X-Forwarded-For": "127.0.0.1"}) | {"X-Aftercall-Secret": secret}
    for path in ("/", "/cases", "/_dash-layout"):
        answer = browser.get(path, headers)
        assert answer.status_code == 401, path
        assert "dash" not in answer.get_data(as_text=True)
    assert browser.draw("/", headers=headers).status_code == 401


@pytest.mark.parametrize("peer", ["192.0.2.8", "192.0.2.15", "2001:db8::8", "::ffff:192.0.2.10"])
def test_every_address_of_the_proxy(place: Place, peer: str) -> None:
    assert _proxied(place, peer).get("/", _told()).status_code == 200


def test_forged_requests_through_the_proxy(place: Place) -> None:
    """The proxy's own login rides along on requests from other sites, so here the check of the origin is all."""
    browser = _proxied(place)
    cross: dict[str, str | None] = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert browser.draw("/", headers=_told() | cross).status_code == 403
    without: dict[str, str | None] = {"Sec-Fetch-Site": None, "Origin": None}
    assert browser.draw("/", headers=_told() | without).status_code == 403
    old: dict[str, str | None] = {"Sec-Fetch-Site": None, "Origin": "https://calls.example"}
    assert browser.draw("/", headers=_told() | old).status_code == 200
    plain: dict[str, str | None] = {"Sec-Fetch-Site": None, "Origin": "http://calls.example"}
    assert browser.draw("/", headers=_told() | plain).status_code == 403


def test_the_host_that_the_proxy_was_asked_for(place: Place) -> None:
    browser = Browser(place.server, host="10.0.0.4:8050", peer=PROXY)
    assert browser.get("/", _told()).status_code == 403, "not a name of ours"
    assert browser.get("/", _told(**{"X-Forwarded-Host": "calls.example"})).status_code == 200
    assert browser.get("/", _told(**{"X-Forwarded-Host": "evil.example"})).status_code == 403
    stranger = Browser(place.server, host="10.0.0.4:8050", peer=STRANGER)
    assert stranger.get("/", _told(**{"X-Forwarded-Host": "calls.example"})).status_code == 403


def test_the_address_of_the_client() -> None:
    proxy = TrustedProxy((ipaddress.IPv4Network("192.0.2.8/29"),), "S", b"s", "", "", {})

    def address(header: str) -> str:
        return proxy.client(PROXY, Headers({"X-Forwarded-For": header}), "h", "http").address

    assert address("203.0.113.5") == "203.0.113.5"
    assert address("127.0.0.1, 203.0.113.5") == "203.0.113.5", "what stands before the last was sent by the client"
    assert address("203.0.113.5, 192.0.2.9") == "203.0.113.5", "a second proxy of ours"
    assert address("2001:db8::1") == "2001:db8::1"
    for odd in ("", "unknown", "203.0.113.5, nonsense", "1.2.3.4:5", "<script>"):
        assert address(odd) == PROXY


def test_a_proxy_that_only_ends_tls(tmp_path: Path) -> None:
    """Users log in here; the audit log and the bounds on tries see the browser's address, not the proxy's."""
    tls_only = 'users = "users.toml"\nhosts = ["calls.example"]\n[dashboard.proxy]\naddresses = ["192.0.2.10"]\n'
    place = Place(tmp_path, dashboard=tls_only)
    told: dict[str, str | None] = {**SECRET, "X-Forwarded-For": STRANGER, "X-Forwarded-Proto": "https"}
    browser = _proxied(place)
    assert browser.get("/", _told()).status_code == 302, "it names nobody here"
    assert browser.log_in("anna", headers=told).status_code == 303
    assert place.log()[0].address == STRANGER
    for n in range(25):
        browser.log_in(f"x{n}", "guess", headers=told)
    assert browser.log_in("vera", headers=told).status_code == 429
    told["X-Forwarded-For"] = "203.0.113.6"
    assert browser.log_in("vera", headers=told).status_code == 303


def test_users_and_a_proxy_side_by_side(tmp_path: Path) -> None:
    place = Place(tmp_path, dashboard='users = "users.toml"\n' + BEHIND)
    browser = _proxied(place, STRANGER)
    browser.log_in("vera")
    assert browser.get("/").status_code == 200
    assert browser.get("/audit", _told(groups="it")).status_code == 403, "still Vera"
    behind = _proxied(place)
    assert behind.get("/audit", _told(groups="it")).status_code == 200


def test_roles_by_name_where_the_proxy_sends_no_groups(tmp_path: Path) -> None:
    by_name = BEHIND.replace('role_header = "X-Remote-Groups"\n', "").replace('"Quality"', '"CORP\\\\Anna"')
    browser = _proxied(Place(tmp_path, dashboard=by_name))
    assert browser.get("/cases", _told("corp\\anna")).status_code == 200
    assert browser.get("/", _told("ada", groups="it")).status_code == 401
