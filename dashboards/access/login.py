"""Logging in and out, and the cookie in between.

A wrong password and a name that nobody has are answered alike and after the same work. Tries are bounded by user and by
address before any work is done. A name that is no user's is not logged: people type passwords into the wrong field.
"""

import hashlib
import math

import flask
from werkzeug.wrappers import Response as BaseResponse

from dashboards.access.opening import Access, Login
from dashboards.access.origins import local_path
from dashboards.access.present import User, audit, current_client, current_session, enter
from dashboards.access.proxy import payer
from dashboards.access.screens import login_screen
from dashboards.access.sessions import Session

_LONGEST_FORM = 16_384
_WRONG = "Name and password do not fit together."


def cookie_name(access: Access) -> str:
    """With the prefix, browsers take the cookie from this very host over TLS only, and from no subdomain."""
    return "__Host-aftercall" if access.secure else "aftercall"


def read_session(access: Access) -> Session | None:
    """The session that the present request's cookie stands for."""
    cookie = flask.request.cookies.get(cookie_name(access), "")
    return access.login.sessions.read(cookie) if access.login and cookie else None


def keep_session(response: BaseResponse, access: Access, login: Login, session: Session) -> None:
    """Have the browser keep ``session`` until it is closed, out of reach of scripts and of other sites."""
    response.set_cookie(
        cookie_name(access),
        login.sessions.cookie(session),
        secure=access.secure,
        httponly=True,
        samesite="Strict",
    )


def add_login(server: flask.Flask, access: Access, login: Login) -> None:
    """The routes ``/login`` and ``/logout``."""

    @server.get("/login")
    def show_login() -> flask.typing.ResponseReturnValue:
        target = local_path(flask.request.args.get("next"))
        if current_session() is not None:
            return flask.redirect(target)
        said = "You are logged out." if "out" in flask.request.args else None
        return login_screen(target, said=said)

    @server.post("/login")
    def log_in() -> flask.typing.ResponseReturnValue:
        flask.request.max_content_length = _LONGEST_FORM
        form = flask.request.form
        target, name = local_path(form.get("next")), form.get("name", "").strip()[:64]
        # Names do not differ by capitals; a long one counts under its hash like any other.
        by_user = hashlib.sha256(name.lower().encode("utf-8", "surrogatepass")).hexdigest()
        address = payer(current_client().address)
        now = access.clock()
        wait = login.by_address.wait(address, now)
        if not wait:
            wait = login.by_user.wait(by_user, now)
            if wait:
                login.by_address.give_back(address)
        if wait:
            if not login.noted.wait(address, now):
                audit("login refused", tried=_known(login, name))
            fault = f"Too many attempts. Wait {_in_words(wait)} and try again."
            answer = login_screen(target, name=name, fault=fault, status=429)
            answer.headers["Retry-After"] = str(math.ceil(wait))
            return answer
        account = login.book.check(name, form.get("password", ""))
        if account is None:
            audit("login failed", tried=_known(login, name))
            return login_screen(target, name=name, fault=_WRONG, status=401)
        login.by_address.give_back(address)
        login.by_user.give_back(by_user)
        former = current_session()
        if former is not None:
            login.sessions.end(former)
        session = login.sessions.begin(account)
        enter(current_client(), User(account.name, account.role, "login"), None)
        audit("login")
        response = flask.redirect(target, 303)
        keep_session(response, access, login, session)
        return response

    @server.post("/logout")
    def log_out() -> flask.typing.ResponseReturnValue:
        session = current_session()
        if session is not None:
            login.sessions.end(session)
            audit("logout")
            enter(current_client(), None, None)
        response = flask.redirect("/login?out", 303)
        response.delete_cookie(cookie_name(access), secure=access.secure, httponly=True, samesite="Strict")
        return response


def _known(login: Login, name: str) -> str:
    account = login.book.account(name.lower())
    return account.name if account else ""


def _in_words(seconds: float) -> str:
    if seconds < 60:
        return f"{math.ceil(seconds)} second{'s' if math.ceil(seconds) > 1 else ''}"
    return f"{math.ceil(seconds / 60)} minutes"
