"""The line of a page that says who is logged in, with the way out."""

from dash import html
from dash.development.base_component import Component

from dashboards.access.present import known_user


def signed_in() -> Component | None:
    """Name, role and a button that logs out; None where nobody logs in, or nobody is. Through a proxy it is the proxy that logs out."""
    user = known_user()
    if user is None or user.via == "local":
        return None
    who = f"{user.name} · {user.role}"
    if user.via == "proxy":
        return html.P(who, className="who")
    return html.Form([who, html.Button("Log out", type="submit")], action="/logout", method="POST", className="who")
