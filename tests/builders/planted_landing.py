"""A landing folder of every format, with identifiers of every kind in every field, and the search for what is left of them."""

import csv
import io
import json
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Self

import duckdb
import numpy as np
import polars as pl

from builders.planted_identifiers import KINDS, planted
from pipelines.contract import CANONICAL_TABLES, CanonicalTable, Column, Kind, Privacy

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
#: All tables in one form, and some of each sort in the others.
TABLES = {
    ".csv": tuple(CANONICAL_TABLES),
    ".jsonl": ("contacts", "turns", "surveys", "complaints"),
    ".parquet": ("contacts", "turns", "commitments", "ai_claims"),
}
#: Ids that are phones or addresses, in several spellings.
PERSONAL_IDS = (
    "ana.silva77@example.org",
    "Luis.Khan41@Example.org",
    "+1 617 555 0142",
    "tel:+16175550143",
    "+34612555014",
    "sip:kofi88@pbx.example.org",
    "0044 20 7946 0123",
    "(617) 555-0144",
)
#: What a search of bytes may look for: shorter ones stand in any file by chance.
_SHORTEST = 8


@dataclass
class Landing:
    """The folder, and every value that may be found nowhere after a run: identifiers and customers' ids."""

    folder: Path
    planted: set[str] = field(default_factory=set)
    customers: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)

    @property
    def config(self) -> Path:
        return self.folder / "aftercall.toml"


def deliver(folder: Path) -> Landing:
    """Every canonical table as CSV, JSONL and Parquet, good rows and bad ones; a vCon, complaints, incidents."""
    landing = Landing(folder)
    landing.ids.update(PERSONAL_IDS)
    sources = []
    for number, (suffix, names) in enumerate(TABLES.items()):
        for table in map(CANONICAL_TABLES.__getitem__, names):
            _write(folder / "landing" / table.name / f"good{suffix}", _good(landing, table, number))
            _write(folder / "landing" / table.name / f"bad{suffix}", _bad(landing, table, number))
            named = {
                "name": f"{table.name} {suffix[1:]}",
                "system": suffix[1:],
                "path": f"landing/{table.name}/*{suffix}",
            }
            sources.append({"format": "canonical", "table": table.name, **named})
    others = {"vcon": _vcons(landing), "cfpb": _complaints(landing), "servicenow_incident": _incidents(landing)}
    for form, (name, text) in others.items():
        path = folder / "landing" / form / name
        path.parent.mkdir(parents=True)
        path.write_text(text, "utf-8")
        sources.append({"format": form, "path": f"landing/{form}/{name}", "name": form})
    project = {"data_dir": "data", "threads": 1, "time_zone": "Europe/Madrid"}
    lines = ["[project]", *(f"{key} = {json.dumps(value)}" for key, value in project.items())]
    for source in sources:
        lines += ["[[sources]]", *(f"{key} = {json.dumps(value)}" for key, value in source.items())]
    landing.config.write_text("\n".join(lines), "utf-8")
    return landing


class _Sentences:
    """Sentences that hold an identifier, of one kind after the other."""

    def __init__(self, landing: Landing, seed: int) -> None:
        self.landing = landing
        self.rows = [planted(kind, seed) for kind in KINDS]
        self.place = 0

    def next(self) -> str:
        """A sentence; what is planted in it is remembered."""
        turn, kind = divmod(self.place, len(self.rows))
        self.place += 1
        sentence, value, _ = self.rows[kind][(7 * turn + kind) % len(self.rows[kind])]
        self.landing.planted.add(value)
        return sentence

    def bare(self) -> str:
        """An identifier with nothing around it, of those that need no cue."""
        while True:
            sentence = self.next()
            _, value, _ = next(row for row in self.rows[(self.place - 1) % len(self.rows)] if row[0] == sentence)
            if KINDS[(self.place - 1) % len(KINDS)].cues is None and len(value) >= _SHORTEST:
                return value


