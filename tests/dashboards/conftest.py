"""The browser of a file's tests."""

from collections.abc import Iterator

import pytest
from builders.browser import chromium
from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found
