"""Survey answers and ids of one person in the SQL models: whom they are about, and what is counted, by hand."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders.analysis_warehouse import Warehouse

DAY, SECOND, US = timedelta(days=1), timedelta(seconds=1), timedelta(microseconds=1)
START = datetime.fromisoformat("2026-03-02T10:00:00")
END = START + timedelta(minutes=10)
AS_OF = START + 60 * DAY


def warehouse(folder: Path, keys: str = "") -> Warehouse:
    return Warehouse(folder, AS_OF, keys=keys)


def contact(contact_id: str, customer: str | None, start: datetime = START, **cells: Any) -> dict[str, Any]:
    end = start + timedelta(minutes=10)
    return {"contact_id": contact_id, "customer_id": customer, "started_at": start, "ended_at": end, **cells}


def answer(number: int, responded_at: datetime, **cells: Any) -> dict[str, Any]:
    return {"response_id": str(number), "responded_at": responded_at, "csat": 4, **cells}


def identity(customer: str | None, alias: str | None, kind: str | None = None, **cells: Any) -> dict[str, Any]:
    return {"customer_id": customer, "alias": alias, "kind": kind, **cells}


@pytest.mark.parametrize(
    ("early", "offset", "is_counted"),
    [
        (300, -300 * SECOND, True),
        (300, -300 * SECOND - US, False),
        (0, -US, False),
        (0, 0 * US, True),
        (86_400, -9 * 60 * SECOND, True),
    ],
)
@pytest.mark.parametrize("by", [{"contact_id": "a"}, {"customer_id": "ann"}])
def test_an_answer_seconds_before_the_end_counts(
    tmp_path: Path, early: int, offset: timedelta, is_counted: bool, by: dict[str, str]
) -> None:
    made = warehouse(tmp_path, f"[surveys]\nearly_seconds = {early}")
    made.land("contacts", contact("a", "ann")).land("surveys", answer(1, END + offset, **by))
    (link,) = made.run("int_survey_links").iter_rows(named=True)
    assert (link["is_counted"], link["fate"]) == ((True, "counted") if is_counted else (False, "before_the_end"))


def test_an_answer_is_about_the_contact_that_is_about_to_end(tmp_path: Path) -> None:
    soon = START + timedelta(minutes=30)
    made = warehouse(tmp_path).land("contacts", contact("a", "ann"), contact("b", "ann", soon))
    made.land("surveys", answer(1, soon + timedelta(minutes=6), customer_id="ann"))
    (link,) = made.run("int_survey_links").iter_rows(named=True)
    assert (link["contact_id"], link["link_rule"], link["is_counted"]) == ("b", "customer", True)


def test_what_became_of_every_answer_is_counted(tmp_path: Path) -> None:
    made = warehouse(tmp_path)
    made.land("contacts", contact("a", "ann"), contact("out", "bob", direction="outbound"), contact("anon", None))
    made.land(
        "surveys",
        answer(1, END, contact_id="a"),
        answer(2, END + DAY, customer_id="ann"),
        answer(3, END),
        answer(4, END, contact_id="nobody", customer_id="ann"),
        answer(5, END + 7 * DAY + US, customer_id="ann"),
        answer(6, END, customer_id="cid"),
        answer(7, START, contact_id="a"),
        answer(8, START, customer_id="ann"),
        answer(9, END, contact_id="out"),
        answer(10, END, customer_id="bob"),
        answer(11, END, contact_id="anon"),
        answer(12, END, contact_id="a", csat=None),
        # Not seen yet, and withdrawn.
        answer(13, AS_OF + US, contact_id="a"),
        answer(14, END, contact_id="a", deleted_at=END),
    )
    assert {row["fate"]: (row["responses"], row["is_linked"]) for row in made.run("survey_answers").to_dicts()} == {
        "counted": (1, True),
        "later_response": (1, True),
        "unlinked_no_customer": (1, False),
        "unlinked_contact": (1, False),
        "unlinked_no_contact": (2, False),
        "before_the_end": (2, False),
        "not_eligible": (3, False),
        "unfinished": (1, False),
    }


def test_an_alias_counts_as_its_customer_in_every_table(tmp_path: Path) -> None:
    made = warehouse(tmp_path)
    made.land("contacts", contact("a", "ann"), contact("b", "phone", START + DAY))
    made.land("contacts", contact("c", "mail", START + 2 * DAY), system="t")
    made.land("surveys", answer(1, END, customer_id="phone"))
    made.land("complaints", {"complaint_id": "1", "regulator": "r", "received_at": END, "customer_id": "mail"})
    made.land(
        "crm_events", {"event_id": "1", "event_type": "account_closed", "occurred_at": END, "customer_id": "phone"}
    )
    made.land("identities", identity("ann", "phone"), identity("ann", "mail"), system="elsewhere")
    outcomes = {row["contact_id"]: row for row in made.run("int_contacts").to_dicts()}
    assert {row["customer_key"] for row in outcomes.values()} == {"ann"}
    assert {name: row["alias_key"] for name, row in outcomes.items()} == {"a": None, "b": "phone", "c": "mail"}
    assert made.run("int_survey_links")["contact_id"].to_list() == ["a"]
    assert made.run("int_complaint_links")["contact_id"].to_list() == ["a"]
    assert made.run("int_next_contact")["next_contact_id"].to_list() == ["b", "c"]
    happened = {row["contact_id"]: row for row in made.run("int_after_contact").to_dicts()}
    assert happened["a"]["has_complaint"]
    assert happened["a"]["has_closing"]


def test_aliases_by_kind(tmp_path: Path) -> None:
    made = warehouse(tmp_path)
    made.land(
        "contacts",
        contact("a", "phone 1"),
        contact("b", "phone 1", START + DAY, direction="outbound"),
        contact("c", "phone 2"),
        contact("d", "ann"),
        # The customer is that of the first leg that knows one: ann by her own id, so nothing is joined.
        contact("e1", None, root_contact_id="e"),
        contact("e2", "ann", START + 5 * SECOND, root_contact_id="e"),
        contact("e3", "phone 1", START + 6 * SECOND, root_contact_id="e"),
        contact("f1", None, root_contact_id="f"),
        contact("f2", "phone 1", START + 5 * SECOND, root_contact_id="f"),
        contact("f3", "ann", START + 6 * SECOND, root_contact_id="f"),
    )
    made.land(
        "identities",
        identity("ann", "phone 1", "Phone"),
        identity("ann", "phone 2", "phone"),
        identity("bob", "phone 2", "phone"),
        identity("ann", "client 7"),
        identity("bob", "client 7", deleted_at=END),
        identity("bob", "bob", "client"),
        # Sentinels land without an id.
        identity(None, "phone 9", "phone"),
        identity("ann", None, "phone"),
    )
    made.land("identities", identity("ann", "phone 1", "mobile"), system="t")
    assert {row.pop("kind"): row for row in made.run("identity_links").to_dicts()} == {
        "phone": {"aliases": 1, "ambiguous": 1, "chained": 0, "used": 0, "contacts": 0, "served_inbound": 0},
        "mobile": {"aliases": 1, "ambiguous": 0, "chained": 0, "used": 1, "contacts": 3, "served_inbound": 2},
        "unknown": {"aliases": 1, "ambiguous": 0, "chained": 0, "used": 0, "contacts": 0, "served_inbound": 0},
    }


def test_a_customer_is_found_by_aliases_that_no_contact_used(tmp_path: Path) -> None:
    made = warehouse(tmp_path).land("contacts", contact("a", "ann"), contact("out", "bob", direction="outbound"))
    made.land("identities", identity("ann", "phone"), identity("bob", "mail"), identity("cid", "client 7"))
    made.make("contact_outcomes", [{"customer_key": "ann"}], customer_key="varchar")
    made.run("int_customer_keys")
    assert made.run("customer_aliases", alone=True).rows() == [("phone", "ann")]


def test_where_no_source_fills_identities_what_landed_once_joins_nobody(tmp_path: Path) -> None:
    made = warehouse(tmp_path).land("contacts", contact("a", "ann"), contact("b", "phone", START + DAY))
    made.make(
        "int_customer_keys",
        [{"alias_key": "phone", "customer_key": "ann"}],
        alias_key="varchar",
        customer_key="varchar",
    )
    made.run("stg_contacts")
    assert sorted(made.run("int_contact_legs", alone=True)["customer_key"].to_list()) == ["ann", "phone"]


def test_two_systems_may_both_state_a_pair(tmp_path: Path) -> None:
    made = warehouse(tmp_path).land("contacts", contact("a", "ann"), contact("b", "phone"))
    for system in ("s", "t"):
        made.land("identities", identity("ann", "phone"), system=system)
    assert made.run("int_contacts").height == 2
    assert made.run("int_contacts")["customer_key"].to_list() == ["ann", "ann"]
