"""Signals at any moment of a night: it ends within seconds, says truthfully what it published, and can be run again."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from builders.landed_days import Folder, assert_same_ledger, assert_same_tables, folder_at

_SEED = 20261130
_PATIENCE_SECONDS = 120


def _begins(_folder: Folder) -> bool:
    return True


def _reads(folder: Folder) -> bool:
    status = folder.store.read_status()
    return status is not None and status.outcome == "running"


def _computes(folder: Folder) -> bool:
    """The first pages of Data Docs are written between the models."""
    return any(folder.store.data_dir.glob("data_docs/*.html"))


def _publishes(folder: Folder) -> bool:
    return any(folder.store.root.glob(".staging-*")) or any(folder.store.root.glob("tables/*/*.parquet"))


@pytest.mark.parametrize(
    ("reached", "longest_delay", "signum"),
    [
        pytest.param(_begins, 1.0, signal.SIGINT, marks=pytest.mark.wide),
        pytest.param(_reads, 1.0, signal.SIGTERM, marks=pytest.mark.wide),
        (_computes, 3.0, signal.SIGINT),
        pytest.param(_publishes, 0.5, signal.SIGTERM, marks=pytest.mark.wide),
    ],
    ids=["begins", "reads", "computes", "publishes"],
)
def test_interrupted_and_run_again(
    reached: Callable[[Folder], bool],
    longest_delay: float,
    signum: signal.Signals,
    undisturbed: Folder,
    tmp_path: Path,
) -> None:
    folder = folder_at(tmp_path)
    delay = random.Random(f"{_SEED}{reached.__name__}").uniform(0.1, longest_delay)  # noqa: S311
    run = subprocess.Popen(
        [sys.executable, "-m", "pipelines.cli", "run", "--config", str(folder.config)],
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    given_up = time.monotonic() + _PATIENCE_SECONDS
    while run.poll() is None and not reached(folder) and time.monotonic() < given_up:
        time.sleep(0.01)
    time.sleep(delay)
    assert run.poll() is None, "the night was over before it could be interrupted"
    run.send_signal(signum)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 128 + signum
    last = said.strip().splitlines()[-1]
    status, current = folder.store.read_status(), folder.store.current_id()
    if current is None:
        assert last == "aftercall: interrupted; nothing was published; run again"
        assert status is None or (status.outcome, status.message) == ("failed", last.removeprefix("aftercall: "))
    else:
        assert last == f"aftercall: interrupted; snapshot {current} had been published already"
        assert status is not None
        assert (status.outcome, status.snapshot_id) == ("published", current)
    assert "Traceback" not in said
    assert "internal failure" not in said
    assert not list(folder.store.data_dir.glob("logs/*"))

    outcome = folder.night()
    assert outcome.exit_code == 0
    assert_same_tables(undisturbed.store.current(), folder.store.current())
    assert_same_ledger(undisturbed.store.current(), folder.store.current())
    assert not list(folder.store.root.glob(".staging-*"))
    assert not list(folder.store.data_dir.rglob(".*.tmp"))
