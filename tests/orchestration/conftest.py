"""The pseudonym key, no Dagster home, and one folder with a published night that tests only read."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
from builders.landed_days import KEY, Folder, Night, Nights, contacts, folder_at

from pipelines.defs import build_defs
from pipelines.warehouse import load


@pytest.fixture(scope="session", autouse=True)
def environment() -> Iterator[None]:
    """Runs here keep nothing outside their folder, whatever the machine is set up for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFTERCALL_PSEUDONYM_KEY", KEY)
        for name in ("DAGSTER_HOME", "AFTERCALL_CONFIG"):
            patch.delenv(name, raising=False)
        yield


@dataclass(frozen=True)
class JobRun:
    """The job `nightly` as the schedule starts it: with AFTERCALL_CONFIG and nothing else."""

    folder: Folder
    result: dg.ExecuteInProcessResult


@pytest.fixture(scope="session")
def job_run(tmp_path_factory: pytest.TempPathFactory) -> JobRun:
    folder = folder_at(tmp_path_factory.mktemp("undisturbed"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFTERCALL_CONFIG", str(folder.config))
        # An instance that is kept, as behind the web UI: a throw-away one is told less.
        with dg.DagsterInstance.local_temp(str(tmp_path_factory.mktemp("dagster"))) as instance:
            return JobRun(folder, build_defs().resolve_job_def("nightly").execute_in_process(instance=instance))


@pytest.fixture(scope="session")
def undisturbed(job_run: JobRun) -> Folder:
    """The usual folder after one good night. No other night may run on it."""
    assert job_run.result.success
    return job_run.folder


@pytest.fixture(scope="session")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """Four of five files; nothing new; the fifth; a file with bad rows; nothing done about it; the file corrected."""
    folder = folder_at(tmp_path_factory.mktemp("nights"))
    held_back = (folder.path / "landing" / "contacts" / "part-2.csv").rename(folder.path / "part-2.csv")
    opened: list[str] = []

    def night() -> Night:
        opened.clear()
        return Night.of(folder, folder.night(), tuple(opened))

    with pytest.MonkeyPatch.context() as patch:
        original = load.sha256_of

        def noting(path: Path) -> str:
            opened.append(path.name)
            return original(path)

        patch.setattr(load, "sha256_of", noting)
        first = night()
        nothing_new = night()
        held_back.rename(folder.path / "landing" / "contacts" / "part-2.csv")
        late_file = night()
        # 200 of 1,440 + 300 rows are more than 5%.
        folder.deliver("contacts", "bad", contacts(1440, 300, bad=200))
        blocked = night()
        still_blocked = night()
        folder.deliver("contacts", "bad", contacts(1440, 300))
        corrected = night()
    return Nights(folder, first, nothing_new, late_file, blocked, still_blocked, corrected)
