"""Promises (M12): which event keeps which promise, when one is broken, and what was said once is one promise."""

# ruff: noqa: DTZ001 - instants of the warehouse are naive UTC

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders.analysis_warehouse import Warehouse, own

from pipelines.analyses.promises import promise_matches, promise_rates_table
from pipelines.warehouse.frames import read_table, replace_table

_MADE = datetime(2026, 6, 1, 15, 0)
_DUE = datetime(2026, 6, 8, 15, 0)
_AS_OF = datetime(2026, 10, 1)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path, _AS_OF)


def _contact(contact_id: str = "c1", customer: str | None = "ann", **more: Any) -> dict[str, Any]:
    start = more.pop("started_at", _MADE - timedelta(minutes=10))
    row = {"contact_id": contact_id, "customer_id": customer, "started_at": start, "ended_at": _MADE, "issue": "bill"}
    return row | more


def _promise(promise_id: str = "p1", contact_id: str = "c1", **more: Any) -> dict[str, Any]:
    row = {"commitment_id": promise_id, "contact_id": contact_id, "made_by": "ai", "kind": "credit", "amount": 50.0}
    return row | {"made_at": _MADE, "due_at": _DUE} | more


def _event(event_id: str = "e1", at: datetime = _DUE, **more: Any) -> dict[str, Any]:
    row = {"event_id": event_id, "event_type": "credit_issued", "occurred_at": at, "customer_id": "ann", "amount": 50.0}
    return row | more


def _fates(warehouse: Warehouse) -> dict[str, dict[str, Any]]:
    warehouse.run("int_promise_candidates")
    candidates = read_table(warehouse.connection, "int_promise_candidates", order="promise_order, event_order")
    replace_table(warehouse.connection, "promise_matches", promise_matches(candidates))
    return {row["commitment_id"]: row for row in warehouse.run("commitments").iter_rows(named=True)}


def _fate(warehouse: Warehouse, *events: dict[str, Any], **promise: Any) -> dict[str, Any]:
    warehouse.land("contacts", _contact()).land("commitments", _promise(**promise)).land("crm_events", *events)
    return _fates(warehouse)["p1"]


#: An event each, and whether it keeps a promise of 50 dollars: not one of 5, nor another customer's.
_FITTING: tuple[tuple[dict[str, Any], bool], ...] = (
    (_event(), True),
    (_event(amount=49.0), True),
    (_event(amount=48.9), False),
    (_event(amount=5.0), False),
    (_event(amount=500.0), False),
    (_event(amount=None), False),
    (_event(customer_id="bob"), False),
    (_event(customer_id=None), False),
    (_event(customer_id=None, contact_id="c1"), True),
    (_event(event_type="refund_issued"), False),
    (_event(currency="EUR"), False),
    (_event(currency="USD"), True),
    (_event(at=_MADE - timedelta(minutes=11)), False),
    (_event(at=_MADE - timedelta(minutes=5)), True),
)
#: When the credit was issued, and what that made of the promise.
_IN_TIME = (
    (_DUE, "kept_on_time"),
    (_DUE + timedelta(days=1), "kept_on_time"),
    (_DUE + timedelta(days=1, seconds=1), "kept_late"),
    (_DUE + timedelta(days=30), "kept_late"),
    (_DUE + timedelta(days=30, seconds=1), "broken"),
)
#: Events that may name the promise, the status, and when it was kept.
_NAMING: tuple[tuple[list[dict[str, Any]], str, datetime | None], ...] = (
    ([_event(commitment_id="p1")], "kept_on_time", _DUE),
    ([_event(commitment_id="p1", event_type="other", amount=None)], "kept_on_time", _DUE),
    # Far later than a match by customer, kind and amount would reach: it names the promise.
    ([_event(at=_DUE + timedelta(days=60), commitment_id="p1")], "kept_late", _DUE + timedelta(days=60)),
    ([_event(commitment_id="p1", amount=5.0)], "broken", None),
    ([_event(commitment_id="p1", customer_id="bob")], "broken", None),
    ([_event(commitment_id="p1", event_type="case_closed", amount=None)], "broken", None),
    (
        [
            _event("e1", _MADE + timedelta(days=1), commitment_id="p1", amount=20.0),
            _event("e2", _MADE + timedelta(days=2), commitment_id="p1", amount=30.0),
        ],
        "kept_on_time",
        _MADE + timedelta(days=2),
    ),
    # A credit that names another promise is that one's, though customer, kind and amount fit.
    ([_event(commitment_id="p2", amount=50.0)], "broken", None),
)


