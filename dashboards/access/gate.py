"""The gate: every request of every route passes it before anything else is done with it.

``guard`` puts one check before the whole server, so that no route, present or to come, is answered without it: is the
request addressed to us, does it come from our own pages, who is asking, and may this role ask this.
"""

from typing import Any, Literal

import dash
import flask
from werkzeug.routing import RequestRedirect

from dashboards.access.cookies import keep_session, read_session
from dashboards.access.errors import Forbidden, TooManyLookUpsError
from dashboards.access.headers import is_static, send_headers
from dashboards.access.login import add_login
from dashboards.access.own_password import add_own_password
from dashboards.access.proxy import Client
from dashboards.access.registry import CALLBACK_ROUTE, Registry, Route
from dashboards.access.request_user import (
    EXTENSION,
    LOCAL_USER,
    REGISTRY_EXTENSION,
    User,
    current_session,
    enter,
    note_denied,
    too_low,
)
from dashboards.access.roles import ROLES, holds
from dashboards.access.same_origin import SAFE_METHODS, arrives_from_elsewhere, from_own_pages, names_us
from dashboards.access.screens import arriving_screen, login_address, notice_screen, own_address
from dashboards.access.sessions import Member, Session
from dashboards.access.setup import Access

_Answer = flask.typing.ResponseReturnValue


def guard(app: dash.Dash, access: Access, registry: Registry) -> None:
    """Put the gate before every route of ``app``, and security headers on every answer.

    ``registry`` says who may ask what; what is not in it is denied.
    """
    server: flask.Flask = app.server
    server.extensions[EXTENSION] = access
    server.extensions[REGISTRY_EXTENSION] = registry

    def admit() -> _Answer | None:
        client = _client(access)
        enter(client, None, None)
        if not names_us(client, access.names):
            return _plain("This address is not served here; open the pages by the name that they were given.", 403)
        strict = not access.open_to_all
        if not from_own_pages(flask.request.method, flask.request.headers, client, strict=strict):
            return _plain("Only pages of this application may ask for this.", 403)
        user, session = _who(access, client)
        enter(client, user, session)
        return _admit(access, registry, user)

    # Before Dash's own hook, which sets up the application on the first request, whoever makes it.
    server.before_request_funcs.setdefault(None, []).insert(0, admit)

    @server.after_request
    def finish(response: flask.Response) -> flask.Response:
        session = current_session()
        # A cache between us and the browser may keep a file and give it to others: never a cookie with it.
        used = not is_static(flask.request.path) and not _asked_by_the_clock()
        if access.login is not None and session is not None and used:
            renewed = access.login.sessions.renewed(session)
            if renewed is not None:
                keep_session(response, access, access.login, renewed)
        return send_headers(app, response, with_login=not access.open_to_all, secure=access.secure)

    @server.errorhandler(Forbidden)
    def forbid(error: Forbidden) -> flask.Response:
        return _plain(str(error), 403)

    @server.errorhandler(TooManyLookUpsError)
    def slow_down(error: TooManyLookUpsError) -> flask.Response:
        answer = notice_screen("Too many look-ups", str(error), 429)
        answer.headers["Retry-After"] = str(error.seconds)
        return answer

    if access.login is not None:
        add_login(server, registry, access, access.login)
        if access.login.book is not None:
            add_own_password(server, registry, access, access.login)
        if access.login.provider is not None:
            from dashboards.access.single_sign_on import add_single_sign_on  # noqa: PLC0415  (an extra)

            add_single_sign_on(server, registry, access, access.login, access.login.provider)


def _admit(access: Access, registry: Registry, user: User | None) -> _Answer | None:
    """None: the request goes on to its route."""
    rule = flask.request.url_rule
    route = registry.route(rule.rule, flask.request.method) if rule else None
    if route is not None and route.least is None:
        return None
    if user is None:
        return _ask_to_log_in(access, route)
    if rule is None and (user.role == ROLES[-1] or isinstance(flask.request.routing_exception, RequestRedirect)):
        return None  # no rule fits: the answer is 404, 405 or a redirect to another spelling
    if rule is None or route is None or not holds(user.role, route.least or ""):
        return _denied(user)
    if rule.rule == CALLBACK_ROUTE and flask.request.method == "POST":
        return _admit_callback(registry, user)
    return _admit_to_page(registry, user) if route.pages else None


def _admit_to_page(registry: Registry, user: User) -> _Answer | None:
    if not registry.may_open(user.role, flask.request.path):
        return _denied(user)
    if registry.has_page(flask.request.path):
        return None
    return notice_screen("There is no such page", "There is no page at this address.", 404)


def _admit_callback(registry: Registry, user: User) -> _Answer | None:
    """Dash finds a callback by the text of its output, so by that text it is looked up here.

    Pages, whose paths are inputs of one callback, are refused where they are drawn.
    """
    body = _callback()
    output = body.get("output")
    if not isinstance(output, str):
        return _plain("This is no request of a page: it names no output.", 400)
    callback = registry.callbacks.get(output)
    if callback is None or not holds(user.role, callback.least):
        return _denied(user)
    if not callback.fits(body):
        return _plain("This is no request of a page: its outputs, inputs or state are not those of the callback.", 400)
    return None


def _denied(user: User) -> _Answer:
    """The same answer for what needs a higher role and for what is not there."""
    note_denied(flask.request.path)
    if flask.request.method in SAFE_METHODS:
        return notice_screen("This page is not open to you", too_low(user), 403)
    return _plain(too_low(user), 403)


def _client(access: Access) -> Client:
    request = flask.request
    peer, host = request.remote_addr or "", request.headers.get("Host", "")
    # TLS ends in front of us, or the secure cookie would not have come this far.
    scheme = "https" if access.secure else request.scheme
    if access.proxy is not None and access.proxy.believed(peer, request.headers):
        return access.proxy.client(peer, request.headers, host, scheme)
    return Client(peer, host, scheme, by_proxy=False)


def _who(access: Access, client: Client) -> tuple[User | None, Session | None]:
    if access.open_to_all:
        return LOCAL_USER, None
    if access.proxy is not None and client.by_proxy:
        person = access.proxy.person(flask.request.headers)
        if person is not None:
            return User(*person, via="proxy"), None
    session = read_session(access)
    if session is None:
        return None, None
    via: Literal["login", "sso"] = "sso" if isinstance(session.account, Member) else "login"
    return User(session.account.name, session.account.role, via), session


def _ask_to_log_in(access: Access, route: Route | None) -> _Answer:
    if route is None or not route.by_person or flask.request.method not in SAFE_METHODS:
        return _plain("Log in first.", 401)
    if access.login is None:
        text = "You are not logged in, or have no role here. Open these pages through the proxy that logs people in."
        return notice_screen("Not logged in", text, 401)
    address = login_address(own_address())
    return arriving_screen(address) if arrives_from_elsewhere(flask.request.headers) else flask.redirect(address)


def _asked_by_the_clock() -> bool:
    """Whether an open page asked by itself: that is not use, and keeps no session alive."""
    changed = _callback().get("changedPropIds")
    return isinstance(changed, list) and bool(changed) and all(str(each).endswith(".n_intervals") for each in changed)


def _callback() -> dict[str, Any]:
    if flask.request.path != CALLBACK_ROUTE:
        return {}
    try:
        body = flask.request.get_json(silent=True)
    except RecursionError:  # lists in lists, thousands deep
        return {}
    return body if isinstance(body, dict) else {}


def _plain(text: str, status: int) -> flask.Response:
    return flask.Response(f"{text}\n", status, mimetype="text/plain")
