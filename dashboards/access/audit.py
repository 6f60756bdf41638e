"""The audit log: who opened which case or list of cases, looked for a customer, exported, logged in or out, and when.

JSON lines in ``audit/audit.jsonl`` below the data directory, readable by the server's account alone, only ever appended
to. A full file gets a number and is kept; removing old ones is up to the operator. Values are written as
JSON in ASCII, so that no line break or control character of theirs can begin another line. What cannot be logged does
not happen: the error of a full disk ends the request before anything was shown.

A customer whom somebody looked for is written as the keyed pseudonym and never by the real id.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from dashboards.access import private_files

Action = Literal[
    "login", "login failed", "login refused", "logout", "denied",
    "page", "case", "search", "export", "data docs", "review", "case work", "look-up refused",
    "password changed", "password refused", "user added", "user changed", "user removed",
]  # fmt: skip
Fact = str | int | float | bool | None

#: What shows single contacts: how much of it one person may do in an hour is bounded.
LOOK_UPS: frozenset[Action] = frozenset({"page", "case", "search", "export", "data docs"})

FULL_BYTES = 10_000_000
_LONGEST_TEXT = 500
_PSEUDONYM = re.compile("[0-9a-f]{64}")
_OWN_FIELDS = ("at", "action", "name", "role", "address")


@dataclass(frozen=True)
class AuditEntry:
    """One line of the log; ``facts`` is what the action was about."""

    at: datetime
    action: str
    name: str
    role: str
    address: str
    facts: Mapping[str, Fact]


class AuditLog:
    def __init__(self, data_dir: Path, *, full_bytes: int = FULL_BYTES) -> None:
        self._path = _folder(data_dir) / "audit.jsonl"
        self._full = full_bytes

    def write(self, action: Action, at: datetime, name: str, role: str, address: str, **facts: Fact) -> None:
        """Append one entry. Long texts are cut.

        Raises:
            ValueError: an action that is not known, or a ``customer`` that is no pseudonym.
            OSError: it could not be written.
        """
        if action not in get_args(Action):
            raise ValueError(f"{action!r} is no action of the audit log; it knows {', '.join(get_args(Action))}")
        customer = facts.get("customer")
        if customer is not None and not (isinstance(customer, str) and _PSEUDONYM.fullmatch(customer)):
            raise ValueError("a customer is logged by pseudonym only: 64 hexadecimal digits (Pseudonymiser.of)")
        entry = {"at": at.astimezone(UTC).isoformat(), "action": action, "name": name, "role": role, "address": address}
        line = json.dumps({key: _cut(value) for key, value in (entry | facts).items()}) + "\n"
        with private_files.locked(self._path.parent):
            if private_files.append(self._path, line.encode("ascii")) >= self._full:
                kept = [int(path.stem.removeprefix("audit-")) for path in _full_files(self._path.parent)]
                self._path.rename(self._path.with_name(f"audit-{max(kept, default=0) + 1:08d}.jsonl"))


def read_audit(data_dir: Path, limit: int = 500) -> tuple[AuditEntry, ...]:
    """The last ``limit`` entries, newest first, of the current file and the full ones. Lines that are none are skipped."""
    entries = _entries(_folder(data_dir))
    return tuple(entry for entry, _ in zip(entries, range(limit), strict=False))


def _entries(folder: Path) -> Iterator[AuditEntry]:
    if not folder.is_dir():
        return
    # Between the two looks no file may become full, or its entries would be read twice or not at all.
    with private_files.locked(folder):
        full = sorted(_full_files(folder), reverse=True)
        current = folder / "audit.jsonl"
        last = current.read_bytes() if current.exists() else b""
    yield from _entries_of(last)
    for path in full:
        yield from _entries_of(path.read_bytes())


def _entries_of(content: bytes) -> Iterator[AuditEntry]:
    for line in reversed(content.split(b"\n")):
        entry = _entry(line)
        if entry is not None:
            yield entry


def _entry(line: bytes) -> AuditEntry | None:
    try:
        found: dict[str, Any] = json.loads(line)
        at, action, name, role, address = (str(found.pop(field)) for field in _OWN_FIELDS)
        return AuditEntry(datetime.fromisoformat(at), action, name, role, address, found)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _full_files(folder: Path) -> list[Path]:
    return list(folder.glob("audit-" + "[0-9]" * 8 + ".jsonl"))


def _folder(data_dir: Path) -> Path:
    return data_dir / "audit"


def _cut(value: Fact) -> Fact:
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return value[:_LONGEST_TEXT] + "…"
    return value
