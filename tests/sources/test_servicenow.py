"""The incident event log: events as delivered, and what they make of an incident."""

import random
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.contract import CANONICAL_TABLES, Kind
from pipelines.sources.reading import RECORD, LogReader, ReadOptions, UnreadableFileError
from pipelines.sources.servicenow import ServiceNowIncidentReader

READER = ServiceNowIncidentReader()
EVENTS = READER.record_table
HEADER = "number,incident_state,sys_mod_count,sys_updated_at,opened_at,resolved_at,caller_id,contact_type,assignment_group,category,reopen_count,reassignment_count,assigned_to,resolved_by"


def _read(path: Path) -> pl.DataFrame:
    return READER.read(path, ReadOptions()).tables[EVENTS.name]


def _typed(frame: pl.DataFrame, pattern: str = "%d-%m-%Y %H:%M") -> pl.DataFrame:
    """What the typing stage makes of the events."""
    kinds = {column.name: column.kind for column in EVENTS.columns if column.name in frame.columns}
    return frame.with_columns(
        *(pl.col(name).str.to_datetime(pattern) for name, kind in kinds.items() if kind is Kind.INSTANT),
        *(pl.col(name).cast(pl.Int64) for name, kind in kinds.items() if kind is Kind.INTEGER),
    )


def _event(minute: int, state: str, reopened: int = 0, reassigned: int = 0, **more: object) -> dict[str, object]:
    at = datetime(2024, 3, 1, 9, minute)  # noqa: DTZ001 - typed instants are naive UTC
    row = {
        "number": "INC1",
        "sys_updated_at": at,
        "sys_mod_count": minute,
        "incident_state": state,
        "opened_at": datetime(2024, 3, 1, 9),  # noqa: DTZ001
        "resolved_at": datetime(2024, 3, 1, 9, 50),  # noqa: DTZ001
        "caller_id": "Caller 1",
        "contact_type": "Self service",
        "assignment_group": "Group 1",
        "category": "Category 1",
        "resolved_by": "Resolver 9",
        "assigned_to": "Resolver 1",
        "reopen_count": reopened,
        "reassignment_count": reassigned,
    }
    return {**row, **more}


def _minutes(frame: pl.DataFrame, column: str = "occurred_at") -> list[int]:
    return frame.get_column(column).dt.minute().to_list()


def test_reads_values_as_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    event = "INC1,New,0,29-02-2016 01:23,29-02-2016 01:16,?,?,Phone,?,Caf\xe9,0,0, ,?"
    path.write_text(f"\ufeff{HEADER.upper()}\n{event}\nINC1,short\n", encoding="utf-8")
    reading = READER.read(path, ReadOptions())
    frame = reading.tables[EVENTS.name]
    assert isinstance(READER, LogReader)
    assert reading.rows_in == 2
    assert [(reject.record, reject.scope, reject.rule) for reject in reading.rejects] == [
        (2, "row", "malformed_record")
    ]
    (row,) = frame.to_dicts()
    assert (row["number"], row["sys_updated_at"], row["category"], row[RECORD]) == (
        "INC1",
        "29-02-2016 01:23",
        "Café",
        1,
    )
    assert [name for name, value in row.items() if value is None] == [
        "resolved_at", "caller_id", "assignment_group", "assigned_to", "resolved_by",
    ]  # fmt: skip


