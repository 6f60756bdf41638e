"""Login as a person meets it: in Chromium, on a wide screen and a phone, by day and by night, without JavaScript too."""

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from builders import season
from builders.access import ENVIRONMENT, PASSWORD, write_config, write_users
from builders.browser import needs_chromium
from builders.server import answering
from builders.snapshots import publish
from playwright import sync_api as playwright

from dashboards.access import read_audit

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published season and a users file, made by the command's own code paths."""
    folder = tmp_path_factory.mktemp("operations")
    publish(folder / "data", season.tables(), as_of=season.AS_OF, ledger=season.LEDGER, name="A season")
    write_users(folder)
    return folder


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """`aftercall dashboard` on a free loopback port."""
    command = [sys.executable, "-m", "pipelines.cli", "dashboard", "--config", str(write_config(folder)), "--port"]
    with answering(lambda port: [*command, str(port)], ENVIRONMENT) as found:
        yield found


def _log_in(page: playwright.Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def _overflow(page: playwright.Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize("width", [1280, 390])
def test_in_around_and_out(browser: playwright.Browser, address: str, folder: Path, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{address}/?mode=joint")
    assert page.url == f"{address}/login?next=/%3Fmode%3Djoint"
    assert page.evaluate("document.activeElement.id") == "name"
    assert _overflow(page) <= 0
    _log_in(page, "anna")
    page.wait_for_url(f"{address}/?mode=joint")
    page.locator("#page .brand").wait_for()
    assert page.inner_text(".who").startswith("anna · analyst")
    assert _overflow(page) <= 0
    assert page.evaluate("document.cookie") == "", "out of reach of scripts"
    assert context.cookies()[0]["sameSite"] == "Strict"
    copied = context.cookies()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(f"{address}/login?out")
    assert page.get_by_role("status").inner_text() == "You are logged out."
    assert faults == []
    assert context.cookies() == []
    # Back is the login, not the page as it was; nor does the copied cookie help.
    page.go_back()
    page.wait_for_url(f"{address}/login?next=/%3Fmode%3Djoint")
    context.add_cookies(copied)
    page.goto(address)
    assert page.url.startswith(f"{address}/login")
    context.close()
    last_two = [(entry.action, entry.name) for entry in read_audit(folder / "data", limit=2)]
    assert last_two == [("logout", "anna"), ("login", "anna")]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_javascript(browser: playwright.Browser, address: str, scheme: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 800}, java_script_enabled=False, color_scheme=scheme
    )
    page = context.new_page()
    page.goto(f"{address}/login")
    _log_in(page, "anna", "not the password")
    assert page.get_by_role("alert").inner_text() == "Name and password do not fit together."
    assert page.get_by_label("Name").input_value() == "anna"
    assert page.get_by_label("Password").input_value() == ""
    _log_in(page, "anna")
    page.wait_for_url(f"{address}/")
    page.goto(f"{address}/audit")
    assert "Your role here is analyst" in page.inner_text("main")
    context.close()


def test_a_link_on_another_site_arrives(browser: playwright.Browser, address: str) -> None:
    """`localhost` is another site than `127.0.0.1`: the browser holds the cookie back on the link, and yet it leads there."""

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            forged = f'<form method="post" action="{address}/logout"><button>Win</button></form>'
            self.wfile.write(f'<a href="{address}/?mode=joint">Look</a>{forged}'.encode())

        def log_message(self, *_: object) -> None:
            pass

    elsewhere = HTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=elsewhere.serve_forever, args=(0.01,), daemon=True).start()
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/login")
    _log_in(page, "vera")
    page.locator(".who").wait_for()
    page.goto(f"http://localhost:{elsewhere.server_port}/")
    page.get_by_text("Look").click()
    page.wait_for_url(f"{address}/?mode=joint")
    assert page.inner_text(".who").startswith("vera · viewer")
    page.goto(f"http://localhost:{elsewhere.server_port}/")
    page.get_by_text("Win").click()
    page.get_by_text("Only pages of this application").wait_for()
    page.goto(address)
    assert page.inner_text(".who").startswith("vera"), "a button elsewhere logs nobody out"
    context.close()
    elsewhere.shutdown()


def test_an_open_page_leaves_when_the_session_has_ended(browser: playwright.Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/login")
    _log_in(page, "vera")
    page.locator("#page .brand").wait_for()
    context.clear_cookies()
    # The next callback, whichever it is, finds nobody logged in.
    page.evaluate("window.fetch('/_dash-update-component', {method: 'POST', body: '{}'})")
    page.wait_for_url(f"{address}/login")
    context.close()
