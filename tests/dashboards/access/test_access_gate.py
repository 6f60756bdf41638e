"""Every route, present or to come, is closed to strangers and to roles too low; forged requests get nothing."""

import json
from collections.abc import Callable
from pathlib import Path

import flask
import pytest
import werkzeug.routing
from builders.access import HOST, Browser, Place, drawing
from builders.forged import FORGED
from dash import html
from werkzeug.datastructures import Headers

import dashboards
from dashboards.access import Forbidden, current_user, may, require
from dashboards.access.proxy import Client
from dashboards.access.same_origin import from_own_pages, names_us
from dashboards.app import create_app

SECRET = "what only some may see"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    # A route that somebody adds and forgets to enter in the table.
    place.server.add_url_rule(
        "/api/forgotten/<path:what>", "forgotten", lambda what: SECRET + what, methods=["GET", "POST"]
    )
    return place


def _address(rule: werkzeug.routing.Rule) -> str:
    """An address that the rule answers."""
    adapter = werkzeug.routing.Map([rule.empty()]).bind("x")
    named = {"package_name": "dash", "fingerprinted_path": "deps/polyfill@7.min.js", "filename": "theme.css"}
    return str(adapter.build(rule.endpoint, {each: named.get(each, "x/y") for each in rule.arguments}, method=None))


def test_a_stranger_gets_nothing_from_any_route(place: Place) -> None:
    stranger = Browser(place.server)
    asked = 0
    for rule in place.server.url_map.iter_rules():
        for method in (*sorted(rule.methods or ()), "PATCH"):
            path = _address(rule)
            answer = stranger.ask(method, path, json=drawing("/") if method == "POST" else None)
            said = answer.get_data(as_text=True)
            asked += 1
            if rule.rule in ("/login", "/logout"):
                assert "Log in" in said or answer.status_code in (303, 405) or method in ("HEAD", "OPTIONS"), path
            elif answer.status_code == 302:
                assert answer.headers["Location"].startswith("/login"), path
            else:
                assert answer.status_code == 401, (method, path, answer.status_code)
                assert said in ("Log in first.\n", ""), path
            assert SECRET not in said
            assert "dash-renderer" not in said, "not even the shell of the pages"
    assert asked > 30
    for path in ("/nothing/here", "/cases/1", "/assets/../app.py", "/_dash-update-component/x", "/favicon.ico"):
        assert stranger.get(path).status_code in (302, 401)
    assert stranger.ask("DELETE", "/").status_code == 401


@pytest.mark.parametrize("path", ["/", "/_dash-layout", "/login"])
def test_the_very_first_request_is_like_any_other(place: Place, path: str) -> None:
    """Dash sets itself up on the first request, and asks for the layout then; a stranger's must not do it."""
    made: list[str] = []
    place.app.layout = lambda: made.append("layout") or html.Div()
    stranger = Browser(place.server)
    first, second = stranger.get(path), stranger.get(path)
    assert (first.status_code, first.data) == (second.status_code, second.data)
    assert first.status_code == {"/": 302, "/_dash-layout": 401, "/login": 200}[path]
    assert not made or path == "/login"


@pytest.mark.parametrize("name", ["vera", "anna", "ada"])
def test_a_route_in_no_table_is_open_to_nobody(place: Place, name: str) -> None:
    browser = Browser(place.server)
    browser.log_in(name)
    for method in ("GET", "POST"):
        answer = browser.ask(method, "/api/forgotten/x")
        assert answer.status_code == 403
        assert SECRET not in answer.get_data(as_text=True)


def test_a_viewer_gets_every_style_and_script(place: Place) -> None:
    """No file of ours carries a guarded word in its name: the page of a viewer would lack it."""
    browser = Browser(place.server)
    browser.log_in("vera")
    names = sorted(path.name for path in (Path(dashboards.__file__).parent / "assets").iterdir())
    assert names
    assert {name: browser.get(f"/assets/{name}").status_code for name in names} == dict.fromkeys(names, 200)


