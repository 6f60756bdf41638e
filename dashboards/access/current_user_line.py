"""The line of a page that names the current user, with the way out."""

from dash import html
from dash.development.base_component import Component

from dashboards.access.request_user import known_user

#: Where users with a password change it.
OWN_PASSWORD = "/password"  # noqa: S105  # an address


def current_user_line() -> Component | None:
    """Name, role, the way to one's password and a button that logs out; None where nobody logs in, or nobody is.

    Through a proxy it is the proxy that logs out.
    """
    user = known_user()
    if user is None or user.via == "local":
        return None
    who = f"{user.name} · {user.role}"
    if user.via == "proxy":
        return html.P(who, className="who")
    own = [html.A("Password", href=OWN_PASSWORD, title="Change your password")] if user.via == "login" else []
    return html.Form(
        [who, *own, html.Button("Log out", type="submit")], action="/logout", method="POST", className="who"
    )
