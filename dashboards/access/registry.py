"""The registry: every page, route and callback that the application serves, each with the least role that may ask for it.

It is filled while the application is put together, by whoever adds a page, a route or a callback, and asked by the gate
on every request. What nobody entered is denied: a route or a callback to everybody; an address at which no page stands
counts as an admin's, so that others cannot tell a page that they may not open from one that is not there.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import dash
import flask

from dashboards.access.roles import ROLES, holds
from pipelines.config.access import Role

CALLBACK_ROUTE = "/_dash-update-component"
#: Pages under whose path each of many things has a page of its own, by its id.
HOLDERS = frozenset({"/segments"})
_Handler = Callable[..., flask.typing.ResponseReturnValue]


@dataclass(frozen=True)
class Route:
    """``least``: the least role; None: whoever comes, known or not, which only the way in and the way out may say.

    ``by_person``: opened in the address bar rather than asked for by scripts. ``pages``: the application's pages stand
    here, each with a role of its own besides.
    """

    least: Role | None
    by_person: bool = False
    pages: bool = False


@dataclass(frozen=True)
class Callback:
    """A callback of Dash. ``output`` is the text by which Dash finds it; ``inputs`` and ``state`` are ``id.property``."""

    output: str
    least: Role
    inputs: tuple[str, ...]
    state: tuple[str, ...]

    def fits(self, body: Mapping[str, Any]) -> bool:
        """Whether ``body`` names exactly the outputs, inputs and state that this callback has, in their order."""
        changed = body.get("changedPropIds", [])
        return (
            _outputs(body.get("outputs")) == self.output
            and _properties(body.get("inputs", [])) == self.inputs
            and _properties(body.get("state", [])) == self.state
            and isinstance(changed, list)
            and all(isinstance(each, str) and each in self.inputs for each in changed)
        )


#: What Dash serves by itself: (rule, method) → who may ask.
_OF_DASH: Mapping[tuple[str, str], Route] = {
    ("/", "GET"): Route("viewer", by_person=True, pages=True),
    ("/<path:path>", "GET"): Route("viewer", by_person=True, pages=True),
    ("/_dash-layout", "GET"): Route("viewer"),
    ("/_dash-dependencies", "GET"): Route("viewer"),
    (CALLBACK_ROUTE, "POST"): Route("viewer"),
    ("/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>", "GET"): Route("viewer"),
    ("/_reload-hash", "GET"): Route("viewer"),
    ("/_favicon.ico", "GET"): Route("viewer"),
    ("/assets/<path:filename>", "GET"): Route("viewer"),
}


class Registry:
    """What is served. Entering the same thing twice raises ValueError: it would have two roles."""

    def __init__(self) -> None:
        self._pages: dict[str, Role] = {}
        self._routes: dict[tuple[str, str], Route] = dict(_OF_DASH)
        self._callbacks: dict[str, Callback] = {}

    @property
    def pages(self) -> Mapping[str, Role]:
        """Path → least role."""
        return MappingProxyType(self._pages)

    @property
    def routes(self) -> Mapping[tuple[str, str], Route]:
        """Rule and method → who may ask. HEAD goes with GET, and OPTIONS with any."""
        return MappingProxyType(self._routes)

    @property
    def callbacks(self) -> Mapping[str, Callback]:
        """Output → callback."""
        return MappingProxyType(self._callbacks)

    def enter_page(self, path: str, least: Role) -> None:
        if path in self._pages:
            raise ValueError(f"two pages stand at {path}")
        self._pages[path] = least

    def enter_route(
        self, server: flask.Flask, method: str, rule: str, least: Role | None, *, by_person: bool = False
    ) -> Callable[[_Handler], _Handler]:
        """Serve what is decorated at ``rule``, to whom ``least`` says."""
        if (rule, method) in self._routes:
            raise ValueError(f"two routes answer {method} {rule}")
        self._routes[rule, method] = Route(least, by_person)

        def serve(handler: _Handler) -> _Handler:
            server.add_url_rule(rule, f"{method} {rule}", handler, methods=[method])
            return handler

        return serve

    @contextmanager
    def enter_callbacks(self, app: dash.Dash, least: Role) -> Iterator[None]:
        """Enter the callbacks that ``app`` is given meanwhile. Raises ValueError for ids that are patterns."""
        before = set(app.callback_map)
        yield
        for output, made in app.callback_map.items():
            if output not in before:
                inputs, state = _properties(made["inputs"]), _properties(made["state"])
                if inputs is None or state is None or "{" in output:
                    raise ValueError(f"callback {output}: ids that are patterns cannot be checked by the gate")
                self._callbacks[output] = Callback(output, least, inputs, state)

    def route(self, rule: str, method: str) -> Route | None:
        """Who may ask for ``rule`` by ``method``; None: nobody."""
        if method != "OPTIONS":
            return self._routes.get((rule, "GET" if method == "HEAD" else method))
        found = [route for (of_rule, _), route in self._routes.items() if of_rule == rule]
        if not found or any(route.least is None for route in found):
            return found[0] if found else None
        return max(found, key=lambda route: ROLES.index(route.least or ROLES[0]))

    def has_page(self, path: str) -> bool:
        return page_path(path) in self._pages

    def may_open(self, role: str, path: str) -> bool:
        """Whether ``role`` may open the page at ``path``. Where none stands, admins may, to be told so."""
        return holds(role, self._pages.get(page_path(path), ROLES[-1]))


def tidy_path(path: str) -> str:
    """The path as pages are told of it; slashes at the end mean nothing, and every path begins with one."""
    return f"/{path.removeprefix('/').rstrip('/')}"


def page_path(path: str) -> str:
    """The path under which a page is entered: of ``/segments/<id>``, the page of segments."""
    tidy = tidy_path(path)
    holder = f"/{tidy.split('/')[1]}"
    return holder if holder in HOLDERS and tidy.count("/") <= 2 else tidy


def _properties(listed: Any) -> tuple[str, ...] | None:
    """``id.property`` of each; None if the list is none, or an id is a pattern."""
    if not isinstance(listed, list | tuple):
        return None
    found = []
    for each in listed:
        if not isinstance(each, dict):
            return None
        of, name = each.get("id"), each.get("property")
        if not (isinstance(of, str) and isinstance(name, str)) or of.startswith("{"):
            return None
        found.append(f"{of}.{name}")
    return tuple(found)


def _outputs(listed: Any) -> str | None:
    """The text by which Dash finds the callback of these outputs."""
    if isinstance(listed, dict):
        found = _properties([listed])
        return found[0] if found else None
    several = _properties(listed)
    return f"..{'...'.join(several)}.." if several else None
