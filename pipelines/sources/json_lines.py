"""JSONL of the canonical format: one object a line, whose keys are the contract's columns in any letter case.

A small file is read line by line. Of a large one DuckDB reads the lines and the values; only lines that it finds a fault in,
or that it is known to read more leniently, come here one by one. Both ways agree, and are held against an independent count.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from pipelines.sources.column_names import folded
from pipelines.sources.counting import count_lines
from pipelines.sources.csv_records import MALFORMED
from pipelines.sources.json_text import BrokenJson, DoubledKeys, parsed_json, text_of_value
from pipelines.sources.limits import DEEPEST_NESTING, LONGEST_RECORD_BYTES
from pipelines.sources.lines import lines_of
from pipelines.sources.plain_text import PlainText, is_utf8
from pipelines.sources.reading import RECORD, Reject, UnreadableFileError, passing_reason, refuse_miscount
from pipelines.sources.tables import Sink, TableSink

_BATCH = 10_000
_BATCH_BYTES = 32_000_000
_REMEDY = "correct it and deliver the record again"
_BLANKS = "' ' || chr(9) || chr(11) || chr(12) || chr(13)"
#: DuckDB takes a comma before a closing bracket, and NaN and infinity in any spelling: such lines are read here.
_LENIENT = r",\s*[}\]]|(?i:nan|inf|infinity)\s*[,}\]]"


@dataclass
class JsonLines:
    """What was found: ``rows_in`` records, those of ``rejects`` included, and the keys of all objects."""

    rows_in: int = 0
    rejects: list[Reject] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    starts_list: bool = False


@dataclass(frozen=True)
class _Line:
    record: int
    line: int
    text: str


class JsonLinesReader:
    """Reads one file for one table. ``wanted`` are the table's columns."""

    def __init__(self, table: str, wanted: Sequence[str]) -> None:
        self.table = table
        self.wanted = frozenset(wanted)
        self.found = JsonLines()
        self._column_of: dict[str, str] = {}

    def read(self, text: PlainText, sink: Sink, chosen: Callable[[set[str]], Sequence[str]]) -> JsonLines:
        """Line by line, for a small file. ``chosen``: which columns to keep, by all keys; it may refuse the file."""
        records = [(line.record, values) for line in self._lines(text) if (values := self._values(line)) is not None]
        self._refuse_without_objects()
        columns = chosen(self.found.keys)
        sink.begin(columns)
        sink.add(
            [record for record, _ in records],
            {name: [values.get(name) for _, values in records] for name in columns},
        )
        return self._counted(text)

    def load(self, text: PlainText, sink: TableSink, chosen: Callable[[set[str]], Sequence[str]]) -> JsonLines:
        """Through the engine, for a large file."""
        connection, lines, odd = sink.connection, f"{sink.name}_lines", f"{sink.name}_odd"
        try:
            if not self._split_by_engine(text, TableSink(connection, lines)):
                self._split_here(text, TableSink(connection, lines))
            variants = self._keys(connection, lines)
            self._read_odd(connection, lines, TableSink(connection, odd))
            self._refuse_without_objects()
            columns = chosen(self.found.keys)
            sink.take(
                f"{_extraction(lines, columns, variants)} union all by name select {', '.join([RECORD, *columns])} from {odd}",
                {},
            )
        finally:
            for table in (lines, odd):
                connection.execute(f"drop table if exists {table}")
        return self._counted(text)

    def _counted(self, text: PlainText) -> JsonLines:
        with text.open() as handle:
            expected = count_lines(handle)
        refuse_miscount(expected, self.found.rows_in)
        return self.found

    def _refuse_without_objects(self) -> None:
        found = self.found
        if not found.rows_in:
            raise UnreadableFileError("the file holds blank lines alone; deliver it again")
        if found.starts_list or (len(found.rejects) == found.rows_in and not found.keys):
            if all("JSON" in reject.reason for reject in found.rejects):
                raise UnreadableFileError(
                    "no line is a JSON object; deliver one object a line (JSONL), not an array or indented JSON"
                )
            raise UnreadableFileError(
                f"none of its {found.rows_in:,} lines can be read; the first: {min(found.rejects, key=lambda reject: reject.record).reason}"
            )

    def _lines(self, text: PlainText) -> Iterator[_Line]:
        """Each line that is not blank and can be taken as text; the others are rejected."""
        pieces: list[bytes] = []
        size, number = 0, 1
        with text.open() as handle:
            for piece, end in lines_of(handle):
                size += len(piece)
                pieces = [*pieces, piece] if size <= LONGEST_RECORD_BYTES else []
                has_content = bool(piece.strip()) or size > LONGEST_RECORD_BYTES
                if end:
                    if has_content:
                        yield from self._line(number, pieces, size, text)
                    pieces, size, number = [], 0, number + 1
            if size and (size > LONGEST_RECORD_BYTES or b"".join(pieces).strip()):
                yield from self._line(number, pieces, size, text)

    def _line(self, number: int, pieces: list[bytes], size: int, text: PlainText) -> Iterator[_Line]:
        self.found.rows_in += 1
        record = self.found.rows_in
        if size > LONGEST_RECORD_BYTES:
            self._reject(record, number, f"the line is longer than {LONGEST_RECORD_BYTES:,} bytes")
            return
        try:
            yield _Line(record, number, b"".join(pieces).decode())
        except UnicodeDecodeError:
            said = text.encoding if text.encoding != "utf-8" else "UTF-8"
            self._reject(
                record, number, f"the line is not {said}; set `encoding` on the source to that in which it was written"
            )

    def _reject(self, record: int, line: int, reason: str) -> None:
        self.found.rejects.append(
            Reject(record, "row", MALFORMED, f"{reason}; {_REMEDY}", path=f"line {line}", table=self.table)
        )

    def _values(self, line: _Line) -> dict[str, str | None] | None:
        """The values of one line by column; None, and the record rejected, where it is no object or contradicts itself."""
        value = parsed_json(line.text)
        if not isinstance(value, dict):
            if line.record == 1 and isinstance(value, BrokenJson) and line.text.lstrip().startswith("["):
                self.found.starts_list = True
            reason = (
                value.reason if isinstance(value, BrokenJson) and "nested" in value.reason else "is not a JSON object"
            )
            self._reject(line.record, line.line, f"the line {reason}")
            return None
        self.found.keys.update(value)
        values: dict[str, str | None] = {}
        doubled = {folded(key) for key in value.doubled} if isinstance(value, DoubledKeys) else set()
        for key, entry in value.items():
            column = self._column_of.get(key) or self._column_of.setdefault(key, folded(key))
            if column not in self.wanted:
                continue
            written = text_of_value(entry)
            earlier = values.get(column)
            if column in doubled or (earlier and written and earlier != written):
                self._reject(line.record, line.line, f"the JSON object has {column} twice, with different values")
                return None
            values[column] = earlier or written
        return values

    def _split_by_engine(self, text: PlainText, lines: TableSink) -> bool:
        """The lines into a table, through DuckDB; False where it does not find those that there are."""
        if text.path is None or not is_utf8(text):
            return False
        # A control character may not stand unescaped in JSON, so \x01 never splits a line.
        select = f"""select row_number() over () as {RECORD}, * from (select row_number() over () as line, line_text
            from read_csv($path, auto_detect = false, header = false, delim = '\x01', quote = '', escape = '', columns = {{'line_text': 'VARCHAR'}},
                compression = 'none', hive_partitioning = false, max_line_size = {LONGEST_RECORD_BYTES}, buffer_size = {4 * LONGEST_RECORD_BYTES}))
            where trim(line_text, {_BLANKS}) <> ''"""
        try:
            number = lines.take(select, {"path": str(text.path)})
        except duckdb.Error as error:
            if passing_reason(error) is not None or isinstance(
                error, duckdb.InterruptException | duckdb.FatalException
            ):
                raise
            return False
        with text.open() as handle:
            if number != count_lines(handle):
                return False
        self.found.rows_in = number
        return True

    def _split_here(self, text: PlainText, lines: TableSink) -> None:
        lines.begin(("line", "line_text"))
        batch: list[_Line] = []
        size = 0

        def flush() -> None:
            lines.add(
                [line.record for line in batch],
                {"line": [str(line.line) for line in batch], "line_text": [line.text for line in batch]},
            )

        for line in self._lines(text):
            batch.append(line)
            size += len(line.text)
            if len(batch) >= _BATCH or size >= _BATCH_BYTES:
                flush()
                batch, size = [], 0
        flush()

    def _keys(self, connection: duckdb.DuckDBPyConnection, lines: str) -> dict[str, list[str]]:
        """Mark the lines that the engine may read, and collect their keys: column → its spellings."""
        connection.execute(f"alter table {lines} add column is_plain boolean")
        deep = f"length(line_text) - length(translate(line_text, '[{{', '')) > {DEEPEST_NESTING}"
        # Cases, not ands: the engine may look at the type first, which fails on a broken line.
        connection.execute(
            f"""update {lines} set is_plain = case when {deep} or regexp_matches(line_text, $lenient) then false
                when json_valid(line_text) then json_type(line_text) = 'OBJECT' else false end""",
            {"lenient": _LENIENT},
        )
        variants: dict[str, list[str]] = {}
        for (keys,) in connection.execute(
            f"select distinct case when is_plain then json_keys(line_text) end from {lines}"
        ).fetchall():
            names = [folded(key) for key in keys or ()]
            wanted = [name for name in names if name in self.wanted]
            if len(wanted) != len(set(wanted)):
                # Two spellings of one column in a record: whether they agree is looked at here.
                connection.execute(
                    f"update {lines} set is_plain = false where is_plain and case when is_plain then json_keys(line_text) end = $keys",
                    {"keys": keys},
                )
                continue
            self.found.keys.update(keys or ())
            for key, name in zip(keys or (), names, strict=True):
                if name in self.wanted and key not in variants.setdefault(name, []):
                    variants[name].append(key)
        return {name: sorted(keys) for name, keys in variants.items()}

    def _read_odd(self, connection: duckdb.DuckDBPyConnection, lines: str, odd: TableSink) -> None:
        columns = sorted(self.wanted)
        odd.begin(columns)
        last = 0
        while batch := connection.execute(
            f"""select {RECORD}, cast(line as bigint), line_text from {lines} where not is_plain and {RECORD} > $last
            order by {RECORD} limit {_BATCH}""",
            {"last": last},
        ).fetchall():
            last = int(batch[-1][0])
            read = [
                (line.record, values)
                for line in (_Line(*row) for row in batch)
                if (values := self._values(line)) is not None
            ]
            odd.add(
                [record for record, _ in read],
                {name: [values.get(name) for _, values in read] for name in columns},
            )


def _extraction(lines: str, columns: Sequence[str], variants: Mapping[str, list[str]]) -> str:
    """SELECT of the plain lines' values, each line parsed once."""
    places: list[str] = []
    selected = []
    for column in columns:
        reads = []
        for key in variants.get(column, ()):
            escaped = key.replace("\\", "\\\\").replace('"', '\\"').replace("'", "''")
            places.append(f"'$.\"{escaped}\"'")
            reads.append(f"found[{len(places)}]")
        # Exports change the case of their keys from one day to the next: take whichever variant is there.
        value = f"coalesce({', '.join(reads)})" if len(reads) > 1 else reads[0] if reads else "null::varchar"
        selected.append(f"{value} as {column}")
    found = f"json_extract_string(line_text, [{', '.join(places)}])" if places else "null::varchar[]"
    return (
        f"select {', '.join([RECORD, *selected])} from (select {RECORD}, {found} as found from {lines} where is_plain)"
    )
