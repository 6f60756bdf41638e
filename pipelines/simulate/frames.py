"""From arrays of codes and epoch seconds to columns of the canonical format."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.contract import CANONICAL_TABLES
from pipelines.simulate.arrival_times import Codes, Ints

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Records:
    """Records of one canonical table, ready to be delivered.

    ``ready``: epoch second from which each row can be delivered. ``notes``: why a row is more than a plain first
    delivery (corrected, withdrawn, …), by row number; it goes to ``_truth/deliveries.parquet``.
    """

    table: str
    frame: pl.DataFrame
    ready: Ints
    notes: dict[str, Ints] = field(default_factory=dict)


def decode(names: Sequence[str | None], codes: Ints | Codes, known: Mask | None = None) -> pl.Series:
    """The name of each code; null where not ``known``."""
    return _mask(pl.Series(names, dtype=pl.String).gather(codes.astype(np.int64)), known)


def identifiers(prefix: str, numbers: Ints, known: Mask | None = None, width: int = 9, suffix: str = "") -> pl.Series:
    """``prefix`` and each number with leading zeros; null where not ``known``."""
    digits = pl.Series(numbers).cast(pl.String).str.zfill(width)
    return _mask(prefix + digits + suffix if suffix else prefix + digits, known)


def instants(seconds: Ints, known: Mask | None = None) -> pl.Series:
    """Epoch seconds as instants with a zone; null where not ``known``."""
    # Rows that are not known may hold a sentinel beyond the calendar.
    safe = seconds if known is None else np.where(known, seconds, 0)
    column = (pl.Series(safe, dtype=pl.Int64) * 1_000_000).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    return _mask(column, known)


def days(seconds: Ints, known: Mask | None = None) -> pl.Series:
    """Epoch seconds as dates; null where not ``known``."""
    return _mask(instants(seconds).dt.date(), known)


def values(numbers: npt.NDArray[np.generic], known: Mask | None = None) -> pl.Series:
    """Numbers or flags; null where not ``known``."""
    return _mask(pl.Series(numbers), known)


def _mask(column: pl.Series, known: Mask | None) -> pl.Series:
    if known is None:
        return column
    return column.set(pl.Series(~known), None)


def canonical(table: str, columns: dict[str, pl.Series]) -> pl.DataFrame:
    """The columns as a frame in the contract's order. Raises KeyError for a column that the contract does not know."""
    known = CANONICAL_TABLES[table].column_names
    for name in columns:
        CANONICAL_TABLES[table].column(name)
    return pl.DataFrame({name: columns[name] for name in known if name in columns})
