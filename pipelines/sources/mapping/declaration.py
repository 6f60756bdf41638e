"""What a ``[[sources]]`` block of ``format = "mapping"`` may declare, checked before any file is looked at.

A declaration is tables, each with the rows that it is made of and the rule of every column. Messages of faults begin with
the key that is at fault.
"""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pipelines.contract import CANONICAL_TABLES, CanonicalTable, Kind
from pipelines.sources.mapping.expressions import BadExpressionError, checked_expression, refuse_unbound
from pipelines.sources.mapping.joins import Join, side_of
from pipelines.sources.mapping.layout import TableLayout
from pipelines.sources.mapping.references import INDEX, MADE_ID, BadReferenceError, parsed_rows, place_of
from pipelines.sources.mapping.templates import BadTemplateError, parsed_template

DURATION_UNITS = {"milliseconds": 0.001, "seconds": 1.0, "minutes": 60.0, "hours": 3_600.0, "days": 86_400.0}
CLOCKS = ("hh:mm", "hh:mm:ss", "mm:ss")
MAPPING_FORMAT = "mapping"
#: Dates that are written as numbers of days, and the number at which 1970 begins: as databases count them, and spreadsheets.
DAY_NUMBERS = {"julian": 2_440_587.5, "excel": 25_569.0}
_IN_ORDER = tuple(CANONICAL_TABLES)
#: Codes of strptime that the engine reads, besides a doubled percent sign.
_DATE_CODES = frozenset("aAbBdfgHIjmMnpSuUVwWxXyYzZG-")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnRule(_Part):
    """Where the values of one column come from; exactly one of these. A text alone is a field."""

    field: str | None = Field(None, description="A column of the file, or a path.")
    constant: str | int | float | bool | None = Field(None, description="The same value for every record.")
    template: str | None = Field(None, description="Text with fields in braces: '{site}-{number}'.")
    coalesce: tuple[str, ...] | None = Field(None, min_length=1, description="Fields; the first that is filled.")
    sql: str | None = Field(None, description="One SQL expression over the fields.")
    date_and_time: tuple[str, str] | None = Field(None, description="A field with the date and one with the time.")

    @model_validator(mode="before")
    @classmethod
    def _text_is_a_field(cls, value: object) -> object:
        if isinstance(value, str):
            return {"field": value}
        if isinstance(value, dict | ColumnRule):
            return value
        raise ValueError('is neither a field\'s name nor a rule; write "Name", or { constant = … } for a fixed value')

    @model_validator(mode="after")
    def _one_rule(self) -> "ColumnRule":
        given = self.model_fields_set
        if len(given) != 1:
            kinds = ", ".join(ColumnRule.model_fields)
            raise ValueError(f"says {len(given)} things; write a field's name, or one of {kinds} in braces")
        return self

    @property
    def references(self) -> tuple[str, ...]:
        """The fields that it reads. Raises the faults of references, templates and expressions."""
        if self.sql is not None:
            return checked_expression(self.sql).fields
        if self.template is not None:
            return tuple(part for part, is_field in parsed_template(self.template) if is_field)
        if self.field is not None:
            return (self.field,)
        return self.coalesce or self.date_and_time or ()


class ValueMap(_Part):
    """What the values of a column mean. Matched without regard to letter case and outer blanks."""

    map: dict[str, str | int | float | bool] = Field(default_factory=dict, description="Value in the file → value.")
    null: tuple[str, ...] = Field((), description="Values that mean nothing is known.")
    default: str | int | float | bool | None = Field(None, description="What every other value means.")
    rest: Literal["bad", "null", "keep"] = Field(
        "bad", description="Every other value, without a default: a bad value, nothing, or itself."
    )

    @model_validator(mode="after")
    def _says_something(self) -> "ValueMap":
        if self.default is not None and "rest" in self.model_fields_set:
            raise ValueError("has default and rest, which both say what every other value means; keep one")
        spelled = [key.strip().lower() for key in (*self.map, *self.null)]
        twice = next((key for key in spelled if spelled.count(key) > 1), None)
        if twice is not None:
            raise ValueError(f"names {twice!r} twice (letter case does not count); keep one")
        return self


