"""What the routes of cases share: how a form is read, how one is refused, and the answer where something cannot be done."""

import logging
from collections.abc import Callable
from datetime import UTC, date, datetime

import flask
from werkzeug.datastructures import ImmutableMultiDict

from dashboards.access import User
from dashboards.access.screens import notice_screen
from dashboards.casebook.key import CaseKey
from dashboards.casebook.review_log import LONGEST_REASON, NEEDS_REASON
from dashboards.components.view import AddressError, View
from pipelines.snapshot import SnapshotError

_LOG = logging.getLogger(__name__)
Answer = flask.typing.ResponseReturnValue
ViewOf = Callable[[str, str | None], View]
Form = ImmutableMultiDict[str, str]

_LONGEST_FORM = 65_536


class RefusedError(ValueError):
    """What was sent cannot be acted on; title, sentence and status are the answer."""

    def __init__(self, title: str, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.title, self.status = title, status


def answered(act: Callable[[], Answer]) -> Answer:
    """What ``act`` answers, or a page that says why it cannot be done."""
    try:
        return act()
    except RefusedError as error:
        return notice_screen(error.title, str(error), error.status)
    except AddressError as error:
        return notice_screen("This address means nothing here", str(error), 400)
    except SnapshotError as error:
        return notice_screen("There is nothing to show yet", str(error), 503)
    except OSError as error:
        _LOG.error("what a reviewer sent could not be kept: %s", error)
        return notice_screen("This could not be kept", "The server's log says why. Nothing was recorded.", 500)


def sent_form() -> Form:
    flask.request.max_content_length = _LONGEST_FORM
    return flask.request.form


def one_of(form: Form, name: str, allowed: tuple[str, ...]) -> str:
    value: str = form.get(name, "")
    if value not in allowed:
        raise RefusedError("This cannot be recorded", f"{name} must be one of {', '.join(allowed)}.")
    return value


def sent_key(form: Form, name: str) -> CaseKey:
    """System, id and day as sent; whether there is such a case the snapshot says."""
    try:
        return CaseKey(form["system"], form[name], date.fromisoformat(form["day"]))
    except (KeyError, ValueError) as error:
        raise RefusedError("This cannot be recorded", f"system, {name} and day do not name anything.") from error


def sent_reason(form: Form, verdict: str) -> str:
    """The reason of a verdict, which some verdicts need."""
    reason: str = form.get("reason", "")
    if len(reason) > LONGEST_REASON:
        raise RefusedError("This reason is too long", f"At most {LONGEST_REASON:,} characters are kept.")
    if verdict in NEEDS_REASON and not reason.strip():
        raise RefusedError(
            "The reason is missing", "Say what explains it: go back, and write a reason. Nothing was recorded."
        )
    return reason


def as_of(view: View) -> datetime:
    return view.frames.manifest.as_of.astimezone(UTC)


def require_own(user: User, given_by: str | None) -> None:
    """Raises RefusedError unless the verdict is the user's own, or the user an admin."""
    if user.role != "admin" and given_by != user.name:
        raise RefusedError(
            "This is another person’s verdict",
            "Only who gave a verdict, or an admin, takes it back. Give one of your own: the latest counts.",
            403,
        )
