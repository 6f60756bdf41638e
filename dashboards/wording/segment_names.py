"""How values of segment dimensions are shown: the one place where a key becomes the spelling that people know.

Tables and addresses carry keys (``pipelines.contract.segments``); the table ``segment_labels`` of a snapshot says how
each is spelt. As a translated page has one language, a request has the names of one snapshot: who makes a view or a
report sets them, and whatever words are made of it then show them. A value without a name shows its key.
"""

from collections.abc import Mapping
from contextvars import ContextVar

import polars as pl

#: (dimension, key) → label.
SegmentNames = Mapping[tuple[str, str], str]

_names: ContextVar[SegmentNames] = ContextVar("segment_names", default={})  # noqa: B039  (nobody changes it)


def read_segment_names(labels: pl.LazyFrame) -> SegmentNames:
    """The rows of ``segment_labels`` whose label is not the key itself."""
    rows = labels.filter(pl.col("label") != pl.col("key")).select("dimension", "key", "label").collect().rows()
    return {(dimension, key): label for dimension, key, label in rows}


def use_segment_names(names: SegmentNames) -> None:
    """From here on this request (or report) shows these names."""
    _names.set(names)


def shown_value(dimension: str, value: str) -> str:
    """``value`` of ``dimension`` as people spell it."""
    return _names.get().get((dimension, value), value)