def test_what_each_role_may_open(place: Place) -> None:
    """Who may not open everything gets the same answer for a page of others and for one that is not there."""
    nowhere = ["/queues", "/cases/a/b", "/showcases"]
    expected = {
        "vera": {"/": 200, "/data-quality": 200, "/cases": 403, "/audit": 403, **dict.fromkeys(nowhere, 403)},
        "anna": {"/": 200, "/cases": 200, "/case": 200, "/cases/": 200, "/audit": 403, **dict.fromkeys(nowhere, 403)},
        "ada": {"/": 200, "/cases": 200, "/audit": 200, **dict.fromkeys(nowhere, 404)},
    }
    for name, pages in expected.items():
        browser = Browser(place.server)
        browser.log_in(name)
        answers = {path: browser.get(path) for path in pages}
        assert {path: answer.status_code for path, answer in answers.items()} == pages, name
        assert len({answer.data for answer in answers.values() if answer.status_code == 403}) < 2, "told apart"
        for path, status in pages.items():
            drawn = browser.draw(path)
            # Pages are drawn by one callback that gets the path as an input.
            assert drawn.status_code == 200
            assert ("Your role here is" in drawn.get_data(as_text=True)) is (status == 403), (name, path)
            assert ("There is no such page" in drawn.get_data(as_text=True)) is (status == 404), (name, path)


@pytest.mark.parametrize(
    "path",
    [
        "/Cases", "//cases", "/cases/", "/%63ases", "/%2563ases", "/x/../cases", "/cases/../", "/ｃases", "/cases;x",
        "/./cases", "\\cases", "/x%2f..%2fcases", "cases", "/cases%00", "/cases.csv", "/CASES/1?x", "/ cases",
    ],
)  # fmt: skip
def test_no_spelling_of_a_path_gets_around(place: Place, path: str) -> None:
    browser = Browser(place.server)
    browser.log_in("vera")
    assert "Your role here is" in browser.draw(path).get_data(as_text=True)
    answer = browser.ask("GET", path if path.startswith("/") else f"/{path}")
    assert answer.status_code in (403, 308), "a redirect leads to the plain spelling"


def test_actions() -> None:
    assert not may("viewer", "open case")
    assert may("analyst", "open case")
    assert not may("analyst", "read audit")
    assert may("admin", "read audit")
    assert not may("admin", "something never entered")
    assert not may("root", "open case")
    assert not may("", "open case")


def test_require_inside_a_request(place: Place) -> None:
    browser = Browser(place.server)
    browser.log_in("anna")
    with place.server.test_request_context("/", headers={"Host": HOST, "Cookie": f"aftercall={browser.cookie}"}):
        assert place.server.preprocess_request() is None
        assert (current_user().name, current_user().role, current_user().via) == ("anna", "analyst", "login")
        for allowed in ("viewer", "analyst", "open case", "/cases"):
            assert require(allowed).name == "anna"
        for forbidden in ("admin", "read audit", "/audit", "/cases/1", "no such thing"):
            with pytest.raises(Forbidden, match="role here is analyst"):
                require(forbidden)
    with place.server.test_request_context("/", headers={"Host": HOST}):
        assert place.server.preprocess_request() is not None
        with pytest.raises(Forbidden, match="Log in"):
            require("viewer")


@pytest.mark.parametrize("headers", FORGED, ids=json.dumps)
def test_a_forged_request_is_not_acted_on(place: Place, headers: dict[str, str | None]) -> None:
    """Even with the cookie, which a browser would not send along."""
    browser = Browser(place.server)
    assert browser.log_in("anna").status_code == 303
    refused: list[Callable[[], flask.typing.ResponseReturnValue]] = [
        lambda: browser.draw("/", headers=headers),
        lambda: browser.ask("POST", "/logout", headers),
        lambda: browser.log_in("ada", headers=headers),
        lambda: browser.ask("PUT", "/", headers),
        lambda: browser.ask("OPTIONS", "/", headers),
    ]
    for each in refused:
        answer = each()
        assert answer.status_code == 403
        assert "Set-Cookie" not in answer.headers
        assert "Access-Control-Allow-Origin" not in answer.headers
    assert browser.draw("/").status_code == 200, "still logged in as before"
    with_origin_alone = {"Sec-Fetch-Site": None, "Origin": f"http://{HOST}"}
    assert browser.draw("/", headers=with_origin_alone).status_code == 200, "an older browser on our own page"


