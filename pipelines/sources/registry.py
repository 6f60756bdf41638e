"""The formats that the product reads, by the name that a configuration uses."""

from collections.abc import Mapping
from typing import Any

from pipelines.contract import CANONICAL_TABLES, CanonicalTable
from pipelines.sources.canonical import CanonicalReader
from pipelines.sources.cfpb import CfpbReader
from pipelines.sources.mapping.declaration import MAPPING_FORMAT, Declaration, JoinedSide
from pipelines.sources.mapping.reader import JoinedReader, MappingReader
from pipelines.sources.reading import LogReader, Reader
from pipelines.sources.servicenow import ServiceNowIncidentReader
from pipelines.sources.vcon import VconReader

_NATIVE: dict[str, Reader] = {
    reader.format: reader for reader in (ServiceNowIncidentReader(), CfpbReader(), VconReader())
}
LOG_READERS: tuple[LogReader, ...] = tuple(reader for reader in _NATIVE.values() if isinstance(reader, LogReader))
FORMATS: tuple[str, ...] = ("canonical", MAPPING_FORMAT, *_NATIVE)


def reader_for(format_name: str, table: str = "", mapping: Declaration | None = None) -> Reader:
    """The reader of a format; ``mapping``: what the configuration declares. Raises KeyError for an unknown format."""
    if mapping is not None:
        return MappingReader(mapping)
    if format_name == "canonical":
        return CanonicalReader(table)
    return _NATIVE[format_name]


def joined_reader(side: JoinedSide, layout: Mapping[str, Any]) -> Reader:
    """The reader of the files of one join; ``layout``: where the table stands in them."""
    return JoinedReader(side, **layout)


def tables_read(format_name: str, table: str = "", mapping: Declaration | None = None) -> tuple[CanonicalTable, ...]:
    """The tables whose columns a format's records are read into."""
    return tuple(landing_tables(reader_for(format_name, table, mapping)).values())


def landing_tables(reader: Reader) -> dict[str, CanonicalTable]:
    """The tables in which a reader's rows are landed, by name; the first is that of its records."""
    if isinstance(reader, LogReader):
        return {reader.record_table.name: reader.record_table}
    if isinstance(reader, MappingReader):
        return reader.landing_tables
    return {name: CANONICAL_TABLES[name] for name in reader.fills}
