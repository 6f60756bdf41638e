"""Nothing new, something new, another as_of."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from builders.landed_days import START, Nights, contacts, folder_at

from pipelines.config import ConfigError
from pipelines.run_context import parse_as_of


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


def test_an_as_of_before_the_first_record_publishes_nothing(nights: Nights) -> None:
    folder = nights.folder
    before = (folder.store.root / "current.json").read_bytes()
    outcome = folder.night(as_of="1900-01-01")
    assert (outcome.exit_code, outcome.outcome) == (2, "failed")
    assert outcome.message == (
        "--as-of = '1900-01-01' lies before the first record, which is of 2026-03-02, so nothing would be seen; write a later one"
    )
    assert (folder.store.root / "current.json").read_bytes() == before
    status = folder.store.read_status()
    assert status is not None
    assert (status.outcome, status.message) == ("failed", outcome.message)


_NOW = datetime(2026, 11, 30, 12)  # noqa: DTZ001  # naive UTC: 13:00 in Berlin


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("2026-11-30", True),
        # The end of this business day, and a day from now for clocks that differ.
        ("2026-12-01T12:00Z", True),
        ("2026-12-01T12:00:01Z", False),
        ("2026-12-01", False),
        ("2027-06-01", False),
        ("9999-12-30", False),
    ],
)
def test_an_as_of_in_the_future_is_refused(text: str, allowed: bool) -> None:
    zone = ZoneInfo("Europe/Berlin")
    if allowed:
        parse_as_of(text, zone, _NOW)
        return
    with pytest.raises(ConfigError, match=r"lies in the future \(by the clock of this machine today is 2026-11-30\)"):
        parse_as_of(text, zone, _NOW)


def test_a_business_day_that_has_just_begun_may_be_asked_for() -> None:
    zone = ZoneInfo("America/Los_Angeles")
    # 1 November 2026 has 25 hours there; its first second is 07:00 UTC.
    begun = datetime(2026, 11, 1, 7)  # noqa: DTZ001
    assert parse_as_of("2026-11-01", zone, begun) == datetime(2026, 11, 2, 8)  # noqa: DTZ001


@pytest.mark.parametrize("text", ["9999-12-31", "0001-01-01T00:00+14:00"])
def test_the_ends_of_the_calendar_have_their_own_reason(text: str) -> None:
    with pytest.raises(ConfigError, match="lies at the end of the calendar, and no record does"):
        parse_as_of(text, ZoneInfo("UTC"), _NOW)
