"""Simulated operations that several tests look at."""

from pathlib import Path

import pytest

from pipelines.simulate import SimulationSummary, simulate


@pytest.fixture(scope="session")
def operation(tmp_path_factory: pytest.TempPathFactory) -> SimulationSummary:
    """Two months with transcripts, small enough to read whole."""
    out: Path = tmp_path_factory.mktemp("operation") / "carrier"
    return simulate(out, contacts=4_000, days=60, seed=11)


@pytest.fixture(scope="session")
def large_operation(tmp_path_factory: pytest.TempPathFactory) -> SimulationSummary:
    """Enough contacts for statistics; no transcripts."""
    out: Path = tmp_path_factory.mktemp("large") / "carrier"
    return simulate(out, contacts=60_000, days=120, seed=12, transcripts=False)
