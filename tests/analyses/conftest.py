"""One simulated operation with one published night, which the tests of a single file share and only read."""

import io
from pathlib import Path

import pytest
from builders.simulated_night import PublishedNight
from rich.console import Console

from pipelines.commands.run_nightly import run_nightly
from pipelines.config import load_settings
from pipelines.contract import ANALYSIS_TABLES
from pipelines.simulate import simulate
from pipelines.snapshot import SnapshotStore

_TABLES = ("case_flags", "contact_outcomes", "kpi_daily", *ANALYSIS_TABLES)


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> PublishedNight:
    """Four months of an operation without transcripts."""
    folder: Path = tmp_path_factory.mktemp("statistics") / "carrier"
    summary = simulate(folder, contacts=20_000, days=120, seed=17, transcripts=False)
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
    snapshot = SnapshotStore(folder / "data").current()
    return PublishedNight(folder, {name: snapshot.scan(name).collect() for name in _TABLES}, snapshot.manifest.as_of)
