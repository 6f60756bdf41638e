"""Large nested files through the engine: one parse into nested columns of text, whose lists are then unfolded, list by list.

Reads only files without a fault: where a value has another type than the mapping says, or the engine is known to be more
lenient than JSON is, nothing is kept, and ``documents`` walks through the file instead. What nobody reads is passed over, however
deep it is nested.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import duckdb

from pipelines.sources.json_records import JsonLayout
from pipelines.sources.limits import LONGEST_RECORD_BYTES
from pipelines.sources.mapping.documents import RowsWanted
from pipelines.sources.mapping.misspellings import last_name, names_nowhere, never_filled
from pipelines.sources.mapping.references import INDEX, Level, Place, json_path
from pipelines.sources.plain_text import PlainText
from pipelines.sources.reading import PATH, RECORD, passing_reason

_DOCUMENTS = "mapped_documents"
_LENIENT = re.compile(rb",\s*[}\]]|:\s*-?(?i:nan|inf|infinity)\s*[,}\]]")
_LENIENT_MARKS = (b",}", b",]", b":nan", b":inf", b":-inf")
#: Numbers that the engine's columns write otherwise than ``documents`` does: with an exponent, below a ten-thousandth, or with a
#: fraction behind sixteen digits. The same number must be the same text in files of any size: ids are made of it.
_OTHERWISE_WRITTEN = re.compile(rb"[:\[,]-?(?:0\.0000|\d+(?:\.\d+)?e|\d{16,}\.)")
#: What one of them holds, where every digit is a 0 and a sign a minus.
_OTHERWISE_MARKS = (b"0e-", b"0e0", b"0" * 16 + b".")
_SHAPE = bytes.maketrans(b"123456789+", b"000000000-")
_CHUNK_BYTES = 1 << 22
#: So long is what the patterns find, with a few blanks in it, where it goes over the end of a chunk.
_LONGEST_MATCH = 512


class _NotThisWayError(Exception):
    """The engine's columns cannot hold what is asked for."""


@dataclass
class _Node:
    """What is read of one JSON value: all of it as text, some of its keys, or the elements of a list."""

    is_text: bool = False
    children: dict[str, "_Node"] = field(default_factory=dict)
    element: "_Node | None" = None

    def at(self, steps: Iterable[str | int]) -> "_Node":
        node = self
        for step in steps:
            if isinstance(step, str):
                node = node.children.setdefault(step, _Node())
            else:
                node.element = node.element or _Node()
                node = node.element
        return node

    def type(self) -> str:
        if self.element is not None:
            if self.is_text or self.children:
                raise _NotThisWayError
            return f"{self.element.type()}[]"
        if self.is_text:
            return "VARCHAR"
        if not self.children:
            raise _NotThisWayError
        return f"STRUCT({', '.join(f'{_quoted(name)} {child.type()}' for name, child in self.children.items())})"


@dataclass
class _Unfolding:
    """A SELECT that grows by a list at a time: its column ``l`` becomes rows ``v``. ``kept`` go on."""

    sql: str
    kept: list[str]

    def unfold(self, number: int, added: dict[str, str]) -> None:
        listed = [
            *self.kept,
            f"i{number}",
            "is_bad or v is null as is_bad",
            *(f"{expression} as {name}" for name, expression in added.items()),
        ]
        self.sql = f"""select {", ".join(listed)} from (
            select * exclude (l), unnest(l) as v, unnest(range(len(l))) as i{number} from ({self.sql}))"""
        self.kept += [f"i{number}", *(name for name in added if name != "l")]


