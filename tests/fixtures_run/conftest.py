"""The folder of real files, which is no part of the repository."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_files() -> Path:
    """Folder of real exports: ``AFTERCALL_FIXTURES``, else ``../shared/fixtures`` beside the repository."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "fixtures"
    folder = Path(os.environ.get("AFTERCALL_FIXTURES", beside))
    if not folder.is_dir():
        pytest.skip(f"no folder of real exports at {folder}; AFTERCALL_FIXTURES may name another")
    return folder
