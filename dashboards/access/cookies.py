"""The cookie of a session: its name, and how the browser is told to keep it."""

import flask
from werkzeug.wrappers import Response as BaseResponse

from dashboards.access.sessions import Session
from dashboards.access.setup import Access, Login


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


def drop_session(response: BaseResponse, access: Access) -> None:
    response.delete_cookie(cookie_name(access), secure=access.secure, httponly=True, samesite="Strict")
