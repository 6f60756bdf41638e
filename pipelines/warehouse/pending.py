"""Files that are not read: tried again each run until they are, or until a person says that they never will be.

A reason outside a file's bytes (missing, permission, I/O, memory, disk, time-out) never decides on it. What is unread gates
publication as quarantined rows do; what waits or is no file is named.
"""

from dataclasses import dataclass
from datetime import datetime

import duckdb
import polars as pl

from pipelines.config import ConfigError

_GONE = "it lay there earlier and is gone; deliver it again, or leave it out with `aftercall run --forget`"
#: States that stay until the file is read, also where it no longer lies there.
_LASTING = ("unread", "forgotten")


@dataclass(frozen=True)
class PendingFile:
    """``state``: unread, waiting (still being written), odd (no file), forgotten (unread, and given up by a person)."""

    source: str
    file: str
    state: str
    reason: str
    bytes: int


class PendingFiles:
    """The pending files of a warehouse, as one run finds and leaves them."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
        self.connection = connection
        self.now = now
        rows = connection.execute("select source, file, state, reason, bytes, since from pending_files").fetchall()
        self._before = {(row[0], row[1]): (PendingFile(*row[:5]), row[5]) for row in rows}
        self._found: dict[tuple[str, str], PendingFile] = {}
        self._read: set[tuple[str, str]] = set()

    def add(self, pending: PendingFile) -> None:
        self._found[pending.source, pending.file] = pending

    def read(self, source: str, file: str) -> None:
        """The file was read, or refused for its bytes: nothing is pending any more."""
        self._read.add((source, file))

    def save(self, sources: set[str], listed: set[tuple[str, str]]) -> bool:
        """Write what is pending now; returns whether it is something else than before.

        Args:
            sources: names of the sources that count.
            listed: (source, file) of everything that lies there.
        """
        now: dict[tuple[str, str], PendingFile] = {}
        for key, (earlier, _) in self._before.items():
            if earlier.state in _LASTING and key not in listed and key not in self._read and key[0] in sources:
                reason = earlier.reason if earlier.state == "forgotten" else _GONE
                now[key] = PendingFile(earlier.source, earlier.file, earlier.state, reason, earlier.bytes)
        for key, found in self._found.items():
            known = self._before.get(key)
            forgotten = found.state == "unread" and known is not None and known[0].state == "forgotten"
            now[key] = known[0] if forgotten and known is not None else found
        rows = [
            (one.source, one.file, one.state, one.reason, one.bytes, self._before[key][1] if key in self._before else self.now)
            for key, one in sorted(now.items())
        ]  # fmt: skip
        frame = pl.DataFrame(
            rows,
            schema={"source": pl.String, "file": pl.String, "state": pl.String, "reason": pl.String, "bytes": pl.Int64, "since": pl.Datetime("us")},
            orient="row",
        )  # fmt: skip
        self.connection.execute("begin")
        self.connection.execute("delete from pending_files")
        self.connection.register("pending_frame", frame.to_arrow())
        self.connection.execute("insert into pending_files by name select * from pending_frame")
        self.connection.unregister("pending_frame")
        self.connection.execute("commit")
        return {(key, one.state) for key, one in now.items()} != {
            (key, one.state) for key, (one, _) in self._before.items()
        }


def forget_files(connection: duckdb.DuckDBPyConnection, names: tuple[str, ...]) -> None:
    """Settle pending files that will never come: they gate no longer, and are read should they come after all.

    Raises:
        ConfigError: a name is not that of an unread file.
    """
    unread = [
        str(row[0])
        for row in connection.execute(
            """select file from pending_files where state in ('unread', 'forgotten')
            union select file from landing_files where is_active and is_present and counts_as_unread order by file"""
        ).fetchall()
    ]
    for name in names:
        if name not in unread:
            listed = ", ".join(unread[:10]) or "none is pending"
            raise ConfigError(f"--forget = {name}: no unread file is called so; write its name as listed: {listed}")
        connection.execute(
            "update pending_files set state = 'forgotten', reason = 'given up with --forget' where file = $file and state = 'unread'",
            {"file": name},
        )
        connection.execute(
            "update landing_files set counts_as_unread = false where file = $file and counts_as_unread", {"file": name}
        )
