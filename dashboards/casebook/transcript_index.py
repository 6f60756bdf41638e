"""The index of what was said in flagged contacts, and the search in it (SQLite FTS5).

Derived and private: a file for each part of the snapshot (``pipelines.transcript_index``), mode 0600, made when somebody
searches and a part is missing. It holds redacted turns of contacts that are flagged, nothing else. A hit counts only if
the current snapshot still flags its contact.

Words are looked for as words, whatever their accents and capitals; all of them must stand in one turn. What people type
is never FTS5's query language: every word is quoted.
"""

import os
import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from dashboards.access import private_files
from dashboards.snapshot.frames import scan_table
from dashboards.snapshot.queries import Queries
from pipelines.transcript_index import IndexPart, drop_stale_indexes, index_folder, index_parts

LONGEST_WORDS, MOST_WORDS = 200, 12
#: Stand around a found word in a snippet; no character of a text.
OPENING, CLOSING = "\ue000", "\ue001"
_SNIPPET_WORDS = 24
_TABLES = """
    create table contact (id integer primary key, system text not null, contact_id text not null, day text not null);
    create virtual table turn using fts5(
        text, contact unindexed, leg unindexed, place unindexed, speaker unindexed,
        tokenize = "unicode61 remove_diacritics 2"
    );
"""
#: A phrase in quotes, or what stands between blanks.
_PART = re.compile(r'"([^"]*)"?|(\S+)')
_FOUND_SCHEMA = {
    "part": pl.String(), "id": pl.Int64(), "system": pl.String(), "contact_id": pl.String(), "day": pl.Date(),
    "turns": pl.Int64(), "first": pl.Int64(),
}  # fmt: skip


class SearchWordsError(ValueError):
    """Nothing can be looked for; the message says why."""


@dataclass(frozen=True)
class Snippet:
    """Words around what was found. ``pieces``: text, and whether it is a found word."""

    leg_id: str
    turn_index: int
    speaker: str
    pieces: tuple[tuple[str, bool], ...]


def match_of(typed: str) -> str:
    """The FTS5 query that looks for the words and the phrases in quotes, and nothing else; ``word*`` also for what begins so.

    Raises SearchWordsError where there is no word, or too many.
    """
    if len(typed) > LONGEST_WORDS:
        raise SearchWordsError(f"At most {LONGEST_WORDS} characters are looked for.")
    parts = []
    for phrase, word in _PART.findall(typed):
        text = phrase or word
        if any(each.isalnum() for each in text):
            begins = "*" if word.endswith("*") else ""
            plain = "".join(each for each in text.removesuffix("*") if each.isprintable())
            parts.append(f'"{plain.replace(chr(34), "")}"{begins}')
    if not parts:
        raise SearchWordsError("Type a word that the customer, the AI or an agent said.")
    if len(parts) > MOST_WORDS:
        raise SearchWordsError(f"At most {MOST_WORDS} words are looked for at once.")
    return " ".join(parts)


class TranscriptIndex:
    """The index of one snapshot. ``found`` makes what is missing of it; several processes may do so at once."""

    def __init__(self, queries: Queries, data_dir: Path) -> None:
        self._queries, self._data_dir = queries, data_dir
        self._folder = index_folder(data_dir)
        self._parts = index_parts(queries.snapshot.manifest)

    def found(self, match: str) -> pl.DataFrame:
        """One row a contact in which ``match`` (of ``match_of``) is found: how often, and its first turn.

        Raises OSError if the index can neither be read nor made.
        """
        rows: list[dict[str, object]] = []
        for part in self._parts:
            with closing(self._open(part)) as connection:
                sql = """select contact.id, system, contact_id, day, count(*), min(turn.rowid)
                    from turn inner join contact on contact.id = turn.contact where turn match ? group by contact.id"""
                for id_, system, contact_id, day, turns, first in connection.execute(sql, (match,)):
                    rows.append(
                        {
                            "part": part.name,
                            "id": id_,
                            "system": system,
                            "contact_id": contact_id,
                            "day": date.fromisoformat(day),
                            "turns": turns,
                            "first": first,
                        }
                    )
        return pl.DataFrame(rows, schema=_FOUND_SCHEMA)

    def snippet(self, part: str, rowid: int, match: str) -> Snippet | None:
        """The words around what was found in one turn; None if the part has gone since."""
        known = next((each for each in self._parts if each.name == part), None)
        if known is None:
            return None
        with closing(self._open(known)) as connection:
            sql = f"""select leg, place, speaker, snippet(turn, 0, '{OPENING}', '{CLOSING}', '…', {_SNIPPET_WORDS})
                from turn where turn match ? and rowid = ?"""
            row = connection.execute(sql, (match, rowid)).fetchone()
        return None if row is None else Snippet(row[0], int(row[1]), row[2], _pieces(row[3]))

    def _open(self, part: IndexPart) -> sqlite3.Connection:
        path = self._folder / part.name
        try:
            return _read(path)
        except sqlite3.Error:
            self._make(part)
        try:
            return _read(path)
        except sqlite3.Error as error:
            raise OSError(f"the index {path} cannot be read: {error}") from error

    def _make(self, part: IndexPart) -> None:
        path = self._folder / part.name
        with private_files.locked(self._folder):
            try:
                _read(path).close()
            except sqlite3.Error:
                # What another snapshot left goes first: it may hold what has been withdrawn since.
                drop_stale_indexes(self._data_dir, self._queries.snapshot.manifest)
                unfinished = path.with_suffix(".making")
                unfinished.unlink(missing_ok=True)
                os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
                _fill(unfinished, self._turns(part))
                unfinished.replace(path)

    def _turns(self, part: IndexPart) -> pl.DataFrame:
        """The turns of flagged contacts, by contact and in order."""
        snapshot = self._queries.snapshot
        wanted = {file.path for file in part.transcripts}
        files = snapshot.manifest.tables["transcripts"].files
        paths = [path for file, path in zip(files, snapshot.files("transcripts"), strict=True) if file.path in wanted]
        key = ["system", "contact_id"]
        flagged = self._queries.frames.flags.select(key).unique()
        return (
            scan_table(snapshot, "transcripts", paths)
            .join(flagged, on=key, how="semi")
            .select(*key, "day", "leg_started_at", "leg_id", "turn_index", "speaker", "text")
            .sort("day", *key, "leg_started_at", "leg_id", "turn_index")
            .collect()
        )


def _read(path: Path) -> sqlite3.Connection:
    """The file as it is: never made by looking, never written. Raises sqlite3.Error."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        connection.execute("select 1 from contact limit 1").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _fill(path: Path, turns: pl.DataFrame) -> None:
    """Raises OSError if the file cannot be written."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript("pragma journal_mode = off; pragma synchronous = off; pragma temp_store = memory;")
            connection.executescript(_TABLES)
            contacts: dict[tuple[str, str, date], int] = {}
            rows = []
            for system, contact_id, day, _, leg, place, speaker, text in turns.iter_rows():
                number = contacts.setdefault((system, contact_id, day), len(contacts) + 1)
                rows.append((_plain(text), number, leg, place, speaker))
            named = [(number, *key[:2], key[2].isoformat()) for key, number in contacts.items()]
            connection.executemany("insert into contact values (?, ?, ?, ?)", named)
            connection.executemany("insert into turn values (?, ?, ?, ?, ?)", rows)
            connection.execute("insert into turn (turn) values ('optimize')")
            connection.commit()
    except sqlite3.Error as error:
        raise OSError(f"the index {path} cannot be written: {error}") from error


def _plain(text: str) -> str:
    """The text without what marks found words, and without halves of characters, which SQLite does not take."""
    return text.replace(OPENING, "").replace(CLOSING, "").encode("utf-8", "replace").decode()


def _pieces(text: str) -> tuple[tuple[str, bool], ...]:
    parts = re.split(f"([{OPENING}{CLOSING}])", text)
    pieces, inside = [], False
    for part in parts:
        if part in (OPENING, CLOSING):
            inside = part == OPENING
        elif part:
            pieces.append((part, inside))
    return tuple(pieces)
