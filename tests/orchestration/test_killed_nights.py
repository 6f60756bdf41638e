"""Killed at any moment and run again, the result is that of an undisturbed night."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from builders.landed_days import Folder, assert_same_ledger, assert_same_tables, folder_at

_SEED = 20261123
_PATIENCE_SECONDS = 90
_COMPUTING, _PUBLISHING = "computing", "publishing"


def _has_landed(folder: Folder) -> bool:
    """Some file is in the warehouse: its write-ahead log has grown beyond the empty tables."""
    return any(path.stat().st_size > 50_000 for path in folder.store.data_dir.glob("warehouse.duckdb*"))


def _publishes(folder: Folder) -> bool:
    return any(folder.store.root.glob("tables/*/*.parquet")) or any(folder.store.root.glob(".staging-*"))


@pytest.mark.parametrize(
    ("moment", "reached", "longest_delay"),
    [
        pytest.param(_COMPUTING, _has_landed, 1.0, marks=pytest.mark.wide),
        (_PUBLISHING, _publishes, 0.1),
    ],
    ids=[_COMPUTING, _PUBLISHING],
)
def test_killed_and_run_again(
    moment: str, reached: Callable[[Folder], bool], longest_delay: float, undisturbed: Folder, tmp_path: Path
) -> None:
    folder = folder_at(tmp_path)
    delay = random.Random(f"{_SEED}{moment}").uniform(0, longest_delay)  # noqa: S311
    run = subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", "run", "--config", str(folder.config)],
        env=dict(os.environ),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    given_up = time.monotonic() + _PATIENCE_SECONDS
    while run.poll() is None and time.monotonic() < given_up:
        status = folder.store.read_status()
        if status is not None and reached(folder):
            assert status.outcome == "running"
            time.sleep(delay)
            break
        time.sleep(0.002)
    was_running = run.poll() is None
    run.kill()
    run.communicate()
    assert was_running, "the night was over before it could be killed"
    status = folder.store.read_status()
    assert status is not None
    assert (status.outcome, status.finished_at) == ("running", None), "the status of a killed night says no more"
    killed_before_publication = folder.store.current_id() is None
    assert killed_before_publication or moment == _PUBLISHING

    outcome = folder.night()
    assert outcome.outcome in {"published"} | ({"unchanged"} if not killed_before_publication else set())
    assert_same_tables(undisturbed.store.current(), folder.store.current())
    assert_same_ledger(undisturbed.store.current(), folder.store.current())
    assert not list(folder.store.root.glob(".staging-*")), "what the killed night left behind is gone"
    named = {
        folder.store.tables_dir / file.path
        for table in folder.store.current().manifest.tables.values()
        for file in table.files
    }
    assert set(folder.store.tables_dir.glob("*/*.parquet")) >= named
    settled = folder.store.read_status()
    assert settled is not None
    assert settled.outcome == outcome.outcome
