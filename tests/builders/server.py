"""The application on a free loopback port, for the tests that open it in a browser.

``serving`` serves it from this process, which has imported everything once; ``answering`` starts a process, for tests of
the command that serves.
"""

import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import waitress.server
from waitress import wasyncore

from dashboards.app import create_app

REPOSITORY = Path(__file__).resolve().parents[2]


@contextmanager
def serving(data_dir: Path, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """The application over the snapshots below ``data_dir``; gives its address. ``environment`` is added to that of the tests."""
    connections: dict[int, object] = {}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (environment or {}).items():
            patch.setenv(name, value)
        server = waitress.server.create_server(
            create_app(data_dir).server, host="127.0.0.1", port=0, threads=4, map=connections
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.effective_port}"
        finally:
            # The loop ends when nothing is left to listen to; it is told so in its own thread.
            server.trigger.pull_trigger(lambda: wasyncore.close_all(connections, ignore_all=True))
            thread.join()
            server.task_dispatcher.shutdown()


@contextmanager
def answering(command: Callable[[int], list[str]], environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """What ``command`` starts, given a port, once it answers there. ``environment`` is added to that of the tests.

    It is killed, not asked to end: who runs the tests may have made their children deaf to such requests.
    """
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(command(port), cwd=REPOSITORY, env=os.environ | dict(environment or {}))
    try:
        while process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)  # the two cores are its own to start on
        assert process.poll() is None, "the application ended before it answered"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
