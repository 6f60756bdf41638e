"""Records whose fields an export spreads over files: joined in the landing area, whatever came first."""

from datetime import datetime
from pathlib import Path

import pytest
from builders.examples import examples
from builders.landed import Landed, naive_utc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.config import ConfigError, load_settings

CONTACTS = """format = "mapping"
name = "legs"
path = "legs/*.csv"
table = "contacts"
[sources.join.ticket]
path = "tickets/*.csv"
on = { "Ticket" = "Number" }
updated_at = "Changed"
deleted = "State = 'void'"
{more}
[sources.columns]
contact_id = "Leg"
started_at = "Start"
customer_id = "ticket.Client"
issue = "ticket.Topic"
ended_at = "ticket.Closed"
updated_at = "Changed"
"""
LEGS = "Leg,Ticket,Start,Changed\n"
TICKETS = "Number,Client,Topic,Closed,State,Changed\n"


@pytest.fixture
def landed(tmp_path: Path) -> Landed:
    return Landed(tmp_path).block(CONTACTS.replace("{more}", ""))


def _contacts(landed: Landed) -> dict[str, str | None]:
    return {row["contact_id"]: row.get("issue") for row in landed.surviving()}


def test_a_record_waits_for_what_is_joined_to_it_and_is_counted(landed: Landed) -> None:
    landed.put(
        "legs/a.csv", LEGS + "1,T1,2026-01-05T10:00:00Z,\n2,T2,2026-01-05T11:00:00Z,\n3,,2026-01-05T12:00:00Z,\n"
    )
    landed.put("tickets/a.csv", TICKETS + "T1,anna,billing,2026-01-05T10:30:00Z,,\n")
    landed.night()
    (row,) = landed.surviving()
    assert (row["contact_id"], row["issue"], row["ended_at"]) == ("1", "billing", naive_utc("2026-01-05 10:30:00"))
    assert row["customer_id"] not in (None, "anna")
    assert landed.ledger() == {"legs/a.csv": (3, 3, 0, 0, 0), "tickets/a.csv": (1, 1, 0, 0, 0)}
    assert landed.notices == [
        (
            "source legs: 2 of 3 records of contacts wait for what is joined to them (legs/ticket) and do not count yet. "
            'If none is to come, check `on`, or write unmatched = "keep" in the join'
        )
    ]
    # The night after, the other ticket comes, and the first one is corrected.
    landed.put("tickets/b.csv", TICKETS + "T2.0,bert,sales,,,\nT1,anna,refund,,,2026-01-07\n")
    landed.put("legs/b.csv", LEGS + "4,T2.0,2026-01-06,\n")
    assert landed.night().changed
    assert _contacts(landed) == {"1": "refund", "4": "sales"}
    assert landed.ledger()["tickets/a.csv"] == (1, 0, 0, 1, 0)
    assert not landed.night().changed


def test_numbers_meet_however_they_are_written(landed: Landed) -> None:
    landed.put("legs/a.csv", LEGS + "1,17.0,2026-01-05,\n2,017,2026-01-05,\n")
    landed.put("tickets/a.csv", TICKETS + " 17,anna,billing,,,\n")
    landed.night()
    assert _contacts(landed) == {"1": "billing"}


def test_a_joined_record_that_is_withdrawn_withdraws_until_it_comes_back(landed: Landed) -> None:
    landed.put("legs/a.csv", LEGS + "1,T1,2026-01-05,\n")
    landed.put("tickets/a.csv", TICKETS + "T1,anna,billing,,,\n")
    landed.night()
    landed.put("tickets/b.csv", TICKETS + "T1,anna,billing,,void,2026-01-06\n")
    landed.night()
    assert _contacts(landed) == {}
    assert landed.notices == []
    landed.put("tickets/c.csv", TICKETS + "T1,anna,sales,,,2026-01-07\n")
    landed.night()
    assert _contacts(landed) == {"1": "sales"}


def test_a_record_may_be_kept_without_what_is_joined_to_it(tmp_path: Path) -> None:
    landed = Landed(tmp_path).block(CONTACTS.replace("{more}", 'unmatched = "keep"'))
    landed.put("legs/a.csv", LEGS + "1,T1,2026-01-05,\n2,T2,2026-01-05,\n")
    landed.put("tickets/a.csv", TICKETS + "T1,anna,billing,,void,\nT2,anna,sales,,,\n")
    landed.night()
    assert _contacts(landed) == {"1": None, "2": "sales"}
    assert landed.notices == []
    landed.put("tickets/b.csv", TICKETS + "T2,anna,sales,,void,2026-01-06\n")
    landed.night()
    assert _contacts(landed) == {"1": None, "2": None}


def test_the_version_that_counts_waits_and_no_earlier_one_counts_for_it(landed: Landed) -> None:
    landed.put("legs/a.csv", LEGS + "1,T1,2026-01-05,2026-01-05\n1,T2,2026-01-05,2026-01-06\n")
    landed.put("tickets/a.csv", TICKETS + "T1,anna,billing,,,\n")
    landed.night()
    assert _contacts(landed) == {}
    assert landed.ledger()["legs/a.csv"] == (2, 1, 0, 1, 0)


