"""An identity provider on loopback, and the application beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.access import Place
from builders.provider import Provider, providing
from builders.sign_on import Clock, place_at


@pytest.fixture
def provider() -> Iterator[Provider]:
    with providing(lambda: Clock.now) as provider:
        yield provider


@pytest.fixture
def place(tmp_path: Path, provider: Provider) -> Place:
    """Users with passwords, and single sign-on beside them."""
    return place_at(tmp_path, provider)
