"""The section `[[sources]]` of the configuration: which files are read, and how."""

import codecs
import math
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from pipelines.config.project import checked_zone
from pipelines.contract import CANONICAL_TABLES, Privacy
from pipelines.sources.mapping.declaration import (
    MAPPING_FORMAT,
    ColumnRule,
    DateRule,
    Declaration,
    JoinedSide,
    MappedTable,
    ValueMap,
)
from pipelines.sources.mapping.joins import Join
from pipelines.sources.mapping.layout import LAYOUT_KEYS, TableLayout

if TYPE_CHECKING:
    from pipelines.sources.reading import Reader

CANONICAL_FORMAT = "canonical"
#: Codes of strptime that DuckDB knows and that say something of a date or a time.
_DATE_CODES = frozenset("aAbBdfgHIjmMpSUwWyYz")
#: Codecs of text that are no encodings of files.
_NO_CHARACTER_ENCODINGS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})

#: What a mapping that fills one table says in the block of the source itself.
OF_ONE_TABLE = ("rows", "columns", "values", "filter", "dates", "durations", "id", "deleted", "deduplicate_by", "join")


class Source(TableLayout):
    """`[[sources]]`: one kind of landing file."""

    name: str = Field("", description="Unique name; default: the format, with the table for canonical files.")
    format: str = Field(description="Reader: canonical, mapping, servicenow_incident, cfpb, vcon.")
    table: str = Field("", description="Canonical table, for format = 'canonical' or 'mapping'.")
    path: str = Field(description="File or glob, relative to this file; ** spans folders.")
    system: str = Field("default", min_length=1, description="Scopes contact, case and claim ids.")
    time_zone: str | None = Field(None, description="Zone of instants without an offset; default: the project's.")
    date_order: Literal["dmy", "mdy"] | None = Field(
        None, description="Order of day and month where a file leaves it open."
    )
    date_format: tuple[str, ...] = Field(
        (), description="Patterns of strptime for dates and instants that are written in a way of their own."
    )
    phone_columns: tuple[str, ...] = Field(
        (), description="Id columns that hold phone numbers in national form, e.g. customer_id."
    )
    rating_scale: tuple[float, float] | None = Field(
        None, description="Worst and best rating that csat may have in the files, where they are not 1 and 5."
    )
    delivered_at: str | None = Field(
        None, description="Regular expression on the path whose group 'delivered' is the delivery time."
    )
    encoding: str = Field(
        "utf-8", description="Character encoding of text files, as Python names it; a byte-order mark overrules it."
    )
    regulator: str = Field("CFPB", description="Regulator, where a complaint export does not name it.")
    rewritten: Literal["replace", "add"] | None = Field(
        None,
        description="What a file changed under its name does to its earlier reading: replace it, or add to it "
        "(exports that overwrite latest.csv). Default: replace, unless most earlier records are gone; then the run asks.",
    )
    late_after_hours: float | None = Field(
        None,
        gt=0,
        le=8760,
        description="Hours after a delivery from which the next is late, on the page of data quality; "
        "default: learnt from its past deliveries.",
    )
    rows: str = Field("", description="Path of the list that holds the rows of nested files, e.g. calls[*].legs[*].")
    columns: dict[str, ColumnRule] = Field(
        default_factory=dict, description="Canonical column and where it comes from, for format = 'mapping'."
    )
    values: dict[str, ValueMap] = Field(default_factory=dict, description="Column and what its values mean.")
    filter: str | None = Field(None, description="SQL condition of the records that are read; others are left out.")
    dates: dict[str, DateRule] = Field(default_factory=dict, description="Column and how its dates are written.")
    durations: dict[str, str] = Field(default_factory=dict, description="Column and unit of its durations.")
    id: Literal["row", "hash"] | None = Field(None, description="How an id is made where a record has none.")
    deleted: str | None = Field(None, description="SQL condition of the records that are withdrawn.")
    deduplicate_by: tuple[str, ...] = Field((), description="Fields; of records alike in all of them one counts.")
    join: dict[str, Join] = Field(default_factory=dict, description="Name and files that hold more of the records.")
    tables: tuple[MappedTable, ...] = Field((), description="The tables that a file fills, where it fills several.")

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        return None if value is None else checked_zone(value)

    @field_validator("late_after_hours", mode="before")
    @classmethod
    def _is_a_number_of_hours(cls, value: object) -> object:
        if isinstance(value, bool):
            raise ValueError("is no number of hours; write one such as 36")  # noqa: TRY004  (told as any other fault)
        return value

    @field_validator("date_format", mode="before")
    @classmethod
    def _one_or_more(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("date_format")
    @classmethod
    def _strptime(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            codes = re.findall(r"%-?(.?)", pattern.replace("%%", ""))
            unknown = [code for code in codes if code not in _DATE_CODES]
            if unknown:
                raise ValueError(
                    f"{pattern!r} holds %{unknown[0]}, which is not read; write codes such as %d.%m.%Y %H:%M:%S %z"
                )
            has_day = "j" in codes or (set(codes) & set("d") and set(codes) & set("mbB"))
            if not (has_day and set(codes) & set("yY")):
                raise ValueError(f"{pattern!r} names no day; write year, month and day, such as %d.%m.%Y")
        return value

    @field_validator("rating_scale")
    @classmethod
    def _ascending(cls, value: tuple[float, float] | None) -> tuple[float, float] | None:
        if value is not None and not (math.isfinite(value[0]) and math.isfinite(value[1]) and value[0] < value[1]):
            raise ValueError("is no scale; write the worst and the best rating, such as [1, 10]")
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            "".encode(value)
            is_known = codecs.lookup(value).name not in _NO_CHARACTER_ENCODINGS
        except (LookupError, ValueError):
            is_known = False
        if not is_known:
            raise ValueError("is not a character encoding; write one such as 'utf-8', 'cp1252', 'utf-16' or 'gb18030'")
        return value

    @field_validator("delivered_at")
    @classmethod
    def _pattern(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            pattern = re.compile(value)
        except re.error as error:
            raise ValueError(f"is not a regular expression ({error})") from error
        if "delivered" not in pattern.groupindex:
            raise ValueError("has no group 'delivered'; write it as (?P<delivered>…) around the delivery time")
        return value

    @field_validator("format")
    @classmethod
    def _known_format(cls, value: str) -> str:
        from pipelines.sources.registry import FORMATS  # noqa: PLC0415  (a circular import otherwise)

        if value not in FORMATS:
            raise ValueError(f"is not a known format; write one of {', '.join(FORMATS)}")
        return value

    @model_validator(mode="after")
    def _table_fits_format(self) -> "Source":
        if self.format == CANONICAL_FORMAT and self.table not in CANONICAL_TABLES:
            raise ValueError(
                f"table = {self.table!r} is not a canonical table; write one of {', '.join(CANONICAL_TABLES)}"
            )
        if self.format not in (CANONICAL_FORMAT, MAPPING_FORMAT) and self.table:
            raise ValueError(
                f"table = {self.table!r} does not go with format = {self.format!r}, which fills its own tables; remove it"
            )
        return self

    @model_validator(mode="after")
    def _mapping_is_whole(self) -> "Source":
        declared = [name for name in (*OF_ONE_TABLE, "tables", *LAYOUT_KEYS) if getattr(self, name)]
        if self.format != MAPPING_FORMAT:
            if declared:
                raise ValueError(f"{declared[0]} goes with format = 'mapping'; remove it, or set the format")
            return self
        if self.tables and (declared[0] not in ("tables", *LAYOUT_KEYS) or self.table):
            name = "table" if self.table else declared[0]
            raise ValueError(
                f"{name} belongs into the first [[sources.tables]], since the source fills several; move it there"
            )
        if not self.tables and not self.table:
            raise ValueError(f"table is missing, which the mapping fills; write one of {', '.join(CANONICAL_TABLES)}")
        mapping = self.mapping
        if mapping is not None and self.date_format and any(table.dates for table in mapping.tables):
            raise ValueError("date_format and dates both say how dates are written; keep dates")
        return self

    @cached_property
    def mapping(self) -> Declaration | None:
        """What is declared of the files, for format = "mapping". Raises ValueError, which names the key at fault."""
        if self.format != MAPPING_FORMAT:
            return None
        one = {name: getattr(self, name) for name in ("table", *OF_ONE_TABLE)}
        try:
            return Declaration(tables=self.tables or (MappedTable(**one),), **self.layout)
        except ValidationError as error:
            raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from error

    @property
    def layout(self) -> dict[str, Any]:
        """Where the table stands in its file."""
        return {name: getattr(self, name) for name in LAYOUT_KEYS}

    @cached_property
    def reader(self) -> "Reader":
        """The reader of the source's files."""
        from pipelines.sources.registry import reader_for  # noqa: PLC0415  (readers import polars: not needed to read a config)

        return reader_for(self.format, self.table, self.mapping)

    @model_validator(mode="after")
    def _phones_are_ids(self) -> "Source":
        if not self.phone_columns:
            return self
        from pipelines.sources.registry import tables_read  # noqa: PLC0415  (a circular import otherwise)

        known = {
            column.name
            for table in tables_read(self.format, self.table, self.mapping)
            for column in table.columns
            if column.privacy in {Privacy.PSEUDONYM, Privacy.IDENTIFIER}
        }
        for name in self.phone_columns:
            if name not in known:
                raise ValueError(
                    f"phone_columns = {name!r} is no id of a person in this source; write one of {', '.join(sorted(known)) or '(there is none)'}"
                )
        return self

    def joined(self) -> "tuple[JoinedSource, ...]":
        """A source for the files of each join: they come, are counted and may be late like those of any other."""
        if self.mapping is None:
            return ()
        first = self.mapping.tables[0]
        given = {name: getattr(self, name) for name in Source.model_fields}
        given |= {
            name: Source.model_fields[name].get_default(call_default_factory=True) for name in (*OF_ONE_TABLE, "tables")
        }
        return tuple(
            JoinedSource.model_construct(
                **{**given, "name": f"{self.name}/{name}", "path": join.path, "table": first.table, **join.model_dump(include=set(LAYOUT_KEYS)),
                   # Keys of different joins do not meet.
                   "system": f"{self.system}/{self.name}/{name}", "side": first.joined(name)}
            )
            for name, join in first.join.items()
        )  # fmt: skip


class JoinedSource(Source):
    """The files of one join of a mapping. Made of a checked source, and not checked again."""

    side: JoinedSide

    @cached_property
    def mapping(self) -> Declaration | None:
        return None

    @cached_property
    def reader(self) -> "Reader":
        from pipelines.sources.registry import joined_reader  # noqa: PLC0415  (as above)

        return joined_reader(self.side, self.layout)
