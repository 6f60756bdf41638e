"""A small landing folder in the canonical format, and nights run on it in this process."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from polars.testing import assert_frame_equal
from rich.console import Console

from pipelines.commands.run_nightly import NightlyOutcome, run_nightly
from pipelines.config import load_settings
from pipelines.contract import PUBLISHED_TABLES
from pipelines.snapshot import Snapshot, SnapshotStore

KEY = "a test key of at least thirty-two bytes"
START = datetime(2026, 3, 2, 8, tzinfo=UTC)

CONFIG = """
[project]
data_dir = "data"
threads = 1
time_zone = "Europe/Berlin"

[[sources]]
format = "canonical"
table = "contacts"
path = "landing/contacts/*.csv"

[[sources]]
format = "canonical"
table = "crm_events"
path = "landing/crm_events/*.csv"

[[sources]]
format = "canonical"
table = "complaints"
path = "landing/complaints/*.csv"
"""

_HEADERS = {
    "contacts": (
        "contact_id",
        "customer_id",
        "channel",
        "issue",
        "mode",
        "started_at",
        "ended_at",
        "handle_seconds",
        "resolved_claimed",
        "case_id",
    ),
    "crm_events": ("event_id", "event_type", "occurred_at", "case_id"),
    "complaints": ("complaint_id", "regulator", "received_at", "customer_id", "issue"),
}
#: Published tables that say how the data came in, or hold run ids and clock times.
ABOUT_THE_RUN = frozenset({"data_quality", "ingest_ledger", "quarantine"})


@dataclass(frozen=True)
class Folder:
    """A configuration with its landing files."""

    path: Path

    @property
    def config(self) -> Path:
        return self.path / "aftercall.toml"

    @property
    def store(self) -> SnapshotStore:
        return SnapshotStore(self.path / "data")

    def deliver(self, table: str, name: str, rows: Iterable[Iterable[object]]) -> Path:
        """Write (or write again) one landing file."""
        path = self.path / "landing" / table / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="") as handle:
            writer = csv.writer(handle)
            writer.writerow(_HEADERS[table])
            writer.writerows(rows)
        return path

    def night(self, **asked: Any) -> NightlyOutcome:
        """One run of the nightly job in this process."""
        given = {"as_of": "", "full_refresh": False} | asked
        return run_nightly(load_settings(self.config), console=Console(file=io.StringIO()), **given)

    def ledger(self) -> pl.DataFrame:
        return self.store.current().scan("ingest_ledger").collect().sort("file", "sha256")


def contacts(first: int, count: int, *, bad: int = 0) -> list[tuple[object, ...]]:
    """Contacts an hour apart by 23 customers, over four issues; the first ``bad`` of them have no readable start."""
    rows = []
    for n in range(first, first + count):
        start = START + timedelta(hours=n)
        rows.append(
            (
                f"c{n:05d}",
                f"customer-{n % 23}",
                ("voice", "chat")[n % 2],
                ("billing", "login", "moving", "")[n % 4],
                ("ai_primary", "human_primary", "joint")[n % 3],
                "soon" if n - first < bad else start.isoformat(),
                (start + timedelta(minutes=5 + n % 11)).isoformat(),
                300 + n % 60,
                ("true", "false", "true", "")[n % 4],
                f"case-{n // 5}",
            )
        )
    return rows


def folder_at(path: Path, days: int = 60) -> Folder:
    """A folder with contacts of ``days`` days in five files, reopenings and complaints."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "aftercall.toml").write_text(CONFIG, "utf-8")
    folder = Folder(path)
    share = days * 24 // 5
    for part in range(5):
        folder.deliver("contacts", f"part-{part}", contacts(part * share, share))
    folder.deliver(
        "crm_events",
        "reopened",
        [(f"e{n}", "case_reopened", (START + timedelta(hours=40 * n)).isoformat(), f"case-{7 * n}") for n in range(30)],
    )
    folder.deliver(
        "complaints",
        "received",
        [
            (f"k{n}", "CFPB", (START + timedelta(days=n + 9)).date().isoformat(), f"customer-{n % 29}", "billing")
            for n in range(40)
        ],
    )
    return folder


def assert_same_tables(expected: Snapshot, actual: Snapshot) -> None:
    """All tables that do not speak of the run itself hold the same rows."""
    assert expected.manifest.as_of == actual.manifest.as_of
    for name, table in PUBLISHED_TABLES.items():
        if name in ABOUT_THE_RUN:
            continue
        order = list(table.key or table.column_names)
        frames = [snapshot.scan(name).collect().sort(order, nulls_last=True) for snapshot in (expected, actual)]
        assert_frame_equal(*frames, abs_tol=1e-9)


def assert_same_ledger(expected: Snapshot, actual: Snapshot) -> None:
    """The same files with the same counts, whenever and by whichever run they were read."""
    frames = []
    for snapshot in (expected, actual):
        ledger = snapshot.scan("ingest_ledger").collect()
        frames.append(ledger.drop("run_id", "read_at", "delivered_at", strict=False).sort("file", "sha256"))
    assert_frame_equal(*frames)


@dataclass(frozen=True)
class Night:
    """How a night ended, which files it opened, and what lay there for readers afterwards."""

    outcome: NightlyOutcome
    opened: tuple[str, ...]
    status: str
    current: bytes
    snapshot: Snapshot
    ledger: pl.DataFrame

    @classmethod
    def of(cls, folder: Folder, outcome: NightlyOutcome, opened: tuple[str, ...]) -> "Night":
        status = (folder.store.data_dir / "status.json").read_text()
        current = (folder.store.root / "current.json").read_bytes()
        return cls(outcome, opened, status, current, folder.store.current(), folder.ledger())


@dataclass(frozen=True)
class Nights:
    """Six nights on one folder."""

    folder: Folder
    first: Night
    nothing_new: Night
    late_file: Night
    blocked: Night
    still_blocked: Night
    corrected: Night
