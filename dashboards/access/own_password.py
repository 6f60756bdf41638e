"""Changing one's own password: the present one is asked for, and all sessions of the person but this one end.

Whoever holds a stolen session can try passwords here as at the login, so the tries count there.
"""

import flask

from dashboards.access.accounts import Account, UserBook, change_password
from dashboards.access.cookies import keep_session
from dashboards.access.current_user_line import OWN_PASSWORD
from dashboards.access.errors import AccessError, in_words
from dashboards.access.login import LONGEST_FORM, count_try, give_back
from dashboards.access.registry import Registry
from dashboards.access.request_user import audit, current_client, current_session, enter, known_user
from dashboards.access.screens import notice_screen, password_screen
from dashboards.access.setup import Access, Login

_ELSEWHERE = (
    "Your password is not kept here",
    "You are logged in through your organisation's login; a password is changed there.",
    403,
)


def add_own_password(server: flask.Flask, registry: Registry, access: Access, login: Login) -> None:
    """The page ``/password`` and what it sends."""

    @registry.enter_route(server, "GET", OWN_PASSWORD, "viewer", by_person=True)
    def show_form() -> flask.typing.ResponseReturnValue:
        account = _account()
        return notice_screen(*_ELSEWHERE) if account is None else password_screen(account.name)

    @registry.enter_route(server, "POST", OWN_PASSWORD, "viewer")
    def change() -> flask.typing.ResponseReturnValue:
        flask.request.max_content_length = LONGEST_FORM
        account, session = _account(), current_session()
        if account is None or session is None or login.book is None:
            return notice_screen(*_ELSEWHERE)
        try:
            changed = _changed(access, login, login.book, account)
        except _RefusedError as error:
            return password_screen(account.name, fault=str(error), status=error.status)
        # Every other session rests on the old password and has ended; this one goes on under a new id.
        login.sessions.end(session)
        enter(current_client(), known_user(), None)
        response = password_screen(account.name, said="Your password is changed. Sessions elsewhere have ended.")
        keep_session(response, access, login, login.sessions.begin(changed))
        return response


class _RefusedError(Exception):
    """The password stays as it is; the message says why."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


def _changed(access: Access, login: Login, book: UserBook, account: Account) -> Account:
    """``account`` with the password that the form asks for. Raises _RefusedError."""
    form = flask.request.form
    present, new = form.get("current", ""), form.get("new", "")
    if new != form.get("again", ""):
        raise _RefusedError("The new password was not repeated alike.")
    wait = count_try(access, login, account.name)
    if wait:
        raise _RefusedError(f"Too many attempts. Wait {in_words(wait)} and try again.", 429)
    if book.check(account.name, present) is None:
        audit("password refused")
        raise _RefusedError("That is not your present password.")
    give_back(login, account.name)
    if new == present:
        raise _RefusedError("That is the password that you have.")
    try:
        return change_password(book.path, account, new, before=lambda: audit("password changed"))
    except AccessError as error:
        text = str(error)
        raise _RefusedError(f"{text[:1].upper()}{text[1:]}.") from error


def _account() -> Account | None:
    """The account with a password of whoever asks."""
    session = current_session()
    return session.account if session is not None and isinstance(session.account, Account) else None
