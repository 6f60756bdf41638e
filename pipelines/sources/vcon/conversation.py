"""Dialogs of a container → its contact and its handoffs.

Decisions
- Start: the earliest start of a dialog. End: the latest start + duration; unknown where a lone dialog has none.
- No handle time: a recording is as long as the call, hold included, and says nothing of the work after it.
- ``served`` is false where every dialog is ``incomplete`` or its disposition says that nobody answered, true where one
  says that somebody did, else unknown. The disposition of a failed attempt is the ``disconnect_reason``.
- A redacted, amended or appended copy names the container that it is a copy of: that one is its ``root_contact_id``,
  so that both together are one contact. The subject is free text that names people: it is not read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pipelines.sources.reading import Reject
from pipelines.sources.vcon.container import (
    Container,
    Json,
    as_text,
    in_one_zone,
    instant_of,
    number_of,
    objects,
    text_of,
)
from pipelines.sources.vcon.parties import Cast, agent_id, customer_id, find_customer, read_parties

Value = str | int | float | bool | None
Row = dict[str, Value]

_LONGEST = 90 * 86_400.0
_DIRECTIONS = {
    "in": "inbound",
    "inbound": "inbound",
    "incoming": "inbound",
    "out": "outbound",
    "outbound": "outbound",
    "outgoing": "outbound",
    "callback": "callback",
}
_ANSWERED = ("answered", "completed", "connected")
_UNANSWERED = frozenset(
    (
        *("no_answer", "busy", "failed", "congestion", "cancel", "canceled", "cancelled", "hung_up", "abandoned"),
        *("missed", "rejected", "voicemail_no_message"),
    )
)
_COPY_OF = ("redacted", "amended", "ammended", "appended")


@dataclass(frozen=True)
class Dialog:
    """One dialog of a container; ``index`` is its place there, which analyses and transfers refer to."""

    index: int
    kind: str
    """recording, text, transfer or incomplete; "" where the container does not say."""
    start: datetime | None
    duration: float | None
    parties: tuple[int, ...]
    """Places of its parties, the originator first."""
    channels: tuple[int, ...]
    """Places of its parties in the order of the recording's channels."""
    content: Json


@dataclass(frozen=True)
class Conversation:
    """What the other rooms need of a container: its dialogs in order of time, and its cast."""

    container: Container
    dialogs: tuple[Dialog, ...]
    cast: Cast
    direction: str | None

    @property
    def start(self) -> datetime | None:
        return next((dialog.start for dialog in self.dialogs if dialog.start), None)

    def dialog(self, index: int) -> Dialog | None:
        """The dialog at a place of the container."""
        return next((dialog for dialog in self.dialogs if dialog.index == index), None)


def read_conversation(container: Container) -> Conversation:
    """Dialogs in order of their starts (those without one last, else as they stand), with their parties."""
    entries = objects(container.content.get("dialog"))
    dialogs = [_dialog(index, entry) for index, entry in enumerate(entries) if entry]
    dialogs.sort(
        key=lambda dialog: (dialog.start is None, in_one_zone(dialog.start) if dialog.start else 0, dialog.index)
    )
    direction = next((found for dialog in dialogs if (found := _direction(dialog.content))), None)
    parties = read_parties(container.content)
    first = next((dialog.parties for dialog in dialogs if dialog.parties), ())
    return Conversation(container, tuple(dialogs), Cast(parties, find_customer(parties, first, direction)), direction)


def contact(conversation: Conversation) -> Row:
    """The canonical contact, instants as ISO text."""
    content, dialogs, cast = conversation.container.content, conversation.dialogs, conversation.cast
    present = [index for dialog in dialogs for index in dialog.parties] or list(range(len(cast.parties)))
    original = _copy_of(content)
    reason = _disconnect_reason(dialogs)
    return {
        "contact_id": text_of(content.get("uuid")),
        "root_contact_id": original,
        "customer_id": customer_id(cast, is_redacted=_is_redacted(content)),
        "channel": _channel(conversation),
        "direction": conversation.direction,
        "started_at": as_text(conversation.start, dialogs[0].content.get("start") if dialogs else None),
        "ended_at": as_text(_end(dialogs)),
        "mode": _mode(cast, present),
        "queue": _first_text(dialogs, "skill"),
        "workflow": _first_text(dialogs, "campaign"),
        "agent_id": agent_id(cast, present),
        "served": _served(dialogs),
        "disconnect_reason": reason,
        "updated_at": _updated_at(content),
    }


def handoffs(conversation: Conversation) -> tuple[list[Row], list[Reject]]:
    """One handoff per dialog of type ``transfer``; one that says nowhere when it happened is left out and listed."""
    container = conversation.container
    rows: list[Row] = []
    rejects: list[Reject] = []
    for dialog in conversation.dialogs:
        if dialog.kind != "transfer":
            continue
        place = f"{container.place}.dialog[{dialog.index}]"
        target = conversation.dialog(_index(_either(dialog.content, "target-dialog", "target_dialog")) or 0)
        start = dialog.start or (target.start if target else None)
        if start is None:
            rejects.append(
                Reject(
                    container.record,
                    "value",
                    "missing_value",
                    "the transfer has no start",
                    place,
                    "handoffs",
                    "occurred_at",
                )
            )
            continue
        to_party = _index(_either(dialog.content, "transfer-target", "transfer_target"))
        rows.append(
            {
                "handoff_id": f"{container.content.get('uuid')}:transfer:{dialog.index}",
                "contact_id": text_of(container.content.get("uuid")),
                "occurred_at": as_text(start),
                "from_party": conversation.cast.speaker(_index(dialog.content.get("transferor"))),
                "to_party": conversation.cast.speaker(to_party),
                "_path": place,
            }
        )
    return rows, rejects


