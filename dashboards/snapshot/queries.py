"""One snapshot as the pages ask it: an in-memory DuckDB over its Parquet files, and results kept by what was asked.

``kpi_weekly`` is held in memory (as many rows as combinations of dimensions occur in a week, however many contacts);
everything else is read from its files when it is asked for, so that memory does not grow with history. A page asks
through ``frame`` with SQL of its own and values as parameters; a table that the snapshot lacks is empty.

Threads may share one object: each question has a cursor of its own.
"""

from collections.abc import Callable, Hashable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import polars as pl

from dashboards.snapshot.filters import BY_COLUMN, Filters
from dashboards.snapshot.frames import ADDITIVE, Frames, files_between, read_frames
from dashboards.snapshot.result_cache import ResultCache
from pipelines.contract import PUBLISHED_TABLES
from pipelines.contract.intervals import WEEKLY_DIMENSIONS
from pipelines.snapshot import Snapshot, SnapshotError

T = TypeVar("T")

#: Bounds of DuckDB's memory and of the results kept, together well below a gigabyte.
DUCKDB_MEMORY = "384MB"
KEPT_BYTES = 128 * 2**20

_SUMS = ", ".join(f"cast(sum({name}) as {'bigint' if PUBLISHED_TABLES['kpi_daily'].column(name).kind == 'count' else 'double'}) as {name}" for name in ADDITIVE)  # fmt: skip
_WEEKLY_OF_DAILY = f"""select cast(date_trunc('week', day) as date) as week, {", ".join(WEEKLY_DIMENSIONS)}, {_SUMS}
    from kpi_daily group by all"""


class Queries:
    """Everything that pages ask of one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Raises SnapshotError if kpi_daily is missing or a file cannot be read."""
        self.snapshot = snapshot
        self._kept = ResultCache(KEPT_BYTES)
        self.frames = read_frames(snapshot)
        self._duckdb = duckdb.connect(":memory:", config={"memory_limit": DUCKDB_MEMORY, "threads": 2})
        try:
            self._duckdb.execute("set enable_progress_bar = false; set parquet_metadata_cache = true")
            for name in PUBLISHED_TABLES:
                self._duckdb.execute(f"create view {name} as select * from {self._source(name)}")
            self._hold_weekly()
            # What the first question with a parameter costs once (DuckDB imports what it may meet) no reader waits for.
            self._ask("select $value as value", {"value": ""})
            self.offered()
        except (duckdb.Error, pl.exceptions.PolarsError, OSError) as error:
            raise SnapshotError(
                f"snapshot {snapshot.manifest.snapshot_id} cannot be read ({error}); run `aftercall run --full-refresh`"
            ) from error

    def close(self) -> None:
        self._duckdb.close()

    def _hold_weekly(self) -> None:
        """kpi_weekly into memory; of a snapshot from before there was one, it is added up here."""
        published = "kpi_weekly" in self.snapshot.manifest.tables
        select = "select * from kpi_weekly" if published else _WEEKLY_OF_DAILY
        self._duckdb.execute(f"create table weekly as {select}")

    def _source(self, name: str, files: list[Path] | None = None) -> str:
        """A relation of the published columns and types of ``name``: of ``files``, of all its files, or empty."""
        columns = PUBLISHED_TABLES[name].columns
        if files is None:
            files = self.snapshot.files(name) if name in self.snapshot.manifest.tables else []
        if not files:
            nothing = ", ".join(f"cast(null as {column.kind.duckdb_type}) as {column.name}" for column in columns)
            return f"(select {nothing} where false)"
        listed = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
        there = set(pl.read_parquet_schema(files[0]))
        # What an earlier version did not publish is null.
        names = (c.name if c.name in there else f"cast(null as {c.kind.duckdb_type}) as {c.name}" for c in columns)
        return f"(select {', '.join(names)} from read_parquet([{listed}]))"

    def days(self, name: str, first: date, last: date) -> str:
        """The relation of the rows of ``name`` whose day (or week) is one from ``first`` to ``last``; only files that may hold one are opened."""
        source = self._source(name, files_between(self.snapshot, name, first, last))
        column = PUBLISHED_TABLES[name].partition
        # A file may hold other days, too.
        return f"(select * from {source} where {column} between date '{first}' and date '{last}')" if column else source

    def frame(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pl.DataFrame:
        """The answer to ``sql``, kept. Tables by their published names; ``weekly`` is kpi_weekly in memory."""
        given = dict(parameters or {})
        key = ("sql", sql, tuple(sorted((name, repr(value)) for name, value in given.items())))
        return self.remember(key, lambda: self._ask(sql, given), lambda frame: int(frame.estimated_size()) + 512)

    def ask(self, sql: str, parameters: Mapping[str, Any]) -> pl.DataFrame:
        """The answer to ``sql``, not kept: of rows that something small is made of, which is kept instead."""
        return self._ask(sql, dict(parameters))

    def _ask(self, sql: str, parameters: dict[str, Any]) -> pl.DataFrame:
        with self._duckdb.cursor() as cursor:
            return cursor.execute(sql, parameters).pl()

    def remember(self, key: Hashable, make: Callable[[], T], size: Callable[[T], int] = lambda _: 4_096) -> T:
        """What ``make`` gives, kept under ``key`` for as long as this snapshot is current and there is room."""
        return self._kept.get(key, make, size)

    def offered(self, least: int = 1) -> dict[str, tuple[str | None, ...]]:
        """The values of each filter that ``least`` contacts or more have, in alphabetical order, those without one last."""
        return self.remember(("offered", least), lambda: self._offered(least))

    def _offered(self, least: int) -> dict[str, tuple[str | None, ...]]:
        found = {}
        for column in BY_COLUMN:
            sql = f"select {column} from weekly group by 1 having sum(contacts) >= $least"
            rows = self._ask(sql, {"least": least})[column].to_list()
            found[column] = (*sorted(each for each in rows if each is not None), *([None] if None in rows else []))
        return found

    def cut(self, filters: Filters) -> Frames:
        """The frames of the contacts that ``filters`` leave."""
        if not filters:
            return self.frames
        return self.remember(("frames", filters), lambda: self.frames.cut(filters, self.weekly(filters)), _frames_size)

    def weekly(self, filters: Filters) -> pl.DataFrame:
        """Sums of kpi_weekly by week and mode over the contacts that ``filters`` leave (see ``Frames.weekly``)."""
        condition, parameters = filters.condition
        sql = f"select week as monday, mode, {_SUMS} from weekly where {condition} group by week, mode order by week, mode nulls first"
        return self._ask(sql, parameters)


def _frames_size(frames: Frames) -> int:
    return int(frames.weekly.estimated_size()) + 4_096
