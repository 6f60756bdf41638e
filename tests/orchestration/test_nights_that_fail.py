"""Write, audit, publish: a night that is blocked or fails leaves the earlier snapshot in place, and says why."""

from pathlib import Path

import polars as pl
import pytest
from builders.landed_days import Nights, folder_at

from pipelines.config import ConfigError
from pipelines.defs import transform
from pipelines.snapshot import RunStatus
from pipelines.warehouse import publication


def test_too_many_quarantined_rows_block(nights: Nights) -> None:
    assert nights.late_file.outcome.manifest is not None
    earlier = nights.late_file.outcome.manifest.snapshot_id
    for night in (nights.blocked, nights.still_blocked):
        assert (night.outcome.exit_code, night.outcome.outcome) == (1, "blocked")
        assert (
            "source contacts: 200 of 1,740 records quarantined (11%, at most 5.0% may be), most by rule not_an_instant in column "
            "started_at, for example landing/contacts/bad.csv, row 1 (text, 4 characters). What to do: set date_format"
        ) in night.outcome.message
        assert night.outcome.ledger is not None
        assert (night.outcome.ledger.rows_in, night.outcome.ledger.quarantined) == (1440 + 300 + 30 + 40, 200)
        assert night.current == nights.late_file.current
        assert night.snapshot.scan("contact_outcomes").collect().height == 1440, "the earlier snapshot is readable"
        status = RunStatus.model_validate_json(night.status)
        assert (status.outcome, status.snapshot_id) == ("blocked", earlier)
        assert [check.split(" ")[0] for check in status.failed_checks] == ["ingest_ledger.input_gates"]


def test_after_a_correction_the_next_night_publishes(nights: Nights) -> None:
    assert (nights.corrected.outcome.exit_code, nights.corrected.outcome.outcome) == (0, "published")
    assert nights.corrected.current != nights.blocked.current
    assert nights.corrected.snapshot.scan("contact_outcomes").collect().height == 1740
    status = RunStatus.model_validate_json(nights.corrected.status)
    assert (status.outcome, status.failed_checks) == ("published", ())
    # The bad delivery stays in the ledger and in quarantine: nothing is lost.
    bad = nights.corrected.ledger.filter(pl.col("file") == "landing/contacts/bad.csv")
    assert sorted(bad["quarantined"]) == [0, 200]
    assert nights.corrected.snapshot.scan("quarantine").collect().height >= 200


@pytest.mark.parametrize(
    ("place", "name"), [(transform, "run_models"), (publication, "_publish_table")], ids=["model", "publication"]
)
def test_an_internal_failure(
    place: object,
    name: str,
    nights: Nights,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = nights.folder
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
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = nights.folder

    def refused(*_: object, **__: object) -> None:
        raise ConfigError("project.data_dir = x: cannot be written; name another folder") from OSError("disk")

    monkeypatch.setattr(transform, "run_models", refused)
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


def test_a_damaged_snapshot_is_repaired_by_a_night_without_news(
    nights: Nights, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = nights.folder
    (path,) = folder.store.current().files("contact_outcomes")
    path.write_bytes(path.read_bytes()[:-100])
    (folder.store.root / "current.json").write_bytes(b"[1]")
    assert folder.store.current().notice, "readers have an earlier one until then"
    outcome = folder.night()
    assert (outcome.exit_code, outcome.outcome) == (0, "published")
    assert outcome.manifest is not None
    said = [line for line in outcome.lines() if line.startswith("  repaired     ")]
    assert len(said) == len(outcome.manifest.repaired) == 2
    assert str(path) in said[1]
    assert folder.store.current().notice == ""
    assert folder.store.current().scan("contact_outcomes").collect().height > 0
    assert folder.night().outcome == "unchanged"

    def started(*_: object) -> None:
        raise ZeroDivisionError("the job was started")

    monkeypatch.setattr("pipelines.commands.nightly_job.run_job", started)
    assert folder.night().outcome == "unchanged", "without news there is nothing for the job to do"
    status = folder.store.read_status()
    assert status is not None
    assert (status.outcome, status.snapshot_id) == ("unchanged", outcome.manifest.snapshot_id)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with pytest.raises(ZeroDivisionError):
        folder.night()
    status = folder.store.read_status()
    assert status is not None
    assert status.outcome == "failed"