@pytest.fixture(scope="module")
def fate_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, Any]]:
    """What became of ``p1`` of each case: customers of its own, in one warehouse for all."""
    cases = {f"fitting {n}": [event] for n, (event, _) in enumerate(_FITTING)}
    cases |= {f"in time {n}": [_event(at=at)] for n, (at, _) in enumerate(_IN_TIME)}
    cases |= {f"naming {n}": events for n, (events, *_) in enumerate(_NAMING)}
    warehouse = Warehouse(tmp_path_factory.mktemp("cases"), _AS_OF)
    for case, events in cases.items():
        warehouse.land("contacts", own(case, _contact())).land("commitments", own(case, _promise()))
        if case.startswith("naming"):
            other = _promise("p2", "c2", amount=200.0)
            warehouse.land("contacts", own(case, _contact("c2"))).land("commitments", own(case, other))
        warehouse.land("crm_events", *(own(case, event) for event in events))
    fates = _fates(warehouse)
    return lambda case: fates[f"p1 {case}"]


@pytest.mark.parametrize(
    ("number", "is_kept"),
    [(number, is_kept) for number, (_, is_kept) in enumerate(_FITTING)],
    ids=[f"{','.join(str(value) for value in event.values())}-{is_kept}" for event, is_kept in _FITTING],
)
def test_customer_kind_amount_and_time_must_fit(
    fate_of: Callable[[str], dict[str, Any]], number: int, is_kept: bool
) -> None:
    fate = fate_of(f"fitting {number}")
    assert (fate["status"], fate["match_rule"]) == (
        ("kept_on_time", "customer_kind_amount") if is_kept else ("broken", None)
    )


@pytest.mark.parametrize(("number", "status"), [(number, status) for number, (_, status) in enumerate(_IN_TIME)])
def test_grace_lateness_and_its_end(fate_of: Callable[[str], dict[str, Any]], number: int, status: str) -> None:
    assert fate_of(f"in time {number}")["status"] == status


@pytest.mark.parametrize(
    ("number", "status", "at"), [(number, status, at) for number, (_, status, at) in enumerate(_NAMING)]
)
def test_an_event_that_names_the_promise(
    fate_of: Callable[[str], dict[str, Any]], number: int, status: str, at: datetime | None
) -> None:
    fate = fate_of(f"naming {number}")
    assert (fate["status"], fate["fulfilled_at"]) == (status, at)


@pytest.mark.parametrize(("days", "status"), [(1, "pending"), (1.0001, "broken")])
def test_pending_until_the_grace_has_passed(tmp_path: Path, days: float, status: str) -> None:
    warehouse = Warehouse(tmp_path, _DUE + timedelta(days=days))
    warehouse.land("crm_events", _event("other", _MADE, customer_id="zoe"))
    assert _fate(warehouse)["status"] == status


def test_two_equal_promises_need_two_credits(warehouse: Warehouse) -> None:
    later = {"due_at": _DUE + timedelta(days=2)}
    warehouse.land("contacts", _contact(), _contact("c2")).land("commitments", _promise(**later), _promise("p2", "c2"))
    warehouse.land("crm_events", _event())
    fates = _fates(warehouse)
    assert (fates["p2"]["status"], fates["p1"]["status"]) == ("kept_on_time", "broken"), "the one due first has it"
    warehouse.land("crm_events", _event("e2", _DUE + timedelta(days=1)))
    fates = _fates(warehouse)
    assert (fates["p2"]["event_id"], fates["p1"]["event_id"]) == ("e1", "e2")


