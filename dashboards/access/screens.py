"""Pages that need no script: login, one's own password, a refusal, one moment on the way in."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from urllib.parse import quote

import flask
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from dashboards.access.same_origin import local_path

_IN_QUERY = "/?=&%+:,@!$()*;~-._"


@dataclass(frozen=True)
class Ways:
    """How people log in here."""

    password: bool
    single_sign_on: bool


PASSWORD_ALONE = Ways(password=True, single_sign_on=False)


def login_screen(
    target: str,
    ways: Ways = PASSWORD_ALONE,
    *,
    name: str = "",
    fault: str | None = None,
    said: str | None = None,
    status: int = 200,
) -> flask.Response:
    """The login; afterwards the browser goes to ``target``, a path of ours. ``fault`` is read out by screen readers."""
    sso = f"/login/sso?next={quote(target, safe='/')}" if ways.single_sign_on else None
    kind = "login" if ways.password else "sign-on"
    return _screen("Log in", status, kind=kind, target=target, name=name, fault=fault, said=said, sso=sso)


def password_screen(
    name: str, *, fault: str | None = None, said: str | None = None, status: int = 200
) -> flask.Response:
    """Changing the password of ``name``, who is logged in."""
    return _screen("Change your password", status, kind="password", name=name, fault=fault, said=said)


def notice_screen(
    title: str, text: str, status: int, way: tuple[str, str] = ("To the overview", "/")
) -> flask.Response:
    """A message; ``way``: the words and the address of the link below it."""
    return _screen(title, status, kind="notice", text=text, way=way[0], target=way[1])


def arriving_screen(target: str) -> flask.Response:
    """Goes on to ``target`` by itself.

    A browser that comes by a link on another site holds our cookie back (``SameSite=Strict``), though the person may be
    logged in; from this page on it is our own link.
    """
    return _screen("One moment", 200, kind="arriving", target=target)


def own_address() -> str:
    """Path and query of the present request, as a person may be sent back to them; ``/`` if they are odd."""
    query = flask.request.query_string.decode("latin-1")
    path = quote(flask.request.path, safe=_IN_QUERY.replace("?", "").replace("%", ""))
    return local_path(f"{path}?{quote(query, safe=_IN_QUERY)}" if query else path)


def login_address(target: str) -> str:
    return "/login" if target == "/" else f"/login?next={quote(target, safe='/')}"


def _screen(title: str, status: int, **content: str | None) -> flask.Response:
    blank = dict.fromkeys(("target", "name", "fault", "said", "text", "sso", "way"))
    page = _template().render(title=title, style=_style(), **(blank | content))
    return flask.Response(page, status, mimetype="text/html")


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("dashboards.access", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("screen.html.j2")


@cache
def _style() -> Markup:
    """The style sheets stand inside the page, so that not even a style sheet is given to strangers."""
    folder = files("dashboards").joinpath("assets")
    sheets = (folder.joinpath(name).read_text("utf-8") for name in ("theme.css", "login.css"))
    return Markup("".join(sheets))  # noqa: S704  # our own files
