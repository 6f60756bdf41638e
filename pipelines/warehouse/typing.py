"""SQL that turns raw values into typed, checked, private ones. Everything about a column comes from the contract.

For one raw relation this builds (a) the SELECT of its good rows, bad optional values nulled and flagged, and
(b) the SELECT of its faults, each with its rule and the shape of the value. Both read the same raw expressions, so they
cannot disagree. Values pass three layers: ``v_`` as it stands (null where blank), ``p_`` read (a number, an instant),
``t_`` checked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pipelines.contract import CanonicalTable, Column, Kind, Privacy
from pipelines.privacy.identity import id_text, native_id, person_sql, trimmed
from pipelines.privacy.pseudonyms import Pseudonymiser, looks_personal_sql
from pipelines.warehouse.bad_values import EARLIEST_DATE, WHOLE_TYPES, fault_rule, is_number, limits_of
from pipelines.warehouse.durations import native_seconds, written_seconds
from pipelines.warehouse.instants import LATEST, Order, Zones, native_instant, within_bounds
from pipelines.warehouse.shapes import shape_sql
from pipelines.warehouse.written import written_date, written_instant

_TRUE, _FALSE = "('true', 't', 'yes', 'y', '1', '1.0')", "('false', 'f', 'no', 'n', '0', '0.0')"
_READ_FIRST = {Kind.INSTANT, Kind.DATE, Kind.INTEGER, Kind.NUMBER}


@dataclass(frozen=True)
class RawRelation:
    """Raw rows of one table in one file, or in several: what typing works on.

    ``relation`` stands in a FROM clause; ``columns`` maps contract columns to expressions over it, ``types`` to
    their DuckDB types; ``record``, ``row`` and ``path`` are expressions that locate a row in its file, ``file`` is the
    expression of the landing file's id, ``same_as`` that of what makes records of a source one record, ``join_keys`` that of
    the keys of what is joined to it.
    """

    table: CanonicalTable
    relation: str
    columns: dict[str, str]
    types: dict[str, str]
    record: str
    row: str
    file: str
    path: str = "null::varchar"
    same_as: str = "null::varchar"
    join_keys: str = "null::varchar"

    def is_text(self, column: str) -> bool:
        """Whether the column holds text, which a value has to be read out of."""
        return self.types[column] in {"VARCHAR", "JSON"} or self.types[column].startswith("ENUM")

    def value(self, column: Column) -> str:
        """SQL of the raw value: null where blank, text trimmed (free text as it stands)."""
        expression = self.columns[column.name]
        kind = self.types[column.name]
        if kind == "BLOB":
            decoded = trimmed(f"coalesce(try(decode({expression})), '?')")
            return f"case when {decoded} is not null then {expression} end"
        if kind in {"DOUBLE", "FLOAT"} and column.kind is Kind.TEXT:
            # What is missing stands as NaN in the columns that numeric libraries make of ids.
            return f"case when not isnan({expression}) then {expression} end"
        if not self.is_text(column.name):
            return expression
        text = expression if kind == "VARCHAR" else f"cast({expression} as varchar)"
        if column.privacy is Privacy.FREE_TEXT:
            return f"case when {trimmed(text)} is not null then {text} end"
        return trimmed(text)

    def text(self, column: Column, value: str) -> str | None:
        """SQL of the text that ``value`` (of :meth:`value`) holds; None for a type that holds none."""
        if self.types[column.name] == "BLOB":
            decoded = f"try(decode({value}))"
            return decoded if column.privacy is Privacy.FREE_TEXT else trimmed(decoded)
        return value if self.is_text(column.name) else None

    def id_of(self, column: Column, value: str) -> str:
        """SQL of the id that ``value`` (of :meth:`value`) is, in its one spelling; null where it is no id."""
        text = self.text(column, value)
        if text is not None:
            return id_text(text)
        return native_id(value, self.types[column.name]) or "cast(null as varchar)"


@dataclass(frozen=True)
class TypingRules:
    """What the configuration and the files themselves settle before values are typed."""

    zones: Zones
    orders: Mapping[str, Order]
    sentinels: tuple[str, ...]
    pseudonymiser: Pseudonymiser
    redactions: Mapping[str, str] = field(default_factory=dict)
    """Column of free text or labels → name of a temp table (text, redacted) of the values that had to change."""
    people: Mapping[str, str] = field(default_factory=dict)
    """Id column → name of a temp table (text, person) of the ids that are phones or addresses (``people.map_people``)."""
    latest: datetime | None = None
    """Naive UTC: a record whose event lies later lies in the future; None: none does."""
    date_formats: tuple[str, ...] = ()
    """Patterns of strptime that the source's dates and instants are written in."""
    rating_scale: tuple[float, float] | None = None
    """Worst and best rating of the source, where they are not the contract's."""


