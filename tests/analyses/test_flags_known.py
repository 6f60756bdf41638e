"""When a case flag became known (M15): by the records that raise it, whatever night first saw them."""

# ruff: noqa: DTZ001 - instants of the warehouse are naive UTC

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from builders.analysis_warehouse import Warehouse

from pipelines.analyses.promises import promise_matches
from pipelines.warehouse.frames import read_table, replace_table

_START = datetime(2026, 6, 10, 9, 0)
_END = _START + timedelta(minutes=10)
_DAY = timedelta(days=1)


def _contact(contact_id: str, at: datetime = _START, **more: Any) -> dict[str, Any]:
    row = {"contact_id": contact_id, "customer_id": f"of {contact_id}", "started_at": at, "mode": "human_primary"}
    return row | {"ended_at": at + timedelta(minutes=10), "issue": "bill", "handle_seconds": 300.0} | more


def _alone(contact_id: str, **more: Any) -> dict[str, Any]:
    return _contact(contact_id, mode="ai_primary", ai_model="m", handle_seconds=None) | more


@pytest.fixture(scope="module")
def known_at(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], datetime]:
    """(code, contact) → known_at, of a world with one flag of every rule and some variants."""
    folder: Path = tmp_path_factory.mktemp("known")
    keys = "[metrics]\nmin_n = 2\nlag_days = 3\n[promises]\ngrace_days = 2.0\n"
    warehouse = Warehouse(folder, datetime(2026, 10, 1), keys=keys)
    warehouse.land(
        "contacts",
        # Contacts like those of D2 and D6 in the days before.
        *(_contact(f"usual {n}", _START - n * _DAY) for n in (1, 2, 3)),
        _contact("back", resolved_claimed=True, customer_id="bo", handle_seconds=None),
        _contact("back again", _START + 2 * _DAY, customer_id="bo", handle_seconds=None),
        # The next contact began while this one was still open: both facts are there once it has ended.
        _contact("overlap", resolved_claimed=True, customer_id="cy", handle_seconds=None),
        _contact("overlap again", _START + timedelta(minutes=2), customer_id="cy", handle_seconds=None),
        _contact("hurried", handle_seconds=60.0),
        _contact("complained", resolved_claimed=True, handle_seconds=None),
        _alone("sure", ai_confidence=0.97, customer_id="di", resolved_claimed=False),
        _alone("sure again", started_at=_START + _DAY, ended_at=_START + _DAY, customer_id="di"),
        _contact("slow", handle_seconds=900.0),
        _contact("slow, rated late", handle_seconds=900.0),
        _alone("promised"),
        _contact("twice", mode="joint", handle_seconds=None),
        _alone("stuck", misunderstandings=3),
    )
    warehouse.land(
        "surveys",
        {"response_id": "1", "contact_id": "hurried", "responded_at": _END + 5 * _DAY, "csat": 1},
        {"response_id": "2", "contact_id": "slow, rated late", "responded_at": _END + 50 * _DAY, "csat": 5},
    )
    warehouse.land(
        "complaints",
        *(
            {"complaint_id": str(days), "regulator": "r", "received_at": _END + days * _DAY, "contact_id": "complained"}
            for days in (9, 20)
        ),
    )
    warehouse.land(
        "commitments",
        {"commitment_id": "p", "contact_id": "promised", "made_by": "ai", "kind": "credit", "amount": 5.0,
         "made_at": _END, "due_at": _END + 7 * _DAY},
    )  # fmt: skip
    warehouse.land(
        "crm_events", {"event_id": "e", "event_type": "credit_issued", "occurred_at": _END, "customer_id": "zoe"}
    )
    warehouse.land(
        "handoffs",
        {"handoff_id": "h", "contact_id": "twice", "occurred_at": _START, "from_party": "ai", "to_party": "agent",
         "customer_repeated": True},
    )  # fmt: skip
    warehouse.run("int_promise_candidates")
    candidates = read_table(warehouse.connection, "int_promise_candidates", order="promise_order, event_order")
    replace_table(warehouse.connection, "promise_matches", promise_matches(candidates))
    flags: pl.DataFrame = warehouse.run("case_flags")
    assert flags["known_at"].null_count() == 0
    return {(code, contact): at for code, contact, at in flags.select("code", "contact_id", "known_at").iter_rows()}


@pytest.mark.parametrize(
    ("code", "contact", "expected"),
    [
        ("D1", "back", _START + 2 * _DAY),
        ("D1", "overlap", _END),
        ("D2", "hurried", _END + 5 * _DAY),
        ("D3", "complained", _END + 9 * _DAY),
        # 30 days and the three that complaint feeds may be late.
        ("D4", "sure", _END + 33 * _DAY),
        ("D6", "slow", _END + 33 * _DAY),
        ("D6", "slow, rated late", _END + 50 * _DAY),
        # Due after seven days, with two of grace.
        ("D5", "promised", _END + 9 * _DAY),
        ("D7", "twice", _END),
        ("D8", "stuck", _END),
    ],
)
def test_a_flag_is_known_when_its_last_fact_is(
    code: str, contact: str, expected: datetime, known_at: dict[tuple[str, str], datetime]
) -> None:
    found = known_at[code, contact]
    assert (found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found) == expected
