"""Long files first: files are handed to the processes that run the tests in this order, and what is long must not begin last."""

from pathlib import Path

import pytest

#: Folders whose tests run whole nights, the longest first; the rest stays in its order.
_LONG_FIRST = ("reference", "simulate_run", "orchestration", "commands", "fixtures_run", "analyses", "dashboards")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {folder: place for place, folder in enumerate(_LONG_FIRST)}
    here = Path(__file__).parent
    items.sort(key=lambda item: places.get(item.path.relative_to(here).parts[0], len(places)))
