"""Who is asking in the present request, what they may do, and the note of it in the audit log.

The gate has put user and client into the request's context before any route runs. Page code asks once more where the
data is at hand: ``refusal`` before a page is drawn, ``require`` before an action is done.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import flask

from dashboards.access.audit import LOOK_UPS, Action, Fact
from dashboards.access.errors import Forbidden, TooManyLookUpsError
from dashboards.access.proxy import Client
from dashboards.access.registry import Registry, page_path
from dashboards.access.roles import ROLES, holds, may
from dashboards.access.sessions import Session
from dashboards.access.setup import Access
from pipelines.config.access import Role

EXTENSION, REGISTRY_EXTENSION = "aftercall access", "aftercall registry"


@dataclass(frozen=True)
class User:
    """Who is asking: by a session of ours (``login``: with a password; ``sso``: through the identity provider), by the
    trusted proxy, or at this machine without login.
    """

    name: str
    role: Role
    via: Literal["login", "sso", "proxy", "local"]


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
    if what.startswith("/"):
        allowed = registry().may_open(user.role, what)
    else:
        allowed = holds(user.role, what) if what in ROLES else may(user.role, what)
    if not allowed:
        note_denied(what)
        raise Forbidden(too_low(user))
    return user


def refusal(path: str) -> str | None:
    """Why the page at ``path`` must not be drawn for the present user, as a sentence; None: it may be drawn."""
    try:
        require(page_path(path))
    except Forbidden as error:
        return str(error)
    return None


def audit(action: Action, **facts: Fact) -> None:
    """Write what the present user does to the audit log; of what shows single contacts only so much in an hour.

    Raises:
        TooManyLookUpsError: it may not be shown now, and was not logged as if it were.
        ValueError, OSError: see ``AuditLog.write``.
    """
    user, access = known_user(), _access()
    if action in LOOK_UPS and access.look_ups is not None and user is not None:
        wait = access.look_ups.wait(user.name, access.clock())
        if wait:
            if not access.noted.wait(user.name, access.clock()):
                _write("look-up refused", what=action)
            raise TooManyLookUpsError(wait)
    _write(action, **facts)


def may_be_assigned(name: str) -> bool:
    """Whether a case may be given to ``name``: where all users stand in a file, to those of them who may open cases.

    Whom an identity provider or a proxy would let in is known only when they come.
    """
    login = _access().login
    if login is None or login.book is None or login.provider is not None or _access().proxy is not None:
        return True
    account = login.book.account(name)
    return account is not None and may(account.role, "open case")


def note_denied(what: str) -> None:
    """Write to the audit log that the present user was refused ``what``; a flood of it is not logged in full."""
    user, access = known_user(), _access()
    if not access.noted.wait(user.name if user else "", access.clock()):
        _write("denied", what=what)


def _write(action: Action, **facts: Fact) -> None:
    user = known_user()
    _access().audit.write(
        action, now(), user.name if user else "", user.role if user else "", current_client().address, **facts
    )


def now() -> datetime:
    """The present instant, in UTC, by the clock that sessions and the audit log go by."""
    return datetime.fromtimestamp(_access().clock(), UTC)


def registry() -> Registry:
    """What the application serves, and to whom."""
    found: Registry = flask.current_app.extensions[REGISTRY_EXTENSION]
    return found


def too_low(user: User) -> str:
    """The same whether something needs a higher role or is not there at all."""
    return (
        f"Your role here is {user.role}, and nothing at this address is open to it. Whoever keeps the list of users can "
        "give another."
    )


def _access() -> Access:
    access: Access = flask.current_app.extensions[EXTENSION]
    return access