def test_a_promise_without_an_amount_leaves_the_exact_one_its_credit(warehouse: Warehouse) -> None:
    warehouse.land("contacts", _contact(), _contact("c2"))
    warehouse.land("commitments", _promise(amount=None), _promise("p2", "c2", due_at=_DUE + timedelta(days=5)))
    warehouse.land("crm_events", _event(), _event("e2", amount=7.0))
    fates = _fates(warehouse)
    assert (fates["p2"]["event_id"], fates["p1"]["event_id"]) == ("e1", "e2")


@pytest.mark.parametrize(
    ("contact", "promise", "reason"),
    [
        (_contact(customer=None), _promise(), "no_customer"),
        (_contact(), _promise(kind="visit"), "kind_without_event"),
    ],
)
def test_what_nothing_could_tell_is_not_broken(
    warehouse: Warehouse, contact: dict[str, Any], promise: dict[str, Any], reason: str
) -> None:
    warehouse.land("contacts", contact).land("commitments", promise).land("crm_events", _event(customer_id="zoe"))
    fate = _fates(warehouse)["p1"]
    assert (fate["status"], fate["unverifiable_reason"]) == ("unverifiable", reason)


def test_without_crm_events_nothing_is_broken(warehouse: Warehouse) -> None:
    warehouse.land("contacts", _contact()).land("commitments", _promise())
    fate = _fates(warehouse)["p1"]
    assert (fate["status"], fate["unverifiable_reason"]) == ("unverifiable", "no_crm_events")


@pytest.mark.parametrize(("done", "days"), [(False, 14), (True, 3)])
def test_without_a_date_the_configured_days_go(warehouse: Warehouse, done: bool, days: int) -> None:
    _say(warehouse, "I'll credit you", kind="credit", is_done=done)
    warehouse.land("contacts", _contact()).land("crm_events", _event("x", customer_id="zoe"))
    (fate,) = _fates(warehouse).values()
    # A day means its end: the 1st of June and so many days, until the midnight after.
    assert fate["due_at"] == datetime(2026, 6, 2) + timedelta(days=days)
    assert fate["is_due_by_default"]


def _say(warehouse: Warehouse, text: str, *, contact_id: str = "c1", turn: int = 1, **found: Any) -> None:
    """A turn of the AI, and what the patterns are said to find in it."""
    warehouse.land(
        "turns",
        {"contact_id": contact_id, "turn_index": turn, "speaker": "ai", "text": text, "language": "en"},
    )
    fingerprint = _patterns()
    row = {"topic": "promise", "place": 1, "is_done": False, "quote": text, "amount": None, "currency": None} | found
    row |= {"patterns": fingerprint, "role": "server", "language": "en"}
    _findings(warehouse)
    names = ", ".join(row)
    warehouse.connection.execute(
        f"insert into text_findings ({names}, text_hash) values ({', '.join('?' * len(row))}, sha256(?))",
        [*row.values(), text],
    )


def _patterns() -> str:
    from pipelines.extraction import load_patterns  # noqa: PLC0415

    return load_patterns(None).fingerprint


def _findings(warehouse: Warehouse) -> None:
    from pipelines.warehouse.text_findings import TEXT_FINDINGS_DDL  # noqa: PLC0415

    warehouse.connection.execute(TEXT_FINDINGS_DDL)


#: What is on record but the usual, what was said, and how many promises that makes.
_SAID_AGAIN: tuple[tuple[dict[str, Any], list[dict[str, Any]], int], ...] = (
    ({}, [{"amount": 50.0}], 1),
    ({}, [{"amount": 49.5}], 1),
    ({}, [{"amount": None}], 1),
    ({"amount": None}, [{"amount": 50.0}], 1),
    ({}, [{"amount": 20.0}], 2),
    ({}, [{"kind": "callback"}], 2),
    ({}, [{"kind": "refund", "amount": 50.0}], 1),
    ({}, [{"kind": "refund", "amount": None}], 2),
    ({}, [{"amount": 20.0}, {"amount": 20.0}, {"amount": None}], 2),
    ({}, [{"amount": 20.0}, {"amount": 30.0}], 3),
)