class TypedSelect:
    """The SELECTs over one RawRelation."""

    def __init__(self, raw: RawRelation, rules: TypingRules) -> None:
        self.raw = raw
        self.rules = rules
        self.present = [column for column in raw.table.columns if column.name in raw.columns]

    def good_rows(self, system_parameter: str) -> str:
        """SELECT of the rows to land: origin columns, then every column of the table, then ``_has_faults``."""
        selected = [
            "cast(_file_id as integer) as _file_id",
            "_record",
            "_row",
            "_same_as",
            "_join_keys",
            f"cast({system_parameter} as varchar) as system",
            *(
                self._private(column)
                if column in self.present
                else f"cast(null as {column.kind.duckdb_type}) as {column.name}"
                for column in self.raw.table.columns
            ),
            f"({self._any_fault()}) as _has_faults",
        ]
        mapped = [*self.rules.redactions.items(), *self.rules.people.items()]
        joins = "".join(f" left join {table} on {table}.text = typed.t_{column}" for column, table in mapped)
        return f"select {', '.join(selected)} from ({self._typed()}) as typed{joins} where not ({self._row_is_bad()})"

    def faults(self) -> str:
        """SELECT file_id, record, path, is_row, column_name, rule, shape: one row a fault. No value of a record is in it.

        ``is_row``: the fault quarantines the record. ``shape`` is null where nothing stood there.
        """
        branches = []
        for column in self.present:
            required = self._required(column)
            # What was missing is no bad value: its own branch, so that both can be counted.
            branches.append(
                f"case when {_bad(column)} then {self._fault(column, required, self._rule(column), self._shape(column))} end"
            )
            if column.required:
                branches.append(
                    f"case when v_{column.name} is null and {required} then {self._fault(column, 'true', _named('missing'))} end"
                )
        branches += [
            f"case when {self._required(column)} then {self._fault(column, 'true', _named('missing'))} end"
            for column in self.raw.table.required
            if column not in self.present
        ]
        if self._is_future():
            event = self.raw.table.column(self.raw.table.event_time)
            branches.append(
                f"case when {self._is_future()} then {self._fault(event, 'true', _named('in_the_future'), self._shape(event))} end"
            )
        listed = f"list_filter([{', '.join(branches)}], lambda fault: fault is not null)"
        return f"""select _file_id as file_id, _record as record, _path as path, fault.required as is_row, fault.column_name as column_name, fault.rule as rule, fault.shape as shape
            from (select _file_id, _record, _path, unnest({listed}) as fault from ({self._typed()}) where ({self._any_fault()}) or ({self._row_is_bad()}))"""

    @staticmethod
    def _fault(column: Column, required: str, rule: str, shape: str = "cast(null as varchar)") -> str:
        return f"{{'column_name': '{column.name}', 'required': {required}, 'rule': {rule}, 'shape': {shape}}}"

    def _rule(self, column: Column) -> str:
        return fault_rule(
            column,
            self.raw.types[column.name],
            self.raw.text(column, f"v_{column.name}"),
            order=self._order(column),
            formats=self.rules.date_formats,
            scale=self._scale(column),
        )

    def _shape(self, column: Column) -> str:
        mask = column.kind in {Kind.INSTANT, Kind.DATE} or column.unit == "seconds"
        return shape_sql(f"v_{column.name}", self.raw.types[column.name], mask=mask)

    def _typed(self) -> str:
        origin = "_file_id, _record, _row, _path, _same_as, _join_keys"
        values = ", ".join(f"{self.raw.value(column)} as v_{column.name}" for column in self.present)
        read = ", ".join(
            f"{self._read(column)} as {'p' if column.kind in _READ_FIRST else 't'}_{column.name}"
            for column in self.present
        )
        checked = ", ".join(
            f"{self._checked(column)} as t_{column.name}" for column in self.present if column.kind in _READ_FIRST
        )
        return f"""select *{f", {checked}" if checked else ""} from (
            select {origin}, {", ".join(f"v_{column.name}" for column in self.present)}, {read} from (
                select {self.raw.file} as _file_id, {self.raw.record} as _record, {self.raw.row} as _row, {self.raw.path} as _path,
                    {self.raw.same_as} as _same_as, {self.raw.join_keys} as _join_keys, {values}
                from {self.raw.relation}))"""

    def _order(self, column: Column) -> str:
        return self.rules.orders.get(column.name, Order()).sql("_file_id")

    def _read(self, column: Column) -> str:
        value = f"v_{column.name}"
        text = self.raw.text(column, value)
        kind = self.raw.types[column.name]
        match column.kind:
            case Kind.TEXT if column.allowed:
                lowered = f"lower({text or f'try(cast({value} as varchar))'})"
                return f"case when {lowered} in ({_literals(column.allowed)}) then {lowered} end"
            case Kind.TEXT:
                return self.raw.id_of(column, value) if column.is_id or text is None else text
            case Kind.BOOLEAN:
                lowered = f"lower({text or f'try(cast({value} as varchar))'})"
                return f"case when {lowered} in {_TRUE} then true when {lowered} in {_FALSE} then false end"
            case Kind.INSTANT | Kind.DATE:
                return self._instant(column, value, text, kind)
            case _:
                return self._number(column, value, text, kind)

    def _instant(self, column: Column, value: str, text: str | None, kind: str) -> str:
        is_date = column.kind is Kind.DATE
        if kind.startswith(("TIMESTAMP", "DATE")) and not kind.endswith("]"):
            return f"try(cast({value} as date))" if is_date else native_instant(value, kind, self.rules.zones)
        written = text or _digits(value, kind)
        if written is None:
            return f"cast(null as {column.kind.duckdb_type})"
        if is_date:
            return written_date(written, self._order(column), self.rules.date_formats)
        return written_instant(written, self._order(column), self.rules.zones, self.rules.date_formats)

    @staticmethod
    def _number(column: Column, value: str, text: str | None, kind: str) -> str:
        if is_number(kind):
            return f"cast({value} as double)"
        if text is not None:
            # 0,85 is a decimal comma; 1,234 could be either and is not guessed.
            comma = f"case when regexp_full_match({text}, '[+-]?\\d+,(\\d{{1,2}}|\\d{{4,}})') then try_cast(replace({text}, ',', '.') as double) end"
            seconds = f", {written_seconds(text)}" if column.unit == "seconds" else ""
            return f"coalesce(try_cast({text} as double), {comma}{seconds})"
        return (native_seconds(value, kind) if column.unit == "seconds" else None) or "cast(null as double)"

    def _scale(self, column: Column) -> tuple[float, float] | None:
        return self.rules.rating_scale if column.is_rating else None

    def _checked(self, column: Column) -> str:
        read = f"p_{column.name}"
        if column.kind is Kind.DATE:
            return f"case when {read} >= date '{EARLIEST_DATE}' and {read} < date '{LATEST}' then {read} end"
        if column.kind is Kind.INSTANT:
            if column.not_before and column.not_before in self.raw.columns:
                earlier = within_bounds(f"p_{column.not_before}")
                return f"case when {read} >= ({earlier}) or ({earlier}) is null then {within_bounds(read)} end"
            return within_bounds(read)
        minimum, maximum = limits_of(column, self._scale(column))
        conditions = [f"isfinite({read})"]
        conditions += [f"{read} >= {minimum}"] if minimum is not None else []
        conditions += [f"{read} <= {maximum}"] if maximum is not None else []
        number = read
        scale = self._scale(column)
        if scale is not None and column.minimum is not None and column.maximum is not None:
            low, high = scale
            number = f"{column.minimum} + {column.maximum - column.minimum} * ({read} - {low}) / {high - low}"
        if column.kind is Kind.INTEGER:
            conditions += [f"{read} = floor({read})", f"abs({read}) < 9e15"]
            number = f"cast({read} as bigint)"
        return f"case when {' and '.join(conditions)} then {number} end"

    def _private(self, column: Column) -> str:
        """The value as it may be kept."""
        value = f"t_{column.name}"
        mapped = f"{self.rules.people[column.name]}.person" if column.name in self.rules.people else "null"
        person = person_sql(value, mapped)
        if column.privacy is Privacy.PSEUDONYM:
            known = f"coalesce({person}, {value})"
            if self.rules.sentinels:
                sentinels = _literals(tuple(sentinel.strip().lower() for sentinel in self.rules.sentinels))
                known = f"case when lower({value}) not in ({sentinels}) and coalesce({person} not in ({sentinels}), true) then {known} end"
            return f"{self.rules.pseudonymiser.sql(known)} as {column.name}"
        if column.privacy is Privacy.IDENTIFIER:
            named = f"coalesce({person}, case when {looks_personal_sql(value)} then lower({value}) end)"
            return f"coalesce({self.rules.pseudonymiser.sql(named)}, {value}) as {column.name}"
        if column.name in self.rules.redactions:
            return f"coalesce({self.rules.redactions[column.name]}.redacted, {value}) as {column.name}"
        return f"{value} as {column.name}"

    def _required(self, column: Column) -> str:
        """SQL truth of whether ``column`` is required: of a withdrawn record only its key is."""
        if column.name in self.raw.table.key or "deleted_at" not in self.raw.columns:
            return str(column.required).lower()
        return "(t_deleted_at is null)" if column.required else "false"

    def _is_future(self) -> str:
        """SQL truth of whether the record's event lies in the future; '' where that cannot be."""
        event = self.raw.table.event_time
        if self.rules.latest is None or event not in self.raw.columns:
            return ""
        return f"coalesce(t_{event} > timestamp '{self.rules.latest.isoformat(sep=' ')}', false)"

    def _row_is_bad(self) -> str:
        conditions = [
            f"(t_{column.name} is null and {self._required(column)})"
            for column in self.raw.table.required
            if column in self.present
        ]
        conditions += [self._required(column) for column in self.raw.table.required if column not in self.present]
        conditions += [self._is_future()] if self._is_future() else []
        return " or ".join(conditions) or "false"

    def _any_fault(self) -> str:
        return " or ".join(_bad(column) for column in self.present if self._can_be_bad(column)) or "false"

    def _can_be_bad(self, column: Column) -> bool:
        is_plain_text = column.kind is Kind.TEXT and not column.allowed and not column.is_id
        return not (is_plain_text and self.raw.is_text(column.name))


def _bad(column: Column) -> str:
    """A value stood in the file, and it is no good."""
    return f"(v_{column.name} is not null and t_{column.name} is null)"


def _digits(value: str, duckdb_type: str) -> str | None:
    """A native number as text, as an epoch would be written; None for another type."""
    if duckdb_type in WHOLE_TYPES:
        return f"cast({value} as varchar)"
    if is_number(duckdb_type):
        return f"coalesce(case when {value} = floor({value}) then cast(try_cast({value} as hugeint) as varchar) end, cast(try_cast({value} as decimal(28, 6)) as varchar), 'no number')"
    return None


def _named(rule: str) -> str:
    return f"'{rule}'"


def _literals(values: tuple[str, ...]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)
