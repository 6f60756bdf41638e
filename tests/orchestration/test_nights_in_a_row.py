"""Nothing new, something new, another as_of."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from landed_days import START, Nights, contacts, folder_at

from pipelines.night import parse_as_of


def test_nothing_new_changes_nothing(nights: Nights) -> None:
    first, second = nights.first, nights.nothing_new
    assert (first.outcome.outcome, second.outcome.outcome) == ("published", "unchanged")
    assert second.outcome.exit_code == 0
    assert second.outcome.manifest == first.outcome.manifest
    assert second.current == first.current
    assert second.ledger.equals(first.ledger)
    assert second.opened == ()


def test_only_the_new_file_is_read(nights: Nights) -> None:
    assert nights.late_file.outcome.outcome == "published"
    assert nights.late_file.opened == ("part-2.csv",)
    before, after = nights.first.ledger, nights.late_file.ledger
    assert after.height == before.height + 1
    (new,) = after.join(before.select("file"), on="file", how="anti").iter_rows(named=True)
    assert new["file"] == "landing/contacts/part-2.csv"
    assert new["rows_in"] == new["accepted"] == 288
    assert after.filter(pl.col("file") != new["file"]).equals(before)


def test_as_of_a_date_and_an_instant(tmp_path: Path) -> None:
    """A date is that business day's end in the zone of the project; an instant is itself; both see nothing later."""
    folder = folder_at(tmp_path, days=10)
    folder.deliver("contacts", "again", contacts(0, 24))
    # Contacts start on the hour; Berlin is at UTC+1 on 9 March.
    for as_of, moment in [
        ("2026-03-09", datetime(2026, 3, 9, 23, tzinfo=UTC)),
        ("2026-03-09T12:00:00+01:00", datetime(2026, 3, 9, 11, tzinfo=UTC)),
    ]:
        outcome = folder.night(as_of=as_of)
        assert outcome.outcome == "published"
        assert outcome.manifest is not None
        assert outcome.manifest.as_of == moment
        seen = folder.store.current().scan("contact_outcomes").select("started_at").collect()["started_at"]
        assert seen.max() == moment, "a contact that starts at as_of is seen"
        assert len(seen) == (moment - START).total_seconds() / 3600 + 1
        assert outcome.ledger is not None
        assert (outcome.ledger.rows_in, outcome.ledger.duplicates) == (240 + 24 + 30 + 40, 24)
    assert folder.night(as_of="20260309T110000Z").outcome == "unchanged", "the same instant, written otherwise"


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
    assert parse_as_of(text, ZoneInfo("Europe/Berlin")) == expected
