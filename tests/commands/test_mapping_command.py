"""`aftercall mapping`: what it shows can stand in a configuration as it is, and reads the vendor's files."""

import json
from pathlib import Path

import pytest
from builders.command_line import Command
from builders.landed import Landed

from pipelines.commands.mappings import mapping_names
from pipelines.config import load_settings


@pytest.mark.parametrize("name", mapping_names())
def test_every_mapping_loads_as_it_is(aftercall: Command, tmp_path: Path, name: str) -> None:
    said = aftercall("mapping", "show", name)
    assert (said.code, said.err) == (0, "")
    path = tmp_path / "aftercall.toml"
    path.write_text(f'[project]\ndata_dir = "data"\n{said.out}', "utf-8")
    (source,) = load_settings(path).sources
    assert (source.name, source.format) == (name, "mapping")


def test_the_names_are_listed_and_another_is_refused(aftercall: Command) -> None:
    assert aftercall("mapping", "list").out.split() == mapping_names()
    said = aftercall("mapping", "show", "amazon")
    assert said.code == 2
    assert "amazon_connect_ctr" in said.one_message()


def test_amazon_connect(aftercall: Command, tmp_path: Path) -> None:
    """A chain of two legs, the second delivered twice; a transfer out of Connect; a supervisor who listens in."""
    shown = aftercall("mapping", "show", "amazon_connect_ctr").out
    landed = Landed(tmp_path)
    landed.block(shown.split("[[sources]]\n")[1])
    first = {
        "ContactId": "c1", "InitialContactId": None, "NextContactId": "c2", "InitiationMethod": "INBOUND", "Channel": "VOICE",
        "InitiationTimestamp": "2026-01-05T10:00:00Z", "DisconnectTimestamp": "2026-01-05T10:05:00Z", "LastUpdateTimestamp": "2026-01-05T10:06:00Z",
        "CustomerEndpoint": {"Address": "+431555", "Type": "TELEPHONE_NUMBER"}, "Queue": {"Name": "Sales"}, "TransferCompletedTimestamp": "2026-01-05T10:04:00Z",
        "Agent": {"Username": "ann", "AgentInteractionDuration": 33, "CustomerHoldDuration": 0, "AfterContactWorkDuration": 32},
    }  # fmt: skip
    second = {
        **first,
        "ContactId": "c2",
        "InitialContactId": "c1",
        "NextContactId": None,
        "InitiationMethod": "TRANSFER",
        "Agent": None,
    }
    later = {**second, "LastUpdateTimestamp": "2026-01-05T11:06:00Z", "DisconnectReason": "CUSTOMER_DISCONNECT"}
    monitor = {**first, "ContactId": "c3", "InitiationMethod": "MONITOR"}
    landed.put("landing/connect/2026/01/ctr-1", "\n".join(json.dumps(each) for each in (first, second, monitor, later)))
    landed.night()
    one, two = landed.surviving()
    assert (one["contact_id"], one["root_contact_id"], one["direction"], one["channel"]) == (
        "c1",
        "c1",
        "inbound",
        "voice",
    )
    assert (one["talk_seconds"], one["hold_seconds"], one["wrap_seconds"]) == (33, 0, 32)
    assert (one["mode"], one["agent_id"], one["queue"]) == ("human_primary", "ann", "Sales")
    assert "external_transfers" not in one, "the other leg stands for it"
    assert (two["root_contact_id"], two["external_transfers"], two["disconnect_reason"]) == (
        "c1",
        1,
        "CUSTOMER_DISCONNECT",
    )
    assert {"mode", "agent_id", "direction"}.isdisjoint(two)
    assert landed.ledger() == {"landing/connect/2026/01/ctr-1": (3, 2, 0, 1, 0)}
    assert landed.filtered() == {"landing/connect/2026/01/ctr-1": 1}
