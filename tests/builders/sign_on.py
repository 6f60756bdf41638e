"""Single sign-on as a browser goes through it, at the provider of ``builders.provider``."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import werkzeug.test

from builders.access import ENVIRONMENT, Browser, Place
from builders.provider import CLIENT_SECRET, Provider, oidc_settings

OIDC_ENVIRONMENT = ENVIRONMENT | {"AFTERCALL_OIDC_SECRET": CLIENT_SECRET}
BESIDE_USERS = 'users = "users.toml"\n'


class Clock:
    """The time that the provider takes for now, until a test moves it."""

    now = 1_800_000_000.0


def place_at(folder: Path, provider: Provider, beside: str = BESIDE_USERS, **more: str) -> Place:
    place = Place(folder, dashboard=beside + oidc_settings(provider.issuer, **more), environment=dict(OIDC_ENVIRONMENT))
    provider.clock = lambda: place.now
    return place


def leave(browser: Browser, target: str = "") -> str:
    """The address at the provider to which the login leads."""
    answer = browser.get(f"/login/sso{f'?next={target}' if target else ''}")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.headers["Location"]


def back_from_the_provider(address: str) -> str:
    """Path and query with which the provider sends the browser back."""
    back = urlsplit(requests.get(address, allow_redirects=False, timeout=10).headers["Location"])
    assert (back.netloc, back.path) == ("127.0.0.1:8050", "/login/callback")
    return f"{back.path}?{back.query}"


def come_back(browser: Browser, address: str) -> werkzeug.test.TestResponse:
    """As a browser comes from a page of another site."""
    return browser.get(address, {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"})


def sign_on(browser: Browser, target: str = "") -> werkzeug.test.TestResponse:
    return come_back(browser, back_from_the_provider(leave(browser, target)))


def is_in(browser: Browser) -> bool:
    return browser.get("/_dash-layout").status_code == 200


def last_entry(place: Place) -> tuple[str, str, str, dict[str, Any]]:
    entry = place.log()[-1]
    return entry.action, entry.name, entry.role, dict(entry.facts)


def assert_refused(place: Place, browser: Browser, answer: werkzeug.test.TestResponse, status: int, words: str) -> None:
    assert answer.status_code == status
    assert words in answer.get_data(as_text=True)
    assert not is_in(browser)
    assert "login" not in {entry.action for entry in place.log()}
