"""SQL that turns raw values into typed, checked, private ones. Everything about a column comes from the contract.

For one raw relation this builds (a) the SELECT of its good rows, bad optional values nulled and flagged, and
(b) the SELECT of its faults, with a reason in words for each. Both read the same raw expressions, so they cannot disagree.
"""

from dataclasses import dataclass, field

from pipelines.contract import Column, Kind, Privacy, Table
from pipelines.privacy.pseudonyms import Pseudonymiser, looks_personal_sql
from pipelines.warehouse.instants import (
    EARLIEST,
    LATEST,
    Zones,
    native_instant,
    within_bounds,
    written_date,
    written_instant,
)

_BLANKS = r"' ' || chr(9) || chr(10) || chr(13) || chr(160) || chr(65279)"
_SHOWN_CHARACTERS = 60
_TRUE, _FALSE = "('true', 't', 'yes', 'y', '1', '1.0')", "('false', 'f', 'no', 'n', '0', '0.0')"
_NUMERIC_TYPES = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL",
)


@dataclass(frozen=True)
class RawRelation:
    """Raw rows of one table in one file: what typing works on.

    ``relation`` stands in a FROM clause; ``columns`` maps contract columns to expressions over it, ``types`` to
    their DuckDB types; ``record``, ``row`` and ``path`` are expressions that locate a row in its file.
    """

    table: Table
    relation: str
    columns: dict[str, str]
    types: dict[str, str]
    record: str
    row: str
    path: str = "null::varchar"


@dataclass(frozen=True)
class TypingRules:
    """What the configuration and the file itself settle before values are typed."""

    zones: Zones
    orders: dict[str, str]
    sentinels: tuple[str, ...]
    pseudonymiser: Pseudonymiser
    redactions: dict[str, str] = field(default_factory=dict)
    """Free-text column → name of a temp table (text, redacted) of the values that had to change."""


class TypedSelect:
    """The SELECTs over one RawRelation."""

    def __init__(self, raw: RawRelation, rules: TypingRules) -> None:
        self.raw = raw
        self.rules = rules
        self.present = [column for column in raw.table.columns if column.name in raw.columns]

    def good_rows(self, file_id: int, system_parameter: str) -> str:
        """SELECT of the rows to land: origin columns, then every column of the table, then ``_has_faults``."""
        selected = [
            f"cast({file_id} as integer) as _file_id",
            "_record",
            "_row",
            f"cast({system_parameter} as varchar) as system",
            *(
                self._private(column)
                if column in self.present
                else f"cast(null as {column.kind.duckdb_type}) as {column.name}"
                for column in self.raw.table.columns
            ),
            f"({self._any_fault()}) as _has_faults",
        ]
        joins = "".join(
            f" left join {table} on {table}.text = typed.t_{column}" for column, table in self.rules.redactions.items()
        )
        return f"select {', '.join(selected)} from ({self._typed()}) as typed{joins} where not ({self._row_is_bad()})"

    def faults(self) -> str:
        """SELECT record, path, scope, column_name, rule, reason, value: one row a fault; values are raw, redact them before keeping."""
        branches = []
        for column in self.present:
            branches.append(
                f"case when {_bad(column)} then {{'column_name': '{column.name}', 'required': {self._required(column)}, 'rule': {_rule_sql(column)}, 'value': {_shown(column)}}} end"
            )
            if column.required:
                branches.append(
                    f"case when v_{column.name} is null and {self._required(column)} then {{'column_name': '{column.name}', 'required': true, 'rule': 'missing', 'value': null}} end"
                )
        branches += [
            f"case when {self._required(column)} then {{'column_name': '{column.name}', 'required': true, 'rule': 'missing', 'value': null}} end"
            for column in self.raw.table.required
            if column not in self.present
        ]
        listed = f"list_filter([{', '.join(branches)}], lambda fault: fault is not null)"
        return f"""select _record as record, _path as path, fault.required as is_row, fault.column_name as column_name, fault.rule as rule, fault.value as value
            from (select _record, _path, unnest({listed}) as fault from ({self._typed()}) where ({self._any_fault()}) or ({self._row_is_bad()}))"""

    def _typed(self) -> str:
        raw_columns = ", ".join(f"{self._value(column)} as v_{column.name}" for column in self.present)
        typed_columns = ", ".join(f"{self._typed_value(column)} as t_{column.name}" for column in self.present)
        kept = ", ".join(f"v_{column.name}" for column in self.present)
        return f"""select _record, _row, _path, {kept}, {typed_columns} from (
            select {self.raw.record} as _record, {self.raw.row} as _row, {self.raw.path} as _path, {raw_columns} from {self.raw.relation})"""

    def _is_native(self, column: Column) -> bool:
        return self.raw.types[column.name] != "VARCHAR"

    def _value(self, column: Column) -> str:
        """The raw value: null where blank, text trimmed."""
        expression = self.raw.columns[column.name]
        if not self._is_native(column):
            return (
                f"nullif(trim({expression}, {_BLANKS}), '')"
                if column.privacy is not Privacy.FREE_TEXT
                else f"case when trim({expression}, {_BLANKS}) <> '' then {expression} end"
            )
        return f"cast({expression} as varchar)" if column.kind is Kind.TEXT else expression

    def _typed_value(self, column: Column) -> str:
        value = f"v_{column.name}"
        kind = self.raw.types[column.name]
        match column.kind:
            case Kind.TEXT:
                allowed = f"case when lower({value}) in ({_literals(column.allowed)}) then lower({value}) end"
                return allowed if column.allowed else value
            case Kind.BOOLEAN:
                text = f"lower(cast({value} as varchar))"
                return f"case when {text} in {_TRUE} then true when {text} in {_FALSE} then false end"
            case Kind.INSTANT:
                return self._instant(column, value, kind)
            case Kind.DATE if kind == "VARCHAR":
                return written_date(value, self.rules.orders.get(column.name, ""))
            case Kind.DATE:
                return f"cast({value} as date)" if kind.startswith(("DATE", "TIMESTAMP")) else "cast(null as date)"
            case _:
                return self._number(column, value, kind)

    def _instant(self, column: Column, value: str, kind: str) -> str:
        if kind == "VARCHAR":
            instant = written_instant(value, self.rules.orders.get(column.name, ""), self.rules.zones)
        elif kind.startswith(("TIMESTAMP", "DATE")):
            instant = native_instant(value, kind, self.rules.zones)
        else:
            instant = "cast(null as timestamp)"
        instant = within_bounds(f"({instant})")
        if column.not_before and column.not_before in self.raw.columns:
            earlier = self._typed_value(self.raw.table.column(column.not_before))
            return f"case when {instant} >= {earlier} or ({earlier}) is null then {instant} end"
        return instant

    def _number(self, column: Column, value: str, kind: str) -> str:
        if kind.startswith(_NUMERIC_TYPES):
            number = f"cast({value} as double)"
        else:
            # 0,85 is a decimal comma; 1,234 could be either and is not guessed.
            comma = f"regexp_full_match({value}, '[+-]?\\d+,(\\d{{1,2}}|\\d{{4,}})')"
            number = f"case when {comma} then try_cast(replace({value}, ',', '.') as double) else try_cast(cast({value} as varchar) as double) end"
        conditions = [f"isfinite({number})"]
        if column.minimum is not None:
            conditions.append(f"{number} >= {column.minimum}")
        if column.maximum is not None:
            conditions.append(f"{number} <= {column.maximum}")
        if column.kind is Kind.INTEGER:
            conditions += [f"{number} = floor({number})", f"abs({number}) < 9e15"]
            number = f"cast({number} as bigint)"
        return f"case when {' and '.join(conditions)} then {number} end"

    def _private(self, column: Column) -> str:
        """The value as it may be kept."""
        value = f"t_{column.name}"
        if column.privacy is Privacy.PSEUDONYM:
            known = (
                f"case when lower({value}) not in ({_literals(tuple(s.lower() for s in self.rules.sentinels))}) then {value} end"
                if self.rules.sentinels
                else value
            )
            return f"{self.rules.pseudonymiser.sql(known)} as {column.name}"
        if column.privacy is Privacy.IDENTIFIER:
            return f"case when {looks_personal_sql(value)} then {self.rules.pseudonymiser.sql(value)} else {value} end as {column.name}"
        if column.privacy is Privacy.FREE_TEXT and column.name in self.rules.redactions:
            return f"coalesce({self.rules.redactions[column.name]}.redacted, {value}) as {column.name}"
        return f"{value} as {column.name}"

    def _required(self, column: Column) -> str:
        """SQL truth of whether ``column`` is required: of a withdrawn record only its key is."""
        if column.name in self.raw.table.key or "deleted_at" not in self.raw.columns:
            return str(column.required).lower()
        return "(t_deleted_at is null)" if column.required else "false"

    def _row_is_bad(self) -> str:
        conditions = [
            f"(t_{column.name} is null and {self._required(column)})"
            for column in self.raw.table.required
            if column in self.present
        ]
        conditions += [self._required(column) for column in self.raw.table.required if column not in self.present]
        return " or ".join(conditions) or "false"

    def _any_fault(self) -> str:
        return (
            " or ".join(_bad(column) for column in self.present if column.kind is not Kind.TEXT or column.allowed)
            or "false"
        )


