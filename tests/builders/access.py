"""An application with users and a clock of its own, asked as browsers ask it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import argon2
import dash
import flask.testing
import werkzeug.test

from dashboards.access import Access, AuditEntry, open_access, read_audit
from dashboards.app import create_app
from pipelines.config import load_settings

#: As the product hashes, at a price that tests can pay many times.
CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "correct horse battery staple"
USERS = {"vera": "viewer", "anna": "analyst", "ada": "admin"}
START = 1_800_000_000.0
SOURCE = '[[sources]]\nformat = "canonical"\ntable = "contacts"\npath = "landing/*.csv"\n'
SESSION_KEY = "a session key of at least thirty-two bytes"
PROXY_SECRET = "a secret that only the proxy knows about"
ENVIRONMENT = {"AFTERCALL_SESSION_KEY": SESSION_KEY, "AFTERCALL_PROXY_SECRET": PROXY_SECRET}
HOST = "127.0.0.1:8050"


def write_config(folder: Path, dashboard: str = 'users = "users.toml"\n') -> Path:
    path = folder / "aftercall.toml"
    path.write_text(f'[project]\ndata_dir = "data"\n[dashboard]\n{dashboard}{SOURCE}', "utf-8")
    return path


def write_users(folder: Path, users: dict[str, str] | None = None, password: str = PASSWORD) -> Path:
    path = folder / "users.toml"
    entries = [
        f'[users.{json.dumps(name)}]\nrole = "{role}"\npassword = "{CHEAP.hash(password)}"\n'
        for name, role in (USERS if users is None else users).items()
    ]
    path.touch(0o600)
    path.write_text("".join(entries), "utf-8")
    return path


@dataclass
class Place:
    """The application over ``folder``; ``now`` moves by hand."""

    folder: Path
    dashboard: str = 'users = "users.toml"\n'
    host: str = "127.0.0.1"
    environment: dict[str, str] = field(default_factory=lambda: dict(ENVIRONMENT))
    now: float = START

    def __post_init__(self) -> None:
        if not (self.folder / "users.toml").exists():
            write_users(self.folder)
        self.restart()

    def restart(self) -> None:
        """Another process over the same files."""
        self.access: Access = self.open()
        self.app: dash.Dash = create_app(self.folder / "data", self.access)
        self.server: flask.Flask = self.app.server

    def open(self) -> Access:
        settings = load_settings(write_config(self.folder, self.dashboard))
        return open_access(settings, self.host, environment=self.environment, clock=lambda: self.now)

    def log(self) -> list[AuditEntry]:
        """The audit log, oldest first."""
        return list(reversed(read_audit(self.folder / "data")))


class Browser:
    """Asks as a page of ours in a browser would; ``headers`` of a single request go before its own."""

    def __init__(self, server: flask.Flask, *, host: str = HOST, scheme: str = "http", peer: str = "127.0.0.1") -> None:
        self.client: flask.testing.FlaskClient = server.test_client()
        self.host, self.scheme, self.peer = host, scheme, peer

    def ask(
        self, method: str, path: str, headers: dict[str, str | None] | None = None, **content: Any
    ) -> werkzeug.test.TestResponse:
        sent: dict[str, str | None] = {"Host": self.host}
        if method != "GET":
            sent |= {"Origin": f"{self.scheme}://{self.host}", "Sec-Fetch-Site": "same-origin"}
        sent |= headers or {}
        return self.client.open(
            path,
            method=method,
            base_url=f"{self.scheme}://{self.host}",
            headers={key: value for key, value in sent.items() if value is not None},
            environ_overrides={"REMOTE_ADDR": self.peer},
            **content,
        )

    def get(self, path: str, headers: dict[str, str | None] | None = None) -> werkzeug.test.TestResponse:
        return self.ask("GET", path, headers)

    def log_in(
        self,
        name: str = "anna",
        password: str = PASSWORD,
        target: str = "/",
        headers: dict[str, str | None] | None = None,
    ) -> werkzeug.test.TestResponse:
        return self.ask("POST", "/login", headers, data={"name": name, "password": password, "next": target})

    def log_out(self) -> werkzeug.test.TestResponse:
        return self.ask("POST", "/logout")

    def draw(
        self, path: str = "/", *, tick: bool = False, headers: dict[str, str | None] | None = None
    ) -> werkzeug.test.TestResponse:
        """The callback that draws the page at ``path``; ``tick``: the page's clock asks rather than a person."""
        return self.ask("POST", "/_dash-update-component", headers, json=drawing(path, tick=tick))

    @property
    def cookie(self) -> str | None:
        """The value of the session cookie that the browser holds."""
        for name in ("aftercall", "__Host-aftercall"):
            found = self.client.get_cookie(name, domain=self.host.split(":")[0])
            if found is not None:
                return found.value
        return None


def drawing(path: str, *, tick: bool = False) -> dict[str, Any]:
    return {
        "output": "..page.children...state.data..",
        "outputs": [{"id": "page", "property": "children"}, {"id": "state", "property": "data"}],
        "inputs": [
            {"id": "address", "property": "pathname", "value": path},
            {"id": "address", "property": "search", "value": ""},
            {"id": "clock", "property": "n_intervals", "value": 1},
        ],
        "state": [{"id": "state", "property": "data", "value": None}],
        "changedPropIds": ["clock.n_intervals"] if tick else ["address.pathname"],
    }
