"""Settings and a small warehouse, in which every published table is empty."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from builders.small_warehouse import FILLERS

from pipelines.config import Settings, load_settings
from pipelines.contract import PUBLISHED_TABLES


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = tmp_path / "aftercall.toml"
    source = '[[sources]]\nformat = "canonical"\ntable = "contacts"\npath = "*.csv"\n'
    path.write_text(f'[project]\ndata_dir = "data"\nkeep_snapshots = 2\ntime_zone = "Asia/Kolkata"\n{source}')
    return load_settings(path)


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    """Every published table, empty, in types that are not yet the published ones."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for table in PUBLISHED_TABLES.values():
            columns = ", ".join(f"{FILLERS[column.kind]} as {column.name}" for column in table.columns)
            connection.execute(f"create table {table.name} as select {columns} where false")
        yield connection


@pytest.fixture
def by_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts are days, however few rows a day has."""
    monkeypatch.setattr("pipelines.warehouse.parts.ROWS_PER_PART", 1)
