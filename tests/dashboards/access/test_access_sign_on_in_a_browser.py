"""Single sign-on and a changed password as a person meets them: in Chromium, with a provider on another site."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.access import ENVIRONMENT, PASSWORD, write_config, write_users
from builders.browser import needs_chromium
from builders.provider import CLIENT_SECRET, Provider, oidc_settings, providing
from builders.server import answering
from playwright import sync_api as playwright

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """At ``localhost``, which is another site than the application's ``127.0.0.1``."""
    with providing(time.time, "localhost") as found:
        yield found


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("operations")
    write_users(folder)
    config: Path = write_config(folder, 'users = "users.toml"\n' + oidc_settings(provider.issuer))
    command = [sys.executable, "-m", "pipelines.cli", "dashboard", "--config", str(config), "--port"]
    environment = ENVIRONMENT | {"AFTERCALL_OIDC_SECRET": CLIENT_SECRET, "no_proxy": "localhost"}
    with answering(lambda port: [*command, str(port)], dict(os.environ) | environment) as found:
        yield found


def test_there_and_back(browser: playwright.Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/review?page=2")
    page.get_by_role("link", name="Log in with single sign-on").click()
    page.wait_for_url(f"{address}/review?page=2")
    page.locator(".who").wait_for()
    assert page.inner_text(".who").startswith("olga · analyst")
    assert faults == [], "no policy of ours stands in the way"
    assert [cookie["name"] for cookie in context.cookies()] == ["aftercall"]
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(f"{address}/login?out")
    assert context.cookies() == []
    context.close()


def test_a_new_password(browser: playwright.Browser, address: str) -> None:
    new = "blue lamp eats granite"
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{address}/login")
    page.get_by_label("Name").fill("vera")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.locator(".who").get_by_role("link", name="Password").click()
    page.wait_for_url(f"{address}/password")
    for current, said in (
        ("not the password", "That is not your present password."),
        (PASSWORD, "Your password is changed."),
    ):
        page.get_by_label("Present password").fill(current)
        page.get_by_label("New password, 12 characters or more").fill(new)
        page.get_by_label("New password once more").fill(new)
        page.get_by_role("button", name="Change password").click()
        page.get_by_text(said).wait_for()
    page.get_by_role("link", name="To the overview").click()
    page.locator(".who").wait_for()
    assert page.inner_text(".who").startswith("vera · viewer"), "this session goes on"
    context.close()
