"""What every answer tells the browser: load nothing from elsewhere, be framed by nobody, keep no data."""

import re
import sys
from pathlib import Path

import dash
import flask

#: Below it stand files whose names hold the hash of their content.
STATIC_FILES = "/static/"
_OF_DASH = "/_dash-component-suites/"
#: ``.v4_1_0m1796123779.``: version, and seconds at which the file was changed.
_FINGERPRINT = re.compile(r"\.v[\w-]+m([0-9]+)\.")
_YEAR = 31_536_000


def is_static(path: str) -> bool:
    """Whether at ``path`` stands a file of the application itself, which holds no data and may stay in a cache."""
    return path.startswith((STATIC_FILES, _OF_DASH, "/assets/"))


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
    response.headers["Cache-Control"] = _kept(flask.request.path, response.status_code)
    return response


def _kept(path: str, status: int) -> str:
    if status not in {200, 304} or not is_static(path):
        return "no-store"
    return f"public, max-age={_YEAR}, immutable" if _is_named_by_content(path) else "no-cache"


def _is_named_by_content(path: str) -> bool:
    """Whether what is served at ``path`` will never be anything else.

    Dash takes any fingerprint in a name. Only the one that it writes itself counts here, or today's file could be kept
    in a cache under the name of tomorrow's.
    """
    if path.startswith(STATIC_FILES):
        return True
    package, _, file = path.removeprefix(_OF_DASH).partition("/")
    mark, module = _FINGERPRINT.search(file), sys.modules.get(package)
    if not path.startswith(_OF_DASH) or mark is None or module is None or module.__file__ is None:
        return False
    source = Path(module.__file__).parent / _FINGERPRINT.sub(".", file, count=1)
    return source.is_file() and int(source.stat().st_mtime) == int(mark[1])


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
