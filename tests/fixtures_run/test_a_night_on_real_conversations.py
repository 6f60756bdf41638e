"""Real conversations through a whole night: promises and phrases that come out, against what a reader finds in them.

The call-analytics sample is no format that the product reads; here it is turned into canonical contacts and turns, as
whoever has such files would do it. What is found is judged by ``labelled.real_promises`` and ``real_phrases``.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from labelled.reading import Due, Promise, RealTurn, match, read_real_phrases, read_real_promises
from rich.console import Console

from pipelines.commands.run_nightly import run_nightly
from pipelines.config import load_settings
from pipelines.snapshot import Snapshot, SnapshotStore
from pipelines.sources.reading import ReadOptions, UnreadableFileError
from pipelines.sources.vcon import VconReader

_CALL = "aws-transcribe-call-analytics"
_CONFIG = """
[project]
data_dir = "data"
threads = 1

[[sources]]
format = "vcon"
path = "{real}/vcon-*/*.*on"

[[sources]]
name = "contacts"
table = "contacts"
format = "canonical"
path = "landing/contacts.csv"
system = "calls"

[[sources]]
name = "turns"
table = "turns"
format = "canonical"
path = "landing/turns.jsonl"
system = "calls"
"""


def canonical_turns(call: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Turns of a call-analytics job. Punctuation is no recognised word, though it has a confidence, 0; a redacted one has none."""
    speakers = {"AGENT": "agent", "CUSTOMER": "customer"}
    turns = []
    for number, said in enumerate(call["Transcript"]):
        spoken = (item for item in said["Items"] if item["Type"] == "pronunciation")
        words = [float(item["Confidence"]) for item in spoken if "Confidence" in item]
        turns.append(
            {
                "contact_id": call["JobName"],
                "turn_index": number,
                "speaker": speakers[said["ParticipantRole"]],
                "offset_seconds": said["BeginOffsetMillis"] / 1000,
                "duration_seconds": (said["EndOffsetMillis"] - said["BeginOffsetMillis"]) / 1000,
                "text": said["Content"],
                "asr_confidence": sum(words) / len(words) if words else None,
                "language": call["LanguageCode"],
            }
        )
    return turns


@dataclass(frozen=True)
class RealNight:
    """``turns``: speaker and text of all turns that went in; ``found``: finding rows by turn."""

    snapshot: Snapshot
    turns: Mapping[RealTurn, tuple[str, str]]
    found: Mapping[RealTurn, Sequence[Mapping[str, Any]]]
    kept_turns: pl.DataFrame
    contacts: Mapping[str, str]
    """Contact id → file."""


