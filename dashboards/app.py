"""The Dash application: serves the pages over the current snapshot, and notices when a new one is published.

One process, no state of its own but the snapshot last read and what was asked of it. A missing or damaged snapshot, a
page that cannot be drawn, and an address that means nothing are pages that say so and what to do; the reason goes to
the log, a traceback to nobody.
"""

import json
import logging
import re
import resource
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import dash
import flask
import waitress
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import DependencyException
from plotly.io.json import to_json_plotly

from dashboards.access import (
    Access,
    Registry,
    TooManyLookUpsError,
    audit,
    current_user_line,
    guard,
    local_access,
    may,
    refusal,
    require,
    require_loopback,
)
from dashboards.access.registry import page_path, tidy_path
from dashboards.components.audit_entry import audit_entry
from dashboards.components.blocks import marked
from dashboards.components.chart_tools import source_line
from dashboards.components.shell import banner, filter_bar, message, navigation, nothing_left, unknown_choices
from dashboards.components.view import AddressError, Page, View, offered_to
from dashboards.pages import PAGES
from dashboards.pages.cases.routes import add_case_routes
from dashboards.pages.cases.work_routes import add_work_routes
from dashboards.pages.data_quality.data_docs_route import add_data_docs_route
from dashboards.pages.reports.routes import add_report_routes
from dashboards.pages.without_contacts.page import page_about_contacts
from dashboards.results.data_quality import is_stale
from dashboards.serving.chart_table import add_chart_table
from dashboards.serving.compression import add_compression
from dashboards.serving.static_files import add_static_files, with_static_files
from dashboards.snapshot.address import read_selection
from dashboards.snapshot.period import Period
from dashboards.snapshot.queries import Queries
from dashboards.wording.labels import use_segment_names
from dashboards.wording.weeks import NoContactsError, ReportError
from pipelines.snapshot import RunStatus, SnapshotError, SnapshotStore

_LOG = logging.getLogger(__name__)

#: How often an open page asks whether something new was published, in seconds.
REFRESH_SECONDS = 30
#: Hours without a run that succeeded after which pages say so, where no configuration says otherwise.
STALE_RUN_HOURS = 36.0
#: A connection over which nothing comes for so many seconds is closed; a page that is open asks more often.
IDLE_SECONDS = 45
#: Connections at a time, if the account may have as many files open; some are left for the data.
MOST_CONNECTIONS, _FILES_OF_DATA = 2_000, 200
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class CurrentSnapshot:
    """The current snapshot as pages ask it, opened again only when another one is named current."""

    def __init__(
        self, store: SnapshotStore, registry: Registry | None = None, stale_run_hours: float = STALE_RUN_HOURS
    ) -> None:
        """``registry`` says which pages who may open; without one, nobody any."""
        self.store, self.registry, self.stale_run_hours = store, registry or Registry(), stale_run_hours
        self._lock = threading.Lock()
        self._held: tuple[str, Queries] | None = None

    def read(self) -> Queries:
        """The snapshot. Raises SnapshotError if none was published or it is damaged."""
        with self._lock:
            current = self.store.current_id()
            if self._held is None or self._held[0] != current:
                snapshot = self.store.current()
                # Requests under way still ask the old one; its memory goes when the last of them has ended.
                self._held = (snapshot.manifest.snapshot_id, Queries(snapshot))
            return self._held[1]

    def state(self) -> str:
        """What a page that is open depends on: the snapshot, how the last run went, and whether runs have stopped."""
        status = self.store.read_status()
        parts = [status.run_id, status.outcome] if status else []
        try:
            manifest = self.read().snapshot.manifest
        except SnapshotError as error:
            return "/".join([str(error), *parts])
        stale = ["stale"] if is_stale(manifest, status, datetime.now(UTC), self.stale_run_hours) else []
        return "/".join([manifest.snapshot_id, *parts, *stale])

    def view(self, path: str, query: str | None) -> View:
        """The view at ``path`` of whoever asks. Raises Forbidden for who may not see it, SnapshotError as ``read`` does."""
        role = require(path).role
        queries = self.read()
        use_segment_names(queries.frames.segment_names)
        sees_cases = may(role, "open case")
        chosen = read_selection(query, offered_to(queries, sees_cases=sees_cases))
        # Only pages that this reader may open are linked to.
        paths = frozenset(each for each in PAGES if self.registry.may_open(role, each))
        status = self.store.read_status()
        return View(path, chosen, queries, status, self.store.data_dir, paths, sees_cases)


