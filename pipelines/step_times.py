"""How long each step of a run took and how many rows it made, noted while the run goes: two readings of the clock a step."""

import time
from dataclasses import dataclass


@dataclass
class StepTime:
    """``seconds`` from the step's beginning to that of the next; ``rows``: of the tables that it made, None where it makes none."""

    name: str
    seconds: float = 0.0
    rows: int | None = None


class StepTimes:
    """The steps of one run, in order. A step that is tried again goes on where it stood."""

    def __init__(self) -> None:
        self._steps: dict[str, StepTime] = {}
        self._under_way: StepTime | None = None
        self._began = 0.0

    def begin(self, name: str) -> None:
        """The step ``name`` begins, and the one before it has ended; said twice, nothing happens."""
        if self._under_way is not None and self._under_way.name == name:
            return
        self._end()
        self._under_way = self._steps.setdefault(name, StepTime(name))
        self._began = time.monotonic()

    def made(self, rows: int) -> None:
        """The step under way has made so many more rows."""
        if self._under_way is not None:
            self._under_way.rows = (self._under_way.rows or 0) + rows

    def so_far(self) -> tuple[StepTime, ...]:
        """The steps up to now."""
        self._end()
        return tuple(self._steps.values())

    def _end(self) -> None:
        now = time.monotonic()
        if self._under_way is not None:
            self._under_way.seconds += now - self._began
        self._began = now
