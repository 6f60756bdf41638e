"""The files that hold no data: style sheets, scripts, Plotly. Named by their content and kept by browsers for a year.

Of Plotly there is the bundle with lines, points and bars alone (``vendor``): a quarter of all of it. Dash asks for the whole
one only where ``window.Plotly`` is missing, so ours is loaded before.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from mimetypes import guess_type
from pathlib import Path

import dash
import flask

from dashboards.access import Registry
from dashboards.access.headers import STATIC_FILES

_DASHBOARDS = Path(__file__).parents[1]
PLOTLY = _DASHBOARDS / "vendor" / "plotly-basic.min.js"
#: What every page with a figure needs of Dash: it would ask for it late, and without a version.
_PARTS_OF_DASH = ("async-graph.js",)


@dataclass(frozen=True)
class StaticFile:
    """``name`` holds the first digits of the content's SHA-256."""

    name: str
    content: bytes

    @property
    def address(self) -> str:
        return f"{STATIC_FILES}{self.name}"

    @property
    def mimetype(self) -> str:
        return guess_type(self.name)[0] or "application/octet-stream"


@cache
def static_files() -> dict[str, StaticFile]:
    """Name → file, in the order in which pages load them; read once a process."""
    assets, parts = _DASHBOARDS / "assets", Path(dash.dcc.__file__).parent
    own = [*sorted(assets.glob("*.css")), PLOTLY, *sorted(assets.glob("*.js"))]
    found = [_named(path) for path in (*own, *(parts / name for name in _PARTS_OF_DASH))]
    return {each.name: each for each in found}


def _named(path: Path) -> StaticFile:
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()[:16]
    return StaticFile(f"{path.stem}.{digest}{path.suffix}", content)


def with_static_files(index: str) -> str:
    """Dash's ``index`` with our style sheets, and with our scripts around its own."""
    files = static_files().values()
    sheets = [f'<link rel="stylesheet" href="{each.address}">' for each in files if each.name.endswith(".css")]
    scripts = [f'<script src="{each.address}"></script>' for each in files if each.name.endswith(".js")]
    before, after = scripts[: -len(_PARTS_OF_DASH)], scripts[-len(_PARTS_OF_DASH) :]
    index = index.replace("{%css%}", "{%css%}" + "".join(sheets))
    index = index.replace("{%scripts%}", "".join((*before, "{%scripts%}", *after)))
    return index.replace("{%favicon%}", '<link rel="icon" href="data:,">')


def add_static_files(server: flask.Flask, registry: Registry) -> None:
    """Serve them to whoever may see a page."""

    @registry.enter_route(server, "GET", f"{STATIC_FILES}<name>", "viewer")
    def serve_static_file(name: str) -> flask.typing.ResponseReturnValue:
        found = static_files().get(name)
        if found is None:
            return flask.Response("There is no such file.\n", 404, mimetype="text/plain")
        return flask.Response(found.content, mimetype=found.mimetype)