class NestedColumns:
    """Reads one file on ``connection``. ``relations`` then stand for the rows of each table in a FROM clause."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, wanted: Sequence[RowsWanted]) -> None:
        self.connection = connection
        self.wanted = wanted
        self.first = wanted[0]
        self.relations: list[str] = []
        self.rows_in = 0
        self._depth = len(self.first.levels)
        # Fields above the lists of the further tables are read with the rows of the first one, once.
        shared = dict.fromkeys(place for one in wanted for place in one.places.values() if place.level <= self._depth)
        self._shared = {place: f"p{number}" for number, place in enumerate(shared)}
        self._layout = JsonLayout.LINES

    def take(self, text: PlainText, layout: JsonLayout, documents: int) -> bool:
        """Whether all ``documents`` were read; False where a fault stands in one of them."""
        self._layout = layout
        try:
            _refuse_lenient(text)
            root = _Node()
            nodes = [self._nodes(root, one) for one in self.wanted]
            self._parse(text, root, nodes[0][0], documents)
            self._first_rows(nodes[0])
            for number in range(1, len(self.wanted)):
                self._further_rows(number, nodes[number])
        except _NotThisWayError:
            return False
        except duckdb.Error as error:
            if passing_reason(error) is not None or isinstance(
                error, duckdb.InterruptException | duckdb.FatalException
            ):
                raise
            return False
        return True

    def missed(self, text: PlainText) -> tuple[str, ...]:
        """Fields that no row fills and lists without a row, of which the file does not even have the name."""
        found: dict[str, str] = {}
        for number, (one, relation) in enumerate(zip(self.wanted, self.relations, strict=True)):
            has_rows, unfilled = never_filled(self.connection, relation, one.columns)
            if has_rows:
                found |= {name: key for name in unfilled if (key := last_name(one.places[name])) is not None}
            elif number and one.rows:
                found[one.rows] = one.levels[-1].name
        nowhere = names_nowhere(text, found.values())
        return tuple(name for name, key in found.items() if key in nowhere)

    def _nodes(self, root: _Node, wanted: RowsWanted) -> list[_Node]:
        """The node of the elements of each level, the document first, with what the table reads of them."""
        nodes = [root]
        for level in wanted.levels:
            holder = nodes[-1].at(level.keys)
            holder.element = holder.element or _Node()
            nodes.append(holder.element)
        for place in wanted.places.values():
            if not place.steps:
                raise _NotThisWayError
            nodes[place.level].at(place.steps).is_text = True
        for node in _all_nodes(root):
            if node.is_text:
                # What is read as a whole is not read in parts as well: those come out of its text.
                node.children = {}
        return nodes

    def _parse(self, text: PlainText, root: _Node, document: _Node, documents: int) -> None:
        columns = {name: child.type() for name, child in root.children.items()}
        if not columns:
            raise _NotThisWayError
        is_one = self._layout is JsonLayout.OBJECT
        added = ", ".join(f"{expression} as {name}" for name, expression in self._added(0, document, None).items())
        self.connection.execute(
            f"""create or replace temp table {_DOCUMENTS} as select row_number() over () as d{", " + added if added else ""}
            from read_json($path, format = $format, columns = $columns, maximum_object_size = $biggest,
                compression = 'uncompressed', hive_partitioning = false)""",
            {
                "path": str(text.path),
                "format": "unstructured" if is_one else self._layout.value,
                "columns": columns,
                # Buffers have this size, so only a document that is the whole file may be longer than a record.
                "biggest": max(LONGEST_RECORD_BYTES, text.size + 1) if is_one else LONGEST_RECORD_BYTES,
            },
        )
        if self._count(_DOCUMENTS) != documents:
            raise _NotThisWayError
        names = self._added(0, document, None)
        empty = " and ".join(f"{name} is null" for name in names) or "false"
        row = self.connection.execute(f"select count(*) from {_DOCUMENTS} where {empty}").fetchone()
        if row is None or row[0]:
            # It may be null itself, which is no record: the walk tells that from an object with nothing in it.
            raise _NotThisWayError

    def _added(self, level: int, node: _Node, base: str | None) -> dict[str, str]:
        """What is taken of the elements of one level of the first table: fields, and the lists that are unfolded next."""
        added = {name: _field(base, node, place) for place, name in self._shared.items() if place.level == level}
        if level < self._depth:
            added["l"] = _access(base, self.first.levels[level].keys)
        else:
            tails = {n: one.levels[self._depth :] for n, one in enumerate(self.wanted) if n}
            added |= {f"t{number}": _access(base, tail[0].keys) for number, tail in tails.items() if tail}
        return added

    def _first_rows(self, nodes: list[_Node]) -> None:
        if not self._depth:
            # The documents are the records.
            self.connection.execute(
                f"create or replace temp view mapped_rows_0 as select d as {RECORD}, false as is_bad, * from {_DOCUMENTS}"
            )
            self._settle_first()
            return
        rows = _Unfolding(
            f"select *, false as is_bad from {_DOCUMENTS}",
            ["d", *(name for place, name in self._shared.items() if not place.level)],
        )
        for number in range(1, self._depth + 1):
            rows.unfold(number, self._added(number, nodes[number], "v"))
        self._keep("mapped_rows_0", f"select row_number() over () as {RECORD}, * from ({rows.sql})")
        self._settle_first()

    def _settle_first(self) -> None:
        self.rows_in = self._count("mapped_rows_0")
        if not self.rows_in:
            # Whether the lists are empty or not there at all, the columns do not tell.
            raise _NotThisWayError
        self._refuse_foreign()
        self.relations.append(self._named(self.first, "mapped_rows_0", self._shared))

    def _refuse_foreign(self) -> None:
        """A file in which no field is filled may be another one than the mapping is for: the walk says so."""
        filled = [self._shared[place] for place in self.first.places.values()]
        found = (
            f"select bool_or(coalesce({', '.join(filled)}) is not null) from mapped_rows_0" if filled else "select true"
        )
        row = self.connection.execute(found).fetchone()
        if row is None or not row[0]:
            raise _NotThisWayError

    def _further_rows(self, number: int, nodes: list[_Node]) -> None:
        wanted = self.wanted[number]
        tail = wanted.levels[self._depth :]
        own = {
            place: f"q{n}"
            for n, place in enumerate(p for p in dict.fromkeys(wanted.places.values()) if p.level > self._depth)
        }
        carried = dict.fromkeys(self._shared[place] for place in wanted.places.values() if place.level <= self._depth)
        kept = [RECORD, "d", *(f"i{n}" for n in range(1, self._depth + 1)), *carried]
        rows = _Unfolding(
            f"select {', '.join(kept)}, false as is_bad{f', t{number} as l' if tail else ''} from mapped_rows_0", kept
        )
        for place, _ in enumerate(tail):
            level = self._depth + place + 1
            added = {name: _field("v", nodes[level], each) for each, name in own.items() if each.level == level}
            if place + 1 < len(tail):
                added["l"] = _access("v", tail[place + 1].keys)
            rows.unfold(level, added)
        self._keep(f"mapped_rows_{number}", rows.sql)
        self.relations.append(self._named(wanted, f"mapped_rows_{number}", {**self._shared, **own}))

    def _keep(self, name: str, select: str) -> None:
        self.connection.execute(f"create or replace temp table {name} as {select}")
        row = self.connection.execute(f"select bool_or(is_bad) from {name}").fetchone()
        if row and row[0]:
            raise _NotThisWayError

    def _named(self, wanted: RowsWanted, name: str, columns: dict[Place, str]) -> str:
        """The rows under the names that both ways of reading give."""
        depth = len(wanted.levels)
        listed = [RECORD, f"{self._path(wanted.levels)} as {PATH}", f"{f'i{depth}' if depth else 'd - 1'} as {INDEX}"]
        listed += [
            f"nullif({columns[wanted.places[reference]]}, '') as {column}"
            for reference, column in wanted.columns.items()
        ]
        return f"(select {', '.join(listed)} from {name})"

    def _path(self, levels: tuple[Level, ...]) -> str:
        if not levels:
            return "cast(null as varchar)"
        parts = ["'$[' || (d - 1) || ']'" if self._layout is JsonLayout.LIST else "'$'"]
        for number, level in enumerate(levels, 1):
            parts += [_literal("".join(f".{key}" for key in level.keys) + "["), f"i{number}", "']'"]
        if self._layout is not JsonLayout.LIST and self._layout is not JsonLayout.OBJECT:
            parts += ["' (document '", "d", "')'"]
        return " || ".join(parts)

    def _count(self, relation: str) -> int:
        row = self.connection.execute(f"select count(*) from {relation}").fetchone()
        return int(row[0]) if row else 0


def _refuse_lenient(text: PlainText) -> None:
    """The engine takes a comma before a closing bracket, and NaN and infinity in any spelling as the value of a key.

    And it writes some numbers in a way of its own.
    """
    with text.open() as handle:
        rest = b""
        while chunk := handle.read(_CHUNK_BYTES):
            bare = (rest + chunk).translate(None, b" \t\r\n").lower()
            # Looking for a few words first takes a fraction of what the pattern does.
            if any(mark in bare for mark in _LENIENT_MARKS) and _LENIENT.search(rest + chunk):
                raise _NotThisWayError
            shape = bare.translate(_SHAPE)
            is_marked = b"0.0000" in bare or any(mark in shape for mark in _OTHERWISE_MARKS)
            if is_marked and _OTHERWISE_WRITTEN.search(bare):
                raise _NotThisWayError
            rest = chunk[-_LONGEST_MATCH:]


def _all_nodes(node: _Node) -> Iterable[_Node]:
    yield node
    for child in [*node.children.values(), *([node.element] if node.element else [])]:
        yield from _all_nodes(child)


def _field(base: str | None, node: _Node, place: Place) -> str:
    """The text of a field: a nested column, or what stands in one that is read as a whole."""
    taken = 0
    for step in place.steps:
        if node.is_text:
            break
        node = node.at([step])
        taken += 1
    column, rest = _access(base, place.steps[:taken]), place.steps[taken:]
    return f"json_extract_string({column}, {_literal(json_path(rest))})" if rest else column


def _access(base: str | None, steps: tuple[str | int, ...]) -> str:
    written = base or ""
    for step in steps:
        # The engine counts the entries of a list from 1.
        written += f"[{step + 1}]" if isinstance(step, int) else f"{'.' if written else ''}{_quoted(step)}"
    return written


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
