"""A warehouse of landed records made by hand, on which SQL models run without Dagster: in memory, nothing read from files."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.config import load_settings
from pipelines.run_context import RunContext, RunOptions
from pipelines.warehouse.database import configure
from pipelines.warehouse.landing import create_landing
from pipelines.warehouse.models import all_models, run_model
from pipelines.warehouse.segment_spellings import write_segment_spellings

_KEY = b"a key that only these tests know, of 32 bytes and more"
_MODELS = {model.name: model for model in all_models()}


class Warehouse:
    """``keys``: lines of TOML for ``[metrics]`` and the sections after it."""

    def __init__(self, folder: Path, as_of: datetime, *, time_zone: str = "UTC", keys: str = "") -> None:
        self._landed = 0
        self._as_of = as_of
        self._tables: set[str] = {"contacts"}
        self._folder, self._time_zone, self._keys = folder, time_zone, keys
        #: How often each table was written, and what each model that was run had read by then.
        self._written: Counter[str] = Counter()
        self._had_read: dict[str, dict[str, object]] = {}
        self._begun: tuple[set[str], dict[str, object]] = (set(), {})
        self.connection = duckdb.connect(":memory:")
        configure(self.connection, "500MB", 1, folder / "spill")
        create_landing(self.connection)

    def land(self, table: str, *rows: dict[str, Any], system: str = "s") -> "Warehouse":
        """Records of one delivery, typed as they stand; a customer id is taken for a pseudonym."""
        self._tables.add(table)
        self._written[f"landing_{table}"] += 1
        for row in rows:
            self._landed += 1
            cells = {
                "_file_id": 1,
                "_record": self._landed,
                "_row": self._landed,
                "_has_faults": False,
                "system": system,
            }
            cells |= row
            self.connection.execute(
                f"insert into landing_{table} ({', '.join(cells)}) values ({', '.join('?' * len(cells))})",
                list(cells.values()),
            )
        return self

    def make(self, name: str, rows: Iterable[dict[str, Any]], **types: str) -> "Warehouse":
        """A table in the place of a model: columns and DuckDB types as given."""
        self._written[name] += 1
        self._had_read.pop(name, None)
        self.connection.execute(f"create or replace table {name} ({', '.join(f'{n} {t}' for n, t in types.items())})")
        for row in rows:
            self.connection.execute(
                f"insert into {name} ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values())
            )
        return self

    def run(self, name: str, *, alone: bool = False) -> pl.DataFrame:
        """The rows of a model, after those of the models that it reads (``alone``: of tables that were made).

        A model runs anew only where something that it reads was written since it ran last.
        """
        parameters = self._parameters()
        write_segment_spellings(self.connection)
        needed = {name} if alone else ancestors(name)
        content: dict[str, object] = {}
        for model in all_models():
            if model.name in needed:
                read = {each: self._version(each, content) for each in model.reads}
                if self._had_read.get(model.name) != read:
                    run_model(self.connection, model, parameters)
                    self._written[model.name] += 1
                    self._had_read[model.name] = read
        return self.connection.execute(f"select * from {name} order by all").pl()

    def _parameters(self) -> dict[str, object]:
        """Those of the models; written anew, with what else a run begins with, where there is one more source."""
        tables, parameters = self._begun
        if tables != self._tables:
            sources = "".join(
                f'[[sources]]\nformat = "canonical"\ntable = "{table}"\npath = "{table}.csv"\n'
                for table in sorted(self._tables)
            )
            config = self._folder / "aftercall.toml"
            project = f'[project]\ndata_dir = "data"\ntime_zone = "{self._time_zone}"\n'
            config.write_text(f"{project}{self._keys}\n{sources}", "utf-8")
            night = RunContext(load_settings(config), self.connection, _KEY, RunOptions(), "run")
            night.write_settings_lists()
            night.begin_recompute(self._as_of)
            parameters = night.parameters()
            self._begun = (set(self._tables), parameters)
            self._had_read.clear()
        return parameters

    def _version(self, table: str, content: dict[str, object]) -> object:
        """Changes when ``table`` does: of what tests may write by the connection, a hash of its rows, taken once a run."""
        if table in _MODELS or table.startswith("landing_"):
            return self._written[table]
        if table not in content:
            hashes = f"select count(*), sum(hash(t)) from {table} t"
            content[table] = self.connection.execute(hashes).fetchone()
        return content[table]


def own(case: str, row: dict[str, Any]) -> dict[str, Any]:
    """The record with ids that no other case has: so cases that do not touch share a warehouse."""
    return {name: f"{value} {case}" if name.endswith("_id") and value else value for name, value in row.items()}


def ancestors(name: str) -> set[str]:
    """``name`` and the models that it reads, by way of others too."""
    found = {name}
    for read in _MODELS[name].reads & _MODELS.keys():
        found |= ancestors(read)
    return found
