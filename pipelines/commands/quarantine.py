"""`aftercall quarantine`: what was rejected, by source and rule, from the warehouse; so it answers before any snapshot exists."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from pipelines.config import ConfigError, Settings
from pipelines.warehouse.database import read_warehouse

_EXPORTS = (".csv", ".jsonl", ".parquet")
_COLUMNS = ("source", "file", "position", "scope", "table_name", "column_name", "rule", "shape", "reason")


@dataclass(frozen=True)
class Quarantine:
    """``counts``: source, scope, column_name, rule, n, the most frequent first. ``rows``: the first rejects, by file and position."""

    counts: pl.DataFrame
    rows: pl.DataFrame
    total: int


def read_quarantine(settings: Settings, *, source: str = "", rule: str = "", limit: int = 20) -> Quarantine:
    """Rejected files, records and values; ``source`` and ``rule`` "" stand for all.

    Raises:
        ConfigError: nothing was read yet, or there is no such source or rule.
    """
    with read_warehouse(settings) as connection:
        given = {"source": source, "rule": rule}
        for name, value in given.items():
            known = _known(connection, settings, name)
            if value and value not in known:
                raise ConfigError(
                    f"--{name} = {value}: nothing of it is in quarantine; {name}s are {', '.join(known) or '(none)'}"
                )
        # What a later delivery of the file has replaced is kept in the table, but needs nobody's care.
        wanted = "not replaced and ($source = '' or source = $source) and ($rule = '' or rule = $rule)"
        counts = connection.execute(
            f"""select source, scope, column_name, rule, count(*) as n from quarantine where {wanted}
            group by all order by n desc, source, scope, column_name, rule""",
            given,
        ).pl()
        rows = connection.execute(
            f"select {', '.join(_COLUMNS)} from quarantine where {wanted} order by source, file, try_cast(position as bigint), position, column_name limit $limit",
            {**given, "limit": limit},
        ).pl()
    return Quarantine(counts, rows, int(counts["n"].sum()))


def _known(connection: duckdb.DuckDBPyConnection, settings: Settings, name: str) -> list[str]:
    found = {str(row[0]) for row in connection.execute(f"select distinct {name} from quarantine").fetchall()}
    return sorted(found | ({source.name for source in settings.sources} if name == "source" else set()))


def export_quarantine(rows: pl.DataFrame, out: Path) -> None:
    """Write rejects to a CSV, JSONL or Parquet file. Raises ConfigError for another ending."""
    match out.suffix.lower():
        case ".csv":
            rows.write_csv(out)
        case ".jsonl":
            rows.write_ndjson(out)
        case ".parquet":
            rows.write_parquet(out)
        case other:
            raise ConfigError(f"--out: the ending {other or '(none)'} is not known; write one of {', '.join(_EXPORTS)}")
