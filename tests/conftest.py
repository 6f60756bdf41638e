"""The browser, and the order of files: long ones first, since what is long must not begin last."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders.browser import chromium
from playwright.sync_api import Browser

#: Folders whose tests run whole nights, the longest first; the rest stays in its order.
_LONG_FIRST = ("reference", "simulate_run", "orchestration", "commands", "fixtures_run", "analyses", "dashboards")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {folder: place for place, folder in enumerate(_LONG_FIRST)}
    here = Path(__file__).parent
    items.sort(key=lambda item: places.get(item.path.relative_to(here).parts[0], len(places)))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a process; each opens pages or contexts of its own, and closes them."""
    with chromium() as found:
        yield found
