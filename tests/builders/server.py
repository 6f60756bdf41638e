"""The application in a process of its own, on a free loopback port, for the tests that open it in a browser."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
_SERVE = "import sys, pathlib, dashboards.app as a; a.serve(pathlib.Path(sys.argv[1]), port=int(sys.argv[2]))"


@contextmanager
def serving(data_dir: Path, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """The application over the snapshots below ``data_dir``; gives its address."""
    with answering(lambda port: [sys.executable, "-c", _SERVE, str(data_dir), str(port)], environment) as address:
        yield address


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
