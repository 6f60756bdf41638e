"""A small warehouse with every published table, and publications of it."""

from datetime import datetime
from pathlib import Path

import duckdb

from pipelines.config import Settings
from pipelines.contract import PUBLISHED_TABLES
from pipelines.contract.published_model import PublishedKind
from pipelines.snapshot import SnapshotStore
from pipelines.warehouse.publication import Publication, publish

AS_OF = datetime.fromisoformat("2026-02-01")
FILLERS = {
    PublishedKind.TEXT: "'a'",
    PublishedKind.COUNT: "cast(1 as hugeint)",
    PublishedKind.MEASURE: "cast(0.5 as decimal(9, 3))",
    PublishedKind.FLAG: "true",
    PublishedKind.INSTANT: "timestamp '2026-01-05 10:00:00.123456'",
    PublishedKind.DAY: "timestamp '2026-01-05'",
}


def add(warehouse: duckdb.DuckDBPyConnection, table: str, **values: str) -> None:
    """One row; ``values`` are SQL, the others fillers."""
    columns = [values.get(column.name, FILLERS[column.kind]) for column in PUBLISHED_TABLES[table].columns]
    warehouse.execute(f"insert into {table} select {', '.join(columns)}")


def add_contact(warehouse: duckdb.DuckDBPyConnection, contact: str, day: str) -> None:
    add(warehouse, "contact_outcomes", contact_id=f"'{contact}'", day=f"date '{day}'")


def published(warehouse: duckdb.DuckDBPyConnection, settings: Settings, run_id: str = "run") -> Publication:
    return publish(warehouse, settings, as_of=AS_OF, run_id=run_id)


def files_of(settings: Settings) -> set[str]:
    """Paths of all published Parquet files below the folder of snapshots."""
    root = SnapshotStore(settings.data_dir).root
    return {str(path.relative_to(root)) for path in root.rglob("*.parquet")}


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])
