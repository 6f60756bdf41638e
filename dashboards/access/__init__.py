"""Who may see the application: for now, only people at the machine that serves it.

Authentication is not built yet, so the application binds to loopback alone, answers only requests that name a loopback
host (a page elsewhere whose name was re-bound to 127.0.0.1 gets nothing), and tells browsers to load nothing from
anywhere else.
"""

import ipaddress
from urllib.parse import urlsplit

import dash
import flask

_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


class AccessError(ValueError):
    """The application must not be served as asked; the message names the value and the remedy."""


def require_loopback(host: str) -> None:
    """Refuse to bind to anything but loopback. Raises AccessError."""
    bare = host.strip("[]")
    try:
        local = ipaddress.ip_address(bare).is_loopback
    except ValueError:
        local = bare == "localhost"
    if not local:
        raise AccessError(
            f"--host {host}: the dashboard has no login yet and is served on this machine only; "
            "use --host 127.0.0.1, and an SSH tunnel to look at it from elsewhere"
        )


def is_local_host(header: str) -> bool:
    """Whether a Host header names this machine."""
    try:
        name = urlsplit(f"//{header}").hostname
    except ValueError:
        return False
    return name in _LOCAL_NAMES


def guard(app: dash.Dash) -> None:
    """Reject foreign hosts and send security headers with every answer of ``app``."""
    server: flask.Flask = app.server

    @server.before_request
    def reject_foreign_hosts() -> flask.Response | None:
        if is_local_host(flask.request.headers.get("Host", "")):
            return None
        return flask.Response("This address is not served here; open http://127.0.0.1.\n", 403, mimetype="text/plain")

    @server.after_request
    def send_headers(response: flask.Response) -> flask.Response:
        response.headers["Content-Security-Policy"] = _policy(app)
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        # Files with a fingerprint in their address may stay in the cache; what shows data may not.
        if response.mimetype in ("application/json", "text/html"):
            response.headers["Cache-Control"] = "no-store"
        return response


def _policy(app: dash.Dash) -> str:
    """No remote host at all. Dash's own inline scripts run by their hashes; Plotly and Dash write inline styles."""
    scripts = " ".join(["'self'", *app.csp_hashes()])
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )
