"""The work on cases: who has one, until when, what was noted, who has seen it in full; and the views that people saved.

Appended to ``casework/<YYYY-MM>.jsonl`` below the data directory (months in UTC), one JSON object a line, readable by the
server's account alone. Nothing is ever changed: what was entered last counts, and taking something back is an entry. No
run reads it; verdicts stand elsewhere (``review_log``).
"""

import json
import threading
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from dashboards.access import private_files
from dashboards.access.names import canonical
from pipelines.privacy.redaction import redact

LONGEST_NOTE, LONGEST_NAME, LONGEST_VIEW, LONGEST_QUERY = 2_000, 64, 60, 2_000
#: Notes on one case, and views of one person: more is refused.
MOST_NOTES, MOST_VIEWS = 200, 50
_CaseId = tuple[str, str]


class CaseworkError(ValueError):
    """What was sent cannot be kept; the message says why."""


@dataclass(frozen=True)
class Note:
    text: str
    by: str
    at: datetime


@dataclass(frozen=True)
class CaseWork:
    """``seen_by``: who has opened the case with everything that a reviewer should not know beforehand."""

    assignee: str | None = None
    due: date | None = None
    notes: tuple[Note, ...] = ()
    seen_by: frozenset[str] = frozenset()


NO_WORK = CaseWork()


@dataclass(frozen=True)
class SavedView:
    """``query`` is that of an address of the page ``path``, with its question mark."""

    name: str
    path: str
    query: str


@dataclass
class _State:
    """What the lines read so far amount to; ``read``: bytes of each file that were taken in."""

    read: dict[str, int] = field(default_factory=dict)
    cases: dict[_CaseId, CaseWork] = field(default_factory=dict)
    views: dict[str, dict[str, SavedView]] = field(default_factory=dict)


_LOCK = threading.Lock()
_STATES: dict[Path, _State] = {}


