"""A landing area of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.landed import Landed


@pytest.fixture
def landing(tmp_path: Path) -> Iterator[Landed]:
    landed = Landed(tmp_path)
    yield landed
    landed.connection.close()
