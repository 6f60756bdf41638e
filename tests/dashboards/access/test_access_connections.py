"""The real server under connections that do nothing: it goes on answering, and closes them."""

import http.client
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from builders.access import ENVIRONMENT, write_config, write_users
from builders.server import answering

from dashboards.app import IDLE_SECONDS, MOST_CONNECTIONS

#: Nothing at all; a request that never ends; a body that never comes; one that has been answered and is kept open.
KINDS = (
    b"",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
    b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nname=",
    b"GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("connections")
    write_users(folder)
    command = [sys.executable, "-m", "pipelines.cli", "dashboard", "--config", str(write_config(folder)), "--port"]
    with answering(lambda port: [*command, str(port)], ENVIRONMENT) as found:
        yield found


def _answers(address: str) -> None:
    """A page comes."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    connection.request("GET", "/login")
    answer = connection.getresponse()
    assert answer.status == 200
    assert b"Log in" in answer.read()
    connection.close()


def test_three_hundred_idle_connections_do_not_silence_the_server(address: str) -> None:
    place = urlsplit(address)
    _answers(address)
    with ExitStack() as open_ones:
        for n in range(300):
            idle = open_ones.enter_context(socket.create_connection((place.hostname, place.port), timeout=30))
            idle.sendall(KINDS[n % len(KINDS)])
        # A machine that is busy is slow; a server that is silenced never answers.
        _answers(address)
        _answers(address)


def test_connections_that_do_nothing_are_closed(tmp_path: Path) -> None:
    """With a shorter patience than the real one, which the document names."""
    serve = "import sys, pathlib, dashboards.app as app; app.IDLE_SECONDS = 1; app.serve(pathlib.Path(sys.argv[1]), port=int(sys.argv[2]))"
    with (
        answering(lambda port: [sys.executable, "-c", serve, str(tmp_path), str(port)]) as address,
        ExitStack() as open_ones,
    ):
        place = urlsplit(address)
        for kind in KINDS[:3]:
            idle = open_ones.enter_context(socket.create_connection((place.hostname, place.port), timeout=60))
            idle.sendall(kind)
            assert idle.recv(1) == b"", "closed by the server"


def test_the_document_names_the_real_bounds() -> None:
    text = (Path(__file__).parents[3] / "docs" / "access.md").read_text("utf-8")
    assert f"{IDLE_SECONDS} seconds" in text
    assert f"{MOST_CONNECTIONS:,} connections" in text
