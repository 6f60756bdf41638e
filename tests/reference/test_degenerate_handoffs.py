"""Nights on deliveries in which a seam is missing, absurd or all there is."""

import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from rich.console import Console

from pipelines.commands.run_nightly import run_nightly
from pipelines.config import load_settings
from pipelines.snapshot import Snapshot, SnapshotStore

Rows = Mapping[str, Sequence[Mapping[str, Any]]]

_START = datetime(2026, 6, 1, 9, tzinfo=UTC)
_AS_OF = "2026-09-01"
_CROWD = 10_000
_SEAMS = ("handoff_quality", "commitments", "dispositions", "review_sample", "handoff_rates", "promise_rates")


def _night(folder: Path, rows: Rows) -> Snapshot:
    (folder / "landing").mkdir()
    lines = ["[project]", 'data_dir = "data"', "threads = 1", 'time_zone = "UTC"']
    for table, records in rows.items():
        path = folder / "landing" / f"{table}.jsonl"
        path.write_text("".join(f"{json.dumps(row, default=_text)}\n" for row in records), "utf-8")
        lines += ["[[sources]]", f'name = "{table}"', f'table = "{table}"', 'format = "canonical"']
        lines += [f'path = "landing/{table}.jsonl"', 'system = "s"']
    config = folder / "aftercall.toml"
    config.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFTERCALL_PSEUDONYM_KEY", "a test key of at least thirty-two bytes")
        patch.delenv("DAGSTER_HOME", raising=False)
        ran = run_nightly(
            load_settings(config),
            as_of=_AS_OF,
            full_refresh=False,
            console=Console(file=io.StringIO()),
        )
    assert (ran.exit_code, ran.outcome) == (0, "published"), ran.message
    return SnapshotStore(folder / "data").current()


def _text(value: datetime) -> str:
    return value.isoformat()


def _contact(contact_id: str, start: datetime = _START, **cells: Any) -> dict[str, Any]:
    row = {
        "contact_id": contact_id,
        "customer_id": "ann",
        "started_at": start,
        "ended_at": start + timedelta(minutes=10),
    }
    return row | {"issue": "bill", "language": "en", "mode": "joint", "ai_model": "m", "agent_id": "g"} | cells


def _handoff(handoff_id: str, contact_id: str, at: datetime) -> dict[str, Any]:
    return {
        "handoff_id": handoff_id,
        "contact_id": contact_id,
        "occurred_at": at,
        "from_party": "ai",
        "to_party": "agent",
    }


def test_contacts_alone_have_no_handoffs_and_publish(tmp_path: Path) -> None:
    """No handoffs, transcripts, promises, events, claims or verdicts."""
    contacts = [_contact(f"c{number}", _START + timedelta(hours=number)) for number in range(40)]
    snapshot = _night(tmp_path, {"contacts": contacts})
    for table in _SEAMS:
        assert snapshot.scan(table).collect().is_empty(), table
    assert snapshot.scan("mode_mix").collect()["contacts"].sum() == 40
    outcomes = snapshot.scan("contact_outcomes").collect()
    assert outcomes["promise_broken"].null_count() == 40
    compared = snapshot.scan("outcomes_compared").collect()
    assert compared["difference"].null_count() == compared.height


