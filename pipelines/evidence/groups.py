"""Groups of rows by the values of some columns, their JSON names, and the published types of a table."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.contract import EVIDENCE_TABLES, SEGMENT_DIMENSIONS
from pipelines.contract.published_model import PublishedKind

#: Every cut that an estimate of one dimension is published for.
CUTS = (*SEGMENT_DIMENSIONS, "hour_of_day")

_TYPES: dict[PublishedKind, Any] = {
    PublishedKind.TEXT: pl.String(),
    PublishedKind.COUNT: pl.Int64(),
    PublishedKind.MEASURE: pl.Float64(),
    PublishedKind.FLAG: pl.Boolean(),
    PublishedKind.DAY: pl.Date(),
    PublishedKind.INSTANT: pl.Datetime("us"),
}


@dataclass(frozen=True)
class Group:
    """The rows (positions in the frame, ascending) that share ``values``."""

    values: Mapping[str, Any]
    rows: npt.NDArray[np.int64]


def group_name(values: Mapping[str, Any]) -> str:
    """``{"workflow": "billing"}``, keys sorted; ``{}`` for all."""
    return json.dumps(dict(values), sort_keys=True, ensure_ascii=False)


def groups(frame: pl.DataFrame, columns: Sequence[str]) -> Iterator[Group]:
    """The groups of ``frame`` by ``columns``, in order of their values; a null value forms none. No columns: one group."""
    if not columns:
        yield Group({}, np.arange(frame.height))
        return
    found = (
        frame.select(*columns)
        .with_row_index("row")
        .drop_nulls()
        .group_by(*columns)
        .agg(pl.col("row").cast(pl.Int64).sort())
        .sort(*columns)
    )
    for *values, rows in found.iter_rows():
        yield Group(dict(zip(columns, values, strict=True)), np.asarray(rows, dtype=np.int64))


def table(name: str, rows: Sequence[Mapping[str, Any]] | pl.DataFrame) -> pl.DataFrame:
    """``rows`` as the published table ``name``: its columns in order, its types, NaN as null; columns left out are null.

    Raises ValueError for a column that the contract does not know.
    """
    schema = {column.name: _TYPES[column.kind] for column in EVIDENCE_TABLES[name].columns}
    if not isinstance(rows, pl.DataFrame):
        named = {key for row in rows for key in row}
        frame = pl.DataFrame(
            list(rows), schema={key: schema.get(key, pl.Null()) for key in sorted(named)}, strict=False
        )
    else:
        frame = rows
    unknown = set(frame.columns) - set(schema)
    if unknown:
        raise ValueError(f"{name} has no column {', '.join(sorted(unknown))}")
    typed = frame.select(
        (pl.col(column) if column in frame.columns else pl.lit(None)).cast(kind).alias(column)
        for column, kind in schema.items()
    )
    return typed.with_columns(pl.selectors.float().fill_nan(None)) if typed.height else pl.DataFrame(schema=schema)


def days(first: Any, last: Any) -> str:
    """An interval of days as ISO 8601 writes it."""
    return f"{first}/{last}"
