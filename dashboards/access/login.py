"""Logging in by name and password, and out.

A wrong password and a name that nobody has are answered alike and after the same work. Tries are bounded by user and by
address before any work is done. A name that is no user's is not logged: people type passwords into the wrong field.
"""

import math

import flask

from dashboards.access.accounts import canonical_name
from dashboards.access.cookies import drop_session, keep_session
from dashboards.access.errors import in_words
from dashboards.access.names import LONGEST_TYPED
from dashboards.access.proxy import payer
from dashboards.access.registry import Registry
from dashboards.access.request_user import User, audit, current_client, current_session, enter
from dashboards.access.same_origin import local_path
from dashboards.access.screens import Ways, login_screen
from dashboards.access.setup import Access, Login

LONGEST_FORM = 16_384
_WRONG = "Name and password do not fit together."


def add_login(server: flask.Flask, registry: Registry, access: Access, login: Login) -> None:
    """The routes ``/login`` and ``/logout``."""
    ways = Ways(password=login.book is not None, single_sign_on=login.provider is not None)

    @registry.enter_route(server, "GET", "/login", None, by_person=True)
    def show_login() -> flask.typing.ResponseReturnValue:
        target = local_path(flask.request.args.get("next"))
        if current_session() is not None:
            return flask.redirect(target)
        said = "You are logged out." if "out" in flask.request.args else None
        return login_screen(target, ways, said=said)

    @registry.enter_route(server, "POST", "/login", None)
    def log_in() -> flask.typing.ResponseReturnValue:
        flask.request.max_content_length = LONGEST_FORM
        form = flask.request.form
        target, typed = local_path(form.get("next")), form.get("name", "")
        if login.book is None:
            return login_screen(target, ways, status=404)
        # Bounds, look-up and audit log go by this one spelling; what can be nobody's name is bounded by address alone.
        name = canonical_name(typed)
        wait = count_try(access, login, name)
        if wait:
            if not login.noted.wait(payer(current_client().address), access.clock()):
                audit("login refused", tried=_known(login, name))
            fault = f"Too many attempts. Wait {in_words(wait)} and try again."
            answer = login_screen(target, ways, name=_shown(typed), fault=fault, status=429)
            answer.headers["Retry-After"] = str(math.ceil(wait))
            return answer
        account = login.book.check(name, form.get("password", ""))
        if account is None:
            audit("login failed", tried=_known(login, name))
            return login_screen(target, ways, name=_shown(typed), fault=_WRONG, status=401)
        give_back(login, name)
        former = current_session()
        if former is not None:
            login.sessions.end(former)
        session = login.sessions.begin(account)
        enter(current_client(), User(account.name, account.role, "login"), None)
        audit("login")
        response = flask.redirect(target, 303)
        keep_session(response, access, login, session)
        return response

    @registry.enter_route(server, "POST", "/logout", None)
    def log_out() -> flask.typing.ResponseReturnValue:
        session = current_session()
        if session is not None:
            login.sessions.end(session)
            audit("logout")
            enter(current_client(), None, None)
        response = flask.redirect("/login?out", 303)
        drop_session(response, access)
        return response


def count_try(access: Access, login: Login, name: str | None) -> float:
    """Count a try of the password of ``name`` from the present address; 0, or the seconds until one is allowed."""
    address, now = payer(current_client().address), access.clock()
    wait = login.by_address.wait(address, now)
    if not wait and name is not None:
        wait = login.by_user.wait(name, now)
        if wait:
            login.by_address.give_back(address)
    return wait


def give_back(login: Login, name: str | None) -> None:
    """The try was a rightful one and does not count."""
    login.by_address.give_back(payer(current_client().address))
    if name is not None:
        login.by_user.give_back(name)


def _known(login: Login, name: str | None) -> str:
    account = login.book.account(name) if login.book and name else None
    return account.name if account else ""


def _shown(typed: str) -> str:
    """What stands in the field again. What is too long for a name is not repeated."""
    return typed if len(typed) <= LONGEST_TYPED else ""
