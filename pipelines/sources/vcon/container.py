"""Bytes → the vCon containers in a file, and the values that every part of a container shares.

A container is one JSON object. A file may hold one, a JSON list of them, or one a line.
"""

import base64
import binascii
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from pathlib import Path

from pipelines.sources.counting import count_lines, count_list
from pipelines.sources.json_records import whole_document
from pipelines.sources.json_text import BrokenJson, parsed_json
from pipelines.sources.plain_text import FALLBACK_ENCODING, plain_text
from pipelines.sources.reading import Reject, UnreadableFileError, refuse_miscount

Json = Mapping[str, object]

_SIGNED = "signed vCon (JWS): this reader verifies no signatures and reads nothing that it cannot verify"
_ENCRYPTED = "encrypted vCon (JWE): it cannot be read without the recipient's key"
_COMPACT = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){2,4}")
_LINE_ENDS = re.compile(r"[\r\n]+")
#: What bytes take for blank; text knows more, which a count of bytes does not see.
_BLANKS = " \t\x0b\x0c"
_MARKS = ("vcon", "uuid", "parties", "dialog")


@dataclass(frozen=True)
class Container:
    """One vCon: ``record`` counts from 1, ``place`` is its JSON path in the file."""

    record: int
    place: str
    content: Json


def containers(path: Path, encoding: str = "utf-8") -> tuple[list[Container], list[Reject]]:
    """The containers of a file; what is none, beside others that are, is rejected alone.

    Raises UnreadableFileError for a file that is no vCon, for a signed or encrypted one, and where the containers do not
    come to the independent count.
    """
    with plain_text(path, encoding, fallback=FALLBACK_ENCODING) as text:
        document = whole_document(text)
    values, counted = _values(document)
    refuse_miscount(counted, len(values))
    read: list[Container] = []
    rejects: list[Reject] = []
    for record, (place, value) in enumerate(values, 1):
        fault = _fault(value)
        if not fault and isinstance(value, dict):
            read.append(Container(record, place, value))
        elif len(values) == 1:
            raise UnreadableFileError(fault)
        else:
            rejects.append(Reject(record, "row", "not_a_readable_vcon", fault, place))
    if values and not read:
        raise UnreadableFileError(
            f"none of its {len(values)} records is a readable vCon; the first: {rejects[0].reason}"
        )
    return read, rejects


def _values(document: bytes) -> tuple[list[tuple[str, object]], int]:
    """Place and value of each record, and how many an independent count finds."""
    text = document.decode("utf-8", "replace")
    whole = parsed_json(text)
    if isinstance(whole, list):
        return [(f"$[{index}]", value) for index, value in enumerate(whole)], count_list(BytesIO(document))
    is_broken = isinstance(whole, BrokenJson)
    lines = [line for line in _LINE_ENDS.split(text) if line.strip(_BLANKS)] if is_broken else []
    if len(lines) > 1 and isinstance(parsed_json(lines[0]), dict):
        return [("$", parsed_json(line)) for line in lines], count_lines(BytesIO(document))
    if is_broken and _COMPACT.fullmatch(text.strip()):
        # Compact serialisation: a JWS has three parts, a JWE five.
        return [("$", {"ciphertext": ""} if text.count(".") == 4 else {"payload": "", "signatures": []})], 1
    return [("$", whole)], 1


def _fault(value: object) -> str:
    """Why a value is no container that can be read; empty if it is one."""
    if not isinstance(value, dict):
        return "not a vCon: it is no JSON object, or the JSON is truncated"
    if "ciphertext" in value:
        return _ENCRYPTED
    if "payload" in value and ("signatures" in value or "signature" in value):
        return _SIGNED
    if not any(mark in value for mark in _MARKS):
        return f"not a vCon: it has none of {', '.join(_MARKS)}"
    return ""


def objects(value: object) -> list[Json]:
    """The JSON objects of a list; an entry that is none keeps its place as an empty object, for indexes point here."""
    entries = value if isinstance(value, list) else []
    return [entry if isinstance(entry, dict) else {} for entry in entries]


def text_of(value: object) -> str | None:
    """A scalar as stripped text; null where it is blank, a list or an object."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).strip() or None


def number_of(value: object) -> float | None:
    """A finite number, also where it stands as text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def instant_of(value: object) -> datetime | None:
    """An instant (ISO 8601 with or without a zone, RFC 5322, epoch seconds); null for a date alone."""
    instant = _from_text(value.strip()) if isinstance(value, str) else _from_epoch(number_of(value))
    # At the ends of the calendar, adding a duration or a zone would leave it.
    return instant if instant and 1 < instant.year < 9999 else None


def _from_text(text: str) -> datetime | None:
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            return parse(text) if len(text) > len("2024-03-16") else None
        except (ValueError, IndexError):
            continue
    return None


def _from_epoch(seconds: float | None) -> datetime | None:
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def seconds_between(start: datetime, end: datetime) -> float:
    """``end`` − ``start``; where only one of them names a zone, both are taken as UTC."""
    return (in_one_zone(end) - in_one_zone(start)).total_seconds()


def in_one_zone(instant: datetime) -> datetime:
    """For comparisons inside one container: an instant without a zone as UTC."""
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def as_text(instant: datetime | None, otherwise: object = None) -> str | None:
    """ISO text, without a zone where the container named none; else the value as it stood."""
    return instant.isoformat() if instant else text_of(otherwise)


def body_of(part: Json) -> object:
    """The inline body of a dialog or an analysis: decoded, and parsed where it is JSON; null where it has none."""
    body = part.get("body")
    if not isinstance(body, str):
        return body
    encoding = str(part.get("encoding", "")).lower()
    if encoding in ("base64url", "base64"):
        try:
            padded = body.strip().replace("+", "-").replace("/", "_")
            body = base64.urlsafe_b64decode(padded + "=" * (-len(padded) % 4)).decode("utf-8", errors="replace")
        except (ValueError, binascii.Error):
            return None
    if encoding == "json" or body.lstrip()[:1] in ("{", "["):
        parsed = parsed_json(body)
        return body if isinstance(parsed, BrokenJson) else parsed
    return body
