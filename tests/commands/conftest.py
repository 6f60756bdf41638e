"""A way to call the command, configurations, and one simulated operation that was run and published."""

import csv
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from builders.command_line import CONTACTS_SOURCE, KEY, PLANTED, Command, Operation, call

from pipelines.simulate import simulate


@pytest.fixture
def aftercall(monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("AFTERCALL_PSEUDONYM_KEY", KEY)
    return call


@pytest.fixture
def configured(tmp_path: Path) -> Callable[[str], Path]:
    """A function that writes a configuration and gives its path."""

    def write(text: str) -> Path:
        path = tmp_path / "aftercall.toml"
        path.write_text(text, "utf-8")
        return path

    return write


@pytest.fixture
def valid_config(configured: Callable[[str], Path]) -> Path:
    return configured('[project]\ndata_dir = "data"\n' + CONTACTS_SOURCE)


@pytest.fixture(scope="session")
def operation(tmp_path_factory: pytest.TempPathFactory) -> Operation:
    """A month of simulated contacts with transcripts, and one file whose bad cells hold a customer's data."""
    folder = tmp_path_factory.mktemp("published") / "carrier"
    summary = simulate(folder, contacts=300, days=40, seed=3)
    customers = frozenset(
        pl.scan_parquet(folder / "landing" / "contacts" / "**" / "*.parquet")
        .select("customer_id")
        # Sentinels such as "?" name nobody.
        .filter(pl.col("customer_id").str.starts_with("CU"))
        .unique()
        .collect()
        .to_series()
    )
    customer, mail, phone = PLANTED
    odd = folder / "landing" / "handoffs" / "delivered=2026-10-02"
    odd.mkdir()
    with (odd / "handoffs-001.csv").open("w", newline="") as handle:
        rows = csv.writer(handle)
        rows.writerow(["handoff_id", "contact_id", "occurred_at", "wait_seconds", "customer_id"])
        rows.writerow(["h-odd-1", "C000000001", mail, "", customer])
        rows.writerow(["h-odd-2", "C000000001", "2026-09-01T10:00:00Z", phone, customer])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFTERCALL_PSEUDONYM_KEY", KEY)
        ran = call("--log-format", "json", "--verbose", "run", "--config", summary.config)
    return Operation(folder, summary.config, ran, customers)
