"""Groups of rows by the values of some columns, their JSON names, and the published types of a table."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pipelines.contract import ANALYSIS_TABLES, SEGMENT_DIMENSIONS
from pipelines.contract.published_model import PublishedKind

#: Every cut that an estimate of one dimension is published for.
CUTS = (*SEGMENT_DIMENSIONS, "hour_of_day")

#: How the kinds of the contract are typed in a frame.
POLARS_TYPES: dict[PublishedKind, Any] = {
    PublishedKind.TEXT: pl.String(),
    PublishedKind.COUNT: pl.Int64(),
    PublishedKind.MEASURE: pl.Float64(),
    PublishedKind.FLAG: pl.Boolean(),
    PublishedKind.DAY: pl.Date(),
    PublishedKind.INSTANT: pl.Datetime("us"),
}


@dataclass(frozen=True)
class RowGroup:
    """The rows (positions in the frame, ascending) that share ``values``."""

    values: Mapping[str, Any]
    rows: npt.NDArray[np.int64]


def group_name(values: Mapping[str, Any]) -> str:
    """``{"workflow": "billing"}``, keys sorted; ``{}`` for all."""
    return json.dumps(dict(values), sort_keys=True, ensure_ascii=False)


def groups(frame: pl.DataFrame, columns: Sequence[str]) -> Iterator[RowGroup]:
    """The groups of ``frame`` by ``columns``, in order of their values; a null value forms none. No columns: one group.

    Without rows there is no group at all.
    """
    if not columns:
        if frame.height:
            yield RowGroup({}, np.arange(frame.height))
        return
    found = (
        frame.select(*columns)
        .with_row_index("row")
        .drop_nulls()
        .group_by(*columns)
        .agg(pl.col("row").cast(pl.Int64).sort())
        .sort(*columns)
    )
    # One array cut into parts: a list of Python numbers a group would cost more than everything above.
    ends = found["row"].list.len().cum_sum().to_numpy()
    parts = np.split(found["row"].explode().to_numpy(), ends[:-1])
    for values, rows in zip(found.drop("row").iter_rows(), parts, strict=False):
        yield RowGroup(dict(zip(columns, values, strict=True)), rows)


def table(name: str, rows: Sequence[Mapping[str, Any]] | pl.DataFrame) -> pl.DataFrame:
    """``rows`` as the published table ``name``: its columns in order, its types, NaN as null; columns left out are null.

    Raises ValueError for a column that the contract does not know.
    """
    schema = {column.name: POLARS_TYPES[column.kind] for column in ANALYSIS_TABLES[name].columns}
    named = rows.columns if isinstance(rows, pl.DataFrame) else {key for row in rows for key in row}
    unknown = set(named) - set(schema)
    if unknown:
        raise ValueError(f"{name} has no column {', '.join(sorted(unknown))}")
    if isinstance(rows, pl.DataFrame):
        frame = rows
    else:
        frame = pl.DataFrame(list(rows), schema={key: schema[key] for key in sorted(named)}, strict=False)
    # Literals alone would make one row out of none.
    if frame.is_empty():
        return pl.DataFrame(schema=schema)
    return frame.select(
        (pl.col(column) if column in frame.columns else pl.lit(None)).cast(kind).alias(column)
        for column, kind in schema.items()
    ).with_columns(pl.selectors.float().fill_nan(None))


def spread(
    keys: Sequence[Mapping[str, Any]], parts: Sequence[Mapping[str, npt.ArrayLike]], schema: Mapping[str, Any]
) -> pl.DataFrame:
    """All ``parts`` (columns of one length each) below each other, every row with the columns of its part's key.

    ``schema`` types the columns of the keys. Without parts, no rows and the keys' columns.
    """
    named = pl.DataFrame(list(keys), schema=dict(schema))
    if not parts:
        return named.clear()
    stacked = {name: np.concatenate([np.asarray(part[name]) for part in parts]) for name in parts[0]}
    rows = np.repeat(np.arange(len(parts)), [len(np.asarray(part[next(iter(part))])) for part in parts])
    return pl.concat([named[rows], pl.DataFrame(stacked)], how="horizontal")


def days(first: Any, last: Any) -> str:
    """An interval of days as ISO 8601 writes it."""
    return f"{first}/{last}"
