"""What every answer tells the browser: load nothing from elsewhere, be framed by nobody, keep no data."""

import dash
import flask

#: Files of the application itself, which hold no data and may stay in the browser's cache.
_STATIC = ("/assets/", "/_dash-component-suites/")


def send_headers(app: dash.Dash, response: flask.Response, *, with_login: bool, secure: bool) -> flask.Response:
    """``secure``: the pages are served over TLS alone, and browsers are told to ask for nothing else for a year."""
    response.headers["Content-Security-Policy"] = _policy(app)
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["X-Content-Type-Options"] = "nosniff"
    # Without any referrer browsers send "Origin: null" with a form, by which the forms of login and logout could not
    # be told from foreign ones.
    response.headers["Referrer-Policy"] = "same-origin" if with_login else "no-referrer"
    if secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if response.status_code >= 300 or not flask.request.path.startswith(_STATIC):
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
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
