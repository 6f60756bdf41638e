"""Small files read through a mapping that stands in the test as it would in a configuration."""

import json
import tomllib
from pathlib import Path
from typing import Any

from pipelines.config.sources import Source
from pipelines.sources.mapping.declaration import Declaration
from pipelines.sources.mapping.reader import MappingReader
from pipelines.sources.reading import RECORD, Reading, ReadOptions

SECRET = "a secret of these tests"


def source(block: str) -> Source:
    """The source that a ``[[sources]]`` block declares; ``format`` and ``path`` are added."""
    (keys,) = tomllib.loads(f'[[sources]]\nformat = "mapping"\npath = "*"\nname = "s"\n{block}')["sources"]
    return Source.model_validate(keys)


def declared(block: str) -> Declaration:
    mapping = source(block).mapping
    assert mapping is not None
    return mapping


def read(path: Path, content: str | bytes | list[Any] | dict[str, Any], block: str) -> Reading:
    """What a file of this content becomes; lists and objects are written as JSON."""
    if isinstance(content, list | dict):
        content = json.dumps(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return MappingReader(declared(block)).read(path, ReadOptions(secret=SECRET))


def rows(reading: Reading, table: str = "contacts") -> list[dict[str, Any]]:
    """Rows without record numbers, paths and nulls."""
    frame = reading.tables[table]
    kept = [name for name in frame.columns if not name.startswith("_")]
    return [{name: value for name, value in row.items() if value is not None} for row in frame.select(kept).to_dicts()]


def accounted(reading: Reading) -> bool:
    """Whether every record is a row of the first table, rejected, or left out by the filter."""
    first = next(iter(reading.tables.values()))
    rejected = [reject.record for reject in reading.rejects if reject.scope == "row"]
    numbers = sorted([*first.get_column(RECORD).to_list(), *rejected])
    return len(numbers) == len(set(numbers)) and len(numbers) + reading.filtered == reading.rows_in