def _dialog(index: int, entry: Json) -> Dialog:
    channels = tuple(_flat(entry.get("parties")))
    originator = _index(entry.get("originator"))
    parties = tuple(dict.fromkeys((*((originator,) if originator is not None else ()), *channels)))
    duration = number_of(entry.get("duration"))
    if duration is not None and not 0 <= duration <= _LONGEST:
        duration = None
    kind = (text_of(entry.get("type")) or "").lower()
    return Dialog(index, kind, instant_of(entry.get("start")), duration, parties, channels, entry)


def _flat(value: object) -> list[int]:
    """Party places out of a number, a list, or a list of lists (several people on one channel: the first)."""
    if isinstance(value, list):
        return [place for entry in value for place in _flat(entry)[:1]]
    place = _index(value)
    return [] if place is None else [place]


def _index(value: object) -> int | None:
    number = number_of(value)
    return int(number) if number is not None and number >= 0 and number == int(number) else None


def _either(content: Json, *names: str) -> object:
    return next((content[name] for name in names if name in content), None)


def _meta(content: Json, name: str) -> str | None:
    """A value of a dialog, or of the ``meta`` object in it."""
    meta = content.get("meta")
    return text_of(content.get(name)) or text_of(meta.get(name) if isinstance(meta, dict) else None)


def _direction(content: Json) -> str | None:
    return _DIRECTIONS.get((_meta(content, "direction") or "").lower())


def _first_text(dialogs: Sequence[Dialog], name: str) -> str | None:
    return next((value for dialog in dialogs if (value := _meta(dialog.content, name))), None)


def _channel(conversation: Conversation) -> str | None:
    for dialog in conversation.dialogs:
        media = media_type(dialog.content)
        if dialog.kind == "recording":
            return "video" if media.startswith("video/") else "voice"
        if dialog.kind == "text":
            return "email" if is_mail(conversation, dialog) else "chat"
    return None


def media_type(content: Json) -> str:
    """The media type of a dialog with its parameters, in one line; both spellings of the key are in use."""
    return " ".join((text_of(content.get("mediatype")) or text_of(content.get("mimetype")) or "").split())


def is_mail(conversation: Conversation, dialog: Dialog) -> bool:
    """A text is an e-mail if it is MIME, has a message id, or passes between e-mail addresses only."""
    if media_type(dialog.content).lower().startswith(("multipart/", "message/")) or dialog.content.get("message_id"):
        return True
    parties = conversation.cast.parties
    identities = [parties[place].identity or "" for place in dialog.parties if place < len(parties)]
    return bool(identities) and all("@" in identity and not identity.startswith("sip:") for identity in identities)


def _end(dialogs: Sequence[Dialog]) -> datetime | None:
    ends = [dialog.start + timedelta(seconds=dialog.duration or 0) for dialog in dialogs if dialog.start]
    if len(ends) < 2 and not any(dialog.duration is not None for dialog in dialogs):
        return None
    return max(ends, key=in_one_zone, default=None)


def _mode(cast: Cast, present: Sequence[int]) -> str | None:
    speakers = {cast.speaker(index) for index in present}
    if "ai" in speakers:
        return "joint" if "agent" in speakers else "ai_primary"
    return "human_primary" if "agent" in speakers else None


def _disposition(dialog: Dialog) -> str:
    return re.sub(r"[^a-z]+", "_", (_meta(dialog.content, "disposition") or "").lower()).strip("_")


def _served(dialogs: Sequence[Dialog]) -> bool | None:
    attempts = [dialog for dialog in dialogs if dialog.kind != "transfer"]
    if not attempts:
        return None
    if any(_disposition(dialog) in _ANSWERED for dialog in attempts):
        return True
    return False if all(_has_failed(dialog) for dialog in attempts) else None


def _has_failed(dialog: Dialog) -> bool:
    return dialog.kind == "incomplete" or _disposition(dialog) in _UNANSWERED


def _disconnect_reason(dialogs: Sequence[Dialog]) -> str | None:
    failed = [_disposition(dialog) for dialog in dialogs if _has_failed(dialog)]
    return (failed[-1] or None) if failed else None


def _is_redacted(content: Json) -> bool:
    return bool(content.get("redacted"))


def _copy_of(content: Json) -> str | None:
    for name in _COPY_OF:
        reference = content.get(name)
        if isinstance(reference, dict) and (uuid := text_of(reference.get("uuid"))):
            return uuid
    return None


def _updated_at(content: Json) -> str | None:
    """The container's own dates; else the latest date of a transcript, which was added after the conversation."""
    for name in ("updated_at", "created_at"):
        if content.get(name):
            return as_text(instant_of(content[name]), content[name])
    added = []
    for analysis in objects(content.get("analysis")):
        body = analysis.get("body")
        metadata = body.get("metadata") if isinstance(body, dict) else None
        if isinstance(metadata, dict):
            added += [instant for name in ("created", "created_at") if (instant := instant_of(metadata.get(name)))]
    return as_text(max(added, key=in_one_zone, default=None))
