"""The registry against what Flask and Dash serve: nothing is served that is not entered, nothing entered that is not served."""

import json
from pathlib import Path
from typing import Any

import dash
import pytest
import werkzeug.routing
from builders.access import Browser, Place, drawing
from builders.cases import published
from dash import Input, Output, State, dcc, html

from dashboards.access import Registry
from dashboards.access.registry import CALLBACK_ROUTE, Callback
from dashboards.access.request_user import REGISTRY_EXTENSION
from dashboards.access.roles import ROLES, holds
from dashboards.app import create_app
from dashboards.pages import PAGES

PEOPLE = {"": None, "vera": "viewer", "anna": "analyst", "ada": "admin"}
#: A value for every placeholder of a rule.
VALUES = {
    "package_name": "dash",
    "fingerprinted_path": "dcc/dash_core_components.js",
    "filename": "theme.css",
    "name": "theme.css",
    "page": "index.html",
    "report": "aftercall-2026-W47.html",
}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    published(tmp_path / "data")
    (tmp_path / "data" / "data_docs").mkdir()
    (tmp_path / "data" / "data_docs" / "index.html").write_text("contact C-4711", "utf-8")
    return place


def _registry(app: dash.Dash) -> Registry:
    found: Registry = app.server.extensions[REGISTRY_EXTENSION]
    return found


def _in(place: Place, name: str) -> Browser:
    browser = Browser(place.server)
    if name:
        assert browser.log_in(name).status_code == 303
    return browser


def _served(app: dash.Dash) -> set[tuple[str, str]]:
    """Rule and method of every route, as Flask knows them; HEAD and OPTIONS come with the others."""
    return {
        (rule.rule, method) for rule in app.server.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}
    }


def test_what_is_served_is_entered_and_what_is_entered_is_served(place: Place, tmp_path: Path) -> None:
    for app in (place.app, create_app(tmp_path / "elsewhere")):
        registry = _registry(app)
        Browser(app.server).get("/_dash-layout")  # on its first request Dash takes in callbacks made elsewhere
        assert set(registry.routes) == _served(app)
        assert set(registry.callbacks) == set(app.callback_map)
        assert {each["output"] for each in app._callback_list} == set(registry.callbacks)
        assert dict(registry.pages) == {path: page.audience for path, page in PAGES.items()}
        # Only the way in and out asks nobody who they are.
        open_to_all = {rule for (rule, _), route in registry.routes.items() if route.least is None}
        assert open_to_all <= {"/login", "/logout", "/login/sso", "/login/callback"}
    assert any(route.least is None for route in _registry(place.app).routes.values())
    assert {page.audience for page in PAGES.values()} == set(ROLES), "the walk below means nothing otherwise"


@pytest.mark.parametrize("name", PEOPLE)
def test_every_page_as_everybody(name: str, place: Place) -> None:
    """By its address, and by the callback that draws it."""
    browser, role = _in(place, name), PEOPLE[name]
    for path, page in PAGES.items():
        may = role is not None and holds(role, page.audience)
        assert browser.get(path).status_code == (200 if may else 302 if role is None else 403), path
        drawn = browser.draw(path)
        assert drawn.status_code == (200 if role else 401)
        said = drawn.get_data(as_text=True)
        assert (f'"data-title": "{page.name}"' in json.dumps(drawn.get_json()) if role else False) is may, path
        assert ("nothing at this address is open to it" in said) is (role is not None and not may), path


@pytest.mark.parametrize("name", PEOPLE)
def test_every_route_as_everybody(name: str, place: Place) -> None:
    role = PEOPLE[name]
    for (rule, method), route in _registry(place.app).routes.items():
        if route.least is None or route.pages:
            continue
        browser = _in(place, name)
        sent = drawing("/") if rule == CALLBACK_ROUTE else None
        answer = browser.ask(method, _address(place, rule, method), json=sent)
        if role is None:
            assert answer.status_code in (302, 401), rule
            assert answer.status_code == 401 or answer.headers["Location"].startswith("/login")
        elif holds(role, route.least):
            assert answer.status_code not in (401, 403), (rule, answer.status_code)
        else:
            assert answer.status_code == 403, (rule, answer.status_code)
            assert place.log()[-1].action == "denied"
        if role in (None, "viewer"):
            assert b"C-4711" not in answer.data


