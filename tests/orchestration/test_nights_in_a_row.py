"""Nothing new, something new, another as_of."""

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from landed_days import Folder, assert_same_tables, contacts, folder_at

from pipelines.nightly import NightlyOutcome
from pipelines.warehouse import load


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Folder, list[NightlyOutcome], list[pl.DataFrame]]:
    """Four of five files; nothing new; the fifth. With the ledger after each night."""
    folder = folder_at(tmp_path_factory.mktemp("nights"))
    held_back = (folder.path / "landing" / "contacts" / "part-2.csv").rename(folder.path / "part-2.csv")
    outcomes = [folder.night()]
    ledgers = [folder.ledger()]
    outcomes.append(folder.night())
    ledgers.append(folder.ledger())
    read: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        original = load.sha256_of

        def noting(path: Path) -> str:
            read.append(path.name)
            return original(path)

        patch.setattr(load, "sha256_of", noting)
        held_back.rename(folder.path / "landing" / "contacts" / "part-2.csv")
        outcomes.append(folder.night())
    ledgers.append(folder.ledger())
    assert read == ["part-2.csv"], "only the new file was opened"
    return folder, outcomes, ledgers


def test_nothing_new_changes_nothing(
    two_nights: tuple[Folder, list[NightlyOutcome], list[pl.DataFrame]],
) -> None:
    _, (first, second, _), ledgers = two_nights
    assert (first.outcome, second.outcome) == ("published", "unchanged")
    assert first.manifest is not None
    assert second.manifest == first.manifest
    assert ledgers[1].equals(ledgers[0])
    assert second.exit_code == 0


def test_only_the_new_file_is_read(two_nights: tuple[Folder, list[NightlyOutcome], list[pl.DataFrame]]) -> None:
    _, outcomes, (before, _, after) = two_nights
    assert outcomes[2].outcome == "published"
    assert after.height == before.height + 1
    new = after.join(before.select("file"), on="file", how="anti")
    assert new["file"].to_list() == ["landing/contacts/part-2.csv"]
    assert new["rows_in"].to_list() == new["accepted"].to_list() == [288]
    untouched = [c for c in before.columns if c not in {"accepted", "duplicates", "superseded"}]
    assert after.join(before.select("file"), on="file", how="semi").select(untouched).equals(before.select(untouched))
    if "run_id" in after.columns:
        assert after["run_id"].n_unique() == 2


def test_a_late_file_gives_the_tables_of_one_night(
    two_nights: tuple[Folder, list[NightlyOutcome], list[pl.DataFrame]], undisturbed: Folder
) -> None:
    assert_same_tables(undisturbed.store.current(), two_nights[0].store.current())


def test_as_of(tmp_path: Path) -> None:
    """A date is that business day's end in the zone of the project; an instant is itself; both see nothing later."""
    folder = folder_at(tmp_path, days=20)
    # Contacts start on the hour; Berlin is at UTC+1 on 9 March.
    for as_of, moment in [
        ("2026-03-09", datetime(2026, 3, 9, 23, tzinfo=UTC)),
        ("2026-03-09T12:00:00+01:00", datetime(2026, 3, 9, 11, tzinfo=UTC)),
    ]:
        outcome = folder.night(as_of=as_of)
        assert outcome.outcome == "published"
        assert outcome.manifest is not None
        assert outcome.manifest.as_of == moment
        seen = folder.store.current().scan("contact_outcomes").select("started_at", "ended_at", "mature_7d").collect()
        assert seen["started_at"].max() == moment, "a contact that starts at as_of is seen"
        assert seen.height == (moment - datetime(2026, 3, 2, 8, tzinfo=UTC)).total_seconds() / 3600 + 1
    assert folder.night(as_of="2026-03-09T12:00:00+01:00").outcome == "unchanged"
    # The same instant, written otherwise.
    assert folder.night(as_of="20260309T110000Z").outcome == "unchanged"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-29", datetime(2026, 3, 29, 22)),  # noqa: DTZ001 - naive UTC: the day on which summer time begins
        ("20260329", datetime(2026, 3, 29, 22)),  # noqa: DTZ001
        ("2026-03-29T00:00", datetime(2026, 3, 28, 23)),  # noqa: DTZ001 - no offset: the zone of the project
        ("2026-03-29T00:00Z", datetime(2026, 3, 29)),  # noqa: DTZ001
    ],
)
def test_what_as_of_means(text: str, expected: datetime) -> None:
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    from pipelines.night import parse_as_of  # noqa: PLC0415

    assert parse_as_of(text, ZoneInfo("Europe/Berlin")) == expected


def test_files_delivered_again_are_duplicates(tmp_path: Path) -> None:
    folder = folder_at(tmp_path, days=5)
    folder.deliver("contacts", "again", contacts(0, 24))
    outcome = folder.night()
    assert outcome.ledger is not None
    assert outcome.ledger.rows_in == 120 + 24 + 30 + 40
    assert outcome.ledger.duplicates == 24
    assert folder.store.current().scan("contact_outcomes").collect().height == 120
