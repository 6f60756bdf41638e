"""A landing area and its warehouse in a temporary folder: nights without Dagster, in process and in memory."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.config import Settings, load_settings
from pipelines.privacy import Pseudonymiser
from pipelines.warehouse.database import configure
from pipelines.warehouse.derive import derive_logs
from pipelines.warehouse.discover import find_files
from pipelines.warehouse.landing import create_landing
from pipelines.warehouse.load import Loader, LoadSummary
from pipelines.warehouse.notices import write_notices
from pipelines.warehouse.resolve_versions import resolve_versions, write_ledger

KEY = "a key that only these tests know, of 32 bytes and more"


def naive_utc(text: str) -> datetime:
    """An instant as the warehouse keeps it."""
    return datetime.fromisoformat(text)


class Landed:
    """Files below ``folder``, the sources that point to them, and one warehouse."""

    def __init__(self, folder: Path, database: str = ":memory:", **project: object) -> None:
        self.folder = folder
        self.project = {"data_dir": "data", "threads": 1, **project}
        self.metrics: dict[str, object] = {}
        self.sources: list[dict[str, object]] = []
        self.quality: dict[str, object] = {}
        self.ingest: dict[str, object] = {}
        self.notices: list[str] = []
        self.blocks: list[str] = []
        self.connection = duckdb.connect(database)
        configure(self.connection, "500MB", 1, folder / "spill")
        create_landing(self.connection)

    def source(self, path: str, table: str = "contacts", **keys: object) -> "Landed":
        """Add a source; canonical unless ``format`` says otherwise."""
        named = {"format": "canonical", "table": table} if "format" not in keys else {}
        self.sources.append({**named, "path": path, **keys})
        return self

    def block(self, text: str) -> "Landed":
        """Add a source as it stands in a configuration."""
        self.blocks.append(text)
        return self

    def put(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def settings(self) -> Settings:
        lines = ["[project]", *_pairs(self.project), "[metrics]", *_pairs(self.metrics)]
        lines += ["[quality]", *_pairs(self.quality), "[ingest]", *_pairs(self.ingest)]
        for source in self.sources:
            lines += ["[[sources]]", *_pairs(source)]
        lines += [f"[[sources]]\n{block}" for block in self.blocks]
        path = self.folder / "aftercall.toml"
        path.write_text("\n".join(lines), "utf-8")
        return load_settings(path)

    def night(self, *, full_refresh: bool = False) -> LoadSummary:
        """Read what is new, settle versions, write the ledger: what the ingest step does."""
        settings = self.settings()
        listing = find_files(settings)
        loader = Loader(self.connection, settings, Pseudonymiser(KEY), "run")
        summary = loader.load(listing, full_refresh=full_refresh)
        self.notices = [str(notice) for notice in write_notices(self.connection, settings, listing, summary.gone)]
        derive_logs(self.connection, settings, "run")
        resolve_versions(self.connection)
        write_ledger(self.connection)
        assert all(rows_in == sum(fates) for rows_in, *fates in self.ledger().values())
        return summary

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        return self.connection.execute(sql, dict(parameters or {})).pl().to_dicts()

    def surviving(self, table: str = "contacts", columns: str = "*") -> list[dict[str, Any]]:
        """Rows that count, in order of their key; a null is left out of its row."""
        rows = self.query(
            f"""select {columns} from (select * exclude (_file_id, _record, _row, _has_faults, _same_as, _join_keys, _join_fate)
                from landing_{table} as landed where not exists (select 1 from superseded_versions as lost
                where lost.table_name = '{table}' and lost.file_id = landed._file_id and lost.row_number = landed._row))
            order by all"""
        )
        return [{name: value for name, value in row.items() if value is not None} for row in rows]

    def ledger(self) -> dict[str, tuple[int, int, int, int, int]]:
        """file → (rows_in, accepted, duplicates, superseded, quarantined) of its latest reading; without what a filter leaves out."""
        rows = self.connection.execute(
            "select file, rows_in - filtered, accepted, duplicates, superseded, quarantined from ingest_ledger order by file, read_at"
        ).fetchall()
        return {row[0]: row[1:] for row in rows}

    def filtered(self) -> dict[str, int]:
        """file → records that its source leaves out."""
        return dict(self.connection.execute("select file, filtered from ingest_ledger").fetchall())

    def refusals(self) -> dict[str, str]:
        """file → why it was refused as a whole."""
        found = self.connection.execute("select file, reason from ingest_ledger where reason is not null").fetchall()
        return dict(found)

    def faults(self) -> list[dict[str, Any]]:
        """What was wrong with the records, with the shapes of the values, in order of the records."""
        return self.query(
            "select cast(record as varchar) as position, scope, column_name, rule, shape, reason from landing_rejects order by record, column_name"
        )

    def quarantine(self) -> list[dict[str, Any]]:
        return self.query("select position, scope, column_name, rule, reason from quarantine order by all")


def _pairs(keys: Mapping[str, object]) -> list[str]:
    return [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