@pytest.fixture(scope="module")
def night(real_files: Path, tmp_path_factory: pytest.TempPathFactory) -> RealNight:
    folder = tmp_path_factory.mktemp("conversations")
    (folder / "landing").mkdir()
    call = json.loads((real_files / _CALL / "example-call.json").read_text("utf-8"))
    rows = canonical_turns(call)
    with (folder / "landing" / "contacts.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(["contact_id", "started_at", "channel", "mode", "agent_id"])
        writer.writerow([call["JobName"], "2026-06-01T12:00:00Z", "voice", "human_primary", "an-agent"])
    (folder / "landing" / "turns.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")

    turns = {RealTurn(_CALL, "example-call.json", row["turn_index"]): (row["speaker"], row["text"]) for row in rows}
    places = {
        (call["JobName"], row["turn_index"]): RealTurn(_CALL, "example-call.json", row["turn_index"]) for row in rows
    }
    contacts = {call["JobName"]: "example-call.json"}
    for source, pattern in (("vcon-dev-synthetic", "*.vcon.json"), ("vcon-ietf", "*.vcon")):
        for path in sorted((real_files / source).glob(pattern)):
            try:
                read = VconReader().read(path, ReadOptions()).tables["turns"].to_dicts()
            except UnreadableFileError:
                continue
            for row in read:
                place = RealTurn(source, path.name, row["turn_index"])
                turns[place] = (row["speaker"], row["text"])
                places[row["contact_id"], row["turn_index"]] = place
                contacts[row["contact_id"]] = path.name

    config = folder / "aftercall.toml"
    config.write_text(_CONFIG.format(real=real_files), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AFTERCALL_PSEUDONYM_KEY", "a test key of at least thirty-two bytes")
        patch.delenv("DAGSTER_HOME", raising=False)
        ran = run_nightly(
            load_settings(config),
            as_of="",
            full_refresh=False,
            console=Console(file=io.StringIO()),
        )
    assert (ran.exit_code, ran.outcome) == (0, "published"), ran.message
    with duckdb.connect(str(folder / "data" / "warehouse.duckdb"), read_only=True) as warehouse:
        findings = warehouse.execute("select * from int_findings order by leg_id, turn_index, topic, place").pl()
        kept = warehouse.execute("select * from stg_turns where system = 'calls' order by turn_index").pl()
    found: dict[RealTurn, list[dict[str, Any]]] = {place: [] for place in turns}
    for row in findings.to_dicts():
        found[places[row["leg_id"], row["turn_index"]]].append(row)
    return RealNight(SnapshotStore(folder / "data").current(), turns, found, kept, contacts)


def _promise(row: Mapping[str, Any]) -> Promise:
    due = None
    match row["due_unit"]:
        case "weekday":
            due = Due(weekday=row["due_value"])
        case "end_of":
            due = Due(end_of=row["due_value"])
        case "date":
            due = Due(date=row["due_value"])
        case str() as unit:
            due = Due(count=row["due_count"], unit=unit)
    return Promise(row["kind"], row["amount"], row["currency"], due, bool(row["is_done"]))


def test_the_call_arrives_as_it_was_recorded(night: RealNight) -> None:
    turns = night.kept_turns
    assert turns.height == 37
    assert turns["offset_seconds"].to_list()[:4] == [0.04, 6.31, 7.94, 11.04]
    # People talk at the same time: turns overlap, and yet stay in their order.
    assert (turns["offset_seconds"] + turns["duration_seconds"] > turns["offset_seconds"].shift(-1)).sum() > 3
    confidence = turns["asr_confidence"].drop_nulls()
    assert confidence.min() > 0.2, "a comma is no word that was hardly understood"
    assert confidence.mean() > 0.9


def test_every_conversation_was_read(night: RealNight) -> None:
    assert len(night.contacts) > 40
    assert len(night.turns) > 400


def test_promises_of_real_conversations(night: RealNight) -> None:
    """Precision of at least .9; what recall is stands in the documentation, and may not fall."""
    labels = {entry.turn: entry.promises for entry in read_real_promises()}
    assert set(labels) <= set(night.turns)
    found = [tuple(_promise(row) for row in night.found[place] if row["topic"] == "promise") for place in night.turns]
    score = match(found, [labels.get(place, ()) for place in night.turns])
    told = "\n".join(
        f"{place.file[:13]} {place.turn_index} found {[(p.kind, p.amount, p.due, p.is_done) for p in those]} "
        f"labelled {[(p.kind, p.amount, p.due, p.is_done) for p in labels.get(place, ())]}: {night.turns[place][1]}"
        for place, those in zip(night.turns, found, strict=True)
        if those or place in labels
    )
    print(f"promises {score.promises}, dues {score.dues}, done {score.is_done_right}\n{told}")  # noqa: T201
    assert score.promises.precision is not None
    assert score.promises.precision >= 0.9
    assert score.promises.recall is not None
    assert score.promises.recall >= 0.5


def test_no_customer_of_a_real_conversation_is_misread(night: RealNight) -> None:
    labels = {entry.turn: (entry.asks_for_human, entry.says_it_again) for entry in read_real_phrases()}
    for place, rows in night.found.items():
        topics = {row["topic"] for row in rows}
        wanted = labels.get(place, (False, False))
        assert ("asks_for_human" in topics, "says_it_again" in topics) == wanted, night.turns[place]


def test_promises_are_published_and_blamed_on_nobody(night: RealNight) -> None:
    """There are no CRM events: nothing is broken, whatever was promised."""
    published = night.snapshot.scan("commitments").collect()
    said = {
        (row["leg_id"], row["turn_index"], row["kind"])
        for rows in night.found.values()
        for row in rows
        if row["topic"] == "promise"
    }
    assert published.height >= 10
    assert set(published["source"]) == {"spoken"}
    assert set(published["status"]) == {"unverifiable"}
    assert set(published["unverifiable_reason"]) == {"no_crm_events"}
    assert set(published.select("leg_id", "turn_index", "kind").iter_rows()) <= said
    for quote in published["quote"]:
        assert quote
    assert night.snapshot.scan("case_flags").filter(pl.col("rule") == "promise_broken").collect().is_empty()