class DateRule(_Part):
    """How the dates of a column are written."""

    format: tuple[str, ...] = Field(
        description="Patterns of strptime, julian or excel (numbers of days); the first that fits is used."
    )
    zone: str | None = Field(None, description="Zone of instants without an offset (IANA name).")

    @field_validator("format", mode="before")
    @classmethod
    def _one_or_more(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("format")
    @classmethod
    def _patterns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            if pattern in DAY_NUMBERS:
                continue
            codes = pattern.replace("%%", "").split("%")[1:]
            unknown = [code[:1] for code in codes if code[:1] not in _DATE_CODES]
            if unknown or not codes:
                shown = f"holds %{unknown[0]}, which is not read" if unknown else "holds no code"
                raise ValueError(f"{pattern!r} {shown}; write codes such as %d.%m.%Y %H:%M:%S")
        if not value:
            raise ValueError("is empty; write a pattern such as %d.%m.%Y %H:%M:%S")
        return value

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        from zoneinfo import available_timezones  # noqa: PLC0415  (reads files; few mappings name a zone)

        if value is not None and value not in available_timezones():
            raise ValueError("is no time zone; write an IANA name such as Europe/Vienna")
        return value


class MappedTable(_Part):
    """One canonical table that a file fills."""

    table: str = Field(description="Canonical table.")
    rows: str = Field("", description="Path of the list that holds the rows of nested files, e.g. calls[*].legs[*].")
    columns: dict[str, ColumnRule] = Field(description="Canonical column ← where it comes from.")
    values: dict[str, ValueMap] = Field(default_factory=dict, description="Column → what its values mean.")
    filter: str | None = Field(None, description="SQL condition of the records that are read; others are left out.")
    dates: dict[str, DateRule] = Field(default_factory=dict, description="Column → how its dates are written.")
    durations: dict[str, str] = Field(default_factory=dict, description="Column → unit of its durations.")
    id: Literal["row", "hash"] | None = Field(None, description="How an id is made where a record has none.")
    deleted: str | None = Field(None, description="SQL condition of the records that are withdrawn.")
    deduplicate_by: tuple[str, ...] = Field((), description="Fields; of records alike in all of them one counts.")
    join: dict[str, Join] = Field(default_factory=dict, description="Name → files with more fields of the records.")

    @model_validator(mode="after")
    def _fits_the_contract(self) -> "MappedTable":
        if self.table not in CANONICAL_TABLES:
            raise ValueError(
                f"table = {self.table!r} is not a canonical table; write one of {', '.join(CANONICAL_TABLES)}"
            )
        for part in ("columns", "values", "dates", "durations"):
            for name in getattr(self, part):
                self._known_column(part, name)
        for name in self.dates:
            if self.canonical.column(name).kind not in (Kind.INSTANT, Kind.DATE):
                raise ValueError(f"dates.{name} is no date in {self.table}; remove it")
        for name, unit in self.durations.items():
            if self.canonical.column(name).unit != "seconds":
                raise ValueError(f"durations.{name} is no duration in {self.table}; remove it")
            if unit not in (*DURATION_UNITS, *CLOCKS):
                raise ValueError(
                    f"durations.{name} = {unit!r} is no unit; write one of {', '.join((*DURATION_UNITS, *CLOCKS))}"
                )
        self._has_what_it_needs()
        self._can_be_computed()
        self._names_fields()
        self._joins_fit()
        return self

    def _names_fields(self) -> None:
        try:
            levels = parsed_rows(self.rows)
        except BadReferenceError as error:
            raise ValueError(f"rows: {error}") from error
        for key, reference in self.references():
            # Without rows the file may be a table, whose columns may be called anything: `No.`, `Time [s]`.
            if levels and reference not in (INDEX, MADE_ID) and not side_of(reference, self.join):
                try:
                    place_of(reference, levels)
                except BadReferenceError as error:
                    raise ValueError(f"{key}: {error}") from error

    def _joins_fit(self) -> None:
        for key, reference in self.references():
            if key in ("filter", "deleted", "deduplicate_by") and (name := side_of(reference, self.join)):
                raise ValueError(
                    f"{key} reads {reference!r}, a field of join.{name}, which may come on another night; use fields of the record, "
                    f"or write {'filter' if key == 'deduplicate_by' else key} in the join"
                )
            if key.startswith("join.") and side_of(reference, self.join):
                raise ValueError(f"{key} names {reference!r}, a field of another join; name a field of the record")
        for name in self.columns:
            sides = self.sides_of(name)
            if len(sides) > 1:
                raise ValueError(
                    f"columns.{name} is made of fields of several files ({', '.join(side or 'the record' for side in sorted(sides))}); "
                    "make a column of the fields of one"
                )
            (side,) = sides
            is_key = name in self.canonical.key
            if side and (is_key or name == "updated_at"):
                why = "a record is known" if is_key else "versions of a record are told apart"
                raise ValueError(f"columns.{name} comes from join.{side}, but {why} by it; name a field of the record")
            if side and self.join[side].unmatched == "keep" and self.canonical.column(name).required:
                raise ValueError(
                    f'join.{side}: unmatched = "keep" would keep records without {name}, which {self.table} needs; remove it'
                )
        if self.deleted is not None and self.join and not self.own.withdrawal_columns:
            raise ValueError(
                "deleted needs to know when; add columns.deleted_at or columns.updated_at of the record's own fields"
            )
        for name in self.join:
            if "." in name or "[" in name or not any(self.sides_of(column) == {name} for column in self.columns):
                raise ValueError(
                    f"join.{name} is read by no column; write one as {name}.field in columns (a name has no dots), or remove the join"
                )

    def sides_of(self, column: str) -> set[str]:
        """The joins whose fields a column is made of; "" is the record itself, and what is made of no field belongs to it."""
        return {side_of(reference, self.join) for reference in self.columns[column].references} or {""}

    @property
    def own(self) -> "MappedTable":
        """The table as its own files hold it: without the columns that come by a join."""
        columns = {column: rule for column, rule in self.columns.items() if self.sides_of(column) == {""}}
        return self.model_copy(update=self._parts_of(columns)) if self.join else self

    def _parts_of(self, columns: dict[str, ColumnRule]) -> dict[str, object]:
        """What is said of these columns."""
        said = {part: getattr(self, part) for part in ("values", "dates", "durations")}
        return {"columns": columns, **{part: {name: each[name] for name in each if name in columns} for part, each in said.items()}}  # fmt: skip

    def joined(self, name: str) -> "JoinedSide":
        """What the files of one join hold."""
        join = self.join[name]
        columns = {column: rule for column, rule in self.columns.items() if self.sides_of(column) == {name}}
        if join.updated_at is not None:
            columns["updated_at"] = ColumnRule(field=join.updated_at)  # type: ignore[call-arg]
        said: dict[str, Any] = {
            **self._parts_of(columns), "table": self.table, "rows": join.rows, "filter": join.filter, "deleted": join.deleted,
            "alias": name, "keyed_by": tuple(join.on.values()),
        }  # fmt: skip
        return JoinedSide.model_construct(**said)

    def _can_be_computed(self) -> None:
        for key, text in self.expressions():
            try:
                refuse_unbound(checked_expression(text), is_condition=key in ("filter", "deleted"))
            except BadExpressionError as error:
                raise ValueError(f"{key} {error}") from error

    def _known_column(self, part: str, name: str) -> None:
        if name not in self.canonical.column_names:
            from pipelines.sources.column_names import nearest_name  # noqa: PLC0415  (only for the message)

            meant = nearest_name(name, self.canonical.column_names)
            hint = f"; did you mean {meant}?" if meant else f"; write one of {', '.join(self.canonical.column_names)}"
            raise ValueError(f"{part}.{name} is no column of {self.table}{hint}")
        if part != "columns" and name not in self.columns:
            raise ValueError(
                f"{part}.{name} says how a column is read that columns does not name; add it there, or remove it here"
            )

    def _has_what_it_needs(self) -> None:
        key = self.canonical.key
        if self.id is not None:
            if len(key) > 1:
                raise ValueError(
                    f"id = {self.id!r}: {self.table} is known by {' and '.join(key)}; name them in columns"
                )
            if key[0] in self.columns:
                raise ValueError(
                    f"id = {self.id!r} makes {key[0]}, which columns.{key[0]} names as well; keep one of them"
                )
        missing = [
            column.name
            for column in self.canonical.required
            if column.name not in self.columns and not (self.id and column.name in key)
        ]
        if missing and set(missing) & set(key):
            hint = ' (or id = "row" or "hash" where a record has none)' if len(key) == 1 and self.id is None else ""
            raise ValueError(
                f"columns.{next(name for name in missing if name in key)} is missing, by which a record of {self.table} is known; add it{hint}"
            )
        if missing and "deleted_at" not in self.columns:
            raise ValueError(f"columns.{missing[0]} is missing, which {self.table} needs; add it")
        if self.deleted is not None and not self.withdrawal_columns:
            raise ValueError("deleted needs to know when; add columns.deleted_at or columns.updated_at")

    @property
    def canonical(self) -> CanonicalTable:
        return CANONICAL_TABLES[self.table]

    @property
    def withdrawal_columns(self) -> tuple[str, ...]:
        """The columns that may say when a record was withdrawn, the best first."""
        found = ("deleted_at", "updated_at", self.canonical.event_time)
        return tuple(name for name in found if name in self.columns)

    def expressions(self) -> Iterator[tuple[str, str]]:
        """(key, SQL) of every expression."""
        for name, rule in self.columns.items():
            if rule.sql is not None:
                yield f"columns.{name}", rule.sql
        for key in ("filter", "deleted"):
            if (text := getattr(self, key)) is not None:
                yield key, text

    def references(self) -> Iterator[tuple[str, str]]:
        """(key, field) of every field that is read. Raises ValueError, which names the key, for what cannot be parsed."""
        for name, rule in self.columns.items():
            try:
                yield from ((f"columns.{name}", reference) for reference in rule.references)
            except (BadExpressionError, BadTemplateError) as error:
                raise ValueError(f"columns.{name} {error}") from error
        for key in ("filter", "deleted"):
            if (text := getattr(self, key)) is not None:
                try:
                    yield from ((key, reference) for reference in checked_expression(text).fields)
                except BadExpressionError as error:
                    raise ValueError(f"{key} {error}") from error
        yield from (("deduplicate_by", reference) for reference in self.deduplicate_by)
        for name, join in self.join.items():
            yield from ((f"join.{name}.on", reference) for reference in join.on)

    @property
    def join_keys(self) -> tuple[tuple[str, ...], ...]:
        """Of each join, the fields that records are joined by."""
        return tuple(tuple(join.on) for join in self.join.values())

    @property
    def joined_columns(self) -> frozenset[str]:
        """The columns that come by a join."""
        return frozenset(name for name in self.columns if self.sides_of(name) != {""})

    def name_in_file(self, reference: str) -> str:
        """A field as the file that is read calls it."""
        return reference


class JoinedSide(MappedTable):
    """The columns of a table that come of one join, as its files hold them. Made of a checked table, and not checked again."""

    alias: str
    keyed_by: tuple[str, ...]

    def references(self) -> Iterator[tuple[str, str]]:
        yield from super().references()
        yield from (("on", name) for name in self.keyed_by)

    @property
    def join_keys(self) -> tuple[tuple[str, ...], ...]:
        return (self.keyed_by,)

    def name_in_file(self, reference: str) -> str:
        return reference.removeprefix(f"{self.alias}.")


class Declaration(TableLayout):
    """What one source says of its files. The first table is the primary one: its rows are the records that are counted."""

    tables: tuple[MappedTable, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _fits_together(self) -> "Declaration":
        first = self.tables[0]
        names = [table.table for table in self.tables]
        for number, table in enumerate(self.tables):
            place = f"tables[{number}]"
            if names.count(table.table) > 1:
                raise ValueError(f"{place}.table = {table.table!r} is filled twice; write a [[sources]] for each")
            # Versions are settled table by table in this order, and parts follow their record.
            if number and names[number] in _IN_ORDER[: _IN_ORDER.index(first.table)]:
                raise ValueError(
                    f"{place}.table = {table.table!r} cannot be a part of {first.table}; put it first, or write a [[sources]] of "
                    f"its own for it (parts come behind in the order {', '.join(_IN_ORDER)})"
                )
            if number and parsed_rows(table.rows)[: len(parsed_rows(first.rows))] != parsed_rows(first.rows):
                raise ValueError(
                    f"{place}.rows does not lie within rows = {first.rows!r} of the first table, whose records are counted; "
                    "write a [[sources]] of its own for it"
                )
            if number and table.join:
                raise ValueError(f"{place}.join belongs to the first table, whose records are counted; move it there")
            if number and (table.deduplicate_by or table.deleted):
                raise ValueError(
                    f"{place}: deduplicate_by and deleted belong to the first table, whose records are counted"
                )
            uses_id = any(reference == MADE_ID for _, reference in table.references())
            if uses_id and (not number or first.id is None):
                raise ValueError(f"{place} names {MADE_ID}, which is the id that the first table makes (id = …)")
        return self
