"""The reader of vCon files: one container is one source record, its contact the primary row."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from pipelines.sources.reading import PATH, RECORD, Reading, ReadOptions, Reject, reading_errors
from pipelines.sources.vcon.container import Container, containers
from pipelines.sources.vcon.conversation import Conversation, Row, contact, handoffs, read_conversation
from pipelines.sources.vcon.messages import message_turn
from pipelines.sources.vcon.transcripts import VconTurn, transcript_turns

_SCHEMAS: dict[str, dict[str, pl.DataType]] = {
    "contacts": {
        "contact_id": pl.String(),
        "root_contact_id": pl.String(),
        "customer_id": pl.String(),
        "channel": pl.String(),
        "direction": pl.String(),
        "started_at": pl.String(),
        "ended_at": pl.String(),
        "mode": pl.String(),
        "queue": pl.String(),
        "workflow": pl.String(),
        "agent_id": pl.String(),
        "served": pl.Boolean(),
        "disconnect_reason": pl.String(),
        "updated_at": pl.String(),
    },
    "turns": {
        "contact_id": pl.String(),
        "turn_index": pl.Int64(),
        "speaker": pl.String(),
        "offset_seconds": pl.Float64(),
        "duration_seconds": pl.Float64(),
        "text": pl.String(),
        "asr_confidence": pl.Float64(),
        "language": pl.String(),
    },
    "handoffs": {
        "handoff_id": pl.String(),
        "contact_id": pl.String(),
        "occurred_at": pl.String(),
        "from_party": pl.String(),
        "to_party": pl.String(),
    },
}


class VconReader:
    """vCon containers: one a file, a JSON list of them, or one a line."""

    format = "vcon"
    fills: tuple[str, ...] = ("contacts", "turns", "handoffs")
    date_order = ""

    def read(self, path: Path, options: ReadOptions) -> Reading:
        """Contacts, turns and handoffs. Raises UnreadableFileError for a signed, encrypted or foreign file."""
        with reading_errors():
            found, rejects = containers(path, options.encoding)
            rows: dict[str, list[Row]] = {table: [] for table in _SCHEMAS}
            for container in found:
                rejects += _add(container, rows)
            tables = {
                table: pl.DataFrame(rows[table], schema={**schema, RECORD: pl.Int64(), PATH: pl.String()}, orient="row")
                for table, schema in _SCHEMAS.items()
            }
        records = {container.record for container in found} | {reject.record for reject in rejects}
        return Reading(len(records), tables, tuple(rejects))


def _add(container: Container, rows: dict[str, list[Row]]) -> Sequence[Reject]:
    """Append what one container holds to ``rows``; returns the values that had to be left out."""
    conversation = read_conversation(container)
    contact_row = contact(conversation)
    turns, lost_turns = _turns(conversation)
    transfers, lost_transfers = handoffs(conversation)
    rows["contacts"].append({**contact_row, RECORD: container.record, PATH: container.place})
    rows["handoffs"] += [{**row, RECORD: container.record} for row in transfers]
    rows["turns"] += [
        {
            "contact_id": contact_row["contact_id"],
            "turn_index": index,
            "speaker": turn.speaker,
            "offset_seconds": turn.offset,
            "duration_seconds": turn.duration,
            "text": turn.text,
            "asr_confidence": turn.confidence,
            "language": turn.language,
            RECORD: container.record,
            PATH: turn.path,
        }
        for index, turn in enumerate(turns)
    ]
    return [*lost_turns, *lost_transfers]


def _turns(conversation: Conversation) -> tuple[list[VconTurn], list[Reject]]:
    """Transcripts and messages in the order of their dialogs."""
    transcripts, rejects = transcript_turns(conversation)
    turns: list[VconTurn] = []
    for dialog in conversation.dialogs:
        if dialog.index in transcripts:
            turns += transcripts.pop(dialog.index)
        elif dialog.kind == "text" and (message := message_turn(conversation, dialog)):
            turns.append(message)
    return [*turns, *(turn for rest in transcripts.values() for turn in rest)], rejects