def _address(place: Place, rule: str, method: str) -> str:
    (found,) = [
        each for each in place.server.url_map.iter_rules() if each.rule == rule and method in (each.methods or ())
    ]
    adapter = werkzeug.routing.Map([found.empty()]).bind("x")
    return str(adapter.build(found.endpoint, {each: VALUES[each] for each in found.arguments}, method=method))


def test_nobody_is_told_what_is_there(place: Place) -> None:
    """Whatever the method: what needs a higher role is refused in the words that go for what is not there."""
    asked = {
        "GET": [
            "/cases",
            "/audit",
            "/cases/export.csv",
            "/data-docs/index.html",
            "/data-docs/none.html",
            "/nothing",
            "/a/b.csv",
        ],
        "POST": ["/cases/find", "/case/disposition", "/review/verdict", "/nothing", "/cases"],
        "PUT": ["/cases/find", "/nothing", "/cases"],
    }
    browser = _in(place, "vera")
    for method, paths in asked.items():
        answers = {(answer.status_code, answer.data) for answer in (browser.ask(method, path) for path in paths)}
        assert len(answers) == 1, method
        assert answers.pop()[0] == 403
        stranger = {Browser(place.server).ask(method, path).status_code for path in paths}
        assert stranger == {302 if method == "GET" else 401}
    # Who may see everything is told that it is not.
    admin = _in(place, "ada")
    assert [admin.ask(method, "/nothing").status_code for method in ("GET", "POST", "PUT")] == [404, 405, 405]


# A page of analysts with a callback of its own, and a callback that somebody forgot to enter.


@pytest.fixture
def with_callbacks(place: Place) -> Place:
    registry = _registry(place.app)
    with registry.enter_callbacks(place.app, "analyst"):

        @place.app.callback(Output("grid", "data"), Input("more", "n_clicks"), State("kept", "data"))
        def more(clicks: Any, kept: Any) -> Any:
            return [f"contact C-4711 {clicks} {kept}"]

    @place.app.callback(Output("forgotten", "children"), Input("more", "n_clicks"))
    def forgotten(_: Any) -> Any:
        return "contact C-4711"

    return place


def _body(output: str = "grid.data", **given: Any) -> dict[str, Any]:
    of, name = output.split(".")
    return {
        "output": output,
        "outputs": {"id": of, "property": name},
        "inputs": [{"id": "more", "property": "n_clicks", "value": 1}],
        "state": [{"id": "kept", "property": "data", "value": "k"}],
        "changedPropIds": ["more.n_clicks"],
    } | given


def _called(place: Place, name: str, body: Any) -> tuple[int, str]:
    answer = _in(place, name).ask("POST", CALLBACK_ROUTE, json=body)
    return answer.status_code, answer.get_data(as_text=True)


def test_the_callbacks_of_a_page_are_for_its_audience(with_callbacks: Place) -> None:
    for name, expected in {"": 401, "vera": 403, "anna": 200, "ada": 200}.items():
        status, said = _called(with_callbacks, name, _body())
        assert status == expected
        assert ("C-4711 1 k" in said) is (expected == 200)


def test_a_callback_that_is_not_entered_is_denied_like_one_that_is_not_there(with_callbacks: Place) -> None:
    for name in ("vera", "anna", "ada"):
        forgotten = _called(with_callbacks, name, _body("forgotten.children", state=[]))
        assert forgotten == _called(with_callbacks, name, _body("nowhere.children", state=[]))
        assert forgotten[0] == 403
    # To who may not ask it, also one that is there.
    assert _called(with_callbacks, "vera", _body()) == _called(with_callbacks, "vera", _body("nowhere.children"))


#: Of an analyst, who may ask this callback: what is none of its requests.
BAD_BODIES: list[Any] = [
    None, [], "x", 7, {}, {"output": None}, {"output": ["grid.data"]}, {"output": {"a": 1}}, {"output": "grid.data"},
    _body(outputs=None), _body(outputs=[]), _body(outputs="grid.data"), _body(outputs={"id": "page", "property": "children"}),
    _body(outputs=[{"id": "grid", "property": "data"}]), _body(outputs={"id": 7, "property": "data"}),
    _body(inputs=None), _body(inputs=[]), _body(inputs="x"), _body(inputs={}), _body(inputs=[7]), _body(inputs=[[]]),
    _body(inputs=[{"id": "more"}]), _body(inputs=[{"property": "n_clicks"}]), _body(inputs=[{"id": {"a": 1}, "property": "n"}]),
    _body(inputs=[{"id": "other", "property": "n_clicks"}]), _body(inputs=_body()["inputs"] * 2),
    _body(state=None), _body(state=[]), _body(state=[{"id": "more", "property": "n_clicks"}]),
    _body(changedPropIds=None), _body(changedPropIds="more.n_clicks"), _body(changedPropIds=[7]), _body(changedPropIds=[["x"]]),
    _body(changedPropIds=["other.n_clicks"]), _body(changedPropIds={"more.n_clicks": 1}),
]  # fmt: skip