def test_what_cannot_be_joined_is_quarantined_with_its_own_files(landed: Landed) -> None:
    landed.put("legs/a.csv", LEGS + "1,T1,2026-01-05T10:00:00Z,\n")
    landed.put("tickets/a.csv", TICKETS + ",anna,billing,,,\nT1,anna,billing,2026-01-05T09:00:00Z,,\nT2,b,x,soon,,\n")
    landed.night()
    (row,) = landed.surviving()
    # It would end before it began: what each file says is no fault, and together they cannot be.
    assert "ended_at" not in row
    assert landed.ledger()["tickets/a.csv"] == (3, 2, 0, 0, 1)
    assert [(row["column_name"], row["rule"]) for row in landed.quarantine()] == [
        ("join_key", "missing"), ("ended_at", "not_an_instant"),
    ]  # fmt: skip


REQUIRED = """format = "mapping"
name = "answers"
path = "answers/*.csv"
table = "surveys"
[sources.join.response]
path = "responses/*.json"
rows = "responses[*]"
on = "rid"
filter = "status = 'done'"
[sources.columns]
response_id = { template = "{rid}-{question}" }
verbatim = "text"
responded_at = "response.meta.at"
csat = { sql = "response.score + 1" }
"""


def test_a_needed_column_may_come_by_a_join(tmp_path: Path) -> None:
    landed = Landed(tmp_path).block(REQUIRED)
    landed.put("answers/a.csv", "rid,question,text\n1,q1,good\n2,q1,bad\n3,q1,late\n")
    landed.put(
        "responses/a.json",
        '{"responses": [{"rid": 1, "status": "done", "score": 3, "meta": {"at": "2026-01-05T10:00:00Z"}},'
        '{"rid": 2, "status": "draft", "score": 3, "meta": {"at": "2026-01-05T10:00:00Z"}},'
        '{"rid": 3, "status": "done", "score": 3, "meta": {"at": "never"}}]}',
    )
    landed.night()
    (row,) = landed.surviving("surveys")
    assert (row["response_id"], row["csat"], row["responded_at"]) == ("1-q1", 4.0, datetime(2026, 1, 5, 10))  # noqa: DTZ001
    assert landed.ledger()["responses/a.json"] == (2, 1, 0, 0, 1)
    assert landed.filtered()["responses/a.json"] == 1


@settings(max_examples=examples(6, 25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nights_may_split_both_files_in_any_way(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Any split, any order, in one night or in several: the same records as all at once."""
    numbers = st.integers(0, 4)
    legs = data.draw(st.lists(st.tuples(numbers, numbers), max_size=6))
    tickets = data.draw(st.lists(st.tuples(numbers, st.sampled_from(["", "void"])), max_size=6))
    # Every version has an instant of its own, so that it is settled which counts.
    lines = [("legs", f"L{leg},T{ticket},2026-01-05,2026-02-{day:02}\n") for day, (leg, ticket) in enumerate(legs, 1)]
    lines += [
        ("tickets", f"T{ticket},anna,topic {day},,{state},2026-02-{day:02}\n") for day, (ticket, state) in enumerate(tickets, 1)
    ]  # fmt: skip
    nights = data.draw(st.lists(st.integers(0, 2), min_size=len(lines), max_size=len(lines)))
    order = data.draw(st.permutations(range(3)))
    headers = {"legs": LEGS, "tickets": TICKETS}
    whole, split = (Landed(tmp_path_factory.mktemp("landed")).block(CONTACTS.replace("{more}", "")) for _ in range(2))
    for kind, header in headers.items():
        whole.put(f"{kind}/all.csv", header + "".join(line for each, line in lines if each == kind))
    whole.night()
    for night in order:
        for kind, header in headers.items():
            chosen = [line for (each, line), when in zip(lines, nights, strict=True) if each == kind and when == night]
            if chosen:
                split.put(f"{kind}/{night}.csv", header + "".join(chosen))
        split.night()
    assert split.surviving() == whole.surviving()
    assert sum(row[0] for row in split.ledger().values()) == len(lines)
    split.night(full_refresh=True)
    assert split.surviving() == whole.surviving()


MINIMAL = '[project]\ndata_dir = "data"\n[[sources]]\n' + CONTACTS


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('issue = "ticket.Topic"', 'issue = { template = "{ticket.Topic} {Leg}" }', "columns.issue is made of fields of several files"),
        ('contact_id = "Leg"', 'contact_id = "ticket.Number"', "columns.contact_id comes from join.ticket, but a record is known by it"),
        ('table = "contacts"', 'table = "contacts"\nfilter = "ticket.Topic = \'x\'"', "filter reads 'ticket.Topic', a field of join.ticket"),
        ('started_at = "Start"', 'started_at = "ticket.Start"', 'unmatched = "keep" would keep records without started_at'),
        ('on = { "Ticket" = "Number" }', "on = {}", "write a field that both files have"),
        ('on = { "Ticket" = "Number" }', 'on = "x"\nfilter = "now() > a"', "calls now"),
        ("join.ticket", "join.tickets", "join.tickets is read by no column"),
        ('on = {', 'colour = "red"\non = {', "colour is not a known key"),
    ],
)  # fmt: skip
def test_a_join_at_fault_is_told(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "aftercall.toml"
    whole = MINIMAL.replace("{more}", 'unmatched = "keep"')
    assert old in whole
    path.write_text(whole.replace(old, new, 1), "utf-8")
    with pytest.raises(ConfigError) as raised:
        load_settings(path)
    assert message in str(raised.value)
    assert ", line " in str(raised.value)
