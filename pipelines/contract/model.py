"""The vocabulary in which the canonical tables are stated."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a value means, and so how it is read, typed and checked."""

    TEXT = "text"
    INSTANT = "instant"
    DATE = "date"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"

    @property
    def duckdb_type(self) -> str:
        """DuckDB column type; instants are naive timestamps that always mean UTC."""
        return _DUCKDB_TYPES[self]


_DUCKDB_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.INSTANT: "TIMESTAMP",
    Kind.DATE: "DATE",
    Kind.INTEGER: "BIGINT",
    Kind.NUMBER: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
}


class Privacy(StrEnum):
    """What happens to a value before it may reach the warehouse."""

    NONE = "none"
    PSEUDONYM = "pseudonym"
    """Always replaced by a keyed HMAC-SHA256 pseudonym (customer ids)."""
    IDENTIFIER = "identifier"
    """Kept as delivered, unless it is an e-mail address or a phone number: then a pseudonym."""
    FREE_TEXT = "free text"
    """Identifiers of persons inside it are replaced by typed placeholders (pipelines.privacy.redaction)."""
    LABEL = "label"
    """A name or code of something, trimmed: redacted like free text, for a source may deliver anything in it."""


@dataclass(frozen=True)
class Column:
    """One column of a canonical table.

    ``minimum`` and ``maximum`` are inclusive. A value outside them, or outside ``allowed`` (compared
    in lower case), is a bad value: it quarantines the record where the column is ``required``, else
    it becomes null and is listed. ``references`` names ``table.column`` within the same system.
    """

    name: str
    kind: Kind = Kind.TEXT
    description: str = ""
    required: bool = False
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    unit: str = ""
    privacy: Privacy = Privacy.NONE
    references: str = ""
    not_before: str = ""
    """An instant column of the same record that this one may not precede."""
    is_id: bool = False
    """It names something, so every spelling of one id is one value (pipelines.privacy.identity)."""
    is_rating: bool = False
    """A source may rate on another scale (``rating_scale``), which is then stretched to ``minimum`` … ``maximum``."""


@dataclass(frozen=True)
class CanonicalTable:
    """One canonical table. ``key`` identifies a record within a system; ``event_time`` says when it counts."""

    name: str
    description: str
    key: tuple[str, ...]
    event_time: str
    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if len(names) != len(set(names)):
            raise ValueError(f"table {self.name} states a column twice")
        for key in self.key:
            if not self.column(key).required:
                raise ValueError(f"key column {self.name}.{key} must be required")

    def column(self, name: str) -> Column:
        """The column called ``name``; raises KeyError if the table has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.required)
