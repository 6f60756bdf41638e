"""Who may do what: the one table of pages, callbacks, routes and actions, and the question ``may``.

Three roles, each holding the rights of those before it: a viewer sees aggregates, an analyst also cases with redacted
transcripts, an admin also the audit log.

Pages and callbacks are guarded by words. A path or the id of a callback's output in which a guarded word stands
(``/cases/x``, ``cases-grid.data``) needs the role of that word, wherever it stands and however it is written: percent
signs, capitals, full-width letters, dots and doubled slashes are undone first, so that no spelling is let through here
and understood as the guarded page there. Two words make the stricter of the two. Everything else needs a viewer.

Routes of the server that are neither pages nor callbacks stand in ``ROUTES`` by their rule. A route that stands nowhere
is open to nobody: whoever adds one says here who may ask it.
"""

import re
import unicodedata
from urllib.parse import unquote

from pipelines.config import Role

#: From the least to the most that a person may do.
ROLES: tuple[Role, ...] = ("viewer", "analyst", "admin")

#: Word in a page's path or in the id of a callback's output → least role.
GUARDED: dict[str, Role] = {
    "case": "analyst",
    "cases": "analyst",
    "customer": "analyst",
    "review": "analyst",
    "audit": "admin",
}

#: Action that page code asks about → least role.
ACTIONS: dict[str, Role] = {
    "export": "viewer",
    "open case": "analyst",
    "find customer": "analyst",
    "export cases": "analyst",
    "read data docs": "analyst",
    "review": "analyst",
    "read audit": "admin",
}

#: Rule of a route → least role. Guarded words in the address that was asked for count besides.
ROUTES: dict[str, Role] = {
    "/": "viewer",
    "/<path:path>": "viewer",
    "/_dash-layout": "viewer",
    "/_dash-dependencies": "viewer",
    "/_dash-update-component": "viewer",
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": "viewer",
    "/_reload-hash": "viewer",
    "/_favicon.ico": "viewer",
    "/assets/<path:filename>": "viewer",
    "/static/<path:filename>": "viewer",
    "/cases/find": "analyst",
    "/cases/export.csv": "analyst",
    "/case/disposition": "analyst",
    "/review/verdict": "analyst",
    "/data-docs/<page>": "analyst",
}

#: Routes that ask nobody who they are: the way in, and the way out.
OPEN_ROUTES = frozenset({"/login", "/logout"})
#: Routes that are opened by people rather than asked by scripts.
PAGE_ROUTES = frozenset({"/", "/<path:path>", "/data-docs/<page>"})
CALLBACK_ROUTE = "/_dash-update-component"

_WORDS = re.compile(r"[a-z0-9]+")


def holds(role: str, least: str) -> bool:
    """Whether ``role`` has the rights of ``least``. A word that is no role has none, and nobody has those of one."""
    return role in ROLES and least in ROLES and ROLES.index(role) >= ROLES.index(least)


def may(role: str, what: str) -> bool:
    """Whether ``role`` may open the page at ``what`` (a path, beginning with a slash) or do the action ``what``.

    An action that stands in no table is allowed to nobody.
    """
    if what.startswith("/"):
        return holds(role, least_role(what))
    least = ACTIONS.get(what)
    return least is not None and holds(role, least)


def least_role(address: str) -> Role:
    """The least role for a path, or for the ``output`` by which Dash finds a callback."""
    for _ in range(8):
        plain = unquote(address)
        if plain == address:
            break
        address = plain
    words = _WORDS.findall(unicodedata.normalize("NFKC", address).casefold())
    return max((GUARDED[word] for word in words if word in GUARDED), key=ROLES.index, default="viewer")


def least_role_of_route(rule: str, path: str) -> Role | None:
    """The least role for ``path``, which the server answers by ``rule``; None: nobody may."""
    of_rule = ROUTES.get(rule)
    return None if of_rule is None else max(of_rule, least_role(path), key=ROLES.index)
