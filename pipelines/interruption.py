"""Stopping at a signal: within seconds, at any moment, and truthful about what was published.

SIGINT and SIGTERM reach Python only between two of its own instructions, and a statement of the engine or a batch of a
model is none of them for as long as it lasts. So the work runs in a thread of its own while the main thread listens.
"""

import contextlib
import contextvars
import ctypes
import os
import signal
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
#: No signal has the number 0.
_DONE = b"\0"
#: Seconds for which a publication under way may finish, and the work may clean up after itself.
_COMMIT_SECONDS, _PATIENCE_SECONDS = 1.0, 2.0


class Interruptible(Protocol):
    """What can be told to break off what it is doing, from another thread: a DuckDB connection."""

    def interrupt(self) -> None: ...


class Interrupted(KeyboardInterrupt):
    """A signal asked to stop. ``abandoned``: the work did not stop in time, so the process must end without waiting for it."""

    def __init__(self, signum: int = signal.SIGINT, *, abandoned: bool = False) -> None:
        super().__init__(signal.Signals(signum).name)
        self.signum = signum
        self.abandoned = abandoned

    @property
    def exit_code(self) -> int:
        return 128 + int(self.signum)


class _State:
    """What the listening and the working thread know of each other."""

    def __init__(self) -> None:
        self.commit = threading.Lock()
        self.stopping: int | None = None
        self.connections: weakref.WeakSet[Interruptible] = weakref.WeakSet()


_state = _State()


def stops(connection: Interruptible) -> None:
    """From now on an interruption breaks off what ``connection`` is doing."""
    _state.connections.add(connection)


def stopping() -> bool:
    """Whether a signal asked this process to stop."""
    return _state.stopping is not None


def stop_code() -> int | None:
    """The exit code of a process that a signal asked to stop; None if none did."""
    return None if _state.stopping is None else 128 + _state.stopping


def go_on() -> None:
    """Raises Interrupted if a signal asked this process to stop."""
    if _state.stopping is not None:
        raise Interrupted(_state.stopping)


@contextmanager
def committing() -> Iterator[None]:
    """What must happen as a whole or not at all. Raises Interrupted if a signal came before it."""
    with _state.commit:
        go_on()
        yield


@contextmanager
def raising() -> Iterator[None]:
    """Within, SIGTERM raises Interrupted as SIGINT does; a second signal ends the process at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def heard(signum: int, _frame: FrameType | None) -> None:
        _end_at_the_next()
        raise Interrupted(signum)

    _state.stopping = None
    with _handling(heard), breaking_off():
        yield


@contextmanager
def breaking_off() -> Iterator[None]:
    """Within, a signal also breaks off the statement that the main thread waits for, whose handlers then get their turn.

    The handlers themselves are those that are there: ours, or those of the orchestrator in a run of its own.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    # The system's own handler writes the number of the signal, whatever the interpreter is doing.
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)

    def listen() -> None:
        while (heard := os.read(reading, 1)) not in {b"", _DONE}:
            if heard[0] in _SIGNALS:
                # The engine swallows what a handler raises while it is running: whoever goes on asks ``stopping``.
                _state.stopping = heard[0]
                _break_off()

    listener = threading.Thread(target=listen, name="signals", daemon=True)
    listener.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.write(writing, _DONE)
        listener.join()
        os.close(reading)
        os.close(writing)


def run_stoppable(work: Callable[[], T]) -> T:
    """Run ``work`` so that SIGINT and SIGTERM stop it, and give what it gives.

    Raises Interrupted within about three seconds of the signal; what else ``work`` raises is raised here. A second signal
    ends the process at once.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    received: list[int] = []

    def heard(signum: int, _frame: FrameType | None) -> None:
        received.append(signum)
        _end_at_the_next()

    _state.stopping = None
    worker = _Worker(work)
    with _handling(heard):
        worker.start()
        while worker.is_alive() and not received:
            worker.join(0.2)
        if received:
            _stop(worker, received[0])
            raise Interrupted(received[0], abandoned=worker.is_alive()) from worker.raised
    return worker.result()


class _Worker(threading.Thread, Generic[T]):
    """One call in a thread that does not keep the process alive."""

    def __init__(self, work: Callable[[], T]) -> None:
        super().__init__(name="run", daemon=True)
        self._work = work
        # Who listens to progress is known by the context of the one who asked. (Threads of Python 3.14 have a _context.)
        self._context_of_caller = contextvars.copy_context()
        self._given: list[T] = []
        self.raised: BaseException | None = None

    def run(self) -> None:
        try:
            self._given.append(self._context_of_caller.run(self._work))
        except BaseException as error:
            self.raised = error

    def result(self) -> T:
        if self.raised is not None:
            raise self.raised
        return self._given[0]


def _stop(worker: "_Worker[T]", signum: int) -> None:
    """Ask the work to stop, again and again, for as long as there is patience."""
    # From here on nothing more is committed; what is being committed now may end.
    _state.stopping = signum
    if _state.commit.acquire(timeout=_COMMIT_SECONDS):
        _state.commit.release()
    given_up = time.monotonic() + _PATIENCE_SECONDS
    asked = 0.0
    while worker.is_alive() and time.monotonic() < given_up:
        # The exception arrives between two instructions of Python; what catches it is asked a second time.
        if time.monotonic() - asked > _PATIENCE_SECONDS * 0.6:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker.ident or 0), ctypes.py_object(Interrupted))
            asked = time.monotonic()
        _break_off()
        worker.join(0.05)


def _break_off() -> None:
    for connection in list(_state.connections):
        # A connection that is being closed has nothing to break off.
        with contextlib.suppress(Exception):
            connection.interrupt()


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = {each: signal.signal(each, handler) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, previous in before.items():
            signal.signal(each, previous)


def _end_at_the_next() -> None:
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_DFL)
