"""Nested files: JSON documents → the rows of each table of a mapping, as relations of text columns.

What belongs here: which rows and fields are wanted, and the walk through documents one by one, which names each that is
broken; ``nested_columns`` is the other way, for large files. A row of the first table is a record; rows of other tables
belong to the record that they stand in.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import polars as pl

from pipelines.sources.json_records import JsonLayout, documents_of
from pipelines.sources.json_text import BrokenJson, text_of_value
from pipelines.sources.mapping.declaration import MappedTable
from pipelines.sources.mapping.misspellings import Break, leads
from pipelines.sources.mapping.references import INDEX, Level, Place, parsed_rows, place_of
from pipelines.sources.plain_text import PlainText
from pipelines.sources.reading import PATH, RECORD, Reject

_BATCH = 20_000
_MALFORMED = "malformed_json"


@dataclass(frozen=True)
class RowsWanted:
    """The rows of one table: where they stand, and the fields that are read of them, by reference."""

    table: str
    levels: tuple[Level, ...]
    places: dict[str, Place]
    rows: str = ""

    @staticmethod
    def of(table: MappedTable, references: Iterable[str], separator: str = ".") -> "RowsWanted":
        """``separator``: what may stand between the names of a field, besides a dot."""
        levels = parsed_rows(table.rows)
        named = {name: table.name_in_file(name).replace(separator, ".") for name in dict.fromkeys(references)}
        places = {name: place_of(written, levels) for name, written in named.items()}
        return RowsWanted(table.table, levels, places, table.rows)

    @property
    def columns(self) -> dict[str, str]:
        """Reference → the column that it has among the rows."""
        return {reference: f"f{number}" for number, reference in enumerate(self.places)}


@dataclass
class _Collected:
    """Rows of one table on their way into a frame."""

    records: list[int] = field(default_factory=list)
    paths: list[str | None] = field(default_factory=list)
    indices: list[int] = field(default_factory=list)
    values: list[list[str | None]] = field(default_factory=list)


class DocumentWalk:
    """Goes through documents one by one. ``frames`` then holds ``_record``, ``_path``, ``_index`` and f0 … of each table."""

    def __init__(self, wanted: Sequence[RowsWanted]) -> None:
        self.wanted = wanted
        self.rows_in = self.documents = 0
        self.rejects: list[Reject] = []
        self.has_list = False
        """Whether the path to the rows of the first table leads to its end in any document."""
        self.broken = Break()
        """Where it does not."""
        self.example: object = None
        """A row of the first table; its names may be shown."""
        self.has_value = False
        """Whether a field of the first table is filled in any row."""
        self._collected = [_Collected() for _ in wanted]
        self._parts: list[list[pl.DataFrame]] = [[] for _ in wanted]
        self._unseen = [dict(one.places) for one in wanted]
        self._leads = [not one.rows for one in wanted]
        self._has_rows = [False for _ in wanted]

    def take(self, text: PlainText, layout: JsonLayout) -> list[pl.DataFrame]:
        for place, document in documents_of(text, layout, hits=False):
            self.documents += 1
            suffix = "" if place else f" (document {self.documents})"
            if isinstance(document, dict):
                self._document(document, place or "$", suffix)
            else:
                reason = document.reason if isinstance(document, BrokenJson) else "is not a JSON object"
                self.rows_in += 1
                self.rejects.append(Reject(self.rows_in, "row", _MALFORMED, f"the record {reason}", place))
            self.flush_full()
        return self.flushed()

    def flush_full(self) -> None:
        """Rows that are many enough go into a frame."""
        if any(len(collected.records) >= _BATCH for collected in self._collected):
            self._flush()

    def flushed(self) -> list[pl.DataFrame]:
        """All rows of each table."""
        self._flush()
        return [pl.concat(parts) for parts in self._parts]

    def value_of(self, element: object, steps: Iterable[str | int]) -> str | None:
        """The text of a field of an element, null where there is none."""
        return text_of_value(_value(element, steps)) or None

    def stands(self, element: object, steps: tuple[str | int, ...]) -> bool:
        """Whether an element has a field, be it empty."""
        while steps and isinstance(steps[-1], int):
            steps = steps[:-1]
        holder = _value(element, steps[:-1])
        return not steps or (isinstance(holder, dict) and steps[-1] in holder)

    @property
    def missed(self) -> tuple[str, ...]:
        """Fields that no row has, and lists of further tables that no record has."""
        fields = [
            name for unseen, has_rows in zip(self._unseen, self._has_rows, strict=True) if has_rows for name in unseen
        ]
        lists = [
            one.rows
            for one, is_there in zip(self.wanted[1:], self._leads[1:], strict=True)
            if self._has_rows[0] and not is_there
        ]
        return tuple(dict.fromkeys(fields + lists))

    def _document(self, document: dict[str, object], place: str, suffix: str) -> None:
        first = self.wanted[0]
        self.has_list = self.has_list or leads(document, first.levels, self.broken)
        for found in _rows((document,), self.documents - 1, place, first.levels):
            self.take_record(found, suffix)

    def take_record(self, found: "Row", suffix: str = "") -> None:
        """Keep a record, and the rows of the further tables that stand in it."""
        first = self.wanted[0]
        self.rows_in += 1
        if found.fault:
            self.rejects.append(Reject(self.rows_in, "row", _MALFORMED, found.fault, found.path + suffix, first.table))
            return
        self._keep(0, found, suffix)
        for number, wanted in enumerate(self.wanted[1:], 1):
            tail = wanted.levels[len(first.levels) :]
            self._leads[number] = self._leads[number] or leads(found.chain[-1], tail)
            for part in _rows(found.chain, found.index, found.path, tail):
                if part.fault:
                    self.rejects.append(
                        Reject(self.rows_in, "value", _MALFORMED, part.fault, part.path + suffix, wanted.table)
                    )
                else:
                    self._keep(number, part, suffix)

    def _keep(self, number: int, row: "Row", suffix: str) -> None:
        collected = self._collected[number]
        collected.records.append(self.rows_in)
        collected.paths.append(row.path + suffix if len(row.chain) > 1 else None)
        collected.indices.append(row.index)
        values = [self.value_of(row.chain[place.level], place.steps) for place in self.wanted[number].places.values()]
        self._has_rows[number] = True
        for name, place in list(self._unseen[number].items()):
            if self.stands(row.chain[place.level], place.steps):
                del self._unseen[number][name]
        if number == 0 and self.example is None:
            self.example = row.chain[-1]
        self.has_value = self.has_value or (number == 0 and any(value is not None for value in values))
        collected.values.append(values)

    def _flush(self) -> None:
        for number, collected in enumerate(self._collected):
            columns = list(zip(*collected.values, strict=True)) or [()] * len(self.wanted[number].places)
            data: dict[str, Sequence[object]] = {
                RECORD: collected.records, PATH: collected.paths, INDEX: collected.indices,
                **dict(zip(self.wanted[number].columns.values(), columns, strict=True)),
            }  # fmt: skip
            types = {RECORD: pl.Int64(), INDEX: pl.Int64()}
            self._parts[number].append(pl.DataFrame(data, schema={name: types.get(name, pl.String()) for name in data}))
            self._collected[number] = _Collected()


@dataclass(frozen=True)
class Row:
    """A row, with the elements that it stands in, the document first; or the reason why it cannot be read as a row."""

    chain: tuple[object, ...]
    index: int
    path: str
    fault: str = ""


def _rows(chain: tuple[object, ...], index: int, path: str, levels: tuple[Level, ...]) -> Iterator[Row]:
    if not levels:
        yield Row(chain, index, path)
        return
    found = _value(chain[-1], levels[0].keys)
    path = ".".join((path, *levels[0].keys))
    if found is None:
        return
    if not isinstance(found, list):
        yield Row(chain, index, path, "is not a list of JSON objects, as `rows` says")
        return
    for number, element in enumerate(found):
        if isinstance(element, dict):
            yield from _rows((*chain, element), number, f"{path}[{number}]", levels[1:])
        else:
            yield Row(chain, number, f"{path}[{number}]", "is not a JSON object")


def _value(element: object, steps: Iterable[str | int]) -> object:
    for step in steps:
        if isinstance(element, dict) and isinstance(step, str):
            element = element.get(step)
        elif isinstance(element, list) and isinstance(step, int):
            element = element[step] if step < len(element) else None
        else:
            return None
    return element