def _good(landing: Landing, table: CanonicalTable, number: int) -> list[dict[str, str]]:
    sentences = _Sentences(landing, number)
    rows = []
    for n in range(len(KINDS)):
        row = {column.name: _good_value(landing, table, column, n, sentences) for column in table.columns}
        row |= {"updated_at": _instant(n), "deleted_at": ""}
        rows.append(row)
    return rows


def _id(name: str, n: int) -> str:
    """Every fifth id of a kind is a phone or an address; ids of contacts are the same in all tables."""
    personal = PERSONAL_IDS[n // 5 % len(PERSONAL_IDS)]
    if n % 5 == 0 and n // 5 < len(PERSONAL_IDS):
        return personal
    return f"{name[0]}-{n:04d}"


def _instant(n: int, minutes: int = 0) -> str:
    return (START + timedelta(hours=7 * n, minutes=minutes)).isoformat()


def _good_value(landing: Landing, table: CanonicalTable, column: Column, n: int, sentences: _Sentences) -> str:
    if column.privacy is Privacy.PSEUDONYM:
        customer = f"kunde-{n % 11}-geheim-{column.name}" if n % 3 else PERSONAL_IDS[n % len(PERSONAL_IDS)]
        landing.customers.add(customer)
        return customer
    if column.privacy is Privacy.IDENTIFIER or column.name in table.key:
        return (
            str(n)
            if column.kind is Kind.INTEGER
            else _id("contact_id" if column.name == "root_contact_id" else column.name, n)
        )
    match column.kind:
        case Kind.TEXT if column.allowed:
            return column.allowed[n % len(column.allowed)]
        case Kind.TEXT:
            return sentences.next()
        case Kind.INSTANT:
            return _instant(n, 5 if column.not_before else 0)
        case Kind.DATE:
            return date(2025, 1, 1 + n % 28).isoformat()
        case Kind.BOOLEAN:
            return "true"
        case _:
            return str(int(min(column.maximum if column.maximum is not None else 9, max(column.minimum or 0, 1))))


def _bad(landing: Landing, table: CanonicalTable, number: int) -> list[dict[str, str]]:
    """A row for each column that is typed, with an identifier where a time, number or word of a list belongs; and a shift."""
    sentences = _Sentences(landing, 100 + number)
    rows = []
    for n, column in enumerate(table.columns):
        row = {each.name: _good_value(landing, table, each, 200 + n, sentences) for each in table.columns}
        row |= {"updated_at": _instant(n), "deleted_at": ""}
        if column.kind is not Kind.TEXT or column.allowed:
            row[column.name] = sentences.bare()
        rows.append(row)
    # As a file is whose columns slipped by one: every value stands where another belongs, ids apart, which are published
    # as they are delivered.
    good = rows[-1]
    slipped = [column.name for column in table.columns if column.privacy is not Privacy.IDENTIFIER]
    rows.append(good | {name: good[other] for name, other in zip(slipped, slipped[1:] + slipped[:1], strict=True)})
    header = "paid by ana.oliva55@example.org"
    landing.planted.add("ana.oliva55@example.org")
    return [{**row, header: sentences.bare()} for row in rows]


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    elif path.suffix == ".jsonl":
        path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    else:
        pl.DataFrame(rows).write_parquet(path)


def _vcons(landing: Landing) -> tuple[str, str]:
    sentences = _Sentences(landing, 7)
    containers = []
    for n in range(len(KINDS)):
        agent, customer = f"agent{n}@desk.example.org", f"+1617555{1000 + n}"
        landing.ids.update((agent, customer))
        start = _instant(n)
        containers.append(
            {
                "uuid": f"0190000{n:01x}-0000-7000-8000-{n:012x}"[-36:],
                "vcon": "0.0.1",
                "created_at": start,
                "subject": sentences.next(),
                "parties": [
                    {"mailto": agent, "role": "agent", "meta": {"role": "agent"}},
                    {"tel": customer, "meta": {"role": "customer"}},
                ],
                "dialog": [
                    {"type": "text", "start": start, "parties": [1, 0], "originator": 1, "mediatype": "text/plain", "body": sentences.next()},
                    {"type": "text", "start": start, "parties": [0, 1], "originator": 0, "mediatype": "text/plain", "body": sentences.next()},
                ],
                "analysis": [{"type": "summary", "dialog": 0, "vendor": "x", "body": sentences.next(), "encoding": "none"}],
                "tags": {"queue": sentences.next(), "issue": sentences.next()},
            }
        )  # fmt: skip
    return "all.jsonl", "\n".join(map(json.dumps, containers))


def _complaints(landing: Landing) -> tuple[str, str]:
    sentences = _Sentences(landing, 8)
    names = (
        "Date received", "Product", "Sub-product", "Issue", "Sub-issue", "Consumer complaint narrative", "Company public response",
        "Company", "State", "ZIP code", "Tags", "Consumer consent provided?", "Submitted via", "Date sent to company",
        "Company response to consumer", "Timely response?", "Consumer disputed?", "Complaint ID",
    )  # fmt: skip
    known = {
        "Date received": "03/11/26",
        "Date sent to company": "03/12/26",
        "Timely response?": "Yes",
        "Consumer disputed?": "No",
    }
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    for n in range(len(KINDS)):
        writer.writerow(
            [known.get(name) or (str(9000 + n) if name == "Complaint ID" else sentences.next()) for name in names]
        )
    return "complaints.csv", out.getvalue()


def _incidents(landing: Landing) -> tuple[str, str]:
    sentences = _Sentences(landing, 9)
    names = (
        "number", "incident_state", "active", "reassignment_count", "reopen_count", "sys_mod_count", "made_sla", "caller_id", "opened_by",
        "opened_at", "sys_updated_by", "sys_updated_at", "contact_type", "location", "category", "subcategory", "assignment_group",
        "assigned_to", "resolved_by", "resolved_at", "closed_at",
    )  # fmt: skip
    known = {
        "incident_state": "Closed", "active": "false", "reassignment_count": "0", "reopen_count": "0", "sys_mod_count": "1",
        "opened_at": "29/3/2026 01:16", "sys_updated_at": "29/3/2026 08:53", "resolved_at": "29/3/2026 08:53", "closed_at": "29/3/2026 10:00",
    }  # fmt: skip
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    for n in range(len(KINDS)):
        caller, agent = f"kunde-{n}-geheim-caller", f"agent{n}@it.example.org"
        landing.customers.add(caller)
        landing.ids.add(agent)
        own = {
            "number": f"INC{n:07d}",
            "caller_id": caller,
            "assigned_to": agent,
            "resolved_by": agent,
            "opened_by": agent,
        }
        writer.writerow([known.get(name) or own.get(name) or sentences.next() for name in names])
    return "incidents.csv", out.getvalue()


# --- The search --------------------------------------------------------------------------------------------------


_MARKS = re.compile(r"[\W_]+")


def squeezed(text: str) -> str:
    """Letters and digits alone, in lower case: no spelling hides a value."""
    return _MARKS.sub("", text.lower())


class Needles:
    """Values to look for: as they stand in bytes, and squeezed in text."""

    def __init__(self, *groups: set[str]) -> None:
        self.values = sorted(value for group in groups for value in group if len(squeezed(value)) >= _SHORTEST)
        self._raw = _Search(
            {
                form.lower(): value
                for value in self.values
                for form in (value.encode(), value.encode("utf-16-le"), json.dumps(value)[1:-1].encode())
            }
        )
        self._squeezed = _Search({squeezed(value).encode(): value for value in self.values})

    def in_bytes(self, content: bytes) -> set[str]:
        """Those that stand in some bytes as they were written, in UTF-8 or UTF-16, or escaped as JSON does."""
        return self._raw.found(content.lower())

    def in_texts(self, texts: Iterable[str]) -> set[str]:
        """Those that stand in one of the texts, in whatever spelling."""
        return self._squeezed.found("\n".join(map(squeezed, texts)).encode("utf-8", "replace"))


class _Search:
    """Many byte strings sought at once: by their first eight bytes, taken as one number.

    Nearly all words of a file are ruled out by a hash of 20 bits, at which no needle begins: a look-up each.
    """

    def __init__(self, needles: dict[bytes, str]) -> None:
        self._by_start: dict[int, list[tuple[bytes, str]]] = {}
        for needle, value in needles.items():
            self._by_start.setdefault(int.from_bytes(needle[:8], "little"), []).append((needle, value))
        self._begins = np.zeros(1 << 20, np.bool_)
        self._begins[_hashed(np.array(list(self._by_start), np.uint64))] = True

    def found(self, content: bytes) -> set[str]:
        hits: set[str] = set()
        for offset in range(min(8, len(content))):
            words = np.frombuffer(content, np.uint64, (len(content) - offset) // 8, offset)
            for place in np.flatnonzero(self._begins[_hashed(words)]):
                start = offset + 8 * int(place)
                candidates = self._by_start.get(int(words[place]), ())
                hits |= {value for needle, value in candidates if content.startswith(needle, start)}
        return hits


def _hashed(words: np.ndarray) -> np.ndarray:
    """The upper 20 bits of the product with 2⁶⁴ divided by the golden ratio: spreads words that differ in few bits."""
    return (words * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(44)


def cells(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, list[str]]]:
    """(table.column, distinct values) of every column of every table and view."""
    columns: dict[str, list[str]] = {}
    for table, column in connection.execute(
        "select table_name, column_name from duckdb_columns() where not internal order by all"
    ).fetchall():
        columns.setdefault(table, []).append(column)
    for table, names in columns.items():
        lists = ", ".join(f'list(distinct cast("{name}" as varchar)) filter ("{name}" is not null)' for name in names)
        row = connection.execute(f'select {lists} from "{table}"').fetchone()
        assert row is not None
        yield from ((f"{table}.{name}", values or []) for name, values in zip(names, row, strict=True))


def readable(path: Path) -> Iterator[tuple[str, list[str]]]:
    """(place, texts) of everything in a file that is packed: Parquet, DuckDB, SQLite; or of the file as a text."""
    if path.suffix == ".parquet":
        with duckdb.connect() as connection:
            connection.execute(f"create view file as select * from read_parquet('{path}')")
            yield from cells(connection)
        return
    if path.read_bytes()[:6] == b"SQLite":
        with sqlite3.connect(path) as connection:
            for (table,) in connection.execute("select name from sqlite_master where type = 'table'").fetchall():
                yield table, [" ".join(map(str, row)) for row in connection.execute(f'select * from "{table}"')]
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            yield from cells(connection)
    else:
        yield "text", [path.read_text("utf-8", errors="replace")]


def leaks(folder: Path, needles: Needles, skip: Iterable[str]) -> list[tuple[str, str]]:
    """(place, value) of each needle below a folder. ``skip``: names in it that were delivered, not written."""
    found: set[tuple[str, str]] = set()
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        name = path.relative_to(folder)
        if name.parts[0] in skip:
            continue
        found |= {(f"{name} bytes", value) for value in needles.in_bytes(path.read_bytes())}
        for place, texts in readable(path):
            found |= {(f"{name} {place}", value) for value in needles.in_texts(texts)}
    return sorted(found)


class Watch:
    """Looks at files that come and go while a run is under way: the log of the database and what it spills."""

    def __init__(self, folder: Path, needles: Needles) -> None:
        self.folder = folder
        self.needles = needles
        self.found: set[tuple[str, str]] = set()
        self.looked = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(0.3):
            for path in [
                *self.folder.glob("data/*.wal"),
                *self.folder.glob("data/**/*.tmp"),
                *self.folder.glob("data/spill/**/*"),
            ]:
                try:
                    content = path.read_bytes()
                except OSError:
                    continue
                self.looked += 1
                self.found |= {(path.name, value) for value in self.needles.in_bytes(content)}