@pytest.fixture(scope="module")
def made_by_case(tmp_path_factory: pytest.TempPathFactory) -> Counter[str]:
    """How many promises were made in the contact of each case."""
    warehouse = Warehouse(tmp_path_factory.mktemp("said again"), _AS_OF)
    for number, (recorded, said, _) in enumerate(_SAID_AGAIN):
        case = str(number)
        warehouse.land("contacts", own(case, _contact())).land("commitments", own(case, _promise(**recorded)))
        for turn, found in enumerate(said):
            words, contact_id = f"words {turn} of {case}", f"c1 {case}"
            _say(warehouse, words, contact_id=contact_id, turn=turn, **({"kind": "credit"} | found))
    return Counter(fate["contact_id"] for fate in _fates(warehouse).values())


@pytest.mark.parametrize(
    ("number", "promises"), [(number, promises) for number, (*_, promises) in enumerate(_SAID_AGAIN)]
)
def test_what_was_said_again_is_one_promise(made_by_case: Counter[str], number: int, promises: int) -> None:
    assert made_by_case[f"c1 {number}"] == promises


def test_a_record_without_amount_and_date_has_them_from_the_words(warehouse: Warehouse) -> None:
    warehouse.land("contacts", _contact()).land("commitments", _promise(amount=None, due_at=None))
    warehouse.land("crm_events", _event(amount=8.0))
    _say(warehouse, "8 dollars in 2 days", kind="credit", amount=8.0, currency="USD", due_count=2, due_unit="day")
    (fate,) = _fates(warehouse).values()
    assert (fate["source"], fate["amount"], fate["currency"]) == ("recorded", 8.0, "USD")
    assert fate["due_at"] == datetime(2026, 6, 4)
    assert not fate["is_due_by_default"]


#: What is said on Friday 5 June 2026 at 14:00 in New York, where local midnight is 04:00 UTC, and when that is due.
_DUES: tuple[tuple[dict[str, Any], datetime], ...] = (
    ({"due_count": 48, "due_unit": "hour"}, datetime(2026, 6, 7, 18)),
    ({"due_count": 0, "due_unit": "day"}, datetime(2026, 6, 6, 4)),
    ({"due_count": 1, "due_unit": "day"}, datetime(2026, 6, 7, 4)),
    ({"due_count": 1, "due_unit": "business_day"}, datetime(2026, 6, 9, 4)),
    ({"due_count": 5, "due_unit": "business_day"}, datetime(2026, 6, 13, 4)),
    ({"due_count": 6, "due_unit": "business_day"}, datetime(2026, 6, 16, 4)),
    ({"due_count": 2, "due_unit": "week"}, datetime(2026, 6, 20, 4)),
    ({"due_count": 1, "due_unit": "month"}, datetime(2026, 7, 6, 4)),
    ({"due_unit": "weekday", "due_value": "saturday"}, datetime(2026, 6, 7, 4)),
    ({"due_unit": "weekday", "due_value": "friday"}, datetime(2026, 6, 13, 4)),
    ({"due_unit": "weekday", "due_value": "thursday"}, datetime(2026, 6, 12, 4)),
    ({"due_unit": "end_of", "due_value": "day"}, datetime(2026, 6, 6, 4)),
    ({"due_unit": "end_of", "due_value": "week"}, datetime(2026, 6, 8, 4)),
    ({"due_unit": "end_of", "due_value": "month"}, datetime(2026, 7, 1, 4)),
    ({"due_unit": "date", "due_value": "2026-12-04"}, datetime(2026, 12, 5, 5)),
    ({"due_unit": "date", "due_value": "--06-20"}, datetime(2026, 6, 21, 4)),
    ({"due_unit": "date", "due_value": "--03-01"}, datetime(2027, 3, 2, 5)),
    ({"due_unit": "date", "due_value": "--13-77"}, datetime(2026, 6, 20, 4)),
    ({"due_count": 1e12, "due_unit": "day"}, datetime(2036, 6, 3, 4)),
)


