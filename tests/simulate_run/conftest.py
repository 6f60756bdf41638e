"""One whole night on a simulated operation with transcripts, which the tests of this folder share and only read."""

import io
from pathlib import Path

import pytest
from builders.handoffs_night import HandoffsNight
from rich.console import Console

from pipelines.commands.run_nightly import run_nightly
from pipelines.config import load_settings
from pipelines.simulate import simulate
from pipelines.snapshot import SnapshotStore


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> HandoffsNight:
    """Three months, 30,000 contacts, the default world."""
    folder: Path = tmp_path_factory.mktemp("handoffs") / "carrier"
    summary = simulate(folder, contacts=30_000, days=90, seed=2026)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFTERCALL_PSEUDONYM_KEY", "a test key of at least thirty-two bytes")
        patch.delenv("DAGSTER_HOME", raising=False)
        ran = run_nightly(
            load_settings(summary.config),
            as_of="",
            full_refresh=False,
            console=Console(file=io.StringIO()),
        )
    assert (ran.exit_code, ran.outcome) == (0, "published"), ran.message
    return HandoffsNight(folder, SnapshotStore(folder / "data").current())