def test_windows_1252_is_read(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(
        f"{HEADER}\nINC1,New,0,1/3/2016 01:23,29/2/2016 01:16,,,Phone,,Caf\xe9 \x96,0,0,,\n".encode("latin-1")
    )
    assert _read(path).get_column("category").to_list() == ["Café –"]


def test_missing_columns_are_named(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("number,opened_at,sys_mod_count\nINC1,01-01-2024,0\n")
    with pytest.raises(UnreadableFileError, match="incident_state or state; sys_updated_at"):
        READER.read(path, ReadOptions())


def test_an_incident_by_hand() -> None:
    # Resolved in minute 10, reopened in 20 (by two units at once), closed in 50. The copied resolved_at (minute 50) and
    # the group of minute 30 come later; the counter falls back in minute 15 and counts nothing twice.
    events = [
        _event(1, "New"),
        _event(5, "Active", reassigned=1),
        _event(10, "Resolved", reassigned=2),
        _event(15, "Resolved", reassigned=1),
        _event(20, "Active", reopened=2, reassigned=2),
        _event(30, "Active", reopened=2, reassigned=3, assignment_group="Group 2", category=None),
        _event(50, "Closed", reopened=2, reassigned=3),
    ]
    derived = READER.derive(pl.DataFrame(events))
    (contact,) = derived["contacts"].to_dicts()
    assert contact == {
        "contact_id": "INC1",
        "customer_id": "Caller 1",
        "channel": "self_service",
        "started_at": datetime(2024, 3, 1, 9),  # noqa: DTZ001
        "ended_at": datetime(2024, 3, 1, 9, 10),  # noqa: DTZ001
        "mode": "human_primary",
        "queue": "Group 1",
        "workflow": None,
        "issue": "Category 1",
        "region": None,
        "agent_id": "Resolver 9",
        "resolved_claimed": True,
        "case_id": "INC1",
    }
    reopened = derived["crm_events"]
    assert reopened.get_column("event_id").to_list() == ["INC1:reopened:1", "INC1:reopened:2"]
    assert _minutes(reopened) == [20, 20]
    assert derived["handoffs"].get_column("handoff_id").to_list() == [f"INC1:reassigned:{n}" for n in (1, 2, 3)]
    assert _minutes(derived["handoffs"]) == [5, 10, 30]


def test_an_open_incident_claims_nothing() -> None:
    derived = READER.derive(pl.DataFrame([_event(1, "New", caller_id=None), _event(5, "Active", caller_id=None)]))
    (contact,) = derived["contacts"].to_dicts()
    assert contact["resolved_claimed"] is None
    assert contact["customer_id"] is None
    assert contact["agent_id"] == "Resolver 1"  # resolved_by is a final value, copied back
    assert contact["ended_at"].minute == 50  # resolved_at, as nothing else says when it ended


def test_an_end_before_the_start_is_no_end() -> None:
    late = datetime(2024, 3, 2)  # noqa: DTZ001
    (contact,) = READER.derive(pl.DataFrame([_event(10, "Closed", opened_at=late, resolved_at=None)]))[
        "contacts"
    ].to_dicts()
    assert (contact["started_at"], contact["ended_at"]) == (late, None)


def test_columns_are_those_of_the_contract() -> None:
    for events in ([_event(1, "New")], []):
        frame = pl.DataFrame(events, schema=None if events else {"number": pl.String})
        for table, derived in READER.derive(frame).items():
            assert set(derived.columns) <= set(CANONICAL_TABLES[table].column_names)
            assert table in READER.fills


@pytest.fixture(scope="module")
def real_events(fixtures_dir: Path) -> pl.DataFrame:
    return _read(fixtures_dir / "servicenow-uci-incident-log" / "incident_event_log.csv")


def test_real_log(real_events: pl.DataFrame) -> None:
    assert real_events.height == 5_998
    typed = _typed(real_events)
    assert not typed.select(EVENTS.key).is_duplicated().any()
    derived = READER.derive(typed)
    contacts = derived["contacts"]
    assert contacts.height == 890
    assert contacts.select("customer_id", "started_at", "ended_at", "resolved_claimed").null_count().row(0) == (
        0,
        0,
        0,
        0,
    )
    assert contacts.get_column("channel").unique().to_list() == ["phone"]
    assert derived["handoffs"].height == 877
    reopened = derived["crm_events"].join(contacts, on="contact_id")
    assert reopened.height == 11
    assert (reopened["occurred_at"] >= reopened["ended_at"]).all()
    # INC0000045: first Resolved on 29 February 08:53, though resolved_at says 11:29 on every row.
    assert contacts.filter(contact_id="INC0000045")["ended_at"].item() == datetime(2016, 2, 29, 8, 53)  # noqa: DTZ001


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_order_and_split_do_not_matter(real_events: pl.DataFrame, seed: int) -> None:
    typed = _typed(real_events)
    expected = READER.derive(typed)
    parts = [
        typed.filter(pl.int_range(pl.len()) % 3 == part).sample(fraction=1, shuffle=True, seed=seed % 10**6)
        for part in range(3)
    ]
    random.Random(seed).shuffle(parts)  # noqa: S311
    derived = READER.derive(pl.concat(parts))
    assert all(derived[table].equals(frame) for table, frame in expected.items())


_STATES = st.sampled_from(["New", "Active", "Resolved", "Closed", "7"])
_SOME_EVENTS = st.lists(
    st.builds(
        _event,
        st.integers(0, 4),
        _STATES,
        st.integers(0, 3),
        st.integers(0, 3),
        number=st.sampled_from(["INC1", "INC2"]),
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None)
@given(events=_SOME_EVENTS, seed=st.integers(0, 999))
def test_counters_and_ties_in_any_order(events: list[dict[str, object]], seed: int) -> None:
    frame = pl.DataFrame(events)
    derived = READER.derive(frame)
    shuffled = READER.derive(frame.sample(fraction=1, shuffle=True, seed=seed))
    assert all(shuffled[table].equals(part) for table, part in derived.items())
    highest = frame.group_by("number").agg(pl.col("reopen_count").max(), pl.col("reassignment_count").max())
    assert derived["crm_events"].height == highest["reopen_count"].sum()
    assert derived["handoffs"].height == highest["reassignment_count"].sum()
    assert derived["handoffs"]["handoff_id"].is_unique().all()
