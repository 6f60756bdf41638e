"""The pseudonym key, no Dagster home, and one folder with a published night that tests only read."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from landed_days import KEY, Folder, folder_at


@pytest.fixture(scope="session", autouse=True)
def environment() -> Iterator[None]:
    """Runs here keep nothing outside their folder, whatever the machine is set up for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFTERCALL_PSEUDONYM_KEY", KEY)
        for name in ("DAGSTER_HOME", "AFTERCALL_CONFIG"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """The usual folder after one good night. Read it, do not run on it."""
    folder = folder_at(tmp_path_factory.mktemp("undisturbed"))
    outcome = folder.night()
    assert outcome.outcome == "published", outcome.message
    return folder
