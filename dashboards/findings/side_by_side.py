"""Two sides compared in full, made once for everybody who asks the same of a snapshot."""

import threading
from dataclasses import dataclass

from dashboards.findings.explained_change import ExplainedChange, explained_change
from dashboards.findings.moved_beside import MovedBeside, moved_beside
from dashboards.results.compared_sides import Side, read_sides
from dashboards.snapshot.groups import Group
from dashboards.snapshot.queries import Queries

#: What one comparison takes in the cache, generously.
_BYTES = 100_000
#: Comparisons that are made at a time: the rows of one may take 250 MB at ten million contacts.
_MAKING = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class SideBySide:
    """``change`` is None where a side has too few contacts. ``moved``: what else differs significantly, of ``compared``."""

    change: ExplainedChange | None
    moved: tuple[MovedBeside, ...]
    compared: int


def side_by_side(queries: Queries, sides: tuple[Side, Side], measure: str, cause: Group | None = None) -> SideBySide:
    """The change of ``measure`` from the first side to the second. Raises UnknownDimensionError."""
    min_n = queries.frames.min_n

    def make() -> SideBySide:
        with _MAKING:
            rows = read_sides(queries, sides)
            moved, compared = moved_beside(queries, rows, sides, min_n)
            return SideBySide(explained_change(rows, sides, measure, min_n=min_n, cause=cause), moved, compared)

    return queries.remember(("side by side", sides, measure, cause), make, lambda _: _BYTES)
