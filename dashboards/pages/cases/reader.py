"""Who reads the page, and which day it is for them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import flask

from dashboards.access.request_user import known_user, now
from dashboards.components.view import View


def reader_name() -> str:
    """The reader's name; empty where no request is answered."""
    user = known_user() if flask.has_request_context() else None
    return user.name if user else ""


def is_admin() -> bool:
    user = known_user() if flask.has_request_context() else None
    return user is not None and user.role == "admin"


def today(view: View) -> date:
    """The business day."""
    at = now() if flask.has_request_context() else datetime.now(UTC)
    return at.astimezone(ZoneInfo(view.frames.time_zone)).date()