def test_forged_requests_where_nobody_logs_in(tmp_path: Path) -> None:
    """A page elsewhere may not drive the application at this machine either; a command-line client may."""
    browser = Browser(create_app(tmp_path).server)
    for headers in FORGED[:-1]:
        assert browser.draw("/", headers=headers).status_code == 403
    assert browser.draw("/", headers=FORGED[-1]).status_code == 200
    assert browser.get("/login").status_code == 404, "no login"
    assert "password" not in browser.get("/login").get_data(as_text=True)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil@127.0.0.1", "", "127.0.0.1:x@evil"])
def test_a_foreign_host_gets_nothing(place: Place, host: str) -> None:
    browser = Browser(place.server)
    browser.log_in("ada")
    for path in ("/", "/login", "/_dash-layout", "/assets/theme.css"):
        answer = browser.get(path, {"Host": host, "Cookie": f"aftercall={browser.cookie}"})
        assert answer.status_code == 403
        assert "evil" not in answer.get_data(as_text=True)
    forwarded: dict[str, str | None] = {"Host": host, "X-Forwarded-Host": HOST, "X-Forwarded-For": "127.0.0.1"}
    assert browser.get("/", forwarded).status_code == 403
    forged: dict[str, str | None] = {"X-Forwarded-Host": "evil.example"}
    assert browser.get("/", forged).status_code == 200, "nobody believes the header"


def test_answers_keep_no_data_and_load_nothing_from_elsewhere(place: Place) -> None:
    browser = Browser(place.server)
    for answer in (browser.get("/login"), browser.log_in(), browser.get("/"), browser.get("/_dash-layout")):
        assert answer.headers["Cache-Control"] == "no-store"
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "form-action 'self'" in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "same-origin"
    assert browser.get("/assets/theme.css").headers["Cache-Control"] != "no-store"
    assert "<script" not in browser.get("/login").get_data(as_text=True)


def test_a_place_that_nobody_knows_is_not_our_own() -> None:
    """Neither the page's place nor ours can be told: that they are alike in this means nothing."""
    unknown = ["null", "", "ftp://127.0.0.1", "http://", "http://[::1", "http://a:port", "://", "file:///x", "x"]
    for scheme, host in (("ftp", "127.0.0.1"), ("", "127.0.0.1"), ("http", ""), ("http", "[::1"), ("http", "a:port")):
        client = Client("127.0.0.1", host, scheme, by_proxy=True)
        for origin in unknown:
            for strict in (True, False):
                assert not from_own_pages("POST", Headers({"Origin": origin}), client, strict=strict), (scheme, origin)
        assert not names_us(client, frozenset({"localhost"})) or host == "127.0.0.1"
    known = Client("127.0.0.1", "localhost:8050", "http", by_proxy=False)
    assert from_own_pages("POST", Headers({"Origin": "http://localhost:8050"}), known, strict=True)


def test_browsers_are_told_to_come_by_tls_alone_where_cookies_are_secure(place: Place, tmp_path: Path) -> None:
    assert "Strict-Transport-Security" not in Browser(place.server).get("/login").headers
    (tmp_path / "secure").mkdir()
    secure = Place(tmp_path / "secure", dashboard='users = "users.toml"\nhosts = ["calls.example"]\n')
    browser = Browser(secure.server, host="calls.example", scheme="https")
    for path in ("/login", "/", "/nowhere", "/assets/theme.css"):
        assert browser.get(path).headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_flood_of_refusals_does_not_fill_the_log(place: Place) -> None:
    browser = Browser(place.server)
    browser.log_in("vera")
    for _ in range(200):
        assert browser.get("/cases").status_code == 403
    assert 1 <= sum(entry.action == "denied" for entry in place.log()) <= 60
