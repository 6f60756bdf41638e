"""The embedded model, loaded once, and the labelled texts, which are no part of the repository."""

import os
from pathlib import Path

import pytest

from pipelines.scoring.text_model import TextModel, load_text_model


@pytest.fixture(scope="session")
def embedded() -> TextModel:
    return load_text_model(None, threads=2)


@pytest.fixture(scope="session")
def labelled_texts() -> Path:
    """Folder of labelled texts: ``AFTERCALL_TRAINING``, else ``../shared/training/sentiment`` beside the repository."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "training" / "sentiment"
    folder = Path(os.environ.get("AFTERCALL_TRAINING", beside))
    if not folder.is_dir():
        pytest.skip(f"no folder of labelled texts at {folder}; AFTERCALL_TRAINING may name another")
    return folder
