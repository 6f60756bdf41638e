"""Write, audit, publish: a night that is blocked or fails leaves the earlier snapshot in place, and says why."""

from pathlib import Path

import pytest
from landed_days import Folder, contacts, folder_at

from pipelines.config import ConfigError
from pipelines.defs import transform
from pipelines.nightly import NightlyOutcome
from pipelines.warehouse import publication


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Folder, list[NightlyOutcome], list[str], list[bytes]]:
    """A good night; a bad file, twice; the file corrected. With what status.json and current.json said after each."""
    folder = folder_at(tmp_path_factory.mktemp("blocked"), days=20)
    outcomes, statuses, currents = [], [], []

    def run() -> None:
        outcomes.append(folder.night())
        statuses.append((folder.store.data_dir / "status.json").read_text())
        currents.append((folder.store.root / "current.json").read_bytes())

    run()
    folder.deliver("contacts", "late", contacts(480, 100, bad=60))
    run()
    run()
    folder.deliver("contacts", "late", contacts(480, 100))
    run()
    return folder, outcomes, statuses, currents


def test_too_many_quarantined_rows_block(
    nights: tuple[Folder, list[NightlyOutcome], list[str], list[bytes]],
) -> None:
    folder, outcomes, statuses, currents = nights
    good, blocked, still_blocked, corrected = outcomes
    assert [outcome.exit_code for outcome in outcomes] == [0, 1, 1, 0]
    assert [outcome.outcome for outcome in outcomes] == ["published", "blocked", "blocked", "published"]
    assert good.manifest is not None
    # 60 of 480 + 100 rows are more than 5 %.
    assert blocked.ledger is not None
    assert (blocked.ledger.rows_in, blocked.ledger.quarantined) == (580 + 30 + 40, 60)
    for outcome, status in ((blocked, statuses[1]), (still_blocked, statuses[2])):
        assert "ingest_ledger.quarantine_share" in outcome.message
        assert '"outcome": "blocked"' in status
        assert '"ingest_ledger.quarantine_share' in status
        assert good.manifest.snapshot_id in status, "readers are told which snapshot they see"
    assert currents[0] == currents[1] == currents[2] != currents[3]
    earlier = folder.store.open(good.manifest.snapshot_id)
    assert earlier.scan("contact_outcomes").collect().height == 480
    assert corrected.manifest is not None
    assert folder.store.current().scan("contact_outcomes").collect().height == 580
    assert '"outcome": "published"' in statuses[3]


@pytest.mark.parametrize(
    ("place", "name"), [(transform, "run_model"), (publication, "_publish_table")], ids=["model", "publication"]
)
def test_an_internal_failure(
    place: object,
    name: str,
    nights: tuple[Folder, list[NightlyOutcome], list[str], list[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = nights[0]
    before = folder.store.current_id()
    current = (folder.store.root / "current.json").read_bytes()

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("planted by the test")

    with monkeypatch.context() as patch:
        patch.setattr(place, name, broken)
        outcome = folder.night(full_refresh=True)
    assert (outcome.exit_code, outcome.outcome) == (3, "failed")
    assert "planted by the test" in outcome.message
    assert "the earlier snapshot stands" in outcome.message
    log = Path(outcome.message.rsplit(" ", 1)[-1])
    assert "ZeroDivisionError" in log.read_text()
    assert log.parent == folder.store.data_dir / "logs"
    assert (folder.store.root / "current.json").read_bytes() == current
    assert folder.store.current().scan("kpi_daily").collect().height > 0
    status = folder.store.read_status()
    assert status is not None
    assert (status.outcome, status.snapshot_id, status.message) == ("failed", before, outcome.message)


def test_a_configuration_error_inside_a_step_is_no_internal_failure(
    nights: tuple[Folder, list[NightlyOutcome], list[str], list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = nights[0]

    def refused(*_: object, **__: object) -> None:
        try:
            raise OSError("disk")
        except OSError as error:
            raise ConfigError("project.data_dir = x: cannot be written; name another folder") from error

    monkeypatch.setattr(transform, "run_model", refused)
    outcome = folder.night(full_refresh=True)
    assert (outcome.exit_code, outcome.outcome) == (2, "failed")
    assert outcome.message == "project.data_dir = x: cannot be written; name another folder"


def test_without_a_key_the_job_itself_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the schedule starts it: no command line looked at the environment before."""
    folder = folder_at(tmp_path, days=5)
    monkeypatch.delenv("AFTERCALL_PSEUDONYM_KEY")
    outcome = folder.night()
    assert outcome.exit_code == 2
    assert outcome.message.startswith("AFTERCALL_PSEUDONYM_KEY is not set; ")
    assert folder.store.current_id() is None
