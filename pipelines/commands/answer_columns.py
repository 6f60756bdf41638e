"""Columns of an answer: each of a name of its own, of a type and with values that every format has."""

import itertools
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.config import ConfigError

#: 0001-01-01 and the day after 9999-12-31, in days since 1970.
_FIRST_DAY, _END_DAY = -719_162, 2_932_897
_DAY_SECONDS = 86_400
_UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
#: Infinity, the largest number of eight bytes, is no instant even where its unit leaves it before the year 9999.
_INFINITE = 2**63 - 1
_PLAIN = (
    pa.types.is_null,
    pa.types.is_boolean,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_date32,
    pa.types.is_time,
    pa.types.is_timestamp,
)
_NAMED = (
    (pa.types.is_interval, "an interval"),
    (pa.types.is_binary, "a blob"),
    (pa.types.is_union, "a union"),
)


def usable_schema(schema: pa.Schema) -> pa.Schema:
    """Columns of one name, as a join gives them, are told apart by a number.

    Raises ConfigError for a type that no format has.
    """
    seen: set[str] = set()
    fields = []
    for field in schema:
        unusable = _unusable(field.type)
        if unusable is not None:
            kind = next((words for is_kind, words in _NAMED if is_kind(unusable)), f"of type {unusable}")
            raise ConfigError(f"sql: the column {field.name!r} is {kind}, which no format has; cast it to varchar")
        numbered = (f"{field.name}_{number}" for number in itertools.count(2))
        name = next(each for each in itertools.chain([field.name], numbered) if each not in seen)
        seen.add(name)
        fields.append(field.with_name(name))
    return pa.schema(fields)


def usable_batch(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """``batch`` under the names of ``schema``. Raises ConfigError for a time that no calendar of a format reaches."""
    for field, column in zip(schema, batch.columns, strict=True):
        if any(_is_beyond(leaf) for leaf in _leaves(column)):
            raise ConfigError(
                f"sql: the column {field.name!r} holds a time outside the years 1 to 9999 (or 24:00), which not every format has; cast it to varchar"
            )
    return pa.RecordBatch.from_arrays(batch.columns, schema=schema)


def _unusable(kind: pa.DataType) -> pa.DataType | None:
    """What of a type no format has; None where there is nothing."""
    if pa.types.is_dictionary(kind):
        return _unusable(kind.value_type)
    if pa.types.is_nested(kind) and not pa.types.is_union(kind):
        inner = (_unusable(kind.field(at).type) for at in range(kind.num_fields))
        return next((each for each in inner if each is not None), None)
    return None if any(is_kind(kind) for is_kind in _PLAIN) else kind


def _leaves(array: pa.Array) -> Iterator[pa.Array]:
    """The columns that a nested one consists of, and any other itself."""
    if pa.types.is_map(array.type):
        yield from _leaves(array.keys)
        yield from _leaves(array.items)
    elif pa.types.is_struct(array.type):
        for child in array.flatten():
            yield from _leaves(child)
    elif pa.types.is_nested(array.type):
        yield from _leaves(array.flatten())
    else:
        yield array


def _is_beyond(array: pa.Array) -> bool:
    kind = array.type
    if pa.types.is_date32(kind):
        first, end, whole = _FIRST_DAY, _END_DAY, pa.int32()
    elif pa.types.is_timestamp(kind):
        second = _UNITS[kind.unit]
        first, end, whole = _FIRST_DAY * _DAY_SECONDS * second, _END_DAY * _DAY_SECONDS * second, pa.int64()
    elif pa.types.is_time(kind):
        first, end, whole = 0, _DAY_SECONDS * _UNITS[kind.unit], pa.int32() if kind.bit_width == 32 else pa.int64()
    else:
        return False
    bounds = pc.min_max(array.view(whole)).as_py()
    if bounds["min"] is None:
        return False
    least, most = int(bounds["min"]), int(bounds["max"])
    return least < first or most >= end or max(-least, most) >= _INFINITE