def test_days_are_those_of_the_business(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, datetime(2026, 7, 1), time_zone="America/New_York")
    said = datetime(2026, 6, 5, 18)
    for number, (due, _) in enumerate(_DUES):
        who = {"customer_id": f"customer {number}", "started_at": said, "ended_at": said + timedelta(minutes=5)}
        warehouse.land("contacts", _contact(f"c{number}", **who))
        _say(warehouse, f"soon {number}", contact_id=f"c{number}", kind="credit", **due)
    due_at = {fate["contact_id"]: fate["due_at"] for fate in _fates(warehouse).values()}
    assert due_at == {f"c{number}": until for number, (_, until) in enumerate(_DUES)}


def test_on_a_weekend_business_days_count_from_the_friday(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path, datetime(2026, 7, 1))
    sunday = datetime(2026, 6, 7, 12)
    warehouse.land("contacts", _contact(started_at=sunday, ended_at=sunday))
    _say(warehouse, "soon", kind="credit", due_count=1, due_unit="business_day")
    (fate,) = _fates(warehouse).values()
    assert fate["due_at"] == datetime(2026, 6, 9), "the Monday's end"


def test_a_contact_with_one_broken_promise_is_one_with_a_broken_promise(warehouse: Warehouse) -> None:
    warehouse.land("contacts", *(_contact(name) for name in ("broken", "kept", "pending", "none")))
    warehouse.land(
        "commitments",
        _promise("p1", "broken"),
        _promise("p2", "broken", amount=1.0),
        _promise("p3", "kept", amount=2.0),
        _promise("p4", "pending", amount=2.5),
        _promise("p5", "pending", amount=3.0, due_at=_AS_OF),
    )
    warehouse.land("crm_events", *(_event(f"e{n}", amount=amount) for n, amount in enumerate((1.0, 2.0, 2.5))))
    _fates(warehouse)
    outcomes = warehouse.run("contact_outcomes")
    said = dict(outcomes.select("contact_id", "promise_broken").iter_rows())
    assert said == {"broken": True, "kept": False, "pending": None, "none": None}


def test_trust_is_read_at_the_next_contact(warehouse: Warehouse) -> None:
    again = _MADE + timedelta(days=10)
    warehouse.land("contacts", _contact(), _contact("c2", started_at=again, ended_at=again, mode="joint"))
    warehouse.land("commitments", _promise()).land("crm_events", _event("x", customer_id="zoe"))
    assert _fates(warehouse)["p1"]["next_asked_for_human"] is None, "nothing tells"
    handoff = {"handoff_id": "h", "contact_id": "c2", "occurred_at": again, "from_party": "ai", "to_party": "agent"}
    warehouse.land("handoffs", handoff | {"trigger": "customer_request"})
    fate = _fates(warehouse)["p1"]
    assert (fate["next_contact_id"], fate["next_mode"], fate["next_asked_for_human"]) == ("c2", "joint", True)


