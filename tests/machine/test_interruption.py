"""Stopping at a signal, whatever the work is doing: real signals, in processes of their own."""

import signal
import subprocess
import sys
import textwrap
import time

import pytest

_HEAD = """
import sys, time
from pipelines.interruption import Interrupted, committing, raising, run_stoppable, stopping, stops
def said(*words): print(*words, flush=True)
"""
_TAIL = """
try:
    said("gave", run_stoppable(work))
except Interrupted as stopped:
    said("interrupted", stopped.exit_code, stopped.abandoned, stopping())
    import os; os._exit(stopped.exit_code)
"""
_WORKS = {
    "a statement": """
        def work():
            import duckdb
            connection = duckdb.connect()
            stops(connection)
            said("begun")
            connection.execute("select sum(a.range * b.range) from range(10000000) as a, range(10000000) as b")
    """,
    "python": """
        def work():
            said("begun")
            n = 0
            while True: n += 1
    """,
    "python that catches": """
        def work():
            said("begun")
            for attempt in range(2):
                try:
                    while True: pass
                except BaseException: pass
    """,
    "a native call": """
        def work():
            import numpy as np
            said("begun")
            a = np.random.default_rng(1).random((2500, 2500))
            while True: np.linalg.svd(a)
    """,
    "sleep": """
        def work():
            said("begun")
            time.sleep(60)
    """,
}


def _started(code: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM], ids=["INT", "TERM"])
@pytest.mark.parametrize("work", _WORKS.values(), ids=_WORKS.keys())
def test_any_work_stops(work: str, signum: signal.Signals) -> None:
    process = _started(_HEAD + textwrap.dedent(work) + _TAIL)
    time.sleep(0.2)
    process.send_signal(signum)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 128 + signum
    assert out.startswith(f"interrupted {128 + signum} "), out + err
    assert out.rstrip().endswith("True"), "the work can know that it is stopping"


def test_a_second_signal_ends_at_once() -> None:
    process = _started(_HEAD + textwrap.dedent(_WORKS["sleep"]) + _TAIL)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGTERM


def test_what_is_being_committed_is_committed_whole_and_nothing_after_it() -> None:
    work = """
        def work():
            with committing():
                said("begun")
                time.sleep(0.5)
                said("whole")
            try:
                with committing():
                    said("never")
            except Interrupted:
                said("refused")
    """
    process = _started(_HEAD + textwrap.dedent(work) + _TAIL)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=30)
    assert out.splitlines()[0] == "whole"
    assert "never" not in out
    assert process.returncode == 143


def test_what_the_work_gives_and_raises_comes_through() -> None:
    code = _HEAD + textwrap.dedent("""
        said("begun")
        said(run_stoppable(lambda: 42))
        try:
            run_stoppable(lambda: 1 / 0)
        except ZeroDivisionError as error:
            said(error)
        try:
            with raising():
                import os, signal
                os.kill(os.getpid(), signal.SIGTERM)
                time.sleep(5)
        except Interrupted as stopped:
            said(stopped.exit_code)
        # Outside, the handlers are those from before.
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
    """)
    process = _started(code)
    out, err = process.communicate(timeout=30)
    assert out.splitlines() == ["42", "division by zero", "143"], err
    assert process.returncode == -signal.SIGTERM


def test_a_statement_in_the_main_thread_is_broken_off_for_whoever_handles_the_signal() -> None:
    """As in a run that the orchestrator starts in a process of its own, with handlers of its own."""
    code = _HEAD + textwrap.dedent("""
        import signal, duckdb
        from pipelines.interruption import breaking_off
        class TheirOwn(BaseException): pass
        def handler(*_): raise TheirOwn
        signal.signal(signal.SIGTERM, handler)
        with duckdb.connect() as connection:
            stops(connection)
            said("begun")
            try:
                with breaking_off():
                    connection.execute("select sum(a.range * b.range) from range(10000000) as a, range(10000000) as b")
            except (TheirOwn, RuntimeError):
                said("stopped", stopping())
    """)
    process = _started(code)
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert (out, process.returncode) == ("stopped True\n", 0), err