def _bad(column: Column) -> str:
    """A value stood in the file, and it is no good."""
    return f"(v_{column.name} is not null and t_{column.name} is null)"


def _shown(column: Column) -> str:
    """The raw value as a reason may show it, before redaction (so longer than what is shown of it: a cut could hide
    what redaction looks for); an identifier of a person is never shown."""
    if column.privacy is not Privacy.NONE:
        return "cast(null as varchar)"
    return f"left(cast(v_{column.name} as varchar), 2000)"


def _rule_sql(column: Column) -> str:
    if column.kind is Kind.INSTANT and column.not_before:
        return "'bad_instant_or_order'"
    return f"'bad_{column.kind.value}'"


def reason_in_words(column: Column, rule: str, value: str | None, *, required: bool) -> str:
    """What is wrong with a value and what becomes of it. ``value`` must be redacted already."""
    end = "the record is quarantined" if required else "the value is left out"
    if rule == "missing":
        return f"{column.name} is required and empty; {end}"
    shown = "the value" if value is None else repr(value[:_SHOWN_CHARACTERS])
    if column.allowed:
        return f"{column.name}: {shown} is not one of {', '.join(column.allowed)}; {end}"
    if column.kind is Kind.INSTANT:
        order = f", or lies before {column.not_before}" if column.not_before else ""
        return f"{column.name}: {shown} is no instant between {EARLIEST} and {LATEST}, its order of day and month is not settled (set date_order){order}; {end}"
    limits = [f"at least {column.minimum:g}"] if column.minimum is not None else []
    limits += [f"at most {column.maximum:g}"] if column.maximum is not None else []
    kind = {
        Kind.INTEGER: "a whole number",
        Kind.NUMBER: "a number",
        Kind.BOOLEAN: "true or false",
        Kind.DATE: "a date",
    }.get(column.kind, "text")
    return f"{column.name}: {shown} is not {' '.join([kind, ' and '.join(limits)]).strip()}; {end}"


def _literals(values: tuple[str, ...]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)
