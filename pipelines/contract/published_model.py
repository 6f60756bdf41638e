"""The vocabulary in which the published tables are stated: kinds, columns, tables, and a constructor for each kind."""

from dataclasses import dataclass
from enum import StrEnum

from pipelines.contract.canonical import SEGMENT_DIMENSIONS


class PublishedKind(StrEnum):
    """How a published value is typed in Parquet."""

    TEXT = "text"
    COUNT = "count"
    MEASURE = "measure"
    FLAG = "flag"
    INSTANT = "instant"
    DAY = "day"

    @property
    def duckdb_type(self) -> str:
        return {
            "text": "VARCHAR",
            "count": "BIGINT",
            "measure": "DOUBLE",
            "flag": "BOOLEAN",
            "instant": "TIMESTAMPTZ",
            "day": "DATE",
        }[self.value]


@dataclass(frozen=True)
class PublishedColumn:
    """One column of a published table; ``metric`` cites the definition (``M2``), ``unit`` the unit."""

    name: str
    kind: PublishedKind
    description: str
    unit: str = ""
    metric: str = ""
    nullable: bool = True
    allowed: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class PublishedTable:
    """One published table. ``partition`` names the day column by which its Parquet files are cut, if any."""

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[PublishedColumn, ...]
    partition: str = ""

    def column(self, name: str) -> PublishedColumn:
        """The column called ``name``; raises KeyError if the table has none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name}.{name}")

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


def text(
    name: str, description: str, metric: str = "", *, nullable: bool = True, allowed: tuple[str, ...] = ()
) -> PublishedColumn:
    return PublishedColumn(name, PublishedKind.TEXT, description, metric=metric, nullable=nullable, allowed=allowed)


def count(
    name: str, description: str, metric: str = "", *, unit: str = "contacts", nullable: bool = False
) -> PublishedColumn:
    return PublishedColumn(name, PublishedKind.COUNT, description, unit, metric, nullable, minimum=0)


def measure(
    name: str,
    description: str,
    metric: str = "",
    *,
    unit: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
    nullable: bool = True,
) -> PublishedColumn:
    return PublishedColumn(
        name, PublishedKind.MEASURE, description, unit, metric, nullable, minimum=minimum, maximum=maximum
    )


def share(name: str, description: str, metric: str, *, nullable: bool = True) -> PublishedColumn:
    return measure(name, description, metric, unit="share", minimum=0, maximum=1, nullable=nullable)


def bounds(metric: str, unit: str, what: str = "", prefix: str = "") -> tuple[PublishedColumn, PublishedColumn]:
    """The two columns of a 95% confidence interval ``of what``."""
    of = f" of {what}" if what else ""
    return (
        measure(f"{prefix}lower", f"lower bound of the 95% confidence interval{of}", metric, unit=unit),
        measure(f"{prefix}upper", "its upper bound", metric, unit=unit),
    )


def flag(name: str, description: str, metric: str = "", *, nullable: bool = True) -> PublishedColumn:
    return PublishedColumn(name, PublishedKind.FLAG, description, metric=metric, nullable=nullable)


def instant(name: str, description: str, metric: str = "", *, nullable: bool = True) -> PublishedColumn:
    return PublishedColumn(name, PublishedKind.INSTANT, description, "UTC", metric, nullable)


def day(name: str, description: str, *, nullable: bool = False) -> PublishedColumn:
    return PublishedColumn(name, PublishedKind.DAY, description, "business day", nullable=nullable)


def score(name: str, description: str) -> PublishedColumn:
    return measure(name, description, "M7", unit="-1 to 1", minimum=-1, maximum=1)


def grouping(metric: str) -> PublishedColumn:
    return text("grouping", "JSON object of dimension and value; {} for all", metric, nullable=False)


SYSTEM = text("system", "system that scopes the ids", nullable=False)
DIMENSIONS = tuple(text(name, f"segment dimension {name.replace('_', ' ')}", "M1") for name in SEGMENT_DIMENSIONS)
