"""Joins of a mapping: a record whose fields an export spreads over files, found by a key.

What belongs here: what ``[sources.join.<name>]`` may declare, and the two sides of a table that has joins. Each side is read,
typed and landed on its own, so that files may come in any order and on different nights; ``warehouse.joins`` puts them together.
A column is made of fields of one side: no text of one file waits in the warehouse for that of another.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from pydantic import Field, field_validator

from pipelines.contract import CanonicalTable, Column, Kind
from pipelines.sources.mapping.expressions import BadExpressionError, checked_expression, refuse_unbound
from pipelines.sources.mapping.layout import TableLayout
from pipelines.sources.mapping.references import BadReferenceError, parsed_rows, parsed_steps

JOIN_KEY = "join_key"
"""Key of a record that is joined to others: a keyed hash of its fields, so that no field is kept as it stood."""
_JOINED = "joined_"


class Join(TableLayout):
    """Files that hold more of the records of a source."""

    path: str = Field(description="File or glob, relative to the configuration.")
    on: dict[str, str] = Field(description="Field of the record and field of the joined one that say the same.")
    rows: str = Field("", description="Path of the list that holds the joined rows of nested files.")
    filter: str | None = Field(None, description="SQL condition of the joined records that are read.")
    deleted: str | None = Field(None, description="SQL condition of joined records that are withdrawn.")
    updated_at: str | None = Field(None, description="Field: of joined records alike in the key the latest counts.")
    unmatched: Literal["wait", "keep"] = Field(
        "wait", description="A record without a joined one waits for it, or is kept without its fields."
    )

    @field_validator("on", mode="before")
    @classmethod
    def _one_name_or_pairs(cls, value: object) -> object:
        """``on = "id"`` names a field that both have, a list several of them."""
        if isinstance(value, str):
            return {value: value}
        if isinstance(value, list) and all(isinstance(name, str) for name in value):
            return {name: name for name in value}
        return value

    @field_validator("on")
    @classmethod
    def _names_fields(cls, value: dict[str, str]) -> dict[str, str]:
        if not value or not all(_names_field(name) for pair in value.items() for name in pair):
            raise ValueError('is empty, or names no field; write a field that both files have, or { own = "theirs" }')
        return value

    @field_validator("path")
    @classmethod
    def _names_files(cls, value: str) -> str:
        if not value.strip() or "\x00" in value:
            raise ValueError("names no file; write a file or glob such as 'exports/tickets_*.csv'")
        return value

    @field_validator("updated_at")
    @classmethod
    def _names_a_field(cls, value: str | None) -> str | None:
        if value is not None and not _names_field(value):
            raise ValueError("names no field; write one of the joined file, or remove updated_at")
        return value

    @field_validator("rows")
    @classmethod
    def _leads_to_rows(cls, value: str) -> str:
        try:
            parsed_rows(value)
        except BadReferenceError as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator("filter", "deleted")
    @classmethod
    def _is_condition(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                refuse_unbound(checked_expression(value), is_condition=True)
            except BadExpressionError as error:
                raise ValueError(str(error)) from error
        return value

    def references(self) -> Iterator[tuple[str, str]]:
        """(key, field) of every field that is read of the joined record for the join itself."""
        yield from (("on", name) for name in self.on.values())
        for key in ("filter", "deleted"):
            if (text := getattr(self, key)) is not None:
                yield from ((key, name) for name in checked_expression(text).fields)
        if self.updated_at is not None:
            yield "columns.updated_at", self.updated_at


def _names_field(reference: str) -> bool:
    return bool(reference.strip()) and not reference.endswith(".") and "\x00" not in reference


def side_of(reference: str, joins: dict[str, Join]) -> str:
    """The join that a field belongs to, by the name in front of it; "" for one of the record itself."""
    if not joins:
        return ""
    try:
        first = parsed_steps(reference)[0]
    except BadReferenceError:
        first = reference.split(".", maxsplit=1)[0]
    return str(first) if first in joins and "." in reference else ""


def joined_name(table: str) -> str:
    """The landing table of records that are joined to those of ``table``."""
    return _JOINED + table


def joined_table(table: CanonicalTable, required: frozenset[str] | None = None) -> CanonicalTable:
    """What is joined to records of a table: any of its columns, by ``join_key``; ``required``: those without which it is none."""
    needed = required or frozenset()
    key = Column(JOIN_KEY, Kind.TEXT, "what a record and the joined one have in common, hashed", required=True)
    columns = (replace(column, required=column.required and column.name in needed) for column in table.columns)
    description = f"Fields of other files that are joined to records of {table.name}."
    return CanonicalTable(joined_name(table.name), description, (JOIN_KEY,), table.event_time, (key, *columns))


def lacking(table: CanonicalTable, joined: frozenset[str]) -> CanonicalTable:
    """The table as its own files hold it, where some columns come by a join."""
    columns = tuple(replace(column, required=column.required and column.name not in joined) for column in table.columns)
    return replace(table, columns=columns)