@pytest.mark.parametrize("body", BAD_BODIES, ids=json.dumps)
def test_a_malformed_body_is_answered_with_400(body: Any, with_callbacks: Place) -> None:
    status, said = _called(with_callbacks, "anna", body)
    assert status == 400
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b"null", b"NaN", b"1" * 10_000, b'"\\ud800"',
        b'{"output": "page.children', b"\x00",
    ],
    ids=lambda raw: repr(raw[:12]),
)  # fmt: skip
def test_what_is_no_json_is_answered_with_400(raw: bytes, place: Place) -> None:
    browser = _in(place, "ada")
    assert browser.ask("POST", CALLBACK_ROUTE, data=raw, content_type="application/json").status_code == 400
    assert browser.ask("POST", CALLBACK_ROUTE, data=b"a=b").status_code == 400


@pytest.mark.parametrize("value", [7, True, [], ["/"], {}, {"a": "/"}, "/\ud800", 1.5])
@pytest.mark.parametrize("place_of_it", [0, 1])
def test_an_address_that_is_no_text_is_answered_with_400(value: Any, place_of_it: int, place: Place) -> None:
    body = drawing("/")
    body["inputs"][place_of_it]["value"] = value
    assert _called(place, "anna", body)[0] == 400


@pytest.mark.parametrize("value", [None, "", "/", "x" * 100_000, "\x00", "\u202e/cases", "/%00", "?a=\r\nb"])
def test_any_text_is_an_address(value: str | None, place: Place) -> None:
    for place_of_it in (0, 1):
        body = drawing("/")
        body["inputs"][place_of_it]["value"] = value
        assert _called(place, "ada", body)[0] == 200


def test_other_values_of_the_drawing_callback_mean_nothing(place: Place) -> None:
    for value in (7, "x", [], {"a": [1]}, None):
        body = drawing("/")
        body["inputs"][2]["value"] = body["state"][0]["value"] = value
        assert _called(place, "vera", body)[0] == 200


def test_a_thing_has_one_role() -> None:
    registry, server = Registry(), dash.Dash(__name__).server
    registry.enter_page("/x", "viewer")
    with pytest.raises(ValueError, match="two pages"):
        registry.enter_page("/x", "admin")
    registry.enter_route(server, "GET", "/y", "viewer")
    registry.enter_route(server, "POST", "/y", "analyst")
    with pytest.raises(ValueError, match="two routes"):
        registry.enter_route(server, "GET", "/y", "admin")
    with pytest.raises(ValueError, match="two routes"):
        registry.enter_route(server, "GET", "/_dash-layout", "viewer")
    assert registry.route("/y", "OPTIONS") == registry.route("/y", "POST"), "the stricter of the two"
    assert registry.route("/y", "HEAD") == registry.route("/y", "GET")
    assert registry.route("/y", "DELETE") is None


def test_callbacks_by_patterns_are_refused_when_they_are_made() -> None:
    app = dash.Dash(__name__)
    app.layout = html.Div(dcc.Store(id="a"))
    registry = Registry()
    with pytest.raises(ValueError, match="patterns"), registry.enter_callbacks(app, "viewer"):
        app.callback(Output("a", "data"), Input({"type": "row", "index": dash.ALL}, "n_clicks"))(lambda _: 1)


def test_outputs_as_dash_writes_them() -> None:
    two = Callback("..a.x...b.y..", "viewer", (), ())
    outputs = [{"id": "a", "property": "x"}, {"id": "b", "property": "y"}]
    assert two.fits({"outputs": outputs})
    assert not two.fits({"outputs": outputs[::-1]})
    assert not two.fits({"outputs": outputs[:1]})
    assert not Callback("a.x", "viewer", (), ()).fits({"outputs": outputs[:1]})
    assert Callback("a.x", "viewer", (), ()).fits({"outputs": outputs[0]})
