"""Views of a snapshot as the application makes them, for tests of single pages."""

from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from dash.development.base_component import Component

from dashboards.components.view import View
from dashboards.pages import PAGES
from dashboards.snapshot.address import read_selection
from dashboards.snapshot.queries import Queries
from pipelines.snapshot import RunStatus, Snapshot

#: Snapshots that are open already, for opening one costs more than most pages.
_OPEN: WeakKeyDictionary[Snapshot, Queries] = WeakKeyDictionary()


def view_of(
    snapshot: Snapshot,
    query: str | None = None,
    path: str = "/",
    *,
    status: RunStatus | None = None,
    sees_cases: bool = True,
    paths: frozenset[str] | None = None,
) -> View:
    if snapshot not in _OPEN:
        _OPEN[snapshot] = Queries(snapshot)
    queries = _OPEN[snapshot]
    chosen = read_selection(query, queries.offered())
    offered = frozenset(PAGES) if paths is None else paths
    return View(path, chosen, queries, status, Path("data"), offered, sees_cases)


#: Pages for viewers that say something of the contacts.
FOR_VIEWERS = (
    "/",
    "/resolution",
    "/divergence",
    "/repeats",
    "/sentiment",
    "/complaints",
    "/calibration",
    "/handoffs",
    "/people",
)


def all_rendered(snapshot: Snapshot, query: str | None = None) -> list[Component]:
    """What the pages for viewers render of ``snapshot``, one after the other."""
    return [part for path in FOR_VIEWERS for part in rendered(snapshot, query, path)]


def rendered(snapshot: Snapshot, query: str | None = None, path: str = "/", **given: Any) -> list[Component]:
    """What the page at ``path`` renders of ``snapshot``."""
    return PAGES[path].render(view_of(snapshot, query, path, **given))
