"""Who is asking in the present request, what they may do, and the note of it in the audit log.

The gate has put user and client into the request's context before any route runs. Page code asks once more where the
data is at hand: ``refusal`` before a page is drawn, ``require`` before an action is done.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import flask

from dashboards.access.audit import Action, Fact
from dashboards.access.errors import Forbidden
from dashboards.access.opening import Access
from dashboards.access.proxy import Client
from dashboards.access.roles import ROLES, holds, may
from dashboards.access.sessions import Session
from pipelines.config import Role

EXTENSION = "aftercall access"


@dataclass(frozen=True)
class User:
    """Who is asking: by a session of ours (``login``), by the trusted proxy, or at this machine without login."""

    name: str
    role: Role
    via: Literal["login", "proxy", "local"]


#: Whoever asks where nobody logs in: a person at this machine.
LOCAL_USER = User("local", "admin", "local")


def enter(client: Client, user: User | None, session: Session | None) -> None:
    """Say for the rest of the request who asks."""
    flask.g.aftercall_client, flask.g.aftercall_user, flask.g.aftercall_session = client, user, session


def known_user() -> User | None:
    """Who makes the present request, if that is known. Raises RuntimeError outside a request."""
    user: User | None = flask.g.get("aftercall_user")
    return user


def current_user() -> User:
    """Who makes the present request. Raises Forbidden if nobody is known, RuntimeError outside a request."""
    user = known_user()
    if user is None:
        raise Forbidden("Log in first.")
    return user


def current_client() -> Client:
    """Where the present request comes from. Raises AttributeError if it did not pass the gate."""
    client: Client = flask.g.aftercall_client
    return client


def current_session() -> Session | None:
    session: Session | None = flask.g.get("aftercall_session")
    return session


def require(what: str) -> User:
    """The user, if ``what`` (a role, an action, or a page's path) is open to them. Raises Forbidden, which is logged."""
    user = current_user()
    if not (holds(user.role, what) if what in ROLES else may(user.role, what)):
        audit("denied", what=what)
        raise Forbidden(too_low(user))
    return user


def refusal(path: str) -> str | None:
    """Why the page at ``path`` must not be drawn for the present user, as a sentence; None: it may be drawn."""
    try:
        require(path if path.startswith("/") else f"/{path}")
    except Forbidden as error:
        return str(error)
    return None


def audit(action: Action, **facts: Fact) -> None:
    """Write what the present user does to the audit log. Raises ValueError, OSError (see ``AuditLog.write``)."""
    user = known_user()
    access: Access = flask.current_app.extensions[EXTENSION]
    access.audit.write(
        action, now(), user.name if user else "", user.role if user else "", current_client().address, **facts
    )


def now() -> datetime:
    """The present instant, in UTC, by the clock that sessions and the audit log go by."""
    access: Access = flask.current_app.extensions[EXTENSION]
    return datetime.fromtimestamp(access.clock(), UTC)


def too_low(user: User) -> str:
    return f"Your role here is {user.role}; this needs another one. Whoever keeps the list of users can give it."