@pytest.fixture(scope="module")
def absurd(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Everything by one customer."""
    minute = timedelta(minutes=1)
    contacts = [_contact(name) for name in ("usual", "before", "after", "long", "german", "absurd", "edge")]
    contacts.append(_contact("crowd", mode="ai_primary", agent_id=None))
    handoffs = [
        _handoff("usual", "usual", _START + 5 * minute),
        _handoff("before", "before", _START - timedelta(days=1)),
        _handoff("after", "after", _START + timedelta(days=1)),
        _handoff("nobody's", "no-such-contact", _START),
    ]
    said = [
        ("usual", 0, "customer", None, "my router is broken and I need a new one"),
        ("usual", 1, "ai", None, "I will send you a replacement router within two days."),
        ("usual", 2, "agent", None, "Hello, what can I do for you?"),
        ("usual", 3, "customer", None, "As I already told the bot, my router is broken"),
        ("before", 0, "customer", 3.0, "As I already told the bot, my router is broken"),
        ("after", 0, "customer", 3.0, "As I already told the bot, my router is broken"),
        ("long", 0, "customer", None, "I want to speak to a human. " + "word " * 200_000),
        ("long", 1, "ai", None, "We will refund you 20 dollars. " + "?!<>&\u0000 (((" * 100_000),
        ("absurd", 0, "ai", -5.0, "We will refund you 20 dollars by Friday."),
        ("absurd", 1, "ai", 1e300, "I will call you back tomorrow."),
        ("german", 0, "ai", 1.0, "Wir schreiben Ihnen 20 Euro gut."),
        ("german", 1, "customer", 2.0, "Ich will mit einem Menschen sprechen."),
    ]
    turns = [
        {"contact_id": leg, "turn_index": index, "speaker": speaker, "offset_seconds": offset, "text": text}
        | ({"language": "de"} if leg == "german" else {})
        for leg, index, speaker, offset, text in said
    ]

    def promise(name: str, contact: str = "edge", **cells: Any) -> dict[str, Any]:
        row = {"commitment_id": name, "contact_id": contact, "made_by": "ai", "kind": "credit", "made_at": _START}
        return row | {"due_at": _START + timedelta(days=3)} | cells

    def event(name: str, at: datetime, **cells: Any) -> dict[str, Any]:
        return {"event_id": name, "event_type": "credit_issued", "occurred_at": at, "customer_id": "ann"} | cells

    promises = [
        promise("nothing", amount=0.0),
        promise("due before made", amount=3.0, due_at=_START - timedelta(days=9)),
        promise("at once", kind="plan_change"),
    ]
    events = [
        event("of nothing", _START + minute, amount=0.0),
        event("at the same instant", _START, event_type="plan_changed"),
    ]
    promises += [promise(f"p{number:05d}", "crowd", amount=77.0) for number in range(_CROWD)]
    events += [event(f"e{number:05d}", _START + number * timedelta(seconds=1), amount=77.0) for number in range(_CROWD)]
    return _night(
        tmp_path_factory.mktemp("absurd"),
        {"contacts": contacts, "handoffs": handoffs, "turns": turns, "commitments": promises, "crm_events": events},
    )


def test_handoffs_outside_their_contacts(absurd: Snapshot) -> None:
    rows = {row["handoff_id"]: row for row in absurd.scan("handoff_quality").collect().to_dicts()}
    assert set(rows) == {"usual", "before", "after"}
    assert (rows["usual"]["repeated_detected"], rows["usual"]["repeated_basis"]) == (True, "words")
    assert rows["usual"]["said_again_at_turn"] == 3
    assert rows["before"]["repeated_detected"] is True, "all was said after it"
    assert rows["after"]["repeated_detected"] is None, "nothing was said after it"
    # Nobody is recorded to have taken over after it: how long that took is not known, and not zero.
    for name in ("usual", "after"):
        assert (rows[name]["seconds_to_human"], rows[name]["seconds_to_human_basis"]) == (None, None)
    assert rows["before"]["seconds_to_human"] == 86_400


def test_promises_at_their_edges(absurd: Snapshot) -> None:
    rows = {row["commitment_id"]: row for row in absurd.scan("commitments").collect().to_dicts()}
    assert (rows["nothing"]["status"], rows["nothing"]["event_id"]) == ("kept_on_time", "of nothing")
    assert rows["due before made"]["status"] == "broken"
    assert (rows["at once"]["status"], rows["at once"]["event_id"]) == ("kept_on_time", "at the same instant")


def test_words_at_their_edges(absurd: Snapshot) -> None:
    """Long turns are read from their beginning, absurd offsets count for none, and other languages are not read."""
    spoken = absurd.scan("commitments").filter(pl.col("source") == "spoken").collect()
    found = {(row["contact_id"], row["turn_index"]): row for row in spoken.to_dicts()}
    assert set(found) == {("usual", 1), ("long", 1), ("absurd", 0), ("absurd", 1)}
    assert found["absurd", 0]["made_at"] == found["absurd", 1]["made_at"] == _START
    assert found["absurd", 0]["due_at"] == datetime(2026, 6, 6, tzinfo=UTC)
    assert found["absurd", 1]["due_at"] == datetime(2026, 6, 3, tzinfo=UTC)
    assert all(len(row["quote"]) <= 300 for row in found.values())
    stuck = absurd.scan("stuck").filter(pl.col("measure") == "asked_for_human").collect()
    assert stuck["n"].sum() == 0, "nobody who spoke was alone with the AI"


def test_a_crowd_of_equal_promises_has_a_credit_each(absurd: Snapshot) -> None:
    """One customer, ten thousand promises and credits: a hundred million pairs, which nobody makes."""
    rows = absurd.scan("commitments").filter(pl.col("contact_id") == "crowd").sort("commitment_id").collect()
    assert rows.height == _CROWD
    assert rows["event_id"].to_list() == [f"e{number:05d}" for number in range(_CROWD)]
    assert set(rows["status"]) == {"kept_on_time"}
