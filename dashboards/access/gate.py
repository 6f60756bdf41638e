"""The gate: every request of every route passes it before anything else is done with it.

``guard`` puts one check before the whole server, so that no route, present or to come, is answered without it: is the
request addressed to us, does it come from our own pages, who is asking, and may this role ask this.
"""

import logging
from typing import Any

import dash
import flask

from dashboards.access.errors import Forbidden
from dashboards.access.headers import send_headers
from dashboards.access.login import add_login, keep_session, read_session
from dashboards.access.opening import Access
from dashboards.access.origins import SAFE_METHODS, arrives_from_elsewhere, from_own_pages, names_us
from dashboards.access.present import EXTENSION, LOCAL_USER, User, audit, current_session, enter, too_low
from dashboards.access.proxy import Client
from dashboards.access.roles import CALLBACK_ROUTE, OPEN_ROUTES, PAGE_ROUTES, holds, least_role, least_role_of_route
from dashboards.access.screens import arriving_screen, login_address, notice_screen, own_address
from dashboards.access.sessions import Session
from pipelines.config import Role

_LOG = logging.getLogger(__name__)
_Answer = flask.typing.ResponseReturnValue


def guard(app: dash.Dash, access: Access) -> None:
    """Put the gate before every route of ``app``, and security headers on every answer."""
    server: flask.Flask = app.server
    server.extensions[EXTENSION] = access

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
        return _admit(access, user)

    # Before Dash's own hook, which sets up the application on the first request, whoever makes it.
    server.before_request_funcs.setdefault(None, []).insert(0, admit)

    @server.after_request
    def finish(response: flask.Response) -> flask.Response:
        session = current_session()
        if access.login is not None and session is not None and not _asked_by_the_clock():
            renewed = access.login.sessions.renewed(session)
            if renewed is not None:
                keep_session(response, access, access.login, renewed)
        return send_headers(app, response, with_login=not access.open_to_all)

    @server.errorhandler(Forbidden)
    def forbid(error: Forbidden) -> flask.Response:
        return _plain(str(error), 403)

    if access.login is not None:
        add_login(server, access, access.login)


def _admit(access: Access, user: User | None) -> _Answer | None:
    """None: the request goes on to its route."""
    route = flask.request.url_rule
    rule = route.rule if route else None
    if access.login is not None and rule in OPEN_ROUTES:
        return None
    if user is None:
        return _ask_to_log_in(access, rule)
    if rule is None:
        return None  # nothing stands there: the answer is 404 or 405
    least = _least_role(rule)
    if least is not None and holds(user.role, least):
        return None
    if least is None:
        _LOG.error("route %s: dashboards.access.roles does not say who may ask it, so nobody may", rule)
    audit("denied", what=flask.request.path)
    if rule in PAGE_ROUTES:
        return notice_screen("This page is not open to you", too_low(user), 403)
    return _plain(too_low(user), 403)


def _least_role(rule: str) -> Role | None:
    if rule != CALLBACK_ROUTE:
        return least_role_of_route(rule, flask.request.path)
    output = _callback().get("output")
    # Dash looks the callback up by this very text. Its pages, whose paths are inputs, are refused where they are drawn.
    return least_role(output) if isinstance(output, str) else "viewer"


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
    return (User(session.account.name, session.account.role, "login"), session) if session else (None, None)


def _ask_to_log_in(access: Access, rule: str | None) -> _Answer:
    if rule not in PAGE_ROUTES or flask.request.method not in SAFE_METHODS:
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
    body = flask.request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


def _plain(text: str, status: int) -> flask.Response:
    return flask.Response(f"{text}\n", status, mimetype="text/plain")