class Casework:
    """The log below one data directory. Cheap to make: what was read of it is kept, and only new lines are read."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir.resolve() / "casework"

    def of(self, system: str, contact_id: str) -> CaseWork:
        return self.cases().get((system, contact_id), NO_WORK)

    def cases(self) -> Mapping[_CaseId, CaseWork]:
        """System and contact → the work on it. A copy is not made: do not change it."""
        return self._state().cases

    def assigned_to(self, name: str) -> list[_CaseId]:
        return [key for key, work in self.cases().items() if work.assignee == name]

    def views(self, name: str) -> tuple[SavedView, ...]:
        """The views that ``name`` saved, by their names."""
        found = self._state().views.get(name, {})
        return tuple(found[key] for key in sorted(found))

    def assign(self, system: str, contact_id: str, to: str | None, *, by: str, at: datetime) -> None:
        """Give the case to ``to``, or to nobody. Raises CaseworkError, OSError."""
        if to is not None and (not to or len(to) > LONGEST_NAME or to != canonical(to) or not to.isprintable()):
            raise CaseworkError(f"An assignee is a user's name of at most {LONGEST_NAME} characters.")
        self._enter("assign", (system, contact_id), to, by, at)

    def set_due(self, system: str, contact_id: str, due: date | None, *, by: str, at: datetime) -> None:
        self._enter("due", (system, contact_id), due.isoformat() if due else None, by, at)

    def note(self, system: str, contact_id: str, text: str, *, by: str, at: datetime) -> None:
        """Add a note. Cards, phones and e-mails in it are replaced before it is kept. Raises CaseworkError, OSError."""
        if len(text) > LONGEST_NOTE:
            raise CaseworkError(f"A note has at most {LONGEST_NOTE:,} characters.")
        kept = plain_text(text)
        if not kept:
            raise CaseworkError("The note is empty.")
        notes = self.of(system, contact_id).notes
        if len(notes) >= MOST_NOTES:
            raise CaseworkError(f"A case holds at most {MOST_NOTES} notes.")
        if notes and (notes[-1].text, notes[-1].by) == (kept, by):
            return  # The button was pressed twice.
        self._enter("note", (system, contact_id), kept, by, at)

    def mark_seen(self, system: str, contact_id: str, *, by: str, at: datetime) -> None:
        """Note that ``by`` has seen the case in full, once."""
        if by not in self.of(system, contact_id).seen_by:
            self._enter("seen", (system, contact_id), None, by, at)

    def save_view(self, name: str, path: str, query: str, *, by: str, at: datetime) -> None:
        """Keep an address under a name, in the place of an earlier one of that name. Raises CaseworkError, OSError."""
        kept = " ".join(plain_text(name).split())
        if not kept or len(kept) > LONGEST_VIEW:
            raise CaseworkError(f"A view has a name of 1 to {LONGEST_VIEW} characters.")
        if len(query) > LONGEST_QUERY:
            raise CaseworkError("The address of this view is too long to be kept.")
        views = self._state().views.get(by, {})
        if len(views) >= MOST_VIEWS and kept not in views:
            raise CaseworkError(f"At most {MOST_VIEWS} views are kept for one person.")
        self._append({"kind": "view", "name": kept, "path": path, "query": query}, by, at)

    def remove_view(self, name: str, *, by: str, at: datetime) -> None:
        if name in self._state().views.get(by, {}):
            self._append({"kind": "view", "name": name, "path": None, "query": None}, by, at)

    def _enter(self, kind: str, case: _CaseId, value: str | None, by: str, at: datetime) -> None:
        self._append({"kind": kind, "system": case[0], "contact_id": case[1], "value": value}, by, at)

    def _append(self, entry: dict[str, str | None], by: str, at: datetime) -> None:
        instant = at.astimezone(UTC)
        line = json.dumps({"at": instant.isoformat(timespec="microseconds"), "by": by, **entry}).encode("ascii") + b"\n"
        with private_files.locked(self._folder):
            private_files.append(self._folder / f"{instant:%Y-%m}.jsonl", line)

    def _state(self) -> _State:
        with _LOCK:
            state = _STATES.setdefault(self._folder, _State())
            files = sorted(self._folder.glob("*.jsonl")) if self._folder.is_dir() else []
            sizes = {path.name: path.stat().st_size for path in files}
            if any(sizes.get(name, -1) < size for name, size in state.read.items()):
                # Somebody took lines away: what they said counts no more.
                state = _STATES[self._folder] = _State()
            for path in files:
                _take_in(state, path, sizes[path.name])
            return state


def plain_text(text: str) -> str:
    """What somebody wrote, without control characters, which no reader needs, and what would give a person away."""
    plain = "".join(each for each in text if each in "\n\t" or unicodedata.category(each) not in ("Cc", "Cs"))
    return redact(plain.strip())


def _take_in(state: _State, path: Path, size: int) -> None:
    """The whole lines of ``path`` that were not read yet."""
    start = state.read.get(path.name, 0)
    if size <= start:
        return
    with path.open("rb") as handle:
        handle.seek(start)
        content = handle.read(size - start)
    whole = content.rfind(b"\n") + 1
    for entry in _entries(content[:whole]):
        _apply(state, entry)
    state.read[path.name] = start + whole


def _entries(content: bytes) -> Iterator[dict[str, Any]]:
    """The objects in lines that we wrote; other lines are skipped."""
    for line in content.splitlines():
        try:
            found = json.loads(line)
            at = datetime.fromisoformat(found["at"])
            if at.tzinfo is not None:
                yield found | {"at": at, "by": str(found["by"])}
        except (ValueError, KeyError, TypeError, RecursionError):
            continue


def _apply(state: _State, entry: dict[str, Any]) -> None:
    try:
        if entry["kind"] == "view":
            views = state.views.setdefault(entry["by"], {})
            name = str(entry["name"])
            if entry["query"] is None:
                views.pop(name, None)
            else:
                views[name] = SavedView(name, str(entry["path"]), str(entry["query"]))
            return
        key = (str(entry["system"]), str(entry["contact_id"]))
        changed = _changed(state.cases.get(key, NO_WORK), entry)
    except (ValueError, KeyError, TypeError):
        return
    if changed is not None:
        state.cases[key] = changed


def _changed(work: CaseWork, entry: dict[str, Any]) -> CaseWork | None:
    kind, value = entry["kind"], entry["value"]
    if kind == "assign":
        return replace(work, assignee=None if value is None else str(value))
    if kind == "due":
        return replace(work, due=None if value is None else date.fromisoformat(value))
    if kind == "note":
        return replace(work, notes=(*work.notes, Note(str(value), entry["by"], entry["at"])))
    if kind == "seen":
        return replace(work, seen_by=work.seen_by | {entry["by"]})
    return None
