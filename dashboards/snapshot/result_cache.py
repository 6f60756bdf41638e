"""A store of results that are asked for again: bounded in bytes, and each made once however many ask at once."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class ResultCache:
    """Results by key, the least recently asked for forgotten first once together they exceed ``most_bytes``.

    A result that could not be made is not kept: whoever waited for it gets the error, the next one tries again.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._lock = threading.Lock()
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._coming: dict[Hashable, Future[Any]] = {}
        self.bytes = 0

    def get(self, key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
        """The result of ``key``, made by ``make`` unless it is held; ``size`` says how many bytes it takes."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                found: T = self._held[key][0]
                return found
            coming = self._coming.get(key)
            mine = coming is None
            if coming is None:
                coming = self._coming[key] = Future()
        if not mine:
            waited: T = coming.result()
            return waited
        try:
            made = make()
        except BaseException as error:
            with self._lock:
                del self._coming[key]
            coming.set_exception(error)
            raise
        with self._lock:
            del self._coming[key]
            self._keep(key, made, size(made))
        coming.set_result(made)
        return made

    def _keep(self, key: Hashable, made: Any, size: int) -> None:
        self._held[key] = (made, size)
        self.bytes += size
        while self.bytes > self._most and self._held:
            _, (_, gone) = self._held.popitem(last=False)
            self.bytes -= gone