def create_app(data_dir: Path, access: Access | None = None, stale_run_hours: float = STALE_RUN_HOURS) -> dash.Dash:
    """The application over the snapshots below ``data_dir``; nothing is read until a page is asked for.

    ``access`` says who may ask; by default the people at this machine. After ``stale_run_hours`` without a run that
    succeeded, every page says so.
    """
    registry = Registry()
    current = CurrentSnapshot(SnapshotStore(data_dir), registry, stale_run_hours)
    app = dash.Dash(
        __name__,
        # Without the folder of files that Flask would serve by itself.
        server=flask.Flask(__name__, static_folder=None),
        assets_folder=str(Path(__file__).parent / "assets"),
        assets_ignore=".",  # pages load them by the names of ``static_files``
        serve_locally=True,
        title="aftercall",
        update_title="",
        suppress_callback_exceptions=True,
        meta_tags=[{"name": "color-scheme", "content": "light dark"}],
    )
    app.index_string = with_static_files(app.index_string.replace("<html>", '<html lang="en">'))
    app.layout = _shell

    with registry.enter_callbacks(app, "viewer"):

        @app.callback(
            Output("page", "children"),
            Output("state", "data"),
            Input("address", "pathname"),
            Input("address", "search"),
            Input("clock", "n_intervals"),
            State("state", "data"),
        )
        def draw(path: Any, query: Any, _ticks: Any, shown: Any) -> Any:
            if not _is_text(path) or not _is_text(query):
                flask.abort(400, "An address is text.")
            state = current.state()
            if dash.ctx.triggered_id == "clock" and state == shown:
                return dash.no_update, dash.no_update
            return page(current, path or "/", query), state

    for each in PAGES.values():
        registry.enter_page(each.path, each.audience)
        if each.callbacks is not None:
            with registry.enter_callbacks(app, each.audience):
                each.callbacks(app, partial(current.view, each.path))
    add_case_routes(app.server, registry, current.view)
    add_work_routes(app.server, registry, current.view)
    add_data_docs_route(app.server, registry, data_dir)
    add_report_routes(app.server, registry, data_dir)
    add_chart_table(app.server, registry, partial(_content, current))
    add_static_files(app.server, registry)
    add_compression(app.server)
    # Dash takes a script of its own that it does not have for a fault of the server.
    app.server.register_error_handler(DependencyException, lambda _: ("There is no such file.\n", 404))
    guard(app, access or local_access(data_dir), registry)
    return app


def _is_text(value: Any) -> bool:
    """Whether ``value`` is text that an answer can repeat, or nothing."""
    return value is None or (isinstance(value, str) and not _LONE_SURROGATE.search(value))


def page(current: CurrentSnapshot, path: str, query: str | None) -> list[Component | Any]:
    """Banner, navigation, filters and the page at ``path``, or a message that says why there is none."""
    status = current.store.read_status()
    path = tidy_path(path)
    entry = PAGES.get(page_path(path))
    refused = refusal(path)
    if refused:
        return [message("This page is not open to you", refused, dcc.Link("To the overview", href="/"))]
    nowhere = message(
        "There is no such page", f"There is no page at {path[:200]}.", dcc.Link("To the overview", href="/")
    )
    try:
        view = current.view(path, query)
    except SnapshotError as error:
        return [message("There is nothing to show yet", str(error), _last_run(status)) if entry else nowhere]
    top = [
        banner(view, datetime.now(UTC), current.stale_run_hours),
        navigation(view, {at: entry for at, entry in PAGES.items() if at in view.paths}),
    ]
    if entry is None:
        return [*top, nowhere]
    if view.selection.unknown:
        return [*top, unknown_choices(view)]
    return [*top, *_body(entry, view, status)]