def test_rates_count_what_is_known() -> None:
    statuses = ["kept_on_time"] * 6 + ["kept_late"] * 2 + ["broken"] * 2 + ["pending"] * 5 + ["unverifiable"] * 5
    n = len(statuses)
    names = (
        "mode",
        "channel",
        "queue",
        "workflow",
        "issue",
        "product",
        "region",
        "language",
        "ai_model",
        "source",
        "kind",
    )
    frame = pl.DataFrame(
        {"customer": range(n), "status": statuses, "made_by": ["ai", "agent"] * (n // 2), "hour_of_day": [9] * n}
        | {"has_customer": True}
        | {name: ["x"] * n for name in names}
    )
    found = promise_rates_table(frame, min_n=5).filter(pl.col("grouping") == "{}")
    assert {row["measure"]: (row["numerator"], row["n"], row["value"]) for row in found.iter_rows(named=True)} == {
        "kept_on_time": (6, 10, 0.6),
        "kept_late": (2, 10, 0.2),
        "broken": (2, 10, 0.2),
        "unverifiable": (5, 20, 0.25),
    }
    by_maker = promise_rates_table(frame, min_n=6).filter(
        (pl.col("grouping") == '{"made_by": "ai"}') & (pl.col("measure") != "unverifiable")
    )
    assert by_maker["value"].null_count() == 3
    assert by_maker["reason"].unique().to_list() == ["5 promises, fewer than 6"]


def test_a_broken_promise_is_flagged_with_what_was_promised_and_when_it_was_due(tmp_path: Path) -> None:
    """Money was promised: severity 2."""
    warehouse = Warehouse(tmp_path, _AS_OF, time_zone="America/New_York")
    warehouse.land("contacts", _contact()).land("commitments", _promise(due_at=datetime(2026, 6, 9, 3, 59, 59)))
    warehouse.land("crm_events", _event("x", customer_id="zoe"))
    _fates(warehouse)
    (flag,) = warehouse.run("case_flags").filter(pl.col("code") == "D5").iter_rows(named=True)
    assert flag["severity"] == 2
    evidence = json.loads(flag["evidence"])
    assert {name: evidence[name] for name in ("made_by", "kind", "amount", "currency", "due_at")} == {
        "made_by": "ai",
        "kind": "credit",
        "amount": 50.0,
        "currency": "USD",
        "due_at": "2026-06-09T03:59:59Z",
    }


def test_a_complaint_that_has_come_counts_before_its_window_has_closed(tmp_path: Path) -> None:
    """Ten days after the contact nobody can say that no complaint comes within 30; that one has come is known."""
    warehouse = Warehouse(tmp_path, _DUE + timedelta(days=3))
    warehouse.land("contacts", _contact()).land("commitments", _promise())
    warehouse.land("crm_events", _event("x", customer_id="zoe"))
    complained = {"complaint_id": "k", "regulator": "r", "received_at": _DUE, "contact_id": "c1"}
    warehouse.land("complaints", complained)
    _fates(warehouse)
    (flag,) = warehouse.run("case_flags").filter(pl.col("code") == "D5").iter_rows(named=True)
    assert (flag["severity"], json.loads(flag["evidence"])["complaint_within_30d"]) == (3, True)
    (outcome,) = warehouse.run("contact_outcomes").iter_rows(named=True)
    assert outcome["complaint_within_30d"] is None


def test_a_promise_to_nobody_known_is_kept_or_unverifiable_and_in_no_rate(tmp_path: Path) -> None:
    """Three of them: an event names the first; nothing could tell of the others, long after they were due."""
    warehouse = Warehouse(tmp_path, _AS_OF)
    warehouse.land("contacts", _contact(customer=None), _contact("c2"))
    warehouse.land("commitments", *(_promise(name) for name in ("named", "lost", "like it")), _promise("known", "c2"))
    warehouse.land("crm_events", _event("e1", commitment_id="named", customer_id=None), _event("e2", customer_id=None))
    fates = _fates(warehouse)
    assert {name: fate["status"] for name, fate in fates.items()} == {
        "named": "kept_on_time", "lost": "unverifiable", "like it": "unverifiable", "known": "broken",
    }  # fmt: skip
    assert {fates[name]["unverifiable_reason"] for name in ("lost", "like it")} == {"no_customer"}
    found = promise_rates_table(warehouse.run("input_promise_outcomes"), min_n=1)
    whole = found.filter(pl.col("grouping") == "{}")
    # The one that was kept would make the rate look better: of such promises nobody can see that one was broken.
    assert {row["measure"]: (row["numerator"], row["n"]) for row in whole.iter_rows(named=True)} == {
        "kept_on_time": (0, 1), "kept_late": (0, 1), "broken": (1, 1), "unverifiable": (3, 4),
    }  # fmt: skip
