"""Which requests are addressed to us and come from our own pages.

**Addressed to us.** A request names in its Host header whom it means. Only loopback names (where loopback is served),
the address that is bound, and ``dashboard.hosts`` are answered. So a page elsewhere whose name was re-bound to our
address gets nothing, and no link or redirect of ours can be made to point elsewhere by a header.

**From our own pages.** A request that may change something (any method but GET and HEAD; all of Dash's callbacks are
POST) is answered only if the browser says that a page of ours made it:

1. ``Sec-Fetch-Site`` where it is sent must be ``same-origin``. Scripts cannot set or remove it; every current browser
   sends it to an https or loopback address, which are the only ones that a login is served on.
2. Without it, ``Origin`` must be there and equal our own scheme, name and port. Browsers have sent it with every POST
   from another origin since before they all knew the first header; ``null`` is not ours.
3. With neither, no browser of the last years made the request. Where people log in it is refused. Where nobody does,
   there is no cookie that it could misuse, and a command-line client at this machine may ask.

That is enough without a token in every form: a token proves that the sender could read one of our pages, these headers
prove that the sender *is* one, and they cannot leak, run out or be fixed beforehand. Behind them stand a session cookie
with ``SameSite=Strict``, which no request from another site carries at all, and for callbacks a JSON body, which a form
cannot send and a script of another origin only after a preflight that we never grant. Login is covered too (nobody can
be logged in under another's name from outside), which SameSite alone would not do. GET and HEAD change nothing.
"""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from werkzeug.datastructures import Headers

from dashboards.access.errors import AccessError
from dashboards.access.proxy import Client

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD"})
_NOT_TO_RETURN_TO = frozenset({"/login", "/logout"})


def is_loopback(host: str) -> bool:
    """Whether an address to bind is one of this machine alone."""
    bare = host.strip("[]")
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return bare == "localhost"


def require_loopback(host: str) -> None:
    """Refuse to bind to anything but loopback where nobody logs in. Raises AccessError."""
    if not is_loopback(host):
        raise AccessError(
            f"--host {host}: there is no login yet, so the dashboard is served on this machine only; use --host 127.0.0.1 "
            "(and an SSH tunnel from elsewhere), or name users or a trusted proxy under [dashboard] in the configuration "
            "(`aftercall user add`, docs/access.md)"
        )


def host_name(header: str) -> str | None:
    """The name in a Host header, in lower case and without port; None if there is none."""
    try:
        return urlsplit(f"//{header}").hostname if "@" not in header else None
    except ValueError:
        return None


def is_local_host(header: str) -> bool:
    """Whether a Host header names this machine."""
    return host_name(header) in LOCAL_NAMES


def names_us(client: Client, names: Collection[str]) -> bool:
    name = host_name(client.host)
    return name is not None and name in names


def from_own_pages(method: str, headers: Headers, client: Client, *, strict: bool) -> bool:
    """Whether a request may be acted on (see the module). ``strict``: people log in."""
    if method in SAFE_METHODS:
        return True
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("Origin")
    if origin is None:
        return not strict
    own = _place(f"{client.scheme}://{client.host}")
    # A place that cannot be known is nobody's, also where neither can be.
    return own is not None and _place(origin) == own


def arrives_from_elsewhere(headers: Headers) -> bool:
    """Whether this is a person who followed a link on another site: the browser then holds the cookie back."""
    return headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")


def local_path(target: str | None) -> str:
    """``target`` if it is a page of ours, else ``/``: where a person may be sent after login."""
    if not target or len(target) > 2000 or not target.isascii() or not target.isprintable():
        return "/"
    # Browsers read a backslash as a slash; two of either begin the name of another host.
    if not target.startswith("/") or "\\" in target or target.startswith("//") or " " in target:
        return "/"
    try:
        path = urlsplit(target).path
    except ValueError:
        return "/"
    return "/" if path in _NOT_TO_RETURN_TO or path.startswith("/login/") else target


def _place(origin: str) -> tuple[str, str, int] | None:
    try:
        parts = urlsplit(origin)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    except (ValueError, KeyError):
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None
