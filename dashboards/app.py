"""The Dash application: serves the pages over the current snapshot, and notices when a new one is published.

One process, no state of its own but the frames of the snapshot last read. A missing or damaged snapshot, or a page that
cannot be drawn, is a page that says so and what to do; the reason goes to the log, a traceback to nobody.
"""

import logging
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dash
import waitress
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboards.access import Access, guard, local_access, refusal, require_loopback
from dashboards.frames import Frames, read_frames
from dashboards.pages import PAGES
from dashboards.quality import freshness
from dashboards.weeks import ReportError
from pipelines.snapshot import RunStatus, SnapshotError, SnapshotStore

_LOG = logging.getLogger(__name__)

#: How often an open page asks whether something new was published, in seconds.
REFRESH_SECONDS = 30


class CurrentFrames:
    """The frames of the current snapshot, read again only when another one is named current."""

    def __init__(self, store: SnapshotStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._held: tuple[str, Frames] | None = None

    def read(self) -> Frames:
        """The frames. Raises SnapshotError if none was published or it is damaged."""
        with self._lock:
            current = self._store.current_id()
            if self._held is None or self._held[0] != current:
                snapshot = self._store.current()
                self._held = (snapshot.manifest.snapshot_id, read_frames(snapshot))
            return self._held[1]

    def state(self) -> str:
        """What a page that is open depends on: the snapshot and how the last run went."""
        try:
            current = self._store.current_id()
        except SnapshotError as error:
            current = str(error)
        status = self._store.read_status()
        return f"{current}/{status.run_id}/{status.outcome}" if status else f"{current}"


def create_app(data_dir: Path, access: Access | None = None) -> dash.Dash:
    """The application over the snapshots below ``data_dir``; nothing is read until a page is asked for.

    ``access`` says who may ask; by default the people at this machine.
    """
    store = SnapshotStore(data_dir)
    current = CurrentFrames(store)
    app = dash.Dash(
        __name__,
        assets_folder=str(Path(__file__).parent / "assets"),
        serve_locally=True,
        title="aftercall",
        update_title="",
        suppress_callback_exceptions=True,
        meta_tags=[{"name": "color-scheme", "content": "light dark"}],
        enable_mcp=False,
    )
    app.index_string = app.index_string.replace("<html>", '<html lang="en">')
    app.layout = _shell

    @app.callback(
        Output("page", "children"),
        Output("state", "data"),
        Input("address", "pathname"),
        Input("address", "search"),
        Input("clock", "n_intervals"),
        State("state", "data"),
    )
    def draw(path: str | None, query: str | None, _ticks: int | None, shown: str | None) -> Any:
        state = current.state()
        if dash.ctx.triggered_id == "clock" and state == shown:
            return dash.no_update, dash.no_update
        return page(current, store.read_status(), path or "/", query), state

    guard(app, access or local_access(data_dir))
    return app


def page(current: CurrentFrames, status: RunStatus | None, path: str, query: str | None) -> list[Component]:
    """Banner and page at ``path``, or a message that says why there is none."""
    refused = refusal(path)
    if refused:
        return [_message("This page is not open to you", refused, dcc.Link("To the overview", href="/"))]
    render = PAGES.get(path)
    if render is None:
        return [_message("There is no such page", f"Nothing stands at {path}.", dcc.Link("To the overview", href="/"))]
    try:
        frames = current.read()
        return [_banner(frames, status), html.Main(render(frames, query))]
    except SnapshotError as error:
        return [_message("There is nothing to show yet", str(error), _last_run(status))]
    except ReportError as error:
        return [_message("There is nothing to show", str(error), _last_run(status))]
    except Exception:
        # Whatever a damaged file does to a reader: the person gets a page, the log gets the reason.
        _LOG.exception("page %s could not be drawn", path)
        text = (
            "The snapshot could not be shown. The server's log says why; `aftercall run --full-refresh` makes it anew."
        )
        return [_message("This page could not be drawn", text, _last_run(status))]


def serve(data_dir: Path, host: str = "127.0.0.1", port: int = 8050, access: Access | None = None) -> None:
    """Serve the application until interrupted. Raises AccessError for any host but loopback where nobody logs in."""
    if access is None or access.open_to_all:
        require_loopback(host)
    waitress.serve(
        create_app(data_dir, access).server,
        host=host.strip("[]"),
        port=port,
        threads=8,
        ident="aftercall",
        max_request_body_size=4_000_000,
        # The gate decides which of them to believe.
        clear_untrusted_proxy_headers=False,
    )


def _shell() -> Component:
    return html.Div(
        [
            dcc.Location(id="address", refresh=False),
            dcc.Interval(id="clock", interval=REFRESH_SECONDS * 1000),
            dcc.Store(id="state"),
            html.Div(id="page", children=html.P("Reading the snapshot …", className="reading")),
        ]
    )


def _banner(frames: Frames, status: RunStatus | None) -> Component:
    fresh = freshness(frames.manifest, status, datetime.now(UTC))
    name = html.P([html.Strong("aftercall"), f" · {frames.manifest.presentation.name}"], className="brand")
    if fresh.state == "warning":
        return html.Header(
            [name, html.Div([html.Strong(f"{fresh.headline}. "), fresh.detail], className="alert", role="status")]
        )
    about = html.Details([html.Summary(fresh.headline), html.P(fresh.detail)], className="fresh")
    return html.Header(html.Div([name, about], className="bar"))


def _message(title: str, text: str, more: Component | str) -> Component:
    return html.Main([html.H1(title), html.P(text[:1].upper() + text[1:]), html.P(more)], className="message")


def _last_run(status: RunStatus | None) -> str:
    if status is None:
        return "No run has been made here yet."
    said = f" {status.message.rstrip('.')}." if status.message else ""
    failed = f" Failed checks: {', '.join(status.failed_checks)}." if status.failed_checks else ""
    return f"Last run: {status.outcome}.{said}{failed}"