def _body(entry: Page, view: View, status: RunStatus | None) -> list[Component | Any]:
    # What is offered depends on the reader.
    bar = _kept(view, ("filters", view.path, view.selection.query, view.sees_cases), lambda: filter_bar(entry, view))
    try:
        return [
            bar,
            nothing_left(entry, view) if _is_empty(entry, view) else _main(entry, view, _rendered(entry, view)),
        ]
    except TooManyLookUpsError as error:
        return [bar, message("Too many look-ups", str(error), "")]
    except NoContactsError:
        return [bar, _main(entry, view, page_about_contacts(view))]
    except AddressError as error:
        way = dcc.Link("To the page without it", href=view.at(view.path))
        return [bar, message("This address means nothing here", str(error), way)]
    except ReportError as error:
        latest = dcc.Link("Show the latest weeks", href=f"{view.path}{view.selection.over(Period()).query}")
        return [
            bar,
            message(
                "There is nothing to show", str(error), latest if view.selection.period.is_range else _last_run(status)
            ),
        ]
    except Exception:
        # Whatever a damaged file does to a reader: the person gets a page, the log gets the reason.
        _LOG.exception("page %s could not be drawn", view.path)
        text = (
            "The snapshot could not be shown. The server's log says why; `aftercall run --full-refresh` makes it anew."
        )
        return [bar, message("This page could not be drawn", text, _last_run(status))]


def _is_empty(entry: Page, view: View) -> bool:
    return entry.filtered and not view.has_rows


def _main(entry: Page, view: View, content: Any) -> Component:
    return html.Main(
        content, id="main", tabIndex="-1", **marked(data_title=entry.name, data_source=source_line(entry, view))
    )


def _rendered(entry: Page, view: View) -> Any:
    """What the page's ``render`` gives, as plain JSON values, kept for the next who asks the same of the snapshot."""
    if entry.audience != "viewer" and not entry.notes_itself:
        action, facts = audit_entry(view)
        audit(action, **facts)
    if not entry.keep:
        return _plain(entry.render(view))[0]
    # The status is part of the key: a page may say how the last run went.
    state = view.status.model_dump_json() if view.status else ""
    key = ("page", view.path, view.selection.query, view.sees_cases, view.paths, state)
    return _kept(view, key, lambda: entry.render(view))


def _content(current: CurrentSnapshot, path: str, query: str) -> Any:
    """The content of the page at ``path`` as JSON values; None where no page stands. Raises as ``View`` and pages do."""
    entry = PAGES.get(page_path(path))
    view = current.view(page_path(path), query)
    if entry is None or view.selection.unknown:
        return None
    try:
        return _rendered(entry, view)
    except NoContactsError:
        return None


def _kept(view: View, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
    """What ``make`` gives, as plain JSON values, which an answer writes several times as fast as components."""
    return view.queries.remember(key, lambda: _plain(make()), lambda made: 6 * made[1])[0]


def _plain(made: Any) -> tuple[Any, int]:
    """The JSON values of ``made``, and how many characters they take."""
    text = to_json_plotly(made)
    return json.loads(text), len(text)


def serve(
    data_dir: Path,
    host: str = "127.0.0.1",
    port: int = 8050,
    access: Access | None = None,
    stale_run_hours: float = STALE_RUN_HOURS,
) -> None:
    """Serve the application until interrupted. Raises AccessError for any host but loopback where nobody logs in."""
    if access is None or access.open_to_all:
        require_loopback(host)
    waitress.serve(
        create_app(data_dir, access, stale_run_hours).server,
        host=host.strip("[]"),
        port=port,
        threads=8,
        # Connections that do nothing hold no thread, but each counts: many are allowed, and none for long.
        connection_limit=_connections(),
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=5,
        # The alternative breaks at the 1,024th open file.
        asyncore_use_poll=True,
        ident="aftercall",
        max_request_body_size=4_000_000,
        # The gate decides which of them to believe.
        clear_untrusted_proxy_headers=False,
    )


def _connections() -> int:
    """How many connections the limit of open files leaves; the limit is raised as far as this account may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + _FILES_OF_DATA
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else max(50, min(MOST_CONNECTIONS, soft - _FILES_OF_DATA))


def _shell() -> Component:
    who = current_user_line()
    return html.Div(
        [
            html.A("Skip to the page", href="#main", className="skip"),
            *([who] if who else []),
            dcc.Location(id="address", refresh=False),
            dcc.Interval(id="clock", interval=REFRESH_SECONDS * 1000),
            dcc.Store(id="state"),
            html.P(id="announce", role="status", className="unseen"),
            html.Div(id="page", children=html.P("Reading the snapshot …", className="reading")),
        ]
    )


def _last_run(status: RunStatus | None) -> str:
    if status is None:
        return "No run has been made here yet."
    said = f" {status.message.rstrip('.')}." if status.message else ""
    failed = f" Failed checks: {', '.join(status.failed_checks)}." if status.failed_checks else ""
    return f"Last run: {status.outcome}.{said}{failed}"
