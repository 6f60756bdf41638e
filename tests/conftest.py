"""The browser, how many examples a property is tried on, and the order of files: what is long must not begin last."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, settings
from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from playwright.sync_api import Browser

#: Files that share a costly fixture of the session, as a night: one process runs all files of such a room.
_ROOMS = {
    "orchestration": "orchestration",
    "commands/test_unusable_input.py": "commands, one operation",
    "commands/test_what_a_run_says.py": "commands, one operation",
}
#: Files or folders in the order in which they begin, the longest first; the rest follows as it stands.
_LONG_FIRST = (
    "orchestration",
    "packaging",
    "reference",
    "simulate_run",
    "fixtures_run",
    "commands",
    "benchmarks",
    "analyses",
    "dashboards",
    "warehouse",
    "quality",
)

# What the tests import holds millions of objects that never become garbage; looking through them at Python's own pace costs a
# sixth of all processor time.
gc.set_threshold(100_000, 50, 50)

# Examples are the same in every run: what is new is found where somebody looks for it, with AFTERCALL_TESTS=wide.
settings.register_profile("quick", deadline=None, derandomize=True, database=None, max_examples=40)
settings.register_profile("wide", deadline=None, derandomize=True, database=None, max_examples=200)
# For deliberate faults (tests/mutations), of which the first example that fails says enough.
unshrunk = [phase for phase in Phase if phase not in {Phase.shrink, Phase.explain}]
settings.register_profile("unshrunk", settings.get_profile("quick"), phases=unshrunk)
settings.load_profile(os.environ.get("AFTERCALL_TESTS", "quick"))


class RoomScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Gives whole rooms to processes, where pytest-xdist gives whole modules: its groups do nothing under pytest 9.2."""

    def _split_scope(self, nodeid: str) -> str:
        return _room(Path(nodeid.partition("::")[0]).relative_to("tests"))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> RoomScheduling:
    return RoomScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests by their rooms, the longest first."""
    here = Path(__file__).parent
    places = {name: place for place, name in enumerate(_LONG_FIRST)}

    def place(item: pytest.Item) -> tuple[int, str]:
        path = item.path.relative_to(here)
        return places.get(path.parts[0], len(places)), _room(path)

    items.sort(key=place)


def _room(path: Path) -> str:
    """What one process runs: a file, or those that share a costly fixture."""
    return next((room for start, room in _ROOMS.items() if path.is_relative_to(start)), path.as_posix())


@pytest.fixture(scope="session", autouse=True)
def _no_power_cuts() -> Iterator[None]:
    """Nothing waits until the disk has written: no test pulls the plug, and killed processes lose nothing by it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda _handle: None)
        yield


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """One Chromium for all tests of a process; each opens pages or contexts of its own, and closes them."""
    # Imports the dashboards: seconds, which a run of a single file is spared.
    from builders.browser import chromium  # noqa: PLC0415

    with chromium() as found:
        yield found
